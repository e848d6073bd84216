import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

/** The API with a key that may change while the page is open. */
export class Api {
  private key = '';
  private readonly socket = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => (this.key ? { Authorization: `Bearer ${this.key}` } : {}),
    retryAttempts: 5,
  });

  readonly fetcher: Fetcher = createGraphiQLFetcher({
    url: '/graphql',
    wsClient: this.socket,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      if (this.key && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${this.key}`);
      return fetch(input, { ...init, headers });
    },
  });

  /** The next requests are made with this key; a socket that was opened with another one ends. */
  use(key: string) {
    if (key === this.key) return;
    this.key = key;
    this.socket.terminate();
  }

  /** Who the key belongs to, in words; throws what is wrong with it. */
  async whose(key: string): Promise<string> {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: '{ viewer { scopes tenant { name } } }' }),
    });
    const { data, errors } = (await answer.json()) as {
      data?: { viewer: { scopes: string[]; tenant: { name: string } | null } };
      errors?: { message: string }[];
    };
    if (!data) throw new Error(errors?.[0]?.message ?? 'the server does not answer');
    return `${data.viewer.tenant?.name ?? 'All tenants'} · ${data.viewer.scopes.join(', ')}`;
  }
}
