/** Goods as they are looked for, and the pages of keys they stand on, over HTTP. */
import { createHash } from 'node:crypto';

import type { Clock } from '@holdfast/base';
import {
  isAttributeCode,
  type Item,
  isPageName,
  MAX_PAGE_KEYS,
  MAX_PAGE_NAME,
  MAX_PAGE_POSITION,
  MAX_STYLE_LENGTH,
  optionsText,
} from '@holdfast/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';

import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';
import { valuesAt } from '../goods/attributes.ts';
import { branchOf } from '../goods/category-tree.ts';
import { type FilingPorts, readParents } from '../goods/filing.ts';
import { findGoods, listGoods, parseGoodsCursor } from '../goods/find-goods.ts';
import { type GoodsFilter, isFiled, listNames, parseAttributeFilter, withAttribute } from '../goods/goods-filter.ts';
import { arrangeKeyPage, readKeyPages } from '../goods/key-pages.ts';
import { findPlace, type ReadPlace } from '../goods/merged-entities.ts';
import { priceAt, pricesOf } from '../goods/price-of-goods.ts';
import { isPlainText } from '../plain-text.ts';
import { BRANDS, KEY_PAGES, PRODUCTS, SOME_OF_PRODUCTS } from './answers/goods.ts';
import { PUBLISHED } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { fieldsQuestion, pickFields, someOf } from './sparse-fields.ts';

export interface GoodsRoutePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly catalog: Catalog;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const MAX_QUESTION = 200;
/** Whose values one question is answered. */
const MAX_ATTRIBUTES_ASKED = 10;
/** All stores, or one. */
export const GOODS_SCOPE = z
  .string()
  .max(70)
  .regex(/^(?:global|store:[^\p{Cc}]+)$/u, 'is global or store:S')
  .default('global');
const filed = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((name) => isPlainText(name, maxLength), 'holds control characters')
    .optional();
const words = z
  .string()
  .trim()
  .min(1)
  .max(MAX_QUESTION)
  .refine((text) => isPlainText(text, MAX_QUESTION), 'holds control characters')
  .optional();
/** What articles are filed under. */
const FILED = {
  department: filed(400),
  /** A category, with all that lies in it. */
  within: filed(400),
  brand: filed(400),
  /** All variants of one. */
  style: filed(MAX_STYLE_LENGTH),
  /** Those that carry this collection's name. */
  collection: filed(64),
  taxClass: filed(64),
  /** `CODE:VALUE`: those that have this value of that attribute, as it is kept. */
  attribute: filed(300).refine((text) => text === undefined || parseAttributeFilter(text) !== undefined, 'is no CODE:VALUE'),
};
export const GOODS_FILTER = z.object({ q: words, ...FILED });
/** What is asked for, with all that lies in a category. */
export async function filterOf<Asked extends Omit<GoodsFilter, 'within'>>(
  ports: FilingPorts,
  { within, ...rest }: Asked & { readonly within?: string | undefined },
): Promise<Omit<Asked, 'within'> & GoodsFilter> {
  return { ...rest, ...(within !== undefined && { within: branchOf(await readParents(ports), within) }) };
}
const searchSchema = z.object({
  /** Absent: all, in the order of their SKUs. */
  q: words,
  scope: GOODS_SCOPE,
  limit: z.coerce.number().int().min(1).max(200).default(24),
  /** What one of each costs there now is answered with it. */
  prices: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  /** Codes with commas between them: what each has of these attributes there is answered with it. */
  attributes: z
    .string()
    .max(500)
    .transform((text) => [...new Set(text.split(','))])
    .refine(
      (codes) => codes.length <= MAX_ATTRIBUTES_ASKED && codes.every(isAttributeCode),
      `is no 1 to ${MAX_ATTRIBUTES_ASKED} codes of attributes`,
    )
    .optional(),
  cursor: z.string().max(10_000).optional(),
  ...FILED,
  fields: fieldsQuestion([
    'sku',
    'name',
    'brand',
    'department',
    'plu',
    'symbol',
    'unit',
    'picture',
    'style',
    'options',
    'price',
    'attributes',
  ]),
});
export const NAMES_QUESTION = z.object({
  /** How their names begin. */
  q: z
    .string()
    .max(400)
    .refine((text) => isPlainText(text, 400), 'holds control characters')
    .default(''),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: filed(400),
  /** How many articles have each. */
  counts: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
const pagesSchema = z.object({ scope: GOODS_SCOPE });
const pageSchema = z.object({
  page: z.string().refine(isPageName, `is a name of 1 to ${MAX_PAGE_NAME} characters`),
});
const keysSchema = z.object({
  scope: GOODS_SCOPE,
  position: z.int().min(-MAX_PAGE_POSITION).max(MAX_PAGE_POSITION),
  skus: z
    .array(z.string().min(1).max(400))
    .max(MAX_PAGE_KEYS)
    .refine((skus) => new Set(skus).size === skus.length, 'holds goods twice')
    .refine((skus) => skus.every((sku) => isPlainText(sku, 400) && !sku.includes('\n')), 'holds control characters'),
});

const productOf = ({ sku, name, brand, category, plu, symbol, unit, picture, style, options }: Item) => ({
  sku,
  name,
  brand,
  department: category,
  plu,
  symbol,
  unit,
  picture,
  style,
  options: options && optionsText(options),
});

export function addGoodsRoutes(api: Api, ports: GoodsRoutePorts): void {
  /** Undefined once it is answered. */
  const placeOf = async (response: Response, at: string): Promise<ReadPlace | undefined> => {
    const place = await findPlace(ports.database, ports.tenantNo, at);
    if (place === undefined) sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
    return place;
  };
  api.add(
    {
      method: 'get',
      path: '/api/v1/product',
      sight: 'somewhere',
      summary: 'Goods by words, codes and SKUs, or all of them',
      question: searchSchema,
      isVersioned: true,
      answer: someOf(PRODUCTS, SOME_OF_PRODUCTS),
    },
    async (response, { question }, request) => {
      const place = await placeOf(response, question.scope);
      if (place === undefined) return;
      const { q, limit, cursor } = question;
      const filter = await filterOf(ports, question);
      const after = cursor === undefined || q === undefined ? undefined : parseGoodsCursor(cursor);
      if (cursor !== undefined && (q === undefined ? !isPlainText(cursor, 400) : after === undefined))
        return sendProblem(response, { type: 'badRequest', status: 400, title: '`cursor` is no answer’s `next`.' });
      // What a price is depends on the hour.
      if (!question.prices && (await isHeld(ports, place, request, response))) return;
      const { items, next } = await (q === undefined
        ? listGoods(place, { limit, after: cursor, filter })
        : findGoods(place, { text: q, limit, after }));
      const having = await withAttribute(
        place,
        items.map(({ sku }) => sku),
        filter,
      );
      const shown = items.filter((item) => having.has(item.sku) && isFiled(item, filter));
      const priceOf = question.prices ? await pricesAt(ports, place, shown) : undefined;
      const valuesOf = question.attributes && (await valuesAt(place, shown, question.attributes));
      const products = shown.map((item) =>
        pickFields(
          { ...productOf(item), ...(priceOf && { price: priceOf(item) }), ...(valuesOf && { attributes: valuesOf(item) }) },
          question.fields,
        ),
      );
      response.json({ products, next });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/brands',
      sight: 'somewhere',
      summary: 'The brands that articles have, in the order of their names',
      question: NAMES_QUESTION,
      answer: BRANDS,
    },
    async (response, { question }) => {
      const { q: begins, limit, cursor: after, counts } = question;
      const { names: brands, ...rest } = await listNames(ports, 'brands', { begins, limit, after, counts });
      response.json({ brands, ...rest });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/key-pages',
      sight: 'place',
      summary: 'Pages of keys that lanes show',
      question: pagesSchema,
      isVersioned: true,
      answer: KEY_PAGES,
    },
    async (response, { question }, request) => {
      const place = await placeOf(response, question.scope);
      if (place === undefined || (await isHeld(ports, place, request, response))) return;
      const pages = await readKeyPages(place);
      response.json({
        pages: pages.map((page) => ({ ...page, keys: page.keys.map(productOf) })),
        maxKeys: MAX_PAGE_KEYS,
        maxName: MAX_PAGE_NAME,
      });
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/key-pages/:page',
      sight: 'somewhere',
      summary: 'Arranges a page of keys; without goods it is gone',
      question: pageSchema,
      body: keysSchema,
      answer: PUBLISHED,
    },
    async (response, { question, body }) => {
      const { scope, position, skus } = body;
      const place = await placeOf(response, scope);
      if (place === undefined || !(await mayConsole(ports, response, 'arrangeKeys', [scope]))) return;
      const arranged = await arrangeKeyPage(ports.catalog, place, { name: question.page, position, skus, by: askerOf(response).user });
      if (arranged.ok) response.json(arranged.value);
      else
        sendProblem(response, {
          type: arranged.error.type,
          status: 422,
          title: `There are no goods ${arranged.error.sku} there. Nothing was changed.`,
        });
    },
  );
}

interface ShownPrice {
  readonly amount: number;
  readonly decimals: number;
  readonly currency: string;
  readonly type: string;
}

/** Of each what it costs there now; null: nothing does. */
export async function pricesAt(
  { database, tenantNo, clock }: GoodsRoutePorts,
  { scopes }: ReadPlace,
  items: readonly Item[],
): Promise<(item: Item) => ShownPrice | null> {
  const own = scopes.at(-1)?.replace(/^store:/, '') ?? '';
  const stores = await listStores(database, tenantNo);
  const currency = (stores.find(({ store }) => store === own) ?? stores[0])?.currency ?? 'EUR';
  const prices = await pricesOf(
    { database, tenantNo },
    items.map(({ sku }) => sku),
  );
  return ({ sku }) => {
    const price = priceAt(prices.get(sku) ?? [], { scopes, currency }, clock.nowMs());
    return price === undefined ? null : { ...price.price, currency, type: price.type };
  };
}

/** Nothing that these paths say changes without a publication: whoever shows what it was told last is told no more, and nothing is looked up. */
export async function isHeld(
  { database, tenantNo }: Pick<GoodsRoutePorts, 'database' | 'tenantNo'>,
  { scopes }: Pick<ReadPlace, 'scopes'>,
  request: Request,
  response: Response,
): Promise<boolean> {
  const [head] = await database.rows<{ history: string }>('SELECT history_hash AS history FROM tenant WHERE tenant_no = $1', [tenantNo]);
  const tag = createHash('sha256')
    .update(JSON.stringify([head?.history, scopes, request.originalUrl]))
    .digest('base64url')
    .slice(0, 22);
  response.setHeader('ETag', `"${tag}"`);
  response.setHeader('Cache-Control', 'private, no-cache');
  if (request.headers['if-none-match'] !== `"${tag}"`) return false;
  response.status(304).end();
  return true;
}
