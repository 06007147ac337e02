import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS, type Fields } from '../ledger/ledger.ts';
import { HEADER } from '../testing/shop.ts';
import {
  addEntry,
  beginsShift,
  cashMovementEntry,
  countedMinor,
  noShift,
  overShortMinor,
  readCashMovement,
  readShiftClose,
  shiftCloseEntry,
  type CashMovement,
  type ShiftSums,
} from './shift.ts';

const FLOAT: CashMovement = {
  act: 'float',
  currency: 'EUR',
  amountMinor: 15_000,
  denominations: [
    { faceMinor: 5_000, count: 2 },
    { faceMinor: 100, count: 50 },
  ],
};
const moved = (...movements: readonly CashMovement[]): ShiftSums =>
  movements.reduce((sums, movement) => {
    const next = addEntry(sums, cashMovementEntry(HEADER, movement));
    assert(next.ok, 'a movement can be read');
    return next.value;
  }, noShift('EUR'));
const cash = (act: CashMovement['act'], amountMinor: number): CashMovement => ({ act, currency: 'EUR', amountMinor });

test('cash comes and goes by its act', () => {
  const sums = moved(FLOAT, cash('paidIn', 500), cash('paidOut', 1_200), cash('drop', 10_000), cash('loan', 2_000));
  expect(sums.cash).toEqual({ float: 15_000, paidIn: 500, paidOut: -1_200, drop: -10_000, loan: 2_000 });
  expect(sums.drawerMinor).toBe(6_300);
  expect(overShortMinor({ sums, countedMinor: 6_250 })).toBe(-50);
});

test('training moves nothing', () => {
  const entry = cashMovementEntry({ ...HEADER, training: true }, FLOAT);
  expect(addEntry(noShift('EUR'), entry)).toEqual({ ok: true, value: noShift('EUR') });
});

test('what is no cash, tax or tender leaves a shift as it is', () => {
  const entry = { kind: LEDGER_KINDS.resume.kind, fields: { ...HEADER, basketId: 'b' } };
  expect(addEntry(noShift('EUR'), entry)).toEqual({ ok: true, value: noShift('EUR') });
});

test('what begins no shift counts in none: no figure of a Z waits for it', () => {
  const isBeside = ({ kind }: { readonly kind: number }): boolean => !beginsShift({ kind, fields: { ...HEADER } });
  expect(isBeside(LEDGER_KINDS.sale)).toBe(false);
  expect(beginsShift({ kind: LEDGER_KINDS.sale.kind, fields: { ...HEADER, training: true } })).toBe(false);
  const beside = Object.values(LEDGER_KINDS).filter(isBeside);
  expect(beside.map(({ name }) => name)).toEqual(expect.arrayContaining(['fiscalSignature', 'fiscalGap', 'clockChange', 'session']));
  for (const { kind } of beside)
    expect(addEntry(noShift('EUR'), { kind, fields: { ...HEADER } })).toEqual({ ok: true, value: noShift('EUR') });
});

test('an entry that says nothing sensible is named, not left out', () => {
  const { kind } = LEDGER_KINDS.cashMovement;
  expect(addEntry(noShift('EUR'), { kind, fields: { ...HEADER, act: 'gift', currency: 'EUR', amountMinor: 1 } })).toMatchObject({
    ok: false,
    error: { type: 'unreadableEntry', detail: { kind, because: expect.stringContaining('act') as string } },
  });
  expect(addEntry(noShift('EUR'), { kind: LEDGER_KINDS.sale.kind, fields: { ...HEADER } })).toMatchObject({ ok: false });
});

test('a movement and a close are read back as they were written', () => {
  expect(readCashMovement(cashMovementEntry(HEADER, FLOAT).fields)).toEqual({ ok: true, value: FLOAT });
  const close = {
    sums: moved(FLOAT),
    countedMinor: 14_950,
    reason: 'a coin was lost',
    perpetualMinor: 99,
    denominations: FLOAT.denominations ?? [],
  };
  const { fields } = shiftCloseEntry(HEADER, close);
  expect(readShiftClose(fields)).toEqual({ ok: true, value: { ...close, header: HEADER } });
  for (const name of Object.keys(fields).filter((key) => key !== 'terminals' && key !== 'reason' && key !== 'denominations')) {
    const { [name]: _gone, ...rest } = fields as Record<string, Fields[string]>;
    expect(readShiftClose(rest), name).toMatchObject({ ok: false });
  }
});

describe('a count', () => {
  test('is faces times their numbers', () => {
    expect(countedMinor([])).toBe(0);
    expect(countedMinor(FLOAT.denominations ?? [])).toBe(15_000);
  });
  test.each([
    [[{ faceMinor: 0, count: 1 }]],
    [[{ faceMinor: 100, count: -1 }]],
    [[{ faceMinor: 0.5, count: 1 }]],
    [[{ faceMinor: 100, count: 1e15 }]],
    [
      [
        { faceMinor: 1e12, count: 1 },
        { faceMinor: 1e12, count: 1 },
      ],
    ],
  ])('%j is none', (denominations) => expect(countedMinor(denominations)).toBeUndefined());
});
