import { Badge, Group, Table, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import { grouped } from '../fields/catalog';
import styles from './Catalog.module.css';

interface Listed {
  id: string;
  name: string;
  description: string;
  group: string;
  version: string;
  archivedAt: string | null;
}

/** Event types under the names of their groups. */
export function CatalogTable({ types, busy, label = 'Event types' }: { types: Listed[] | undefined; busy?: boolean; label?: string }) {
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table aria-label={label} aria-busy={busy} highlightOnHover verticalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="34%">Name</Table.Th>
            <Table.Th visibleFrom="xs">What happened</Table.Th>
            <Table.Th w={90} visibleFrom="sm">
              Version
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        {types === undefined ? (
          <Table.Tbody aria-hidden>
            {Array.from({ length: 10 }, (_, line) => (
              <Table.Tr key={line}>
                <Table.Td colSpan={3}>
                  <div className={styles.bones} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        ) : (
          grouped(types).map(({ group, types: members }) => (
            <Table.Tbody key={group}>
              <Table.Tr>
                <Table.Th colSpan={3} scope="rowgroup" className={styles.group}>
                  {group}
                </Table.Th>
              </Table.Tr>
              {members.map((one) => (
                <Row key={one.id} type={one} />
              ))}
            </Table.Tbody>
          ))
        )}
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ type }: { type: Listed }) {
  const navigate = useNavigate();
  const to = `/catalog/${encodeURIComponent(type.name)}`;
  return (
    <Table.Tr className={styles.row} onClick={() => void navigate(to)}>
      <Table.Td>
        <Group gap={8}>
          <Link to={to} className={styles.name} onClick={(event) => event.stopPropagation()}>
            {type.name}
          </Link>
          {type.archivedAt && <Archived />}
        </Group>
        <Text size="xs" c="dimmed" hiddenFrom="xs" className={styles.description}>
          {type.description}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="xs">
        <Text size="sm" className={styles.description}>
          {type.description}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{type.version}</Table.Td>
    </Table.Tr>
  );
}

/** Marks an event type that is no longer offered. */
export function Archived() {
  return (
    <Badge variant="default" tt="none" fw={500}>
      Archived
    </Badge>
  );
}
