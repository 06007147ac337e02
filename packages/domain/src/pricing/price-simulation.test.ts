import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { netMinorOf } from '../basket/line-discount.ts';
import { PRICE_TYPES, type ScheduledPrice } from '../catalog/catalog.ts';
import { lineAmountMinor, parseUnitPrice } from '../money/money.ts';
import { preparePromotions } from '../promotions/prepare.ts';
import { minor, readRules } from '../promotions/testing/shop-floor.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { CUT, HEADER } from '../testing/shop.ts';
import { type SimulationTerms, simulateSale } from './price-simulation.ts';

const AT_MS = Date.parse('2026-11-20T10:00:00Z');

/** `2 milk 1.19; 1 tea 3.00 override; 1 milk 0.99 promotional off 0.20`. */
function linesOf(text: string): readonly SaleLine[] {
  return text.split(';').map((part) => {
    const [count = '', sku = '', price = '', ...words] = part.trim().split(' ');
    const unitPrice = parseUnitPrice(price);
    assert(unitPrice.ok, price);
    const quantity = { value: Number(count), unit: 'piece' } as const;
    const amount = lineAmountMinor(quantity, unitPrice.value, 2);
    assert(amount.ok, part);
    const off = words.includes('off') ? minor(words[words.indexOf('off') + 1] ?? '') : 0;
    return {
      sku,
      quantity,
      unitPrice: unitPrice.value,
      priceType: PRICE_TYPES.find((type) => words.includes(type)) ?? 'regular',
      amountMinor: amount.value,
      ...(off > 0 && { discounts: [{ kind: 'manual' as const, reference: 'damaged', amountMinor: -off }] }),
      taxClass: 'standard',
      taxRateBps: 1_900,
      stockQuantity: quantity.value,
    };
  });
}

function saleOf(text: string, customer: string): Sale {
  const lines = linesOf(text);
  return {
    ...HEADER,
    basketId: 'b',
    currency: 'EUR',
    cut: CUT,
    lines,
    totalMinor: lines.reduce((sum, line) => sum + netMinorOf(line), 0),
    receiptNumber: '1-abcd-000001',
    taxInclusive: true,
    taxes: [],
    tenders: [],
    changeMinor: 0,
    ...(customer !== '' && { customer }),
  };
}

/** `milk 0.89`, `milk 0.89 member`: what is written anew. */
function changedOf(text: string): ScheduledPrice {
  const [sku = '', amount = '', type = 'regular'] = text.split(' ');
  const price = parseUnitPrice(amount);
  assert(price.ok, text);
  const known = PRICE_TYPES.find((each) => each === type);
  assert(known !== undefined, type);
  return { sku, scope: 'global', type: known, price: price.value, currency: 'EUR', priority: 0 };
}

const RULES = readRules(`
  promotion | goods    | offer          | stands
  three     | sku milk | set 3 for 2.50 | best
`);

function simulated(sold: string, change: string, rules: string, customer: string): string {
  const changed = changedOf(change);
  const terms: SimulationTerms = {
    place: { store: '1', scopes: ['global', 'zone:1', 'store:1'], timeZone: 'Europe/Berlin' },
    prices: new Map([[changed.sku, { all: [changed], changed: new Set([changed]) }]]),
    goods: new Map(),
    prepared: preparePromotions(rules === '' ? [] : RULES),
    groupsOf: () => [],
    atMs: AT_MS,
  };
  const answer = simulateSale(saleOf(sold, customer), terms);
  return answer === undefined ? 'nothing' : [answer.soldMinor, answer.beforeMinor, answer.afterMinor].join(' ');
}

describe('what a sale would have come to: sold, before, after', () => {
  test.each`
    sold                           | change                     | rules      | customer | says
    ${'2 milk 1.19; 1 tea 3.00'}   | ${'milk 0.89'}             | ${''}      | ${''}    | ${'538 538 478'}
    ${'1 tea 3.00'}                | ${'milk 0.89'}             | ${''}      | ${''}    | ${'nothing'}
    ${'1 milk 1.50 override'}      | ${'milk 0.89'}             | ${''}      | ${''}    | ${'nothing'}
    ${'1 milk 1.50 label'}         | ${'milk 0.89'}             | ${''}      | ${''}    | ${'nothing'}
    ${'-1 milk 1.19; 1 milk 1.19'} | ${'milk 0.89'}             | ${''}      | ${''}    | ${'0 0 -30'}
    ${'1 milk 0.79 promotional'}   | ${'milk 0.89'}             | ${''}      | ${''}    | ${'nothing'}
    ${'1 milk 0.99 promotional'}   | ${'milk 0.89 promotional'} | ${''}      | ${''}    | ${'99 99 89'}
    ${'1 milk 1.19'}               | ${'milk 0.89 member'}      | ${''}      | ${''}    | ${'nothing'}
    ${'1 milk 1.19'}               | ${'milk 0.89 member'}      | ${''}      | ${'ann'} | ${'119 119 89'}
    ${'1 milk 1.19 off 0.20'}      | ${'milk 0.89'}             | ${''}      | ${''}    | ${'99 99 69'}
    ${'3 milk 1.19'}               | ${'milk 0.89'}             | ${'three'} | ${''}    | ${'357 250 250'}
    ${'3 milk 1.19'}               | ${'milk 0.79'}             | ${'three'} | ${''}    | ${'357 250 237'}
    ${'4 milk 1.19'}               | ${'milk 0.89'}             | ${'three'} | ${''}    | ${'476 369 339'}
  `('$sold; $change ($rules $customer): $says', ({ sold, change, rules, customer, says }: Readonly<Record<string, string>>) => {
    expect(simulated(sold ?? '', change ?? '', rules ?? '', customer ?? '')).toBe(says);
  });

  test('each line says what it adds to the difference', () => {
    const changed = changedOf('milk 0.89');
    const answer = simulateSale(saleOf('2 milk 1.19; 1 tea 3.00', ''), {
      place: { store: '1', scopes: ['global'], timeZone: 'Europe/Berlin' },
      prices: new Map([['milk', { all: [changed], changed: new Set([changed]) }]]),
      goods: new Map(),
      prepared: preparePromotions([]),
      groupsOf: () => [],
      atMs: AT_MS,
    });
    expect(answer?.lines.map(({ sku, isRepriced, beforeMinor, afterMinor }) => [sku, isRepriced, beforeMinor, afterMinor])).toEqual([
      ['milk', true, 238, 178],
      ['tea', false, 300, 300],
    ]);
  });
});
