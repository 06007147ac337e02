/** Signing in to the console, over HTTP, as a browser does. */
import { once } from 'node:events';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { hashSecret } from '../enrolment/secrets.ts';
import { browserOf, codeNow, openInvitation, openLink, signedIn, type Browser } from '../testing/test-browser.ts';
import { openStores, startTestHub, type TestHub } from '../testing/test-hub.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const START_MS = Date.UTC(2026, 10, 26, 12);
let nowMs = START_MS;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - START_MS };
const PASSWORD = 'seventeen grey herons';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(undefined, { clock });
  await openStores(hub, ['2', '1'], ['3', 'north']);
}, 60_000);
afterAll(async () => hub.close());
beforeEach(() => {
  // Each test has codes of its own, and attempts of the one before are forgotten.
  nowMs += 25 * 60 * 60_000;
});

const post = (scope: string, ...roles: string[]) => ({ scope, roles });
let people = 0;
const somebody = async (...posts: readonly ReturnType<typeof post>[]): Promise<Browser> =>
  signedIn(hub, { name: `person-${(people += 1)}`, posts, password: PASSWORD, nowMs });
const titleOf = async (response: Response): Promise<string> => ((await response.json()) as { title: string }).title;

describe('an invitation', () => {
  test('is shown by a link once; a password and a first code of the authenticator make it theirs', async () => {
    const invited = await hub.post('/api/v1/sign-ins', { name: 'Ada@Example', displayName: 'Ada Byron', posts: [post('global', 'hq')] });
    expect(invited.status).toBe(201);
    const { token, person } = (await invited.json()) as { token: string; person: string };
    const browser = browserOf(hub);
    const { name, authenticator } = await openInvitation(browser, token);
    expect(name).toBe('ada@example');
    expect(authenticator.address).toContain('otpauth://totp/Holdfast:ada%40example?secret=');
    expect(authenticator.picture).toMatch(/^<svg .*<\/svg>$/);
    const accept = async (password: string, code: string): Promise<Response> =>
      browser.post('/api/v1/invitation/accept', { token, password, code });
    expect([
      (await accept('short', '000000')).status,
      (await accept('ada@example 2026', '000000')).status,
      (await accept('aaaaaaaaaaaaaa', '000000')).status,
    ]).toEqual([422, 422, 422]);
    const refusedFor = async (password: string): Promise<string> => titleOf(await accept(password, codeNow(authenticator.seed, nowMs)));
    expect(await refusedFor('Administrator')).toContain('most people have');
    for (const words of ['Holdfast2026!', 'Store 2, store 3!', 'Byron, Ada 1815!'])
      expect(await refusedFor(words)).toContain('do not count');
    expect((await accept(PASSWORD, '000000')).status).toBe(422);
    const taken = await accept(PASSWORD, codeNow(authenticator.seed, nowMs));
    expect(taken.status).toBe(200);
    const { recoveryCodes } = (await taken.json()) as { recoveryCodes: readonly string[] };
    expect(recoveryCodes).toHaveLength(10);
    // 28 letters of 32: 140 bits.
    for (const each of recoveryCodes) expect(each).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(await (await browser.get('/api/v1/session')).json()).toMatchObject({
      user: person,
      isBreakGlass: false,
      posts: [post('global', 'hq')],
    });
    expect((await accept(PASSWORD, codeNow(authenticator.seed, nowMs))).status).toBe(404);
    expect((await browser.post('/api/v1/invitation', { token })).status).toBe(404);
    expect(await hub.json('/api/v1/staff')).toMatchObject({ staff: [{ user: person, name: 'Ada Byron', roles: ['hq'] }] });
  });

  test('runs out, and is taken back by another one; a name is one person’s', async () => {
    const ask = async (person: string, name: string): Promise<Response> =>
      hub.post('/api/v1/sign-ins', { person, name, posts: [post('global', 'hq')] });
    const tokenOf = async (response: Response): Promise<string> => ((await response.json()) as { token: string }).token;
    const [first, second] = [await tokenOf(await ask('p-late', 'late')), await tokenOf(await ask('p-late', 'late'))];
    const look = async (token: string): Promise<number> => (await browserOf(hub).post('/api/v1/invitation', { token })).status;
    expect([await look(first), await look(second)]).toEqual([404, 200]);
    expect((await ask('p-other', 'LATE')).status).toBe(409);
    nowMs += 73 * 60 * 60_000;
    expect(await look(second)).toBe(404);
  });

  test('of who is on no staff is none', async () => {
    expect((await hub.post('/api/v1/sign-ins', { name: 'nobody' })).status).toBe(422);
  });
});

describe('signing in', () => {
  test('takes name, password and code together, and never says which was wrong', async () => {
    const ada = await somebody(post('global', 'hq'));
    nowMs += 60_000;
    const right = { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) };
    const wrong = [
      { ...right, name: 'nobody' },
      { ...right, password: `${PASSWORD}!` },
      { ...right, code: '000000' },
      { ...right, code: 'AAAA-AAAA-AAAA' },
    ];
    const titles = new Set<string>();
    for (const wish of wrong) {
      const refused = await browserOf(hub).post('/api/v1/sign-in', wish);
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([403, []]);
      titles.add(await titleOf(refused));
    }
    expect(titles.size).toBe(1);
    const again = browserOf(hub);
    const signed = await again.post('/api/v1/sign-in', { ...right, name: ` ${ada.name.toUpperCase()} ` });
    expect(signed.status).toBe(200);
    expect(signed.headers.getSetCookie()[0]).toMatch(
      new RegExp(`^__Host-holdfast_console_${new URL(hub.url).port}=[\\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Strict$`),
    );
    expect((await again.get('/api/v1/overview')).status).toBe(200);
  });

  test('in a browser that somebody was signed in with ends their session', async () => {
    const [ada, bob] = [await somebody(post('global', 'hq')), await somebody(post('global', 'hq'))];
    const former = browserOf(hub, ada.cookie);
    nowMs += 60_000;
    expect((await ada.post('/api/v1/sign-in', { name: bob.name, password: PASSWORD, code: codeNow(bob.seed, nowMs) })).status).toBe(200);
    expect(await (await ada.get('/api/v1/session')).json()).toMatchObject({ user: bob.person });
    expect((await former.get('/api/v1/session')).status).toBe(401);
    // Of nobody else.
    expect((await bob.get('/api/v1/session')).status).toBe(200);
  });

  test('a code is taken once, also in its half minute', async () => {
    const ada = await somebody(post('global', 'hq'));
    nowMs += 60_000;
    const wish = { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) };
    const both = await Promise.all([browserOf(hub).post('/api/v1/sign-in', wish), browserOf(hub).post('/api/v1/sign-in', wish)]);
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 403]);
    expect((await browserOf(hub).post('/api/v1/sign-in', wish)).status).toBe(403);
    // Nor one from before it.
    expect((await browserOf(hub).post('/api/v1/sign-in', { ...wish, code: codeNow(ada.seed, nowMs - 30_000) })).status).toBe(403);
  });

  test('a recovery code stands in for the authenticator, once', async () => {
    const ada = await somebody(post('global', 'hq'));
    const wish = { name: ada.name, password: PASSWORD, code: (ada.recoveryCodes[3] ?? '').toLowerCase() };
    expect((await browserOf(hub).post('/api/v1/sign-in', wish)).status).toBe(200);
    expect((await browserOf(hub).post('/api/v1/sign-in', wish)).status).toBe(403);
    const { events } = await hub.json<{ events: readonly { what: string }[] }>('/api/v1/sign-in-events?limit=3');
    expect(events.map(({ what }) => what)).toEqual(['refused', 'signedIn', 'recoveryCodeUsed']);
  });

  test('a recovery code of a build before, of half the letters, is good until it is used', async () => {
    const ada = await somebody(post('global', 'hq'));
    await hub.database.execute('INSERT INTO sign_in_recovery (tenant_no, person, code_hash) VALUES (1, $1, $2)', [
      ada.person,
      hashSecret('0123456789AB'),
    ]);
    const by = async (code: string): Promise<number> =>
      (await browserOf(hub).post('/api/v1/sign-in', { name: ada.name, password: PASSWORD, code })).status;
    expect([await by('0123-4567-89ab'), await by('0123-4567-89ab')]).toEqual([200, 403]);
  });

  test('guessing ends: waits grow, also for a name that nobody has; who was right is counted no more', async () => {
    const ada = await somebody(post('global', 'hq'));
    for (const name of [ada.name, 'nobody at all']) {
      const guess = async (): Promise<Response> => browserOf(hub).post('/api/v1/sign-in', { name, password: 'wrong', code: '000000' });
      const said: number[] = [];
      for (let attempt = 0; attempt < 6; attempt += 1) said.push((await guess()).status);
      expect(said).toEqual([403, 403, 403, 403, 403, 429]);
      const waits: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        waits.push(Number((await guess()).headers.get('retry-after')));
        nowMs += (waits.at(-1) ?? 0) * 1_000;
        expect((await guess()).status).toBe(403);
      }
      expect(waits).toEqual([15, 30, 60]);
    }
    const right = { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) };
    expect((await browserOf(hub).post('/api/v1/sign-in', right)).status).toBe(429);
    nowMs += 15 * 60_000;
    expect((await browserOf(hub).post('/api/v1/sign-in', { ...right, code: codeNow(ada.seed, nowMs) })).status).toBe(200);
    expect((await browserOf(hub).post('/api/v1/sign-in', { ...right, password: 'wrong' })).status).toBe(403);
  });

  test('is not begun by another page, and a session that was planted is nobody’s', async () => {
    const ada = await somebody(post('global', 'hq'));
    nowMs += 60_000;
    const wish = { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) };
    for (const headers of [{ origin: 'https://evil.example' }, { origin: hub.url, 'sec-fetch-site': 'same-site' }])
      expect((await browserOf(hub).post('/api/v1/sign-in', wish, headers)).status).toBe(403);
    const planted = browserOf(hub, 'x'.repeat(43));
    expect((await planted.get('/api/v1/overview')).status).toBe(401);
    const before = planted.cookie;
    expect((await planted.post('/api/v1/sign-in', wish)).status).toBe(200);
    expect(planted.cookie).not.toBe(before);
  });
});

describe('a session', () => {
  test('ends when nobody uses it, after half a day in any case, and when its person signs out', async () => {
    const ada = await somebody(post('global', 'hq'));
    const isOpen = async (): Promise<boolean> => (await ada.get('/api/v1/session')).status === 200;
    nowMs += 29 * 60_000;
    expect(await isOpen()).toBe(true);
    nowMs += 29 * 60_000;
    expect(await isOpen()).toBe(true);
    nowMs += 31 * 60_000;
    expect(await isOpen()).toBe(false);

    const grace = await somebody(post('global', 'hq'));
    for (let used = 0; used < 28; used += 1) {
      nowMs += 25 * 60_000;
      expect((await grace.get('/api/v1/session')).status).toBe(200);
    }
    nowMs += 25 * 60_000;
    expect((await grace.get('/api/v1/session')).status).toBe(401);

    const kim = await somebody(post('global', 'hq'));
    const kept = kim.cookie;
    expect((await kim.send('DELETE', '/api/v1/session')).status).toBe(200);
    expect((await browserOf(hub, kept).get('/api/v1/session')).status).toBe(401);
  });

  test('is not kept by what a page asks by itself, nor by a live view; the hub’s own link ends alike', async () => {
    const own = await startTestHub(undefined, { clock });
    const byLink = async () => {
      const browser = browserOf(own);
      await openLink(browser, own);
      return browser;
    };
    const byName = async () => signedIn(own, { name: 'ada', posts: [post('global', 'hq')], password: PASSWORD, nowMs });
    for (const open of [byName, byLink]) {
      const browser = await open();
      const begun = nowMs;
      const asked = async (headers: Readonly<Record<string, string>> = {}): Promise<number> =>
        (await browser.send('GET', '/api/v1/session', undefined, headers)).status;
      expect(await asked()).toBe(200);
      nowMs = begun + 29 * 60_000;
      expect(await asked({ 'holdfast-background': '1' })).toBe(200);
      const socket = new WebSocket(`${own.url.replace('http', 'ws')}/api/v1/live`, {
        headers: { cookie: browser.cookie, origin: own.url },
      });
      await once(socket, 'open');
      socket.close();
      nowMs = begun + 31 * 60_000;
      expect(await asked()).toBe(401);
    }
    await own.close();
  });

  test('has another token as soon as what its person may changes; what was on its way is answered', async () => {
    const ada = await somebody(post('global', 'hq'), post('store:2', 'manager'));
    const before = ada.cookie;
    expect((await hub.api(`/api/v1/sign-ins/${ada.person}/posts`, jsonOf('PUT', { posts: [post('store:2', 'manager')] }))).status).toBe(
      200,
    );
    expect((await ada.get('/api/v1/session')).status).toBe(200);
    expect(ada.cookie).not.toBe(before);
    expect((await browserOf(hub, before).get('/api/v1/session')).status).toBe(200);
    nowMs += 31_000;
    expect((await browserOf(hub, before).get('/api/v1/session')).status).toBe(401);
    expect((await ada.get('/api/v1/verify')).status).toBe(403);
  });

  test('ends at once for whoever is locked, signed out by another, or on no staff any more', async () => {
    const end: Readonly<Record<string, (person: string) => Promise<Response>>> = {
      lock: async (person) => hub.post(`/api/v1/sign-ins/${person}/lock`, { isLocked: true }),
      'end-sessions': async (person) => hub.post(`/api/v1/sign-ins/${person}/end-sessions`, {}),
      leave: async (key) => hub.post('/api/v1/publications', { cells: [{ type: 'staff', key, scope: 'global', removed: true }] }),
      remove: async (person) => hub.api(`/api/v1/sign-ins/${person}`, { method: 'DELETE' }),
    };
    for (const [how, by] of Object.entries(end)) {
      const ada = await somebody(post('global', 'hq'));
      expect((await by(ada.person)).status, how).toBe(200);
      expect((await ada.get('/api/v1/overview')).status, how).toBe(401);
    }
  });

  test('is listed for its person, who ends any of theirs and nobody else’s', async () => {
    const [ada, kim] = [await somebody(post('global', 'hq')), await somebody(post('global', 'hq'))];
    nowMs += 60_000;
    const second = browserOf(hub);
    await second.post('/api/v1/sign-in', { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) });
    const { sessions } = (await (await ada.get('/api/v1/sessions')).json()) as {
      sessions: readonly { session: string; isThis: boolean }[];
    };
    expect(sessions.map(({ isThis }) => isThis)).toEqual([false, true]);
    const other = sessions[0]?.session ?? '';
    expect((await kim.send('DELETE', `/api/v1/sessions/${other}`)).status).toBe(404);
    expect((await ada.send('DELETE', `/api/v1/sessions/${other}`)).status).toBe(200);
    expect((await second.get('/api/v1/session')).status).toBe(401);
  });

  test('ends others, and makes tokens, only for who proved a quarter of an hour ago at most that it is them', async () => {
    const ada = await somebody(post('global', 'hq'));
    const ended = async (): Promise<Response> => ada.send('DELETE', '/api/v1/sessions/another');
    const made = async (): Promise<Response> =>
      ada.post('/api/v1/api-tokens', { name: 'Books', actions: [], places: ['global'], expiresInDays: 1 });
    const prove = async (password: string, code: string): Promise<number> =>
      (await ada.post('/api/v1/session/proof', { password, code })).status;
    expect((await made()).status).toBe(201);
    nowMs += 15 * 60_000;
    for (const refused of [await ended(), await made()])
      expect([refused.status, await refused.json()]).toMatchObject([403, { type: 'urn:holdfast:problem:proofNeeded' }]);
    expect(await prove('another one entirely', codeNow(ada.seed, nowMs))).toBe(403);
    expect((await made()).status).toBe(403);
    expect(await prove(PASSWORD, codeNow(ada.seed, nowMs))).toBe(200);
    expect([(await ended()).status, (await made()).status]).toEqual([404, 201]);
    nowMs += 14 * 60_000;
    expect((await made()).status).toBe(201);
    nowMs += 2 * 60_000;
    expect((await made()).status).toBe(403);
    // One's own is ended by whoever holds it.
    const { sessions } = (await (await ada.get('/api/v1/sessions')).json()) as { sessions: readonly { session: string }[] };
    expect((await ada.send('DELETE', `/api/v1/sessions/${sessions[0]?.session ?? ''}`)).status).toBe(200);
    expect((await hub.post('/api/v1/session/proof', { password: PASSWORD, code: '1' })).status).toBe(409);
  });

  test('changes password and authenticator only for who proves themselves again; all others of theirs end', async () => {
    const ada = await somebody(post('global', 'hq'));
    nowMs += 60_000;
    const second = browserOf(hub);
    await second.post('/api/v1/sign-in', { name: ada.name, password: PASSWORD, code: codeNow(ada.seed, nowMs) });
    nowMs += 60_000;
    const next = 'eighteen white egrets';
    const change = async (password: string, wanted: string): Promise<number> =>
      (await ada.send('PUT', '/api/v1/session/password', { password, code: codeNow(ada.seed, nowMs), next: wanted })).status;
    expect(await change('wrong', next)).toBe(403);
    expect(await hub.json('/api/v1/sign-in-events?limit=1')).toMatchObject({
      events: [{ what: 'refused', person: ada.person, by: ada.person }],
    });
    for (const refused of ['short', 'Administrator', 'Holdfast2026!']) {
      expect(await change(PASSWORD, refused)).toBe(422);
      nowMs += 60_000;
    }
    expect(await change(PASSWORD, next)).toBe(200);
    expect([(await ada.get('/api/v1/session')).status, (await second.get('/api/v1/session')).status]).toEqual([200, 401]);
    nowMs += 60_000;
    const shown = await ada.post('/api/v1/session/authenticator', { password: next, code: codeNow(ada.seed, nowMs) });
    const { authenticator } = (await shown.json()) as { authenticator: { seed: string } };
    expect((await ada.post('/api/v1/session/authenticator/confirm', { code: '000000' })).status).toBe(422);
    expect((await ada.post('/api/v1/session/authenticator/confirm', { code: codeNow(authenticator.seed, nowMs) })).status).toBe(200);
    nowMs += 60_000;
    const by = async (seed: string): Promise<number> =>
      (await browserOf(hub).post('/api/v1/sign-in', { name: ada.name, password: next, code: codeNow(seed, nowMs) })).status;
    expect([await by(ada.seed), await by(authenticator.seed)]).toEqual([403, 200]);
  });

  test('has new recovery codes for who proves themselves again; those that were left open nothing any more', async () => {
    const ada = await somebody(post('global', 'hq'));
    const renew = async (code: string): Promise<Response> => ada.post('/api/v1/session/recovery-codes', { password: PASSWORD, code });
    const left = async (): Promise<number> =>
      ((await (await ada.get('/api/v1/session')).json()) as { signIn: { recoveryCodes: number } }).signIn.recoveryCodes;
    expect((await renew('AAAA-AAAA-AAAA')).status).toBe(403);
    expect((await browserOf(hub).post('/api/v1/sign-in', { name: ada.name, password: PASSWORD, code: ada.recoveryCodes[0] })).status).toBe(
      200,
    );
    expect(await left()).toBe(9);
    nowMs += 60_000;
    const { recoveryCodes } = (await (await renew(codeNow(ada.seed, nowMs))).json()) as { recoveryCodes: readonly string[] };
    expect([recoveryCodes.length, await left()]).toEqual([10, 10]);
    const by = async (code = ''): Promise<number> =>
      (await browserOf(hub).post('/api/v1/sign-in', { name: ada.name, password: PASSWORD, code })).status;
    expect([await by(ada.recoveryCodes[1]), await by(recoveryCodes[1])]).toEqual([403, 200]);
    expect((await hub.post('/api/v1/session/recovery-codes', { password: 'x', code: '1' })).status).toBe(409);
  });

  test('is told what it may by the narrowest place that anything is said of', async () => {
    const ada = await somebody(post('zone:north', 'hq'), post('store:2', 'manager'));
    await hub.post('/api/v1/publications', {
      cells: [{ type: 'roleGrant', key: 'hq\u001FarrangeKeys', scope: 'store:3', fields: { isAllowed: false } }],
    });
    const { may, mayNot } = (await (await ada.get('/api/v1/session')).json()) as Record<'may' | 'mayNot', Record<string, string[]>>;
    expect([may['arrangeKeys'], mayNot['arrangeKeys']]).toEqual([['store:2', 'zone:north'], ['store:3']]);
    expect([may['publish']?.includes('zone:north'), mayNot['publish']]).toEqual([true, ['store:2']]);
    expect(may['openInvoice']).not.toContain('global');
  });
});

const jsonOf = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('what somebody may, by their posts', () => {
  const may = async (browser: Browser, path: string): Promise<number> => (await browser.get(path)).status;

  test('the whole company, a zone, a store: useConsole at each, and what is elsewhere is not there', async () => {
    const table: readonly (readonly [string, Browser, Readonly<Record<string, number>>])[] = [
      ['hq, company', await somebody(post('global', 'hq')), { '': 200, '1': 200, '3': 200 }],
      ['hq, zone', await somebody(post('zone:north', 'hq')), { '': 403, '1': 404, '3': 200 }],
      ['manager, store', await somebody(post('store:2', 'manager')), { '': 403, '1': 404, '2': 200, '3': 404 }],
      ['cashier, company', await somebody(post('global', 'cashier')), { '': 403, '1': 404, '3': 404 }],
    ];
    for (const [who, browser, stores] of table)
      for (const [store, status] of Object.entries(stores)) {
        const question = store === '' ? '' : `?store=${store}`;
        for (const path of [
          '/api/v1/sales',
          '/api/v1/store-days',
          '/api/v1/sold',
          '/api/v1/documents',
          '/api/v1/receipt-mails',
          '/api/v1/card-cases',
        ])
          expect([who, path, store, await may(browser, `${path}${question}`)]).toEqual([who, path, store, status]);
        const scope = store === '' ? 'global' : `store:${store}`;
        expect([who, scope, await may(browser, `/api/v1/settings?scope=${scope}`)]).toEqual([who, scope, status]);
      }
    const [cashier] = table.toReversed();
    expect(cashier === undefined ? 0 : await may(cashier[1], '/api/v1/overview')).toBe(403);
    // A hub's figures are of the whole company, too; what says that it lives is for everyone.
    const asked = ['/metrics', '/healthz', '/heartbeat', '/readyz'];
    const answers = table.map(async ([, browser]) => Promise.all(asked.map(async (path) => may(browser, path))));
    expect(await Promise.all(answers)).toEqual([200, 403, 403, 403].map((figures) => [figures, 200, 200, 200]));
  });

  test('lists leave out what they do not see', async () => {
    const north = await somebody(post('zone:north', 'hq'));
    const overview = (await (await north.get('/api/v1/overview')).json()) as { stores: readonly { store: string }[] };
    expect(overview.stores.map(({ store }) => store)).toEqual(['3']);
    expect(await (await north.get('/api/v1/stores')).json()).toMatchObject({ stores: [{ store: '3' }] });
    const { staff } = (await (await north.get('/api/v1/staff')).json()) as { staff: readonly { scope: string }[] };
    expect(new Set(staff.map(({ scope }) => scope))).toEqual(new Set(['zone:north']));
    const { signIns } = (await (await north.get('/api/v1/sign-ins')).json()) as {
      signIns: readonly { posts: readonly { scope: string }[] }[];
    };
    expect(new Set(signIns.flatMap(({ posts }) => posts.map(({ scope }) => scope)))).toEqual(new Set(['zone:north']));
    const { signIns: all } = await hub.json<{ signIns: readonly object[] }>('/api/v1/sign-ins');
    expect(all.length).toBeGreaterThan(signIns.length);
  });

  test('changes are theirs where they may make them, stand under their key, and are 404 where they see nothing', async () => {
    const north = await somebody(post('zone:north', 'hq'));
    const tax = (scope: string) => ({ cells: [{ type: 'tax', key: 'reduced', scope, fields: { name: 'VAT 7 %', rateBps: 700 } }] });
    const publish = async (scope: string): Promise<number> => (await north.post('/api/v1/publications', tax(scope))).status;
    expect([
      await publish('global'),
      await publish('store:1'),
      await publish('zone:1'),
      await publish('zone:north'),
      await publish('store:3'),
    ]).toEqual([403, 404, 404, 200, 200]);
    const { publications } = await hub.json<{ publications: readonly { by: string | null }[] }>('/api/v1/publications?limit=1');
    expect(publications[0]?.by).toBe(north.person);
    expect((await north.post('/api/v1/enrolment-codes', { store: '1' })).status).toBe(404);
    expect((await north.post('/api/v1/enrolment-codes', { store: '3' })).status).toBe(201);
    expect(
      (await north.post('/api/v1/stores', { store: '9', name: 'N', currency: 'EUR', timeZone: 'UTC', taxInclusive: true })).status,
    ).toBe(403);
  });

  test('an answer that is kept for whoever sends it again is theirs alone', async () => {
    const [ada, eve] = [await somebody(post('global', 'hq')), await somebody(post('zone:north', 'hq'))];
    const ask = async (browser: Browser): Promise<string> =>
      (await browser.post('/api/v1/enrolment-codes', { store: '3' }, { 'idempotency-key': 'code-for-store-3' })).text();
    const [hers, others] = [await ask(ada), await ask(eve)];
    expect(others).not.toBe(hers);
    expect([await ask(ada), await ask(eve)]).toEqual([hers, others]);
  });

  test('nobody makes themselves, or another, more than they are', async () => {
    const [north, ada] = [await somebody(post('zone:north', 'hq')), await somebody(post('global', 'hq'))];
    const status = async (method: string, path: string, body?: unknown): Promise<number> => (await north.send(method, path, body)).status;
    const own = `/api/v1/sign-ins/${north.person}`;
    expect(await status('PUT', `${own}/posts`, { posts: [post('global', 'hq')] })).toBe(403);
    expect(await status('PUT', `${own}/posts`, { posts: [post('zone:north', 'hq'), post('store:1', 'hq')] })).toBe(404);
    expect(await status('POST', '/api/v1/sign-ins', { name: 'deputy', posts: [post('global', 'hq')] })).toBe(403);
    expect(await status('POST', '/api/v1/sign-ins', { name: 'deputy', posts: [post('store:3', 'manager')] })).toBe(201);
    // Another's way in is not theirs either.
    expect(await status('POST', '/api/v1/sign-ins', { person: ada.person, name: 'mine', posts: [post('zone:north', 'hq')] })).toBe(403);
    for (const [method, path, body] of [
      ['POST', 'lock', { isLocked: true }],
      ['POST', 'end-sessions', {}],
      ['DELETE', '', undefined],
    ] as const)
      expect([path, await status(method, `/api/v1/sign-ins/${ada.person}/${path}`.replace(/\/$/, ''), body)]).toEqual([path, 403]);
    expect((await ada.get('/api/v1/session')).status).toBe(200);
    const manager = await somebody(post('store:2', 'manager'));
    expect((await manager.post('/api/v1/sign-ins', { name: 'deputy-2', posts: [post('store:2', 'hq')] })).status).toBe(403);
    // Whoever may publish at a store, but look after nobody, does not raise themselves by a cell.
    await hub.post('/api/v1/publications', {
      cells: [{ type: 'roleGrant', key: 'manager\u001Fpublish', scope: 'store:2', fields: { isAllowed: true } }],
    });
    const cell = { type: 'staff', key: manager.person, scope: 'store:2', fields: { roles: 'hq' } };
    expect((await manager.post('/api/v1/publications', { cells: [cell] })).status).toBe(403);
    expect((await manager.post('/api/v1/publications', { cells: [{ ...cell, key: 'somebody-else' }] })).status).toBe(200);
    expect((await north.post(`${own}/lock`, { isLocked: true })).status).toBe(409);
    // Nor by taking back what took something of them away.
    await hub.post('/api/v1/publications', { cells: [{ ...cell, fields: { roles: 'manager\ncashier' } }] });
    await hub.post('/api/v1/publications', { cells: [{ ...cell, fields: { roles: 'manager' } }] });
    const { publications } = await hub.json<{ publications: readonly { lsn: number }[] }>('/api/v1/publications?limit=1');
    const undo = `/api/v1/publications/${publications[0]?.lsn}/undo`;
    expect((await manager.post(undo, {})).status).toBe(403);
    expect((await manager.post(undo, { changes: [{ type: 'staff', key: manager.person, scope: 'store:2' }] })).status).toBe(403);
  });

  test('a price campaign is theirs who signed in, without a name or a PIN of anybody’s', async () => {
    const [ada, bea] = [await somebody(post('global', 'hq')), await somebody(post('global', 'hq'))];
    const begin = async (browser: Browser, by?: string): Promise<Response> =>
      browser.post('/api/v1/price-campaigns', { name: 'Advent', ...(by !== undefined && { by }) });
    expect([(await begin(ada, bea.person)).status, (await hub.post('/api/v1/price-campaigns', { name: 'Advent' })).status]).toEqual([
      403, 400,
    ]);
    const { campaign } = (await (await begin(ada)).json()) as { campaign: number };
    const content = { sku: 'MILK', amount: '0.77', scopes: ['global'], type: 'regular', from: '', to: '' };
    const written = await ada.send('PATCH', `/api/v1/price-campaigns/${campaign}`, { lines: [{ line: 'a', content }] });
    const { version, lines } = (await written.json()) as { version: number; lines: readonly { by: string }[] };
    expect(lines.map(({ by }) => by)).toEqual([ada.person]);
    const take = async (browser: Browser, step: string, at: number): Promise<Response> =>
      browser.post(`/api/v1/price-campaigns/${campaign}/${step}`, { version: at });
    const review = (await (await take(ada, 'submit', version)).json()) as { state: string; version: number };
    expect(review.state).toBe('review');
    expect((await take(ada, 'approve', review.version)).status).not.toBe(200);
    // Who else signed in is asked for no PIN: that there is no such article is all that is wrong.
    expect((await take(bea, 'approve', review.version)).status).toBe(422);
  });

  test('what takes a second person is not written by one alone: by cells, nor by taking a change back', async () => {
    const west = await somebody(post('zone:west', 'hq'));
    const tax = (rateBps: number) => ({ cells: [{ type: 'tax', key: 'reduced', scope: 'zone:west', fields: { name: 'VAT', rateBps } }] });
    // As long as there is no other one.
    const alone = await west.post('/api/v1/publications', tax(700));
    expect(alone.status).toBe(200);
    await hub.post('/api/v1/publications', { cells: [{ type: 'staff', key: 'second', scope: 'zone:west', fields: { roles: 'hq' } }] });
    expect((await hub.post('/api/v1/staff/second/passcodes', { scope: 'zone:west', pin: '2580' })).status).toBe(200);
    const { lsn } = (await alone.json()) as { lsn: number };
    for (const refused of [
      await west.post('/api/v1/publications', tax(800)),
      await west.post(`/api/v1/publications/${lsn}/undo`, {}),
      await west.post(`/api/v1/publications/${lsn}/undo`, { changes: [{ type: 'tax', key: 'reduced', scope: 'zone:west' }] }),
    ])
      expect([refused.status, await titleOf(refused)]).toEqual([403, expect.stringContaining('somebody else approves')]);
    expect((await hub.post('/api/v1/publications', tax(800))).status).toBe(200);
  });

  test('what is denied to their role is refused: to look at anything (useConsole), to look after who signs in (manageAccounts)', async () => {
    const ada = await somebody(post('global', 'hq'));
    const deny = async (action: string, isAllowed: boolean): Promise<unknown> =>
      hub.post('/api/v1/publications', {
        cells: [{ type: 'roleGrant', key: `hq\u001F${action}`, scope: 'global', fields: { isAllowed } }],
      });
    const sees = async (): Promise<readonly number[]> => [
      (await ada.get('/api/v1/overview')).status,
      (await ada.get('/api/v1/sign-in-events')).status,
      (await ada.post('/api/v1/sign-ins', { name: 'refused', posts: [post('global', 'cashier')] })).status,
    ];
    await deny('useConsole', false);
    expect(await sees()).toEqual([403, 403, 403]);
    await deny('useConsole', true);
    await deny('manageAccounts', false);
    expect(await sees()).toEqual([200, 403, 403]);
    await deny('manageAccounts', true);
    expect(await sees()).toEqual([200, 200, 201]);
  });

  test('what the hub’s own token did is told, and it has no password to change', async () => {
    const { events } = await hub.json<{ events: readonly { what: string; by: string }[] }>('/api/v1/sign-in-events?limit=500');
    expect(events.filter(({ what }) => what === 'breakGlass')).toEqual([expect.objectContaining({ by: 'bearer' })]);
    expect((await hub.api('/api/v1/session/password', jsonOf('PUT', { password: 'x', code: '1', next: PASSWORD }))).status).toBe(409);
  });
});

test('nothing that opens anything lies in the database as it is', async () => {
  const ada = await somebody(post('global', 'hq'));
  const all: string[] = [];
  for (const table of ['sign_in', 'sign_in_recovery', 'sign_in_wait', 'console_session', 'sign_in_event'])
    all.push(JSON.stringify(await hub.database.rows(`SELECT to_jsonb(t)::text AS row FROM ${table} t`)));
  const held = all.join('\n');
  for (const secret of [
    PASSWORD,
    ada.cookie.split('=')[1] ?? '?',
    ada.seed,
    Buffer.from(ada.cookie.split('=')[1] ?? '').toString('hex'),
    ada.recoveryCodes[0] ?? '?',
  ])
    expect(held).not.toContain(secret);
  expect(held).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
});
