/**
 * Taxes by place: SST rate files, whose jurisdictions a place is given with the question, and tables of VAT rates by territory. All rows of
 * the place become its tax classes with dated variants, under the scope that was asked for. Where one row of the place cannot be read, nothing is published:
 * a class without one of its taxes is a wrong total.
 */
import { err, ok, type Result } from '@holdfast/base';
import {
  compareRates,
  ENTITY_TYPES,
  isSstRate,
  JURISDICTION_KINDS,
  jurisdictionKey,
  parseSstRate,
  parseVatRate,
  SST_RATE_COLUMNS,
  stackedRateBps,
  stackRates,
  toDatedRate,
  type DatedRate,
} from '@holdfast/domain';
import { z } from 'zod';

import type { EntityRow } from '../catalog/changes.ts';
import { cellsOf, findColumns, type FieldWords } from './columns.ts';
import type { Collection, Importer, ImportError } from './importer.ts';
import { columnsQuestion, QUESTION } from './question.ts';
import { findUnfitText, type Refusal } from './refusal.ts';

const VAT_WORDS = {
  start_date: ['startdate', 'from', 'validfrom'],
  stop_date: ['stopdate', 'to', 'validto'],
  territory_codes: ['territorycodes', 'territory', 'country', 'countrycode'],
  rate: ['rate'],
  rate_type: ['ratetype', 'type'],
} as const satisfies FieldWords<string>;
const VAT_NEEDED = [['start_date'], ['territory_codes'], ['rate'], ['rate_type']] as const;

const JURISDICTION = new RegExp(String.raw`^(?:${JURISDICTION_KINDS.join('|')}):\d{2,5}$`);
const taxClass = z.string().regex(/^[\w-]{1,40}$/, 'is made of letters, digits, dashes and underscores');

const question = z.object({
  scope: QUESTION.scope,
  source: QUESTION.source,
  columns: columnsQuestion(VAT_WORDS),
  /** Of an SST file: those that the place lies in, its state first: `state:27,county:053`. */
  jurisdictions: z
    .string()
    .max(500)
    .transform((text) => text.split(','))
    .refine((keys) => keys.every((key) => JURISDICTION.test(key)), 'is a list such as state:27,county:053,city:58000,district:80004')
    .refine((keys) => keys.filter((key) => key.startsWith('state:')).length === 1, 'names one state')
    .refine((keys) => keys.length <= 12, 'has at most 12 of them')
    .optional(),
  /** Goods that are sold into the place from another state. */
  interstate: z.enum(['true', 'false']).default('false'),
  /** The classes that an SST file's two kinds of rates become. */
  general: taxClass.default('general'),
  food: taxClass.default('food'),
  /** Of a VAT table. */
  territory: z
    .string()
    .regex(/^[A-Z]{2}(?:-[\w ]{1,10})?$/, 'is a code such as DE or AT-6691')
    .optional(),
});
type Question = z.output<typeof question>;

export const taxImporter: Importer<Question> = {
  question,
  columnsOf: (firstRow) => (isSstRate(firstRow) ? SST_RATE_COLUMNS : undefined),
  prepare: async (_ports, asked) => {
    if ((asked.jurisdictions === undefined) === (asked.territory === undefined)) {
      return badPlace('A place is needed: jurisdictions for an SST file, or a territory for a table of VAT rates.');
    }
    return ok((header) => {
      const isSst = header === SST_RATE_COLUMNS;
      if (isSst) return asked.jurisdictions === undefined ? badPlace('This is an SST file: it needs jurisdictions.') : ok(sstRates(asked));
      if (asked.territory === undefined) return badPlace('This is no SST file: a table of VAT rates needs a territory.');
      const columns = findColumns(header, VAT_WORDS, asked.columns, VAT_NEEDED);
      if (!columns.ok) return columns;
      const { territory } = asked;
      return ok(vatRates(territory, asked.scope, (row) => cellsOf(columns.value, row)));
    });
  },
};

const badPlace = (reason: string): Result<never, ImportError> => err({ type: 'badPlace', reason });

interface TaxRates {
  /** Of one class, by its name. */
  readonly ratesByClass: Map<string, DatedRate[]>;
  /** Whether a row of the place could not be read. */
  isBroken: boolean;
}

/** All rows of the place are one subject: its taxes, which stay unchanged where one of them cannot be read. */
function collectionOf(taxes: TaxRates, scope: string, titles: ReadonlyMap<string, string>, add: Collection['add']): Collection {
  return {
    add,
    get subjects() {
      return taxes.ratesByClass.size === 0 ? 0 : 1;
    },
    batches: function* batches() {
      if (!taxes.isBroken) yield [...taxes.ratesByClass].map(([name, rates]) => toRow(name, titles.get(name) ?? 'VAT', scope, rates));
    },
    countOf: ({ created, changed }) => ({ created: Math.min(created, 1), changed: created > 0 ? 0 : Math.min(changed, 1) }),
  };
}

function toRow(name: string, title: string, scope: string, rates: readonly DatedRate[]): EntityRow {
  const variants = stackRates(rates.toSorted(compareRates));
  const values = { name: title, rateBps: stackedRateBps(variants), rules: JSON.stringify(variants) };
  const { type, columns } = ENTITY_TYPES.tax;
  return { t: type, k: name, s: scope, f: Object.fromEntries(columns.map((column) => [String(column.number), values[column.name]])) };
}

/** `undefined` where the very same rate is there; `contradictoryRate` where another one begins on the same day. */
function hold(taxes: TaxRates, name: string, rate: DatedRate): Refusal | undefined {
  const rates = taxes.ratesByClass.get(name) ?? [];
  taxes.ratesByClass.set(name, rates);
  const twin = rates.find(({ component, from }) => component === rate.component && from === rate.from);
  if (twin === undefined) rates.push(rate);
  else if (JSON.stringify(twin) !== JSON.stringify(rate)) {
    taxes.isBroken = true;
    return { reason: 'contradictoryRate', value: `${rate.component} ${rate.from}` };
  }
  return undefined;
}

function sstRates({ jurisdictions = [], interstate, general, food, scope }: Question): Collection {
  const taxes: TaxRates = { ratesByClass: new Map(), isBroken: false };
  const place = new Set(jurisdictions);
  const state = jurisdictions.find((key) => key.startsWith('state:'))?.slice('state:'.length);
  const field = interstate === 'true' ? 'interstatePpm' : 'intrastatePpm';
  const titles = new Map([
    [general, 'Sales tax'],
    [food, 'Sales tax on food'],
  ]);
  return collectionOf(taxes, scope, titles, (row) => {
    const rate = parseSstRate(row);
    if (!rate.ok) {
      // Whose row it is cannot be told for certain: only one that surely is another state's is left at that.
      taxes.isBroken ||= row[0] === state;
      return rate.error;
    }
    if (rate.value.state !== state || !place.has(jurisdictionKey(rate.value))) return 'ignored';
    const isFirst = taxes.ratesByClass.size === 0;
    const refused =
      hold(taxes, general, toDatedRate(rate.value, rate.value.general[field])) ??
      hold(taxes, food, toDatedRate(rate.value, rate.value.food[field]));
    return refused ?? (isFirst ? 'made' : 'joined');
  });
}

function vatRates(
  territory: string,
  scope: string,
  cells: (row: readonly string[]) => (field: keyof typeof VAT_WORDS) => string,
): Collection {
  const taxes: TaxRates = { ratesByClass: new Map(), isBroken: false };
  return collectionOf(taxes, scope, new Map(), (row) => {
    const cell = cells(row);
    const isOurs = cell('territory_codes')
      .split('\n')
      .some((code) => code.trim() === territory);
    const unfit = findUnfitText(row, 4_000);
    const rate = parseVatRate({
      from: cell('start_date'),
      to: cell('stop_date'),
      territories: cell('territory_codes'),
      rate: cell('rate'),
      rateType: cell('rate_type'),
    });
    if (unfit !== undefined || !rate.ok) {
      taxes.isBroken ||= isOurs;
      return unfit ?? (rate.ok ? { reason: 'malformedRow', value: '' } : rate.error);
    }
    if (!isOurs) return 'ignored';
    const isFirst = taxes.ratesByClass.size === 0;
    const { rateType, ratePpm, from, to } = rate.value;
    const refused = hold(taxes, rateType, { component: 'vat', name: 'VAT', ratePpm, from, ...(to !== undefined && { to }) });
    return refused ?? (isFirst ? 'made' : 'joined');
  });
}
