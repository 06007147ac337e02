/**
 * Articles, whole: an item with all its fields, its codes and its prices, read at a place and written under one scope. What is written is judged as a lane will read it there, and only if
 * nobody wrote the article since its writer read it.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Result } from '@holdfast/base';
import { currencyOf, ENTITY_TYPES, gtinKey, isGtin, MAX_CODE_LENGTH, pluKey, priceKey, priceKeyPrefix, readItem } from '@holdfast/domain';

import { changesToRows, type EntityChange, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import { LoopFault } from '../catalog/loops.ts';
import { type PreviewGroup, previewChanges } from '../catalog/preview.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Queries } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';
import { parsePrice } from '../import/refusal.ts';
import { isPlainText } from '../plain-text.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

/** What its publication says it was for. */
const SOURCES: Readonly<Record<ProductWish['mode'], string>> = {
  create: 'article made',
  replace: 'article written anew',
  patch: 'article changed',
  remove: 'article removed',
};

type Named = Readonly<Record<string, FieldValue>>;

export interface ProductPrice {
  readonly key: string;
  readonly scope: string;
  readonly fields: Named;
}

export interface Product {
  readonly sku: string;
  /** Another one once anything of it is: under whatever scope, a code, a price. */
  readonly version: string;
  /** As a lane reads it at the place that was asked for. */
  readonly fields: Named;
  /** What each scope says of it. */
  readonly layers: readonly { readonly scope: string; readonly fields: Named }[];
  readonly codes: readonly { readonly code: string; readonly scope: string }[];
  readonly prices: readonly ProductPrice[];
}

export interface ProductWish {
  readonly sku: string;
  readonly mode: 'create' | 'replace' | 'patch' | 'remove';
  readonly fields: Named;
  /** All that it shall have under the scope; absent: as they are. */
  readonly codes?: readonly string[] | undefined;
  /** What it costs from now on, as it is written on a shelf. */
  readonly price?: { readonly amount: string; readonly currency: string } | undefined;
  /** The version that its writer read. */
  readonly version?: string | undefined;
  readonly by: string;
}

export type ProductError =
  | { readonly type: 'unknownGoods' }
  | { readonly type: 'productExists' }
  | { readonly type: 'changedSince' }
  | { readonly type: 'codeTaken'; readonly code: string; readonly sku: string }
  | { readonly type: 'badProduct'; readonly reason: string };

const { item, code: codeType, price: priceType } = ENTITY_TYPES;
/** Beyond every text with the same beginning. */
const AFTER_ALL = '\u{10FFFF}';

interface Layer {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Named;
}

const named = (columns: typeof item.columns | typeof priceType.columns, fields: Named): Named =>
  Object.fromEntries(
    columns.flatMap(({ name, number }) => (Object.hasOwn(fields, String(number)) ? [[name, fields[String(number)] ?? null]] : [])),
  );

/** Everything of an article, under whatever scope. */
async function layersOf(queries: Queries, tenantNo: number, sku: string): Promise<readonly Layer[]> {
  const codes = await queries.rows<{ code: string }>('SELECT DISTINCT code FROM codes_of_goods($1, $2)', [tenantNo, [sku]]);
  const rows = await queries.rows<Layer>(
    `SELECT type, key, scope, fields FROM entity WHERE tenant_no = $1 AND alive AND (
       type = ${item.type} AND key = $2 OR type = ${codeType.type} AND key = ANY($3)
       OR type = ${priceType.type} AND key >= $4 AND key < $5) ORDER BY type, key, scope`,
    [tenantNo, sku, codes.map(({ code }) => code), priceKeyPrefix(sku), priceKeyPrefix(sku) + AFTER_ALL],
  );
  // Asked of the database, whose a code is would keep its index from being used (row security): each article would read the whole catalogue.
  return rows.filter(({ type, fields }) => type !== codeType.type || fields['1'] === sku);
}

const versionOf = (layers: readonly Layer[]): string =>
  createHash('sha256').update(JSON.stringify(layers)).digest('base64url').slice(0, 22);

/** Undefined where no scope of the place has it. */
export async function readProduct(place: ReadPlace, sku: string): Promise<Product | undefined> {
  const fields = (await readMerged(place, item, [sku])).get(sku);
  if (fields === undefined) return undefined;
  const layers = await layersOf(place.database, place.tenantNo, sku);
  return {
    sku,
    version: versionOf(layers),
    fields: fields as Named,
    layers: layers
      .filter(({ type }) => type === item.type)
      .map((layer) => ({ scope: layer.scope, fields: named(item.columns, layer.fields) })),
    codes: layers.filter(({ type }) => type === codeType.type).map(({ key, scope }) => ({ code: key, scope })),
    prices: layers
      .filter(({ type }) => type === priceType.type)
      .map((layer) => ({ key: layer.key, scope: layer.scope, fields: named(priceType.columns, layer.fields) })),
  };
}

export interface GoodsWords {
  readonly taxClasses: readonly { readonly key: string; readonly name: string }[];
  readonly departments: readonly string[];
}

export async function readGoodsWords(database: Queries, tenantNo: number): Promise<GoodsWords> {
  const { tax, department } = ENTITY_TYPES;
  const rows = await database.rows<{ type: number; key: string; name: string | null }>(
    `SELECT type, key, min(fields ->> '1') AS name FROM entity WHERE tenant_no = $1 AND type IN (${tax.type}, ${department.type}) AND alive
     GROUP BY type, key ORDER BY key LIMIT 2000`,
    [tenantNo],
  );
  return {
    taxClasses: rows.filter(({ type }) => type === tax.type).map(({ key, name }) => ({ key, name: name ?? key })),
    departments: rows.filter(({ type }) => type === department.type).map(({ key }) => key),
  };
}

/** What it would be for each store; nothing is published. */
export async function previewProduct(place: ReadPlace, wish: ProductWish): Promise<Result<readonly PreviewGroup[], ProductError>> {
  const planned = await plan(place.database, place, wish);
  if (!planned.ok) return planned;
  return ok(await previewChanges(place.database, place.tenantNo, planned.value, await listStores(place.database, place.tenantNo)));
}

export async function writeProduct(catalog: Catalog, place: ReadPlace, wish: ProductWish): Promise<Result<Published, ProductError>> {
  const write = async (tx: Queries): Promise<Result<Published, ProductError>> => {
    // The sequencer first: what is compared is what stands when it is written.
    const publication = await catalog.open(tx, SOURCES[wish.mode]);
    const planned = await plan(tx, place, wish);
    if (!planned.ok) return planned;
    await publication.put(planned.value);
    return ok(await publication.finish({ by: wish.by }));
  };
  try {
    const written = await place.database.transaction(write);
    if (written.ok) catalog.announce(written.value);
    return written;
  } catch (error) {
    if (error instanceof LoopFault) return err({ type: 'badProduct', reason: error.message });
    throw error;
  }
}

async function plan(queries: Queries, place: ReadPlace, wish: ProductWish): Promise<Result<readonly EntityRow[], ProductError>> {
  const scope = place.scopes.at(-1);
  assert(scope !== undefined, 'a place has a scope');
  const alive = await layersOf(queries, place.tenantNo, wish.sku);
  const isThere = alive.some((layer) => layer.type === item.type && place.scopes.includes(layer.scope));
  if (wish.mode === 'create' ? isThere : !isThere && wish.mode !== 'replace')
    return err({ type: isThere ? 'productExists' : 'unknownGoods' });
  if (wish.version !== undefined && wish.version !== versionOf(alive)) return err({ type: 'changedSince' });
  if (wish.mode === 'remove') return rowsOf(removals(alive, scope));
  const own = alive.find((layer) => layer.type === item.type && layer.scope === scope);
  const fields = fieldsOf(wish, own);
  const changes: EntityChange[] = Object.keys(fields).length === 0 ? [] : [{ type: item.name, key: wish.sku, scope, fields }];
  const codes = await codeChanges(queries, place, { wish, alive, scope });
  if (!codes.ok) return codes;
  const price = wish.price === undefined ? ok([]) : priceChange(wish.sku, scope, wish.price);
  if (!price.ok) return price;
  const fault = await faultOf(queries, place, wish.sku, fields);
  if (fault !== undefined) return err({ type: 'badProduct', reason: fault });
  return rowsOf([...changes, ...codes.value, ...price.value]);
}

/** Of what is replaced, fields that are not named are cleared; what is written anew has nothing to clear. */
function fieldsOf({ mode, fields }: ProductWish, own: Layer | undefined): Named {
  if (own === undefined) return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  if (mode !== 'replace') return fields;
  const held = Object.entries(named(item.columns, own.fields)).filter(([name, value]) => value !== null && !Object.hasOwn(fields, name));
  return { ...fields, ...Object.fromEntries(held.map(([name]) => [name, null])) };
}

/** What is everywhere goes with all that belongs to it, in stores too; what is a store's own leaves what is everywhere. */
const removals = (alive: readonly Layer[], scope: string): readonly EntityChange[] =>
  alive
    .filter((layer) => scope === 'global' || layer.scope === scope)
    .map(({ type, key, scope: at }) => ({ type, key, scope: at, removed: true }));

interface CodePlan {
  readonly wish: ProductWish;
  readonly alive: readonly Layer[];
  readonly scope: string;
}

/** A PLU is a field of the item, by which it is shown, and a code, by which it is found: they go together. */
async function codeChanges(
  queries: Queries,
  { tenantNo }: ReadPlace,
  { wish, alive, scope }: CodePlan,
): Promise<Result<readonly EntityChange[], ProductError>> {
  const held = alive.filter((layer) => layer.type === codeType.type && layer.scope === scope).map(({ key }) => key);
  const isPlu = (key: string): boolean => key.startsWith(pluKey(''));
  const { plu } = wish.fields;
  const plus = plu === undefined ? held.filter(isPlu) : typeof plu === 'string' && plu !== '' ? [pluKey(plu)] : [];
  const wanted = new Set(plus);
  for (const text of wish.codes ?? held.filter((key) => !isPlu(key))) {
    const key = codeKey(text);
    if (key === undefined) return err({ type: 'badProduct', reason: `${text} is no code: its check digit is wrong, or it is too long` });
    wanted.add(key);
  }
  const added = [...wanted].filter((key) => !held.includes(key));
  const [taken] = await queries.rows<{ code: string; sku: string }>(
    `SELECT key AS code, fields ->> '1' AS sku FROM entity
     WHERE tenant_no = $1 AND type = ${codeType.type} AND key = ANY($2) AND alive AND fields ->> '1' <> $3 LIMIT 1`,
    [tenantNo, added, wish.sku],
  );
  if (taken !== undefined) return err({ type: 'codeTaken', ...taken });
  return ok([
    ...held.filter((key) => !wanted.has(key)).map((key): EntityChange => ({ type: codeType.name, key, scope, removed: true })),
    ...added.map((key): EntityChange => ({ type: codeType.name, key, scope, fields: { sku: wish.sku } })),
  ]);
}

/** As the catalogue names it; undefined where no scanner could read it. */
export function codeKey(text: string): string | undefined {
  const code = text.trim();
  if (/^(?:\d{8}|\d{12,14})$/.test(code)) return isGtin(code) ? gtinKey(code) : undefined;
  if (/^plu:\d{1,6}$/.test(code)) return code;
  return code !== '' && isPlainText(code, MAX_CODE_LENGTH) && !code.includes('\n') ? code : undefined;
}

function priceChange(
  sku: string,
  scope: string,
  { amount, currency }: NonNullable<ProductWish['price']>,
): Result<readonly EntityChange[], ProductError> {
  const digits = currencyOf(currency)?.minorDigits;
  const price = digits === undefined ? undefined : parsePrice(amount.trim(), digits);
  if (price?.ok !== true) return err({ type: 'badProduct', reason: `${amount} is no price in ${currency}` });
  const fields = { amount: price.value.amount, decimals: price.value.decimals, currency };
  return ok([{ type: priceType.name, key: priceKey(sku, 'regular'), scope, fields }]);
}

/** A patch of some fields is judged as what it makes of the whole. */
async function faultOf(queries: Queries, place: ReadPlace, sku: string, fields: Named): Promise<string | undefined> {
  const held = (await readMerged({ ...place, database: queries }, item, [sku])).get(sku) ?? {};
  const read = readItem(sku, Object.fromEntries(Object.entries({ ...held, ...fields }).filter(([, value]) => value !== null)));
  if (!read.ok) return `${read.error.detail.field} is not ${read.error.detail.expected}`;
  const { taxClass } = read.value;
  const known = await queries.rows('SELECT 1 FROM entity WHERE tenant_no = $1 AND type = $2 AND key = $3 AND alive LIMIT 1', [
    place.tenantNo,
    ENTITY_TYPES.tax.type,
    taxClass,
  ]);
  return known.length > 0 || fields['taxClass'] === undefined ? undefined : `there is no tax class ${taxClass}`;
}

function rowsOf(changes: readonly EntityChange[]): Result<readonly EntityRow[], ProductError> {
  const rows = changesToRows(changes);
  return rows.ok ? rows : err({ type: 'badProduct', reason: rows.error.reason });
}
