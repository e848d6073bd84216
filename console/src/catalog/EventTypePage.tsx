import { Button, Group, Paper, Stack, Tabs, Text, Title } from '@mantine/core';
import { IconArchive, IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient, useQuery } from 'urql';
import { graphql } from '../gql';
import { confirm } from '../parts/confirm';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { done, failed } from '../parts/notify';
import { Page } from '../parts/Page';
import { Payload } from '../parts/Payload';
import { Waiting } from '../parts/Waiting';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { isOwn } from '../fields/pattern';
import { Arrival } from './Arrival';
import { Archived } from './CatalogTable';
import { EventTypeForm } from './EventTypeForm';
import { PropertyTable } from './PropertyTable';
import { Takers } from './Takers';

const typeQuery = graphql(`
  query CatalogType($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      group
      version
      schema
      example
      archivedAt
      createdAt
      updatedAt
    }
  }
`);

const archiveMutation = graphql(`
  mutation CatalogArchive($name: String!) {
    archiveEventType(name: $name) {
      id
      archivedAt
    }
  }
`);

const above = [{ label: 'Catalog', to: '/catalog' }];

/** One event type: what its data look like, how it arrives, and who takes it. */
export default function EventTypePage() {
  const { name = '' } = useParams();
  const { admin } = useSession();
  const client = useClient();
  const [editing, setEditing] = useState(false);
  const [{ data, error, fetching }, again] = useQuery({ query: typeQuery, variables: { name } });
  const type = data?.eventType;
  if (!type) {
    if (fetching) return <Waiting />;
    return (
      <Page title={name} above={above}>
        {error ? <Failure error={error} onRetry={again} /> : <Empty title="The catalog has no event type of this name" />}
      </Page>
    );
  }

  const archive = () =>
    confirm({
      title: `Archive ${type.name}?`,
      body: 'It is no longer offered. Webhooks that name it stay as they are, and events of it are still taken, unless the server is set to refuse what the catalog does not have. An import that has it brings it back.',
      action: 'Archive it',
      onConfirm: async () => {
        const { error: refused } = await client.mutation(archiveMutation, { name }).toPromise();
        if (refused) failed(refused);
        else done(`${name} is archived.`);
      },
    });

  return (
    <Page
      title={type.name}
      above={above}
      description={type.description}
      beside={type.archivedAt ? <Archived /> : undefined}
      actions={
        admin &&
        !isOwn(name) && (
          <>
            {!type.archivedAt && (
              <Button variant="default" leftSection={<IconArchive size={16} />} onClick={archive}>
                Archive
              </Button>
            )}
            <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>
              Edit
            </Button>
          </>
        )
      }
    >
      <Stack gap="lg">
        <Text size="sm" c="dimmed">
          {isOwn(name) ? (
            'The server publishes it by itself. Webhooks take it by its name, or by a pattern that begins with carillon.'
          ) : (
            <>
              Group {type.group} · version {type.version} · changed <When at={type.updatedAt} />
            </>
          )}
        </Text>
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb="sm">
            Data
          </Title>
          <Data schema={type.schema} example={type.example} />
        </Paper>
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb={4}>
            As it arrives
          </Title>
          <Text size="sm" c="dimmed" mb="sm">
            What channels without a template of their own make of the example.
          </Text>
          {type.example == null ? <Text size="sm">It has no example to show this with.</Text> : <Arrival eventType={type.name} version={type.updatedAt} />}
        </Paper>
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb="sm">
            Webhooks that take it
          </Title>
          <Takers eventType={type.name} />
        </Paper>
      </Stack>
      {admin && <EventTypeForm type={type} opened={editing} onClose={() => setEditing(false)} onSaved={again} />}
    </Page>
  );
}

function Data({ schema, example }: { schema: unknown; example: unknown }) {
  return (
    <Tabs defaultValue="table" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="table">Properties</Tabs.Tab>
        {example != null && <Tabs.Tab value="example">Example</Tabs.Tab>}
        {schema != null && <Tabs.Tab value="schema">JSON Schema</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="table">
        {schema == null ? (
          <Group>
            <Text size="sm">Any JSON is taken: the catalog has no schema for it.</Text>
          </Group>
        ) : (
          <PropertyTable schema={schema} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="example">
        <Payload text={JSON.stringify(example, null, 2)} label="The example" />
      </Tabs.Panel>
      <Tabs.Panel value="schema">
        <Payload text={JSON.stringify(schema, null, 2)} label="The JSON Schema" />
      </Tabs.Panel>
    </Tabs>
  );
}
