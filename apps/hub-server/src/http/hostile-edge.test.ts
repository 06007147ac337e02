/**
 * What is wrong on purpose, at the hub's real port: bodies that grow, lengths that lie, values that are none, floods. Refused with one of a closed set of reasons, nothing of it is held, whoever
 * is honest is answered meanwhile, and memory stays bounded.
 */
import { connect } from 'node:net';
import { zstdCompressSync } from 'node:zlib';

import { bytesToHex, encodeCbor, signHead, type LedgerAnswer } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

const MIB = 1024 * 1024;

let hub: TestHub;
let honest: TestDevice;
beforeAll(async () => {
  hub = await startTestHub();
  await hub.post('/api/v1/stores', { store: 'honest', name: 'Honest', currency: 'EUR', timeZone: 'UTC', taxInclusive: true });
  honest = await enrolNextDevice(hub, 'honest');
});
afterAll(async () => hub.close());

const sold = async (count: number): Promise<TestDevice> => {
  const device = await enrolNextDevice(hub);
  for (let i = 0; i < count; i += 1) device.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  return device;
};
const heldOf = async (device: TestDevice): Promise<number> => {
  const answer: LedgerAnswer = await device.send(device.entries.length + 1);
  return answer.received[device.epoch] ?? 0;
};
const expectServed = async (): Promise<void> => {
  honest.sell([{ sku: 'honest', quantity: 1, amountMinor: 100 }]);
  expect(await honest.send()).toMatchObject({ received: { [honest.epoch]: honest.entries.length } });
};

/** A frame of one entry, signed by its device, around whatever body. */
function frameAround(device: TestDevice, body: Uint8Array, count = 1): Uint8Array {
  const { device: name } = device.enrolled;
  const head = signHead(device.signer, { device: name, epoch: device.epoch, seq: count, hash: new Uint8Array(32).fill(7) });
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
  return Buffer.concat([
    Buffer.from('HFLG'),
    Buffer.from([1, 0, name.length]),
    Buffer.from(name),
    Buffer.from(device.epoch, 'hex'),
    Buffer.from([1]),
    Buffer.alloc(32),
    Buffer.from(varint(count)),
    Buffer.from([0]),
    head.hash,
    head.signature,
    body,
  ]);
}

/** One entry of kind 1 whose only column is said by these bytes of CBOR. */
const bodySaying = (value: readonly number[]): Uint8Array => {
  const constant = (number: number, of: number): number[] => [number, 0, 1, ...encodeCbor(of)];
  return zstdCompressSync(Buffer.from([3, ...constant(1, 1), ...constant(1, 1), ...constant(1, 0), 1, 1, 0, 0, ...value]));
};

const BAD_REQUEST = 'urn:holdfast:problem:badRequest';

async function expectRefused(response: Response, what: string): Promise<void> {
  const problem = (await response.json()) as { readonly type: string };
  expect([response.status, problem.type], what).toEqual([400, BAD_REQUEST]);
}

test('U-3: a value that such a frame may say is read, so that what follows is refused for its value alone', async () => {
  const device = await sold(0);
  const problem = (await (await device.post(frameAround(device, bodySaying([0x18, 0x2a])))).json()) as { readonly detail: string };
  expect(problem.detail).toBe('entries do not lead to the head');
});

test.each([
  ['NaN', [0xf9, 0x7e, 0x00]],
  ['infinity', [0xfa, 0x7f, 0x80, 0x00, 0x00]],
  ['a double', [0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ['undefined', [0xf7]],
  ['a tag', [0xc1, 0x00]],
  ['an endless list', [0x9f, 0xff]],
  ['a text of 2 GB', [0x7a, 0x80, 0, 0, 0]],
  ['bytes of 2 GB', [0x5a, 0x80, 0, 0, 0]],
  ['a list of 2 G items', [0x9a, 0x80, 0, 0, 0]],
  ['a map of 2 G pairs', [0xba, 0x80, 0, 0, 0]],
  ['an integer past 2^53', [0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0]],
  ['a byte that is no UTF-8', [0x61, 0xff]],
  ['UTF-8 that is too long', [0x62, 0xc0, 0x80]],
  ['half of a surrogate pair', [0x63, 0xed, 0xa0, 0x80]],
  ['a text that ends early', [0x64, 0x61]],
  ['nesting without end', Array.from({ length: 5_000 }, () => 0x81)],
])('U-3, L-1: %s in an entry that its device signed is refused, and nothing of it is held', async (what, value) => {
  const device = await sold(1);
  await expectRefused(await device.post(frameAround(device, bodySaying(value))), what);
  expect(await heldOf(device)).toBe(0);
  expect(await device.send()).toMatchObject({ received: { [device.epoch]: 1 } });
});

test('U-3: numbers in JSON that are none are refused where they stand', async () => {
  const device = await sold(0);
  const position = `{"hubEpoch":"${device.enrolled.hubEpoch}","lsn":0,"historyHash":"${'0'.repeat(64)}"}`;
  for (const number of ['NaN', 'Infinity', '1e999', '-1e999', '1.5', '"1"', 'null', '9007199254740993']) {
    const body = `{"position":${position},"waitingEntries":0,"waitingSales":0,"wallMs":${number}}`;
    const response = await device.request('/sync/v1/manifest', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await expectRefused(response, number);
  }
  const bytes = Buffer.from(`{"account":"giftCard","reference":"\xff\xfe","currency":"EUR","neededMinor":1}`, 'latin1');
  const answer = await device.request('/sync/v1/balance', { method: 'POST', headers: { 'content-type': 'application/json' }, body: bytes });
  expect([200, 400]).toContain(answer.status);
});

test('U-3: forty bodies that would grow to 128 MiB each are refused, and memory does not', async () => {
  const device = await sold(1);
  const bomb = zstdCompressSync(Buffer.alloc(128 * MIB));
  expect(bomb.length).toBeLessThan(MIB);
  // What it takes to refuse one is taken already.
  await expectRefused(await device.post(frameAround(device, bomb)), 'the first');
  const before = process.resourceUsage().maxRSS;
  for (let round = 0; round < 40; round += 1) await expectRefused(await device.post(frameAround(device, bomb)), `round ${round}`);
  expect((process.resourceUsage().maxRSS - before) / 1_024).toBeLessThan(64);
  expect(await heldOf(device)).toBe(0);
  await expectServed();
});

/** The answer's status line, however the connection ends. */
const rawAnswer = async (head: string, body: (write: (bytes: Buffer) => void) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    let heard = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      heard += text;
      if (heard.includes('\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(heard.split('\r\n', 1)[0] ?? ''));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      heard === '' && error.code !== 'EPIPE' && error.code !== 'ECONNRESET' ? reject(error) : undefined,
    );
    socket.write(head);
    body((bytes) => void socket.write(bytes));
  });

const requestHead = (device: TestDevice, length: string): string =>
  `POST /sync/v1/ledger HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${device.enrolled.token}\r\nHoldfast-Protocol: 1\r\nContent-Type: application/octet-stream\r\n${length}\r\n\r\n`;

test('U-3: a body of 2 GB is refused by its length alone, an endless one where it passes the limit', async () => {
  const device = await sold(1);
  expect(await rawAnswer(requestHead(device, `Content-Length: ${2 ** 31}`), () => undefined)).toBe('HTTP/1.1 413 Payload Too Large');
  const before = process.resourceUsage().maxRSS;
  const answer = await rawAnswer(requestHead(device, 'Transfer-Encoding: chunked'), (write) => {
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB), Buffer.from('\r\n')]);
    for (let sent = 0; sent < 8; sent += 1) write(chunk);
  });
  expect(answer).toBe('HTTP/1.1 413 Payload Too Large');
  expect((process.resourceUsage().maxRSS - before) / 1_024).toBeLessThan(64);
  for (const length of ['-1', 'NaN', '1e9', '9'.repeat(40)])
    expect(await rawAnswer(requestHead(device, `Content-Length: ${length}`), () => undefined)).toMatch(/^HTTP\/1\.1 4(?:00|13) /);
  expect(await heldOf(device)).toBe(0);
  await expectServed();
});

test('U-3: counts of a frame that claim more than it can hold are refused before room is made for them', async () => {
  const device = await sold(1);
  const before = process.resourceUsage().maxRSS;
  for (const count of [4_096, 4_097, 2 ** 31, 2 ** 53 - 1])
    await expectRefused(await device.post(frameAround(device, bodySaying([1]), count)), `${count} entries`);
  expect((process.resourceUsage().maxRSS - before) / 1_024).toBeLessThan(64);
});

test('P-1: a day of a store is told whatever word its device signed for a tender', async () => {
  const device = await sold(1);
  device.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }], { tenders: [{ tenderType: 'ca\u0000sh', amountMinor: 100 }] });
  expect(await device.send()).toMatchObject({ received: { [device.epoch]: 2 } });
  // Sales count within moments.
  const day = async (): Promise<string> => (await hub.api('/api/v1/store-days/1/2026-11-21')).text();
  await expect.poll(day, { timeout: 20_000 }).toContain(String.raw`ca\u0000sh`);
  await expectServed();
});

test('U-18: a flood of tiny batches of one device is put off, and whoever is honest is answered meanwhile', async () => {
  const device = await sold(1);
  const frame = device.frame();
  const [before, statuses] = [process.resourceUsage().maxRSS, new Map<number, number>()];
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 100 }, async () => device.post(frame)));
    for (const answer of answers) {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      await answer.arrayBuffer();
    }
    if (round % 5 === 0) await expectServed();
  }
  expect([...statuses.keys()].filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
  expect((statuses.get(429) ?? 0) + (statuses.get(503) ?? 0)).toBeGreaterThan(1_000);
  expect((process.resourceUsage().maxRSS - before) / 1_024).toBeLessThan(128);
  await expect.poll(async () => (await device.post(device.frame(2))).status, { timeout: 20_000 }).toBe(200);
});

test('U-7, N-3: a batch of an epoch that nobody has heard of is a gap; a revoked device brings what it sold, and is served nothing', async () => {
  const device = await sold(3);
  expect(await device.send(2, 3)).toMatchObject({ gap: true, received: {} });
  await device.send();
  expect((await hub.post(`/api/v1/devices/${device.enrolled.device}/revoke`, { reason: 'stolen' })).status).toBe(200);
  device.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  expect(await device.send(4)).toMatchObject({ received: { [device.epoch]: 4 } });
  for (const path of ['manifest', 'balance', 'returns', 'audit', 'certificate']) {
    const answer = await device.request(`/sync/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([answer.status, ((await answer.json()) as { readonly type: string }).type]).toEqual([403, 'urn:holdfast:problem:deviceGone']);
  }
  await (await hub.api('/api/v1/stock')).text();
  const held = await hub.database.rows<{ seq: number }>('SELECT max(seq) AS seq FROM ledger_entry WHERE device = $1', [
    device.enrolled.device,
  ]);
  // What it signed after it was stolen counts when a person, or a sibling, says so.
  expect(held[0]?.seq).toBe(3);
  expect(bytesToHex(device.entries[3]?.hash ?? new Uint8Array())).toHaveLength(64);
});
