import { createClient as createSocket, type Client as Socket } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { currentToken } from '../session/session';
import { problems } from './errors';

export interface Api {
  client: Client;
  socket: Socket;
  close(): void;
}

/** The API for whoever is logged in now. `expired` is called once when the server no longer takes the key. */
export function openApi(expired: (message: string) => void): Api {
  let answer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const socket = createSocket({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => ({ Authorization: `Bearer ${currentToken()}` }),
    retryAttempts: Infinity,
    // After a restart all consoles come back: spread out, and never slower than ten seconds.
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** retries) * (0.5 + Math.random() / 2))),
    shouldRetry: (event) => !(event instanceof CloseEvent && [4400, 4401, 4403].includes(event.code)),
    keepAlive: 15_000,
    on: {
      // A connection that broke without a word, by a laptop's sleep for instance, is given up.
      ping: (received) => {
        if (!received) answer = setTimeout(() => socket.terminate(), 10_000);
      },
      pong: (received) => {
        if (received) clearTimeout(answer);
      },
      closed: () => clearTimeout(answer),
    },
  });
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ headers: { Authorization: `Bearer ${currentToken()}` } }),
    exchanges: [
      mapExchange({
        onError(error) {
          const ended = problems(error).find((one) => one.code === 'UNAUTHENTICATED');
          if (!ended || over) return; // a page asks several things at once, and each is refused
          close();
          expired(ended.message);
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables }, sink),
          }),
        }),
      }),
    ],
  });
  const close = () => {
    over = true;
    void socket.dispose();
  };
  return { client, socket, close };
}
