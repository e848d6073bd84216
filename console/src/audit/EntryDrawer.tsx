import { Anchor, Button, Drawer, Group, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { Id } from '../parts/Copy';
import { Facts } from '../parts/Facts';
import { Payload } from '../parts/Payload';
import { exact } from '../parts/time';
import { useSession } from '../session/SessionProvider';
import { inWords, readDetail, targetPage, type Change } from './detail';
import type { Entry } from './documents';
import type { Filters } from './filter';
import { actorWords } from './Who';
import { actionWords } from './words';

interface Props {
  entry: Entry | undefined;
  onClose: () => void;
  onFilter: (change: { [name in keyof Filters]: string | null }) => void;
}

/** All of one entry, beside the list. */
export function EntryDrawer({ entry, onClose, onFilter }: Props) {
  return (
    <Drawer
      opened={Boolean(entry)}
      onClose={onClose}
      position="right"
      size={640}
      title={entry && actionWords(entry.action)}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 600 } }}
      // A header element would be a second banner of the page.
      attributes={{ header: { role: 'none' } }}
    >
      {entry && <Whole entry={entry} onFilter={onFilter} />}
    </Drawer>
  );
}

function Whole({ entry, onFilter }: { entry: Entry; onFilter: Props['onFilter'] }) {
  const { portal } = useSession();
  const told = readDetail(entry.detail);
  const page = targetPage(entry.action, entry.target, told, portal);
  return (
    <Stack gap="md">
      <Facts
        facts={[
          ['When', exact(entry.createdAt)],
          ['Who', actorWords(entry)],
          ['Key', entry.actor && <Id id={entry.actor.id} />],
          ['Session', entry.sessionId && <Id id={entry.sessionId} />],
          ['From', entry.address],
          ['Tenant', entry.tenant?.name],
          ['Done to', told.name && (page ? <Anchor component={Link} to={page} inherit>{told.name}</Anchor> : told.name)],
          ['Id', entry.target && <Id id={entry.target} />],
          ['Page', page && !told.name ? <Anchor component={Link} to={page} inherit>Open it</Anchor> : null],
          ...told.rest,
          ['Action', entry.action],
        ]}
      />
      {told.changed.length > 0 && <Changes list={told.changed} />}
      <Group gap="xs">
        {entry.target && (
          <Button variant="default" size="xs" onClick={() => onFilter({ target: entry.target, action: null, actor: null })}>
            All that was done to it
          </Button>
        )}
        {entry.actor && (
          <Button variant="default" size="xs" onClick={() => onFilter({ actor: entry.actor!.id, action: null, target: null })}>
            All that was done with this key
          </Button>
        )}
      </Group>
      <Payload text={JSON.stringify(entry.detail)} label="The detail as it is stored" />
    </Stack>
  );
}

function Changes({ list }: { list: Change[] }) {
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table aria-label="What was changed" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((change) => (
            <Table.Tr key={change.field}>
              <Table.Td>{change.field}</Table.Td>
              {change.after === undefined ? (
                <Table.Td colSpan={2}>
                  <Text size="sm" c="dimmed">
                    another value, which the log does not keep
                  </Text>
                </Table.Td>
              ) : (
                [change.before, change.after].map((value, place) => (
                  <Table.Td key={place} style={{ overflowWrap: 'anywhere' }}>
                    {inWords(value)}
                  </Table.Td>
                ))
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
