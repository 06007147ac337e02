/**
 * Deposits on containers: an item names the item that is its deposit (bottle, can), which may name one of its own (crate). Selling it adds a line for
 * each, linked to its own, that follows its quantity and goes with it. A deposit has its own price and tax class; no promotion touches it; brought
 * back alone, it pays out.
 */
import { err, ok, type Result } from '@holdfast/base';

import { isMeasured, type Quantity } from '../money/quantity.ts';
import type { TaxClass } from '../tax/tax-rule.ts';
import type { Item, ScheduledPrice } from './catalog.ts';

/** A deposit as the caller found it in the catalogue, as goods are. */
export interface DepositGoods {
  readonly item: Item;
  readonly price: ScheduledPrice | undefined;
  readonly taxClass: TaxClass | undefined;
  /** Its class for exempt customers; absent: untaxed. */
  readonly exemptTax?: TaxClass;
}

export interface DepositUnusable {
  readonly type: 'depositUnusable';
  readonly detail: {
    readonly sku: string;
    readonly name: string;
    readonly depositSku: string;
    /** `loop`: it is, at the end, its own deposit; `missing`: there is no such item; `measured`: a deposit is counted, never weighed. */
    readonly reason: 'loop' | 'missing' | 'measured' | 'tooLong';
  };
}

/** A deposit's line is changed and voided with the goods that it belongs to. */
export interface DepositFollows {
  readonly type: 'depositFollows';
  readonly detail: { readonly lineId: string; readonly depositOf: string };
}

const MAX_CHAIN = 4;

/** The deposits of an item, its own first; `find` is asked for items by their SKU. */
export function depositsOf(item: Item, find: (sku: string) => Item | undefined): Result<readonly Item[], DepositUnusable> {
  const deposits: Item[] = [];
  const { sku, name } = item;
  for (let next = item.depositSku; next !== undefined; next = deposits.at(-1)?.depositSku) {
    const depositSku = next;
    const unusable = (reason: DepositUnusable['detail']['reason']): Result<never, DepositUnusable> =>
      err({ type: 'depositUnusable', detail: { sku, name, depositSku, reason } });
    if (depositSku === sku || deposits.some((held) => held.sku === depositSku)) return unusable('loop');
    if (deposits.length === MAX_CHAIN) return unusable('tooLong');
    const deposit = find(depositSku);
    if (deposit === undefined) return unusable('missing');
    if (isMeasured(deposit.unit)) return unusable('measured');
    deposits.push(deposit);
  }
  return ok(deposits);
}

/** One deposit for each piece, and one for each weighing. */
export const depositQuantity = ({ value, unit }: Quantity): Quantity => ({
  value: isMeasured(unit) ? Math.sign(value) : value,
  unit: 'piece',
});
