import { RECEIPT_LANGUAGES } from '@holdfast/domain';
import { afterEach, describe, expect, test } from 'vitest';

import type { ReceiptView } from '../../shared/till-contract.ts';
import { receiptToPrint } from '../devices/receipt-print.ts';
import { ASSORTMENT, createTestLane, MILK, setting, type TestLane } from '../testing/test-lane.ts';
import type { ReceiptToPrint } from '../till-ports.ts';
import { slipWords } from './slip-words.ts';
import { basketIdStartOf } from './slips.ts';

let lane: TestLane;
let printed: ReceiptToPrint[] = [];
afterEach(() => {
  lane.close();
  printed = [];
});

const openLane = (...settings: Parameters<typeof setting>[]): void => {
  lane = createTestLane([...ASSORTMENT, ...settings.map((each) => setting(...each))], undefined, (print) => void printed.push(print));
};
const lastSlip = (): ReceiptView | undefined => printed.at(-1)?.receipt();
const rowsOf = (slip: ReceiptView | undefined): readonly string[] =>
  slip === undefined
    ? []
    : receiptToPrint(slip, { locale: 'en-IE' }).blocks.map((block) =>
        block.type === 'row' ? `${block.start.trim()}: ${block.end.trim()}` : block.type === 'text' ? block.text.trim() : block.type,
      );

describe('the drawer', () => {
  test('a float, a drop, and money in and out each come out as a paper to sign', () => {
    openLane();
    lane.take({ type: 'openShift', denominations: [{ faceMinor: 1_000, count: 10 }] });
    expect(rowsOf(lastSlip())).toEqual([
      'Corner Shop',
      'Float',
      'Printed: 2026-11-20 13:00:00',
      'Lane, drawer: 1, 1',
      'Operator: 1',
      'rule',
      'Float: €100.00',
      '________________________\nSignature',
    ]);
    lane.take({ type: 'moveCash', act: 'paidOut', amountMinor: 250, reason: 'stamps' });
    expect(rowsOf(lastSlip())).toContain('Paid out: €2.50');
    expect(rowsOf(lastSlip())).toContain('Reason: stamps');
    lane.take({ type: 'moveCash', act: 'drop', amountMinor: 5_000 });
    expect(rowsOf(lastSlip())).toContain('Drops to the safe: €50.00');
    expect(printed).toHaveLength(3);
    expect(printed.every(({ opensDrawer, isReprint }) => !opensDrawer && !isReprint)).toBe(true);
  });

  test('says so in the store’s language', () => {
    openLane(['locale', 'de-DE']);
    lane.take({ type: 'openShift', denominations: [{ faceMinor: 1_000, count: 1 }] });
    expect(rowsOf(lastSlip())).toContain('Wechselgeld: €10.00');
    expect(rowsOf(lastSlip())).toContain('Bediener: 1');
  });
});

describe('a basket that was set aside', () => {
  test('has a paper whose code goes on with it', () => {
    openLane();
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'addItem', sku: 'PEAR', quantity: 2 });
    lane.take({ type: 'suspend' });
    const slip = lastSlip();
    expect(rowsOf(slip)).toEqual(expect.arrayContaining(['Set aside', 'Pieces: 3', 'Total: €2.37', 'Scan this to go on', 'qr', 'barcode']));
    const code = slip?.receiptNumber ?? '';
    lane.take({ type: 'scan', code: MILK });
    // What is open first ends.
    expect(lane.refusal({ type: 'scan', code })).toBe('basketOpen');
    lane.take({ type: 'voidSale' });
    lane.take({ type: 'scan', code: `]C0${code}` });
    expect(lane.lines().map(({ sku }) => sku)).toEqual(['MILK', 'PEAR']);
    lane.take({ type: 'payCash', amountMinor: 237 });
    // It is nobody's any more: as good as any code that nobody knows.
    expect(['unknownCode', 'malformedCode']).toContain(lane.refusal({ type: 'scan', code }));
  });

  test.each(['B-', 'B-0123456789ab-1', 'B-0123456789AB', 'R-0123456789ab', MILK])('%s is no code of such a paper', (code) => {
    openLane();
    expect(basketIdStartOf(code)).toBeUndefined();
  });
});

test.each(RECEIPT_LANGUAGES)('%s has a word of its own for each', (language) => {
  openLane();
  const [words, english] = [slipWords(language), slipWords('en')];
  const same = Object.entries(words).filter(([name, word]) => word === english[name as keyof typeof english]);
  expect(Object.values(words).every((word) => word.trim() !== '')).toBe(true);
  // Total, Terminal and Signature are the same in several languages.
  expect(language === 'en' || same.length <= 3).toBe(true);
});

test('what is to be fetched for a receipt, with its number and without prices', () => {
  openLane();
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'addItem', sku: 'APPLE', quantity: 842 });
  const receiptNumber = lane.take({ type: 'payCash', amountMinor: 1_000 }).completed?.receiptNumber ?? '';
  lane.take({ type: 'printReceipt', receiptNumber, isPickList: true });
  const rows = rowsOf(lastSlip());
  expect(rows).toEqual(expect.arrayContaining(['Pick list', '[ ] 1 × Milk 1 l', 'MILK', '[ ] 0.842 kg × Apples', 'APPLE', 'qr']));
  expect(rows.some((row) => /€|1\.19/.test(row))).toBe(false);
  expect(lastSlip()?.receiptNumber).toBe(receiptNumber);
  expect(lane.refusal({ type: 'printReceipt', receiptNumber: '1-abcd-000099', isPickList: true })).toBe('noSuchReceipt');
});
