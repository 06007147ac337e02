/** An identity provider for tests: the real `oidc-provider`, over HTTP on this machine, with people of the test's choice; its keys can be changed, and it can be away. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Provider } from 'oidc-provider';

import { RETURN_PATH } from '../sign-in/provider.ts';

export interface Account {
  readonly subject: string;
  readonly email?: string;
  readonly isVerified?: boolean;
  /** By what they prove who they are there; absent: a password and a code. */
  readonly amr?: readonly string[];
  readonly acr?: string;
}

export interface TestProvider {
  readonly settings: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };
  /** Where browsers may be sent back to. */
  accept(hubUrl: string): void;
  /** Signs with other keys, and says so, or keeps it to itself. */
  changeKeys(how?: { readonly isTold: boolean }): Promise<void>;
  setAway(isAway: boolean): void;
  /** Whom it knows; also who just typed their name there. */
  add(account: Account): void;
  /** As somebody at its pages: signs in and consents; answers where the browser is sent at last. */
  comeIn(goTo: string, subject: string): Promise<string>;
  close(): Promise<void>;
}

const CLIENT = { clientId: 'holdfast', clientSecret: 'a secret of the client’s own'.replaceAll(/\W/g, '-') };

const TWO_FACTORS = ['pwd', 'otp', 'mfa'];

export async function startTestProvider(): Promise<TestProvider> {
  const accounts = new Map<string, Account>();
  const held: { listener?: RequestListener; isAway: boolean; hubUrl: string; keys: unknown } = {
    isAway: false,
    hubUrl: '',
    keys: undefined,
  };
  const server = createServer((request, response) => {
    const { isAway, listener, keys } = held;
    if (isAway || listener === undefined) request.socket.destroy();
    else if (request.url === '/jwks' && keys !== undefined)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
    else listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const begin = (): void => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT.clientId,
          client_secret: CLIENT.clientSecret,
          redirect_uris: [held.hubUrl + RETURN_PATH],
          post_logout_redirect_uris: [`${held.hubUrl}/`],
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: `key-${Date.now()}-${Math.random()}`, use: 'sig', alg: 'RS256' }] },
      acrValues: ['two-factors'],
      claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'] },
      cookies: { keys: ['of the test'] },
      pkce: { required: () => true },
      findAccount: (_context, subject) => {
        const account = accounts.get(subject);
        return account === undefined
          ? undefined
          : { accountId: subject, claims: () => ({ sub: subject, email: account.email, email_verified: account.isVerified ?? true }) };
      },
    });
    // Its own pages of development say nothing of how somebody proved who they are.
    const finish = provider.interactionFinished.bind(provider);
    provider.interactionFinished = async (request, response, result, how) => {
      const { amr = TWO_FACTORS, acr } = accounts.get(result.login?.accountId ?? '') ?? {};
      const login = result.login && { ...result.login, amr: [...amr], ...(acr !== undefined && { acr }) };
      await finish(request, response, { ...result, ...(login !== undefined && { login }) }, how);
    };
    const answer = provider.callback();
    held.listener = (request, response) => void answer(request, response);
  };
  begin();
  return {
    settings: { issuer, ...CLIENT },
    accept: (hubUrl) => {
      held.hubUrl = hubUrl;
      begin();
    },
    changeKeys: async ({ isTold } = { isTold: true }) => {
      held.keys = isTold ? undefined : await (await fetch(`${issuer}/jwks`)).json();
      begin();
    },
    setAway: (isAway) => void (held.isAway = isAway),
    add: (account) => void accounts.set(account.subject, account),
    comeIn: async (goTo, subject) => walk(goTo, subject, held.hubUrl),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Its own pages of development: a form to type a name, and one to consent. */
async function walk(goTo: string, subject: string, hubUrl: string): Promise<string> {
  const jar = new Map<string, string>();
  const ask = async (url: string, body?: Readonly<Record<string, string>>): Promise<Response> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body !== undefined && { method: 'POST', body: new URLSearchParams(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  let url = goTo;
  for (let steps = 0; steps < 20; steps += 1) {
    if (url.startsWith(hubUrl)) return url;
    const response = await ask(url);
    const next = response.headers.get('location');
    if (next !== null) {
      url = new URL(next, url).href;
      continue;
    }
    const page = await response.text();
    const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
    if (prompt === '') throw new Error(`the provider answered ${response.status}: ${page.slice(0, 500)}`);
    const sent = await ask(new URL(action, url).href, { prompt, ...(prompt === 'login' && { login: subject, password: 'any' }) });
    url = new URL(sent.headers.get('location') ?? '', url).href;
  }
  throw new Error('the provider leads nowhere');
}
