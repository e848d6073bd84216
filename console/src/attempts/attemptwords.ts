import type { AttemptErrorCode, AttemptStatus, AttemptTrigger, ChannelKind, DeliveryStatus } from '../gql/graphql';
import { milliseconds, span } from '../parts/time';

/** What each class of failure means, and what to do about it. */
export const explained: Record<AttemptErrorCode, { title: string; help: string }> = {
  TEMPLATE: { title: 'The message could not be made', help: 'Correct the template; the error names the place. Then retry the delivery.' },
  BLOCKED_ADDRESS: {
    title: 'The address is not allowed',
    help: 'Give the channel a public address. For a network of your own, the operator of this server allows it with CARILLON_ALLOW_NETWORKS.',
  },
  DNS: { title: 'The host was not found', help: 'Check the host name in the channel. A look-up that failed only for now is tried again.' },
  CONNECT: { title: 'No connection', help: 'Check that the receiver is running, that the port is right, and that no firewall is in between.' },
  TLS: { title: 'No secure connection', help: 'Renew or correct the certificate of the receiver, or check the port and the TLS setting of the channel.' },
  TIMEOUT: { title: 'No answer in time', help: 'Let the receiver answer first and do its work afterwards, or give the channel a longer timeout.' },
  REJECTED: { title: 'The receiver refused it', help: 'The response below says why.' },
  RATE_LIMITED: { title: 'The receiver asked for fewer messages', help: 'Nothing to do: the channel waits and goes on. If it happens often, set a rate limit on the channel.' },
  PROVIDER: { title: 'The provider failed', help: 'It is tried again by itself. If it lasts, look at the status page of the provider.' },
  CONFIG: { title: 'The settings of the channel are at fault', help: 'Correct the channel. If it was disabled, resume it; what waited is sent.' },
};

// Answers whose cause is nearly always the same say more than their class.
const byAnswer: Record<number, string> = {
  301: 'Redirects are not followed. Set the URL that it leads to.',
  302: 'Redirects are not followed. Set the URL that it leads to.',
  307: 'Redirects are not followed. Set the URL that it leads to.',
  308: 'Redirects are not followed. Set the URL that it leads to.',
  401: 'Compare the signing secret and the headers of the channel with what the receiver expects.',
  403: 'Compare the signing secret and the headers of the channel with what the receiver expects.',
  404: 'Check the path in the URL of the channel.',
  405: 'The receiver does not take this method at this address. Check the URL and the method of the channel.',
  410: 'The receiver wants no more. Resume the channel once it is back; what waited is sent.',
  413: 'The message is too large for the receiver. A shorter template may help.',
};

/** What to do about a failed attempt. */
export function help(code: AttemptErrorCode, kind: ChannelKind, responseCode: number | null): string {
  const special = code === 'REJECTED' && kind === 'HTTP' && responseCode !== null ? byAnswer[responseCode] : undefined;
  return special ?? explained[code].help;
}

const answers: Record<number, string> = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content',
  301: 'Moved Permanently', 302: 'Found', 307: 'Temporary Redirect', 308: 'Permanent Redirect',
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  408: 'Request Timeout', 409: 'Conflict', 410: 'Gone', 413: 'Content Too Large', 415: 'Unsupported Media Type',
  422: 'Unprocessable Content', 429: 'Too Many Requests',
  500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
};

/** The code of an answer, with its name where it is one of HTTP's. Email has reply codes of its own. */
export function answered(code: number, kind: ChannelKind): string {
  const name = kind === 'EMAIL' ? undefined : answers[code];
  return name ? `${code} ${name}` : String(code);
}

export const triggers: Record<AttemptTrigger, string> = { AUTOMATIC: 'Automatic', MANUAL: 'By hand', TEST: 'Test event' };

interface Told {
  status: AttemptStatus;
  trigger: AttemptTrigger;
  number: number;
  latency: string;
  responseCode: number | null;
  nextAttemptAt: string | null;
  error: { code: AttemptErrorCode; retryable: boolean } | null;
  channel: { kind: ChannelKind };
  delivery: { status: DeliveryStatus; attemptCount: number };
}

/** How an attempt went and what comes of it, in a sentence or two. */
export function told(a: Told): string {
  const took = span(milliseconds(a.latency));
  const answer = a.responseCode === null ? '' : ` with ${answered(a.responseCode, a.channel.kind)}`;
  if (a.status === 'SUCCEEDED') {
    const sent = a.channel.kind === 'HTTP' ? `The receiver answered${answer} in ${took}.` : `The provider took it in ${took}${answer && `, answering${answer}`}.`;
    return a.delivery.status === 'SENT' ? `${sent} Its delivery report is awaited.` : sent;
  }
  return `${a.responseCode === null ? `It failed after ${took}, without an answer.` : `It failed after ${took}: the answer was ${answered(a.responseCode, a.channel.kind)}.`} ${sequel(a)}`;
}

function sequel(a: Told): string {
  if (a.trigger === 'TEST') return 'Tests are not retried.';
  if (a.delivery.attemptCount > a.number) {
    return a.delivery.status === 'SUCCEEDED' ? 'A later attempt succeeded.' : 'It has been tried again since.';
  }
  switch (a.delivery.status) {
    case 'FAILED':
      return a.error?.retryable === false ? 'It is not tried again: another try could not help.' : 'It is not tried again: that was the last try.';
    case 'CANCELED':
      return 'The delivery was canceled.';
    case 'DELIVERING':
      return 'It is being tried again now.';
    default:
      return a.nextAttemptAt ? 'It is tried again.' : 'It waits until the channel is resumed.';
  }
}
