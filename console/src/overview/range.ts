/** The spans that Overview tells of, each in intervals of its own. */
export const spans = [
  { name: '1h', label: 'Last hour', interval: '1m', minutes: 1, count: 60 },
  { name: '24h', label: '24 hours', interval: '30m', minutes: 30, count: 48 },
  { name: '7d', label: '7 days', interval: '3h', minutes: 180, count: 56 },
  { name: '30d', label: '30 days', interval: '12h', minutes: 720, count: 60 },
] as const;

export type Span = (typeof spans)[number];

export function spanOf(name: string | undefined): Span {
  return spans.find((one) => one.name === name) ?? spans[1];
}

export interface Range {
  from: string;
  to: string;
  /** Of one bar. */
  interval: string;
  /** All of it in one. */
  whole: string;
}

/**
 * From when until when to count. Both are whole intervals, so that each bar counts all of its time,
 * and the same question is asked until the next interval begins: the last bar is of now and grows.
 */
export function rangeOf(span: Span, now: number): Range {
  const step = span.minutes * 60_000;
  const to = Math.floor(now / step + 1) * step;
  return {
    from: new Date(to - step * span.count).toISOString(),
    to: new Date(to).toISOString(),
    interval: span.interval,
    whole: `${span.minutes * span.count}m`,
  };
}

/** How long the channels' health looks back. */
export function windowOf(span: Span): string {
  return `${(span.minutes * span.count) / 60}h`;
}

/** A share for people: 100 % and 0 % are said of all and none alone. */
export function percent(part: number, of: number): string {
  if (of === 0) return '–';
  const share = (100 * part) / of;
  if (part !== of && share > 99.9) return '> 99.9 %';
  if (part !== 0 && share < 0.1) return '< 0.1 %';
  return `${share.toFixed(share === 100 || share === 0 || (share < 90 && share >= 10) ? 0 : 1)} %`;
}
