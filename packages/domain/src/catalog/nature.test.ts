import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { readItem } from './catalog.ts';
import { accountOf, isDiscountable, NATURES, paysOut, taxPointOf, type Nature } from './nature.ts';

describe('each kind of money that is no revenue names its tax point and its balance', () => {
  const rows = readTable(`
    nature               | deposits taxed at delivery | at payment   | balance   | pays out
    ---------------------+----------------------------+--------------+-----------+---------
    giftCard             | redemption                 | redemption   | giftCard  | yes
    singlePurposeVoucher | sale                       | sale         | voucher   | no
    multiPurposeVoucher  | redemption                 | redemption   | voucher   | no
    layawayDeposit       | delivery                   | sale         | layaway   | yes
    orderDeposit         | delivery                   | sale         | order     | yes
    donation             | never                      | never        |           | no
    tip                  | never                      | never        |           | no
    accountPayment       | earlierSale                | earlierSale  | onAccount | no
  `);
  test('all of them', () => expect(rows.map((row) => cell(row, 'nature'))).toEqual([...NATURES]));
  test.each(rows)('$nature', (row) => {
    const nature = cell(row, 'nature') as Nature;
    expect(taxPointOf(nature)).toBe(cell(row, 'deposits taxed at delivery'));
    expect(taxPointOf(nature, 'payment')).toBe(cell(row, 'at payment'));
    expect(accountOf(nature) ?? '').toBe(cell(row, 'balance'));
    expect(paysOut(nature) ? 'yes' : 'no').toBe(cell(row, 'pays out'));
    expect(isDiscountable({ nature })).toBe(false);
  });
  test('goods are discounted', () => expect(isDiscountable({})).toBe(true));
});

test('an item names one of them, and is counted in pieces', () => {
  const fields = { name: 'Gift card', taxClass: 'standard', unit: 'piece', nature: 'giftCard' };
  expect(readItem('G', fields)).toMatchObject({ ok: true, value: { nature: 'giftCard' } });
  expect(readItem('G', { ...fields, nature: 'lottery' })).toMatchObject({ ok: false, error: { detail: { field: 'nature' } } });
  expect(readItem('G', { ...fields, unit: 'gram' })).toMatchObject({ ok: false, error: { detail: { field: 'unit' } } });
});
