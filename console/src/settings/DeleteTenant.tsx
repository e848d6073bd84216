import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { Failure } from '../parts/Failure';
import { done } from '../parts/notify';
import type { TenantRow } from './TenantsPage';

const deleteMutation = graphql(`
  mutation SettingsDeleteTenant($id: ID!) {
    deleteTenant(id: $id)
  }
`);

interface Props {
  tenant: TenantRow | null;
  onClose: () => void;
  onDeleted: (id: string) => void;
}

/** Deletes a tenant, once its name has been typed. */
export function DeleteTenant({ tenant, onClose, onDeleted }: Props) {
  return (
    <Modal opened={tenant !== null} onClose={onClose} title="Delete this tenant?" closeButtonProps={{ 'aria-label': 'Close' }}>
      {tenant && <Form tenant={tenant} onClose={onClose} onDeleted={onDeleted} />}
    </Modal>
  );
}

function Form({ tenant, onClose, onDeleted }: { tenant: TenantRow } & Omit<Props, 'tenant'>) {
  const [typed, setTyped] = useState('');
  const [{ fetching, error }, remove] = useMutation(deleteMutation);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (typed.trim() !== tenant.name.trim()) return;
    const { data } = await remove({ id: tenant.id });
    if (!data) return;
    done(`“${tenant.name}” is deleted.`);
    onDeleted(tenant.id);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">At once, and for good:</Text>
        <List size="sm" spacing={4}>
          <List.Item>its webhooks, channels and templates are gone, and so are their secrets;</List.Item>
          <List.Item>its keys and portal sessions open nothing more;</List.Item>
          <List.Item>what still waits to be delivered is dropped, and is not sent;</List.Item>
          <List.Item>its events and their history are no longer found.</List.Item>
        </List>
        <TextInput
          label={
            <>
              Type <b style={{ overflowWrap: 'anywhere' }}>{tenant.name}</b> to go on
            </>
          }
          autoComplete="off"
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Failure error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" color="red" loading={fetching} disabled={typed.trim() !== tenant.name.trim()}>
            Delete the tenant
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
