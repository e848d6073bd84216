import { expect, test } from 'vitest';
import table from '../../../models/testdata/patterns.json';
import { isPattern, takes } from './pattern';

test.each(table)('$pattern takes what the server takes', ({ pattern, takes: taken, refuses }) => {
  expect(taken.filter((type) => !takes(pattern, type))).toEqual([]);
  expect(refuses.filter((type) => takes(pattern, type))).toEqual([]);
});

test.each(['a', 'a.b', 'a-b_c.d', '*', '**', 'a.*', '*.a', 'a.**-b'])('%s is a pattern', (text) => expect(isPattern(text)).toBe(true));

test.each(['', '.', 'a.', '.a', 'a..b', 'a*', '***', 'a b', 'a\n', 'ä', 'a'.repeat(129)])('%j is none', (text) => expect(isPattern(text)).toBe(false));
