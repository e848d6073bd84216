// graphql-sse against a running handler of the test schema.
// node sse.mjs URL
import { createClient } from 'graphql-sse';
import { assert, check, collect } from './check.mjs';

const url = process.argv[2];
const connect = (options = {}) => createClient({ url, retryAttempts: 0, headers: { Authorization: 'Bearer good' }, ...options });

await check('a subscription runs to its end', async () => {
  const { results, error } = await collect(connect(), { query: 'subscription { count(to: 3) }' });
  assert.equal(error, undefined);
  assert.deepEqual(results.map((r) => r.data.count), [1, 2, 3]);
});

await check('queries and mutations are answered, by whom they say', async () => {
  assert.deepEqual((await collect(connect(), { query: '{ me }' })).results, [{ data: { me: 'good' } }]);
  const published = await collect(connect(), {
    query: 'mutation ($input: Item!) { publish(input: $input) { data } }',
    variables: { input: { type: 't', data: { b: 1, a: [2] } } },
  });
  assert.equal(JSON.stringify(published.results), '[{"data":{"publish":{"data":{"b":1,"a":[2]}}}}]');
});

await check('errors come as results, then the end', async () => {
  const invalid = await collect(connect(), { query: '{ nothing }' });
  assert.equal(invalid.results[0].errors[0].extensions.code, 'BAD_USER_INPUT');
  const ended = await collect(connect(), { query: 'subscription { ends }' });
  assert.deepEqual(ended.results[0], { data: { ends: 1 } });
  assert.equal(ended.results[1].errors[0].message, 'it broke');
});

await check('a wrong key is refused before the stream', async () => {
  const { error } = await collect(connect({ headers: { Authorization: 'Bearer bad' } }), { query: '{ me }' });
  assert.equal(error.response.status, 401);
});

await check('a client that completes ends the stream', async () => {
  const { results } = await collect(connect(), { query: 'subscription { flood(size: 10) }' }, (_, unsubscribe) => unsubscribe());
  assert.ok(results.length >= 1);
});

await check('a client reconnects when its connection breaks', async () => {
  let connects = 0;
  const client = connect({
    retryAttempts: 3,
    retry: async () => {},
    fetchFn: async (address, init) => {
      const res = await fetch(address, init);
      if (++connects > 1) return res;
      // The first connection breaks off behind its first bytes.
      const reader = res.body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      const broken = new ReadableStream({
        pull(controller) {
          if (!broken.read) {
            broken.read = true;
            controller.enqueue(value.slice(0, 3));
          } else {
            controller.error(new TypeError('network error'));
          }
        },
      });
      return new Response(broken, { status: res.status, headers: res.headers });
    },
  });
  const { results, error } = await collect(client, { query: 'subscription { count(to: 3) }' });
  assert.equal(error, undefined);
  assert.equal(connects, 2);
  assert.deepEqual(results.map((r) => r.data.count), [1, 2, 3]);
});

process.exit(0);
