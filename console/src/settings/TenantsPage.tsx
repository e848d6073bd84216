import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { graphql } from '../gql';
import type { SettingsTenantsQuery } from '../gql/graphql';
import { Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { When } from '../parts/When';
import { useTenant } from '../session/tenant';
import { DeleteTenant } from './DeleteTenant';
import { TenantForm } from './TenantForm';

const tenantsQuery = graphql(`
  query SettingsTenants($first: Int, $after: String, $search: String) {
    tenants(first: $first, after: $after, search: $search) {
      nodes {
        id
        name
        externalId
        metadata
        createdAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export type TenantRow = SettingsTenantsQuery['tenants']['nodes'][number];

/** The platform's customers, for administrators. */
export function TenantsPage() {
  const [filters, setFilters] = useFilters('search');
  const { tenant: chosen, choose } = useTenant();
  const { rows, error, loading, more, again } = usePages(tenantsQuery, { search: filters.search ?? null }, (data) => data.tenants);
  const [edited, setEdited] = useState<TenantRow | 'new' | null>(null);
  const [doomed, setDoomed] = useState<TenantRow | null>(null);

  const columns: Column<TenantRow>[] = [
    { header: 'Name', cell: (row) => <Text size="sm" fw={500} lineClamp={2} dir="auto" title={row.name} style={{ overflowWrap: 'anywhere', minWidth: 110 }}>{row.name}</Text> },
    { header: 'Your own id', cell: (row) => <Text size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{row.externalId ?? '–'}</Text>, from: 'xs' },
    { header: 'Id', cell: (row) => <Id id={row.id} />, from: 'md' },
    { header: 'Created', cell: (row) => <When at={row.createdAt} />, from: 'sm' },
    {
      header: 'Actions',
      align: 'right',
      cell: (row) => (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" aria-label={`Actions for ${row.name}`} onClick={(event) => event.stopPropagation()}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
            <Menu.Item onClick={() => choose({ id: row.id, name: row.name })}>Look at this tenant alone</Menu.Item>
            <Menu.Item onClick={() => setEdited(row)}>Edit</Menu.Item>
            <Menu.Item color="var(--mantine-color-error)" onClick={() => setDoomed(row)}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
  return (
    <>
      <Group justify="space-between" mb="sm">
        <FindField label="Find by name or own id" value={filters.search ?? ''} onChange={(search) => setFilters({ search })} />
        <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>
          New tenant
        </Button>
      </Group>
      <Failure error={error} onRetry={again} />
      <Rows
        label="Tenants"
        columns={columns}
        rows={rows ?? (error ? [] : undefined)}
        id={(row) => row.id}
        onOpen={setEdited}
        more={more}
        loading={loading}
        empty={
          error ? (
            <></>
          ) : filters.search ? (
            <Empty title="No tenant has this name" />
          ) : (
            <Empty title="There are no tenants yet" action={<Button onClick={() => setEdited('new')}>New tenant</Button>}>
              A tenant is one customer of your platform. Its webhooks, channels and events are walled off from all others.
            </Empty>
          )
        }
      />
      <TenantForm
        tenant={edited}
        onClose={() => setEdited(null)}
        onSaved={(saved) => {
          setEdited(null);
          if (chosen?.id === saved.id) choose({ id: saved.id, name: saved.name });
          again();
        }}
      />
      <DeleteTenant
        tenant={doomed}
        onClose={() => setDoomed(null)}
        onDeleted={(id) => {
          setDoomed(null);
          if (chosen?.id === id) choose(null);
          again();
        }}
      />
    </>
  );
}
