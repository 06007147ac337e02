import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { createHubApi, type ImportReport } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { isGzip } from '../retail-file.ts';

export const command: Command = {
  name: 'import',
  usage: 'catalog FILE --hub URL --token T [--currency C] [--scope S] [--tax-class X] [--columns a=b,…] [--synthetic-prices]',
  about: [
    'Takes goods from a CSV file (gzip too) into a running hub, as one publication: lanes see all of it or nothing.',
    'Columns are found by their header: gtin, sku, name, brand, category, price, currency, tax_class, unit, plu, minimum_age,',
    'symbol, price_type, price_from, price_to, and words that other systems use for them (StockCode, Description, UnitPrice …).',
    'A row that cannot be taken is refused by itself, with its reason; the others go on. The same file again changes nothing.',
    'On stdout: what was taken, and each refused row. Progress goes to stderr.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    currency: { type: 'string', value: 'C', about: 'The prices’ currency, where no column names it: EUR, GBP …' },
    scope: { type: 'string', value: 'S', about: 'Who sees the goods: global (default), zone:Z or store:S.' },
    'tax-class': { type: 'string', value: 'X', about: 'The tax class of goods whose row names none.' },
    columns: { type: 'string', value: 'field=header,…', about: 'Columns whose header says nothing: sku=Artikel,price=Preis' },
    'synthetic-prices': {
      type: 'boolean',
      about: 'Make up a price, the same one every time and marked as such, for goods that come without.',
    },
    source: { type: 'string', value: 'TEXT', about: 'Where the goods come from, noted with them.' },
  },
  positionals: { min: 2, max: 2 },
  examples: [
    'pnpm holdfast import catalog goods.csv --hub http://localhost:7400 --token T --currency EUR --tax-class standard',
    'pnpm holdfast import catalog goods.csv.gz --hub http://localhost:7400 --token T --synthetic-prices --json',
  ],
  run: async (input) => {
    const [what, file = ''] = input.positionals;
    if (what !== 'catalog') throw new UsageError(`"${what}" cannot be imported; a catalog can: pnpm holdfast import catalog FILE`);
    const hub = createHubApi(input.need('hub'), input.need('token'));
    const path = userPath(file);
    // Looked at first: a file that is not there is said plainly, not as a broken upload.
    const packed = await isGzip(path);
    const progress = showProgress(input, (await stat(path)).size, packed);
    const report = await hub.importCatalog(createReadStream(path), queryOf(input), progress.onRows);
    progress.end();
    if (input.json) input.out(`${JSON.stringify(report)}\n`);
    else input.out(reportText(report));
    return EXIT.done;
  },
};

function queryOf({ text, isSet }: CommandInput): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [flag, name] of [
    ['currency', 'currency'],
    ['scope', 'scope'],
    ['tax-class', 'taxClass'],
    ['columns', 'columns'],
    ['source', 'source'],
  ] as const) {
    const value = text(flag);
    if (value !== undefined) query[name] = value;
  }
  if (isSet('synthetic-prices')) query['syntheticPrices'] = 'true';
  return query;
}

function showProgress({ err, interactive, json }: CommandInput, bytes: number, packed: boolean) {
  const shown = interactive && !json;
  if (shown) err(`Sending ${Math.ceil(bytes / 1_024).toLocaleString('en')} kB${packed ? ' (gzip)' : ''} …`);
  return {
    onRows: (rows: number) => {
      if (shown) err(`\r\u001b[K${rows.toLocaleString('en')} rows read by the hub …`);
    },
    end: () => {
      if (shown) err('\r\u001b[K');
    },
  };
}

function reportText(report: ImportReport): string {
  const { rows, created, changed, unchanged, duplicates, refused, lsn, durationMs } = report;
  const figure = (value: number): string => value.toLocaleString('en');
  const joined = duplicates === 0 ? '' : `, ${figure(duplicates)} more rows of goods named before`;
  const published = lsn === null ? 'Nothing is new; no publication was made.' : `Published as number ${lsn}.`;
  return [
    `${figure(rows)} rows in ${(durationMs / 1_000).toFixed(1)} s: ${figure(created)} goods new, ${figure(changed)} changed, ${figure(unchanged)} unchanged${joined}; ${figure(refused)} rows refused. ${published}`,
    ...report.refusals.map(({ row, reason, value }) => `row ${row}: ${reason}${value === undefined || value === '' ? '' : ` (${value})`}`),
    '',
  ].join('\n');
}
