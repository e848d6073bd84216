import { expect, test } from 'vitest';
import { disableWords, lengthWords, moments, presetOf, retryWords, scheduleFault, scheduleOf, scheduleText, standard } from './retry';

test('a schedule is told in words', () => {
  expect(retryWords([])).toBe('One attempt, no retry');
  expect(retryWords(['5s'])).toBe('Tries at once, then again after 5 s: 2 attempts in 5 s');
  expect(retryWords(['5m', '2h'])).toBe('Tries at once, then again after 5 min and 2 h: 3 attempts in about 2 h');
  expect(moments(['30s', '5m', '2h'])).toEqual(['at once', '+ 30 s', '+ 6 min', '+ 2 h']);
});

test('lengths of time are told to the full', () => {
  expect(['24h0m0s', '1h30m0s', '1m30s', '250ms', '1.5s', '5m0s'].map(lengthWords)).toEqual(['24 h', '1 h 30 min', '1 min 30 s', '250 ms', '1.5 s', '5 min']);
});

test('presets are found by their lengths, however they are written', () => {
  expect(presetOf(standard)).toBe('standard');
  expect(presetOf(['5s', '5m0s', '30m0s', '2h0m0s', '5h', '10h', '14h', '20h', '24h'])).toBe('standard');
  expect(presetOf([])).toBe('none');
  expect(presetOf(['1s'])).toBe('custom');
});

test('what is typed is taken apart, and a mistake is named', () => {
  expect(scheduleOf(' 5s, 5m  2h;')).toEqual(['5s', '5m', '2h']);
  expect(scheduleText(['5m0s', '2h0m0s', '1h30m0s', '10s'])).toBe('5m, 2h, 1h30m, 10s');
  expect(scheduleFault('5s, 5m')).toBeUndefined();
  expect(scheduleFault('')).toBeUndefined();
  expect(scheduleFault('5s, 2d')).toContain('“2d”');
  expect(scheduleFault('0s')).toContain('“0s”');
});

test('when a channel is disabled', () => {
  expect(disableWords(null, null)).toBe('Never disabled for failures');
  expect(disableWords(10, '48h')).toBe('Disabled after 10 failed attempts in a row or 48 h of nothing but failures');
});
