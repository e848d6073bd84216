import { expect, test } from 'vitest';
import { changedNumber, jsonProblem } from './numbers';

test.each(['1', '-0', '0.0', '1.0', '10e-1', '9007199254740991', '1e21', '0.1', '123.4500', '1E5', '1e-7', '0.00000012', '"12345678901234567890"', '{"a":[1,2.50]}'])('%s stays what it is', (json) =>
  expect(changedNumber(json)).toBeNull(),
);

test.each([
  ['12345678901234567890', '12345678901234567890'],
  ['{"id":9007199254740993,"n":1}', '9007199254740993'],
  ['0.12345678901234567890123', '0.12345678901234567890123'],
  ['1e400', '1e400'],
])('of %s %s would change', (json, number) => expect(changedNumber(json)).toBe(number));

test('what is no JSON says so', () => {
  expect(jsonProblem('')).toContain('Give the data');
  expect(jsonProblem('{"a":}')).toContain('This is not JSON');
  expect(jsonProblem('{"a":1}')).toBeNull();
  expect(jsonProblem('[12345678901234567890]')).toContain('more digits');
});
