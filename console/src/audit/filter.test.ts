import { expect, test } from 'vitest';
import { toFilter } from './filter';

test('an address becomes a filter', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const id = 'chn_01jd5xw9k2e8r9q7v6m3n4p5t6';
  expect(toFilter({ action: 'channel.*', target: `"${id}"`, actor: 'key_1', range: '1h' }, now)).toEqual({
    action: 'channel.*',
    target: id,
    actorId: 'key_1',
    from: '2026-11-21T11:00:00.000Z',
  });
  expect(toFilter({}, now)).toEqual({});
});
