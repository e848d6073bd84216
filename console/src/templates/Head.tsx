import { SegmentedControl, Grid, Input, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { graphql } from '../gql';
import type { ChannelKind } from '../gql/graphql';
import { confirm } from '../parts/confirm';
import { kindLabel, kinds } from '../parts/Kind';
import { failed } from '../parts/notify';
import { TenantField } from '../fields/TenantField';
import { useTenant } from '../session/tenant';
import { partsFrom, sameParts, starter, type Parts } from './draft';
import type { useTemplateForm } from './form';
import { templateQuery } from './store';

const originsQuery = graphql(`
  query TemplateOrigins($filter: TemplateFilter) {
    templates(first: 100, filter: $filter) {
      nodes {
        id
        name
        builtIn
      }
    }
  }
`);

type Form = ReturnType<typeof useTemplateForm>;

/** Name and description; for a new template also whose it is, its kind, and what it begins as. */
export function Head({ form, readOnly }: { form: Form; readOnly: boolean }) {
  const { draft, errors, change, stored } = form;
  return (
    <Grid gap="sm">
      {!stored && <Beginning form={form} />}
      <Grid.Col span={{ base: 12, sm: 5 }}>
        <TextInput label="Name" required maxLength={200} value={draft.name} onChange={(event) => change({ name: event.currentTarget.value })} error={errors.name} readOnly={readOnly} autoComplete="off" />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 7 }}>
        <TextInput label="Description" value={draft.description} onChange={(event) => change({ description: event.currentTarget.value })} error={errors.description} readOnly={readOnly} autoComplete="off" />
      </Grid.Col>
    </Grid>
  );
}

function Beginning({ form }: { form: Form }) {
  const { draft, owner, errors, change, replaceParts } = form;
  const client = useClient();
  const { tenantId } = useTenant();
  const [origin, setOrigin] = useState<{ id: string | null; parts: Parts }>({ id: draft.name ? null : 'short', parts: form.restored ? {} : draft.parts });
  const [{ data }] = useQuery({ query: originsQuery, variables: { filter: { kind: draft.kind, tenantId } } });
  const found = data?.templates.nodes ?? [];

  // What was written is lost by another beginning, so that it is asked for first.
  const ask = (act: () => void) => {
    if (sameParts(draft, { kind: draft.kind, parts: origin.parts })) return act();
    confirm({ title: 'Begin anew?', body: 'What you have written in the editor will be replaced.', action: 'Replace', onConfirm: act });
  };
  const begin = (kind: ChannelKind, id: string | null, parts: Parts) => {
    setOrigin({ id, parts });
    if (kind !== draft.kind) change({ kind, parts });
    else replaceParts(parts);
  };
  const copy = async (id: string) => {
    if (id === 'short') return begin(draft.kind, id, starter(draft.kind));
    const answer = await client.query(templateQuery, { id }, { requestPolicy: 'network-only' }).toPromise();
    if (answer.data?.template) begin(draft.kind, id, partsFrom(answer.data.template.parts));
    else failed(answer.error ?? 'There is no such template any more');
  };
  return (
    <>
      {owner.asks && (
        <Grid.Col span={12}>
          <TenantField owner={owner} error={errors.tenantId} />
        </Grid.Col>
      )}
      <Grid.Col span={{ base: 12, sm: 5 }}>
        <Input.Wrapper label="For" labelElement="div">
          <SegmentedControl
            fullWidth
            aria-label="Kind of channel"
            value={draft.kind}
            onChange={(kind) => ask(() => begin(kind, 'short', starter(kind)))}
            data={kinds.map((kind) => ({ value: kind, label: kindLabel(kind) }))}
          />
        </Input.Wrapper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 7 }}>
        <Select
          label="Begin with"
          searchable
          allowDeselect={false}
          placeholder="Another template"
          value={origin.id}
          onChange={(id) => id && ask(() => void copy(id))}
          data={[
            { value: 'short', label: 'A short example' },
            { group: 'Built in', items: found.filter((one) => one.builtIn).map(({ id, name }) => ({ value: id, label: name })) },
            { group: 'Own', items: found.filter((one) => !one.builtIn).map(({ id, name }) => ({ value: id, label: name })) },
          ]}
        />
      </Grid.Col>
    </>
  );
}
