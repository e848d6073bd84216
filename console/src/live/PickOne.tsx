import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useTenant } from '../session/tenant';

const channelsQuery = graphql(`
  query LivePickChannels($filter: ChannelFilter!, $chosen: ID!, $has: Boolean!) {
    channels(first: 20, filter: $filter) {
      nodes {
        id
        name
      }
    }
    channel(id: $chosen) @include(if: $has) {
      id
      name
    }
  }
`);

const webhooksQuery = graphql(`
  query LivePickWebhooks($filter: WebhookFilter!, $chosen: ID!, $has: Boolean!) {
    webhooks(first: 20, filter: $filter) {
      nodes {
        id
        name
      }
    }
    webhook(id: $chosen) @include(if: $has) {
      id
      name
    }
  }
`);

interface Props {
  value: string | undefined;
  onChange: (id: string | null) => void;
}

/** One channel out of any number of them, found by its name. */
export function PickChannel({ value, onChange }: Props) {
  const [search, setSearch, variables] = useSearch(value, 'chn_00000000000000000000000000');
  const [{ data }] = useQuery({ query: channelsQuery, variables });
  return <Pick label="Channel" found={data?.channels.nodes} chosen={data?.channel} search={search} onSearch={setSearch} value={value} onChange={onChange} />;
}

/** One webhook, found by its name. */
export function PickWebhook({ value, onChange }: Props) {
  const [search, setSearch, variables] = useSearch(value, 'whk_00000000000000000000000000');
  const [{ data }] = useQuery({ query: webhooksQuery, variables });
  return <Pick label="Webhook" found={data?.webhooks.nodes} chosen={data?.webhook} search={search} onSearch={setSearch} value={value} onChange={onChange} />;
}

function useSearch(value: string | undefined, nobody: string) {
  const { tenantId } = useTenant();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim(), 200);
  return [search, setSearch, { filter: { tenantId, search: settled || undefined }, chosen: value ?? nobody, has: Boolean(value) }] as const;
}

interface PickProps extends Props {
  label: string;
  found: { id: string; name: string }[] | undefined;
  chosen: { id: string; name: string } | null | undefined;
  search: string;
  onSearch: (text: string) => void;
}

function Pick({ label, found = [], chosen, search, onSearch, value, onChange }: PickProps) {
  const listed = new Map(found.map((one) => [one.id, one.name]));
  // The chosen one stays in the list whatever is searched for: the field shows its name.
  if (value) listed.set(value, chosen?.id === value ? chosen.name : (listed.get(value) ?? value));
  const shownName = value && listed.get(value);
  return (
    <Select
      aria-label={label}
      placeholder={`Any ${label.toLowerCase()}`}
      data={[...listed].map(([id, name]) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Any ${label.toLowerCase()}` }}
      searchValue={search}
      onSearchChange={(text) => onSearch(text)}
      // The server has searched; what the field shows when nothing is typed is no search.
      filter={({ options, search: typed }) => (typed && typed !== shownName ? options.filter((one) => 'value' in one && one.value !== value) : options)}
      nothingFoundMessage={`No ${label.toLowerCase()} has this name`}
      w={156}
    />
  );
}
