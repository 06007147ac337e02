/**
 * Articles, whole: an item with all its fields, its codes and its prices, read at a place and written under one scope. What is written is judged as a lane will read it there, and only if
 * nobody wrote the article since its writer read it.
 */
import { assert, err, ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import { LoopFault } from '../catalog/loops.ts';
import { type PreviewGroup, previewChanges } from '../catalog/preview.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { isTransient } from '../db/unreachable.ts';
import { listStores } from '../enrolment/stores.ts';
import { createTurns } from '../turns.ts';
import type { AttributeWish } from './attributes.ts';
import type { ReadPlace } from './merged-entities.ts';
import { attributesAt, fieldsAt, type Layer, layersOf, named, type Named, unitsOf, versionOf } from './product-layers.ts';
import { namedCodes, namesVariant, planAll, type PlacedWish } from './product-plan.ts';

const { item, code: codeType, price: priceType } = ENTITY_TYPES;

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
  /** `units` of a pack: how many pieces it holds. */
  readonly codes: readonly { readonly code: string; readonly scope: string; readonly units?: number }[];
  readonly prices: readonly ProductPrice[];
  /** By the codes of their attributes, as the place reads them. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface CodeWish {
  readonly code: string;
  /** How many pieces it stands for; absent: as it is, and one where it is new. */
  readonly units?: number | undefined;
}

export interface ProductWish {
  readonly sku: string;
  readonly mode: 'create' | 'replace' | 'patch' | 'remove';
  readonly fields: Named;
  /** All that it shall have under the scope; absent: as they are. */
  readonly codes?: readonly CodeWish[] | undefined;
  /** Values by the codes of their attributes, as somebody writes them; null: it has none under the scope. Absent: as they are. */
  readonly attributes?: AttributeWish | undefined;
  /** What it costs from now on, as it is written on a shelf. */
  readonly price?: { readonly amount: string; readonly currency: string } | undefined;
  /** The version that its writer read. */
  readonly version?: string | undefined;
  readonly by: string;
  /** Fields that its writer does not see: written anew, it keeps them. */
  readonly keeps?: (field: string) => boolean;
}

export type ProductError =
  | { readonly type: 'unknownGoods' }
  | { readonly type: 'productExists' }
  | { readonly type: 'changedSince' }
  | { readonly type: 'codeTaken'; readonly code: string; readonly sku: string }
  /** The style has that variant. */
  | { readonly type: 'variantTaken'; readonly sku: string }
  | { readonly type: 'badProduct'; readonly reason: string };

function productOf(layers: readonly Layer[], place: ReadPlace, sku: string): Product | undefined {
  const fields = fieldsAt(layers, place);
  if (fields === undefined) return undefined;
  return {
    sku,
    version: versionOf(layers),
    fields,
    layers: layers
      .filter(({ type }) => type === item.type)
      .map((layer) => ({ scope: layer.scope, fields: named(item.columns, layer.fields) })),
    codes: layers
      .filter(({ type }) => type === codeType.type)
      .map(({ key, scope, fields: of }) => {
        const units = unitsOf(of);
        return { code: key, scope, ...(units !== undefined && { units }) };
      }),
    prices: layers
      .filter(({ type }) => type === priceType.type)
      .map((layer) => ({ key: layer.key, scope: layer.scope, fields: named(priceType.columns, layer.fields) })),
    attributes: attributesAt(layers, place),
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

export interface Products {
  /** Undefined where no scope of the place has it. */
  read(place: ReadPlace, sku: string): Promise<Product | undefined>;
  /** What it would be for each store; nothing is published. */
  preview(place: ReadPlace, wish: ProductWish): Promise<Result<readonly PreviewGroup[], ProductError>>;
  write(place: ReadPlace, wish: ProductWish): Promise<Result<Published, ProductError>>;
}

/** Articles of one question; more wait for the next one. */
const READ_TOGETHER = 64;
/** Publications of one transaction, each with its own position: their flush is one. */
const WRITTEN_TOGETHER = 32;
const READS_AT_ONCE = { postgres: 3, pglite: 1 } as const;

export function createProducts({
  database,
  tenantNo,
  catalog,
}: {
  readonly database: Database;
  readonly tenantNo: number;
  readonly catalog: Catalog;
}): Products {
  const reads = createTurns<string, readonly Layer[]>({
    most: READ_TOGETHER,
    turnsAtOnce: READS_AT_ONCE[database.engine],
    isOfOne: (cause) => !isTransient(cause),
    take: async (skus) => {
      const layers = await layersOf(database, tenantNo, [...new Set(skus)]);
      return skus.map((sku) => layers.get(sku) ?? []);
    },
  });
  const writes = createTurns<PlacedWish, Result<Published, ProductError>>({
    most: WRITTEN_TOGETHER,
    turnsAtOnce: 1,
    claimsOf: ({ wish }) => [
      `sku:${wish.sku}`,
      ...namedCodes(wish).map((code) => `code:${code}`),
      ...(namesVariant(wish) ? ['variants'] : []),
    ],
    isOfOne: (cause) => !isTransient(cause),
    take: async (wishes) => {
      const written = await database.transaction(async (tx) => {
        // The sequencer first: what is compared is what stands when it is written.
        const turn = await catalog.openShared(tx);
        const planned = await planAll(tx, tenantNo, wishes);
        const published = await turn.publish(planned.flatMap((plan) => (plan.ok ? [plan.value] : [])));
        let next = 0;
        return planned.map((plan) => (plan.ok ? ok(published[next++]!) : plan));
      });
      const changing = written.flatMap((each) => (each.ok && each.value.lsn !== null ? [each.value] : []));
      const lsn = changing.at(-1)?.lsn ?? null;
      catalog.announce({ lsn, changed: changing.reduce((sum, { changed }) => sum + changed, 0) });
      return written;
    },
  });
  return {
    read: async (place, sku) => productOf(await reads.ask(sku), place, sku),
    preview: async (place, wish) => {
      const [planned] = await planAll(database, tenantNo, [{ place, wish }]);
      assert(planned !== undefined, 'each wish has its plan');
      if (!planned.ok) return planned;
      return ok(await previewChanges(database, tenantNo, planned.value.rows, await listStores(database, tenantNo)));
    },
    write: async (place, wish) => {
      try {
        return await writes.ask({ place, wish });
      } catch (error) {
        if (error instanceof LoopFault) return err({ type: 'badProduct', reason: error.message });
        throw error;
      }
    },
  };
}
