import { Text } from '@mantine/core';
import { graphql } from '../gql';
import type { CatalogTakersQuery } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { usePages } from '../parts/pages';
import { takes } from '../fields/pattern';
import { Rows, type Column } from '../parts/Rows';
import { Status } from '../parts/Status';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';

const takersQuery = graphql(`
  query CatalogTakers($first: Int, $after: String, $filter: WebhookFilter) {
    webhooks(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        tenant {
          id
          name
        }
        eventTypes
        filter
        status
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Taker = CatalogTakersQuery['webhooks']['nodes'][number];

/** The webhooks whose names and patterns take an event type. */
export function Takers({ eventType }: { eventType: string }) {
  const { admin } = useSession();
  const { tenantId } = useTenant();
  const { rows, error, loading, more, again } = usePages(takersQuery, { filter: { eventType, tenantId } }, (data) => data.webhooks, 10);
  const columns: Column<Taker>[] = [
    { header: 'Webhook', cell: (row) => <span style={{ overflowWrap: 'anywhere' }}>{row.name}</span> },
    ...(admin && !tenantId ? [{ header: 'Tenant', cell: (row) => row.tenant.name, from: 'xs' } satisfies Column<Taker>] : []),
    { header: 'Takes it by', cell: (row) => <code style={{ overflowWrap: 'anywhere' }}>{patternOf(row, eventType)}</code>, from: 'sm' },
    { header: 'Filter', cell: (row) => (row.filter ? 'some of them' : 'all of them'), from: 'md' },
    { header: 'Status', cell: (row) => <Status value={row.status} /> },
  ];
  return (
    <>
      <Failure error={error} onRetry={again} />
      {!(error && !rows) && (
        <Rows
          label="Webhooks that take it"
          columns={columns}
          rows={rows}
          id={(row) => row.id}
          to={(row) => `/webhooks/${row.id}`}
          more={more}
          loading={loading}
          empty={
            <Text size="sm" c="dimmed">
              None. Events of this type are stored, and sent nowhere.
            </Text>
          }
        />
      )}
    </>
  );
}

// The name itself says most; else the first pattern that takes it.
function patternOf(row: Taker, eventType: string): string {
  if (row.eventTypes.includes(eventType)) return eventType;
  return row.eventTypes.find((pattern) => takes(pattern, eventType)) ?? '';
}
