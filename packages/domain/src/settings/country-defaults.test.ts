import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { currencyOf } from '../money/money.ts';
import { COUNTRY_DEFAULTS, defaultsOfCountry } from './country-defaults.ts';
import { readSettings } from './settings.ts';

const read = (values: Readonly<Record<string, string>>) =>
  readSettings(new Map(Object.entries({ currency: 'EUR', timeZone: 'UTC', ...values })));
const COUNTRIES = Object.entries(COUNTRY_DEFAULTS);

describe("a country's defaults", () => {
  test.each(COUNTRIES)('of %s are settings that a store may have', (country, { currency, pricesIncludeTax }) => {
    expect(currencyOf(currency)).toBeDefined();
    expect(read({ country, currency })).toMatchObject({ ok: true, value: { settings: { taxInclusive: pricesIncludeTax }, faults: [] } });
  });

  test('stand under what the store sets itself', () => {
    expect(read({ country: 'NZ', currency: 'NZD' })).toMatchObject({
      value: { settings: { taxInclusive: true, cashRounding: { stepMinor: 10, mode: 'half-down' } } },
    });
    const own = { cashRoundingStep: '1', taxInclusive: 'false', depositTaxPoint: 'delivery' };
    const settings = read({ country: 'FI', ...own });
    expect(settings).toMatchObject({ ok: true, value: { settings: { taxInclusive: false }, faults: [] } });
    expect(settings).not.toMatchObject({ value: { settings: { cashRounding: expect.anything() } } });
    expect(settings).not.toMatchObject({ value: { settings: { depositTaxPoint: 'payment' } } });
  });

  test('know no coins of another currency', () => {
    expect(defaultsOfCountry('CH', 'EUR')).toEqual(new Map([['taxInclusive', 'true']]));
  });

  test('of a country that nobody knows are none, and the fault is named', () => {
    for (const country of ['XX', 'de', 'constructor'])
      expect(read({ country, taxInclusive: 'true' })).toMatchObject({ ok: true, value: { faults: [{ detail: { key: 'country' } }] } });
    expect(read({ country: 'XX' })).toMatchObject({ ok: false, error: { detail: { key: 'taxInclusive' } } });
  });

  test('are those of the manual', () => {
    const manual = readFileSync(new URL('../../../../docs/CONVENTIONS.md', import.meta.url), 'utf8');
    const section = manual.split('## Defaults by country')[1]?.split('\n## ')[0] ?? '';
    const rows = [
      ...section.matchAll(/^\| ((?:[A-Z]{2}(?:, )?)+) +\| (include|exclude) tax +\| (\d+)(?:, `(half-down)`)? +\| (`payment`|–) +\|/gm),
    ];
    const said = rows.flatMap(([, countries = '', prices, step, mode, deposits]) =>
      countries.split(', ').map((country) => [country, prices === 'include', Number(step), mode, deposits === '`payment`'] as const),
    );
    const meant = COUNTRIES.map(([country, { pricesIncludeTax, cashStepMinor = 1, cashMode, taxesDepositsWithPayment = false }]) => [
      country,
      pricesIncludeTax,
      cashStepMinor,
      cashMode,
      taxesDepositsWithPayment,
    ]);
    expect(Object.fromEntries(said.map(([country, ...rest]) => [country, rest]))).toEqual(
      Object.fromEntries(meant.map(([country, ...rest]) => [country, rest])),
    );
  });
});
