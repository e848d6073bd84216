import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import type { DeliveryRowFragment } from '../gql/graphql';

interface Answer {
  [alias: string]: { id: string; attempts: { nodes: { error: { message: string } | null }[] } } | null;
}

// The API takes 50 root fields in one query.
const atOnce = 40;

/**
 * What the last attempt of each retried delivery said: the deliveries themselves tell a reason
 * only once they are over. All of a page are asked for at once, and each again after its next try.
 */
export function useLastErrors(rows: DeliveryRowFragment[] | undefined): ReadonlyMap<string, string> {
  const client = useClient();
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Map<string, number>());
  useEffect(() => {
    const wanted = (rows ?? []).filter((one) => one.status === 'RETRYING' && asked.current.get(one.id) !== one.attemptCount && /^dlv_\w+$/.test(one.id));
    for (const one of wanted) asked.current.set(one.id, one.attemptCount);
    for (let from = 0; from < wanted.length; from += atOnce) {
      const fields = wanted.slice(from, from + atOnce).map(({ id }, place) => `d${place}: delivery(id: "${id}") { id attempts(first: 1) { nodes { error { message } } } }`);
      void client
        .query<Answer>(`query DeliveriesLastErrors { ${fields.join(' ')} }`, {}, { requestPolicy: 'network-only' })
        .toPromise()
        .then(({ data }) => {
          if (!data) return;
          setErrors((now) => {
            const after = new Map(now);
            for (const one of Object.values(data)) {
              const message = one?.attempts?.nodes[0]?.error?.message;
              if (one && message) after.set(one.id, message);
            }
            return after;
          });
        });
    }
  }, [client, rows]);
  return errors;
}
