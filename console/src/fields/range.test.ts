import { expect, test } from 'vitest';
import { localField, moments } from './range';

const now = Date.parse('2026-11-21T12:00:00Z');

test('a length until now', () => expect(moments({ range: '24h', from: 'ignored' }, now)).toEqual({ from: '2026-11-20T12:00:00.000Z' }));

test('two moments, or one of them', () => {
  expect(moments({ from: '2026-11-20T00:00:00Z', to: '2026-11-20T01:00:00Z' }, now)).toEqual({ from: '2026-11-20T00:00:00.000Z', to: '2026-11-20T01:00:00.000Z' });
  expect(moments({ to: '2026-11-20T01:00:00Z' }, now)).toEqual({ to: '2026-11-20T01:00:00.000Z' });
  expect(moments({}, now)).toEqual({});
});

test('what is no time or no range is told, and never asked for', () => {
  expect(moments({ from: 'soon' }, now)).toEqual({ problem: expect.stringContaining('no time') });
  expect(moments({ from: '2026-11-20T01:00:00Z', to: '2026-11-20T01:00:00Z' }, now).problem).toContain('before');
  expect(moments({ range: 'for ever' }, now)).toEqual({});
});

test('a field shows local time', () => {
  expect(localField('2026-11-20T12:34:56')).toBe('2026-11-20T12:34');
  expect(localField('nonsense')).toBe('');
  expect(new Date(localField(new Date(now).toISOString())).getTime()).toBe(now);
});
