import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { nearestWord } from '@holdfast/base';

import { EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { createHubApi, type ImportReport } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { isGzip } from '../retail-file.ts';

/** What can be imported: its noun in the report, and the flags that it takes beside those of every import. */
const IMPORTS: Readonly<Record<string, { readonly noun: string; readonly flags: readonly string[] }>> = {
  catalog: { noun: 'goods', flags: ['currency', 'scope', 'tax-class', 'synthetic-prices'] },
};
const OWN_FLAGS = new Set(Object.values(IMPORTS).flatMap(({ flags }) => flags));

export const command: Command = {
  name: 'import',
  usage: `${Object.keys(IMPORTS).join('|')} FILE --hub URL --token T [--columns a=b,…] […]`,
  about: [
    'Takes a file (CSV, or JSON: an array of objects or one a line; gzip too) into a running hub, as one publication: lanes see all of it or nothing.',
    'Columns are found by their header, in the words that other systems use for them, too (StockCode, Description, UnitPrice …).',
    'A row that cannot be taken is refused by itself, with its reason; the others go on. The same file again changes nothing.',
    'On stdout: what was taken, and each refused row. Progress goes to stderr. The columns of each kind: docs/IMPORTS.md.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    currency: { type: 'string', value: 'C', about: 'The prices’ currency, where their row names none: EUR, GBP …' },
    scope: {
      type: 'string',
      value: 'S',
      about: 'Who sees what a row makes, where the row does not say: global (default), zone:Z or store:S.',
    },
    'tax-class': { type: 'string', value: 'X', about: 'The tax class of goods whose row names none.' },
    columns: { type: 'string', value: 'field=header,…', about: 'Columns whose header says nothing: sku=Artikel,price=Preis' },
    'synthetic-prices': {
      type: 'boolean',
      about: 'Make up a price, the same one every time and marked as such, for goods that come without.',
    },
    source: { type: 'string', value: 'TEXT', about: 'Where the file comes from, noted with the publication.' },
  },
  positionals: { min: 2, max: 2 },
  examples: [
    'pnpm holdfast import catalog goods.csv --hub http://localhost:7400 --token T --currency EUR --tax-class standard',
    'pnpm holdfast import catalog goods.csv.gz --hub http://localhost:7400 --token T --synthetic-prices --json',
  ],
  run: async (input) => {
    const [what = '', file = ''] = input.positionals;
    const kind = Object.hasOwn(IMPORTS, what) ? IMPORTS[what] : undefined;
    if (kind === undefined) {
      const meant = nearestWord(what, Object.keys(IMPORTS));
      const hint = meant === undefined ? `There are ${Object.keys(IMPORTS).join(', ')}.` : `Did you mean ${meant}?`;
      throw new UsageError(`"${what}" cannot be imported. ${hint}`);
    }
    const foreign = [...OWN_FLAGS].find((flag) => input.isSet(flag) && !kind.flags.includes(flag));
    if (foreign !== undefined) throw new UsageError(`import ${what} takes no --${foreign}.`);
    const hub = createHubApi(input.need('hub'), input.need('token'));
    const path = userPath(file);
    // Looked at first: a file that is not there is said plainly, not as a broken upload.
    const packed = await isGzip(path);
    const progress = showProgress(input, (await stat(path)).size, packed);
    const report = await hub.importFile(what, createReadStream(path), queryOf(input), progress.onRows);
    progress.end();
    if (input.json) input.out(`${JSON.stringify(report)}\n`);
    else input.out(reportText(report, kind.noun));
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

function reportText(report: ImportReport, noun: string): string {
  const { rows, created, changed, unchanged, duplicates, refused, lsn, durationMs } = report;
  const figure = (value: number): string => value.toLocaleString('en');
  const joined = duplicates === 0 ? '' : `, ${figure(duplicates)} more rows of ${noun} named before`;
  const published = lsn === null ? 'Nothing is new; no publication was made.' : `Published as number ${lsn}.`;
  return [
    `${figure(rows)} rows in ${(durationMs / 1_000).toFixed(1)} s: ${figure(created)} ${noun} new, ${figure(changed)} changed, ${figure(unchanged)} unchanged${joined}; ${figure(refused)} rows refused. ${published}`,
    ...report.refusals.map(({ row, reason, value }) => `row ${row}: ${reason}${value === undefined || value === '' ? '' : ` (${value})`}`),
    '',
  ].join('\n');
}
