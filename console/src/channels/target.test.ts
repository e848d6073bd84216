import { expect, test } from 'vitest';
import { percent, targetOf } from './target';

test('a target is told in short', () => {
  expect(targetOf({ __typename: 'HttpConfig', url: 'https://example.com/a' })).toBe('example.com/a');
  expect(targetOf({ __typename: 'HttpConfig', url: 'http://example.com/a' })).toBe('http://example.com/a');
  expect(targetOf({ __typename: 'SlackConfig', channel: '#alerts' })).toBe('#alerts');
  expect(targetOf({ __typename: 'SlackConfig', channel: null })).toBe('Incoming webhook');
  expect(targetOf({ __typename: 'EmailConfig', to: ['a@example.com', 'b@example.com', 'c@example.com'] })).toBe('a@example.com and 2 more');
  expect(targetOf({ __typename: 'SmsConfig', to: ['+14155550123'] })).toBe('+14155550123');
});

test.each([
  [1, '100 %'],
  [0.99999, '99.9 %'],
  [0.995, '99.5 %'],
  [0.756, '76 %'],
  [0.001, '< 1 %'],
  [0, '0 %'],
])('%d is %s', (rate, text) => expect(percent(rate)).toBe(text));
