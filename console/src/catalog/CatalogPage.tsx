import { Button, Group, Switch, Text, Title } from '@mantine/core';
import { IconFileImport, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { graphql } from '../gql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useOwnTypes } from '../fields/catalog';
import { useFilters } from '../fields/filters';
import { FindField } from '../fields/FindField';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { useSession } from '../session/SessionProvider';
import { CatalogTable } from './CatalogTable';
import { EventTypeForm } from './EventTypeForm';
import { ImportTypes } from './ImportTypes';

const catalogQuery = graphql(`
  query Catalog($first: Int, $after: String, $search: String, $includeArchived: Boolean!) {
    eventTypes(first: $first, after: $after, search: $search, includeArchived: $includeArchived) {
      nodes {
        id
        name
        description
        group
        version
        archivedAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Every event type that the platform has, by group. */
export default function CatalogPage() {
  const { admin } = useSession();
  const [filters, setFilters] = useFilters('search', 'archived');
  const [making, setMaking] = useState(false);
  const [importing, setImporting] = useState(false);
  const { rows, error, loading, more, again } = usePages(
    catalogQuery,
    { search: filters.search ?? null, includeArchived: filters.archived === 'yes' },
    (data) => data.eventTypes,
    500,
  );
  const actions = admin && (
    <>
      <Button variant="default" leftSection={<IconFileImport size={16} />} onClick={() => setImporting(true)}>
        Import
      </Button>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
        New event type
      </Button>
    </>
  );
  return (
    <Page title="Catalog" description="What can happen, and what the data of each event look like." actions={actions}>
      <Group mb="md" gap="lg">
        <FindField label="Find an event type" width={300} value={filters.search ?? ''} onChange={(search) => setFilters({ search })} />
        <Switch label="Show archived ones" checked={filters.archived === 'yes'} onChange={(event) => setFilters({ archived: event.currentTarget.checked ? 'yes' : null })} />
      </Group>
      <Failure error={error} onRetry={again} />
      {rows?.length === 0 && !loading ? (
        <Nothing search={filters.search} admin={admin} />
      ) : (
        !(error && !rows) && <CatalogTable types={rows} busy={loading} />
      )}
      {more && (
        <Group justify="center" mt="sm">
          <Button variant="default" onClick={more} loading={loading}>
            Show more
          </Button>
        </Group>
      )}
      {rows && rows.length > 0 && (
        <Text size="xs" c="dimmed" mt="sm">
          {rows.length}
          {more && ' or more'} {rows.length === 1 ? 'event type' : 'event types'}
        </Text>
      )}
      {rows && !more && <Own search={filters.search} />}
      {admin && <EventTypeForm opened={making} onClose={() => setMaking(false)} onSaved={again} />}
      {admin && <ImportTypes opened={importing} onClose={() => setImporting(false)} onImported={again} />}
    </Page>
  );
}

/** What the server tells of itself stands apart: the platform has not listed it. */
function Own({ search = '' }: { search?: string }) {
  const types = useOwnTypes().filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(search.toLowerCase()));
  if (types.length === 0) return null;
  return (
    <>
      <Title order={2} size="h4" mt="xl">
        What the server tells of itself
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        A webhook takes these only by their names, or by patterns such as carillon.**
      </Text>
      <CatalogTable types={types} label="What the server tells of itself" />
    </>
  );
}

function Nothing({ search, admin }: { search: string | undefined; admin: boolean }) {
  if (search) return <Empty title="No event type has this in its name, group or description" />;
  return (
    <Empty title="The catalog is empty">
      {admin
        ? 'List what can happen on your platform, or import it from an OpenAPI document. Events of other types are taken too, unless the server is set to refuse them.'
        : 'The platform has listed no event types. Webhooks can still name any, or take all of them.'}
    </Empty>
  );
}
