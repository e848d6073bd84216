import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Provider, useQuery } from 'urql';
import { openApi, type Api } from '../api/client';
import { problems } from '../api/errors';
import { graphql } from '../gql';
import type { Scope } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { Login } from './Login';
import { currentToken, forget, logIn, portal } from './session';

const viewerQuery = graphql(`
  query Viewer {
    viewer {
      name
      scopes
      expiresAt
      tenant {
        id
        name
      }
    }
  }
`);

const aliveQuery = graphql(`
  query SessionAlive {
    viewer {
      name
    }
  }
`);

export interface Session {
  api: Api;
  /** An administrator sees every tenant; anyone else has one of their own. */
  admin: boolean;
  tenant: { id: string; name: string } | null;
  /** True where the key has the scope: ADMIN has all of them, MANAGE includes READ. */
  can(scope: Scope): boolean;
  /** What the key is called; "portal session" for a session. */
  name: string;
  /** When the key or session ends; null for one without an end. */
  expiresAt: string | null;
  /** The console is embedded for a tenant. */
  portal: boolean;
  signOut(): void;
}

const Context = createContext<Session | null>(null);

/** Whoever is logged in. Only below SessionProvider. */
export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('useSession stands outside of SessionProvider');
  return session;
}

/** Shows the login until there is a session, and again when it has ended. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState('');
  const [token, setToken] = useState(currentToken);
  const api = useMemo(() => {
    if (token === null) return null;
    return openApi((message) => {
      forget();
      setNotice(message);
      setToken(null);
      // The page around an embedded console may get a new link for it.
      if (portal && window.parent !== window) window.parent.postMessage({ type: 'carillon:session-expired' }, '*');
    });
  }, [token]);

  if (!api) {
    return (
      <Login
        notice={notice}
        onKey={(key, stay) => {
          setNotice('');
          logIn(key, stay);
          setToken(key);
        }}
      />
    );
  }
  const signOut = () => {
    api.close();
    forget();
    setToken(null);
  };
  return (
    <Provider value={api.client}>
      <Known api={api} signOut={signOut}>
        {children}
      </Known>
    </Provider>
  );
}

// Known asks once who the key belongs to; pages ask it instead of the server.
function Known({ api, signOut, children }: { api: Api; signOut: () => void; children: ReactNode }) {
  const [{ data, error, fetching }, again] = useQuery({ query: viewerQuery });
  const session = useMemo<Session | null>(() => {
    if (!data) return null;
    const { name, scopes, tenant, expiresAt } = data.viewer;
    const admin = scopes.includes('ADMIN');
    return {
      api,
      admin,
      tenant,
      name,
      expiresAt,
      portal,
      signOut,
      can: (scope) => admin || scopes.includes(scope) || (scope === 'READ' && scopes.includes('MANAGE')),
    };
  }, [api, data, signOut]);
  useAtEnd(data?.viewer.expiresAt, api);
  if (session) return <Context value={session}>{children}</Context>;
  if (error && !problems(error).some((one) => one.code === 'UNAUTHENTICATED') && !fetching) {
    return <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />;
  }
  return <Waiting />;
}

// Asks the server when the session should be over, so that a page that asks for nothing
// says so too. The server's clock decides: while it still takes the key, it is asked again.
function useAtEnd(expiresAt: string | null | undefined, api: Api) {
  useEffect(() => {
    if (!expiresAt) return;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      const left = Date.parse(expiresAt) - Date.now();
      timer = setTimeout(
        () => {
          if (Date.now() >= Date.parse(expiresAt)) void api.client.query(aliveQuery, {}, { requestPolicy: 'network-only' }).toPromise();
          wait();
        },
        // Timers know no more than 24 days.
        Math.min(Math.max(left, 4_500) + 500, 86_400_000),
      );
    };
    wait();
    return () => clearTimeout(timer);
  }, [expiresAt, api]);
}
