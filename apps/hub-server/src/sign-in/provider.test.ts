/** Signing in to the console by the company’s identity provider: a real one, asked over HTTP, and a browser that goes there and back. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { browserOf, type TabOfBrowser } from '../testing/test-browser.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';
import { isStrongEnough } from './provider.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let provider: TestProvider;
let hub: TestHub;
beforeAll(async () => {
  provider = await startTestProvider();
  hub = await startTestHub(undefined, { provider: { ...provider.settings, amr: ['mfa', 'hwk'], maxAgeSeconds: 900 } });
  provider.accept(hub.url);
}, 60_000);
afterAll(async () => {
  await hub.close();
  await provider.close();
});

const HQ = [{ scope: 'global', roles: ['hq'] }];
const invite = async (name: string): Promise<string> =>
  ((await (await hub.post('/api/v1/sign-ins', { name, posts: HQ })).json()) as { person: string }).person;
const BEGIN = '/api/v1/sign-in/provider';
const FAILED = '/#sign-in-failed=';

/** A browser that was sent to the provider: its own cookie holds what it takes there. */
async function begin(): Promise<{ readonly browser: TabOfBrowser; readonly goTo: string }> {
  const browser = browserOf(hub);
  const begun = await browser.post(BEGIN, {});
  expect(begun.status).toBe(200);
  return { browser, goTo: ((await begun.json()) as { goTo: string }).goTo };
}
/** Where it is sent from where the provider sent it back to. */
async function comeBack(cookie: string, url: string): Promise<{ readonly goesTo: string; readonly cookies: readonly string[] }> {
  const response = await fetch(url, { redirect: 'manual', headers: { cookie, 'sec-fetch-site': 'cross-site' } });
  expect(response.status).toBe(303);
  return { goesTo: response.headers.get('location') ?? '', cookies: response.headers.getSetCookie() };
}
async function signIn(
  subject: string,
): Promise<{ readonly goesTo: string; readonly browser: TabOfBrowser; readonly cookies: readonly string[] }> {
  const { browser, goTo } = await begin();
  const { goesTo, cookies } = await comeBack(browser.cookie, await provider.comeIn(goTo, subject));
  const session = cookies.find((cookie) => cookie.startsWith('__Host-holdfast_console_'))?.split(';', 1)[0];
  return { goesTo, browser: browserOf(hub, session), cookies };
}

describe('who comes in', () => {
  test('is somebody who was invited, by the address that the provider verified, once; from then on by what it calls them', async () => {
    const person = await invite('ada@example.com');
    provider.add({ subject: 'sub-ada', email: 'Ada@Example.com' });
    const { goesTo, browser, cookies } = await signIn('sub-ada');
    expect(goesTo).toBe('/');
    expect(cookies.find((cookie) => cookie.startsWith('__Host-holdfast_console_'))).toMatch(
      /; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(await (await browser.get('/api/v1/session')).json()).toMatchObject({ user: person, isBreakGlass: false });
    provider.add({ subject: 'sub-ada', email: 'ada.byron@example.com' });
    expect((await signIn('sub-ada')).goesTo).toBe('/');
    const { events } = await hub.json<{ events: readonly { what: string; person: string }[] }>('/api/v1/sign-in-events?limit=4');
    expect(events.filter((event) => event.person === person).map(({ what }) => what)).toEqual([
      'signedInByProvider',
      'signedInByProvider',
      'providerLinked',
      'invited',
    ]);
    // Whoever is given the address that was theirs is not them.
    provider.add({ subject: 'sub-other', email: 'ada@example.com' });
    expect((await signIn('sub-other')).goesTo).toBe(`${FAILED}notKnown`);
  });

  test('is nobody whom the provider alone knows, whose address it did not verify, or who is locked out or off the staff', async () => {
    provider.add({ subject: 'sub-stranger', email: 'stranger@example.com' });
    expect((await signIn('sub-stranger')).goesTo).toBe(`${FAILED}notKnown`);
    await invite('bo@example.com');
    provider.add({ subject: 'sub-bo', email: 'bo@example.com', isVerified: false });
    expect((await signIn('sub-bo')).goesTo).toBe(`${FAILED}notKnown`);
    const kim = await invite('kim@example.com');
    provider.add({ subject: 'sub-kim', email: 'kim@example.com' });
    const { browser } = await signIn('sub-kim');
    await hub.post(`/api/v1/sign-ins/${kim}/lock`, { isLocked: true });
    expect((await browser.get('/api/v1/session')).status).toBe(401);
    expect((await signIn('sub-kim')).goesTo).toBe(`${FAILED}notKnown`);
    await hub.post(`/api/v1/sign-ins/${kim}/lock`, { isLocked: false });
    expect((await signIn('sub-kim')).goesTo).toBe('/');
    await hub.api(`/api/v1/sign-ins/${kim}`, { method: 'DELETE' });
    expect((await signIn('sub-kim')).goesTo).toBe(`${FAILED}notKnown`);
    expect(await hub.json('/api/v1/sign-in-events?limit=1')).toMatchObject({ events: [{ what: 'providerRefused' }] });
  });
});

describe('how somebody proved who they are there', () => {
  test.each([
    ['a password and a code', { amr: ['pwd', 'otp', 'mfa'] }, true],
    ['a key', { amr: ['hwk'] }, true],
    ['a password', { amr: ['pwd'] }, false],
    ['one way, as a word', { amr: 'mfa' }, false],
    ['no ways', { amr: [] }, false],
    ['unsaid', {}, false],
  ])('by ways, one of which must be named: %s', (_, said, isEnough) => {
    expect(isStrongEnough({ amr: ['mfa', 'hwk'] }, said)).toBe(isEnough);
  });

  test.each([
    ['one of those asked for', { acr: 'three' }, true],
    ['another', { acr: 'one' }, false],
    ['several', { acr: ['two'] }, false],
    ['unsaid', { amr: ['mfa'] }, false],
  ])('by a class: %s', (_, said, isEnough) => {
    expect(isStrongEnough({ acr: ['two', 'three'] }, said)).toBe(isEnough);
  });

  test('both where both are asked for; neither where somebody said that it does not say', () => {
    const both = { acr: ['two'], amr: ['mfa'] };
    expect([isStrongEnough(both, { acr: 'two', amr: ['mfa'] }), isStrongEnough(both, { acr: 'two' }), isStrongEnough({}, {})]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('is told by the ID token: by a password alone, or unsaid, nobody comes in, and it stands among what happened', async () => {
    await invite('gil@example.com');
    for (const amr of [['pwd'], []]) {
      provider.add({ subject: 'sub-gil', email: 'gil@example.com', amr });
      expect((await signIn('sub-gil')).goesTo).toBe(`${FAILED}tooWeak`);
    }
    expect(await hub.json('/api/v1/sign-in-events?limit=1')).toMatchObject({ events: [{ what: 'providerRefused', person: '' }] });
    provider.add({ subject: 'sub-gil', email: 'gil@example.com', amr: ['hwk'] });
    expect((await signIn('sub-gil')).goesTo).toBe('/');
  });

  test('classes are asked for, and the one that comes back is looked at', async () => {
    const strict = await startTestHub(undefined, { provider: { ...provider.settings, acr: ['two-factors'] } });
    provider.accept(strict.url);
    const goesTo = async (acr?: string): Promise<string> => {
      provider.add({ subject: 'sub-kit', email: 'kit@example.com', ...(acr !== undefined && { acr }) });
      const browser = browserOf(strict);
      const { goTo } = (await (await browser.post(BEGIN, {})).json()) as { goTo: string };
      expect(new URL(goTo).searchParams.get('acr_values')).toBe('two-factors');
      return (await comeBack(browser.cookie, await provider.comeIn(goTo, 'sub-kit'))).goesTo;
    };
    await strict.post('/api/v1/sign-ins', { name: 'kit@example.com', posts: HQ });
    expect([await goesTo(), await goesTo('a-word'), await goesTo('two-factors')]).toEqual([`${FAILED}tooWeak`, `${FAILED}tooWeak`, '/']);
    provider.accept(hub.url);
    await strict.close();
  });

  test('long ago is asked again there, and is no proof here: what reaches beyond a session wants a newer one', async () => {
    const { goTo } = await begin();
    expect(new URL(goTo).searchParams.get('max_age')).toBe('900');
    await invite('noa@example.com');
    provider.add({ subject: 'sub-noa', email: 'noa@example.com' });
    const { browser } = await signIn('sub-noa');
    const proof = async (): Promise<number> =>
      (await browser.post('/api/v1/api-tokens', { name: 'Books', actions: [], places: ['global'], expiresInDays: 1 })).status;
    expect(await proof()).toBe(201);
    await hub.database.execute('UPDATE console_session SET proven_at_ms = proven_at_ms - 900000');
    expect(await proof()).toBe(403);
  });
});

describe('what travels', () => {
  test('asks for a code with PKCE (S256), state and nonce', async () => {
    const { goTo } = await begin();
    const asked = new URL(goTo).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', scope: 'openid email' });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
  });

  test('is refused where anything of it was changed, is somebody else’s, or came before', async () => {
    await invite('cy@example.com');
    provider.add({ subject: 'sub-cy', email: 'cy@example.com' });
    const refused = `${FAILED}refused`;
    const changed = (url: string, name: string, value: string): string => {
      const at = new URL(url);
      at.searchParams.set(name, value);
      return at.href;
    };
    const there = await begin();
    const back = await provider.comeIn(there.goTo, 'sub-cy');
    const another = await begin();
    expect((await comeBack(there.browser.cookie, changed(back, 'state', 'another'))).goesTo).toBe(refused);
    expect(await hub.json('/api/v1/sign-in-events?limit=1')).toMatchObject({ events: [{ what: 'providerRefused', person: '' }] });
    expect((await comeBack(there.browser.cookie, changed(back, 'iss', 'https://evil.example'))).goesTo).toBe(refused);
    expect((await comeBack(another.browser.cookie, back)).goesTo).toBe(refused);
    expect((await comeBack('', back)).goesTo).toBe(refused);
    expect((await comeBack(`${there.browser.cookie.slice(0, -4)}AAAA`, back)).goesTo).toBe(refused);
    expect((await comeBack(there.browser.cookie, back)).goesTo).toBe('/');
    // A code is taken once.
    expect((await comeBack(there.browser.cookie, back)).goesTo).toBe(refused);
    // The nonce and the challenge that the provider saw are not those of the browser.
    for (const name of ['nonce', 'code_challenge']) {
      const { browser, goTo } = await begin();
      const wrong = await provider.comeIn(changed(goTo, name, 'w'.repeat(43)), 'sub-cy');
      expect((await comeBack(browser.cookie, wrong)).goesTo, name).toBe(refused);
    }
    const no = await begin();
    expect((await comeBack(no.browser.cookie, `${hub.url}${BEGIN}/return?error=access_denied`)).goesTo).toBe(refused);
  });

  test('begins on the console’s own page alone', async () => {
    expect((await browserOf(hub).post(BEGIN, {}, { origin: 'https://evil.example' })).status).toBe(403);
  });

  test('is signed by keys that the provider tells of; other keys count as soon as it does', async () => {
    await invite('dee@example.com');
    provider.add({ subject: 'sub-dee', email: 'dee@example.com' });
    expect((await signIn('sub-dee')).goesTo).toBe('/');
    await provider.changeKeys();
    expect((await signIn('sub-dee')).goesTo).toBe('/');
    await provider.changeKeys({ isTold: false });
    expect((await signIn('sub-dee')).goesTo).toBe(`${FAILED}refused`);
    await provider.changeKeys();
    expect((await signIn('sub-dee')).goesTo).toBe('/');
  });
});

test('whoever signs out is sent to the provider, to sign out there; by name and password nobody is', async () => {
  await invite('eve@example.com');
  provider.add({ subject: 'sub-eve', email: 'eve@example.com' });
  const { browser } = await signIn('sub-eve');
  const out = (await (await browser.send('DELETE', '/api/v1/session')).json()) as { goTo: string };
  expect(out.goTo).toContain(`${provider.settings.issuer}/session/end?`);
  expect(new URL(out.goTo).searchParams.get('post_logout_redirect_uri')).toBe(`${hub.url}/`);
  expect((await browser.get('/api/v1/session')).status).toBe(401);
  expect((await fetch(out.goTo)).status).toBe(200);
});

test('a provider that is away is said to be; people sign in by name, the hub’s own token opens as ever', async () => {
  const { browser, goTo } = await begin();
  const back = await provider.comeIn(goTo, 'sub-eve');
  provider.setAway(true);
  const begun = await browserOf(hub).post(BEGIN, {});
  expect([begun.status, ((await begun.json()) as { title: string }).title]).toEqual([
    409,
    `${new URL(provider.settings.issuer).host} does not answer. Sign in by name, password and code, or try again.`,
  ]);
  expect((await comeBack(browser.cookie, back)).goesTo).toBe(`${FAILED}unreachable`);
  expect(await (await browserOf(hub).get('/api/v1/sign-in')).json()).toEqual({
    provider: { name: new URL(provider.settings.issuer).host },
  });
  expect((await browserOf(hub).post('/api/v1/sign-in', { name: 'ada@example.com', password: 'no', code: '0' })).status).toBe(403);
  expect((await hub.api('/api/v1/session')).status).toBe(200);
  provider.setAway(false);
});

test('a hub that has none says so', async () => {
  const alone = await startTestHub();
  expect(await (await browserOf(alone).get('/api/v1/sign-in')).json()).toEqual({ provider: null });
  expect((await browserOf(alone).post(BEGIN, {})).status).toBe(404);
  await alone.close();
});
