import type { AttemptErrorCode, AttemptStatus, AttemptTrigger, ChannelKind, DeliveryStatus } from '../gql/graphql';
import { milliseconds } from '../parts/time';

export interface Attempt {
  id: string;
  number: number;
  trigger: AttemptTrigger;
  status: AttemptStatus;
  startedAt: string;
  latency: string;
  responseCode: number | null;
  error: { code: AttemptErrorCode; message: string; retryable: boolean } | null;
  channel: { kind: ChannelKind };
}

/** A step of a delivery, and the wait before it in milliseconds, where it is known. */
export type Step =
  | { kind: 'next'; at: string }
  | { kind: 'waits' | 'now' | 'report' }
  | { kind: 'attempt'; attempt: Attempt; waited: number | null }
  | { kind: 'created'; at: string };

interface Told {
  status: DeliveryStatus;
  nextAttemptAt: string | null;
  createdAt: string;
}

/** What happened to a delivery and what comes next, the newest first. `whole` is false while older attempts are not there yet. */
export function steps(delivery: Told, attempts: Attempt[], whole: boolean): Step[] {
  const out: Step[] = [];
  switch (delivery.status) {
    case 'PENDING':
    case 'RETRYING':
      out.push(delivery.nextAttemptAt ? { kind: 'next', at: delivery.nextAttemptAt } : { kind: 'waits' });
      break;
    case 'DELIVERING':
      out.push({ kind: 'now' });
      break;
    case 'SENT':
      out.push({ kind: 'report' });
      break;
  }
  attempts.forEach((attempt, place) => {
    const former = attempts[place + 1];
    const since = former ? Date.parse(former.startedAt) + milliseconds(former.latency) : whole ? Date.parse(delivery.createdAt) : NaN;
    const waited = Date.parse(attempt.startedAt) - since;
    out.push({ kind: 'attempt', attempt, waited: Number.isNaN(waited) ? null : Math.max(0, waited) });
  });
  if (whole) out.push({ kind: 'created', at: delivery.createdAt });
  return out;
}

/** How long until then, for a reader who waits: 12 s, 3 min 20 s, 2 h 5 min, 4 d 3 h. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [d, h, min, s] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d > 0) return h ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return min ? `${h} h ${min} min` : `${h} h`;
  if (min > 0) return s ? `${min} min ${s} s` : `${min} min`;
  return `${s} s`;
}
