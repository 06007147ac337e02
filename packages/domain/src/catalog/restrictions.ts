/**
 * What may not be sold to anybody, now, so much, or by this cashier. Age of the shopper is asked at the end and stands in the basket; these
 * are judged whenever goods are added, with or without a hub. What comes back is never restricted.
 */
import type { Unit } from '../money/quantity.ts';
import type { Item } from './catalog.ts';
import { saleHoursAt, type StoreClock } from './sale-hours.ts';

/** Of an item, pinned in its line. */
export type Restrictions = Pick<Item, 'saleHours' | 'maximumPerSale' | 'minimumCashierAgeYears'>;

/** What a person has vouched for, where the till cannot know. */
export const VOUCHED = ['saleHours', 'cashierAge', 'useBy'] as const;
export type Vouched = (typeof VOUCHED)[number];

/** What the till knows of the moment and the person, as far as it does. */
export interface RestrictionFacts {
  /** Absent: the till has no clock to go by. */
  readonly clock?: StoreClock;
  /** What the cashier has surely reached; absent: nobody has told the till. */
  readonly operatorAgeYears?: number;
  /** What the cashier may have reached, where the clock may be that wrong. */
  readonly operatorAgeUpToYears?: number;
  readonly vouched?: readonly Vouched[];
}

type Named = { readonly sku: string; readonly name: string };

export type RestrictionRefusal =
  | { readonly type: 'outsideSaleHours'; readonly detail: Named & { readonly hours: string } }
  /** The till's clock may be wrong: a person looks at a watch, and vouches for it. */
  | { readonly type: 'saleHoursUnsure'; readonly detail: Named & { readonly hours: string } }
  | { readonly type: 'cashierTooYoung'; readonly detail: Named & { readonly minimumCashierAgeYears: number } }
  /** The till does not know how old the cashier is, or what day it is: somebody vouches for it. */
  | { readonly type: 'cashierAgeUnknown'; readonly detail: Named & { readonly minimumCashierAgeYears: number } }
  | {
      readonly type: 'maximumPerSale';
      readonly detail: Named & { readonly quantity: number; readonly unit: Unit; readonly limit: number };
    };

/** Undefined where an item has none: most lines carry nothing. */
export function restrictionsOf({ saleHours, maximumPerSale, minimumCashierAgeYears }: Restrictions): Restrictions | undefined {
  if (saleHours === undefined && maximumPerSale === undefined && minimumCashierAgeYears === undefined) return undefined;
  return {
    ...(saleHours !== undefined && { saleHours }),
    ...(maximumPerSale !== undefined && { maximumPerSale }),
    ...(minimumCashierAgeYears !== undefined && { minimumCashierAgeYears }),
  };
}

/** Why no (more) of these goods may be added. `inSale` is what the basket would then hold of them over all of its lines. */
export function findRestriction(
  { sku, name }: Named,
  restrictions: Restrictions,
  facts: RestrictionFacts & { readonly inSale: number; readonly unit: Unit },
): RestrictionRefusal | undefined {
  const { saleHours, maximumPerSale: limit, minimumCashierAgeYears } = restrictions;
  const { clock, operatorAgeYears, operatorAgeUpToYears = operatorAgeYears, inSale: quantity, unit } = facts;
  const isVouched = (vouched: Vouched): boolean => facts.vouched?.includes(vouched) === true;
  if (saleHours !== undefined) {
    const hours = saleHours.text;
    const state = clock === undefined ? 'unsure' : saleHoursAt(saleHours, clock);
    if (state === 'closed') return { type: 'outsideSaleHours', detail: { sku, name, hours } };
    if (state === 'unsure' && !isVouched('saleHours')) return { type: 'saleHoursUnsure', detail: { sku, name, hours } };
  }
  if (minimumCashierAgeYears !== undefined) {
    const detail = { sku, name, minimumCashierAgeYears };
    const isReached = operatorAgeYears !== undefined && operatorAgeYears >= minimumCashierAgeYears;
    const isOutOfReach = operatorAgeUpToYears !== undefined && operatorAgeUpToYears < minimumCashierAgeYears;
    if (isOutOfReach) return { type: 'cashierTooYoung', detail };
    if (!isReached && !isVouched('cashierAge')) return { type: 'cashierAgeUnknown', detail };
  }
  return limit !== undefined && quantity > limit ? { type: 'maximumPerSale', detail: { sku, name, quantity, unit, limit } } : undefined;
}
