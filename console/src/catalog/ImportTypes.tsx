import { Alert, Anchor, Badge, Button, Code, Drawer, FileButton, Group, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconFile } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { Link } from 'react-router';
import { useMutation, type CombinedError } from 'urql';
import { problems } from '../api/errors';
import { graphql } from '../gql';
import type { CatalogImportMutation } from '../gql/graphql';
import { JsonArea } from './JsonArea';
import { readDocument } from './openapi';

const importMutation = graphql(`
  mutation CatalogImport($input: ImportEventTypesInput!) {
    importEventTypes(input: $input) {
      id
      name
      description
      schema
      example
      createdAt
      updatedAt
    }
  }
`);

type Imported = CatalogImportMutation['importEventTypes'];

// The server takes no larger ones.
const mostBytes = 8 << 20;

interface Props {
  opened: boolean;
  onClose: () => void;
  onImported: () => void;
}

/** Takes the catalog over from an OpenAPI document, and lists what came of it. */
export function ImportTypes({ opened, onClose, onImported }: Props) {
  const [imported, setImported] = useState<Imported | null>(null);
  const close = () => {
    setImported(null);
    onClose();
  };
  return (
    <Drawer opened={opened} onClose={close} position="right" size={720} title="Import from OpenAPI" styles={{ title: { fontWeight: 600 } }} closeButtonProps={{ 'aria-label': 'Close' }} closeOnClickOutside={false}>
      {imported ? (
        <Result types={imported} onClose={close} />
      ) : (
        <Form
          onImported={(types) => {
            setImported(types);
            onImported();
          }}
        />
      )}
    </Drawer>
  );
}

function Form({ onImported }: { onImported: (types: Imported) => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const [{ fetching, error }, run] = useMutation(importMutation);
  const change = (now: string) => {
    setText(now);
    setProblem('');
  };
  const load = async (file: File | null) => {
    if (!file) return;
    if (file.size > mostBytes) return setProblem(`${file.name} has ${Math.ceil(file.size / 1024 / 1024)} MiB; 8 MiB are the most.`);
    change(await file.text());
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = await readDocument(text);
    if ('problem' in read) return setProblem(read.problem);
    setProblem('');
    const { data } = await run({ input: { openapi: read.value } });
    if (data) onImported(data.importEventTypes);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          Each entry in the <Code>webhooks</Code> of an OpenAPI 3.1 document becomes an event type: its name, its description, and the schema and example of its body. All are taken, or none. What is in the catalog already is changed; nothing is removed.
        </Text>
        <Group>
          <FileButton onChange={load} accept=".json,.yaml,.yml,application/json,application/yaml">
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFile size={16} />}>
                Choose a file
              </Button>
            )}
          </FileButton>
        </Group>
        <JsonArea label="OpenAPI document" description="JSON or YAML, up to 8 MiB" required value={text} onChange={change} error={problem} />
        <Refused error={problem ? undefined : error} />
        <Group justify="flex-end">
          <Button type="submit" loading={fetching} disabled={!text.trim()}>
            Import
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

// Each error with its place in the document.
function Refused({ error }: { error: CombinedError | undefined }) {
  const found = problems(error);
  if (found.length === 0) return null;
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} title="Nothing was imported">
      <Stack gap="xs">
        {found.map((one, index) => {
          const place = one.field?.replace(/^openapi\.?/, '');
          return (
            <div key={index}>
              {place && (
                <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
                  At <Code>{place}</Code>
                </Text>
              )}
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {one.field && one.message.startsWith(`${one.field}: `) ? one.message.slice(one.field.length + 2) : one.message}
              </Text>
            </div>
          );
        })}
      </Stack>
    </Alert>
  );
}

function Result({ types, onClose }: { types: Imported; onClose: () => void }) {
  return (
    <Stack>
      <Alert color="teal" variant="outline" icon={<IconCheck aria-hidden />} role="status">
        {types.length === 1 ? 'One event type is' : `${types.length} event types are`} in the catalog now.
      </Alert>
      <Table aria-label="Imported event types">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Schema</Table.Th>
            <Table.Th>Example</Table.Th>
            <Table.Th>It is</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {types.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/catalog/${encodeURIComponent(one.name)}`} size="sm">
                  {one.name}
                </Anchor>
              </Table.Td>
              <Table.Td>{one.schema == null ? 'none' : 'yes'}</Table.Td>
              <Table.Td>{one.example == null ? 'none' : 'yes'}</Table.Td>
              <Table.Td>
                <Badge variant="default" tt="none" fw={500}>
                  {one.createdAt === one.updatedAt ? 'new' : 'changed'}
                </Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
