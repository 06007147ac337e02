import { describe, expect, test } from 'vitest';

import { readTaxClass } from '../catalog/catalog.ts';
import { cell, readTable } from '../testing/table.ts';
import { parseTaxVariants, taxAt, taxNameOf, type TaxRule, type TaxSituation } from './tax-rule.ts';

function ruleOf(rules: unknown, fields: Readonly<Record<string, unknown>> = {}): TaxRule {
  const read = readTaxClass('standard', { name: 'VAT 19 %', rateBps: 1900, rules: JSON.stringify(rules), ...fields });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

const vat = (name: string, ratePpm: number) => [{ component: 'vat', name, ratePpm }];

/** Germany's standard rate of 2020, and a shop that serves food. */
const RULE = ruleOf([
  { from: '2020-07-01', to: '2021-01-01', service: 'takeAway', taxes: vat('VAT 5 %', 50_000) },
  { service: 'takeAway', taxes: vat('VAT 7 %', 70_000) },
  { from: '2020-07-01', to: '2021-01-01', taxes: vat('VAT 16 %', 160_000) },
  { from: '2022-08-06', to: '2022-08-08', name: 'Holiday', taxes: [] },
]);

describe('which variant of a class applies', () => {
  const cases = readTable(`
    date       | service  | name     | rate bps
    -----------+----------+----------+---------
    2020-06-30 |          | VAT 19 % | 1900
    2020-07-01 |          | VAT 16 % | 1600
    2020-12-31 | eatIn    | VAT 16 % | 1600
    2020-12-31 | takeAway | VAT 5 %  | 500
    2021-01-01 |          | VAT 19 % | 1900
    2021-01-01 | takeAway | VAT 7 %  | 700
    2022-08-05 |          | VAT 19 % | 1900
    2022-08-06 |          | Holiday  | 0
    2022-08-07 | eatIn    | Holiday  | 0
    2022-08-08 |          | VAT 19 % | 1900
  `);
  test.each(cases)('on $date, $service: $name', (row) => {
    const service = cell(row, 'service');
    const situation: TaxSituation = { date: cell(row, 'date'), ...(service !== '' && { service: service as 'eatIn' | 'takeAway' }) };
    // One whole rate is a plain class: its sales look like those of a class that never had variants.
    expect(taxAt(RULE, situation)).toEqual({ taxClass: 'standard', name: cell(row, 'name'), rateBps: Number(cell(row, 'rate bps')) });
  });

  test('a class without variants is its own answer', () => {
    const plain: TaxRule = { taxClass: 'standard', name: 'VAT 19 %', rateBps: 1900 };
    expect(taxAt(plain, { date: '2026-01-01' })).toBe(plain);
  });

  test('several taxes: their rates together are the label, compounding included', () => {
    const rule = ruleOf([
      {
        taxes: [
          { component: 'state', name: 'State', ratePpm: 40_000 },
          { component: 'city', name: 'City', ratePpm: 45_000 },
          { component: 'district', name: 'MCTD', ratePpm: 3_750 },
        ],
      },
    ]);
    expect(taxAt(rule, { date: '2026-01-01' })).toMatchObject({ rateBps: 888, components: [{ ratePpm: 40_000 }, {}, { ratePpm: 3_750 }] });
    const quebec = ruleOf([{ taxes: [...vat('GST', 50_000), { component: 'qst', name: 'QST', ratePpm: 95_000, on: ['vat'] }] }]);
    expect(taxAt(quebec, { date: '2012-01-01' }).rateBps).toBe(1498);
  });
});

describe('rules that mean nothing refuse the class', () => {
  const a = { component: 'a', name: 'A', ratePpm: 10_000 };
  const cases: readonly (readonly [field: string, rules: unknown])[] = [
    ['rules', 'many'],
    ['rules', []],
    ['rules', Array.from({ length: 41 }, () => ({ taxes: [] }))],
    ['rules[0]', [7]],
    ['rules[0].weekday', [{ weekday: 1, taxes: [] }]],
    ['rules[0].taxes', [{}]],
    ['rules[0].taxes', [{ taxes: Array.from({ length: 13 }, (_, index) => ({ ...a, component: `a${index}` })) }]],
    ['rules[0].from', [{ from: '2026-13-01', taxes: [] }]],
    ['rules[0].from', [{ from: 20_260_101, taxes: [] }]],
    ['rules[0].to', [{ from: '2026-02-01', to: '2026-02-01', taxes: [] }]],
    ['rules[0].service', [{ service: 'standing', taxes: [] }]],
    ['rules[1].taxes[0].ratePpm', [{ taxes: [] }, { taxes: [{ ...a, ratePpm: -1 }] }]],
    ['rules[0].taxes[0].ratePpm', [{ taxes: [{ ...a, ratePpm: 10_000_001 }] }]],
    ['rules[0].taxes[0].ratePpm', [{ taxes: [{ ...a, ratePpm: 1e15 }] }]],
    ['rules[0].taxes[0].ratePpm', [{ taxes: [{ ...a, ratePpm: 0.5 }] }]],
    ['rules[0].taxes[0].ratePpm', [{ taxes: [{ component: 'a', name: 'A' }] }]],
    ['rules[0].taxes[0].ratePpm', [{ taxes: [{ ...a, perUnitMinor: 5, currency: 'EUR' }] }]],
    ['rules[0].taxes[0].perUnitMinor', [{ taxes: [{ component: 'a', name: 'A', perUnitMinor: 1e15, currency: 'EUR' }] }]],
    ['rules[0].taxes[0].currency', [{ taxes: [{ component: 'a', name: 'A', perUnitMinor: 5, currency: 'XXX' }] }]],
    ['rules[0].taxes[0].currency', [{ taxes: [{ ...a, currency: 'EUR' }] }]],
    ['rules[0].taxes[0].component', [{ taxes: [{ ...a, component: 'two words' }] }]],
    ['rules[0].taxes[1].component', [{ taxes: [a, a] }]],
    [
      'rules[0].taxes',
      [
        {
          taxes: [
            { ...a, ratePpm: 9_000_000 },
            { ...a, component: 'b', ratePpm: 9_000_000 },
          ],
        },
      ],
    ],
  ];
  test.each(cases)('%s', (field, rules) => {
    expect(parseTaxVariants(JSON.stringify(rules))).toMatchObject({ ok: false, error: { field } });
    expect(readTaxClass('standard', { name: 'VAT', rateBps: 0, rules: JSON.stringify(rules) })).toMatchObject({
      ok: false,
      error: { type: 'malformedEntity', detail: { entity: 'tax', key: 'standard', field } },
    });
  });

  test('text that is no JSON', () => {
    expect(parseTaxVariants('{')).toMatchObject({ ok: false, error: { field: 'rules', expected: 'JSON' } });
  });

  test.each([
    ['itself', [{ ...a, on: ['a'] }]],
    [
      'a tax that is charged on it',
      [
        { ...a, on: ['b'] },
        { ...a, component: 'b', on: ['a'] },
      ],
    ],
  ])('a tax on %s is a circle', (_name, taxes) => {
    expect(parseTaxVariants(JSON.stringify([{ taxes }]))).toEqual({
      ok: false,
      error: { field: 'rules[0].taxes[0].on', expected: 'taxes before this one: no circle' },
    });
  });

  test.each([
    ['an unknown tax', [a, { ...a, component: 'b', on: ['c'] }], 'taxes of this class'],
    ['a tax twice', [a, { ...a, component: 'b', on: ['a', 'a'] }], 'each tax once'],
    ['no list', [a, { ...a, component: 'b', on: 'a' }], 'a list of taxes'],
  ])('a tax on %s', (_name, taxes, expected) => {
    expect(parseTaxVariants(JSON.stringify([{ taxes }]))).toEqual({ ok: false, error: { field: 'rules[0].taxes[1].on', expected } });
  });
});

describe('what a tax of a ledger is called', () => {
  const SEVERAL = ruleOf([
    {
      taxes: [
        { component: 'state', name: 'State', ratePpm: 40_000 },
        { component: 'levy', name: 'Bottle levy', perUnitMinor: 25, currency: 'USD' },
      ],
    },
  ]);
  const cases = readTable(`
    rule    | component | rate ppm | name
    --------+-----------+----------+------------
    germany |           | 190000   | VAT 19 %
    germany |           | 160000   | VAT 16 %
    germany |           | 70000    | VAT 7 %
    germany |           | 0        | Holiday
    germany |           | 200000   | -
    germany | vat       | 70000    | -
    several | state     | 40000    | State
    several | state     | 50000    | -
    several | levy      |          | Bottle levy
    several | city      | 40000    | -
  `);
  test.each(cases)('$rule, $component at $rate ppm: $name', (row) => {
    const [component, rate] = [cell(row, 'component'), cell(row, 'rate ppm')];
    const sum = { ...(component !== '' && { component }), ...(rate !== '' && { ratePpm: Number(rate) }) };
    expect(taxNameOf(cell(row, 'rule') === 'germany' ? RULE : SEVERAL, sum) ?? '-').toBe(cell(row, 'name'));
  });
});
