import type { Draft } from './draft';
import { takesParameter } from './input';

/** The paths of the fields that the form shows now, by which the API names what is wrong. */
export function paths(draft: Draft): string[] {
  const pace = [
    'retryPolicy.schedule',
    'retryPolicy.jitter',
    'retryPolicy.disableAfterFailures',
    'retryPolicy.disableAfter',
    'limits.rate',
    'limits.concurrency',
    'batching.maxEvents',
    'batching.maxWait',
    'ordering',
  ];
  return ['tenantId', 'name', 'templateId', ...ofKind(draft), ...pace];
}

function ofKind(draft: Draft): string[] {
  switch (draft.kind) {
    case 'HTTP': {
      const { headers, scheme } = draft.http;
      const lines = headers.flatMap((_, place) => [`headers.${place}.name`, `headers.${place}.value`]);
      const signing = ['scheme', ...(takesParameter(scheme) ? ['parameter'] : []), ...(scheme === 'NONE' ? [] : ['secret'])];
      return ['url', 'method', 'timeout', 'headers', ...lines, ...signing.map((one) => `signing.${one}`)].map((one) => `config.http.${one}`);
    }
    case 'SLACK': {
      const way = draft.slack.mode === 'BOT_TOKEN' ? ['botToken', 'channel', 'threadByEntity'] : ['webhookUrl'];
      return [...way, 'username', 'iconEmoji'].map((one) => `config.slack.${one}`);
    }
    case 'EMAIL': {
      const server = draft.email.own ? ['tls', 'username', 'password'] : [];
      return ['smtpServer', ...server, 'from', 'to', 'cc', 'bcc', 'replyTo', 'listUnsubscribe'].map((one) => `config.email.${one}`);
    }
    case 'SMS':
      return ['provider', 'accountId', 'authToken', 'baseUrl', 'from', 'to', 'maxSegments', 'awaitReceipt'].map((one) => `config.sms.${one}`);
  }
}

/** Fields that are needed and empty, told before the server is asked. */
export function missing(draft: Draft, before: Draft | undefined): Record<string, string> {
  const { http, slack, email, sms } = draft;
  const empty: Record<string, boolean> = { name: !draft.name.trim() };
  switch (draft.kind) {
    case 'HTTP':
      empty['config.http.url'] = !http.url.trim();
      break;
    case 'SLACK':
      if (slack.mode === 'BOT_TOKEN') {
        empty['config.slack.botToken'] = !slack.botToken && before?.slack.mode !== 'BOT_TOKEN';
        empty['config.slack.channel'] = !slack.channel.trim();
      } else empty['config.slack.webhookUrl'] = !slack.webhookUrl && before?.slack.mode !== 'INCOMING_WEBHOOK';
      break;
    case 'EMAIL':
      empty['config.email.smtpServer'] = email.own && !email.smtpServer.trim();
      empty['config.email.from'] = !email.from.trim();
      empty['config.email.to'] = email.to.length === 0;
      break;
    case 'SMS':
      empty['config.sms.accountId'] = !sms.accountId.trim();
      empty['config.sms.authToken'] = !sms.authToken && !before;
      empty['config.sms.baseUrl'] = sms.provider === 'SMPP' && !sms.baseUrl.trim();
      empty['config.sms.from'] = !sms.from.trim();
      empty['config.sms.to'] = sms.to.length === 0;
  }
  return Object.fromEntries(
    Object.entries(empty)
      .filter(([, is]) => is)
      .map(([path]) => [path, 'Is needed']),
  );
}
