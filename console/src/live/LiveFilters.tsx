import { Button, Checkbox, Group, SegmentedControl, Select, TagsInput } from '@mantine/core';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AttemptStatus, ChannelKind, DeliveryAttemptFilter } from '../gql/graphql';
import { useFilters } from '../fields/filters';
import { kindLabel, kinds } from '../parts/Kind';
import { useTenant } from '../session/tenant';
import { PickChannel, PickWebhook } from './PickOne';

const typesQuery = graphql(`
  query LiveEventTypes {
    eventTypes(first: 200) {
      nodes {
        id
        name
      }
    }
  }
`);

/** The filter that the page's address names. */
export function useLiveFilter() {
  const { tenantId } = useTenant();
  const [values, set] = useFilters('status', 'kind', 'channel', 'webhook', 'type', 'tests');
  const types = values.type?.split(',').filter(Boolean);
  const filter: DeliveryAttemptFilter = {
    tenantId,
    status: oneOf<AttemptStatus>(values.status, ['SUCCEEDED', 'FAILED']),
    channelKind: oneOf<ChannelKind>(values.kind, kinds),
    channelId: values.channel,
    webhookId: values.webhook,
    eventTypes: types?.length ? types : undefined,
    includeTests: values.tests === 'no' ? undefined : true,
  };
  const none = { status: null, kind: null, channel: null, webhook: null, type: null, tests: null };
  return { filter, types: types ?? [], any: Object.keys(values).length > 0, set, clear: () => set(none) };
}

function oneOf<T extends string>(value: string | undefined, all: T[]): T | undefined {
  return all.find((one) => one === value);
}

/** What Live shows, by what the page's address says. */
export function LiveFilters() {
  const { filter, types, any, set, clear } = useLiveFilter();
  const [{ data }] = useQuery({ query: typesQuery });
  return (
    <Group gap="xs" mb="sm" role="group" aria-label="Filters">
      <SegmentedControl
        aria-label="Status"
        value={filter.status ?? ''}
        onChange={(status) => set({ status })}
        data={[
          { value: '', label: 'All' },
          { value: 'SUCCEEDED', label: 'Succeeded' },
          { value: 'FAILED', label: 'Failed' },
        ]}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        data={kinds.map((kind) => ({ value: kind, label: kindLabel(kind) }))}
        value={filter.channelKind ?? null}
        onChange={(kind) => set({ kind })}
        clearable
        clearButtonProps={{ 'aria-label': 'Any kind' }}
        w={112}
      />
      <PickChannel value={filter.channelId ?? undefined} onChange={(channel) => set({ channel })} />
      <PickWebhook value={filter.webhookId ?? undefined} onChange={(webhook) => set({ webhook })} />
      <TagsInput
        aria-label="Event types"
        placeholder={types.length ? undefined : 'Any event type'}
        data={data?.eventTypes.nodes.map((one) => one.name) ?? []}
        value={types}
        onChange={(all) => set({ type: all.join(',') })}
        splitChars={[',', ' ']}
        acceptValueOnBlur
        clearable
        clearButtonProps={{ 'aria-label': 'Any event type' }}
        maw={360}
        miw={180}
      />
      <Checkbox label="Tests too" checked={Boolean(filter.includeTests)} onChange={(event) => set({ tests: event.currentTarget.checked ? null : 'no' })} />
      {any && (
        <Button variant="subtle" size="compact-sm" onClick={clear}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}
