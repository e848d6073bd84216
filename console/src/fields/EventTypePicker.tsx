import { Badge, Box, Code, Group, List, Stack, TagsInput, Text } from '@mantine/core';
import { useMemo } from 'react';
import { grouped, useCatalog, type CatalogType } from './catalog';
import { isPattern, takes } from './pattern';

interface Props {
  value: string[];
  onChange: (value: string[]) => void;
  error?: string;
}

/** Event types of the catalog, and patterns of them, with what they take today. */
export function EventTypePicker({ value, onChange, error }: Props) {
  const { types } = useCatalog();
  const known = types ?? [];
  const data = useMemo(() => choices(known), [types]);
  const malformed = value.filter((one) => !isPattern(one));
  return (
    <Stack gap={6}>
      <TagsInput
        label="Event types"
        description="Names from the catalog, or patterns: contact.* takes one more word, contact.** any number of them, * every event."
        placeholder={value.length === 0 ? 'contact.created, contact.*, *' : undefined}
        required
        clearable
        clearButtonProps={{ 'aria-label': 'Remove all event types' }}
        data={data}
        maxDropdownHeight={320}
        limit={500}
        splitChars={[',', ' ', ';']}
        acceptValueOnBlur
        value={value}
        onChange={onChange}
        aria-invalid={malformed.length > 0 || Boolean(error) || undefined}
        error={malformed.length > 0 ? `${malformed.map((one) => `“${one}”`).join(', ')}: give a name such as contact.created, or a pattern such as contact.*` : error}
      />
      {types && value.length > 0 && malformed.length === 0 && <Preview patterns={value} types={types} />}
    </Stack>
  );
}

// Each group offers its pattern before its names.
function choices(types: CatalogType[]) {
  return [
    { group: 'Everything', items: ['*'] },
    ...grouped(types).map(({ group, types: members }) => {
      const first = members[0]!.name.match(/^([A-Za-z0-9_]+)([.-])/);
      const whole = first && members.length > 1 && members.every(({ name }) => name.startsWith(first[0])) ? [`${first[0]}**`] : [];
      return { group: group || 'Without a group', items: [...whole, ...members.map(({ name }) => name)] };
    }),
  ];
}

const shownUpTo = 40;

function Preview({ patterns, types }: { patterns: string[]; types: CatalogType[] }) {
  const taken = types.filter(({ name }) => patterns.some((pattern) => takes(pattern, name)));
  const unknown = patterns.filter((one) => !one.includes('*') && !types.some(({ name }) => name === one));
  const empty = patterns.filter((one) => one.includes('*') && !types.some(({ name }) => takes(one, name)));
  return (
    <Box aria-live="polite">
      <Text size="xs" c="dimmed" mb={4}>
        {types.length === 0
          ? 'The catalog is empty; events of these types are taken as they come.'
          : `Takes ${taken.length} of the catalog's ${types.length} event ${types.length === 1 ? 'type' : 'types'}:`}
      </Text>
      <Group gap={4}>
        {taken.slice(0, shownUpTo).map(({ id, name }) => (
          <Badge key={id} variant="default" tt="none" fw={500} size="sm" maw="100%">
            {name}
          </Badge>
        ))}
        {taken.length > shownUpTo && (
          <Text size="xs" c="dimmed">
            and {taken.length - shownUpTo} more
          </Text>
        )}
      </Group>
      {types.length > 0 && unknown.length + empty.length > 0 && (
        <List size="xs" mt={4}>
          {unknown.map((one) => (
            <List.Item key={one}>
              <Code>{one}</Code> is not in the catalog. It is taken all the same, once such events are published.
            </List.Item>
          ))}
          {empty.map((one) => (
            <List.Item key={one}>
              <Code>{one}</Code> takes no type of the catalog today.
            </List.Item>
          ))}
        </List>
      )}
    </Box>
  );
}
