import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { startServer, type TillServer } from './server.ts';
import { createWindows } from './windows.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const SECRET = 'a-secret';
let folder: string;
let server: TillServer;

async function* twoPieces(format: string): AsyncGenerator<string> {
  yield `${format}\n`;
  yield await Promise.resolve('done\n');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<script nonce="__CSP_NONCE__" src="/assets/a.js"></script>');
  writeFileSync(join(folder, 'assets', 'a.js'), '1;');
  writeFileSync(join(folder, 'assets', 'camera-worker-1a.js'), '2;');
  writeFileSync(join(folder, 'assets', 'a.js.map'), '{}');
  const windows = createWindows((request) => ({ broadcast: [], reply: { type: 'reply', id: request.id, ok: true, value: {} } }), silent);
  server = await startServer({
    windows,
    devices: () => [],
    labels: async ({ codes, on }) => (on === '2026-12-24' ? undefined : { labels: [], missing: codes, locale: 'de-DE' }),
    verify: () => Promise.resolve({ items: 3 }),
    journal: { publicKey: 'ab', read: ({ format, from }) => (from === '2031-01-01' ? undefined : twoPieces(format)) },
    port: 0,
    secret: SECRET,
    rendererFolder: folder,
    logger: silent,
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...init });

async function getCookie(): Promise<string> {
  const response = await get(`/?token=${server.mintToken()}`);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** fetch forbids a Host of one's own. */
function statusWithHost(path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port: server.port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Opened, or refused with a status. */
async function tryOpen(path: string, headers: Record<string, string> = {}): Promise<'open' | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers: { host: `localhost:${server.port}`, ...headers } });
  const result = await new Promise<'open' | number>((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });
  socket.terminate();
  return result;
}

test('a token opens one browser window: a cookie, then the page', async () => {
  const token = server.mintToken();
  const first = await get(`/?token=${token}`);
  expect(first.status).toBe(303);
  expect(first.headers.get('location')).toBe('/');
  const cookie = first.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(new RegExp(`^__Host-holdfast_till_${server.port}=.*; Path=/; HttpOnly; Secure; SameSite=Strict$`));
  expect((await get(`/?token=${token}`)).status).toBe(403);
  expect((await get('/')).status).toBe(401);
  const page = await get('/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(page.status).toBe(200);
  // The used link again, in the window that it opened (a reload): on to the page.
  expect((await get(`/?token=${token}`, { headers: { cookie: cookie.split(';')[0] ?? '' } })).status).toBe(303);
});

test('each page has a nonce of its own in its policy and in its scripts', async () => {
  const headers = { cookie: await getCookie() };
  const nonces = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const page = await get('/', { headers });
    const nonce = /'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1] ?? '';
    expect(await page.text()).toBe(`<script nonce="${nonce}" src="/assets/a.js"></script>`);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(2);
});

test('the camera’s worker alone may compile WebAssembly', async () => {
  const policyOf = async (path: string): Promise<string | null> => (await get(path)).headers.get('content-security-policy');
  expect(await policyOf('/assets/camera-worker-1a.js')).toContain("'wasm-unsafe-eval'");
  expect(await policyOf('/assets/a.js')).toBeNull();
});

test('files have their type; what is not in the folder is not there', async () => {
  const file = await get('/assets/a.js');
  expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await file.text()).toBe('1;');
  expect((await get('/assets/a.js.map')).status).toBe(404);
  expect((await get('/assets/%2e%2e/%2e%2e/till.json')).status).toBe(404);
  expect((await get('/', { method: 'DELETE' })).status).toBe(405);
});

test('programs show the secret', async () => {
  const headers = { authorization: `Bearer ${SECRET}` };
  expect((await get('/verify')).status).toBe(401);
  expect((await get('/tokens', { method: 'POST', headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect(await (await get('/verify', { headers })).json()).toEqual({ items: 3 });
  const { token } = (await (await get('/tokens', { method: 'POST', headers })).json()) as { token: string };
  expect(await tryOpen(`/till?token=${token}`)).toBe('open');
  expect(await tryOpen(`/till?token=${token}`)).toBe(403);
});

test('a window needs a token or a cookie, our Host and our Origin', async () => {
  const cookie = await getCookie();
  const origin = `http://localhost:${server.port}`;
  expect(await tryOpen('/till', { cookie, origin })).toBe('open');
  expect(await tryOpen('/till', { cookie })).toBe('open');
  expect(await tryOpen('/till')).toBe(403);
  expect(await tryOpen('/till?token=guess')).toBe(403);
  expect(await tryOpen('/other', { cookie })).toBe(403);
  expect(await tryOpen('/till', { cookie: `${cookie}x`, origin })).toBe(403);
  expect(await tryOpen('/till', { cookie, origin: 'http://evil.example' })).toBe(403);
  expect(await tryOpen('/till', { cookie, origin: 'null' })).toBe(403);
  expect(await tryOpen('/till', { cookie, host: 'evil.example' })).toBe(403);
  expect(await tryOpen('/till', { cookie, host: `localhost:${server.port + 1}` })).toBe(403);
});

test('a name that was rebound to this machine gets nothing', async () => {
  expect(await statusWithHost('/assets/a.js', `localhost:${server.port}`)).toBe(200);
  expect(await statusWithHost('/assets/a.js', 'evil.example')).toBe(403);
  expect((await get('/assets/a.js', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
});

test('a port that is taken gets another one; an oversized message ends its window only', async () => {
  const other = await startServer({
    windows: createWindows(
      () => ({ broadcast: [], reply: { type: 'refused', id: '', refusal: { type: 'internal', detail: {} } } }),
      silent,
    ),
    devices: () => [],
    labels: async () => undefined,
    verify: () => Promise.resolve({}),
    journal: { publicKey: '', read: () => undefined },
    port: server.port,
    secret: SECRET,
    rendererFolder: join(folder, 'missing'),
    logger: silent,
  });
  expect(other.port).not.toBe(server.port);
  const socket = new WebSocket(`ws://127.0.0.1:${other.port}/till?token=${other.mintToken()}`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  socket.send('x'.repeat(2_000_000));
  const [code] = (await closed) as [number];
  expect(code).toBe(1009);
  const cookie = (await fetch(`${other.url}/?token=${other.mintToken()}`, { redirect: 'manual' })).headers.get('set-cookie') ?? '';
  const page = await fetch(other.url, { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(page.status).toBe(503);
  await other.close();
});

test('the journal goes to whoever has the secret or a window, in the format that is asked for', async () => {
  expect((await get('/journal')).status).toBe(401);
  const headers = { authorization: `Bearer ${SECRET}` };
  const answer = await get('/journal?format=csv&from=2026-11-01', { headers });
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition'), await answer.text()]).toEqual([
    200,
    'text/csv; charset=utf-8',
    'attachment; filename="journal-2026-11-01.csv"',
    'csv\ndone\n',
  ]);
  expect(await (await get('/journal/key', { headers: { cookie: await getCookie() } })).json()).toEqual({ publicKey: 'ab' });
  for (const query of ['format=pdf', 'from=yesterday', 'to=2026-13-01'])
    expect((await get(`/journal?${query}`, { headers })).status).toBe(400);
  expect((await get('/journal?from=2031-01-01', { headers })).status).toBe(404);
});

test('shelf labels are for programs that know the secret', async () => {
  const headers = { authorization: `Bearer ${SECRET}` };
  expect((await get('/labels?code=1')).status).toBe(401);
  expect(await (await get('/labels?code=1&code=2&on=2026-12-01', { headers })).json()).toEqual({
    labels: [],
    missing: ['1', '2'],
    locale: 'de-DE',
  });
  expect((await get('/labels?on=tomorrow', { headers })).status).toBe(400);
  expect((await get('/labels?on=2026-12-24', { headers })).status).toBe(409);
});
