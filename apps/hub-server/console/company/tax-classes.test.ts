import { describe, expect, test } from 'vitest';

import {
  chargedOn,
  classOf,
  nextDay,
  type Period,
  percentText,
  taxesIn,
  taxNameOf,
  taxesText,
  whenText,
  withPeriod,
} from './tax-classes.ts';

const vat = (percent: number, more: Partial<Period> = {}): Period => ({
  ...more,
  taxes: [{ component: 'vat', name: `VAT ${percent} %`, ratePpm: percent * 10_000 }],
});
const standard = (...periods: readonly Period[]) =>
  classOf({ key: 'standard', fields: { name: 'VAT 19 %', rateBps: 1_900, rules: JSON.stringify(periods) } });

test('a rate has as many decimals as it needs', () => {
  expect([190_000, 88_750, 81_000, 5, 0, 10_000_000].map(percentText)).toEqual(['19', '8.875', '8.1', '0.0005', '0', '1000']);
});

test('what is charged on a day is told by the first period that holds for everybody, and its name is not said twice', () => {
  const rates = standard(vat(7, { from: '2027-01-01', service: 'takeAway' }), vat(20, { from: '2027-01-01', to: '2028-01-01' }));
  expect(['2026-12-31', '2027-01-01', '2027-12-31', '2028-01-01'].map((date) => chargedOn(rates, date))).toEqual([
    'VAT 19 %',
    'VAT 20 %',
    'VAT 20 %',
    'VAT 19 %',
  ]);
  expect(['2026-11-26', '2027-01-01', '2028-01-01'].map((date) => nextDay(rates, date))).toEqual(['2027-01-01', '2028-01-01', undefined]);
  expect(
    taxesText([
      { component: 'state', name: 'State', ratePpm: 62_500 },
      { component: 'fee', name: 'Fee', perUnitMinor: 5, currency: 'USD' },
    ]),
  ).toBe('State 6.25 % + Fee $0.05 each');
  expect(taxesText([])).toBe('untaxed');
});

test('what cannot be read has no periods', () => {
  expect(classOf({ key: 'x', fields: { name: 'X', rateBps: 0, rules: '{' } }).periods).toEqual([]);
});

test('the newest period stands first, one with an end before one without, and that of some before that of all', () => {
  const [old, next] = [vat(16, { from: '2026-07-01' }), vat(20, { from: '2027-01-01' })];
  const [holiday, eaten] = [vat(5, { from: '2027-01-01', to: '2027-01-08' }), vat(7, { from: '2027-01-01', service: 'eatIn' })];
  const all = [next, holiday, old, eaten].reduce<readonly Period[]>((held, period) => withPeriod(held, period), []);
  expect(all).toEqual([holiday, eaten, next, old]);
  expect(all.map(whenText)).toEqual(['2027-01-01 until 2027-01-08', 'from 2027-01-01', 'from 2027-01-01', 'from 2026-07-01']);
});

describe('taxes as they are typed', () => {
  test.each`
    text                        | read
    ${'VAT 19'}                 | ${'vat VAT 190000'}
    ${'VAT 8,875 %'}            | ${'vat VAT 88750'}
    ${'State 6.25\nCounty 0.5'} | ${'state State 62500, county County 5000'}
    ${'Mehrwertsteuer! 8.1'}    | ${'mehrwertsteuer Mehrwertsteuer! 81000'}
    ${'ضريبة 5'}                | ${'tax-1 ضريبة 50000'}
    ${'\n \n'}                  | ${''}
    ${'VAT'}                    | ${'none'}
    ${'19'}                     | ${'none'}
    ${'VAT 19.00001'}           | ${'none'}
    ${'VAT 19\nVAT 20'}         | ${'none'}
  `('$text', ({ text, read }: { readonly text: string; readonly read: string }) => {
    const taxes = taxesIn(text, []);
    expect(taxes?.map(({ component, name, ratePpm }) => `${component} ${name} ${ratePpm}`).join(', ') ?? 'none').toBe(read);
  });

  test('a tax that the class has already keeps what it is known by', () => {
    expect(taxesIn('VAT 20', [{ component: 'mwst', name: 'VAT', ratePpm: 190_000 }])?.[0]?.component).toBe('mwst');
  });
});

test('a tax is called as headquarters call it; one that is gone, by its key', () => {
  const taxes = [{ component: 'state', name: 'State', ratePpm: 62_500 }];
  const rule = {
    key: 'a',
    fields: { name: 'Sales tax', rateBps: 625, rules: JSON.stringify([{ taxes }]) },
    from: 'global',
    layers: [],
    elsewhere: [],
  };
  expect([taxNameOf([rule], 'a', null), taxNameOf([rule], 'a', 'state'), taxNameOf([rule], 'a', 'city'), taxNameOf([], 'b', 'x')]).toEqual([
    'Sales tax',
    'Sales tax, State',
    'Sales tax, city',
    'b, x',
  ]);
});
