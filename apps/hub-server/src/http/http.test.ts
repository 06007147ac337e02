import { connect } from 'node:net';

import { createSigner, generateSigningKey, nodeHash, systemClock } from '@holdfast/base/node';
import { businessDateOf } from '@holdfast/domain';
import { bytesToHex, decodeLevelAnswer, encodeLevelQuestion, levelMark, originPosition, PATHS } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import type { Overview } from '../console-api/overview.ts';
import { watch } from '../testing/live-watcher.ts';
import { browserOf, openLink } from '../testing/test-browser.ts';
import { enrolDevice, enrolNextDevice, enrolRequest, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 300_000 });

let hub: TestHub;
let device: TestDevice;
/** While it is a moment, no budget fills. */
let stoodAtMs: number | undefined;
beforeAll(async () => {
  hub = await startTestHub(undefined, { clock: { ...systemClock, monotonicMs: () => stoodAtMs ?? systemClock.monotonicMs() } });
  device = await enrolDevice(hub);
});
afterAll(async () => hub.close());

const publicKey = (): string => bytesToHex(createSigner(generateSigningKey()).publicKey);

describe('enrolment', () => {
  const issue = async (body: object): Promise<{ code: string; expiresAtMs: number }> =>
    (await (await hub.post('/api/v1/enrolment-codes', body)).json()) as { code: string; expiresAtMs: number };

  test('lanes of a store are numbered on, unless a code says which', async () => {
    const { code } = await issue({ store: '1', lane: 7, name: 'Kiosk' });
    const kiosk = (await (await enrolRequest(hub, { code, publicKey: publicKey() })).json()) as { lane: number; store: string };
    expect(kiosk).toMatchObject({ lane: 7, store: '1', zone: '1', tenant: 'default' });
    expect((await enrolNextDevice(hub)).enrolled.lane).toBe(8);
  });

  test('a code works as people type it, once; a lost answer is given again to the same key only', async () => {
    const { code } = await issue({ store: '1' });
    const key = publicKey();
    const first = await enrolRequest(hub, { code: code.toLowerCase().replaceAll('-', ' '), publicKey: key });
    const again = await enrolRequest(hub, { code, publicKey: key });
    const [one, two] = [await first.json(), await again.json()] as { device: string; token: string }[];
    expect(two?.device).toBe(one?.device);
    expect(two?.token).not.toBe(one?.token);
    expect((await enrolRequest(hub, { code, publicKey: publicKey() })).status).toBe(403);
  });

  test('of many who show one code at once, one is enrolled', async () => {
    const { code } = await issue({ store: '1' });
    const answers = await Promise.all(Array.from({ length: 8 }, async () => enrolRequest(hub, { code, publicKey: publicKey() })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 403)).toHaveLength(7);
  });

  test('an expired code is refused', async () => {
    const { code } = await issue({ store: '1' });
    await hub.database.execute('UPDATE enrolment_code SET expires_at_ms = 0 WHERE device IS NULL');
    expect((await enrolRequest(hub, { code, publicKey: publicKey() })).status).toBe(403);
  });

  test('what passcodes are sealed with is told to devices, and to nobody else', async () => {
    const path = '/sync/v1/passcode-secrets';
    const answer = async (): Promise<unknown> => (await device.request(path)).json();
    const first = await answer();
    expect(first).toMatchObject({ secrets: [{ number: 1, secret: expect.stringMatching(/^[0-9a-f]{64}$/) as string }] });
    expect(await answer()).toEqual(first);
    expect((await device.request(path, { headers: { authorization: `Bearer ${hub.consoleToken}` } })).status).toBe(401);
  });

  test('codes and tokens are kept as hashes only', async () => {
    const { code } = await issue({ store: '1' });
    const tables = await hub.database.rows<{ row: unknown }>(
      `SELECT to_jsonb(d)::text AS row FROM device d UNION ALL SELECT to_jsonb(c)::text FROM enrolment_code c`,
    );
    const all = JSON.stringify(tables);
    expect(all).not.toContain(device.enrolled.token);
    expect(all).not.toContain(code);
    expect(all).not.toContain(code.replaceAll('-', ''));
  });
});

describe('who may ask what', () => {
  const paths = ['/api/v1/overview', '/api/v1/sales', '/api/v1/verify', '/api/v1/live', '/api/v1/nothing'];
  test.each(paths)('%s needs the console’s token', async (path) => {
    for (const authorization of ['', 'Bearer', 'Bearer forged', `Bearer ${device.enrolled.token}`, `Basic ${hub.consoleToken}`]) {
      const response = await fetch(`${hub.url}${path}`, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ status: 401, requestId: response.headers.get('request-id') });
    }
  });

  test('the link opens one browser, once; a change by cookie comes from the console’s own pages', async () => {
    const forged = async (headers: Record<string, string>, token = new URL(hub.consoleUrl).hash.slice('#link='.length)) =>
      fetch(`${hub.url}/api/v1/sign-in/link`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ token }),
      });
    expect((await forged({ origin: 'http://evil.example' })).status).toBe(403);
    // The bearer's token is no link, and a link no bearer's token.
    expect((await forged({ origin: hub.url }, hub.consoleToken)).status).toBe(403);
    const browser = browserOf(hub);
    const opened = await openLink(browser, hub);
    expect(opened.status).toBe(200);
    const set = opened.headers.get('set-cookie') ?? '';
    expect(set).toContain('HttpOnly');
    expect(set).toContain('SameSite=Strict');
    const { port } = new URL(hub.url);
    expect(set).toMatch(new RegExp(`^__Host-holdfast_console_${port}=[^;]+; Path=/; HttpOnly; Secure; SameSite=Strict$`));
    const cookie = set.split(';', 1)[0] ?? '';

    expect((await openLink(browserOf(hub), hub)).status).toBe(403);
    expect((await openLink(browser, hub)).status).toBe(200);
    const bearer = { authorization: `Bearer ${new URL(hub.consoleUrl).hash.slice('#link='.length)}` };
    expect((await fetch(`${hub.url}/api/v1/overview`, { headers: bearer })).status).toBe(401);
    expect((await fetch(`${hub.url}/`)).status).toBe(401);
    expect((await fetch(`${hub.url}/api/v1/overview`, { headers: { cookie } })).status).toBe(200);
    const change = async (headers: Record<string, string>): Promise<number> =>
      (
        await fetch(`${hub.url}/api/v1/enrolment-codes`, {
          method: 'POST',
          headers: { cookie, 'content-type': 'application/json', ...headers },
          body: '{"store":"1"}',
        })
      ).status;
    expect(await change({})).toBe(403);
    expect(await change({ origin: 'http://evil.example' })).toBe(403);
    expect(await change({ origin: hub.url, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await change({ origin: hub.url })).toBe(201);
  });

  test('a device’s paths need its token and the protocol’s version', async () => {
    for (const token of ['', 'x'.repeat(5_000), hub.consoleToken, `${device.enrolled.token}x`]) {
      expect((await device.request('/sync/v1/manifest', { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status).toBe(
        401,
      );
    }
    expect((await device.request('/sync/v1/manifest', { method: 'POST', headers: { 'holdfast-protocol': '2' } })).status).toBe(400);
  });
});

test('U-18: a device that floods the hub is told when to come again, and its neighbour is answered meanwhile', async () => {
  const [flooder, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
  for (const each of [flooder, neighbour]) each.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 }]);
  const refused: Response[] = [];
  stoodAtMs = systemClock.monotonicMs();
  for (let sent = 0; refused.length < 20 && sent < 5_000; sent += 12) {
    const answers = await Promise.all(Array.from({ length: 12 }, async () => flooder.post(flooder.frame())));
    refused.push(...answers.filter(({ status }) => status !== 200));
  }
  stoodAtMs = undefined;
  expect(refused.length).toBeGreaterThanOrEqual(20);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(refused.every((answer) => /^[1-9]\d*$/.test(answer.headers.get('retry-after') ?? ''))).toBe(true);
  expect((await neighbour.send()).received).toEqual({ [neighbour.epoch]: 1 });
});

describe('what every answer carries', () => {
  test('the hub’s clock, a request id, and headers that trust nothing', async () => {
    const response = await fetch(`${hub.url}/healthz`);
    expect(Math.abs(Number(response.headers.get('holdfast-time')) - Date.now())).toBeLessThan(60_000);
    expect(response.headers.get('request-id')).toMatch(/^[\w-]{36}$/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const other = await fetch(`${hub.url}/healthz`);
    expect(other.headers.get('content-security-policy')).not.toBe(policy);
  });

  test('an answer of sync carries what a browser minds only where no device asks', async () => {
    const named = ['content-security-policy', 'x-content-type-options'];
    const given = async (headers: Readonly<Record<string, string>>): Promise<readonly (string | null)[]> => {
      const { status, headers: carried } = await fetch(`${hub.url}/sync/v1/segment-keys`, { headers });
      return [String(status), ...named.map((name) => carried.get(name))];
    };
    const asDevice = { 'holdfast-protocol': '1', authorization: `Bearer ${device.enrolled.token}` };
    expect(await given({})).toEqual(['400', "default-src 'none'", 'nosniff']);
    expect(await given(asDevice)).toEqual(['200', null, null]);
    // A page of another origin asks first whether it may name the protocol, and is told nothing that would let it.
    const preflight = await fetch(`${hub.url}/sync/v1/segment-keys`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-headers': 'holdfast-protocol' },
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('nothing of it is for another origin, or kept by who passes it on', async () => {
    const response = await hub.api('/api/v1/stores', { headers: { origin: 'https://elsewhere.example' } });
    expect([response.status, response.headers.get('access-control-allow-origin'), response.headers.get('cache-control')]).toEqual([
      200,
      null,
      expect.stringContaining('no-store'),
    ]);
  });

  test('a question that says the same thing twice is not guessed at, and TRACE echoes nothing', async () => {
    expect((await hub.api('/api/v1/product?limit=1&limit=2')).status).toBe(400);
    const answer = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(hub.url);
      const socket = connect(Number(port), hostname, () =>
        socket.write(`TRACE /healthz HTTP/1.1\r\nHost: ${hostname}\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n`),
      );
      let text = '';
      socket
        .on('data', (bytes) => (text += String(bytes)))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 40[45] /);
    expect(answer).not.toContain('s3cret');
  });

  test('whoever asks whether the hub lives is told so, and for how long', async () => {
    const response = await fetch(`${hub.url}/heartbeat`);
    const { status, nowMs, upMs } = (await response.json()) as { status: string; nowMs: number; upMs: number };
    expect([response.headers.get('cache-control'), status]).toEqual(['no-store', 'ok']);
    expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000);
    expect(upMs).toBeGreaterThanOrEqual(0);
  });
});

describe('hostile input never fails the hub', () => {
  const bodies: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[] = [
    ['nothing', ''],
    ['no JSON', '{"a":'],
    ['null', 'null'],
    ['a list', '[1,2,3]'],
    ['a text', '"text"'],
    ['a prototype', '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
    ['depth', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['wrong types', '{"code":{},"publicKey":[],"position":5,"cells":"x","store":{},"lane":"NaN","waitingEntries":-1}'],
    ['NUL and half a character', '{"code":"\\u0000","publicKey":"\\ud800","store":"\\u0000","name":"\\ud800"}'],
    [
      'a position from nowhere',
      '{"position":{"hubEpoch":"zz","lsn":1e300,"historyHash":""},"waitingEntries":0,"waitingSales":0,"wallMs":0}',
    ],
    [
      'a clock out of range',
      `{"position":{"hubEpoch":"0000000000000000","lsn":0,"historyHash":"${'0'.repeat(64)}"},"waitingEntries":9007199254740991,"waitingSales":9007199254740991,"wallMs":-9007199254740991}`,
    ],
    ['bytes', new Uint8Array(1_000).fill(255)],
    ['a frame’s beginning', new Uint8Array([...Buffer.from('HFLG'), 1, 0, 255, 255, 255, 255, 255, 255, 255, 255])],
    ['more than is taken', new Uint8Array(20 * 1024 * 1024)],
  ];
  const targets = [
    '/sync/v1/enrol',
    '/sync/v1/ledger',
    '/sync/v1/manifest',
    '/api/v1/stores',
    '/api/v1/enrolment-codes',
    '/api/v1/publications',
    '/api/v1/catalog/import',
  ];

  test.each(targets)('%s', async (path) => {
    const authorization = path.startsWith('/api/') ? `Bearer ${hub.consoleToken}` : `Bearer ${device.enrolled.token}`;
    for (const [what, body] of bodies) {
      for (const type of ['application/json', 'application/octet-stream', 'application/json; charset=utf-99']) {
        const response = await fetch(`${hub.url}${path}`, {
          method: 'POST',
          headers: { authorization, 'content-type': type, 'holdfast-protocol': '1' },
          body,
        });
        const text = await response.text();
        expect(response.status, `${what} as ${type}: ${text}`).toBeLessThan(500);
        const isRefused = response.status >= 400;
        expect(!isRefused || text.includes(`"status":${response.status}`), `${what} as ${type}: ${text}`).toBe(true);
      }
    }
    expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
  });

  test.each([
    '/api/v1/sales?limit=0',
    '/api/v1/sales?limit=1e9',
    '/api/v1/sales?date=2026-13-45x',
    '/api/v1/sales?before=%00',
    '/api/v1/sales?before=WyJ4Il0',
    '/api/v1/sales?store=%00',
    '/api/v1/sales/x/y/z',
    '/api/v1/sales/%00/0000000000000000/1',
    '/api/v1/sales/x/0000000000000000/99999999999999999999',
    '/api/v1/sold?store=%ED%A0%80',
    '/api/v1/%ff',
    '/assets/..%2f..%2fpackage.json',
    '/..%2f..%2fpackage.json',
  ])('GET %s', async (path) => {
    const response = await hub.api(path);
    const text = await response.text();
    expect(response.status, text).toBeLessThan(500);
    expect(text).not.toContain('@holdfast/hub-server');
    // Nothing was sent that could have been read.
    expect(text).not.toContain('The body');
  });

  test('what is not there is said to be not there', async () => {
    const response = await fetch(`${hub.url}/assets/gone.js`);
    expect(await response.json()).toMatchObject({ status: 404, type: 'urn:holdfast:problem:noSuchPath' });
  });

  test('a sender that goes away in the middle of an import leaves nothing behind and blocks nobody', async () => {
    const { port } = new URL(hub.url);
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => {
      socket.once('connect', resolve);
    });
    socket.write(
      `POST /api/v1/catalog/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${hub.consoleToken}\r\nContent-Length: 100000\r\n\r\nsku,name\nGONE,Gone\n`,
      () => socket.destroy(),
    );
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
    await expect
      .poll(async () => (await hub.api('/api/v1/catalog/import', { method: 'POST', body: 'sku,name\nHERE,Here\n' })).status)
      .toBe(200);
    expect(await hub.database.rows(`SELECT key FROM entity WHERE key IN ('GONE', 'HERE')`)).toEqual([{ key: 'HERE' }]);
  });
});

describe('the console', () => {
  test('a store is what its settings say now: its own before its zone’s, and what it was made as where they say nothing', async () => {
    const made = { store: 'S7', name: 'Seven', zone: 'North', currency: 'CHF', timeZone: 'Europe/Zurich', taxInclusive: true };
    expect((await hub.post('/api/v1/stores', made)).status).toBe(201);
    const seven = async (): Promise<unknown> => {
      const { stores } = await hub.json<{ stores: readonly { store: string }[] }>('/api/v1/stores');
      return stores.find(({ store }) => store === 'S7');
    };
    const set = (key: string, value: string, scope = 'store:S7') => ({ type: 'setting', key, scope, fields: { value } });
    expect(await seven()).toMatchObject(made);
    await hub.post('/api/v1/publications', {
      cells: [
        set('storeName', 'Zone North', 'zone:North'),
        set('storeName', 'Seventh Heaven'),
        set('storeAddress', 'Am Hang 7'),
        set('timeZone', 'UTC', 'global'),
      ],
    });
    const { asOfMs } = await hub.json<{ asOfMs: number }>('/api/v1/clock');
    const businessDate = businessDateOf(asOfMs, 'Europe/Zurich');
    expect(await seven()).toMatchObject({ ...made, name: 'Seventh Heaven', address: 'Am Hang 7', minorDigits: 2, businessDate });
    const { stores } = await hub.json<Overview>('/api/v1/overview');
    expect(stores.find(({ store }) => store === 'S7')?.name).toBe('Seventh Heaven');
    // What no lane could work with changes nothing here either.
    await hub.post('/api/v1/publications', { cells: [set('timeZone', 'Europe/Nowhere')] });
    expect(await seven()).toMatchObject(made);
    await hub.post('/api/v1/publications', { cells: [set('timeZone', 'Europe/Zurich')] });
  });

  test('sees devices, today’s sales, each sale line by line, and pages through them', async () => {
    const lane = await enrolNextDevice(hub);
    const today = (await hub.json<Overview>('/api/v1/overview')).businessDate;
    await hub.post('/api/v1/publications', {
      cells: [{ type: 'item', key: 'tea', scope: 'global', fields: { name: 'Green tea', taxClass: 'standard', unit: 'piece' } }],
    });
    for (let i = 0; i < 6; i += 1) lane.sell([{ sku: 'tea', quantity: 2, amountMinor: 500 }], { businessDate: today });
    lane.sell([{ sku: 'tea', quantity: 2, amountMinor: 500 }], { businessDate: today, training: true });
    await lane.send();
    await lane.manifest();

    const overview = await hub.json<Overview>('/api/v1/overview');
    const view = overview.stores[0]?.devices.find((row) => row.device === lane.enrolled.device);
    expect(view).toMatchObject({
      lane: lane.enrolled.lane,
      waitingEntries: 3,
      waitingSales: 2,
      receivedEntries: 7,
      setAside: 0,
      chainWhole: true,
    });
    expect(view?.clockOffsetMs).toBeGreaterThanOrEqual(4_000);
    expect(overview.totals).toMatchObject({ sales: 6, returns: 0 });

    const first = await hub.json<{ sales: { seq: number }[]; next: string | null }>(`/api/v1/sales?device=${lane.enrolled.device}&limit=4`);
    const rest = await hub.json<{ sales: { seq: number }[]; next: string | null }>(
      `/api/v1/sales?device=${lane.enrolled.device}&limit=4&before=${first.next ?? ''}`,
    );
    expect([...first.sales, ...rest.sales].map((sale) => sale.seq)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(rest.next).toBeNull();

    const sale = await hub.json<Record<string, unknown>>(`/api/v1/sales/${lane.enrolled.device}/${lane.epoch}/1`);
    expect(sale).toMatchObject({
      totalMinor: 500,
      currency: 'EUR',
      minorDigits: 2,
      kind: 'sale',
      lines: [{ sku: 'tea', name: 'Green tea', quantity: 2, unit: 'piece', amountMinor: 500, unitPrice: { amount: 100, decimals: 2 } }],
      tenders: [{ tenderType: 'cash', amountMinor: 500 }],
      operator: 'op-1',
      hash: bytesToHex(lane.entries[0]?.hash ?? new Uint8Array()),
    });
    expect((await hub.api(`/api/v1/sales/${lane.enrolled.device}/${lane.epoch}/99`)).status).toBe(404);
    const sold = (await (await hub.api('/api/v1/sold?store=1')).text()).trim().split('\n');
    expect(sold.map((line) => JSON.parse(line) as unknown)).toContainEqual({
      sku: 'tea',
      unit: 'piece',
      quantity: 12,
      amountMinor: 3_000,
      currency: 'EUR',
      lines: 6,
    });
  });

  test('names the tenders of a sale as the store does, and refuses a tender type that means nothing', async () => {
    const lane = await enrolNextDevice(hub);
    const card = { type: 'tenderType', key: 'visa', scope: 'global', fields: { kind: 'card', name: 'Visa' } };
    await hub.post('/api/v1/publications', { cells: [card] });
    const tenders = [
      { tenderType: 'visa', amountMinor: 300, tipMinor: 20 },
      { tenderType: 'beads', amountMinor: 200, reference: 'B7' },
    ];
    lane.sell([{ sku: 'tea', quantity: 2, amountMinor: 500 }], { tenders });
    await lane.send();
    const sale = await hub.json<Record<string, unknown>>(`/api/v1/sales/${lane.enrolled.device}/${lane.epoch}/1`);
    expect(sale).toMatchObject({
      tenders: [
        { tenderType: 'visa', name: 'Visa', amountMinor: 300, tipMinor: 20 },
        { tenderType: 'beads', name: 'beads', amountMinor: 200, reference: 'B7' },
      ],
    });
    const refused = await hub.post('/api/v1/publications', { cells: [{ ...card, fields: { kind: 'shells' } }] });
    expect([refused.status, await refused.text()]).toMatchObject([422, expect.stringContaining('kind is not')]);
  });

  test('is told of sales, devices and publications as they come; devices are poked', async () => {
    const lane = await enrolNextDevice(hub);
    const live = await watch(hub);
    const poke = new WebSocket(`${hub.url.replace('http', 'ws')}/sync/v1/poke`, {
      headers: { authorization: `Bearer ${lane.enrolled.token}` },
    });
    await new Promise((resolve) => {
      poke.once('open', resolve);
    });
    const poked = new Promise<string>((resolve) => {
      poke.once('message', (data: Buffer) => resolve(data.toString('utf8')));
    });
    lane.sell([{ sku: 'live', quantity: 1, amountMinor: 123 }]);
    await lane.send();
    const heard = async (message: object): Promise<void> =>
      expect.poll(() => live.heard, { timeout: 60_000 }).toContainEqual(expect.objectContaining(message));
    await heard({ event: 'sale', data: expect.objectContaining({ totalMinor: 123 }) });
    await heard({ event: 'device', data: expect.objectContaining({ device: lane.enrolled.device }) });
    const published = (await (
      await hub.post('/api/v1/publications', { cells: [{ type: 'department', key: 'Tea', scope: 'global', fields: { position: 1 } }] })
    ).json()) as { lsn: number };
    await heard({ event: 'publication', data: { lsn: published.lsn } });
    expect(await poked).toBe('poke');
    poke.close();
    live.socket.close();
  });

  test('D-21: over its line a device is told whether there is anything new, and seen by it, also where it stands; who counts no more, or is wanted, is told no', async () => {
    const lane = await enrolNextDevice(hub);
    const bearer = { authorization: `Bearer ${lane.enrolled.token}`, 'holdfast-protocol': '1' };
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${PATHS.poke}`, { headers: bearer });
    const offered = new Promise<unknown>((resolve) => socket.once('upgrade', ({ headers }) => resolve(headers['holdfast-level'])));
    await new Promise((resolve) => socket.once('open', resolve));
    expect(await offered).toBe('2');
    stoodAtMs = systemClock.monotonicMs();
    const answers: Buffer[] = [];
    socket.on('message', (message: Buffer, isBinary: boolean) => void (isBinary && answers.push(message)));
    /** Whether it is level. */
    const ask = async (question: Uint8Array): Promise<boolean> => {
      const before = answers.length;
      // Whoever asks back to back is not answered.
      stoodAtMs = (stoodAtMs ?? 0) + 1_000;
      socket.send(question);
      await expect.poll(() => answers.length).toBe(before + 1);
      const hubTimeMs = decodeLevelAnswer(new Uint8Array(answers.at(-1) ?? Buffer.alloc(0)));
      expect(Math.abs((hubTimeMs ?? Date.now()) - Date.now())).toBeLessThan(60_000);
      return hubTimeMs !== null;
    };
    const row = async (): Promise<unknown> => {
      const sql = 'SELECT last_seen_ms > 0 AS "isSeen", clock_offset_ms AS "clockOffsetMs" FROM device WHERE device = $1';
      return (await hub.database.rows(sql, [lane.enrolled.device]))[0];
    };
    const course = async (): Promise<unknown> => {
      const sql = 'SELECT held_lsn AS "heldLsn", told_lsn AS "toldLsn", told_at_ms > 1 AS "isToldAnew" FROM device WHERE device = $1';
      return (await hub.database.rows(sql, [lane.enrolled.device]))[0];
    };
    /** As a device that stands at the head asks. */
    const question = async (wallMs: number): Promise<Uint8Array> => {
      const { to } = await lane.manifest();
      return encodeLevelQuestion({ mark: levelMark(nodeHash, { position: to, revocations: 0 }), wallMs });
    };
    const first = await question(0);
    const elsewhere = levelMark(nodeHash, { position: originPosition(lane.enrolled.hubEpoch), revocations: 0 });
    await hub.database.execute('UPDATE device SET last_seen_ms = 0, clock_offset_ms = 0 WHERE device = $1', [lane.enrolled.device]);
    expect(await ask(Uint8Array.of(0xff))).toBe(false);
    expect(await ask(encodeLevelQuestion({ mark: elsewhere, wallMs: 0 }))).toBe(false);
    expect(await row()).toEqual({ isSeen: false, clockOffsetMs: 0 });
    expect(await ask(first)).toBe(true);
    expect(await row()).toEqual({ isSeen: true, clockOffsetMs: expect.toSatisfy((offsetMs: number) => offsetMs > 1e12) });
    // However far off its clock is.
    expect(await ask(await question(-Number.MAX_SAFE_INTEGER))).toBe(true);
    await hub.post('/api/v1/publications', { cells: [{ type: 'department', key: 'Coffee', scope: 'global', fields: { position: 2 } }] });
    expect(await ask(first)).toBe(false);
    const next = await question(0);
    const { to: head } = await lane.manifest();
    // As of a device that a sibling has brought there: the hub told it nothing of it.
    await hub.database.execute('UPDATE device SET held_lsn = 1, told_lsn = 1, told_at_ms = 1 WHERE device = $1', [lane.enrolled.device]);
    expect(await course()).toEqual({ heldLsn: 1, toldLsn: 1, isToldAnew: false });
    expect(await ask(first)).toBe(false);
    expect(await course()).toEqual({ heldLsn: 1, toldLsn: 1, isToldAnew: false });
    expect(await ask(next)).toBe(true);
    expect(await course()).toEqual({ heldLsn: head.lsn, toldLsn: head.lsn, isToldAnew: true });
    expect((await hub.post(`/api/v1/devices/${lane.enrolled.device}/audit`, {})).status).toBe(202);
    expect(await ask(next)).toBe(false);
    await hub.database.execute('DELETE FROM device_audit WHERE device = $1', [lane.enrolled.device]);
    expect(await ask(next)).toBe(true);
    // Its mark is still the hub's: nobody else was revoked.
    await hub.database.execute('UPDATE device SET wipe_ordered_at_ms = 1 WHERE device = $1', [lane.enrolled.device]);
    expect(await ask(next)).toBe(false);
    socket.terminate();
    stoodAtMs = undefined;
  });

  test('D-21: whoever asks back to back is not answered, on however many lines', async () => {
    const lane = await enrolNextDevice(hub);
    const lineOf = async (): Promise<{ readonly socket: WebSocket; readonly answers: readonly boolean[] }> => {
      const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${PATHS.poke}`, {
        headers: { authorization: `Bearer ${lane.enrolled.token}` },
      });
      const answers: boolean[] = [];
      socket.on('message', (message: Buffer, isBinary: boolean) => {
        if (isBinary) answers.push(decodeLevelAnswer(new Uint8Array(message)) !== null);
      });
      await new Promise((resolve) => socket.once('open', resolve));
      return { socket, answers };
    };
    const [first, second] = [await lineOf(), await lineOf()];
    const { to } = await lane.manifest();
    const question = encodeLevelQuestion({ mark: levelMark(nodeHash, { position: to, revocations: 0 }), wallMs: 0 });
    stoodAtMs = systemClock.monotonicMs();
    first.socket.send(question);
    await expect.poll(() => first.answers).toEqual([true]);
    second.socket.send(question);
    // What was sent before it is heard by then.
    const heard = new Promise((resolve) => second.socket.once('pong', resolve));
    second.socket.ping();
    await heard;
    stoodAtMs += 1_000;
    second.socket.send(Uint8Array.of(0xff));
    await expect.poll(() => second.answers).toEqual([false]);
    for (const { socket } of [first, second]) socket.terminate();
    stoodAtMs = undefined;
  });

  test('D-21: a device holds so many lines open and no more: the oldest ends, the newest are told', async () => {
    const lane = await enrolNextDevice(hub);
    const other = await enrolNextDevice(hub);
    const lineOf = async ({ enrolled }: TestDevice): Promise<WebSocket> => {
      const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${PATHS.poke}`, {
        headers: { authorization: `Bearer ${enrolled.token}` },
      });
      await new Promise((resolve) => socket.once('open', resolve));
      return socket;
    };
    const neighbours = await lineOf(other);
    const oldest = await lineOf(lane);
    const ended = new Promise<number>((resolve) => oldest.once('close', resolve));
    const newest: WebSocket[] = [];
    for (let line = 0; line < 4; line += 1) newest.push(await lineOf(lane));
    expect(await ended).toBe(1_006);
    const told = [neighbours, ...newest].map(async (socket) => new Promise((resolve) => socket.once('message', resolve)));
    await hub.post('/api/v1/publications', { cells: [{ type: 'department', key: 'Lines', scope: 'global', fields: { position: 3 } }] });
    expect(await Promise.all(told)).toHaveLength(5);
    for (const socket of [neighbours, ...newest]) socket.terminate();
  });

  test('a poke socket without a device’s token is refused', async () => {
    for (const path of ['/sync/v1/poke', '/elsewhere']) {
      const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${path}`, { headers: { authorization: 'Bearer forged' } });
      const error = await new Promise<Error>((resolve) => {
        socket.once('error', resolve);
      });
      expect(error.message).toMatch(/401|404/);
    }
  });
});
