/**
 * Why a line costs what it costs, asked by a person, line by line: which prices were there and why one of them held, what a person
 * changed, what promotions took and why others did not, and its tax. Pure; never part of pricing.
 */
import type { ScheduledPrice } from '../catalog/catalog.ts';
import { compareUnitPrices, type UnitPrice } from '../money/money.ts';
import { explainPrices, packUnitsOf, type PriceCandidate, type PriceQuestion, unitPriceOf } from '../pricing/pricing.ts';
import { explainPromotions, type Helped, type LineExplanation, type NotTaken } from '../promotions/explain.ts';
import { promotionContextOf, promotionLinesOf, promotionsOf, type PromotionTerms } from '../promotions/repricing.ts';
import { taxesOf, type TaxAmount } from '../tax/tax.ts';
import { promotableOf } from './basket-reductions.ts';
import { findLine, type Basket, type BasketLine } from './basket.ts';
import { netMinorOf, type LineDiscount } from './line-discount.ts';
import { DEFAULT_MANUAL_DISCOUNT_ORDER, withoutManual } from './manual-discount.ts';

export interface ExplainedLine {
  readonly lineId: string;
  readonly unitPrice: UnitPrice;
  /** Where a person set it: why. The catalogue's prices stand beside it all the same. */
  readonly setBecause?: string;
  /** In the order of precedence; the one that holds comes first. */
  readonly prices: readonly PriceCandidate[];
  /** What holds is another price than the line's, which keeps what it came with. */
  readonly isChangedSince: boolean;
  /** Quantity × unit price. */
  readonly amountMinor: number;
  /** All that was taken off, in the order of settling. */
  readonly discounts: readonly LineDiscount[];
  /** Promotions that the line counted for, and that took nothing off it. */
  readonly helped: readonly Helped[];
  readonly notTaken: readonly NotTaken[];
  readonly netMinor: number;
  /** Of this line alone: a document's own taxes are rounded over all of its lines, by policy. */
  readonly taxes: readonly TaxAmount[];
}

export interface KnownPrices {
  /** All that the catalogue has for the line's SKU. */
  readonly prices: Iterable<ScheduledPrice>;
  readonly question: Omit<PriceQuestion, 'quantity' | 'customerGroups' | 'packUnits'>;
  /** Absent: nothing is promoted. */
  readonly promotions?: PromotionTerms;
}

/** Undefined where the basket has no such line. */
export function explainLine(basket: Basket, lineId: string, known: KnownPrices): ExplainedLine | undefined {
  const line = findLine(basket, lineId);
  if (line === undefined) return undefined;
  const { unitPrice, reason, priceType, amountMinor, discounts = [], tax, quantity } = line;
  const netMinor = netMinorOf(line);
  const groups = basket.customer?.groups;
  const packUnits = packUnitsOf(line.choices ?? []);
  const prices = explainPrices(known.prices, {
    ...known.question,
    quantity: quantity.value,
    ...(groups !== undefined && { customerGroups: groups }),
    ...(packUnits !== undefined && { packUnits }),
  });
  return {
    lineId,
    unitPrice,
    ...(priceType === 'override' && { setBecause: reason ?? '' }),
    prices,
    isChangedSince:
      isScheduled(line) && !prices.some(({ price, reason: missed }) => missed === undefined && isSamePrice(unitPriceOf(price), unitPrice)),
    amountMinor,
    discounts,
    ...(known.promotions === undefined ? NOT_PROMOTED : promotedLine(basket, lineId, known.promotions)),
    netMinor,
    taxes: taxesOf([{ tax, amountMinor: netMinor, quantity }], basket.opening),
  };
}

/** Whether its price was chosen out of the catalogue's schedule when it was added. */
const isScheduled = ({ priceType, quantity, nature }: BasketLine): boolean =>
  priceType !== 'override' && priceType !== 'label' && quantity.value > 0 && nature === undefined;

const isSamePrice = (left: UnitPrice, right: UnitPrice): boolean => compareUnitPrices(left, right) === 0;

type PromotedLine = Pick<LineExplanation, 'helped' | 'notTaken'>;

const NOT_PROMOTED: PromotedLine = { helped: [], notTaken: [] };

function promotedLine(basket: Basket, lineId: string, terms: PromotionTerms): PromotedLine {
  const order = basket.opening.manualDiscountOrder ?? DEFAULT_MANUAL_DISCOUNT_ORDER;
  const before = promotableOf(basket);
  // As promotions saw them: with or without what people took off.
  const promotable = order === 'beforePromotions' ? before : { ...before, lines: before.lines.map(withoutManual) };
  const lines = promotionLinesOf(promotable, terms);
  const context = promotionContextOf(promotable, terms);
  const { outcome, lines: counted, gifts } = promotionsOf(terms.prepared, lines, context);
  const explained = explainPromotions(terms.prepared, lines, context, outcome).find((each) => each.lineId === lineId);
  if (explained === undefined) return NOT_PROMOTED;
  // Pieces that are given away count for nothing.
  const givers = gifts.filter((gift) => gift.lineId === lineId).map(({ promotionId }) => promotionId);
  const isCounted = counted.some((line) => line.lineId === lineId);
  const helped = isCounted ? explained.helped.filter(({ promotionId }) => !givers.includes(promotionId)) : [];
  return { helped, notTaken: explained.notTaken };
}
