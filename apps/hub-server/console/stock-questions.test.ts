import { expect, test } from 'vitest';

import { questionSchema } from './stock-question-list.ts';

const QUESTION = {
  countNo: 9,
  entryNo: 12,
  store: '1',
  sku: 'DA-105',
  unit: 'piece',
  moved: -2,
  counted: 40,
  countedAtMs: 5,
  device: 'd-1',
  lane: 2,
  epoch: '8f3a1c90d2e4b657',
  seq: 4,
  kind: 1,
  receiptNumber: null,
  atMs: null,
  receivedAtMs: 7,
  decision: null,
};

test('K-3: what the hub asks is read as it tells it, of a movement without a receipt too; what is none is refused', () => {
  expect(questionSchema.parse(QUESTION)).toMatchObject({ countNo: 9, moved: -2, receiptNumber: null });
  expect(questionSchema.safeParse({ ...QUESTION, unit: 'dozen' }).success).toBe(false);
  expect(questionSchema.safeParse({ ...QUESTION, moved: 0.5 }).success).toBe(false);
});
