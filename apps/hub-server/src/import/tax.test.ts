import { existsSync, readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';
import { readTaxClass, taxAt, type TaxRule } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ImportReport } from './importer.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

const send = async (kind: string, file: string, query: Readonly<Record<string, string>>): Promise<Response> =>
  hub.api(`/api/v1/import/${kind}?${new URLSearchParams(query).toString()}`, { method: 'POST', body: file });

async function take(kind: string, file: string, query: Readonly<Record<string, string>>): Promise<ImportReport> {
  const text = await (await send(kind, file, query)).text();
  const report = JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport & { readonly type: string };
  expect(report.type, text).toBe('report');
  const { rows, created, changed, unchanged, duplicates, ignored, refused } = report;
  expect(created + changed + unchanged + duplicates + ignored + refused).toBe(rows);
  return report;
}

async function taxOf(taxClass: string, scope: string): Promise<TaxRule | undefined> {
  const [row] = await hub.database.rows<{ fields: Readonly<Record<string, string | number>> }>(
    'SELECT fields FROM entity WHERE type = 4 AND key = $1 AND scope = $2',
    [taxClass, scope],
  );
  if (row === undefined) return undefined;
  const read = readTaxClass(taxClass, { name: row.fields['1'], rateBps: row.fields['2'], rules: row.fields['3'] });
  assert(read.ok, `the class ${taxClass} can be read`);
  return read.value;
}

const RATES = [
  '27,45,27,0.06875,0.06875,0,0,20090701,29991231',
  '27,00,053,0.0015,0.0015,0.0015,0.0015,20100101,29991231',
  '27,01,43000,0.0050,0.0050,0.0050,0.0050,20051001,20240331',
  '27,01,58000,0.0050,0.0050,0.0050,0.0050,20051001,29991231',
  '55,00,053,0.005,0.005,0.005,0.005,19940401,99991231',
];
const PLACE = { jurisdictions: 'state:27,county:053,city:43000' };

describe('an SST rate file', () => {
  test('makes the two classes of a place, and the second time nothing', async () => {
    const query = { ...PLACE, scope: 'store:1' };
    expect(await take('tax', RATES.join('\n'), query)).toMatchObject({ rows: 5, created: 1, duplicates: 2, ignored: 2, refused: 0 });
    const general = await taxOf('general', 'store:1');
    assert(general !== undefined, 'the class was made');
    expect(taxAt(general, { date: '2023-01-01' })).toMatchObject({
      name: 'Sales tax',
      components: [{ component: 'state:27', ratePpm: 68_750 }, { component: 'county:053' }, { component: 'city:43000' }],
    });
    expect(taxAt(general, { date: '2024-04-01' }).components).toHaveLength(2);
    const food = await taxOf('food', 'store:1');
    assert(food !== undefined, 'the class was made');
    expect(taxAt(food, { date: '2026-03-14' })).toEqual({ taxClass: 'food', name: 'County tax 053', rateBps: 15 });
    expect(await take('tax', RATES.join('\n'), query)).toMatchObject({ created: 0, changed: 0, unchanged: 1, lsn: null });
    const risen = RATES.map((line) => line.replace('0.06875,0.06875,0,0', '0.07,0.07,0,0'));
    expect(await take('tax', risen.join('\n'), query)).toMatchObject({ created: 0, changed: 1, unchanged: 0 });
  });

  test('may name its classes, and take the rates of goods from another state', async () => {
    const lines = ['27,45,27,0.06,0.05,0.02,0.01,20090701,29991231'];
    const query = { jurisdictions: 'state:27', scope: 'zone:9', general: 'standard', food: 'reduced', interstate: 'true' };
    await take('tax', lines.join('\n'), query);
    expect((await taxOf('standard', 'zone:9'))?.rateBps).toBe(500);
    expect((await taxOf('reduced', 'zone:9'))?.rateBps).toBe(100);
  });

  test.each([
    ['27,00,053,5 %,0.0015,0.0015,0.0015,20100101,29991231', 'badRate'],
    ['27,46,053,0.0015,0.0015,0.0015,0.0015,20100101,29991231', 'unknownJurisdictionType'],
    ['27,00,053,0.0025,0.0025,0.0025,0.0025,20100101,29991231', 'contradictoryRate'],
  ])('with a row of the place’s state that cannot be used publishes nothing: %s', async (line, reason) => {
    const report = await take('tax', [...RATES, line].join('\n'), { ...PLACE, scope: 'store:8' });
    expect(report).toMatchObject({ created: 0, unchanged: 1, refused: 1, lsn: null, refusals: [{ row: 6, reason }] });
    expect(await taxOf('general', 'store:8')).toBeUndefined();
  });

  test('with a bad row of another state is taken, and the row is named', async () => {
    const report = await take('tax', [...RATES, '55,00,999,no,0,0,0,20100101,29991231'].join('\n'), { ...PLACE, scope: 'store:7' });
    expect(report).toMatchObject({ created: 1, refused: 1, refusals: [{ row: 6, reason: 'badRate', value: 'no' }] });
  });

  test.each([
    [{}, 422],
    [{ territory: 'DE' }, 422],
    [{ ...PLACE, territory: 'DE' }, 422],
    [{ jurisdictions: 'county:053' }, 400],
    [{ jurisdictions: 'state:27,state:55' }, 400],
    [{ jurisdictions: 'Minnesota' }, 400],
    [{ ...PLACE, scope: 'here' }, 400],
  ])('is refused without a place that fits it: %j', async (query, status) => {
    expect((await send('tax', RATES.join('\n'), query)).status).toBe(status);
  });
});

const VAT = `start_date,stop_date,territory_codes,currency_code,rate,rate_type,description
2021-01-01,,DE,EUR,0.19,standard,
2020-07-01,2021-01-01,DE,EUR,0.16,standard,
2020-07-01,2021-01-01,DE,EUR,0.05,reduced,
2007-01-01,2020-07-01,DE,EUR,0.19,standard,
1984-01-01,,"AT-6691
DE-87491",EUR,0.19,standard,Jungholz
`;

describe('a table of VAT rates', () => {
  test('makes a class of each kind of rate, by date', async () => {
    const report = await take('tax', VAT, { territory: 'DE', scope: 'zone:1' });
    expect(report).toMatchObject({ rows: 5, created: 1, duplicates: 3, ignored: 1 });
    const standard = await taxOf('standard', 'zone:1');
    assert(standard !== undefined, 'the class was made');
    expect(['2010-01-01', '2020-12-31', '2021-01-01'].map((date) => taxAt(standard, { date }).rateBps)).toEqual([1_900, 1_600, 1_900]);
    expect(await take('tax', VAT, { territory: 'DE', scope: 'zone:1' })).toMatchObject({ unchanged: 1, lsn: null });
  });

  test('knows a territory that shares its row', async () => {
    expect(await take('tax', VAT, { territory: 'DE-87491', scope: 'zone:2' })).toMatchObject({ created: 1, ignored: 4 });
  });
});

const FOLDER = new URL('../../../../../shared/data/tax/', import.meta.url);
const hasFiles = existsSync(FOLDER);
if (!hasFiles) console.warn(`skipped: ${FOLDER.pathname} is not there, so real rate files are not imported`);
describe.skipIf(!hasFiles)('real files', () => {
  const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

  test('Minneapolis, Atlanta and Milwaukee', async () => {
    const places = [
      ['SST_MNR2026Q2FEB18.csv', 'state:27,county:053,city:43000,district:80004', 148],
      ['SST_GAR2026Q2FEB19.csv', 'state:13,county:121,city:04000,district:00060', 449],
      ['SST_WIR2026Q2FEB18.csv', 'state:55,county:079,city:53000', 1_941],
    ] as const;
    for (const [file, jurisdictions, rows] of places) {
      const query = { jurisdictions, scope: `store:${file.slice(4, 6)}` };
      expect(await take('tax', read(file), query)).toMatchObject({ rows, created: 1, refused: 0 });
      expect(await take('tax', read(file), query)).toMatchObject({ rows, unchanged: 1, lsn: null });
    }
    const minneapolis = await taxOf('general', 'store:MN');
    assert(minneapolis !== undefined, 'the class was made');
    // The state's 6.875 %, Hennepin's 0.15 %, the city's 0.5 %, the transit district's 0.5 %.
    expect(taxAt(minneapolis, { date: '2026-03-14' })).toMatchObject({
      rateBps: 803,
      components: [{ ratePpm: 68_750 }, { ratePpm: 1_500 }, { ratePpm: 5_000 }, { ratePpm: 5_000 }],
    });
    const atlanta = await taxOf('food', 'store:GA');
    assert(atlanta !== undefined, 'the class was made');
    // Georgia does not tax food, its counties do.
    expect(taxAt(atlanta, { date: '2026-03-14' }).components?.map(({ component }) => component)).not.toContain('state:13');
  });

  test('every territory of the VAT table, by date', async () => {
    const table = read('vat_rates.csv');
    expect(await take('tax', table, { territory: 'DE', scope: 'store:DE' })).toMatchObject({ rows: 241, created: 1, refused: 0 });
    const germany = await taxOf('standard', 'store:DE');
    assert(germany !== undefined, 'the class was made');
    const rates = ['1990-01-01', '1998-04-01', '2007-01-01', '2020-08-01', '2026-03-14'].map((date) => taxAt(germany, { date }).rateBps);
    expect(rates).toEqual([1_400, 1_600, 1_900, 1_600, 1_900]);
    for (const [territory, rateBps] of [
      ['FR', 2_000],
      ['IE', 2_300],
      ['FI', 2_550],
      ['PT-20', 1_800],
    ] as const) {
      await take('tax', table, { territory, scope: `store:${territory}` });
      const tax = await taxOf('standard', `store:${territory}`);
      assert(tax !== undefined, 'the class was made');
      expect(taxAt(tax, { date: '2026-03-14' }).rateBps, territory).toBe(rateBps);
    }
  });
});
