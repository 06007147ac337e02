import {
  exemptTaxAt,
  isRateComponent,
  SERVICES,
  taxAt,
  type TaxClass,
  type TaxRule,
  type TaxSituation,
  type TaxVariant,
} from './tax-rule.ts';
/**
 * What is wrong with a tax class that somebody writes anew, before any lane reads it. A wrong rate is law and money: what was charged until yesterday stays said, each
 * period holds at some time, and none begins inside an earlier one that is listed before it.
 */
import { isSameTax } from './tax.ts';

export type TaxChangeFault =
  /** By its place in the list, from 0: the one before it holds whenever it would. */
  | { readonly type: 'neverHolds'; readonly period: number; readonly coveredBy: number }
  /** It begins while one before it in the list, which began earlier, still holds: the newest stands first. */
  | { readonly type: 'startsLate'; readonly period: number; readonly coveredBy: number }
  /** From that day on, which is before today, something else would stand there than was charged. */
  | { readonly type: 'changesThePast'; readonly from: string }
  | { readonly type: 'foreignCurrency'; readonly currency: string };

export interface TaxChangePlace {
  /** The store's calendar date. */
  readonly today: string;
  readonly currency: string;
}

/** Before every date that a calendar has. */
const BEGINNING = '0000-00-00';

/** `before` absent: the class is new there. */
export function taxChangeFault(
  before: TaxRule | undefined,
  after: TaxRule,
  { today, currency }: TaxChangePlace,
): TaxChangeFault | undefined {
  const fault = orderFault(after.variants ?? []) ?? currencyFault(after, currency);
  if (fault !== undefined || before === undefined) return fault;
  const from = datesOf(before, after).find((date) => date < today && differsOn(before, after, date));
  return from === undefined ? undefined : { type: 'changesThePast', from };
}

/** The first day from `today` on at which another tax would be charged; undefined where none ever is. */
export const firstChangeOf = (before: TaxRule | undefined, after: TaxRule | undefined, today: string): string | undefined =>
  [today, ...datesOf(before, after).filter((date) => date > today)].find((date) => differsOn(before, after, date));

function orderFault(variants: readonly TaxVariant[]): TaxChangeFault | undefined {
  for (const [period, later] of variants.entries())
    for (const [coveredBy, earlier] of variants.slice(0, period).entries()) {
      if (earlier.exempt !== later.exempt || (earlier.service !== undefined && earlier.service !== later.service)) continue;
      if (startOf(earlier) <= startOf(later) && endsAfter(earlier, later)) return { type: 'neverHolds', period, coveredBy };
      const isRunning = startOf(earlier) < startOf(later) && (earlier.to === undefined || startOf(later) < earlier.to);
      if (isRunning && earlier.service === later.service) return { type: 'startsLate', period, coveredBy };
    }
  return undefined;
}

const startOf = ({ from }: TaxVariant): string => from ?? BEGINNING;
const endsAfter = (one: TaxVariant, other: TaxVariant): boolean => one.to === undefined || (other.to !== undefined && other.to <= one.to);

function currencyFault({ variants = [] }: TaxRule, currency: string): TaxChangeFault | undefined {
  for (const { taxes } of variants)
    for (const tax of taxes)
      if (!isRateComponent(tax) && tax.currency !== currency) return { type: 'foreignCurrency', currency: tax.currency };
  return undefined;
}

/** The days on which something begins or ends, the earliest first. */
const datesOf = (...rules: readonly (TaxRule | undefined)[]): readonly string[] =>
  [
    ...new Set([
      BEGINNING,
      ...rules.flatMap((rule) => rule?.variants ?? []).flatMap(({ from, to }) => [from, to].filter((date) => date !== undefined)),
    ]),
  ].sort();

const SITUATIONS: readonly Omit<TaxSituation, 'date'>[] = [undefined, ...SERVICES].flatMap((service) =>
  [false, true].map((isExempt) => ({ ...(service !== undefined && { service }), isExempt })),
);

const differsOn = (before: TaxRule | undefined, after: TaxRule | undefined, date: string): boolean =>
  SITUATIONS.some((situation) => !isAlike(taxIn(before, { ...situation, date }), taxIn(after, { ...situation, date })));

const taxIn = (rule: TaxRule | undefined, situation: TaxSituation): TaxClass | undefined =>
  rule && (situation.isExempt === true ? exemptTaxAt(rule, situation) : taxAt(rule, situation));

const isAlike = (one: TaxClass | undefined, other: TaxClass | undefined): boolean =>
  one === undefined || other === undefined ? one === other : isSameTax(one, other);
