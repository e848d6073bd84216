import { Button, Group, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { FindField } from '../fields/FindField';
import { TimeRange } from '../fields/TimeRange';
import { actionWords, actionGroups } from './words';
import type { Filters } from './filter';

interface Props {
  value: Filters;
  onChange: (change: { [name in keyof Filters]: string | null }) => void;
  /** Administrators' actions are offered to administrators. */
  admin: boolean;
}

/** Which entries are shown. */
export function AuditFilters({ value, onChange, admin }: Props) {
  return (
    <Group gap="xs" mb="sm" align="flex-start">
      <Select
        aria-label="What was done"
        placeholder="Everything"
        w={{ base: '100%', xs: 250 }}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': 'Everything' }}
        data={choices(admin, value.action)}
        value={value.action ?? null}
        onChange={(action) => onChange({ action })}
        nothingFoundMessage="Nothing is called so"
      />
      <TimeRange value={value} onChange={onChange} />
      <FindField label="Id of what it was done to" value={value.target ?? ''} width={240} onChange={(target) => onChange({ target: target || null })} />
      <FindField label="Id of the key" value={value.actor ?? ''} width={180} onChange={(actor) => onChange({ actor: actor || null })} />
      {Object.keys(value).length > 0 && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => onChange({ action: null, target: null, actor: null, range: null, from: null, to: null })}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}

const platform = new Set(['event_type']);

function choices(admin: boolean, chosen: string | undefined) {
  const groups = actionGroups
    .filter(({ kind }) => admin || !platform.has(kind))
    .map(({ kind, label, actions }) => ({
      group: label,
      items: [
        ...(Object.keys(actions).length > 1 ? [{ value: `${kind}.*`, label: `All about ${label.toLowerCase().replace('api', 'API')}` }] : []),
        ...Object.entries(actions).map(([value, text]) => ({ value, label: text })),
      ],
    }));
  // An address may name what the list does not have.
  if (chosen && !groups.some(({ items }) => items.some(({ value }) => value === chosen))) {
    groups.push({ group: 'Other', items: [{ value: chosen, label: actionWords(chosen) }] });
  }
  return groups;
}
