import { Select } from '@mantine/core';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { ChannelKind } from '../gql/graphql';

const templatesQuery = graphql(`
  query TemplateSelectChoices($filter: TemplateFilter) {
    templates(first: 500, filter: $filter) {
      nodes {
        id
        name
        builtIn
      }
    }
  }
`);

interface Props {
  kind: ChannelKind;
  tenantId: string | undefined;
  /** Null for the one that holds unless one is chosen. */
  value: string | null;
  onChange: (id: string | null) => void;
  label: string;
  /** What holds unless one is chosen: "The built-in one". */
  otherwise: string;
  description?: string;
  error?: string;
}

/** A template of a kind: one of the tenant's own or one that is built in. */
export function TemplateSelect({ kind, tenantId, value, onChange, label, otherwise, description, error }: Props) {
  const [{ data }] = useQuery({ query: templatesQuery, variables: { filter: { kind, tenantId } } });
  const nodes = data?.templates.nodes ?? [];
  const options = (builtIn: boolean) => nodes.filter((one) => one.builtIn === builtIn).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select
      label={label}
      description={description}
      placeholder={otherwise}
      clearable
      clearButtonProps={{ 'aria-label': `${label}: ${otherwise}` }}
      searchable
      data={[
        { group: 'Own', items: options(false) },
        { group: 'Built in', items: options(true) },
      ].filter(({ items }) => items.length > 0)}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
