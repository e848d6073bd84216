import { expect, test } from 'vitest';
import { readDocument } from './openapi';

test('a document is read from JSON and from YAML alike', async () => {
  const value = { openapi: '3.1.0', webhooks: { 'order.paid': { post: {} }, 'order.sent': { post: {} } } };
  const read = { value, names: ['order.paid', 'order.sent'] };
  expect(await readDocument(JSON.stringify(value))).toEqual(read);
  expect(await readDocument('openapi: 3.1.0\nwebhooks:\n  order.paid: {post: {}}\n  order.sent:\n    post: {}\n')).toEqual(read);
});

test('what has no webhooks is left to the server to refuse', async () => {
  expect(await readDocument('{"openapi": "3.1.0"}')).toEqual({ value: { openapi: '3.1.0' }, names: [] });
});

test.each([
  ['', /Paste/],
  ['{"openapi": ', /not JSON/],
  ['openapi: 3.1.0\nwebhooks:\n  a: [1\n', /neither JSON nor YAML: look at line \d/],
  ['just words', /a text, not an OpenAPI document/],
  [`a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]`, /cannot be read/],
])('%j is refused with a reason', async (text, reason) => {
  const read = await readDocument(text);
  expect('problem' in read && read.problem).toMatch(reason);
});
