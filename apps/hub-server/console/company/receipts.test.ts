import { expect, test } from 'vitest';

import { changedTexts } from './receipts.ts';

const THERE = { receiptHeader: '', receiptFooter: 'Thank you', receiptLegal: 'HRB 1' };

test('only what was written otherwise is published; what was emptied is said to be empty', () => {
  expect(changedTexts(THERE, THERE)).toEqual({});
  expect(changedTexts({ ...THERE, receiptHeader: 'Open', receiptFooter: '' }, THERE)).toEqual({ receiptHeader: 'Open', receiptFooter: '' });
});
