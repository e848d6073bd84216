import { CombinedError } from '@urql/core';
import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { outsideOf, partInputs, same, sameParts, starter, type Draft } from './draft';
import { mistakesOf, together } from './store';
import { countUsers } from './uses';

it('leaves out parts that are empty and may be', () => {
  const names = (kind: Draft['kind'], parts: Draft['parts']) => partInputs({ kind, parts }).map((one) => one.name);
  expect(names('HTTP', { BODY: 'x', CONTENT_TYPE: ' ' })).toEqual(['BODY']);
  expect(names('HTTP', {})).toEqual(['BODY']);
  expect(names('EMAIL', { SUBJECT: 'x', HTML: 'x', TEXT: '' })).toEqual(['SUBJECT', 'HTML']);
  expect(names('EMAIL', { TEXT: 'x' })).toEqual(['SUBJECT', 'TEXT']);
  expect(names('EMAIL', {})).toEqual(['SUBJECT', 'TEXT']);
  expect(names('SMS', { BODY: 'of another kind', TEXT: 'x' })).toEqual(['TEXT']);
});

it('tells a change from none', () => {
  const draft: Draft = { name: 'a', description: '', kind: 'HTTP', parts: { BODY: 'x' } };
  expect(same(draft, { ...draft, parts: { BODY: 'x', CONTENT_TYPE: '' } })).toBe(true);
  expect(same(draft, { ...draft, name: 'b' })).toBe(false);
  expect(sameParts(draft, { ...draft, parts: { BODY: 'x ' } })).toBe(false);
});

it.each([
  [undefined, 'json'], ['application/cloudevents+json', 'json'], ['TEXT/HTML; charset=utf-8', 'html'], ['text/xml', 'html'], ['text/plain', 'text'],
])('colours a body of %s as %s', (type, want) => {
  expect(outsideOf('HTTP', 'BODY', { CONTENT_TYPE: type })).toBe(want);
  expect(outsideOf('SLACK', 'BODY', { CONTENT_TYPE: type })).toBe('json');
});

it('begins with all parts that a kind needs', () => {
  for (const kind of ['HTTP', 'SLACK', 'EMAIL', 'SMS'] as const) expect(partInputs({ kind, parts: starter(kind) }).every((one) => one.source)).toBe(true);
});

it('takes the mistakes of a refused save, and tells none twice', () => {
  const told = { part: 'BODY' as const, line: 1, column: 2, message: 'x' };
  const error = new CombinedError({ graphQLErrors: [new GraphQLError('parts: x', { extensions: { problems: [told] } }), new GraphQLError('other')] });
  expect(mistakesOf(error)).toEqual([told]);
  expect(together([told], [told, { ...told, line: 2 }])).toHaveLength(2);
  expect(together(undefined, [])).toBeUndefined();
  expect(together(undefined, [told])).toEqual([told]);
});

it('counts users', () => {
  const one = { id: 'x', name: 'x' };
  expect(countUsers({ channels: [one], webhooks: [] }, false)).toBe('1 channel');
  expect(countUsers({ channels: [one, one], webhooks: [{ ...one, eventTypes: [] }] }, true)).toBe('at least 1 webhook, 2 channels');
  expect(countUsers({ channels: [], webhooks: [] }, true)).toBe('');
});
