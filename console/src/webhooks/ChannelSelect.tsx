import { Group, Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { ChannelKind } from '../gql/graphql';
import { KindIcon } from '../parts/Kind';

const channelsQuery = graphql(`
  query WebhookChannelChoices($filter: ChannelFilter) {
    channels(first: 50, filter: $filter) {
      nodes {
        id
        name
        kind
        template {
          id
        }
      }
    }
  }
`);

export interface ChannelChoice {
  id: string;
  name: string;
  kind: ChannelKind;
  /** The channel's own template, which holds unless a route has another. */
  template: { id: string } | null;
}

interface Props {
  label: string;
  labelHidden?: boolean;
  placeholder: string;
  tenantId: string | undefined;
  /** The chosen one, whatever the search finds. */
  value: ChannelChoice | null;
  onChange: (channel: ChannelChoice | null) => void;
  /** Not offered: what was chosen already. */
  without?: string[];
  clearable?: boolean;
  error?: string;
  width?: number;
}

/** One channel, found by its name. */
export function ChannelSelect({ label, labelHidden, placeholder, tenantId, value, onChange, without = [], clearable, error, width }: Props) {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 200);
  const sought = asked === value?.name ? '' : asked;
  const [{ data, fetching }, again] = useQuery({ query: channelsQuery, variables: { filter: { tenantId, search: sought || null } } });
  const found: ChannelChoice[] = (data?.channels.nodes ?? []).filter(({ id }) => id === value?.id || !without.includes(id));
  const all = value && !found.some(({ id }) => id === value.id) ? [value, ...found] : found;
  const kindOf = (id: string) => all.find((one) => one.id === id)?.kind;
  return (
    <Select
      label={labelHidden ? undefined : label}
      aria-label={labelHidden ? label : undefined}
      placeholder={placeholder}
      flex={width ? undefined : '2 1 220px'}
      w={width}
      searchable
      clearable={clearable}
      clearButtonProps={{ 'aria-label': `${label}: any` }}
      leftSection={value && <KindIcon kind={value.kind} size={16} />}
      data={all.map(({ id, name }) => ({ value: id, label: name }))}
      // The server has searched already.
      filter={({ options }) => options}
      renderOption={({ option }) => {
        const kind = kindOf(option.value);
        return (
          <Group gap={8} wrap="nowrap">
            {kind && <KindIcon kind={kind} size={16} />}
            <Text size="sm" lineClamp={1} dir="auto">
              {option.label}
            </Text>
          </Group>
        );
      }}
      value={value?.id ?? null}
      onChange={(id) => onChange(all.find((one) => one.id === id) ?? null)}
      onSearchChange={setSearch}
      // A channel that was made in another tab is there when one looks.
      onDropdownOpen={() => again({ requestPolicy: 'network-only' })}
      nothingFoundMessage={fetching ? 'Looking…' : 'No such channel'}
      error={error}
    />
  );
}
