/** Random days: a Z is what an independent calculation makes of the same day, in any order of its entries, and the drawer holds what went in less what went out. */
import '../testing/property-runs.ts';
import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { payoutEntry } from '../account/account.ts';
import { basketTotals } from '../basket/basket.ts';
import type { Fields, LedgerEntry } from '../ledger/ledger.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { voidLineEntry } from '../sale/sale-entry.ts';
import { terminalSettlementEntry } from '../tender/card-payment.ts';
import { act, commandOf, HEADER, openLane, readShop } from '../testing/shop.ts';
import { addEntry, CASH_ACT_NAMES, cashMovementEntry, noShift, readShiftClose, shiftCloseEntry, type ShiftSums } from './shift.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  soap  | 3.34  | piece | 19    |
  tea   | 4.05  | piece | 7     |
  paper | 0.99  | piece | 19    |
`);

/** Figures of a sale as its basket said them, before anything of it was written. */
interface Made {
  readonly entry: LedgerEntry;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly cashMinor: number;
}

function sell(words: readonly string[], wayOfPaying: 'exact' | 'note', training: boolean): Made | undefined {
  let lane = openLane({ cashRounding: { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' } });
  for (const word of words) {
    const done = act(lane, commandOf(SHOP, word));
    if (done.ok) lane = done.value;
  }
  const { cashDueMinor: due, totalMinor, taxes } = basketTotals(lane.basket);
  const paid = act(lane, { type: 'payCash', amountMinor: wayOfPaying === 'note' && due > 0 ? due + 1_000 : due });
  if (!paid.ok) return undefined;
  return {
    entry: completeSale(paid.value.basket, { ...HEADER, training }, { receiptNumber: 'r' }),
    totalMinor,
    taxMinor: taxes.reduce((sum, tax) => sum + tax.taxMinor, 0),
    cashMinor: due,
  };
}

const POOL: readonly (Made & { readonly training: boolean })[] = fc
  .sample(
    fc.tuple(
      fc.array(fc.constantFrom('scan soap', 'scan tea', 'scan paper', '3 x soap', '-1 x tea', '2 x paper'), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('exact' as const, 'note' as const),
      fc.integer({ min: 0, max: 9 }),
    ),
    { numRuns: 400, seed: 7 },
  )
  .flatMap(([words, way, dice]) => {
    const made = sell(words, way, dice === 0);
    return made === undefined ? [] : [{ ...made, training: dice === 0 }];
  });

/** The same goods, paid over a terminal to the last minor unit. */
function overTerminal({ entry, totalMinor }: Made, cardTerminal: string, tipMinor: number): LedgerEntry {
  const tip = totalMinor > 0 && tipMinor > 0 ? { tipMinor } : {};
  const card = { cardPayment: 'ABCDEFGHJK', cardAtMs: 1, ...(cardTerminal !== '' && { cardTerminal }) };
  const tenders: readonly Fields[] = [{ tenderType: 'card', amountMinor: totalMinor, ...tip, ...card }];
  const { roundingMinor: _rounding, ...fields } = entry.fields;
  return { ...entry, fields: { ...fields, changeMinor: 0, tenders } };
}

const TERMINALS = ['', 'A', 'B'] as const;

const EVENT = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('card' as const),
      pick: fc.nat(),
      terminalId: fc.constantFrom(...TERMINALS),
      tipMinor: fc.integer({ min: 0, max: 50 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('settlement' as const),
      terminalId: fc.constantFrom(...TERMINALS),
      amounts: fc.array(fc.integer({ min: -500, max: 5_000 }), { maxLength: 3 }),
      ownMinor: fc.integer({ min: -500, max: 5_000 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('sale' as const), pick: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('cash' as const),
      act: fc.constantFrom(...CASH_ACT_NAMES),
      amountMinor: fc.integer({ min: 0, max: 100_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('payout' as const), amountMinor: fc.integer({ min: 1, max: 999 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('void' as const) }) },
);

const VOID = (() => {
  const lane = act(openLane(), commandOf(SHOP, 'scan soap'));
  assert(lane.ok, 'soap is scanned');
  return voidLineEntry(lane.value.basket, '1', HEADER);
})();

const fold = (entries: readonly LedgerEntry[]): ShiftSums =>
  entries.reduce((sums, entry) => {
    const next = addEntry(sums, entry);
    assert(next.ok, `the entry can be read: ${JSON.stringify(next)}`);
    return next.value;
  }, noShift('EUR'));

/** 10,000 and more where there is time (HOLDFAST_SOAK). */
const DAYS = process.env['HOLDFAST_SOAK'] === '1' ? 20_000 : 1_000;

test('the Z of any day is the sum of what happened, whatever its order, and the drawer adds up', () => {
  expect(POOL.length).toBeGreaterThan(200);
  expect(POOL.some(({ training }) => training) && POOL.some(({ totalMinor }) => totalMinor < 0)).toBe(true);
  fc.assert(
    fc.property(fc.array(EVENT, { maxLength: 12 }), (events) => {
      const entries: LedgerEntry[] = [];
      const own = { totalMinor: 0, taxMinor: 0, drawerMinor: 0, sales: 0, voidedLines: 0 };
      const ownTerminals: Record<string, { taken: number; counted: number; had: number; settlements: number }> = {};
      const terminal = (id: string) => (ownTerminals[id] ??= { taken: 0, counted: 0, had: 0, settlements: 0 });
      for (const event of events) {
        if (event.type === 'sale') {
          const made = POOL[event.pick % POOL.length];
          assert(made !== undefined, 'the pool has sales');
          entries.push(made.entry);
          if (made.training) continue;
          own.totalMinor += made.totalMinor;
          own.taxMinor += made.taxMinor;
          own.drawerMinor += made.cashMinor;
          own.sales += 1;
        } else if (event.type === 'card') {
          const made = POOL[event.pick % POOL.length];
          assert(made !== undefined, 'the pool has sales');
          entries.push(overTerminal(made, event.terminalId, event.tipMinor));
          if (made.training) continue;
          own.totalMinor += made.totalMinor;
          own.taxMinor += made.taxMinor;
          own.sales += 1;
          terminal(event.terminalId).taken += made.totalMinor + (made.totalMinor > 0 ? event.tipMinor : 0);
        } else if (event.type === 'settlement') {
          const { terminalId, amounts, ownMinor } = event;
          const countedMinor = amounts.reduce((sum, amountMinor) => sum + amountMinor, 0);
          const brands = amounts.map((amountMinor, index) => ({ brand: `B${index}`, count: 1, amountMinor }));
          const named = { ...(terminalId !== '' && { terminalId }), currency: 'EUR', brands, countedMinor, ownMinor, ownCount: 1 };
          entries.push(terminalSettlementEntry(HEADER, named));
          const held = terminal(terminalId);
          held.counted += countedMinor;
          held.had += ownMinor;
          held.settlements += 1;
        } else if (event.type === 'cash') {
          entries.push(cashMovementEntry(HEADER, { act: event.act, currency: 'EUR', amountMinor: event.amountMinor }));
          own.drawerMinor += ['float', 'paidIn', 'loan'].includes(event.act) ? event.amountMinor : -event.amountMinor;
        } else if (event.type === 'payout') {
          entries.push(
            payoutEntry(HEADER, { account: 'giftCard', reference: 'G1', currency: 'EUR', amountMinor: event.amountMinor }, undefined),
          );
          own.drawerMinor -= event.amountMinor;
        } else {
          entries.push(VOID);
          own.voidedLines += 1;
        }
      }
      const sums = fold(entries);
      expect(fold(entries.toReversed())).toEqual(sums);
      const { totalMinor, drawerMinor, sales, voidedLines, taxes, tenders, changeMinor, roundingMinor } = sums;
      const taxMinor = taxes.reduce((sum, tax) => sum + tax.taxMinor, 0);
      expect({ totalMinor, taxMinor, drawerMinor, sales, voidedLines }).toEqual(own);
      const found = (sums.terminals ?? []).map(({ terminalId, takenMinor, countedMinor, settledMinor, settlements }) => [
        terminalId,
        { taken: takenMinor, counted: countedMinor, had: settledMinor, settlements },
      ]);
      expect(Object.fromEntries(found)).toEqual(ownTerminals);
      expect(tenders.reduce((sum, tender) => sum + tender.amountMinor, 0) - changeMinor).toBe(totalMinor + roundingMinor);
      const close = { sums, countedMinor: Math.max(drawerMinor, 0), perpetualMinor: totalMinor };
      expect(readShiftClose(shiftCloseEntry(HEADER, close).fields)).toEqual({ ok: true, value: { ...close, header: HEADER } });
    }),
    { numRuns: DAYS },
  );
});
