/** Prices over HTTP: what goods cost where, now and later; what begins and ends when; changed at any number of places at once, after a look at what each store gets. */
import { isTimeZone, MAX_QUANTITY, SCHEDULED_PRICE_TYPES, startOfDay } from '@holdfast/domain';
import type { Response } from 'express';
import { z } from 'zod';

import { findGoods, listGoods, parseGoodsCursor } from '../goods/find-goods.ts';
import { findPlace, type ReadPlace } from '../goods/merged-entities.ts';
import { isPlainText } from '../plain-text.ts';
import { previewPrices, publishPrices, scopesOfLines, type PriceError } from '../prices/price-changes.ts';
import { countDays, listMoments, parseMomentPlace, priceRows, pricesOfOne, type PriceSpan } from '../prices/price-list.ts';
import { PRICES, PRICES_OF_ONE, PRICES_WRITTEN, PRICE_DAYS, PRICE_MOMENTS } from './answers/price.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import type { GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { lineOf } from './text-schemas.ts';

export const PRICE_SCOPE = z
  .string()
  .max(70)
  .regex(/^(?:global|(?:zone|store):[^\p{Cc}@]{1,64})$/u, 'is global, zone:Z or store:S')
  .refine((value) => value.isWellFormed(), 'is global, zone:Z or store:S');
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const moment = z.coerce.number().int().min(0).max(8_640_000_000_000_000);

const listSchema = z.object({
  /** Absent: all goods, in the order of their SKUs. */
  q: lineOf(200).trim().min(1).optional(),
  scope: PRICE_SCOPE.default('global'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(10_000).optional(),
});
const oneSchema = z.object({
  sku: lineOf(128).min(1),
  scope: PRICE_SCOPE.default('global'),
  /** Absent: now. */
  atMs: moment.optional(),
});
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD')
  .refine((day) => !Number.isNaN(Date.parse(`${day}T00:00:00Z`)), 'is a date');
/** Days from `from` on, up to `to` and without it, as they begin in that time zone. */
const spanSchema = z.object({
  from: date,
  to: date,
  timeZone: z.string().refine(isTimeZone, 'is an IANA time zone'),
  scope: PRICE_SCOPE.optional(),
});
const momentsSchema = spanSchema.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(4_000).optional(),
});

export const priceLineSchema = z.object({
  sku: lineOf(128).min(1),
  scopes: z
    .array(PRICE_SCOPE)
    .min(1)
    .max(1_000)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'names a place twice'),
  type: z.enum(SCHEDULED_PRICE_TYPES).default('regular'),
  /** As a shelf says it; null: there is no such price any more. */
  amount: lineOf(20).nullable(),
  currency: lineOf(3).length(3).optional(),
  /** `2026-12-01`, `2026-12-01T08:00` on the wall of the stores, or a moment with its offset; empty: open-ended. */
  from: lineOf(40).default(''),
  to: lineOf(40).default(''),
  priority: z.int().min(-999_999_999).max(999_999_999).optional(),
  fromQuantity: z.int().min(1).max(MAX_QUANTITY).optional(),
  customerGroup: lineOf(64).min(1).optional(),
});
const MOST_PRICES = 20_000;
export const priceLinesSchema = z
  .array(priceLineSchema)
  .min(1)
  .max(2_000)
  .refine((lines) => lines.reduce((sum, { scopes }) => sum + scopes.length, 0) <= MOST_PRICES, `are more than ${MOST_PRICES} prices`);
const changeSchema = z.object({
  lines: priceLinesSchema,
  /** What it is for, as the page Audit says. */
  reason: lineOf(200).trim().min(1).default('prices changed'),
  /** Lanes show it before whatever else is on its way to them. */
  urgent: z.boolean().optional(),
  /** `lsn` of the preview: refused where one of these prices was changed since. */
  basedOn: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});
const previewSchema = z.object({ preview: flag });

export function addPriceRoutes(api: Api, ports: GoodsRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/prices',
      sight: 'place',
      summary: 'What goods cost at a place, now and next',
      question: listSchema,
      answer: PRICES,
    },
    async (response, { question }) => listPrices(ports, response, question),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/prices/:sku',
      sight: 'place',
      summary: 'All prices of an article, and why each holds or does not',
      question: oneSchema,
      answer: PRICES_OF_ONE,
    },
    async (response, { question }) => {
      const place = await placeOf(ports, response, question.scope);
      if (place !== undefined) response.json(await pricesOfOne(place, question.sku, question.atMs ?? ports.clock.nowMs()));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/price-moments',
      summary: 'Prices that begin or end in a span, by their moments',
      question: momentsSchema,
      answer: PRICE_MOMENTS,
    },
    async (response, { question }) => {
      const after = question.cursor === undefined ? undefined : parseMomentPlace(question.cursor);
      if (question.cursor !== undefined && after === undefined) return sendProblem(response, NO_CURSOR);
      const span = await spanOf(ports, response, question);
      if (span !== undefined) response.json(await listMoments(ports, { ...span, after, limit: question.limit }));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/price-days',
      summary: 'How many prices begin and end on each day of a span',
      question: spanSchema,
      answer: PRICE_DAYS,
    },
    async (response, { question }) => {
      const span = await spanOf(ports, response, question);
      if (span !== undefined) response.json({ days: await countDays(ports, span, question.timeZone) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/prices',
      sight: 'somewhere',
      summary: 'Sets and takes away prices at any number of places, as one publication',
      question: previewSchema,
      body: changeSchema,
      answer: PRICES_WRITTEN,
    },
    async (response, { question, body }) => changePrices(ports, response, question.preview, body),
  );
}

const NO_CURSOR = { type: 'badRequest', status: 400, title: '`cursor` is no answer’s `next`.' } as const;

async function placeOf(ports: GoodsRoutePorts, response: Response, scope: string): Promise<ReadPlace | undefined> {
  const place = await findPlace(ports.database, ports.tenantNo, scope);
  if (place === undefined) sendProblem(response, { type: 'noSuchPlace', status: 404, title: `There is no store at ${scope}.` });
  return place;
}

const startOf = (day: string, timeZone: string): number => {
  const [year = 0, month = 0, number = 0] = day.split('-').map(Number);
  return startOfDay({ year, month, day: number }, timeZone) ?? Date.parse(`${day}T00:00:00Z`);
};

/** Without a scope all there are; undefined once it is answered. */
async function spanOf(
  ports: GoodsRoutePorts,
  response: Response,
  { from, to, timeZone, scope }: z.output<typeof spanSchema>,
): Promise<PriceSpan | undefined> {
  const span = { fromMs: startOf(from, timeZone), toMs: startOf(to, timeZone) };
  if (scope === undefined) return span;
  const place = await placeOf(ports, response, scope);
  return place && { ...span, scopes: place.scopes };
}

async function listPrices(
  ports: GoodsRoutePorts,
  response: Response,
  { q, scope, limit, cursor }: z.output<typeof listSchema>,
): Promise<void> {
  const place = await placeOf(ports, response, scope);
  if (place === undefined) return;
  const after = cursor === undefined || q === undefined ? undefined : parseGoodsCursor(cursor);
  if (cursor !== undefined && (q === undefined ? !isPlainText(cursor, 400) : after === undefined)) return sendProblem(response, NO_CURSOR);
  const { items, next } = await (q === undefined
    ? listGoods(place, { limit, after: cursor })
    : findGoods(place, { text: q, limit, after }));
  response.json({ prices: await priceRows(place, items, ports.clock.nowMs()), next });
}

async function changePrices(
  ports: GoodsRoutePorts,
  response: Response,
  isPreview: boolean,
  body: z.output<typeof changeSchema>,
): Promise<void> {
  if (!(await mayConsole(ports, response, 'publish', scopesOfLines(body.lines)))) return;
  if (isPreview) {
    const shown = await previewPrices({ ...ports, nowMs: ports.clock.nowMs() }, body.lines);
    return shown.ok ? void response.json(shown.value) : sendPriceError(response, shown.error);
  }
  const published = await publishPrices(ports, { ...body, by: askerOf(response).user });
  return published.ok ? void response.json(published.value) : sendPriceError(response, published.error);
}

export function sendPriceError(response: Response, error: PriceError): void {
  if (error.type === 'changedSince')
    return sendProblem(response, {
      type: 'changedSince',
      status: 409,
      title: `Somebody changed ${error.what} since you looked. Nothing was changed: look again.`,
    });
  return sendProblem(response, { type: 'badPrice', status: 422, title: `Line ${error.index + 1}: ${error.reason}. Nothing was changed.` });
}
