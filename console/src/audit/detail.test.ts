import { expect, test } from 'vitest';
import { inWords, readDetail, targetPage } from './detail';
import { actionGroups, actionWords } from './words';

const id = (prefix: string) => `${prefix}_01jd5xw9k2e8r9q7v6m3n4p5t6`;

test('a detail is read, and what is no change is left out', () => {
  const told = readDetail({ name: 'Shop', changed: [{ field: 'name', before: 'a', after: 'b' }, { field: 'config.url' }, 'x', { before: 1 }], overlap: '24h', scopes: ['READ', 'MANAGE'] });
  expect(told).toEqual({
    name: 'Shop',
    changed: [{ field: 'name', before: 'a', after: 'b' }, { field: 'config.url' }],
    rest: [
      ['overlap', '24h'],
      ['scopes', 'READ, MANAGE'],
    ],
  });
  for (const none of [null, undefined, 'text', 7, []]) expect(readDetail(none)).toEqual({ changed: [], rest: [] });
});

test('values in words', () => {
  expect(['', null, 'a', ['a', 'b'], [], { a: 1 }, 7, false].map(inWords)).toEqual(['nothing', 'nothing', 'a', 'a, b', '[]', '{"a":1}', '7', 'false']);
});

test('an entry leads to what it is about, while that can be there', () => {
  const none = readDetail({});
  expect(targetPage('channel.update', id('chn'), none, false)).toBe(`/channels/${id('chn')}`);
  expect(targetPage('event.test', id('whk'), none, true)).toBe(`/webhooks/${id('whk')}`);
  expect(targetPage('channel.delete', id('chn'), none, false)).toBeUndefined();
  expect(targetPage('key.create', id('key'), none, false)).toBe('/settings/keys');
  expect(targetPage('key.create', id('key'), none, true)).toBeUndefined();
  expect(targetPage('session.create', id('ses'), none, false)).toBeUndefined();
  expect(targetPage('event_type.update', id('ety'), readDetail({ name: 'a/b' }), false)).toBe('/catalog/a%2Fb');
  expect(targetPage('recovery.create', id('rec'), none, false)).toBe(`/deliveries?recovery=${id('rec')}`);
  expect(targetPage('channel.update', 'chn_//example.com', none, false)).toBeUndefined();
});

test('every action has words, under its kind', () => {
  for (const { kind, actions } of actionGroups) {
    for (const action of Object.keys(actions)) expect(action.startsWith(`${kind}.`)).toBe(true);
  }
  expect(actionWords('channel.secret.read')).toBe('Read a signing secret');
  expect(actionWords('orbit.leave')).toBe('orbit.leave');
});
