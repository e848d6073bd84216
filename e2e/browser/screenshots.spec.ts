// Takes the pictures of docs/console.md and the README, from the demo. `make screenshots` runs it; no test does.
import { join } from 'node:path';
import { test, type Page } from '@playwright/test';
import { Demo } from './demo';

const folder = join(import.meta.dirname, '../../docs/img/console');

test.skip(!process.env.SCREENSHOTS, 'only by make screenshots');

test('pictures of every page', async ({ page }) => {
  test.setTimeout(180_000);
  page.setDefaultTimeout(15_000);
  const demo = await Demo.start();
  try {
    await page.goto(demo.link);
    await page.getByText('Old storefront').first().waitFor();
    const take = async (name: string, path: string, ready: (page: Page) => Promise<unknown>) => {
      await page.goto(demo.url + path);
      await ready(page);
      // Pages go on asking for news, so that the network is never idle for good.
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
    };
    const row = (name: string) => (on: Page) => on.getByText(name).first().waitFor();
    const inside = (name: string, path: string, label: string, ready: (page: Page) => Promise<unknown>) =>
      take(name, path, async (on) => {
        await on.getByRole('link', { name: label }).first().click();
        await ready(on);
      });
    await take('live', '/live', (on) => on.getByRole('table', { name: 'Attempts' }).getByText('Email').or(on.getByText('order.paid')).first().waitFor());
    await take('deliveries', '/deliveries?statuses=FAILED', row('order.paid'));
    await inside('delivery', '/deliveries?statuses=FAILED', 'order.paid', (on) => on.getByRole('heading', { level: 1 }).waitFor());
    await take('events', '/events', row('order.placed'));
    await take('webhooks', '/webhooks', row('Large orders'));
    await inside('webhook', '/webhooks', 'Large orders', (on) => on.getByRole('heading', { name: 'Large orders' }).waitFor());
    await take('channels', '/channels', row('Warehouse'));
    await inside('channel', '/channels', 'Warehouse', (on) => on.getByRole('heading', { name: 'Warehouse' }).waitFor());
    await take('templates', '/templates', row('order-in-slack'));
    await inside('editor', '/templates', 'order-in-slack', (on) => on.locator('.cm-content').first().waitFor());
    await take('catalog', '/catalog', row('order.placed'));
    await inside('event-type', '/catalog', 'order.placed', (on) => on.getByRole('heading', { name: 'order.placed' }).waitFor());
    await take('receivers', '/receivers', row('warehouse'));
    await take('settings', '/settings/keys', (on) => on.getByRole('heading', { name: 'Settings' }).waitFor());
    await take('audit', '/audit', row('Made a channel'));
    await take('playground', '/playground', row('Publish many events'));
    // The overview comes last, so that it has something to show.
    await take('overview', '/?window=1h', row('Old storefront'));
  } finally {
    await demo.remove();
  }
});
