/** What every peer is given: goods, and what becomes of them while lanes are away. It follows from the count and the script, so that both ends of a peer make it for themselves. What lanes sell they are told. */
import { assert } from '@holdfast/base';
import type { EntryDraft } from '@holdfast/sync';
import { generatedSales, hasOnlineRetail, onlineRetailSales } from '@holdfast/sync/generated-sales';

import { drawCents, otherCents, rowOf, sample, seeded } from '../sync/goods.ts';

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
  /** The column that is added (W7). */
  readonly maximumPerSale?: number;
}

/** What headquarters does in one go. */
export interface Step {
  readonly removed?: readonly string[];
  readonly put?: readonly Item[];
  /** SKU → new price. */
  readonly prices?: ReadonlyMap<string, number>;
  /** These prices are wanted first. */
  readonly isUrgent?: true;
}

export type Change = readonly Step[];

export interface PeerWorkload {
  readonly items: readonly Item[];
  /** In this order, each while a lane is away. */
  readonly changes: readonly Change[];
}

export interface ScriptOptions {
  readonly items: number;
  readonly script: keyof typeof SCRIPTS;
  /** That pass within a change that takes a month. */
  readonly days: number;
}

interface Shelf {
  readonly all: Map<string, Item>;
  readonly next: () => number;
  readonly days: number;
}

/** A share of the goods gets another price. */
function repriced({ all, next }: Shelf, share: number): ReadonlyMap<string, number> {
  const skus = [...all.keys()];
  return new Map(
    sample(skus.length, Math.round(skus.length * share), next).map((at) => {
      const sku = skus[at] ?? '';
      return [sku, otherCents(all.get(sku)?.cents ?? 0, next)];
    }),
  );
}

type Script = readonly ((shelf: Shelf) => Change)[];

const share =
  (of: number) =>
  (shelf: Shelf): Change => [{ prices: repriced(shelf, of) }];

/** A tenth; and behind it one that is wanted first. */
function tenthAndUrgent(shelf: Shelf): Change {
  const prices = repriced(shelf, 0.1);
  const [sku, item] = [...shelf.all].find(([each]) => !prices.has(each)) ?? [];
  assert(sku !== undefined && item !== undefined, 'nine of ten stay as they are');
  return [{ prices }, { prices: new Map([[sku, otherCents(item.cents, shelf.next)]]), isUrgent: true }];
}

/** Each day some go, and those of the day before come back. */
function deletedAndReadded({ all, next, days }: Shelf): Change {
  const goods = [...all.values()];
  let gone: readonly Item[] = [];
  return Array.from({ length: days }, (): Step => {
    const back = new Set(gone);
    gone = sample(goods.length, Math.max(1, Math.round(goods.length / 500)), next)
      .flatMap((at) => goods[at] ?? [])
      .filter((item) => !back.has(item));
    return { removed: gone.map(({ sku }) => sku), put: [...back] };
  });
}

/** Each day some prices change; in the middle every article gets a value that none had before. */
function columnAdded(shelf: Shelf): Change {
  const now = new Map(shelf.all);
  return Array.from({ length: shelf.days }, (_, day): Step => {
    const prices = repriced({ ...shelf, all: now }, 0.001);
    for (const [sku, cents] of prices) {
      const item = now.get(sku);
      if (item !== undefined) now.set(sku, { ...item, cents });
    }
    if (day !== Math.floor(shelf.days / 2)) return { prices };
    const put = [...now.values()].map((item) => ({ ...item, maximumPerSale: 1 + Math.floor(shelf.next() * 6) }));
    for (const item of put) now.set(item.sku, item);
    return { put };
  });
}

export const SCRIPTS = {
  /** W2 twice, W3. */
  plain: [share(0.01), share(0.1), tenthAndUrgent],
  /** W9, W7, and what W8 and W6 come back to. */
  hard: [deletedAndReadded, columnAdded, tenthAndUrgent],
} satisfies Readonly<Record<string, Script>>;

export function createPeerWorkload({ items: count, script, days }: ScriptOptions): PeerWorkload {
  const next = seeded(1);
  const items = Array.from({ length: count }, (_, n): Item => {
    const cents = drawCents(next);
    const [gtin = '', sku = '', name = '', brand = '', category = '', , currency = '', taxClass = '', unit = ''] = rowOf(n, cents);
    return { sku, gtin, name, brand, category, cents, currency, taxClass, unit };
  });
  const all = new Map(items.map((item) => [item.sku, item]));
  const changes = SCRIPTS[script].map((make) => {
    const change = make({ all, next, days });
    applyChange(all, change);
    return change;
  });
  return { items, changes };
}

function applyChange(goods: Map<string, Item>, change: Change): void {
  for (const { removed = [], put = [], prices = new Map() } of change) {
    for (const sku of removed) goods.delete(sku);
    for (const item of put) goods.set(item.sku, item);
    for (const [sku, cents] of prices) {
      const item = goods.get(sku);
      if (item !== undefined) goods.set(sku, { ...item, cents });
    }
  }
}

/** What there is once the changes up to this one have happened; −1: before the first. */
export function goodsAfter({ items, changes }: PeerWorkload, change: number): ReadonlyMap<string, Item> {
  const goods = new Map(items.map((item) => [item.sku, item]));
  for (const each of changes.slice(0, change + 1)) applyChange(goods, each);
  return goods;
}

/** Of which something was said. */
export const skusOf = (change: Change): readonly string[] => [
  ...new Set(
    change.flatMap(({ removed = [], put = [], prices = new Map() }) => [...removed, ...put.map(({ sku }) => sku), ...prices.keys()]),
  ),
];

/** The last price that each article was given. */
export const pricesOf = (change: Change): ReadonlyMap<string, number> => new Map(change.flatMap(({ prices = new Map() }) => [...prices]));

/** Prices that are not those of any goods here: what a bound may learn from. */
export function otherPrices(): readonly number[] {
  const next = seeded(2);
  return Array.from({ length: 20_000 }, () => drawCents(next));
}

/** `others`: of the same shop, and not sold here. */
export function createPeerSales(count: number): { readonly sold: readonly EntryDraft[]; readonly others: readonly EntryDraft[] } {
  const drafts = hasOnlineRetail() ? onlineRetailSales(count * 2) : generatedSales(count * 2, 7);
  return { sold: drafts.slice(0, count), others: drafts.slice(count) };
}

/** Names a sale; unique in a workload. */
export function saleKey({ fields }: EntryDraft): string {
  const number = fields['receiptNumber'];
  assert(typeof number === 'string', 'a sale has a number');
  return number;
}

/** As in a catalogue's file. */
export const rowsOf = (items: Iterable<Item>): readonly (readonly string[])[] =>
  [...items].map(({ gtin, sku, name, brand, category, cents, currency, taxClass, unit }) => [
    gtin,
    sku,
    name,
    brand,
    category,
    `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
    currency,
    taxClass,
    unit,
  ]);
