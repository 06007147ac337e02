import { InvariantError } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { decimalText } from '../money/money.ts';
import { act, cashRoundingOf, commandOf, CUT, linesText, must, openLane, OPENING, readShop, type Lane } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import { basketTotals, type BasketEvent } from './basket.ts';

const SHOP = readShop(`
  goods      | price     | unit  | tax % | age
  -----------+-----------+-------+-------+-----
  milk       | 1.19      | piece | 7     |
  bread      | 2.45      | piece | 7     |
  wine       | 5.99      | piece | 19    | 18
  beer       | 0.99      | piece | 19    | 16
  bananas    | 1.79      | gram  | 7     |
  screw      | 0.001     | piece | 19    |
  fork       |           | piece | 19    |
  flyer      | 0         | piece | 19    |
  discount   | -5.00     | piece | 19    |
  import     | 3.00 USD  | piece | 19    |
  mystery    | 1.00      | piece |       |
  yacht      | 9999999999.99 | piece | 19 |
`);

const does = (lane: Lane, ...words: readonly string[]): Lane =>
  words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), lane);

describe('the cut', () => {
  test('is pinned by the first line, and let go with the last', () => {
    const scanned = does(openLane(), 'scan junk ABC');
    expect(scanned.basket.cut).toBeNull();
    const selling = does(scanned, 'scan milk');
    expect(selling.basket.cut).toEqual(CUT);
    expect(selling.events.map((event) => event.type)).toEqual(['rowAdded', 'cutPinned', 'rowAdded']);
    expect(does(selling, 'scan bread', 'void 2').basket.cut).toEqual(CUT);
    expect(does(selling, 'void 2').basket.cut).toBeNull();
    expect(does(selling, 'suspend', 'resume').basket.cut).toEqual(CUT);
  });
});

test('no basket grows too large to be paid by the tax that comes on top', () => {
  // The highest sum that can be paid, at 19 % on top: 8,403,361,344.53 and 1,596,638,655.47 (the tax of it, rounded up).
  const lane = does(openLane({ taxInclusive: false }), '1 x yacht at 8403361344.53');
  expect(basketTotals(lane.basket).totalMinor).toBe(999_999_999_999);
  expect(act(lane, commandOf(SHOP, '1 x fork at 0.01'))).toMatchObject({ ok: false, error: { type: 'amountOutOfRange' } });
  expect(act(lane, commandOf(SHOP, 'price 1 8403361344.54'))).toMatchObject({ ok: false, error: { type: 'amountOutOfRange' } });
  expect(does(lane, 'cash 10000000000').basket.payment?.changeMinor).toBe(1);
});

describe('rows', () => {
  test('keep their place and their number for good', () => {
    const lane = does(openLane(), 'scan milk', 'scan junk ABC', 'scan bread', 'void 1', 'clear 2', 'scan wine', 'scan bread');
    expect(lane.basket.rows.map((row) => [row.lineId, row.position])).toEqual([
      ['3', 3],
      ['4', 4],
    ]);
    expect(lane.basket.currentLineId).toBe('3');
  });

  test('with another serial, batch or text are lines of their own', () => {
    const goods = SHOP.get('milk');
    if (goods === undefined) throw new Error('the shop has milk');
    const add = { type: 'addItem', cut: CUT, ...goods } as const;
    const variants = [{}, { serial: 'S1' }, { serial: 'S2' }, { batch: 'B1' }, { text: 'Milk, dented' }];
    let lane = openLane();
    for (const variant of [...variants, ...variants]) lane = must(lane, { ...add, ...variant });
    expect(linesText(lane.basket)).toBe('2 milk, 2 milk, 2 milk, 2 milk, 2 Milk, dented');
  });

  test('of refused scans show what was scanned, made printable and short', () => {
    const lane = must(openLane(), { type: 'addRefused', code: '\u0000'.repeat(8_000), refusal: { type: 'malformedCode', detail: {} } });
    expect(lane.basket.rows[0]).toMatchObject({ kind: 'refused', code: `${'·'.repeat(47)}…`, name: '' });
  });
});

test('refusals say what the words need', () => {
  const answers = ['scan import', 'scan flyer', '10000 x milk', '1001000 x bananas', 'scan bananas', 'scan mystery'].map((words) =>
    act(openLane(), commandOf(SHOP, words)),
  );
  expect(answers.map((answer) => (answer.ok ? undefined : answer.error.detail))).toEqual([
    { sku: 'import', name: 'import', currency: 'EUR', offeredCurrency: 'USD' },
    { sku: 'flyer', name: 'flyer', cataloguePrice: 0 },
    { sku: 'milk', name: 'milk', quantity: 10_000, unit: 'piece', limit: 999 },
    { sku: 'bananas', name: 'bananas', quantity: 1_001_000, unit: 'gram', limit: 999_000 },
    { sku: 'bananas', name: 'bananas', unit: 'gram' },
    { sku: 'mystery', name: 'mystery', taxClass: 'tax ' },
  ]);
  const mismatch = act(openLane(), { ...commandOf(SHOP, '3 x milk'), unit: 'gram' } as never);
  expect(mismatch).toMatchObject({ ok: false, error: { type: 'unitMismatch', detail: { unit: 'piece', offered: 'gram' } } });
});

test('a price given by a person is journalled with its reason, and forgets where the old one came from', () => {
  const goods = SHOP.get('milk');
  if (goods?.price === undefined) throw new Error('the shop sells milk');
  const lane = must(openLane(), { type: 'addItem', cut: CUT, ...goods, price: { ...goods.price, source: 'synthetic' } });
  expect(lane.basket.rows[0]).toMatchObject({ priceSource: 'synthetic', priceType: 'regular' });
  const [line] = does(lane, 'price 1 0.50').basket.rows;
  expect(line).toMatchObject({ priceType: 'override', reason: 'agreed', unitPrice: { amount: 50, decimals: 2 } });
  expect(line).not.toHaveProperty('priceSource');
});

describe('totals', () => {
  test('count pieces, and one for each weighing; what comes back counts down', () => {
    const lane = does(openLane(), '3 x milk', '842 x bananas', '500 x bananas', '-1 x bread', 'scan junk ABC');
    expect(basketTotals(lane.basket).itemCount).toBe(4);
  });

  test('of prices with tax hold the tax; of prices without, it comes on top, once per class', () => {
    const inclusive = basketTotals(does(openLane(), '3 x milk', 'scan wine').basket);
    expect(inclusive).toMatchObject({ subtotalMinor: 956, totalMinor: 956, dueMinor: 956, taxInclusive: true });
    expect(inclusive.taxes.map(({ rateBps, netMinor, taxMinor }) => [rateBps, netMinor, taxMinor])).toEqual([
      [1900, 503, 96],
      [700, 334, 23],
    ]);
    const exclusive = basketTotals(does(openLane({ taxInclusive: false }), '3 x milk', 'scan wine').basket);
    expect(exclusive).toMatchObject({ subtotalMinor: 956, totalMinor: 1_095, dueMinor: 1_095, taxInclusive: false });
    expect(exclusive.taxes.map(({ rateBps, netMinor, taxMinor }) => [rateBps, netMinor, taxMinor])).toEqual([
      [1900, 599, 114],
      [700, 357, 25],
    ]);
  });

  test('of a paid basket leave nothing due', () => {
    const { basket } = does(openLane(), 'scan milk', 'cash 2.00');
    expect(basketTotals(basket)).toMatchObject({ totalMinor: 119, dueMinor: 0, suggestedCashMinor: [] });
    expect(basket.payment).toEqual({ tenders: [{ tenderType: 'cash', amountMinor: 200 }], changeMinor: 81 });
  });
});

describe('where coins are coarser than prices', () => {
  const cases = readTable(`
    goods              | rounding      | due    | due in cash | pays   | rounding paid | change
    -------------------+---------------+--------+-------------+--------+---------------+-------
    1 x fork at 52.54  | 5             | 52.54  | 52.55       | 52.55  | 0.01          | 0.00
    1 x fork at 52.54  | 5             | 52.54  | 52.55       | 60.00  | 0.01          | 7.45
    1 x fork at 52.54  | 1000 up       | 52.54  | 60.00       | 60.00  | 7.46          | 0.00
    1 x fork at 52.54  | 100 down      | 52.54  | 52.00       | 52.00  | -0.54         | 0.00
    1 x fork at 52.54  | 100 down      | 52.54  | 52.00       | 100.00 | -0.54         | 48.00
    1 x fork at 52.54  | 5 total       | 52.55  | 52.55       | 52.55  | 0.01          | 0.00
    1 x fork at 52.55  | 5             | 52.55  | 52.55       | 60.00  | 0.00          | 7.45
    1 x fork at 0.02   | 5             | 0.02   | 0.00        | 0.00   | -0.02         | 0.00
    -1 x fork at 52.54 | 5             | -52.54 | -52.55      | -52.55 | -0.01         | 0.00
    -1 x fork at 52.54 | 5 toward-zero | -52.54 | -52.50      | -52.50 | 0.04          | 0.00
    -1 x fork at 0.02  | 5             | -0.02  | 0.00        | 0.00   | 0.02          | 0.00
    -1 x fork at 52.54 | 5 total       | -52.55 | -52.55      | -52.55 | -0.01         | 0.00
  `);
  test.each(cases)('$goods, $rounding, $pays in cash: $change', (row) => {
    const cashRounding = cashRoundingOf(cell(row, 'rounding'));
    const lane = does(openLane(cashRounding === undefined ? {} : { cashRounding }), cell(row, 'goods'));
    const money = (amountMinor: number): string => decimalText(amountMinor, 2);
    const { dueMinor, cashDueMinor, totalMinor, taxes } = basketTotals(lane.basket);
    expect([money(dueMinor), money(cashDueMinor)]).toEqual([cell(row, 'due'), cell(row, 'due in cash')]);
    const { basket, events } = must(lane, commandOf(SHOP, `cash ${cell(row, 'pays')}`));
    expect(money(basket.payment?.changeMinor ?? -1)).toBe(cell(row, 'change'));
    const totals = basketTotals(basket);
    expect(money(totals.roundingMinor)).toBe(cell(row, 'rounding paid'));
    expect(totals, 'neither the total nor its tax know of it').toMatchObject({ totalMinor, taxes, dueMinor: 0, cashDueMinor: 0 });
    expect(replayBasket(basket.opening, events)).toEqual(basket);
  });

  const refused = readTable(`
    goods              | rounding | due in cash | pays   | answer
    -------------------+----------+-------------+--------+---------------
    1 x fork at 52.54  | 5        | 52.55       | 52.54  | tenderTooSmall
    1 x fork at 52.54  | 1000 up  | 60.00       | 55.00  | tenderTooSmall
    -1 x fork at 52.54 | 5        | -52.55      | -52.54 | refundMismatch
  `);
  test.each(refused)('$goods, $rounding, $pays in cash: $answer', (row) => {
    const cashRounding = cashRoundingOf(cell(row, 'rounding'));
    const lane = does(openLane(cashRounding === undefined ? {} : { cashRounding }), cell(row, 'goods'));
    const dueMinor = Math.round(Number(cell(row, 'due in cash')) * 100);
    expect(act(lane, commandOf(SHOP, `cash ${cell(row, 'pays')}`))).toMatchObject({
      ok: false,
      error: { type: cell(row, 'answer'), detail: { dueMinor } },
    });
  });

  test('what is suggested covers the rounded amount', () => {
    const cashRounding = cashRoundingOf('1000 up');
    if (cashRounding === undefined) throw new Error('the words name a rounding');
    const lane = does(openLane({ cashRounding }), '1 x fork at 52.54');
    expect(basketTotals(lane.basket).suggestedCashMinor).toEqual([10_000, 20_000]);
  });

  test('a rounding of 0 leaves no trace in the events', () => {
    const cashRounding = cashRoundingOf('5');
    if (cashRounding === undefined) throw new Error('the words name a rounding');
    const rounded = does(openLane({ cashRounding }), '1 x fork at 52.55', 'cash 60.00');
    expect(rounded.events).toEqual(does(openLane(), '1 x fork at 52.55', 'cash 60.00').events);
    expect(rounded.basket.payment).toEqual({ tenders: [{ tenderType: 'cash', amountMinor: 6_000 }], changeMinor: 745 });
  });
});

describe('an event that this basket cannot have made is a broken invariant', () => {
  const open = openBasket(OPENING);
  test.each<BasketEvent>([
    { type: 'lineVoided', lineId: '1' },
    { type: 'quantityChanged', lineId: '1', quantity: 1, amountMinor: 1 },
    { type: 'refusedCleared', lineIds: ['1'] },
    { type: 'resumed' },
    {
      type: 'rowAdded',
      row: { kind: 'refused', lineId: '5', position: 5, code: '', name: '', refusal: { type: 'unknownCode', detail: {} } },
    },
  ])('$type', (event) => {
    expect(() => applyBasketEvents(open, [event])).toThrow(InvariantError);
  });

  test('a basket in an unknown currency', () => {
    expect(() => openBasket({ ...OPENING, currency: 'XXX' })).toThrow('XXX');
  });
});
