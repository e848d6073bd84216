import { milliseconds, span } from '../parts/time';

/** The server's own schedule. */
export const standard = ['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h'];

/** Ready-made schedules, by how long they keep trying. */
export const presets: { value: string; label: string; schedule: string[]; says: string }[] = [
  { value: 'standard', label: 'Standard', schedule: standard, says: 'For most endpoints: outages of a weekend are survived.' },
  { value: 'quick', label: 'Quick', schedule: ['10s', '30s', '1m', '2m', '5m'], says: 'For what is of no use after some minutes.' },
  { value: 'none', label: 'No retries', schedule: [], says: 'One attempt. What fails stays failed until somebody sends it again.' },
];

/** The ready-made schedule that this is; "custom" for none. */
export function presetOf(schedule: string[]): string {
  const lengths = schedule.map(milliseconds).join();
  return presets.find((one) => one.schedule.map(milliseconds).join() === lengths)?.value ?? 'custom';
}

/** A schedule as it is typed: 5s, 5m, 2h. */
export function scheduleText(schedule: string[]): string {
  return schedule.map(tidy).join(', ');
}

/** What was typed, in its parts. */
export function scheduleOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** What is wrong with a typed schedule; undefined for nothing. */
export function scheduleFault(text: string): string | undefined {
  const place = scheduleOf(text).findIndex((one) => !(milliseconds(one) > 0));
  if (place < 0) return undefined;
  return `“${scheduleOf(text)[place]}” is no length of time; write 30s, 5m or 2h, and 48h for two days`;
}

/** When tries happen, in words: "at once, then after 5 s, 5 min and 2 h". */
export function retryWords(schedule: string[]): string {
  if (schedule.length === 0) return 'One attempt, no retry';
  const waits = schedule.map(lengthWords);
  const listed = waits.length === 1 ? waits[0] : `${waits.slice(0, -1).join(', ')} and ${waits.at(-1)}`;
  const total = schedule.reduce((sum, one) => sum + milliseconds(one), 0);
  return `Tries at once, then again after ${listed}: ${schedule.length + 1} attempts in ${schedule.length === 1 ? '' : 'about '}${about(total)}`;
}

/** When each attempt is made, counted from the first. */
export function moments(schedule: string[]): string[] {
  let total = 0;
  return ['at once', ...schedule.map((one) => `+ ${about((total += milliseconds(one)))}`)];
}

/** When the server disables a channel by itself, in words. */
export function disableWords(failures: number | null, after: string | null): string {
  const causes = [failures !== null && `${failures} failed ${failures === 1 ? 'attempt' : 'attempts in a row'}`, after !== null && `${lengthWords(after)} of nothing but failures`].filter(Boolean);
  return causes.length > 0 ? `Disabled after ${causes.join(' or ')}` : 'Never disabled for failures';
}

/** A length of time that somebody chose, to the full: 1 h 30 min. */
export function lengthWords(duration: string): string {
  return tidy(duration)
    .replace(/(\d+(?:\.\d+)?)(ms|[hms])/g, (_, amount: string, unit: string) => `${amount} ${unit === 'm' ? 'min' : unit} `)
    .trim();
}

function about(ms: number): string {
  return span(ms).replace('.0 ', ' ');
}

// Go writes 5m0s where people write 5m.
function tidy(duration: string): string {
  return duration.replace(/(?<=[hm])0s$/, '').replace(/(?<=h)0m$/, '');
}
