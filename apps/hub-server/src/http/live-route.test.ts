/** Who watches a hub live, as browsers and programs ask for it. */
import { once } from 'node:events';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { watch } from '../testing/live-watcher.ts';
import { type Browser, signedIn } from '../testing/test-browser.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { LIVE_CODES } from './live-socket.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(undefined, { livePingMs: 1_000 });
}, 60_000);
afterAll(async () => hub.close());

/** `open`, or the problem that it was refused with. */
async function ask(headers: Readonly<Record<string, string>>): Promise<{ readonly told: unknown; readonly socket: WebSocket }> {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/live`, { headers });
  const told = await new Promise<unknown>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (some: Buffer) => (text += some.toString('utf8')));
      response.on('end', () => resolve([response.statusCode, (JSON.parse(text) as { type: string }).type.split(':').at(-1)]));
    });
  });
  return { told, socket };
}
const toldOf = async (headers: Readonly<Record<string, string>>): Promise<unknown> => {
  const { told, socket } = await ask(headers);
  socket.on('error', () => undefined);
  socket.terminate();
  return told;
};

const post = (scope: string, ...roles: readonly string[]): object => ({ scope, roles });
const PASSWORD = 'seventeen grey herons';
const somebody = async (name: string, ...posts: readonly object[]) => signedIn(hub, { name, posts, password: PASSWORD, nowMs: Date.now() });

test('by the hub’s token, or from the console’s own pages; a plain request is told to ask for a socket', async () => {
  expect(await toldOf({})).toEqual([401, 'unauthorised']);
  expect(await toldOf({ authorization: 'Bearer forged' })).toEqual([401, 'unauthorised']);
  expect(await toldOf({ authorization: `Bearer ${hub.consoleToken}` })).toBe('open');
  const plain = await hub.api('/api/v1/live');
  expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);

  const { cookie } = await somebody('hq', post('global', 'hq'));
  expect(await toldOf({ cookie, origin: hub.url })).toBe('open');
  for (const foreign of [{}, { origin: 'http://evil.example' }, { origin: hub.url, 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])
    expect(await toldOf({ cookie, ...foreign })).toEqual([403, 'foreignOrigin']);
});

test('whoever sees a part of the company sees none of it; whoever comes to see no more than that is sent away', async () => {
  const manager = await somebody('manager', post('store:1', 'manager'));
  expect(await toldOf({ cookie: manager.cookie, origin: hub.url })).toEqual([403, 'notAllowed']);
  const ada = await somebody('ada', post('global', 'hq'));
  const { told, socket } = await ask({ cookie: ada.cookie, origin: hub.url });
  expect(told).toBe('open');
  const closed = once(socket, 'close');
  const moved = await hub.api(`/api/v1/sign-ins/${ada.person}/posts`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ posts: [post('store:1', 'manager')] }),
  });
  expect(moved.status).toBe(200);
  expect((await closed)[0]).toBe(LIVE_CODES.unwelcome);
  // Its session was not given a name that it never heard of.
  expect((await ada.get('/api/v1/session')).status).toBe(200);
});

test('whoever signs out hears no more', async () => {
  const kim = await somebody('kim', post('global', 'hq'));
  const { socket } = await ask({ cookie: kim.cookie, origin: hub.url });
  const closed = once(socket, 'close');
  expect((await kim.send('DELETE', '/api/v1/session')).status).toBe(200);
  expect((await closed)[0]).toBe(LIVE_CODES.unwelcome);
});

test('a program hears no more once its token is revoked, or its maker sees less', async () => {
  for (const [name, end] of [
    ['pat', async (maker, token) => maker.send('DELETE', `/api/v1/api-tokens/${token}`)],
    [
      'sam',
      async ({ person }) =>
        hub.api(`/api/v1/sign-ins/${person}/posts`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ posts: [post('store:1', 'manager')] }),
        }),
    ],
  ] satisfies readonly (readonly [string, (maker: Browser, token: string) => Promise<Response>])[]) {
    const maker = await somebody(name, post('global', 'hq'));
    const made = await maker.post('/api/v1/api-tokens', { name: 'Wallboard', actions: [], places: ['global'], expiresInDays: 1 });
    const { token, secret } = (await made.json()) as { readonly token: string; readonly secret: string };
    const { told, socket } = await ask({ authorization: `Bearer ${secret}` });
    expect(told).toBe('open');
    const closed = once(socket, 'close');
    expect((await end(maker, token)).ok).toBe(true);
    expect((await closed)[0]).toBe(LIVE_CODES.unwelcome);
  }
});

test('a hub that stops says so, and takes nobody any more', async () => {
  const stopping = await startTestHub();
  const { socket } = await watch(stopping);
  const closed = once(socket, 'close');
  await stopping.close();
  expect((await closed)[0]).toBe(LIVE_CODES.restart);
});
