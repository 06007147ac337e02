/**
 * Many articles changed at once: all that a filter finds, whatever their number, or those that somebody picked. What would come of it is told first: how many change, how some of them do, which cannot and
 * why. It is published only as it was told, as one publication, which can be undone as one.
 *
 * Articles are read, judged and written in batches: work grows with their number, memory only with the longest list of SKUs.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Result } from '@holdfast/base';
import {
  attributeValueKey,
  currencyOf,
  decimalText,
  ENTITY_TYPES,
  type Fields,
  type Item,
  priceKey,
  type PriceStep,
  readItem,
  stepPrice,
  type UnitPrice,
} from '@holdfast/domain';

import { changesToRows, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import { LoopFault } from '../catalog/loops.ts';
import type { Catalog } from '../catalog/publish.ts';
import type { Queries } from '../db/database.ts';
import { parsePrice } from '../import/refusal.ts';
import { type AttributeWish, readAttributes, valueWished } from './attributes.ts';
import { pathOf } from './category-tree.ts';
import { readParents } from './filing.ts';
import { skusOfText } from './find-goods.ts';
import { type GoodsFilter, isFiled, skusFrom, withAttribute } from './goods-filter.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

type Named = Readonly<Record<string, FieldValue>>;

export interface BulkChange {
  /** Of each article, by name; null clears one. */
  readonly fields: Named;
  /** Names of collections; these hold everywhere alone. */
  readonly putIn: readonly string[];
  readonly takeOut: readonly string[];
  /** Values by the codes of their attributes, as somebody writes them; null takes one away. */
  readonly attributes: AttributeWish;
  /** Of its lasting price there. */
  readonly price?: PriceStep | { readonly amount: string; readonly currency: string } | undefined;
}

export interface BulkWish {
  /** SKUs, or what finds them. */
  readonly of: readonly string[] | (GoodsFilter & { readonly q?: string | undefined });
  readonly change: BulkChange;
}

export interface BulkSample {
  readonly sku: string;
  readonly name: string;
  /** What differs: fields by name, attributes as `attr:` and their code, and `price` as a shelf says it. */
  readonly before: Named;
  readonly after: Named;
}

export interface BulkRefusal {
  readonly sku: string;
  readonly name: string;
  readonly reason: string;
}

export interface BulkReport {
  readonly found: number;
  readonly changing: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly samples: readonly BulkSample[];
  readonly refusals: readonly BulkRefusal[];
  /** Of what was told: other goods, or another change of one, make another. */
  readonly version: string;
  /** Null: it is a preview, or nothing changed. */
  readonly lsn: number | null;
}

export type BulkError = { readonly type: 'badChange'; readonly reason: string } | { readonly type: 'changedSince' };

export type OnBulkProgress = (progress: { readonly read: number }) => void;

const MOST_SAMPLES = 20;
const MOST_REFUSALS = 500;
const AT_ONCE = 1_000;
/** Fields that are one article's own. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['name', 'plu', 'picture', 'collections', 'options']);

const { item, price: priceType, attributeValue: valueType, tax } = ENTITY_TYPES;
type PriceChange = PriceStep | { readonly price: UnitPrice; readonly currency: string } | undefined;

/** What is wrong with the wish itself, whatever it finds. */
async function judge(queries: Queries, place: ReadPlace, { change }: BulkWish): Promise<Result<PriceChange, BulkError>> {
  const bad = (reason: string): Result<never, BulkError> => err({ type: 'badChange', reason });
  const { fields, putIn, takeOut, price, attributes } = change;
  const scope = scopeOf(place);
  const own = Object.keys(fields).find((name) => OWN_FIELDS.has(name));
  if (own !== undefined) return bad(`${own} is each article's own`);
  if (putIn.length + takeOut.length > 0 && scope !== 'global') return bad('collections hold everywhere, not in one place');
  if (Object.keys(fields).length + putIn.length + takeOut.length + Object.keys(attributes).length === 0 && price === undefined)
    return bad('nothing is to be changed');
  if (Object.keys(fields).length > 0) {
    const rows = changesToRows([{ type: item.name, key: 'x', scope, fields }]);
    if (!rows.ok) return bad(rows.error.reason);
  }
  const { taxClass } = fields;
  if (taxClass !== undefined) {
    const known = await queries.rows('SELECT 1 FROM entity WHERE tenant_no = $1 AND type = $2 AND key = $3 AND alive LIMIT 1', [
      place.tenantNo,
      tax.type,
      taxClass,
    ]);
    if (known.length === 0) return bad(`there is no tax class ${String(taxClass)}`);
  }
  if (price === undefined || !('amount' in price)) return ok(price);
  const digits = currencyOf(price.currency)?.minorDigits;
  const read = digits === undefined ? undefined : parsePrice(price.amount.trim(), digits);
  return read?.ok === true ? ok({ price: read.value, currency: price.currency }) : bad(`${price.amount} is no price in ${price.currency}`);
}

function scopeOf({ scopes }: ReadPlace): string {
  const scope = scopes.at(-1);
  assert(scope !== undefined, 'a place has a scope');
  return scope;
}

/** What would come of it; nothing is published. */
export async function previewBulk(place: ReadPlace, wish: BulkWish, onProgress: OnBulkProgress): Promise<Result<BulkReport, BulkError>> {
  return place.database.transaction(
    async (tx) => {
      const price = await judge(tx, place, wish);
      return price.ok ? ok({ ...(await work({ tx, place, wish, price: price.value }, onProgress)), lsn: null }) : price;
    },
    { readSnapshot: true },
  );
}

export interface BulkPublish {
  /** That of the preview that somebody looked at. */
  readonly basedOn: string;
  /** What its publication says it was for. */
  readonly reason: string;
  readonly by: string;
}

/** Undoes the transaction in which it is thrown. */
class OtherThanTold extends Error {
  override readonly name = 'OtherThanTold';
}

export async function publishBulk(
  catalog: Catalog,
  place: ReadPlace,
  wish: BulkWish & BulkPublish,
  onProgress: OnBulkProgress,
): Promise<Result<BulkReport, BulkError>> {
  try {
    const done = await place.database.transaction(async (tx): Promise<Result<BulkReport, BulkError>> => {
      // The sequencer first: what is compared is what stands when it is written.
      const publication = await catalog.open(tx, wish.reason);
      const price = await judge(tx, place, wish);
      if (!price.ok) return price;
      const report = await work({ tx, place, wish, price: price.value, put: async (rows) => publication.put(rows) }, onProgress);
      if (report.version !== wish.basedOn) throw new OtherThanTold();
      return ok({ ...report, lsn: (await publication.finish({ by: wish.by })).lsn });
    });
    if (done.ok) catalog.announce({ lsn: done.value.lsn, changed: done.value.changing });
    return done;
  } catch (error) {
    if (error instanceof OtherThanTold) return err({ type: 'changedSince' });
    if (error instanceof LoopFault) return err({ type: 'badChange', reason: error.message });
    throw error;
  }
}

interface Work {
  readonly tx: Queries;
  readonly place: ReadPlace;
  readonly wish: BulkWish;
  readonly price: PriceChange;
  /** Absent: it is a preview. */
  readonly put?: (rows: readonly EntityRow[]) => Promise<unknown>;
}

async function work({ tx, place, wish, price, put }: Work, onProgress: OnBulkProgress): Promise<Omit<BulkReport, 'lsn'>> {
  const told = createHash('sha256');
  const at = { ...place, database: tx };
  const samples: BulkSample[] = [];
  const refusals: BulkRefusal[] = [];
  let [found, changing, refused, read] = [0, 0, 0, 0];
  for await (const skus of skusOf(at, wish.of)) {
    const planned = await planSome(at, wish, price, skus);
    found += planned.found;
    changing += planned.changes.length;
    refused += planned.refusals.length;
    told.update(JSON.stringify(planned));
    samples.push(...planned.changes.slice(0, MOST_SAMPLES - samples.length).map(({ rows: _rows, ...sample }) => sample));
    refusals.push(...planned.refusals.slice(0, MOST_REFUSALS - refusals.length));
    await put?.(planned.changes.flatMap(({ rows }) => rows));
    read += skus.length;
    onProgress({ read });
  }
  const version = told.digest('base64url').slice(0, 22);
  return { found, changing, unchanged: found - changing - refused, refused, samples, refusals, version };
}

/** A batch at a time; whether each is filed so is told from what the place has of it. */
async function* skusOf(at: At, of: BulkWish['of']): AsyncGenerator<readonly string[]> {
  const isPicked = Array.isArray(of);
  const { q, ...filter } = isPicked ? {} : (of as Exclude<BulkWish['of'], readonly string[]>);
  if (isPicked || q !== undefined) {
    const all = isPicked ? [...new Set(of as readonly string[])] : await skusOfText(at, q ?? '');
    for (let start = 0; start < all.length; start += AT_ONCE) yield all.slice(start, start + AT_ONCE);
    return;
  }
  for (let after: string | undefined = ''; after !== undefined;) {
    const skus: readonly string[] = await skusFrom(at, { most: AT_ONCE, after, filter });
    if (skus.length > 0) yield skus;
    after = skus.length < AT_ONCE ? undefined : skus.at(-1);
  }
}

interface Held {
  readonly key: string;
  readonly fields: Named;
}

interface Planned {
  readonly found: number;
  readonly changes: readonly (BulkSample & { readonly rows: readonly EntityRow[] })[];
  readonly refusals: readonly BulkRefusal[];
}

type At = Omit<ReadPlace, 'database'> & { readonly database: Queries };

/** Of some SKUs, in their order. */
async function planSome(at: At, { of, change }: BulkWish, price: PriceChange, skus: readonly string[]): Promise<Planned> {
  const scope = at.scopes.at(-1) ?? '';
  const merged = await readMerged(at, item, skus);
  const own = async (type: number, keys: readonly string[]): Promise<ReadonlyMap<string, Named>> => {
    const rows = await at.database.rows<Held>(
      'SELECT key, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND scope = $3 AND alive AND key = ANY($4)',
      [at.tenantNo, type, scope, keys],
    );
    return new Map(rows.map((row) => [row.key, row.fields]));
  };
  const isOfFields = Object.keys(change.fields).length + change.putIn.length + change.takeOut.length > 0;
  const ownItems = isOfFields ? await own(item.type, skus) : new Map<string, Named>();
  const prices =
    price === undefined
      ? new Map<string, Named>()
      : await own(
          priceType.type,
          skus.map((sku) => priceKey(sku, 'regular')),
        );
  const having = Array.isArray(of) ? undefined : await withAttribute(at, skus, of as GoodsFilter);
  const valuesOf = await attributesFor(at, change, async (codes) =>
    own(
      valueType.type,
      skus.flatMap((sku) => codes.map((code) => attributeValueKey(sku, code))),
    ),
  );
  const changes: Planned['changes'][number][] = [];
  const refusals: BulkRefusal[] = [];
  let found = 0;
  for (const sku of skus) {
    const held = merged.get(sku);
    const read = held && readItem(sku, held);
    if (held === undefined || read?.ok !== true || having?.has(sku) === false) continue;
    if (!(Array.isArray(of) || isFiled(read.value, of as GoodsFilter))) continue;
    found += 1;
    const { name } = read.value;
    const planned = planOne(
      { sku, held, item: read.value, own: ownItems.get(sku), price: prices.get(priceKey(sku, 'regular')), valuesOf, scope },
      change,
      price,
    );
    if (!planned.ok) refusals.push({ sku, name, reason: planned.error });
    else if (planned.value.rows.length > 0) changes.push({ sku, name, ...planned.value });
  }
  return { found, changes, refusals };
}

interface ValueChange {
  readonly code: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Those that differ under the scope, of an article that is filed so. */
type ValuesOf = (sku: string, category: string | undefined) => Result<readonly ValueChange[], string>;

async function attributesFor(
  at: At,
  { attributes: wish }: BulkChange,
  own: (codes: readonly string[]) => Promise<ReadonlyMap<string, Named>>,
): Promise<ValuesOf> {
  const wished = Object.entries(wish);
  if (wished.length === 0) return () => ok([]);
  const attributes = new Map((await readAttributes(at)).map((attribute) => [attribute.code, attribute]));
  const parents = await readParents(at);
  const held = await own(Object.keys(wish));
  return (sku, category) => {
    const path = category === undefined ? [] : pathOf(parents, category);
    const changes: ValueChange[] = [];
    for (const [code, written] of wished) {
      const after = written === null ? ok(null) : valueWished(attributes.get(code), { code, written, path });
      if (!after.ok) return after;
      const before = held.get(attributeValueKey(sku, code))?.['1'] ?? null;
      if (before !== after.value) changes.push({ code, before: before === null ? null : String(before), after: after.value });
    }
    return ok(changes);
  };
}

const valueRow = (sku: string, scope: string, { code, after }: ValueChange): EntityRow => ({
  t: valueType.type,
  k: attributeValueKey(sku, code),
  s: scope,
  ...(after === null ? { f: {}, r: true as const } : { f: { '1': after } }),
});

interface One {
  readonly sku: string;
  readonly held: Fields;
  readonly item: Item;
  /** What stands under the scope itself, by column number. */
  readonly own: Named | undefined;
  readonly price: Named | undefined;
  readonly valuesOf: ValuesOf;
  readonly scope: string;
}

type OneChange = Pick<BulkSample, 'before' | 'after'> & { readonly rows: readonly EntityRow[] };

function planOne(one: One, change: BulkChange, price: PriceChange): Result<OneChange, string> {
  const fields = fieldsOf(one, change);
  if (!fields.ok) return fields;
  const category = fields.value['category'] ?? one.item.category ?? null;
  const values = one.valuesOf(one.sku, typeof category === 'string' ? category : undefined);
  if (!values.ok) return values;
  const priced = price === undefined ? ok(undefined) : priceOf(one, price);
  if (!priced.ok) return priced;
  const shown = (of: Fields): Named =>
    Object.fromEntries(Object.keys(fields.value).map((name) => [name, (of[name] ?? null) as FieldValue]));
  const isChanged = Object.keys(fields.value).length > 0;
  return ok({
    before: { ...shown(one.held), ...valuesSaid(values.value, 'before'), ...(priced.value && { price: priced.value.before }) },
    after: { ...fields.value, ...valuesSaid(values.value, 'after'), ...(priced.value && { price: priced.value.after }) },
    rows: [
      ...(isChanged ? [{ t: item.type, k: one.sku, s: one.scope, f: numbered(fields.value) }] : []),
      ...values.value.map((value) => valueRow(one.sku, one.scope, value)),
      ...(priced.value ? [priced.value.row] : []),
    ],
  });
}

const valuesSaid = (values: readonly ValueChange[], side: 'before' | 'after'): Named =>
  Object.fromEntries(values.map((value) => [`attr:${value.code}`, value[side]]));

const numbered = (fields: Named): Named =>
  Object.fromEntries(
    item.columns.flatMap(({ name, number }) => (Object.hasOwn(fields, name) ? [[String(number), fields[name] ?? null]] : [])),
  );

/** Those that differ under the scope; what is written there for the first time has nothing to clear. */
function fieldsOf({ sku, held, item: read, own }: One, { fields, putIn, takeOut }: BulkChange): Result<Named, string> {
  const names = read.collections ?? [];
  const carried = [...new Set([...names.filter((name) => !takeOut.includes(name)), ...putIn])];
  const isMoved = putIn.length + takeOut.length > 0;
  const wanted = { ...fields, ...(isMoved && { collections: carried.length === 0 ? null : carried.join('\n') }) };
  const columnOf = (name: string): string => String(item.columns.find((column) => column.name === name)?.number ?? '');
  const differing = Object.entries(wanted).filter(([name, value]) => (own?.[columnOf(name)] ?? null) !== value);
  if (differing.length === 0) return ok({});
  const changed: Named = Object.fromEntries(differing);
  const after = readItem(sku, Object.fromEntries(Object.entries({ ...held, ...changed }).filter(([, value]) => value !== null)));
  return after.ok ? ok(changed) : err(`${after.error.detail.field} is not ${after.error.detail.expected}`);
}

interface Priced {
  readonly before: string | null;
  readonly after: string;
  readonly row: EntityRow;
}

/** Undefined where it costs that already. */
function priceOf({ sku, price: held, scope }: One, price: NonNullable<PriceChange>): Result<Priced | undefined, string> {
  const [amount, decimals, currency] = ['1', '2', '3'].map((column) => held?.[column]);
  const before =
    typeof amount === 'number' && typeof decimals === 'number' && typeof currency === 'string'
      ? { price: { amount, decimals }, currency }
      : undefined;
  const shown = ({ price: of, currency: unit }: { readonly price: UnitPrice; readonly currency: string }): string =>
    `${decimalText(of.amount, of.decimals)} ${unit}`;
  let after: { readonly price: UnitPrice; readonly currency: string };
  if ('price' in price) after = price;
  else {
    const minorDigits = before && currencyOf(before.currency)?.minorDigits;
    if (before === undefined || minorDigits === undefined) return err('it has no lasting price there');
    const stepped = stepPrice(before.price, price, minorDigits);
    if (stepped === undefined) return err('its price would be too large');
    after = { price: stepped, currency: before.currency };
  }
  if (before !== undefined && shown(before) === shown(after)) return ok(undefined);
  const f = { '1': after.price.amount, '2': after.price.decimals, '3': after.currency };
  return ok({
    before: before === undefined ? null : shown(before),
    after: shown(after),
    row: { t: priceType.type, k: priceKey(sku, 'regular'), s: scope, f },
  });
}
