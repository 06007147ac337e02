/** Whether the figures of a sale agree with each other, whatever today's rules would make of them. */
import { claimsOf, isReductionSound, netMinorOf } from '../basket/line-discount.ts';
import { isCostSound } from '../catalog/cost.ts';
import { scaleRounded } from '../money/money.ts';
import { isReturnSound } from '../returns/return-columns.ts';
import { classKey, isTaxed, soldTaxRows, taxedMinorOf, type TaxRow } from '../returns/return-line.ts';
import { isUntaxedSound } from '../tax/benefit-tax.ts';
import type { Tender } from '../tender/tender.ts';
import type { Sale, SaleLine, SaleTax } from './sale.ts';

/** A sale whose figures do not agree with each other. */
export interface SumMismatch {
  readonly type: 'sumMismatch';
  readonly detail: {
    readonly rule: 'lines' | 'discounts' | 'untaxed' | 'paidFor' | 'returns' | 'cost' | 'claims' | 'taxClass' | 'tax' | 'tenders';
    readonly expectedMinor: number;
    readonly actualMinor: number;
  };
}

/** Rates of components are parts per million. */
const PPM = 1_000_000;

const mismatchOf = (rule: SumMismatch['detail']['rule'], expectedMinor: number, actualMinor: number): SumMismatch | undefined =>
  expectedMinor === actualMinor ? undefined : { type: 'sumMismatch', detail: { rule, expectedMinor, actualMinor } };

/** Sums come from elsewhere here: a list long enough to leave the safe integers compares unequal instead of throwing. */
const sumOf = <T>(rows: readonly T[], amountOf: (row: T) => number): number => rows.reduce((sum, row) => sum + amountOf(row), 0);

export function findSumMismatch(sale: Sale): SumMismatch | undefined {
  const mismatch = findReductionMismatch(sale);
  if (mismatch !== undefined) return mismatch;
  const linesMinor = sumOf(sale.lines, netMinorOf);
  const taxMinor = sumOf(sale.taxes, (tax) => tax.taxMinor);
  const claimsMinor = sumOf(sale.claims ?? [], (claim) => claim.amountMinor);
  const overpaid = sale.tenders.find((tender) => !isPaidForSound(tender, sale.lines.length));
  if (overpaid !== undefined)
    return mismatchOf(
      'paidFor',
      overpaid.amountMinor,
      sumOf(overpaid.paidFor ?? [], (share) => share.amountMinor),
    );
  const expectedTotal = sale.taxInclusive ? linesMinor : linesMinor + taxMinor;
  return (
    mismatchOf('lines', expectedTotal, sale.totalMinor) ??
    mismatchOf(
      'tenders',
      sale.totalMinor + (sale.roundingMinor ?? 0),
      sumOf(sale.tenders, (tender) => tender.amountMinor) + claimsMinor - sale.changeMinor,
    ) ??
    findTaxMismatch(sale)
  );
}

/** What a tender paid of lines that are there is of its sign, and no more than it. */
function isPaidForSound({ amountMinor, paidFor = [] }: Tender, lines: number): boolean {
  const sumMinor = sumOf(paidFor, (share) => share.amountMinor);
  return (
    Math.abs(sumMinor) <= Math.abs(amountMinor) && sumMinor * amountMinor >= 0 && paidFor.every(({ lineId }) => Number(lineId) <= lines)
  );
}

/** A discount that is taken back has no amount that it could be taken off. */
const isTakenBack = ({ returnTaxes, quantity }: SaleLine): boolean => returnTaxes !== undefined && quantity.value === 0;

/** No line is taken past 0, no return pays for what it takes, and third parties are claimed what the shares say, coupon by coupon. */
function findReductionMismatch(sale: Sale): SumMismatch | undefined {
  for (const line of sale.lines) {
    if (!isReturnSound(line)) return { type: 'sumMismatch', detail: { rule: 'returns', expectedMinor: 0, actualMinor: line.amountMinor } };
    if (!isCostSound(line, line.quantity)) return mismatchOf('cost', 0, line.costMinor ?? 0);
    const untaxedMinor = line.untaxedMinor ?? 0;
    if (!isUntaxedSound(untaxedMinor, netMinorOf(line))) return mismatchOf('untaxed', netMinorOf(line), untaxedMinor);
    if (line.discounts === undefined || isTakenBack(line)) continue;
    if (!Number.isSafeInteger(sumOf(line.discounts, ({ amountMinor }) => Math.abs(amountMinor))) || !isReductionSound(line)) {
      const actualMinor = sumOf(line.discounts, ({ amountMinor }) => amountMinor);
      return { type: 'sumMismatch', detail: { rule: 'discounts', expectedMinor: -line.amountMinor, actualMinor } };
    }
  }
  const shares = new Map(claimsOf(sale.lines).map(({ code, amountMinor }) => [code, amountMinor]));
  for (const { code, amountMinor } of sale.claims ?? []) {
    const mismatch = mismatchOf('claims', shares.get(code) ?? 0, amountMinor);
    if (mismatch !== undefined) return mismatch;
    shares.delete(code);
  }
  const unclaimed = [...shares.values()].at(0);
  return unclaimed === undefined ? undefined : mismatchOf('claims', unclaimed, 0);
}

/**
 * The taxes of a class cover exactly its lines, each line has its class, and what is untaxed of it the class without a rate. A tax itself may differ from the exact one by the
 * rounding of each line, so that this reader also takes sales of lanes that round by line.
 */
function findTaxMismatch(sale: Sale): SumMismatch | undefined {
  const groups = new Map<string, { amountMinor: number; soldMinor: number; lines: number }>();
  const soldRows = soldTaxRows(sale);
  for (const line of sale.lines) {
    const isSold = line.returnTaxes === undefined;
    const add = (rateBps: number, amountMinor: number): void => {
      const key = classKey(line.taxClass, rateBps);
      const group = groups.get(key) ?? { amountMinor: 0, soldMinor: 0, lines: 0 };
      groups.set(key, {
        amountMinor: group.amountMinor + amountMinor,
        soldMinor: group.soldMinor + (isSold ? amountMinor : 0),
        lines: group.lines + (isSold ? 1 : 0),
      });
    };
    if (isTaxed(line)) add(line.taxRateBps, taxedMinorOf(line));
    if (line.untaxedMinor !== undefined && line.untaxedMinor !== 0) add(0, line.untaxedMinor);
  }
  for (const [key, taxes] of Map.groupBy(sale.taxes, ({ taxClass, rateBps }) => classKey(taxClass, rateBps))) {
    const group = groups.get(key) ?? { amountMinor: 0, soldMinor: 0, lines: 0 };
    groups.delete(key);
    const sets = taxSets(taxes);
    const netMinor = sumOf(sets, ([first]) => first?.netMinor ?? 0);
    const taxMinor = sumOf(taxes, (tax) => tax.taxMinor);
    const mismatch =
      mismatchOf('taxClass', group.amountMinor, sale.taxInclusive ? netMinor + taxMinor : netMinor) ??
      findNetMismatch(sets) ??
      findRateMismatch(sale, group, soldRows.get(key) ?? []);
    if (mismatch !== undefined) return mismatch;
  }
  const uncovered = [...groups.values()].at(0);
  return uncovered === undefined
    ? undefined
    : { type: 'sumMismatch', detail: { rule: 'taxClass', expectedMinor: uncovered.amountMinor, actualMinor: 0 } };
}

/**
 * The taxes that were charged on the same lines. One class has several such sets where it changed while the basket was open
 * (at midnight, or from one place to eat to the other) and its rate in all did not.
 */
function taxSets(taxes: readonly SaleTax[]): readonly (readonly SaleTax[])[] {
  const sets: SaleTax[][] = [];
  const seen = new Set<string>();
  for (const tax of taxes) {
    const set = sets.at(-1);
    const component = tax.component?.component;
    if (set?.[0]?.component === undefined || component === undefined || seen.has(component) || set[0].netMinor !== tax.netMinor) {
      sets.push([tax]);
      seen.clear();
    } else set.push(tax);
    if (component !== undefined) seen.add(component);
  }
  return sets;
}

function findNetMismatch(sets: readonly (readonly SaleTax[])[]): SumMismatch | undefined {
  for (const set of sets) {
    const netMinor = set[0]?.netMinor ?? 0;
    const other = set.find((tax) => tax.netMinor !== netMinor);
    if (other !== undefined) return mismatchOf('taxClass', netMinor, other.netMinor);
  }
  return undefined;
}

/**
 * A plain class against its lines, a component against its own base: each within the rounding of every line. What comes back of other
 * sales holds its own taxes, and is not among these.
 */
function findRateMismatch(
  sale: Sale,
  group: { readonly soldMinor: number; readonly lines: number },
  taxes: readonly TaxRow[],
): SumMismatch | undefined {
  for (const { component, ratePpm, baseMinor, taxMinor, rateBps } of taxes) {
    if (![group.soldMinor, baseMinor ?? 0, taxMinor].every(Number.isSafeInteger)) {
      return { type: 'sumMismatch', detail: { rule: 'taxClass', expectedMinor: 0, actualMinor: taxMinor } };
    }
    if (component === undefined) {
      const exactMinor = scaleRounded(group.soldMinor, rateBps, sale.taxInclusive ? 10_000 + rateBps : 10_000, 'half-up') ?? 0;
      if (Math.abs(taxMinor - exactMinor) > group.lines) return mismatchOf('tax', exactMinor, taxMinor);
    } else if (ratePpm !== undefined && baseMinor !== undefined) {
      const exactMinor = scaleRounded(baseMinor, ratePpm, PPM, 'half-up') ?? 0;
      // The base that is written is the sum of rounded amounts, the exact base is off by at most half a minor unit for each of them.
      const roundings = group.lines * (taxes.length + 1);
      const tolerance = group.lines + (scaleRounded(roundings, ratePpm, PPM, 'up') ?? 0);
      if (Math.abs(taxMinor - exactMinor) > tolerance) return mismatchOf('tax', exactMinor, taxMinor);
    }
  }
  return undefined;
}
