import { expect, test } from 'vitest';
import { answered, explained, help, told } from './attemptwords';

const failed = {
  status: 'FAILED', trigger: 'AUTOMATIC', number: 2, latency: '1.24s', responseCode: 500, nextAttemptAt: '2026-11-21T12:00:00.000Z',
  error: { code: 'REJECTED', retryable: true }, channel: { kind: 'HTTP' }, delivery: { status: 'RETRYING', attemptCount: 2 },
} as const;

test.each([
  [{}, 'It failed after 1.2 s: the answer was 500 Internal Server Error. It is tried again.'],
  [{ responseCode: null }, 'It failed after 1.2 s, without an answer. It is tried again.'],
  [{ delivery: { status: 'FAILED', attemptCount: 2 } }, 'It failed after 1.2 s: the answer was 500 Internal Server Error. It is not tried again: that was the last try.'],
  [
    { error: { code: 'REJECTED', retryable: false }, delivery: { status: 'FAILED', attemptCount: 2 } },
    'It failed after 1.2 s: the answer was 500 Internal Server Error. It is not tried again: another try could not help.',
  ],
  [{ delivery: { status: 'SUCCEEDED', attemptCount: 3 } }, 'It failed after 1.2 s: the answer was 500 Internal Server Error. A later attempt succeeded.'],
  [{ delivery: { status: 'RETRYING', attemptCount: 5 } }, 'It failed after 1.2 s: the answer was 500 Internal Server Error. It has been tried again since.'],
  [{ trigger: 'TEST' }, 'It failed after 1.2 s: the answer was 500 Internal Server Error. Tests are not retried.'],
  [{ nextAttemptAt: null, delivery: { status: 'PENDING', attemptCount: 2 } }, 'It failed after 1.2 s: the answer was 500 Internal Server Error. It waits until the channel is resumed.'],
  [{ status: 'SUCCEEDED', responseCode: 204, error: null }, 'The receiver answered with 204 No Content in 1.2 s.'],
  [{ status: 'SUCCEEDED', responseCode: 250, error: null, channel: { kind: 'EMAIL' } }, 'The provider took it in 1.2 s, answering with 250.'],
  [{ status: 'SUCCEEDED', responseCode: null, error: null, channel: { kind: 'SMS' } }, 'The provider took it in 1.2 s.'],
  [
    { status: 'SUCCEEDED', responseCode: 201, error: null, channel: { kind: 'SMS' }, delivery: { status: 'SENT', attemptCount: 2 } },
    'The provider took it in 1.2 s, answering with 201 Created. Its delivery report is awaited.',
  ],
] as const)('%j: %s', (change, sentences) => expect(told({ ...failed, ...change })).toBe(sentences));

test('what to do goes by the answer where that says more', () => {
  expect(help('REJECTED', 'HTTP', 401)).toContain('signing secret');
  expect(help('REJECTED', 'HTTP', 500)).toBe(explained.REJECTED.help);
  expect(help('REJECTED', 'EMAIL', 410)).toBe(explained.REJECTED.help);
  expect(help('DNS', 'HTTP', null)).toBe(explained.DNS.help);
});

test('codes of answers are named where the names are theirs', () => {
  expect(answered(404, 'HTTP')).toBe('404 Not Found');
  expect(answered(250, 'EMAIL')).toBe('250');
  expect(answered(501, 'EMAIL')).toBe('501');
  expect(answered(799, 'HTTP')).toBe('799');
});
