/** What articles cost at a place: now, and what they come to; all prices of one with why each holds or does not; what begins and ends, by its moment. */
import {
  ENTITY_TYPES,
  explainPrices,
  parsePriceKey,
  priceChanges,
  priceKey,
  readPrice,
  type Item,
  type PriceReason,
  type ScheduledPrice,
} from '@holdfast/domain';
import { namedFields, type Scalar } from '@holdfast/sync';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import { inCommon, listStores, placesBelow, placesOf, storesAt, type Store } from '../enrolment/stores.ts';
import type { ReadPlace } from '../goods/merged-entities.ts';
import { priceAt, pricesOf } from '../goods/price-of-goods.ts';
import { shownPrice, type ShownPrice } from './price-changes.ts';

export interface PriceRow {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  /** What one of it costs everybody there now; null: nothing says it. */
  readonly now: ShownPrice | null;
  /** What it becomes, the next first. */
  readonly next: readonly { readonly atMs: number; readonly price: ShownPrice | null }[];
  /** Zones and stores below that place which have a price of their own. */
  readonly elsewhere: readonly string[];
}

const MOST_NEXT = 3;

/** As the stores there count: where they differ, as the first of them does. */
function currencyAt(all: readonly Store[], { scopes }: Pick<ReadPlace, 'scopes'>): string {
  const stores = storesAt(all, scopes.at(-1) ?? 'global');
  return inCommon(stores, ({ currency }) => currency) ?? stores[0]?.currency ?? 'EUR';
}

export async function priceRows(place: ReadPlace, items: readonly Item[], nowMs: number): Promise<readonly PriceRow[]> {
  const stores = await listStores(place.database, place.tenantNo);
  const below = placesBelow(stores, place.scopes.at(-1) ?? 'global');
  const prices = await pricesOf(
    place,
    items.map(({ sku }) => sku),
  );
  const at = { scopes: place.scopes, currency: currencyAt(stores, place) };
  return items.map(({ sku, name, unit }) => {
    const own = prices.get(sku) ?? [];
    return {
      sku,
      name,
      unit,
      now: shownPrice(priceAt(own, at, nowMs)),
      next: priceChanges(own, { ...at, fromMs: nowMs })
        .slice(0, MOST_NEXT)
        .map((change) => ({ atMs: change.atMs, price: shownPrice(change.price) })),
      elsewhere: [...new Set(own.map(({ scope }) => scope))].filter((scope) => below.has(scope)).toSorted(),
    };
  });
}

export interface ExplainedPrice {
  readonly key: string;
  readonly scope: string;
  readonly price: ShownPrice;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly priority: number;
  readonly fromQuantity: number | null;
  readonly customerGroup: string | null;
  /** Null: it is the one that holds. */
  readonly reason: PriceReason | null;
}

export interface PricesOfOne {
  readonly sku: string;
  readonly atMs: number;
  readonly prices: readonly ExplainedPrice[];
  /** What stores ask for it then: those that ask the same stand together. */
  readonly stores: readonly { readonly stores: readonly string[]; readonly price: ShownPrice | null }[];
}

/** At a moment, for one piece and nobody in particular. */
export async function pricesOfOne(place: ReadPlace, sku: string, atMs: number): Promise<PricesOfOne> {
  const prices = (await pricesOf(place, [sku])).get(sku) ?? [];
  const stores = await listStores(place.database, place.tenantNo);
  const question = { scopes: place.scopes, currency: currencyAt(stores, place), atMs };
  return {
    sku,
    atMs,
    prices: explainPrices(prices, question).map(({ price, reason }) => ({
      key: keyOf(price),
      scope: price.scope,
      price: { ...price.price, currency: price.currency, type: price.type },
      fromMs: price.fromMs ?? null,
      toMs: price.toMs ?? null,
      priority: price.priority,
      fromQuantity: price.fromQuantity ?? null,
      customerGroup: price.customerGroup ?? null,
      reason: reason ?? null,
    })),
    stores: groupByPrice(stores, prices, atMs),
  };
}

const keyOf = ({ sku, type, fromMs, ...condition }: ScheduledPrice): string => priceKey(sku, type, fromMs, condition);

function groupByPrice(stores: readonly Store[], prices: readonly ScheduledPrice[], atMs: number): PricesOfOne['stores'] {
  const groups = new Map<string, { stores: string[]; readonly price: ShownPrice | null }>();
  for (const store of stores) {
    const price = shownPrice(priceAt(prices, { scopes: placesOf(store), currency: store.currency }, atMs));
    const text = JSON.stringify(price);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { stores: [store.store], price });
    else group.stores.push(store.store);
  }
  return [...groups.values()];
}

export interface PriceMoment {
  readonly atMs: number;
  readonly what: 'begins' | 'ends';
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly scope: string;
  readonly price: ShownPrice;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

const momentPlaceSchema = z.tuple([z.int(), z.string().max(400), z.string().max(100), z.boolean()]);
export type MomentPlace = z.infer<typeof momentPlaceSchema>;

/** Undefined for what is no cursor. */
export function parseMomentPlace(text: string): MomentPlace | undefined {
  try {
    const parsed = momentPlaceSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return parsed.success && parsed.data.every((part) => typeof part !== 'string' || !part.includes('\0')) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export interface PriceSpan {
  /** [from, to) */
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent: wherever it is. */
  readonly scopes?: readonly string[] | undefined;
}

export interface MomentQuestion extends PriceSpan {
  readonly after?: MomentPlace | undefined;
  readonly limit: number;
}

interface MomentRow {
  readonly at_ms: number;
  readonly ends: boolean;
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly name: string | null;
  readonly unit: string | null;
}

interface PriceHub {
  readonly database: Database;
  readonly tenantNo: number;
}

/** Prices that begin or end, in the order of their moments. */
export async function listMoments(
  { database, tenantNo }: PriceHub,
  { fromMs, toMs, scopes, after, limit }: MomentQuestion,
): Promise<{ readonly moments: readonly PriceMoment[]; readonly next: string | null }> {
  const rows = await database.rows<MomentRow>(
    `SELECT m.at_ms, m.ends, m.key, m.scope, m.fields, named.name, named.unit FROM price_moments($1, $2, $3, $4, $5, $6, $7, $8, $9) AS m
     LEFT JOIN LATERAL (SELECT min(e.fields ->> '1') AS name, min(e.fields ->> '5') AS unit FROM entity e
       WHERE e.tenant_no = $1 AND e.type = ${ENTITY_TYPES.item.type} AND e.key = split_part(m.key, E'\\x1f', 1) AND e.alive) AS named ON true
     ORDER BY m.at_ms, m.key, m.scope, m.ends`,
    [tenantNo, fromMs, toMs, scopes ?? null, ...(after ?? [null, null, null, null]), limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last && Buffer.from(JSON.stringify([last.at_ms, last.key, last.scope, last.ends])).toString('base64url');
  return { moments: page.flatMap(momentOf), next: next ?? null };
}

/** What cannot be read is no price. */
function momentOf({ at_ms: atMs, ends, key, scope, fields, name, unit }: MomentRow): readonly PriceMoment[] {
  const numbered = new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));
  const read = readPrice(key, scope, namedFields(ENTITY_TYPES.price.columns, numbered));
  const sku = parsePriceKey(key)?.sku;
  if (!read.ok || sku === undefined) return [];
  const { price, currency, type, fromMs = null, toMs = null } = read.value;
  return [
    {
      atMs,
      what: ends ? 'ends' : 'begins',
      sku,
      name: name ?? sku,
      unit: unit ?? 'piece',
      scope,
      price: { ...price, currency, type },
      fromMs,
      toMs,
    },
  ];
}

export interface PriceDay {
  /** `2026-12-01`, on the wall of that time zone. */
  readonly date: string;
  readonly begins: number;
  readonly ends: number;
}

/** More than this of a span are counted as this many: a page says so. */
const MOST_MOMENTS = 100_000;

export async function countDays(
  { database, tenantNo }: PriceHub,
  { fromMs, toMs, scopes }: PriceSpan,
  timeZone: string,
): Promise<readonly PriceDay[]> {
  return database.rows<PriceDay>(
    `SELECT to_char(to_timestamp(at_ms / 1000.0) AT TIME ZONE $5, 'YYYY-MM-DD') AS date,
       count(*) FILTER (WHERE NOT ends)::integer AS begins, count(*) FILTER (WHERE ends)::integer AS ends
     FROM price_moments($1, $2, $3, $4, NULL, NULL, NULL, NULL, ${MOST_MOMENTS}) GROUP BY 1 ORDER BY 1`,
    [tenantNo, fromMs, toMs, scopes ?? null, timeZone],
  );
}
