import { assert } from '@holdfast/base';
import { LEDGER_KINDS, priceKey } from '@holdfast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { requestBodySchema, tillMessageSchema, type RequestBody } from '../../shared/till-contract.ts';
import {
  ASSORTMENT,
  BEER,
  createTestLane,
  MILK,
  NOON_MS,
  publish,
  setting,
  type PublishedEntity,
  type TestLane,
} from '../testing/test-lane.ts';
import type { ReceiptToPrint } from '../till-ports.ts';

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane();
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const scan = (code: string, more: object = {}): RequestBody => ({ type: 'scan', code, ...more });
const FIRST = '1-abcd-000001';
const setReturn = (...lines: readonly (readonly [line: number, quantity: number])[]): RequestBody => ({
  type: 'setReturn',
  receiptNumber: FIRST,
  lines: lines.map(([line, quantity]) => ({ line, quantity })),
});
const left = (): readonly (readonly [number, number])[] =>
  (lane.take({ type: 'returnable', receiptNumber: FIRST }).returnable?.lines ?? []).map((line) => [line.left.value, line.leftMinor]);

describe('goods that come back with their receipt', () => {
  beforeEach(() => {
    lane.take(scan(MILK, { quantity: 3 }));
    lane.take({ type: 'payCash', amountMinor: 400 });
  });

  test('from the receipt to the money, every message as the contract says, over a restart in between', () => {
    expect(left()).toEqual([[3, 357]]);
    for (const body of [setReturn([1, 1]), setReturn([1, 2])]) {
      const { broadcast, reply } = lane.ask(requestBodySchema.parse(body));
      for (const message of [...broadcast, reply]) expect(tillMessageSchema.parse(message)).toEqual(message);
      expect(reply.type).toBe('reply');
    }
    lane.reopen();
    const { head, lines } = lane.state();
    expect(lines).toMatchObject([{ quantity: { value: -2 }, amountMinor: -238, returnOf: FIRST }]);
    expect(head.refund).toEqual([{ name: 'Cash', amountMinor: -238 }]);
    expect(lane.take({ type: 'refund' }).completed).toMatchObject({ totalMinor: -238, cashMinor: -238 });
    expect(left()).toEqual([[1, 119]]);
    lane.reopen();
    expect(left()).toEqual([[1, 119]]);
  });

  test('never more than is left, and never of a receipt that this till did not print', () => {
    expect(lane.refusal(setReturn([1, 4]))).toBe('returnAboveSold');
    lane.take(setReturn([1, 3]));
    lane.take({ type: 'refund' });
    expect(lane.refusal(setReturn([1, 1]))).toBe('returnAboveSold');
    expect(lane.refusal({ type: 'returnable', receiptNumber: '2-abcd-000001' })).toBe('noSuchReceipt');
    expect(lane.refusal({ ...setReturn([1, 1]), receiptNumber: '2-abcd-000001' } as RequestBody)).toBe('noSuchReceipt');
  });

  test('an exchange has one amount due; a line of it is taken off by itself', () => {
    lane.take(setReturn([1, 1]));
    lane.take(scan(BEER));
    lane.take({ type: 'confirmAge', method: 'document' });
    expect(lane.state().head.totals.dueMinor).toBe(-20);
    lane.take({ type: 'voidLine', lineId: '1' });
    expect(lane.state().head).toMatchObject({ totals: { dueMinor: 99 } });
    expect(lane.state().head.refund).toBeUndefined();
    expect(lane.state().lines).toHaveLength(1);
  });

  test('a receipt that nobody can look up comes back unverified, up to the cap', () => {
    const back = scan(MILK, { quantity: -1, returnOf: '7-ffff-000009' });
    lane.take(back);
    expect(lane.state().lines).toMatchObject([{ returnOf: '7-ffff-000009', unverified: true, amountMinor: -119 }]);
    expect(lane.refusal(scan(MILK, { quantity: -42, returnOf: '7-ffff-000009' }))).toBe('returnAboveCap');
  });

  test('the last sales of this till, newest first, and which of them was undone', () => {
    lane.clock.nowMs += 60_000;
    lane.take(scan(BEER));
    lane.take({ type: 'confirmAge', method: 'document' });
    lane.take({ type: 'payCash', amountMinor: 99 });
    lane.take({ type: 'postVoid', receiptNumber: FIRST });
    lane.reopen();
    const { reply } = lane.ask(requestBodySchema.parse({ type: 'receipts', limit: 5 }));
    expect(tillMessageSchema.parse(reply)).toMatchObject({
      value: {
        receipts: [
          { receiptNumber: '1-abcd-000002', atMs: NOON_MS + 60_000, totalMinor: 99 },
          { receiptNumber: FIRST, atMs: NOON_MS, totalMinor: 357, undone: true },
        ],
      },
    });
    expect(lane.take({ type: 'receipts', limit: 1 }).receipts).toEqual([
      { receiptNumber: '1-abcd-000002', atMs: NOON_MS + 60_000, totalMinor: 99 },
    ]);
  });

  test('not undone while some of it is in a basket, open or set aside: its money would go out twice', () => {
    const undo: RequestBody = { type: 'postVoid', receiptNumber: FIRST };
    lane.take(setReturn([1, 2]));
    const held = { type: 'refused', refusal: { type: 'alreadyReturned', detail: { receiptNumber: FIRST, because: 'held' } } };
    expect(lane.ask(undo).reply).toMatchObject(held);
    const { basketId } = lane.state().head;
    lane.take({ type: 'suspend' });
    expect(lane.ask(undo).reply).toMatchObject(held);
    lane.take({ type: 'resume', basketId });
    lane.take({ type: 'voidSale' });
    lane.take(undo);
    expect(left()).toEqual([[0, 0]]);
  });

  test('undone on its own day: its goods are back and nothing of it can be returned', () => {
    lane.take({ type: 'postVoid', receiptNumber: FIRST });
    expect(lane.foldedStock()).toEqual([{ sku: 'MILK', unit: 'piece', moved: 0 }]);
    expect(left()).toEqual([[0, 0]]);
    expect(lane.refusal({ type: 'postVoid', receiptNumber: FIRST })).toBe('alreadyReturned');
    expect(lane.store.waiting().entries).toBe(2);
    lane.take(scan(MILK));
    expect(lane.take({ type: 'payCash', amountMinor: 200 }).completed?.receiptNumber).toBe('1-abcd-000003');
  });
});

test('a sale that is undone has a paper of its own, which names it, in its words; a till that was killed before prints it then', () => {
  const prints: ReceiptToPrint[] = [];
  const printing = createTestLane([...ASSORTMENT, setting('locale', 'de-DE')], undefined, (print) => prints.push(print));
  printing.take(scan(MILK, { quantity: 3 }));
  printing.take({ type: 'payCash', amountMinor: 400 });
  publish(printing.store, [setting('locale', 'fr-FR')]);
  printing.clock.nowMs += 60_000;
  printing.take({ type: 'postVoid', receiptNumber: FIRST });
  const paper = prints.at(-1)?.receipt();
  expect(prints).toHaveLength(2);
  expect(prints[1]).toMatchObject({ receiptNumber: '1-abcd-000002', isReprint: false, opensDrawer: true });
  expect(paper).toMatchObject({ receiptNumber: '1-abcd-000002', language: 'de-DE' });
  expect(paper?.blocks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'line', name: 'Milk 1 l', amountMinor: -357 }),
      { type: 'amount', label: 'Auszahlung', amountMinor: -357, emphasis: true },
      { type: 'amount', label: 'Bar', amountMinor: -400, emphasis: false },
      { type: 'amount', label: 'Rückgeld', amountMinor: -43, emphasis: false },
      { type: 'text', text: 'Storno zu Beleg', align: 'start' },
      { type: 'facts', facts: expect.arrayContaining([['Beleg', FIRST]]) },
    ]),
  );
  printing.reopen();
  const [, waiting] = printing.till.waitingPrints();
  expect(waiting?.receipt()).toEqual(paper);
  // Again: the same paper, as a copy, journalled under its own number.
  printing.clock.nowMs += 60_000;
  printing.take({ type: 'printReceipt', receiptNumber: FIRST, isPostVoid: true });
  expect(prints.at(-1)).toMatchObject({ receiptNumber: '1-abcd-000002', isReprint: true, opensDrawer: false });
  expect(prints.at(-1)?.receipt()).toEqual(paper);
  expect(printing.store.waiting().byKind.get(LEDGER_KINDS.reprint.kind)).toBe(1);
  const { journal } = printing.take({ type: 'journal', text: '', limit: 1 });
  expect(JSON.stringify(journal?.entries)).toContain('1-abcd-000002');
  expect(printing.refusal({ type: 'printReceipt', receiptNumber: '1-abcd-000002', isPostVoid: true })).toBe('noSuchReceipt');
  printing.close();
});

test('a card gets back what it paid, and is given back before its sale is undone', () => {
  publish(lane.store, [{ type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } }]);
  for (const receiptNumber of [FIRST, '1-abcd-000002']) {
    lane.take(scan(MILK));
    expect(lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }).completed?.receiptNumber).toBe(receiptNumber);
  }
  lane.take(setReturn([1, 1]));
  expect(lane.state().head.refund).toEqual([{ name: 'Card', amountMinor: -119 }]);
  expect(lane.refusal({ type: 'payCash', amountMinor: -119 })).toBe('refundNotAllowed');
  lane.take({ type: 'refund' });
  const second = { receiptNumber: '1-abcd-000002' } as const;
  expect(lane.refusal({ type: 'postVoid', ...second })).toBe('tenderNotReversed');
  lane.take({ type: 'reverseTender', ...second, tender: 1 });
  lane.reopen();
  lane.take({ type: 'reverseTender', ...second, tender: 1 });
  lane.take({ type: 'postVoid', ...second });
  // Two sales, the return, the right to undo the second, its card's money, and its undoing.
  expect(lane.store.waiting().entries).toBe(6);
});

describe('goods without a receipt', () => {
  const DAY_MS = 86_400_000;
  const policy = (...settings: readonly (readonly [string, string])[]): void =>
    publish(
      lane.store,
      settings.map(([key, value]) => setting(key, value)),
    );

  test('come back at the lowest price of so many days, whatever their number', () => {
    policy(['returnsWithoutReceipt', 'lowestPrice'], ['lowestPriceDays', '7']);
    const special = (amount: number, fromDays: number, toDays: number): PublishedEntity => {
      const [fromMs, toMs] = [NOON_MS - fromDays * DAY_MS, NOON_MS - toDays * DAY_MS];
      return {
        type: 'price',
        key: priceKey('MILK', 'promotional', fromMs),
        fields: { amount, decimals: 2, currency: 'EUR', fromMs, toMs },
      };
    };
    const breaks: PublishedEntity = {
      type: 'price',
      key: priceKey('MILK', 'regular', undefined, { fromQuantity: 2_000 }),
      fields: { amount: 50, decimals: 2, currency: 'EUR' },
    };
    publish(lane.store, [special(89, 9, 6), special(49, 20, 10), breaks]);
    lane.take(scan(MILK, { quantity: -2 }));
    expect(lane.lines()).toMatchObject([{ amountMinor: -178 }]);
    lane.take({ type: 'voidSale' });
    lane.take(scan(MILK));
    expect(lane.lines()).toMatchObject([{ amountMinor: 119 }]);
    lane.take(scan(MILK, { quantity: -1, returnOf: '7-ffff-000009' }));
    expect(lane.lines()).toMatchObject([{ amountMinor: 119 }, { amountMinor: -119 }]);
  });

  test('are paid in store credit, beside goods of a receipt, which go back to what paid for them', () => {
    policy(['returnsWithoutReceipt', 'storeCredit']);
    publish(lane.store, [{ type: 'tenderType', key: 'storeCredit', fields: { kind: 'storeCredit', name: 'Store credit' } }]);
    lane.take(scan(MILK));
    lane.take({ type: 'payCash', amountMinor: 200 });
    lane.take(setReturn([1, 1]));
    lane.take(scan(MILK, { quantity: -2 }));
    expect(lane.state().head.refund).toEqual([
      { name: 'Store credit', amountMinor: -238 },
      { name: 'Cash', amountMinor: -119 },
    ]);
    expect(lane.refusal({ type: 'payCash', amountMinor: -357 })).toBe('refundNotAllowed');
    expect(lane.take({ type: 'refund' }).completed).toMatchObject({ totalMinor: -357, cashMinor: -119 });
  });
});
