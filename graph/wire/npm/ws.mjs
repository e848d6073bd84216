// graphql-ws against a running handler of the test schema.
// node ws.mjs URL
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { assert, check, collect, patience } from './check.mjs';

const url = process.argv[2].replace('http', 'ws');
const connect = (options = {}) =>
  createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: 'Bearer good' },
    retryAttempts: 0,
    ...options,
  });

await check('a subscription runs to its end', async () => {
  const { results, error } = await collect(connect(), { query: 'subscription { count(to: 3) }' });
  assert.equal(error, undefined);
  assert.deepEqual(results.map((r) => r.data.count), [1, 2, 3]);
});

await check('queries and mutations are answered, by whom they say', async () => {
  const client = connect();
  const me = await collect(client, { query: '{ me }' });
  assert.deepEqual(me.results, [{ data: { me: 'good' } }]);
  const published = await collect(client, {
    query: 'mutation ($input: Item!) { publish(input: $input) { data } }',
    variables: { input: { type: 't', data: { b: 1, a: [2] } } },
  });
  assert.equal(JSON.stringify(published.results), '[{"data":{"publish":{"data":{"b":1,"a":[2]}}}}]');
});

await check('errors reach the client as errors', async () => {
  const client = connect();
  const invalid = await collect(client, { query: '{ nothing }' });
  assert.equal(invalid.error[0].extensions.code, 'BAD_USER_INPUT');
  const refused = await collect(client, { query: 'subscription { refused }' });
  assert.equal(refused.error[0].message, 'it broke');
  const ended = await collect(client, { query: 'subscription { ends }' });
  assert.deepEqual(ended.results, [{ data: { ends: 1 } }]);
  assert.equal(ended.error[0].message, 'it broke');
  const panicked = await collect(client, { query: 'subscription { panics }' });
  assert.equal(panicked.error[0].extensions.code, 'INTERNAL');
});

await check('a client that completes can go on', async () => {
  const client = connect({ lazyCloseTimeout: patience }); // or it may ask on a connection that it is closing itself
  const { results } = await collect(client, { query: 'subscription { count(to: 1000) }' }, (_, unsubscribe) => unsubscribe());
  assert.ok(results.length >= 1);
  assert.deepEqual((await collect(client, { query: '{ me }' })).results, [{ data: { me: 'good' } }]);
});

await check('many subscriptions share a connection', async () => {
  let opened = 0;
  const client = connect({ on: { opened: () => opened++ } });
  const all = await Promise.all(Array.from({ length: 50 }, () => collect(client, { query: 'subscription { count(to: 20) }' })));
  assert.ok(all.every(({ results }) => results.length === 20));
  assert.equal(opened, 1);
});

await check('pings go both ways', async () => {
  const seen = new Set();
  let enough;
  const done = new Promise((resolve) => (enough = resolve));
  const client = connect({
    lazy: false,
    keepAlive: 50,
    on: {
      ping: (received) => seen.add(received ? 'pinged' : 'ping'),
      pong: (received) => {
        seen.add(received ? 'ponged' : 'pong');
        if (seen.size === 4) enough();
      },
    },
  });
  await done;
  await client.dispose();
});

await check('a wrong key closes with 4403', async () => {
  const { error } = await collect(connect({ connectionParams: { Authorization: 'Bearer bad' } }), { query: '{ me }' });
  assert.equal(error.code, 4403);
});

await check('a client reconnects when its connection breaks', async () => {
  let socket;
  let connects = 0;
  const client = connect({
    retryAttempts: 3,
    retryWait: async () => {},
    on: {
      connected: (opened) => {
        socket = opened;
        connects++;
      },
    },
  });
  let broke = false;
  const again = await collect(client, { query: 'subscription { count(to: 1000) }' }, (_, unsubscribe) => {
    if (!broke) {
      broke = true;
      socket.terminate();
    } else if (connects > 1) {
      unsubscribe();
    }
  });
  assert.equal(again.error, undefined);
  assert.ok(connects >= 2);
});

// What graphql-ws never sends by itself.
const closes = (sends, protocols = ['graphql-transport-ws']) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols);
    socket.on('open', () => sends.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))));
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
    socket.on('error', reject);
  });
const init = { type: 'connection_init' };
const quiet = { type: 'subscribe', id: '1', payload: { query: 'subscription { quiet }' } };

await check('the close codes are the protocol\'s', async () => {
  assert.match((await closes(['nonsense'])).join(' '), /^4400 Invalid message/);
  assert.deepEqual(await closes([quiet]), [4401, 'Unauthorized']);
  assert.deepEqual(await closes([{ ...init, payload: { Authorization: 'Bearer bad' } }]), [4403, 'Forbidden']);
  assert.deepEqual(await closes([], ['graphql-ws']), [4406, 'Subprotocol not acceptable']);
  assert.deepEqual(await closes([init, quiet, quiet]), [4409, 'Subscriber for 1 already exists']);
  assert.deepEqual(await closes([init, init]), [4429, 'Too many initialisation requests']);
  assert.deepEqual(await closes([]), [4408, 'Connection initialisation timeout']);
});

await check('a drain closes with 1001', async () => {
  const events = [];
  let drained;
  const client = connect({
    on: {
      connected: () => (drained = fetch(new URL('/drain', process.argv[2]), { method: 'POST' })),
      closed: (event) => events.push(event.code),
    },
  });
  const { error } = await collect(client, { query: 'subscription { quiet }' });
  assert.equal(error.code, 1001);
  assert.deepEqual(events, [1001]);
  await drained;
});

process.exit(0);
