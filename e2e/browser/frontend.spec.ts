// examples/frontend: a page of another origin, which follows attempts over restarts.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Page } from '@playwright/test';
import { Carillon, expect, expectAccessible, test as base } from './world';

const sources = join(import.meta.dirname, '../../examples/frontend');
const kinds: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Builds the page, its types checked, and serves it as a web server of its own would. */
async function serve(): Promise<{ server: Server; folder: string; origin: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-frontend-'));
  const run = (name: string, ...args: string[]) => promisify(execFile)(join(sources, 'node_modules/.bin', name), args, { cwd: sources });
  await Promise.all([run('tsc'), run('vite', 'build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', folder)]);
  const server = createServer(async ({ url = '/' }, response) => {
    const file = url === '/' ? 'index.html' : url.slice(1);
    try {
      const text = await readFile(join(folder, file));
      response.writeHead(200, { 'Content-Type': kinds[extname(file)] ?? 'text/plain' }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, folder, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const test = base.extend<{ origin: string; served: Carillon; complaints: string[]; visitor: Page }>({
  origin: async ({}, use) => {
    const { server, folder, origin } = await serve();
    await use(origin);
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  },
  served: async ({ origin }, use) => {
    const server = await Carillon.start({ CARILLON_CORS_ORIGINS: origin });
    await use(server);
    await server.remove();
  },
  complaints: async ({}, use) => use([]),
  visitor: async ({ context, origin, complaints }, use) => {
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(origin);
    await use(page);
    await page.close();
  },
});

async function connect(page: Page, url: string, key: string) {
  await page.getByLabel('Server').fill(url);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Connect' }).click();
}

/** The server's own record of attempts, oldest first. */
async function recorded(server: Carillon): Promise<string[]> {
  const { deliveryAttempts } = await server.gql('{ deliveryAttempts(first: 500) { nodes { id } } }');
  return deliveryAttempts.nodes.map(({ id }: { id: string }) => id).reverse();
}

/** Waits for so many attempts on the page, which must be those that were made: no gap, no repeat. */
async function seesAttempts(page: Page, server: Carillon, count: number) {
  const rows = page.locator('#attempts tr');
  await expect.poll(() => rows.count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
  await expect.poll(async () => (await recorded(server)).length).toBe(count);
  expect(await rows.evaluateAll((all) => all.map(({ id }) => id).reverse())).toEqual(await recorded(server));
}

test('the frontend shows attempts live, over restarts of the server', async ({ visitor, served, receiver, complaints }) => {
  test.setTimeout(150_000);
  const tenant = await served.tenant();
  const name = '<img src=x onerror=alert(1)>'; // it would be an element, were it not set as text
  const channel = await served.httpChannel(tenant, 'orders', receiver.url, { retryPolicy: { schedule: ['1s'], jitter: 0 } });
  const { createApiKey } = await served.gql(
    'mutation($tenant: ID!) { createApiKey(input: {tenantId: $tenant, name: "page", scopes: [READ]}) { secret } }',
    { tenant },
  );
  await connect(visitor, served.url + '/', createApiKey.secret);
  await expect(visitor.getByText('No webhooks yet')).toBeVisible();
  await expectAccessible(visitor);

  await served.webhook(tenant, name, ['order.*'], channel);
  // The first message alone is refused, however slow the page is.
  Object.defineProperty(receiver, 'status', { get: () => (receiver.got.length > 1 ? 200 : 500) });
  await served.publish(tenant, 'order.paid');
  await expect(visitor.getByText('will retry').last()).toBeVisible();
  await seesAttempts(visitor, served, 2);
  await expect(visitor.locator('#attempts tr').first()).toContainText('try 2');
  await expect(visitor.locator('#webhooks tr')).toContainText(name);
  await expect(visitor.locator('#webhooks tr')).toContainText('succeeded');
  for (let i = 0; i < 20; i++) await served.publish(tenant, 'order.paid');
  await seesAttempts(visitor, served, 22);
  await expectAccessible(visitor);
  expect(complaints).toEqual([]);

  for (const [signal, count] of [['SIGTERM', 32], ['SIGKILL', 42]] as const) {
    await served.stop(signal);
    await expect(visitor.getByRole('status')).toHaveText('connection lost, trying again');
    // The page cannot come back before it has missed something.
    await visitor.context().setOffline(true);
    await served.run();
    for (let i = 0; i < 10; i++) await served.publish(tenant, 'order.paid');
    await expect.poll(async () => (await recorded(served)).length).toBe(count);
    await visitor.context().setOffline(false);
    await seesAttempts(visitor, served, count);
    await expect(visitor.getByRole('status')).toHaveText('live');
  }
  // The browser itself notes each connection that it did not get.
  expect(complaints.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|WebSocket connection to/.test(text))).toEqual([]);

  const kept = await visitor.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(kept).not.toContain(createApiKey.secret);
  await visitor.setViewportSize({ width: 390, height: 800 });
  expect(await visitor.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  await expectAccessible(visitor);
});

test('the frontend says what is wrong', async ({ visitor, served, carillon }) => {
  await connect(visitor, served.url, 'nonsense');
  await expect(visitor.getByRole('alert')).toContainText('The server refused');
  await connect(visitor, carillon.url, carillon.key); // which does not name the page's origin
  await expect(visitor.getByRole('alert')).toContainText('CARILLON_CORS_ORIGINS');
  await expectAccessible(visitor);
});
