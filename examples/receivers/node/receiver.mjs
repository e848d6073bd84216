// Takes webhooks as a service of yours would: verifies each message, answers at
// once, drops what came before, and works afterwards.
// node receiver.mjs [--listen HOST:PORT] [--secret whsec_…] [--fail N]
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Webhook } from 'standardwebhooks';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:9000' },
    secret: { type: 'string', default: process.env.WEBHOOK_SECRET ?? '' }, // without it nothing is verified
    fail: { type: 'string', default: '0' }, // how many messages to refuse, to see them tried again
  },
});
const signed = options.secret === '' ? null : new Webhook(options.secret);
let toFail = Number(options.fail);

const maxBody = 16 * 1024 * 1024; // bytes; one batch may be large
const maxQueue = 1000;
const maxKnown = 10_000;

// The ids that came last, oldest first. Bounded, and gone with the process: a
// service has a unique index in its database instead. Looking and adding happen
// without an await between them, so that of two doubles at once one alone is new.
const known = new Set();
const isNew = (id) => {
  if (known.has(id)) return false;
  known.add(id);
  if (known.size > maxKnown) known.delete(known.values().next().value);
  return true;
};

// What was taken waits here, and is lost with the process. A service writes it
// down before it answers: one INSERT of id and body, on that unique index.
const queue = [];
let working = false;
async function work() {
  if (working) return;
  working = true;
  while (queue.length > 0) {
    const { id, body } = queue.shift();
    console.log(`done ${id}: ${body}`);
    await new Promise(setImmediate); // answers go first
  }
  working = false;
}

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  }
  return size > maxBody ? null : Buffer.concat(chunks).toString();
}

// take says how to answer, and why. Work is only put into the queue here: a slow
// answer would be a failure to the sender.
async function take(request) {
  const body = await read(request);
  if (body === null) return [413, 'too large'];
  if (signed !== null) {
    try {
      // The body as it came. Messages older than five minutes are refused, so that
      // nobody sends an old one again; and so is what is no JSON.
      signed.verify(body, request.headers);
    } catch (error) {
      return [400, `refused: ${error.message}`];
    }
  }
  if (toFail > 0) {
    toFail--;
    return [503, 'fails on purpose'];
  }
  if (queue.length >= maxQueue) return [503, 'the queue is full']; // it comes again later
  const id = request.headers['webhook-id'];
  if (id !== undefined && !isNew(id)) return [204, `double of ${id}`];
  queue.push({ id, body });
  setImmediate(work);
  return [204, id];
}

const server = createServer({ requestTimeout: 30_000 }, async (request, response) => {
  try {
    const [status, note] = await take(request);
    console.log(`${request.method} ${request.url} → ${status} ${note}`);
    response.writeHead(status).end();
  } catch (error) {
    console.error(`cut short: ${error.message}`);
    response.destroy();
  }
});

const [, host, port] = options.listen.match(/^(.*):(\d+)$/) ?? [];
server.listen({ host, port: Number(port) }, () => {
  console.log(`waiting for webhooks on http://${host}:${server.address().port}`);
});
// A stop lets requests under way finish, and works off what was taken.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
