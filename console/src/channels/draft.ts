import type { ChannelKind, ChannelSettingsFragment, HttpMethod, Ordering, SigningScheme, SlackMode, SmsProvider, SmtpTls } from '../gql/graphql';
import { scheduleText, standard } from './retry';

export interface HeaderDraft {
  /** Tells the lines of the form apart. */
  key: number;
  name: string;
  value: string;
  secret: boolean;
}

export interface HttpDraft {
  url: string;
  method: HttpMethod;
  timeout: string;
  headers: HeaderDraft[];
  scheme: SigningScheme;
  parameter: string;
  secret: string;
}

export interface SlackDraft {
  mode: SlackMode;
  webhookUrl: string;
  botToken: string;
  channel: string;
  username: string;
  iconEmoji: string;
  threadByEntity: boolean;
}

export interface EmailDraft {
  own: boolean;
  smtpServer: string;
  tls: SmtpTls;
  username: string;
  password: string;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  replyTo: string;
  listUnsubscribe: string;
}

export interface SmsDraft {
  provider: SmsProvider;
  accountId: string;
  authToken: string;
  baseUrl: string;
  from: string;
  to: string[];
  maxSegments: number | string;
  awaitReceipt: boolean;
}

/** When and how messages leave, whatever their kind. Empty numbers are the defaults. */
export interface PaceDraft {
  schedule: string;
  jitter: number | string;
  disableAfterFailures: number | string;
  disableAfter: string;
  rate: number | string;
  concurrency: number | string;
  batches: boolean;
  maxEvents: number | string;
  maxWait: string;
  ordering: Ordering;
}

/** A channel as its form has it. Secrets that are stored are empty here. */
export interface Draft {
  name: string;
  kind: ChannelKind;
  templateId: string | null;
  http: HttpDraft;
  slack: SlackDraft;
  email: EmailDraft;
  sms: SmsDraft;
  pace: PaceDraft;
}

export function emptyDraft(kind: ChannelKind): Draft {
  return {
    name: '',
    kind,
    templateId: null,
    http: { url: '', method: 'POST', timeout: '10s', headers: [], scheme: 'STANDARD_WEBHOOKS', parameter: '', secret: '' },
    slack: { mode: 'INCOMING_WEBHOOK', webhookUrl: '', botToken: '', channel: '', username: '', iconEmoji: '', threadByEntity: false },
    email: { own: true, smtpServer: '', tls: 'STARTTLS', username: '', password: '', from: '', to: [], cc: [], bcc: [], replyTo: '', listUnsubscribe: '' },
    sms: { provider: 'TWILIO', accountId: '', authToken: '', baseUrl: '', from: '', to: [], maxSegments: 3, awaitReceipt: false },
    pace: {
      schedule: scheduleText(standard),
      jitter: 20,
      disableAfterFailures: '',
      disableAfter: '',
      rate: '',
      concurrency: 100,
      batches: false,
      maxEvents: 100,
      maxWait: '10s',
      ordering: 'NONE',
    },
  };
}

/** What is stored, ready to be changed. */
export function draftOf(channel: ChannelSettingsFragment): Draft {
  const draft = emptyDraft(channel.kind);
  const { config, retryPolicy, limits, batching } = channel;
  draft.name = channel.name;
  draft.templateId = channel.template?.id ?? null;
  draft.pace = {
    schedule: scheduleText(retryPolicy.schedule),
    jitter: Math.round(retryPolicy.jitter * 1000) / 10,
    disableAfterFailures: retryPolicy.disableAfterFailures ?? '',
    disableAfter: retryPolicy.disableAfter ?? '',
    rate: limits.rate ?? '',
    concurrency: limits.concurrency,
    batches: batching !== null,
    maxEvents: batching?.maxEvents ?? draft.pace.maxEvents,
    maxWait: batching?.maxWait ?? draft.pace.maxWait,
    ordering: channel.ordering,
  };
  switch (config.__typename) {
    case 'HttpConfig':
      draft.http = {
        url: config.url,
        method: config.method,
        timeout: config.timeout,
        headers: config.headers.map(({ name, value, secret }, key) => ({ key, name, value: value ?? '', secret })),
        scheme: config.signing.scheme,
        parameter: config.signing.parameter ?? '',
        secret: '',
      };
      break;
    case 'SlackConfig':
      draft.slack = {
        ...draft.slack,
        mode: config.mode,
        channel: config.channel ?? '',
        username: config.username ?? '',
        iconEmoji: config.iconEmoji ?? '',
        threadByEntity: config.threadByEntity,
      };
      break;
    case 'EmailConfig':
      draft.email = {
        own: config.smtpServer !== null,
        smtpServer: config.smtpServer ?? '',
        tls: config.tls ?? 'STARTTLS',
        username: config.username ?? '',
        password: '',
        from: config.from,
        to: config.to,
        cc: config.cc,
        bcc: config.bcc,
        replyTo: config.replyTo ?? '',
        listUnsubscribe: config.listUnsubscribe ?? '',
      };
      break;
    case 'SmsConfig':
      draft.sms = { ...config, accountId: config.accountId ?? '', baseUrl: config.baseUrl ?? '', authToken: '' };
  }
  return draft;
}
