/** Baskets as the ledger has them, priced anew and summed by store and by article: what `simulation.ts` gives its thread. */
import {
  LEDGER_KINDS,
  preparePromotions,
  type Promotion,
  type PromotedItem,
  readSale,
  type Sale,
  type ScheduledPrice,
  type SimulationPlace,
  simulateSale,
} from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import { LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';

export interface SimulatorTerms {
  readonly places: readonly SimulationPlace[];
  readonly prices: readonly {
    readonly sku: string;
    readonly all: readonly ScheduledPrice[];
    readonly changed: readonly ScheduledPrice[];
  }[];
  readonly promotions: readonly Promotion[];
}

export interface HeldSale {
  readonly entry: number;
  readonly store: string;
  readonly atMs: number;
  readonly canonical: Uint8Array;
}

/** What baskets name, to be looked up. */
export interface NamedInSales {
  readonly skus: readonly string[];
  readonly customers: readonly string[];
}

/** What promotions ask of it: goods that were not told before, and who is a member of what. */
export interface AroundSales {
  readonly goods: readonly PromotedItem[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** A sale that undoes another of its store. */
export interface UndoingSale {
  readonly entry: number;
  readonly store: string;
  /** The receipt that it undoes. */
  readonly undone: string;
}

export type ToSimulation =
  | { readonly type: 'terms'; readonly terms: SimulatorTerms }
  | { readonly type: 'undoing'; readonly sales: readonly HeldSale[] }
  | { readonly type: 'sales'; readonly sales: readonly HeldSale[] }
  | { readonly type: 'price'; readonly around: AroundSales };

export interface StoreSum {
  readonly store: string;
  readonly currency: string;
  readonly baskets: number;
  readonly soldMinor: number;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}

export interface ArticleSum {
  readonly sku: string;
  readonly currency: string;
  readonly unit: string;
  /** In steps of the unit, of lines that another price would have held for. */
  readonly quantity: number;
  readonly lines: number;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}

/** Sums of some baskets; `addSums` puts those of others on top. */
export interface SimulationSums {
  readonly stores: readonly StoreSum[];
  readonly articles: readonly ArticleSum[];
}

/** Baskets are read, then priced with what was looked up of them. */
export interface Simulator {
  /** Those of `sales` that undo one. */
  undoing(sales: readonly HeldSale[]): readonly UndoingSale[];
  read(sales: readonly HeldSale[]): NamedInSales;
  price(around: AroundSales): SimulationSums;
}

export function createSimulator({ places, prices, promotions }: SimulatorTerms): Simulator {
  const placeByStore = new Map(places.map((place) => [place.store, place]));
  const priceBySku = new Map(prices.map(({ sku, all, changed }) => [sku, { all: [...all, ...changed], changed: new Set(changed) }]));
  const itemBySku = new Map<string, PromotedItem>();
  const prepared = preparePromotions(promotions);
  let read: readonly { readonly place: SimulationPlace; readonly sale: Sale; readonly atMs: number }[] = [];

  const sumsOf = (groups: AroundSales['groups'], { place, sale, atMs }: (typeof read)[number]): SimulationSums | undefined => {
    const groupsOf = (customer: string): readonly string[] => groups.get(customer) ?? [];
    const simulated = simulateSale(sale, { place, prices: priceBySku, goods: itemBySku, prepared, groupsOf, atMs });
    if (simulated === undefined) return undefined;
    const { currency } = sale;
    const { soldMinor, beforeMinor, afterMinor } = simulated;
    const articles = simulated.lines
      .filter((line) => line.isRepriced || line.beforeMinor !== line.afterMinor)
      .map((line): ArticleSum => ({
        sku: line.sku,
        currency,
        unit: line.quantity.unit,
        quantity: line.isRepriced ? line.quantity.value : 0,
        lines: 1,
        beforeMinor: line.beforeMinor,
        afterMinor: line.afterMinor,
      }));
    return { stores: [{ store: place.store, currency, baskets: 1, soldMinor, beforeMinor, afterMinor }], articles };
  };

  return {
    undoing: (sales) =>
      sales.flatMap(({ entry, store, canonical }) => {
        const undone = saleOf(canonical)?.postVoidOf;
        return undone === undefined ? [] : [{ entry, store, undone }];
      }),
    read: (sales) => {
      read = sales.flatMap(({ store, atMs, canonical }) => {
        const [place, sale] = [placeByStore.get(store), saleOf(canonical)];
        return place === undefined || sale === undefined ? [] : [{ place, sale, atMs }];
      });
      const skus = new Set(read.flatMap(({ sale }) => sale.lines.map(({ sku }) => sku)));
      const customers = new Set(read.flatMap(({ sale }) => (sale.customer === undefined ? [] : [sale.customer])));
      return { skus: [...skus].filter((sku) => !itemBySku.has(sku)), customers: [...customers] };
    },
    price: ({ goods, groups }) => {
      for (const item of goods) itemBySku.set(item.sku, item);
      const all = read.flatMap((each) => sumsOf(groups, each) ?? []);
      return {
        stores: addRows(
          all.flatMap(({ stores }) => stores),
          storeKey,
        ),
        articles: addRows(
          all.flatMap(({ articles }) => articles),
          articleKey,
        ),
      };
    },
  };
}

function saleOf(canonical: Uint8Array): Sale | undefined {
  const entry = readEntry(canonical, LEDGER_SCHEMAS);
  if (!entry.ok || entry.value.fields === null || entry.value.kind !== LEDGER_KINDS.sale.kind) return undefined;
  const sale = readSale(entry.value.fields);
  return sale.ok ? sale.value : undefined;
}

const storeKey = ({ store, currency }: StoreSum): string => JSON.stringify([store, currency]);
const articleKey = ({ sku, currency, unit }: ArticleSum): string => JSON.stringify([sku, currency, unit]);

/** Figures of rows of one key are added, names stay. */
function addRows<T extends StoreSum | ArticleSum>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const row of rows) {
    const held = byKey.get(keyOf(row));
    if (held === undefined) {
      byKey.set(keyOf(row), row);
      continue;
    }
    const sum = Object.entries(held).map(([name, value]) => [
      name,
      typeof value === 'number' ? value + Number(row[name as keyof T]) : value,
    ]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the same names
    byKey.set(keyOf(row), Object.fromEntries(sum) as T);
  }
  return [...byKey.values()];
}

export const addSums = (one: SimulationSums, other: SimulationSums): SimulationSums => ({
  stores: addRows([...one.stores, ...other.stores], storeKey),
  articles: addRows([...one.articles, ...other.articles], articleKey),
});
