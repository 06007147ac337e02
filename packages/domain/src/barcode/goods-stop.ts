/**
 * Goods that may not be sold whatever the shopper wants: past their use-by date, or called back. Decided offline, from what the pack says and
 * what the lane has.
 *
 * The date is the store's, as far as its clock is sure of it: goods are expired where even the earliest date that it may be is past. Where
 * the clock may be wrong by more than a day, a person is asked instead, for nobody should be refused milk because a battery is empty.
 */
import { checkDigit } from './check-digit.ts';
import type { GoodsLabel } from './goods-label.ts';
import { gs1Date, type DateRange } from './gs1-date.ts';

export type GoodsStop =
  | { readonly type: 'goodsExpired'; readonly detail: { readonly useBy: string } }
  /** The till's clock may be wrong: a person looks at the pack and the calendar. */
  | { readonly type: 'goodsExpiryUnsure'; readonly detail: { readonly useBy: string } }
  | { readonly type: 'goodsRecalled'; readonly detail: { readonly batch: string; readonly serial: string; readonly reason: string } };

/** The keys of `recall` entities that would stop this pack: all of a GTIN, one of its batches, one of its serial numbers. */
export function recallKeys(gtinKey: string, { batch, serial }: Pick<GoodsLabel, 'batch' | 'serial'>): readonly string[] {
  return [
    gtinKey,
    ...(batch === undefined ? [] : [`${gtinKey}/10/${batch}`]),
    ...(serial === undefined ? [] : [`${gtinKey}/21/${serial}`]),
  ];
}

/**
 * The keys of `recall` entities that would stop what was scanned. A case has the number of what is in it behind its indicator (GS1 General Specifications, 2.1.8: 1 to 8):
 * what is called back piece by piece is called back in its case too.
 */
export function recallKeysOfScan(gtinKey: string, label: Pick<GoodsLabel, 'batch' | 'serial'>): readonly string[] {
  const own = recallKeys(gtinKey, label);
  if (!/^[1-8]\d{13}$/.test(gtinKey)) return own;
  const digits = `0${gtinKey.slice(1, 13)}`;
  // Its serial number is the case's own.
  return [...own, ...recallKeys(digits + checkDigit(digits), label.batch === undefined ? {} : { batch: label.batch })];
}

export interface GoodsFacts {
  readonly label: GoodsLabel;
  /** Asked for where the pack has a date. */
  readonly today: () => DateRange;
  /** Of the `recall` entity that holds; it may be empty. Undefined: nobody calls these goods back. */
  readonly recall?: { readonly reason: string };
  /** A person has looked at the date, where the till cannot be sure of it. */
  readonly isVouched?: boolean;
}

export function findGoodsStop({ label, today: askToday, recall, isVouched = false }: GoodsFacts): GoodsStop | undefined {
  const { batch = '', serial = '', useBy } = label;
  if (recall !== undefined) return { type: 'goodsRecalled', detail: { batch, serial, reason: recall.reason } };
  if (useBy === undefined) return undefined;
  const today = askToday();
  const date = gs1Date(useBy, Number(today.latest.slice(0, 4)));
  const detail = { useBy: date };
  if (today.isUnsure) return date < today.latest && !isVouched ? { type: 'goodsExpiryUnsure', detail } : undefined;
  // The use-by date itself is the last day on which it may be sold.
  return date < today.earliest ? { type: 'goodsExpired', detail } : undefined;
}
