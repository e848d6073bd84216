/** The time that a list is about, as its address has it: a length until now, or two moments. */
export interface Range {
  range?: string;
  from?: string;
  to?: string;
}

export const ranges = [
  { value: '15m', label: 'Last 15 minutes', ms: 900_000 },
  { value: '1h', label: 'Last hour', ms: 3_600_000 },
  { value: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { value: '7d', label: 'Last 7 days', ms: 604_800_000 },
  { value: '30d', label: 'Last 30 days', ms: 2_592_000_000 },
] as const;

/** The moments for the API's filters, and what is wrong with them. */
export function moments({ range, from, to }: Range, now: number): { from?: string; to?: string; problem?: string } {
  const length = ranges.find((one) => one.value === range);
  if (length) return { from: new Date(now - length.ms).toISOString() };
  const [begin, end] = [moment(from), moment(to)];
  const out = { ...(begin && { from: begin }), ...(end && { to: end }) };
  if ((from && !begin) || (to && !end)) return { ...out, problem: 'This is no time. Give one such as 2026-11-20T12:00.' };
  if (begin && end && begin >= end) return { ...out, problem: 'The end is before the beginning.' };
  return out;
}

function moment(text: string | undefined): string | undefined {
  const at = text ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

/** The moment as a field for local times wants it: 2026-11-20T12:00. */
export function localField(text: string | undefined): string {
  const at = new Date(text ?? '');
  if (Number.isNaN(at.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
