import { describe, expect, test } from 'vitest';

import { PRICE_TYPES, type ScheduledPrice } from '../catalog/catalog.ts';
import { parseUnitPrice } from '../money/money.ts';
import { cell, readTable, type TableRow } from '../testing/table.ts';
import { chooseAgain, choosePrice, explainPrices, priceChoices } from './pricing.ts';

/** Times are hours of one day; a store in zone 1. */
const SCOPES = ['global', 'zone:1', 'store:1'];
const HOUR_MS = 3_600_000;

function priceOf(row: TableRow): ScheduledPrice {
  const [amount = '', currency = 'EUR'] = cell(row, 'price').split(' ');
  const price = parseUnitPrice(amount);
  const type = PRICE_TYPES.find((known) => known === cell(row, 'type'));
  if (!price.ok || type === undefined) throw new Error('the table names a price and its type');
  const from = cell(row, 'from');
  const to = cell(row, 'to');
  return {
    sku: 'milk',
    scope: cell(row, 'scope'),
    type,
    price: price.value,
    currency,
    ...(from !== '' && { fromMs: Number(from) * HOUR_MS }),
    ...(to !== '' && { toMs: Number(to) * HOUR_MS }),
    priority: Number(cell(row, 'priority')),
  };
}

/** `at` is the hour asked for; `*` marks the price that must hold then. */
const CHAPTERS: Readonly<Record<string, { readonly at: number; readonly prices: string }>> = {
  'the only one': {
    at: 12,
    prices: `
      holds | price | scope  | type    | priority | from | to
      *     | 1.19  | global | regular | 0        |      |
    `,
  },
  'not before it starts': {
    at: 7,
    prices: `
      holds | price | scope  | type        | priority | from | to
      *     | 1.19  | global | regular     | 0        |      |
            | 0.99  | global | promotional | 0        | 8    | 20
    `,
  },
  'from the very moment it starts': {
    at: 8,
    prices: `
      holds | price | scope  | type        | priority | from | to
            | 1.19  | global | regular     | 0        |      |
      *     | 0.99  | global | promotional | 0        | 8    | 20
    `,
  },
  'not at the moment it ends': {
    at: 20,
    prices: `
      holds | price | scope  | type        | priority | from | to
      *     | 1.19  | global | regular     | 0        |      |
            | 0.99  | global | promotional | 0        | 8    | 20
    `,
  },
  'priority before everything': {
    at: 12,
    prices: `
      holds | price | scope   | type      | priority | from | to
      *     | 1.49  | global  | regular   | 5        |      |
            | 0.49  | store:1 | clearance | 4        | 11   | 13
    `,
  },
  'clearance before promotional before regular': {
    at: 12,
    prices: `
      holds | price | scope   | type        | priority | from | to
            | 1.19  | store:1 | regular     | 0        |      |
            | 0.79  | store:1 | promotional | 0        |      |
      *     | 0.99  | global  | clearance   | 0        |      |
    `,
  },
  'the narrowest scope': {
    at: 12,
    prices: `
      holds | price | scope   | type    | priority | from | to
            | 1.19  | global  | regular | 0        | 11   |
            | 1.25  | zone:1  | regular | 0        | 10   |
      *     | 1.29  | store:1 | regular | 0        |      |
    `,
  },
  'the latest start': {
    at: 12,
    prices: `
      holds | price | scope  | type    | priority | from | to
            | 1.19  | global | regular | 0        |      |
            | 1.09  | global | regular | 0        | 9    |
      *     | 1.29  | global | regular | 0        | 10   |
    `,
  },
  'the lowest amount, whatever its decimals': {
    at: 12,
    prices: `
      holds | price | scope  | type    | priority | from | to
            | 1.2   | global | regular | 0        | 9    |
      *     | 1.195 | global | regular | 0        | 9    |
            | 1.20  | global | regular | 0        | 9    |
    `,
  },
  'never that of another store or zone': {
    at: 12,
    prices: `
      holds | price | scope   | type    | priority | from | to
            | 0.10  | store:2 | regular | 9        |      |
            | 0.20  | zone:2  | regular | 9        |      |
      *     | 1.19  | global  | regular | 0        |      |
    `,
  },
  'never one in another currency': {
    at: 12,
    prices: `
      holds | price    | scope   | type    | priority | from | to
            | 0.10 USD | store:1 | regular | 9        |      |
      *     | 1.19     | global  | regular | 0        |      |
    `,
  },
  'none where none is valid': {
    at: 12,
    prices: `
      holds | price | scope  | type    | priority | from | to
            | 1.19  | global | regular | 0        | 13   |
            | 1.19  | global | regular | 0        |      | 12
    `,
  },
};

describe('the price that holds is', () => {
  test.each(Object.entries(CHAPTERS))('%s', (_, { at, prices }) => {
    const rows = readTable(prices);
    const marked = rows.find((row) => cell(row, 'holds') === '*');
    const question = { atMs: at * HOUR_MS, scopes: SCOPES, currency: 'EUR' };
    const expected = marked === undefined ? undefined : priceOf(marked);
    expect(choosePrice(rows.map(priceOf), question)).toEqual(expected);
    expect(choosePrice(rows.map(priceOf).toReversed(), question)).toEqual(expected);
  });
});

describe('a pack has the price of its own', () => {
  const PRICES = `
    price | type        | scope   | of | group | to
    0.99  | regular     | global  |    |       |
    5.00  | pack        | global  | 6  |       |
    4.80  | pack        | store:1 | 6  |       | 12
    9.00  | pack        | global  | 12 |       |
    0.85  | quantityBreak | global | 12 |      |
    0.50  | promotional | global  |    |       | 8
  `;
  const prices = readTable(PRICES).map((row): ScheduledPrice => ({
    ...priceOf({ ...row, priority: '0', from: '' }),
    ...(cell(row, 'of') !== '' && { fromQuantity: Number(cell(row, 'of')) }),
  }));
  const CASES = `
    hour | pack | pieces | comes to | why
    20   |      | 6      | 0.99     | six that came one by one are no pack
    20   | 6    | 6      | 0.833334 | a sixth of 5.00
    10   | 6    | 6      | 0.8      | the store has its own
    20   | 6    | 12     | 0.833334 | two packs; the break from 12 is dearer
    20   | 6    | 7      | 0.99     | what is no whole pack is sold by the piece
    20   | 6    | -6     | 0.833334 | what comes back, too
    20   | 12   | 12     | 0.75     | each pack has its own
    20   | 24   | 24     | 0.85     | a pack without a price is so many pieces
    7    | 6    | 6      | 0.5      | six on offer are cheaper
  `;
  test.each(readTable(CASES))('$why', (row) => {
    const [units, quantity] = [Number(cell(row, 'pack')), Number(cell(row, 'pieces'))];
    const question = { atMs: Number(cell(row, 'hour')) * HOUR_MS, scopes: SCOPES, currency: 'EUR', ...(units > 0 && { packUnits: units }) };
    const wanted = parseUnitPrice(cell(row, 'comes to'));
    const choice = chooseAgain(priceChoices(prices, question), { quantity });
    const minor = (price: { readonly amount: number; readonly decimals: number } | undefined): number | undefined =>
      price && price.amount * 10 ** (6 - price.decimals);
    expect(minor(choice?.unitPrice)).toBe(minor(wanted.ok ? wanted.value : undefined));
    const chosen = choosePrice(prices, { ...question, quantity });
    expect([chosen?.type, chosen?.fromQuantity]).toEqual([choice?.type, choice?.fromQuantity]);
    const told = explainPrices(prices, { ...question, quantity });
    expect(told[0]).toEqual({ price: chosen });
    expect(told.filter(({ reason }) => reason === undefined)).toHaveLength(1);
  });
});
