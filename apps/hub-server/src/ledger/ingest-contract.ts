/** Exactly once, on any engine: each engine's test file runs this suite over real HTTP. */
import { createSigner, generateSigningKey, nodeCompression } from '@holdfast/base/node';
import { nodeHash } from '@holdfast/base/node';
import { returnRightEntry, tenderReversalEntry, type ReturnRightMove, invoiceEntry } from '@holdfast/domain';
import {
  BATCH_CODEC_VERSION,
  BATCH_LIMITS,
  bytesToHex,
  decodeBatch,
  encodeBatch,
  PATHS,
  PROTOCOL_VERSION,
  signHead,
  type ChainedEntry,
  type Fields,
  type TornBatch,
} from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { AccountMovementView, AccountView } from '../accounts/accounts.ts';
import type { Database } from '../db/database.ts';
import { enrolDevice, enrolNextDevice, FUTURE_KIND, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { grantReturn, type ReturnRightView } from './return-holds.ts';
import type { SetAsideList } from './set-aside.ts';
import type { Verification } from './verify.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

interface Stock {
  readonly sku: string;
  readonly onHand: number;
}

const RIGHT_HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };

const accountEntry = (reference: string, amountMinor: number): Fields => ({
  businessDate: '2026-11-21',
  shift: 1,
  drawer: 'A',
  operator: 'op-1',
  training: false,
  account: 'giftCard',
  reference,
  currency: 'EUR',
  amountMinor,
});

/** What is received meanwhile stays in the queue: a mark on each run keeps the folder away, as after a failure. */
async function whileNothingFolds<T>(database: Database, run: () => Promise<T>): Promise<T> {
  await database.script("ALTER TABLE ledger_run ALTER COLUMN failure SET DEFAULT 'held by a test'");
  try {
    return await run();
  } finally {
    await database.script('ALTER TABLE ledger_run ALTER COLUMN failure DROP DEFAULT; UPDATE ledger_run SET failure = NULL');
  }
}

export function ingestContract(engine: string, open: () => Promise<Database>): void {
  describe(`ingest contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const verify = async (): Promise<Verification> => hub.json<Verification>('/api/v1/verify');
    const stockOf = async (sku: string): Promise<number | undefined> => {
      const lines = (await (await hub.api('/api/v1/stock')).text()).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Stock).find((row) => row.sku === sku)?.onHand;
    };
    const epochsOf = async (device: TestDevice) => (await verify()).devices.find((row) => row.device === device.enrolled.device)?.epochs;

    test('a batch is received, folded, and named in the answer', async () => {
      const device = await enrolDevice(hub);
      device.sell([
        { sku: 'apple', quantity: 2, amountMinor: 200 },
        { sku: 'pear', quantity: 1, amountMinor: 150 },
      ]);
      device.sell([{ sku: 'apple', quantity: -1, amountMinor: -100 }]);
      device.adjust('apple', 3);
      const head = device.entries[2]?.hash ?? new Uint8Array();
      expect(device.enrolled.reads).toBe(BATCH_CODEC_VERSION);
      expect(await device.send()).toEqual({
        received: { [device.epoch]: 3 },
        heads: { [device.epoch]: bytesToHex(head) },
        safe: { [device.epoch]: 0 },
        reads: BATCH_CODEC_VERSION,
        setAside: 0,
      });
      expect(await stockOf('apple')).toBe(-4);
      expect(await epochsOf(device)).toEqual([
        {
          epoch: device.epoch,
          seq: 3,
          headHash: bytesToHex(head),
          chainWhole: true,
          headSigned: true,
          sales: 2,
          totalsByCurrency: [{ currency: 'EUR', minorDigits: 2, sales: 2, totalMinor: 250 }],
          gaps: [],
          continues: null,
        },
      ]);
    });

    test('goods are kept under their very names, whatever these are to a database', async () => {
      const device = await enrolNextDevice(hub);
      const names = ['NULL', 'a "quoted" one', String.raw`back\slash`, '{a,b}', "it's", 'Käse 🧀', ' '];
      const sale = names.map((sku, index) => ({ sku, quantity: index + 1, amountMinor: 100 }));
      device.sell(sale);
      device.sell(sale);
      await device.send();
      expect(await Promise.all(names.map(stockOf))).toEqual(names.map((_, index) => -2 * (index + 1)));
      expect((await verify()).problems).toEqual([]);
    });

    test('U-3, U-13: a batch of as many sales as a frame may hold is received and folded', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < BATCH_LIMITS.entries; i += 1) device.sell([{ sku: 'by the thousand', quantity: 1, amountMinor: 100 }]);
      expect(await device.send()).toMatchObject({ received: { [device.epoch]: BATCH_LIMITS.entries }, setAside: 0 });
      expect(await stockOf('by the thousand')).toBe(-BATCH_LIMITS.entries);
    });

    test('U-24: who asks what is kept of a torn batch, where none is, is told what is held, as by a probe', async () => {
      const device = await enrolNextDevice(hub);
      const held = async (): Promise<unknown> => {
        const headers = { 'Holdfast-Protocol': String(PROTOCOL_VERSION), Authorization: `Bearer ${device.enrolled.token}` };
        const answered = await fetch(`${hub.url}${PATHS.ledger}`, { headers });
        return ((await answered.json()) as TornBatch).ledger;
      };
      expect(await held()).toMatchObject({ received: {}, heads: {}, setAside: 0 });
      device.adjust('held', 3);
      const answer = await device.send();
      expect(await held()).toEqual(answer);
      expect(await epochsOf(device)).toMatchObject([{ seq: 1, chainWhole: true, headSigned: true, gaps: [] }]);
    });

    test('a lost answer: what comes again, whole or in part, counts once', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < 6; i += 1) device.sell([{ sku: 'again', quantity: 1, amountMinor: 100 }]);
      await device.send(1, 4);
      await device.send(1, 4);
      await device.send(3, 6);
      expect(await device.send(1, 2)).toMatchObject({ received: { [device.epoch]: 6 } });
      expect(await stockOf('again')).toBe(-6);
      expect((await epochsOf(device))?.[0]).toMatchObject({ seq: 6, sales: 6, chainWhole: true, headSigned: true });
    });

    test('the same batch posted many times at once counts once', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < 40; i += 1) device.sell([{ sku: 'at-once', quantity: 1, amountMinor: 100 }]);
      const frames = [device.frame(1, 20), device.frame(1, 40), device.frame(1, 30)];
      // Of one device no more are under way (U-18).
      for (let round = 0; round < 4; round += 1) {
        const answers = await Promise.all(frames.map(async (frame) => device.post(frame)));
        expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
      }
      expect(await stockOf('at-once')).toBe(-40);
      expect((await epochsOf(device))?.[0]).toMatchObject({ seq: 40, sales: 40, chainWhole: true, headSigned: true });
    });

    test('devices of one store move the same stock at once, and none waits for ever', async () => {
      const devices = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
      devices.forEach((device, index) => {
        const skus = Array.from({ length: 30 }, (_, sku) => `shared-${sku}`);
        for (let i = 0; i < 10; i += 1) {
          device.sell((index === 1 ? skus.toReversed() : skus).map((sku) => ({ sku, quantity: 1, amountMinor: 100 })));
        }
      });
      // As many of each as may be under way (U-18).
      const sending = devices.flatMap((device) => [3, 6, 8, 10].map(async (last) => device.post(device.frame(1, last))));
      for (const answer of await Promise.all(sending)) expect(answer.status).toBe(200);
      expect(await stockOf('shared-7')).toBe(-30);
    });

    describe('balances', () => {
      const accounts = async (query: string): Promise<readonly AccountView[]> =>
        (await hub.json<{ accounts: readonly AccountView[] }>(`/api/v1/accounts?${query}`)).accounts;
      const openCard = async (reference: string) =>
        (await (await hub.post('/api/v1/accounts/open', { account: 'giftCard', reference })).json()) as {
          readonly accounts?: readonly AccountView[];
          readonly movements?: readonly AccountMovementView[];
        };
      const balance = async (reference: string): Promise<number | undefined> => (await openCard(reference)).accounts?.[0]?.balanceMinor;
      /** 50.00 onto a gift card. */
      const load = (device: TestDevice, reference: string): void => {
        const fields = saleFields(device.entries.length + 1, [{ sku: 'gift', quantity: 1, amountMinor: 5_000 }]);
        const [line] = fields['lines'] as readonly Fields[];
        device.append(1, {
          ...fields,
          lines: [{ ...line, stockQuantity: 0, taxClass: 'outsideTax', taxRateBps: 0, nature: 'giftCard', natureReference: reference }],
          taxes: [{ taxClass: 'outsideTax', rateBps: 0, netMinor: 5_000, taxMinor: 0 }],
        });
      };
      const spend = (device: TestDevice, reference: string, amountMinor: number, more: Fields = {}): ChainedEntry =>
        device.sell([{ sku: 'socks', quantity: 1, amountMinor }], {
          tenders: [{ tenderType: 'ours', amountMinor, reference, account: 'giftCard' }],
          ...more,
        });

      test('lines add, tenders take, and what comes twice counts once', async () => {
        const device = await enrolNextDevice(hub);
        load(device, 'G1');
        spend(device, 'G1', 1_190);
        spend(device, 'G1', 810, { training: true });
        device.append(11, { ...accountEntry('G1', 300), reason: 'goodwill' });
        device.append(10, { ...accountEntry('G1', 437), paidMinor: 435 });
        await device.send(1, 2);
        await Promise.all([device.send(), device.send(1, 4), device.send(2, 5)]);
        expect(await balance('G1')).toBe(5_000 - 1_190 + 300 - 437);
        const { movements } = await openCard('G1');
        expect(movements?.map(({ seq, amountMinor, kind }) => [seq, kind, amountMinor])).toEqual([
          [5, 10, -437],
          [4, 11, 300],
          [2, 1, -1_190],
          [1, 1, 5_000],
        ]);
        expect((await verify()).projectionsEqualLedger).toBe(true);
      });

      test('two lanes that were cut off spend the same money: both sales stand, and the card is shown', async () => {
        const devices = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const [first, second] = devices;
        if (first === undefined || second === undefined) throw new Error('two lanes');
        spend(second, 'G2', 4_000);
        await second.send();
        expect(await second.probe()).toMatchObject({ setAside: 0 });
        // What was spent arrives before what was loaded.
        expect(await accounts('overdrawn=true')).toMatchObject([
          { account: 'giftCard', reference: 'G2', balanceMinor: -4_000, overdrawn: true },
        ]);
        load(first, 'G2');
        spend(first, 'G2', 4_000);
        await first.send();
        expect(await first.probe()).toMatchObject({ setAside: 0 });
        expect(await accounts('overdrawn=true')).toMatchObject([{ reference: 'G2', balanceMinor: -3_000 }]);
        first.append(11, { ...accountEntry('G2', 3_000), reason: 'written off' });
        await first.send();
        expect(await accounts('overdrawn=true')).toEqual([]);
      });

      test('goods that come back twice, unverified or of no known receipt are exceptions, and every entry counts', async () => {
        const [seller, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const { store } = seller.enrolled;
        const exceptions = async (receiptNumber: string): Promise<readonly unknown[]> =>
          (await hub.json<{ exceptions: readonly unknown[] }>(`/api/v1/returns/exceptions?receiptNumber=${receiptNumber}`)).exceptions;
        const back = (number: number, receipt: string, quantity: number, more: Fields = {}): Fields => {
          const fields = saleFields(number, [{ sku: 'CUP', quantity: -quantity, amountMinor: -100 * quantity }]);
          const lines = (fields['lines'] as readonly Fields[]).map((line) => ({
            ...line,
            returnReceipt: receipt,
            returnStore: store,
            ...more,
          }));
          return { ...fields, lines };
        };
        const sold = saleFields(4_242, [{ sku: 'CUP', quantity: 2, amountMinor: 200 }]);
        const receipt = '1-abcd-004242';
        // A return may arrive before the sale that it names: until then nobody knows the receipt.
        other.append(1, back(4_243, receipt, 1, { isUnverified: true }));
        await other.send();
        expect(await other.probe()).toMatchObject({ setAside: 0 });
        expect(await exceptions(receipt)).toMatchObject([{ type: 'unknownReceipt', sku: 'CUP', sold: 0, returned: 1, sale: null }]);
        seller.append(1, sold);
        await seller.send();
        const placeOf = ({ id }: ChainedEntry): unknown => ({ ...id });
        const [sale, lastReturn] = [seller.entries[0], other.entries[0]].map((entry) => entry && placeOf(entry));
        expect(await exceptions(receipt)).toMatchObject([{ type: 'unverified', sold: 2, returned: 1, sale, lastReturn }]);
        seller.append(1, back(4_244, receipt, 2, { returnLine: 1 }));
        await seller.send();
        expect(await seller.probe()).toMatchObject({ setAside: 0 });
        expect(await exceptions(receipt)).toMatchObject([{ type: 'returnedTwice', sold: 2, returned: 3 }]);
        // Sent again, it counts once.
        await seller.send();
        expect(await exceptions(receipt)).toMatchObject([{ returned: 3 }]);
        // I-8: of three, one came back at each of two copies of a disk, by the right that both held: no count shows it.
        const theirs = '1-abcd-004245';
        seller.append(1, saleFields(4_245, [{ sku: 'CUP', quantity: 3, amountMinor: 300 }]));
        await seller.send();
        const copy = other.nextEpoch();
        for (const [index, each] of [other, copy].entries()) {
          each.append(1, back(4_246 + index, theirs, 1, { returnLine: 1 }));
          await each.send();
          expect(await exceptions(theirs)).toMatchObject([[], [{ type: 'unverified', sold: 3, returned: 2 }]][index] ?? []);
        }
      });

      test('codes that nobody lists are told, most sold first, until the catalogue lists them; a fold that was changed is named', async () => {
        const [first, second] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const codes = async (): Promise<readonly unknown[]> =>
          (await hub.json<{ codes: readonly unknown[] }>('/api/v1/unlisted-codes')).codes;
        const sell = (device: TestDevice, number: number, code: string, quantity: number, more: Fields = {}): ChainedEntry => {
          const fields = saleFields(number, [{ sku: 'SUNDRIES', quantity, amountMinor: 250 * quantity }]);
          const [line] = fields['lines'] as readonly Fields[];
          return device.append(1, {
            ...fields,
            ...more,
            lines: [{ ...line, code, stockQuantity: 0, priceType: 'override', isUnlisted: true }],
          });
        };
        sell(first, 6_001, '4003994155486', 2);
        sell(first, 6_002, 'HOUSE-77', 1);
        sell(first, 6_003, 'PRACTICE', 1, { training: true });
        const newest = sell(second, 6_004, '4003994155486', 1);
        await first.send();
        await second.send();
        expect(await second.probe()).toMatchObject({ setAside: 0 });
        expect(await codes()).toMatchObject([
          {
            code: '04003994155486',
            pieces: 3,
            sales: 2,
            last: {
              ...newest.id,
              sku: 'SUNDRIES',
              name: null,
              amountMinor: 250,
              minorDigits: 2,
              unitMinor: null,
              department: null,
              taxClass: null,
            },
          },
          { code: 'HOUSE-77', pieces: 1, sales: 1 },
        ]);
        // Under what it was sold is what it most likely is.
        const sundries = [
          { type: 'item', key: 'SUNDRIES', scope: 'global', fields: { name: 'Sundries', taxClass: 'standard', unit: 'piece' } },
          { type: 'department', key: 'Household', scope: 'global', fields: { position: 4, unlistedSku: 'SUNDRIES' } },
        ];
        expect((await hub.post('/api/v1/publications', { cells: sundries })).status).toBe(200);
        expect((await hub.json<{ codes: readonly unknown[] }>('/api/v1/unlisted-codes?code=04003994155486')).codes).toMatchObject([
          { code: '04003994155486', last: { name: 'Sundries', unitMinor: 250, department: 'Household', taxClass: 'standard' } },
        ]);
        // Sent again, it counts once.
        await first.send();
        expect(await codes()).toMatchObject([{ pieces: 3 }, { pieces: 1 }]);
        expect(await verify()).toMatchObject({ projectionsEqualLedger: true });
        await hub.database.rows("UPDATE unlisted_line SET quantity = 9 WHERE code = 'HOUSE-77'");
        expect((await verify()).problems).toContainEqual(expect.stringContaining('what is not listed is folded as'));
        await hub.database.rows("UPDATE unlisted_line SET quantity = 1 WHERE code = 'HOUSE-77'");
        const listed = [
          { type: 'item', key: 'TAPE', scope: 'global', fields: { name: 'Tape', taxClass: 'standard', unit: 'piece' } },
          { type: 'code', key: '04003994155486', scope: 'global', fields: { sku: 'TAPE' } },
        ];
        expect((await hub.post('/api/v1/publications', { cells: listed })).status).toBe(200);
        expect(await codes()).toMatchObject([{ code: 'HOUSE-77' }]);
      });

      const openStore = async (store: string): Promise<void> => {
        const facts = { name: `Store ${store}`, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
        expect((await hub.post('/api/v1/stores', { store, ...facts })).status).toBe(201);
      };

      test('U-19: a sale of another lane, with what came back of it; the right to return is held for the first that asks', async () => {
        await openStore('12');
        const [seller, other, third] = [await enrolNextDevice(hub), await enrolNextDevice(hub, '12'), await enrolNextDevice(hub, '12')];
        const receiptNumber = '1-abcd-005001';
        const sold = seller.append(1, saleFields(5_001, [{ sku: 'JUG', quantity: 3, amountMinor: 300 }]));
        const back = (device: TestDevice, number: number, quantity: number): ChainedEntry => {
          const fields = saleFields(number, [{ sku: 'JUG', quantity: -quantity, amountMinor: -100 * quantity }]);
          const [line] = fields['lines'] as readonly Fields[];
          return device.append(1, { ...fields, lines: [{ ...line, returnReceipt: receiptNumber, returnStore: seller.enrolled.store }] });
        };
        const base64 = ({ canonical }: ChainedEntry): string => Buffer.from(canonical).toString('base64');
        const take = { receiptNumber, take: true };
        // Before the sale has arrived there is nothing to return of.
        expect(await other.askReturn(take)).toEqual({ returns: [], granted: false });
        await seller.send();
        const sale = { store: seller.enrolled.store, atMs: Date.parse('2026-11-21T10:00:00Z'), entry: base64(sold) };
        expect(await other.askReturn(take)).toEqual({ sale, returns: [], granted: true });
        expect(await third.askReturn(take)).toEqual({ sale, returns: [], granted: false });
        expect(await seller.askReturn({ ...take, take: false })).toMatchObject({ granted: false });
        expect(await other.askReturn(take)).toMatchObject({ granted: true });
        // What it returned ends its hold, and whoever asks next hears of it.
        const first = back(other, 5_002, 1);
        await other.send();
        expect(await third.askReturn(take)).toEqual({ sale, returns: [base64(first)], granted: true });
        expect(await other.askReturn(take)).toMatchObject({ granted: false });
        // With an invoice of it, whoever asks can credit it.
        const { kind, fields: invoiced } = invoiceEntry(
          { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'op-1', training: false },
          { invoiceNumber: 'R1-abcd-000001', receiptNumber, currency: 'EUR', totalMinor: 300, keyName: '2026', sealed: new Uint8Array(8) },
        );
        const invoice = seller.append(kind, invoiced);
        await seller.send();
        expect(await third.askReturn(take)).toEqual({ sale, returns: [base64(first)], invoice: base64(invoice), granted: true });
        // Given back unused it is free again.
        expect(await third.askReturn({ ...take, take: false })).toMatchObject({ granted: true });
        expect(await other.askReturn(take)).toMatchObject({ granted: true });
        const second = back(other, 5_003, 2);
        await other.send();
        expect(await seller.askReturn(take)).toEqual({
          sale,
          returns: [base64(first), base64(second)],
          invoice: base64(invoice),
          granted: true,
        });
      });

      test('U-19: asked by all at once, one lane gets the right; an old hold of a lane with nothing waiting is no longer one', async () => {
        const devices = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const [first] = devices;
        if (first === undefined) throw new Error('four lanes');
        const receiptNumber = '1-abcd-005101';
        first.append(1, saleFields(5_101, [{ sku: 'JUG', quantity: 1, amountMinor: 100 }]));
        await first.send();
        const all = async (): Promise<readonly boolean[]> =>
          (await Promise.all(devices.map(async (device) => device.askReturn({ receiptNumber, take: true })))).map(({ granted }) => granted);
        const granted = await all();
        expect(granted.filter(Boolean)).toHaveLength(1);
        const holder = devices[granted.indexOf(true)]?.enrolled.device;
        const later = async (seen: string): Promise<void> => {
          await hub.database.rows(`UPDATE return_hold SET held_at_ms = held_at_ms - 900001 WHERE device = $1`, [holder]);
          await hub.database.rows(`UPDATE device SET nothing_waited_at_ms = ${seen} WHERE device = $1`, [holder]);
        };
        await later('0');
        expect(await all()).toEqual(granted);
        await later('4102444800000');
        expect(
          (
            await Promise.all(
              devices
                .filter(({ enrolled }) => enrolled.device !== holder)
                .map(async (device) => device.askReturn({ receiptNumber, take: true })),
            )
          ).filter((answer) => answer.granted),
        ).toHaveLength(1);
      });

      test('U-19: while what a device said waits there, neither its question nor a part of its ledger gives its right away', async () => {
        const [seller, holder, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const { store } = seller.enrolled;
        const receiptNumber = '1-abcd-005401';
        seller.append(1, saleFields(5_401, [{ sku: 'JUG', quantity: 3, amountMinor: 300 }]));
        await seller.send();
        const accept = (): void => {
          const { kind, fields } = returnRightEntry(RIGHT_HEADER, { type: 'accepted', receiptNumber, store });
          holder.append(kind, fields);
        };
        const back = (number: number): void => {
          const fields = saleFields(number, [{ sku: 'JUG', quantity: -1, amountMinor: -100 }]);
          const [line] = fields['lines'] as readonly Fields[];
          holder.append(1, { ...fields, lines: [{ ...line, returnReceipt: receiptNumber, returnStore: store }] });
        };
        const isGranted = async (device: TestDevice, take: boolean): Promise<boolean> =>
          (await device.askReturn({ receiptNumber, take })).granted;
        const take = { receiptNumber, take: true };

        // Taken, accepted and paid out; and looked at once more before any of it is sent.
        expect(await isGranted(holder, true)).toBe(true);
        accept();
        back(5_402);
        expect(await isGranted(holder, false)).toBe(true);
        expect(await isGranted(other, true)).toBe(false);
        // It wants the rest as well, and what ends the right that it had is on its way.
        expect(await isGranted(holder, true)).toBe(true);
        accept();
        back(5_403);
        await holder.send(1, 2);
        expect(await isGranted(other, true)).toBe(false);
        await holder.send();
        expect(await other.askReturn(take)).toMatchObject({ granted: true, returns: [expect.anything(), expect.anything()] });
        expect(await isGranted(other, false)).toBe(true);

        // Heard of again with a part of what waited there: of the rest nothing is known.
        expect(await isGranted(holder, true)).toBe(true);
        await hub.database.rows('UPDATE return_hold SET held_at_ms = 1 WHERE device = $1', [holder.enrolled.device]);
        holder.adjust('JUG', -1);
        accept();
        await holder.send(5, 5);
        expect(await isGranted(other, true)).toBe(false);
        await holder.send();
        expect(await isGranted(holder, false)).toBe(true);
        expect(await isGranted(other, true)).toBe(false);
      });

      test('U-19: a question that waited ends no right that its device asked for after it', async () => {
        const [seller, holder, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const receiptNumber = '1-abcd-005601';
        seller.append(1, saleFields(5_601, [{ sku: 'JUG', quantity: 3, amountMinor: 300 }]));
        await seller.send();
        await seller.probe();
        const { device, store } = holder.enrolled;
        const asker = { tenantNo: 1, device, store };
        const ledger = { epoch: holder.epoch, seq: 0 };
        const cameAtMs = Date.now();
        expect(await grantReturn(hub.database, asker, { receiptNumber, take: true, ledger }, cameAtMs + 1)).toMatchObject({
          granted: true,
        });
        // Its device waited for it no longer, and asked anew.
        await grantReturn(hub.database, asker, { receiptNumber, take: false, ledger }, cameAtMs);
        expect(await other.askReturn({ receiptNumber, take: true })).toMatchObject({ granted: false });
        await grantReturn(hub.database, asker, { receiptNumber, take: false, ledger }, cameAtMs + 2);
        expect(await other.askReturn({ receiptNumber, take: true })).toMatchObject({ granted: true });
      });

      test('U-19: asked for under a newer epoch, a right outlasts what the older one still brings', async () => {
        const [seller, holder, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const { store } = seller.enrolled;
        const back = (device: TestDevice, number: number, receiptNumber: string): void => {
          const fields = saleFields(number, [{ sku: 'JUG', quantity: -1, amountMinor: -100 }]);
          const [line] = fields['lines'] as readonly Fields[];
          device.append(1, { ...fields, lines: [{ ...line, returnReceipt: receiptNumber, returnStore: store }] });
        };
        const isGranted = async (device: TestDevice, receiptNumber: string, take = true): Promise<boolean> =>
          (await device.askReturn({ receiptNumber, take })).granted;
        seller.append(1, saleFields(5_501, [{ sku: 'JUG', quantity: 3, amountMinor: 300 }]));
        await seller.send();
        const receiptNumber = '1-abcd-005501';

        // Paid out and not sent; then its database is rebuilt, and it asks for the rest.
        expect(await isGranted(holder, receiptNumber)).toBe(true);
        back(holder, 5_502, receiptNumber);
        const rebuilt = holder.nextEpoch();
        rebuilt.adjust('JUG', -1);
        expect(await isGranted(rebuilt, receiptNumber)).toBe(true);
        // The hub has never heard of the new epoch when the old one comes; what is looked at ends nothing meanwhile, either.
        expect(await isGranted(rebuilt, receiptNumber, false)).toBe(true);
        expect(await isGranted(other, receiptNumber)).toBe(false);
        await holder.send();
        await holder.probe();
        expect(await isGranted(other, receiptNumber)).toBe(false);
        // What comes back by the right that was asked for ends it.
        const { kind, fields } = returnRightEntry(RIGHT_HEADER, { type: 'accepted', receiptNumber, store });
        rebuilt.append(kind, fields);
        back(rebuilt, 5_503, receiptNumber);
        await rebuilt.send();
        expect(await isGranted(other, receiptNumber)).toBe(true);

        // So it is where the hub knows how the newer one began.
        expect(await isGranted(other, receiptNumber, false)).toBe(true);
        const third = rebuilt.nextEpoch();
        third.adjust('JUG', -1);
        await third.send();
        expect(await isGranted(third, receiptNumber)).toBe(true);
        back(rebuilt, 5_504, receiptNumber);
        await rebuilt.send();
        expect(await isGranted(other, receiptNumber)).toBe(false);

        // What the epoch after it ends is over.
        const last = third.nextEpoch();
        back(last, 5_505, receiptNumber);
        await last.send();
        expect(await isGranted(other, receiptNumber)).toBe(true);
      });

      test('O-16: what a device accepted is its own until its ledger brings a return or a release, or a person ends it; what lanes give each other is theirs', async () => {
        await openStore('18');
        const [seller, near, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub, '18')];
        const { store } = seller.enrolled;
        const nameOf = (device: TestDevice): string => device.enrolled.device;
        const sell = async (number: number): Promise<string> => {
          seller.append(1, saleFields(number, [{ sku: 'JUG', quantity: 3, amountMinor: 300 }]));
          await seller.send();
          return `1-abcd-00${number}`;
        };
        const move = async (device: TestDevice, ...moves: readonly ReturnRightMove[]): Promise<void> => {
          for (const each of moves) {
            const { kind, fields } = returnRightEntry(RIGHT_HEADER, each);
            device.append(kind, fields);
          }
          await device.send();
          expect(await device.probe()).toMatchObject({ setAside: 0 });
        };
        const back = async (device: TestDevice, number: number, receiptNumber: string): Promise<void> => {
          const fields = saleFields(number, [{ sku: 'JUG', quantity: -1, amountMinor: -100 }]);
          const [line] = fields['lines'] as readonly Fields[];
          device.append(1, { ...fields, lines: [{ ...line, returnReceipt: receiptNumber, returnStore: store }] });
          await device.send();
        };
        const isGranted = async (device: TestDevice, receiptNumber: string, take = true): Promise<boolean> =>
          (await device.askReturn({ receiptNumber, take })).granted;
        const longAgo = async (): Promise<void> => {
          await hub.database.rows('UPDATE return_hold SET held_at_ms = 1 WHERE device = $1', [nameOf(other)]);
          await hub.database.rows('UPDATE device SET nothing_waited_at_ms = 4102444800000 WHERE device = $1', [nameOf(other)]);
        };
        const rights = async (receiptNumber: string): Promise<readonly ReturnRightView[]> =>
          (await hub.json<{ rights: readonly ReturnRightView[] }>('/api/v1/return-rights')).rights.filter(
            (right) => right.receiptNumber === receiptNumber,
          );

        // Granted by the hub and accepted: however old, and asked back by word alone, it is its device's.
        const first = await sell(5_301);
        expect(await isGranted(other, first)).toBe(true);
        await move(other, { type: 'accepted', receiptNumber: first, store });
        await longAgo();
        expect([await isGranted(other, first, false), await isGranted(seller, first)]).toEqual([true, false]);
        await move(other, { type: 'released', receiptNumber: first, store });
        expect(await isGranted(seller, first)).toBe(true);

        // What its ledger brings in one batch is folded in its order: accepted, and then ended.
        const second = await sell(5_302);
        await move(other, { type: 'accepted', receiptNumber: second, store }, { type: 'released', receiptNumber: second, store });
        expect(await rights(second)).toEqual([]);
        const { kind, fields } = returnRightEntry(RIGHT_HEADER, { type: 'accepted', receiptNumber: second, store });
        other.append(kind, fields);
        await back(other, 5_303, second);
        expect(await rights(second)).toEqual([]);
        expect(await isGranted(near, second)).toBe(true);

        // Given from lane to lane: by the seller's word, by the acceptance; nobody else's return ends it.
        const third = await sell(5_304);
        await move(seller, { type: 'given', receiptNumber: third, to: nameOf(near) });
        expect([await isGranted(other, third), await isGranted(near, third)]).toEqual([false, true]);
        await move(
          near,
          { type: 'accepted', receiptNumber: third, from: nameOf(seller) },
          { type: 'given', receiptNumber: third, to: nameOf(seller) },
        );
        await move(seller, { type: 'accepted', receiptNumber: third, from: nameOf(near) });
        await back(other, 5_305, third);
        expect(await rights(third)).toMatchObject([{ device: nameOf(seller), accepted: true, store }]);
        // Somebody who says that they accepted it, too, does not take it away; nor does a device that nobody knows get it.
        await move(other, { type: 'accepted', receiptNumber: third, store });
        await move(seller, { type: 'given', receiptNumber: third, to: 'nobody' });
        expect(await rights(third)).toMatchObject([{ device: nameOf(seller) }]);

        // The lane that sold begins to undo it by its own right: nothing comes back elsewhere until that stands, also where the sale took goods back alone.
        const fourth = await sell(5_306);
        await move(seller, { type: 'accepted', receiptNumber: fourth, from: nameOf(seller) });
        expect([await isGranted(other, fourth), await isGranted(near, fourth), await isGranted(seller, fourth)]).toEqual([
          false,
          false,
          true,
        ]);
        await back(seller, 5_307, first);
        const refund = '1-abcd-005307';
        for (const receiptNumber of [fourth, refund]) {
          await move(seller, { type: 'accepted', receiptNumber, from: nameOf(seller) });
          expect(await rights(receiptNumber)).toMatchObject([{ accepted: true }]);
          const number = receiptNumber === fourth ? 5_308 : 5_309;
          seller.append(1, { ...saleFields(number, [{ sku: 'JUG', quantity: -1, amountMinor: -100 }]), postVoidOf: receiptNumber });
          await seller.send();
          expect(await rights(receiptNumber)).toEqual([]);
        }

        // Once a card has its money, nobody ends that but the undoing: whoever got the right would pay its goods once more.
        const fifth = await sell(5_310);
        const reversal = (training: boolean, receiptNumber = fifth): void => {
          const given = { receiptNumber, currency: 'EUR', tender: 1, tenderType: 'card', amountMinor: -300 };
          const entry = tenderReversalEntry({ ...RIGHT_HEADER, training }, given);
          seller.append(entry.kind, entry.fields);
        };
        const writeOff = async (receiptNumber: string, despiteGivenBack?: true): Promise<number> =>
          (await hub.post('/api/v1/return-rights/write-off', { store, receiptNumber, despiteGivenBack })).status;
        reversal(true);
        await move(seller, { type: 'accepted', receiptNumber: fifth, from: nameOf(seller) });
        expect(await writeOff(fifth)).toBe(200);
        reversal(false);
        await seller.send();
        expect([await isGranted(other, fifth), await isGranted(seller, fifth), await writeOff(fifth)]).toEqual([false, true, 409]);
        expect(await rights(fifth)).toMatchObject([{ device: nameOf(seller), accepted: true }]);
        seller.append(1, { ...saleFields(5_311, [{ sku: 'JUG', quantity: -3, amountMinor: -300 }]), postVoidOf: fifth });
        await seller.send();
        expect([await rights(fifth), await writeOff(fifth)]).toEqual([[], 404]);

        // But where its lane is lost, or has lost the sale, a person who knows of the card ends it.
        const sixth = await sell(5_312);
        reversal(false, sixth);
        await seller.send();
        expect([await writeOff(sixth), await isGranted(other, sixth)]).toEqual([409, false]);
        expect([await writeOff(sixth, true), await isGranted(other, sixth)]).toEqual([200, true]);

        // A person ends what nobody will.
        expect((await hub.post('/api/v1/return-rights/write-off', { store, receiptNumber: third })).status).toBe(200);
        expect((await hub.post('/api/v1/return-rights/write-off', { store, receiptNumber: third })).status).toBe(404);
        expect(await isGranted(other, third)).toBe(true);
      });

      test('U-19: a number that two stores printed is the asking store’s own, or the named one’s; else nobody’s', async () => {
        for (const store of ['15', '16', '17']) await openStore(store);
        const [near, far, elsewhere] = [
          await enrolNextDevice(hub, '15'),
          await enrolNextDevice(hub, '16'),
          await enrolNextDevice(hub, '17'),
        ];
        const receiptNumber = '1-abcd-005201';
        for (const device of [near, far]) {
          device.append(1, saleFields(5_201, [{ sku: 'JUG', quantity: 1, amountMinor: 100 }]));
          await device.send();
        }
        expect(await near.askReturn({ receiptNumber, take: false })).toMatchObject({ sale: { store: '15' } });
        expect(await elsewhere.askReturn({ receiptNumber, take: true })).toEqual({ returns: [], granted: false });
        expect(await elsewhere.askReturn({ receiptNumber, store: '16', take: true })).toMatchObject({
          sale: { store: '16' },
          granted: true,
        });
        const malformed = await near.request('/sync/v1/returns', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ receiptNumber: 'a\u0000b', take: true }),
        });
        expect(malformed.status).toBe(400);
      });

      test('what one lane asked for is held from the others until its ledger brings it', async () => {
        const [first, second] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        load(first, 'H1');
        await first.send();
        let sent = 1;
        const ask = async (device: TestDevice, neededMinor: number): Promise<unknown> => {
          const { received, ...answer } = await device.askBalance('H1', neededMinor);
          // U-17: the asker is told what of its own ledger is in the answer.
          expect(received).toEqual(device === first ? { [first.epoch]: sent } : {});
          return answer;
        };
        expect(await ask(first, 3_000)).toEqual({ availableMinor: 5_000 });
        expect(await ask(second, 3_000)).toEqual({ availableMinor: 2_000 });
        expect(await ask(second, 2_000)).toEqual({ availableMinor: 2_000 });
        // A new ask takes the place of the older one, and what arrives is held no more.
        expect(await ask(first, 1_000)).toEqual({ availableMinor: 3_000 });
        spend(first, 'H1', 1_000);
        await first.send();
        sent += 1;
        expect(await ask(second, 4_000)).toEqual({ availableMinor: 4_000 });
        expect(await ask(first, 0)).toEqual({ availableMinor: 0 });
      });

      test('asked by all at once, lanes never get more than is there', async () => {
        const devices = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const [first] = devices;
        if (first === undefined) throw new Error('four lanes');
        load(first, 'H2');
        await first.send();
        const answers = await Promise.all(devices.map(async (device) => device.askBalance('H2', 2_000)));
        expect(answers.filter(({ availableMinor }) => availableMinor >= 2_000)).toHaveLength(2);
      });

      test('devices move the same cards at once, and none waits for ever', async () => {
        const devices = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
        devices.forEach((device, index) => {
          const cards = Array.from({ length: 20 }, (_, card) => `C${card}`);
          for (const card of index === 1 ? cards.toReversed() : cards) load(device, card);
        });
        const sending = devices.flatMap((device) => [5, 10, 20].map(async (to) => device.post(device.frame(1, to))));
        for (const answer of await Promise.all(sending)) expect(answer.status).toBe(200);
        expect(await balance('C7')).toBe(15_000);
      });

      test('a sale whose sums disagree still took what it took; an account that nobody knows is set aside', async () => {
        const device = await enrolNextDevice(hub);
        spend(device, 'G5', 700, { totalMinor: 701 });
        device.append(11, { ...accountEntry('G5', 300), account: 'piggyBank', reason: 'x' });
        await device.send();
        expect(await device.probe()).toMatchObject({ setAside: 2 });
        expect(await balance('G5')).toBe(-700);
        expect((await hub.post('/api/v1/accounts/open', { account: 'giftCard', reference: 'never' })).status).toBe(404);
        // A number in an address is not taken, and all are not told in its place.
        expect((await hub.api('/api/v1/accounts?reference=G5')).status).toBe(400);
        expect((await hub.api('/api/v1/accounts/giftCard/G5')).status).toBe(404);
        expect((await hub.api('/api/v1/accounts?account=piggyBank')).status).toBe(400);
        expect((await verify()).projectionsEqualLedger).toBe(true);
        device.append(11, { ...accountEntry('G5', 700), reason: 'looked at' });
        await device.send();
      });

      test('a return that somebody changed, dropped or added is named', async () => {
        const device = await enrolNextDevice(hub);
        const fields = saleFields(6_001, [{ sku: 'PAN', quantity: -2, amountMinor: -200 }]);
        const [line] = fields['lines'] as readonly Fields[];
        const { id } = device.append(1, { ...fields, lines: [{ ...line, returnReceipt: '9-abcd-000001', isUnverified: true }] });
        await device.send();
        await device.probe();
        const kept = [1, device.enrolled.store, '9-abcd-000001', 'PAN', 'piece', 2, true];
        const where = `${device.enrolled.device} ${id.epoch} 1: what came back is folded as`;
        const changes: readonly (readonly [string, string, unknown])[] = [
          ['unverified = false', 'unverified = true', [kept.with(6, false)]],
          ['quantity = 1', 'quantity = 2', [kept.with(5, 1)]],
          ["receipt_number = 'x'", "receipt_number = '9-abcd-000001'", [kept.with(2, 'x')]],
          ['entry_no = -entry_no', 'entry_no = -entry_no', []],
        ];
        for (const [change, undo, folded] of changes) {
          await hub.database.rows(`UPDATE return_line SET ${change} WHERE sku = 'PAN'`);
          const report = await verify();
          expect(report.projectionsEqualLedger).toBe(false);
          expect(report.problems).toContainEqual(`${where} ${JSON.stringify(folded)}, the ledger says ${JSON.stringify([kept])}`);
          await hub.database.rows(`UPDATE return_line SET ${undo} WHERE sku = 'PAN'`);
        }
        expect(await verify()).toMatchObject({ projectionsEqualLedger: true });
      });

      test('a balance that somebody changed is named', async () => {
        const device = await enrolNextDevice(hub);
        load(device, 'G6');
        await device.send();
        await device.probe();
        await hub.database.rows("UPDATE account_balance SET balance_minor = 1 WHERE reference = 'G6'");
        const report = await verify();
        expect(report.projectionsEqualLedger).toBe(false);
        expect(report.problems).toContainEqual(
          expect.stringContaining('giftCard G6: folded as 1 out of movements of 5000, the ledger says 5000'),
        );
        await hub.database.rows("UPDATE account_balance SET balance_minor = 5000 WHERE reference = 'G6'");
      });
    });

    test('a gap is asked for again and nothing of it is taken', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < 5; i += 1) device.sell([{ sku: 'gap', quantity: 1, amountMinor: 100 }]);
      await device.send(1, 2);
      expect(await device.send(4, 5)).toMatchObject({ received: { [device.epoch]: 2 }, gap: true });
      expect(await stockOf('gap')).toBe(-2);
      expect(await device.send(3, 5)).toMatchObject({ received: { [device.epoch]: 5 } });
    });

    test('a second history under one identity is stored beside the first, counted and flagged, never merged', async () => {
      const device = await enrolNextDevice(hub);
      device.sell([{ sku: 'fork', quantity: 1, amountMinor: 100 }]);
      const clone = device.clone(1);
      device.sell([{ sku: 'fork', quantity: 1, amountMinor: 100 }]);
      clone.sell([{ sku: 'fork', quantity: 5, amountMinor: 700 }]);
      clone.sell([{ sku: 'fork', quantity: 5, amountMinor: 700 }]);
      await device.send();
      const head = bytesToHex(device.entries[1]?.hash ?? new Uint8Array());
      for (let i = 0; i < 2; i += 1) {
        expect(await clone.send()).toMatchObject({ received: { [device.epoch]: 2 }, heads: { [device.epoch]: head }, branch: true });
      }
      clone.sell([{ sku: 'fork', quantity: 5, amountMinor: 700 }]);
      expect(await clone.send(4, 4)).toMatchObject({ branch: true });
      expect(await stockOf('fork')).toBe(-17);
      const report = await verify();
      const row = report.devices.find((held) => held.device === device.enrolled.device);
      expect(row).toMatchObject({ branches: 1, epochs: [{ seq: 2, chainWhole: true, sales: 5 }] });
      const { stores } = await hub.json<{ stores: readonly { devices: readonly { device: string }[] }[] }>('/api/v1/overview');
      const shown = stores.flatMap(({ devices }) => devices).find((held) => held.device === device.enrolled.device);
      expect(shown).toMatchObject({ branches: 1, chainWhole: true, receivedEntries: 5 });
      expect(report).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('U-7, U-8, U-9: what goes on from another entry than the head is no next one, though its number is: a gap, and a branch once that entry is held', async () => {
      const device = await enrolNextDevice(hub);
      const sell = (of: TestDevice, quantity = 1): ChainedEntry => of.sell([{ sku: 'astray', quantity, amountMinor: 100 }]);
      for (let i = 0; i < 3; i += 1) sell(device);
      const clone = device.clone(2);
      for (let i = 0; i < 2; i += 1) sell(clone, 2);
      const abandoned = device.clone(2);
      sell(abandoned, 3);
      const next = abandoned.nextEpoch();
      sell(next);
      await device.send();
      expect(await clone.send(4, 4)).toMatchObject({ received: { [device.epoch]: 3 }, gap: true });
      const lacksParent = await next.send();
      expect([lacksParent.gap, lacksParent.received]).toEqual([true, { [device.epoch]: 3 }]);
      expect(await clone.send(3, 4)).toMatchObject({ received: { [device.epoch]: 3 }, branch: true });
      sell(device);
      await device.send();
      sell(clone, 2);
      expect(await clone.send(5, 5)).toMatchObject({ received: { [device.epoch]: 4 }, branch: true });
      expect(await abandoned.send(3, 3)).toMatchObject({ branch: true });
      expect(await next.send()).toMatchObject({ received: { [device.epoch]: 4, [next.epoch]: 1 } });
      expect(await stockOf('astray')).toBe(-14);
      const branched = { epoch: device.epoch, seq: 3, hash: bytesToHex(abandoned.entries[2]?.hash ?? new Uint8Array()), isHeld: false };
      expect(await epochsOf(device)).toMatchObject([
        { seq: 4, chainWhole: true, headSigned: true, continues: null },
        { seq: 1, continues: branched },
      ]);
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('a further epoch continues the one it names', async () => {
      const device = await enrolNextDevice(hub);
      device.sell([{ sku: 'epoch', quantity: 1, amountMinor: 100 }]);
      const next = device.nextEpoch();
      next.sell([{ sku: 'epoch', quantity: 1, amountMinor: 100 }]);
      expect(await next.send()).toMatchObject({ gap: true });
      await device.send();
      expect(await next.send()).toMatchObject({ received: { [device.epoch]: 1, [next.epoch]: 1 } });
      const parent = { epoch: device.epoch, seq: 1, hash: bytesToHex(device.entries[0]?.hash ?? new Uint8Array()), isHeld: true };
      expect(await epochsOf(device)).toMatchObject([
        { seq: 1, chainWhole: true, headSigned: true, continues: null },
        { seq: 1, chainWhole: true, headSigned: true, continues: parent },
      ]);
      device.sell([{ sku: 'epoch', quantity: 1, amountMinor: 100 }]);
      await device.send();
      expect(await epochsOf(device), 'behind what was continued the main line may go on').toMatchObject([
        { seq: 2 },
        { continues: parent },
      ]);
    });

    test('what this build cannot read is set aside, visibly, and blocks nothing', async () => {
      const device = await enrolNextDevice(hub);
      device.append(FUTURE_KIND.kind, { what: 'loyalty' });
      device.sell([{ sku: 'nul\u0000', quantity: 1, amountMinor: 100 }]);
      device.sell([{ sku: 'x'.repeat(4_000), quantity: 1, amountMinor: 100 }]);
      device.append(1, { ...saleFields(4, [{ sku: 'sum', quantity: 1, amountMinor: 100 }]), totalMinor: 999 });
      device.append(1, { ...saleFields(5, [{ sku: 'sum', quantity: 1, amountMinor: 100 }]), businessDate: 'yesterday' });
      device.sell([{ sku: 'after', quantity: 1, amountMinor: 100 }]);
      await device.send();
      expect(await device.probe()).toMatchObject({ received: { [device.epoch]: 6 }, setAside: 5 });
      expect(await stockOf('after')).toBe(-1);
      // Its figures disagree, but its goods are gone.
      expect(await stockOf('sum')).toBe(-1);
      const report = await verify();
      expect(report.devices.find((row) => row.device === device.enrolled.device)).toMatchObject({
        setAside: 5,
        epochs: [{ sales: 1, chainWhole: true }],
      });
      expect(report).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('P-1: what the database does not take is set aside by itself, is listed, and is applied once when it is tried again', async () => {
      const device = await enrolNextDevice(hub);
      await hub.database
        .script(`CREATE FUNCTION refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for it'; END $$;
        CREATE TRIGGER refuse_line BEFORE INSERT ON sale_line FOR EACH ROW WHEN (NEW.sku = 'refused') EXECUTE FUNCTION refuse_line();`);
      for (const sku of ['taken', 'refused', 'taken']) device.sell([{ sku, quantity: 1, amountMinor: 100 }]);
      expect(await device.send()).toMatchObject({ received: { [device.epoch]: 3 } });
      expect(await device.probe()).toMatchObject({ received: { [device.epoch]: 3 }, setAside: 1 });
      expect(await stockOf('taken')).toBe(-2);
      const { entries } = await hub.json<SetAsideList>('/api/v1/set-aside');
      expect(entries[0]).toMatchObject({ device: device.enrolled.device, seq: 2, kind: 1, reason: 'could not be stored: no room for it' });
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
      const retry = async (): Promise<unknown> => (await hub.post('/api/v1/set-aside/retry', {})).json();
      await retry();
      expect(await stockOf('refused')).toBeUndefined();
      await hub.database.script('DROP TRIGGER refuse_line ON sale_line; DROP FUNCTION refuse_line;');
      expect(await retry()).toEqual({ applied: 1 });
      expect(await retry()).toEqual({ applied: 0 });
      expect(await stockOf('refused')).toBe(-1);
      expect(await device.probe()).toMatchObject({ setAside: 0 });
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('U-7, U-8: what is received and not folded yet is held: duplicates, gaps and branches are told as before', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < 6; i += 1) device.sell([{ sku: 'waiting', quantity: 1, amountMinor: 100 }]);
      const clone = device.clone(2);
      clone.sell([{ sku: 'waiting', quantity: 5, amountMinor: 500 }]);
      const answers = await whileNothingFolds(hub.database, async () => ({
        first: await device.send(1, 3),
        again: await device.send(2, 4),
        gap: await device.send(6, 6),
        branch: await clone.send(3, 3),
        branchAgain: await clone.send(3, 3),
      }));
      expect(answers).toMatchObject({
        first: { received: { [device.epoch]: 3 } },
        again: { received: { [device.epoch]: 4 } },
        gap: { received: { [device.epoch]: 4 }, gap: true },
        branch: { received: { [device.epoch]: 4 }, branch: true },
        branchAgain: { branch: true },
      });
      expect(await stockOf('waiting')).toBe(-9);
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('cash rounding is beside the total: the sale counts with its total, and says what was paid', async () => {
      const device = await enrolNextDevice(hub);
      const paid = { tenders: [{ tenderType: 'cash', amountMinor: 200 }], changeMinor: 80 };
      device.sell([{ sku: 'rounded', quantity: 1, amountMinor: 119 }], { ...paid, roundingMinor: 1 });
      device.sell([{ sku: 'unrounded', quantity: 1, amountMinor: 119 }], paid);
      await device.send();
      expect(await device.probe()).toMatchObject({ received: { [device.epoch]: 2 }, setAside: 1 });
      expect(await epochsOf(device)).toMatchObject([{ sales: 1, totalsByCurrency: [{ currency: 'EUR', totalMinor: 119 }] }]);
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
      const sale = await hub.json<unknown>(`/api/v1/sales/${device.enrolled.device}/${device.epoch}/1`);
      expect(sale).toMatchObject({ totalMinor: 119, changeMinor: 80, roundingMinor: 1 });
    });

    test('a sale is told with what its lines and the whole of it hold, and without what they do not', async () => {
      const device = await enrolNextDevice(hub);
      const fields = saleFields(4_300, [
        { sku: 'COLA', quantity: 1, amountMinor: 100 },
        { sku: 'BOTTLE', quantity: 1, amountMinor: 25 },
      ]);
      const [cola, bottle] = fields['lines'] as readonly Fields[];
      const lines = [
        { ...cola, tare: 3, batch: 'L7' },
        { ...bottle, depositOf: 0 },
      ];
      device.append(1, { ...fields, lines, customer: 'C-7', points: 12 });
      await device.send();
      expect(await device.probe()).toMatchObject({ setAside: 0 });
      const sale = await hub.json<{ lines: readonly object[] }>(`/api/v1/sales/${device.enrolled.device}/${device.epoch}/1`);
      expect(sale).toMatchObject({ customer: 'C-7', points: 12, lines: [{ tare: 3, batch: 'L7' }, { depositOf: 0 }] });
      expect(sale).not.toHaveProperty('exemption');
      expect(sale.lines[1]).not.toHaveProperty('tare');
    });

    test('promotions and gifts are told under the names of today, costs to who may see them at that store', async () => {
      const device = await enrolNextDevice(hub);
      const body = JSON.stringify({
        priority: 0,
        combine: 'best',
        currency: 'EUR',
        offer: { type: 'each', goods: {}, tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }] },
      });
      const published = await hub.post('/api/v1/publications', {
        cells: [
          { type: 'promotion', key: 'TEN', scope: 'global', fields: { name: 'Ten off', body } },
          { type: 'item', key: 'MUG', scope: 'global', fields: { name: 'Mug', taxClass: 'standard', unit: 'piece' } },
        ],
      });
      expect(published.status).toBe(200);
      const fields = saleFields(4_301, [{ sku: 'MUG', quantity: 2, amountMinor: 200 }]);
      const [mug] = fields['lines'] as readonly Fields[];
      device.append(1, {
        ...fields,
        lines: [{ ...mug, costMinor: 90 }],
        promotions: [{ promotionId: 'TEN', version: 'v', uses: 2 }],
        rewards: [
          { promotionId: 'TEN', times: 1, type: 'gift', sku: 'MUG', pieces: 1 },
          { promotionId: 'GONE', times: 2, type: 'points', points: 5 },
        ],
      });
      expect(await device.send()).toMatchObject({ setAside: 0 });
      const path = `/api/v1/sales/${device.enrolled.device}/${device.epoch}/1`;
      const sale = await hub.json<{ lines: readonly object[] }>(path);
      expect(sale).toMatchObject({
        lines: [{ costMinor: 90 }],
        promotions: [{ promotionId: 'TEN', name: 'Ten off', uses: 2 }],
        rewards: [
          { promotionId: 'TEN', name: 'Ten off', item: 'Mug', reward: { type: 'gift', sku: 'MUG', pieces: 1 } },
          { promotionId: 'GONE', reward: { type: 'points', points: 5 }, times: 2 },
        ],
      });
      const { store } = await hub.json<{ store: string }>(path);
      const denied = { type: 'roleGrant', key: 'hq\u001FseeCost', scope: `store:${store}`, fields: { isAllowed: false } };
      expect((await hub.post('/api/v1/publications', { cells: [denied] })).status).toBe(200);
      expect((await hub.json<{ lines: readonly object[] }>(path)).lines[0]).not.toHaveProperty('costMinor');
      await hub.post('/api/v1/publications', { cells: [{ ...denied, fields: { isAllowed: true } }] });
    });

    test('only what is not authentic is refused: another store’s ledger, another’s signature', async () => {
      const device = await enrolNextDevice(hub);
      await hub.post('/api/v1/stores', { store: 'far', name: 'Far', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
      const other = await enrolNextDevice(hub, 'far');
      device.sell([{ sku: 'forged', quantity: 1, amountMinor: 100 }]);
      expect((await other.post(device.frame())).status).toBe(422);
      const batch = decodeBatch(device.frame(), { compression: nodeCompression, hash: nodeHash });
      if (!batch.ok) throw new Error(batch.error.reason);
      const forged = { ...batch.value, head: signHead(createSigner(generateSigningKey()), batch.value.head) };
      expect((await device.post(encodeBatch(forged, nodeCompression))).status).toBe(422);
      expect(await stockOf('forged')).toBeUndefined();
    });

    test('verification names what does not agree: a changed total, a missing entry, a changed byte', async () => {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < 4; i += 1) device.sell([{ sku: 'tampered', quantity: 1, amountMinor: 100 }]);
      await device.send();
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
      const place = [device.enrolled.device, device.epoch];
      await hub.database.execute('UPDATE sale SET total_minor = 101 WHERE device = $1 AND epoch = $2 AND seq = 1', place);
      await hub.database.execute(
        'UPDATE ledger_entry SET canonical = set_byte(canonical, length(canonical) - 1, 1) WHERE device = $1 AND epoch = $2 AND seq = 2',
        place,
      );
      await hub.database.execute('DELETE FROM ledger_entry WHERE device = $1 AND epoch = $2 AND seq = 3', place);
      const report = await verify();
      expect(report.projectionsEqualLedger).toBe(false);
      expect(report.devices.find((row) => row.device === device.enrolled.device)).toMatchObject({
        epochs: [{ chainWhole: false, gaps: [{ from: 3, to: 3 }] }],
      });
      const said = report.problems.join('\n');
      expect(said).toContain(`${device.epoch} 1: folded as [101,`);
      expect(said).toContain(`${device.epoch} 2: the bytes do not have the hash`);
      expect(said).toContain(`${device.epoch} 4: entries 3 to 3 are missing`);
    });
  });
}
