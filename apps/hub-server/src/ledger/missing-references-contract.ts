/** What is named and not there, over HTTP: it is listed until it comes, and stops nothing. The same on both databases. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, priceKey, stockCountEntry, takeoverEntry } from '@holdfast/domain';
import type { Fields } from '@holdfast/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createMissingReferences, type MissingReference } from './missing-references.ts';

vi.setConfig({ testTimeout: 60_000 });

const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };
const short = (epoch: string, seq: number): string => `${epoch.slice(0, 4)}-${seq}`;

export function missingReferencesContract(engine: string, open: () => Promise<Database>): void {
  describe(`missing references: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const missing = async (): Promise<readonly MissingReference[]> =>
      (await hub.json<{ missing: readonly MissingReference[] }>('/api/v1/missing-references')).missing;
    /** As a person reads them. */
    const told = async (): Promise<readonly string[]> =>
      (await missing()).map(({ kind, name, names, cell }) => [kind, name, `×${names}`, ...(cell === null ? [] : [cell])].join(' '));
    const publish = async (...cells: readonly object[]): Promise<void> => {
      const answer = await hub.post('/api/v1/publications', { cells: cells.map((cell) => ({ scope: 'global', ...cell })) });
      expect(answer.status, await answer.text()).toBe(200);
    };
    const item = (key: string, more: object = {}): object => ({
      type: 'item',
      key,
      fields: { name: key, taxClass: 'some', unit: 'piece', ...more },
    });
    const giveBack = (device: TestDevice, receipt: string, quantity: number): void => {
      const fields = saleFields(device.entries.length + 1, [{ sku: 'MILK', quantity: 0 - quantity, amountMinor: -100 * quantity }]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const [line] = fields['lines'] as readonly Fields[];
      device.append(LEDGER_KINDS.sale.kind, { ...fields, lines: [{ ...line, returnReceipt: receipt }] });
    };

    test('P-5: nothing is listed where all that is named is there', async () => {
      expect(await missing()).toEqual([]);
    });

    test('P-5: goods that came back of a receipt that no lane has sent: they count, and it is listed until the lane that sold is heard of', async () => {
      const [sold, took] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const receiptNumber = '1-feed-000001';
      sold.sell([{ sku: 'MILK', quantity: 3, amountMinor: 300 }], { receiptNumber });
      giveBack(took, receiptNumber, 1);
      giveBack(took, receiptNumber, 1);
      await took.send();
      expect(await missing()).toEqual([
        {
          kind: 'receiptOfReturn',
          name: receiptNumber,
          store: '1',
          names: 2,
          sinceMs: Date.parse('2026-11-21T10:00:00Z'),
          entry: { device: took.enrolled.device, epoch: took.epoch, seq: 2 },
          cell: null,
        },
      ]);
      await sold.send();
      expect(await missing()).toEqual([]);
    });

    test('P-5: a gift card that was paid with, and that nobody is known to have sold', async () => {
      const [sold, took] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const fields = saleFields(1, [{ sku: 'gift', quantity: 1, amountMinor: 5_000 }]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const [line] = fields['lines'] as readonly Fields[];
      sold.append(LEDGER_KINDS.sale.kind, {
        ...fields,
        lines: [{ ...line, stockQuantity: 0, taxClass: 'outsideTax', taxRateBps: 0, nature: 'giftCard', natureReference: 'G77' }],
        taxes: [{ taxClass: 'outsideTax', rateBps: 0, netMinor: 5_000, taxMinor: 0 }],
      });
      took.sell([{ sku: 'MILK', quantity: 1, amountMinor: 100 }], {
        tenders: [{ tenderType: 'ours', amountMinor: 100, reference: 'G77', account: 'giftCard' }],
      });
      await took.send();
      expect(await told()).toEqual(['loadOfAccount giftCard G77 ×1']);
      await sold.send();
      expect(await told()).toEqual([]);
    });

    test('P-5, U-7, U-9: the entry before a batch that was not taken, of this epoch or of the one before it', async () => {
      const device = await enrolNextDevice(hub);
      const name = device.enrolled.device;
      for (let i = 0; i < 3; i += 1) device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 100 }]);
      expect(await device.send(3, 3)).toMatchObject({ gap: true });
      expect(await told()).toEqual([`entryBeforeBatch ${name} ${short(device.epoch, 2)} ×1`]);
      const [first] = await missing();
      expect(first).toMatchObject({ store: '1', entry: null });
      expect(await device.send(3, 3)).toMatchObject({ gap: true });
      expect((await missing())[0]).toEqual(first);
      const next = device.nextEpoch();
      next.sell([{ sku: 'MILK', quantity: 1, amountMinor: 100 }]);
      expect(await next.send()).toMatchObject({ gap: true });
      expect(await told()).toEqual([`entryBeforeBatch ${name} ${short(device.epoch, 3)} ×1`]);
      await device.send();
      expect(await told()).toEqual([]);
      expect(await next.send()).not.toHaveProperty('gap');
      expect(await told()).toEqual([]);
    });

    test('P-5, K-2: entries that a count has in it, of a lane that the hub has not heard of since', async () => {
      const [lane, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      neighbour.sell([{ sku: 'TEA', quantity: 1, amountMinor: 100 }]);
      neighbour.sell([{ sku: 'TEA', quantity: 1, amountMinor: 100 }]);
      await neighbour.send(1, 1);
      const entry = stockCountEntry(HEADER, {
        document: 'ab'.repeat(16),
        name: 'Aisle 3',
        lines: [{ sku: 'TEA', quantity: 7, unit: 'piece', atMs: Date.parse('2026-11-21T10:00:00Z'), uncertaintyMs: 50 }],
        seen: [{ device: neighbour.enrolled.device, epoch: neighbour.epoch, seq: 2 }],
      });
      assert(entry.ok, 'it states something');
      lane.append(entry.value.kind, entry.value.fields);
      await lane.send();
      expect(await told()).toEqual([`entryOfCount ${neighbour.enrolled.device} ${short(neighbour.epoch, 2)} ×1`]);
      expect((await missing())[0]?.entry).toEqual({ device: lane.enrolled.device, epoch: lane.epoch, seq: 1 });
      await neighbour.send(2, 2);
      expect(await told()).toEqual([]);
    });

    test('P-5, B-3: the entry that set a basket aside, where the lane that went on with it is heard of before the one that had it; practice names nothing', async () => {
      const [lane, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const { device: from } = neighbour.enrolled;
      neighbour.sell([{ sku: 'MILK', quantity: 1, amountMinor: 100 }]);
      neighbour.append(LEDGER_KINDS.noSale.kind, { ...HEADER, reason: 'change' });
      const takeOver = (seq: number, training = false): void => {
        const suspension = { basketId: `b-${seq}`, epoch: neighbour.epoch, seq };
        const { kind, fields } = takeoverEntry(suspension, { from, isHandedOver: false }, { ...HEADER, training });
        lane.append(kind, fields);
      };
      takeOver(2);
      takeOver(3, true);
      await lane.send();
      expect(await told()).toEqual([`entryOfBasket ${from} ${short(neighbour.epoch, 2)} ×1`]);
      expect((await missing())[0]).toMatchObject({ store: '1', entry: { device: lane.enrolled.device, epoch: lane.epoch, seq: 1 } });
      await neighbour.send(1, 1);
      expect(await told()).toHaveLength(1);
      await neighbour.send(2, 2);
      expect(await told()).toEqual([]);
    });

    test('P-5, C-12: what the catalogue names and does not have is listed with the key that names it, until it is published', async () => {
      await publish(
        { type: 'code', key: '4006381333931', fields: { sku: 'GHOST' } },
        { type: 'code', key: '4006381333948', fields: { sku: 'GHOST' } },
        { type: 'price', key: priceKey('GHOST', 'regular'), fields: { amount: 100, decimals: 2, currency: 'EUR' } },
        { type: 'keyPage', key: 'Till', fields: { position: 0, keys: 'GHOST\nTHERE' } },
        item('THERE', { depositSku: 'CRATE' }),
        item('CARD', { taxClass: 'none', nature: 'giftCard' }),
      );
      expect(await told()).toEqual([
        'itemOfCode GHOST ×2 4006381333931',
        'itemOfDeposit CRATE ×1 THERE',
        `itemOfPrice GHOST ×1 ${priceKey('GHOST', 'regular')}`,
        'taxClassOfItem some ×1 THERE',
        'itemOfKey GHOST ×1 Till',
      ]);
      await publish(item('GHOST'), item('CRATE'));
      expect(await told()).toEqual(['taxClassOfItem some ×3 CRATE']);
      await publish({ type: 'tax', key: 'some', fields: { name: 'Some', rateBps: 1900 } });
      expect(await told()).toEqual([]);
    });

    test('P-5, C-12: what changed since is looked at alone, and tells what looking through all of it does', async () => {
      let readings = 0;
      const database = {
        rows: async <Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> => {
          if (sql.includes('goods_that_are_missing')) readings += 1;
          return hub.database.transaction(async (tx) => tx.rows<Row>(sql, params), { seesAll: true });
        },
      };
      const tenantNo = 1;
      const kept = createMissingReferences({ database, tenantNo });
      const anew = async (): Promise<unknown> => createMissingReferences({ database, tenantNo }).list(50);
      const name = fc.constantFrom('DRAWN-1', 'DRAWN-2', 'DRAWN-3');
      const scope = fc.constantFrom('global', 'store:1');
      const cell = fc.oneof(
        fc.record({
          type: fc.constant('item'),
          key: name,
          scope,
          fields: fc.record({
            name: name,
            unit: fc.constant('piece'),
            taxClass: fc.constantFrom('some', 'some', 'some', 'else'),
            depositSku: fc.constantFrom(null, null, null, 'DRAWN-4'),
          }),
        }),
        fc.record({ type: fc.constant('item'), key: name, scope, removed: fc.constant(true) }),
        fc.record({
          type: fc.constant('code'),
          key: fc.constantFrom('4006381333955', '4006381333962'),
          scope,
          fields: fc.record({ sku: name }),
        }),
        fc.record({ type: fc.constant('code'), key: fc.constantFrom('4006381333955', '4006381333962'), scope, removed: fc.constant(true) }),
        fc.record({
          type: fc.constant('price'),
          key: name.map((sku) => priceKey(sku, 'regular')),
          scope,
          fields: fc.constant({ amount: 100, decimals: 2, currency: 'EUR' }),
        }),
        fc.record({
          type: fc.constant('tax'),
          key: fc.constant('else'),
          scope: fc.constant('global'),
          fields: fc.constant({ name: 'Else', rateBps: 700 }),
        }),
        fc.record({ type: fc.constant('tax'), key: fc.constant('else'), scope: fc.constant('global'), removed: fc.constant(true) }),
      );
      let [asked, found, readAll] = [0, 0, 0];
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { maxLength: 10 }), async (publications) => {
          for (const cells of publications) {
            await hub.post('/api/v1/publications', { cells });
            const before = readings;
            const listed = await kept.list(50);
            readAll += readings - before;
            expect(listed).toEqual(await anew());
            asked += 1;
            found += listed.length;
          }
        }),
        { numRuns: 6 },
      );
      expect(found).toBeGreaterThan(0);
      expect(readAll).toBeLessThan(asked);
      await publish({ type: 'tax', key: 'else', fields: { name: 'Else', rateBps: 700 } }, item('DRAWN-4'));
      await kept.list(50);
      const before = readings;
      await publish({ type: 'code', key: '4006381333979', fields: { sku: 'NOBODY' } });
      expect(await kept.list(50)).toContainEqual(expect.objectContaining({ kind: 'itemOfCode', name: 'NOBODY', names: 1 }));
      await publish(item('NOBODY'));
      const after = await kept.list(50);
      expect(readings).toBe(before);
      expect(after).toEqual(await anew());
    });

    test('P-5, C-12: where the database was set back, what was published since is told of, also once it has come to the same number', async () => {
      const all = async <Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> =>
        hub.database.transaction(async (tx) => tx.rows<Row>(sql, params), { seesAll: true });
      const kept = createMissingReferences({ database: { rows: all }, tenantNo: 1 });
      const names = async (): Promise<readonly string[]> => (await kept.list(50)).map(({ name }) => name);
      const [head] = await all<{ lsn: number; history: string }>('SELECT lsn, history_hash AS history FROM tenant WHERE tenant_no = 1');
      assert(head !== undefined, 'the tenant has its row');
      const before = await names();
      await publish({ type: 'code', key: '4006381333986', fields: { sku: 'LOST' } });
      expect(await names()).toEqual(expect.arrayContaining([...before, 'LOST']));
      await hub.database.transaction(
        async (tx) => {
          for (const table of ['publication', 'entity', 'entity_change'])
            await tx.execute(`DELETE FROM ${table} WHERE lsn > $1`, [head.lsn]);
          await tx.execute('UPDATE tenant SET lsn = $1, history_hash = $2', [head.lsn, head.history]);
        },
        { seesAll: true },
      );
      await publish({ type: 'code', key: '4006381333993', fields: { sku: 'SINCE' } });
      await publish({ type: 'department', key: 'Since', fields: { position: 1 } });
      expect((await names()).toSorted()).toEqual([...before, 'SINCE'].toSorted());
    });
  });
}
