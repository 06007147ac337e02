/** A browser for tests, as far as the console's sessions are concerned: it keeps the hub's cookie, and says where its requests come from. */
import { codeAt, stepAt } from '../sign-in/authenticator.ts';
import type { SeedView } from '../sign-in/seed-view.ts';
import type { TestHub } from './test-hub.ts';

export interface TabOfBrowser {
  readonly cookie: string;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Of somebody who signed in. */
export interface Browser extends TabOfBrowser {
  readonly person: string;
  readonly name: string;
  /** Base 32. */
  readonly seed: string;
  readonly recoveryCodes: readonly string[];
}

/** `value`: of a cookie, or a whole one; absent: none yet. */
export function browserOf(hub: Pick<TestHub, 'url' | 'judgeAnswer'>, value = ''): TabOfBrowser {
  let cookie = value === '' || value.includes('=') ? value : `__Host-holdfast_console_${new URL(hub.url).port}=${value}`;
  const send = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: {
        ...(cookie !== '' && { cookie }),
        origin: hub.url,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await hub.judgeAnswer(method, path, response);
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';', 1)[0] ?? '';
    return response;
  };
  return {
    get cookie() {
      return cookie;
    },
    send,
    get: async (path) => send('GET', path),
    post: async (path, body, headers) => send('POST', path, body, headers),
  };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytesOf = (base32: string): Uint8Array => {
  const bits = [...base32].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return new Uint8Array((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

/** What the authenticator shows. */
export const codeNow = (seed: string, nowMs: number): string => codeAt(bytesOf(seed), stepAt(nowMs));

/** In the one browser that it opens. */
export const openLink = async (browser: TabOfBrowser, { consoleUrl }: Pick<TestHub, 'consoleUrl'>): Promise<Response> =>
  browser.post('/api/v1/sign-in/link', { token: new URL(consoleUrl).hash.slice('#link='.length) });

export async function openInvitation(
  browser: TabOfBrowser,
  token: string,
): Promise<{ readonly name: string; readonly authenticator: SeedView }> {
  return (await (await browser.post('/api/v1/invitation', { token })).json()) as { name: string; authenticator: SeedView };
}

export async function signedIn(
  hub: TestHub,
  {
    name,
    posts,
    password,
    nowMs,
  }: { readonly name: string; readonly posts: readonly object[]; readonly password: string; readonly nowMs: number },
): Promise<Browser> {
  const invited = await hub.post('/api/v1/sign-ins', { name, posts });
  const { token, person } = (await invited.json()) as { token: string; person: string };
  const browser = browserOf(hub);
  const { authenticator } = await openInvitation(browser, token);
  const joined = await browser.post('/api/v1/invitation/accept', { token, password, code: codeNow(authenticator.seed, nowMs) });
  if (!joined.ok) throw new Error(`${name} did not come in: ${joined.status} ${await joined.text()}`);
  const { recoveryCodes } = (await joined.json()) as { recoveryCodes: readonly string[] };
  return Object.defineProperties(browser, {
    person: { value: person },
    name: { value: name },
    seed: { value: authenticator.seed },
    recoveryCodes: { value: recoveryCodes },
  }) as Browser;
}
