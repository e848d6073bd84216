interface Row {
  id: string;
}

/** The rows shown with what is known of them now, and how many of the newest are not shown. */
export function merge<T extends Row>(shown: T[], newest: T[]): { rows: T[]; unseen: number } {
  const known = new Map(newest.map((one) => [one.id, one]));
  const rows = shown.map((one) => known.get(one.id) ?? one);
  const ids = new Set(shown.map((one) => one.id));
  // Ids sort by time: what is older than the last row shown is on a later page.
  const last = shown.at(-1)?.id ?? '';
  return { rows, unseen: newest.filter((one) => !ids.has(one.id) && one.id > last).length };
}
