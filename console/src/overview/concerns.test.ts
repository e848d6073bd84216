import { expect, test } from 'vitest';
import { backlog, concerns } from './concerns';
import type { OverviewChannel } from './documents';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const health = { attempts: 100, succeeded: 100, failed: 0, latencyP95: '80ms', backlog: 0, oldestPending: null };

function channel(name: string, change: Partial<OverviewChannel> = {}, more: Partial<OverviewChannel['health']> = {}): OverviewChannel {
  return {
    id: `chn_${name}`, name, kind: 'HTTP', status: 'ACTIVE', statusReason: null, heldUntil: null,
    tenant: { id: 'tnt_1', name: 'Acme' }, ...change, health: { ...health, ...more },
  };
}

const told = (...channels: OverviewChannel[]) => concerns(channels, now).map((one) => [one.channel.name, ...one.reasons]);

test('a channel that does well is left alone, and so is one with a few failures or a short wait', () => {
  expect(
    told(
      channel('well'),
      channel('unused', {}, { attempts: 0, succeeded: 0, latencyP95: null }),
      channel('few', {}, { attempts: 4, succeeded: 0, failed: 4 }),
      channel('nearly', {}, { succeeded: 95, failed: 5 }),
      channel('busy', {}, { backlog: 5000, oldestPending: '2026-11-21T11:55:01.000Z' }),
      channel('soon back', { heldUntil: '2026-11-21T12:00:29.000Z' }),
      channel('rests', { status: 'PAUSED' }),
    ),
  ).toEqual([]);
});

test('the gravest come first, with all that is wrong', () => {
  expect(
    told(
      channel('slow', {}, { latencyP95: '6.2s' }),
      channel('waits', {}, { backlog: 1204, oldestPending: '2026-11-21T10:00:00.000Z' }),
      channel('rests', { status: 'PAUSED' }, { backlog: 1, oldestPending: '2026-11-21T11:59:00.000Z' }),
      channel('held', { heldUntil: '2026-11-21T12:02:00.000Z' }),
      channel('bad', {}, { succeeded: 90, failed: 10 }),
      channel('worse', {}, { attempts: 5, succeeded: 0, failed: 5, latencyP95: '10s' }),
      channel('worst', {}, { attempts: 90, succeeded: 0, failed: 90 }),
      channel('off', { status: 'DISABLED', statusReason: 'the endpoint answered 410 Gone' }, { backlog: 3, oldestPending: '2026-11-21T11:59:30.000Z' }),
    ),
  ).toEqual([
    ['off', 'Disabled by the server: the endpoint answered 410 Gone.', '3 deliveries wait, the oldest for 30 s.'],
    ['worst', '100 % of 90 attempts failed.'],
    ['worse', '100 % of 5 attempts failed.', 'Slow: one answer in twenty takes 10 s or more.'],
    ['bad', '10 % of 100 attempts failed.'],
    ['held', 'The receiver asked for a pause of another 2 min.'],
    ['rests', 'Paused by a person; 1 delivery waits, for 1 min.'],
    ['waits', '1,204 deliveries wait, the oldest for 2 h.'],
    ['slow', 'Slow: one answer in twenty takes 6.2 s or more.'],
  ]);
});

test('a channel of two lists is told of once', () => {
  const off = channel('off', { status: 'DISABLED' });
  expect(told(off, off)).toHaveLength(1);
});

test('what waits is added up', () => {
  expect(backlog([channel('a', {}, { backlog: 2, oldestPending: '2026-11-21T11:00:00.000Z' }), channel('b', {}, { backlog: 1, oldestPending: '2026-11-21T10:00:00.000Z' }), channel('c')])).toEqual({
    waiting: 3,
    oldest: '2026-11-21T10:00:00.000Z',
  });
  expect(backlog([])).toEqual({ waiting: 0, oldest: null });
});
