import { useImperativeHandle, useRef, type Ref } from 'react';
import { columns } from '../deliveries/columns';
import { useActs } from '../deliveries/useActs';
import { useLastErrors } from '../deliveries/useLastErrors';
import type { DeliveryRowFragment } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useNews, useReconnected } from '../parts/news';
import { usePages } from '../parts/pages';
import { Rows } from '../parts/Rows';
import { eventDeliveriesQuery, eventUpdatesSubscription } from './documents';

export interface Renewable {
  again(): void;
}

/** The deliveries of an event as they happen. */
export function EventDeliveries({ eventId, test, ref }: { eventId: string; test?: boolean; ref?: Ref<Renewable> }) {
  const list = usePages(eventDeliveriesQuery, { id: eventId }, (data) => data.deliveries);
  const errors = useLastErrors(list.rows);
  const change = (now: DeliveryRowFragment) => list.change((rows) => rows.map((one) => (one.id === now.id ? now : one)));
  const acts = useActs(change);
  const shown = useRef(list.rows);
  shown.current = list.rows;
  useNews(eventUpdatesSubscription, { id: eventId }, ({ deliveryUpdated: now }) => {
    if (shown.current?.some((one) => one.id === now.id)) change(now);
    else if (!list.loading) list.again(); // a replay has made it
  });
  useReconnected(list.again);
  useImperativeHandle(ref, () => ({ again: list.again }));
  return (
    <>
      <Failure error={list.error} onRetry={list.again} />
      {(list.rows || !list.error) && (
        <Rows
          label="Deliveries of the event"
          columns={columns({ acts, errors, tenants: false, events: false })}
          rows={list.rows}
          id={(row) => row.id}
          to={(row) => `/deliveries/${row.id}`}
          more={list.more}
          loading={list.loading}
          empty={
            <Empty title="No webhook took it">
              {test ? 'This was a test event, which leaves no delivery.' : 'No active webhook of the tenant took an event of this type, or their filters passed it over. Once one does, replay the event to send it.'}
            </Empty>
          }
        />
      )}
    </>
  );
}
