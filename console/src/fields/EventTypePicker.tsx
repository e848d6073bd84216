import { Badge, Box, Code, Group, List, Stack, TagsInput, Text } from '@mantine/core';
import { useMemo } from 'react';
import { grouped, useCatalog, useOwnTypes, type CatalogType } from './catalog';
import { isOwn, isPattern, takes } from './pattern';

interface Props {
  value: string[];
  onChange: (value: string[]) => void;
  error?: string;
}

/** Event types of the catalog, and patterns of them, with what they take today. */
export function EventTypePicker({ value, onChange, error }: Props) {
  const { types } = useCatalog();
  const own = useOwnTypes();
  const data = useMemo(() => choices(types ?? [], own), [types, own]);
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
      {types && value.length > 0 && malformed.length === 0 && <Preview patterns={value} types={types} own={own} />}
    </Stack>
  );
}

// Each group offers its pattern before its names.
function choices(types: CatalogType[], own: CatalogType[]) {
  return [
    { group: 'Everything', items: ['*'] },
    ...grouped(types).map(({ group, types: members }) => {
      const first = members[0]!.name.match(/^([A-Za-z0-9_]+)([.-])/);
      const whole = first && members.length > 1 && members.every(({ name }) => name.startsWith(first[0])) ? [`${first[0]}**`] : [];
      return { group: group || 'Without a group', items: [...whole, ...members.map(({ name }) => name)] };
    }),
    ...(own.length > 0 ? [{ group: 'What the server tells of itself', items: ['carillon.**', ...own.map(({ name }) => name)] }] : []),
  ];
}

const shownUpTo = 40;

function summary(patterns: string[], taken: number, all: number, ownTaken: number) {
  const own = ownTaken > 0 && `${ownTaken} of those that the server tells of itself`;
  if (own && patterns.every(isOwn)) return `Takes ${own}:`;
  if (all === 0) return 'The catalog is empty; events of these types are taken as they come.';
  return `Takes ${taken} of the catalog's ${all} event ${all === 1 ? 'type' : 'types'}${own ? `, and ${own}` : ''}:`;
}

function Preview({ patterns, types, own }: { patterns: string[]; types: CatalogType[]; own: CatalogType[] }) {
  const taken = [...types, ...own].filter(({ name }) => patterns.some((pattern) => takes(pattern, name)));
  const ownTaken = taken.filter(({ name }) => isOwn(name)).length;
  const listed = (one: string) => [...types, ...own].some(({ name }) => (one.includes('*') ? takes(one, name) : name === one));
  const unknown = patterns.filter((one) => !one.includes('*') && !listed(one));
  const empty = patterns.filter((one) => one.includes('*') && !listed(one));
  return (
    <Box aria-live="polite">
      <Text size="xs" c="dimmed" mb={4}>
        {summary(patterns, taken.length - ownTaken, types.length, ownTaken)}
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
