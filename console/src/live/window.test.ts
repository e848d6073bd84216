import { expect, test } from 'vitest';
import { place, within } from './window';

test.each([
  [0, 300, 5, [0, 5]],
  [0, 300, 2000, [0, 20]],
  [3000, 300, 2000, [90, 120]],
  [60_000, 300, 2000, [1990, 2000]],
  [99_999, 300, 20, [19, 20]],
  [0, 300, 0, [0, 0]],
])('scrolled by %d, %d high, of %d rows', (scrolled, height, rows, want) => expect(within(scrolled, height, 30, rows)).toEqual(want));

test('a place is kept by the rows above it', () => {
  const rows = ['c', 'b', 'a'].map((id) => ({ id }));
  expect(place(rows, 'b')).toBe(1);
  expect(place(rows, 'z')).toBe(0);
  expect(place(rows, undefined)).toBe(0);
});
