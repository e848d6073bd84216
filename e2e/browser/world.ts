// What the tests of pages stand on: the program itself with a database of its own, a
// receiver, and a browser that is held to the rules of every page.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSocket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

export { expect } from '@playwright/test';

const adminKey = 'administrator-key-of-the-browser-tests';

/** A running server, which can be killed and started again on the same address. */
export class Carillon {
  readonly key = adminKey;
  private process: ChildProcess | undefined;
  private output = '';

  private constructor(
    readonly folder: string,
    readonly url: string,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<Carillon> {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
    const server = new Carillon(folder, `http://127.0.0.1:${await freePort()}`, settings);
    await server.run();
    return server;
  }

  async run() {
    const binary = process.env.CARILLON_BINARY;
    if (!binary) throw new Error('CARILLON_BINARY does not name the program: run these tests by go test ./e2e/browser');
    const child = spawn(binary, ['serve'], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        CARILLON_LISTEN: new URL(this.url).host,
        CARILLON_ADMIN_KEY: this.key,
        CARILLON_ALLOW_NETWORKS: '127.0.0.0/8',
        CARILLON_DRAIN: '1s',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    child.stdout.on('data', (text) => (this.output += text));
    child.stderr.on('data', (text) => (this.output += text));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${this.output}`);
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async remove() {
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs an operation of the API; an error of the API fails the test. */
  async gql<T = any>(query: string, variables: object = {}, key = this.key): Promise<T> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as { data: T; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  async tenant(name = 'Acme'): Promise<string> {
    const { createTenant } = await this.gql(`mutation($name: String!) { createTenant(input: {name: $name}) { id } }`, { name });
    return createTenant.id;
  }

  async httpChannel(tenantId: string, name: string, url: string, extra: object = {}): Promise<string> {
    const input = { tenantId, name, config: { http: { url } }, ...extra };
    const { createChannel } = await this.gql(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, { input });
    return createChannel.id;
  }

  async webhook(tenantId: string, name: string, eventTypes: string[], ...channels: string[]): Promise<string> {
    const input = { tenantId, name, eventTypes, routes: channels.map((channelId) => ({ channelId })) };
    const { createWebhook } = await this.gql(`mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }`, { input });
    return createWebhook.id;
  }

  async publish(tenantId: string, type: string, data: unknown = { name: 'Ada' }, extra: object = {}): Promise<string> {
    const input = { tenantId, type, data, ...extra };
    const { publishEvent } = await this.gql(`mutation($input: PublishEventInput!) { publishEvent(input: $input) { id } }`, { input });
    return publishEvent.id;
  }
}

/** An endpoint of a customer: it keeps what reaches it, and answers as the test says. */
export class Receiver {
  readonly got: { headers: IncomingMessage['headers']; body: string }[] = [];
  status = 200;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        receiver.got.push({ headers: request.headers, body });
        response.writeHead(receiver.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ took: receiver.status < 300 }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url() {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A port of this machine that nobody listens on, below those that the system hands out: it stays free until the server listens on it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const socket = createSocket();
    const free = await new Promise<boolean>((done) => socket.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)));
    if (!free) continue;
    socket.close();
    await once(socket, 'close');
    return port;
  }
}

interface Fixtures {
  carillon: Carillon;
  receiver: Receiver;
  /** Lets an error pass that a test provokes: of the console's log, by a part of its text. */
  expectedErrors: string[];
}

/** A test with a server and a receiver of its own. Errors in the browser's log and requests to other hosts fail it. */
export const test = base.extend<Fixtures>({
  carillon: async ({}, use) => {
    const server = await Carillon.start();
    await use(server);
    await server.remove();
  },
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    receiver.close();
  },
  expectedErrors: async ({}, use) => use([]),
  page: async ({ page, carillon, expectedErrors }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(`thrown: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && !/content security policy/i.test(message.text())) return;
      if (!expectedErrors.some((part) => message.text().includes(part))) wrong.push(`${message.type()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && host !== new URL(carillon.url).host) wrong.push(`a request to ${request.url()}`);
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
});

/** Logs in as whoever has the key, and opens a page. */
export async function open(page: Page, server: Carillon, path = '/', key = server.key) {
  await page.goto(`${server.url}${path}#token=${encodeURIComponent(key)}`);
  await expect(page).toHaveURL((url) => url.hash === '');
}

/** Holds the page, or parts of it, to WCAG 2 AA, as far as a program can tell, in light and in dark. */
export async function expectAccessible(page: Page, ...parts: string[]) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await settled(page, colorScheme);
    const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']);
    // An email in its frame is its author's, and runs no scripts, not even those that would judge it.
    axe.exclude('iframe[sandbox]');
    for (const part of parts) axe.include(part);
    const { violations } = await axe.analyze();
    expect(violations.map(({ id, help, nodes }) => `${colorScheme}: ${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.any.map((one) => one.message).join('; ')}`).join(' | ')}`)).toEqual([]);
  }
}

// Colours are judged once the page has taken them, and no longer while they change.
async function settled(page: Page, colorScheme: string) {
  await page.waitForFunction((wanted) => [undefined, wanted].includes(document.documentElement.dataset.mantineColorScheme), colorScheme);
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}
