import { describe, expect, test } from 'vitest';

import { DEFAULT_GRANTS, type Action } from '../people/permissions.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { safeMovementEntry } from '../shift/safe.ts';
import { cashMovementEntry, noShift, shiftCloseEntry } from '../shift/shift.ts';
import { cell, readTable } from '../testing/table.ts';
import { actsOf, actsOfSale, excessesOf, type Act, type EntryActs, type Policy } from './entry-acts.ts';
import { LEDGER_KINDS } from './ledger.ts';

const HEADER = { businessDate: '2026-11-25', shift: 1, drawer: '1', operator: 'ann', training: false };
const CUT = { hubEpoch: '00000000000000aa', lsn: 7 };

const LINE: SaleLine = {
  sku: 'MUG',
  quantity: { value: 1, unit: 'piece' },
  unitPrice: { amount: 1_000, decimals: 2 },
  priceType: 'regular',
  amountMinor: 1_000,
  taxClass: 'standard',
  taxRateBps: 1_900,
  stockQuantity: 1,
};

const saleOf = (lines: readonly SaleLine[], more: Partial<Sale> = {}): Sale => ({
  ...HEADER,
  basketId: 'b',
  currency: 'EUR',
  cut: CUT,
  lines,
  totalMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  receiptNumber: '1-abcd-000001',
  taxInclusive: true,
  taxes: [],
  tenders: [],
  changeMinor: 0,
  ...more,
});

const taken = (reference: string, amountMinor: number) => ({ kind: 'manual', reference, amountMinor, reason: 'dent' }) as const;
const promoted = (amountMinor: number) => ({ kind: 'promotion', reference: 'p@1', amountMinor }) as const;

describe('what a sale did', () => {
  test('goods at their own price did nothing that asks for leave', () => {
    expect(actsOfSale(saleOf([LINE, { ...LINE, discounts: [promoted(-300)] }]))).toEqual({ operator: 'ann', cut: CUT, acts: [] });
  });

  test('a price below the catalogue’s, discounts of a line and of the basket, goods without a receipt, an exemption', () => {
    const cheaper: SaleLine = {
      ...LINE,
      priceType: 'override',
      unitPrice: { amount: 750, decimals: 2 },
      cataloguePrice: { amount: 1_000, decimals: 2 },
      amountMinor: 750,
      approvedBy: 'sue',
    };
    const reduced: SaleLine = { ...LINE, discounts: [promoted(-200), taken('line:1', -81), taken('basket:2', -20)] };
    const back: SaleLine = { ...LINE, amountMinor: -400, quantity: { value: -1, unit: 'piece' }, returnApprovedBy: 'sue' };
    const owed: SaleLine = { ...back, returnOf: { receiptNumber: '1-abcd-000009' } };
    const { acts } = actsOfSale(saleOf([cheaper, reduced, back, owed], { exemption: 'C-1' }));
    expect(acts).toEqual([
      { action: 'overridePrice', line: 1, amount: 2_500, approver: 'sue' },
      // 80 of the 800 that the promotion left: a minor unit may be rounding.
      { action: 'discountLine', line: 2, amount: 1_000 },
      { action: 'discountBasket', amount: 122 },
      { action: 'returnWithoutReceipt', amount: 400, approver: 'sue' },
      { action: 'exemptCustomer', amount: 0 },
    ]);
  });

  test('goods that had no price have no measure', () => {
    const { acts } = actsOfSale(saleOf([{ ...LINE, priceType: 'override' }]));
    expect(acts).toEqual([{ action: 'overridePrice', line: 1, amount: Number.MAX_SAFE_INTEGER }]);
  });

  test('where people go before promotions, what promotions took later is no part of what people took from', () => {
    const before: SaleLine = { ...LINE, discounts: [taken('line:1', -101), promoted(-899)] };
    expect(actsOfSale(saleOf([before])).acts).toEqual([{ action: 'discountLine', line: 1, amount: 1_000 }]);
  });

  test('an approval is the act’s where action and line are the same', () => {
    const approvals = [
      { action: 'discountLine', approver: 'sue', line: 2, maximum: 3_000 },
      { action: 'discountLine', approver: 'bob', line: 1 },
    ] as const;
    const reduced: SaleLine = { ...LINE, discounts: [taken('line:1', -200)] };
    expect(actsOfSale(saleOf([LINE, reduced], { approvals })).acts).toEqual([
      { action: 'discountLine', line: 2, amount: 1_990, approver: 'sue', maximum: 3_000 },
    ]);
  });

  test('what somebody let be owed beyond a limit is theirs to answer for, up to what was owed', () => {
    const owed = {
      tenderType: 'account',
      kind: 'onAccount',
      account: 'onAccount',
      reference: 'C1',
      currency: 'EUR',
      amountMinor: 900,
    } as const;
    const approval = { action: 'exceedAccountLimit', approver: 'sue' } as const;
    const actsWith = (maximum?: number) =>
      actsOfSale(saleOf([LINE], { tenders: [owed], approvals: [{ ...approval, ...(maximum !== undefined && { maximum }) }] })).acts;
    expect(actsWith(300)).toEqual([{ ...approval, amount: 300, maximum: 300 }]);
    expect(actsWith(5_000)).toEqual([{ ...approval, amount: 900, maximum: 5_000 }]);
    expect(actsWith()).toEqual([{ ...approval, amount: 900 }]);
    expect(actsOfSale(saleOf([LINE], { tenders: [owed] })).acts).toEqual([]);
  });

  test('a sale that is undone is one act; training is none', () => {
    const undone = saleOf([{ ...LINE, amountMinor: -1_000 }], { postVoidOf: '1-abcd-000001' });
    expect(actsOfSale(undone).acts).toEqual([{ action: 'postVoid', amount: 1_000 }]);
    expect(actsOfSale({ ...undone, training: true }).acts).toEqual([]);
    const inCash = {
      ...undone,
      tenders: [
        { tenderType: 'card', amountMinor: -600 },
        { tenderType: 'cash', amountMinor: -400, tipMinor: -50, inPlaceOf: 'card' },
      ],
    };
    const cleared = { action: 'clearCardCase', amount: 450 };
    expect(actsOfSale(inCash).acts).toEqual([{ action: 'postVoid', amount: 1_000 }, cleared]);
    const approvals = [{ action: 'clearCardCase', approver: 'sue', maximum: 450 } as const];
    expect(actsOfSale({ ...inCash, approvals }).acts[1]).toEqual({ ...cleared, approver: 'sue', maximum: 450 });
  });
});

test('an adjustment counts its largest movement, a reversed tender its amount; what cannot be read did nothing', () => {
  const movements = [
    { sku: 'A', quantity: 2, unit: 'piece' },
    { sku: 'B', quantity: -9, unit: 'piece' },
  ];
  const adjusted = { kind: LEDGER_KINDS.stockAdjustment.kind, fields: { ...HEADER, reason: 'damage', movements } };
  expect(actsOf(adjusted)).toEqual({ operator: 'ann', cut: undefined, acts: [{ action: 'adjustStock', amount: 9 }] });
  const reversal = { ...HEADER, currency: 'EUR', receiptNumber: 'r', tender: 1, tenderType: 'card', amountMinor: -1_190 };
  expect(actsOf({ kind: LEDGER_KINDS.tenderReversal.kind, fields: reversal }).acts).toEqual([{ action: 'postVoid', amount: 1_190 }]);
  for (const { kind } of Object.values(LEDGER_KINDS)) expect(actsOf({ kind, fields: {} }).acts).toEqual([]);
});

test('money that goes out for no sale is an act, with who approved it; what comes in is none', () => {
  const cash = { currency: 'EUR', amountMinor: 250 } as const;
  const paidOut = cashMovementEntry(HEADER, { ...cash, act: 'paidOut', reason: 'stamps', approvedBy: 'mia' });
  expect(actsOf(paidOut)).toEqual({ operator: 'ann', cut: undefined, acts: [{ action: 'payOut', amount: 250, approver: 'mia' }] });
  expect(actsOf(safeMovementEntry(HEADER, { ...cash, act: 'bankDeposit' })).acts).toEqual([{ action: 'bankDeposit', amount: 250 }]);
  expect(actsOf(cashMovementEntry({ ...HEADER, training: true }, { ...cash, act: 'paidOut' })).acts).toEqual([]);
  for (const act of ['float', 'paidIn', 'drop', 'loan'] as const)
    expect(actsOf(cashMovementEntry(HEADER, { ...cash, act })).acts).toEqual([]);
  for (const act of ['bankChange', 'count'] as const) expect(actsOf(safeMovementEntry(HEADER, { ...cash, act })).acts).toEqual([]);
});

test('a drawer that somebody else counted is an act, with who approved it; one’s own, and one that nobody counted, is none', () => {
  const close = { sums: noShift('EUR'), countedMinor: 0, perpetualMinor: 0 } as const;
  expect(actsOf(shiftCloseEntry(HEADER, { ...close, isAnothers: true, approvedBy: 'mia' }))).toEqual({
    operator: 'ann',
    cut: undefined,
    acts: [{ action: 'closeOtherShift', amount: 0, approver: 'mia' }],
  });
  for (const own of [close, { ...close, isRolled: true } as const]) expect(actsOf(shiftCloseEntry(HEADER, own)).acts).toEqual([]);
});

describe('O-1: a fact beyond an authority is an excess', () => {
  const ROLES: Readonly<Record<string, readonly string[]>> = { ann: ['cashier'], sue: ['supervisor'], mia: ['manager'] };
  const policy: Policy = { grants: DEFAULT_GRANTS, rolesOf: (user) => ROLES[user] };
  const cases = readTable(`
    operator | action               | amount | approver | maximum | because
    ---------+----------------------+--------+----------+---------+---------
    ann      | discountLine         | 1000   |          |         |
    ann      | discountLine         | 1001   |          |         | operator
    ann      | discountLine         | 1001   | sue      |         |
    ann      | discountLine         | 5001   | sue      |         | approver
    ann      | discountLine         | 5001   | mia      |         |
    ann      | discountLine         | 3001   | mia      | 3000    | approver
    ann      | discountLine         | 3001   | ann      |         | approver
    ann      | returnWithoutReceipt | 1      |          |         | operator
    mia      | returnWithoutReceipt | 999999 |          |         |
    kim      | discountLine         | 1      |          |         | unknown
    kim      | discountLine         | 1      | sue      |         |
  `);
  test.each(cases)('$operator: $action of $amount, approved by $approver up to $maximum → $because', (row) => {
    const [approver, maximum] = [cell(row, 'approver'), cell(row, 'maximum')];
    const act: Act = {
      action: cell(row, 'action') as Action,
      amount: Number(cell(row, 'amount')),
      ...(approver !== '' && { approver }),
      ...(maximum !== '' && { maximum: Number(maximum) }),
    };
    const did: EntryActs = { operator: cell(row, 'operator'), cut: CUT, acts: [act] };
    const because = cell(row, 'because');
    expect(excessesOf(did, policy, ['global', 'store:1'])).toEqual(because === '' ? [] : [{ act, because }]);
  });
});
