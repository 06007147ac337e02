/** Hubs one after the other on one database, each with its key of secrets. */
import { systemRandom } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { createVault } from '../secrets/vault.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { browserOf, codeNow, signedIn } from '../testing/test-browser.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

const START_MS = Date.UTC(2026, 10, 26, 12);
const PASSWORD = 'seventeen grey herons';
const [OLD, NEW, OTHER] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array];

test('a key is followed by another while both are given; whose authenticator no key opens comes in by a recovery code or another invitation', async () => {
  const database = await openMemoryDatabase();
  let nowMs = START_MS;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - START_MS };
  const within = async <T>(keys: readonly Uint8Array[], act: (hub: TestHub) => Promise<T>): Promise<T> => {
    nowMs += 60_000;
    const hub = await startTestHub(database, { clock, secretsKeys: keys });
    try {
      return await act(hub);
    } finally {
      await hub.stop();
    }
  };
  const ada = await within([OLD], async (hub) =>
    signedIn(hub, { name: 'ada', posts: [{ scope: 'global', roles: ['hq'] }], password: PASSWORD, nowMs }),
  );
  const comesIn = async (hub: TestHub, code = codeNow(ada.seed, nowMs)): Promise<number> =>
    (await browserOf(hub).post('/api/v1/sign-in', { name: 'ada', password: PASSWORD, code })).status;

  expect(await within([NEW, OLD], async (hub) => comesIn(hub))).toBe(200);
  expect(await within([NEW], async (hub) => comesIn(hub))).toBe(200);
  const [recoveryCode] = ada.recoveryCodes;
  // A replica that had the former key alone sealed it when the others had gone on.
  await database.execute('UPDATE sign_in SET seed = $1', [createVault([OTHER], systemRandom).seal('lost', new Uint8Array(20))]);
  expect(await within([NEW], async (hub) => [await comesIn(hub), await comesIn(hub, recoveryCode)])).toEqual([403, 200]);
  const anew = await within([NEW], async (hub) => {
    const { token } = (await (await hub.post('/api/v1/sign-ins', { person: ada.person, name: 'ada' })).json()) as { token: string };
    const browser = browserOf(hub);
    const { authenticator } = (await (await browser.post('/api/v1/invitation', { token })).json()) as { authenticator: { seed: string } };
    const code = codeNow(authenticator.seed, nowMs);
    return (await browser.post('/api/v1/invitation/accept', { token, password: PASSWORD, code })).status;
  });
  expect(anew).toBe(200);
  await database.close();
});
