import { milliseconds, span } from '../parts/time';
import type { OverviewChannel } from './documents';
import { percent } from './range';

export interface Concern {
  channel: OverviewChannel;
  /** What is wrong, the gravest first; a sentence each. */
  reasons: string[];
  /** Resuming it would help. */
  resumable: boolean;
  failing: boolean;
}

// A few failures are everyday life: retries are for them.
const enoughAttempts = 5;
const goodShare = 0.95;
const slow = 5000;
const waitsLong = 5 * 60_000;
const heldLong = 30_000;

const number = new Intl.NumberFormat();

/** The channels that somebody should look at, the gravest first. */
export function concerns(channels: OverviewChannel[], now: number): Concern[] {
  const once = new Map(channels.map((one) => [one.id, one]));
  return [...once.values()]
    .map((channel) => ({ ...look(channel, now), channel }))
    .filter((one) => one.reasons.length > 0)
    .sort((a, b) => b.weight - a.weight || b.channel.health.failed - a.channel.health.failed || a.channel.name.localeCompare(b.channel.name));
}

function look(channel: OverviewChannel, now: number) {
  const { health } = channel;
  const reasons: string[] = [];
  let weight = 0;
  const add = (reason: string, grave: number) => {
    reasons.push(reason);
    weight = Math.max(weight, grave);
  };
  const disabled = channel.status === 'DISABLED';
  if (disabled) add(`Disabled by the server: ${ended(channel.statusReason ?? 'it failed too often')}`, 1000);
  const share = health.attempts > 0 ? health.succeeded / health.attempts : 1;
  const failing = health.attempts >= enoughAttempts && share < goodShare;
  if (failing) add(`${percent(health.failed, health.attempts)} of ${number.format(health.attempts)} attempts failed.`, 500 + 100 * (1 - share));
  if (channel.heldUntil && Date.parse(channel.heldUntil) - now >= heldLong) {
    add(`The receiver asked for a pause of another ${span(Date.parse(channel.heldUntil) - now)}.`, 300);
  }
  const waited = health.oldestPending ? now - Date.parse(health.oldestPending) : 0;
  const stopped = channel.status !== 'ACTIVE';
  if (health.backlog > 0 && (stopped || waited >= waitsLong)) {
    const many = health.backlog === 1 ? '1 delivery waits' : `${number.format(health.backlog)} deliveries wait`;
    add(`${channel.status === 'PAUSED' ? 'Paused by a person; ' : ''}${many}, ${health.backlog === 1 ? '' : 'the oldest '}for ${span(Math.max(waited, 0))}.`, 200);
  }
  const p95 = milliseconds(health.latencyP95 ?? '');
  if (p95 >= slow) add(`Slow: one answer in twenty takes ${span(p95)} or more.`, 100);
  return { reasons, weight, failing, resumable: disabled || channel.status === 'PAUSED' };
}

function ended(text: string) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What waits for all of the channels, and since when. */
export function backlog(channels: OverviewChannel[]): { waiting: number; oldest: string | null } {
  const pending = channels.map((one) => one.health.oldestPending).filter((at) => at !== null);
  return {
    waiting: channels.reduce((sum, one) => sum + one.health.backlog, 0),
    oldest: pending.sort()[0] ?? null,
  };
}
