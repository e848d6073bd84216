// Queries over HTTP, and what they answer.

export interface Server {
  url: string; // such as https://carillon.example.com
  key: string;
}

export interface Attempt {
  id: string;
  number: number;
  status: 'SUCCEEDED' | 'FAILED';
  startedAt: string;
  latency: string;
  responseCode: number | null;
  nextAttemptAt: string | null;
  error: { code: string; message: string } | null;
  event: { type: string };
  webhook: { id: string; name: string } | null;
  channel: { name: string; kind: string };
}

export interface Webhook {
  id: string;
  name: string;
  eventTypes: string[];
  status: 'ACTIVE' | 'PAUSED';
  routes: { channel: { name: string; kind: string } }[];
  lastAttempt: Attempt | null;
}

export const attemptFields = `
  id number status startedAt latency responseCode nextAttemptAt
  error { code message } event { type } webhook { id name } channel { name kind }
`;

// Refused is an answer that says no; code is one of docs/api.md.
export class Refused extends Error {
  constructor(message: string, readonly code: string, readonly field?: string) {
    super(message);
  }
}

interface GraphQLError {
  message: string;
  extensions?: { code?: string; field?: string };
}

export function refusal(errors: readonly GraphQLError[]): Refused {
  const [first] = errors;
  return new Refused(first?.message ?? 'the server gave no reason', first?.extensions?.code ?? '', first?.extensions?.field);
}

// ask runs a query. It throws Refused, or a TypeError where no answer came.
async function ask<T>(server: Server, query: string): Promise<T> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.key}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) throw refusal(errors);
  return data;
}

// webhooks are the newest 100; a longer list goes on behind pageInfo.endCursor.
export async function webhooks(server: Server): Promise<Webhook[]> {
  const { webhooks } = await ask<{ webhooks: { nodes: Webhook[] } }>(
    server,
    `{ webhooks(first: 100) { nodes {
      id name eventTypes status routes { channel { name kind } } lastAttempt { ${attemptFields} }
    } } }`,
  );
  return webhooks.nodes;
}

// latest are the attempts made last, the newest first.
export async function latest(server: Server): Promise<Attempt[]> {
  const { deliveryAttempts } = await ask<{ deliveryAttempts: { nodes: Attempt[] } }>(
    server,
    `{ deliveryAttempts(first: 50) { nodes { ${attemptFields} } } }`,
  );
  return deliveryAttempts.nodes;
}
