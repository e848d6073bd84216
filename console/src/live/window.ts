/** Which rows of equal height are in sight, and a few around them: from, and up to but without to. */
export function within(scrolled: number, height: number, rowHeight: number, rows: number, around = 10): [from: number, to: number] {
  const first = Math.floor(scrolled / rowHeight) - around;
  const last = Math.ceil((scrolled + height) / rowHeight) + around;
  return [Math.max(0, Math.min(first, rows - 1)), Math.min(rows, Math.max(0, last))];
}

/** How many rows stand before the one with the id; 0 where it is gone, for then there is no place to keep. */
export function place(rows: { id: string }[], id: string | undefined): number {
  return id === undefined ? 0 : Math.max(0, rows.findIndex((row) => row.id === id));
}
