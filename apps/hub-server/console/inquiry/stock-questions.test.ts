import { expect, test } from 'vitest';

import { answerSchema } from '../hub-client.ts';

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
  decidedBy: null,
  decidedAtMs: null,
};

test('K-3: what the hub asks is read as it tells it, of a movement without a receipt too; what is none is refused', () => {
  const read = (question: object) => answerSchema('getStockQuestions').safeParse({ questions: [question] });
  expect(read(QUESTION).data).toEqual({ questions: [QUESTION] });
  expect(read({ ...QUESTION, unit: 'dozen' }).success).toBe(false);
  expect(read({ ...QUESTION, moved: 0.5 }).success).toBe(false);
});
