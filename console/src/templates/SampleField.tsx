import { Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { distance } from '../parts/time';
import { Editor } from './editor/Editor';
import type { Choice, Sample } from './sample';

/** Chooses what the template is shown with. */
export function SampleField({ sample, onSave }: { sample: Sample; onSave: () => void }) {
  const [search, setSearch] = useState('');
  const { choice } = sample;
  const value = choice ? keyOf(choice) : null;
  const now = Date.now();
  const events = sample.recent.map((one) => ({
    value: `event ${one.id}`,
    label: [one.type, one.entityId, distance(one.timestamp, now), one.test && 'test'].filter(Boolean).join(' · '),
  }));
  const asked = /^evt_[0-9a-z]{26}$/.test(search.trim()) ? search.trim() : '';
  for (const id of [asked, choice?.kind === 'event' ? choice.id : '']) {
    if (id && !events.some((one) => one.value === `event ${id}`)) events.push({ value: `event ${id}`, label: sample.event?.id === id ? `${sample.event.type} · ${id}` : `Event ${id}` });
  }
  const types = sample.types.map((one) => ({ value: `type ${one.name}`, label: `${one.name} · example` }));
  if (choice?.kind === 'type' && !types.some((one) => one.value === value)) types.push({ value: value!, label: `${choice.name} · example` });
  return (
    <Stack gap="xs">
      <Select
        label="Shown with"
        description="An event, an example of the catalog, or your own data."
        searchable
        allowDeselect={false}
        maxDropdownHeight={340}
        limit={300}
        nothingFoundMessage="Nothing has this name. An event's id can be pasted."
        value={value}
        onSearchChange={setSearch}
        onChange={(next) => next && sample.choose(choiceOf(next))}
        data={[
          { group: 'Newest events', items: events },
          { group: 'Examples of the catalog', items: types },
          { group: 'Other', items: [{ value: 'own', label: 'Your own data' }] },
        ]}
      />
      {choice?.kind === 'own' && <Editor label="Your own data, as JSON" outside="json" value={sample.own} onChange={sample.setOwn} onSave={onSave} height="180px" />}
      {sample.trouble && (
        <Text size="sm" c="var(--mantine-color-error)" role="status">
          {sample.trouble}
        </Text>
      )}
    </Stack>
  );
}

function keyOf(choice: Choice): string {
  return choice.kind === 'event' ? `event ${choice.id}` : choice.kind === 'type' ? `type ${choice.name}` : 'own';
}

function choiceOf(key: string): Choice {
  const [kind, rest = ''] = key.split(' ', 2);
  return kind === 'event' ? { kind, id: rest } : kind === 'type' ? { kind, name: rest } : { kind: 'own' };
}
