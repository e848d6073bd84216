import { CombinedError } from 'urql';
import { expect, test } from 'vitest';
import { byField } from './errors';

const refused = (field: string | undefined, message: string) =>
  new CombinedError({ graphQLErrors: [{ message, extensions: { code: 'BAD_USER_INPUT', field } }] });

test.each([
  ['config.http.url', 'config.http.url: is empty', { 'config.http.url': 'Is empty' }],
  ['config.email.to.2', 'config.email.to.2: "x" is no address', { 'config.email.to': 'Entry 3 "x" is no address' }],
  ['example.customer.email', 'example.customer.email: is missing', { example: 'customer.email: is missing' }],
  ['config.email.to.0.name', 'config.email.to.0.name: is too long', { 'config.email.to': 'Entry 1 name: is too long' }],
  ['config.http.headers.0.name', 'config.http.headers.0.name: is named twice', { 'config.http.headers.0.name': 'Is named twice' }],
])('an error about %s stands at its field', (field, message, fields) => {
  const known = ['example', 'config.http.url', 'config.email.to', 'config.http.headers', 'config.http.headers.0.name'];
  expect(byField(refused(field, message), known)).toEqual({ fields, rest: '' });
});

test('what belongs to no field stays whole', () => {
  expect(byField(refused('id', 'id: is in use'), ['name'])).toEqual({ fields: {}, rest: 'id: is in use' });
  expect(byField(refused(undefined, 'no'), ['name'])).toEqual({ fields: {}, rest: 'no' });
  expect(byField(refused('names', 'names: no'), ['name']).rest).toBe('names: no');
});
