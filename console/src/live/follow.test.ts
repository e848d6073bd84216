import { CombinedError } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { liveAnchorQuery, type LiveAttempt } from './documents';
import { follow, type Follower } from './follow';

// A server with a log of attempts, as far as Live sees one.
class Server {
  log: string[] = [];
  error: CombinedError | undefined;
  subscriptions: { variables: { after?: string }; sink: any; over: boolean }[] = [];
  closed = () => {};

  api = {
    client: {
      query: (document: unknown) => ({
        toPromise: async () => {
          if (this.error) return { error: this.error };
          const ids = this.log.toReversed().slice(0, document === liveAnchorQuery ? 1 : 50);
          return { data: { deliveryAttempts: { nodes: ids.map((id) => ({ id })) } } };
        },
      }),
    },
    socket: {
      on: (_: string, listener: () => void) => {
        this.closed = listener;
        return () => (this.closed = () => {});
      },
      subscribe: (payload: object, sink: any) => {
        const one = { payload, variables: {}, sink, over: false };
        this.subscriptions.push(one);
        this.connect(one);
        return () => (one.over = true);
      },
    },
  } as any;

  // The socket writes its message anew whenever it connects.
  connect(one: any) {
    one.variables = JSON.parse(JSON.stringify(one.payload)).variables;
  }

  add(...ids: string[]) {
    this.log.push(...ids);
  }

  send(id: string) {
    this.log.push(id);
    this.subscriptions.at(-1)!.sink.next({ data: { deliveryAttempts: { id } } });
  }
}

function setup(server: Server) {
  const seen: string[] = [];
  const states: string[] = [];
  const errors: string[] = [];
  const to: Follower = {
    begin: (rows) => seen.splice(0, seen.length, ...rows.map((row) => row.id).toReversed()),
    next: (row: LiveAttempt) => seen.push(row.id),
    connection: (now) => states.push(now),
    failed: (error) => errors.push(error.message),
  };
  const stop = follow(server.api, {}, to);
  return { seen, states, errors, stop };
}

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it begins with what is there and goes on behind the newest', async () => {
  const server = new Server();
  server.add('a', 'b');
  const live = setup(server);
  await settle();
  expect(live.seen).toEqual(['a', 'b']);
  expect(server.subscriptions[0]!.variables.after).toBe('b');
  expect(live.states).toEqual(['live']);
  server.send('c');
  expect(live.seen).toEqual(['a', 'b', 'c']);
});

test('a connection that comes back names the last attempt seen', async () => {
  const server = new Server();
  server.add('a');
  const live = setup(server);
  await settle();
  server.send('b');
  server.closed();
  expect(live.states.at(-1)).toBe('reconnecting');
  server.connect(server.subscriptions[0]);
  expect(server.subscriptions).toHaveLength(1);
  expect(server.subscriptions[0]!.variables.after).toBe('b');
  expect(live.states.at(-1)).toBe('live');
});

test('a reader that was too slow goes on behind the last attempt after the time that it is told', async () => {
  const server = new Server();
  server.add('a');
  const live = setup(server);
  await settle();
  server.send('b');
  server.subscriptions[0]!.sink.error([{ message: 'too slow', extensions: { code: 'RATE_LIMITED', retryAfter: 2 } }]);
  await settle(1999);
  expect(server.subscriptions).toHaveLength(1);
  await settle(1);
  expect(server.subscriptions[1]!.variables.after).toBe('b');
  expect(live.states).toEqual(['live', 'reconnecting', 'live']);
  expect(live.seen).toEqual(['a', 'b']);
});

test('where the last attempt is gone it begins anew', async () => {
  const server = new Server();
  server.add('a');
  const live = setup(server);
  await settle();
  server.log = ['x', 'y'];
  server.subscriptions[0]!.sink.error([{ message: 'after: there is no a', extensions: { code: 'BAD_USER_INPUT', field: 'after' } }]);
  await settle(500);
  expect(live.seen).toEqual(['x', 'y']);
  expect(server.subscriptions[1]!.variables.after).toBe('y');
});

test('a server without attempts is looked at until there is one', async () => {
  const server = new Server();
  const live = setup(server);
  await settle(3000);
  expect(live.states.at(-1)).toBe('live');
  expect(server.subscriptions).toHaveLength(0);
  server.add('a', 'b');
  await settle(1000);
  expect(live.seen).toEqual(['a', 'b']);
  expect(server.subscriptions[0]!.variables.after).toBe('b');
});

test('a server that does not answer is asked again; a refusal ends it', async () => {
  const server = new Server();
  server.error = new CombinedError({ networkError: new Error('refused') });
  const live = setup(server);
  await settle(600);
  expect(live.states.at(-1)).toBe('reconnecting');
  server.error = undefined;
  server.add('a');
  await settle(10_000);
  expect(live.seen).toEqual(['a']);

  const strict = new Server();
  strict.error = new CombinedError({ graphQLErrors: [{ message: 'may not', extensions: { code: 'FORBIDDEN' } }] });
  const refused = setup(strict);
  await settle(60_000);
  expect(refused.errors).toHaveLength(1);
});

test('nothing happens after the stop', async () => {
  const server = new Server();
  const live = setup(server);
  live.stop();
  server.add('a');
  await settle(60_000);
  expect(live.seen).toEqual([]);
  expect(server.subscriptions).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});
