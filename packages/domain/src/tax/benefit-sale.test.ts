/** A sale that a benefit card paid for, as whoever holds the ledger reads it. */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Fields } from '../ledger/ledger.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { commandOf, HEADER, must, openLane, readShop } from '../testing/shop.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  bread | 2.00  | piece | 7     |
`);
const BENEFIT = {
  tenderType: 'benefit',
  name: 'Benefit',
  kind: 'card',
  overTender: 'refused',
  refundTo: 'original',
  takesTips: false,
  cashBackMaximumMinor: 0,
  untaxes: true,
} as const;

function soldFields(): Fields {
  const lane = must(openLane({ taxInclusive: false }), commandOf(SHOP, '2 x bread'));
  const paid = must(must(lane, { type: 'tender', tenderType: BENEFIT, amountMinor: 100 }), { type: 'payCash', amountMinor: 321 });
  return completeSale(paid.basket, HEADER, { receiptNumber: 'L1-0011-000001' }).fields;
}

test('its line says what is untaxed, and its taxes have that without a rate', () => {
  const sale = readSale(soldFields());
  assert(sale.ok, 'it reads back');
  expect(sale.value.lines.map(({ untaxedMinor }) => untaxedMinor)).toEqual([100]);
  expect(sale.value.taxes.map(({ rateBps, netMinor, taxMinor }) => [rateBps, netMinor, taxMinor])).toEqual([
    [700, 300, 21],
    [0, 100, 0],
  ]);
});

describe('an entry is refused', () => {
  const withLine = (change: Readonly<Record<string, unknown>>): ReturnType<typeof readSale> => {
    const fields = soldFields();
    const [line] = fields['lines'] as readonly object[];
    return readSale({ ...fields, lines: [{ ...line, ...change }] } as typeof fields);
  };
  test.each([
    ['where more is untaxed than the line comes to', { untaxedMinor: 401 }, 'untaxed'],
    ['where it has another sign', { untaxedMinor: -100 }, 'untaxed'],
    ['where its taxes have another part', { untaxedMinor: 99 }, 'taxClass'],
    ['where its taxes are those of a part, and it says nothing', { untaxedMinor: null }, 'taxClass'],
  ])('%s', (_name, change, rule) => {
    expect(withLine(change)).toMatchObject({ ok: false, error: { type: 'sumMismatch', detail: { rule } } });
  });
});
