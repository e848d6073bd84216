import { ActionIcon, AppShell, Burger, Button, Group, NavLink, ScrollArea, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCode, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { Suspense } from 'react';
import { Link, Route, Routes, useLocation } from 'react-router';
import { Empty } from '../parts/Empty';
import { Logo } from '../parts/Logo';
import { Page } from '../parts/Page';
import { Waiting } from '../parts/Waiting';
import { openSearch, Search } from '../search/Search';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { Crash } from './Crash';
import { demo } from './mode';
import { pages, sections } from './pages';
import styles from './Shell.module.css';
import { TenantSelect } from './TenantSelect';

/** What is around every page: menu, tenant, search. */
export function Shell() {
  const [open, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const session = useSession();
  const { tenantId } = useTenant();
  const shown = sections.filter((one) => (!one.demo || demo) && (!one.own || !session.portal) && (!one.needs || session.can(one.needs)));
  return (
    <AppShell header={{ height: 54 }} navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !open } }} padding="md">
      <a href="#content" className={styles.skip}>
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={open ? 'Close the menu' : 'Open the menu'} />
            {!session.portal && (
              <UnstyledButton component={Link} to="/" visibleFrom="xs" aria-label="Carillon: overview">
                <Logo />
              </UnstyledButton>
            )}
          </Group>
          <Group gap="xs" wrap="nowrap">
            {session.admin && <TenantSelect />}
            <Button variant="default" leftSection={<IconSearch size={16} />} rightSection={<kbd className={styles.key}>Ctrl K</kbd>} onClick={openSearch} visibleFrom="md">
              Search
            </Button>
            <ActionIcon variant="default" size="lg" onClick={openSearch} hiddenFrom="md" aria-label="Search">
              <IconSearch size={18} />
            </ActionIcon>
            <SchemeButton />
            {!session.portal && (
              <Tooltip label="Log out" withArrow>
                <ActionIcon variant="default" size="lg" onClick={session.signOut} aria-label="Log out">
                  <IconLogout size={18} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Sections">
        <AppShell.Section grow component={ScrollArea}>
          {shown.map(({ label, to, icon: Icon }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`)}
              aria-current={pathname === to ? 'page' : undefined}
              variant="light"
              onClick={close}
              className={styles.nav}
            />
          ))}
        </AppShell.Section>
        {!session.portal && (
          <AppShell.Section>
            <NavLink component="a" href="/playground" label="API playground" leftSection={<IconCode size={18} stroke={1.7} aria-hidden />} className={styles.nav} />
          </AppShell.Section>
        )}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Crash key={pathname}>
          <Suspense fallback={<Waiting />}>
            {/* Another tenant is another world: its pages begin anew. */}
            <Routes key={tenantId}>
              {pages.map(({ path, page: Content }) => (
                <Route key={path} path={path} element={<Content />} />
              ))}
              <Route path="*" element={<Nowhere />} />
            </Routes>
          </Suspense>
        </Crash>
      </AppShell.Main>
      <Search sections={shown} />
    </AppShell>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label} withArrow>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Nowhere() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address" action={<Button component={Link} to="/">Overview</Button>}>
        It may be mistyped, or what was here has been deleted.
      </Empty>
    </Page>
  );
}
