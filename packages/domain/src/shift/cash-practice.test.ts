/** A drawer that is practised on is a real one in all but what it counts for. */
import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { actsOf } from '../ledger/entry-acts.ts';
import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { CASH_PRACTICE_ACTS, practise, practisedClose, practisedMovement, readCashPractice, untouchedDrawer } from './cash-practice.ts';
import { decideClosing } from './drawer.ts';
import { safeMovementOf, type SafeAct } from './safe.ts';
import { addEntry, cashMovementEntry, CASH_ACT_NAMES, noShift, type CashAct } from './shift.ts';
import { trainingEntry } from './training.ts';

const HEADER: LedgerHeader = { businessDate: '2026-03-14', shift: 7, drawer: '1', operator: 'kim', training: true };
const move = (act: CashAct | SafeAct, amountMinor: number): LedgerEntry => practisedMovement(HEADER, { act, currency: 'EUR', amountMinor });
const after = (entries: readonly LedgerEntry[]) => entries.reduce(practise, untouchedDrawer('EUR'));

test('it is opened, moved and closed, and its next shift begins with nothing', () => {
  const open = after([move('float', 10_000), move('drop', 2_000), move('paidIn', 500), move('bankDeposit', 900)]);
  expect(open).toMatchObject({
    shift: 1,
    isOpened: true,
    sums: { drawerMinor: 8_500, cash: { float: 10_000, drop: -2_000, paidIn: 500 } },
  });
  const close = decideClosing(open, { denominations: [{ faceMinor: 100, count: 80 }], reason: 'miscounted' });
  assert(close.ok, 'it is open, and the reason is said');
  const entry = practisedClose(HEADER, close.value);
  expect(readCashPractice(entry.fields)).toMatchObject({
    ok: true,
    value: { act: 'close', amountMinor: 8_000, drawerMinor: 8_500, reason: 'miscounted' },
  });
  expect(practise(open, entry)).toEqual({ ...untouchedDrawer('EUR'), shift: 2 });
});

test('it begins anew with the training', () => {
  expect(after([move('float', 10_000), trainingEntry(HEADER, { act: 'begin' })])).toEqual(untouchedDrawer('EUR'));
});

test('nothing real touches it, and what another build wrote leaves it as it is', () => {
  const real = cashMovementEntry({ ...HEADER, training: false }, { act: 'float', currency: 'EUR', amountMinor: 10_000 });
  const { kind } = LEDGER_KINDS.cashPractice;
  const unknown = { kind, fields: { ...HEADER, act: 'burnt', currency: 'EUR', amountMinor: 5 } };
  const foreign = { kind, fields: { ...HEADER, act: 'paidIn', currency: 'JPY', amountMinor: 5 } };
  expect(after([real, unknown, foreign])).toEqual(untouchedDrawer('EUR'));
});

describe('it counts nowhere', () => {
  test.each(CASH_PRACTICE_ACTS)('%s', (act) => {
    const entry = { kind: LEDGER_KINDS.cashPractice.kind, fields: { ...move('paidIn', 500).fields, act } };
    // Not even where somebody took its mark away.
    for (const fields of [entry.fields, { ...entry.fields, training: false }]) {
      expect(addEntry(noShift('EUR'), { ...entry, fields })).toEqual({ ok: true, value: noShift('EUR') });
      expect(safeMovementOf({ ...entry, fields })).toEqual({ ok: true, value: undefined });
      expect(actsOf({ ...entry, fields }).acts).toEqual([]);
    }
  });
});

test('any day of it comes to what a real one comes to', () => {
  const movement = fc.record({ act: fc.constantFrom(...CASH_ACT_NAMES), amountMinor: fc.integer({ min: 0, max: 1_000_000 }) });
  fc.assert(
    fc.property(fc.array(movement, { maxLength: 30 }), (movements) => {
      let real = noShift('EUR');
      for (const { act, amountMinor } of movements) {
        const sums = addEntry(real, cashMovementEntry({ ...HEADER, training: false }, { act, currency: 'EUR', amountMinor }));
        assert(sums.ok, 'it is well formed');
        real = sums.value;
      }
      expect(after(movements.map(({ act, amountMinor }) => move(act, amountMinor))).sums).toEqual(real);
    }),
    { numRuns: 100 },
  );
});
