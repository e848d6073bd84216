import { Checkbox, Stack } from '@mantine/core';
import type { Scope } from '../gql/graphql';
import { useSession } from '../session/SessionProvider';
import { scopeTexts, tenantScopes } from './scopes';

interface Props {
  value: Scope[];
  onChange: (scopes: Scope[]) => void;
  error?: string;
}

/** What a tenant's key or session may do. Nobody can give more than they have. */
export function ScopeChoice({ value, onChange, error }: Props) {
  const { can } = useSession();
  return (
    <Checkbox.Group label="It may" required value={value} onChange={(scopes) => onChange(scopes as Scope[])} error={error}>
      <Stack gap={8} mt={6} mb={error ? 6 : 0}>
        {tenantScopes.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={scopeTexts[scope].label}
            description={scopeTexts[scope].may}
            disabled={!can(scope)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
