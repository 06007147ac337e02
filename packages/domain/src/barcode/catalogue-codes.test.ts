/** Every GTIN of a catalogue of 120,000 real goods decodes: alone, padded, and inside an element string. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { parseScan } from './barcode.ts';

const CATALOGUE = join(import.meta.dirname, '../../../../../shared/data/catalog/large.csv.gz');

test('every code of the large catalogue decodes', (context) => {
  if (!existsSync(CATALOGUE)) context.skip(`${CATALOGUE} is absent`);
  const lines = gunzipSync(readFileSync(CATALOGUE)).toString('utf8').split('\n').slice(1);
  const gtins = lines.map((line) => /^"?(\d{8,14})"?,/.exec(line)?.[1]).filter((gtin) => gtin !== undefined);
  expect(gtins.length).toBe(120_000);
  const misread = gtins.flatMap((gtin) => {
    const key = gtin.padStart(14, '0');
    return [gtin, `]C101${key}10LOT`, `https://id.gs1.org/01/${gtin}`].filter((text) => {
      const scanned = parseScan(text);
      return !scanned.ok || scanned.value.keys[0] !== key;
    });
  });
  expect(misread).toEqual([]);
});
