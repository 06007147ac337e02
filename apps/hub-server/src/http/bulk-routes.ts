/** Many articles changed at once over HTTP: its progress comes line by line, then what would come of it, or what came. */
import { isPriceStep, MAX_STEP_BPS } from '@holdfast/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';

import { type BulkError, type OnBulkProgress, previewBulk, publishBulk } from '../goods/bulk-change.ts';
import { findPlace } from '../goods/merged-entities.ts';
import { isPlainText } from '../plain-text.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { COLLECTION } from './collection-routes.ts';
import { filterOf, GOODS_FILTER, type GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { PRICE_SCOPE } from './price-routes.ts';
import { sendProblem } from './problems.ts';
import { ATTRIBUTE_VALUES, PRODUCT_FIELDS, PRODUCT_SKU } from './product-routes.ts';

const MOST_PICKED = 10_000;
const names = z.array(COLLECTION).max(50).default([]);
const bodySchema = z.object({
  scope: PRICE_SCOPE.default('global'),
  /** Those that were picked; absent: all that `filter` finds. */
  skus: z.array(PRODUCT_SKU).min(1).max(MOST_PICKED).optional(),
  filter: GOODS_FILTER.default({}),
  /** By name, as articles have them; null clears one. */
  fields: PRODUCT_FIELDS.default({}),
  /** By the codes of their attributes; null takes one away. */
  attributes: ATTRIBUTE_VALUES.default({}),
  collections: z.object({ putIn: names, takeOut: names }).prefault({}),
  /** Of their lasting price there: another one, or the same moved. */
  price: z
    .union([
      z.object({ amount: z.string().max(20), currency: z.string().length(3) }),
      z
        .object({
          /** 500 is five percent more. */
          percentBps: z.int().min(-9_999).max(MAX_STEP_BPS),
          /** Its last digits, in minor units. */
          ending: z.string().max(3).optional(),
        })
        .refine(isPriceStep, 'is no step of a price'),
    ])
    .optional(),
  /** The `version` of the preview that was looked at; absent: it is a preview, and changes nothing. */
  basedOn: z.string().min(1).max(64).optional(),
  /** What it is for, as the page Audit says. */
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => isPlainText(text, 200) && !text.includes('\n'), 'holds control characters')
    .default('articles changed'),
});

export const NDJSON = 'application/x-ndjson; charset=utf-8';

export function addBulkRoutes(api: Api, ports: GoodsRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/product-changes',
      summary:
        'Changes many articles at once, after a look at what would come of it: without `basedOn` it changes nothing; its progress and its report come line by line',
      body: bodySchema,
      gives: NDJSON,
    },
    async (response, { body }, request) => {
      const { scope, skus, filter, fields, attributes, collections, price, basedOn, reason } = body;
      const place = await findPlace(ports.database, ports.tenantNo, scope);
      if (place === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
      if (!(await mayConsole(ports, response, 'publish', [scope]))) return;
      const wish = { of: skus ?? (await filterOf(ports, filter)), change: { fields, attributes, ...collections, price } };
      const onProgress = tellProgress(request, response);
      const done = await (basedOn === undefined
        ? previewBulk(place, wish, onProgress)
        : publishBulk(ports.catalog, place, { ...wish, basedOn, reason, by: askerOf(response).user }, onProgress));
      if (done.ok) response.type(NDJSON).end(`${JSON.stringify({ type: 'report', ...done.value })}\n`);
      else sendRefusal(response, done.error);
    },
  );
}

const TOLD_EVERY = 25_000;

/** Not to whoever may ask again with the same key: their answer is kept whole, a problem as such. */
export function tellProgress({ headers }: Request, response: Response): OnBulkProgress {
  let toldAt = 0;
  return ({ read }) => {
    if (read < toldAt + TOLD_EVERY || headers['idempotency-key'] !== undefined) return;
    toldAt = read;
    if (!response.headersSent) response.type(NDJSON);
    response.write(`${JSON.stringify({ type: 'progress', read })}\n`);
  };
}

/** Behind the first progress it is a line, as of imports. */
function sendRefusal(response: Response, error: BulkError): void {
  const title =
    error.type === 'changedSince'
      ? 'Not as the preview told it: somebody changed some of these since. Nothing was changed.'
      : `${error.reason}. Nothing was changed.`;
  if (response.headersSent) response.end(`${JSON.stringify({ type: 'error', problem: error.type, title })}\n`);
  else sendProblem(response, { type: error.type, status: error.type === 'changedSince' ? 409 : 422, title });
}
