import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS, type Fields, type LedgerColumn, type LedgerEntry } from '../ledger/ledger.ts';
import { foldStock, readStockAdjustment, stockAdjustmentEntry, stockKey, stockMovementsOf } from '../stock/stock-movement.ts';
import { cashRoundingOf, commandOf, CUT, HEADER, must, openLane, readShop, type Lane } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { readBasketRecord, readSale } from './read-sale.ts';
import { abortSaleEntry, completeSale, resumeEntry, suspendEntry, voidLineEntry, voidSaleEntry } from './sale-entry.ts';
import { formatReceiptNumber } from './sale.ts';

const SHOP = readShop(`
  goods      | price     | unit  | tax % | age
  -----------+-----------+-------+-------+-----
  milk       | 1.19      | piece | 7     |
  wine       | 5.99      | piece | 19    | 18
  bananas    | 1.79      | gram  | 7     |
`);

const does = (lane: Lane, ...words: readonly string[]): Lane =>
  words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), lane);

const FACTS = { receiptNumber: '1-0011-000001' };
const SOLD = does(openLane(), '3 x milk', 'scan wine', '842 x bananas', '-1 x milk', 'age', 'cash 20.00').basket;
const SALE = completeSale(SOLD, HEADER, FACTS);

/** What is wrong with fields for the columns of a kind: unknown names, missing ones, and wrong types. */
function columnFaults(fields: Fields, columns: readonly LedgerColumn[], path = ''): readonly string[] {
  const known = new Map(columns.map((column) => [column.name, column]));
  const unknown = Object.keys(fields).filter((name) => !known.has(name));
  const faults = unknown.map((name) => `${path}${name} is no column`);
  for (const { name, type, optional } of columns) {
    const value = fields[name];
    if (value === undefined) {
      if (optional !== true) faults.push(`${path}${name} is missing`);
    } else if (typeof type === 'object') {
      assert(Array.isArray(value), `${path}${name} is a list`);
      for (const row of value as readonly Fields[]) faults.push(...columnFaults(row, type.list, `${path}${name}.`));
    } else {
      const isRight = {
        int: Number.isSafeInteger(value),
        text: typeof value === 'string',
        bool: typeof value === 'boolean',
        bytes: value instanceof Uint8Array,
      }[type];
      if (!isRight) faults.push(`${path}${name} is no ${type}`);
    }
  }
  return faults;
}

function kindOf(entry: LedgerEntry): { readonly name: string; readonly columns: readonly LedgerColumn[] } {
  const kind = Object.values(LEDGER_KINDS).find((known) => known.kind === entry.kind);
  assert(kind !== undefined, `kind ${entry.kind} is in the ledger`);
  return kind;
}

const adjustment = stockAdjustmentEntry(HEADER, {
  reason: 'damaged',
  movements: [{ sku: 'milk', quantity: 2, unit: 'piece' }],
  externalReference: '536589',
});
assert(adjustment.ok, 'two broken bottles can be written off');

describe('every entry fits the columns of its kind', () => {
  const open = does(openLane(), '3 x milk', 'scan wine', 'age').basket;
  const entries: readonly LedgerEntry[] = [
    SALE,
    completeSale(SOLD, HEADER, { ...FACTS, externalReference: 'C536379' }),
    voidLineEntry(open, '2', HEADER),
    voidSaleEntry(open, HEADER),
    voidSaleEntry(openLane().basket, HEADER),
    abortSaleEntry(open, HEADER, 'the disk was full'),
    suspendEntry(open, HEADER),
    resumeEntry('basket-1', HEADER),
    adjustment.value,
  ];
  test.each(entries.map((entry, index) => [kindOf(entry).name, index] as const))('%s (%d)', (_, index) => {
    const entry = entries[index];
    assert(entry !== undefined, 'the entry is listed');
    expect(columnFaults(entry.fields, kindOf(entry).columns)).toEqual([]);
  });

  test('numbers and names are unique in each kind', () => {
    for (const { name, columns } of Object.values(LEDGER_KINDS)) {
      expect(new Set(columns.map((column) => column.number)).size, name).toBe(columns.length);
      expect(new Set(columns.map((column) => column.name)).size, name).toBe(columns.length);
    }
  });
});

describe('a completed sale', () => {
  test('is read back as it was written', () => {
    const sale = readSale(SALE.fields);
    assert(sale.ok, 'the sale can be read');
    expect(sale.value).toMatchObject({
      ...HEADER,
      basketId: 'basket-1',
      currency: 'EUR',
      cut: CUT,
      totalMinor: 988,
      receiptNumber: '1-0011-000001',
      taxInclusive: true,
      tenders: [{ tenderType: 'cash', amountMinor: 2_000 }],
      changeMinor: 1_012,
    });
    const lines = sale.value.lines.map((line) => [
      line.sku,
      line.quantity.value,
      line.amountMinor,
      line.stockQuantity,
      line.ageCheckedYears ?? 0,
    ]);
    expect(lines).toEqual([
      ['milk', 3, 357, 3, 0],
      ['wine', 1, 599, 1, 18],
      ['bananas', 842, 151, 842, 0],
      ['milk', -1, -119, -1, 0],
    ]);
    expect(sale.value.taxes).toEqual([
      { taxClass: 'tax 19', rateBps: 1900, netMinor: 503, taxMinor: 96 },
      { taxClass: 'tax 7', rateBps: 700, netMinor: 364, taxMinor: 25 },
    ]);
  });

  test('is made of a paid basket only', () => {
    expect(() => completeSale(does(openLane(), 'scan milk').basket, HEADER, FACTS)).toThrow('only a paid basket is a sale');
  });
});

describe('cash rounding', () => {
  const cashRounding = cashRoundingOf('5');
  assert(cashRounding !== undefined, 'the words name a rounding');
  const rounded = completeSale(does(openLane({ cashRounding }), '3 x milk', 'scan wine', 'age', 'cash 10.00').basket, HEADER, FACTS);

  test('stands beside the total, in a column of its own', () => {
    expect(columnFaults(rounded.fields, LEDGER_KINDS.sale.columns)).toEqual([]);
    expect(readSale(rounded.fields)).toMatchObject({
      ok: true,
      value: {
        totalMinor: 956,
        roundingMinor: -1,
        changeMinor: 45,
        taxes: [
          { netMinor: 503, taxMinor: 96 },
          { netMinor: 334, taxMinor: 23 },
        ],
      },
    });
  });

  test('leaves the entries of a store without it as they were', () => {
    expect(SALE.fields).not.toHaveProperty('roundingMinor');
    expect(SALE.fields['tenders']).toEqual([{ tenderType: 'cash', amountMinor: 2_000 }]);
    const exact = completeSale(does(openLane({ cashRounding }), '5 x milk', 'cash 10.00').basket, HEADER, FACTS);
    expect(exact).toEqual(completeSale(does(openLane(), '5 x milk', 'cash 10.00').basket, HEADER, FACTS));
  });
});

test('several tenders are read back as they were taken', () => {
  const lane = does(openLane(), '3 x milk', 'scan wine', 'age', 'pay usd 5.00', 'pay voucher 1.00', 'pay card 23.96 back 20.00');
  const entry = completeSale(lane.basket, HEADER, FACTS);
  expect(columnFaults(entry.fields, LEDGER_KINDS.sale.columns)).toEqual([]);
  expect(readSale(entry.fields)).toMatchObject({
    ok: true,
    value: {
      totalMinor: 956,
      tenders: [
        { tenderType: 'usd', amountMinor: 460, foreign: { currency: 'USD', amountMinor: 500, rate: { amount: 92, decimals: 2 } } },
        { tenderType: 'voucher', amountMinor: 100 },
        { tenderType: 'card', amountMinor: 2_396, cashBackMinor: 2_000 },
      ],
      changeMinor: 2_000,
    },
  });
});

/** Changes one figure, by its path, and says what a reader must make of it. */
describe('a sale whose figures were changed is not believed', () => {
  const cases = readTable(`
    change                     | to      | answer
    ---------------------------+---------+----------------------------------
    nothing                    |         | ok
    totalMinor                 | 989     | sumMismatch lines
    lines.0.amountMinor        | 358     | sumMismatch lines
    changeMinor                | 1011    | sumMismatch tenders
    roundingMinor              | 1       | sumMismatch tenders
    roundingMinor              | 1000000 | malformedEntry roundingMinor
    roundingMinor              | text    | malformedEntry roundingMinor
    tenders.0.amountMinor      | 1999    | sumMismatch tenders
    taxes.0.taxMinor           | 97      | sumMismatch taxClass
    taxes.0.rateBps            | 1600    | sumMismatch taxClass
    lines.1.taxRateBps         | 700     | sumMismatch taxClass
    lines.1.taxClass           | other   | sumMismatch taxClass
    totalMinor                 | text    | malformedEntry totalMinor
    totalMinor                 | 0.5     | malformedEntry totalMinor
    currency                   | XXX     | malformedEntry currency
    businessDate               | today   | malformedEntry businessDate
    training                   | 1       | malformedEntry training
    lines.2.unit               | bushel  | malformedEntry lines[2].unit
    lines.0.quantity           | 1e15    | malformedEntry lines[0].quantity
    lines.0.amountMinor        | 1e15    | malformedEntry lines[0].amountMinor
    lines.0.unitPriceDecimals  | 9       | malformedEntry lines[0].unitPriceAmount
    lines.0.priceType          | cheap   | malformedEntry lines[0].priceType
    lines.0                    | row     | malformedEntry lines[0]
    lines                      | text    | malformedEntry lines
    tenders                    | 7       | malformedEntry tenders
    tenders.0.tipMinor         | -1      | malformedEntry tenders[0].tipMinor
    tenders.0.cashBackMinor    | text    | malformedEntry tenders[0].cashBackMinor
    tenders.0.forfeitedMinor   | 1e15    | malformedEntry tenders[0].forfeitedMinor
    tenders.0.foreignCurrency  | USD     | malformedEntry tenders[0].foreignRateAmount
  `);
  const changed = (path: string, to: string): Fields => {
    const fields = structuredClone(SALE.fields) as Record<string, unknown>;
    const names = path.split('.');
    const last = names.pop();
    let at = fields;
    for (const name of names) at = at[name] as Record<string, unknown>;
    const number = Number(to);
    if (last !== undefined && path !== 'nothing') at[last] = Number.isNaN(number) ? to : number;
    return fields as Fields;
  };
  test.each(cases)('$change → $to: $answer', (row) => {
    const read = readSale(changed(cell(row, 'change'), cell(row, 'to')));
    const answer = read.ok
      ? 'ok'
      : `${read.error.type} ${read.error.type === 'sumMismatch' ? read.error.detail.rule : read.error.detail.field}`;
    expect(answer).toBe(cell(row, 'answer'));
  });

  test('tax that was moved into the net is seen', () => {
    const fields = structuredClone(SALE.fields);
    const taxes = fields['taxes'] as unknown as { netMinor: number; taxMinor: number }[];
    const [first] = taxes;
    assert(first !== undefined, 'the sale has taxes');
    first.netMinor += 50;
    first.taxMinor -= 50;
    expect(readSale(fields)).toEqual({
      ok: false,
      error: { type: 'sumMismatch', detail: { rule: 'tax', expectedMinor: 96, actualMinor: 46 } },
    });
  });

  test.each([
    [1, 'ok'],
    [2, 'tax'],
  ])('a tax may be as far from its rate as its one line may be rounded: %d is %s', (byMinor, answer) => {
    const fields = structuredClone(SALE.fields);
    const [wine] = fields['taxes'] as unknown as { netMinor: number; taxMinor: number }[];
    assert(wine !== undefined, 'the sale has taxes');
    wine.netMinor += byMinor;
    wine.taxMinor -= byMinor;
    const read = readSale(fields);
    expect(read.ok ? 'ok' : read.error.type === 'sumMismatch' && read.error.detail.rule).toBe(answer);
  });

  test('no columns at all', () => {
    expect(readSale({})).toMatchObject({ ok: false, error: { type: 'malformedEntry' } });
  });
});

describe('stock', () => {
  test('leaves with what is sold and comes back with what is returned', () => {
    const movements = stockMovementsOf(SALE);
    assert(movements.ok, 'the sale moves stock');
    expect(movements.value).toEqual([
      { sku: 'milk', quantity: 3, unit: 'piece' },
      { sku: 'wine', quantity: 1, unit: 'piece' },
      { sku: 'bananas', quantity: 842, unit: 'gram' },
      { sku: 'milk', quantity: -1, unit: 'piece' },
    ]);
    const onHand = new Map([[stockKey('milk', 'piece'), 10]]);
    foldStock(onHand, movements.value);
    expect(Object.fromEntries(onHand)).toEqual({
      [stockKey('milk', 'piece')]: 8,
      [stockKey('wine', 'piece')]: -1,
      [stockKey('bananas', 'gram')]: -842,
    });
  });

  test('stays where nothing was sold', () => {
    const open = does(openLane(), '3 x milk', 'scan wine').basket;
    for (const entry of [
      voidLineEntry(open, '1', HEADER),
      voidSaleEntry(open, HEADER),
      suspendEntry(open, HEADER),
      resumeEntry('b', HEADER),
    ]) {
      expect(stockMovementsOf(entry)).toEqual({ ok: true, value: [] });
    }
    expect(stockMovementsOf({ kind: 999, fields: {} })).toEqual({ ok: true, value: [] });
    const voided = readBasketRecord(voidSaleEntry(open, HEADER).fields);
    expect(voided.ok && voided.value.lines.map((line) => line.stockQuantity)).toEqual([0, 0]);
  });

  test('stays in training', () => {
    expect(stockMovementsOf(completeSale(SOLD, { ...HEADER, training: true }, FACTS))).toEqual({ ok: true, value: [] });
    const trained = { ...adjustment.value, fields: { ...adjustment.value.fields, training: true } };
    expect(stockMovementsOf(trained)).toEqual({ ok: true, value: [] });
  });

  test('moves by an adjustment, with its reason', () => {
    expect(readStockAdjustment(adjustment.value.fields)).toEqual({
      ok: true,
      value: { ...HEADER, reason: 'damaged', movements: [{ sku: 'milk', quantity: 2, unit: 'piece' }], externalReference: '536589' },
    });
    expect(stockMovementsOf(adjustment.value)).toEqual({ ok: true, value: [{ sku: 'milk', quantity: 2, unit: 'piece' }] });
    expect(stockMovementsOf({ kind: LEDGER_KINDS.sale.kind, fields: {} })).toMatchObject({ ok: false, error: { type: 'malformedEntry' } });
  });

  test.each([
    [0, 'quantityZero'],
    [1e15, 'quantityOutOfRange'],
    [0.5, 'quantityOutOfRange'],
    [Number.NaN, 'quantityOutOfRange'],
  ])('is not adjusted by %d', (quantity, type) => {
    const movements = [
      { sku: 'milk', quantity: 1, unit: 'piece' },
      { sku: 'wine', quantity, unit: 'piece' },
    ] as const;
    expect(stockAdjustmentEntry(HEADER, { reason: 'count', movements })).toMatchObject({ ok: false, error: { type } });
  });
});

test('a line void holds the line, its amount, and nothing else', () => {
  const open = does(openLane(), '3 x milk', 'scan wine').basket;
  const record = readBasketRecord(voidLineEntry(open, '2', HEADER).fields);
  expect(record).toMatchObject({ ok: true, value: { totalMinor: 599, lines: [{ sku: 'wine', amountMinor: 599, stockQuantity: 0 }] } });
});

test('an abort says why', () => {
  expect(abortSaleEntry(openLane().basket, HEADER, 'the disk was full').fields).toMatchObject({
    reason: 'the disk was full',
    cutHubEpoch: '',
    cutLsn: 0,
    lines: [],
  });
});

test.each([
  ['1', 'a1b2c3d4e5f60718', 1, '1-a1b2-000001'],
  ['kiosk 3', '0000ffff00001111', 123_456, 'kiosk 3-0000-123456'],
  ['1', 'a1b2c3d4e5f60718', 1_234_567, '1-a1b2-1234567'],
])('lane %s, epoch %s, receipt %d: %s', (lane, epoch, counter, number) => {
  expect(formatReceiptNumber(lane, epoch, counter)).toBe(number);
});
