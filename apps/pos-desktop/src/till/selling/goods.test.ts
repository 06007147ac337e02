import { gtinKey, priceKey } from '@holdfast/domain';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, goods, MILK, publish, setting, type PublishedEntity, type TestLane } from '../testing/test-lane.ts';

/** A code that a store's printer made: 21, item 1234, verifier, 146.85, check digit. */
const ROAST = '2112346146859';
const HAM = '2812345004999';

const breakOf = (sku: string, cents: number, fromQuantity: number): PublishedEntity => ({
  type: 'price',
  key: priceKey(sku, 'quantityBreak', undefined, { fromQuantity }),
  fields: { amount: cents, decimals: 2, currency: 'EUR', fromQuantity },
});

const SHELVES: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  setting('inStoreCodes', '21 iiii v ppp.pp c\n28 iiiii ppp.pp c'),
  ...goods({ sku: 'ROAST', name: 'Roast', plu: '1234' }),
  ...goods({ sku: 'HAM', name: 'Ham', cents: 1_290, plu: '12345', unit: 'gram' }),
  ...goods({ sku: 'BOTTLE', name: 'Bottle deposit', cents: 25 }),
  ...goods({ sku: 'COLA', name: 'Cola', cents: 129, plu: '4500' }),
  { type: 'item', key: 'COLA', fields: { name: 'Cola', unit: 'piece', taxClass: 'standard', depositSku: 'BOTTLE' } },
  ...goods({ sku: 'OLIVE', name: 'Olives', cents: 2_000, plu: '4600', unit: 'gram' }),
  { type: 'item', key: 'OLIVE', fields: { name: 'Olives', unit: 'gram', taxClass: 'reduced', tare: 12 } },
  ...goods({ sku: 'WINE', name: 'Wine', cents: 500, plu: '4700' }),
  { type: 'item', key: 'WINE', fields: { name: 'Wine', unit: 'piece', taxClass: 'standard', saleHours: 'mo-fr 06:00-22:00' } },
  ...goods({ sku: 'FIRE', name: 'Fireworks', cents: 900, plu: '4800' }),
  { type: 'item', key: 'FIRE', fields: { name: 'Fireworks', unit: 'piece', taxClass: 'standard', minimumCashierAgeYears: 18 } },
  breakOf('PEAR', 49, 3),
];

const SUNDRIES: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  ...goods({ sku: 'SUNDRIES', name: 'Sundries', taxClass: 'standard' }),
  { type: 'department', key: 'Dairy', fields: { position: 0 } },
  { type: 'department', key: 'Household', fields: { position: 1, unlistedSku: 'SUNDRIES' } },
  { type: 'department', key: 'Toys', fields: { position: 2, unlistedSku: 'GONE' } },
  { type: 'recall', key: `0${MILK}/10/B1`, fields: { reason: 'glass' } },
];
const UNKNOWN = '4003994155486';

describe('what the catalogue does not list', () => {
  let lane: TestLane;
  beforeEach(() => {
    lane = createTestLane(SUNDRIES);
  });
  afterEach(() => lane.close());
  const sell = (more: Partial<Extract<RequestBody, { type: 'sellUnlisted' }>> = {}): RequestBody => ({
    type: 'sellUnlisted',
    department: 'Household',
    unitPrice: { amount: 250, decimals: 2 },
    ...more,
  });

  test('windows hear which departments sell it: those whose item is there', () => {
    expect(lane.take({ type: 'tiles' })).toEqual({ departments: ['Dairy', 'Household', 'Toys'], unlistedDepartments: ['Household'] });
    expect(lane.refusal(sell({ department: 'Toys' }))).toBe('noDepartment');
    expect(lane.refusal(sell({ department: 'Dairy' }))).toBe('noDepartment');
    expect(lane.lines()).toEqual([]);
  });

  test('its red row goes, its code stays on the line and in the ledger, a replay sells it once; it survives a kill', () => {
    expect(lane.refusal({ type: 'scan', code: UNKNOWN })).toBe('unknownCode');
    const [row] = lane.lines();
    const body = sell({ code: UNKNOWN, rowId: row?.lineId ?? '' });
    lane.ask(body, 'once');
    lane.ask(body, 'once');
    lane.reopen();
    expect(lane.lines()).toMatchObject([{ name: 'Sundries', code: UNKNOWN, amountMinor: 250, unlisted: true, taxRateBps: 1_900 }]);
    lane.take({ type: 'payCash', amountMinor: 250 });
    expect(lane.foldedStock()).toEqual([]);
  });

  test('a row that is gone stops nothing', () => {
    lane.take(sell({ code: UNKNOWN, rowId: '7' }));
    expect(lane.lines()).toMatchObject([{ kind: 'item', code: UNKNOWN }]);
  });

  test('a code that is listed by now is sold as listed; one that is called back, or misread, is not sold', () => {
    lane.take(sell({ code: MILK }));
    expect(lane.lines()).toMatchObject([{ name: 'Milk 1 l', amountMinor: 119 }]);
    expect(lane.refusal(sell({ code: `]C1010${MILK}10B1` }))).toBe('goodsRecalled');
    expect(lane.refusal(sell({ code: '4003994155487' }))).toBe('badCheckDigit');
    expect(lane.lines()[0]).toMatchObject({ quantity: { value: 1 } });
  });

  test('above the cashier’s limit somebody else must allow it, and the red row stays until then', () => {
    publish(lane.store, [{ type: 'staff', key: '1', fields: { roles: 'cashier' } }]);
    expect(lane.refusal({ type: 'scan', code: UNKNOWN })).toBe('unknownCode');
    const rowId = lane.lines()[0]?.lineId ?? '';
    expect(lane.refusal(sell({ code: UNKNOWN, rowId, unitPrice: { amount: 5_001, decimals: 2 } }))).toBe('approvalNeeded');
    expect(lane.lines()).toMatchObject([{ kind: 'refused' }]);
    lane.take(sell({ code: UNKNOWN, rowId, unitPrice: { amount: 5_000, decimals: 2 } }));
    expect(lane.lines()).toMatchObject([{ kind: 'item', amountMinor: 5_000 }]);
  });
});

describe('at the till', () => {
  let lane: TestLane;
  beforeEach(() => {
    lane = createTestLane(SHELVES);
  });
  afterEach(() => lane.close());
  const shown = (): unknown => lane.lines().map(({ name, quantity, amountMinor }) => [name, quantity?.value, amountMinor]);

  test('a label is paid as it says, and a misread one stays red', () => {
    lane.take({ type: 'scan', code: ROAST });
    lane.take({ type: 'scan', code: HAM });
    expect(shown()).toEqual([
      ['Roast', 1, 14_685],
      ['Ham', 387, 499],
    ]);
    expect(lane.refusal({ type: 'scan', code: '2112347146858' })).toBe('badPriceVerifier');
    expect(lane.refusal({ type: 'scan', code: HAM, quantity: 3, typedDecimals: 0 })).toBe('labelFixed');
    expect(lane.state().head.refusedRows).toBe(2);
    lane.reopen();
    expect(lane.lines()[0]).toMatchObject({ code: ROAST, priceType: 'label' });
  });

  test('a deposit comes, follows and goes with its goods; the reply names the goods', () => {
    const { lineId = '' } = lane.take({ type: 'addItem', sku: 'COLA', quantity: 2 });
    expect(lane.lines().find((line) => line.lineId === lineId)?.name).toBe('Cola');
    lane.take({ type: 'setQuantity', lineId, quantity: 3 });
    expect(shown()).toEqual([
      ['Cola', 3, 387],
      ['Bottle deposit', 3, 75],
    ]);
    expect(lane.state().head).toMatchObject({ currentLineId: lineId, totals: { itemCount: 3 } });
    lane.reopen();
    lane.take({ type: 'voidLine', lineId });
    expect(shown()).toEqual([]);
  });

  test('tare is the item’s, or as typed', () => {
    lane.take({ type: 'addPlu', plu: '4600', quantity: 512, typedDecimals: 3 });
    lane.take({ type: 'addPlu', plu: '4600', quantity: 512, typedDecimals: 3, tare: 112, tareDecimals: 3 });
    expect(lane.lines().map(({ quantity, tare }) => [quantity?.value, tare])).toEqual([
      [500, 12],
      [400, 112],
    ]);
    expect(lane.refusal({ type: 'addPlu', plu: '4600', quantity: 12 })).toBe('badTare');
  });

  test('a lane that never heard the hub asks about hours, and about the cashier; neither leaves a red row', () => {
    expect(lane.refusal({ type: 'addPlu', plu: '4700' })).toBe('saleHoursUnsure');
    expect(lane.refusal({ type: 'addPlu', plu: '4800' })).toBe('cashierAgeUnknown');
    expect(lane.lines()).toEqual([]);
    lane.take({ type: 'addPlu', plu: '4700', vouched: ['saleHours'] });
    lane.take({ type: 'addPlu', plu: '4800', vouched: ['cashierAge'] });
    const lineId = lane.lines()[0]?.lineId ?? '';
    expect(lane.refusal({ type: 'setQuantity', lineId, quantity: 2 })).toBe('saleHoursUnsure');
    lane.take({ type: 'setQuantity', lineId, quantity: 2, vouched: ['saleHours'] });
  });

  test('the cashier’s age is the staff list’s: nobody is asked, and nobody vouches for one who is too young', () => {
    const staff = (fields: Readonly<Record<string, number>>): PublishedEntity => ({
      type: 'staff',
      key: '1',
      fields: { roles: 'manager', ...fields },
    });
    publish(lane.store, [staff({ birthYear: 1990 })]);
    const { lineId = '' } = lane.take({ type: 'addPlu', plu: '4800' });
    lane.take({ type: 'setQuantity', lineId, quantity: 2 });
    lane.take({ type: 'voidSale' });
    publish(lane.store, [staff({ birthYear: 2015 })]);
    expect(lane.refusal({ type: 'addPlu', plu: '4800', vouched: ['cashierAge'] })).toBe('cashierTooYoung');
  });

  test('where the clock may be years off, a cashier who may be old enough is asked about, and one who cannot be is not', () => {
    const born = (birthYear: number): void => publish(lane.store, [{ type: 'staff', key: '1', fields: { roles: 'manager', birthYear } }]);
    // Of 2026; the goods want a cashier of 18.
    born(2009);
    lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 500 });
    expect(lane.refusal({ type: 'addPlu', plu: '4800', vouched: ['cashierAge'] })).toBe('cashierTooYoung');
    lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 3 * 366 * 86_400_000 });
    expect(lane.refusal({ type: 'addPlu', plu: '4800' })).toBe('cashierAgeUnknown');
    lane.take({ type: 'addPlu', plu: '4800', vouched: ['cashierAge'] });
    born(2015);
    lane.take({ type: 'voidSale' });
    expect(lane.refusal({ type: 'addPlu', plu: '4800', vouched: ['cashierAge'] })).toBe('cashierTooYoung');
    born(1990);
    lane.take({ type: 'addPlu', plu: '4800' });
  });

  test('a break holds in the line that found it, after a publication and a restart', () => {
    const { lineId = '' } = lane.take({ type: 'addPlu', plu: '4409' });
    publish(lane.store, [breakOf('PEAR', 10, 2)]);
    lane.reopen();
    lane.take({ type: 'setQuantity', lineId, quantity: 2 });
    expect(shown()).toEqual([['Pear', 2, 118]]);
    lane.take({ type: 'setQuantity', lineId, quantity: 3 });
    expect(shown()).toEqual([['Pear', 3, 147]]);
  });
});

test('no publication and no hour changes a line that is in the basket', () => {
  const change = fc.oneof(
    fc.record({
      type: fc.constant('publish' as const),
      sku: fc.constantFrom('MILK', 'PEAR'),
      cents: fc.integer({ min: 1, max: 900 }),
      isBreak: fc.boolean(),
    }),
    fc.record({ type: fc.constant('later' as const), minutes: fc.integer({ min: 1, max: 600 }) }),
    fc.constant({ type: 'restart' as const }),
    fc.record({
      type: fc.constant('ask' as const),
      body: fc.constantFrom<RequestBody>({ type: 'scan', code: MILK }, { type: 'addPlu', plu: '4409' }),
    }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
      const lane = createTestLane(SHELVES);
      try {
        for (const each of changes) {
          const before = new Map(lane.lines().map((line) => [line.lineId, line]));
          if (each.type === 'ask') lane.take(each.body);
          else if (each.type === 'later') lane.clock.nowMs += each.minutes * 60_000;
          else if (each.type === 'restart') lane.reopen();
          else {
            const key = each.isBreak ? priceKey(each.sku, 'quantityBreak', undefined, { fromQuantity: 2 }) : priceKey(each.sku, 'regular');
            const fields = { amount: each.cents, decimals: 2, currency: 'EUR', ...(each.isBreak && { fromQuantity: 2 }) };
            publish(lane.store, [{ type: 'price', key, fields }]);
          }
          const after = lane.lines();
          // What was asked for may add to its own line; everything else stands as it stood.
          const touched = each.type === 'ask' ? lane.state().head.currentLineId : undefined;
          const others = after.filter((line) => line.lineId !== touched && before.has(line.lineId));
          expect(others).toEqual(others.map((line) => before.get(line.lineId)));
          expect(after.length).toBe(each.type === 'ask' && !before.has(touched ?? '') ? before.size + 1 : before.size);
        }
        // The basket reads one cut: however many there are of one kind, they stand in one line at the price of its own list.
        expect(lane.lines().length).toBeLessThanOrEqual(2);
        expect(lane.errors).toEqual([]);
      } finally {
        lane.close();
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('C-12: a barcode is an entity: given to another item it means that one alone; one whose item is not there means nothing, until it is', () => {
  const lane = createTestLane([...ASSORTMENT, ...goods({ sku: 'WATER', name: 'Water', cents: 49 })]);
  const code = (sku: string): PublishedEntity => ({ type: 'code', key: gtinKey(MILK), fields: { sku } });
  /** What is sold after a scan, but for rows of codes that mean nothing; then the basket is empty again. */
  const scanned = (): readonly string[] => {
    lane.take({ type: 'scan', code: MILK });
    const sold = lane.lines().flatMap(({ sku }) => sku ?? []);
    lane.take({ type: 'voidSale' });
    return sold;
  };
  expect(scanned()).toEqual(['MILK']);
  publish(lane.store, [code('WATER')]);
  expect(scanned()).toEqual(['WATER']);
  publish(lane.store, [code('LATER')]);
  expect(lane.refusal({ type: 'scan', code: MILK })).toBe('unknownCode');
  publish(lane.store, goods({ sku: 'LATER', name: 'Later', cents: 10 }));
  expect(scanned()).toEqual(['LATER']);
  lane.close();
});

/** Of milk: GTIN-13 of six, GTIN-14 of twelve. */
const SIX = '4006381333931';
const TWELVE = '14006381333938';
const PACKS: readonly PublishedEntity[] = [
  ...SHELVES,
  { type: 'code', key: gtinKey(SIX), fields: { sku: 'MILK', units: 6 } },
  { type: 'code', key: gtinKey(TWELVE), fields: { sku: 'COLA', units: 12 } },
  { type: 'code', key: gtinKey('40170725'), fields: { sku: 'PEAR', units: 24 } },
  { type: 'code', key: gtinKey('4006381333948'), fields: { sku: 'HAM', units: 6 } },
  { type: 'code', key: gtinKey('4006381333955'), fields: { sku: 'MILK', units: 0 } },
  setting('quantityAskAbove', '10'),
  { type: 'recall', key: `${gtinKey('4006381333931')}/10/GLASS`, fields: { reason: 'glass' } },
  { type: 'code', key: gtinKey('4006381333962'), fields: { sku: 'COLA', units: 6 } },
  {
    type: 'price',
    key: priceKey('COLA', 'pack', undefined, { fromQuantity: 6 }),
    fields: { amount: 700, decimals: 2, currency: 'EUR', fromQuantity: 6 },
  },
];
const COLA_SIX = '4006381333962';

describe('a code that stands for a pack', () => {
  let lane: TestLane;
  beforeEach(() => {
    lane = createTestLane(PACKS);
  });
  afterEach(() => lane.close());
  const quantities = (): readonly unknown[] => lane.lines().map(({ sku, quantity }) => [sku, quantity?.value]);

  test('sells its pieces, which join those that are there; what is typed before it counts packs', () => {
    lane.take({ type: 'scan', code: SIX });
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'scan', code: SIX, quantity: 2, typedDecimals: 0 });
    expect(quantities()).toEqual([['MILK', 19]]);
    expect(lane.refusal({ type: 'scan', code: SIX, quantity: 15, typedDecimals: 1 })).toBe('unitMismatch');
  });

  test('is asked about only where many packs were typed', () => {
    lane.take({ type: 'scan', code: '40170725' });
    expect(quantities()).toEqual([['PEAR', 24]]);
    expect(lane.refusal({ type: 'scan', code: '40170725', quantity: 11, typedDecimals: 0 })).toBe('quantityAboveLimit');
  });

  test('brings the deposit of each piece, a batch and no serial number', () => {
    lane.take({ type: 'scan', code: `01${TWELVE}10B7\u001D21S9` });
    expect(quantities()).toEqual([
      ['COLA', 12],
      ['BOTTLE', 12],
    ]);
    expect(lane.lines()[0]).toMatchObject({ batch: 'B7' });
    expect(lane.lines()[0]).not.toHaveProperty('serial');
  });

  test('is told what it costs, with the price for so many, before it is sold', () => {
    expect(lane.take({ type: 'inquire', of: { type: 'scan', code: '40170725' } }).tiles).toMatchObject([
      { sku: 'PEAR', unitPrice: { amount: 49 }, pack: { code: '40170725', units: 24, amountMinor: 1_176 } },
    ]);
    expect(lane.lines()).toEqual([]);
  });

  test('with a price of its own is a line beside its pieces, as long as whole packs are in it', () => {
    const said = (): readonly unknown[] =>
      lane
        .lines()
        .flatMap(({ sku, quantity, amountMinor, priceType, pack }) =>
          sku === 'COLA' ? [[quantity?.value, amountMinor, priceType, pack ? `${pack.priceMinor}/${pack.units}` : '']] : [],
        );
    const PACKED = ['pack', '700/6'] as const;
    lane.take({ type: 'scan', code: COLA_SIX });
    lane.take({ type: 'addPlu', plu: '4500' });
    lane.take({ type: 'scan', code: COLA_SIX, quantity: 2, typedDecimals: 0 });
    expect(said()).toEqual([
      [18, 2_100, ...PACKED],
      [1, 129, 'regular', ''],
    ]);
    const lineId = lane.lines()[0]?.lineId ?? '';
    lane.take({ type: 'setQuantity', lineId, quantity: 7 });
    expect(said()[0]).toEqual([7, 903, 'regular', '']);
    lane.take({ type: 'setQuantity', lineId, quantity: 12, confirmed: true });
    lane.reopen();
    expect(said()[0]).toEqual([12, 1_400, ...PACKED]);
    expect(lane.take({ type: 'explain', lineId }).explanation).toMatchObject({ pack: { units: 6, priceMinor: 700 }, priceType: 'pack' });
    lane.take({ type: 'overridePrice', lineId, override: { unitPrice: { amount: 100, decimals: 2 }, reason: 'damaged' } });
    expect(said()[0]).toEqual([12, 1_200, 'override', '']);
  });

  test('is paid, printed by the pack, and comes back piece by piece for what it cost, no cent lost', () => {
    lane.take({ type: 'scan', code: COLA_SIX });
    const { totalMinor, receiptNumber = '' } = lane.take({ type: 'payCash', amountMinor: 1_000 }).completed ?? {};
    expect(totalMinor).toBe(700 + 6 * 25);
    const blocks = lane.take({ type: 'receipt', receiptNumber }).receipt?.blocks ?? [];
    expect(blocks.find(({ type }) => type === 'line')).toMatchObject({
      quantity: { value: 6 },
      amountMinor: 700,
      pack: { units: 6, priceMinor: 700 },
    });
    const left = (): number | undefined => lane.take({ type: 'returnable', receiptNumber }).returnable?.lines[0]?.leftMinor;
    let paidBackMinor = 0;
    for (let piece = 1; piece <= 6; piece += 1) {
      const before = left() ?? 0;
      lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
      lane.take({ type: 'refund' });
      paidBackMinor += before - (left() ?? 0);
    }
    expect(paidBackMinor).toBe(700);
  });

  test('is called back with what is in it, by its batch', () => {
    expect(lane.refusal({ type: 'scan', code: `01${TWELVE}10GLASS` })).toBe('goodsRecalled');
    lane.take({ type: 'scan', code: `01${TWELVE}10OTHER` });
    expect(quantities().slice(1)).toEqual([
      ['COLA', 12],
      ['BOTTLE', 12],
    ]);
  });

  test('at a price of its own is told before it is sold', () => {
    expect(lane.take({ type: 'inquire', of: { type: 'scan', code: COLA_SIX } }).tiles).toMatchObject([
      { sku: 'COLA', pack: { code: COLA_SIX, units: 6, amountMinor: 700 } },
    ]);
  });

  test('of what is weighed, or of a number that is none, is a code that nobody listed', () => {
    expect(lane.refusal({ type: 'scan', code: '4006381333948' })).toBe('unknownCode');
    expect(lane.refusal({ type: 'scan', code: '4006381333955' })).toBe('unknownCode');
  });
});
