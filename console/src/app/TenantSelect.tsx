import { Combobox, InputBase, ScrollArea, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useTenant } from '../session/tenant';

const tenantsQuery = graphql(`
  query TenantChoices($search: String) {
    tenants(first: 50, search: $search) {
      nodes {
        id
        name
      }
    }
  }
`);

/** An administrator's choice of the tenant that all pages are about. */
export function TenantSelect() {
  const { tenant, choose } = useTenant();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 200);
  const combobox = useCombobox({ onDropdownClose: () => setSearch('') });
  const [{ data }] = useQuery({ query: tenantsQuery, variables: { search: asked || null }, pause: !combobox.dropdownOpened });
  const found = data?.tenants.nodes ?? [];
  return (
    <Combobox
      store={combobox}
      position="bottom-end"
      width={260}
      onOptionSubmit={(id) => {
        choose(found.find((one) => one.id === id) ?? null);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button">
        <InputBase component="button" type="button" pointer w={{ base: 140, sm: 200 }} rightSection={<Combobox.Chevron />} rightSectionPointerEvents="none" onClick={() => combobox.toggleDropdown()} aria-label={`Tenant: ${tenant?.name ?? 'All tenants'}`} styles={{ input: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } }}>
          {tenant?.name ?? 'All tenants'}
        </InputBase>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search value={search} onChange={(event) => setSearch(event.currentTarget.value)} placeholder="Find a tenant" aria-label="Find a tenant" />
        <Combobox.Options>
          <ScrollArea.Autosize mah={300}>
            {!search && <Combobox.Option value="all">All tenants</Combobox.Option>}
            {found.map((one) => (
              <Combobox.Option key={one.id} value={one.id} active={one.id === tenant?.id}>
                {one.name}
              </Combobox.Option>
            ))}
            {data && search && found.length === 0 && <Combobox.Empty>No tenant has this name</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
