import { Box, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'react-router';
import { graphql } from '../gql';
import type { ChannelKind, ChannelsListQuery, ChannelStatus } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { KindIcon, kindLabel, kinds } from '../parts/Kind';
import { LastAttempt } from '../attempts/LastAttempt';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { Status, statusLabel } from '../parts/Status';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { percent, targetOf } from './target';

const channelsQuery = graphql(`
  query ChannelsList($first: Int!, $after: String, $filter: ChannelFilter) {
    channels(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        kind
        tenant {
          id
          name
        }
        config {
          __typename
          ... on HttpConfig {
            url
          }
          ... on SlackConfig {
            channel
          }
          ... on EmailConfig {
            to
          }
          ... on SmsConfig {
            to
          }
        }
        status
        statusReason
        heldUntil
        lastAttempt {
          id
          status
          startedAt
        }
        health {
          attempts
          successRate
          backlog
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Channel = ChannelsListQuery['channels']['nodes'][number];

const statuses: ChannelStatus[] = ['ACTIVE', 'PAUSED', 'DISABLED'];

export default function ChannelsPage() {
  const { can, admin } = useSession();
  const { tenantId } = useTenant();
  const [filters, setFilters] = useFilters('search', 'kind', 'status');
  const kind = kinds.find((one) => one === filters.kind) ?? null;
  const status = statuses.find((one) => one === filters.status) ?? null;
  const { rows, error, loading, more, again } = usePages(channelsQuery, { filter: { tenantId, search: filters.search, kind, status } }, (data) => data.channels);
  const create = can('MANAGE') && (
    <Button component={Link} to={`/channels/new${kind ? `?kind=${kind}` : ''}`} leftSection={<IconPlus size={16} />}>
      New channel
    </Button>
  );
  const filtered = Boolean(filters.search || kind || status);
  return (
    <Page title="Channels" description="Where messages go, and how: endpoints, Slack, email and text messages." actions={create}>
      <Stack gap="sm">
        <Group gap="xs">
          <FindField label="Find by name" value={filters.search ?? ''} onChange={(search) => setFilters({ search })} />
          <Select aria-label="Kind" placeholder="Any kind" clearable w={140} data={kinds.map((value) => ({ value, label: kindLabel(value) }))} value={kind} onChange={(value: ChannelKind | null) => setFilters({ kind: value })} />
          <Select aria-label="Status" placeholder="Any status" clearable w={150} data={statuses.map((value) => ({ value, label: statusLabel(value) }))} value={status} onChange={(value: ChannelStatus | null) => setFilters({ status: value })} />
        </Group>
        <Failure error={error} onRetry={again} />
        <Rows
          label="Channels"
          columns={columns(admin && !tenantId)}
          rows={rows}
          id={({ id }) => id}
          to={({ id }) => `/channels/${id}`}
          more={more}
          loading={loading}
          empty={
            filtered ? (
              <Empty title="No channel is like that" action={<Button variant="default" onClick={() => setFilters({ search: null, kind: null, status: null })}>Show all</Button>} />
            ) : (
              <Empty title="No channels yet" action={create}>
                A channel is one place that messages go to: an endpoint of yours, a Slack channel, email addresses or telephones. Make one, send a test to it, then make a webhook that says which events it gets.
              </Empty>
            )
          }
        />
      </Stack>
    </Page>
  );
}

function columns(tenants: boolean): Column<Channel>[] {
  return [
    {
      header: 'Name',
      width: '26%',
      cell: ({ kind, name }) => (
        <Group gap={8} wrap="nowrap" component="span">
          <KindIcon kind={kind} />
          <Text span fw={500} size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }} dir="auto">
            {name}
          </Text>
        </Group>
      ),
    },
    ...(tenants ? [{ header: 'Tenant', from: 'lg', width: '12%', cell: ({ tenant }) => <Text span size="sm" lineClamp={1} dir="auto">{tenant.name}</Text> } satisfies Column<Channel>] : []),
    {
      header: 'Target',
      from: 'md',
      width: '22%',
      cell: ({ config }) => (
        <Text span size="sm" lineClamp={1} style={{ overflowWrap: 'anywhere' }}>
          {targetOf(config)}
        </Text>
      ),
    },
    { header: 'Status', cell: (channel) => <State channel={channel} /> },
    { header: 'Last attempt', from: 'xs', cell: ({ lastAttempt }) => <LastAttempt attempt={lastAttempt} /> },
    {
      header: 'Success, 24 h',
      from: 'sm',
      align: 'right',
      width: 132,
      cell: ({ health }) =>
        health.successRate === null ? <Text span size="sm" c="dimmed">–</Text> : <span title={`${health.attempts.toLocaleString('en')} attempts`}>{percent(health.successRate)}</span>,
    },
    { header: 'Waiting', from: 'sm', align: 'right', width: 90, cell: ({ health }) => health.backlog.toLocaleString('en') },
  ];
}

function State({ channel: { status, statusReason, heldUntil, lastAttempt } }: { channel: Channel }) {
  return (
    <>
      <Status value={status} />
      {statusReason && (
        <Text size="xs" c="dimmed" lineClamp={2} title={statusReason}>
          {statusReason}
        </Text>
      )}
      {status === 'ACTIVE' && heldUntil && (
        <Text size="xs" c="dimmed">
          The receiver asked for a pause; goes on <When at={heldUntil} />
        </Text>
      )}
      {lastAttempt && (
        <Box hiddenFrom="xs" fz="xs">
          Last: <LastAttempt attempt={lastAttempt} />
        </Box>
      )}
    </>
  );
}
