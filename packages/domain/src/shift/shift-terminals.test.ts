import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Fields, LedgerHeader } from '../ledger/ledger.ts';
import { readTerminalSettlement, terminalSettlementEntry } from '../tender/card-payment.ts';
import { addTenderToTerminals, terminalDifferenceMinor } from './shift-terminals.ts';
import { addEntry, noShift, readShiftClose, shiftCloseEntry, type ShiftSums } from './shift.ts';

const HEADER: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'kim', training: false };
const SETTLEMENT = {
  terminalId: 'A',
  currency: 'EUR',
  brands: [
    { brand: 'Visa', count: 2, amountMinor: 500 },
    { brand: 'girocard', count: 1, amountMinor: -100 },
  ],
  countedMinor: 400,
  ownMinor: 519,
  ownCount: 4,
};
const settlement = (changed: Fields = {}): Fields => ({ ...terminalSettlementEntry(HEADER, SETTLEMENT).fields, ...changed });
const added = (fields: Fields, before: ShiftSums = noShift('EUR')) => addEntry(before, { kind: 56, fields });

describe('a settlement in its shift', () => {
  test('stands beside what its lane had over the same time; the difference is the terminal’s less the lane’s', () => {
    const sums = added(settlement());
    assert(sums.ok, 'it can be read');
    const [sum] = sums.value.terminals ?? [];
    expect(sum).toEqual({
      terminalId: 'A',
      takenMinor: 0,
      takenCount: 0,
      settlements: 1,
      countedMinor: 400,
      countedCount: 3,
      settledMinor: 519,
      settledCount: 4,
    });
    assert(sum !== undefined, 'there is one');
    expect(terminalDifferenceMinor(sum)).toBe(-119);
    const twice = added(settlement(), sums.value);
    expect(twice).toMatchObject({ ok: true, value: { terminals: [{ settlements: 2, countedMinor: 800, settledMinor: 1_038 }] } });
  });

  test('of another currency, with a sum that its brands do not come to, or without a figure, is in no Z', () => {
    const wrong: readonly Fields[] = [{ currency: 'USD' }, { countedMinor: 401 }, { ownCount: -1 }, { brands: 7 }];
    for (const changed of wrong) expect(added(settlement(changed)), JSON.stringify(changed)).toMatchObject({ ok: false });
    expect(readTerminalSettlement(settlement({ countedMinor: 401 }))).toMatchObject({ ok: false });
    expect(readTerminalSettlement(settlement())).toMatchObject({ ok: true, value: SETTLEMENT });
  });

  test('in training counts nowhere', () => {
    expect(added(settlement({ training: true }))).toEqual({ ok: true, value: noShift('EUR') });
  });

  test('and settlements without end leave the figures whole', () => {
    const most = 1_000_000_000_000;
    const large = settlement({ brands: [{ brand: 'V', count: 1, amountMinor: most }], countedMinor: most, ownMinor: -most });
    let sums = noShift('EUR');
    let refused = 0;
    for (let count = 0; count < 1_100; count += 1) {
      const next = added(large, sums);
      if (next.ok) sums = next.value;
      else refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
    expect(Number.isSafeInteger(sums.terminals?.[0]?.countedMinor)).toBe(true);
  });
});

describe('a tender', () => {
  test('counts for the terminal that it went over, tips with it; over none, for none', () => {
    const card = { paymentId: 'ABCDEFGHJK', atMs: 1 };
    const one = addTenderToTerminals([], { card: { ...card, terminalId: 'A' }, amountMinor: 100, tipMinor: 10 });
    const two = addTenderToTerminals(one, { card, amountMinor: -30 });
    expect(two.map(({ terminalId, takenMinor, takenCount }) => [terminalId, takenMinor, takenCount])).toEqual([
      ['', -30, 1],
      ['A', 110, 1],
    ]);
    expect(addTenderToTerminals(two, { amountMinor: 5 })).toBe(two);
    expect(two.map(terminalDifferenceMinor)).toEqual([undefined, undefined]);
  });
});

test('a Z says them, and one that was written before there were any says nothing of them', () => {
  const sums = added(settlement());
  assert(sums.ok, 'it can be read');
  const { fields } = shiftCloseEntry(HEADER, { sums: sums.value, countedMinor: 0, perpetualMinor: 0 });
  expect(readShiftClose(fields)).toMatchObject({ ok: true, value: { sums: sums.value } });
  const { terminals: _terminals, ...older } = fields;
  const read = readShiftClose(older);
  assert(read.ok, 'an old one is read as before');
  expect('terminals' in read.value.sums).toBe(false);
});
