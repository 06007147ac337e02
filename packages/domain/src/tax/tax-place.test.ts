import { existsSync, readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { readTaxClass } from '../catalog/catalog.ts';
import { cell, readTable } from '../testing/table.ts';
import {
  compareRates,
  dayAfter,
  isSstRate,
  jurisdictionKey,
  jurisdictionsAt,
  parseRatePpm,
  parseSstBoundary,
  parseSstRate,
  parseVatRate,
  stackedRateBps,
  stackRates,
  toDatedRate,
  type DatedRate,
  type SstBoundary,
  type SstRate,
} from './tax-place.ts';
import { taxAt } from './tax-rule.ts';

const FOLDER = new URL('../../../../../shared/data/tax/', import.meta.url);
const hasFiles = existsSync(FOLDER);
if (!hasFiles) console.warn(`skipped: ${FOLDER.pathname} is not there, so real rate files are not read`);

const rowsOf = (file: string): readonly (readonly string[])[] =>
  readFileSync(new URL(file, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','));

const ratesOf = (text: string): readonly DatedRate[] =>
  readTable(text).map((row) => ({
    component: cell(row, 'part'),
    name: cell(row, 'part'),
    ratePpm: Number(cell(row, 'ppm')),
    from: cell(row, 'from'),
    ...(cell(row, 'to') !== '' && { to: cell(row, 'to') }),
  }));

describe('rates stacked', () => {
  test('each stretch of time has the rates that hold in it, the newest first', () => {
    const variants = stackRates(
      ratesOf(`
        part     | ppm   | from       | to
        ---------+-------+------------+-----------
        state    | 68750 | 2009-07-01 |
        county   | 1500  | 2017-10-01 | 2025-01-01
        city     | 5000  | 2005-10-01 | 2024-04-01
        district | 0     | 2022-01-01 |
      `),
    );
    expect(variants.map(({ from, to, taxes }) => [from, to, taxes.map(({ component }) => component).join(' + ')])).toEqual([
      ['2025-01-01', undefined, 'state'],
      ['2024-04-01', '2025-01-01', 'state + county'],
      ['2017-10-01', '2024-04-01', 'state + county + city'],
      ['2009-07-01', '2017-10-01', 'state + city'],
      ['2005-10-01', '2009-07-01', 'city'],
    ]);
    expect(stackedRateBps(variants)).toBe(688);
  });

  test('a rate that ends and nothing after it is a stretch without tax', () => {
    const variants = stackRates(ratesOf(`part | ppm | from | to\n vat | 190000 | 2020-01-01 | 2021-01-01`));
    expect(variants).toEqual([
      { from: '2021-01-01', taxes: [] },
      { from: '2020-01-01', to: '2021-01-01', taxes: [{ component: 'vat', name: 'vat', ratePpm: 190_000 }] },
    ]);
    expect(stackedRateBps(variants)).toBe(0);
    expect(stackRates([])).toEqual([]);
  });

  test('a cell holds the newest stretches, as many as a class may have', () => {
    const many = Array.from({ length: 60 }, (_, year): DatedRate => {
      const from = `${2000 + year}-01-01`;
      return { component: 'vat', name: 'VAT', ratePpm: 100_000 + year, from, to: `${2001 + year}-01-01` };
    });
    const variants = stackRates(many);
    expect(variants).toHaveLength(40);
    expect(variants[0]?.from).toBe('2060-01-01');
    expect(readTaxClass('general', { name: 'General', rateBps: 0, rules: JSON.stringify(variants) }).ok).toBe(true);
  });

  test('of two rates of one jurisdiction on one day the later one holds', () => {
    const variants = stackRates(
      ratesOf(`
        part | ppm | from       | to
        -----+-----+------------+-----------
        city | 1   | 2020-01-01 | 2020-06-02
        city | 2   | 2020-06-01 |
      `),
    );
    expect(variants.map(({ from, taxes }) => [from, taxes.map((tax) => ('ratePpm' in tax ? tax.ratePpm : 0))])).toEqual([
      ['2020-06-01', [2]],
      ['2020-01-01', [1]],
    ]);
  });
});

test.each([
  ['0.06875', 68_750],
  ['0.0050', 5_000],
  ['0', 0],
  ['1', 1_000_000],
  ['0.000001', 1],
  ['10', 10_000_000],
  ['10.1', undefined],
  ['0.0000001', undefined],
  ['-0.05', undefined],
  ['5 %', undefined],
  ['1e-2', undefined],
  ['', undefined],
])('a rate of "%s" is %s parts per million', (text, ppm) => {
  expect(parseRatePpm(text)).toBe(ppm);
});

test.each([
  ['2024-02-28', '2024-02-29'],
  ['2025-02-28', '2025-03-01'],
  ['2026-12-31', '2027-01-01'],
  ['2100-02-28', '2100-03-01'],
  ['2000-02-28', '2000-02-29'],
  ['2026-04-30', '2026-05-01'],
  ['2026-04-08', '2026-04-09'],
])('the day after %s is %s', (date, next) => {
  expect(dayAfter(date)).toBe(next);
});

describe('an SST rate record', () => {
  test('is read; its last day is still in it', () => {
    expect(parseSstRate('27,01,58000,0.0050,0.0040,0.0010,0,20051001,20240331'.split(','))).toEqual({
      ok: true,
      value: {
        state: '27',
        kind: 'city',
        code: '58000',
        from: '2005-10-01',
        to: '2024-04-01',
        general: { intrastatePpm: 5_000, interstatePpm: 4_000 },
        food: { intrastatePpm: 1_000, interstatePpm: 0 },
      },
    });
  });

  test.each([
    ['27,45,27,0.06875,0.06875,0.06875,0.06875,20090701', 'malformedRow'],
    ['27,99,27,0.06875,0.06875,0.06875,0.06875,20090701,29991231', 'unknownJurisdictionType'],
    ['MN,45,27,0.06875,0.06875,0.06875,0.06875,20090701,29991231', 'badJurisdiction'],
    ['27,45,27,6.875 %,0.06875,0.06875,0.06875,20090701,29991231', 'badRate'],
    ['27,45,27,0.06875,0.06875,0.06875,,20090701,29991231', 'badRate'],
    ['27,45,27,0.06875,0.06875,0.06875,0.06875,20091301,29991231', 'badDate'],
    ['27,45,27,0.06875,0.06875,0.06875,0.06875,20090701,20090630', 'badDate'],
  ])('%s is refused: %s', (line, reason) => {
    expect(parseSstRate(line.split(','))).toMatchObject({ ok: false, error: { reason } });
  });

  test('is known from a header', () => {
    expect(isSstRate('27,45,27,0.06875,0.06875,0.06875,0.06875,20090701,29991231'.split(','))).toBe(true);
    expect(isSstRate('start_date,stop_date,territory_codes,currency_code,rate,rate_type,description'.split(','))).toBe(false);
  });
});

const boundary = (cells: Readonly<Record<number, string>>): readonly string[] =>
  Array.from({ length: 89 }, (_, index) => cells[index] ?? '');
const ZIP = { 0: 'z', 1: '20180101', 2: '20191231', 17: '55400', 19: '55499', 22: '27', 23: '27' };

describe('a boundary record', () => {
  test('names state, county, city and each special district', () => {
    const read = parseSstBoundary(
      boundary({ ...ZIP, 24: '053', 25: '43000', 29: 'ST', 30: '80004', 31: '63', 32: 'ST', 33: '80001', 34: '63' }),
    );
    assert(read.ok, 'the record is right');
    expect(read.value.jurisdictions.map(jurisdictionKey)).toEqual([
      'state:27',
      'county:053',
      'city:43000',
      'district:80004',
      'district:80001',
    ]);
    expect(read.value).toMatchObject({ from: '2018-01-01', to: '2020-01-01', zips: ['55400', '55499'] });
  });

  test.each([
    [{ ...ZIP, 0: 'a' }, 'unknownRecordType'],
    [{ ...ZIP, 1: 'soon' }, 'badDate'],
    [{ ...ZIP, 17: '554' }, 'badZip'],
    [{ ...ZIP, 17: '55500' }, 'badZip'],
    [{ ...ZIP, 0: '4', 18: '1' }, 'badZip'],
    [{ ...ZIP, 22: '' }, 'badJurisdiction'],
    [{ ...ZIP, 30: '80004', 31: '77' }, 'unknownJurisdictionType'],
  ])('%j is refused: %s', (cells, reason) => {
    expect(parseSstBoundary(boundary(cells))).toMatchObject({ ok: false, error: { reason } });
  });

  test('of two the one with ZIP+4 decides, on its dates only', () => {
    const records = [
      boundary({ ...ZIP, 24: '053' }),
      boundary({ ...ZIP, 0: '4', 1: '20190101', 18: '1000', 19: '55400', 20: '2000', 24: '003' }),
    ].map((row): SstBoundary => {
      const read = parseSstBoundary(row);
      assert(read.ok, 'the record is right');
      return read.value;
    });
    const countyAt = (zip: string, extension: string | undefined, date: string) =>
      jurisdictionsAt(records, { zip, ...(extension !== undefined && { extension }) }, date)?.[1]?.code;
    expect(countyAt('55400', '1500', '2019-06-01')).toBe('003');
    expect(countyAt('55400', '2001', '2019-06-01')).toBe('053');
    expect(countyAt('55400', '1500', '2018-06-01')).toBe('053');
    expect(countyAt('55400', undefined, '2019-06-01')).toBe('053');
    expect(jurisdictionsAt(records, { zip: '55500' }, '2019-06-01')).toBeUndefined();
    expect(jurisdictionsAt(records, { zip: '55400' }, '2020-01-01')).toBeUndefined();
  });
});

describe.skipIf(!hasFiles)('real files', () => {
  const read = (file: string): readonly SstRate[] =>
    rowsOf(file).map((row) => {
      expect(isSstRate(row)).toBe(true);
      const rate = parseSstRate(row);
      assert(rate.ok, row.join());
      return rate.value;
    });

  test.each([
    ['SST_MNR2026Q2FEB18.csv', 148],
    ['SST_GAR2026Q2FEB19.csv', 449],
    ['SST_WIR2026Q2FEB18.csv', 1_941],
  ])('every record of %s can be read', (file, records) => {
    expect(read(file)).toHaveLength(records);
  });

  test('Minneapolis in 2019: the boundary names state, county and district, and the rates stack', () => {
    const boundaries = rowsOf('SST_MNB2026Q2FEB18-sample.csv').map((row) => {
      const record = parseSstBoundary(row);
      assert(record.ok, row.join());
      return record.value;
    });
    const place = jurisdictionsAt(boundaries, { zip: '55408' }, '2019-03-01') ?? [];
    expect(place.map(jurisdictionKey)).toEqual(['state:27', 'county:053', 'district:80004']);
    const keys = new Set(place.map(jurisdictionKey));
    const rates = read('SST_MNR2026Q2FEB18.csv')
      .filter((rate) => keys.has(jurisdictionKey(rate)))
      .map((rate) => toDatedRate(rate, rate.general.intrastatePpm))
      .sort(compareRates);
    const rules = JSON.stringify(stackRates(rates));
    const tax = readTaxClass('general', { name: 'Sales tax', rateBps: 0, rules });
    assert(tax.ok, 'the class can be read');
    // 6.875 % of the state, 0.15 % of Hennepin County, 0.5 % of the transit district.
    expect(taxAt(tax.value, { date: '2019-03-01' })).toMatchObject({
      rateBps: 753,
      components: [{ ratePpm: 68_750 }, { ratePpm: 1_500 }, { ratePpm: 5_000 }],
    });
  });

  test('a county of Wisconsin has two records for the day of its change, and one rate', () => {
    const rates = read('SST_WIR2026Q2FEB18.csv').filter(({ kind, code }) => kind === 'county' && code === '078');
    expect(rates.map(({ from, to }) => [from, to])).toContainEqual(['2020-03-31', undefined]);
    const variants = stackRates(rates.map((rate) => toDatedRate(rate, rate.general.intrastatePpm)));
    for (const { taxes } of variants) expect(taxes.length).toBeLessThanOrEqual(1);
  });
});

describe('a row of a VAT table', () => {
  const row = { from: '1984-01-01', to: '', territories: 'AT-6691\nDE-87491', rate: '0.19', rateType: 'standard' };
  test('is read', () => {
    expect(parseVatRate(row)).toEqual({
      ok: true,
      value: { territories: ['AT-6691', 'DE-87491'], rateType: 'standard', ratePpm: 190_000, from: '1984-01-01' },
    });
    expect(parseVatRate({ ...row, to: '1990-01-01' })).toMatchObject({ ok: true, value: { to: '1990-01-01' } });
  });

  test.each([
    [{ territories: '\n' }, 'noTerritory'],
    [{ from: '01/01/1984' }, 'badDate'],
    [{ to: '1984-01-01' }, 'badDate'],
    [{ rate: '19 %' }, 'badRate'],
    [{ rateType: '' }, 'badRateType'],
  ])('%j is refused: %s', (change, reason) => {
    expect(parseVatRate({ ...row, ...change })).toMatchObject({ ok: false, error: { reason } });
  });
});
