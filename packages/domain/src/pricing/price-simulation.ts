/**
 * What a sale would have come to at other prices of some of its goods: the lines that they would have held for are priced anew, by the rule that lanes have, and promotions are settled
 * over the whole basket, with those prices and without. Both sides are told by the same promotions, so that they differ by the prices alone.
 *
 * What no price list decides stays as it was sold: goods that came back, prices that a person or a label set, deposits, what is no goods. What a person took off a line is kept as an amount.
 * Nobody is taken to buy more or less of anything.
 */
import { netMinorOf } from '../basket/line-discount.ts';
import type { ScheduledPrice } from '../catalog/catalog.ts';
import { packOf } from '../catalog/pack.ts';
import { addMinor, lineAmountMinor, type LineRounding, minorDigitsOf } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import type { PreparedPromotions, PromotedItem } from '../promotions/prepare.ts';
import { type BasketCustomer, type PromotableLine, promotionMomentOf, type PromotionTerms, repricingOf } from '../promotions/repricing.ts';
import type { PromotionPolicy } from '../promotions/rule.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { choosePrice, unitPriceOf } from './pricing.ts';

/** Of one article: all its prices with the changed ones among them, which hold at any time. */
export interface SimulatedPrices {
  readonly all: readonly ScheduledPrice[];
  readonly changed: ReadonlySet<ScheduledPrice>;
}

export interface SimulationPlace {
  readonly store: string;
  /** Broadest first. */
  readonly scopes: readonly string[];
  readonly timeZone: string;
  readonly lineRounding?: LineRounding;
  readonly policy?: PromotionPolicy;
}

export interface SimulationTerms {
  readonly place: SimulationPlace;
  /** By SKU; others cost what they did. */
  readonly prices: ReadonlyMap<string, SimulatedPrices>;
  readonly goods: ReadonlyMap<string, PromotedItem>;
  readonly prepared: PreparedPromotions;
  /** What the customer of a sale is a member of. */
  readonly groupsOf: (customer: string) => readonly string[];
  /** Corrected, of the sale. */
  readonly atMs: number;
}

export interface SimulatedLine {
  readonly sku: string;
  readonly quantity: Quantity;
  /** Whether another price would have held; else it changes by promotions alone, if at all. */
  readonly isRepriced: boolean;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}

export interface SimulatedSale {
  /** Of all lines at their net: what was sold, and what today's promotions make of it without and with the changed prices. */
  readonly soldMinor: number;
  readonly beforeMinor: number;
  readonly afterMinor: number;
  readonly lines: readonly SimulatedLine[];
}

/** Undefined: no line of it would have had another price. */
export function simulateSale(sale: Sale, terms: SimulationTerms): SimulatedSale | undefined {
  const customer = sale.customer === undefined ? null : { customerId: sale.customer, groups: terms.groupsOf(sale.customer) };
  const lines = sale.lines.map((line, index) => ({ line, priced: pricedAnew(line, sale, terms, customer), lineId: String(index) }));
  if (lines.every(({ priced }) => priced === undefined)) return undefined;
  const settled = (isAfter: boolean): ReadonlyMap<string, number> => {
    const promotable = lines
      .filter(({ line }) => isPromotable(line))
      .map(({ line, priced, lineId }): PromotableLine => {
        const { sku, quantity, nature } = line;
        const anew = isAfter ? priced : undefined;
        const discounts = line.discounts?.filter(({ kind }) => kind === 'manual');
        return {
          ...terms.goods.get(sku),
          lineId,
          sku,
          quantity,
          priceType: anew?.type ?? line.priceType,
          amountMinor: anew?.amountMinor ?? line.amountMinor,
          ...(nature !== undefined && { nature }),
          ...(line.depositOf !== undefined && { isDeposit: true }),
          ...(discounts !== undefined && { discounts }),
        };
      });
    return netsOf(promotable, sale, terms, customer);
  };
  const [before, after] = [settled(false), settled(true)];
  const simulated = lines.map(({ line, priced, lineId }): SimulatedLine => {
    const sold = netMinorOf(line);
    const { sku, quantity } = line;
    return {
      sku,
      quantity,
      isRepriced: priced !== undefined,
      beforeMinor: before.get(lineId) ?? sold,
      afterMinor: after.get(lineId) ?? sold,
    };
  });
  return {
    soldMinor: sale.lines.reduce((sum, line) => addMinor(sum, netMinorOf(line)), 0),
    beforeMinor: simulated.reduce((sum, { beforeMinor }) => addMinor(sum, beforeMinor), 0),
    afterMinor: simulated.reduce((sum, { afterMinor }) => addMinor(sum, afterMinor), 0),
    lines: simulated,
  };
}

const isPromotable = ({ quantity, returnOf }: SaleLine): boolean => quantity.value > 0 && returnOf === undefined;

/** Whether a list of prices decided what it cost. */
const isListed = (line: SaleLine): boolean =>
  isPromotable(line) &&
  line.nature === undefined &&
  line.depositOf === undefined &&
  line.isUnlisted !== true &&
  line.priceType !== 'override' &&
  line.priceType !== 'label';

interface PricedAnew {
  readonly type: ScheduledPrice['type'];
  readonly amountMinor: number;
}

function pricedAnew(
  line: SaleLine,
  { currency }: Sale,
  { place, prices, atMs }: SimulationTerms,
  customer: BasketCustomer | null,
): PricedAnew | undefined {
  const known = prices.get(line.sku);
  if (known === undefined || !isListed(line)) return undefined;
  const { value } = line.quantity;
  const pack = packOf(line, minorDigitsOf(currency));
  // A price that held then and may be over by now stands against the changed ones by the same rule; which place had said it is not known: everywhere.
  const held: readonly ScheduledPrice[] =
    line.priceType === 'regular'
      ? []
      : [
          {
            sku: line.sku,
            scope: place.scopes[0] ?? 'global',
            type: line.priceType,
            price: pack === undefined ? line.unitPrice : { amount: pack.priceMinor, decimals: minorDigitsOf(currency) },
            currency,
            priority: 0,
            ...(line.priceType === 'quantityBreak' && { fromQuantity: value }),
            ...(pack !== undefined && { fromQuantity: pack.units }),
          },
        ];
  const chosen = choosePrice([...known.all, ...held], {
    atMs,
    scopes: place.scopes,
    currency,
    quantity: value,
    ...(line.packUnits !== undefined && { packUnits: line.packUnits }),
    ...(customer !== null && { customerGroups: customer.groups }),
  });
  if (chosen === undefined || !known.changed.has(chosen)) return undefined;
  const amount = lineAmountMinor(line.quantity, unitPriceOf(chosen), minorDigitsOf(currency), place.lineRounding);
  return amount.ok ? { type: chosen.type, amountMinor: amount.value } : undefined;
}

/** What is left of each line once promotions took what they take. */
function netsOf(
  lines: readonly PromotableLine[],
  { currency, lines: sold }: Sale,
  { place, prepared, atMs }: SimulationTerms,
  customer: BasketCustomer | null,
): ReadonlyMap<string, number> {
  const codes = new Set(sold.flatMap(({ discounts = [] }) => discounts.flatMap(({ coupon }) => (coupon === undefined ? [] : [coupon]))));
  const moment = promotionMomentOf(atMs, place.timeZone);
  const terms: PromotionTerms = {
    prepared,
    store: place.store,
    moment,
    ...(place.policy !== undefined && { policy: place.policy }),
    usesBy: () => new Map(),
    budgetUsedMinor: new Map(),
  };
  const basket = {
    currency,
    lines,
    customer,
    coupons: [...codes].map((code) => ({ code })),
    promotedAt: moment,
    promotions: [],
    rewards: [],
  };
  const discounts = new Map(repricingOf(basket, terms)?.lines.map((line) => [line.lineId, line.discounts]) ?? []);
  return new Map(
    lines.map((line) => [
      line.lineId,
      netMinorOf({ amountMinor: line.amountMinor, discounts: discounts.get(line.lineId) ?? line.discounts ?? [] }),
    ]),
  );
}
