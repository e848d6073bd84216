interface Progress {
  done: number;
  completedAt: string | null;
  canceledAt: string | null;
}

/** The newer of two reports of one recovery: they may come out of order, and it never goes back. */
export function progressed<T extends Progress>(before: T | null, now: T): T {
  if (!before) return now;
  const ended = (one: Progress) => one.completedAt !== null || one.canceledAt !== null;
  if (ended(before) !== ended(now)) return ended(before) ? before : now;
  return now.done >= before.done ? now : before;
}
