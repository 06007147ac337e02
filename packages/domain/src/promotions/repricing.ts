/**
 * Promotions in a basket: what `pricePromotions` makes of its lines, as shares beside each line. A basket is re-priced after
 * whatever changes its lines, its customer or its coupons; the outcome is an event that holds every amount, so that nothing is
 * priced again when the basket is replayed.
 *
 * - A basket reads the rules of its cut, at the moment of its first line: neither a new publication nor the end of a happy hour
 *   changes what stands in it.
 * - What a person took off a line goes first, and promotions see what is left. By policy a price that a person set takes none.
 * - Goods that come back neither satisfy nor earn; what they carry is their sale's own, and stays.
 * - A gift is free where it is in the basket, as far as it is earned by the other goods: it never counts towards its own minimum.
 */
import { assert } from '@holdfast/base';

import { promotionReference, type LineDiscount, type Reducible } from '../basket/line-discount.ts';
import type { PriceType } from '../catalog/catalog.ts';
import { isDiscountable, type Nature } from '../catalog/nature.ts';
import { addMinor, scaleRounded } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import type { ReceiptLanguage } from '../receipt/receipt-words.ts';
import { localTimeOf, weekdayOf } from '../shift/business-day.ts';
import type { PreparedPromotions, PromotedItem } from './prepare.ts';
import { pricePromotions } from './price-promotions.ts';
import type { EarnedReward, PromotionContext, PromotionLine, PromotionOutcome } from './promotion-terms.ts';
import { PROMOTION_POLICY_DEFAULTS, type Coupon, type Promotion, type PromotionPolicy, type Reward } from './rule.ts';

/** Who buys, as far as a rule may ask: an opaque id, and the groups that prices and promotions know. */
export interface BasketCustomer {
  readonly customerId: string;
  readonly groups: readonly string[];
  /** For the screen; rules do not ask for them. */
  readonly initials?: string;
  readonly tier?: string;
  readonly onAccount?: true;
  /** The most that they may owe, in the basket's currency; absent: no limit. */
  readonly accountLimitMinor?: number;
  /** Of their receipt, where nobody chose one. */
  readonly language?: ReceiptLanguage;
}

export interface BasketCoupon {
  readonly code: string;
  /** As a person reads it. */
  readonly name?: string;
}

/** A moment as rules ask for it: in milliseconds, and on the store's own calendar and clock. */
export interface PromotionMoment {
  readonly atMs: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

/** What a till hands in beside a command: the rules of the basket's cut, and what it knows around the basket. */
export interface PromotionTerms {
  readonly prepared: PreparedPromotions;
  readonly store: string;
  /** Now; a basket that has a line goes by the moment of its first one. */
  readonly moment: PromotionMoment;
  /** Absent: `PROMOTION_POLICY_DEFAULTS`. */
  readonly policy?: PromotionPolicy;
  /** By promotion: how often this customer used it before, as far as is known here. */
  readonly usesBy: (customerId: string) => ReadonlyMap<string, number>;
  /** By promotion: what of its budget is gone, as far as is known here. */
  readonly budgetUsedMinor: ReadonlyMap<string, number>;
}

/** A moment on the store's wall. */
export function promotionMomentOf(atMs: number, timeZone: string): PromotionMoment {
  const { date, time, hour } = localTimeOf(atMs, timeZone);
  return { atMs, weekday: weekdayOf(date), minuteOfDay: hour * 60 + Number(time.slice(3, 5)) };
}

export interface UsedPromotion {
  readonly promotionId: string;
  /** The hash of what the promotion said. */
  readonly version: string;
  readonly name: string;
  readonly uses: number;
  readonly coupon?: Coupon;
}

export interface BasketReward extends EarnedReward {
  /** Of a gift: so many pieces of it are free in the basket. */
  readonly given?: number;
}

/** What promotions made of a basket, as its event holds it. */
export interface Repricing {
  /** All that is taken off these lines now; lines that are not here keep what they have. */
  readonly lines: readonly { readonly lineId: string; readonly discounts: readonly LineDiscount[] }[];
  readonly promotions: readonly UsedPromotion[];
  readonly rewards: readonly BasketReward[];
}

export interface PromotableLine extends Reducible, PromotedItem {
  readonly lineId: string;
  readonly quantity: Quantity;
  readonly priceType: PriceType;
  /** Of what is no goods: no promotion makes money cheaper. */
  readonly nature?: Nature;
  readonly isDeposit?: true;
}

export interface PromotableBasket {
  readonly currency: string;
  readonly lines: readonly PromotableLine[];
  readonly customer: BasketCustomer | null;
  readonly coupons: readonly BasketCoupon[];
  /** Of the first line; null while there is none. */
  readonly promotedAt: PromotionMoment | null;
  readonly promotions: readonly UsedPromotion[];
  readonly rewards: readonly BasketReward[];
}

const NO_DISCOUNTS: readonly LineDiscount[] = [];
const isByPromotion = ({ kind }: LineDiscount): boolean => kind !== 'manual';

/** The lines as `pricePromotions` takes them. */
export function promotionLinesOf({ lines }: PromotableBasket, { policy = PROMOTION_POLICY_DEFAULTS }: PromotionTerms): PromotionLine[] {
  const isSetPriceFinal = policy.setPrices === 'final';
  return lines.map((line): PromotionLine => {
    const { lineId, sku, quantity, category, brand, collections, discounts, priceType } = line;
    const isFinal = !isDiscountable(line) || (isSetPriceFinal && priceType === 'override');
    // Most lines are what they are.
    if (!isFinal && (discounts === undefined || discounts.every(isByPromotion))) return line;
    let { amountMinor } = line;
    for (const discount of discounts ?? []) if (!isByPromotion(discount)) amountMinor = addMinor(amountMinor, discount.amountMinor);
    return {
      lineId,
      sku,
      quantity,
      amountMinor,
      ...(category !== undefined && { category }),
      ...(brand !== undefined && { brand }),
      ...(collections !== undefined && { collections }),
      ...(isFinal && { isDiscountable: false }),
    };
  });
}

/** `tenderType` where it is known that this one pays for all. */
export function promotionContextOf(basket: PromotableBasket, terms: PromotionTerms, tenderType?: string): PromotionContext {
  const { currency, customer, coupons, promotedAt } = basket;
  const { store, moment, policy, usesBy, budgetUsedMinor } = terms;
  return {
    currency,
    ...(promotedAt ?? moment),
    store,
    customerGroups: customer?.groups ?? [],
    coupons: coupons.map(({ code }) => code),
    ...(tenderType !== undefined && { tenderType }),
    usesByCustomer: customer === null ? new Map() : usesBy(customer.customerId),
    budgetUsedMinor,
    ...(policy !== undefined && { policy }),
  };
}

/** Pieces of a line that are free because a reward gives them. */
interface Gift {
  readonly lineId: string;
  readonly promotionId: string;
  readonly pieces: number;
  readonly amountMinor: number;
}

export interface BasketOutcome {
  readonly outcome: PromotionOutcome;
  /** The lines that promotions were priced on: what is given away is no part of them. */
  readonly lines: readonly PromotionLine[];
  readonly gifts: readonly Gift[];
}

const priced = (prepared: PreparedPromotions, lines: readonly PromotionLine[], context: PromotionContext): PromotionOutcome => {
  const outcome = pricePromotions(prepared, lines, context);
  assert(outcome.ok, 'the lines of a basket can be priced');
  return outcome.value;
};

type EarnedGift = EarnedReward & { readonly reward: Extract<Reward, { type: 'gift' }> };
const isGift = (reward: EarnedReward): reward is EarnedGift => reward.reward.type === 'gift';

/** What promotions take off, with the gifts that are in the basket already. */
export function promotionsOf(prepared: PreparedPromotions, all: readonly PromotionLine[], context: PromotionContext): BasketOutcome {
  let found: BasketOutcome = { outcome: priced(prepared, all, context), lines: all, gifts: [] };
  if (found.outcome.rewards.length === 0) return found;
  const given = new Map<string, number>();
  for (const gift of found.outcome.rewards.filter(isGift)) {
    const { promotionId, reward } = gift;
    const inBasket = found.lines.reduce((sum, line) => (line.sku === reward.sku && isGiveable(line) ? sum + line.quantity.value : sum), 0);
    // More gifts leave less that earns them: the most that is still earned lies where that turns.
    let [enough, tooMany] = [0, Math.min(inBasket, piecesEarned(found.outcome, gift)) + 1];
    let best: BasketOutcome | undefined;
    while (tooMany - enough > 1) {
      const pieces = enough + (scaleRounded(tooMany - enough, 1, 2, 'down') ?? 0);
      const trial = give(prepared, found, { promotionId, sku: reward.sku, pieces }, context);
      const isEarned = trial.outcome.rewards.filter(isGift).every((each) => {
        const needed = each.promotionId === promotionId ? pieces : (given.get(each.promotionId) ?? 0);
        return piecesEarned(trial.outcome, each) >= needed;
      });
      const isThere = [...given.keys(), promotionId].every((id) => trial.outcome.rewards.some((each) => each.promotionId === id));
      if (isEarned && isThere) [enough, best] = [pieces, trial];
      else tooMany = pieces;
    }
    if (best === undefined) continue;
    found = best;
    given.set(promotionId, enough);
  }
  return found;
}

const piecesEarned = ({ rewards }: PromotionOutcome, { promotionId }: EarnedGift): number =>
  rewards.reduce((sum, each) => (each.promotionId === promotionId && isGift(each) ? sum + each.times * each.reward.pieces : sum), 0);

const isGiveable = (line: PromotionLine): boolean =>
  line.quantity.unit === 'piece' && line.quantity.value > 0 && line.amountMinor >= 0 && line.isDiscountable !== false;

/** Sets pieces aside as given, dearest first; the rest is priced again. */
function give(
  prepared: PreparedPromotions,
  { lines, gifts }: BasketOutcome,
  { promotionId, sku, pieces }: { readonly promotionId: string; readonly sku: string; readonly pieces: number },
  context: PromotionContext,
): BasketOutcome {
  let wanted = pieces;
  const taken = new Map<PromotionLine, { readonly pieces: number; readonly amountMinor: number }>();
  const candidates = lines
    .filter((line) => line.sku === sku && isGiveable(line))
    .sort((left, right) => right.amountMinor * left.quantity.value - left.amountMinor * right.quantity.value);
  for (const line of candidates) {
    const count = Math.min(wanted, line.quantity.value);
    if (count === 0) break;
    wanted -= count;
    taken.set(line, { pieces: count, amountMinor: scaleRounded(line.amountMinor, count, line.quantity.value, 'half-up') ?? 0 });
  }
  const kept = lines.flatMap((line): PromotionLine[] => {
    const gone = taken.get(line);
    if (gone === undefined) return [line];
    const value = line.quantity.value - gone.pieces;
    return value === 0 ? [] : [{ ...line, quantity: { ...line.quantity, value }, amountMinor: line.amountMinor - gone.amountMinor }];
  });
  const added = [...taken].map(([{ lineId }, gone]): Gift => ({ ...gone, lineId, promotionId, amountMinor: 0 - gone.amountMinor }));
  return { outcome: priced(prepared, kept, context), lines: kept, gifts: [...gifts, ...added] };
}

/** What changes in the basket when it is priced now; undefined where nothing does. */
export function repricingOf(basket: PromotableBasket, terms: PromotionTerms, tenderType?: string): Repricing | undefined {
  const { outcome, gifts } = promotionsOf(terms.prepared, promotionLinesOf(basket, terms), promotionContextOf(basket, terms, tenderType));
  const byLine = discountsByLine(terms.prepared, outcome, gifts);
  const lines: { readonly lineId: string; readonly discounts: readonly LineDiscount[] }[] = [];
  for (let at = 0; at < basket.lines.length; at += 1) {
    const { lineId, quantity, discounts = NO_DISCOUNTS } = basket.lines[at]!;
    if (quantity.value < 0 && discounts.every((discount) => !isByPromotion(discount) || discount.amountMinor > 0)) continue;
    const promoted = byLine.get(lineId) ?? NO_DISCOUNTS;
    const now = discounts.every(isByPromotion) ? promoted : [...discounts.filter((discount) => !isByPromotion(discount)), ...promoted];
    if (!isSameDiscounts(discounts, now)) lines.push({ lineId, discounts: now });
  }
  const promotions = usedPromotions(terms.prepared, outcome);
  const rewards = outcome.rewards.map((reward): BasketReward => {
    const given = gifts.reduce((sum, gift) => (gift.promotionId === reward.promotionId ? sum + gift.pieces : sum), 0);
    return given === 0 ? reward : { ...reward, given };
  });
  const isSame = lines.length === 0 && isSameFact(promotions, basket.promotions) && isSameFact(rewards, basket.rewards);
  return isSame ? undefined : { lines, promotions, rewards };
}

const isSameFact = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

function isSameDiscounts(left: readonly LineDiscount[], right: readonly LineDiscount[]): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) {
    const one = left[at]!;
    const other = right[at]!;
    if (one.amountMinor !== other.amountMinor || one.reference !== other.reference) return false;
  }
  return true;
}

function discountsByLine(
  prepared: PreparedPromotions,
  { applied }: PromotionOutcome,
  gifts: readonly Gift[],
): ReadonlyMap<string, readonly LineDiscount[]> {
  const byLine = new Map<string, LineDiscount[]>();
  const add = (lineId: string, rule: Promotion, reference: string, amountMinor: number): void => {
    if (amountMinor === 0) return;
    const discount = discountBy(rule, reference, amountMinor);
    const discounts = byLine.get(lineId);
    if (discounts === undefined) byLine.set(lineId, [discount]);
    else discounts.push(discount);
  };
  for (const { lineId, promotionId, amountMinor } of gifts) {
    const rule = prepared.rule(promotionId);
    add(lineId, rule, promotionReference(rule), amountMinor);
  }
  for (const { promotionId, shares } of applied) {
    const rule = prepared.rule(promotionId);
    const reference = promotionReference(rule);
    for (let at = 0; at < shares.length; at += 1) add(shares[at]!.lineId, rule, reference, shares[at]!.amountMinor);
  }
  return byLine;
}

function discountBy({ name, coupon }: Promotion, reference: string, amountMinor: number): LineDiscount {
  if (coupon === undefined) return { kind: 'promotion', reference, name, amountMinor };
  const discount = { kind: 'coupon', reference, name, amountMinor, coupon: coupon.code } as const;
  return coupon.funding === 'thirdParty' ? { ...discount, funding: 'thirdParty' } : discount;
}

function usedPromotions(prepared: PreparedPromotions, { applied, rewards }: PromotionOutcome): readonly UsedPromotion[] {
  const used = (promotionId: string, uses: number): UsedPromotion => {
    const { version, name, coupon } = prepared.rule(promotionId);
    return coupon === undefined ? { promotionId, version, name, uses } : { promotionId, version, name, uses, coupon };
  };
  return [
    ...applied.map(({ promotionId, uses }) => used(promotionId, uses)),
    ...rewards.map(({ promotionId, times }) => used(promotionId, times)),
  ];
}

export interface GiftToAskFor {
  readonly promotionId: string;
  readonly name: string;
  readonly sku: string;
  readonly pieces: number;
}

/** Of the gifts that were earned, those that are not in the basket yet: what the till asks for. */
export const giftsToAskFor = (rewards: readonly BasketReward[]): readonly GiftToAskFor[] =>
  rewards.flatMap(({ promotionId, name, times, reward, given = 0 }) => {
    const pieces = reward.type === 'gift' ? reward.pieces * times - given : 0;
    return reward.type === 'gift' && pieces > 0 ? [{ promotionId, name, sku: reward.sku, pieces }] : [];
  });
