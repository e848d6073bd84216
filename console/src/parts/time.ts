/** Milliseconds of a length of time as the API writes it: 1m30s, 250ms, 1.5s, 720h. NaN where it is none. */
export function milliseconds(duration: string): number {
  const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (duration === '0') return 0;
  if (!/^-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return NaN;
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit!] ?? NaN);
  }
  return duration.startsWith('-') ? -total : total;
}

/** A length of time for people: 4 ms, 1.2 s, 3 min, 2 h, 5 d. */
export function span(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  const size = Math.abs(ms);
  if (size < 1) return '< 1 ms';
  if (size < 999.5) return `${Math.round(ms)} ms`;
  if (size < 59_950) return `${(ms / 1000).toFixed(size < 9950 ? 1 : 0)} s`;
  if (size < 3_570_000) return `${Math.round(ms / 60_000)} min`;
  if (size < 47.5 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** How long ago, or in how long: "12 s ago", "in 4 min", "now". */
export function distance(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `${span(ms)} ago` : `in ${span(-ms)}`;
}

const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The moment in the reader's own time zone. */
export function exact(at: string): string {
  return exactly.format(new Date(at));
}

const exactlyMs = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** The moment to the millisecond, as attempts are compared by. */
export function exactMs(at: string): string {
  return exactlyMs.format(new Date(at));
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** The time of day, to the second. */
export function timeOfDay(at: string): string {
  return clock.format(new Date(at));
}
