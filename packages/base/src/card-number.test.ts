import { describe, expect, test } from 'vitest';

import { findCardNumbers, hasCardNumber, isLuhnValid } from './card-number.ts';

describe('what looks like a card number', () => {
  test.each([
    ['Visa', '4111111111111111'],
    ['Visa, in groups', 'card 4111 1111 1111 1111 was read'],
    ['Mastercard', 'pan=5555555555554444;'],
    ['Mastercard of the second range', '2223003122003222'],
    ['American Express', '{"pan":"378282246310005"}'],
    ['Diners', '36227206271667'],
    ['Maestro', '6759649826438453'],
    ['JCB, with hyphens', '3530-1113-3330-0000'],
    ['UnionPay of nineteen digits', '6205500000000000004'],
  ])('%s is found', (_, text) => {
    expect(findCardNumbers(text)).toEqual([text.replaceAll(/\D/g, '')]);
  });

  test.each([
    ['a wrong check digit', '4111111111111112'],
    ['masked', '411111******1111'],
    ['an EAN-13 of a German shop', '4006381333931'],
    ['a moment in milliseconds', '1781234567890123'],
    ['a longer run of digits', '411111111111111141111111'],
    ['an amount with decimals', '12.4111111111111111'],
    ['a part of a hash', 'a4111111111111111f'],
    ['no scheme issues it', '9111111111111110'],
  ])('%s is none', (_, text) => {
    expect(hasCardNumber(text)).toBe(false);
  });

  test('Luhn, by the example of ISO/IEC 7812', () => {
    expect(isLuhnValid('79927398713')).toBe(true);
    expect([...'0124567899'].filter((digit) => digit !== '3').every((digit) => !isLuhnValid(`7992739871${digit}`))).toBe(true);
  });
});
