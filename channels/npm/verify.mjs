// Checks messages as their receiver had them: with the library of Standard
// Webhooks, with Svix's, and by the page on HTTP channels for the forms that
// those do not know. node verify.mjs FILE; the file is a JSON list of
// { name, scheme, headers, body, keys, others }: each of the keys must verify
// the message, and none of the others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';

const passes = (run) => {
  try {
    return run() !== false;
  } catch {
    return false;
  }
};

const library = (Library) => (key, headers, body) => new Library(key).verify(body, headers);

// The functions that the page on HTTP channels gives to receivers.
const page = readFileSync('../../docs/channels/http.md', 'utf8');
const [, code] = page.match(/^```js\n(.*?)^```$/ms);
const documented = await import('data:text/javascript,' + encodeURIComponent(code));

const verifiers = {
  STANDARD_WEBHOOKS: { standardwebhooks: library(Standard), svix: library(Svix) },
  STANDARD_WEBHOOKS_ED25519: { page: documented.verifyEd25519 },
  HMAC_SHA256: { page: documented.verifyHmac },
  SHARED_SECRET_HEADER: { page: documented.verifyShared },
};

const messages = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const { name, scheme, headers, body, keys, others } of messages) {
  for (const [by, check] of Object.entries(verifiers[scheme])) {
    for (const key of keys) {
      assert(passes(() => check(key, headers, body)), `${name}, by ${by}: does not verify`);
      if (scheme === 'SHARED_SECRET_HEADER') continue; // it covers nothing
      assert(!passes(() => check(key, headers, body + ' ')), `${name}, by ${by}: a body that was changed verifies`);
      if (scheme === 'HMAC_SHA256') continue; // it covers the body alone
      const changed = (change) => passes(() => check(key, { ...headers, ...change }, body));
      assert(!changed({ 'webhook-id': headers['webhook-id'] + 'x' }), `${name}, by ${by}: an id that was changed verifies`);
      const later = String(Number(headers['webhook-timestamp']) + 1);
      assert(!changed({ 'webhook-timestamp': later }), `${name}, by ${by}: a time that was changed verifies`);
      assert(!changed({ 'webhook-signature': '' }), `${name}, by ${by}: no signature verifies`);
    }
    for (const key of others) {
      assert(!passes(() => check(key, headers, body)), `${name}, by ${by}: another key verifies`);
    }
  }
  console.log(`ok ${name}`);
}
assert(messages.length > 0);
