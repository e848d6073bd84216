// The platform's own server: it serves the page, and makes portal sessions with a key
// that no browser sees.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const { CARILLON_URL = 'http://127.0.0.1:8080', CARILLON_KEY, CARILLON_TENANT, PORT = '3000' } = process.env;
if (!CARILLON_KEY || !CARILLON_TENANT) {
  console.error('Set CARILLON_KEY (of an administrator, or with MANAGE) and CARILLON_TENANT (tnt_…).');
  process.exit(2);
}

const mutation = `mutation PortalSession($input: CreatePortalSessionInput!) {
  createPortalSession(input: $input) { url }
}`;

/** A session for one customer. Take the tenant from your own login, never from the request. */
async function portalSession(tenantId) {
  const answer = await fetch(`${CARILLON_URL}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${CARILLON_KEY}` },
    body: JSON.stringify({ query: mutation, variables: { input: { tenantId, scopes: ['MANAGE', 'READ'], ttl: '1h' } } }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data.createPortalSession;
}

const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

async function file(path) {
  const name = path === '/' ? '/index.html' : normalize(path);
  return [await readFile(join(import.meta.dirname, 'dist', name)), kinds[extname(name)] ?? 'application/octet-stream'];
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://here');
  if (request.method === 'POST' && pathname === '/portal-session') {
    try {
      response.setHeader('Content-Type', 'application/json').setHeader('Cache-Control', 'no-store');
      response.end(JSON.stringify(await portalSession(CARILLON_TENANT)));
    } catch (error) {
      console.error('no portal session:', error.message);
      response.writeHead(502, { 'Content-Type': 'text/plain' }).end('the notification service does not answer.');
    }
    return;
  }
  try {
    const [content, kind] = await file(pathname);
    response.writeHead(200, { 'Content-Type': kind }).end(content);
  } catch {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}`));
