/** What becomes of a wish about an article: judged as a lane will read it, against what stands in the catalogue at that moment. Wishes about several articles are judged at once. */
import { assert, err, ok, type Result } from '@holdfast/base';
import { currencyOf, ENTITY_TYPES, gtinKey, isGtin, MAX_CODE_LENGTH, pluKey, priceKey, readItem } from '@holdfast/domain';

import { changesToRows, type EntityChange, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import type { SharedPublication } from '../catalog/publish.ts';
import type { Queries } from '../db/database.ts';
import { parsePrice } from '../import/refusal.ts';
import { isPlainText } from '../plain-text.ts';
import type { ReadPlace } from './merged-entities.ts';
import { fieldsAt, type Layer, layersOf, named, type Named, versionOf } from './product-layers.ts';
import type { ProductError, ProductWish } from './products.ts';

const { item, code: codeType, price: priceType } = ENTITY_TYPES;

/** What its publication says it was for. */
const SOURCES: Readonly<Record<ProductWish['mode'], string>> = {
  create: 'article made',
  replace: 'article written anew',
  patch: 'article changed',
  remove: 'article removed',
};

export interface PlacedWish {
  readonly place: ReadPlace;
  readonly wish: ProductWish;
}

/** What has to be known of the catalogue before wishes are judged. */
interface Known {
  readonly layers: ReadonlyMap<string, readonly Layer[]>;
  readonly ownersByCode: ReadonlyMap<string, readonly string[]>;
  readonly taxClasses: ReadonlySet<string>;
}

export async function planAll(
  queries: Queries,
  tenantNo: number,
  wishes: readonly PlacedWish[],
): Promise<readonly Result<SharedPublication, ProductError>[]> {
  const known: Known = {
    layers: await layersOf(
      queries,
      tenantNo,
      wishes.map(({ wish }) => wish.sku),
    ),
    ownersByCode: await ownersOf(
      queries,
      tenantNo,
      wishes.flatMap(({ wish }) => namedCodes(wish)),
    ),
    taxClasses: await taxClassesAmong(
      queries,
      tenantNo,
      wishes.map(({ wish }) => wish.fields['taxClass']),
    ),
  };
  return wishes.map(({ place, wish }) => plan(known, place, wish));
}

async function ownersOf(queries: Queries, tenantNo: number, codes: readonly string[]): Promise<Known['ownersByCode']> {
  if (codes.length === 0) return new Map();
  const rows = await queries.rows<{ code: string; sku: string }>(
    `SELECT key AS code, fields ->> '1' AS sku FROM entity WHERE tenant_no = $1 AND type = ${codeType.type} AND key = ANY($2) AND alive ORDER BY key, scope`,
    [tenantNo, codes],
  );
  return new Map([...Map.groupBy(rows, ({ code }) => code)].map(([code, owners]) => [code, owners.map(({ sku }) => sku)]));
}

async function taxClassesAmong(
  queries: Queries,
  tenantNo: number,
  names: readonly (FieldValue | undefined)[],
): Promise<ReadonlySet<string>> {
  const wanted = names.filter((name) => typeof name === 'string');
  if (wanted.length === 0) return new Set();
  const rows = await queries.rows<{ key: string }>(
    `SELECT DISTINCT key FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.tax.type} AND key = ANY($2) AND alive`,
    [tenantNo, wanted],
  );
  return new Set(rows.map(({ key }) => key));
}

function plan(known: Known, place: ReadPlace, wish: ProductWish): Result<SharedPublication, ProductError> {
  const scope = place.scopes.at(-1);
  assert(scope !== undefined, 'a place has a scope');
  const alive = known.layers.get(wish.sku) ?? [];
  const isThere = alive.some((layer) => layer.type === item.type && place.scopes.includes(layer.scope));
  if (wish.mode === 'create' ? isThere : !isThere && wish.mode !== 'replace')
    return err({ type: isThere ? 'productExists' : 'unknownGoods' });
  if (wish.version !== undefined && wish.version !== versionOf(alive)) return err({ type: 'changedSince' });
  if (wish.mode === 'remove') return publicationOf(wish, alive, removals(alive, scope));
  const own = alive.find((layer) => layer.type === item.type && layer.scope === scope);
  const fields = fieldsOf(wish, own);
  const changes: EntityChange[] = Object.keys(fields).length === 0 ? [] : [{ type: item.name, key: wish.sku, scope, fields }];
  const codes = codeChanges(known, { wish, alive, scope });
  if (!codes.ok) return codes;
  const price = wish.price === undefined ? ok([]) : priceChange(wish.sku, scope, wish.price);
  if (!price.ok) return price;
  const fault = faultOf(known, { place, alive, sku: wish.sku, fields });
  if (fault !== undefined) return err({ type: 'badProduct', reason: fault });
  return publicationOf(wish, alive, [...changes, ...codes.value, ...price.value]);
}

function publicationOf(
  { mode, by }: ProductWish,
  alive: readonly Layer[],
  changes: readonly EntityChange[],
): Result<SharedPublication, ProductError> {
  const rows = changesToRows(changes);
  if (!rows.ok) return err({ type: 'badProduct', reason: rows.error.reason });
  const heldOf = ({ t, k, s }: EntityRow): Layer | undefined =>
    alive.find(({ type, key, scope }) => type === t && key === k && scope === s);
  return ok({
    source: SOURCES[mode],
    by,
    rows: rows.value,
    changes: rows.value.filter((row) => isChange(row, heldOf(row))).length,
    areHeld: rows.value.every((row) => heldOf(row) !== undefined),
  });
}

/** Null clears a field: one that is not there is cleared already. */
const isChange = ({ f, r }: EntityRow, held: Layer | undefined): boolean =>
  held === undefined ? r !== true : r === true || Object.entries(f).some(([column, value]) => (held.fields[column] ?? null) !== value);

/** Of what is replaced, fields that are not named are cleared, but those that its writer does not see; what is written anew has nothing to clear. */
function fieldsOf({ mode, fields, keeps }: ProductWish, own: Layer | undefined): Named {
  if (own === undefined) return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  if (mode !== 'replace') return fields;
  const held = Object.entries(named(item.columns, own.fields)).filter(
    ([name, value]) => value !== null && !Object.hasOwn(fields, name) && keeps?.(name) !== true,
  );
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

const pluOf = ({ fields: { plu } }: ProductWish): readonly string[] => (typeof plu === 'string' && plu !== '' ? [pluKey(plu)] : []);

/** Those that could be read; each may turn out to belong to something else. */
export const namedCodes = (wish: ProductWish): readonly string[] => [
  ...pluOf(wish),
  ...(wish.codes ?? []).flatMap((text) => codeKey(text) ?? []),
];

/** A PLU is a field of the item, by which it is shown, and a code, by which it is found: they go together. */
function codeChanges({ ownersByCode }: Known, { wish, alive, scope }: CodePlan): Result<readonly EntityChange[], ProductError> {
  const held = alive.filter((layer) => layer.type === codeType.type && layer.scope === scope).map(({ key }) => key);
  const isPlu = (key: string): boolean => key.startsWith(pluKey(''));
  const wanted = new Set(wish.fields['plu'] === undefined ? held.filter(isPlu) : pluOf(wish));
  for (const text of wish.codes ?? held.filter((key) => !isPlu(key))) {
    const key = codeKey(text);
    if (key === undefined) return err({ type: 'badProduct', reason: `${text} is no code: its check digit is wrong, or it is too long` });
    wanted.add(key);
  }
  const added = [...wanted].filter((key) => !held.includes(key));
  for (const code of added) {
    const sku = ownersByCode.get(code)?.find((owner) => owner !== wish.sku);
    if (sku !== undefined) return err({ type: 'codeTaken', code, sku });
  }
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

interface Judged {
  readonly place: ReadPlace;
  readonly alive: readonly Layer[];
  readonly sku: string;
  readonly fields: Named;
}

/** A patch of some fields is judged as what it makes of the whole. */
function faultOf({ taxClasses }: Known, { place, alive, sku, fields }: Judged): string | undefined {
  const whole = { ...fieldsAt(alive, place), ...fields };
  const read = readItem(sku, Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)));
  if (!read.ok) return `${read.error.detail.field} is not ${read.error.detail.expected}`;
  const { taxClass } = read.value;
  return fields['taxClass'] === undefined || taxClasses.has(taxClass) ? undefined : `there is no tax class ${taxClass}`;
}
