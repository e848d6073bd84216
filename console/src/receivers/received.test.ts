import { expect, test } from 'vitest';
import { checked, merged, mostMessages, sourceOf, type Answer, type Message } from './received';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  seq,
  receivedAt: '2026-11-21T12:00:00Z',
  receiver: 'warehouse',
  kind: 'HTTP',
  from: '',
  to: '',
  summary: '',
  headers: [],
  body: '',
  contentType: '',
  verified: true,
  status: 200,
  accepted: true,
  ...more,
});
const answer = (latest: number, ...seqs: number[]): Answer => ({ receivers: [], messages: seqs.map((seq) => message(seq)), latest });
const seqs = (one: Answer) => one.messages.map(({ seq }) => seq);

test('messages stand newest first, and none twice', () => {
  const first = merged(null, answer(3, 1, 2, 3));
  expect(seqs(first)).toEqual([3, 2, 1]);
  expect(seqs(merged(first, answer(5, 3, 4, 5)))).toEqual([5, 4, 3, 2, 1]);
  // The same list, so that nothing is drawn anew.
  expect(merged(first, answer(3)).messages).toBe(first.messages);
});

test('no more are kept than the server keeps', () => {
  const all = merged(null, answer(mostMessages, ...Array.from({ length: mostMessages }, (_, n) => n + 1)));
  const more = merged(all, answer(mostMessages + 1, mostMessages + 1));
  expect(more.messages).toHaveLength(mostMessages);
  expect(more.messages[0]?.seq).toBe(mostMessages + 1);
});

test('a demo that was started anew begins a new list', () => {
  expect(seqs(merged(merged(null, answer(900, 899, 900)), answer(2, 1, 2)))).toEqual([2, 1]);
});

test.each([
  [{}, 'Signature verified'],
  [{ verified: false, accepted: true }, 'Signature not checked'],
  [{ verified: false, accepted: false }, 'Signature wrong'],
  [{ kind: 'SMS' }, 'Account right'],
  [{ kind: 'EMAIL', verified: false, accepted: false }, 'Login wrong'],
] as [Partial<Message>, string][])('%j is %s', (more, text) => expect(checked(message(1, more))).toBe(text));

test.each([
  [[{ name: 'Webhook-Id', value: 'evt_01m7' }], '/events/evt_01m7'],
  [[{ name: 'Message-Id', value: '<dlv_01m7@example.com>' }], '/deliveries/dlv_01m7'],
  [[{ name: 'Webhook-Id', value: 'msg_01m7' }], undefined],
  [[{ name: 'Webhook-Id', value: 'evt_1/../../x' }], undefined],
])('%j leads to %s', (headers, to) => expect(sourceOf(message(1, { headers }))?.to).toBe(to));
