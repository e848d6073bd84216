import { Badge, Box, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import styles from './Catalog.module.css';
import { propertiesOf, type Property } from './schema';

/** The data of an event as a table: what its JSON Schema says, for developers who read none. */
export function PropertyTable({ schema }: { schema: unknown }) {
  const { rows, cut } = useMemo(() => propertiesOf(schema), [schema]);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The schema names no properties: any object is taken.
      </Text>
    );
  }
  return (
    <>
      <Table.ScrollContainer minWidth={0}>
        <Table aria-label="Properties of the data" verticalSpacing={7} styles={{ td: { verticalAlign: 'top' } }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="32%">Name</Table.Th>
              <Table.Th w="24%">Type</Table.Th>
              <Table.Th visibleFrom="sm">What it is</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.key}>
                <Table.Td>
                  <div className={styles.property} style={{ ['--depth' as string]: Math.min(row.depth, 6) }}>
                    {row.depth > 0 && (
                      <span className={styles.within} aria-hidden>
                        ↳{' '}
                      </span>
                    )}
                    {row.name}
                  </div>
                </Table.Td>
                <Table.Td>
                  <Type row={row} />
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <About row={row} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {cut && (
        <Text size="sm" c="dimmed" mt="xs">
          The schema has more, or goes deeper. See it whole under “JSON Schema”.
        </Text>
      )}
    </>
  );
}

function Type({ row }: { row: Property }) {
  return (
    <>
      <Text size="sm">
        {row.type}
        {row.required && (
          <Text span inherit c="dimmed">{' · required'}</Text>
        )}
      </Text>
      <Box hiddenFrom="sm">
        <About row={row} />
      </Box>
    </>
  );
}

function About({ row }: { row: Property }) {
  return (
    <>
      {row.deprecated && (
        <Badge variant="default" tt="none" fw={500} mr={6}>
          Deprecated
        </Badge>
      )}
      {row.description && (
        <Text span size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
          {row.description}
        </Text>
      )}
      {row.limits.length > 0 && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {row.limits.join(' · ')}
        </Text>
      )}
    </>
  );
}
