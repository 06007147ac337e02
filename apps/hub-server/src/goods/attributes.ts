/**
 * Attributes that the retailer defined, each an entity that holds everywhere, and what articles say of them, each value an entity of its own: two people who write different attributes of one
 * article never meet. Values are judged by what stands when they are written.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Result } from '@holdfast/base';
import {
  admitsCategory,
  type Attribute,
  attributeKeyPrefix,
  attributeValueKey,
  attributeValueOf,
  ENTITY_TYPES,
  type Fields,
  type Item,
  MAX_ATTRIBUTES,
  readAttribute,
  sortAttributes,
} from '@holdfast/domain';

import { changesToRows, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { isCategory, type FilingPorts } from './filing.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

const { attribute: type, attributeValue } = ENTITY_TYPES;

/** By code, as somebody writes it; null takes it away. */
export type AttributeWish = Readonly<Record<string, string | number | boolean | null>>;

/** By their names. */
export async function readAttributes({ database, tenantNo }: FilingPorts): Promise<readonly Attribute[]> {
  const rows = await database.rows<{ code: string; fields: Readonly<Record<string, FieldValue>> }>(
    `SELECT key AS code, fields FROM entity WHERE tenant_no = $1 AND type = ${type.type} AND scope = 'global' AND alive`,
    [tenantNo],
  );
  return sortAttributes(
    rows.flatMap(({ code, fields }) => {
      const read = readAttribute(code, namedOf(fields));
      return read.ok ? [read.value] : [];
    }),
  );
}

const namedOf = (fields: Readonly<Record<string, FieldValue>>): Fields =>
  Object.fromEntries(
    type.columns.flatMap(({ name, number }) => {
      const value = fields[String(number)];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );

/** What each of some articles says everywhere, by `attributeValueKey`. One look-up each, as `layersOf` has them. */
export async function valuesEverywhere({ database, tenantNo }: FilingPorts, skus: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await database.rows<{ key: string; value: string }>(
    `SELECT held.key, held.value FROM unnest($2::text[], $3::text[]) AS asked (low, high)
     CROSS JOIN LATERAL (SELECT key, fields ->> '1' AS value FROM entity
       WHERE tenant_no = $1 AND key >= asked.low COLLATE "C" AND key < asked.high COLLATE "C" AND type = ${attributeValue.type} AND scope = 'global' AND alive OFFSET 0) AS held`,
    [tenantNo, skus.map(attributeKeyPrefix), skus.map((sku) => `${attributeKeyPrefix(sku)}\u{10FFFF}`)],
  );
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** What some articles have of these attributes at a place, by their codes; of an article that has none of them nothing. */
export async function valuesAt(
  place: ReadPlace,
  items: readonly Pick<Item, 'sku'>[],
  codes: readonly string[],
): Promise<(item: Pick<Item, 'sku'>) => Readonly<Record<string, string>>> {
  const held = await readMerged(
    place,
    attributeValue,
    items.flatMap(({ sku }) => codes.map((code) => attributeValueKey(sku, code))),
  );
  return ({ sku }) =>
    Object.fromEntries(
      codes.flatMap((code): readonly (readonly [string, string])[] => {
        const value = held.get(attributeValueKey(sku, code))?.['value'];
        return typeof value === 'string' ? [[code, value]] : [];
      }),
    );
}

/** How many articles have each everywhere; none has one that is not named. */
export async function sizesOfAttributes({ database, tenantNo }: FilingPorts): Promise<ReadonlyMap<string, number>> {
  const rows = await database.rows<{ code: string; size: number }>('SELECT code, size FROM sizes_of_attributes($1)', [tenantNo]);
  return new Map(rows.map(({ code, size }) => [code, size]));
}

export const versionOfAttribute = (attribute: Attribute): string =>
  createHash('sha256').update(JSON.stringify(attribute)).digest('base64url').slice(0, 22);

export interface Wished {
  readonly code: string;
  readonly written: string | number | boolean;
  /** The category that the article is filed under, below all that it lies in. */
  readonly path: readonly string[];
}

/** The value in its one spelling, or why an article of that category cannot have it. */
export function valueWished(attribute: Attribute | undefined, { code, written, path }: Wished): Result<string, string> {
  if (attribute === undefined) return err(`there is no attribute ${JSON.stringify(code)}`);
  if (!admitsCategory(attribute, path)) return err(`${code} is an attribute of what is filed under ${attribute.category}`);
  const value = attributeValueOf(attribute, String(written));
  return value.ok ? value : err(`${code} is not ${value.error.expected}`);
}

export interface AttributeChange {
  readonly code: string;
  /** Null: it goes, with all values that articles have of it. */
  readonly attribute: Omit<Attribute, 'code'> | null;
  /** The version that its writer read. */
  readonly version?: string | undefined;
  readonly by: string;
}

export type AttributeError =
  | { readonly type: 'unknownAttribute' }
  | { readonly type: 'changedSince' }
  /** Articles say something of it, as what it was. */
  | { readonly type: 'attributeInUse' }
  | { readonly type: 'badAttribute'; readonly reason: string };

export async function writeAttribute(
  catalog: Catalog,
  { database, tenantNo }: { readonly database: Database; readonly tenantNo: number },
  change: AttributeChange,
): Promise<Result<Published, AttributeError>> {
  const { code, attribute, by } = change;
  const written = await database.transaction(async (tx): Promise<Result<Published, AttributeError>> => {
    // The sequencer first: what is compared is what stands when it is written.
    const publication = await catalog.open(tx, `attribute ${code} ${attribute === null ? 'removed' : 'written'}`);
    const at = { database: tx, tenantNo };
    const planned = await plan(at, change);
    if (!planned.ok) return planned;
    if (attribute === null) for await (const rows of removedValues(at, code)) await publication.put(rows);
    await publication.put([planned.value]);
    return ok(await publication.finish({ by }));
  });
  if (written.ok) catalog.announce(written.value);
  return written;
}

type At = { readonly database: Queries; readonly tenantNo: number };

async function plan(at: At, { code, attribute, version }: AttributeChange): Promise<Result<EntityRow, AttributeError>> {
  const all = await readAttributes(at);
  const held = all.find((each) => each.code === code);
  if (held === undefined && attribute === null) return err({ type: 'unknownAttribute' });
  if (version !== undefined && (held === undefined || version !== versionOfAttribute(held))) return err({ type: 'changedSince' });
  const bad = (reason: string): Result<never, AttributeError> => err({ type: 'badAttribute', reason });
  if (attribute === null) return ok({ t: type.type, k: code, s: 'global', f: {}, r: true });
  if (held === undefined && all.length >= MAX_ATTRIBUTES) return bad(`There are at most ${MAX_ATTRIBUTES} attributes`);
  if (held !== undefined && held.type !== attribute.type && (await someValues(at, code, undefined, 1)).length > 0)
    return err({ type: 'attributeInUse' });
  if (attribute.category !== undefined && !(await isCategory(at, attribute.category)))
    return bad(`There is no category ${attribute.category}`);
  const said: Fields = {
    name: attribute.name,
    type: attribute.type,
    ...(attribute.unit !== undefined && { unit: attribute.unit }),
    ...(attribute.decimals !== undefined && { decimals: attribute.decimals }),
    ...(attribute.choices !== undefined && { choices: attribute.choices.join('\n') }),
    ...(attribute.category !== undefined && { category: attribute.category }),
  };
  const read = readAttribute(code, said);
  if (!read.ok) return bad(`${read.error.detail.field} is not ${read.error.detail.expected}`);
  // What is not said is cleared.
  const fields = Object.fromEntries(
    type.columns.flatMap(({ name }): readonly (readonly [string, FieldValue])[] =>
      said[name] !== undefined ? [[name, said[name] as FieldValue]] : held === undefined ? [] : [[name, null]],
    ),
  );
  const rows = changesToRows([{ type: type.name, key: code, scope: 'global', fields }]);
  if (!rows.ok) return bad(rows.error.reason);
  const [row] = rows.value;
  assert(row !== undefined, 'a change is a row');
  return ok(row);
}

interface Value {
  readonly value: string;
  readonly key: string;
  readonly place: string;
}

const someValues = async ({ database, tenantNo }: At, code: string, after: Value | undefined, most: number): Promise<readonly Value[]> =>
  database.rows<Value>('SELECT value, key, place FROM values_of_attribute($1, $2, $3, $4, $5, $6)', [
    tenantNo,
    code,
    after?.value ?? '',
    after?.key ?? '',
    after?.place ?? '',
    most,
  ]);

/** Few enough that each is told (`MOST_TOLD`), and taken back. */
const VALUES_AT_ONCE = 400;

async function* removedValues(at: At, code: string): AsyncGenerator<readonly EntityRow[]> {
  let after: Value | undefined;
  do {
    const values: readonly Value[] = await someValues(at, code, after, VALUES_AT_ONCE);
    if (values.length > 0) yield values.map(({ key, place }) => ({ t: attributeValue.type, k: key, s: place, f: {}, r: true }));
    after = values.at(-1);
  } while (after !== undefined);
}
