import { expect, test } from 'vitest';
import type { ChannelSettingsFragment } from '../gql/graphql';
import { draftOf, emptyDraft, type Draft } from './draft';
import { createInput, updateInput } from './input';
import { missing, paths } from './paths';

const stored: ChannelSettingsFragment = {
  id: 'chn_1',
  name: 'crm',
  kind: 'HTTP',
  tenant: { id: 'tnt_1', name: 'Acme' },
  template: null,
  config: {
    __typename: 'HttpConfig',
    url: 'https://example.com/a',
    method: 'PUT',
    headers: [
      { name: 'X-Team', value: 'orders', secret: false },
      { name: 'Authorization', value: null, secret: true },
    ],
    timeout: '10s',
    signing: { scheme: 'HMAC_SHA256', parameter: 'X-Sig', previousSecretExpiresAt: null, publicKey: null },
  },
  retryPolicy: { schedule: ['5s', '5m0s'], jitter: 0.2, disableAfterFailures: null, disableAfter: null },
  limits: { rate: null, concurrency: 100 },
  batching: null,
  ordering: 'NONE',
};

const changed = (change: (draft: Draft) => void) => {
  const before = draftOf(stored);
  const draft = structuredClone(before);
  change(draft);
  return updateInput('chn_1', draft, before);
};

test('a form that was not touched changes nothing', () => {
  expect(changed(() => undefined)).toEqual({ id: 'chn_1' });
});

test('only the part that was changed is sent, and no secret that was not typed', () => {
  expect(changed((draft) => (draft.name = 'b'))).toEqual({ id: 'chn_1', name: 'b' });
  const { config } = changed((draft) => (draft.http.url = 'https://example.com/b'));
  expect(config).toEqual({
    http: {
      url: 'https://example.com/b',
      method: 'PUT',
      timeout: '10s',
      headers: [
        { name: 'X-Team', value: 'orders', secret: false },
        { name: 'Authorization', value: undefined, secret: true },
      ],
      signing: undefined,
    },
  });
});

test('a secret header that is new, renamed or shown is sent with its value', () => {
  const headers = (change: (draft: Draft) => void) => changed(change).config?.http?.headers;
  expect(headers((draft) => (draft.http.headers[1]!.value = 's'))).toContainEqual({ name: 'Authorization', value: 's', secret: true });
  expect(headers((draft) => (draft.http.headers[1]!.name = 'X-Auth'))).toContainEqual({ name: 'X-Auth', value: '', secret: true });
  expect(headers((draft) => (draft.http.headers[1]!.secret = false))).toContainEqual({ name: 'Authorization', value: '', secret: false });
});

test('another signing scheme takes no name from the one before', () => {
  expect(changed((draft) => (draft.http.scheme = 'NONE')).config?.http?.signing).toEqual({ scheme: 'NONE', parameter: undefined, secret: undefined });
  expect(changed((draft) => (draft.http.secret = 'long enough')).config?.http?.signing).toEqual({ scheme: 'HMAC_SHA256', parameter: 'X-Sig', secret: 'long enough' });
});

test('Slack has one way in: the other is cleared', () => {
  const before = { ...emptyDraft('SLACK'), name: 'team' };
  const draft = structuredClone(before);
  Object.assign(draft.slack, { mode: 'BOT_TOKEN', botToken: 'xoxb-1', channel: '#a' });
  expect(updateInput('chn_1', draft, before).config?.slack).toMatchObject({ webhookUrl: null, botToken: 'xoxb-1', channel: '#a' });
  expect(updateInput('chn_1', before, draft).config?.slack).toMatchObject({ botToken: null });
  expect(createInput(before, undefined).config.slack).not.toHaveProperty('botToken', null);
});

test('the server-wide SMTP server takes no login along', () => {
  const draft = emptyDraft('EMAIL');
  Object.assign(draft.email, { own: false, smtpServer: 'mail.example.com:587', username: 'u', password: 'p', from: 'a@example.com', to: ['b@example.com'] });
  expect(createInput(draft, 'tnt_1').config.email).toMatchObject({ smtpServer: null, tls: null, username: null, password: null });
});

test('empty numbers are the defaults', () => {
  const draft = emptyDraft('HTTP');
  Object.assign(draft.pace, { schedule: '1s 2s;3s', jitter: '', rate: '', concurrency: '', batches: true, maxEvents: 10, maxWait: '5s', disableAfter: '24h' });
  expect(createInput(draft, undefined)).toMatchObject({
    retryPolicy: { schedule: ['1s', '2s', '3s'], jitter: null, disableAfterFailures: null, disableAfter: '24h' },
    limits: { rate: null, concurrency: null },
    batching: { maxEvents: 10, maxWait: '5s' },
  });
});

test.each(['HTTP', 'SLACK', 'EMAIL', 'SMS'] as const)('what is empty in a new %s channel is told at fields that the form has', (kind) => {
  const draft = emptyDraft(kind);
  const told = Object.keys(missing(draft, undefined));
  expect(told.length).toBeGreaterThan(1);
  expect(paths(draft)).toEqual(expect.arrayContaining(told));
});
