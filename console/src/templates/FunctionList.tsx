import { Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Empty } from '../parts/Empty';
import functions from './language/functions.json';
import styles from './Lists.module.css';

/** All functions, each with an example and what comes out. A click writes one into the template. */
export function FunctionList({ onInsert }: { onInsert?: (usage: string) => void }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const found = functions.filter((one) => `${one.name} ${one.doc} ${one.group}`.toLowerCase().includes(wanted));
  const groups = [...new Set(found.map((one) => one.group))];
  return (
    <Stack gap="xs">
      <TextInput aria-label="Find a function" placeholder="Find a function: date, money, list…" leftSection={<IconSearch size={16} aria-hidden />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
      {found.length === 0 && <Empty title="No function is about this" />}
      {groups.map((group) => (
        <div key={group}>
          <Text size="sm" fw={600} component="h3" mb={2}>
            {group}
          </Text>
          <ul className={styles.list} aria-label={group}>
            {found
              .filter((one) => one.group === group)
              .map((one) => (
                <li key={one.name}>
                  <UnstyledButton className={styles.entry} disabled={!onInsert} onClick={() => onInsert?.(one.usage)}>
                    <code className={styles.name}>{one.usage}</code>
                    <span className={styles.doc}>{one.doc}</span>
                    <span className={styles.example}>
                      <code>{`{{ ${one.example} }}`}</code> gives <code>{one.result}</code>
                    </span>
                  </UnstyledButton>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </Stack>
  );
}
