/** Articles over HTTP: read whole, made, replaced, changed, removed; each of these shown store by store first to whoever asks for a preview. */
import { isAttributeCode, MAX_PACK_UNITS } from '@holdfast/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';

import { readAttributes } from '../goods/attributes.ts';
import { findPlace, type ReadPlace } from '../goods/merged-entities.ts';
import { createProducts, readGoodsWords, type ProductError, type Products, type ProductWish } from '../goods/products.ts';
import { catalogHeader, catalogWorkbook, exportCatalog } from '../import/export-catalog.ts';
import { MAX_WORKBOOK_ROWS } from '../import/table-workbook.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { isWithheldField } from '../permissions/withheld-fields.ts';
import { isPlainText } from '../plain-text.ts';
import { GOODS_WORDS, PRODUCT, WRITTEN } from './answers/goods.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { sendLines } from './change-routes.ts';
import { PART } from './field-guard.ts';
import { GOODS_SCOPE, type GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { fieldsQuestion, pickFields, someOf } from './sparse-fields.ts';

const MAX_SKU = 128;
export const PRODUCT_SKU = z
  .string()
  .min(1)
  .max(MAX_SKU)
  .refine((text) => isPlainText(text, MAX_SKU) && !text.includes('\n'), 'holds control characters');
/** Of an attribute. */
export const ATTRIBUTE_CODE = z.string().max(40).refine(isAttributeCode, 'is no code of an attribute: small letters, figures, - and _');
const questionSchema = z.object({ sku: PRODUCT_SKU, scope: GOODS_SCOPE });
const readQuestion = questionSchema.extend({
  fields: fieldsQuestion(['sku', 'version', 'fields', 'layers', 'codes', 'prices', 'attributes']),
});
/** Answers what each store would get, and changes nothing. */
export const PREVIEW = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const writeQuestion = questionSchema.extend({ preview: PREVIEW });
export const PRODUCT_FIELDS = z.record(z.string().max(64), z.union([z.string(), z.number(), z.boolean(), z.null()]));
/** By the codes of their attributes, as somebody writes them: `12,5`, `yes`; null takes one away. */
export const ATTRIBUTE_VALUES = z.record(ATTRIBUTE_CODE, z.union([z.string().max(400), z.number(), z.boolean(), z.null()]));
const CODE_TEXT = z.string().min(1).max(128);
/** `units` of a pack: how many pieces of the article it stands for. A code alone stands for as many as it did, and for one where it is new. */
const PACK_CODE = z.object({ code: CODE_TEXT, units: z.int().min(1).max(MAX_PACK_UNITS) });
const bodySchema = z.object({
  /** By name, as `POST /api/v1/publications` has them; null clears one. */
  fields: PRODUCT_FIELDS.default({}),
  /** All that it shall have: GTINs as they are printed, or what else scanners read. */
  codes: z
    .array(z.union([CODE_TEXT.transform((code) => ({ code })), PACK_CODE]))
    .max(200)
    .optional(),
  price: z.object({ amount: z.string().max(20), currency: z.string().length(3) }).optional(),
  /** Absent: as they are. Of what is written anew those that are not named go. */
  attributes: ATTRIBUTE_VALUES.optional(),
});
const createSchema = bodySchema.extend({ sku: PRODUCT_SKU, scope: GOODS_SCOPE });

const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

type Mode = ProductWish['mode'];

interface ProductRoutePorts extends GoodsRoutePorts {
  readonly products: Products;
}

export function addProductRoutes(api: Api, goods: GoodsRoutePorts): void {
  const ports: ProductRoutePorts = { ...goods, products: createProducts(goods) };
  api.add(
    {
      method: 'get',
      path: '/api/v1/product/:sku',
      sight: 'somewhere',
      summary: 'An article whole, as a place has it',
      question: readQuestion,
      isVersioned: true,
      answer: someOf(PRODUCT, PRODUCT.partial()),
    },
    async (response, { question }, request) => {
      const place = await placeOf(ports, response, question.scope);
      if (place === undefined) return;
      const product = await ports.products.read(place, question.sku);
      if (product === undefined) return sendError(response, { type: 'unknownGoods' });
      response.setHeader('ETag', `"${product.version}"`);
      response.setHeader('Cache-Control', 'private, no-cache');
      if (request.headers['if-none-match'] === `"${product.version}"`) response.status(304).end();
      else response.json(pickFields(product, question.fields));
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/product',
      sight: 'somewhere',
      summary: 'Makes an article',
      question: writeQuestion.omit({ sku: true, scope: true }),
      body: createSchema,
      status: 201,
      answer: WRITTEN,
    },
    async (response, { question, body }, request) =>
      write(ports, request, response, { mode: 'create', ...question, sku: body.sku, scope: body.scope, body }),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/goods-words',
      sight: 'somewhere',
      summary: 'The tax classes that articles may have, and the departments that there are',
      answer: GOODS_WORDS,
    },
    async (response) => {
      response.json(await readGoodsWords(ports.database, ports.tenantNo));
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/catalog.csv', isCostly: true, summary: 'All goods as a file that an import takes', gives: 'text/csv' },
    async (response) => {
      const attributes = await readAttributes(ports);
      await sendLines(response, 'catalog.csv', catalogHeader(attributes), exportCatalog(ports.database, ports.tenantNo, attributes));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/catalog.xlsx',
      isCostly: true,
      summary: 'The same as a workbook; every cell of it is text',
      gives: WORKBOOK,
    },
    async (response) => {
      const workbook = await catalogWorkbook(ports.database, ports.tenantNo, await readAttributes(ports));
      if (workbook === undefined)
        return sendProblem(response, {
          type: 'tooLarge',
          status: 422,
          title: `A workbook has at most ${MAX_WORKBOOK_ROWS} rows: take the CSV file.`,
        });
      response.type(WORKBOOK).setHeader('Content-Disposition', 'attachment; filename="catalog.xlsx"');
      response.end(workbook);
    },
  );
  const changing = (method: 'put' | 'patch', mode: Mode, summary: string): void =>
    api.add(
      {
        method,
        path: '/api/v1/product/:sku',
        sight: 'somewhere',
        summary,
        question: writeQuestion,
        body: bodySchema,
        isVersioned: true,
        answer: WRITTEN,
      },
      async (response, { question, body }, request) => write(ports, request, response, { mode, ...question, body }),
    );
  changing('put', 'replace', 'Makes an article, or writes it anew: what is not named is cleared');
  changing('patch', 'patch', 'Changes what is named of an article');
  api.add(
    {
      method: 'delete',
      path: '/api/v1/product/:sku',
      sight: 'somewhere',
      summary: 'Removes an article with its codes and prices; of a store, what is its own',
      question: writeQuestion,
      isVersioned: true,
      answer: WRITTEN,
    },
    async (response, { question }, request) => write(ports, request, response, { mode: 'remove', ...question, body: { fields: {} } }),
  );
}

async function placeOf(ports: GoodsRoutePorts, response: Response, scope: string): Promise<ReadPlace | undefined> {
  const place = await findPlace(ports.database, ports.tenantNo, scope);
  if (place === undefined) sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
  return place;
}

interface Write {
  readonly mode: Mode;
  readonly sku: string;
  readonly scope: string;
  readonly preview: boolean;
  readonly body: z.output<typeof bodySchema>;
}

async function write(
  ports: ProductRoutePorts,
  request: Request,
  response: Response,
  { mode, scope, preview, sku: key, body }: Write,
): Promise<void> {
  const place = await placeOf(ports, response, scope);
  if (place === undefined || !(await mayConsole(ports, response, 'publish', [scope]))) return;
  const version = versionOf(request.headers['if-match']);
  const asker = askerOf(response);
  const seesCosts = (await createPermissions(ports.database, ports.tenantNo).askOf(asker, 'seeCost', scope)).ok;
  const unseen = seesCosts ? {} : { keeps: isWithheldField };
  const wish: ProductWish = { mode, sku: key, by: asker.user, ...unseen, ...body, ...(version !== undefined && { version }) };
  if (preview) {
    const shown = await ports.products.preview(place, wish);
    return shown.ok ? void response.json({ groups: shown.value }) : sendError(response, shown.error);
  }
  const written = await ports.products.write(place, wish);
  if (!written.ok) return sendError(response, written.error);
  response.status(mode === 'create' ? 201 : 200).json(written.value);
  return undefined;
}

/** `"abc"`, `W/"abc"`, also of what was not told whole; `*` is any. */
export function versionOf(header: string | undefined): string | undefined {
  const tag = /^(?:W\/)?"([^"]*)"$/.exec(header?.trim() ?? '')?.[1]?.replace(PART, '');
  return header === undefined || header.trim() === '*' ? undefined : (tag ?? '');
}

export function sendChangedSince(response: Response): void {
  sendProblem(response, { type: 'changedSince', status: 412, title: 'Somebody changed this since you read it. Nothing was changed.' });
}

function sendError(response: Response, error: ProductError): void {
  const { type } = error;
  if (type === 'unknownGoods')
    return sendProblem(response, { type, status: 404, title: 'There are no such goods there. Nothing was changed.' });
  if (type === 'productExists')
    return sendProblem(response, { type, status: 409, title: 'There are goods of that SKU. Nothing was changed.' });
  if (type === 'changedSince') return sendChangedSince(response);
  if (type === 'codeTaken')
    return sendProblem(response, { type, status: 409, title: `The code ${error.code} belongs to ${error.sku}. Nothing was changed.` });
  if (type === 'variantTaken')
    return sendProblem(response, { type, status: 409, title: `${error.sku} is that variant of the style already. Nothing was changed.` });
  return sendProblem(response, { type, status: 422, title: `${error.reason}. Nothing was changed.` });
}
