import { expect, test } from 'vitest';
import { percent, rangeOf, spanOf, spans, windowOf } from './range';

const now = Date.parse('2026-11-21T17:04:59.999Z');

test.each([
  ['1h', '2026-11-21T16:05:00.000Z', '2026-11-21T17:05:00.000Z', '60m', '1h'],
  ['24h', '2026-11-20T17:30:00.000Z', '2026-11-21T17:30:00.000Z', '1440m', '24h'],
  ['7d', '2026-11-14T18:00:00.000Z', '2026-11-21T18:00:00.000Z', '10080m', '168h'],
  ['30d', '2026-10-23T00:00:00.000Z', '2026-11-22T00:00:00.000Z', '43200m', '720h'],
])('%s is from %s until %s', (name, from, to, whole, window) => {
  const span = spanOf(name);
  expect(rangeOf(span, now)).toEqual({ from, to, whole, interval: span.interval });
  expect(windowOf(span)).toBe(window);
});

test('the range holds now, to its first and last millisecond', () => {
  for (const span of spans) {
    const step = span.minutes * 60_000;
    const edge = Math.floor(now / step) * step;
    expect(Date.parse(rangeOf(span, edge).to)).toBe(edge + step);
    expect(Date.parse(rangeOf(span, edge - 1).to)).toBe(edge);
  }
});

test('what is no span is a day', () => expect(spanOf('1y').name).toBe('24h'));

test.each([
  [0, 0, '–'],
  [10, 10, '100 %'],
  [0, 10, '0 %'],
  [99_999, 100_000, '> 99.9 %'],
  [1, 100_000, '< 0.1 %'],
  [995, 1000, '99.5 %'],
  [1, 3, '33 %'],
  [1, 20, '5.0 %'],
])('%d of %d is %s', (part, of, text) => expect(percent(part, of)).toBe(text));
