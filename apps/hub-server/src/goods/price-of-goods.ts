/** What goods cost at a place at a moment: by the rule that its lanes have (`choosePrice`), for one piece and nobody in particular. */
import { choosePrice, ENTITY_TYPES, priceKeyPrefix, readPrice, type ScheduledPrice } from '@holdfast/domain';
import { namedFields, type Scalar } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';

interface Row {
  readonly sku: string;
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, Scalar>>;
}

const { type, columns } = ENTITY_TYPES.price;

/** All scheduled prices of goods, under whatever scope; what cannot be read is no price. */
export async function pricesOf(
  { database, tenantNo }: { readonly database: Queries; readonly tenantNo: number },
  skus: readonly string[],
): Promise<ReadonlyMap<string, readonly ScheduledPrice[]>> {
  const asked = skus.map((sku) => ({ sku, low: priceKeyPrefix(sku), high: `${priceKeyPrefix(sku)}\u{10FFFF}` }));
  const rows = await database.rows<Row>(
    `SELECT asked.sku, e.key, e.scope, e.fields FROM jsonb_to_recordset($2::jsonb) AS asked (sku text, low text COLLATE "C", high text COLLATE "C")
     CROSS JOIN LATERAL (SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ${type} AND alive AND key >= asked.low AND key < asked.high) AS e`,
    [tenantNo, JSON.stringify(asked)],
  );
  const prices = new Map<string, ScheduledPrice[]>(skus.map((sku) => [sku, []]));
  for (const { sku, key, scope, fields } of rows) {
    const numbered = new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));
    const price = readPrice(key, scope, namedFields(columns, numbered));
    if (price.ok) prices.get(sku)?.push(price.value);
  }
  return prices;
}

export interface PricePlace {
  readonly scopes: readonly string[];
  readonly currency: string;
}

export const priceAt = (prices: readonly ScheduledPrice[], { scopes, currency }: PricePlace, atMs: number): ScheduledPrice | undefined =>
  choosePrice(prices, { atMs, scopes, currency });
