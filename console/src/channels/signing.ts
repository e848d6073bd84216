import type { SigningScheme } from '../gql/graphql';

interface Scheme {
  label: string;
  /** Why one would choose it. */
  says: string;
  /** What the receiver sees; `name` is the header or parameter that was chosen. */
  sees: (name: string) => string;
  /** The name that the server takes where none is given. */
  parameter?: string;
  /** The form of a secret of one's own. */
  secret?: string;
}

export const schemes: Record<SigningScheme, Scheme> = {
  STANDARD_WEBHOOKS: {
    label: 'Standard Webhooks (recommended)',
    says: 'An HMAC over id, time and body. Most languages have a library that checks it: standardwebhooks.com.',
    sees: () => 'webhook-id: evt_01jd5x3v9kfm8tqz2y4r6w7abc\nwebhook-timestamp: 1711793700\nwebhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    secret: 'whsec_ and the base64 of 24 to 64 bytes',
  },
  STANDARD_WEBHOOKS_ED25519: {
    label: 'Standard Webhooks, asymmetric (ed25519)',
    says: 'The receiver checks with a public key and can sign nothing itself.',
    sees: () => 'webhook-id: evt_01jd5x3v9kfm8tqz2y4r6w7abc\nwebhook-timestamp: 1711793700\nwebhook-signature: v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw…',
    secret: 'whsk_ and the base64 of the 64 bytes of an ed25519 key, or of its 32 byte seed',
  },
  HMAC_SHA256: {
    label: 'HMAC-SHA256 in one header',
    says: 'For receivers that know the form of GitHub and others. It carries no time, so that an old request can be sent again by others.',
    sees: (name) => `${name}: sha256=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12…`,
    parameter: 'X-Signature-256',
    secret: '8 to 256 characters',
  },
  SHARED_SECRET_HEADER: {
    label: 'The secret itself, in a header',
    says: 'For receivers that can only compare a text. Whoever sees one request has the secret: use it with https alone.',
    sees: (name) => `${name}: the secret`,
    parameter: 'X-Secret-Token',
    secret: '8 to 256 ASCII characters',
  },
  SHARED_SECRET_QUERY: {
    label: 'The secret itself, in the URL',
    says: 'For receivers that can look at nothing but the URL, which many servers write to their logs.',
    sees: (name) => `POST /hooks?${name}=the-secret`,
    parameter: 'token',
    secret: '8 to 256 characters',
  },
  NONE: {
    label: 'No signature',
    says: 'The receiver cannot tell these messages from forged ones.',
    sees: () => 'Nothing but the message.',
  },
};
