import { describe, expect, test } from 'vitest';

import { lastFourOf, toCardFacts } from './card-facts.ts';
import { decimalToMinor, minorToDecimal } from './decimal-amount.ts';

const NOTHING = {
  terminalId: undefined,
  transactionId: undefined,
  authorisation: undefined,
  brand: undefined,
  lastFour: undefined,
  applicationId: undefined,
  entry: undefined,
};

describe('of what a terminal says of a card', () => {
  test('each field is kept in its own form', () => {
    const said = {
      terminalId: 'V400m-324688179',
      transactionId: 'BV0q001643892070000.VK9DRSLLRCQ2WN82',
      authorisation: ' 123456 ',
      brand: 'girocard',
      lastFour: '0004',
      applicationId: 'A0000000041010',
      entry: 'chip',
    };
    expect(toCardFacts(said)).toEqual({ ...said, authorisation: '123456' });
  });

  test.each([
    ['a card number as its name', { transactionId: '4111111111111111' }],
    ['a card number in its brand', { brand: 'Visa 4111 1111 1111 1111' }],
    ['more than four digits', { lastFour: '11111' }],
    ['another entry than a card has', { entry: 'telepathy' }],
    ['an authorisation that is a sentence', { authorisation: 'call the bank' }],
  ])('%s is left out', (_, said) => {
    expect(toCardFacts({ ...NOTHING, ...said })).toEqual({});
  });

  test.each([
    ['411111 **** 1111', '1111'],
    ['411111******1111', '1111'],
    ['eeeeeeeeeeee1111', '1111'],
    ['eeeeeeeeeeeee1111F', '1111'],
    ['4111111111111111', undefined],
    ['1111', undefined],
    ['****', undefined],
  ])('%s ends with %s', (masked, lastFour) => {
    expect(lastFourOf(masked)).toBe(lastFour);
  });
});

describe('amounts as decimals', () => {
  test.each([
    [1_099, 2, 10.99],
    [5, 2, 0.05],
    [0, 2, 0],
    [-250, 2, -2.5],
    [1_099, 0, 1_099],
    [1, 3, 0.001],
    [900_000_000_000, 2, 9_000_000_000],
  ])('%i with %i decimals is %f, and back', (minor, digits, decimal) => {
    expect(minorToDecimal(minor, digits)).toBe(decimal);
    expect(decimalToMinor(decimal, digits)).toBe(minor);
  });

  test('what is no amount of the currency is none', () => {
    expect(decimalToMinor(10.999, 2)).toBeUndefined();
    expect(decimalToMinor(0.5, 0)).toBeUndefined();
    expect(decimalToMinor(Number.NaN, 2)).toBeUndefined();
    expect(decimalToMinor(1e21, 2)).toBeUndefined();
  });
});
