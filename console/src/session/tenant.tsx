import { createContext, useContext, useState, type ReactNode } from 'react';
import { useSession } from './SessionProvider';

interface Choice {
  id: string;
  name: string;
}

interface TenantChoice {
  /** The tenant that is looked at; null when an administrator looks at all of them. */
  tenant: Choice | null;
  /** For filters and inputs: the chosen tenant of an administrator; undefined for a tenant's own key, which implies its tenant. */
  tenantId: string | undefined;
  choose(tenant: Choice | null): void;
}

const Context = createContext<TenantChoice | null>(null);
const name = 'carillon.tenant';

/** Which tenant the pages are about. */
export function useTenant(): TenantChoice {
  const choice = useContext(Context);
  if (!choice) throw new Error('useTenant stands outside of TenantProvider');
  return choice;
}

/** Keeps an administrator's choice of a tenant for this tab. */
export function TenantProvider({ children }: { children: ReactNode }) {
  const { admin, tenant: own } = useSession();
  const [chosen, setChosen] = useState<Choice | null>(admin ? read : null);
  const choose = (tenant: Choice | null) => {
    setChosen(tenant);
    try {
      if (tenant) sessionStorage.setItem(name, JSON.stringify(tenant));
      else sessionStorage.removeItem(name);
    } catch {
      // Without storage the choice ends with the page.
    }
  };
  return <Context value={{ tenant: admin ? chosen : own, tenantId: admin ? chosen?.id : undefined, choose }}>{children}</Context>;
}

function read(): Choice | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(name) ?? 'null');
    return kept && typeof kept === 'object' && 'id' in kept && 'name' in kept ? (kept as Choice) : null;
  } catch {
    return null;
  }
}
