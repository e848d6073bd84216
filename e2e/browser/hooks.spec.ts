// Channels and webhooks: made, changed, tried, paused, rotated, deleted, as an operator does it.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, open, Receiver, test, type Carillon } from './world';

async function eventType(carillon: Carillon, name: string, example: unknown = { id: 'CONT-1', name: 'Ada' }) {
  const input = { name, group: name.split('.')[0], description: `When ${name} happens`, example };
  await carillon.gql(`mutation($input: CreateEventTypeInput!) { createEventType(input: $input) { id } }`, { input });
}

async function keyOf(carillon: Carillon, tenantId: string, scope: string): Promise<string> {
  const input = { name: scope, tenantId, scopes: [scope] };
  const { createApiKey } = await carillon.gql(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, { input });
  return createApiKey.secret;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, label: string) => page.getByRole('textbox', { name: label });

async function expectNoOverflow(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

test('a channel and a webhook are made, an event arrives, and a change keeps the secret header', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  await eventType(carillon, 'contact.created');
  await eventType(carillon, 'lead.created');
  await open(page, carillon, '/channels');
  await expect(page.getByText('No channels yet')).toBeVisible();
  await page.getByRole('link', { name: 'New channel' }).first().click();
  await button(page, 'Create the channel').click();
  await expect(page.getByText('Choose whose channel it is')).toBeVisible();
  await page.getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'Acme' }).click();
  await field(page, 'Name').fill('CRM');
  await field(page, 'URL').fill(receiver.url);
  await button(page, 'Add a header').click();
  await field(page, 'Name of header 1').fill('X-Team');
  await field(page, 'Value of header 1').fill('orders');
  await button(page, 'Add a header').click();
  await field(page, 'Name of header 2').fill('Authorization');
  await page.getByRole('switch', { name: 'Header 2 is secret' }).click({ force: true });
  await page.getByLabel('Value of header 2').fill('Bearer s3cret');
  await button(page, 'Create the channel').click();
  await expect(page.getByRole('heading', { name: 'CRM' })).toBeVisible();
  await expect(page.getByText('Authorization: ********')).toBeVisible();

  await page.getByRole('link', { name: 'New webhook to this channel' }).click();
  await field(page, 'Name').fill('Contacts');
  const types = page.getByLabel('Event types').first();
  await types.fill('contact.*');
  await types.press('Enter');
  await expect(page.getByText("Takes 1 of the catalog's 2 event types")).toBeVisible();
  await field(page, 'Filter').fill("type != 'x' &&\ndata.total = 1");
  await button(page, 'Create the webhook').click();
  await expect(page.getByText('"=" is not expected here; write ==')).toBeVisible();
  await button(page, 'Go to line 2, column 12').click();
  expect(await field(page, 'Filter').evaluate((area: HTMLTextAreaElement) => [area.selectionStart, document.activeElement === area])).toEqual([26, true]);
  await expectAccessible(page);
  await field(page, 'Filter').fill('has(data.name)');
  await button(page, 'Create the webhook').click();
  await expect(page.getByRole('heading', { name: 'Contacts' })).toBeVisible();

  await expect(page.getByText('No attempts yet')).toBeVisible();
  await carillon.publish(tenant, 'contact.created');
  const attempts = page.getByRole('table', { name: 'Newest attempts' });
  await expect(attempts.getByText('Succeeded')).toHaveCount(1);
  expect(receiver.got[0]?.headers).toMatchObject({ 'x-team': 'orders', authorization: 'Bearer s3cret' });
  await expectAccessible(page);
  await attempts.getByText('Succeeded').click();
  await expect(page.getByRole('dialog', { name: 'Attempt' }).getByText('webhook-signature')).toBeVisible();
  expect(await page.content()).not.toContain('s3cret');
  await page.keyboard.press('Escape');

  await page.getByRole('table', { name: 'Routes' }).getByRole('link', { name: 'CRM' }).click();
  await expect(page.getByRole('heading', { name: 'CRM' })).toBeVisible();
  await page.getByRole('link', { name: 'Change' }).click();
  await field(page, 'Value of header 1').fill('sales');
  await expect(page.getByLabel('Value of header 2')).toHaveAttribute('placeholder', /Stored/);
  await button(page, 'Save').click();
  await expect(page.getByText('X-Team: sales')).toBeVisible();
  await carillon.publish(tenant, 'contact.created');
  await expect.poll(() => receiver.got[1]?.headers).toMatchObject({ 'x-team': 'sales', authorization: 'Bearer s3cret' });
});

// The form is sent, and its one wrong field says why and has the focus.
async function expectRefused(page: Page, why: string) {
  await button(page, 'Create the channel').click();
  await expect(page.getByText(why)).toBeVisible();
  const wrong = page.locator('input[aria-invalid="true"]');
  await expect(wrong).toHaveCount(1);
  await expect(wrong).toBeFocused();
}

test('what is wrong is told at its field: HTTP and Slack', async ({ page, carillon }) => {
  const key = await keyOf(carillon, await carillon.tenant(), 'MANAGE');
  await open(page, carillon, '/channels/new', key);
  await button(page, 'Create the channel').click();
  await expect(page.getByText('Is needed')).toHaveCount(2);
  await field(page, 'Name').fill('Channel');
  await field(page, 'URL').fill('example.com');
  await expectRefused(page, 'Is not a full URL such as https://example.com/hook');
  await field(page, 'URL').fill('https://example.com/hooks');
  await button(page, 'Add a header').click();
  await field(page, 'Name of header 1').fill('Host');
  await expectRefused(page, 'Host cannot be set: it follows from the URL');
  await button(page, 'Remove header 1').click();
  await page.getByRole('button', { name: /^Retries/ }).click();
  await page.getByText('Custom', { exact: true }).click();
  await field(page, 'Waits').fill('5s, 2d');
  await expect(page.getByText('“2d” is no length of time')).toBeVisible();
  await field(page, 'Waits').fill('5s, 2000h');
  await page.getByRole('button', { name: /^Retries/ }).click();
  await expectRefused(page, 'Entry 2 2000h is out of range');
  await expectAccessible(page);

  await page.getByText('Slack', { exact: true }).click();
  await field(page, 'Waits').fill('5s');
  await page.getByLabel('Webhook URL').fill('https://example.com/services/x');
  await expectRefused(page, 'Is not on hooks.slack.com');
  await page.getByText('Bot token', { exact: true }).click();
  await page.getByPlaceholder('xoxb-…').fill('xoxp-1');
  await field(page, 'Slack channel').fill('#alerts');
  await expectRefused(page, "Is a user's token");
  await expectAccessible(page);
});

test('what is wrong is told at its field: email and SMS', async ({ page, carillon }) => {
  const key = await keyOf(carillon, await carillon.tenant(), 'MANAGE');
  await open(page, carillon, '/channels/new?kind=EMAIL', key);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Channel');
  await field(page, 'Host and port').fill('mail.example.com:587');
  await field(page, 'From').fill('no-reply@example.com');
  const to = page.getByLabel(/^To( \*)?$/).first();
  await to.fill('ada@example.com');
  await to.press('Enter');
  await to.fill('nonsense');
  await expectRefused(page, 'Entry 2 "nonsense" is not an email address');
  await expectAccessible(page);

  await page.getByText('SMS', { exact: true }).click();
  await field(page, 'Account SID').fill('AC1');
  await page.getByLabel('Auth token').fill('t0ken');
  await field(page, 'From').fill('Acme');
  await page.getByPlaceholder('+14155550123').fill('0155');
  await expectRefused(page, 'Is not an account SID of Twilio');
  await field(page, 'Account SID').fill(`AC${'0'.repeat(32)}`);
  await expectRefused(page, 'Entry 1 lacks the + and the country code');
  await expectAccessible(page);
});

test('a test shows the whole answer of each channel, good and bad', async ({ page, carillon, receiver }) => {
  const broken = await Receiver.start();
  broken.status = 503;
  const tenant = await carillon.tenant();
  await eventType(carillon, 'contact.created', { id: 'CONT-7' });
  const good = await carillon.httpChannel(tenant, 'Good', receiver.url);
  const bad = await carillon.httpChannel(tenant, 'Bad', broken.url);
  const webhook = await carillon.webhook(tenant, 'Contacts', ['contact.*'], good, bad);
  await open(page, carillon, `/webhooks/${webhook}`);
  await button(page, 'Send a test').click();
  const dialog = page.getByRole('dialog', { name: 'Send a test to Contacts' });
  await expect(dialog.getByLabel('Data')).toHaveValue(/CONT-7/);
  await dialog.getByLabel('Data').fill('{"id": ');
  await button(page, 'Send the test').click();
  await expect(dialog.getByText(/Is not JSON/)).toBeVisible();
  await dialog.getByLabel('Data').fill('{"id": "CONT-8"}');
  await button(page, 'Send the test').click();
  const answer = (name: string) => dialog.getByRole('region', { name: `Answer of ${name}` });
  await expect(answer('Good').getByText('200').first()).toBeVisible();
  await expect(answer('Good').getByLabel('Request body', { exact: true })).toContainText('CONT-8');
  await expect(answer('Good').getByLabel('Response body', { exact: true })).toContainText('took');
  await expect(answer('Bad').getByText('Failed').first()).toBeVisible();
  await expect(answer('Bad').getByText('503').first()).toBeVisible();
  await expectAccessible(page);
  expect(receiver.got.map(({ body }) => JSON.parse(body).data)).toEqual([{ id: 'CONT-8' }]);
  broken.close();
});

test('a paused channel lets events wait, and sends them when it is resumed', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const channel = await carillon.httpChannel(tenant, 'CRM', receiver.url);
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], channel);
  await open(page, carillon, `/channels/${channel}`);
  await button(page, 'Pause').click();
  await expect(page.getByText('Nothing waits for it yet')).toBeVisible();
  await carillon.publish(tenant, 'contact.created');
  await page.reload();
  await expect(page.getByText('1 delivery waits')).toBeVisible();
  await expectAccessible(page);
  expect(receiver.got).toEqual([]);
  await button(page, 'Resume').first().click();
  await expect(page.getByRole('table', { name: 'Newest attempts' }).getByText('Succeeded')).toBeVisible();
  await expect(button(page, 'Pause')).toBeVisible();
  expect(receiver.got).toHaveLength(1);
});

test('a secret is shown on demand, rotated once to see, and both sign during the overlap', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const channel = await carillon.httpChannel(tenant, 'CRM', receiver.url);
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], channel);
  const { channelSecret: old } = await carillon.gql(`query($id: ID!) { channelSecret(id: $id) }`, { id: channel });
  await open(page, carillon, `/channels/${channel}`);
  await expect(button(page, 'Show the secret')).toBeVisible();
  expect(await page.content()).not.toContain(old);
  await button(page, 'Show the secret').click();
  await expect(page.getByText(old)).toBeVisible();
  await button(page, 'Rotate').click();
  await button(page, 'Rotate the secret').click();
  const dialog = page.getByRole('dialog', { name: 'Rotate the signing secret' });
  await expect(dialog.getByText(/^whsec_/)).toBeVisible();
  const made = await dialog.getByText(/^whsec_/).textContent();
  expect(made).not.toBe(old);
  await button(page, 'I have stored it').click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(/signs beside the new one until/)).toBeVisible();
  await expect(page.getByText(old)).toBeHidden();
  expect(await page.content()).not.toContain(made);
  await carillon.publish(tenant, 'contact.created');
  await expect.poll(() => String(receiver.got[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
});

test('lists find by their filters, deleting explains itself, and a READ key sees no buttons', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const long = `${'x'.repeat(90)}<b onclick="alert(1)">שלום</b>`;
  const channel = await carillon.httpChannel(tenant, 'CRM', receiver.url);
  await carillon.httpChannel(tenant, long, receiver.url);
  const webhook = await carillon.webhook(tenant, 'Contacts', ['contact.*'], channel);
  await carillon.webhook(tenant, long, ['lead.created'], channel);
  await open(page, carillon, '/channels?search=crm');
  const channels = page.getByRole('table', { name: 'Channels' });
  await expect(channels.getByRole('link')).toHaveText(['CRM']);
  await button(page, 'Clear the search').click();
  await expect(channels.getByRole('link')).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Email' }).click();
  await expect(page.getByText('No channel is like that')).toBeVisible();
  await expect(page).toHaveURL(/kind=EMAIL/);
  await button(page, 'Show all').click();
  await expect(channels.getByRole('link')).toHaveCount(2);
  await expectAccessible(page);

  await channels.getByRole('link', { name: 'CRM' }).click();
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Delete the channel' }).click();
  const use = page.getByRole('dialog', { name: 'CRM is in use' });
  await expect(use.getByRole('link')).toHaveText(['Contacts', long]);
  await page.keyboard.press('Escape');

  await page.goto(`${carillon.url}/webhooks?eventType=contact.created`);
  const webhooks = page.getByRole('table', { name: 'Webhooks' });
  await expect(webhooks.getByRole('link')).toHaveText(['Contacts']);
  await expectAccessible(page);
  await webhooks.getByRole('link', { name: 'Contacts' }).click();
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Delete the webhook' }).click();
  await expect(page.getByText(/retries among them, are canceled/)).toBeVisible();
  await button(page, 'Delete the webhook').click();
  await expect(webhooks.getByRole('link')).toHaveText([long]);

  await page.setViewportSize({ width: 390, height: 800 });
  const reader = await keyOf(carillon, tenant, 'READ');
  for (const path of ['/channels', '/webhooks', `/channels/${channel}`, '/channels/new', `/webhooks/${webhook}`]) {
    await open(page, carillon, path, reader);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectNoOverflow(page);
    await expect(page.getByRole('main').getByRole('link', { name: /^New |^Change/ })).toHaveCount(0);
    for (const name of ['Send a test', 'Pause', 'Show the secret', 'Rotate', 'More actions', 'Create the channel']) await expect(button(page, name)).toHaveCount(0);
  }
  for (const path of ['/channels/new', '/channels/new?kind=EMAIL', '/webhooks/new', `/channels/${channel}`]) {
    await open(page, carillon, path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectNoOverflow(page);
  }
});
