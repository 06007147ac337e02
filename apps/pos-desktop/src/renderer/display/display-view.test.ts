import { expect, test } from 'vitest';

import type { BasketHead, LineView, Status } from '../../shared/till-contract.ts';
import { displayOf } from './display-view.ts';

const TOTALS: BasketHead['totals'] = {
  itemCount: 1,
  subtotalMinor: 129,
  taxInclusive: true,
  taxes: [],
  totalMinor: 129,
  dueMinor: 129,
  suggestedCashMinor: [],
};
const HEAD: BasketHead = { basketId: 'b', currency: 'EUR', minorDigits: 2, totals: TOTALS, ageCheckOpen: false, refusedRows: 0 };
const MILK: LineView = { lineId: '1', position: 1, kind: 'item', name: 'Milk', amountMinor: 129 };
const REFUSED: LineView = {
  lineId: '2',
  position: 2,
  kind: 'refused',
  name: 'Recalled cheese',
  refusal: { type: 'goodsRecalled', detail: {} },
};
const STATUS = { storeName: 'Corner Shop' } as Status;
const COMPLETED = { receiptNumber: '1-abcd-000001', totalMinor: 129, cashMinor: 200, changeMinor: 71, atMs: 0 };

test('before the till has spoken nobody is welcomed', () => {
  expect(displayOf({ head: undefined, lines: [], status: undefined })).toEqual({ type: 'connecting' });
});

test('an empty basket welcomes in the store’s name', () => {
  expect(displayOf({ head: HEAD, lines: [], status: STATUS })).toEqual({ type: 'idle', storeName: 'Corner Shop' });
});

test('the sale as it comes; what was refused is between cashier and goods', () => {
  expect(displayOf({ head: HEAD, lines: [MILK, REFUSED], status: STATUS })).toMatchObject({ type: 'sale', lines: [MILK], paidMinor: 0 });
  expect(displayOf({ head: HEAD, lines: [REFUSED], status: STATUS })).toMatchObject({ type: 'idle' });
});

test('what was paid of it so far', () => {
  const tenders = [{ tenderId: '1', tenderType: 'card', name: 'Card', amountMinor: 100 }];
  expect(displayOf({ head: { ...HEAD, tenders }, lines: [MILK], status: STATUS })).toMatchObject({ type: 'sale', paidMinor: 100 });
});

test('the change stands until the next line comes', () => {
  const head = { ...HEAD, completed: COMPLETED };
  expect(displayOf({ head, lines: [], status: STATUS })).toMatchObject({ type: 'completed', completed: { changeMinor: 71 } });
  expect(displayOf({ head, lines: [MILK], status: STATUS })).toMatchObject({ type: 'sale' });
});
