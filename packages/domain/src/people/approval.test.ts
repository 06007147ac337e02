/** Approvals in a sale: what scenarios cannot say, because a ledger can hold anything. The cases of the shop floor are scenarios/approvals.txt. */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { applyBasketEvents } from '../basket/basket-event.ts';
import { type Basket, type BasketCommand } from '../basket/basket.ts';
import type { Fields } from '../ledger/ledger.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { commandOf, HEADER, must, openLane, readShop, type Lane } from '../testing/shop.ts';
import { applyPermittedCommand, type Authority } from './approval.ts';
import { DEFAULT_GRANTS } from './permissions.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  soap  | 10.00 | piece | 19    |
  tea   | 4.00  | piece | 7     |
`);
const does = (lane: Lane, ...words: readonly string[]): Lane =>
  words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), lane);

const AUTHORITY: Authority = { operator: { user: 'kim', roles: ['cashier'] }, grants: DEFAULT_GRANTS, scopes: ['global'] };
const SAM = { user: 'sam', roles: ['supervisor'] };

function act(basket: Basket, ...commands: readonly BasketCommand[]): Basket {
  return commands.reduce((before, command) => {
    const events = applyPermittedCommand(before, command, AUTHORITY);
    assert(events.ok, `${command.type} is done`);
    return applyBasketEvents(before, events.value);
  }, basket);
}

function soldFields(): Fields {
  const { basket } = does(openLane(), 'scan soap', 'scan tea');
  const reduced = act(
    basket,
    { type: 'approve', approver: SAM, action: 'discountLine', lineId: '2', maximum: 5_000 },
    { type: 'discount', lineId: '2', off: { type: 'percent', bps: 5_000 }, reason: 'dented' },
    { type: 'payCash', amountMinor: 100_000 },
  );
  return completeSale(reduced, HEADER, { receiptNumber: '1-abcd-000001' }).fields;
}

test('a sale names who approved what, on which of its lines', () => {
  const sale = readSale(soldFields());
  assert(sale.ok, 'the sale can be read');
  expect(sale.value.approvals).toEqual([{ action: 'discountLine', approver: 'sam', line: 2, maximum: 5_000 }]);
  expect(sale.value.lines[1]?.discounts).toMatchObject([{ kind: 'manual', reference: 'line:1', reason: 'dented', approvedBy: 'sam' }]);
});

describe('an approval that says nothing sensible is refused with its entry', () => {
  test.each([
    [{ action: 'fly', approver: 'sam' }, 'approvals[0].action'],
    [{ action: 'discountLine' }, 'approvals[0].approver'],
    [{ action: 'discountLine', approver: 'sam', line: 0 }, 'approvals[0].line'],
    [{ action: 'discountLine', approver: 'sam', maximum: -1 }, 'approvals[0].maximum'],
  ])('%j: %s', (approval, field) => {
    expect(readSale({ ...soldFields(), approvals: [approval] })).toMatchObject({ ok: false, error: { detail: { field } } });
  });
});

test('a certificate in a sale is a number, never a text', () => {
  expect(readSale({ ...soldFields(), exemption: 'WI-000123' })).toMatchObject({ ok: true, value: { exemption: 'WI-000123' } });
  expect(readSale({ ...soldFields(), exemption: 'issued to Jane Doe' })).toMatchObject({
    ok: false,
    error: { detail: { field: 'exemption' } },
  });
});

test('an approval cannot be used twice: such an event is a broken invariant', () => {
  const { basket } = does(openLane(), 'scan soap');
  const approved = act(basket, { type: 'approve', approver: SAM, action: 'voidLine' });
  const used = applyBasketEvents(approved, [{ type: 'approvalUsed', approvalId: '1' }]);
  expect(() => applyBasketEvents(used, [{ type: 'approvalUsed', approvalId: '1' }])).toThrow('was not used');
});
