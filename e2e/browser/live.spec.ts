import type { Page } from '@playwright/test';
import { expect, expectAccessible, open, test, type Carillon } from './world';

const rows = (page: Page) => page.locator('[data-attempt]');
const state = (page: Page, word: string) => page.locator(`[data-state="${word}"]`);
const shownIds = (page: Page) => rows(page).evaluateAll((all) => all.map((one) => one.getAttribute('data-attempt')));

async function attemptIds(carillon: Carillon): Promise<string[]> {
  const { deliveryAttempts } = await carillon.gql(`{ deliveryAttempts(first: 200, filter: {includeTests: true}) { nodes { id } } }`);
  return deliveryAttempts.nodes.map((one: { id: string }) => one.id);
}

async function attempted(carillon: Carillon, count: number) {
  await expect.poll(async () => (await attemptIds(carillon)).length).toBe(count);
}

test('an attempt appears as it happens, with its whole request and response', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const headers = [{ name: 'Authorization', value: 'Bearer sesame', secret: true }];
  const channel = await carillon.httpChannel(tenant, 'warehouse', receiver.url, { config: { http: { url: receiver.url, headers } } });
  await carillon.webhook(tenant, 'orders', ['order.*'], channel);
  await open(page, carillon, '/live');
  await expect(page.getByText('Nothing has been sent so far')).toBeVisible();

  const event = await carillon.publish(tenant, 'order.created', { customer: 'Grace Hopper' });
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText(/Succeeded.*warehouse.*order\.created.*200/);
  await expectAccessible(page);

  await rows(page).click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByText(/^The receiver answered with 200 OK in/)).toBeVisible();
  const request = drawer.getByRole('region', { name: 'Request', exact: true });
  await expect(request.getByLabel('Request body', { exact: true })).toContainText('"customer": "Grace Hopper"');
  await expect(request.getByRole('row', { name: /^webhook-id/ })).toContainText(event);
  await expect(request.getByRole('row', { name: /^Authorization/ })).toContainText('********');
  const response = drawer.getByRole('region', { name: 'Response', exact: true });
  await expect(response).toContainText('200 OK');
  await expect(response.getByLabel('Response body', { exact: true })).toContainText('"took": true');
  await expect(drawer.getByRole('link', { name: 'order.created' })).toHaveAttribute('href', `/events/${event}`);
  await expect(drawer.getByRole('link', { name: 'warehouse' })).toHaveAttribute('href', `/channels/${channel}`);
  await expectAccessible(page);
  await page.goBack();
  await expect(drawer).toBeHidden();
});

test('a failure tells what to do; filters stand in the address', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const good = await carillon.httpChannel(tenant, 'good', receiver.url);
  const bad = await carillon.httpChannel(tenant, '<b>bad</b>', 'http://127.0.0.1:1/', { retryPolicy: { schedule: [] } });
  await carillon.webhook(tenant, 'all', ['*'], good, bad);
  await carillon.publish(tenant, 'order.created');
  await attempted(carillon, 2);
  await open(page, carillon, '/live');
  await expect(rows(page)).toHaveCount(2);
  await page.getByText('Failed', { exact: true }).first().click();
  await expect(page).toHaveURL(/status=FAILED/);
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
  await carillon.publish(tenant, 'order.paid');
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).first()).toContainText(/Failed.*<b>bad<\/b>.*order\.paid.*refused the connection/);
  await rows(page).first().getByRole('link').click();
  await expect(page.getByRole('dialog')).toContainText('No connection (CONNECT)');
  await expect(page.getByRole('dialog')).toContainText('Check that the receiver is running');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('combobox', { name: 'Channel', exact: true }).fill('goo');
  await page.getByRole('option', { name: 'good' }).click();
  await expect(page).toHaveURL(new RegExp(`channel=${good}`));
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Event types' }).fill('order.paid');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
});

test('a pause holds the list, counts, and loses nothing', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'good', receiver.url));
  await carillon.publish(tenant, 'order.created');
  await open(page, carillon, '/live');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Pause' }).click();
  for (let n = 0; n < 3; n++) await carillon.publish(tenant, 'order.paid', { n });
  await expect(state(page, 'Paused')).toHaveText('Paused, 3 new');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(state(page, 'Live')).toBeVisible();
  expect(await shownIds(page)).toEqual(await attemptIds(carillon));
});

test('over a killed server there is no gap and no double', async ({ page, carillon, receiver, expectedErrors }) => {
  expectedErrors.push('WebSocket', 'ERR_CONNECTION_REFUSED');
  let away = false;
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    if (away) socket.close({ code: 1001 });
    else socket.connectToServer();
  });
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'good', receiver.url));
  await carillon.publish(tenant, 'order.created');
  await attempted(carillon, 1);
  await open(page, carillon, '/live');
  await expect(state(page, 'Live')).toBeVisible();
  for (let n = 0; n < 3; n++) await carillon.publish(tenant, 'order.paid', { n });
  await expect(rows(page)).toHaveCount(4);

  away = true;
  await carillon.stop('SIGKILL');
  await expect(state(page, 'Reconnecting…')).toBeVisible();
  await carillon.run();
  for (let n = 0; n < 5; n++) await carillon.publish(tenant, 'order.shipped', { n });
  await attempted(carillon, 9);
  await expect(rows(page)).toHaveCount(4);
  away = false;
  await expect(state(page, 'Live')).toBeVisible();
  await expect(rows(page)).toHaveCount(9);
  await carillon.publish(tenant, 'order.returned');
  await expect(rows(page)).toHaveCount(10);
  expect(await shownIds(page)).toEqual(await attemptIds(carillon));
});

test('a reader that was too slow resumes by itself', async ({ page, carillon, receiver }) => {
  let cut = () => {};
  const asked: { after?: string }[] = [];
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const message = JSON.parse(String(text));
      if (message.type === 'subscribe') {
        asked.push(message.payload.variables);
        const payload = [{ message: 'the reader was too slow', extensions: { code: 'RATE_LIMITED', retryAfter: 1 } }];
        cut = () => {
          socket.send(JSON.stringify({ id: message.id, type: 'error', payload }));
          server.send(JSON.stringify({ id: message.id, type: 'complete' }));
        };
      }
      server.send(text);
    });
  });
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'good', receiver.url));
  await carillon.publish(tenant, 'order.created');
  await attempted(carillon, 1);
  await open(page, carillon, '/live');
  await carillon.publish(tenant, 'order.paid');
  await expect(rows(page)).toHaveCount(2);
  await expect(state(page, 'Live')).toBeVisible();
  await expect.poll(() => asked.length).toBe(1);
  const [last] = await attemptIds(carillon);
  cut();
  await carillon.publish(tenant, 'order.shipped');
  await expect(rows(page)).toHaveCount(3);
  await expect(state(page, 'Live')).toBeVisible();
  expect(asked.slice(1).map((one) => one.after)).toEqual([last]);
  expect(await shownIds(page)).toEqual(await attemptIds(carillon));
});

test('a burst of 2,000 events leaves the page quick', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'good', receiver.url));
  await carillon.publish(tenant, 'order.created');
  await open(page, carillon, '/live');
  await expect(rows(page)).toHaveCount(1);
  const events = Array.from({ length: 1000 }, (_, n) => ({ tenantId: tenant, type: 'order.created', data: { n } }));
  const publish = () => carillon.gql(`mutation($input: PublishEventsInput!) { publishEvents(input: $input) { id } }`, { input: { events } });
  const burst = Promise.all([publish(), publish()]);
  const table = page.getByRole('table', { name: 'Attempts' });
  const count = async () => Number(await table.getAttribute('aria-rowcount'));
  await expect.poll(count).toBeGreaterThan(10);
  let slowest = 0;
  for (let n = 0; n < 6; n++) {
    // From the click until the browser has drawn what came of it.
    const took = await page.evaluate(async () => {
      const begun = performance.now();
      await new Promise((next) => setTimeout(next));
      [...document.querySelectorAll('button')].find((one) => /^(Pause|Resume)$/.test(one.innerText))!.click();
      await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
      return performance.now() - begun;
    });
    slowest = Math.max(slowest, took);
  }
  expect(slowest).toBeLessThan(1000);
  await burst;
  await expect.poll(count, { timeout: 30_000 }).toBe(2001);
  expect(await rows(page).count()).toBeLessThan(80);
  await expect(page.getByText('The newest 2,000 are kept here')).toBeVisible();
});

test('the first steps tick themselves off', async ({ page, carillon, receiver }) => {
  await page.clock.install();
  await open(page, carillon);
  const steps = page.getByRole('region', { name: 'First steps' });
  await expect(steps.getByRole('listitem')).toHaveCount(4);
  await expect(steps.getByRole('link', { name: 'Create a channel' })).toHaveAttribute('href', '/channels/new');
  await expect(steps.getByRole('link', { name: 'Create a webhook' })).toHaveAttribute('href', '/webhooks/new');
  await expect(steps.getByRole('img', { name: 'Done' })).toHaveCount(0);
  await expectAccessible(page);

  const tenant = await carillon.tenant();
  const channel = await carillon.httpChannel(tenant, 'good', receiver.url);
  await page.clock.fastForward(11_000);
  await expect(steps.getByRole('img', { name: 'Done' })).toHaveCount(2);
  await carillon.webhook(tenant, 'all', ['*'], channel);
  await page.clock.fastForward(11_000);
  await expect(steps.getByRole('img', { name: 'Done' })).toHaveCount(3);
  await carillon.publish(tenant, 'order.created');
  await attempted(carillon, 1);
  await page.clock.fastForward(11_000);
  await expect(steps).toBeHidden();
  await expect(page.locator('dl').getByText('100 %', { exact: true })).toBeVisible();
});

test('the overview shows a disabled channel with its reason, and resumes it', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const channel = await carillon.httpChannel(tenant, 'old partner', receiver.url);
  await carillon.webhook(tenant, 'all', ['*'], channel);
  receiver.status = 410;
  await carillon.publish(tenant, 'order.created');
  await expect.poll(async () => (await carillon.gql(`query($id: ID!) { channel(id: $id) { status } }`, { id: channel })).channel.status).toBe('DISABLED');
  await carillon.publish(tenant, 'order.paid');
  await open(page, carillon, '/?window=1h');
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await expect(attention.getByText(/^Disabled by the server: .*410/)).toBeVisible();
  await expect(attention.getByText(/^1 delivery waits, for/)).toBeVisible();
  await expect(attention.getByRole('link', { name: 'old partner', exact: true })).toHaveAttribute('href', `/channels/${channel}`);
  const failures = page.getByRole('table', { name: 'Recent failures' });
  await expect(failures.getByRole('link', { name: 'order.created' })).toHaveAttribute('href', /^\/deliveries\/dlv_/);
  await expect(page.getByRole('img', { name: /^0 attempts succeeded and 1 failed/ })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Show as a table' }).click();
  await expect(page.getByRole('region', { name: 'Attempts by time' }).getByRole('row')).toHaveCount(61);

  receiver.status = 200;
  await attention.getByRole('button', { name: 'Resume old partner' }).click();
  await expect(page.getByText('old partner is active again. 1 delivery that waited is sent now.')).toBeVisible();
  await expect(attention).toContainText('All is well');
  await expect.poll(() => receiver.got.length).toBe(2);
});

test('a key that may only read sees no button that fails', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  const channel = await carillon.httpChannel(tenant, 'resting', receiver.url);
  await carillon.webhook(tenant, 'all', ['*'], channel);
  await carillon.gql(`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, { id: channel });
  await carillon.publish(tenant, 'order.created');
  const other = await carillon.tenant('Globex');
  await carillon.httpChannel(other, 'theirs', receiver.url);
  const { createApiKey } = await carillon.gql(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, {
    input: { name: 'reader', tenantId: tenant, scopes: ['READ'] },
  });
  await open(page, carillon, '/', createApiKey.secret);
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await expect(attention).toContainText('Paused by a person; 1 delivery waits');
  await expect(attention.getByRole('button')).toHaveCount(0);
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  await expect(state(page, 'Live')).toBeVisible();
});
