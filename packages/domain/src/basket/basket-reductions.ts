/**
 * What promotions and people take off a basket's lines, computed again after each change that may move it.
 */
import { assert } from '@holdfast/base';

import type { PromotableBasket, PromotionTerms } from '../promotions/repricing.ts';
import { DEFAULT_EXEMPT_PRICES } from '../tax/exemption.ts';
import { applyBasketEvents } from './basket-event.ts';
import { isFixedReturn } from './basket-return.ts';
import { type Basket, type BasketEvent, type BasketLine } from './basket.ts';
import { DEFAULT_MANUAL_DISCOUNT_ORDER, type ManualDiscountOrder } from './manual-discount.ts';
import { type ReducibleBasket, reductionsOf } from './reductions.ts';

/** After these no line costs anything else than before. */
const KEEPS_PRICES: ReadonlySet<BasketEvent['type']> = new Set([
  'repriced',
  'ageConfirmed',
  'refusedCleared',
  'voided',
  'aborted',
  'suspended',
  'resumed',
  'approved',
  'approvalUsed',
  'tendered',
  'tenderVoided',
  'paid',
  'serviceSet',
  'lineDescribed',
  'receiptLanguageSet',
]);

const keepsPrices = (event: BasketEvent): boolean =>
  KEEPS_PRICES.has(event.type) || (event.type === 'rowAdded' && event.row.kind === 'refused');

/** The events, and behind them what promotions and people take off the basket then. */
export function withReductions(basket: Basket, events: readonly BasketEvent[], terms: PromotionTerms | undefined): readonly BasketEvent[] {
  if (events.every(keepsPrices)) return events;
  assert(terms !== undefined || basket.promotions.length === 0, 'a basket with promotions is priced with them');
  const pinned =
    terms === undefined ? events : events.map((event) => (event.type === 'cutPinned' ? { ...event, moment: terms.moment } : event));
  const reductions = reductionsOf(reducibleOf(applyBasketEvents(basket, pinned)), terms);
  return reductions === undefined ? pinned : [...pinned, { type: 'repriced', ...reductions }];
}

export const orderOf = ({ opening }: Basket): ManualDiscountOrder => opening.manualDiscountOrder ?? DEFAULT_MANUAL_DISCOUNT_ORDER;

export const reducibleOf = (basket: Basket): ReducibleBasket => ({
  ...promotableOf(basket),
  manualDiscounts: basket.manualDiscounts,
  manualDiscountOrder: orderOf(basket),
  exemption: basket.exemption,
  exemptPrices: basket.opening.exemptPrices ?? DEFAULT_EXEMPT_PRICES,
  taxTerms: basket.opening,
});

/** What comes back keeps its sale's own reductions, even a share of nothing: neither promotions nor people take anything off it. */
export function reducibleLines({ rows }: Basket): readonly BasketLine[] {
  const lines: BasketLine[] = [];
  for (const row of rows) if (row.kind === 'item' && !isFixedReturn(row)) lines.push(row);
  return lines;
}

/** The basket as promotions see it. */
export const promotableOf = (basket: Basket): PromotableBasket & { readonly lines: readonly BasketLine[] } => ({
  currency: basket.opening.currency,
  lines: reducibleLines(basket),
  customer: basket.customer,
  coupons: basket.coupons,
  promotedAt: basket.promotedAt,
  promotions: basket.promotions,
  rewards: basket.rewards,
});
