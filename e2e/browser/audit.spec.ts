import { type Carillon, expect, expectAccessible, open, test } from './world';

async function key(carillon: Carillon, tenantId: string, name: string, ...scopes: string[]): Promise<string> {
  const input = { name, tenantId, scopes };
  const { createApiKey } = await carillon.gql(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, { input });
  return createApiKey.secret;
}

test('who did what is found, looked into and sent on', async ({ page, carillon, receiver }) => {
  const acme = await carillon.tenant('Acme');
  const channel = await carillon.httpChannel(acme, 'warehouse', receiver.url);
  const crm = await key(carillon, acme, 'the CRM', 'MANAGE');
  const change = (input: object) => carillon.gql(`mutation($input: UpdateChannelInput!) { updateChannel(input: $input) { id } }`, { input: { id: channel, ...input } }, crm);
  await change({ name: 'depot', config: { http: { url: `${receiver.url}?token=planted` } } });
  await carillon.gql(`query($id: ID!) { channelSecret(id: $id) }`, { id: channel }, crm);

  await open(page, carillon, '/');
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Audit log' }).click();
  const table = page.getByRole('table', { name: 'Audit log' });
  const row = (text: string) => table.getByRole('row').filter({ hasText: text });
  await expect(row('Read a signing secret')).toContainText('the key “the CRM”');
  await expect(row('Read a signing secret')).toContainText('127.0.0.1');
  await expect(row('Made a channel')).toContainText('the administrator’s key “CARILLON_ADMIN_KEY”');
  await expect(row('the server at its start')).toContainText('Made an API key');
  await expectAccessible(page);

  await page.getByRole('combobox', { name: 'What was done' }).fill('Changed a ch');
  await page.getByRole('option', { name: 'Changed a channel' }).click();
  await expect(page).toHaveURL(/action=channel\.update/);
  await expect(table.getByRole('row')).toHaveCount(2);
  await table.getByRole('button', { name: 'Changed a channel' }).click();
  const drawer = page.getByRole('dialog');
  const changed = (field: string) => drawer.getByRole('table', { name: 'What was changed' }).getByRole('row', { name: field });
  await expect(changed('name')).toContainText('warehouse');
  await expect(changed('name')).toContainText('depot');
  await expect(changed('config.url')).toContainText('another value, which the log does not keep');
  await expect(drawer).not.toContainText('planted');
  await expectAccessible(page, '[role=dialog]');
  await page.reload();
  await expect(drawer.getByText('the key “the CRM”')).toBeVisible();
  await drawer.getByRole('button', { name: 'All that was done to it' }).click();
  await expect(page).toHaveURL(new RegExp(`target=${channel}`));
  await expect(drawer).toHaveCount(0);
  await expect(table.getByRole('row')).toHaveCount(4);
  await row('Made a channel').getByRole('link', { name: 'warehouse' }).click();
  await expect(page).toHaveURL(new RegExp(`/channels/${channel}$`));
  await expect(page.getByRole('heading', { name: 'depot' })).toBeVisible();

  const [entry] = (await carillon.gql(`{ auditLog(first: 1, filter: {action: "channel.create"}) { nodes { id } } }`)).auditLog.nodes;
  await open(page, carillon, `/audit?action=webhook.*&entry=${entry.id}`);
  await expect(page.getByText('Nothing like this was done')).toBeVisible();
  await expect(drawer.getByText('Made a channel')).toBeVisible();
});

test('a tenant sees what was done in it, and nothing of the platform', async ({ page, carillon, receiver }) => {
  const acme = await carillon.tenant('Acme');
  const other = await carillon.tenant('Other');
  const channel = await carillon.httpChannel(acme, 'warehouse', receiver.url);
  await carillon.httpChannel(other, 'theirs', receiver.url);
  const manager = await key(carillon, acme, 'the CRM', 'MANAGE');
  const table = page.getByRole('table', { name: 'Audit log' });
  const row = (text: string) => table.getByRole('row').filter({ hasText: text });

  await open(page, carillon, '/audit', manager);
  await expect(row('Made a channel')).toContainText('an administrator');
  await expect(row('Made a channel')).not.toContainText('127.0.0.1');
  await expect(table).not.toContainText('theirs');
  await expect(table).not.toContainText('CARILLON_ADMIN_KEY');

  const { createPortalSession } = await carillon.gql(`mutation($id: ID!) { createPortalSession(input: {tenantId: $id}) { token } }`, { id: acme });
  await carillon.gql(`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, { id: channel }, createPortalSession.token);
  await open(page, carillon, '/portal/audit', createPortalSession.token);
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Audit log' })).toBeVisible();
  await expect(row('Paused a channel')).toContainText('a portal session');
  await expect(row('Made an API key').getByRole('link')).toHaveCount(0);
  await expectAccessible(page);

  const reader = await key(carillon, acme, 'a reader', 'READ');
  await open(page, carillon, '/audit', reader);
  await expect(page.getByText('The audit log is not for this key')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Audit log' })).toHaveCount(0);
});
