import { expect, test } from 'vitest';
import { idOf, matches } from './ids';

const id = 'dlv_01m7zgg9x5e1m88jr38v92kbn5';

test.each([id, ` ${id}\n`, `"${id}"`, `https://example.com/deliveries/${id}?attempt=x`, id.toUpperCase(), `delivery_id=${id}`, `(${id})`])('%j holds the id', (text) =>
  expect(idOf(text)).toEqual({ id, kind: 'Delivery' }),
);

test.each(['', 'dlv_', 'dlv_01', `${id}0`, `x${id}`, 'abc_01m7zgg9x5e1m88jr38v92kbn5', 'dlv_01m7zgg9x5e1m88jr38v92kbil'])('%j holds none', (text) => expect(idOf(text)).toBeNull());

test('words begin words', () => {
  expect(matches('fail deli', 'Failed deliveries')).toBe(true);
  expect(matches('', 'Failed deliveries')).toBe(true);
  expect(matches('liver', 'Failed deliveries')).toBe(false);
});
