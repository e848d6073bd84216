import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { BrowserRouter } from 'react-router';
import { SessionProvider } from '../session/SessionProvider';
import { portal } from '../session/session';
import { TenantProvider } from '../session/tenant';
import { Shell } from './Shell';
import { styleNonce, theme, variables } from './theme';

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={variables} getStyleNonce={styleNonce}>
      <Notifications position="bottom-right" />
      <BrowserRouter basename={portal ? '/portal' : '/'}>
        <SessionProvider>
          <TenantProvider>
            <ModalsProvider>
              <Shell />
            </ModalsProvider>
          </TenantProvider>
        </SessionProvider>
      </BrowserRouter>
    </MantineProvider>
  );
}
