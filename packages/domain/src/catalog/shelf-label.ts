import { compareUnitPrices, scaleRounded, type UnitPrice } from '../money/money.ts';
import { pricingStep, type Unit } from '../money/quantity.ts';
import { choosePrice } from '../pricing/pricing.ts';
import { localTimeOf } from '../shift/business-day.ts';
/**
 * What a shelf says of goods: their price as everybody pays it, from when, what it is lowered from, and what a kilogram, litre or metre of it
 * costs. Neutral: how a label is set, its printer's document decides.
 */
import type { Item, ScheduledPrice } from './catalog.ts';

export interface ShelfLabel {
  readonly sku: string;
  readonly name: string;
  readonly brand?: string;
  /** As it stands on the goods: 8, 12, 13 or 14 digits. */
  readonly gtin?: string;
  readonly plu?: string;
  readonly currency: string;
  /** Of a piece, a kilogram, a litre or a metre. */
  readonly unit: Unit;
  readonly price: UnitPrice;
  /** What it costs at other times; absent where the price is lowered from nothing. */
  readonly regular?: UnitPrice;
  /** Of goods by the piece that say what is in one: the price of a kilogram, a litre or a metre. */
  readonly measure?: { readonly unit: Exclude<Unit, 'piece'>; readonly price: UnitPrice };
  /** Local dates, the last one included; absent: long since, or until it is changed. */
  readonly validFrom?: string;
  readonly validTo?: string;
}

export interface LabelQuestion {
  /** When the shelf is to say it. */
  readonly atMs: number;
  readonly scopes: readonly string[];
  readonly currency: string;
  readonly timeZone: string;
}

/** Undefined where it has no price then. `codes`: keys of the item's codes, as the catalogue has them. */
export function shelfLabelOf(
  item: Item,
  prices: readonly ScheduledPrice[],
  codes: readonly string[],
  { atMs, scopes, currency, timeZone }: LabelQuestion,
): ShelfLabel | undefined {
  const held = choosePrice(prices, { atMs, scopes, currency });
  if (held === undefined) return undefined;
  const regular = choosePrice(
    prices.filter(({ type }) => type === 'regular'),
    { atMs, scopes, currency },
  );
  const isLowered = held.type !== 'regular' && regular !== undefined && compareUnitPrices(regular.price, held.price) > 0;
  const gtin = codes.map(printedGtin).find((digits) => digits !== undefined);
  const measure = measurePrice(item, held.price);
  const dateOf = (ms: number): string => localTimeOf(ms, timeZone).date;
  return {
    sku: item.sku,
    name: item.name,
    ...(item.brand !== undefined && { brand: item.brand }),
    ...(gtin !== undefined && { gtin }),
    ...(item.plu !== undefined && { plu: item.plu }),
    currency,
    unit: item.unit,
    price: held.price,
    ...(isLowered && { regular: regular.price }),
    ...(measure !== undefined && { measure }),
    ...(held.fromMs !== undefined && { validFrom: dateOf(held.fromMs) }),
    ...(held.toMs !== undefined && { validTo: dateOf(held.toMs - 1) }),
  };
}

/**
 * When within [fromMs, toMs) the price that everybody pays becomes another one, for the last time; undefined: never. What ends at its
 * beginning counts, what begins at its end does not.
 */
export function lastPriceChange(
  prices: readonly ScheduledPrice[],
  { fromMs, toMs, scopes, currency }: Pick<LabelQuestion, 'scopes' | 'currency'> & { readonly fromMs: number; readonly toMs: number },
): number | undefined {
  const priceAt = (atMs: number): ScheduledPrice | undefined => choosePrice(prices, { atMs, scopes, currency });
  const isOther = (one: ScheduledPrice | undefined, other: ScheduledPrice | undefined): boolean =>
    one === undefined || other === undefined
      ? one !== other
      : compareUnitPrices(one.price, other.price) !== 0 || (one.type === 'regular') !== (other.type === 'regular');
  const moments = [...new Set(prices.flatMap((price) => [price.fromMs, price.toMs]))]
    .filter((ms) => ms !== undefined)
    .filter((ms) => ms >= fromMs && ms < toMs)
    .toSorted((one, other) => other - one);
  return moments.find((ms) => isOther(priceAt(ms - 1), priceAt(ms)));
}

/** Half up, to the price's own decimals. */
function measurePrice({ unit, content }: Item, price: UnitPrice): ShelfLabel['measure'] {
  if (unit !== 'piece' || content === undefined || content.unit === 'piece') return undefined;
  const amount = scaleRounded(price.amount, pricingStep(content.unit), content.value, 'half-up');
  return amount === undefined ? undefined : { unit: content.unit, price: { amount, decimals: price.decimals } };
}

/** A GTIN-14 key without the zeros that make it one. */
function printedGtin(key: string): string | undefined {
  if (!/^\d{14}$/.test(key)) return undefined;
  if (key.startsWith('000000')) return key.slice(6);
  return key.startsWith('0') ? key.slice(1) : key;
}
