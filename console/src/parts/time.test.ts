import { expect, test } from 'vitest';
import { distance, milliseconds, span } from './time';

test.each([
  ['250ms', 250],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['720h', 2_592_000_000],
  ['12.345µs', 0.012345],
  ['0', 0],
  ['-2s', -2000],
])('%s is %d ms', (text, ms) => expect(milliseconds(text)).toBeCloseTo(ms, 9));

test.each(['', 's', '1', '1 s', '1d', '1s junk'])('%j is no length of time', (text) => expect(milliseconds(text)).toBeNaN());

test.each([
  [0.4, '< 1 ms'],
  [4.4, '4 ms'],
  [999.6, '1.0 s'],
  [1234, '1.2 s'],
  [59_900, '60 s'],
  [61_000, '1 min'],
  [7_200_000, '2 h'],
  [5 * 86_400_000, '5 d'],
  [NaN, '–'],
])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text));

test('distances look back and ahead', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  expect(distance('2026-11-21T11:59:48Z', now)).toBe('12 s ago');
  expect(distance('2026-11-21T12:04:00Z', now)).toBe('in 4 min');
  expect(distance('2026-11-21T12:00:00.400Z', now)).toBe('now');
});
