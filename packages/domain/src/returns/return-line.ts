/**
 * What a sale's lines cost, each with its own share of everything, and what of them may still come back.
 *
 * A sale holds its taxes by class. Here each line gets its share of them: what its own rate comes to, whole minor units by largest
 * remainder, so that shares sum to the sale's taxes whatever they were rounded on. A return takes its part of what is *left* of a
 * line: sums are rounded half up, one after the other (amount, less discounts, with taxes), and each share is the difference of two
 * of them. So no share has another sign than its line, parts never come to more than was paid, the part that takes the last piece
 * takes all that is left, and the shares of all parts sum to the line's own, in whatever order and size they came.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { netMinorOf, type LineDiscount } from '../basket/line-discount.ts';
import { leftCost, type CostPart } from '../catalog/cost.ts';
import { addMinor, divideBigRounded, scaleRounded } from '../money/money.ts';
import { pricingStep, type Quantity, type Unit } from '../money/quantity.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { isUntaxedSound, restOf, type UntaxedPart } from '../tax/benefit-tax.ts';

/** One tax of one line that comes back; signs are those of the line. */
export interface ReturnTax {
  /** As a person reads it; not in the ledger. */
  readonly name?: string;
  /** Absent for a plain class. */
  readonly component?: string;
  /** Parts per million of `baseMinor`; both absent for a plain class and for a fixed amount per unit. */
  readonly ratePpm?: number;
  readonly baseMinor?: number;
  readonly taxMinor: number;
}

/** Which line of which sale a return line gives back. */
export interface ReturnOf {
  readonly receiptNumber: string;
  /** The store that sold it, where that is another one. */
  readonly store?: string;
  /** Counted from 1; absent where nobody could look the sale up. */
  readonly line?: number;
}

/** What a return line of a basket or a sale holds beyond a sold one. */
export interface ReturnColumns {
  readonly returnOf?: ReturnOf;
  /** Its exact taxes, as the sale's own were; absent where nobody could look the sale up: then they are computed like a sold line's. */
  readonly returnTaxes?: readonly ReturnTax[];
  /** Nobody could ask whether it had come back already. */
  readonly isUnverified?: true;
  /** Not as it should be: no policy stands against its return. */
  readonly isDefective?: true;
  /** Who allowed it to come back without a receipt. */
  readonly returnApprovedBy?: string;
}

/** Money of one line, in the order in which it is rounded; all signs are those of the line's document. */
export interface LineMoney extends UntaxedPart, CostPart {
  readonly amountMinor: number;
  readonly discounts: readonly LineDiscount[];
  readonly taxes: readonly ReturnTax[];
}

/** A line that was sold, and what is left of it. */
export interface ReturnableLine {
  /** Counted from 1. */
  readonly line: number;
  readonly sold: SaleLine;
  /** In steps of the line's unit, above or equal to 0. */
  readonly leftQuantity: number;
  /** Came back because they were defective, in steps of the line's unit. */
  readonly defectiveQuantity: number;
  readonly paid: LineMoney;
  /** Of `paid`, what did not come back yet. */
  readonly left: LineMoney;
  /** What the shopper paid for all of it, with its taxes, without what others pay for it. */
  readonly paidMinor: number;
  readonly leftMinor: number;
}

/** What comes back of one line: all of its amounts below 0, its discounts above. */
export interface ReturnPart extends LineMoney {
  readonly line: number;
  /** Below 0; 0 where nothing comes back, and a discount that was earned with it is taken away. */
  readonly quantity: Quantity;
}

export type ReturnLineRefusal =
  | { readonly type: 'noSuchLine'; readonly detail: { readonly lineId: string } }
  /** More than is left of the line. */
  | {
      readonly type: 'returnAboveSold';
      readonly detail: { readonly sku: string; readonly quantity: number; readonly unit: Unit; readonly left: number };
    };

/** Whether a line of a sale sells goods: only such a line may come back. */
export const isSoldLine = (line: SaleLine): boolean => line.quantity.value > 0 && line.returnOf === undefined;

/** The lines of `sale` that sell goods, with what `others`, which may hold any sales, returned of them. */
export function returnableLines(sale: Sale, others: readonly Sale[]): readonly ReturnableLine[] {
  const taxesByLine = lineTaxesOf(sale);
  const returned = returnedLines(sale, others);
  return sale.lines.flatMap((sold, index) => {
    if (!isSoldLine(sold)) return [];
    const line = index + 1;
    const paid: LineMoney = {
      amountMinor: sold.amountMinor,
      discounts: sold.discounts ?? [],
      taxes: taxesByLine[index] ?? [],
      ...(sold.untaxedMinor !== undefined && { untaxedMinor: sold.untaxedMinor }),
      ...(sold.costMinor !== undefined && { costMinor: sold.costMinor }),
    };
    const before = returned.get(line) ?? [];
    const leftQuantity = Math.max(
      0,
      before.reduce((left, { quantity }) => left + quantity.value, sold.quantity.value),
    );
    const { taxInclusive } = sale;
    const left = leftOf(paid, before, taxInclusive);
    return [
      {
        line,
        sold,
        leftQuantity,
        defectiveQuantity: before.reduce((sum, { quantity, isDefective }) => (isDefective === true ? sum - quantity.value : sum), 0),
        paid,
        left,
        paidMinor: paidMinorOf(paid, taxInclusive),
        leftMinor: paidMinorOf(left, taxInclusive),
      },
    ];
  });
}

/**
 * Return lines of `sale` by the line that they give back. One that was written without the sale at hand names no line: it counts on the
 * first line of its goods that has enough left, or else on their first.
 */
function returnedLines(sale: Sale, others: readonly Sale[]): ReadonlyMap<number, readonly SaleLine[]> {
  const byLine = new Map<number, SaleLine[]>();
  const left = sale.lines.map(({ quantity }) => quantity.value);
  const count = (index: number, line: SaleLine): void => {
    left[index] = (left[index] ?? 0) + line.quantity.value;
    byLine.set(index + 1, [...(byLine.get(index + 1) ?? []), line]);
  };
  const lines = others.flatMap((other) => other.lines).filter(({ returnOf }) => returnOf?.receiptNumber === sale.receiptNumber);
  for (const line of lines) if (line.returnOf?.line !== undefined) count(line.returnOf.line - 1, line);
  for (const line of lines) {
    if (line.returnOf?.line !== undefined) continue;
    const isSame = (sold: SaleLine): boolean => isSoldLine(sold) && sold.sku === line.sku && sold.quantity.unit === line.quantity.unit;
    const fitting = sale.lines.findIndex((sold, index) => isSame(sold) && (left[index] ?? 0) + line.quantity.value >= 0);
    const index = fitting === -1 ? sale.lines.findIndex(isSame) : fitting;
    if (index !== -1) count(index, line);
  }
  return byLine;
}

/** What the shopper pays for a line, or gets back for it: with taxes, without third parties' shares. */
export const paidMinorOf = (money: LineMoney, taxInclusive: boolean): number => sumsOf(money, taxInclusive).at(-1) ?? 0;

const isThirdParty = ({ funding }: LineDiscount): boolean => funding === 'thirdParty';

/** The running sums of what a line costs: amount, less each discount, the store's own first, with each tax where it is on top. */
function sumsOf({ amountMinor, discounts, taxes }: LineMoney, taxInclusive: boolean): readonly number[] {
  const steps = [
    ...discounts.filter((discount) => !isThirdParty(discount)).map((discount) => discount.amountMinor),
    ...discounts.filter(isThirdParty).map((discount) => discount.amountMinor),
    ...(taxInclusive ? [] : taxes.map(({ taxMinor }) => taxMinor)),
  ];
  return steps.reduce<number[]>((sums, step) => [...sums, addMinor(sums.at(-1) ?? 0, step)], [amountMinor]);
}

/** The sums of the taxes that a net holds, one after the other. */
const taxSumsOf = (taxes: readonly ReturnTax[]): readonly number[] =>
  taxes.reduce<number[]>((sums, { taxMinor }) => [...sums, addMinor(sums.at(-1) ?? 0, taxMinor)], []);

/** Money whose running sums are these; `like` says which discounts and taxes it has. */
function moneyOf(
  like: LineMoney,
  taxInclusive: boolean,
  sums: readonly number[],
  included: { readonly taxSums: readonly number[]; readonly bases: readonly (number | undefined)[] },
): LineMoney {
  const difference = (place: number): number => (sums[place] ?? 0) - (sums[place - 1] ?? 0);
  const storeCount = like.discounts.filter((discount) => !isThirdParty(discount)).length;
  let store = 0;
  let thirdParty = 0;
  const discounts = like.discounts.map((discount) => {
    const place = isThirdParty(discount) ? 1 + storeCount + thirdParty++ : 1 + store++;
    return { ...discount, amountMinor: difference(place) + 0 };
  });
  const taxes = like.taxes.map(({ baseMinor: _baseMinor, ...tax }, index) => {
    const taxMinor = taxInclusive
      ? (included.taxSums[index] ?? 0) - (included.taxSums[index - 1] ?? 0)
      : difference(1 + like.discounts.length + index);
    const baseMinor = included.bases[index];
    return { ...tax, ...(baseMinor !== undefined && { baseMinor: baseMinor + 0 }), taxMinor: taxMinor + 0 };
  });
  return { amountMinor: (sums[0] ?? 0) + 0, discounts, taxes };
}

/**
 * `paid` less what return lines gave back. They hold the same discounts and taxes in the same order, as this module wrote them; of a return
 * that nobody could verify, which holds others, the amounts alone count. No sum is ever left with another sign: who got too much gets nothing more.
 */
function leftOf(paid: LineMoney, returned: readonly SaleLine[], taxInclusive: boolean): LineMoney {
  if (returned.length === 0) return paid;
  const paidSums = sumsOf(paid, taxInclusive);
  const back = returned.map((line) => alignedMoney(paid, line, taxInclusive));
  const backSums = back.map((money) => sumsOf(money, taxInclusive));
  const left = (whole: number, parts: readonly number[]): number => {
    const rest = parts.reduce(addMinor, whole);
    // A fixed tax above a low price makes the taxes beside it negative.
    return whole < 0 ? Math.min(0, rest) : Math.max(0, rest);
  };
  const sums = paidSums.map((sum, place) =>
    left(
      sum,
      backSums.map((partSums) => partSums[place] ?? 0),
    ),
  );
  const backTaxSums = back.map(({ taxes }) => taxSumsOf(taxes));
  const taxSums = taxSumsOf(paid.taxes).map((sum, place) =>
    left(
      sum,
      backTaxSums.map((partSums) => partSums[place] ?? 0),
    ),
  );
  const bases = paid.taxes.map(({ baseMinor }, place) =>
    baseMinor === undefined
      ? undefined
      : left(
          baseMinor,
          back.map(({ taxes }) => taxes[place]?.baseMinor ?? 0),
        ),
  );
  const money = moneyOf(paid, taxInclusive, sums, { taxSums, bases });
  const untaxedMinor = returned.reduce((sum, line) => addMinor(sum, line.untaxedMinor ?? 0), paid.untaxedMinor ?? 0);
  // A return that nobody could verify says nothing of who had paid.
  return { ...withUntaxed(money, Math.max(0, Math.min(untaxedMinor, netMinorOf(money)))), ...leftCost(paid, returned) };
}

const withUntaxed = (money: LineMoney, untaxedMinor: number): LineMoney => (untaxedMinor === 0 ? money : { ...money, untaxedMinor });

/** A return line's money, discount by discount and tax by tax as the sold line has them. */
function alignedMoney(paid: LineMoney, line: SaleLine, taxInclusive: boolean): LineMoney {
  const discounts = line.discounts ?? [];
  const taxes = line.returnTaxes ?? [];
  const isAligned = discounts.length === paid.discounts.length && taxes.length === paid.taxes.length;
  if (isAligned) return { amountMinor: line.amountMinor, discounts, taxes };
  const netMinor = netMinorOf(line);
  const taxMinor = taxInclusive ? 0 : taxes.reduce((sum, tax) => addMinor(sum, tax.taxMinor), 0);
  return {
    amountMinor: addMinor(netMinor, taxMinor),
    discounts: paid.discounts.map((discount) => ({ ...discount, amountMinor: 0 })),
    taxes: paid.taxes.map((tax) => ({ ...tax, taxMinor: 0 })),
  };
}

/** `quantity` (above 0, in steps of the line's unit) of what is left of a line, as it comes back. */
export function partOf(line: ReturnableLine, quantity: number, taxInclusive: boolean): Result<ReturnPart, ReturnLineRefusal> {
  const { sold, leftQuantity, left } = line;
  const { unit } = sold.quantity;
  if (!Number.isSafeInteger(quantity) || quantity <= 0 || quantity > leftQuantity) {
    return err({ type: 'returnAboveSold', detail: { sku: sold.sku, quantity, unit, left: leftQuantity } });
  }
  const share = (sum: number): number => {
    const part = scaleRounded(sum, quantity, leftQuantity, 'half-up');
    assert(part !== undefined, 'a part is no larger than its whole');
    return -part + 0;
  };
  const money = moneyOf(left, taxInclusive, sumsOf(left, taxInclusive).map(share), {
    taxSums: taxSumsOf(left.taxes).map(share),
    bases: left.taxes.map(({ baseMinor }) => (baseMinor === undefined ? undefined : share(baseMinor))),
  });
  const untaxedMinor = share(left.untaxedMinor ?? 0);
  assert(isUntaxedSound(untaxedMinor, netMinorOf(money)), 'a share of a part is no larger than the share of its whole');
  const cost = left.costMinor === undefined ? {} : { costMinor: share(left.costMinor) };
  return ok({ line: line.line, quantity: { value: -quantity, unit }, ...withUntaxed(money, untaxedMinor), ...cost });
}

// ---- the taxes of a sale, line by line

/** A tax of a class over all lines that sell, as the sale holds it. */
export interface TaxRow {
  readonly rateBps: number;
  readonly component?: string;
  readonly ratePpm?: number;
  baseMinor: number | undefined;
  taxMinor: number;
}

/** Of a tax class at one rate. */
export const classKey = (taxClass: string, rateBps: number): string => `${rateBps} ${taxClass}`;

/** What the taxes of a sale come to without those that its return lines hold: by class, one row for each tax. */
export function soldTaxRows(sale: Pick<Sale, 'lines' | 'taxes'>): ReadonlyMap<string, readonly TaxRow[]> {
  const rowsByClass = new Map<string, readonly TaxRow[]>();
  const returned = sale.lines.filter((line) => line.returnTaxes !== undefined);
  for (const [key, rows] of Map.groupBy(sale.taxes, (tax) => classKey(tax.taxClass, tax.rateBps))) {
    const rateBps = rows[0]?.rateBps ?? 0;
    const own = returned.flatMap((line) => (classKey(line.taxClass, line.taxRateBps) === key ? (line.returnTaxes ?? []) : []));
    rowsByClass.set(
      key,
      mergeRows([
        ...rows.map(({ taxMinor, component }) => ({ ...component, rateBps, baseMinor: component?.baseMinor, taxMinor })),
        ...own.map((tax) => ({
          ...tax,
          rateBps,
          baseMinor: tax.baseMinor === undefined ? undefined : -tax.baseMinor,
          taxMinor: -tax.taxMinor,
        })),
      ]),
    );
  }
  return rowsByClass;
}

/** Of a line's net, what is taxed with its class. */
export const taxedMinorOf = (line: SaleLine): number => netMinorOf(line) - (line.untaxedMinor ?? 0);

/** Whether its class's taxes were charged on a line at all: not where a benefit card paid for all of it. */
export function isTaxed(line: SaleLine): boolean {
  const { returnTaxes, untaxedMinor = 0 } = line;
  return netMinorOf(line) !== untaxedMinor || (returnTaxes === undefined ? untaxedMinor === 0 : returnTaxes.length > 0);
}

/** Each line's taxes; of a return line those that it holds itself. */
function lineTaxesOf(sale: Sale): readonly (readonly ReturnTax[])[] {
  const taxesByLine = sale.lines.map((line): readonly ReturnTax[] => line.returnTaxes ?? []);
  const rowsByClass = soldTaxRows(sale);
  const lines = sale.lines.flatMap((line, index) => (line.returnTaxes === undefined && isTaxed(line) ? [{ line, index }] : []));
  for (const [key, group] of Map.groupBy(lines, ({ line }) => classKey(line.taxClass, line.taxRateBps))) {
    const rows = withoutUntaxed(rowsByClass.get(key) ?? []);
    const shares = rows.map((row) =>
      rowShares(
        row,
        group.map(({ line }) => line),
        sale.taxInclusive,
      ),
    );
    for (const [place, { index }] of group.entries()) {
      taxesByLine[index] = rows.map(({ baseMinor: _baseMinor, taxMinor: _taxMinor, rateBps: _rateBps, ...tax }, number) => {
        const share = shares[number];
        const baseMinor = share?.bases?.[place];
        return { ...tax, ...(baseMinor !== undefined && { baseMinor }), taxMinor: share?.taxes[place] ?? 0 };
      });
    }
  }
  return taxesByLine;
}

/** What is untaxed in a class without a rate of its own stands beside the class's taxes: it is no tax of those lines. */
const withoutUntaxed = (rows: readonly TaxRow[]): readonly TaxRow[] =>
  rows.some(({ component }) => component !== undefined)
    ? rows.filter(({ component, taxMinor }) => component !== undefined || taxMinor !== 0)
    : rows;

/** Rows of one tax as one: a class has several of them where it changed while its basket was open. */
function mergeRows(rows: readonly TaxRow[]): readonly TaxRow[] {
  const merged = new Map<string, TaxRow>();
  for (const row of rows) {
    const key = `${row.ratePpm ?? ''} ${row.component ?? ''}`;
    const present = merged.get(key);
    if (present === undefined) merged.set(key, { ...row });
    else {
      // Read from elsewhere: what leaves the safe integers compares unequal, and throws nothing.
      present.taxMinor += row.taxMinor;
      present.baseMinor = row.baseMinor === undefined ? present.baseMinor : (present.baseMinor ?? 0) + row.baseMinor;
    }
  }
  return [...merged.values()];
}

interface Ratio {
  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;
}

/** Rates of components are parts per million, those of classes parts per ten thousand. */
const PPM = 1_000_000n;
const BPS = 10_000n;

function rowShares(
  row: TaxRow,
  lines: readonly SaleLine[],
  taxInclusive: boolean,
): { readonly taxes: readonly number[]; readonly bases?: readonly number[] } {
  const nets = lines.map((line) => BigInt(taxedMinorOf(line)));
  const rateBps = BigInt(lines[0]?.taxRateBps ?? 0);
  const withTax = taxInclusive ? BPS + rateBps : BPS;
  if (row.component === undefined) {
    return {
      taxes: allotNear(
        row.taxMinor,
        nets.map((net) => ({ numerator: net * rateBps, denominator: withTax })),
      ),
    };
  }
  if (row.ratePpm === undefined || row.baseMinor === undefined) {
    const units = lines.map((line) => {
      const { value, unit } = restOf(line.quantity, taxedMinorOf(line), netMinorOf(line));
      return BigInt(scaleRounded(value, 1_000, pricingStep(unit), 'down') ?? 0);
    });
    return { taxes: allotNear(row.taxMinor, ratiosOf(BigInt(row.taxMinor), units)) };
  }
  // Where some lines come back without a receipt, their class may net to next to nothing: then each base is taken from its own line.
  const isOneSign = nets.every((net) => net >= 0n) || nets.every((net) => net <= 0n);
  const exactBases = isOneSign
    ? ratiosOf(BigInt(row.baseMinor), nets)
    : nets.map((net) => ({ numerator: net * BPS, denominator: withTax }));
  const rate = BigInt(row.ratePpm);
  const exactTaxes = exactBases.map(({ numerator, denominator }) => ({ numerator: numerator * rate, denominator: denominator * PPM }));
  return { taxes: allotNear(row.taxMinor, exactTaxes), bases: allotNear(row.baseMinor, exactBases) };
}

/** `total` in proportion to the weights; nothing for anybody where they sum to 0. */
function ratiosOf(total: bigint, weights: readonly bigint[]): readonly Ratio[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) return weights.map(() => ({ numerator: 0n, denominator: 1n }));
  const sign = sum < 0n ? -1n : 1n;
  return weights.map((weight) => ({ numerator: total * weight * sign, denominator: sum * sign }));
}

/** Whole minor units near the exact shares (of one denominator) that sum to `total`: floors, raised by largest remainder, then by order. */
function allotNear(total: number, exact: readonly Ratio[]): readonly number[] {
  const parts = exact.map(({ numerator, denominator }, index) => {
    const remainder = ((numerator % denominator) + denominator) % denominator;
    return { index, remainder, floor: divideBigRounded(numerator - remainder, denominator, 'down') ?? 0 };
  });
  const shares = parts.map(({ floor }) => floor);
  const byRemainder = parts.toSorted((left, right) =>
    left.remainder < right.remainder ? 1 : left.remainder > right.remainder ? -1 : left.index - right.index,
  );
  let missing = shares.reduce((left, share) => left - share, total);
  const step = Math.sign(missing);
  // Usually less than one for each line; a sale of other rules than its rates say is spread round by round.
  const order = step < 0 ? byRemainder.toReversed() : byRemainder;
  if (order.length === 0) return shares;
  const rounds = scaleRounded(missing, 1, order.length, 'down') ?? 0;
  missing -= rounds * order.length;
  for (const [place, { index }] of order.entries()) {
    shares[index] = (shares[index] ?? 0) + rounds + (place < Math.abs(missing) ? step : 0);
  }
  return shares;
}
