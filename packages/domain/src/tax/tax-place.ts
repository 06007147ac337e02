/**
 * Taxes by place: the rates of the jurisdictions that a place lies in, each with its own dates, stacked into the dated variants of one tax
 * class. State, county, city and special district are charged side by side, on the net. Also the files that such rates come in: Streamlined
 * Sales Tax (SST) rate and boundary records, and tables of VAT rates by date and territory. Nothing is guessed: what cannot be read is refused
 * by name.
 */
import { err, ok, type Result } from '@holdfast/base';

import { isCalendarDate } from '../fields.ts';
import { MAX_RATE_PPM, MAX_VARIANTS, ratesTogetherBps, type RateComponent, type TaxVariant } from './tax-rule.ts';

export const JURISDICTION_KINDS = ['state', 'county', 'city', 'district'] as const;
export type JurisdictionKind = (typeof JURISDICTION_KINDS)[number];

export interface Jurisdiction {
  readonly kind: JurisdictionKind;
  /** FIPS of a state, county or place; a special district's own number. */
  readonly code: string;
}

export const jurisdictionKey = ({ kind, code }: Jurisdiction): string => `${kind}:${code}`;

/** One rate, for calendar dates in [from, to). */
export interface DatedRate {
  readonly component: string;
  readonly name: string;
  readonly ratePpm: number;
  readonly from: string;
  readonly to?: string;
}

export interface RateFault {
  readonly reason: string;
  readonly value: string;
}

const fault = (reason: string, value: string): Result<never, RateFault> => err({ reason, value });

/**
 * The variants of a class that these rates make together, the newest first: one for each stretch of time in which the same rates hold, as
 * many of the newest as a class may have. Rates of 0 are no taxes; a stretch without any is untaxed. The order of the list is that of the receipt.
 */
export function stackRates(rates: readonly DatedRate[]): readonly TaxVariant[] {
  const dates = [...new Set(rates.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to])))].sort();
  const stretches: { readonly from: string; to?: string; readonly taxes: readonly RateComponent[] }[] = [];
  for (const [index, from] of dates.entries()) {
    const taxes = ratesOn(rates, from)
      .filter(({ ratePpm }) => ratePpm > 0)
      .map(({ component, name, ratePpm }): RateComponent => ({ component, name, ratePpm }));
    const to = dates[index + 1];
    const before = stretches.at(-1);
    if (before !== undefined && JSON.stringify(before.taxes) === JSON.stringify(taxes)) {
      delete before.to;
      if (to !== undefined) before.to = to;
    } else stretches.push({ from, ...(to !== undefined && { to }), taxes });
  }
  return stretches.toReversed().slice(0, MAX_VARIANTS);
}

/** Of two rates of one component that overlap, the one that began later holds from its first day: a table's next row often begins on the last day of the one before. */
const ratesOn = (rates: readonly DatedRate[], date: string): readonly DatedRate[] => {
  const holding = rates.filter((rate) => rate.from <= date && (rate.to === undefined || date < rate.to));
  return holding.filter((rate) => !holding.some((other) => other.component === rate.component && other.from > rate.from));
};

/** The one rate of a stack as a label shows it, in basis points: what a class has where none of its variants holds. */
export const stackedRateBps = ([newest]: readonly TaxVariant[]): number => ratesTogetherBps(newest?.taxes ?? []) ?? 0;

/** `0.06875` → 68750, exactly; undefined for what is no rate of at most 1,000 % with six decimals. */
export function parseRatePpm(text: string): number | undefined {
  const match = /^(\d{1,2})(?:\.(\d{1,6})0*)?$/.exec(text);
  if (match === null) return undefined;
  const ratePpm = Number((match[1] ?? '') + (match[2] ?? '').padEnd(6, '0'));
  return ratePpm <= MAX_RATE_PPM ? ratePpm : undefined;
}

/** `20090701` → `2009-07-01`. */
function sstDate(text: string): string | undefined {
  const date = /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : '';
  return isCalendarDate(date) ? date : undefined;
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The first day after a calendar date of our calendar. */
export function dayAfter(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const days = (DAYS_OF_MONTH[month - 1] ?? 31) + (month === 2 && isLeapYear(year) ? 1 : 0);
  const [nextYear, nextMonth, nextDay] = day < days ? [year, month, day + 1] : month < 12 ? [year, month + 1, 1] : [year + 1, 1, 1];
  const padded = (value: number, length: number): string => String(value).padStart(length, '0');
  return `${padded(nextYear, 4)}-${padded(nextMonth, 2)}-${padded(nextDay, 2)}`;
}

/** SST writes the end of time in several ways. */
const isOpenEnd = (date: string): boolean => date >= '2900-01-01';

const KINDS_BY_SST_TYPE: ReadonlyMap<string, JurisdictionKind> = new Map([
  ['45', 'state'],
  ['00', 'county'],
  ['01', 'city'],
  ['63', 'district'],
]);

/** A record of an SST rate file. Its dates include the last day; ours do not. */
export interface SstRate extends Jurisdiction {
  readonly state: string;
  readonly from: string;
  readonly to?: string;
  /** In the state, and from another state. */
  readonly general: { readonly intrastatePpm: number; readonly interstatePpm: number };
  readonly food: { readonly intrastatePpm: number; readonly interstatePpm: number };
}

/** The names of an SST rate file's columns, which has no header of its own. */
export const SST_RATE_COLUMNS = [
  'state',
  'jurisdiction_type',
  'jurisdiction',
  'general_intrastate',
  'general_interstate',
  'food_intrastate',
  'food_interstate',
  'from',
  'to',
] as const;

export const isSstRate = (row: readonly string[]): boolean =>
  row.length === SST_RATE_COLUMNS.length && /^\d{2}$/.test(row[0] ?? '') && /^\d{2}$/.test(row[1] ?? '') && /^\d{8}$/.test(row[7] ?? '');

export function parseSstRate(row: readonly string[]): Result<SstRate, RateFault> {
  if (row.length !== SST_RATE_COLUMNS.length) return fault('malformedRow', row.join(','));
  const [state = '', type = '', code = '', ...rest] = row.map((cell) => cell.trim());
  const kind = KINDS_BY_SST_TYPE.get(type);
  if (!/^\d{2}$/.test(state) || !/^\d{2,5}$/.test(code)) return fault('badJurisdiction', `${state} ${type} ${code}`);
  if (kind === undefined) return fault('unknownJurisdictionType', type);
  const [generalIn = '', generalOut = '', foodIn = '', foodOut = '', begin = '', end = ''] = rest;
  const rates = [generalIn, generalOut, foodIn, foodOut].map(parseRatePpm);
  const wrong = rates.indexOf(undefined);
  if (wrong >= 0) return fault('badRate', rest[wrong] ?? '');
  const [intrastatePpm = 0, interstatePpm = 0, foodIntrastatePpm = 0, foodInterstatePpm = 0] = rates as readonly number[];
  const [from, last] = [sstDate(begin), sstDate(end)];
  if (from === undefined || last === undefined || last < from) return fault('badDate', `${begin} ${end}`);
  return ok({
    state,
    kind,
    code,
    from,
    ...(!isOpenEnd(last) && { to: dayAfter(last) }),
    general: { intrastatePpm, interstatePpm },
    food: { intrastatePpm: foodIntrastatePpm, interstatePpm: foodInterstatePpm },
  });
}

const NAMES: Readonly<Record<JurisdictionKind, string>> = {
  state: 'State tax',
  county: 'County tax',
  city: 'City tax',
  district: 'District tax',
};

/** As a tax class carries it; states stand alone, the others are numbered. */
export function toDatedRate({ kind, code, from, to }: SstRate, ratePpm: number): DatedRate {
  const name = kind === 'state' ? NAMES.state : `${NAMES[kind]} ${code}`;
  return { component: jurisdictionKey({ kind, code }), name, ratePpm, from, ...(to !== undefined && { to }) };
}

/** In the order of a receipt: state, county, city, districts by number. */
export const compareRates = (left: Pick<DatedRate, 'component'>, right: Pick<DatedRate, 'component'>): number => {
  const rankOf = ({ component }: Pick<DatedRate, 'component'>): number =>
    JURISDICTION_KINDS.findIndex((kind) => component.startsWith(`${kind}:`));
  return rankOf(left) - rankOf(right) || (left.component < right.component ? -1 : left.component > right.component ? 1 : 0);
};

/** A range of ZIP codes (of ZIP+4 where `extensions` is there) and the jurisdictions that it lies in, for calendar dates in [from, to). */
export interface SstBoundary {
  readonly from: string;
  readonly to?: string;
  readonly zips: readonly [low: string, high: string];
  readonly extensions?: readonly [low: string, high: string];
  readonly jurisdictions: readonly Jurisdiction[];
}

/** Where the columns of a boundary record stand, counted from 0; special districts follow in threes to its end. */
const BOUNDARY = { length: 89, begin: 1, end: 2, lowZip: 17, lowExtension: 18, highZip: 19, highExtension: 20, state: 22 } as const;
const BOUNDARY_PLACES = { county: 24, city: 25, firstDistrict: 29 } as const;

/** A `4` (ZIP+4) or `z` (ZIP) record; addresses (`a`) are not looked up. */
export function parseSstBoundary(row: readonly string[]): Result<SstBoundary, RateFault> {
  const cells = row.map((cell) => cell.trim());
  const at = (index: number): string => cells[index] ?? '';
  const type = at(0).toLowerCase();
  if (type !== '4' && type !== 'z') return fault('unknownRecordType', at(0));
  if (cells.length !== BOUNDARY.length) return fault('malformedRow', `${cells.length} columns`);
  const [from, last] = [sstDate(at(BOUNDARY.begin)), sstDate(at(BOUNDARY.end))];
  if (from === undefined || last === undefined || last < from) return fault('badDate', `${at(BOUNDARY.begin)} ${at(BOUNDARY.end)}`);
  const zips = [at(BOUNDARY.lowZip), at(BOUNDARY.highZip)] as const;
  if (!zips.every((zip) => /^\d{5}$/.test(zip)) || zips[1] < zips[0]) return fault('badZip', zips.join(' '));
  const extensions = [at(BOUNDARY.lowExtension), at(BOUNDARY.highExtension)] as const;
  if (type === '4' && !extensions.every((extension) => /^\d{4}$/.test(extension))) return fault('badZip', extensions.join(' '));
  const jurisdictions = jurisdictionsOf(cells);
  if (!jurisdictions.ok) return jurisdictions;
  return ok({
    from,
    ...(!isOpenEnd(last) && { to: dayAfter(last) }),
    zips,
    ...(type === '4' && { extensions }),
    jurisdictions: jurisdictions.value,
  });
}

function jurisdictionsOf(cells: readonly string[]): Result<readonly Jurisdiction[], RateFault> {
  const state = cells[BOUNDARY.state] ?? '';
  if (!/^\d{2}$/.test(state)) return fault('badJurisdiction', state);
  const found: Jurisdiction[] = [{ kind: 'state', code: state }];
  for (const kind of ['county', 'city'] as const) {
    const code = cells[BOUNDARY_PLACES[kind]] ?? '';
    if (code !== '') found.push({ kind, code });
  }
  for (let index: number = BOUNDARY_PLACES.firstDistrict; index + 2 < cells.length; index += 3) {
    const [code = '', type = ''] = cells.slice(index + 1, index + 3);
    if (code === '') continue;
    const kind = KINDS_BY_SST_TYPE.get(type);
    if (kind === undefined) return fault('unknownJurisdictionType', type);
    found.push({ kind, code });
  }
  return ok(found);
}

export interface UsPlace {
  /** Five digits. */
  readonly zip: string;
  /** Four digits: the narrower record then decides. */
  readonly extension?: string;
}

/** The jurisdictions of a place on a calendar date; undefined where no record covers it. ZIP+4 goes before ZIP. */
export function jurisdictionsAt(
  boundaries: Iterable<SstBoundary>,
  { zip, extension }: UsPlace,
  date: string,
): readonly Jurisdiction[] | undefined {
  let byZip: SstBoundary | undefined;
  for (const boundary of boundaries) {
    const { from, to, zips, extensions } = boundary;
    if (date < from || (to !== undefined && date >= to)) continue;
    if (extensions === undefined) {
      if (zips[0] <= zip && zip <= zips[1]) byZip ??= boundary;
    } else if (extension !== undefined && zips[0] + extensions[0] <= zip + extension && zip + extension <= zips[1] + extensions[1]) {
      return boundary.jurisdictions;
    }
  }
  return byZip?.jurisdictions;
}

/** A row of a table of VAT rates: `rateType` is `standard`, or another word for a reduced one. */
export interface VatRate {
  readonly territories: readonly string[];
  readonly rateType: string;
  readonly ratePpm: number;
  readonly from: string;
  /** The first day without it. */
  readonly to?: string;
}

/** Territories stand one on each line of their cell: `AT-6691`, `DE`. */
export function parseVatRate(cells: {
  readonly from: string;
  readonly to: string;
  readonly territories: string;
  readonly rate: string;
  readonly rateType: string;
}): Result<VatRate, RateFault> {
  const { from, to, rateType } = cells;
  const territories = cells.territories
    .split('\n')
    .map((code) => code.trim())
    .filter((code) => code !== '');
  if (territories.length === 0) return fault('noTerritory', '');
  if (!isCalendarDate(from) || (to !== '' && (!isCalendarDate(to) || to <= from))) return fault('badDate', `${from} ${to}`.trim());
  const ratePpm = parseRatePpm(cells.rate);
  if (ratePpm === undefined) return fault('badRate', cells.rate);
  if (!/^[\w-]{1,40}$/.test(rateType)) return fault('badRateType', rateType);
  return ok({ territories, rateType, ratePpm, from, ...(to !== '' && { to }) });
}
