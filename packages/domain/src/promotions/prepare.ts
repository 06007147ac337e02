/**
 * The rules of one catalogue cut, indexed once: an item finds what means it by its SKU, collection, brand or category, and
 * never looks at the other promotions. Items repeat from scan to scan: what one found is kept with the index.
 */
import { assert } from '@holdfast/base';

import type { Goods, GoodsLists, Promotion, PromotionSet } from './rule.ts';

/** What a promotion looks at in an item. */
export interface PromotedItem {
  readonly sku: string;
  readonly category?: string;
  readonly brand?: string;
  readonly collections?: readonly string[];
}

export interface PreparedSet extends PromotionSet {
  /** The matcher of each slot. */
  readonly matchers: readonly number[];
}

/** A rule with its goods as numbers of matchers; equal goods share one. */
export interface PreparedPromotion {
  readonly index: number;
  readonly rule: Promotion;
  /** Of the goods of an `each` or `total` offer or of a reward's minimum. */
  readonly matcher: number;
  readonly sets: readonly PreparedSet[];
  /** Of `when.minimum`, or -1. */
  readonly minimumMatcher: number;
}

/** What one kind of item finds: equal findings are one object. */
export interface Findings {
  readonly id: number;
  /** Ascending. */
  readonly matchers: readonly number[];
  readonly has: ReadonlySet<number>;
  /** Promotions that may take something off the item, ascending by index. */
  readonly promotions: readonly number[];
}

export interface PreparedPromotions {
  /** By priority (highest first), then by id: no order of the catalogue shows. */
  readonly promotions: readonly PreparedPromotion[];
  /** Those among them whose offer is a reward. */
  readonly rewarding: readonly PreparedPromotion[];
  /** By its id; every id that `pricePromotions` answers with is known. */
  rule(promotionId: string): Promotion;
  /** Tender types that some rule asks for. */
  readonly tenderTypes: ReadonlySet<string>;
  findingsOf(item: PromotedItem): Findings;
}

/** So many items are remembered; then the memory starts again. */
const REMEMBERED_ITEMS = 20_000;

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const listText = (lists: GoodsLists): string =>
  JSON.stringify(
    [lists.skus, lists.categories, lists.brands, lists.collections].map((list) => (list === undefined ? 0 : list.toSorted(compareText))),
  );

interface Matcher {
  readonly id: number;
  readonly skus: ReadonlySet<string> | undefined;
  readonly categories: ReadonlySet<string> | undefined;
  readonly brands: ReadonlySet<string> | undefined;
  readonly collections: ReadonlySet<string> | undefined;
  readonly except: Omit<Matcher, 'id' | 'except'> | undefined;
}

const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | undefined => (list === undefined ? undefined : new Set(list));
const setsOf = (lists: GoodsLists): Omit<Matcher, 'id' | 'except'> => ({
  skus: setOf(lists.skus),
  categories: setOf(lists.categories),
  brands: setOf(lists.brands),
  collections: setOf(lists.collections),
});

const isNamed = (names: ReadonlySet<string>, name: string | undefined): boolean => name !== undefined && names.has(name);
const isAnyNamed = (names: ReadonlySet<string>, item: PromotedItem): boolean => item.collections?.some((each) => names.has(each)) ?? false;

function isMeant(matcher: Matcher, item: PromotedItem): boolean {
  const { skus, categories, brands, collections, except } = matcher;
  if (skus !== undefined && !skus.has(item.sku)) return false;
  if (categories !== undefined && !isNamed(categories, item.category)) return false;
  if (brands !== undefined && !isNamed(brands, item.brand)) return false;
  if (collections !== undefined && !isAnyNamed(collections, item)) return false;
  if (except === undefined) return true;
  return !(
    (except.skus?.has(item.sku) ?? false) ||
    (except.categories !== undefined && isNamed(except.categories, item.category)) ||
    (except.brands !== undefined && isNamed(except.brands, item.brand)) ||
    (except.collections !== undefined && isAnyNamed(except.collections, item))
  );
}

/** Matchers by the narrowest list that each has. */
interface Postings {
  readonly skus: Map<string, Matcher[]>;
  readonly collections: Map<string, Matcher[]>;
  readonly brands: Map<string, Matcher[]>;
  readonly categories: Map<string, Matcher[]>;
  readonly all: Matcher[];
}

function post(postings: Postings, matcher: Matcher): void {
  for (const dimension of ['skus', 'collections', 'brands', 'categories'] as const) {
    const names = matcher[dimension];
    if (names === undefined) continue;
    for (const name of names) {
      const posted = postings[dimension].get(name);
      if (posted === undefined) postings[dimension].set(name, [matcher]);
      else posted.push(matcher);
    }
    return;
  }
  postings.all.push(matcher);
}

function find(postings: Postings, item: PromotedItem): number[] {
  const found = new Set<number>();
  const look = (matchers: readonly Matcher[] | undefined): void => {
    for (const matcher of matchers ?? []) if (isMeant(matcher, item)) found.add(matcher.id);
  };
  look(postings.skus.get(item.sku));
  for (const collection of item.collections ?? []) look(postings.collections.get(collection));
  if (item.brand !== undefined) look(postings.brands.get(item.brand));
  if (item.category !== undefined) look(postings.categories.get(item.category));
  look(postings.all);
  return [...found].sort((left, right) => left - right);
}

const isSameList = (left: readonly string[] | undefined, right: readonly string[] | undefined): boolean =>
  left === right || (left !== undefined && left.length === right?.length && left.every((name, index) => name === right[index]));

/** Items are remembered by SKU; one that moved to another category is looked up again. */
const isSameItem = (left: PromotedItem, right: PromotedItem): boolean =>
  left.category === right.category && left.brand === right.brand && isSameList(left.collections, right.collections);

/** Indexes the rules of a catalogue cut. Of rules with one id the first counts. */
export function preparePromotions(rules: Iterable<Promotion>): PreparedPromotions {
  const byId = new Map<string, Promotion>();
  for (const rule of rules) if (!byId.has(rule.promotionId)) byId.set(rule.promotionId, rule);
  const sorted = [...byId.values()].sort(
    (left, right) => right.priority - left.priority || compareText(left.promotionId, right.promotionId),
  );
  const postings: Postings = { skus: new Map(), collections: new Map(), brands: new Map(), categories: new Map(), all: [] };
  const idsByText = new Map<string, number>();
  const matcherOf = (goods: Goods): number => {
    const text = listText(goods) + (goods.except === undefined ? '' : listText(goods.except));
    let id = idsByText.get(text);
    if (id === undefined) {
      id = idsByText.size;
      idsByText.set(text, id);
      post(postings, { id, ...setsOf(goods), except: goods.except === undefined ? undefined : setsOf(goods.except) });
    }
    return id;
  };
  const promotions = sorted.map((rule, index): PreparedPromotion => {
    const { offer } = rule;
    const sets = offer.type === 'set' ? offer.sets : [];
    return {
      index,
      rule,
      matcher: offer.type === 'set' ? -1 : matcherOf(offer.type === 'reward' ? offer.minimum.goods : offer.goods),
      sets: sets.map((set) => ({ ...set, matchers: set.slots.map((slot) => matcherOf(slot.goods)) })),
      minimumMatcher: rule.when.minimum === undefined ? -1 : matcherOf(rule.when.minimum.goods),
    };
  });
  const byMatcher: Set<number>[] = Array.from({ length: idsByText.size }, () => new Set());
  for (const { index, rule, matcher, sets } of promotions) {
    if (rule.offer.type === 'reward') continue;
    if (matcher >= 0) byMatcher[matcher]?.add(index);
    for (const set of sets) for (const each of set.matchers) byMatcher[each]?.add(index);
  }
  const byFinding = new Map<string, Findings>();
  const remembered = new Map<string, { readonly item: PromotedItem; readonly findings: Findings }>();
  const findingsOf = (item: PromotedItem): Findings => {
    const known = remembered.get(item.sku);
    if (known !== undefined && isSameItem(known.item, item)) return known.findings;
    const matchers = find(postings, item);
    const key = matchers.join(' ');
    let findings = byFinding.get(key);
    if (findings === undefined) {
      const found = new Set(matchers.flatMap((matcher) => [...(byMatcher[matcher] ?? [])]));
      findings = { id: byFinding.size, matchers, has: new Set(matchers), promotions: [...found].sort((left, right) => left - right) };
      byFinding.set(key, findings);
    }
    if (remembered.size >= REMEMBERED_ITEMS) remembered.clear();
    const { sku, category, brand, collections } = item;
    remembered.set(sku, {
      item: {
        sku,
        ...(category !== undefined && { category }),
        ...(brand !== undefined && { brand }),
        ...(collections !== undefined && { collections }),
      },
      findings,
    });
    return findings;
  };
  const rule = (promotionId: string): Promotion => {
    const known = byId.get(promotionId);
    assert(known !== undefined, `a promotion of this cut: ${promotionId}`);
    return known;
  };
  const rewarding = promotions.filter(({ rule: { offer } }) => offer.type === 'reward');
  return {
    promotions,
    rewarding,

    rule,
    tenderTypes: new Set(sorted.flatMap(({ when }) => when.tenderTypes ?? [])),
    findingsOf,
  };
}
