import type { ChannelKind } from '../gql/graphql';

/** A receiver of the demo, as docs/demo.md describes it. */
export interface Receiver {
  name: string;
  kind: ChannelKind;
  state: 'answering' | 'failing';
  description: string;
  address: string;
}

/** What a receiver got, and what it answered. */
export interface Message {
  seq: number;
  receivedAt: string;
  receiver: string;
  kind: ChannelKind;
  from: string;
  to: string;
  summary: string;
  headers: { name: string; value: string }[];
  body: string;
  html?: string;
  thread?: string;
  contentType: string;
  verified: boolean;
  status: number;
  accepted: boolean;
}

export interface Answer {
  receivers: Receiver[];
  messages: Message[];
  latest: number;
}

/** As many as the server keeps. */
export const mostMessages = 500;

/**
 * What is known once an answer has come: its messages, newest first, before those from
 * before. A server that counts from 1 again is another one, whose first answer is whole.
 */
export function merged(before: Answer | null, answer: Answer): Answer {
  const known = before && answer.latest >= before.latest ? before : null;
  const fresh = answer.messages.filter((one) => one.seq > (known?.latest ?? 0)).reverse();
  return { ...answer, messages: fresh.length === 0 && known ? known.messages : [...fresh, ...(known?.messages ?? [])].slice(0, mostMessages) };
}

/** Where to ask on from: 0 asks for everything. */
export function askAfter(known: Answer | null): number {
  return known?.latest ?? 0;
}

/** What was found when the sender was checked. */
export function checked({ kind, verified, accepted }: Message): string {
  const what = { HTTP: 'Signature', SLACK: 'Token', EMAIL: 'Login', SMS: 'Account' }[kind];
  if (verified) return kind === 'HTTP' ? 'Signature verified' : `${what} right`;
  return accepted ? `${what} not checked` : `${what} wrong`;
}

/** The console's page about what was sent, as far as the message tells. */
export function sourceOf(message: Message): { label: string; to: string } | null {
  const value = (name: string) => message.headers.find((one) => one.name.toLowerCase() === name)?.value ?? '';
  const event = value('webhook-id').match(/^evt_[0-9a-z]+$/);
  if (event) return { label: 'The event', to: `/events/${event[0]}` };
  const delivery = value('message-id').match(/^<(dlv_[0-9a-z]+)@/);
  return delivery ? { label: 'The delivery', to: `/deliveries/${delivery[1]}` } : null;
}
