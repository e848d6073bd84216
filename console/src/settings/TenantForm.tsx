import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { byField } from '../api/errors';
import { graphql } from '../gql';
import { Failure } from '../parts/Failure';
import { readJson } from '../parts/json';
import { done } from '../parts/notify';
import type { TenantRow } from './TenantsPage';

const createMutation = graphql(`
  mutation SettingsCreateTenant($input: CreateTenantInput!) {
    createTenant(input: $input) {
      id
      name
    }
  }
`);

const updateMutation = graphql(`
  mutation SettingsUpdateTenant($input: UpdateTenantInput!) {
    updateTenant(input: $input) {
      id
      name
    }
  }
`);

interface Props {
  /** What is changed, or a new one; null while there is nothing to do. */
  tenant: TenantRow | 'new' | null;
  onClose: () => void;
  onSaved: (tenant: { id: string; name: string }) => void;
}

/** Makes a tenant, or changes one. */
export function TenantForm({ tenant, onClose, onSaved }: Props) {
  return (
    <Modal opened={tenant !== null} onClose={onClose} title={tenant === 'new' ? 'New tenant' : 'Tenant'} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {tenant && <Form tenant={tenant === 'new' ? null : tenant} onClose={onClose} onSaved={onSaved} />}
    </Modal>
  );
}

const fieldNames = ['name', 'externalId', 'metadata'];

function Form({ tenant, onClose, onSaved }: { tenant: TenantRow | null } & Omit<Props, 'tenant'>) {
  const [name, setName] = useState(tenant?.name ?? '');
  const [externalId, setExternalId] = useState(tenant?.externalId ?? '');
  const [metadata, setMetadata] = useState(JSON.stringify(tenant?.metadata ?? {}, null, 2));
  const [creating, create] = useMutation(createMutation);
  const [updating, update] = useMutation(updateMutation);
  const { fields, rest } = byField(creating.error ?? updating.error, fieldNames);
  const json = readJson(metadata);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if ('problem' in json) return;
    const input = { name: name.trim(), externalId: externalId.trim() || null, metadata: json.value ?? {} };
    const saved = tenant ? (await update({ input: { id: tenant.id, ...input } })).data?.updateTenant : (await create({ input })).data?.createTenant;
    if (!saved) return;
    done(tenant ? `“${saved.name}” is saved.` : `The tenant “${saved.name}” is there.`);
    onSaved(saved);
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label="Name" required data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} error={fields.name} />
        <TextInput
          label="Your own id"
          description="What your platform calls this customer. Unique; may be empty."
          value={externalId}
          onChange={(event) => setExternalId(event.currentTarget.value)}
          error={fields.externalId}
        />
        <Textarea
          label="Metadata"
          description="A JSON object of your own. Carillon keeps it, and does nothing with it."
          autosize
          minRows={3}
          maxRows={12}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 'var(--mantine-font-size-xs)' } }}
          value={metadata}
          onChange={(event) => setMetadata(event.currentTarget.value)}
          error={'problem' in json ? json.problem : fields.metadata}
        />
        <Failure error={rest} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creating.fetching || updating.fetching} disabled={!name.trim() || 'problem' in json}>
            {tenant ? 'Save' : 'Make the tenant'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
