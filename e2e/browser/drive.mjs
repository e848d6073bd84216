// Drives one page of a headless browser as the test says: a JSON line on stdin is a
// step, and a JSON line on stdout its result, { value } or { error }.
// node drive.mjs BROWSER
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
context.setDefaultTimeout(60_000);
const page = await context.newPage();

// What a page must not do: log errors, throw, or ask other hosts.
const complaints = [];
page.on('console', (message) => {
  if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.text()} ${message.location().url}`);
});
page.on('pageerror', (error) => complaints.push(String(error)));

const steps = {
  open: ({ url }) => page.goto(url).then(() => null),
  fill: ({ selector, text }) => page.fill(selector, text),
  click: ({ selector }) => page.click(selector),
  // The texts of all elements, as soon as there are as many as were asked for.
  texts: async ({ selector, count = 1, attribute = '' }) => {
    await page.waitForFunction(([s, n]) => document.querySelectorAll(s).length >= n, [selector, count]);
    return page.$$eval(selector, (all, name) => all.map((e) => (name ? e.getAttribute(name) : e.innerText)), attribute);
  },
  see: ({ text }) => page.getByText(text).first().waitFor().then(() => null),
  // What has been complained about since it was asked last.
  complaints: () => complaints.splice(0),
  stored: () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])),
  width: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  look: async ({ width, scheme }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
  },
  shot: ({ file }) => page.screenshot({ path: file, fullPage: false }).then(() => null),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...options } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await steps[name](options)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
