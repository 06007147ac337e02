/** Importing 120,000 rows at a hub on PGlite; beside a bare PGlite that inserts the same rows as they are, set by set. */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { PGlite } from '@electric-sql/pglite';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';

import { catalogCsv } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, type Bench } from './report.ts';

const REAL = fileURLToPath(new URL('../../../shared/data/catalog/large.csv.gz', import.meta.url));
const ROWS = 120_000;

export const importCatalog: Bench = async ({ quick, say }) => {
  const real = existsSync(REAL);
  const { imports: runs } = countsOf('import', quick);
  const times: number[] = [];
  let again = 0;
  for (let run = 0; run < runs; run++) {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-import-'));
    const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const file = (): Readable => (real ? createReadStream(REAL) : Readable.from(catalogCsv(ROWS)));
    say(`import ${run + 1} of ${runs}`);
    const start = performance.now();
    const report = await api.importFile('catalog', file(), { currency: 'EUR', syntheticPrices: 'true' }, () => undefined);
    times.push((performance.now() - start) / 1_000);
    if (report.rows !== ROWS) throw new Error(`the hub read ${report.rows} rows`);
    if (run === runs - 1) {
      const second = performance.now();
      const unchanged = await api.importFile('catalog', file(), { currency: 'EUR', syntheticPrices: 'true' }, () => undefined);
      again = (performance.now() - second) / 1_000;
      if (unchanged.lsn !== null) throw new Error('importing the same file again made a publication');
    }
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const floor = await bareInsert(real);
  return {
    name: 'import',
    against: 'a bare PGlite inserting the same rows as text into one table, 5,000 at a time',
    setting: `${ROWS.toLocaleString('en')} rows (${real ? 'large.csv.gz, Open Food Facts' : 'generated: ../shared/data is not here'}), each an item, a code and a price at the hub; median of ${runs}`,
    figures: [
      figure('import', median(times), 's'),
      figure('rows a second', ROWS / median(times), 'rows/s'),
      figure('importing the same again', again, 's'),
      figure('bare insert', floor, 's'),
      figure('import ÷ bare insert', median(times) / floor, '×'),
    ],
    targets: [atMost('import of 120,000 rows', median(times), 20, 's')],
  };
};

async function bareInsert(real: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bare-pglite-'));
  const text = real ? gunzipSync(readFileSync(REAL)).toString('utf8') : [...catalogCsv(ROWS)].join('');
  const rows = text.trimEnd().split('\n').slice(1);
  const database = new PGlite(folder);
  await database.exec('CREATE TABLE item (code text PRIMARY KEY, name text)');
  const start = performance.now();
  await database.transaction(async (transaction) => {
    for (let n = 0; n < rows.length; n += 5_000) {
      const batch = rows.slice(n, n + 5_000).map((row) => [row.slice(0, row.indexOf(',')), row.slice(row.indexOf(',') + 1)] as const);
      await transaction.query('INSERT INTO item SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING', [
        batch.map(([code]) => code),
        batch.map(([, name]) => name),
      ]);
    }
  });
  const took = (performance.now() - start) / 1_000;
  await database.close();
  rmSync(folder, { recursive: true, force: true });
  return took;
}
