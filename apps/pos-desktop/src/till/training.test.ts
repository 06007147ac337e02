/** A lane in training: it sells as ever, marked everywhere, in a series of its own, and nothing real moves. */
import { assert } from '@holdfast/base';
import { accountMovementsOf, LEDGER_KINDS, stockMovementsOf } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { IN_TRAINING } from './in-training.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, hearSibling, MILK, NOON_MS, type TestLane } from './testing/test-lane.ts';

const SCAN: RequestBody = { type: 'scan', code: MILK };
const ON: RequestBody = { type: 'setTraining', isOn: true };
const OFF: RequestBody = { type: 'setTraining', isOn: false };
const FLOAT: RequestBody = { type: 'openShift', denominations: [{ faceMinor: 1_000, count: 10 }] };

let lane: TestLane;
let drawers = 0;
let printed: { readonly text: string; readonly opensDrawer: boolean }[] = [];
const atTerminal: string[] = [];
const SHOP = [
  ...ASSORTMENT,
  { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } },
  { type: 'tenderType', key: 'gift', fields: { kind: 'giftCard', name: 'Gift card', keepsBalance: true } },
] as const;
const open = (): TestLane =>
  createTestLane(
    SHOP,
    undefined,
    ({ receipt, opensDrawer }) => printed.push({ text: JSON.stringify(receipt().blocks), opensDrawer }),
    () => (drawers += 1),
    undefined,
    { onWork: () => atTerminal.push('work'), abort: () => atTerminal.push('abort'), ask: () => atTerminal.push('ask') },
  );
beforeEach(() => {
  drawers = 0;
  printed = [];
  lane = open();
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const journal = (of = lane) => {
  const kinds = new Map(Object.values(LEDGER_KINDS).map(({ kind, name }) => [kind as number, name]));
  return of.store.entriesAfter(of.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 10_000_000).map(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    const { kind, fields } = entry.value;
    return { kind, name: kinds.get(kind), fields, training: fields['training'] };
  });
};
const sell = (body: RequestBody = { type: 'payCash', amountMinor: 200 }): string => {
  lane.take(SCAN);
  return lane.take(body).completed?.receiptNumber ?? '';
};

test('sells in a series of its own, every entry of it marked, and the receipt and the status line say so', () => {
  expect(sell()).toBe('1-abcd-000001');
  lane.take(ON);
  expect(lane.till.status().training).toBe(true);
  expect(sell()).toBe('T1-abcd-000001');
  expect(lane.till.status(), 'what was practised is no sale that waits').toMatchObject({ waitingEntries: 3, waitingSales: 1 });
  lane.take(SCAN);
  lane.take({ type: 'setQuantity', lineId: '1', quantity: 2 });
  lane.take({ type: 'voidLine', lineId: '1' });
  lane.take(SCAN);
  lane.take({ type: 'voidSale' });
  expect(sell({ type: 'tender', tenderType: 'card', amountMinor: 119 })).toBe('T1-abcd-000002');
  lane.take(OFF);
  expect(lane.till.status().training).toBeUndefined();
  expect(sell()).toBe('1-abcd-000002');
  expect(journal().map(({ name, training }) => `${name}${training === true ? ' training' : ''}`)).toEqual([
    'sale',
    'training training',
    'sale training',
    'lineVoid training',
    'saleVoid training',
    'sale training',
    'training training',
    'sale',
  ]);
  expect(printed.map(({ opensDrawer }) => opensDrawer)).toEqual([true, false, false, true]);
  expect(printed.map(({ text }) => text.includes('TRAINING'))).toEqual([false, true, true, false]);
});

test('moves nothing real: no total, no stock, no balance, no use of a promotion, no terminal, no drawer', () => {
  lane.take(FLOAT);
  const { shift: before } = lane.take({ type: 'shift' });
  const [stock, terminal] = [lane.foldedStock(), atTerminal.length];
  lane.take(ON);
  lane.take({ type: 'setCustomer', customerId: '4711' });
  sell();
  sell({ type: 'tender', tenderType: 'card', amountMinor: 119 });
  // Nobody is asked what lies on it.
  lane.take(SCAN);
  const gift: RequestBody = { type: 'tender', tenderType: 'gift', amountMinor: 119, reference: 'CARD-1' };
  expect(lane.till.balanceToAsk({ id: 'b', atMs: 0, body: gift })).toBeUndefined();
  lane.take(gift);
  lane.take({ type: 'scan', code: MILK, quantity: -1 });
  lane.take({ type: 'payCash', amountMinor: -119 });
  expect(lane.take({ type: 'shift' }).shift).toEqual(before);
  lane.take(OFF);
  expect(lane.take({ type: 'shift' }).shift).toEqual(before);
  lane.reopen();
  expect(lane.take({ type: 'shift' }).shift).toEqual(before);
  expect(lane.foldedStock()).toEqual(stock);
  expect(drawers).toBe(0);
  expect(atTerminal).toHaveLength(terminal);
  expect(lane.till.terminalWork()).toEqual([]);
  for (const entry of journal().filter(({ training }) => training === true)) {
    expect(stockMovementsOf(entry)).toEqual({ ok: true, value: [] });
    expect(accountMovementsOf(entry)).toEqual({ ok: true, value: [] });
  }
  for (const table of ['promotion_use_own', 'sale_return', 'terminal_payment', 'own_suspension'])
    expect(lane.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
});

test('is switched between two sales alone, and never mixes them: neither in the open basket nor in those set aside', () => {
  lane.take(SCAN);
  expect(lane.refusal(ON)).toBe('basketOpen');
  lane.take({ type: 'suspend' });
  const [real] = lane.take({ type: 'suspended' }).suspended ?? [];
  lane.take(ON);
  expect(lane.take({ type: 'suspended' }).suspended).toEqual([]);
  expect(lane.refusal({ type: 'resume', basketId: real?.basketId ?? '' })).toBe('noSuchBasket');
  lane.take(SCAN);
  expect(lane.refusal(OFF)).toBe('basketOpen');
  lane.take({ type: 'suspend' });
  const [practised] = lane.take({ type: 'suspended' }).suspended ?? [];
  lane.take({ type: 'resume', basketId: practised?.basketId ?? '' });
  lane.take({ type: 'suspend' });
  lane.take(OFF);
  expect(lane.take({ type: 'suspended' }).suspended).toMatchObject([{ basketId: real?.basketId }]);
  expect(lane.refusal({ type: 'resume', basketId: practised?.basketId ?? '' })).toBe('noSuchBasket');
  lane.take({ type: 'resume', basketId: real?.basketId ?? '' });
  expect(lane.take({ type: 'payCash', amountMinor: 119 }).completed?.receiptNumber).toBe('1-abcd-000001');
  const given = journal().filter(({ name }) => name === 'suspendExpiry');
  expect(given).toMatchObject([{ training: true, fields: { basketId: practised?.basketId } }]);
});

test('another lane neither goes on with what is practised nor gives it back', () => {
  lane.take(ON);
  const receiptNumber = sell();
  lane.take(SCAN);
  lane.take({ type: 'suspend' });
  const other = createTestLane(SHOP, undefined, undefined, undefined, 2);
  hearSibling(other, lane);
  expect(other.take({ type: 'suspended' }).suspended).toEqual([]);
  expect(other.till.sellerOf(receiptNumber)).toBeUndefined();
  other.close();
});

test('outlives a kill at any point, with the basket that was open in it', () => {
  lane.take(ON);
  lane.take(SCAN);
  lane.reopen();
  expect(lane.till.status().training).toBe(true);
  expect(lane.lines()).toHaveLength(1);
  expect(lane.take({ type: 'payCash', amountMinor: 119 }).completed?.receiptNumber).toBe('T1-abcd-000001');
  lane.reopen();
  expect(sell()).toBe('T1-abcd-000002');
  lane.take(OFF);
  lane.reopen();
  expect(lane.till.status().training).toBeUndefined();
  expect(sell()).toBe('1-abcd-000001');
});

test('its receipts are no sales: not listed among them, not returned, not undone', () => {
  const real = sell();
  lane.take(ON);
  const practised = sell();
  expect(lane.take({ type: 'receipts', limit: 9 }).receipts).toMatchObject([{ receiptNumber: practised }]);
  lane.take({ type: 'printReceipt', receiptNumber: practised });
  expect(journal().at(-1)).toMatchObject({ name: 'reprint', training: true });
  lane.take(OFF);
  expect(lane.take({ type: 'receipts', limit: 9 }).receipts).toMatchObject([{ receiptNumber: real }]);
  expect(lane.refusal({ type: 'postVoid', receiptNumber: practised })).toBe('noSuchReceipt');
  expect(lane.refusal({ type: 'setReturn', receiptNumber: practised, lines: [{ line: 1, quantity: 1 }] })).toBe('noSuchReceipt');
});

test('returns and undoing are practised on what was practised, and on nothing else; nothing real moves, and nobody is asked', () => {
  const real = sell();
  lane.take(ON);
  const [whole, part] = [sell(), sell({ type: 'tender', tenderType: 'card', amountMinor: 119 })];
  const setReturn = (receiptNumber: string): RequestBody => ({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  for (const body of [setReturn(real), { type: 'returnable', receiptNumber: real }, { type: 'postVoid', receiptNumber: real }] as const)
    expect(lane.refusal(body)).toBe('noSuchReceipt');
  expect(lane.till.returnToAsk({ id: 'r', atMs: 0, body: setReturn(whole) })).toBeUndefined();
  const [stock, x] = [lane.foldedStock(), lane.take({ type: 'shift' }).shift];
  lane.take(setReturn(whole));
  expect(lane.lines()).toMatchObject([{ amountMinor: -119, returnOf: whole }]);
  expect(lane.take({ type: 'refund' }).completed).toMatchObject({ receiptNumber: 'T1-abcd-000003', totalMinor: -119 });
  expect(lane.refusal(setReturn(whole)), 'it came back').toBe('returnAboveSold');
  expect(lane.refusal({ type: 'postVoid', receiptNumber: whole })).toBe('alreadyReturned');
  lane.take({ type: 'postVoid', receiptNumber: part });
  expect(journal().at(-1)).toMatchObject({ name: 'sale', training: true, fields: { postVoidOf: part, receiptNumber: 'T1-abcd-000004' } });
  expect(printed.slice(1).map(({ text, opensDrawer }) => [text.includes('TRAINING'), opensDrawer])).toEqual([
    [true, false],
    [true, false],
    [true, false],
    [true, false],
  ]);
  expect([lane.foldedStock(), lane.take({ type: 'shift' }).shift, drawers]).toEqual([stock, x, 0]);
  lane.reopen();
  expect(lane.refusal(setReturn(whole))).toBe('returnAboveSold');
  lane.take(OFF);
  expect(lane.refusal(setReturn(part))).toBe('noSuchReceipt');
  lane.take(setReturn(real));
  expect(lane.take({ type: 'refund' }).completed).toMatchObject({ receiptNumber: '1-abcd-000002', totalMinor: -119 });
  for (const entry of journal().filter(({ training }) => training === true))
    expect(stockMovementsOf(entry)).toEqual({ ok: true, value: [] });
});

test('the day goes on beneath it: what rolls over, locks and signs on is no training', () => {
  lane.take(FLOAT);
  lane.take(ON);
  lane.clock.nowMs = NOON_MS + 24 * 3_600_000;
  expect(lane.till.rollDay()).toHaveLength(1);
  const close = journal().find(({ name }) => name === 'shiftClose');
  expect(close).toMatchObject({ training: false, fields: { countedMinor: 10_000 } });
  sell();
  expect(journal().at(-1)).toMatchObject({ name: 'sale', training: true, fields: { businessDate: '2026-11-21' } });
});

const SOMETHING_REAL = Object.entries(IN_TRAINING).flatMap(([type, isPractised]) => (isPractised ? [] : [type]));
const REAL: Readonly<Record<string, RequestBody>> = {
  balance: { type: 'balance', account: 'giftCard', reference: 'C' },
  cashOut: { type: 'cashOut', tenderType: 'gift', reference: 'C' },
  reverseTender: { type: 'reverseTender', receiptNumber: '1-abcd-000001', tender: 1 },
  settleTerminal: { type: 'settleTerminal' },
  clearCardCase: { type: 'clearCardCase', paymentId: 'p', how: 'collected', reason: 'seen' },
  adjustStock: { type: 'adjustStock', reason: 'damaged', movements: [{ sku: 'MILK', quantity: -1, unit: 'piece' }] },
  sheets: { type: 'sheets' },
  sheet: { type: 'sheet', document: '0'.repeat(32) },
  openSheet: { type: 'openSheet', name: 'Dairy' },
  countGoods: { type: 'countGoods', document: '0'.repeat(32), sku: 'MILK', quantity: 1 },
  takeBackCount: { type: 'takeBackCount', document: '0'.repeat(32), countId: '1' },
  closeSheet: { type: 'closeSheet', document: '0'.repeat(32) },
  changeStorePrice: { type: 'changeStorePrice', sku: 'MILK', unitPrice: { amount: 99, decimals: 2 }, reason: 'local' },
  arrangeKeys: { type: 'arrangeKeys', page: 'Morning', position: 0, skus: ['MILK'] },
  mailReceipt: { type: 'mailReceipt', receiptNumber: '1-abcd-000001', to: 'kim@example.com' },
  addCustomer: { type: 'addCustomer', name: 'Ada', phone: '0176 1234567', consent: true },
  invoice: { type: 'invoice', receiptNumber: '1-abcd-000001', buyer: { name: 'Ada', address: '1 Road' } },
  openShift: FLOAT,
  moveCash: { type: 'moveCash', act: 'drop', amountMinor: 100 },
  moveSafe: { type: 'moveSafe', act: 'bankChange', amountMinor: 100, reference: 'B' },
  countSafe: { type: 'countSafe', denominations: [] },
  closeShift: { type: 'closeShift', denominations: [] },
  openDrawer: { type: 'openDrawer', reason: 'change' },
  testDevice: { type: 'testDevice', device: { kind: 'receiptPrinter', model: 'm', address: 'tcp://x' }, act: 'openDrawer' },
};

describe('what would move something real is refused and writes nothing', () => {
  test.each(SOMETHING_REAL)('%s', (type) => {
    sell();
    lane.take(ON);
    const before = journal().length;
    const body = REAL[type];
    assert(body !== undefined, `${type} is tried`);
    expect(lane.refusal(body)).toBe('inTraining');
    expect(journal()).toHaveLength(before);
  });
});

describe('who may', () => {
  const people = [
    { type: 'staff', key: '1', fields: { roles: 'cashier' } },
    { type: 'staff', key: 'sam', fields: { roles: 'supervisor', pin: `a1.1.${'0f'.repeat(32)}` } },
  ] as const;
  test('a cashier needs leave to begin and none to end', () => {
    lane.close();
    lane = createTestLane([...ASSORTMENT, people[0]]);
    expect(lane.refusal(ON)).toBe('approvalNeeded');
    const leave: RequestBody = { type: 'approve', action: 'train', reference: 'training', user: 'sam', pin: '1' };
    const sam = { user: 'sam', roles: ['supervisor'] };
    const { reply } = lane.ask(leave, undefined, { identified: { ok: true, value: { staff: sam, how: 'pin' } } });
    expect(reply).toMatchObject({ type: 'reply' });
    lane.take(ON);
    lane.take(OFF);
    expect(lane.refusal(ON)).toBe('approvalNeeded');
    expect(journal().map(({ name, fields }) => [name, fields['act'], fields['approvedBy']])).toEqual([
      ['approval', undefined, undefined],
      ['training', 'begin', 'sam'],
      ['training', 'end', undefined],
    ]);
  });
});
