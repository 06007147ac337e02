/** Collections over HTTP, as articles are: listed, read whole, made, written anew, changed, removed; each of these shown first to whoever asks for a preview. */
import type { Request, Response } from 'express';
import { z } from 'zod';

import {
  type CollectionError,
  type CollectionWish,
  listCollections,
  MAX_COLLECTION_PRODUCTS,
  previewCollection,
  readCollection,
  writeCollection,
} from '../goods/collections.ts';
import { isPlainText } from '../plain-text.ts';
import { COLLECTIONS, COLLECTION_WHOLE, SOME_OF_COLLECTIONS, WRITTEN } from './answers/goods.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import type { GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { PREVIEW, PRODUCT_SKU, sendChangedSince, versionOf } from './product-routes.ts';
import { fieldsQuestion, pickFields, someOf } from './sparse-fields.ts';

/** As articles carry it, a line each: some of them in one text. */
export const COLLECTION = z
  .string()
  .min(1)
  .max(64)
  .refine(
    (name) => isPlainText(name, 64) && !name.includes('\n') && name.trim() === name,
    'holds control characters, or begins or ends with a space',
  );
const title = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => isPlainText(text, 200) && !text.includes('\n'), 'holds control characters');
const description = z
  .string()
  .min(1)
  .max(2_000)
  .refine((text) => isPlainText(text, 2_000), 'holds control characters')
  .nullable();
const skus = z.array(PRODUCT_SKU).max(MAX_COLLECTION_PRODUCTS);

const listQuestion = z.object({
  /** How their names begin. */
  q: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: COLLECTION.optional(),
  fields: fieldsQuestion(['collection', 'title', 'description', 'size']),
});
const named = z.object({ collection: COLLECTION });
const readQuestion = named.extend({ fields: fieldsQuestion(['collection', 'title', 'description', 'products', 'version']) });
const writeQuestion = named.extend({ preview: PREVIEW });
const putBody = z.object({ title: title.optional(), description: description.optional(), products: skus.optional() });
const patchBody = putBody.extend({ add: skus.optional(), remove: skus.optional() });
const createBody = putBody.extend({ collection: COLLECTION });

export function addCollectionRoutes(api: Api, ports: GoodsRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/collection',
      sight: 'somewhere',
      summary: 'Collections, in the order of their names',
      question: listQuestion,
      answer: someOf(COLLECTIONS, SOME_OF_COLLECTIONS),
    },
    async (response, { question }) => {
      const { q: prefix, cursor: after, limit, fields } = question;
      const { collections, next } = await listCollections(ports, { prefix, after, limit });
      response.json({ collections: collections.map((row) => pickFields(row, fields)), next });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/collection/:collection',
      sight: 'somewhere',
      summary: 'A collection with the SKUs of all that it holds',
      question: readQuestion,
      isVersioned: true,
      answer: someOf(COLLECTION_WHOLE, COLLECTION_WHOLE.partial()),
    },
    async (response, { question }, request) => {
      const collection = await readCollection(ports, question.collection);
      if (collection === undefined) return sendError(response, { type: 'unknownCollection' });
      response.setHeader('ETag', `"${collection.version}"`);
      response.setHeader('Cache-Control', 'private, no-cache');
      if (request.headers['if-none-match'] === `"${collection.version}"`) response.status(304).end();
      else response.json(pickFields(collection, question.fields));
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/collection',
      sight: 'somewhere',
      summary: 'Makes a collection',
      question: z.object({ preview: PREVIEW }),
      body: createBody,
      status: 201,
      answer: WRITTEN,
    },
    async (response, { question, body }, request) => write(ports, request, response, { mode: 'create', ...body, ...question }),
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/collection/:collection',
      sight: 'somewhere',
      summary: 'Makes a collection, or writes it anew: `products` are all that it shall hold',
      question: writeQuestion,
      body: putBody,
      isVersioned: true,
      answer: WRITTEN,
    },
    async (response, { question, body }, request) => write(ports, request, response, { mode: 'replace', ...body, ...question }),
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/collection/:collection',
      sight: 'somewhere',
      summary: 'Changes what is named of a collection; puts articles in and takes them out',
      question: writeQuestion,
      body: patchBody,
      isVersioned: true,
      answer: WRITTEN,
    },
    async (response, { question, body }, request) => write(ports, request, response, { mode: 'patch', ...body, ...question }),
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/collection/:collection',
      sight: 'somewhere',
      summary: 'Removes a collection; what it held stays',
      question: writeQuestion,
      isVersioned: true,
      answer: WRITTEN,
    },
    async (response, { question }, request) => write(ports, request, response, { mode: 'remove', ...question }),
  );
}

type Write = Omit<CollectionWish, 'by' | 'version'> & { readonly preview: boolean };

async function write(ports: GoodsRoutePorts, request: Request, response: Response, { preview, ...wanted }: Write): Promise<void> {
  if (!(await mayConsole(ports, response, 'publish', ['global']))) return;
  const wish: CollectionWish = { ...wanted, by: askerOf(response).user, version: versionOf(request.headers['if-match']) };
  if (preview) {
    const shown = await previewCollection(ports, wish);
    return shown.ok ? void response.json({ groups: shown.value }) : sendError(response, shown.error);
  }
  const written = await writeCollection(ports.catalog, ports, wish);
  if (!written.ok) return sendError(response, written.error);
  response.status(wish.mode === 'create' ? 201 : 200).json(written.value);
  return undefined;
}

function sendError(response: Response, error: CollectionError): void {
  const { type } = error;
  if (type === 'unknownCollection')
    return sendProblem(response, { type, status: 404, title: 'There is no such collection. Nothing was changed.' });
  if (type === 'collectionExists')
    return sendProblem(response, { type, status: 409, title: 'There is a collection of that name. Nothing was changed.' });
  if (type === 'changedSince') return sendChangedSince(response);
  if (type === 'unknownGoods')
    return sendProblem(response, { type, status: 422, title: `There are no goods ${error.sku} everywhere. Nothing was changed.` });
  return sendProblem(response, { type, status: 422, title: `${error.reason}. Nothing was changed.` });
}
