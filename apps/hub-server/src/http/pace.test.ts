/** Who asks faster than anybody does is told to wait, and nobody else with them. */
import { systemClock } from '@holdfast/base/node';
import { PATHS } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { signedIn, type Browser } from '../testing/test-browser.ts';
import { enrolDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createPace, PACES } from './pace.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

test('a bucket is emptied in a row, and fills by itself up to its measure', () => {
  let nowMs = 0;
  const pace = createPace({ monotonicMs: () => nowMs }, { burst: 3, perSecond: 0.5 });
  const ask = (asker: string): number => {
    const waitS = pace.waitS(asker);
    if (waitS === 0) pace.take(asker);
    return waitS;
  };
  expect([ask('a'), ask('a'), ask('a'), ask('a'), ask('b')]).toEqual([0, 0, 0, 2, 0]);
  nowMs = 1_000;
  expect(ask('a')).toBe(1);
  nowMs = 2_000;
  expect([ask('a'), ask('a')]).toEqual([0, 2]);
  nowMs = 3_600_000;
  expect([ask('a'), ask('a'), ask('a'), ask('a')]).toEqual([0, 0, 0, 2]);
});

describe('over HTTP', () => {
  let monotonicMs = 1;
  let hub: TestHub;
  let ada: Browser;
  let bea: Browser;
  let device: TestDevice;
  const nowMs = Date.now();
  beforeAll(async () => {
    hub = await startTestHub(undefined, { clock: { ...systemClock, nowMs: () => nowMs, monotonicMs: () => monotonicMs } });
    const hq = { posts: [{ scope: 'global', roles: ['hq'] }], password: 'seventeen grey herons', nowMs };
    ada = await signedIn(hub, { name: 'ada', ...hq });
    bea = await signedIn(hub, { name: 'bea', ...hq });
    device = await enrolDevice(hub);
  }, 60_000);
  afterAll(async () => hub.close());

  /** Ten at a time: how many of them came to each status. */
  async function repeated(times: number, ask: () => Promise<Response>): Promise<Readonly<Record<number, number>>> {
    const counts: Record<number, number> = {};
    for (let done = 0; done < times; done += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, async () => ask()));
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  test('a browser changes no more than so much in a row; another one’s, and reading, go on', async () => {
    const change = async (by: Browser): Promise<Response> => by.post('/api/v1/session/authenticator/confirm', { code: '1' });
    const { burst, perSecond } = PACES.changes;
    expect(await repeated(burst + 20, async () => change(ada))).toEqual({ 422: burst, 429: 20 });
    const refused = await change(ada);
    expect([refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      '1',
      { type: 'urn:holdfast:problem:tooManyRequests' },
    ]);
    expect([(await change(bea)).status, (await ada.get('/api/v1/session')).status]).toEqual([422, 200]);
    monotonicMs += 2_000;
    expect(await repeated(30, async () => change(ada))).toEqual({ 422: 2 * perSecond, 429: 30 - 2 * perSecond });
  });

  test('what costs much is asked a few times in a row, by people and by programs; by the hub’s own token as often as it likes', async () => {
    const { burst } = PACES.costly;
    const path = '/api/v1/changes.csv?key=NONE';
    expect(await repeated(burst + 10, async () => bea.get(path))).toEqual({ 200: burst, 429: 10 });
    const made = await bea.post('/api/v1/api-tokens', { name: 'Books', actions: [], places: ['global'], expiresInDays: 1 });
    const { secret } = (await made.json()) as { secret: string };
    const byProgram = async (): Promise<Response> => fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${secret}` } });
    expect(await repeated(burst + 10, byProgram)).toEqual({ 200: burst, 429: 10 });
    expect(await repeated(burst + 10, async () => hub.api(path))).toEqual({ 200: burst + 10 });
  });

  test('a file that is not taken now is answered before it was read', async () => {
    const send = async (): Promise<Response> => bea.send('POST', '/api/v1/import/catalog', undefined, { 'content-type': 'text/csv' });
    expect((await send()).status).toBe(429);
    const big = await fetch(`${hub.url}/api/v1/import/catalog`, {
      method: 'POST',
      headers: { cookie: bea.cookie, origin: hub.url, 'content-type': 'text/csv' },
      body: 'sku,name\n'.repeat(100_000),
    });
    expect(big.status).toBe(429);
    expect((await bea.get('/api/v1/session')).status).toBe(200);
  });

  test('a device asks no faster than any lane does; its sales have a budget of their own', async () => {
    const ask = async (): Promise<Response> => device.request(PATHS.wipe);
    const { burst } = PACES.device;
    expect(await repeated(burst + 50, ask)).toEqual({ 404: burst, 429: 50 });
    expect((await device.request(`${PATHS.segments}/${'0'.repeat(64)}`)).status).toBe(404);
    device.sell([{ sku: 'A', quantity: 1, amountMinor: 100 }]);
    expect((await device.post(device.frame())).status).toBe(200);
    monotonicMs += 1_000;
    expect((await ask()).status).toBe(404);
  });
});
