import { expect, test } from 'vitest';
import { readJson } from './json';

test('what is JSON is read, and nothing is nothing', () => {
  expect(readJson('{"a": [1, null]}')).toEqual({ value: { a: [1, null] } });
  expect(readJson(' \n')).toEqual({ value: undefined });
});

test.each([
  ['{\n  "a": 1,\n  b: 2\n}', 'line 3, column 3'],
  ['{\n  "a": 1,\n}', 'line 3, column 1'],
  ['{"a": ', ''],
])('%j is not, and where', (text, place) => {
  const read = readJson(text);
  expect('problem' in read && read.problem).toMatch(/^This is not JSON/);
  expect('problem' in read && read.problem).toContain(place);
});
