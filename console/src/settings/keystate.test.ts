import { expect, test } from 'vitest';
import { endOf, keyState } from './keystate';

const now = Date.parse('2026-11-21T12:00:00Z');

test.each([
  [{ revokedAt: null, expiresAt: null }, 'live'],
  [{ revokedAt: null, expiresAt: '2026-11-21T12:00:00.001Z' }, 'live'],
  [{ revokedAt: null, expiresAt: '2026-11-21T12:00:00Z' }, 'expired'],
  [{ revokedAt: '2026-11-20T00:00:00Z', expiresAt: '2026-11-01T00:00:00Z' }, 'revoked'],
])('%j is %s', (key, state) => expect(keyState(key, now)).toBe(state));

test('a key ends after its days, at the end of its day, or never', () => {
  expect(endOf('', '', now)).toBeNull();
  expect(endOf('7', '', now)).toBe('2026-11-28T12:00:00.000Z');
  expect(endOf('day', '2026-12-31', now)).toBe(new Date(2026, 11, 31, 23, 59, 59, 999).toISOString());
});

test.each(['', 'tomorrow', '2026-13-01'])('the day %j is none', (day) => expect(endOf('day', day, now)).toBeUndefined());
