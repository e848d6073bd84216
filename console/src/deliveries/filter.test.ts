import { expect, test } from 'vitest';
import { inWords, statusesOf, toFilter, viewLabel } from './filter';

const now = Date.parse('2026-11-21T12:00:00Z');

test('an address becomes a filter', () => {
  expect(toFilter({ statuses: 'FAILED,retrying', channelId: 'chn_1', eventType: 'a.b', range: '1h' }, 'tnt_1', now)).toEqual({
    tenantId: 'tnt_1',
    statuses: ['RETRYING', 'FAILED'],
    channelId: 'chn_1',
    eventTypes: ['a.b'],
    from: '2026-11-21T11:00:00.000Z',
  });
  expect(toFilter({}, undefined, now)).toEqual({});
});

test('what no state is called is left out', () => expect(statusesOf('LOST,,__proto__')).toEqual([]));

test('filters in words', () => {
  expect(inWords({}, {}, String)).toBe('');
  expect(inWords({ eventTypes: ['a.b'], channelId: 'chn_1', from: 'Monday' }, { channel: 'Shop' }, String)).toBe('of a.b, on the channel Shop, since Monday');
});

test('views have names', () => {
  expect(viewLabel(['FAILED'])).toBe('Failed');
  expect(viewLabel(['PENDING', 'FAILED'])).toBe('Pending, Failed');
});
