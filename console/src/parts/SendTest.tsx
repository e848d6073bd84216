import { Autocomplete, Button, Group, Modal, SimpleGrid, Stack, Text, Textarea, Title } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useEffect, useMemo, useState, type SubmitEvent } from 'react';
import { useMutation, useQuery } from 'urql';
import { byField } from '../api/errors';
import { graphql } from '../gql';
import { AttemptDetail } from '../attempts/AttemptDetail';
import { grouped, useCatalog, useOwnTypes, type CatalogType } from '../fields/catalog';
import { Failure } from './Failure';
import { Kind } from './Kind';

const exampleQuery = graphql(`
  query SendTestExample($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      example
    }
  }
`);

const sendMutation = graphql(`
  mutation SendTest($input: SendTestEventInput!) {
    sendTestEvent(input: $input) {
      id
      status
      channel {
        id
        name
        kind
      }
    }
  }
`);

interface Props {
  /** A channel, or a webhook: then every channel of it is tried. */
  to: { channelId: string } | { webhookId: string };
  name: string;
  /** Which event types make sense; all of them where it is left out. */
  takes?: (type: string) => boolean;
  opened: boolean;
  onClose: () => void;
}

/** Sends one event now, and shows what came back. */
export function SendTest({ name, opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Send a test to ${name}`} size={1100} closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 600, overflowWrap: 'anywhere' } }}>
      <Form {...rest} />
    </Modal>
  );
}

function Form({ to, takes }: Pick<Props, 'to' | 'takes'>) {
  const { types: listed } = useCatalog();
  const own = useOwnTypes();
  const types = useMemo(() => listed && [...listed, ...own], [listed, own]);
  const [type, setType] = useState('');
  const [typed, setTyped] = useState<string | null>(null);
  const [fault, setFault] = useState<string>();
  const [{ data: answer, error, fetching }, send] = useMutation(sendMutation);
  const known = types?.some(({ name }) => name === type) ?? false;
  const [{ data: found }] = useQuery({ query: exampleQuery, variables: { name: type }, pause: !known });
  useEffect(() => {
    const offered = takes ? types : listed;
    if (offered && !type) setType(offered.find(({ name }) => takes?.(name) ?? true)?.name ?? '');
  }, [types]);
  const example = known && found?.eventType?.name === type ? found.eventType : null;
  const data = typed ?? (example?.example ? JSON.stringify(example.example, null, 2) : '');
  const { fields, rest } = byField(error, ['eventType', 'data']);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    let parsed: unknown;
    try {
      parsed = data.trim() ? JSON.parse(data) : undefined;
    } catch (wrong) {
      return setFault(`Is not JSON: ${wrong instanceof Error ? wrong.message : ''}`);
    }
    setFault(undefined);
    void send({ input: { ...to, eventType: type.trim(), data: parsed } });
  };

  return (
    <Stack>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Autocomplete
            label="Event type"
            required
            description={example?.description}
            maw={420}
            limit={200}
            maxDropdownHeight={280}
            data={choices(types ?? [], takes)}
            value={type}
            onChange={(value) => {
              setType(value);
              setTyped(null);
            }}
            error={fields.eventType}
          />
          <Textarea
            label="Data"
            description={example?.example ? 'The example of the catalog, to change as you like.' : 'JSON. The catalog has no example of this type.'}
            autosize
            minRows={4}
            maxRows={14}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            value={data}
            onChange={(event) => setTyped(event.currentTarget.value)}
            error={fault ?? fields.data}
          />
          <Group>
            <Button type="submit" loading={fetching} disabled={!type.trim()} leftSection={<IconSend size={16} />}>
              Send the test
            </Button>
            <Text size="sm" c="dimmed" flex={1} miw={200}>
              It is sent once, now, even while paused. It is not retried and counts nowhere.
            </Text>
          </Group>
          <Failure error={rest} />
        </Stack>
      </form>
      {answer && !fetching && (
        <SimpleGrid cols={{ base: 1, md: Math.min(2, answer.sendTestEvent.length) }} spacing="xl" aria-live="polite">
          {answer.sendTestEvent.map(({ id, channel }) => (
            <section key={id} aria-label={`Answer of ${channel.name}`}>
              {answer.sendTestEvent.length > 1 && (
                <Title order={3} size="h5" mb="xs">
                  <Kind kind={channel.kind} name={channel.name} />
                </Title>
              )}
              <AttemptDetail id={id} of={answer.sendTestEvent.length > 1 ? channel.name : undefined} />
            </section>
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function choices(types: CatalogType[], takes: Props['takes']) {
  return grouped(types.filter(({ name }) => takes?.(name) ?? true)).map(({ group, types: members }) => ({
    group: group || 'Without a group',
    items: members.map(({ name }) => name),
  }));
}
