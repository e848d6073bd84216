import { expect, expectAccessible, open, test } from './world';

test('a key logs in, stays out of the address, and is forgotten on log out', async ({ page, carillon }) => {
  await page.goto(`${carillon.url}/channels`);
  await expectAccessible(page);
  await page.getByLabel('API key').fill(carillon.key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { name: 'Channels' })).toBeVisible();
  expect(page.url()).toBe(`${carillon.url}/channels`);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Channels' })).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByLabel('API key')).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(carillon.key);
});

test('a wrong key says so', async ({ page, carillon, expectedErrors }) => {
  expectedErrors.push('401 (Unauthorized)');
  await page.goto(carillon.url);
  await page.getByLabel('API key').fill('nonsense');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('This API key is not known');
});

test('a link logs in and leaves no key in the address', async ({ page, carillon }) => {
  await open(page, carillon, '/webhooks');
  await expect(page.getByRole('heading', { name: 'Webhooks' })).toBeVisible();
  await page.goBack();
  expect(page.url()).not.toContain(carillon.key);
});

test('the first view takes less than 400 KB of scripts, its chart among them', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'their server', receiver.url));
  await carillon.publish(tenant, 'order.placed');
  await expect.poll(() => receiver.got.length).toBe(1);
  const scripts: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (new URL(request.url()).pathname.endsWith('.js')) scripts.push(request.sizes().then((sizes) => sizes.responseBodySize));
  });
  await open(page, carillon, '/');
  await expect(page.getByRole('img', { name: /attempts? succeeded/ })).toBeVisible();
  const total = (await Promise.all(scripts)).reduce((sum, one) => sum + one, 0);
  expect(total).toBeGreaterThan(100_000);
  expect(total).toBeLessThan(400_000);
});
