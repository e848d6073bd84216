import { Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Empty } from '../parts/Empty';
import { envelopeDocs } from './language/envelope';
import { fieldsOf, type Field } from './language/fields';
import styles from './Lists.module.css';

interface Props {
  /** What the template is rendered for; undefined while that is on its way. */
  root: Record<string, unknown> | undefined;
  /** Undefined where nothing may be written. */
  onInsert?: (field: Field) => void;
}

const shownAtMost = 300;

/** Everything that the event holds, with its values. A click writes it into the template. */
export function FieldList({ root, onInsert }: Props) {
  const [search, setSearch] = useState('');
  const all = useMemo(() => ordered(root), [root]);
  const wanted = search.trim().toLowerCase();
  const found = wanted ? all.filter((one) => `${one.path} ${one.shown}`.toLowerCase().includes(wanted)) : all;
  return (
    <Stack gap="xs">
      <TextInput aria-label="Find a field" placeholder="Find a field or a value" leftSection={<IconSearch size={16} aria-hidden />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
      <Text size="sm" c="dimmed">
        {onInsert ? 'A click writes the field where the cursor is. ' : ''}Values are those of the event above.
      </Text>
      {root && found.length === 0 && <Empty title="No field has this name or value" />}
      <ul className={styles.list} aria-label="Fields">
        {found.slice(0, shownAtMost).map((one) => (
          <li key={one.path}>
            <UnstyledButton className={styles.entry} disabled={!onInsert} onClick={() => onInsert?.(one)} style={{ paddingLeft: 8 + (wanted ? 0 : one.depth * 14) }}>
              <code className={styles.name}>{wanted ? one.path : leaf(one.path)}</code>
              <span className={styles.value} data-kind={one.kind} dir="auto">
                {one.kind === 'object' ? '' : one.shown}
              </span>
              {envelopeDocs[one.path] && <span className={styles.doc}>{envelopeDocs[one.path]}</span>}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {found.length > shownAtMost && (
        <Text size="sm" c="dimmed">
          {found.length - shownAtMost} more: search to find them.
        </Text>
      )}
    </Stack>
  );
}

// The data come first: they are what authors look for.
function ordered(root: Record<string, unknown> | undefined): Field[] {
  if (!root) return [];
  const { data, events: _, ...rest } = root;
  return [...fieldsOf({ data }), ...fieldsOf(rest)];
}

function leaf(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('["'));
  const inList = path.slice(0, cut).endsWith('[]');
  return (inList ? 'each ' : '') + path.slice(cut);
}
