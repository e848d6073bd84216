import type { Page } from '@playwright/test';
import { expect, expectAccessible, open, test, type Carillon } from './world';

const order = {
  number: 'A-1001',
  total: 1234.5,
  currency: 'EUR',
  customer: { firstName: 'Ada', email: 'ada@example.com' },
  items: [{ name: 'Lamp', count: 2 }, { name: 'Desk', count: 1 }],
};

async function catalog(carillon: Carillon) {
  await carillon.gql(`mutation($input: CreateEventTypeInput!) { createEventType(input: $input) { id } }`, {
    input: { name: 'order.created', group: 'order', example: order },
  });
}

async function template(carillon: Carillon, tenantId: string, name: string, kind: string, parts: object): Promise<string> {
  const input = { tenantId, name, kind, parts: Object.entries(parts).map(([part, source]) => ({ name: part, source })) };
  const { createTemplate } = await carillon.gql(`mutation($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }`, { input });
  return createTemplate.id;
}

const editor = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true });
const result = (page: Page) => page.getByRole('group', { name: 'The result', exact: true });

/** Puts a text in the place of what an editor holds, as a paste would. */
async function write(page: Page, label: string, text: string) {
  await editor(page, label).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

async function mark(page: Page, text: string) {
  await expect(page.locator('.cm-lintRange-error').filter({ hasText: text })).toBeVisible();
}

test('a mistake is corrected by what the editor says, and the delivery has what was shown', async ({ page, carillon, receiver }) => {
  const tenantId = await carillon.tenant();
  await catalog(carillon);
  await open(page, carillon, '/templates');
  await page.getByRole('link', { name: 'New template' }).click();
  await page.getByRole('combobox', { name: 'Tenant', exact: true }).click();
  await page.getByRole('option', { name: 'Acme' }).click();
  await page.getByLabel('Name').fill('Order for the shop');
  await expect(result(page)).toContainText('order.created');

  await write(page, 'Body', '{"number": "{{ .data.number }}", "who": "{{ .data.custmer.firstName }}"}');
  await mark(page, '.data.custmer');
  const mistakes = page.getByRole('region', { name: 'Mistakes' });
  await expect(mistakes).toContainText('there is no .data.custmer. Did you mean .data.customer?');
  await expect(page.getByRole('group', { name: 'The last result that could be made' })).toContainText('order.created');
  await expectAccessible(page);

  // A click on the mistake selects the place, where the right name is completed, on
  // a machine too whose frames come late.
  await page.evaluate(() => {
    const soon = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (act) => window.setTimeout(() => soon(act), 300);
  });
  await mistakes.getByRole('button', { name: /^Body, line 1/ }).click();
  await page.keyboard.type('.data.cu');
  await page.getByRole('option', { name: /customer/ }).click();
  await expect(result(page)).toContainText('"who": "Ada"');
  await expect(page.getByText('No mistakes with this event.')).toBeVisible();
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Order for the shop' })).toBeVisible();

  const templateId = new URL(page.url()).pathname.split('/').at(-1)!;
  const channel = await carillon.httpChannel(tenantId, 'Shop', receiver.url, { templateId });
  await carillon.webhook(tenantId, 'Orders', ['order.created'], channel);
  await carillon.publish(tenantId, 'order.created', order);
  await expect.poll(() => receiver.got.map((one) => one.body)).toEqual(['{"number": "A-1001", "who": "Ada"}']);

  // Who uses it is told, and keeps it from being deleted.
  await page.reload();
  await expect(page.getByRole('link', { name: 'Orders' })).toBeVisible();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog', { name: 'It is in use' }).getByRole('link', { name: 'Shop' })).toBeVisible();
});

test('a near name is written by a button, and a refused save tells all mistakes in their places', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  await catalog(carillon);
  const id = await template(carillon, tenantId, 'Mail', 'EMAIL', { SUBJECT: 'Order {{ .data.number }}', HTML: '<p>{{ .data.number }}</p>', TEXT: 'x' });
  await open(page, carillon, `/templates/${id}`);
  await write(page, 'HTML', '<p>{{ uper .data.number }}</p>');
  await write(page, 'Subject', 'Order {{ .tpye }}');
  const mistakes = page.getByRole('region', { name: 'Mistakes' });
  await expect(mistakes.getByRole('listitem')).toHaveCount(2);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The template has mistakes. They are listed under the editor.')).toBeVisible();
  await expect(mistakes.getByRole('listitem')).toHaveCount(2);
  await page.getByRole('button', { name: 'Write upper' }).click();
  await expect(mistakes.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Write .type' }).click();
  await expect(page.getByRole('group', { name: 'Email', exact: true })).toContainText('Order order.created');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
});

test('email, Slack and text messages are drawn as their readers see them', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  await catalog(carillon);
  await carillon.publish(tenantId, 'order.created', { ...order, number: '<b>B-7</b>' });
  const mail = await template(carillon, tenantId, 'Mail', 'EMAIL', {
    SUBJECT: 'Order {{ .data.number }}',
    HTML: '<h1>For {{ .data.customer.firstName }}</h1><p>{{ .data.number }}</p><script>alert(1)</script>',
    TEXT: 'Plain {{ .data.number }}',
  });
  const slack = await template(carillon, tenantId, 'Slack', 'SLACK', {
    BODY: '{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*{{ .data.customer.firstName }}* bought {{ len .data.items }}"}}]}',
  });
  const sms = await template(carillon, tenantId, 'SMS', 'SMS', { TEXT: '{{ .data.number }}: {{ money .data.currency .data.total }}' });

  await open(page, carillon, `/templates/${mail}`);
  const letter = page.getByRole('group', { name: 'Email', exact: true });
  await expect(letter).toContainText('Order <b>B-7</b>');
  const frame = letter.frameLocator('iframe');
  await expect(frame.getByRole('heading', { name: 'For Ada' })).toBeVisible();
  await expect(frame.getByText('<b>B-7</b>')).toBeVisible();
  await letter.getByText('Text', { exact: true }).click();
  await expect(letter).toContainText('Plain <b>B-7</b>');

  await page.goto(`${carillon.url}/templates/${slack}`);
  const message = page.getByRole('group', { name: 'Slack message' });
  await expect(message.locator('strong')).toHaveText('Ada');
  await expect(message).toContainText('Ada bought 2');

  await page.goto(`${carillon.url}/templates/${sms}`);
  const text = page.getByRole('group', { name: 'Text message' });
  await expect(text).toContainText('<b>B-7</b>: 1,234.50 EUR');
  await expect(text).toContainText('1 segment');

  // Fields of the event are written by a click, and own data take the event's place.
  await editor(page, 'Text').click();
  await page.keyboard.press('Control+End');
  await page.getByRole('tab', { name: 'Fields' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: '.email ada@example.com' }).click();
  await page.getByRole('tab', { name: 'Result' }).click();
  await expect(text).toContainText('EURada@example.com');
  await page.getByRole('combobox', { name: 'Shown with' }).click();
  await page.getByRole('option', { name: 'Your own data' }).click();
  await write(page, 'Your own data, as JSON', '{"number": "C-9", "currency": "JPY", "total": 5, "customer": {"email": "x@y"}}');
  await expect(text).toContainText('C-9: 5 JPYx@y');
  await write(page, 'Your own data, as JSON', '{"number": ');
  await expect(page.getByText('The data is not JSON')).toBeVisible();
});

test('a version of before is compared and brought back', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  await catalog(carillon);
  const id = await template(carillon, tenantId, 'Order', 'HTTP', { BODY: '{"number": "{{ .data.number }}"}\n' });
  await open(page, carillon, `/templates/${id}?type=order.created`);
  await write(page, 'Body', '{"total": {{ .data.total }}}\n');
  await expect(result(page)).toContainText('"total": 1234.5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  await page.getByRole('button', { name: 'Versions' }).click();
  const drawer = page.getByRole('dialog', { name: 'Versions of Order' });
  await expect(drawer.locator('.cm-deletedChunk')).toContainText('"number": "{{ .data.number }}"');
  await expect(drawer.locator('.cm-changedLine')).toContainText('"total": {{ .data.total }}');
  await expectAccessible(page);
  await drawer.getByRole('combobox', { name: 'Version' }).click();
  await page.getByRole('option', { name: /^1,/ }).click();
  await drawer.getByRole('button', { name: 'Bring back this version' }).click();
  await expect(editor(page, 'Body')).toContainText('.data.number');
  await expect(result(page)).toContainText('"number": "A-1001"');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 3')).toBeVisible();
});

test('what is not saved is asked about, and outlives Back', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  const id = await template(carillon, tenantId, 'Order', 'HTTP', { BODY: '{}' });
  await open(page, carillon, '/templates');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Order', exact: true }).click();
  await write(page, 'Body', '{"changed": 1}');
  await expect(page.getByText('Changes not saved')).toBeVisible();
  await page.getByRole('link', { name: 'Channels' }).click();
  await expect(page.getByRole('dialog', { name: 'Leave without saving?' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(editor(page, 'Body')).toContainText('changed');
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Templates' })).toBeVisible();
  await page.goForward();
  await expect(page.getByText('Your changes from before are here')).toBeVisible();
  await expect(editor(page, 'Body')).toContainText('changed');
  await page.getByRole('button', { name: 'Discard them' }).click();
  await expect(editor(page, 'Body')).not.toContainText('changed');
  await write(page, 'Body', '{"changed": 2}');
  await page.getByRole('link', { name: 'Channels' }).click();
  await page.getByRole('button', { name: 'Leave and discard' }).click();
  await expect(page.getByRole('heading', { name: 'Channels' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(`${carillon.url}/templates/${id}`);
  await expect(editor(page, 'Body')).toHaveText('{}');
});

test('a built-in one is looked at and copied; a key that may only read changes nothing', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  await template(carillon, tenantId, 'Own one', 'SLACK', { BODY: '{"text": "x"}' });
  await open(page, carillon, '/templates?kind=SLACK&origin=builtin');
  await expect(page.getByText('Own one')).toHaveCount(0);
  await page.getByRole('link', { name: /slack\.standard/ }).click();
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Slack message' })).toContainText('Name');
  await page.getByRole('link', { name: 'Make a copy to change' }).click();
  await expect(page.getByLabel('Name')).toHaveValue('slack.standard copy');
  await expect(editor(page, 'Body')).toContainText('.events');

  const { createApiKey } = await carillon.gql(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, {
    input: { tenantId, name: 'Reader', scopes: ['READ'] },
  });
  await page.evaluate(() => sessionStorage.clear());
  await open(page, carillon, '/templates?origin=own', createApiKey.secret);
  await expect(page.getByRole('link', { name: 'New template' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Own one' }).click();
  await expect(editor(page, 'Body')).toHaveAttribute('aria-readonly', 'true');
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Slack message' })).toContainText('x');
});

test('nothing runs over a narrow screen', async ({ page, carillon }) => {
  const tenantId = await carillon.tenant();
  const id = await template(carillon, tenantId, `<b>${'long'.repeat(45)}</b>`, 'HTTP', { BODY: JSON.stringify({ long: 'x'.repeat(500) }) });
  await page.setViewportSize({ width: 390, height: 800 });
  await open(page, carillon, '/templates');
  await expect(page.getByRole('link', { name: 'longlong' })).toBeVisible();
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await wide()).toBeLessThanOrEqual(0);
  await page.goto(`${carillon.url}/templates/${id}`);
  await expect(result(page)).toBeVisible();
  expect(await wide()).toBeLessThanOrEqual(0);
});
