import { Anchor } from '@mantine/core';
import { Link, Route, Routes, useLocation } from 'react-router';
import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';
import { useSession } from '../session/SessionProvider';
import { KeysPage } from './KeysPage';
import { PortalPage } from './PortalPage';
import styles from './Settings.module.css';
import { TenantsPage } from './TenantsPage';

/** What administrators and tenants' own keys keep in order: keys, tenants, links to the portal. */
export default function SettingsPage() {
  const session = useSession();
  const { pathname } = useLocation();
  const at = pathname === '/settings' ? '/settings/keys' : pathname;
  if (!session.can('MANAGE') || session.portal) {
    return (
      <Page title="Settings">
        <Empty title="There is nothing to set here">
          Keys and tenants need a key with the scope MANAGE or ADMIN. {session.portal && 'They are kept by the platform that this page belongs to.'}
        </Empty>
      </Page>
    );
  }
  const tabs = [
    { label: 'API keys', to: '/settings/keys', page: <KeysPage /> },
    ...(session.admin ? [{ label: 'Tenants', to: '/settings/tenants', page: <TenantsPage /> }] : []),
    { label: 'Portal', to: '/settings/portal', page: <PortalPage /> },
  ];
  return (
    <Page title="Settings" description={<Whose />}>
      <nav className={styles.tabs} aria-label="Settings">
        {tabs.map(({ label, to }) => (
          <Link key={to} to={to} className={styles.tab} aria-current={at === to ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Routes>
        {tabs.map(({ to, page }) => (
          <Route key={to} path={to.slice('/settings/'.length)} element={page} />
        ))}
        <Route index element={<KeysPage />} />
        <Route
          path="*"
          element={
            <Empty title="There are no such settings" action={<Anchor component={Link} to="/settings/keys">API keys</Anchor>}>
              {session.admin ? 'The address may be mistyped.' : 'The address may be mistyped, or be for administrators.'}
            </Empty>
          }
        />
      </Routes>
    </Page>
  );
}

function Whose() {
  const { admin, name, tenant } = useSession();
  return (
    <>
      You are logged in with “{name}”, {admin ? 'an administrator’s key: it sees every tenant.' : `a key of ${tenant?.name ?? 'one tenant'}.`}
    </>
  );
}
