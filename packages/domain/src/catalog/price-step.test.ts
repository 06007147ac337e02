import { expect, test } from 'vitest';

import { decimalText, parseUnitPrice } from '../money/money.ts';
import { isPriceStep, stepPrice } from './price-step.ts';

/** Price, percent in hundredths, ending, decimals of the currency, what it becomes. */
test.each([
  ['1.99', 500, undefined, 2, '2.09'],
  ['1.99', -1_000, undefined, 2, '1.79'],
  ['0.01', -5_000, undefined, 2, '0.01'],
  ['0.01', -9_999, undefined, 2, '0.01'],
  ['1.599', 250, undefined, 2, '1.639'],
  ['1.99', 500, '9', 2, '2.09'],
  ['2.00', 500, '9', 2, '2.09'],
  ['2.00', 500, '99', 2, '1.99'],
  ['2.40', 500, '99', 2, '2.99'],
  ['2.38', 500, '99', 2, '2.99'],
  ['2.37', 500, '99', 2, '2.99'],
  ['2.36', 500, '99', 2, '1.99'],
  ['0.20', -5_000, '99', 2, '0.99'],
  ['0.02', 0, '0', 2, '0.10'],
  ['1.04', 0, '0', 2, '1.00'],
  ['1.05', 0, '0', 2, '1.10'],
  ['1.5', 1_000, '5', 2, '1.65'],
  ['1.599', 0, '9', 2, '1.59'],
  ['498', 300, '8', 0, '518'],
  ['0.00', 500, '9', 2, '0.00'],
  ['0.000', 500, undefined, 2, '0.000'],
] as const)('%s by %i, ending in %s, of %i decimals: %s', (text, percentBps, ending, minorDigits, becomes) => {
  const price = parseUnitPrice(text);
  if (!price.ok) throw new Error(text);
  const stepped = stepPrice(price.value, { percentBps, ...(ending !== undefined && { ending }) }, minorDigits);
  expect(stepped && decimalText(stepped.amount, stepped.decimals)).toBe(becomes);
});

test('what is no price any more is none', () => {
  expect(stepPrice({ amount: 900_000_000_000, decimals: 2 }, { percentBps: 5_000 }, 2)).toBe(undefined);
});

test.each([
  [-9_999, undefined, true],
  [-10_000, undefined, false],
  [1_000_000, '999', true],
  [1_000_001, undefined, false],
  [0.5, undefined, false],
  [0, '', false],
  [0, '9999', false],
  [0, 'x9', false],
] as const)('%s and %s make a step: %s', (percentBps, ending, isOne) => {
  expect(isPriceStep({ percentBps, ...(ending !== undefined && { ending }) })).toBe(isOne);
});
