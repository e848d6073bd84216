// examples/react-portal: the console of a tenant in a page of the platform.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Route } from '@playwright/test';
import { Carillon, expect, expectAccessible, freePort, test as base } from './world';

const sources = join(import.meta.dirname, '../../examples/react-portal');

const test = base.extend<{ origin: string; served: Carillon }>({
  // The platform's origin is known before Carillon starts, which must be told of it.
  origin: async ({}, use) => use(`http://localhost:${await freePort()}`),
  served: async ({ origin }, use) => {
    const server = await Carillon.start({ CARILLON_PORTAL_ORIGINS: origin });
    await use(server);
    await server.remove();
  },
});

/** Runs the platform's server, for a tenant. */
async function platform(origin: string, served: Carillon, tenant: string) {
  const run = (name: string, ...args: string[]) => promisify(execFile)(join(sources, 'node_modules/.bin', name), args, { cwd: sources });
  await Promise.all([run('tsc'), run('vite', 'build', '--logLevel', 'warn')]);
  const child = spawn('node', ['server.js'], {
    cwd: sources,
    env: { PATH: process.env.PATH, PORT: new URL(origin).port, CARILLON_URL: served.url, CARILLON_KEY: served.key, CARILLON_TENANT: tenant },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a customer sees the own console in the page of the platform', async ({ context, origin, served, receiver }) => {
  const tenant = await served.tenant('Fernhill');
  const other = await served.tenant('Larch');
  await served.httpChannel(tenant, 'our endpoint', receiver.url);
  await served.httpChannel(other, 'endpoint of another', receiver.url);
  const child = await platform(origin, served, tenant);
  const page = await context.newPage();
  try {
    // The first session is of a key that is revoked below, so that the page must get another one.
    const { createApiKey } = await served.gql(
      'mutation($tenant: ID!) { createApiKey(input: {tenantId: $tenant, name: "first", scopes: [MANAGE, READ]}) { secret apiKey { id } } }',
      { tenant },
    );
    const { createPortalSession } = await served.gql('mutation($tenant: ID!) { createPortalSession(input: {tenantId: $tenant}) { url } }', { tenant }, createApiKey.secret);
    let sessions = 0;
    await page.route('**/portal-session', (route) => (++sessions === 1 ? route.fulfill({ json: createPortalSession }) : route.continue()));

    await page.goto(origin);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('link', { name: 'Channels' }).click();
    await expect(frame.getByText('our endpoint')).toBeVisible();
    await expect(frame.getByText('endpoint of another')).toHaveCount(0);
    await expect(frame.getByRole('button', { name: /Tenant/ })).toHaveCount(0);
    await expect(frame.getByRole('button', { name: 'Log out' })).toHaveCount(0);
    await expectAccessible(page);

    await served.gql('mutation($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id });
    // A page asks several things at once. Refusals that come together, as on a busy machine, are one end of the session.
    const held: Route[] = [];
    const hold = (route: Route) => void held.push(route);
    await page.route(`${served.url}/graphql`, hold);
    await frame.getByRole('link', { name: 'Overview' }).click();
    await expect.poll(() => held.length).toBeGreaterThan(2);
    await frame.locator('body').evaluate(() => {
      setTimeout(() => {
        for (const end = Date.now() + 1000; Date.now() < end; );
      });
    });
    await page.unroute(`${served.url}/graphql`, hold);
    for (const route of held) void route.continue();
    await expect.poll(() => sessions).toBeGreaterThan(1);
    await frame.getByRole('link', { name: 'Channels' }).click();
    await expect(frame.getByText('our endpoint')).toBeVisible();
    expect(sessions).toBe(2);
  } finally {
    child.kill();
    await page.close();
  }
});

test('no other page may hold the console', async ({ context, served }) => {
  const page = await context.newPage();
  const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
  // A page of an origin that the server was not told of.
  const elsewhere = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(`<iframe src="${served.url}/portal"></iframe>`));
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`);
  await refused;
  await page.close();
  elsewhere.close();
});
