import { CASH, type Basket } from '@holdfast/domain';
import { describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { createTestLane, MILK } from '../testing/test-lane.ts';
import { createBasketJournal } from './basket-journal.ts';
import { isOpenBasketChange } from './open-basket-change.ts';

const override = { unitPrice: { amount: 100, decimals: 2 }, reason: 'damaged' };

describe('goods into and out of an open basket are no more than that', () => {
  test.each<RequestBody>([
    { type: 'scan', code: MILK, scannedAtMs: 1 },
    { type: 'scan', code: MILK, quantity: 3, typedDecimals: 0, confirmed: true },
    { type: 'addPlu', plu: '4011', quantity: 842, typedDecimals: 3, tare: 20, tareDecimals: 3 },
    { type: 'addItem', sku: MILK },
    { type: 'setQuantity', lineId: '1', quantity: 2, confirmed: true },
    { type: 'clearRefused' },
    { type: 'clearRefused', lineId: '1' },
  ])('%j', (body) => expect(isOpenBasketChange(body, null)).toBe(true));
});

describe('where money moves or somebody answers for something, it is durable', () => {
  test.each<RequestBody>([
    { type: 'scan', code: MILK, override },
    { type: 'scan', code: MILK, quantity: -1 },
    { type: 'scan', code: MILK, quantity: -1, returnOf: '1-abcd-000001' },
    { type: 'scan', code: MILK, vouched: ['useBy'] },
    { type: 'addItem', sku: 'gift-card', on: '4711', worthMinor: 5_000 },
    { type: 'setQuantity', lineId: '1', quantity: -2 },
    { type: 'setQuantity', lineId: '1', quantity: 2, vouched: ['saleHours'] },
    { type: 'overridePrice', lineId: '1', override },
    { type: 'voidLine', lineId: '1' },
    { type: 'confirmAge', method: 'document' },
    { type: 'voidSale' },
    { type: 'suspend' },
    { type: 'payCash', amountMinor: 500 },
    { type: 'refund' },
  ])('%j', (body) => expect(isOpenBasketChange(body, null)).toBe(false));

  test('so is less of a line: what is taken off stands in the ledger', () => {
    const lane = createTestLane();
    const basket = (): Basket | null => createBasketJournal(lane.db).openBasket(() => '', 0).basket;
    const setTo = (quantity: number): RequestBody => ({ type: 'setQuantity', lineId: '1', quantity });
    lane.take({ type: 'scan', code: MILK, quantity: 3 });
    expect([setTo(4), setTo(3), setTo(2)].map((body) => isOpenBasketChange(body, basket()))).toEqual([true, true, false]);
    const { waitingEntries } = lane.state().status;
    lane.take(setTo(4));
    expect(lane.state().status.waitingEntries).toBe(waitingEntries);
    lane.take(setTo(1));
    expect(lane.state().status.waitingEntries).toBe(waitingEntries + 1);
    lane.close();
  });

  test('so is a line that comes back and is sold instead: it is taken off', () => {
    const lane = createTestLane();
    lane.take({ type: 'scan', code: MILK, quantity: -2 });
    const { waitingEntries } = lane.state().status;
    lane.take({ type: 'setQuantity', lineId: '1', quantity: 3 });
    expect(lane.lines()).toMatchObject([{ quantity: { value: 3 }, amountMinor: 357 }]);
    expect(lane.state().status.waitingEntries).toBe(waitingEntries + 1);
    lane.close();
  });

  test('so is whatever comes into a basket that is paid in part', () => {
    const lane = createTestLane();
    const basket = (): Basket | null => createBasketJournal(lane.db).openBasket(() => '', 0).basket;
    const more: RequestBody = { type: 'scan', code: MILK };
    lane.take(more);
    expect(isOpenBasketChange(more, basket())).toBe(true);
    lane.take({ type: 'tender', tenderType: CASH.tenderType, amountMinor: 1 });
    expect(isOpenBasketChange(more, basket())).toBe(false);
    lane.close();
  });
});
