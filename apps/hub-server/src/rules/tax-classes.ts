/** Tax classes as headquarters write them: what each store would charge and from which day on, what a class that goes away leaves behind, and what is no change that anybody may make. */
import { ok, type Clock, type Result } from '@holdfast/base';
import {
  DEFAULT_TAX_POLICY,
  ENTITY_TYPES,
  type Fields,
  firstChangeOf,
  localTimeOf,
  minorDigitsOf,
  readTaxClass,
  type StoreSettings,
  taxAt,
  type TaxAmount,
  taxChangeFault,
  type TaxChangeFault,
  taxesOf,
  type TaxRule,
  type TaxVariant,
} from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import { findSettings } from '../enrolment/stores.ts';
import {
  type JudgedRule,
  previewRules,
  type RuleChange,
  type RuleError,
  type RuleKind,
  type RulePorts,
  type RuleWish,
} from './rule-changes.ts';

export const TAX_RULES: RuleKind = { entity: ENTITY_TYPES.tax, read: (key, _scope, fields) => readTaxClass(key, fields) };

export interface WrittenTaxClass {
  readonly taxClass: string;
  readonly name: string;
  /** What holds where no period does. */
  readonly rateBps: number;
  /** The newest first, as a lane looks through them. */
  readonly periods: readonly TaxVariant[];
}

/** What a basket of goods of that class comes to from the day on at which something else is charged. */
export interface TaxedBasket {
  readonly date: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly minorDigits: number;
  readonly before: readonly TaxAmount[] | null;
  readonly after: readonly TaxAmount[] | null;
  /** What the shopper pays in all. */
  readonly totals: { readonly beforeMinor: number | null; readonly afterMinor: number | null };
}

export interface TaxPreviewClass {
  readonly taxClass: string;
  readonly before: TaxRule | null;
  readonly after: TaxRule | null;
  /** Null: nothing is charged otherwise on any day from today on. */
  readonly basket: TaxedBasket | null;
}

export interface TaxPreview {
  /** Stores in which the same would hold stand together. */
  readonly groups: readonly { readonly stores: readonly string[]; readonly classes: readonly TaxPreviewClass[] }[];
}

/** Narrower than everywhere, periods are written out, so that none of a broader scope shows through. */
export function changeOfClass({ taxClass, name, rateBps, periods }: WrittenTaxClass, scope: string): RuleChange {
  const whole: TaxVariant = { taxes: [{ component: 'tax', name, ratePpm: rateBps * 100 }] };
  const rules = periods.length > 0 ? periods : scope === 'global' ? null : [whole];
  return { key: taxClass, fields: { name, rateBps, rules: rules && JSON.stringify(rules) } };
}

export function createTaxJudge({ tenantNo, clock }: { readonly tenantNo: number; readonly clock: Pick<Clock, 'nowMs'> }) {
  return async ({ key, store, before, after }: JudgedRule, queries: Queries): Promise<string | undefined> => {
    if (after === undefined)
      return (await isInUse(queries, tenantNo, key)) ? 'goods or tenders name it: give them another class first' : undefined;
    const [was, is] = [before && ruleOf(key, before), ruleOf(key, after)];
    const place = { today: localTimeOf(clock.nowMs(), store.timeZone).date, currency: store.currency };
    const fault = is && taxChangeFault(was, is, place);
    return fault && faultText(fault);
  };
}

const ruleOf = (key: string, fields: Fields): TaxRule | undefined => {
  const read = readTaxClass(key, fields);
  return read.ok ? read.value : undefined;
};

function faultText(fault: TaxChangeFault): string {
  if (fault.type === 'foreignCurrency') return `a fixed amount in ${fault.currency} is none in the currency of that store`;
  if (fault.type === 'changesThePast')
    return fault.from < '0001'
      ? 'it would say something else of every day until today: give the new rate the day on which it begins'
      : `it would say something else of days before today, from ${fault.from} on: they were taxed as they stand`;
  const [period, other] = [fault.period + 1, fault.coveredBy + 1];
  return fault.type === 'neverHolds'
    ? `period ${period} never holds: period ${other} stands before it and covers all of it`
    : `period ${period} begins while period ${other}, which began earlier, holds: the newest stands first`;
}

const columnOf = (name: string): string => String(ENTITY_TYPES.item.columns.find((column) => column.name === name)?.number ?? '');

async function isInUse(queries: Queries, tenantNo: number, taxClass: string): Promise<boolean> {
  const items = await queries.rows(
    `SELECT 1 FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.item.type} AND alive AND fields ->> $3 = $2 LIMIT 1`,
    [tenantNo, taxClass, columnOf('taxClass')],
  );
  if (items.length > 0) return true;
  const column = String(ENTITY_TYPES.tenderType.columns.find(({ name }) => name === 'eligibleTaxClasses')?.number ?? '');
  const tenders = await queries.rows<{ classes: string }>(
    `SELECT fields ->> $2 AS classes FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.tenderType.type} AND alive AND fields ->> $2 IS NOT NULL`,
    [tenantNo, column],
  );
  return tenders.some(({ classes }) => classes.split('\n').includes(taxClass));
}

/** In whole units of the store's money. */
const BASKET_UNITS = 100;

export async function previewTaxClasses(
  ports: Omit<RulePorts, 'catalog'> & { readonly clock: Pick<Clock, 'nowMs'> },
  wish: RuleWish,
): Promise<Result<TaxPreview, RuleError>> {
  const shown = await previewRules(ports, TAX_RULES, wish, createTaxJudge(ports));
  if (!shown.ok) return shown;
  const groups = new Map<string, { stores: string[]; readonly classes: readonly TaxPreviewClass[] }>();
  for (const [store, rules] of Map.groupBy(shown.value.judged, (rule) => rule.store.store)) {
    const settings = await findSettings(ports.database, ports.tenantNo, store);
    const classes = rules.map((rule) => previewOf(rule, settings, ports.clock.nowMs()));
    const text = JSON.stringify(classes);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { stores: [store], classes });
    else group.stores.push(store);
  }
  return ok({ groups: [...groups.values()] });
}

function previewOf({ key, store, before, after }: JudgedRule, settings: StoreSettings | undefined, nowMs: number): TaxPreviewClass {
  const [was, is] = [before && ruleOf(key, before), after && ruleOf(key, after)];
  const date = firstChangeOf(was, is, localTimeOf(nowMs, store.timeZone).date);
  return {
    taxClass: key,
    before: was ?? null,
    after: is ?? null,
    basket: date === undefined || settings === undefined ? null : basketOf(date, was, is, settings),
  };
}

function basketOf(date: string, was: TaxRule | undefined, is: TaxRule | undefined, settings: StoreSettings): TaxedBasket {
  const { currency, taxInclusive } = settings;
  const minorDigits = minorDigitsOf(currency);
  const amountMinor = BASKET_UNITS * 10 ** minorDigits;
  const terms = { ...settings, taxPolicy: settings.taxPolicy ?? DEFAULT_TAX_POLICY };
  const taxed = (rule: TaxRule | undefined): readonly TaxAmount[] | null =>
    rule === undefined ? null : taxesOf([{ tax: taxAt(rule, { date }), amountMinor, quantity: { value: 1, unit: 'piece' } }], terms);
  const totalOf = (taxes: readonly TaxAmount[] | null): number | null =>
    taxes && (taxInclusive ? amountMinor : taxes.reduce((sum, { taxMinor }) => sum + taxMinor, amountMinor));
  const [before, after] = [taxed(was), taxed(is)];
  return { date, amountMinor, currency, minorDigits, before, after, totals: { beforeMinor: totalOf(before), afterMinor: totalOf(after) } };
}
