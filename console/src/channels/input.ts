import type { BatchingInput, ChannelConfigInput, ChannelLimitsInput, CreateChannelInput, HttpConfigInput, RetryPolicyInput, SigningInput, SlackConfigInput, UpdateChannelInput } from '../gql/graphql';
import type { Draft, HeaderDraft, HttpDraft, PaceDraft, SlackDraft } from './draft';
import { scheduleOf } from './retry';

/** What makes the channel. */
export function createInput(draft: Draft, tenantId: string | undefined): CreateChannelInput {
  return { tenantId, name: draft.name, config: config(draft), templateId: draft.templateId, ...pace(draft.pace) };
}

/** What differs from before. Secrets that were not typed anew are left out, and so stay. */
export function updateInput(id: string, draft: Draft, before: Draft): UpdateChannelInput {
  const now = { name: draft.name, config: config(draft, before), templateId: draft.templateId, ...pace(draft.pace) };
  const was = { name: before.name, config: config(before, before), templateId: before.templateId, ...pace(before.pace) };
  const changed = Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name as keyof typeof was]));
  return { id, ...Object.fromEntries(changed) };
}

function config(draft: Draft, before?: Draft): ChannelConfigInput {
  switch (draft.kind) {
    case 'HTTP':
      return { http: http(draft.http, before?.http) };
    case 'SLACK':
      return { slack: slack(draft.slack, before?.slack) };
    case 'EMAIL': {
      const { own, from, to, cc, bcc, ...rest } = draft.email;
      const server = own
        ? { smtpServer: rest.smtpServer, tls: rest.tls, username: rest.username || null, password: rest.username ? rest.password || undefined : null }
        : { smtpServer: null, tls: null, username: null, password: null };
      return { email: { ...server, from, to, cc, bcc, replyTo: rest.replyTo || null, listUnsubscribe: rest.listUnsubscribe || null } };
    }
    case 'SMS': {
      const { provider, accountId, authToken, baseUrl, from, to, maxSegments, awaitReceipt } = draft.sms;
      return {
        sms: { provider, accountId: accountId || null, authToken: authToken || undefined, baseUrl: baseUrl || null, from, to, maxSegments: number(maxSegments), awaitReceipt },
      };
    }
  }
}

function http(draft: HttpDraft, before: HttpDraft | undefined): HttpConfigInput {
  return {
    url: draft.url,
    method: draft.method,
    timeout: draft.timeout || undefined,
    headers: draft.headers.map((header) => ({ name: header.name, value: keepsValue(header, before) ? undefined : header.value, secret: header.secret })),
    signing: signing(draft, before),
  };
}

/** True for a secret header whose stored value stays, because none was typed. */
export function keepsValue(header: HeaderDraft, before: HttpDraft | undefined): boolean {
  const same = (one: HeaderDraft) => one.secret && one.name.toLowerCase() === header.name.toLowerCase();
  return header.secret && header.value === '' && Boolean(before?.headers.some(same));
}

function signing(draft: HttpDraft, before: HttpDraft | undefined): SigningInput | undefined {
  const same = before && draft.scheme === before.scheme && draft.parameter === before.parameter;
  if (same && !draft.secret) return undefined;
  const named = takesParameter(draft.scheme);
  return { scheme: draft.scheme, parameter: (named && draft.parameter) || undefined, secret: (draft.scheme !== 'NONE' && draft.secret) || undefined };
}

/** True for the schemes whose header or query parameter can be chosen. */
export function takesParameter(scheme: HttpDraft['scheme']): boolean {
  return scheme === 'HMAC_SHA256' || scheme === 'SHARED_SECRET_HEADER' || scheme === 'SHARED_SECRET_QUERY';
}

function slack(draft: SlackDraft, before: SlackDraft | undefined): SlackConfigInput {
  const look = { username: draft.username || null, iconEmoji: draft.iconEmoji || null };
  // The other way's secret goes; a channel has one of them.
  if (draft.mode === 'INCOMING_WEBHOOK') {
    return { webhookUrl: draft.webhookUrl || undefined, botToken: before?.mode === 'BOT_TOKEN' ? null : undefined, ...look };
  }
  return {
    botToken: draft.botToken || undefined,
    webhookUrl: before?.mode === 'INCOMING_WEBHOOK' ? null : undefined,
    channel: draft.channel || null,
    threadByEntity: draft.threadByEntity,
    ...look,
  };
}

function pace(draft: PaceDraft): { retryPolicy: RetryPolicyInput; limits: ChannelLimitsInput; batching: BatchingInput | null; ordering: PaceDraft['ordering'] } {
  const jitter = number(draft.jitter);
  return {
    retryPolicy: {
      schedule: scheduleOf(draft.schedule),
      jitter: jitter === null ? null : jitter / 100,
      disableAfterFailures: number(draft.disableAfterFailures),
      disableAfter: draft.disableAfter.trim() || null,
    },
    limits: { rate: number(draft.rate), concurrency: number(draft.concurrency) },
    batching: draft.batches ? { maxEvents: number(draft.maxEvents) ?? 100, maxWait: draft.maxWait.trim() || '10s' } : null,
    ordering: draft.ordering,
  };
}

// A number's field holds text while it is empty.
function number(value: number | string): number | null {
  return value === '' || Number.isNaN(Number(value)) ? null : Number(value);
}
