// Attempts as they are made, over a WebSocket, without a gap or a repeat: each
// connection resumes behind the attempt seen last.
import { createClient, type Client } from 'graphql-ws';
import { attemptFields, latest, refusal, Refused, type Attempt, type Server } from './api';

export type State = 'live' | 'waiting';

const subscription = `subscription ($after: ID!) { deliveryAttempts(after: $after) { ${attemptFields} } }`;

// watch hands over the attempts made last and then each new one, oldest first, until
// the signal stops it. It outlives lost connections, and ends with Refused when the
// server will not have the key.
export async function watch(server: Server, onAttempt: (a: Attempt) => void, onState: (s: State) => void, signal: AbortSignal) {
  let after = null as string | null;
  let failures = 0;
  const seen = (attempt: Attempt) => {
    after = attempt.id;
    onAttempt(attempt);
  };
  const live = () => {
    failures = 0;
    onState('live');
  };
  while (!signal.aborted) {
    try {
      if (after === null) {
        (await latest(server)).reverse().forEach(seen);
        live();
      }
      if (after === null) {
        // An empty log has nothing to resume behind: look again in a second.
        await pause(1000, signal);
        continue;
      }
      await follow(server, after, seen, live, signal);
    } catch (error) {
      const refused = asRefused(error);
      if (refused && ['UNAUTHENTICATED', 'FORBIDDEN'].includes(refused.code)) throw refused;
      if (refused?.field === 'after') after = null; // the server does not keep it any more: begin anew
    }
    if (signal.aborted) return;
    onState('waiting');
    await pause(Math.min(500 * 2 ** failures++, 5_000), signal);
  }
}

// follow reads one connection, until it ends.
async function follow(server: Server, after: string, seen: (a: Attempt) => void, open: () => void, signal: AbortSignal) {
  const client = connect(server, open);
  const close = () => void client.dispose();
  signal.addEventListener('abort', close);
  try {
    const results = client.iterate<{ deliveryAttempts: Attempt }>({ query: subscription, variables: { after } });
    for await (const { data, errors } of results) {
      if (errors) throw refusal(errors);
      if (data) seen(data.deliveryAttempts);
    }
  } finally {
    signal.removeEventListener('abort', close);
    await client.dispose();
  }
}

// connect makes a client for one connection. It pings, and gives the connection up
// where no answer comes: a network that went away does not say so.
function connect(server: Server, open: () => void): Client {
  let socket: WebSocket | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  return createClient({
    url: `${server.url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { Authorization: `Bearer ${server.key}` },
    retryAttempts: 0, // watch tries again, from where it was
    keepAlive: 10_000,
    on: {
      connected: (connection) => {
        socket = connection as WebSocket;
        open();
      },
      ping: (received) => {
        if (!received) overdue = setTimeout(() => socket?.close(4408, 'no answer to a ping'), 5_000);
      },
      pong: (received) => {
        if (received) clearTimeout(overdue);
      },
      closed: () => clearTimeout(overdue),
    },
  });
}

// asRefused reads what the client throws: the errors of the operation as a list, or
// the event that closed the connection. 4403 is how the server refuses a key.
function asRefused(error: unknown): Refused | null {
  if (error instanceof Refused) return error;
  if (Array.isArray(error)) return refusal(error);
  if (error instanceof CloseEvent && error.code === 4403) return new Refused(error.reason, 'FORBIDDEN');
  return null;
}

// pause ends early, without an error, when the signal says so.
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
