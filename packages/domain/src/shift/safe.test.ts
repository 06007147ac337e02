import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { LEDGER_KINDS } from '../ledger/ledger.ts';
import { HEADER } from '../testing/shop.ts';
import { readSafeMovement, safeMovementEntry, safeMovementOf, type SafeEntry } from './safe.ts';
import { cashMovementEntry, noShift, shiftCloseEntry } from './shift.ts';

const DEPOSIT: SafeEntry = {
  act: 'bankDeposit',
  currency: 'EUR',
  amountMinor: 30_000,
  denominations: [{ faceMinor: 5_000, count: 6 }],
  reference: 'BAG-7',
  approvedBy: '3',
};

test('a movement of the safe is read as it was written', () => {
  expect(readSafeMovement(safeMovementEntry(HEADER, DEPOSIT).fields)).toEqual({ ok: true, value: { ...DEPOSIT, ...HEADER } });
});

test.each([
  [{ act: 'gift' }, 'act'],
  [{ currency: 'XXZ' }, 'currency'],
  [{ amountMinor: -1 }, 'amountMinor'],
  [{ reference: 'a\nb' }, 'reference'],
])('%j is no movement of a safe', (wrong, field) => {
  const fields = { ...safeMovementEntry(HEADER, DEPOSIT).fields, ...wrong };
  expect(readSafeMovement(fields)).toMatchObject({ ok: false, error: { detail: { field } } });
  expect(safeMovementOf({ kind: LEDGER_KINDS.safeMovement.kind, fields })).toMatchObject({ ok: false });
});

test('what drawers and the bank do to the safe, each with its sign', () => {
  const cash = { currency: 'EUR', amountMinor: 100 } as const;
  const close = { sums: noShift('EUR'), countedMinor: 12_345, perpetualMinor: 0 };
  const entries = [
    safeMovementEntry(HEADER, { ...cash, act: 'bankDeposit' }),
    safeMovementEntry(HEADER, { ...cash, act: 'bankChange' }),
    safeMovementEntry(HEADER, { ...cash, act: 'count' }),
    cashMovementEntry(HEADER, { ...cash, act: 'float' }),
    cashMovementEntry(HEADER, { ...cash, act: 'loan' }),
    cashMovementEntry(HEADER, { ...cash, act: 'drop' }),
    cashMovementEntry(HEADER, { ...cash, act: 'paidIn' }),
    cashMovementEntry(HEADER, { ...cash, act: 'paidOut' }),
    shiftCloseEntry(HEADER, close),
    { kind: LEDGER_KINDS.noSale.kind, fields: { ...HEADER, reason: 'change' } },
  ];
  const moved = entries.map((entry) => {
    const movement = safeMovementOf(entry);
    assert(movement.ok, 'each can be read');
    return movement.value?.amountMinor;
  });
  expect(moved).toEqual([-100, 100, 0, -100, -100, 100, undefined, undefined, 12_345, undefined]);
});

test('training moves nothing in the safe', () => {
  expect(safeMovementOf(safeMovementEntry({ ...HEADER, training: true }, DEPOSIT))).toEqual({ ok: true, value: undefined });
});
