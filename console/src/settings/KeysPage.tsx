import { Button, Group, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../gql';
import type { SettingsKeysQuery } from '../gql/graphql';
import { confirm } from '../parts/confirm';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { done, failed } from '../parts/notify';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { keyState } from './keystate';
import { NewKey } from './NewKey';
import { scopeTexts } from './scopes';
import styles from './Settings.module.css';

const keysQuery = graphql(`
  query SettingsKeys($first: Int, $after: String, $tenantId: ID) {
    apiKeys(first: $first, after: $after, tenantId: $tenantId) {
      nodes {
        id
        name
        tenant {
          id
          name
        }
        scopes
        hint
        createdAt
        expiresAt
        lastUsedAt
        revokedAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const revokeMutation = graphql(`
  mutation SettingsRevokeKey($id: ID!) {
    revokeApiKey(id: $id) {
      id
      revokedAt
    }
  }
`);

type Key = SettingsKeysQuery['apiKeys']['nodes'][number];

/** The API keys: what each may do, when it was used last, and how to end it. */
export function KeysPage() {
  const { admin } = useSession();
  const { tenantId } = useTenant();
  const client = useClient();
  const [making, setMaking] = useState(false);
  const { rows, error, loading, more, again, change } = usePages(keysQuery, { tenantId: tenantId ?? null }, (data) => data.apiKeys);

  const revoke = (key: Key) =>
    confirm({
      title: `Revoke “${key.name}”?`,
      body: 'It opens nothing more within seconds, on all nodes, and its subscriptions and portal sessions end. What was published with it is still delivered. If you are logged in with it, you are logged out. This cannot be undone.',
      action: 'Revoke the key',
      danger: true,
      onConfirm: async () => {
        const { data, error: refused } = await client.mutation(revokeMutation, { id: key.id }).toPromise();
        if (!data) return failed(refused ?? 'The server gave no answer.');
        change((now) => now.map((one) => (one.id === key.id ? { ...one, revokedAt: data.revokeApiKey.revokedAt } : one)));
        done(`“${key.name}” is revoked.`);
      },
    });

  const columns: Column<Key>[] = [
    { header: 'Name', width: '30%', cell: (key) => <Name apiKey={key} /> },
    { header: 'May', cell: (key) => <Scopes apiKey={key} /> },
    ...(admin && !tenantId ? [{ header: 'Tenant', cell: tenantOf, from: 'sm' } satisfies Column<Key>] : []),
    { header: 'Last used', cell: (key) => <When at={key.lastUsedAt} />, from: 'sm' },
    { header: 'Created', cell: (key) => <When at={key.createdAt} />, from: 'md' },
    { header: 'Ends', cell: (key) => <Ends apiKey={key} />, from: 'xs' },
    { header: 'Action', cell: (key) => <Revoke apiKey={key} onRevoke={() => revoke(key)} />, align: 'right' },
  ];
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed" maw={620}>
          Programs send a key with every request. Give each program one of its own, with no more than it needs.
        </Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          New key
        </Button>
      </Group>
      <Failure error={error} onRetry={again} />
      <Rows
        label="API keys"
        columns={columns}
        rows={rows ?? (error ? [] : undefined)}
        id={(key) => key.id}
        more={more}
        loading={loading}
        empty={error ? <></> : <Empty title="This tenant has no keys">Make one for each program that publishes events or reads them.</Empty>}
      />
      <NewKey opened={making} onClose={() => setMaking(false)} onMade={again} />
    </>
  );
}

function tenantOf(key: Key) {
  if (!key.tenant) return <span className={styles.ended}>all</span>;
  return (
    <Text size="sm" lineClamp={2} dir="auto" title={key.tenant.name} style={{ overflowWrap: 'anywhere' }}>
      {key.tenant.name}
    </Text>
  );
}

function Name({ apiKey }: { apiKey: Key }) {
  const state = keyState(apiKey, Date.now());
  const ended = state !== 'live';
  return (
    <div style={{ overflowWrap: 'anywhere', minWidth: 120 }} className={ended ? styles.ended : undefined}>
      <Text size="sm" fw={500} lineClamp={2} dir="auto" title={apiKey.name}>
        {apiKey.name}
      </Text>
      <Text size="xs" c="dimmed" ff="monospace">
        {apiKey.hint}…
        {ended && (
          <Text span inherit ff="text" hiddenFrom="xs">
            {' '}
            · {state}
          </Text>
        )}
      </Text>
    </div>
  );
}

function Scopes({ apiKey }: { apiKey: Key }) {
  return (
    <Text size="sm" miw={90} title={apiKey.scopes.map((scope) => scopeTexts[scope].may).join('; ')}>
      {apiKey.scopes.map((scope) => scopeTexts[scope].label).join(', ')}
    </Text>
  );
}

function Ends({ apiKey }: { apiKey: Key }) {
  switch (keyState(apiKey, Date.now())) {
    case 'revoked':
      return <>Revoked <When at={apiKey.revokedAt} /></>;
    case 'expired':
      return <>Expired <When at={apiKey.expiresAt} /></>;
    default:
      return apiKey.expiresAt ? <When at={apiKey.expiresAt} /> : <span className={styles.ended}>never</span>;
  }
}

function Revoke({ apiKey, onRevoke }: { apiKey: Key; onRevoke: () => void }) {
  if (keyState(apiKey, Date.now()) !== 'live') return <span className={styles.ended}>–</span>;
  return (
    <Button variant="default" size="compact-sm" onClick={onRevoke} aria-label={`Revoke ${apiKey.name}`}>
      Revoke
    </Button>
  );
}
