/**
 * What events do to a basket. An event holds every amount that it caused: nothing is decided here, and nothing is looked up.
 */
import { assert, unreachable } from '@holdfast/base';

import { currencyOf } from '../money/money.ts';
import type { Repricing } from '../promotions/repricing.ts';
import { exemptLine } from '../tax/exemption.ts';
import { withUntaxed } from './basket-benefit.ts';
import { isFixedReturn, withReturn } from './basket-return.ts';
import { described, withService } from './basket-service.ts';
import { type Basket, type BasketEvent, type BasketLine, type BasketOpening, type BasketRow, indexOfRow, isItemLine } from './basket.ts';
import { isReductionSound, type LineDiscount } from './line-discount.ts';

/** What a basket takes of the settings of its store; what else they say is no concern of its own. */
export function openingOf(basketId: string, settings: Omit<BasketOpening, 'basketId'>): BasketOpening {
  const { taxPolicy, cashRounding, depositTaxPoint, returns, manualDiscountOrder, exemptPrices, lineRounding, benefitShares } = settings;
  return {
    basketId,
    currency: settings.currency,
    taxInclusive: settings.taxInclusive,
    taxRounding: settings.taxRounding,
    quantityAskAbove: settings.quantityAskAbove,
    ...(taxPolicy !== undefined && { taxPolicy }),
    ...(cashRounding !== undefined && { cashRounding }),
    ...(returns !== undefined && { returns }),
    ...(depositTaxPoint !== undefined && { depositTaxPoint }),
    ...(manualDiscountOrder !== undefined && { manualDiscountOrder }),
    ...(exemptPrices !== undefined && { exemptPrices }),
    ...(lineRounding !== undefined && { lineRounding }),
    ...(benefitShares !== undefined && { benefitShares }),
  };
}

/** A new, empty basket. The currency must be one that `currencyOf` knows. */
export function openBasket(opening: BasketOpening): Basket {
  assert(currencyOf(opening.currency) !== undefined, `a basket's currency is known: ${opening.currency}`);
  return {
    opening,
    state: 'open',
    cut: null,
    rows: [],
    rowCounter: 0,
    currentLineId: null,
    ageConfirmedYears: 0,
    tenders: [],
    tenderCounter: 0,
    payment: null,
    manualDiscounts: [],
    discountCounter: 0,
    approvals: [],
    exemption: null,
    customer: null,
    coupons: [],
    promotedAt: null,
    promotions: [],
    rewards: [],
    returns: [],
    held: [],
  };
}

/** The basket that these events made of a new one. */
export function replayBasket(opening: BasketOpening, events: Iterable<BasketEvent>): Basket {
  let basket = openBasket(opening);
  for (const event of events) basket = applyBasketEvent(basket, event);
  return basket;
}

/** The basket after `events`, in their order. */
export function applyBasketEvents(basket: Basket, events: readonly BasketEvent[]): Basket {
  return events.reduce(applyBasketEvent, basket);
}

/** The basket after one event. An event that cannot have come from this basket is a broken invariant. */
export function applyBasketEvent(basket: Basket, event: BasketEvent): Basket {
  assert(
    basket.state === (event.type === 'resumed' ? 'suspended' : 'open'),
    `a basket that is ${basket.state} does not take ${event.type}`,
  );
  switch (event.type) {
    case 'cutPinned':
      return { ...basket, cut: event.cut, promotedAt: event.moment ?? null };
    case 'couponAdded':
      return { ...basket, coupons: [...basket.coupons, event.coupon] };
    case 'couponRemoved':
      return { ...basket, coupons: basket.coupons.filter(({ code }) => code !== event.code) };
    case 'customerSet':
      return { ...basket, customer: event.customer };
    case 'rowAdded':
      assert(event.row.position === basket.rowCounter + 1, 'rows are added in the order of their positions');
      return {
        ...basket,
        rows: [...basket.rows, event.row],
        rowCounter: event.row.position,
        currentLineId: goodsLineId(event.row),
      };
    case 'quantityChanged':
      return withLine(basket, event.lineId, (line) => ({
        ...(event.price === undefined ? line : { ...withoutPriceFacts(line), ...event.price }),
        quantity: { value: event.quantity, unit: line.quantity.unit },
        amountMinor: event.amountMinor,
        ...(event.approvedBy !== undefined && { approvedBy: event.approvedBy }),
      }));
    case 'priceOverridden':
      return withLine(basket, event.lineId, (line) => {
        const { choices: _choices, isLabelled: _isLabelled, ...kept } = withoutPriceFacts(line);
        const { unitPrice, reason, amountMinor, cataloguePrice, approvedBy } = event;
        return {
          ...kept,
          unitPrice,
          priceType: 'override',
          reason,
          amountMinor,
          ...(cataloguePrice !== undefined && { cataloguePrice }),
          ...(approvedBy !== undefined && { approvedBy }),
        };
      });
    case 'discounted':
      return {
        ...basket,
        manualDiscounts: [...basket.manualDiscounts, event.discount],
        discountCounter: basket.discountCounter + 1,
      };
    case 'discountRemoved': {
      const manualDiscounts = basket.manualDiscounts.filter(({ discountId }) => discountId !== event.discountId);
      assert(manualDiscounts.length < basket.manualDiscounts.length, `the basket has a discount ${event.discountId}`);
      return { ...basket, manualDiscounts };
    }
    case 'exempted': {
      const { certificate } = event;
      const rows = basket.rows.map((row) => (row.kind === 'item' && !isFixedReturn(row) ? exemptLine(row, certificate !== null) : row));
      return { ...basket, rows, exemption: certificate };
    }
    case 'approved':
      return { ...basket, approvals: [...basket.approvals, event.approval] };
    case 'approvalUsed': {
      const index = basket.approvals.findIndex(({ approvalId, isUsed }) => approvalId === event.approvalId && !isUsed);
      const approval = basket.approvals[index];
      assert(approval !== undefined, `the basket has an approval ${event.approvalId} that was not used`);
      return { ...basket, approvals: basket.approvals.with(index, { ...approval, isUsed: true }) };
    }
    case 'lineVoided':
      return withoutRows(basket, [event.lineId]);
    case 'repriced':
      return reprice(basket, event);
    case 'returnSet':
      return emptiedWithoutLines(withReturn(basket, event));
    case 'serviceSet':
      return withService(basket, event);
    case 'lineDescribed':
      return withLine(basket, event.lineId, (line) => described(line, event));
    case 'receiptLanguageSet':
      return { ...basket, receiptLanguage: event.language };
    case 'ageConfirmed':
      return { ...basket, ageConfirmedYears: event.years, ageMethod: event.method };
    case 'refusedCleared':
      return withoutRows(basket, event.lineIds);
    case 'voided':
      return { ...basket, state: 'voided' };
    case 'aborted':
      return { ...basket, state: 'aborted' };
    case 'suspended':
      return { ...basket, state: 'suspended' };
    case 'resumed':
      return { ...basket, state: 'open', ageConfirmedYears: 0, ageMethod: undefined, held: event.held ?? [] };
    case 'tendered':
      return {
        ...withUntaxed(basket, event.tender.untaxed ?? []),
        tenders: [...basket.tenders, event.tender],
        tenderCounter: basket.tenderCounter + 1,
      };
    case 'tenderVoided': {
      const voided = basket.tenders.find(({ tenderId }) => tenderId === event.tenderId);
      assert(voided !== undefined, `the basket has a tender ${event.tenderId}`);
      const tenders = basket.tenders.filter((tender) => tender !== voided);
      return { ...withUntaxed(basket, voided.untaxed ?? [], -1), tenders };
    }
    case 'paid': {
      const { type: _type, untaxed = [], ...payment } = event;
      return { ...withUntaxed(basket, untaxed), state: 'completed', tenders: [], payment };
    }
    default:
      return unreachable(event, 'applyBasketEvent');
  }
}

function withLine(basket: Basket, lineId: string, change: (line: BasketLine) => BasketLine): Basket {
  const index = indexOfRow(basket, lineId);
  const line = basket.rows[index];
  assert(line?.kind === 'item', `the basket has a line ${lineId}`);
  return { ...basket, rows: basket.rows.with(index, change(line)), currentLineId: goodsLineId(line) };
}

/** The row that a person looks at: a deposit's is that of its goods. */
const goodsLineId = (row: BasketRow): string => (row.kind === 'item' ? (row.depositOf ?? row.lineId) : row.lineId);

/** What a price says beside its amount goes with it. */
function withoutPriceFacts(line: BasketLine): BasketLine {
  const { priceSource: _priceSource, packUnits: _packUnits, ...kept } = line;
  return kept;
}

/** Promotions change what is taken off lines; which line a person looks at, and where it stands, they leave alone. */
function reprice(basket: Basket, { lines, promotions, rewards }: Repricing): Basket {
  const discountsById = new Map<string, readonly LineDiscount[]>();
  for (const { lineId, discounts } of lines) discountsById.set(lineId, discounts);
  const rows = basket.rows.map((row) => {
    const discounts = row.kind === 'item' ? discountsById.get(row.lineId) : undefined;
    if (row.kind !== 'item' || discounts === undefined) return row;
    discountsById.delete(row.lineId);
    const changed: BasketLine = discounts.length === 0 ? withoutDiscounts(row) : { ...row, discounts };
    assert(isReductionSound(changed), `no line pays the shopper: ${row.lineId}`);
    return changed;
  });
  assert(discountsById.size === 0, 'only lines of the basket are re-priced');
  return { ...basket, rows, promotions, rewards };
}

function withoutDiscounts({ discounts: _discounts, ...line }: BasketLine): BasketLine {
  return line;
}

function withoutRows(basket: Basket, lineIds: readonly string[]): Basket {
  const gone = new Set(lineIds);
  const rows = basket.rows.filter((row) => !gone.has(row.lineId));
  assert(rows.length === basket.rows.length - gone.size, `the basket has the rows ${lineIds.join(', ')}`);
  const manualDiscounts = basket.manualDiscounts.filter(({ lineId }) => lineId === undefined || !gone.has(lineId));
  const held = basket.held.filter(({ lineId }) => !gone.has(lineId));
  return emptiedWithoutLines({ ...basket, rows, currentLineId: rows.at(-1)?.lineId ?? null, manualDiscounts, held });
}

/** Without a line the basket is the next shopper's: neither the old prices nor the last one's age, card, coupons, approvals and receipts may reach them. */
function emptiedWithoutLines(basket: Basket): Basket {
  if (basket.rows.some(isItemLine)) return basket;
  const { rows, currentLineId, rowCounter, discountCounter, tenders, tenderCounter } = basket;
  return { ...openBasket(basket.opening), rows, currentLineId, rowCounter, discountCounter, tenders, tenderCounter };
}
