import { gzipSync } from 'node:zlib';

import { priceKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ImportReport } from './importer.ts';
import { parseStoreMoment } from './moment.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('a moment in a file', () => {
  test.each([
    ['', 'Europe/Berlin', null],
    ['2026-12-01', 'Europe/Berlin', Date.UTC(2026, 10, 30, 23)],
    ['2026-12-01 08:00', 'Europe/Berlin', Date.UTC(2026, 11, 1, 7)],
    ['2026-12-01T08:00', 'Europe/Berlin', Date.UTC(2026, 11, 1, 7)],
    ['2026-07-01T08:00', 'Europe/Berlin', Date.UTC(2026, 6, 1, 6)],
    ['2026-12-01T08:00:00Z', 'Europe/Berlin', Date.UTC(2026, 11, 1, 8)],
    ['2026-10-25 02:30+01:00', 'Europe/Berlin', Date.UTC(2026, 9, 25, 1, 30)],
    ['2026-03-29', 'Europe/Berlin', Date.UTC(2026, 2, 28, 23)],
    ['2026-09-06', 'America/Santiago', Date.UTC(2026, 8, 6, 4)],
    ['2026-12-01T08:00:00Z', undefined, Date.UTC(2026, 11, 1, 8)],
    ['2026-12-01', undefined, 'ambiguousTimeZone'],
    ['2026-03-29 02:30', 'Europe/Berlin', 'noSuchLocalTime'],
    ['2026-10-25 02:30', 'Europe/Berlin', 'ambiguousLocalTime'],
    ['2026-02-30', 'Europe/Berlin', 'badDate'],
    ['2026-02-30 08:00', 'Europe/Berlin', 'badDate'],
    ['2026-02-01 24:00', 'Europe/Berlin', 'badDate'],
    ['2026-02-01 08:00:30', 'Europe/Berlin', 'badDate'],
    ['01.02.2026', 'Europe/Berlin', 'badDate'],
  ])('%s in %s', (text, timeZone, expected) => {
    const moment = parseStoreMoment(text, timeZone);
    expect(moment.ok ? moment.value : moment.error.reason).toBe(expected);
  });
});

describe('importing prices', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
    await hub.post('/api/v1/stores', {
      store: 'ny',
      name: 'New York',
      zone: 'us',
      currency: 'USD',
      timeZone: 'America/New_York',
      taxInclusive: false,
    });
  });
  afterAll(async () => hub.close());

  async function importPrices(body: string | Uint8Array<ArrayBuffer>, query = ''): Promise<ImportReport> {
    const response = await hub.api(`/api/v1/import/prices${query}`, { method: 'POST', body });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
  }
  const price = async (key: string, scope = 'global'): Promise<unknown> => {
    const [row] = await hub.database.rows<{ fields: unknown }>('SELECT fields FROM entity WHERE type = 3 AND key = $1 AND scope = $2', [
      key,
      scope,
    ]);
    return row?.fields;
  };

  const FILE = `sku,scope,type,price,currency,from,to,priority,from_quantity,group,source
MILK,,,1.19,EUR,,,,,,
MILK,store:ny,promotional,0.99,USD,2026-07-01,2026-07-08 20:00,5,,,flyer 27
MILK,,quantity break,1.05,EUR,,,,6,,
MILK,,quantity break,0.99,EUR,,,,12,,
MILK,,member,1.09,EUR,,,,,gold,
`;

  test('takes what goods cost beside their price, of goods that are there; an empty cell leaves it as it was', async () => {
    const importCatalog = async (body: string): Promise<void> =>
      expect((await hub.api('/api/v1/import/catalog', { method: 'POST', body })).status).toBe(200);
    const item = async (sku: string, scope = 'global'): Promise<unknown> =>
      (
        await hub.database.rows<{ fields: unknown }>('SELECT fields FROM entity WHERE type = 1 AND key = $1 AND scope = $2', [sku, scope])
      )[0]?.fields;
    await importCatalog('sku,name\nCUP,Cup\nPOT,Pot\n');
    const file = `sku,scope,price,cost,currency,type,from_quantity
CUP,,2.50,1.1054,,,
CUP,,2.20,,,quantity break,6
CUP,store:ny,2.75,1.30,USD,,
POT,,9.00,-1,,,
LATER,,4.00,1.00,,,
SOON,,4.00,,,,
`;
    const report = await importPrices(file);
    expect(report).toMatchObject({ rows: 6, created: 4, changed: 0, unchanged: 0, refused: 2 });
    expect(report.refusals).toEqual([
      { row: 5, reason: 'badCost', value: '-1' },
      { row: 6, reason: 'costOfUnknownItem', value: 'LATER' },
    ]);
    expect(await item('CUP')).toMatchObject({ '1': 'Cup', '50': 11_054, '51': 4, '52': 'EUR' });
    expect(await item('CUP', 'store:ny')).toEqual({ '50': 130, '51': 2, '52': 'USD' });
    expect(await item('SOON')).toBeUndefined();
    expect(await importPrices(file)).toMatchObject({ created: 0, changed: 0, unchanged: 4, lsn: null });
    // A cost alone is a publication, too.
    expect(await importPrices('sku,price,purchase price\nCUP,2.50,1.20\n')).toMatchObject({
      changed: 0,
      unchanged: 1,
      lsn: expect.any(Number),
    });
    expect(await item('CUP')).toMatchObject({ '50': 120, '51': 2 });
  });

  test('makes a price of each row, also packed and as JSON, and the second time nothing', async () => {
    expect(await importPrices(FILE)).toMatchObject({ rows: 5, created: 5, changed: 0, unchanged: 0, refused: 0 });
    expect(await price(priceKey('MILK', 'regular'))).toEqual({ '1': 119, '2': 2, '3': 'EUR' });
    expect(await price(priceKey('MILK', 'promotional', Date.UTC(2026, 6, 1, 4)), 'store:ny')).toEqual({
      '1': 99,
      '2': 2,
      '3': 'USD',
      '4': Date.UTC(2026, 6, 1, 4),
      '5': Date.UTC(2026, 6, 9, 0),
      '6': 5,
      '7': 'flyer 27',
    });
    expect(await price(priceKey('MILK', 'quantityBreak', undefined, { fromQuantity: 12 }))).toMatchObject({ '1': 99, '8': 12 });
    expect(await price(priceKey('MILK', 'member', undefined, { customerGroup: 'gold' }))).toMatchObject({ '1': 109, '9': 'gold' });
    const [header = '', ...rows] = FILE.trim()
      .split('\n')
      .map((line) => line.split(','));
    const objects = rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [header[index], cell])));
    for (const body of [FILE, gzipSync(FILE), JSON.stringify(objects)]) {
      const again = await importPrices(typeof body === 'string' ? body : new Uint8Array(body));
      expect(again).toMatchObject({ rows: 5, created: 0, changed: 0, unchanged: 5, lsn: null });
    }
  });

  test('changes what is there, and a later row about the same price wins', async () => {
    await importPrices('sku,price,currency\nA,1.00,EUR\nB,2.00,EUR\n');
    const report = await importPrices('sku,price,currency\nA,1.10,EUR\nB,2.00,EUR\nA,1.20,EUR\n');
    expect(report).toMatchObject({ rows: 3, created: 0, changed: 1, unchanged: 1, duplicates: 1 });
    expect(await price(priceKey('A', 'regular'))).toMatchObject({ '1': 120 });
    await importPrices('sku,type,price,currency,from_quantity\nA,pack,5.00,EUR,6\n');
    expect(await price(priceKey('A', 'pack', undefined, { fromQuantity: 6 }))).toMatchObject({ '1': 500, '8': 6 });
  });

  test('refuses each bad row by itself, with its reason, and takes the others', async () => {
    const bad: readonly (readonly [row: string, reason: string])[] = [
      [',,,1.00,EUR,,,,,', 'noCode'],
      ['A,nowhere,,1.00,EUR,,,,,', 'badScope'],
      ['A,,,-1,EUR,,,,,', 'negativePrice'],
      ['A,,,1e3,EUR,,,,,', 'badPrice'],
      ['A,,,1000000000000000,EUR,,,,,', 'badPrice'],
      ['A,,,"1,000",EUR,,,,,', 'ambiguousPrice'],
      ['A,,,1.00,XXX,,,,,', 'unknownCurrency'],
      ['A,,override,1.00,EUR,,,,,', 'badPriceType'],
      ['A,,label,1.00,EUR,,,,,', 'badPriceType'],
      ['A,,,1.00,EUR,2026-13-01,,,,', 'badDate'],
      ['A,,,1.00,EUR,2026-12-02,2026-12-01,,,', 'badDate'],
      ['A,store:ny,,1.00,EUR,2026-03-08 02:30,,,,', 'noSuchLocalTime'],
      ['A,,,1.00,EUR,,,high,,', 'badPriority'],
      ['A,,quantity break,1.00,EUR,,,,,', 'badQuantity'],
      ['A,,quantity break,1.00,EUR,,,,0,', 'badQuantity'],
      ['A,,quantity break,1.00,EUR,,,,1.5,', 'badQuantity'],
      ['A,,pack,1.00,EUR,,,,,', 'badQuantity'],
      ['A,,pack,1.00,EUR,,,,1,', 'badQuantity'],
      ['A,,pack,1.00,EUR,,,,401,', 'badQuantity'],
      ['A,,promotional,1.00,EUR,,,,6,', 'badQuantity'],
      ['A,,promotional,1.00,EUR,,,,,gold', 'badGroup'],
    ];
    const rows = bad.map(([row]) => row).join('\n');
    const report = await importPrices(
      `sku,scope,type,price,currency,from,to,priority,from_quantity,group\n${rows}\nFINE,,,1.00,EUR,,,,,\n`,
      '?timeZone=America/New_York',
    );
    expect(report.refusals.map(({ row, reason }) => [row, reason])).toEqual(bad.map(([, reason], index) => [index + 2, reason]));
    expect(report).toMatchObject({ created: 1, refused: bad.length });
  });

  test('a wall time of stores in several time zones needs its offset, or the zone by name', async () => {
    await hub.post('/api/v1/stores', {
      store: 'la',
      name: 'Los Angeles',
      zone: 'us',
      currency: 'USD',
      timeZone: 'America/Los_Angeles',
      taxInclusive: false,
    });
    const file = 'sku,scope,price,currency,from\nZ,zone:us,1.00,USD,2026-07-01\nZ,store:la,1.00,USD,2026-07-01\n';
    expect((await importPrices(file)).refusals).toEqual([{ row: 2, reason: 'ambiguousTimeZone', value: '2026-07-01' }]);
    expect(await price(priceKey('Z', 'regular', Date.UTC(2026, 6, 1, 7)), 'store:la')).toBeDefined();
    expect(await importPrices(file, '?timeZone=America/New_York')).toMatchObject({ refused: 0 });
  });

  test.each([
    ['no price at all', 'sku\nA\n', '', 422],
    ['a time zone that is none', 'sku,price\nA,1\n', '?timeZone=Mars/Base', 400],
    ['a flag of another import', 'sku,price\nA,1\n', '?syntheticPrices=true', 400],
  ])('refuses %s whole', async (_what, body, query, status) => {
    expect((await hub.api(`/api/v1/import/prices${query}`, { method: 'POST', body })).status).toBe(status);
  });
});
