import { expect, test } from 'vitest';
import { countdown, steps, type Attempt } from './steps';

const attempt = (number: number, startedAt: string, latency = '1s'): Attempt => ({
  id: `att_${number}`,
  number,
  trigger: 'AUTOMATIC',
  status: 'FAILED',
  startedAt,
  latency,
  responseCode: 500,
  error: null,
  channel: { kind: 'HTTP' },
});
const created = '2026-11-21T12:00:00Z';

test('a delivery that is tried again: what comes next, each try, and the waits between them', () => {
  const attempts = [attempt(2, '2026-11-21T12:00:06.100Z'), attempt(1, '2026-11-21T12:00:00.100Z')];
  expect(steps({ status: 'RETRYING', nextAttemptAt: '2026-11-21T12:05:00Z', createdAt: created }, attempts, true)).toEqual([
    { kind: 'next', at: '2026-11-21T12:05:00Z' },
    { kind: 'attempt', attempt: attempts[0], waited: 5000 },
    { kind: 'attempt', attempt: attempts[1], waited: 100 },
    { kind: 'created', at: created },
  ]);
});

test('the wait before the oldest attempt that is shown is not known while there are older ones', () => {
  expect(steps({ status: 'FAILED', nextAttemptAt: null, createdAt: created }, [attempt(9, '2026-11-21T12:00:06Z')], false)).toEqual([
    { kind: 'attempt', attempt: attempt(9, '2026-11-21T12:00:06Z'), waited: null },
  ]);
});

test('clocks of two nodes that differ make no negative wait', () => {
  expect(steps({ status: 'SUCCEEDED', nextAttemptAt: null, createdAt: created }, [attempt(1, '2026-11-21T11:59:59Z')], true)[0]).toMatchObject({ waited: 0 });
});

test.each([
  ['PENDING', 'waits'],
  ['DELIVERING', 'now'],
  ['SENT', 'report'],
  ['CANCELED', 'created'],
] as const)('%s begins with %s', (status, kind) => expect(steps({ status, nextAttemptAt: null, createdAt: created }, [], true)[0]!.kind).toBe(kind));

test.each([
  [-5, '0 s'],
  [11_200, '12 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000 * 4 + 3_600_000 * 3, '4 d 3 h'],
])('%d ms is %s', (ms, text) => expect(countdown(ms)).toBe(text));
