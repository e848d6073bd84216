import type { Page } from '@playwright/test';
import { Demo } from './demo';
import { test as base, expect, expectAccessible, type Carillon } from './world';

// The page's own rules ask for the address of the server, which is the demo's here.
const test = base.extend<{ demo: Demo }>({
  demo: async ({}, use) => {
    const demo = await Demo.start();
    await use(demo);
    await demo.remove();
  },
  carillon: async ({ demo }, use) => use({ url: demo.url } as Carillon),
});

const go = (page: Page, section: string) => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: section, exact: true }).click();

test('the demo’s first minute', async ({ page, demo }) => {
  test.setTimeout(120_000); // it waits for what happens by itself
  await page.goto(demo.link);
  await expect(page).toHaveURL((url) => url.hash === '');

  await test.step('attempts of all kinds come live', async () => {
    await go(page, 'Live');
    const attempts = page.getByRole('table', { name: 'Attempts' });
    for (const kind of ['HTTP', 'Slack', 'Email', 'SMS']) await expect(attempts.getByRole('img', { name: kind }).first()).toBeVisible({ timeout: 30_000 });
  });

  await test.step('a failure recovers', async () => {
    const token = new URL(demo.link).hash.slice('#token='.length);
    const recovered = async () => {
      const query = '{ deliveryAttempts(first: 200, filter: {status: SUCCEEDED}) { nodes { number trigger delivery { id } } } }';
      const answer = await fetch(`${demo.url}/graphql`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify({ query }) });
      const { data } = (await answer.json()) as { data: { deliveryAttempts: { nodes: { number: number; trigger: string; delivery: { id: string } }[] } } };
      return data.deliveryAttempts.nodes.find(({ number, trigger }) => number > 1 && trigger === 'AUTOMATIC')?.delivery.id;
    };
    await expect.poll(recovered, { timeout: 30_000 }).toBeTruthy();
    await page.goto(`${demo.url}/deliveries/${await recovered()}`);
    await expect(page.getByText('Failed').first()).toBeVisible();
    await expect(page.getByText('Succeeded').first()).toBeVisible();
  });

  await test.step('one channel is disabled, and says why', async () => {
    await page.goto(`${demo.url}/channels?status=DISABLED`);
    await expect(page.getByRole('table', { name: 'Channels' }).getByRole('row', { name: /Disabled.*410/ })).toBeVisible();
  });

  await test.step('the receivers show what arrived, as its readers see it', async () => {
    await go(page, 'Receivers');
    const message = page.getByRole('region', { name: 'Message', exact: true });
    const kind = (name: string) => page.getByRole('radiogroup', { name: 'Kind of message' }).getByText(name, { exact: true }).click();
    await kind('HTTP');
    await expect(message).toContainText('Signature verified');
    await expect(message.getByLabel('Body', { exact: true })).toBeVisible();
    await kind('Slack');
    await expect(message.getByRole('group', { name: 'Slack message' })).toBeVisible();
    await kind('Email');
    await expect(message.getByRole('group', { name: 'Email' })).toContainText('From:');
    await kind('SMS');
    await expect(message.getByRole('group', { name: 'Text message' })).toContainText(/\d+ characters/);
  });

  await test.step('a receiver fails when it is told to, and is mended', async () => {
    // With few messages, of which there are hundreds else.
    await page.getByRole('link', { name: 'billing' }).click();
    await expect(page.getByRole('heading', { name: 'Received by billing' })).toBeVisible();
    await expectAccessible(page);
    const card = page.getByRole('group', { name: 'Receiver analytics' });
    await card.getByRole('link', { name: 'analytics' }).click();
    await expect(page.getByRole('heading', { name: 'Received by analytics' })).toBeVisible();
    const newest = page.getByRole('list', { name: 'Received messages' }).getByRole('listitem').first();
    await expect(newest).toContainText('Took it');
    const answers = card.getByRole('switch', { name: 'analytics answers' });
    await answers.click();
    await expect(card).toContainText('Fails');
    await expect(newest).toContainText('Refused · 500', { timeout: 20_000 });
    await answers.click();
    await expect(card).toContainText('Answers');
    await expect(newest).toContainText('Took it', { timeout: 20_000 });
  });

  // Leaves the page, so that nothing is asked of a server that is gone.
  await page.goto('about:blank');
  const { code, output, left } = await demo.interrupt();
  expect(code).toBe(0);
  expect(output).toContain('left nothing behind');
  expect(left).toEqual([]);
});
