import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { nearestWord } from '@holdfast/base';

import { EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { createHubApi, type ImportReport } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { isGzip } from '../retail-file.ts';
import { findJurisdictions } from '../tax-boundaries.ts';

/** Where taxes hold, and what their classes are called. */
const TAX_FLAGS = ['jurisdictions', 'boundaries', 'zip', 'plus4', 'on', 'interstate', 'general', 'food', 'territory'] as const;

/** What can be imported: its noun in the report, and the flags that it takes beside those of every import. */
const IMPORTS: Readonly<Record<string, { readonly noun: string; readonly flags: readonly string[] }>> = {
  catalog: { noun: 'goods', flags: ['currency', 'scope', 'columns', 'tax-class', 'synthetic-prices'] },
  prices: { noun: 'prices', flags: ['currency', 'scope', 'columns', 'time-zone'] },
  staff: { noun: 'staff', flags: ['scope', 'columns'] },
  customers: { noun: 'customers', flags: ['scope', 'columns'] },
  promotions: { noun: 'promotions', flags: ['scope', 'columns'] },
  coupons: { noun: 'coupons', flags: ['scope', 'columns'] },
  recalls: { noun: 'recalls', flags: ['scope', 'columns'] },
  tax: { noun: 'places', flags: ['scope', 'columns', ...TAX_FLAGS] },
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
    'time-zone': {
      type: 'string',
      value: 'Z',
      about: 'What times without an offset are read by; without it, the stores’ own, where they have one.',
    },
    'tax-class': { type: 'string', value: 'X', about: 'The tax class of goods whose row names none.' },
    columns: { type: 'string', value: 'field=header,…', about: 'Columns whose header says nothing: sku=Artikel,price=Preis' },
    'synthetic-prices': {
      type: 'boolean',
      about: 'Make up a price, the same one every time and marked as such, for goods that come without.',
    },
    source: { type: 'string', value: 'TEXT', about: 'Where the file comes from, noted with the publication.' },
    territory: { type: 'string', value: 'CODE', about: 'tax, of a table of VAT rates: DE, FR, AT-6691 …' },
    jurisdictions: { type: 'string', value: 'LIST', about: 'tax, of an SST rate file: state:27,county:053,city:43000,district:80004' },
    boundaries: { type: 'string', value: 'FILE', about: 'tax: an SST boundary file, which tells the jurisdictions of --zip.' },
    zip: { type: 'string', value: 'NNNNN', about: 'tax: the place’s ZIP code, with --boundaries.' },
    plus4: { type: 'string', value: 'NNNN', about: 'tax: the four digits after it, where the border runs through the ZIP code.' },
    on: { type: 'string', value: 'DATE', about: 'tax: the day for which --boundaries are read; today by default.' },
    interstate: { type: 'boolean', about: 'tax: the rates of goods that come from another state.' },
    general: { type: 'string', value: 'CLASS', about: 'tax: the tax class that takes the general rates (general).' },
    food: { type: 'string', value: 'CLASS', about: 'tax: the tax class that takes the rates on food and drugs (food).' },
  },
  positionals: { min: 2, max: 2 },
  examples: [
    'pnpm holdfast import catalog goods.csv --hub http://localhost:7400 --token T --currency EUR --tax-class standard',
    'pnpm holdfast import recalls recalls.csv --hub http://localhost:7400 --token T',
    'pnpm holdfast import tax rates.csv --hub http://localhost:7400 --token T --scope store:1 --boundaries borders.csv --zip 55408',
    'pnpm holdfast import tax vat.csv --hub http://localhost:7400 --token T --scope zone:1 --territory DE',
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
    const place = await placeOf(input);
    const progress = showProgress(input, (await stat(path)).size, packed);
    const report = await hub.importFile(what, createReadStream(path), { ...queryOf(input), ...place }, progress.onRows);
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
    ['time-zone', 'timeZone'],
    ['columns', 'columns'],
    ['source', 'source'],
    ['territory', 'territory'],
    ['jurisdictions', 'jurisdictions'],
    ['general', 'general'],
    ['food', 'food'],
  ] as const) {
    const value = text(flag);
    if (value !== undefined) query[name] = value;
  }
  if (isSet('synthetic-prices')) query['syntheticPrices'] = 'true';
  if (isSet('interstate')) query['interstate'] = 'true';
  return query;
}

/** The jurisdictions of `--zip`, out of `--boundaries`. */
async function placeOf({ text, err }: CommandInput): Promise<Record<string, string>> {
  const [boundaries, zip, extension] = [text('boundaries'), text('zip'), text('plus4')];
  if (boundaries === undefined && zip === undefined) return {};
  if (boundaries === undefined || zip === undefined) throw new UsageError('--boundaries and --zip belong together.');
  if (text('jurisdictions') !== undefined) throw new UsageError('--jurisdictions, or --boundaries and --zip: not both.');
  if (!/^\d{5}$/.test(zip)) throw new UsageError(`--zip is five digits, not "${zip}".`);
  if (extension !== undefined && !/^\d{4}$/.test(extension)) throw new UsageError(`--plus4 is four digits, not "${extension}".`);
  const on = text('on') ?? new Date().toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(on)) throw new UsageError(`--on is a date YYYY-MM-DD, not "${on}".`);
  const place = { zip, ...(extension !== undefined && { extension }) };
  const jurisdictions = await findJurisdictions(userPath(boundaries), place, on);
  err(`${zip}${extension === undefined ? '' : `-${extension}`} lies in ${jurisdictions}.\n`);
  return { jurisdictions };
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
  const { rows, created, changed, unchanged, duplicates, ignored, refused, lsn, durationMs } = report;
  const figure = (value: number): string => value.toLocaleString('en');
  const joined = duplicates === 0 ? '' : `, ${figure(duplicates)} more rows of ${noun} named before`;
  const elsewhere = ignored === 0 ? '' : `, ${figure(ignored)} rows about others`;
  const published = lsn === null ? 'Nothing is new; no publication was made.' : `Published as number ${lsn}.`;
  return [
    `${figure(rows)} rows in ${(durationMs / 1_000).toFixed(1)} s: ${figure(created)} ${noun} new, ${figure(changed)} changed, ${figure(unchanged)} unchanged${joined}${elsewhere}; ${figure(refused)} rows refused. ${published}`,
    ...report.refusals.map(({ row, reason, value }) => `row ${row}: ${reason}${value === undefined || value === '' ? '' : ` (${value})`}`),
    '',
  ].join('\n');
}
