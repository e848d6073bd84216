import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useTenant } from '../session/tenant';

const channelsQuery = graphql(`
  query ChannelSelectChoices($tenantId: ID, $search: String, $id: ID!, $chosen: Boolean!) {
    channels(first: 30, filter: { tenantId: $tenantId, search: $search }) {
      nodes {
        id
        name
      }
    }
    channel(id: $id) @include(if: $chosen) {
      id
      name
    }
  }
`);

const webhooksQuery = graphql(`
  query WebhookSelectChoices($tenantId: ID, $search: String, $id: ID!, $chosen: Boolean!) {
    webhooks(first: 30, filter: { tenantId: $tenantId, search: $search }) {
      nodes {
        id
        name
      }
    }
    webhook(id: $id) @include(if: $chosen) {
      id
      name
    }
  }
`);

interface Props {
  value: string | undefined;
  onChange: (id: string | null) => void;
}

interface Named {
  id: string;
  name: string;
}

/** A filter by a channel, found by its name. */
export function ChannelSelect({ value, onChange }: Props) {
  const search = useSearch(value, /^chn_\w+$/);
  const [{ data, fetching }] = useQuery({ query: channelsQuery, variables: search.variables });
  return <Found label="Channel" all="All channels" {...{ value, onChange, search, fetching }} found={data?.channels.nodes} chosen={data?.channel} />;
}

/** A filter by a webhook, found by its name. */
export function WebhookSelect({ value, onChange }: Props) {
  const search = useSearch(value, /^whk_\w+$/);
  const [{ data, fetching }] = useQuery({ query: webhooksQuery, variables: search.variables });
  return <Found label="Webhook" all="All webhooks" {...{ value, onChange, search, fetching }} found={data?.webhooks.nodes} chosen={data?.webhook} />;
}

// What is chosen is asked for by its id: the search may not show it.
function useSearch(value: string | undefined, form: RegExp) {
  const { tenantId } = useTenant();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text, 200);
  const chosen = form.test(value ?? '');
  return { setText, variables: { tenantId, search: asked || null, id: value ?? '', chosen } };
}

interface FoundProps extends Props {
  label: string;
  all: string;
  found: Named[] | undefined;
  chosen: Named | null | undefined;
  search: ReturnType<typeof useSearch>;
  fetching: boolean;
}

function Found({ label, all, value, onChange, found = [], chosen, search, fetching }: FoundProps) {
  const known = new Map([...(chosen ? [chosen] : []), ...found].map(({ id, name }) => [id, name]));
  if (value && !known.has(value)) known.set(value, fetching ? 'Looking…' : value);
  const data = [...known].map(([id, name]) => ({ value: id, label: name }));
  return (
    <Select
      aria-label={label}
      placeholder={all}
      w={{ base: 'calc(50% - 5px)', xs: 185 }}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': all }}
      data={data}
      // The server has searched already.
      filter={({ options }) => options}
      value={value ?? null}
      onChange={onChange}
      onSearchChange={(text) => search.setText(data.some((one) => one.label === text) ? '' : text)}
      nothingFoundMessage={fetching ? 'Looking…' : 'Nothing has this name'}
    />
  );
}
