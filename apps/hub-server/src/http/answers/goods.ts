/** Articles, collections and pages of keys as they are answered. */
import { UNITS } from '@holdfast/domain';
import { z } from 'zod';

import { namedFields, PREVIEWED, PUBLISHED, shownPrice } from './parts.ts';

const key = {
  sku: z.string(),
  name: z.string(),
  brand: z.string().optional(),
  department: z.string().optional(),
  plu: z.string().optional(),
  symbol: z.string().optional(),
  unit: z.enum(UNITS),
  /** The name of its picture. */
  picture: z.string().optional(),
};
/** A price comes to who asks for prices; null: it has none there. */
const row = z.object({ ...key, price: shownPrice.nullable().optional() });
const next = z.string().nullable();
export const PRODUCTS = z.object({ products: z.array(row), next });
export const SOME_OF_PRODUCTS = z.object({ products: z.array(row.partial()), next });

export const PRODUCT = z.object({
  sku: z.string(),
  /** Of what it is everywhere: another one after each change. */
  version: z.string(),
  /** As the place has them. */
  fields: namedFields,
  layers: z.array(z.object({ scope: z.string(), fields: namedFields })),
  codes: z.array(z.object({ code: z.string(), scope: z.string() })),
  prices: z.array(z.object({ key: z.string(), scope: z.string(), fields: namedFields })),
});

/** What was written, or what each store would get where a preview was asked for. */
export const WRITTEN = z.union([PUBLISHED, PREVIEWED]);

export const GOODS_WORDS = z.object({
  taxClasses: z.array(z.object({ key: z.string(), name: z.string() })),
  departments: z.array(z.string()),
});
/** `sizes`: how many articles have each, where that was asked for. */
export const BRANDS = z.object({ brands: z.array(z.string()), next, sizes: z.record(z.string(), z.int()).optional() });
export const CATEGORIES = z.object({
  categories: z.array(
    z.object({
      category: z.string(),
      /** What it lies in; null: in none. */
      parent: z.string().nullable(),
      /** Lanes show it as a tab. */
      isDepartment: z.boolean(),
      /** Articles that carry its name everywhere, without those of what lies in it. */
      size: z.int(),
    }),
  ),
});
export const PICTURE_SET = PUBLISHED.extend({ picture: z.string().nullable() });

export const KEY_PAGES = z.object({
  pages: z.array(
    z.object({
      name: z.string(),
      position: z.int(),
      /** By somebody; else it is made of departments. */
      isArranged: z.boolean(),
      keys: z.array(z.object(key)),
    }),
  ),
  maxKeys: z.int(),
  maxName: z.int(),
});

const collection = { collection: z.string(), title: z.string(), description: z.string().nullable() };
const collectionRow = z.object({ ...collection, size: z.int() });
export const COLLECTIONS = z.object({ collections: z.array(collectionRow), next });
export const SOME_OF_COLLECTIONS = z.object({ collections: z.array(collectionRow.partial()), next });
export const COLLECTION_WHOLE = z.object({ ...collection, products: z.array(z.string()), version: z.string() });
