/** Programs at the API, by tokens that people made for them. */
import { grantKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { MOST_PER_MINUTE } from '../http/api-token-guard.ts';
import { signedIn, type Browser } from '../testing/test-browser.ts';
import { openStores, startTestHub, type TestHub } from '../testing/test-hub.ts';
import { postsWithin } from './api-tokens.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const START_MS = Date.UTC(2026, 10, 26, 12);
const DAY_MS = 24 * 60 * 60_000;
let nowMs = START_MS;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - START_MS };

let hub: TestHub;
let ada: Browser;
beforeAll(async () => {
  hub = await startTestHub(undefined, { clock });
  await openStores(hub, ['2', '1'], ['3', 'north']);
  ada = await somebody('ada', { scope: 'global', roles: ['hq'] });
}, 60_000);
afterAll(async () => hub.close());

const PASSWORD = 'seventeen grey herons';
async function somebody(name: string, ...posts: readonly object[]): Promise<Browser> {
  return signedIn(hub, { name, posts, password: PASSWORD, nowMs });
}

interface Made {
  readonly token: string;
  readonly secret: string;
}
const wish = (of: object = {}): object => ({ name: 'Web shop', actions: ['publish'], places: ['global'], expiresInDays: 30, ...of });
async function make(by: Browser, of: object = {}): Promise<Made> {
  const made = await by.post('/api/v1/api-tokens', wish(of));
  expect(made.status).toBe(201);
  return (await made.json()) as Made;
}
async function ask(secret: string, method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(`${hub.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await hub.judgeAnswer(method, path, response);
  return response;
}
const publish = async (secret: string, scope: string, name: string): Promise<Response> =>
  ask(secret, 'POST', '/api/v1/publications', { cells: [{ type: 'setting', key: 'receiptFooter', scope, fields: { value: name } }] });
const problemOf = async (response: Response): Promise<readonly [number, string]> => [
  response.status,
  ((await response.json()) as { type: string }).type.replace('urn:holdfast:problem:', ''),
];

describe('a token', () => {
  test('is shown once, kept as a hash, and named in lists with who made it, what for, until when and when it was used', async () => {
    const { token, secret } = await make(ada);
    expect(secret).toMatch(/^holdfast_pat_[0-9A-Za-z]{39}$/);
    const listed = await (await ada.get('/api/v1/api-tokens')).text();
    expect(listed).not.toContain(secret);
    expect((await hub.database.rows<{ row: string }>('SELECT t::text AS row FROM api_token t')).map(({ row }) => row).join()).not.toContain(
      secret,
    );
    expect((await ask(secret, 'GET', '/api/v1/overview')).status).toBe(200);
    const { tokens } = (await (await ada.get('/api/v1/api-tokens')).json()) as { tokens: readonly { token: string }[] };
    expect(tokens.find((each) => each.token === token)).toEqual({
      token,
      maker: ada.person,
      name: 'Web shop',
      actions: ['publish'],
      places: ['global'],
      madeAtMs: nowMs,
      untilMs: nowMs + 30 * DAY_MS,
      usedAtMs: nowMs,
      usedAddress: '127.0.0.1',
      revokedAtMs: null,
      revokedBy: null,
    });
    expect(await (await ask(secret, 'GET', '/api/v1/session')).json()).toMatchObject({
      user: ada.person,
      token: { token, name: 'Web shop' },
    });
  });

  test('does what it was made for; beside that it reads', async () => {
    const { secret } = await make(ada);
    expect((await publish(secret, 'global', 'By a program')).status).toBe(200);
    const invited = await ask(secret, 'POST', '/api/v1/sign-ins', { name: 'eve', posts: [{ scope: 'global', roles: ['hq'] }] });
    expect(invited.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope"');
    expect(await problemOf(invited)).toEqual([403, 'outsideToken']);
    const reads = await make(ada, { actions: [] });
    expect((await ask(reads.secret, 'GET', '/api/v1/product')).status).toBe(200);
    expect(await problemOf(await publish(reads.secret, 'global', 'Not by this one'))).toEqual([403, 'outsideToken']);
    // Also where a path asks for no action of its own.
    expect(await problemOf(await ask(reads.secret, 'POST', '/api/v1/devices/d-0123456789abcdef/audit', {}))).toEqual([403, 'outsideToken']);
  });

  test('of one store sees and changes that store', async () => {
    const { secret } = await make(ada, { places: ['store:3'] });
    expect((await publish(secret, 'store:3', 'In the north')).status).toBe(200);
    expect(await problemOf(await publish(secret, 'store:2', 'Elsewhere'))).toEqual([404, 'noSuchPlace']);
    expect((await publish(secret, 'global', 'Everywhere')).status).toBe(403);
    expect((await ask(secret, 'GET', '/api/v1/audit')).status).not.toBe(200);
    const { stores } = (await (await ask(secret, 'GET', '/api/v1/overview')).json()) as { stores: readonly { store: string }[] };
    expect(stores.map(({ store }) => store)).toEqual(['3']);
  });

  test('is never more than whoever made it: neither when it is made nor after they lost a right', async () => {
    const kim = await somebody('kim', { scope: 'store:2', roles: ['manager'] });
    expect((await kim.post('/api/v1/api-tokens', wish({ actions: [], places: ['global'] }))).status).toBe(403);
    expect((await kim.post('/api/v1/api-tokens', wish({ actions: [], places: ['store:3'] }))).status).toBe(404);
    expect((await kim.post('/api/v1/api-tokens', wish({ actions: ['manageAccounts'], places: ['store:2'] }))).status).toBe(403);
    const bo = await somebody('bo', { scope: 'zone:north', roles: ['hq'] });
    const { secret } = await make(bo, { places: ['zone:north'] });
    expect((await publish(secret, 'store:3', 'Within')).status).toBe(200);
    const grant = { type: 'roleGrant', key: grantKey('hq', 'publish'), scope: 'zone:north' };
    expect((await hub.post('/api/v1/publications', { cells: [{ ...grant, fields: { isAllowed: false } }] })).status).toBe(200);
    expect(await problemOf(await publish(secret, 'store:3', 'Taken away'))).toEqual([403, 'notAllowed']);
    expect((await hub.post('/api/v1/publications', { cells: [{ ...grant, removed: true }] })).status).toBe(200);
    expect((await publish(secret, 'store:3', 'Given back')).status).toBe(200);
    const posts = [{ scope: 'store:2', roles: ['manager'] }];
    expect((await ada.send('PUT', `/api/v1/sign-ins/${bo.person}/posts`, { posts })).status).toBe(200);
    expect(await problemOf(await publish(secret, 'store:3', 'Moved away'))).toEqual([403, 'notAllowed']);
  });

  test('opens nothing once it was revoked, or its maker is locked out or gone; another sign-in of theirs does not bring it back', async () => {
    const revoked = await make(ada);
    expect((await ada.send('DELETE', `/api/v1/api-tokens/${revoked.token}`)).status).toBe(200);
    expect((await ada.send('DELETE', `/api/v1/api-tokens/${revoked.token}`)).status).toBe(404);
    expect(await problemOf(await ask(revoked.secret, 'GET', '/api/v1/overview'))).toEqual([401, 'tokenRevoked']);
    const cy = await somebody('cy', { scope: 'global', roles: ['hq'] });
    const { secret } = await make(cy);
    const status = async (): Promise<number> => (await ask(secret, 'GET', '/api/v1/overview')).status;
    await hub.post(`/api/v1/sign-ins/${cy.person}/lock`, { isLocked: true });
    expect(await problemOf(await ask(secret, 'GET', '/api/v1/overview'))).toEqual([401, 'tokenMakerGone']);
    await hub.post(`/api/v1/sign-ins/${cy.person}/lock`, { isLocked: false });
    expect(await status()).toBe(200);
    await hub.api(`/api/v1/sign-ins/${cy.person}`, { method: 'DELETE' });
    expect(await status()).toBe(401);
    await hub.post('/api/v1/sign-ins', { person: cy.person, name: 'cy' });
    expect(await problemOf(await ask(secret, 'GET', '/api/v1/overview'))).toEqual([401, 'tokenRevoked']);
  });

  test('that was forged or cut is refused, and says which', async () => {
    const { secret } = await make(ada);
    const refused = await ask(secret.slice(0, -1), 'GET', '/api/v1/overview');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(((await refused.json()) as { detail: string }).detail).toContain('checksum');
    expect((await ask(`holdfast_pat_${'0'.repeat(39)}`, 'GET', '/api/v1/overview')).status).toBe(401);
    expect((await ask(secret.toUpperCase(), 'GET', '/api/v1/overview')).status).toBe(401);
  });

  test('touches nothing of how anybody signs in, makes no tokens, and sees no other', async () => {
    const { token, secret } = await make(ada, { actions: ['publish', 'manageAccounts'] });
    expect(await problemOf(await ask(secret, 'POST', '/api/v1/api-tokens', wish()))).toEqual([403, 'outsideToken']);
    expect((await ask(secret, 'DELETE', `/api/v1/api-tokens/${token}`)).status).toBe(403);
    expect((await ask(secret, 'DELETE', '/api/v1/session')).status).toBe(403);
    expect((await ask(secret, 'PUT', '/api/v1/session/password', { password: PASSWORD, code: '000000', next: PASSWORD })).status).toBe(403);
    expect(await (await ask(secret, 'GET', '/api/v1/sessions')).json()).toEqual({ sessions: [] });
    const { tokens } = (await (await ask(secret, 'GET', '/api/v1/api-tokens')).json()) as { tokens: readonly { token: string }[] };
    expect(tokens.map((each) => each.token)).toEqual([token]);
    // The hub's own token is nobody's.
    expect(await problemOf(await hub.post('/api/v1/api-tokens', wish()))).toEqual([409, 'noPerson']);
  });

  test('leaves behind what it asked to change, beside its name and its maker’s', async () => {
    const { token, secret } = await make(ada);
    await publish(secret, 'global', 'Written down');
    await ask(secret, 'GET', '/api/v1/overview?q=not-this');
    await ask(secret, 'POST', '/api/v1/stores?secret=query', {});
    await expect
      .poll(async () => (await ada.get(`/api/v1/api-tokens/${token}/acts`)).json())
      .toMatchObject({
        acts: [
          { method: 'POST', path: '/api/v1/stores', status: 400, address: '127.0.0.1' },
          { method: 'POST', path: '/api/v1/publications', status: 200, atMs: nowMs },
        ],
      });
    await ada.send('DELETE', `/api/v1/api-tokens/${token}`);
    const { events } = await hub.json<{ events: readonly object[] }>('/api/v1/sign-in-events?limit=2');
    expect(events).toMatchObject([
      { what: 'tokenRevoked', person: ada.person, by: ada.person },
      { what: 'tokenMade', person: ada.person, by: ada.person },
    ]);
    expect((await ada.get(`/api/v1/api-tokens/${token}/acts`)).status).toBe(200);
  });

  test('is revoked by who looks after its maker, and is nothing to anybody else', async () => {
    const dee = await somebody('dee', { scope: 'store:2', roles: ['manager'] });
    const { token, secret } = await make(dee, { actions: [], places: ['store:2'] });
    const eli = await somebody('eli', { scope: 'store:2', roles: ['manager'] });
    expect(await (await eli.get('/api/v1/api-tokens')).json()).toEqual({ tokens: [] });
    expect((await eli.send('DELETE', `/api/v1/api-tokens/${token}`)).status).toBe(404);
    expect((await eli.get(`/api/v1/api-tokens/${token}/acts`)).status).toBe(404);
    expect((await ada.send('DELETE', `/api/v1/api-tokens/${token}`)).status).toBe(200);
    expect((await ask(secret, 'GET', '/api/v1/session')).status).toBe(401);
  });

  test('that asks without end waits', async () => {
    const { secret } = await make(ada);
    nowMs += 60_000;
    const many = 100;
    for (let asked = 0; asked < MOST_PER_MINUTE; asked += many)
      await Promise.all(
        Array.from({ length: many }, async () => fetch(`${hub.url}/api/v1/nothing`, { headers: { authorization: `Bearer ${secret}` } })),
      );
    const late = await ask(secret, 'GET', '/api/v1/session');
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
    nowMs += 60_000;
    expect((await ask(secret, 'GET', '/api/v1/session')).status).toBe(200);
  });

  test('runs out', async () => {
    const { secret } = await make(ada, { expiresInDays: 1 });
    nowMs += DAY_MS - 1;
    expect((await ask(secret, 'GET', '/api/v1/session')).status).toBe(200);
    nowMs += 1;
    expect(await problemOf(await ask(secret, 'GET', '/api/v1/session'))).toEqual([401, 'tokenExpired']);
  });
});

test('a token’s posts are those of its maker as far as they lie within its places', async () => {
  const around = async (place: string): Promise<readonly string[]> =>
    ({ global: ['global'], 'zone:n': ['global', 'zone:n'], 'store:1': ['global', 'zone:n', 'store:1'] })[place] ?? ['global', place];
  const posts = [
    { scope: 'global', roles: ['cashier'] },
    { scope: 'store:1', roles: ['manager'] },
    { scope: 'store:9', roles: ['hq'] },
  ];
  expect(await postsWithin(posts, ['zone:n'], around)).toEqual([
    { scope: 'zone:n', roles: ['cashier'] },
    { scope: 'store:1', roles: ['manager'] },
  ]);
  expect(await postsWithin(posts, ['store:1'], around)).toEqual([{ scope: 'store:1', roles: ['cashier', 'manager'] }]);
  expect(await postsWithin(posts, ['global'], around)).toEqual(posts);
});
