/** A lane with a fiscal signer: what it is told, what receipts and the ledger say, and that nothing waits for one that is away. */
import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { LEDGER_KINDS } from '@holdfast/domain';
import { openFiscalSigner } from '@holdfast/hardware';
import { createVirtualSigner, serveDevice, type DevicePort, type VirtualSigner } from '@holdfast/hardware/virtual';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { FiscalWork } from '../acts/fiscal-acts.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, fastFolder, MILK, setting, silentLogger, type TestLane } from '../testing/test-lane.ts';
import { createLaneFiscal, type LaneFiscal } from './lane-fiscal.ts';

const HOUR_MS = 3_600_000;
const GERMAN = [...ASSORTMENT, setting('fiscalSigning', 'DE')];

let lane: TestLane;
let device: VirtualSigner;
let port: DevicePort;
let fiscal: LaneFiscal | undefined;
let gone: string[] = [];

beforeEach(async () => {
  device = createVirtualSigner({ clock: systemClock, timers: systemTimers });
  port = await serveDevice(0, (peer) => device.connect(peer));
  lane = createTestLane(GERMAN, fastFolder(), undefined, undefined, undefined, undefined, { onWork: () => fiscal?.onWork() });
  gone = [];
  openFiscal();
});

afterEach(async () => {
  fiscal?.close();
  lane.close();
  await port.close();
});

/** As the till's process does it. */
function openFiscal(): void {
  const signer = openFiscalSigner(`tcp://127.0.0.1:${port.port}`, systemTimers);
  assert(signer.ok, 'an address');
  fiscal = createLaneFiscal(signer.value, {
    timers: systemTimers,
    logger: silentLogger,
    work: () => lane.till.fiscalWork(),
    heard: (work, answer) => void lane.till.fiscalHeard(work, answer),
    leave: (reason) => {
      lane.till.fiscalLeave(reason);
      gone.push(reason);
    },
    isDue: (receiptNumber) => lane.till.isFiscalDue(receiptNumber),
    hasUnsigned: () => lane.till.hasUnsigned(),
    onChange: () => {},
  });
  fiscal.onWork();
}

const entriesOf = (kind: keyof typeof LEDGER_KINDS): readonly Readonly<Record<string, unknown>>[] =>
  lane.store
    .epochs()
    .flatMap(({ epoch }) => lane.store.entriesAfter(epoch, 0, 1_000, 10_000_000))
    .flatMap(({ canonical }) => {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      assert(entry.ok && entry.value.fields !== null, 'an entry');
      return entry.value.kind === LEDGER_KINDS[kind].kind ? [entry.value.fields] : [];
    });
const signatures = () => entriesOf('fiscalSignature');
const gaps = () => entriesOf('fiscalGap').map(({ act, receiptNumber }) => [act, receiptNumber]);

function sell(pieces = 1): string {
  lane.take({ type: 'scan', code: MILK, quantity: pieces });
  const { completed } = lane.take({ type: 'payCash', amountMinor: 10_000 });
  assert(completed !== undefined, 'a sale');
  return completed.receiptNumber;
}

const receiptText = (receiptNumber: string): string => JSON.stringify(lane.take({ type: 'receipt', receiptNumber }).receipt?.blocks);

describe('a signer that is there', () => {
  test('a transaction begins with the first line, hears of the others, and ends with the sale; the receipt says so', async () => {
    lane.take({ type: 'scan', code: MILK });
    await expect.poll(() => device.transactions()[0]?.updates).toBe(1);
    lane.take({ type: 'scan', code: MILK });
    await expect.poll(() => device.transactions()[0]?.updates).toBe(2);
    const { completed } = lane.take({ type: 'payCash', amountMinor: 238 });
    const receiptNumber = completed?.receiptNumber ?? '';
    await fiscal?.settled(receiptNumber);
    expect(device.transactions()).toMatchObject([{ transaction: 1, client: 'lane-1', data: 'Beleg^0.00_2.38_0.00_0.00_0.00^2.38:Bar' }]);
    expect(signatures()).toMatchObject([{ receiptNumber, transaction: 1, serial: device.serial, type: 'Kassenbeleg-V1' }]);
    expect(signatures()[0]).not.toHaveProperty('isLate');
    expect(receiptText(receiptNumber)).toContain('V0;lane-1;Kassenbeleg-V1;Beleg^0.00_2.38');
    expect([gaps(), gone, fiscal?.status()]).toEqual([[], [], [{ device: 'fiscalSigner', state: 'ready', detail: '' }]]);
  });

  test('what is given up, set aside or undone is finished, each once', async () => {
    lane.take({ type: 'scan', code: MILK });
    await expect.poll(() => device.transactions()).toHaveLength(1);
    lane.take({ type: 'voidSale' });
    lane.take({ type: 'scan', code: MILK });
    await expect.poll(() => device.transactions()).toHaveLength(2);
    lane.take({ type: 'suspend' });
    const receiptNumber = sell();
    await fiscal?.settled(receiptNumber);
    lane.take({ type: 'postVoid', receiptNumber });
    await expect
      .poll(() => device.transactions().map(({ signed, data }) => [signed !== undefined, data.split('^')[0]]))
      .toEqual([
        [true, 'AVBelegabbruch'],
        [true, 'AVBelegabbruch'],
        [true, 'Beleg'],
        [true, 'AVBelegstorno'],
      ]);
    expect(lane.db.prepare("SELECT count(*) FROM fiscal_transaction WHERE state <> 'signed'").pluck().get()).toBe(0);
  });
});

describe('a signer that is away', () => {
  test('the sale proceeds, its receipt is marked, the ledger says from when to when, and the signatures come afterwards', async () => {
    device.setPlugged(false);
    const first = sell();
    await fiscal?.settled(first);
    const second = sell(2);
    await fiscal?.settled(second);
    expect(receiptText(first)).toContain('FISCAL SIGNER OUT OF ORDER');
    expect(gaps()).toEqual([['begin', first]]);
    expect(fiscal?.status()).toMatchObject([{ device: 'fiscalSigner', state: 'down' }]);
    device.setPlugged(true);
    await expect.poll(gaps).toEqual([
      ['begin', first],
      ['end', second],
    ]);
    expect(signatures().map(({ receiptNumber, isLate }) => [receiptNumber, isLate])).toEqual([
      [first, true],
      [second, true],
    ]);
    expect(receiptText(first)).toContain('V0;lane-1;');
    expect(receiptText(first)).not.toContain('OUT OF ORDER');
    expect(fiscal?.status()).toEqual([{ device: 'fiscalSigner', state: 'ready', detail: '' }]);
  });

  test('signatures that come after the Z begin no shift and no day: nothing is there to close, and the next day is the next sale’s', async () => {
    device.setPlugged(false);
    const receiptNumber = sell();
    await fiscal?.settled(receiptNumber);
    lane.clock.nowMs += 10 * HOUR_MS;
    lane.take({ type: 'openShift', denominations: [] });
    lane.take({ type: 'closeShift', denominations: [] });
    device.setPlugged(true);
    await expect.poll(gaps).toContainEqual(['end', receiptNumber]);
    expect(signatures()).toMatchObject([{ receiptNumber, shift: 3, businessDate: '2026-11-20' }]);
    lane.clock.nowMs += 14 * HOUR_MS;
    const closes = entriesOf('shiftClose').length;
    expect(lane.till.rollDay()).toEqual([]);
    lane.reopen();
    sell();
    expect(lane.till.status()).toMatchObject({ shift: 3, businessDate: '2026-11-21' });
    expect(lane.till.status()).not.toHaveProperty('rolledFrom');
    expect(entriesOf('shiftClose')).toHaveLength(closes);
  });

  test('a slow one is waited for until the receipt’s deadline, and no request waits at all', async () => {
    // Its answer is nothing that this test would live to see.
    device.setFaults({ answerMs: 3_600_000 });
    const receiptNumber = sell();
    expect(lane.till.isFiscalDue(receiptNumber)).toBe(true);
    await fiscal?.settled(receiptNumber);
    expect(lane.till.isFiscalDue(receiptNumber)).toBe(false);
    expect(gaps()).toEqual([['begin', receiptNumber]]);
  });

  test('killed between sale and signature, the lane fetches it after its start; a signer that forgot is begun with anew', async () => {
    device.setFaults({ losesAnswers: true });
    const receiptNumber = sell();
    fiscal?.close();
    lane.reopen();
    expect(lane.till.isFiscalDue(receiptNumber)).toBe(true);
    device.setFaults({});
    openFiscal();
    await fiscal?.settled(receiptNumber);
    expect(signatures()).toMatchObject([{ receiptNumber }]);
    lane.take({ type: 'scan', code: MILK });
    await expect.poll(() => device.transactions().at(-1)?.updates).toBe(1);
    const other = createVirtualSigner({ clock: systemClock, timers: systemTimers });
    fiscal?.close();
    await port.close();
    device = other;
    port = await serveDevice(0, (peer) => other.connect(peer));
    openFiscal();
    const { completed } = lane.take({ type: 'payCash', amountMinor: 119 });
    await fiscal?.settled(completed?.receiptNumber ?? '');
    expect(signatures().at(-1)).toMatchObject({ receiptNumber: completed?.receiptNumber, transaction: 1, serial: other.serial });
  });

  test('a store that signs and a lane without a signer: each receipt is marked, and the gap stands in the ledger', () => {
    const bare = createTestLane(GERMAN);
    bare.take({ type: 'scan', code: MILK });
    const { completed } = bare.take({ type: 'payCash', amountMinor: 119 });
    const receiptNumber = completed?.receiptNumber ?? '';
    expect(JSON.stringify(bare.take({ type: 'receipt', receiptNumber }).receipt)).toContain('OUT OF ORDER');
    expect(bare.take({ type: 'journal', text: 'fiscalGap', limit: 5 }).journal?.entries).toMatchObject([
      { act: 'begin', reference: receiptNumber, reason: 'noSigner' },
    ]);
    bare.close();
  });

  test('a store that signs nothing tells a signer nothing', async () => {
    const plain = createTestLane(ASSORTMENT);
    plain.take({ type: 'scan', code: MILK });
    const { completed } = plain.take({ type: 'payCash', amountMinor: 119 });
    expect(plain.till.fiscalWork()).toBeUndefined();
    expect(JSON.stringify(plain.take({ type: 'receipt', receiptNumber: completed?.receiptNumber ?? '' }))).not.toContain('SIGN');
    plain.close();
  });
});

test('one that a signer will not have holds up none behind it', async () => {
  fiscal?.close();
  const refused = sell();
  const work = lane.till.fiscalWork();
  assert(work !== undefined, 'something to tell');
  lane.till.fiscalHeard(work, { type: 'started', transaction: 1 });
  const finish = lane.till.fiscalWork();
  assert(finish?.does === 'finish', 'the sale is to be finished');
  lane.till.fiscalHeard(finish, { type: 'refused', detail: 'no such process' });
  expect(lane.till.fiscalWork()).toBeUndefined();
  expect(receiptText(refused)).toContain('OUT OF ORDER');
  expect(gaps()).toEqual([['refused', refused]]);
  openFiscal();
  const next = sell();
  await fiscal?.settled(next);
  expect(signatures()).toMatchObject([{ receiptNumber: next }]);
});

test('however long a signer was away, two seconds after it is back it is asked', async () => {
  const ASKED = 10;
  const pauses: number[] = [];
  let asks = (): void => {};
  const away = { ok: false, error: { type: 'notSigned', reason: 'unreachable', detail: 'nobody is there' } } as const;
  const back = { ok: true, value: { transaction: 1, startedAtMs: 0 } } as const;
  let work: FiscalWork | undefined = { no: 1, does: 'start', client: 'lane-1', reference: 'basket' };
  let isAway = true;
  const waiting = createLaneFiscal(
    { start: async () => (isAway ? away : back), update: async () => away, finish: async () => away, close: () => {} },
    {
      timers: {
        after: (delayMs, task) => {
          pauses.push(delayMs);
          asks = task;
          return () => {};
        },
      },
      logger: silentLogger,
      work: () => work,
      heard: () => {
        work = undefined;
      },
      leave: () => {},
      isDue: () => false,
      hasUnsigned: () => false,
      onChange: () => {},
    },
  );
  waiting.onWork();
  for (let asked = 1; asked <= ASKED; asked += 1) {
    await expect.poll(() => pauses).toHaveLength(asked);
    isAway = asked < ASKED;
    asks();
  }
  await expect.poll(() => work).toBeUndefined();
  expect(pauses).toHaveLength(ASKED);
  expect(Math.max(...pauses)).toBe(2_000);
  waiting.close();
});
