/** What is refused is kept: of whom, where and how often, within bounds. */
import { systemClock } from '@holdfast/base/node';
import { PATHS } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { browserOf, signedIn, type Browser } from '../testing/test-browser.ts';
import { enrolDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createRefusalLog, listRefusals, MEASURES, REFUSALS_KEPT_DAYS, type Refused, type RefusalView } from './refusals.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const START_MS = Date.UTC(2026, 10, 27, 12);
const DAY_MS = 24 * 60 * 60_000;
let nowMs = START_MS;

const PASSWORD = 'seventeen grey herons';
const post = (scope: string, role: string): object => ({ scope, roles: [role] });

describe('over HTTP', () => {
  let hub: TestHub;
  let ada: Browser;
  let sam: Browser;
  beforeAll(async () => {
    hub = await startTestHub(undefined, { clock: { ...systemClock, nowMs: () => nowMs } });
    ada = await signedIn(hub, { name: 'ada', posts: [post('global', 'hq')], password: PASSWORD, nowMs });
    sam = await signedIn(hub, { name: 'sam', posts: [post('store:1', 'manager')], password: PASSWORD, nowMs });
  }, 60_000);
  afterAll(async () => hub.close());

  const refused = async (question = ''): Promise<readonly RefusalView[]> =>
    (await hub.json<{ refusals: readonly RefusalView[] }>(`/api/v1/refusals${question}`)).refusals;
  /** What came behind what was there. */
  const refusedBy = async (act: () => Promise<unknown>): Promise<readonly Partial<RefusalView>[]> => {
    // Another minute: nothing of before is counted along.
    nowMs += 60_000;
    const last = (await refused())[0]?.no ?? 0;
    await act();
    return (await refused()).filter(({ no }) => no > last).map(({ no: _no, atMs: _at, untilMs: _until, requestId: _id, ...rest }) => rest);
  };
  const of = (row: Partial<RefusalView>): Partial<RefusalView> => ({ times: 1, program: '', address: '127.0.0.1', ...row });

  test('a person who may not, counted within a minute', async () => {
    const seen = await refusedBy(async () => {
      for (let i = 0; i < 3; i += 1) expect((await sam.get('/api/v1/refusals')).status).toBe(403);
      expect((await sam.get('/api/v1/unsettled')).status).toBe(403);
    });
    const one = { kind: 'person' as const, who: sam.person, method: 'GET', status: 403, problem: 'notAllowed' };
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual(of({ ...one, route: '/api/v1/refusals', times: 3 }));
    expect(seen).toContainEqual(of({ ...one, route: '/api/v1/unsettled' }));
  });

  test('a place that is not theirs, what is malformed, and a change that another page asks for', async () => {
    const seen = await refusedBy(async () => {
      await sam.get('/api/v1/sales?store=2');
      await ada.get('/api/v1/sales?limit=many');
      await ada.post('/api/v1/stores', {}, { origin: 'https://elsewhere.example' });
    });
    expect(seen).toEqual([
      of({ kind: 'nobody', who: '', method: 'POST', route: '/api/v1/stores', status: 403, problem: 'foreignOrigin' }),
      of({ kind: 'person', who: ada.person, method: 'GET', route: '/api/v1/sales', status: 400, problem: 'badRequest' }),
      of({ kind: 'person', who: sam.person, method: 'GET', route: '/api/v1/sales', status: 404, problem: 'noSuchPlace' }),
    ]);
  });

  test('programs by the name of their token, also when it was revoked; a token that is none', async () => {
    const made = await ada.post('/api/v1/api-tokens', { name: 'Web shop', actions: [], places: ['global'], expiresInDays: 30 });
    const { token, secret } = (await made.json()) as { token: string; secret: string };
    const ask = async (bearer: string, method: string): Promise<Response> =>
      fetch(`${hub.url}/api/v1/stores`, { method, headers: { authorization: `Bearer ${bearer}` } });
    const seen = await refusedBy(async () => {
      await ask('none-at-all', 'GET');
      await ask(secret, 'POST');
      await ada.send('DELETE', `/api/v1/api-tokens/${token}`);
      await ask(secret, 'GET');
    });
    const program = { kind: 'program' as const, who: ada.person, program: 'Web shop', route: '/api/v1/stores' };
    expect(seen).toHaveLength(3);
    expect(seen).toContainEqual(
      of({ kind: 'nobody', who: '', method: 'GET', route: '/api/v1/stores', status: 401, problem: 'unauthorised' }),
    );
    expect(seen).toContainEqual(of({ ...program, method: 'POST', status: 400, problem: 'badRequest' }));
    expect(seen).toContainEqual(of({ ...program, method: 'GET', status: 401, problem: 'tokenRevoked' }));
  });

  test('devices by their name, in what they ask and in what they bring; whoever enrols by a wrong code', async () => {
    const device = await enrolDevice(hub);
    const send = async (path: string, body: string, authorization?: string): Promise<Response> =>
      fetch(`${hub.url}${path}`, {
        method: 'POST',
        headers: { 'holdfast-protocol': '1', 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
        body,
      });
    const seen = await refusedBy(async () => {
      await send(PATHS.balance, '{}', `Bearer ${device.enrolled.token}`);
      await send(PATHS.ledger, 'no batch', `Bearer ${device.enrolled.token}`);
      await send(PATHS.ledger, 'no batch');
      await send(PATHS.balance, '{}', 'Bearer guessed');
    });
    const own = { kind: 'device' as const, who: device.enrolled.device, method: 'POST', status: 400, problem: 'badRequest' };
    expect(seen).toHaveLength(3);
    expect(seen).toContainEqual(of({ ...own, route: PATHS.balance }));
    expect(seen).toContainEqual(of({ ...own, route: PATHS.ledger }));
    expect(seen).toContainEqual(
      of({ kind: 'nobody', who: '', method: 'POST', route: PATHS.balance, status: 401, problem: 'unknownDevice' }),
    );
  });

  test('nothing of what somebody asked for stands there, nor whoever only has to sign in', async () => {
    const seen = await refusedBy(async () => {
      await browserOf(hub).get('/api/v1/session');
      await ada.get('/api/v1/product/4000%00123');
      await fetch(`${hub.url}/api/v1/product/4000123`, { headers: { authorization: 'Bearer guessed' } });
    });
    expect(seen.map(({ route, status }) => [route, status])).toEqual([
      ['/api/v1/product', 401],
      ['/api/v1/product/:sku', 400],
    ]);
  });

  test('who looks after sign-ins filters, pages and exports it; nobody else', async () => {
    const people = await refused(`?kind=person&who=${sam.person}&status=403`);
    expect(people.length).toBeGreaterThan(1);
    expect(people.every(({ kind, who, status }) => kind === 'person' && who === sam.person && status === 403)).toBe(true);
    const first = await hub.json<{ next: number; refusals: readonly RefusalView[] }>('/api/v1/refusals?limit=2');
    const second = await refused(`?limit=2&before=${first.next}`);
    expect([...first.refusals, ...second]).toEqual((await refused()).slice(0, 4));
    expect(await refused(`?fromMs=${nowMs + 1}`)).toEqual([]);
    expect(await refused(`?toMs=${START_MS}`)).toEqual([]);
    const csv = await (await hub.api('/api/v1/refusals.csv?kind=device')).text();
    expect(csv.split('\r\n')).toHaveLength(2 + (await refused('?kind=device')).length);
    expect(csv).toContain(',127.0.0.1,POST,/sync/');
    expect([(await sam.get('/api/v1/refusals')).status, (await sam.get('/api/v1/refusals.csv')).status]).toEqual([403, 403]);
  });
});

test('it is kept for a year, and then forgotten', async () => {
  const database = await openMemoryDatabase();
  const rows = async (): Promise<number> => (await database.rows('SELECT 1 FROM refusal')).length;
  /** Until what is a day older was forgotten. */
  const runAt = async (atMs: number, act: (hub: TestHub) => Promise<unknown> = async () => undefined): Promise<void> => {
    const old =
      'INSERT INTO sign_in_event (tenant_no, at_ms, what, person, by_whom, address) SELECT tenant_no, 0, $1, $1, $1, $1 FROM tenant';
    const isForgotten = async (): Promise<boolean> => (await database.rows('SELECT 1 FROM sign_in_event WHERE at_ms = 0')).length === 0;
    if ((await database.rows("SELECT 1 FROM pg_class WHERE relname = 'sign_in_event'")).length > 0) await database.execute(old, ['']);
    const hub = await startTestHub(database, { clock: { ...systemClock, nowMs: () => atMs } });
    await vi.waitFor(async () => expect(await isForgotten()).toBe(true), 30_000);
    await act(hub);
    await hub.stop();
  };
  await runAt(START_MS, async (hub) => fetch(`${hub.url}/api/v1/stores`, { headers: { authorization: 'Bearer guessed' } }));
  expect(await rows()).toBe(1);
  await runAt(START_MS + REFUSALS_KEPT_DAYS * DAY_MS - 1);
  expect(await rows()).toBe(1);
  await runAt(START_MS + REFUSALS_KEPT_DAYS * DAY_MS);
  expect(await rows()).toBe(0);
  await database.close();
});

describe('whoever is refused without end', () => {
  const ASKED: Refused = {
    kind: 'nobody',
    who: '',
    program: '',
    address: '203.0.113.1',
    method: 'GET',
    route: '/api/v1/stores',
    status: 401,
    problem: 'unauthorised',
    requestId: 'r',
  };

  test('fills neither a minute nor a day, and crowds out nothing of those who are known', async () => {
    const database = await openMemoryDatabase();
    const hub = await startTestHub(database);
    const { tenantNo } = (await database.rows<{ tenantNo: number }>('SELECT tenant_no AS "tenantNo" FROM tenant'))[0] ?? { tenantNo: 0 };
    let atMs = START_MS;
    const told: string[] = [];
    const log = createRefusalLog({
      database,
      tenantNo,
      clock: { nowMs: () => atMs },
      logger: { warn: () => void told.push('warn'), error: (what: unknown) => void told.push(JSON.stringify(what)) },
    });
    const list = async (problem?: string): Promise<readonly RefusalView[]> =>
      listRefusals({ database, tenantNo }, { limit: 100_000, problem });
    for (let i = 0; i < 1_000; i += 1) log.note({ ...ASKED, address: `203.0.113.${i % 250}` });
    log.note({ ...ASKED, kind: 'person', who: 'ada', status: 403 });
    await log.write();
    const { perMinute, perDay } = MEASURES.nobody;
    const minute = await list();
    expect(minute).toHaveLength(perMinute + 2);
    expect(minute.reduce((sum, { times }) => sum + times, 0)).toBe(1_001);
    expect(await list('more')).toMatchObject([{ times: 1_000 - perMinute * 4, kind: 'nobody', address: '', route: '' }]);
    expect(minute).toContainEqual(expect.objectContaining({ kind: 'person', who: 'ada', times: 1 }));
    for (let minutes = 1; minutes < 60; minutes += 1) {
      atMs += 60_000;
      for (let i = 0; i < 2 * perMinute; i += 1) log.note({ ...ASKED, address: `203.0.113.${i}` });
      await log.write();
    }
    const rows = (await list()).filter(({ kind, problem }) => kind === 'nobody' && problem !== 'more');
    expect([rows.length, (await list('more')).length]).toEqual([perDay, 60]);
    // Each row is a line of the log, too.
    expect(told).toHaveLength((await list()).length);
    await hub.close();
  });
});
