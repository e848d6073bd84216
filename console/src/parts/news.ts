import { useEffect, useRef } from 'react';
import { useClient, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';
import { useSession } from '../session/SessionProvider';

/** Runs with every item of a subscription, while the page is there; several in a row lose none. */
export function useNews<Data, Variables extends AnyVariables>(
  subscription: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  onNews: (data: Data) => void,
  options: { pause?: boolean; onError?: (error: CombinedError) => void } = {},
) {
  const client = useClient();
  const latest = useRef({ onNews, onError: options.onError });
  latest.current = { onNews, onError: options.onError };
  const { pause } = options;
  const key = JSON.stringify(variables);
  useEffect(() => {
    if (pause) return;
    const { unsubscribe } = client.subscription(subscription, variables).subscribe(({ data, error }) => {
      if (data) latest.current.onNews(data);
      if (error) latest.current.onError?.(error);
    });
    return unsubscribe;
    // The variables are compared by their values.
  }, [client, subscription, key, pause]);
}

/** Runs when the live connection is there again after it was lost: what it brought meanwhile is to be asked for. */
export function useReconnected(onBack: () => void) {
  const { api } = useSession();
  const latest = useRef(onBack);
  latest.current = onBack;
  useEffect(() => {
    let lost = false;
    const leaving = [
      api.socket.on('closed', () => {
        lost = true;
      }),
      api.socket.on('connected', () => {
        if (lost) latest.current();
        lost = false;
      }),
    ];
    return () => leaving.forEach((leave) => leave());
  }, [api]);
}
