import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { byField } from '../api/errors';
import { graphql } from '../gql';
import type { Scope } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { TenantField, useOwner } from '../fields/TenantField';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { endOf, lifetimes } from './keystate';
import { ScopeChoice } from './ScopeChoice';
import { scopeTexts } from './scopes';
import { Shown } from './Shown';

const createMutation = graphql(`
  mutation SettingsCreateKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      secret
      apiKey {
        id
        name
      }
    }
  }
`);

interface Props {
  opened: boolean;
  onClose: () => void;
  onMade: () => void;
}

/** Makes a key, and shows it this once. Nothing of it stays when the window is closed. */
export function NewKey({ opened, onClose, onMade }: Props) {
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={made ? `The key “${made.name}”` : 'New API key'} size="lg" closeOnClickOutside={!made} closeButtonProps={{ 'aria-label': 'Close' }}>
      {made ? (
        <Stack>
          <div>
            <Shown secret={made.secret} label="The new key">
              Copy it now, and keep it where passwords are kept. It is not shown again: Carillon stores only its hash.
            </Shown>
          </div>
          <Text size="sm" c="dimmed">
            Programs send it as <code>Authorization: Bearer …</code>, the command line takes it from <code>CARILLON_KEY</code>.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              I have copied it
            </Button>
          </Group>
        </Stack>
      ) : (
        <Form
          onCancel={close}
          onMade={(key) => {
            setMade(key);
            onMade();
          }}
        />
      )}
    </Modal>
  );
}

const fieldNames = ['name', 'scopes', 'tenantId', 'expiresAt'];

function Form({ onCancel, onMade }: { onCancel: () => void; onMade: (key: { name: string; secret: string }) => void }) {
  const { admin, can } = useSession();
  const { tenant } = useTenant();
  const owner = useOwner();
  const [whole, setWhole] = useState(false);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(can('PUBLISH') ? ['PUBLISH'] : ['READ']);
  const [lifetime, setLifetime] = useState('');
  const [day, setDay] = useState('');
  // A new result begins with every form, so that no secret outlives its window.
  const [{ fetching, error }, create] = useMutation(createMutation);
  const { fields, rest } = byField(error, fieldNames);
  const expiresAt = endOf(lifetime, day, Date.now());

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const input = whole
      ? { name: name.trim(), scopes: ['ADMIN' as const], expiresAt }
      : { name: name.trim(), scopes, tenantId: owner.tenantId, expiresAt };
    const { data } = await create({ input });
    if (data) onMade({ name: data.createApiKey.apiKey.name, secret: data.createApiKey.secret });
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label="Name" description="The program or person that will use it." required data-autofocus maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} error={fields.name} />
        {admin && (
          <div>
            <Text size="sm" fw={500} mb={4}>
              For
            </Text>
            <SegmentedControl
              aria-label="Who the key is for"
              value={whole ? 'admin' : 'tenant'}
              onChange={(value) => setWhole(value === 'admin')}
              data={[
                { value: 'tenant', label: tenant ? tenant.name : 'One tenant' },
                { value: 'admin', label: 'The whole platform' },
              ]}
              styles={{ label: { maxWidth: 260 } }}
            />
          </div>
        )}
        {whole ? (
          <Text size="sm">An administrator’s key may {scopeTexts.ADMIN.may}. Keep it on your own servers.</Text>
        ) : (
          <>
            <TenantField owner={owner} error={fields.tenantId} />
            <ScopeChoice value={scopes} onChange={setScopes} error={fields.scopes} />
          </>
        )}
        <Group align="flex-start" grow>
          <Select label="Ends" data={lifetimes} allowDeselect={false} value={lifetime} onChange={(value) => setLifetime(value ?? '')} error={lifetime !== 'day' && fields.expiresAt} />
          {lifetime === 'day' && <TextInput type="date" label="Last day" required value={day} onChange={(event) => setDay(event.currentTarget.value)} error={fields.expiresAt} />}
        </Group>
        <Failure error={rest} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={fetching} disabled={!name.trim() || expiresAt === undefined || (!whole && (owner.missing || scopes.length === 0))}>
            Make the key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
