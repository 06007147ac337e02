/**
 * What is wrong with a batch, byte by byte, over real HTTP: it is refused with one of a closed set of reasons, nothing of it is taken, and the hub goes on. What is flipped and yet decodes to
 * the very entries that were signed is no damage.
 */
import { systemClock } from '@holdfast/base/node';
import type { LedgerAnswer } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

let hub: TestHub;
/** Each look at the clock is a second later: buckets are always full. */
let passed = 0;
beforeAll(async () => {
  hub = await startTestHub(undefined, { clock: { nowMs: () => systemClock.nowMs(), monotonicMs: () => (passed += 1_000) } });
});
afterAll(async () => hub.close());

const REASONS = ['badRequest', 'wrong-device', 'bad-signature'].map((name) => `urn:holdfast:problem:${name}`);

interface Problem {
  readonly type: string;
  readonly status: number;
}

/** What the hub holds of a device, asked by a probe. */
const heldOf = async (device: TestDevice): Promise<number> => {
  const answer: LedgerAnswer = await device.send(device.entries.length + 1);
  return answer.received[device.epoch] ?? 0;
};

async function expectRefused(response: Response, what: string): Promise<void> {
  const problem = (await response.json()) as Problem;
  expect([400, 422], `${what}: ${JSON.stringify(problem)}`).toContain(response.status);
  expect(REASONS, what).toContain(problem.type);
}

async function laneWithSales(count: number): Promise<TestDevice> {
  const device = await enrolNextDevice(hub);
  for (let i = 0; i < count; i += 1) device.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  return device;
}

test('U-5: whichever byte of a batch is flipped, it is refused and nothing of it is held', async () => {
  const device = await laneWithSales(2);
  const frame = device.frame();
  const accepted: Response[] = [];
  for (let at = 0; at < frame.length; at += 1) {
    const flipped = frame.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const response = await device.post(flipped);
    if (response.status === 200) accepted.push(response);
    else await expectRefused(response, `byte ${at}`);
  }
  // Some bits of a compressed stream mean nothing: then it is the same batch.
  for (const response of accepted) expect(((await response.json()) as LedgerAnswer).received).toEqual({ [device.epoch]: 2 });
  expect(await device.send()).toMatchObject({ received: { [device.epoch]: 2 } });
});

test('U-5: wherever it is torn, nothing of it is held', async () => {
  const device = await laneWithSales(3);
  const frame = device.frame();
  for (let length = 0; length < frame.length; length += 1)
    await expectRefused(await device.post(frame.subarray(0, length)), `${length} bytes`);
  expect(await heldOf(device)).toBe(0);
});

test('U-6, U-7: out of order, again and of another epoch: each entry counts once, in its place', async () => {
  const device = await laneWithSales(6);
  expect(await device.send(3, 4)).toMatchObject({ gap: true, received: {} });
  await device.send(1, 2);
  expect(await device.send(5, 6)).toMatchObject({ gap: true, received: { [device.epoch]: 2 } });
  await device.send(3, 4);
  await device.send(1, 2);
  await device.send(1, 6);
  const unsent = device.nextEpoch();
  unsent.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  const beyond = unsent.nextEpoch();
  beyond.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  expect(await beyond.send()).toMatchObject({ gap: true, received: { [device.epoch]: 6 } });
  expect(await heldOf(device)).toBe(6);
});

test('U-5: another store’s lane brings nobody else’s ledger; a token that was taken away brings nothing', async () => {
  await hub.post('/api/v1/stores', { store: 'far', name: 'Far', currency: 'EUR', timeZone: 'UTC', taxInclusive: true });
  const [device, far] = [await laneWithSales(1), await enrolNextDevice(hub, 'far')];
  const stolen = await far.post(device.frame());
  expect([stolen.status, ((await stolen.json()) as Problem).type]).toEqual([422, 'urn:holdfast:problem:wrong-device']);
  await hub.database.execute('UPDATE device SET token_hash = $2 WHERE device = $1', [device.enrolled.device, new Uint8Array([1, 2, 3])]);
  expect((await device.post(device.frame())).status).toBe(401);
});

test('U-5: a device that names itself in bytes that are no text is refused', async () => {
  const device = await laneWithSales(1);
  const frame = Buffer.from(device.frame());
  const at = frame.indexOf(device.enrolled.device);
  expect(at).toBeGreaterThan(0);
  for (const byte of [0x00, 0x80, 0xc0, 0xed, 0xff]) {
    const wrong = Buffer.from(frame);
    wrong[at] = byte;
    await expectRefused(await device.post(wrong), `0x${byte.toString(16)}`);
  }
});
