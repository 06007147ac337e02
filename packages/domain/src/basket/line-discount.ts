/**
 * What is taken off a line, and what is left of it. A line's `amountMinor` stays quantity × unit price; each reduction stands
 * beside it with its share, so that shares sum exactly and every part of a line can be given back for what was paid.
 *
 * Invariants: a reduction has the opposite sign of its line (below 0 on a sale, above 0 where the line comes back) or is 0, and
 * all of a line's together never take it past 0. What a third party funds is paid by somebody else: it lowers what the
 * shopper pays, and neither the line's net nor its tax. It is claimed by coupon.
 */
import { addMinor } from '../money/money.ts';

export const DISCOUNT_KINDS = ['promotion', 'manual', 'coupon', 'exemption'] as const;
export type DiscountKind = (typeof DISCOUNT_KINDS)[number];

export interface LineDiscount {
  readonly kind: DiscountKind;
  /** Of a promotion, with a coupon or without: `promotionReference`. */
  readonly reference: string;
  /** As a person reads it; not in the ledger, whose reference names the version that it comes from. */
  readonly name?: string;
  readonly amountMinor: number;
  /** The coupon that this was taken for. */
  readonly coupon?: string;
  /** Absent: the store. */
  readonly funding?: 'thirdParty';
  readonly reason?: string;
  readonly approvedBy?: string;
}

export interface Reducible {
  readonly amountMinor: number;
  /** Absent where there is none. */
  readonly discounts?: readonly LineDiscount[];
}

/** What a coupon's issuer owes for it; below 0 where goods came back. */
export interface Claim {
  readonly code: string;
  readonly amountMinor: number;
}

/** A promotion as it was when it took something: its id, and the hash of what it said. */
export const promotionReference = ({ promotionId, version }: { readonly promotionId: string; readonly version: string }): string =>
  `${promotionId}@${version}`;

function sumOf(discounts: readonly LineDiscount[], counts: (discount: LineDiscount) => boolean): number {
  let sum = 0;
  for (let at = 0; at < discounts.length; at += 1) if (counts(discounts[at]!)) sum = addMinor(sum, discounts[at]!.amountMinor);
  return sum;
}

const isAny = (): boolean => true;
const isClaimed = ({ funding }: LineDiscount): boolean => funding === 'thirdParty';
const isFunded = (discount: LineDiscount): boolean => !isClaimed(discount);

/** What the store sells the line for: the taxable amount, and its part of the total. */
export const netMinorOf = ({ amountMinor, discounts }: Reducible): number =>
  discounts === undefined ? amountMinor : addMinor(amountMinor, sumOf(discounts, isFunded));

/** All that was taken off, whoever pays for it; its sign is that of a discount. */
export const discountMinorOf = ({ discounts }: Reducible): number => (discounts === undefined ? 0 : sumOf(discounts, isAny));

/** Of the net, what third parties pay. */
export const claimedMinorOf = ({ discounts }: Reducible): number => (discounts === undefined ? 0 : 0 - sumOf(discounts, isClaimed));

/** One claim per coupon, by code. */
export function claimsOf(lines: Iterable<Reducible>): readonly Claim[] {
  const byCode = new Map<string, number>();
  for (const { discounts } of lines) {
    if (discounts === undefined) continue;
    if (!discounts.some(isClaimed)) continue;
    for (const discount of discounts) {
      if (!isClaimed(discount)) continue;
      const code = discount.coupon ?? discount.reference;
      byCode.set(code, addMinor(byCode.get(code) ?? 0, -discount.amountMinor));
    }
  }
  return [...byCode]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, amountMinor]) => ({ code, amountMinor }));
}

/** Whether the reductions of a line keep to the module's head. */
export function isReductionSound({ amountMinor, discounts }: Reducible): boolean {
  if (discounts === undefined) return true;
  const sign = Math.sign(amountMinor);
  for (const discount of discounts) if (discount.amountMinor !== 0 && Math.sign(discount.amountMinor) !== -sign) return false;
  return Math.abs(sumOf(discounts, isAny)) <= Math.abs(amountMinor);
}
