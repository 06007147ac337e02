/**
 * The shelf labels that a store wants: of codes that somebody names, or of all goods whose price becomes another one on a day. The catalogue is
 * walked through page by page, so that scans go on meanwhile.
 */
import { setImmediate } from 'node:timers/promises';

import { lastPriceChange, localTimeOf, parseScan, shelfLabelOf, startOfDay, type ShelfLabel } from '@holdfast/domain';

import type { CatalogueView } from '../catalogue/catalogue.ts';

export interface LabelWish {
  readonly codes: readonly string[];
  /** A local date: when the shelf is to say it, and without codes whose labels are wanted. Absent: now. */
  readonly on?: string;
}

export interface LabelAnswer {
  readonly labels: readonly ShelfLabel[];
  /** Codes that mean nothing here, and goods without a price then. */
  readonly missing: readonly string[];
  /** BCP 47: of the store. */
  readonly locale: string;
}

export interface LabelPorts {
  /** Undefined before the first catalogue. */
  readonly view: CatalogueView | undefined;
  /** Store-agreed. */
  readonly nowMs: number;
}

/** Undefined where the lane has no catalogue, or its store's settings are not whole. */
export async function shelfLabels({ codes, on }: LabelWish, { view, nowMs }: LabelPorts): Promise<LabelAnswer | undefined> {
  const settings = view?.settings();
  if (view === undefined || settings?.ok !== true) return undefined;
  const { currency, timeZone, locale } = settings.value;
  const day = on === undefined ? undefined : dayOf(on, timeZone);
  const labels: ShelfLabel[] = [];
  const missing: string[] = [];
  const add = (sku: string, atMs: number, keys: readonly string[], name = sku): void => {
    const item = view.item(sku);
    const label = item && shelfLabelOf(item, view.scheduledPrices(sku), keys, { atMs, scopes: view.scopes, currency, timeZone });
    if (label === undefined) missing.push(name);
    else labels.push(label);
  };
  for (const code of codes) {
    const scanned = parseScan(code);
    const listed = scanned.ok ? view.findCode(scanned.value) : undefined;
    if (listed === undefined || !scanned.ok) missing.push(code);
    // What is read off a case is no code of what stands on the shelf.
    else add(listed.sku, day?.fromMs ?? nowMs, listed.units === 1 ? scanned.value.keys : [], code);
  }
  if (codes.length > 0 || day === undefined) return { labels, missing, locale };
  const changes = await changesWithin(view, day, (prices) => lastPriceChange(prices, { ...day, scopes: view.scopes, currency }));
  const keys = await keysOf(view, changes);
  for (const [sku, changesMs] of changes) add(sku, changesMs, keys.get(sku) ?? []);
  return { labels, missing, locale };
}

interface Day {
  readonly fromMs: number;
  readonly toMs: number;
}

type Prices = ReturnType<CatalogueView['scheduledPrices']>;

/** SKU → when its price changes within the day. */
async function changesWithin(view: CatalogueView, { fromMs, toMs }: Day, changeOf: (prices: Prices) => number | undefined) {
  const changes = new Map<string, number>();
  const seen = new Set<string>();
  for (let page = view.pricesAfter(undefined); ; page = view.pricesAfter(page.lastKey)) {
    for (const { sku, moments } of page.rows) {
      if (seen.has(sku) || !moments.some((ms) => ms >= fromMs && ms < toMs)) continue;
      seen.add(sku);
      const changesMs = changeOf(view.scheduledPrices(sku));
      if (changesMs !== undefined) changes.set(sku, changesMs);
    }
    if (page.lastKey === undefined) return changes;
    await setImmediate();
  }
}

/** The codes of those goods. No index leads from goods to their codes: a lane asks the other way round, all day. */
async function keysOf(view: CatalogueView, wanted: ReadonlyMap<string, unknown>): Promise<ReadonlyMap<string, readonly string[]>> {
  const keys = new Map<string, string[]>();
  if (wanted.size === 0) return keys;
  for (let page = view.codesAfter(undefined); ; page = view.codesAfter(page.lastKey)) {
    for (const { key, sku } of page.rows) if (wanted.has(sku)) keys.set(sku, [...(keys.get(sku) ?? []), key]);
    if (page.lastKey === undefined) return keys;
    await setImmediate();
  }
}

/** From the first moment of a date to the first of the next one. */
function dayOf(date: string, timeZone: string): Day | undefined {
  const startOf = (text: string): number | undefined => {
    const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
    return startOfDay({ year, month, day }, timeZone);
  };
  const fromMs = startOf(date);
  if (fromMs === undefined) return undefined;
  // A day and a half later it is the next day everywhere, whatever the clocks do.
  const toMs = startOf(localTimeOf(fromMs + 36 * 3_600_000, timeZone).date);
  return toMs === undefined ? undefined : { fromMs, toMs };
}
