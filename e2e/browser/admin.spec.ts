import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Carillon, expect, expectAccessible, open, test } from './world';

const openapi = `openapi: 3.1.0
info: {title: Shop, version: "2"}
webhooks:
  order.placed:
    post:
      description: A customer has placed an order.
      tags: [orders]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [number, customer]
              properties:
                number: {type: string, description: As printed on the receipt}
                state: {enum: [open, paid]}
                customer:
                  type: object
                  required: [email]
                  properties:
                    email: {type: string, format: email}
            example: {number: F-1, state: open, customer: {email: ada@example.com}}
  stock.low:
    post: {requestBody: {content: {application/json: {schema: {type: object}}}}}
`;

async function key(carillon: Carillon, tenantId: string, ...scopes: string[]): Promise<{ id: string; secret: string }> {
  const input = { name: `a key that may ${scopes.join(' and ')}`, tenantId, scopes };
  const { createApiKey } = await carillon.gql(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }`, { input });
  return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
}

const revoke = (carillon: Carillon, id: string) => carillon.gql(`mutation($id: ID!) { revokeApiKey(id: $id) { id } }`, { id });

/** Null once the key opens nothing more. */
async function viewer(carillon: Carillon, secret: string) {
  return carillon.gql('{ viewer { scopes tenant { id } } }', {}, secret).then(({ viewer }) => viewer, () => null);
}

test('event types are imported, and a tenant’s developer reads them', async ({ page, carillon, receiver }) => {
  const acme = await carillon.tenant('Acme');
  const other = await carillon.tenant('Other');
  await carillon.webhook(acme, 'orders of Acme', ['order.*'], await carillon.httpChannel(acme, 'a', receiver.url));
  await carillon.webhook(other, 'orders of Other', ['order.*'], await carillon.httpChannel(other, 'b', receiver.url));
  await open(page, carillon, '/catalog');
  await expect(page.getByText('The catalog is empty')).toBeVisible();
  await page.getByRole('button', { name: 'Import' }).click();
  const drawer = page.getByRole('dialog');
  const paste = async (text: string) => {
    await drawer.getByLabel('OpenAPI document').fill(text);
    await drawer.getByRole('button', { name: 'Import', exact: true }).click();
  };
  await paste('openapi: 3.1.0\nwebhooks: [');
  await expect(drawer.getByText(/neither JSON nor YAML: look at line \d/)).toBeVisible();
  await paste(openapi.replace('type: object', 'type: objekt'));
  await expect(drawer.getByRole('alert')).toContainText('Nothing was imported');
  await expect(drawer.getByRole('alert')).toContainText('webhooks.order.placed.schema.type');
  await paste(openapi);
  await expect(drawer.getByText('2 event types are in the catalog now.')).toBeVisible();
  await expectAccessible(page, '[role=dialog]');
  await drawer.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('link', { name: 'stock.low' })).toBeVisible();
  await expectAccessible(page);

  const { secret } = await key(carillon, acme, 'READ');
  await open(page, carillon, '/catalog?search=receipts', secret);
  await expect(page.getByText('No event type has this')).toBeVisible();
  await page.getByLabel('Find an event type').fill('placed');
  await page.getByRole('link', { name: 'order.placed' }).click();
  await expect(page.getByRole('heading', { name: 'order.placed' })).toBeVisible();
  await expect(page.getByText('A customer has placed an order.')).toBeVisible();
  await expect(page.getByRole('button', { name: /Edit|Archive|Import/ })).toHaveCount(0);
  const property = (name: string) => page.getByRole('table', { name: 'Properties of the data' }).getByRole('row', { name });
  await expect(property('number')).toContainText('string · required');
  await expect(property('number')).toContainText('As printed on the receipt');
  await expect(property('state')).toContainText('one of "open", "paid"');
  await expect(property('email')).toContainText('email');
  await expect(page.getByLabel('The body as it arrives', { exact: true })).toContainText('"type": "order.placed"');
  await expect(page.getByLabel('The body as it arrives', { exact: true })).toContainText('"email": "ada@example.com"');
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'Slack' }).click();
  await expect(page.getByRole('group', { name: 'Slack message' })).toContainText('Order placed');
  await expect(page.getByRole('link', { name: 'orders of Acme' })).toBeVisible();
  await expect(page.getByText('orders of Other')).toHaveCount(0);
});

test('an event type is made, changed and archived; errors stand at their fields', async ({ page, carillon }) => {
  await open(page, carillon, '/catalog');
  await page.getByRole('button', { name: 'New event type' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('order.sent');
  await form.getByLabel('JSON Schema').fill('{"type": "object", "required": ["id"]');
  await expect(form.getByText(/This is not JSON/)).toBeVisible();
  await form.getByLabel('JSON Schema').fill('{"type": "object", "required": ["id"]}');
  await form.getByLabel('Example').fill('{"no": 1}');
  await form.getByRole('button', { name: 'Add to the catalog' }).click();
  await expect(form.getByLabel('Example')).toHaveAccessibleDescription(/id/);
  await expectAccessible(page, '[role=dialog]');
  await form.getByLabel('Example').fill('{"id": 1}');
  await form.getByRole('button', { name: 'Add to the catalog' }).click();
  await page.getByRole('link', { name: 'order.sent' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await form.getByLabel('What happened').fill('It left the house.');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('It left the house.')).toBeVisible();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('button', { name: 'Archive it' }).click();
  await expect(page.getByText('Archived', { exact: true })).toBeVisible();
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Catalog' }).click();
  await expect(page.getByText('The catalog is empty')).toBeVisible();
  await page.getByLabel('Show archived ones').click();
  await expect(page.getByRole('link', { name: 'order.sent' })).toBeVisible();
});

test('what the server tells of itself is shown apart, and can be asked for', async ({ page, carillon, receiver }) => {
  const acme = await carillon.tenant('Acme');
  await carillon.httpChannel(acme, 'Operations', receiver.url);
  await open(page, carillon, '/catalog');
  await expect(page.getByText('The catalog is empty')).toBeVisible();
  const own = page.getByRole('table', { name: 'What the server tells of itself' });
  await expect(own.getByRole('link')).toHaveCount(6);
  await expectAccessible(page);
  await page.getByLabel('Find an event type').fill('backlog');
  await expect(own.getByRole('link')).toHaveCount(2);
  await own.getByRole('link', { name: 'carillon.backlog.high' }).click();
  await expect(page.getByText('The server publishes it by itself')).toBeVisible();
  await expect(page.getByRole('table', { name: 'Properties of the data' })).toContainText('summary');
  await expect(page.getByRole('button', { name: /Edit|Archive/ })).toHaveCount(0);

  await open(page, carillon, '/webhooks/new');
  const types = page.getByLabel('Event types').first();
  await types.fill('carillon.channel.*');
  await types.press('Enter');
  await expect(page.getByText('Takes 3 of those that the server tells of itself:')).toBeVisible();
  await types.fill('*');
  await types.press('Enter');
  await expect(page.getByText('The catalog is empty; events of these types are taken as they come.')).toBeVisible();
});

test('a key is made, shown once, used and revoked', async ({ page, carillon }) => {
  const acme = await carillon.tenant('Acme');
  await open(page, carillon, '/settings');
  await page.getByRole('button', { name: 'New key' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('the shop’s server');
  await form.getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'Acme' }).click();
  await form.getByLabel('Read').check();
  await expectAccessible(page, '[role=dialog]');
  await form.getByRole('button', { name: 'Make the key' }).click();
  const secret = (await form.getByLabel('The new key').innerText()).trim();
  expect(await viewer(carillon, secret)).toEqual({ scopes: ['PUBLISH', 'READ'], tenant: { id: acme } });
  await form.getByRole('button', { name: 'I have copied it' }).click();
  const row = page.getByRole('table', { name: 'API keys' }).getByRole('row', { name: 'the shop’s server' });
  await expect(row).toContainText('Acme');
  expect(await page.content()).not.toContain(secret);
  await page.getByRole('button', { name: 'New key' }).click();
  await expect(form.getByLabel('Name')).toHaveValue('');
  await page.keyboard.press('Escape');
  await expectAccessible(page);

  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(row).toContainText('Revoked');
  expect(await viewer(carillon, secret)).toBeNull();
});

test('tenants are made, renamed and, once their name is typed, deleted', async ({ page, carillon }) => {
  await open(page, carillon, '/settings/tenants');
  await page.getByRole('button', { name: 'New tenant' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Acme <b>& Sons</b>');
  await dialog.getByLabel('Metadata').fill('{plan: 1}');
  await expect(dialog.getByText(/This is not JSON: look at line 1, column 2/)).toBeVisible();
  await dialog.getByLabel('Metadata').fill('{"plan": "gold"}');
  await dialog.getByRole('button', { name: 'Make the tenant' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Acme <b>& Sons</b>', exact: true }).click();
  await dialog.getByLabel('Name').fill('Acme');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Actions for Acme' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(dialog.getByRole('button', { name: 'Delete the tenant' })).toBeDisabled();
  await expectAccessible(page, '[role=dialog]');
  await dialog.getByLabel('Type Acme to go on').fill('Acme');
  await dialog.getByRole('button', { name: 'Delete the tenant' }).click();
  await expect(page.getByText('There are no tenants yet')).toBeVisible();
  await expectAccessible(page);
});

test('a portal link shows one tenant alone, and ends politely', async ({ page, carillon, receiver, expectedErrors }) => {
  expectedErrors.push('401 (Unauthorized)');
  const acme = await carillon.tenant('Acme');
  const other = await carillon.tenant('Other');
  const mine = await carillon.webhook(acme, 'mine', ['*'], await carillon.httpChannel(acme, 'my server', receiver.url));
  const theirs = await carillon.webhook(other, 'theirs', ['*'], await carillon.httpChannel(other, 'their server', receiver.url));
  const maker = await key(carillon, acme, 'MANAGE');
  await open(page, carillon, '/settings/portal', maker.secret);
  await expect(page.getByRole('button', { name: 'Make the link' })).toBeEnabled();
  await expect(page.getByRole('link', { name: 'Tenants' })).toHaveCount(0);
  await expectAccessible(page, 'main');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = (await page.getByLabel('The new link').innerText()).trim();
  await expectAccessible(page, 'main');

  await page.clock.install();
  await page.goto(link);
  await expect(page).toHaveURL((url) => url.pathname.startsWith('/portal') && url.hash === '');
  const menu = page.getByRole('navigation', { name: 'Sections' });
  await menu.getByRole('link', { name: 'Webhooks' }).click();
  await expect(page.getByRole('link', { name: 'mine' })).toBeVisible();
  await expect(page.getByText('theirs')).toHaveCount(0);
  for (const name of ['Settings', 'Receivers', 'API playground']) await expect(menu.getByRole('link', { name })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Tenant:|Log out/ })).toHaveCount(0);
  await page.goto(`${carillon.url}/portal/webhooks/${mine}`);
  await expect(page.getByRole('heading', { name: 'mine' })).toBeVisible();
  await page.goto(`${carillon.url}/portal/webhooks/${theirs}`);
  await expect(page.getByText('There is no such webhook')).toBeVisible();
  await page.goto(`${carillon.url}/portal/settings`);
  await expect(page.getByText('There is nothing to set here')).toBeVisible();
  const token = decodeURIComponent(link.split('#token=')[1] ?? '');
  expect(await viewer(carillon, token)).toMatchObject({ tenant: { id: acme } });
  const refused = await carillon.gql('{ apiKeys { nodes { id } } }', {}, token).then(() => '', String);
  expect(refused).toContain('FORBIDDEN');

  // The page asks for nothing by itself any more; at the time when the session ends it does.
  await page.goto(`${carillon.url}/portal/catalog`);
  await expect(page.getByRole('heading', { name: 'Catalog' })).toBeVisible();
  await revoke(carillon, maker.id);
  await page.clock.fastForward('01:01:00');
  await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible();
  await expect(page.getByText('Go back to the page that you came from')).toBeVisible();
  await expect(page.getByLabel('API key')).toHaveCount(0);
  await expectAccessible(page);
});

test('the page that the settings show embeds the console, and gets a new link when a session ends', async ({ browser }) => {
  let host = '';
  let link: () => Promise<string> = async () => '';
  let asked = 0;
  const platform = createServer(async (request, response) => {
    if (request.url !== '/your-server/portal-link') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><body>${host}`);
    asked++;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ url: await link() }));
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  const origin = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  const carillon = await Carillon.start({ CARILLON_PORTAL_ORIGINS: origin });
  const page = await browser.newPage();
  try {
    const acme = await carillon.tenant('Acme');
    let maker = await key(carillon, acme, 'MANAGE');
    const made = `mutation($t: ID!) { createPortalSession(input: {tenantId: $t}) { url } }`;
    link = async () => (await carillon.gql(made, { t: acme }, maker.secret)).createPortalSession.url;
    await open(page, carillon, '/settings/portal');
    host = await page.getByLabel('The page', { exact: true }).innerText();
    await page.goto(origin);
    const frame = page.frameLocator('#webhooks');
    await frame.getByRole('link', { name: 'Webhooks' }).first().click();
    await expect(frame.getByRole('heading', { name: 'Webhooks' })).toBeVisible();
    expect(asked).toBe(1);
    const former = maker;
    maker = await key(carillon, acme, 'MANAGE');
    await revoke(carillon, former.id);
    await frame.getByRole('link', { name: 'Catalog' }).click();
    await expect.poll(() => asked).toBe(2);
    await frame.getByRole('link', { name: 'Catalog' }).click();
    await expect(frame.getByRole('heading', { name: 'Catalog' })).toBeVisible();
  } finally {
    await page.close();
    platform.closeAllConnections();
    platform.close();
    await carillon.remove();
  }
});
