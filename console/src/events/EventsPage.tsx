import { Button, Checkbox, Group, Text } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { EventsListQuery } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { TimeRange } from '../fields/TimeRange';
import { TypeFilter } from '../fields/TypeFilter';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { eventsQuery } from './documents';
import { filterNames, toFilter, type Filters } from './filter';
import { PublishModal } from './PublishModal';

type Row = EventsListQuery['events']['nodes'][number];

export default function EventsPage() {
  const { admin, can } = useSession();
  const { tenantId } = useTenant();
  const [filters, setFilters] = useFilters(...filterNames);
  const [{ publish }, setPublish] = useFilters('publish');
  const key = JSON.stringify([filters, tenantId]);
  const filter = useMemo(() => toFilter(filters, tenantId, Date.now()), [key]);
  const list = usePages(eventsQuery, { filter }, (data) => data.events);
  const button = can('PUBLISH') && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setPublish({ publish: '1' })}>
      Publish an event
    </Button>
  );
  return (
    <Page title="Events" description="What was published, newest first. Each webhook that takes an event makes a delivery for each of its channels." actions={button}>
      <EventFilters value={filters} onChange={setFilters} />
      <Failure error={list.error} onRetry={list.again} />
      {(list.rows || !list.error) && (
        <Rows
          label="Events"
          columns={columns(admin && !tenantId)}
          rows={list.rows}
          id={(row) => row.id}
          to={(row) => `/events/${row.id}`}
          more={list.more}
          loading={list.loading}
          empty={
            Object.keys(filters).length > 0 ? (
              <Empty title="No event is like this">Other filters may show more.</Empty>
            ) : (
              <Empty title="Nothing has been published yet" action={button}>
                Your application publishes events by the API. To see what happens, publish one by hand.
              </Empty>
            )
          }
        />
      )}
      {can('PUBLISH') && (
        <PublishModal
          opened={Boolean(publish)}
          type={publish && publish !== '1' ? publish : ''}
          onPublished={list.again}
          onClose={() => setPublish({ publish: null })}
        />
      )}
    </Page>
  );
}

function EventFilters({ value, onChange }: { value: Filters; onChange: (change: { [name in keyof Filters]: string | null }) => void }) {
  return (
    <Group gap="xs" mb="sm" align="flex-start">
      <TypeFilter value={value.type} onChange={(type) => onChange({ type })} />
      <TimeRange value={value} onChange={onChange} />
      <FindField label="Entity id" value={value.entityId ?? ''} width={170} onChange={(entityId) => onChange({ entityId: entityId || null })} />
      <FindField label="Tag" value={value.tag ?? ''} width={120} onChange={(tag) => onChange({ tag: tag || null })} />
      <FindField label="Idempotency key" value={value.key ?? ''} width={190} onChange={(key) => onChange({ key: key || null })} />
      <Checkbox label="Tests too" mt={9} checked={Boolean(value.tests)} onChange={(event) => onChange({ tests: event.currentTarget.checked ? '1' : null })} />
      {Object.keys(value).length > 0 && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => onChange({ type: null, entityId: null, tag: null, key: null, tests: null, range: null, from: null, to: null })}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}

function columns(tenants: boolean): Column<Row>[] {
  return [
    {
      header: 'Event',
      cell: (row) => (
        <Text span inherit lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          {row.type}
          {row.test && (
            <Text span size="xs" c="dimmed">
              {' '}
              test
            </Text>
          )}
        </Text>
      ),
    },
    { header: 'Entity', width: '20%', cell: (row) => <Cut text={row.entityId ?? '–'} /> },
    { header: 'Tags', from: 'md', width: '14%', cell: (row) => <Cut text={row.tags.join(', ') || '–'} /> },
    { header: 'Idempotency key', from: 'lg', width: '16%', cell: (row) => <Cut text={row.idempotencyKey ?? '–'} /> },
    ...(tenants ? [{ header: 'Tenant', from: 'md', width: '14%', cell: (row: Row) => <Cut text={row.tenant.name} /> } satisfies Column<Row>] : []),
    { header: 'Published', width: 115, cell: (row) => <When at={row.createdAt} /> },
  ];
}

function Cut({ text }: { text: string }) {
  return (
    <Text size="sm" lineClamp={1} dir="auto" style={{ overflowWrap: 'anywhere' }} title={text}>
      {text}
    </Text>
  );
}
