// Checks messages as their receiver had them: with the library of Standard
// Webhooks, with Svix's, and with Node's own cryptography for the forms that
// those do not know. node verify.mjs FILE; the file is a JSON list of
// { name, scheme, headers, body, keys, others }: each of the keys must verify
// the message, and none of the others.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
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

function ed25519(key, headers, body) {
  const x = Buffer.from(key.replace(/^whpk_/, ''), 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const age = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']));
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return age < 300 && headers['webhook-signature'].split(' ').some((text) => {
    const [version, signature] = text.split(',');
    return version === 'v1a' && verify(null, signed, publicKey, Buffer.from(signature, 'base64'));
  });
}

function hmac(key, headers, body) {
  const want = Buffer.from('sha256=' + createHmac('sha256', key).update(body).digest('hex'));
  return ['x-signature-256', 'x-signature-256-previous'].some((name) => {
    const got = Buffer.from(headers[name] ?? '');
    return got.length === want.length && timingSafeEqual(got, want);
  });
}

const verifiers = {
  STANDARD_WEBHOOKS: { standardwebhooks: library(Standard), svix: library(Svix) },
  STANDARD_WEBHOOKS_ED25519: { node: ed25519 },
  HMAC_SHA256: { node: hmac },
};

const messages = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const { name, scheme, headers, body, keys, others } of messages) {
  for (const [by, check] of Object.entries(verifiers[scheme])) {
    for (const key of keys) {
      assert(passes(() => check(key, headers, body)), `${name}, by ${by}: does not verify`);
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
