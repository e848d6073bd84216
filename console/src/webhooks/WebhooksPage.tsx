import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { WebhooksListQuery, WebhookStatus } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { KindIcon } from '../parts/Kind';
import { LastAttempt } from '../attempts/LastAttempt';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { Status, statusLabel } from '../parts/Status';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { ChannelSelect } from './ChannelSelect';

const webhooksQuery = graphql(`
  query WebhooksList($first: Int!, $after: String, $filter: WebhookFilter) {
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
        routes {
          channel {
            id
            name
            kind
            status
          }
        }
        lastAttempt {
          id
          status
          startedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const channelQuery = graphql(`
  query WebhooksFilterChannel($id: ID!) {
    channel(id: $id) {
      id
      name
      kind
      template {
        id
      }
    }
  }
`);

type Webhook = WebhooksListQuery['webhooks']['nodes'][number];

const statuses: WebhookStatus[] = ['ACTIVE', 'PAUSED'];

export default function WebhooksPage() {
  const { can, admin } = useSession();
  const { tenantId } = useTenant();
  const [filters, setFilters] = useFilters('search', 'status', 'eventType', 'channel');
  const { search, eventType, channel: channelId } = filters;
  const status = statuses.find((one) => one === filters.status) ?? null;
  const [{ data: chosen }] = useQuery({ query: channelQuery, variables: { id: channelId ?? '' }, pause: !channelId });
  const { rows, error, loading, more, again } = usePages(webhooksQuery, { filter: { tenantId, search, eventType, channelId, status } }, (data) => data.webhooks);
  const create = can('MANAGE') && (
    <Button component={Link} to="/webhooks/new" leftSection={<IconPlus size={16} />}>
      New webhook
    </Button>
  );
  return (
    <Page title="Webhooks" description="Which events go to which channels." actions={create}>
      <Stack gap="sm">
        <Group gap="xs">
          <FindField label="Find by name" value={search ?? ''} onChange={(text) => setFilters({ search: text })} />
          <FindField label="Takes event type" value={eventType ?? ''} onChange={(text) => setFilters({ eventType: text })} width={200} />
          <ChannelSelect
            label="Channel"
            labelHidden
            placeholder="Any channel"
            clearable
            width={200}
            tenantId={tenantId}
            value={channelId ? (chosen?.channel ?? null) : null}
            onChange={(channel) => setFilters({ channel: channel?.id ?? null })}
          />
          <Select aria-label="Status" placeholder="Any status" clearable w={150} data={statuses.map((value) => ({ value, label: statusLabel(value) }))} value={status} onChange={(value: WebhookStatus | null) => setFilters({ status: value })} />
        </Group>
        <Failure error={error} onRetry={again} />
        <Rows
          label="Webhooks"
          columns={columns(admin && !tenantId)}
          rows={rows}
          id={({ id }) => id}
          to={({ id }) => `/webhooks/${id}`}
          more={more}
          loading={loading}
          empty={
            search || eventType || channelId || status ? (
              <Empty title="No webhook is like that" action={<Button variant="default" onClick={() => setFilters({ search: null, status: null, eventType: null, channel: null })}>Show all</Button>} />
            ) : (
              <Empty title="No webhooks yet" action={create}>
                A webhook names event types and the channels that they go to. Make a channel first if there is none; then every event that is published and matches is delivered there.
              </Empty>
            )
          }
        />
      </Stack>
    </Page>
  );
}

function columns(tenants: boolean): Column<Webhook>[] {
  return [
    {
      header: 'Name',
      width: '22%',
      cell: ({ name }) => (
        <Text span fw={500} size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }} dir="auto">
          {name}
        </Text>
      ),
    },
    ...(tenants ? [{ header: 'Tenant', from: 'lg', width: '10%', cell: ({ tenant }) => <Text span size="sm" lineClamp={1} dir="auto">{tenant.name}</Text> } satisfies Column<Webhook>] : []),
    {
      header: 'Event types',
      width: '22%',
      from: 'sm',
      cell: ({ eventTypes, filter }) => (
        <Text span size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }} title={eventTypes.join(', ')}>
          {short(eventTypes)}
          {filter && ' where a filter holds'}
        </Text>
      ),
    },
    { header: 'Channels', from: 'md', width: '22%', cell: ({ routes }) => <Channels routes={routes} /> },
    { header: 'Status', width: 110, cell: ({ status }) => <Status value={status} /> },
    { header: 'Last attempt', cell: ({ lastAttempt }) => <LastAttempt attempt={lastAttempt} /> },
  ];
}

function short(types: readonly string[]): string {
  return types.length > 4 ? `${types.slice(0, 3).join(', ')} and ${types.length - 3} more` : types.join(', ');
}

function Channels({ routes }: { routes: Webhook['routes'] }) {
  return (
    <Stack gap={2}>
      {routes.slice(0, 3).map(({ channel }) => (
        <Group key={channel.id} gap={6} wrap="nowrap">
          <KindIcon kind={channel.kind} size={16} />
          <Text span size="sm" lineClamp={1} dir="auto">
            {channel.name}
          </Text>
          {channel.status !== 'ACTIVE' && (
            <Text span size="xs">
              <Status value={channel.status} />
            </Text>
          )}
        </Group>
      ))}
      {routes.length > 3 && (
        <Text span size="xs" c="dimmed">
          and {routes.length - 3} more
        </Text>
      )}
    </Stack>
  );
}
