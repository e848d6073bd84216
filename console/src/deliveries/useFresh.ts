import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import type { DeliveryFilter, DeliveryRowFragment } from '../gql/graphql';
import { listQuery } from './documents';
import { merge } from './merge';

const every = 3000;

/**
 * Keeps the newest rows of the list as they are now, while somebody looks. What is new does not push
 * rows about under the pointer: it is counted, until the reader asks for it.
 */
export function useFresh(rows: DeliveryRowFragment[] | undefined, filter: DeliveryFilter, change: (edit: (rows: DeliveryRowFragment[]) => DeliveryRowFragment[]) => void): number {
  const client = useClient();
  const visible = useDocumentVisibility() === 'visible';
  const [fresh, setFresh] = useState(0);
  const latest = useRef({ rows, filter, change });
  latest.current = { rows, filter, change };
  const key = JSON.stringify(filter);
  const loaded = rows !== undefined;
  const top = rows?.[0]?.id;
  useEffect(() => setFresh(0), [key, top]);
  useEffect(() => {
    if (!visible || !loaded) return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      const now = latest.current;
      const { data } = await client.query(listQuery, { first: 50, filter: now.filter }, { requestPolicy: 'network-only' }).toPromise();
      if (gone) return;
      if (data) {
        const { rows: after, unseen } = merge(latest.current.rows ?? [], data.deliveries.nodes);
        latest.current.change(() => after);
        setFresh(unseen);
      }
      timer = setTimeout(() => void look(), every);
    };
    timer = setTimeout(() => void look(), every);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, visible, loaded, key]);
  return fresh;
}
