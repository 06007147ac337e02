/** What every peer is given: goods, which of them change their price, and what a lane sold. It follows from the two counts, so that both ends of a peer make it for themselves. */
import { assert } from '@holdfast/base';
import type { EntryDraft } from '@holdfast/sync';
import { generatedSales, hasOnlineRetail, onlineRetailSales } from '@holdfast/sync/generated-sales';

import { drawCents, otherCents, rowOf, sample, seeded, skuOf } from '../sync/goods.ts';

export interface Item {
  readonly sku: string;
  readonly gtin: string;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  readonly cents: number;
  readonly currency: string;
  readonly taxClass: string;
  readonly unit: string;
}

export interface PeerWorkload {
  readonly items: readonly Item[];
  /** SKU → new price: a hundredth and a tenth of them while the lane is away (W2), and a tenth while it sells (W3). */
  readonly rounds: readonly ReadonlyMap<string, number>[];
  /** One that changes behind the last round, and is wanted first. */
  readonly urgent: { readonly sku: string; readonly cents: number };
  readonly sales: readonly EntryDraft[];
  /** Of the same shop, and not sold here: what a bound may learn from. */
  readonly otherSales: readonly EntryDraft[];
  readonly otherCents: readonly number[];
}

const ROUNDS = [0.01, 0.1, 0.1] as const;

export function createPeerWorkload(count: number, saleCount: number): PeerWorkload {
  const next = seeded(1);
  const cents = Array.from({ length: count }, () => drawCents(next));
  const items = cents.map((price, n): Item => {
    const [gtin = '', sku = '', name = '', brand = '', category = '', , currency = '', taxClass = '', unit = ''] = rowOf(n, price);
    return { sku, gtin, name, brand, category, cents: price, currency, taxClass, unit };
  });
  const now = [...cents];
  const rounds = ROUNDS.map((share) => {
    const which = sample(count, Math.round(count * share), next);
    for (const n of which) now[n] = otherCents(now[n] ?? 0, next);
    return new Map(which.map((n) => [skuOf(n), now[n] ?? 0]));
  });
  const urgent = [...cents.keys()].find((n) => rounds.every((round) => !round.has(skuOf(n)))) ?? 0;
  const drafts = hasOnlineRetail() ? onlineRetailSales(saleCount * 2) : generatedSales(saleCount * 2, 7);
  return {
    items,
    rounds,
    urgent: { sku: skuOf(urgent), cents: otherCents(cents[urgent] ?? 0, next) },
    sales: drafts.slice(0, saleCount),
    otherSales: drafts.slice(saleCount),
    otherCents: Array.from({ length: 20_000 }, () => drawCents(next)),
  };
}

/** Names a sale; unique in a workload. */
export function saleKey({ fields }: EntryDraft): string {
  const number = fields['receiptNumber'];
  assert(typeof number === 'string', 'a sale has a number');
  return number;
}
