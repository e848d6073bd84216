import { expect, expectAccessible, open, test } from './world';

const run = { name: /Execute query/ };

test('a subscription shows each attempt as it is made', async ({ page, carillon, receiver }) => {
  const tenant = await carillon.tenant();
  await carillon.webhook(tenant, 'all', ['*'], await carillon.httpChannel(tenant, 'their server', receiver.url));
  await open(page, carillon, '/playground');
  await expect(page.getByText('All tenants · ADMIN')).toBeVisible();
  await page.getByLabel('Find an example').fill('watch attempts live');
  await page.getByRole('button', { name: /Watch attempts live/ }).click();
  await expect(page.getByRole('region', { name: 'Operation Editor' })).toContainText('subscription Attempts');
  // The tab takes the operation's name when GraphiQL knows what it is to run.
  await expect(page.getByRole('tab', { name: 'Attempts' })).toBeVisible();
  await page.getByRole('button', run).click();
  const result = page.getByRole('region', { name: 'Result Window' });
  // What was published before the server took the subscription is not shown.
  await expect(async () => {
    await carillon.publish(tenant, 'order.placed');
    await expect(result).toContainText('order.placed', { timeout: 2000 });
  }).toPass();
  await expect(result).toContainText('SUCCEEDED');
  const id = /att_\w+/.exec(await result.innerText())?.[0];
  await carillon.publish(tenant, 'order.shipped');
  await expect(result).toContainText('order.shipped');
  expect(await result.innerText()).not.toContain(id);
  await page.getByRole('button', { name: /Stop query/ }).click();
});

test('examples come with their variables, each in a tab', async ({ page, carillon }) => {
  await open(page, carillon, '/playground');
  await page.getByRole('button', { name: /^Publish an event The platform/ }).click();
  const query = page.getByRole('region', { name: 'Operation Editor' });
  await expect(query).toContainText('publishEvent');
  await expect(page.getByRole('region', { name: 'Operation Tools' }).or(page.locator('.graphiql-editor-tool'))).toContainText('"tenantId"');
  await page.getByLabel('Find an example').fill('no such example');
  await expect(page.getByText('No example has these words.')).toBeVisible();
});

test('a wrong key says so, and no key stays in what the page keeps', async ({ page, carillon, expectedErrors }) => {
  expectedErrors.push('401 (Unauthorized)');
  await page.goto(`${carillon.url}/playground`);
  await expect(page.getByRole('status').getByText('Without a key only the schema can be read.')).toBeVisible();
  await page.getByLabel('API key').fill('wrong-key-of-a-person');
  await expect(page.getByText('this API key is not known')).toBeVisible();
  await page.getByLabel('API key').fill(carillon.key);
  await expect(page.getByText('All tenants · ADMIN')).toBeVisible();
  // GraphiQL runs nothing before both editors are there.
  await expect(page.getByRole('region', { name: 'Operation Editor' })).toContainText('query Viewer');
  const result = page.getByRole('region', { name: 'Result Window' });
  await expect(result).toHaveAttribute('data-mode-id', 'json');
  await page.getByRole('button', run).click();
  await expect(result).toContainText('ADMIN');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain(carillon.key);
});

test('the documentation of the schema can be read', async ({ page, carillon }) => {
  await open(page, carillon, '/playground');
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByRole('link', { name: 'Query' }).click();
  await expect(page.getByText('Newest first.').first()).toBeVisible();
});

test('what is not GraphiQL itself is accessible', async ({ page, carillon }) => {
  await open(page, carillon, '/playground');
  await expect(page.getByText('All tenants · ADMIN')).toBeVisible();
  await expectAccessible(page, 'header', '.graphiql-plugin');
});
