/** A lane in training: it sells as ever, marked everywhere, in a series of its own, and nothing real moves. */
import { assert } from '@holdfast/base';
import { accountMovementsOf, actsOf, addEntry, LEDGER_KINDS, noShift, safeMovementOf, stockMovementsOf } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { IN_TRAINING } from './in-training.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, hearSibling, MILK, NOON_MS, setting, type TestLane } from './testing/test-lane.ts';

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
const KIM = [{ type: 'staff', key: 'kim', fields: { roles: 'manager', pin: `a1.1.${'0f'.repeat(32)}` } }] as const;
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
  const stock = lane.foldedStock();
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
  expect([lane.foldedStock(), drawers]).toEqual([stock, 0]);
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

describe('cash is practised in a drawer that there is on the screen alone', () => {
  const x = () => lane.take({ type: 'shift' }).shift;
  const counted = (amountMinor: number, reason?: string): RequestBody => ({
    type: 'closeShift',
    denominations: [{ faceMinor: 1, count: amountMinor }],
    ...(reason !== undefined && { reason }),
  });
  /** A whole practised day but for its close: 10.00 of it is missing. */
  const practiseDay = (): void => {
    lane.take(FLOAT);
    sell();
    lane.take({ type: 'moveCash', act: 'drop', amountMinor: 3_000 });
    lane.take({ type: 'moveCash', act: 'paidIn', amountMinor: 500, reason: 'found' });
    lane.take({ type: 'moveCash', act: 'paidOut', amountMinor: 200, reason: 'stamps' });
    lane.take({ type: 'moveCash', act: 'loan', amountMinor: 1_000 });
    lane.take({ type: 'moveSafe', act: 'bankDeposit', amountMinor: 900, reference: 'BAG-1' });
    lane.take({ type: 'countSafe', denominations: [{ faceMinor: 500, count: 2 }] });
    lane.take({ type: 'openDrawer', reason: 'change' });
  };
  const DAY_MINOR = 10_000 + 119 - 3_000 + 500 - 200 + 1_000;

  test('opened, moved, counted blind, closed: X and Z say what a real day would, and are marked', () => {
    lane.take({ type: 'openShift', denominations: [{ faceMinor: 500, count: 1 }] });
    const [real, opened] = [x(), drawers];
    lane.take(ON);
    expect(x()).toMatchObject({ shift: 1, isOpen: false, training: true, sales: 0, perpetualMinor: 0 });
    expect(lane.refusal(counted(1))).toBe('shiftNotOpen');
    practiseDay();
    expect(lane.refusal(FLOAT)).toBe('shiftOpen');
    expect(x()).toMatchObject({
      training: true,
      isOpen: true,
      sales: 1,
      cash: { float: 10_000, drop: -3_000, paidIn: 500, paidOut: -200, loan: 1_000 },
    });
    expect(x()?.drawerMinor, 'it is counted blind').toBeUndefined();
    lane.take({ type: 'printShift' });
    expect(lane.refusal(counted(DAY_MINOR - 1_000))).toBe('overShort');
    const { shift: z } = lane.take(counted(DAY_MINOR - 1_000, 'miscounted'));
    expect(z).toMatchObject({
      shift: 1,
      training: true,
      drawerMinor: DAY_MINOR,
      overShortMinor: -1_000,
      reason: 'miscounted',
      perpetualMinor: 119,
    });
    expect(x()).toMatchObject({ shift: 2, isOpen: false, sales: 0, perpetualMinor: 119 });
    const papers = printed.slice(1);
    expect(papers.map(({ text, opensDrawer }) => [text.split('TRAINING').length - 1 > 0, opensDrawer])).toEqual(
      papers.map(() => [true, false]),
    );
    // Float, receipt, drop, paid in, paid out, loan, X, Z.
    expect(papers).toHaveLength(8);
    lane.take(OFF);
    expect(x(), 'the real shift is as it was').toEqual(real);
    expect(drawers, 'the real drawer stayed shut').toBe(opened);
  });

  test('nothing of it is in a sum, in the safe, or judged', () => {
    lane.take(ON);
    practiseDay();
    lane.take(counted(DAY_MINOR));
    lane.take(OFF);
    const practised = journal().filter(({ training }) => training === true);
    expect(practised.map(({ name, fields }) => [name, fields['act'] ?? null])).toEqual([
      ['training', 'begin'],
      ['cashPractice', 'float'],
      ['sale', null],
      ['cashPractice', 'drop'],
      ['cashPractice', 'paidIn'],
      ['cashPractice', 'paidOut'],
      ['cashPractice', 'loan'],
      ['cashPractice', 'bankDeposit'],
      ['cashPractice', 'count'],
      ['noSale', null],
      ['cashPractice', 'close'],
      ['training', 'end'],
    ]);
    expect(journal()).toHaveLength(practised.length);
    for (const entry of practised) {
      expect(addEntry(noShift('EUR'), entry)).toEqual({ ok: true, value: noShift('EUR') });
      expect(safeMovementOf(entry)).toEqual({ ok: true, value: undefined });
      expect(actsOf(entry).acts).toEqual([]);
    }
  });

  test('a kill at any point leaves it as it was, and the next training begins with nothing', () => {
    lane.take(ON);
    practiseDay();
    const before = x();
    lane.reopen();
    expect(x()).toEqual(before);
    lane.take(counted(DAY_MINOR));
    lane.reopen();
    expect(x()).toMatchObject({ shift: 2, isOpen: false, perpetualMinor: 119 });
    lane.take(FLOAT);
    lane.take(OFF);
    lane.take(ON);
    expect(x()).toMatchObject({ shift: 1, isOpen: false, sales: 0, perpetualMinor: 0 });
    lane.reopen();
    expect(x()).toMatchObject({ shift: 1, isOpen: false, sales: 0, perpetualMinor: 0 });
  });

  test('what was sold before anybody counted is a shift of its own, as it is in earnest; the day rolls over beneath it', () => {
    lane.take(ON);
    sell();
    lane.take(FLOAT);
    expect(x()).toMatchObject({ shift: 2, isOpen: true, sales: 0, perpetualMinor: 119 });
    lane.clock.nowMs = NOON_MS + 24 * 3_600_000;
    lane.till.rollDay();
    expect(x()).toMatchObject({ shift: 2, isOpen: true });
  });

  test('a drawer above its limit asks for a drop', () => {
    lane.close();
    lane = createTestLane([...SHOP, setting('drawerLimitMinor', '5000')]);
    lane.take(ON);
    lane.take(FLOAT);
    expect(lane.till.status().dropDue).toBe(true);
    lane.take({ type: 'moveCash', act: 'drop', amountMinor: 6_000 });
    expect(lane.till.status().dropDue).toBeUndefined();
    lane.take(OFF);
    expect(lane.till.status().dropDue).toBeUndefined();
  });

  test('each cashier practises in an insert of their own, and counts nobody else’s', () => {
    lane.close();
    lane = createTestLane([...SHOP, setting('shiftPer', 'cashier'), setting('signOnStartsAs', 'kim'), ...KIM]);
    expect(lane.till.status().floatDue).toBe(true);
    lane.take(ON);
    lane.take(FLOAT);
    expect(lane.till.status().floatDue).toBeUndefined();
    expect(lane.refusal({ ...counted(0), drawer: 'sam' } as RequestBody)).toBe('inTraining');
    lane.take(OFF);
    expect(lane.till.status().floatDue, 'the real float is still to be counted').toBe(true);
  });
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

  test('leave for what is practised is practised: it counts nowhere, and holds for nothing real', () => {
    lane.close();
    lane = createTestLane([...ASSORTMENT, people[0]]);
    const payOut: RequestBody = { type: 'moveCash', act: 'paidOut', amountMinor: 500, reason: 'stamps' };
    const sam = { ok: true, value: { staff: { user: 'sam', roles: ['supervisor'] }, how: 'pin' } } as const;
    const give = (action: 'train' | 'payOut', reference: string) =>
      lane.ask({ type: 'approve', action, reference, maximum: 500, user: 'sam', pin: '1' }, undefined, { identified: sam });
    give('train', 'training');
    lane.take(ON);
    expect(lane.refusal(payOut)).toBe('approvalNeeded');
    give('payOut', 'drawer');
    lane.take(OFF);
    expect(lane.refusal(payOut), 'it was for what was practised').toBe('approvalNeeded');
    give('train', 'training');
    give('payOut', 'drawer');
    lane.take(ON);
    expect(lane.refusal(payOut), 'nor the other way about').toBe('approvalNeeded');
    give('payOut', 'drawer');
    lane.take(payOut);
    expect(
      journal().map(({ name, fields, training }) => [name, fields['action'] ?? fields['act'], training, fields['approvedBy'] ?? null]),
    ).toEqual([
      ['approval', 'train', false, null],
      ['training', 'begin', true, 'sam'],
      ['approval', 'payOut', true, null],
      ['training', 'end', true, null],
      ['approval', 'train', false, null],
      ['approval', 'payOut', false, null],
      ['training', 'begin', true, 'sam'],
      ['approval', 'payOut', true, null],
      ['cashPractice', 'paidOut', true, 'sam'],
    ]);
  });
});
