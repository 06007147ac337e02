/** Who may do what at the lane: the table of its catalogue, asked before anything is done. */
import { assert } from '@holdfast/base';
import { grantKey, type Action } from '@holdfast/domain';
import { afterEach, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, MILK, publish, setting, type PublishedEntity, type TestLane } from './testing/test-lane.ts';

const grant = (role: string, action: Action, fields: Readonly<Record<string, boolean | number>>, scope = 'global'): PublishedEntity => ({
  type: 'roleGrant',
  key: grantKey(role, action),
  scope,
  fields: { isAllowed: true, ...fields },
});
const CASHIER: PublishedEntity = { type: 'staff', key: '1', fields: { roles: 'cashier' } };

let lane: TestLane;
const openLane = (...more: readonly PublishedEntity[]): void => {
  lane = createTestLane([...ASSORTMENT, ...more]);
};
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const SCAN: RequestBody = { type: 'scan', code: MILK };
const OFF = (bps: number): RequestBody => ({ type: 'discount', lineId: '1', off: { type: 'percent', bps }, reason: 'dented' });
const total = (): number => lane.state().head.totals.totalMinor;

test('while nobody is on the staff, the lane’s one operator may everything that a manager may', () => {
  openLane();
  lane.take(SCAN);
  lane.take({ type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 1, decimals: 2 }, reason: 'dented' } });
  lane.take(OFF(10_000));
  expect(total()).toBe(0);
  lane.take({ type: 'voidSale' });
  lane.take({ type: 'scan', code: MILK, quantity: -1 });
  lane.take({ type: 'adjustStock', reason: 'damaged', movements: [{ sku: 'MILK', quantity: 999_999_999, unit: 'piece' }] });
});

test('a cashier is refused what is beyond, nothing changes, and no red row stays', () => {
  openLane(CASHIER);
  lane.take(SCAN);
  for (const body of [
    OFF(1_001),
    { type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 1, decimals: 2 }, reason: 'dented' } },
    { type: 'scan', code: MILK, quantity: -1 },
    { type: 'adjustStock', reason: 'damaged', movements: [{ sku: 'MILK', quantity: 1, unit: 'piece' }] },
  ] satisfies readonly RequestBody[]) {
    expect(lane.refusal(body), body.type).toBe('approvalNeeded');
  }
  expect(lane.lines()).toHaveLength(1);
  expect(total()).toBe(119);
  lane.take(OFF(1_000));
  expect(total()).toBe(107);
  lane.take({ type: 'removeDiscount', discountId: '1' });
  expect(total()).toBe(119);
});

test('the store’s own grant goes before the company’s; what nobody there may is not allowed', () => {
  openLane(
    CASHIER,
    grant('cashier', 'voidLine', {}),
    grant('cashier', 'voidLine', { isAllowed: false }, 'store:1'),
    grant('cashier', 'voidSale', {}, 'store:2'),
  );
  lane.take(SCAN);
  expect(lane.refusal({ type: 'voidLine', lineId: '1' })).toBe('notAllowed');
  expect(lane.refusal({ type: 'voidSale' })).toBe('notAllowed');
  expect(lane.lines()).toHaveLength(1);
});

test('who may not undo a sale may not give its card back for that either; who may, does both', () => {
  const sold = { receiptNumber: '1-abcd-000001' } as const;
  const bodies: readonly RequestBody[] = [
    { type: 'reverseTender', ...sold, tender: 1 },
    { type: 'postVoid', ...sold },
  ];
  openLane(
    { type: 'staff', key: '1', fields: { roles: 'cashier' } },
    { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } },
  );
  lane.take(SCAN);
  lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 });
  const before = lane.store.waiting().entries;
  for (const body of bodies) expect(lane.refusal(body)).toBe('approvalNeeded');
  expect(lane.store.waiting().entries).toBe(before);
  publish(lane.store, [{ type: 'staff', key: '1', fields: { roles: 'supervisor' } }]);
  for (const body of bodies) lane.take(body);
  // The right to undo it, the card's money, and the undoing.
  expect(lane.store.waiting().entries).toBe(before + 3);
});

test('a customer with a certificate owes no tax, and pays without it what includes it', () => {
  openLane(setting('exemptPrices', 'withoutTax'), {
    type: 'customer',
    key: 'c-1',
    fields: { exemptionCertificate: 'DIPL-7', exemptionTo: '2999-01-01' },
  });
  lane.take(SCAN);
  lane.take({ type: 'setCustomer', customerId: 'c-1' });
  expect(total()).toBe(111);
  lane.take({ type: 'clearCustomer' });
  expect(total()).toBe(119);
  lane.take({ type: 'exempt', certificate: 'DIPL-8' });
  const { completed } = lane.take({ type: 'payCash', amountMinor: 111 });
  const { receipt } = lane.take({ type: 'receipt', receiptNumber: completed?.receiptNumber ?? '' });
  expect(JSON.stringify(receipt)).toContain('["Tax exempt","DIPL-8"]');
});
