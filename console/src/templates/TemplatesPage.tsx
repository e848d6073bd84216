import { Button, Group, Select, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'react-router';
import { graphql } from '../gql';
import type { ChannelKind, TemplateFilter, TemplateListQuery } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { Kind, kindLabel, kinds } from '../parts/Kind';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { countUsers, useUses, type Uses } from './uses';

const listQuery = graphql(`
  query TemplateList($first: Int, $after: String, $filter: TemplateFilter) {
    templates(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        description
        kind
        builtIn
        version
        updatedAt
        tenant {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Row = TemplateListQuery['templates']['nodes'][number];

export default function TemplatesPage() {
  const { admin, can } = useSession();
  const { tenantId } = useTenant();
  const [{ kind, origin, search }, setFilters] = useFilters('kind', 'origin', 'search');
  const known = kinds.find((one) => one === kind);
  const filter: TemplateFilter = { tenantId, kind: known, search, builtIn: origin === 'builtin' ? true : origin === 'own' ? false : undefined };
  const { rows, error, loading, more, again } = usePages(listQuery, { filter }, (data) => data.templates);
  const uses = useUses(tenantId);
  const create = known ? `/templates/new?kind=${known}` : '/templates/new';
  const button = can('MANAGE') && (
    <Button component={Link} to={create} leftSection={<IconPlus size={16} />}>
      New template
    </Button>
  );
  const filtered = Boolean(known ?? search ?? origin);
  return (
    <Page title="Templates" description="What messages look like. Every kind of channel has a built-in one; make your own where it does not say what you want." actions={button}>
      <Group mb="md" gap="sm">
        <FindField label="Find by name" value={search ?? ''} onChange={(text) => setFilters({ search: text })} />
        <Select aria-label="Kind" placeholder="Any kind" clearable w={{ base: '100%', xs: 150 }} data={kinds.map((one) => ({ value: one, label: kindLabel(one) }))} value={known ?? null} onChange={(value) => setFilters({ kind: value })} />
        <Select
          aria-label="Built in or own"
          placeholder="Built in and own"
          clearable
          w={{ base: '100%', xs: 190 }}
          data={[
            { value: 'own', label: 'Own' },
            { value: 'builtin', label: 'Built in' },
          ]}
          value={origin === 'own' || origin === 'builtin' ? origin : null}
          onChange={(value) => setFilters({ origin: value })}
        />
      </Group>
      <Failure error={error} onRetry={again} />
      {(rows || !error) && (
        <Rows
          label="Templates"
          columns={columns(admin && !tenantId, uses)}
          rows={rows}
          id={(row) => row.id}
          to={(row) => `/templates/${row.id}`}
          loading={loading}
          more={more}
          empty={
            <Empty title={origin === 'own' && !known && !search ? 'No template of your own yet' : 'No template is like this'} action={origin === 'own' ? button : undefined}>
              {filtered && origin !== 'own' ? 'Change the filters to see others.' : 'Begin with a short example, or with a copy of a built-in one.'}
            </Empty>
          }
        />
      )}
    </Page>
  );
}

function columns(tenants: boolean, uses: Uses | undefined): Column<Row>[] {
  return [
    { header: 'Name', cell: (row) => <Name row={row} /> },
    { header: 'Kind', cell: (row) => <Kind kind={row.kind as ChannelKind} />, from: 'xs', width: 110 },
    ...(tenants ? [{ header: 'Tenant', cell: (row: Row) => <Shortened text={row.tenant?.name ?? ''} />, from: 'md' as const, width: 170 }] : []),
    {
      header: 'Used by',
      cell: (row) => <Text size="sm">{uses && countUsers(uses.of(row.id), uses.partial)}</Text>,
      from: 'sm',
      width: 170,
    },
    { header: 'Version', cell: (row) => (row.builtIn ? <Text size="sm">Built in</Text> : row.version), width: 90 },
    { header: 'Updated', cell: (row) => !row.builtIn && <When at={row.updatedAt} />, from: 'md', width: 120 },
  ];
}

function Name({ row }: { row: Row }) {
  return (
    <>
      <Text fw={550} size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }} dir="auto">
        {row.name}
      </Text>
      {row.description && (
        <Text size="xs" c="dimmed" lineClamp={1} dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {row.description}
        </Text>
      )}
    </>
  );
}

function Shortened({ text }: { text: string }) {
  return (
    <Text size="sm" truncate maw={170}>
      {text}
    </Text>
  );
}
