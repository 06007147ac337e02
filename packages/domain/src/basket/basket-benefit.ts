/** Benefit cards in a basket: what such a card may pay for, at most how much, and what it leaves untaxed. */
import { scaleRounded } from '../money/money.ts';
import { DEFAULT_BENEFIT_SHARES, openMinorOf, untaxedShares, type BenefitLine, type UntaxedShare } from '../tax/benefit-tax.ts';
import type { EligibleItems } from '../tender/tender-type.ts';
import type { Basket, BasketLine } from './basket.ts';
import { claimedMinorOf, netMinorOf } from './line-discount.ts';

export const isEligible = ({ skus, taxClasses }: EligibleItems, { sku, tax }: Pick<BasketLine, 'sku' | 'tax'>): boolean =>
  skus.has(sku) || taxClasses.has(tax.taxClass);

/** Goods that are sold, as far as nobody else pays for them: never what comes back, and never what is no goods. */
function benefitLines(basket: Basket, eligible: EligibleItems | undefined): readonly BenefitLine[] {
  const paidByOthers = paidByVouchers(basket);
  return basket.rows.flatMap((line) => {
    if (line.kind !== 'item' || line.nature !== undefined || (eligible !== undefined && !isEligible(eligible, line))) return [];
    const openMinor = netMinorOf(line) - claimedMinorOf(line) - (line.untaxedMinor ?? 0) - (paidByOthers.get(line.lineId) ?? 0);
    const isTaxed = line.tax.rateBps > 0 || line.tax.components !== undefined;
    return line.quantity.value > 0 && openMinor > 0 ? [{ lineId: line.lineId, openMinor, isTaxed }] : [];
  });
}

/** What tenders paid that are limited to some goods and leave their taxes as they are, line by line. */
function paidByVouchers({ tenders }: Basket): ReadonlyMap<string, number> {
  const paid = new Map<string, number>();
  for (const { paidFor = [], untaxed } of tenders) {
    for (const { lineId, amountMinor } of untaxed === undefined ? paidFor : []) paid.set(lineId, (paid.get(lineId) ?? 0) + amountMinor);
  }
  return paid;
}

export interface BenefitTerms {
  /** At most so much is due, once the tax on it is gone; above 0 only where something is due. */
  readonly dueMinor: number;
  /** What the goods that it pays for come to, without tax on top. */
  readonly eligibleMinor: number;
  readonly sharesOf: (amountMinor: number) => readonly UntaxedShare[];
}

/** What a benefit card may pay of a basket. Each payment lowers the tax that is due, so that what is due is found, not read. */
export function benefitTerms(basket: Basket, eligible: EligibleItems | undefined, dueOf: (basket: Basket) => number): BenefitTerms {
  const lines = benefitLines(basket, eligible);
  const policy = basket.opening.benefitShares ?? DEFAULT_BENEFIT_SHARES;
  const sharesOf = (amountMinor: number): readonly UntaxedShare[] => untaxedShares(lines, amountMinor, policy);
  const eligibleMinor = openMinorOf(lines);
  const leftAfter = (amountMinor: number): number => dueOf(withUntaxed(basket, sharesOf(amountMinor))) - amountMinor;
  if (leftAfter(eligibleMinor) >= 0) return { dueMinor: Math.max(dueOf(basket), eligibleMinor), eligibleMinor, sharesOf };
  // More by card never leaves more to pay.
  let [most, tooMuch] = [0, eligibleMinor];
  while (tooMuch - most > 1) {
    const middle = most + (scaleRounded(tooMuch - most, 1, 2, 'down') ?? 0);
    if (leftAfter(middle) >= 0) most = middle;
    else tooMuch = middle;
  }
  return { dueMinor: most, eligibleMinor, sharesOf };
}

/** The basket with these parts of its lines untaxed, or (`sign` −1) taxed again. */
export function withUntaxed(basket: Basket, shares: readonly UntaxedShare[], sign: 1 | -1 = 1): Basket {
  if (shares.length === 0) return basket;
  const byId = new Map(shares.map(({ lineId, amountMinor }) => [lineId, amountMinor]));
  const rows = basket.rows.map((row) => {
    const shareMinor = row.kind === 'item' ? byId.get(row.lineId) : undefined;
    if (row.kind !== 'item' || shareMinor === undefined) return row;
    const { untaxedMinor = 0, ...line } = row;
    const nowMinor = untaxedMinor + sign * shareMinor;
    return nowMinor === 0 ? line : { ...line, untaxedMinor: nowMinor };
  });
  return { ...basket, rows };
}
