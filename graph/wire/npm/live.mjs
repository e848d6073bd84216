// graphql-ws and graphql-sse against a running server: what is published
// arrives on both, and after a break the stream goes on behind the last seen.
// node live.mjs URL KEY; the key's tenant has a webhook that takes every event.
import { createClient as createSSE } from 'graphql-sse';
import { createClient as createWS } from 'graphql-ws';
import WebSocket from 'ws';
import { assert, check } from './check.mjs';

const [url, key] = process.argv.slice(2);
const Authorization = `Bearer ${key}`;
const ws = () =>
  createWS({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { Authorization }, retryAttempts: 0 });
const sse = () => createSSE({ url, headers: { Authorization }, retryAttempts: 0 });

async function publish(n) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { id } }',
      variables: { input: { type: 'npm.event', data: { n } } },
    }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data.publishEvent.id;
}

const attempts = `subscription ($after: ID) {
  deliveryAttempts(after: $after) { id status event { id data } } }`;

// take gives n results of a subscription, and then lets go of it.
async function take(client, n, after, begun = () => {}) {
  const stream = client.iterate({ query: attempts, variables: { after } });
  const got = [];
  const first = stream.next();
  await begun();
  for (let next = await first; !next.done; next = await stream.next()) {
    assert.equal(next.value.errors, undefined);
    got.push(next.value.data.deliveryAttempts);
    if (got.length === n) break;
  }
  await stream.return();
  client.dispose();
  return got;
}

let seen;
await check('something is published and recorded', async () => {
  const id = await publish(0);
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { Authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ deliveryAttempts(first: 1) { nodes { id event { id } } } }' }),
    });
    const { nodes } = (await response.json()).data.deliveryAttempts;
    if (nodes[0]?.event.id === id) {
      seen = nodes[0].id;
      return;
    }
  }
});

for (const [name, client] of [['graphql-ws', ws], ['graphql-sse', sse]]) {
  await check(`${name}: what is missed comes first, then what is new`, async () => {
    const missed = [await publish(1), await publish(2)];
    const got = await take(client(), 3, seen, async () => missed.push(await publish(3)));
    assert.deepEqual(got.map((a) => a.event.id).sort(), missed.sort());
    assert.ok(got.every((a) => a.status === 'SUCCEEDED'));
    seen = got.at(-1).id;
  });
}

await check('graphql-ws: a wrong key is told at once', async () => {
  const client = createWS({
    url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { Authorization: 'Bearer wrong' }, retryAttempts: 0,
  });
  const closed = await new Promise((resolve) => client.subscribe({ query: attempts }, { next() {}, complete() {}, error: resolve }));
  assert.equal(closed.code, 4403);
});

await check('graphql-sse: a wrong key is told at once', async () => {
  const client = createSSE({ url, headers: { Authorization: 'Bearer wrong' }, retryAttempts: 0 });
  const error = await new Promise((resolve) => client.subscribe({ query: attempts }, { next() {}, complete() {}, error: resolve }));
  assert.equal(error.response?.status, 401);
});
process.exit(0);
