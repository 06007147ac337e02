import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { findJurisdictions } from './tax-boundaries.ts';

const row = (cells: Readonly<Record<number, string>>): string => Array.from({ length: 89 }, (_, index) => cells[index] ?? '').join(',');
const ZIP = { 0: 'z', 1: '20180101', 2: '29991231', 17: '55400', 19: '55499', 22: '27', 23: '27', 24: '053' };

async function fileOf(...rows: readonly string[]): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'holdfast-boundaries-')), 'boundaries.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  return path;
}

describe('a boundary file', () => {
  test('tells the jurisdictions of a ZIP code; addresses are passed over', async () => {
    const path = await fileOf(row({ ...ZIP, 0: 'a' }), row(ZIP));
    expect(await findJurisdictions(path, { zip: '55408' }, '2026-03-14')).toBe('state:27,county:053');
  });

  test('says what it does not know, and on which day', async () => {
    const path = await fileOf(row({ ...ZIP, 2: '20191231' }));
    await expect(findJurisdictions(path, { zip: '55408' }, '2026-03-14')).rejects.toThrow('--on');
    await expect(findJurisdictions(path, { zip: '10001' }, '2019-03-14')).rejects.toThrow('no record covers it');
  });

  test('with a record of the place that cannot be read is not used', async () => {
    const path = await fileOf(row({ ...ZIP, 17: '55408', 19: '55408', 30: '1', 31: '99' }), row(ZIP));
    await expect(findJurisdictions(path, { zip: '55408' }, '2026-03-14')).rejects.toThrow('record 1');
  });
});

const SAMPLE = fileURLToPath(new URL('../../../../shared/data/tax/SST_MNB2026Q2FEB18-sample.csv', import.meta.url));
if (!existsSync(SAMPLE)) console.warn(`skipped: ${SAMPLE} is not there, so no real boundary file is read`);
test.skipIf(!existsSync(SAMPLE))('a real one', async () => {
  expect(await findJurisdictions(SAMPLE, { zip: '55408' }, '2019-03-01')).toBe('state:27,county:053,district:80004');
  expect(await findJurisdictions(SAMPLE, { zip: '55101', extension: '2000' }, '2019-03-01')).toBe('state:27,county:123,city:58000');
});
