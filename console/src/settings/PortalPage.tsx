import { Anchor, Button, Grid, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { Link } from 'react-router';
import { useMutation } from 'urql';
import { byField } from '../api/errors';
import { graphql } from '../gql';
import type { Scope } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { TenantField, useOwner } from '../fields/TenantField';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { Embedding } from './Embedding';
import { ScopeChoice } from './ScopeChoice';
import { Shown } from './Shown';

const createMutation = graphql(`
  mutation SettingsCreatePortalSession($input: CreatePortalSessionInput!) {
    createPortalSession(input: $input) {
      url
      expiresAt
    }
  }
`);

const ttls = [
  { value: '5m', label: '5 minutes' },
  { value: '1h', label: '1 hour' },
  { value: '8h', label: '8 hours' },
  { value: '24h', label: '24 hours' },
];

/** Makes a link to the console of one tenant, and tells how to embed it. */
export function PortalPage() {
  const [made, setMade] = useState<{ url: string; expiresAt: string } | null>(null);
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb={4}>
            A link to try
          </Title>
          <Text size="sm" c="dimmed" mb="md">
            It opens the console of one tenant, without keys and tenants, for whoever has the link.
          </Text>
          {made ? <Made link={made} onAnother={() => setMade(null)} /> : <Form onMade={setMade} />}
        </Paper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Embedding />
      </Grid.Col>
    </Grid>
  );
}

function Made({ link, onAnother }: { link: { url: string; expiresAt: string }; onAnother: () => void }) {
  return (
    <Stack gap="sm">
      <div>
        <Shown secret={link.url} label="The new link">
          Whoever has this link may do what it allows. It is not shown again.
        </Shown>
      </div>
      <Text size="sm">
        It ends <When at={link.expiresAt} />. Revoking the key that you are logged in with ends it before.
      </Text>
      <Group>
        <Button component="a" href={link.url} target="_blank" rel="noreferrer" variant="default" rightSection={<IconExternalLink size={16} />}>
          Open it
        </Button>
        <Button variant="default" onClick={onAnother}>
          Make another
        </Button>
      </Group>
    </Stack>
  );
}

const fieldNames = ['tenantId', 'scopes', 'ttl'];

function Form({ onMade }: { onMade: (link: { url: string; expiresAt: string }) => void }) {
  const { tenant: own, can } = useSession();
  const { tenant } = useTenant();
  const owner = useOwner();
  const [scopes, setScopes] = useState<Scope[]>((['MANAGE', 'READ'] as const).filter(can));
  const [ttl, setTtl] = useState('1h');
  const [{ fetching, error }, create] = useMutation(createMutation);
  const { fields, rest } = byField(error, fieldNames);
  // Here a tenant is named always, also with a key that implies it.
  const tenantId = owner.tenantId ?? own?.id;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!tenantId) return;
    const { data } = await create({ input: { tenantId, scopes, ttl } });
    if (data) onMade(data.createPortalSession);
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <TenantField owner={owner} error={fields.tenantId} />
        {!owner.asks && (
          <Text size="sm">
            For <b>{tenant?.name}</b>
          </Text>
        )}
        <ScopeChoice value={scopes} onChange={setScopes} error={fields.scopes} />
        <Select label="Ends after" data={ttls} allowDeselect={false} value={ttl} onChange={(value) => setTtl(value ?? '1h')} error={fields.ttl} />
        <Failure error={rest} />
        <Group justify="flex-end">
          <Button type="submit" loading={fetching} disabled={!tenantId || scopes.length === 0}>
            Make the link
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          Links are stored nowhere, so there is no list of them. <Anchor component={Link} to="/settings/keys" inherit>Revoke the key</Anchor> that made a link to end it early.
        </Text>
      </Stack>
    </form>
  );
}
