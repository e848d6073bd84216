import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';

const ownersQuery = graphql(`
  query TenantFieldChoices($search: String) {
    tenants(first: 50, search: $search) {
      nodes {
        id
        name
      }
    }
  }
`);

export interface Owner {
  /** For the input: undefined for a tenant's own key, which implies its tenant. */
  tenantId: string | undefined;
  /** True while an administrator who looks at all tenants has not chosen one. */
  missing: boolean;
  /** True where TenantField asks. */
  asks: boolean;
  choose(id: string | null): void;
}

/** Whose something new will be. TenantField asks where that is open. */
export function useOwner(): Owner {
  const { admin } = useSession();
  const { tenantId } = useTenant();
  const [chosen, choose] = useState<string | null>(null);
  const asks = admin && !tenantId;
  return { tenantId: asks ? (chosen ?? undefined) : tenantId, missing: asks && !chosen, asks, choose };
}

/** A required choice of a tenant, for administrators who look at all of them; nothing for anyone else. */
export function TenantField({ owner, error }: { owner: Owner; error?: string }) {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 200);
  const [{ data, fetching }] = useQuery({ query: ownersQuery, variables: { search: asked || null }, pause: !owner.asks });
  if (!owner.asks) return null;
  const found = data?.tenants.nodes ?? [];
  return (
    <Select
      label="Tenant"
      description="Whose it is. Choose a tenant at the top of the page to work in one for longer."
      placeholder="Choose a tenant"
      required
      searchable
      data={found.map(({ id, name }) => ({ value: id, label: name }))}
      // The server has searched already.
      filter={({ options }) => options}
      value={owner.tenantId ?? null}
      onChange={(id) => owner.choose(id)}
      onSearchChange={(text) => setSearch(found.some(({ name }) => name === text) ? '' : text)}
      nothingFoundMessage={fetching ? 'Looking…' : 'No tenant has this name'}
      error={error}
    />
  );
}
