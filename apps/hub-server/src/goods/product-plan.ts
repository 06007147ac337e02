/** What becomes of a wish about an article: judged as a lane will read it, against what stands in the catalogue at that moment. Wishes about several articles are judged at once. */
import { assert, err, ok, type Result } from '@holdfast/base';
import {
  currencyOf,
  type Attribute,
  attributeValueKey,
  ENTITY_TYPES,
  gtinKey,
  isGtin,
  MAX_CODE_LENGTH,
  MAX_STYLE_VARIANTS,
  parseOptions,
  pluKey,
  priceKey,
  readItem,
  variantKey,
} from '@holdfast/domain';

import { changesToRows, type EntityChange, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import type { SharedPublication } from '../catalog/publish.ts';
import type { Queries } from '../db/database.ts';
import { parsePrice } from '../import/refusal.ts';
import { isPlainText } from '../plain-text.ts';
import { readAttributes, valueWished } from './attributes.ts';
import { type Parents, pathOf } from './category-tree.ts';
import { readParents } from './filing.ts';
import { skusFrom } from './goods-filter.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';
import { fieldsAt, type Layer, layersOf, named, type Named, unitsOf, versionOf } from './product-layers.ts';
import type { ProductError, ProductWish } from './products.ts';

const { item, code: codeType, price: priceType, attributeValue: valueType } = ENTITY_TYPES;

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
  /** Of a wish that makes its article a variant which another one is: which. */
  readonly twins: ReadonlyMap<ProductWish, string>;
  /** Where a wish names attributes. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly parents: Parents;
}

export async function planAll(
  queries: Queries,
  tenantNo: number,
  wishes: readonly PlacedWish[],
): Promise<readonly Result<SharedPublication, ProductError>[]> {
  const layers = await layersOf(
    queries,
    tenantNo,
    wishes.map(({ wish }) => wish.sku),
  );
  const isOfAttributes = wishes.some(({ wish }) => wish.attributes !== undefined);
  const attributes = isOfAttributes ? await readAttributes({ database: queries, tenantNo }) : [];
  const known: Known = {
    layers,
    attributes: new Map(attributes.map((attribute) => [attribute.code, attribute])),
    parents: isOfAttributes ? await readParents({ database: queries, tenantNo }) : new Map(),
    twins: await twinsAmong(queries, layers, wishes),
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

/** A wish by which its article may become a variant that another one is. */
export const namesVariant = ({ fields: { style, options } }: ProductWish): boolean =>
  typeof style === 'string' || typeof options === 'string';

async function twinsAmong(queries: Queries, layers: Known['layers'], wishes: readonly PlacedWish[]): Promise<Known['twins']> {
  const twins = new Map<ProductWish, string>();
  for (const { place, wish } of wishes.filter((each) => namesVariant(each.wish))) {
    const alive = layers.get(wish.sku) ?? [];
    const own = alive.find((layer) => layer.type === item.type && layer.scope === place.scopes.at(-1));
    const before = fieldsAt(alive, place);
    const { style, options } = { ...before, ...fieldsOf(wish, own) };
    const read = typeof options === 'string' ? parseOptions(options) : undefined;
    if (typeof style !== 'string' || read?.ok !== true || (before?.['style'] === style && before['options'] === options)) continue;
    const at = { ...place, database: queries };
    const others = await readMerged(at, item, await skusFrom(at, { most: MAX_STYLE_VARIANTS, after: '', filter: { style } }));
    const twin = [...others].find(([sku, fields]) => {
      const other = sku === wish.sku ? undefined : readItem(sku, fields);
      return other?.ok === true && other.value.style === style && variantKey(other.value.options ?? []) === variantKey(read.value);
    });
    if (twin !== undefined) twins.set(wish, twin[0]);
  }
  return twins;
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
  const attributes = attributeChanges(known, { place, alive, wish, fields });
  if (!attributes.ok) return err({ type: 'badProduct', reason: attributes.error });
  const twin = known.twins.get(wish);
  if (twin !== undefined) return err({ type: 'variantTaken', sku: twin });
  const fault = faultOf(known, { place, alive, sku: wish.sku, fields, hasPacks: codes.value.hasPacks });
  if (fault !== undefined) return err({ type: 'badProduct', reason: fault });
  return publicationOf(wish, alive, [...changes, ...codes.value.changes, ...price.value, ...attributes.value]);
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
  ...(wish.codes ?? []).flatMap(({ code }) => codeKey(code) ?? []),
];

/** A PLU is a field of the item, by which it is shown, and a code, by which it is found: they go together. */
function codeChanges({ ownersByCode }: Known, { wish, alive, scope }: CodePlan): Result<CodeChanges, ProductError> {
  const codeLayers = alive.filter((layer) => layer.type === codeType.type);
  const held = new Map(codeLayers.filter((layer) => layer.scope === scope).map(({ key, fields }) => [key, unitsOf(fields)]));
  const isPlu = (key: string): boolean => key.startsWith(pluKey(''));
  const heldKeys = [...held.keys()];
  const wanted = new Map((wish.fields['plu'] === undefined ? heldKeys.filter(isPlu) : pluOf(wish)).map((key) => [key, held.get(key)]));
  for (const { code, units } of wish.codes ?? heldKeys.filter((key) => !isPlu(key)).map((key) => ({ code: key, units: undefined }))) {
    const key = codeKey(code);
    if (key === undefined) return err({ type: 'badProduct', reason: `${code} is no code: its check digit is wrong, or it is too long` });
    wanted.set(key, units ?? held.get(key));
  }
  for (const code of wanted.keys()) {
    const sku = held.has(code) ? undefined : ownersByCode.get(code)?.find((owner) => owner !== wish.sku);
    if (sku !== undefined) return err({ type: 'codeTaken', code, sku });
  }
  const packsElsewhere = codeLayers.filter((layer) => layer.scope !== scope && (unitsOf(layer.fields) ?? 1) > 1).map(({ key }) => key);
  const changes = [...wanted].flatMap(([key, units]): readonly EntityChange[] => {
    // A code of one piece says so where it covers a pack of a broader place; else it says nothing.
    const said = units !== undefined && (units > 1 || (scope !== 'global' && packsElsewhere.includes(key))) ? units : undefined;
    const of = { type: codeType.name, key, scope };
    if (!held.has(key)) return [{ ...of, fields: { sku: wish.sku, ...(said !== undefined && { units: said }) } }];
    const before = held.get(key);
    return units === before || said === before ? [] : [{ ...of, fields: { units: said ?? null } }];
  });
  const removed = heldKeys
    .filter((key) => !wanted.has(key))
    .map((key): EntityChange => ({ type: codeType.name, key, scope, removed: true }));
  const hasPacks = packsElsewhere.length > 0 || [...wanted.values()].some((units = 1) => units > 1);
  return ok({ changes: [...removed, ...changes], hasPacks });
}

interface CodeChanges {
  readonly changes: readonly EntityChange[];
  /** Some of its codes stand for more than one piece. */
  readonly hasPacks: boolean;
}

/** As the catalogue names it; undefined where no scanner could read it. */
function codeKey(text: string): string | undefined {
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

interface AttributePlan {
  readonly place: ReadPlace;
  readonly alive: readonly Layer[];
  readonly wish: ProductWish;
  /** That are written with them: they may file it elsewhere. */
  readonly fields: Named;
}

/** Those that differ under the scope; of what is written anew those that are not named go. */
function attributeChanges(
  { attributes, parents }: Known,
  { place, alive, wish, fields }: AttributePlan,
): Result<readonly EntityChange[], string> {
  if (wish.attributes === undefined) return ok([]);
  const scope = place.scopes.at(-1) ?? '';
  const held = new Map(
    alive.filter((layer) => layer.type === valueType.type && layer.scope === scope).map((layer) => [layer.key, layer.fields['1']]),
  );
  const { category } = { ...fieldsAt(alive, place), ...fields };
  const path = typeof category === 'string' ? pathOf(parents, category) : [];
  const changes: EntityChange[] = [];
  const said = new Set<string>();
  for (const [code, written] of Object.entries(wish.attributes)) {
    const key = attributeValueKey(wish.sku, code);
    said.add(key);
    const value = written === null ? ok(null) : valueWished(attributes.get(code), { code, written, path });
    if (!value.ok) return value;
    const of = { type: valueType.name, key, scope };
    if (value.value !== null && held.get(key) !== value.value) changes.push({ ...of, fields: { value: value.value } });
    if (value.value === null && held.has(key)) changes.push({ ...of, removed: true });
  }
  const gone = wish.mode === 'replace' ? [...held.keys()].filter((key) => !said.has(key)) : [];
  return ok([...changes, ...gone.map((key): EntityChange => ({ type: valueType.name, key, scope, removed: true }))]);
}

interface Judged {
  readonly place: ReadPlace;
  readonly alive: readonly Layer[];
  readonly sku: string;
  readonly fields: Named;
  readonly hasPacks: boolean;
}

/** A patch of some fields is judged as what it makes of the whole. */
function faultOf({ taxClasses }: Known, { place, alive, sku, fields, hasPacks }: Judged): string | undefined {
  const whole = { ...fieldsAt(alive, place), ...fields };
  const read = readItem(sku, Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)));
  if (!read.ok) return `${read.error.detail.field} is not ${read.error.detail.expected}`;
  const { taxClass, unit } = read.value;
  if (typeof fields['options'] === 'string' && read.value.style === undefined) return 'options are those of a style: say which';
  if (hasPacks && unit !== 'piece') return 'only of what is sold by the piece there are packs';
  return fields['taxClass'] === undefined || taxClasses.has(taxClass) ? undefined : `there is no tax class ${taxClass}`;
}
