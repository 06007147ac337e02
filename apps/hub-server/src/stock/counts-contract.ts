/** Counts of stock on any engine, over real HTTP (SPEC: K-1 to K-4). */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, stockCountEntry, type CountedLine, type LedgerPlace } from '@holdfast/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { StockRow } from '../console-api/overview.ts';
import type { Database } from '../db/database.ts';
import type { Verification } from '../ledger/verify.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { UnclearView } from './unclear.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };
/** An hour ago: whatever happens around it had happened when the hub heard of it. */
const TEN_MS = Date.now() - 3_600_000;
/** Of each clock of these devices. */
const OFF_MS = 50;

export function countsContract(engine: string, open: () => Promise<Database>): void {
  describe(`stock counts: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const placeOf = (device: TestDevice, seq: number): LedgerPlace => ({ device: device.enrolled.device, epoch: device.epoch, seq });
    /** Pieces sold so many seconds after ten. */
    const sell = (device: TestDevice, sku: string, pieces: number, second: number): void => {
      const lines = [{ sku, quantity: pieces, amountMinor: pieces * 100 }];
      device.append(LEDGER_KINDS.sale.kind, saleFields(device.entries.length + 1, lines), TEN_MS + second * 1_000);
    };
    interface Counting {
      readonly sku: string;
      readonly quantity: number;
      readonly second: number;
      readonly counted?: LedgerPlace;
      readonly seen?: readonly LedgerPlace[];
    }
    const count = (device: TestDevice, { sku, quantity, second, counted, seen = [] }: Counting): void => {
      const atMs = TEN_MS + Math.round(second * 1_000);
      const line: CountedLine = { sku, quantity, unit: 'piece', atMs, uncertaintyMs: OFF_MS, ...(counted !== undefined && { counted }) };
      const entry = stockCountEntry(HEADER, { document: 'ab'.repeat(16), name: 'Aisle 3', lines: [line], seen });
      assert(entry.ok, 'it states something');
      device.append(entry.value.kind, entry.value.fields, atMs + 60_000);
    };
    const stockOf = async (sku: string): Promise<Pick<StockRow, 'onHand' | 'unclear'> | undefined> => {
      const lines = (await (await hub.api('/api/v1/stock')).text()).split('\n').filter((line) => line !== '');
      const row = lines.map((line) => JSON.parse(line) as StockRow).find((one) => one.sku === sku);
      return row === undefined ? undefined : { onHand: row.onHand, unclear: row.unclear };
    };
    const questions = async (sku: string, isOpen = true): Promise<readonly UnclearView[]> =>
      (await hub.json<{ questions: readonly UnclearView[] }>(`/api/v1/stock-questions?open=${isOpen}`)).questions.filter(
        (one) => one.sku === sku,
      );
    const proven = async (): Promise<void> => {
      expect(await hub.json<Verification>('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    };

    test('K-1, K-2: what a store has is what was counted and what moved since, and its own lane needs no clock for it', async () => {
      const lane = await enrolNextDevice(hub);
      sell(lane, 'milk', 3, 0);
      count(lane, { sku: 'milk', quantity: 20, second: 5, counted: placeOf(lane, 1) });
      // By its clock this was at the very moment of the count.
      sell(lane, 'milk', 2, 5);
      await lane.send();
      expect(await stockOf('milk')).toEqual({ onHand: 18, unclear: 0 });
      lane.adjust('milk', 4);
      await lane.send();
      expect(await stockOf('milk')).toEqual({ onHand: 14, unclear: 0 });
      await proven();
    });

    test('K-2, K-4: what the counting lane had of its neighbour is in the count, however late it comes and whatever its clock says', async () => {
      const [lane, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      sell(neighbour, 'beer', 5, 40_000_000);
      sell(neighbour, 'beer', 1, 30);
      count(lane, { sku: 'beer', quantity: 9, second: 10, seen: [placeOf(neighbour, 1)], counted: placeOf(lane, 0) });
      await lane.send();
      expect(await stockOf('beer')).toEqual({ onHand: 9, unclear: 0 });
      await neighbour.send();
      expect(await stockOf('beer')).toEqual({ onHand: 8, unclear: 0 });
      await proven();
    });

    test('K-3: where clocks meet it is taken for later, stands in the queue, and counts as a person says', async () => {
      const [lane, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      count(lane, { sku: 'pear', quantity: 10, second: 10 });
      sell(neighbour, 'pear', 2, 10);
      sell(neighbour, 'pear', 3, 10);
      sell(neighbour, 'pear', 1, 11);
      await neighbour.send();
      await lane.send();
      expect(await stockOf('pear')).toEqual({ onHand: 4, unclear: 2 });
      const [second, first] = await questions('pear');
      assert(first !== undefined && second !== undefined, 'both are asked about');
      expect(first).toMatchObject({ store: '1', unit: 'piece', moved: -2, counted: 10, device: neighbour.enrolled.device, seq: 1 });
      const answer = async (one: UnclearView, side: string): Promise<number> =>
        (
          await hub.post('/api/v1/stock-questions/answer', {
            countNo: one.countNo,
            entryNo: one.entryNo,
            sku: 'pear',
            unit: 'piece',
            side,
          })
        ).status;
      expect(await answer(first, 'before')).toBe(200);
      expect(await answer(first, 'after')).toBe(404);
      expect(await answer(second, 'after')).toBe(200);
      expect(await stockOf('pear')).toEqual({ onHand: 6, unclear: 0 });
      expect(await questions('pear')).toEqual([]);
      expect((await questions('pear', false)).map(({ decision }) => decision)).toEqual(['after', 'before']);
      await proven();
      // A later count answers all of it, and what people said of the one before says nothing of it.
      count(lane, { sku: 'pear', quantity: 30, second: 100, counted: placeOf(lane, 1) });
      await lane.send();
      expect(await stockOf('pear')).toEqual({ onHand: 30, unclear: 0 });
      expect(await questions('pear', false)).toEqual([]);
      await proven();
    });

    test('K-1: an earlier count that comes late changes nothing; a device without a clock overwrites nothing for ever', async () => {
      const [lane, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      count(lane, { sku: 'apple', quantity: 50, second: 100, counted: placeOf(lane, 0) });
      await lane.send();
      count(other, { sku: 'apple', quantity: 99, second: 20 });
      await other.send();
      expect(await stockOf('apple')).toEqual({ onHand: 50, unclear: 0 });
      count(other, { sku: 'apple', quantity: 98, second: 400 * 86_400 });
      await other.send();
      expect(await stockOf('apple')).toEqual({ onHand: 98, unclear: 0 });
      const [row] = await hub.database.rows<{ at_ms: number; days: number }>(
        "SELECT at_ms, (to_ms - from_ms) / 86400000 AS days FROM stock_count WHERE sku = 'apple'",
      );
      expect(row?.at_ms).toBeLessThanOrEqual(Date.now());
      expect(row?.days).toBe(35);
      await proven();
    });

    test('P-1: a sale that was set aside, and is applied later, is placed beside the count as if it had come then', async () => {
      const [lane, neighbour] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await hub.database
        .script(`CREATE FUNCTION refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for it'; END $$;
        CREATE TRIGGER refuse_line BEFORE INSERT ON sale_line FOR EACH ROW WHEN (NEW.sku = 'aside') EXECUTE FUNCTION refuse_line();`);
      count(lane, { sku: 'aside', quantity: 10, second: 100, counted: placeOf(lane, 0) });
      await lane.send();
      sell(neighbour, 'aside', 4, 10);
      sell(neighbour, 'aside', 1, 200);
      await neighbour.send();
      expect(await neighbour.probe()).toMatchObject({ setAside: 2 });
      await hub.database.script('DROP TRIGGER refuse_line ON sale_line; DROP FUNCTION refuse_line;');
      expect(await (await hub.post('/api/v1/set-aside/retry', {})).json()).toEqual({ applied: 2 });
      expect(await stockOf('aside')).toEqual({ onHand: 9, unclear: 0 });
      await proven();
    });

    test('U-8: what a second history sold is placed by its times', async () => {
      const lane = await enrolNextDevice(hub);
      const clone = lane.clone(0);
      sell(lane, 'fork', 1, 0);
      count(lane, { sku: 'fork', quantity: 20, second: 10, counted: placeOf(lane, 1) });
      sell(clone, 'fork', 5, 1);
      sell(clone, 'fork', 2, 20);
      await lane.send();
      await clone.send();
      expect(await stockOf('fork')).toEqual({ onHand: 18, unclear: 0 });
      await proven();
    });

    test('verify names a count that was tampered with', async () => {
      const lane = await enrolNextDevice(hub);
      count(lane, { sku: 'changed', quantity: 7, second: 10 });
      await lane.send();
      await stockOf('changed');
      await hub.database.execute("UPDATE stock_count SET quantity = 8 WHERE sku = 'changed'");
      const report = await hub.json<Verification>('/api/v1/verify');
      expect(report.problems).toEqual([expect.stringContaining('1 changed piece: folded as 0 of count')]);
      await hub.database.execute("UPDATE stock_count SET quantity = 7 WHERE sku = 'changed'");
      await proven();
    });

    test('what is no count is set aside, and changes nothing', async () => {
      const lane = await enrolNextDevice(hub);
      const line = { sku: 'hostile', quantity: 5, unit: 'piece', atMs: TEN_MS, uncertaintyMs: 0 };
      const fields = { ...HEADER, document: 'ab'.repeat(16), name: 'x', lines: [line] };
      lane.append(LEDGER_KINDS.stockCount.kind, { ...fields, lines: [{ ...line, quantity: -5 }] });
      lane.append(LEDGER_KINDS.stockCount.kind, { ...fields, lines: [{ ...line, counter: 1, seq: 1 }] });
      lane.append(LEDGER_KINDS.stockCount.kind, { ...fields, seen: [{ device: 'nul\u0000', epoch: 'x', seq: 1 }] });
      // Twice the same goods in one entry: the later line holds.
      lane.append(LEDGER_KINDS.stockCount.kind, {
        ...fields,
        lines: [line, { ...line, quantity: 6, atMs: TEN_MS + 1 }, { ...line, quantity: 4 }],
      });
      lane.append(LEDGER_KINDS.stockCount.kind, { ...fields, training: true, lines: [{ ...line, atMs: TEN_MS + 9 }] });
      await lane.send();
      expect(await lane.probe()).toMatchObject({ setAside: 3 });
      expect(await stockOf('hostile')).toEqual({ onHand: 6, unclear: 0 });
      await proven();
    });

    test('K-4: in whatever order ledgers arrive, in whatever pieces and however often, a store has the same', async () => {
      const lanes = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const laneAt = (at: number): TestDevice => {
        const device = lanes[at % lanes.length];
        assert(device !== undefined, 'there are three');
        return device;
      };
      const act = fc.record({
        lane: fc.nat(2),
        isCount: fc.boolean(),
        amount: fc.integer({ min: 1, max: 9 }),
        second: fc.nat(6),
        seen: fc.nat(2),
      });
      const happens = (sku: string, acts: readonly (typeof act extends fc.Arbitrary<infer Act> ? Act : never)[]): void => {
        for (const [nth, { lane, isCount, amount, second, seen }] of acts.entries()) {
          const [device, sibling] = [laneAt(lane), laneAt(lane + 1)];
          if (!isCount) sell(device, sku, amount, second);
          else {
            const [own, other] = [placeOf(device, device.entries.length), placeOf(sibling, Math.max(0, sibling.entries.length - seen))];
            // No two of one moment: which of them holds is their hashes' affair.
            count(device, { sku, quantity: amount * 10, second: second + nth / 1_000, counted: own, seen: [other] });
          }
        }
      };
      const arrives = async (begun: readonly number[], dice: Iterator<number>): Promise<void> => {
        const roll = (): number => dice.next().value as number;
        const sent = [...begun];
        while (lanes.some(({ entries }, at) => entries.length > (sent[at] ?? 0))) {
          const at = roll() % lanes.length;
          const [device, from] = [laneAt(at), sent[at] ?? 0];
          if (device.entries.length === from) continue;
          sent[at] = Math.min(device.entries.length, from + 1 + roll());
          // The entry before comes once more.
          await device.send(Math.max(from, 1), sent[at]);
        }
      };
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(act, { minLength: 3, maxLength: 8 }), { maxLength: 3 }),
          fc.infiniteStream(fc.nat(5)),
          async (cases, dice) => {
            // The same happens twice, of goods of their own, and arrives in two orders.
            round += 1;
            for (const order of ['a', 'b']) {
              const begun = lanes.map(({ entries }) => entries.length);
              for (const [nth, acts] of cases.entries()) happens(`order-${round}-${nth}-${order}`, acts);
              await arrives(begun, dice);
            }
            for (const nth of cases.keys())
              expect(await stockOf(`order-${round}-${nth}-b`)).toEqual(await stockOf(`order-${round}-${nth}-a`));
          },
        ),
        { numRuns: 3 },
      );
      await proven();
    });
  });
}
