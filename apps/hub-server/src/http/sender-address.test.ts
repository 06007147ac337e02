import { systemClock } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { startTestHub } from '../testing/test-hub.ts';
import { createSenderOf, parseTrustedProxies } from './sender-address.ts';

const from = (trusted: string | undefined, remoteAddress: string | undefined, forwarded?: string): string =>
  createSenderOf(trusted === undefined ? undefined : parseTrustedProxies(trusted))({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  } as Parameters<ReturnType<typeof createSenderOf>>[0]);

const CLIENT = '203.0.113.9';

// TRUST_PROXY | the connection's other end | X-Forwarded-For | who asks
test.each([
  [undefined, '10.0.0.5', CLIENT, '10.0.0.5'],
  [undefined, '::ffff:10.0.0.5', undefined, '::ffff:10.0.0.5'],
  [undefined, undefined, CLIENT, ''],
  // By how many there are.
  ['1', '10.0.0.5', CLIENT, CLIENT],
  ['1', '10.0.0.5', `198.51.100.1, ${CLIENT}`, CLIENT],
  ['2', '10.0.0.5', `198.51.100.1, ${CLIENT}, 10.0.0.6`, CLIENT],
  ['2', '10.0.0.5', CLIENT, CLIENT],
  ['1', '10.0.0.5', undefined, '10.0.0.5'],
  ['1', '10.0.0.5', '', '10.0.0.5'],
  ['1', '10.0.0.5', 'unknown', '10.0.0.5'],
  ['1', '10.0.0.5', "1.2.3.4'; DROP TABLE sale", '10.0.0.5'],
  ['1', '10.0.0.5', `${CLIENT}, `, '10.0.0.5'],
  ['1', '10.0.0.5', '2001:db8::1', '2001:db8::1'],
  // By which they are: who is none is whom they asked for, whatever they wrote.
  ['10.0.0.5', '10.0.0.5', CLIENT, CLIENT],
  ['10.0.0.5', '10.0.0.6', CLIENT, '10.0.0.6'],
  ['10.0.0.5', '::ffff:10.0.0.5', CLIENT, CLIENT],
  ['10.0.0.0/8', '10.200.3.4', `198.51.100.1, ${CLIENT}, 10.9.9.9`, CLIENT],
  ['10.0.0.0/8', '10.200.3.4', '10.1.1.1, 10.9.9.9', '10.1.1.1'],
  ['10.0.0.0/8, fd00::/8', 'fd00::1', `${CLIENT}, 10.9.9.9`, CLIENT],
  ['10.0.0.0/8', CLIENT, '10.0.0.1', CLIENT],
])('TRUST_PROXY %s, %s, %s: %s', (trusted, remote, forwarded, sender) => {
  expect(from(trusted, remote, forwarded)).toBe(sender);
});

test.each(['0', '11', '-1', 'true', 'proxy.example', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.5/8/8', '10.0.0.5,', 'fd00::/129', '1.2.3'])(
  'TRUST_PROXY %s is none',
  (text) => {
    expect(parseTrustedProxies(text)).toBeUndefined();
  },
);

const wrongSignIn = (forwarded: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', 'x-forwarded-for': forwarded },
  body: JSON.stringify({ name: 'nobody', password: 'wrong horse battery', code: '000000' }),
});

async function addressesOfRefused(trustProxy: number | undefined, forwarded: readonly string[]): Promise<readonly string[]> {
  const hub = await startTestHub(undefined, { trustProxy });
  for (const said of forwarded) {
    const origin = { origin: hub.url };
    const init = wrongSignIn(said);
    await fetch(`${hub.url}/api/v1/sign-in`, { ...init, headers: { ...init.headers, ...origin } });
  }
  const { events } = await hub.json<{ events: readonly { what: string; address: string }[] }>('/api/v1/sign-in-events');
  await hub.close();
  return events.filter(({ what }) => what === 'refused').map(({ address }) => address);
}

test('events of sign-ins and their waits go by the address that a proxy of ours says, and by nothing that a stranger wrote', async () => {
  expect(await addressesOfRefused(1, ['198.51.100.1', '6.6.6.6, 198.51.100.2'])).toEqual(['198.51.100.2', '198.51.100.1']);
  expect(await addressesOfRefused(undefined, ['198.51.100.1', '198.51.100.2'])).toEqual(['127.0.0.1', '127.0.0.1']);
});

/** Its minute of guesses ends never, however slow the machine is. */
const clock = { ...systemClock, monotonicMs: (): number => 1 };

test('who guesses tokens behind a proxy has a limit of their own, and takes nobody’s with them', async () => {
  const guess = async (url: string, forwarded: string): Promise<number> =>
    (await fetch(`${url}/api/v1/stores`, { headers: { authorization: 'Bearer wrong', 'x-forwarded-for': forwarded } })).status;
  const behind = await startTestHub(undefined, { trustProxy: 1, clock });
  let tries = 0;
  while ((await guess(behind.url, '198.51.100.1')) === 401) tries += 1;
  expect([tries > 5, await guess(behind.url, '198.51.100.1'), await guess(behind.url, '198.51.100.2')]).toEqual([true, 429, 401]);
  await behind.close();
  const alone = await startTestHub(undefined, { clock });
  for (let i = 0; i < tries; i += 1) await guess(alone.url, `198.51.100.${i}`);
  expect(await guess(alone.url, '203.0.113.1')).toBe(429);
  await alone.close();
});
