import type { Page } from '@playwright/test';
import { expect, expectAccessible, open, test, type Carillon } from './world';

const once = { retryPolicy: { schedule: [] as string[], disableAfterFailures: null, disableAfter: null } };

function statuses(carillon: Carillon, filter: object): Promise<string[]> {
  return carillon
    .gql(`query($filter: DeliveryFilter) { deliveries(first: 500, filter: $filter) { nodes { status } } }`, { filter })
    .then(({ deliveries }) => deliveries.nodes.map((one: { status: string }) => one.status));
}

async function delivery(carillon: Carillon, eventId: string): Promise<{ id: string; status: string; attempts: { nodes: { id: string }[] } }> {
  const { deliveries } = await carillon.gql(`query($id: ID!) { deliveries(filter: {eventId: $id}) { nodes { id status attempts { nodes { id } } } } }`, { id: eventId });
  return deliveries.nodes[0];
}

async function expectNoOverflow(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

test('what failed at a broken endpoint is recovered in bulk, with its progress, also from another page', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const shop = await carillon.httpChannel(tenant, 'Shop', receiver.url, once);
  await carillon.webhook(tenant, 'All', ['*'], shop);
  receiver.status = 500;
  // So many that the recovery takes a while: it puts 200 back at a time.
  for (const part of [0, 1, 2]) {
    const events = Array.from({ length: 800 }, (_, n) => ({ tenantId: tenant, type: 'order.paid', data: { n: 800 * part + n } }));
    await carillon.gql(`mutation($events: [PublishEventInput!]!) { publishEvents(input: {events: $events}) { id } }`, { events });
  }
  await expect.poll(() => statuses(carillon, { statuses: ['FAILED'] }).then((all) => all.length)).toBe(500); // a page of them
  await expect.poll(() => statuses(carillon, { statuses: ['PENDING', 'DELIVERING'] }), { timeout: 30_000 }).toEqual([]);

  await open(page, carillon, '/deliveries');
  await page.getByRole('radiogroup', { name: 'State' }).getByText('Failed').click();
  await expect(page).toHaveURL(/statuses=FAILED/);
  await expect(page.getByRole('table', { name: 'Deliveries' })).toContainText('500 Internal Server Error');
  await expectAccessible(page);

  receiver.status = 200;
  // While the channel is paused nothing is sent, and the recovery has the machine for itself.
  await carillon.gql(`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, { id: shop });
  await page.getByRole('button', { name: 'Recover failed deliveries' }).click();
  const asked = page.getByRole('dialog');
  await expect(asked).toContainText('Recover more than 2,000 failed deliveries?');
  await expect(asked).toContainText('in all tenants');
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const look = () => seen.push(document.querySelector('section[aria-label=Recovery]')?.textContent ?? '');
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await asked.getByRole('button', { name: 'Recover', exact: true }).click();
  await expect(page).toHaveURL(/recovery=rec_/);
  const back = page.url();
  const panel = page.getByRole('region', { name: 'Recovery' });
  await expect(panel).toContainText('The recovery is complete.');
  await expect(panel).toContainText('2,400 of 2,400 back in the queue');
  const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  // On a quick machine it is complete before a number between shows; that it is under way, and can be stopped, always does.
  expect(seen.some((text) => text.includes('Stop')), [...new Set(seen)].join(' | ')).toBe(true);
  await expectAccessible(page);

  await expect(page.getByText('Nothing has failed')).toBeVisible();
  await carillon.gql(`mutation($id: ID!) { resumeChannel(id: $id) { id } }`, { id: shop });
  await expect.poll(() => statuses(carillon, { statuses: ['PENDING', 'DELIVERING', 'FAILED', 'RETRYING'] }), { timeout: 30_000 }).toEqual([]);
  expect(new Set(receiver.got.slice(-2400).map((one) => JSON.parse(one.body).data.n)).size).toBe(2400);

  // The address brings its progress back.
  await page.getByRole('link', { name: 'Events' }).click();
  await expect(page.getByRole('heading', { name: 'Events' })).toBeVisible();
  await page.goto(back);
  await expect(panel).toContainText('2,400 of 2,400 back in the queue');
  await panel.getByRole('button', { name: 'Close the recovery' }).click();
  await expect(page).not.toHaveURL(/recovery=/);
});

test('the way of a delivery: each try, the wait, the next one, and a retry as it happens', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const shop = await carillon.httpChannel(tenant, 'Shop', receiver.url, { retryPolicy: { schedule: ['1h'], jitter: 0 } });
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], shop);
  receiver.status = 503;
  const event = await carillon.publish(tenant, 'contact.created', { name: 'Ada' });
  await expect.poll(() => delivery(carillon, event).then((one) => one.status)).toBe('RETRYING');

  await open(page, carillon, '/deliveries');
  await expect(page.getByRole('table', { name: 'Deliveries' })).toContainText('503 Service Unavailable');
  await page.getByRole('link', { name: /contact\.created/ }).click();
  await expect(page.getByRole('heading', { name: 'contact.created', level: 1 })).toBeVisible();
  const steps = page.getByRole('list', { name: /What happened/ });
  await expect(steps).toContainText(/Next attempt in (1 h|59 min)/);
  await expect(steps).toContainText('Attempt 1 failed');
  await expect(steps).toContainText('503 Service Unavailable');
  await expect(page.getByLabel('Request body', { exact: true })).toContainText('"Ada"');
  await expectAccessible(page);

  receiver.status = 200;
  await page.getByRole('button', { name: 'Send now' }).click();
  await expect(steps).toContainText('Attempt 2 succeeded');
  await expect(steps).toContainText('after a wait of');
  await expect(page.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible();
  await expect(steps).not.toContainText('Next attempt');

  await steps.getByRole('link', { name: 'Attempt 1 failed' }).click();
  await expect(page).toHaveURL(/attempt=att_/);
  const drawer = page.getByRole('dialog', { name: 'Attempt' });
  await expect(drawer.getByLabel('Request body', { exact: true })).toContainText('"Ada"');
  await expect(drawer.getByLabel('Response body', { exact: true })).toContainText('took');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();

  // Somebody else's retry shows by itself.
  await carillon.gql(`mutation($id: ID!) { retryDelivery(id: $id) { id } }`, { id: (await delivery(carillon, event)).id });
  await expect(steps).toContainText('Attempt 3 succeeded');
});

test('a delivery that waits is canceled; why one waits is said', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const shop = await carillon.httpChannel(tenant, 'Shop', receiver.url);
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], shop);
  await carillon.gql(`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, { id: shop });
  const event = await carillon.publish(tenant, 'contact.created');
  await open(page, carillon, `/deliveries/${(await delivery(carillon, event)).id}`);
  await expect(page.getByText('is paused. This waits until somebody resumes it.')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('dialog')).toContainText('is not sent to Shop any more');
  await page.getByRole('button', { name: 'Cancel the delivery' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Canceled' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible();
  expect((await delivery(carillon, event)).status).toBe('CANCELED');

  const { createApiKey } = await carillon.gql(`mutation($t: ID!) { createApiKey(input: {name: "eyes", tenantId: $t, scopes: [READ]}) { secret } }`, { t: tenant });
  const { pathname } = new URL(page.url());
  await page.goto('about:blank');
  await open(page, carillon, pathname, createApiKey.secret);
  await expect(page.getByText('What happened')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toBeHidden();
});

test('an event of the catalog is published, arrives, and is replayed', async ({ page, carillon, receiver, expectedErrors }) => {
  expectedErrors.push('422', '400');
  const tenant = await carillon.tenant('Acme');
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], await carillon.httpChannel(tenant, 'Shop', receiver.url));
  const type = { name: 'contact.created', description: 'Somebody was added.', schema: { type: 'object', required: ['email'], properties: { email: { type: 'string' } } }, example: { email: 'ada@example.com' } };
  await carillon.gql(`mutation($input: CreateEventTypeInput!) { createEventType(input: $input) { id } }`, { input: type });

  await open(page, carillon, '/events');
  await expect(page.getByText('Nothing has been published yet')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Publish an event' }).first().click();
  const form = page.getByRole('dialog', { name: 'Publish an event' });
  await form.getByRole('button', { name: 'Publish' }).click();
  await expect(form.getByText('Choose whose event it is.')).toBeVisible();
  await form.getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'Acme' }).click();
  await form.getByLabel('Event type').fill('contact.created');
  const data = form.getByLabel('Data');
  await expect(data).toHaveValue(/"email": "ada@example.com"/);
  await data.focus(); // and the list of types closes
  await expect(page.getByRole('option')).toHaveCount(0);
  await expectAccessible(page);

  await data.fill('{"email": 7');
  await expect(form.getByText('This is not JSON')).toBeVisible();
  await data.fill('{"email": 7}');
  await form.getByRole('button', { name: 'Publish' }).click();
  await expect(form.getByText(/data\.email/)).toBeVisible();
  await data.fill('{"email": "bob@example.com"}');
  await form.getByLabel('Entity id').fill('contact-7');
  await form.getByLabel('Idempotency key').fill('first');
  await form.getByRole('button', { name: 'Publish' }).click();

  const published = page.getByRole('dialog', { name: 'Published' });
  await expect(published.getByRole('row', { name: /Shop/ })).toContainText('Succeeded');
  expect(JSON.parse(receiver.got[0]!.body).data).toEqual({ email: 'bob@example.com' });
  await published.getByRole('link', { name: 'Open the event' }).click();
  await expect(page.getByRole('heading', { name: 'contact.created', level: 1 })).toBeVisible();
  await expect(page.getByLabel('Data of the event', { exact: true })).toContainText('bob@example.com');
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  const rows = page.getByRole('table', { name: 'Deliveries of the event' }).getByRole('row').filter({ hasText: 'Shop' });
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: 'Succeeded' })).toHaveCount(2);
  await expect.poll(() => receiver.got.length).toBe(2);
  expect(receiver.got[1]!.headers['webhook-id']).toBe(receiver.got[0]!.headers['webhook-id']);

  await page.getByRole('link', { name: 'contact-7' }).click();
  await expect(page).toHaveURL(/entityId=contact-7/);
  await expect(page.getByRole('table', { name: 'Events' }).getByRole('row')).toHaveCount(2);
  await expectAccessible(page);
});

test('long numbers in an event are shown to the digit, and not changed by publishing', async ({ page, carillon }) => {
  const tenant = await carillon.tenant();
  const answer = await fetch(`${carillon.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${carillon.key}` },
    body: `{"query":"mutation($i: PublishEventInput!) { publishEvent(input: $i) { id } }","variables":{"i":{"tenantId":"${tenant}","type":"a.b","data":{"id":12345678901234567890}}}}`,
  });
  const { data } = await answer.json();
  await open(page, carillon, `/events/${data.publishEvent.id}`);
  await expect(page.getByLabel('Data of the event', { exact: true })).toContainText('12345678901234567890');
  await expect(page.getByText('No webhook took it')).toBeVisible();
  await page.goto(`${carillon.url}/events?publish=a.b`);
  await page.getByRole('textbox', { name: 'Data' }).fill('{"id": 12345678901234567890}');
  await expect(page.getByText('has more digits than a browser keeps')).toBeVisible();
});

test('an email is shown as it looks, and neither runs nor loads anything', async ({ page, carillon, receiver, expectedErrors }) => {
  // What this test itself runs in the frame to look into it.
  expectedErrors.push("Blocked script execution in 'about:srcdoc'");
  // What the browser says of the handlers in the email, while they are taken out of it.
  expectedErrors.push('Executing inline event handler violates');
  const tenant = await carillon.tenant();
  const html = `<style>@import url("https://elsewhere.example/a.css"); .x { background: url(https://elsewhere.example/b.png); color: rgb(1, 2, 3) }</style>
    <script>document.title = "run"</script><body onload="document.title = 'run'">
    <img src="https://elsewhere.example/logo.png" alt="Our logo" width="120" height="40" onerror="document.title = 'run'">
    <p class="x">Hello {{ .data.name }}</p><a href="javascript:alert(1)">press</a><a href="https://elsewhere.example/">read</a>
    <iframe src="https://elsewhere.example/"></iframe><form action="https://elsewhere.example/"><button>Send</button></form>`;
  const template = { tenantId: tenant, name: 'welcome', kind: 'EMAIL', parts: [{ name: 'SUBJECT', source: 'Welcome' }, { name: 'TEXT', source: 'Plain {{ .data.name }}' }, { name: 'HTML', source: `{{ raw ${JSON.stringify(html.replaceAll(/\{\{.*?\}\}/g, 'Ada'))} }}` }] };
  const { createTemplate } = await carillon.gql(`mutation($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }`, { input: template });
  const email = { tenantId: tenant, name: 'Team', templateId: createTemplate.id, config: { email: { from: 'shop@example.com', to: ['ada@example.com'], smtpServer: '127.0.0.1:1', tls: 'NONE' } }, retryPolicy: { schedule: ['1h'] } };
  const sms = { tenantId: tenant, name: 'On call', config: { sms: { provider: 'TWILIO', accountId: 'AC0123456789abcdef0123456789abcdef', authToken: 'not-a-real-token', baseUrl: new URL(receiver.url).origin, from: '+14155550100', to: ['+14155550101'] } }, retryPolicy: { schedule: ['1h'] } };
  const channel = (input: object) => carillon.gql(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, { input }).then((data) => data.createChannel.id);
  await carillon.webhook(tenant, 'Mail', ['contact.created'], await channel(email));
  await carillon.webhook(tenant, 'Text', ['contact.deleted'], await channel(sms));
  receiver.status = 503;
  const mailed = await carillon.publish(tenant, 'contact.created');
  const texted = await carillon.publish(tenant, 'contact.deleted', { name: 'Ada' }, { entityId: 'contact-1' });
  for (const event of [mailed, texted]) await expect.poll(() => delivery(carillon, event).then((one) => one.attempts.nodes.length)).toBe(1);

  await open(page, carillon, `/deliveries/${(await delivery(carillon, mailed)).id}`);
  const letter = page.getByRole('group', { name: 'Email' });
  await expect(letter).toContainText('Welcome');
  await expect(letter).toContainText('To: ada@example.com');
  await expect(letter).toContainText('2 pictures are not loaded here');
  const message = letter.frameLocator('iframe');
  await expect(message.getByText('Hello Ada')).toHaveCSS('color', 'rgb(1, 2, 3)');
  await expect(message.getByText('Our logo')).toBeVisible();
  await expect(message.locator('script, iframe, img, [onload], [onerror], [href], [action]')).toHaveCount(0);
  expect(await page.title()).toContain('contact.created');
  await letter.getByText('Phone').click();
  await expect(letter.locator('iframe')).toHaveCSS('width', '390px');
  await expectAccessible(page);
  await letter.getByText('Text', { exact: true }).click();
  await expect(letter.getByLabel('The message', { exact: true })).toHaveText('Plain Ada');

  await page.goto(`${carillon.url}/deliveries/${(await delivery(carillon, texted)).id}`);
  await expect(page.getByRole('group', { name: 'Text message' })).toContainText('contact-1');
  await expect(page.getByRole('group', { name: 'Text message' })).toContainText(/\d+ characters · 1 segment \(GSM-7\)/);
});

test('Ctrl-K opens what an id or a name means, by the keyboard alone', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant('Acme');
  const shop = await carillon.httpChannel(tenant, 'Warehouse', receiver.url);
  await carillon.webhook(tenant, 'Contacts', ['contact.*'], shop);
  const event = await carillon.publish(tenant, 'contact.created', { name: 'Ada' }, { idempotencyKey: 'first-one' });
  await expect.poll(() => delivery(carillon, event).then((one) => one.status)).toBe('SUCCEEDED');
  const { id, attempts } = await delivery(carillon, event);
  await open(page, carillon, '/catalog');
  await expect(page.getByRole('heading', { name: 'Catalog' })).toBeVisible();

  // Who types on at once loses no letter, on a machine too whose frames come late.
  await page.evaluate(() => {
    const soon = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (act) => window.setTimeout(() => soon(act), 300);
  });
  const look = async (text: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.insertText(text);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('combobox', { name: 'Search' })).toBeHidden(); // else Ctrl-K closes it
  };
  await look(` "${event}" `);
  await expect(page).toHaveURL(`${carillon.url}/events/${event}`);
  await look(id);
  await expect(page).toHaveURL(`${carillon.url}/deliveries/${id}`);
  await look(attempts.nodes[0]!.id);
  await expect(page).toHaveURL(`${carillon.url}/deliveries/${id}?attempt=${attempts.nodes[0]!.id}`);
  await expect(page.getByRole('dialog', { name: 'Attempt' })).toBeVisible();
  await page.keyboard.press('Escape');
  await look('wareh');
  await expect(page).toHaveURL(`${carillon.url}/channels/${shop}`);
  await look('failed del');
  await expect(page).toHaveURL(/deliveries\?statuses=FAILED/);
  await look('publish');
  await expect(page.getByRole('dialog', { name: 'Publish an event' })).toBeVisible();
  await page.keyboard.press('Escape');
  await look('acm');
  await expect(page.getByRole('button', { name: 'Tenant: Acme' })).toBeVisible();

  await page.keyboard.press('Control+k');
  await page.keyboard.insertText('first-one');
  await expect(page.getByRole('option', { name: /idempotency key/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('ArrowUp'); // the last one
  await page.keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Search' })).toBeHidden();
  await expect(page.getByRole('table', { name: 'Events' }).getByRole('row')).toHaveCount(2);

  await page.keyboard.press('Control+k');
  await page.keyboard.insertText(id.slice(0, -4) + '0000');
  await expect(page.getByText('There is no delivery')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox', { name: 'Search' })).toBeHidden();
});

test('hostile names stay text and push nothing off a narrow screen', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant(`<b>${'t'.repeat(150)}</b>`);
  const long = `<img src=x onerror=alert(1)> ${'n'.repeat(150)}`;
  const shop = await carillon.httpChannel(tenant, long, receiver.url, { retryPolicy: { schedule: ['1h'] } });
  await carillon.webhook(tenant, long, ['*'], shop);
  receiver.status = 500;
  const event = await carillon.publish(tenant, `${'segment.'.repeat(14)}x`, { long: 'x'.repeat(5000) }, { entityId: `مرحبا ${'e'.repeat(150)}`, tags: ['g'.repeat(60)], idempotencyKey: 'k'.repeat(150) });
  await expect.poll(() => delivery(carillon, event).then((one) => one.status)).toBe('RETRYING');
  await page.setViewportSize({ width: 390, height: 800 });
  await open(page, carillon, '/deliveries');
  for (const path of ['/deliveries', `/deliveries/${(await delivery(carillon, event)).id}`, '/events', `/events/${event}`, '/events?publish=1']) {
    await page.goto(`${carillon.url}${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('list', { name: /What happened/ }).or(page.getByRole('table').first()).first()).toContainText(/segment|failed|nnn/);
    await expectNoOverflow(page);
  }
});
