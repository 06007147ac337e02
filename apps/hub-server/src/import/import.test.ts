import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { CATALOG_WORDS, type CatalogField } from './catalog-row.ts';
import { findColumns, parseColumnMapping } from './columns.ts';
import type { ImportReport } from './importer.ts';
import { parsePrice } from './refusal.ts';
import { syntheticPrice } from './synthetic-price.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

test.each([
  ['2.55', 2, { amount: 255, decimals: 2 }],
  ['2.5', 2, { amount: 250, decimals: 2 }],
  ['2', 2, { amount: 200, decimals: 2 }],
  ['2,5', 2, { amount: 250, decimals: 2 }],
  ['0.001', 2, { amount: 1, decimals: 3 }],
  ['0.0010', 2, { amount: 1, decimals: 3 }],
  ['11062.0600', 2, { amount: 1_106_206, decimals: 2 }],
  ['1.1234', 2, { amount: 11_234, decimals: 4 }],
  ['0', 2, { amount: 0, decimals: 2 }],
  ['120', 0, { amount: 120, decimals: 0 }],
  ['1.5', 3, { amount: 1_500, decimals: 3 }],
  ['9007199254740993', 2, 'badPrice'],
  ['1,234', 2, 'ambiguousPrice'],
  ['-1', 2, 'negativePrice'],
  ['1.12345', 2, 'badPrice'],
  ['1.234,50', 2, 'badPrice'],
  ['1e3', 2, 'badPrice'],
  ['€2', 2, 'badPrice'],
  ['NaN', 2, 'badPrice'],
  ['.5', 2, 'badPrice'],
])('a price of "%s" with %d minor digits', (text, minorDigits, expected) => {
  const price = parsePrice(text, minorDigits);
  expect(price.ok ? price.value : price.error.reason).toEqual(expected);
});

test('a made-up price is the same for the same SKU, in steps of ten minor units, and of a size that goods have', () => {
  expect(syntheticPrice('4006381333931', 2)).toEqual(syntheticPrice('4006381333931', 2));
  for (let number = 0; number < 500; number += 1) {
    const { amount, decimals } = syntheticPrice(`sku-${number}`, 2);
    expect(decimals).toBe(2);
    expect(amount % 10).toBe(9);
    expect(amount).toBeGreaterThanOrEqual(49);
    expect(amount).toBeLessThanOrEqual(2_039);
  }
});

describe('columns', () => {
  const none = new Map<never, string>();
  const find = (header: readonly string[], mapping: ReadonlyMap<CatalogField, string>) =>
    findColumns(header, CATALOG_WORDS, mapping, [['gtin', 'sku', 'plu']]);
  test('are found by the words of their headers, whatever their case and punctuation', () => {
    const columns = find(['Stock Code', 'DESCRIPTION', 'Unit-Price', 'Colour', 'Tax_Class'], none);
    expect(columns.ok && [...columns.value]).toEqual([
      ['sku', 0],
      ['name', 1],
      ['price', 2],
      ['tax_class', 4],
    ]);
  });
  test('go where the person who imports says, even against their own words', () => {
    const mapping = parseColumnMapping('sku=Ref, name=SKU', CATALOG_WORDS);
    const columns = find(['Ref', 'SKU'], mapping.ok ? mapping.value : none);
    expect(columns.ok && [...columns.value]).toEqual([
      ['sku', 0],
      ['name', 1],
    ]);
  });
  test('that are nowhere are named', () => {
    expect(find(['Colour', 'Size'], none)).toMatchObject({
      ok: false,
      error: { reason: expect.stringContaining('Colour, Size') as string },
    });
    const mapping = parseColumnMapping('sku=Ref', CATALOG_WORDS);
    expect(find(['SKU'], mapping.ok ? mapping.value : none)).toMatchObject({
      ok: false,
      error: { reason: expect.stringContaining('Ref') as string },
    });
    expect(parseColumnMapping('size=Size', CATALOG_WORDS).ok).toBe(false);
    expect(parseColumnMapping('sku', CATALOG_WORDS).ok).toBe(false);
  });
});

interface Answer {
  readonly status: number;
  readonly report: ImportReport | undefined;
  readonly progress: number;
  readonly text: string;
}

describe('an import over HTTP', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(async () => hub.close());

  async function importFile(body: string | Uint8Array<ArrayBuffer>, query = ''): Promise<Answer> {
    const response = await hub.api(`/api/v1/catalog/import${query}`, { method: 'POST', body });
    const text = await response.text();
    const lines = text.split('\n').filter((line) => line !== '');
    const parsed = response.ok ? lines.map((line) => JSON.parse(line) as { type: string } & ImportReport) : [];
    return {
      status: response.status,
      report: parsed.find((line) => line.type === 'report'),
      progress: parsed.filter((line) => line.type === 'progress').length,
      text,
    };
  }
  const entity = async (type: number, key: string): Promise<unknown> => {
    const [row] = await hub.database.rows<{ fields: unknown }>('SELECT fields FROM entity WHERE type = $1 AND key = $2', [type, key]);
    return row?.fields;
  };

  test('makes items, codes and prices, and the second time nothing', async () => {
    const file = `gtin,sku,name,brand,category,price,currency,tax_class,unit,plu,minimum_age,symbol
4006381333931,PEN,"Pen, blue",Stabilo,Office,1.29,EUR,standard,piece,,,🖊
,APPLE,Apple,,Fruit,2.99,,reduced,kg,4011,,
5000112546415,,Cola,,,,,,,,,
4000417025005,RUM,Rum,,Spirits,14.9900,,,,,18,
`;
    const first = await importFile(file);
    expect(first.report).toMatchObject({ rows: 4, created: 4, changed: 0, unchanged: 0, refused: 0, duplicates: 0 });
    expect(await entity(1, 'PEN')).toEqual({ '1': 'Pen, blue', '2': 'Stabilo', '3': 'Office', '4': 'standard', '5': 'piece', '8': '🖊' });
    expect(await entity(2, '04006381333931')).toEqual({ '1': 'PEN' });
    expect(await entity(1, 'APPLE')).toEqual({ '1': 'Apple', '3': 'Fruit', '4': 'reduced', '5': 'gram', '7': '4011' });
    expect(await entity(2, 'plu:4011')).toEqual({ '1': 'APPLE' });
    expect(await entity(3, 'APPLE\u001fregular\u001f')).toEqual({ '1': 299, '2': 2, '3': 'EUR' });
    expect(await entity(1, '5000112546415')).toEqual({ '1': 'Cola', '4': 'standard', '5': 'piece' });
    expect(await entity(3, '5000112546415\u001fregular\u001f')).toBeUndefined();
    expect(await entity(1, 'RUM')).toMatchObject({ '6': 18 });
    const again = await importFile(gzipSync(file));
    expect(again.report).toMatchObject({ rows: 4, created: 0, changed: 0, unchanged: 4, lsn: null });
  });

  test('tells what changed, and leaves alone what the file does not speak of', async () => {
    await importFile('sku,name,brand,price\nK1,One,Acme,1.00\nK2,Two,Acme,2.00\nK3,Three,Acme,3.00\n');
    const next = await importFile('sku,name,price\nK1,One,1.00\nK2,Two,2.50\nK3,Drei,\nK4,Four,4.00\n');
    expect(next.report).toMatchObject({ rows: 4, created: 1, changed: 2, unchanged: 1 });
    expect(await entity(1, 'K3')).toMatchObject({ '1': 'Drei', '2': 'Acme' });
    expect(await entity(3, 'K3\u001fregular\u001f')).toMatchObject({ '1': 300 });
    await importFile('sku,name,brand\nK1,One,\n');
    expect(await entity(1, 'K1')).toMatchObject({ '2': null });
  });

  test('refuses each bad row by itself, with its number, reason and value', async () => {
    const file = `gtin;sku;name;price;unit;tax_class;currency;minimum_age;price_from;price_to
4006381333932;;Wrong digit;1,00;;;;;;
123;;Too short;1,00;;;;;;
;;Nothing;1,00;;;;;;
;R1;;1,00;;;;;;
;R2;Negative;-1,00;;;;;;
;R3;Words;cheap;;;;;;
;R4;Thousands;1,000;;;;;;
;R5;Unit;1,00;dozen;;;;;
;R6;Tax;1,00;;luxury;;;;
;R7;Currency;1,00;;;XXX;;;
;R8;Age;1,00;;;;old;;
;R9;Dates;1,00;;;;;2026-12-01;2026-11-01
;R10;Fine;1,00;;;;;2026-12-01;2027-01-01
`;
    const { report } = await importFile(file);
    expect(report).toMatchObject({ rows: 13, created: 1, refused: 12 });
    expect(report?.refusals.map(({ row, reason }) => [row, reason])).toEqual([
      [2, 'badCheckDigit'],
      [3, 'badGtin'],
      [4, 'noCode'],
      [5, 'noName'],
      [6, 'negativePrice'],
      [7, 'badPrice'],
      [8, 'ambiguousPrice'],
      [9, 'unknownUnit'],
      [10, 'unknownTaxClass'],
      [11, 'unknownCurrency'],
      [12, 'badMinimumAge'],
      [13, 'badDate'],
    ]);
    expect(await entity(3, `R10\u001fregular\u001f${Date.UTC(2026, 11, 1)}`)).toEqual({
      '1': 100,
      '2': 2,
      '3': 'EUR',
      '4': Date.UTC(2026, 11, 1),
      '5': Date.UTC(2027, 0, 1),
    });
  });

  test('a later row of one item wins and is counted, and a code belongs to the last item that claims it', async () => {
    const { report } = await importFile('gtin,sku,name,price\n40170725,D1,First,1.00\n40170725,D1,Second,2.00\n40170725,D2,Thief,3.00\n');
    expect(report).toMatchObject({ rows: 3, created: 2, duplicates: 1 });
    expect(await entity(1, 'D1')).toMatchObject({ '1': 'Second' });
    expect(await entity(3, 'D1\u001fregular\u001f')).toMatchObject({ '1': 200 });
    expect(await entity(2, '00000040170725')).toEqual({ '1': 'D2' });
  });

  test('a list of sale lines gives each item its first name and its first price above zero; SKUs compare bytewise', async () => {
    const file = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,85123A,,1,2010-12-01,0.0,,UK
C2,85123A,HEART,-1,2010-12-01,2.55,,UK
3,85123A,OTHER,1,2010-12-01,9.99,,UK
4,85123a,heart,1,2010-12-01,0.001,,UK
5,FREE,,1,2010-12-01,-5,,UK
`;
    const { report } = await importFile(file, '?currency=GBP');
    expect(report).toMatchObject({ rows: 5, created: 3, duplicates: 2, refused: 0 });
    expect(await entity(1, '85123A')).toMatchObject({ '1': 'HEART' });
    expect(await entity(3, '85123A\u001fregular\u001f')).toEqual({ '1': 255, '2': 2, '3': 'GBP' });
    expect(await entity(3, '85123a\u001fregular\u001f')).toEqual({ '1': 1, '2': 3, '3': 'GBP' });
    expect(await entity(1, 'FREE')).toMatchObject({ '1': 'FREE' });
    expect(await entity(3, 'FREE\u001fregular\u001f')).toBeUndefined();
  });

  test('makes up prices only where asked, says so, and gives way to a real one', async () => {
    await importFile('sku,name\nS1,Made up\n', '?syntheticPrices=true');
    const made = syntheticPrice('S1', 2);
    expect(await entity(3, 'S1\u001fregular\u001f')).toEqual({ '1': made.amount, '2': made.decimals, '3': 'EUR', '7': 'synthetic' });
    await importFile('sku,name,price\nS1,Made up,5.00\n');
    const again = await importFile('sku,name\nS1,Made up\n', '?syntheticPrices=true');
    expect(again.report).toMatchObject({ unchanged: 1, lsn: null });
    expect(await entity(3, 'S1\u001fregular\u001f')).toMatchObject({ '1': 500, '7': null });
  });

  test.each([
    ['nothing at all', '', '', 422],
    ['no usable column', 'colour,size\nred,9\n', '', 422],
    ['no usable column in a large file', `colour,size\n${'red,9\n'.repeat(2_000_000)}`, '', 422],
    ['half a gz', gzipSync('sku,name\nA,B\n'.repeat(1_000)).subarray(0, 60), '', 422],
    ['a field that never ends', `sku,name\n"A,${'x'.repeat(200_000)}`, '', 422],
    ['a default tax class that is not there', 'sku,name\nA,B\n', '?taxClass=luxury', 422],
    ['a scope that is none', 'sku,name\nA,B\n', '?scope=everywhere', 400],
    ['a currency that is none', 'sku,name\nA,B\n', '?currency=EURO', 400],
    ['a mapping that is none', 'sku,name\nA,B\n', '?columns=nonsense', 400],
  ])('refuses %s whole, as a problem', async (_what, body, query, status) => {
    const before = await hub.database.rows('SELECT lsn FROM tenant');
    const answer = await importFile(typeof body === 'string' ? body : new Uint8Array(body), query);
    expect(answer.status, answer.text).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ status });
    expect(await hub.database.rows('SELECT lsn FROM tenant')).toEqual(before);
  });

  test('takes deposits, hours, limits and tare, and refuses what no lane could read', async () => {
    const file = `sku,name,unit,deposit_sku,sale_hours,maximum_per_sale,cashier_age,tare,is_deposit
COLA-B,Cola,piece,BOTTLE,mo-sa 06:00-22:00,6,18,,
BOTTLE,Deposit,piece,,,,,,yes
OLIVE,Olives,kg,,,500,,12,no
E1,Bad hours,piece,,always,,,,
E2,Bad maximum,piece,,,0,,,
E3,Bad age,piece,,,,old,,
E4,Bad tare,kg,,,,,12.5,
E5,Own deposit,piece,E5,,,,,
E6,Bad word,piece,,,,,,perhaps
`;
    const { report } = await importFile(file);
    expect(report).toMatchObject({ created: 3, refused: 6 });
    expect(report?.refusals.map(({ reason }) => reason)).toEqual([
      'badSaleHours',
      'badMaximum',
      'badCashierAge',
      'badTare',
      'depositOnItself',
      'badYesOrNo',
    ]);
    expect(await entity(1, 'COLA-B')).toMatchObject({ '10': 'BOTTLE', '11': 'mo-sa 06:00-22:00', '12': 6, '13': 18 });
    expect(await entity(1, 'BOTTLE')).toMatchObject({ '41': true });
    expect(await entity(1, 'OLIVE')).toMatchObject({ '12': 500, '40': 12, '41': false });
  });

  test('takes what is in one piece, in the smallest steps of its unit, and refuses what says no amount', async () => {
    const file = `sku,name,content
OIL,Olive oil,0.75 l
FLOUR,Flour,"1,5 kg"
ROPE,Rope,20m
NONE,Bag,
F1,No unit,750
F2,No amount,l
F3,Pieces,6 pcs
F4,Nothing,0 ml
`;
    const { report } = await importFile(file);
    expect(report).toMatchObject({ created: 4, refused: 4 });
    expect(report?.refusals.map(({ reason }) => reason)).toEqual(['badContent', 'badContent', 'badContent', 'badContent']);
    expect(await entity(1, 'OIL')).toMatchObject({ '53': 750, '54': 'millilitre' });
    expect(await entity(1, 'FLOUR')).toMatchObject({ '53': 1_500, '54': 'gram' });
    expect(await entity(1, 'ROPE')).toMatchObject({ '53': 20_000, '54': 'millimetre' });
    expect(await entity(1, 'NONE')).not.toHaveProperty('53');
  });

  test('takes packs: a code of a further line stands for so many; a column that is empty says one, a file without it says nothing', async () => {
    const head = 'sku,name,unit,gtin,pack_units\n';
    const { report } = await importFile(`${head}PK-1,Cola,piece,4006381333962,
PK-1,Cola,,14006381333969,12
PK-2,Beer,pcs,4006381333979,24
PK-3,Not a number,piece,4006381333986,six
PK-4,Nothing,piece,4006381333986,0
PK-5,Too many,piece,4006381333986,10000
PK-6,Weighed,kg,4006381333986,6
PK-7,No code,piece,,6
`);
    expect(report).toMatchObject({ created: 2, refused: 5 });
    expect(report?.refusals.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => 'badPackUnits'));
    const units = async (): Promise<readonly unknown[]> =>
      Promise.all(
        ['04006381333962', '14006381333969', '04006381333979'].map(
          async (key) => ((await entity(2, key)) as Readonly<Record<string, unknown>>)['96'] ?? null,
        ),
      );
    expect(await units()).toEqual([null, 12, 24]);
    await importFile('sku,name,gtin\nPK-2,Beer,4006381333979\n');
    expect(await units()).toEqual([null, 12, 24]);
    await importFile(`${head}PK-2,Beer,piece,4006381333979,1\n`);
    expect(await units()).toEqual([null, 12, null]);
  });

  test('takes what goods cost, in the currency of their row, and refuses what is no cost', async () => {
    const file = `sku,name,cost,currency
COST-1,Cup,1.1054,
COST-2,Pot,7,USD
COST-3,Debt,-1,
`;
    const { report } = await importFile(file);
    expect(report).toMatchObject({ created: 2, refusals: [{ row: 4, reason: 'badCost', value: '-1' }] });
    expect(await entity(1, 'COST-1')).toMatchObject({ '50': 11_054, '51': 4, '52': 'EUR' });
    expect(await entity(1, 'COST-2')).toMatchObject({ '50': 700, '51': 2, '52': 'USD' });
    await importFile('sku,name,cost\nCOST-1,Cup,\n');
    expect(await entity(1, 'COST-1')).toMatchObject({ '50': null, '51': null, '52': null });
  });

  test('text that no database stores refuses its row and no other', async () => {
    const bytes = new Uint8Array([...Buffer.from('sku,name\nN1,nul\0\nN2,caf'), 0xe9, ...Buffer.from('\nN3,Chili \u0080\u0099n cheese\n')]);
    const { report } = await importFile(bytes);
    expect(report).toMatchObject({ rows: 3, created: 1, refused: 2 });
    expect(report?.refusals.map(({ reason }) => reason)).toEqual(['controlCharacters', 'notUtf8']);
  });
});

const SHARED = new URL('../../../../../shared/data/', import.meta.url);
const isPresent = existsSync(SHARED);
if (!isPresent) process.stderr.write('not run: import of real catalogues (../shared/data is absent)\n');

describe.runIf(isPresent)('real files', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(async () => hub.close());

  test('everyday goods and 4,070 SKUs out of half a million sale lines, and the second time nothing', { timeout: 240_000 }, async () => {
    for (const { file, query, expected } of [
      { file: 'catalog/everyday.csv', query: '', expected: { rows: 16_862, items: 16_862 } },
      { file: 'sales/online_retail.csv.gz', query: '?currency=GBP', expected: { rows: 541_909, items: 4_070 } },
    ]) {
      const body = new Uint8Array(readFileSync(new URL(file, SHARED)));
      for (const pass of ['created', 'unchanged'] as const) {
        const response = await hub.api(`/api/v1/catalog/import${query}`, { method: 'POST', body });
        const lines = (await response.text()).trim().split('\n');
        const report = JSON.parse(lines.at(-1) ?? '') as ImportReport;
        expect(report).toMatchObject({ rows: expected.rows, [pass]: expected.items, changed: 0, refused: 0 });
        expect(lines.length > 1).toBe(true);
      }
    }
  });
});
