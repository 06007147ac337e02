/** Articles, collections and pages of keys as they are answered. */
import { ATTRIBUTE_TYPES, UNITS } from '@holdfast/domain';
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
  /** Of a variant: its style, and what tells it apart (`Size: M; Colour: Blue`). */
  style: z.string().optional(),
  options: z.string().optional(),
};
/** A price comes to who asks for prices; null: it has none there. Attributes to who names some: by their codes, those of them that it has. */
const row = z.object({ ...key, price: shownPrice.nullable().optional(), attributes: z.record(z.string(), z.string()).optional() });
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
  /** `units` of a pack: how many pieces it holds. */
  codes: z.array(z.object({ code: z.string(), scope: z.string(), units: z.int().optional() })),
  prices: z.array(z.object({ key: z.string(), scope: z.string(), fields: namedFields })),
  /** By the codes of their attributes, as the place has them. */
  attributes: z.record(z.string(), z.string()),
});

const attribute = z.object({
  attribute: z.string(),
  name: z.string(),
  type: z.enum(ATTRIBUTE_TYPES),
  /** Of a number: what it counts, and how many decimals it may have. */
  unit: z.string().optional(),
  decimals: z.int().optional(),
  /** Of a choice. */
  choices: z.array(z.string()).optional(),
  /** Only of goods of this category and of what lies in it; absent: of all. */
  category: z.string().optional(),
});
/** `size`: how many articles have each everywhere, where that was asked for. */
export const ATTRIBUTES = z.object({ attributes: z.array(attribute.extend({ size: z.int().optional() })) });
export const ATTRIBUTE = attribute.extend({ version: z.string() });

/** What was written, or what each store would get where a preview was asked for. */
export const WRITTEN = z.union([PUBLISHED, PREVIEWED]);

export const GOODS_WORDS = z.object({
  taxClasses: z.array(z.object({ key: z.string(), name: z.string() })),
  departments: z.array(z.string()),
});
/** `sizes`: how many articles have each, where that was asked for. */
export const BRANDS = z.object({ brands: z.array(z.string()), next, sizes: z.record(z.string(), z.int()).optional() });
export const STYLES = z.object({ styles: z.array(z.string()), next, sizes: z.record(z.string(), z.int()).optional() });
const option = z.object({ name: z.string(), value: z.string() });
export const STYLE = z.object({
  style: z.string(),
  /** What its variants differ in, and each value that one of them has, in the order in which a shop lays them out. */
  axes: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  /** Options are those of the axes, in their order and words. */
  variants: z.array(z.object({ sku: z.string(), name: z.string(), options: z.array(option), price: shownPrice.nullable() })),
  /** False: these are the first ones by SKU. */
  isWhole: z.boolean(),
});
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
      /** All that it names, where some of it is in no catalogue (yet) and has no key. */
      skus: z.array(z.string()).optional(),
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
