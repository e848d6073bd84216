import { List, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useClient } from 'urql';
import type { DeliveryFilter } from '../gql/graphql';
import { done, failed } from '../parts/notify';
import { useTenant } from '../session/tenant';
import { useSession } from '../session/SessionProvider';
import { countFailed } from './count';
import { recoverMutation } from './documents';
import { inWords } from './filter';
import { useNames } from './useNames';
import { exact } from '../parts/time';

/** Counts what has failed within the filter, says what will happen, and begins a recovery. */
export function useRecover(filter: DeliveryFilter, onBegun: (id: string) => void): () => Promise<void> {
  const client = useClient();
  const { admin } = useSession();
  const { tenant } = useTenant();
  const names = useNames(filter);
  const { statuses: _, ...wanted } = filter;
  return async () => {
    const { count, more, error } = await countFailed(client, wanted);
    if (error) return failed(error);
    if (count === 0) return done('Nothing to recover: no delivery with these filters has failed.');
    const many = `${more ? 'More than ' : ''}${count.toLocaleString('en')} failed ${count === 1 ? 'delivery' : 'deliveries'}`;
    const where = inWords(wanted, names, exact);
    modals.openConfirmModal({
      title: `Recover ${many.charAt(0).toLowerCase()}${many.slice(1)}?`,
      children: (
        <Text size="sm" component="div">
          <p style={{ marginTop: 0 }}>
            {many} {where ? `(${where}) ` : ''}
            {admin && !tenant ? <strong>in all tenants</strong> : tenant ? `of ${tenant.name}` : ''} {count === 1 && !more ? 'goes' : 'go'} back into the queue.
          </p>
          <List size="sm" spacing={4}>
            <List.Item>Each is sent again, with its full retry schedule before it.</List.Item>
            <List.Item>New events do not wait: what is recovered goes behind them, within the limits of its channel.</List.Item>
            <List.Item>Channels that are paused or disabled keep theirs until they are resumed.</List.Item>
          </List>
        </Text>
      ),
      labels: { confirm: 'Recover', cancel: 'Cancel' },
      onConfirm: () =>
        void client
          .mutation(recoverMutation, { filter: wanted })
          .toPromise()
          .then(({ data, error: refused }) => (data ? onBegun(data.recoverDeliveries.id) : failed(refused ?? 'The server did not answer.'))),
    });
  };
}
