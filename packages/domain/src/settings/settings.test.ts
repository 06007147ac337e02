import { describe, expect, test } from 'vitest';

import { readSettings } from './settings.ts';

const GOOD = { currency: 'EUR', taxInclusive: 'true', timeZone: 'Europe/Berlin' };
const read = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  readSettings(new Map(Object.entries({ ...GOOD, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined)));

describe("a store's settings", () => {
  test('have defaults where a guess does no harm', () => {
    expect(read()).toEqual({
      ok: true,
      value: {
        settings: {
          currency: 'EUR',
          taxInclusive: true,
          taxRounding: 'half-up',
          timeZone: 'Europe/Berlin',
          storeName: '',
          storeAddress: '',
          receiptFooter: '',
          quantityAskAbove: 999,
          locale: 'en',
        },
        faults: [],
      },
    });
  });

  test('know how taxes are rounded, and say nothing where that is the default', () => {
    expect(read({ taxRoundingBasis: 'line', includedTaxHalf: 'net', fixedTaxReturns: 'kept' })).toMatchObject({
      ok: true,
      value: { settings: { taxPolicy: { basis: 'line', includedHalf: 'net', fixedTaxReturns: 'kept' } }, faults: [] },
    });
    const asEver = read({ taxRoundingBasis: 'taxClass', includedTaxHalf: 'tax', fixedTaxReturns: 'mirrored' });
    expect(asEver).toEqual(read());
    expect(read({ taxRoundingBasis: 'receipt', fixedTaxReturns: 'kept' })).toMatchObject({
      ok: true,
      value: {
        settings: { taxPolicy: { basis: 'taxClass', fixedTaxReturns: 'kept' } },
        faults: [{ type: 'badSetting', detail: { key: 'taxRoundingBasis', value: 'receipt' } }],
      },
    });
  });

  test('are taken as they are written', () => {
    const answer = read({ taxInclusive: 'false', taxRounding: 'half-even', storeName: 'Corner', quantityAskAbove: '50', locale: 'de-CH' });
    expect(answer).toMatchObject({
      ok: true,
      value: {
        settings: { taxInclusive: false, taxRounding: 'half-even', storeName: 'Corner', quantityAskAbove: 50, locale: 'de-CH' },
        faults: [],
      },
    });
  });

  test.each([
    [{}, undefined],
    [{ cashRoundingStep: '1', cashRoundingMode: 'up' }, undefined],
    [{ cashRoundingMode: 'up' }, undefined],
    [{ cashRoundingStep: '5' }, { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' }],
    [
      { cashRoundingStep: '1000', cashRoundingMode: 'half-down', cashRoundingScope: 'total', cashRoundingRefunds: 'toward-zero' },
      { stepMinor: 1_000, mode: 'half-down', scope: 'total', refunds: 'toward-zero' },
    ],
  ])('round cash where they name a step: %o', (values, cashRounding) => {
    const answer = read(values);
    expect(answer).toMatchObject({ ok: true, value: { faults: [] } });
    expect(answer.ok && answer.value.settings.cashRounding).toEqual(cashRounding);
  });

  test.each([
    ['cashRoundingStep', '3', undefined],
    ['cashRoundingStep', '0', undefined],
    ['cashRoundingStep', '-5', undefined],
    ['cashRoundingStep', '0.05', undefined],
    ['cashRoundingStep', '2000000', undefined],
    ['cashRoundingStep', '1e1', undefined],
    ['cashRoundingStep', 'constructor', undefined],
    ['cashRoundingMode', 'swedish', { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' }],
    ['cashRoundingScope', 'card', { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' }],
    ['cashRoundingRefunds', 'never', { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' }],
  ])('name the fault where %s is %s, and round by the default', (key, value, cashRounding) => {
    const answer = read({ cashRoundingStep: '5', [key]: value });
    expect(answer).toMatchObject({ ok: true, value: { faults: [{ type: 'badSetting', detail: { key, value } }] } });
    expect(answer.ok && answer.value.settings.cashRounding).toEqual(cashRounding);
  });

  test.each([
    ['currency', undefined],
    ['currency', 'eur'],
    ['currency', 'XXX'],
    ['taxInclusive', undefined],
    ['taxInclusive', 'yes'],
    ['timeZone', undefined],
    ['timeZone', 'Europe/Atlantis'],
  ])('are refused where %s is %s: totals and days hang on it', (key, value) => {
    expect(read({ [key]: value })).toMatchObject({ ok: false, error: { type: 'badSetting', detail: { key, value: value ?? '' } } });
  });

  test('have no logo where it is no picture in base64', () => {
    expect(read({ receiptLogo: 'aGVsbG8=' })).toMatchObject({ value: { settings: { receiptLogo: 'aGVsbG8=' }, faults: [] } });
    for (const value of ['"><script>', 'A'.repeat(16_388)]) {
      const answer = read({ receiptLogo: value });
      expect(answer.ok && answer.value.settings.receiptLogo).toBeUndefined();
      expect(answer).toMatchObject({ value: { faults: [{ detail: { key: 'receiptLogo', value: value.slice(0, 32) } }] } });
    }
  });

  test.each([
    ['quantityAskAbove', '-1', 999],
    ['quantityAskAbove', '1e3', 999],
    ['quantityAskAbove', '99999999', 999],
    ['taxRounding', 'bankers', 'half-up'],
    ['locale', 'not a locale', 'en'],
  ])('name the fault and stand at the default where %s is %s', (key, value, standIn) => {
    const answer = read({ [key]: value });
    expect(answer).toMatchObject({
      ok: true,
      value: { settings: { [key]: standIn }, faults: [{ type: 'badSetting', detail: { key, value } }] },
    });
  });
});
