/**
 * Promotions and coupons. A row is one rule, whole, as `packages/domain/src/promotions/rule.ts` says it; lists and objects stand in their
 * cells as JSON. What a lane could not use is refused here, with the field at fault.
 */
import { ok, type Result } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { ENTITY_TYPES, readCoupon, readPromotion } from '@holdfast/domain';
import { z } from 'zod';

import { isScope, type EntityRow } from '../catalog/changes.ts';
import { parseMoment } from './catalog-row.ts';
import { cellsOf, findColumns, type Cells, type FieldWords } from './columns.ts';
import { createEntityCollection, type Importer } from './importer.ts';
import { columnsQuestion, QUESTION } from './question.ts';
import { findUnfitText, refuse, type Refusal } from './refusal.ts';

const PROMOTION_WORDS = {
  id: ['id', 'promotion', 'promotionid', 'offerid'],
  name: ['name', 'title', 'description'],
  scope: ['scope'],
  priority: ['priority', 'pricingpriority'],
  combine: ['combine', 'concurrencymode'],
  currency: ['currency'],
  from: ['from', 'validfrom'],
  to: ['to', 'validto'],
  when: ['when', 'conditions'],
  coupon: ['coupon'],
  limits: ['limits'],
  offer: ['offer'],
} as const satisfies FieldWords<string>;
type PromotionField = keyof typeof PROMOTION_WORDS;

const COUPON_WORDS = {
  code: ['code', 'coupon', 'couponcode'],
  name: ['name', 'title', 'description'],
  from: ['from', 'validfrom'],
  to: ['to', 'validto'],
  scope: ['scope'],
} as const satisfies FieldWords<string>;
type CouponField = keyof typeof COUPON_WORDS;

/** Of one cell: a rule may name thousands of goods. */
const MAX_CELL = 1_000_000;
const ID = /^[\p{L}\p{N}.:_-]{1,64}$/u;

const promotionsQuestion = z.object({ scope: QUESTION.scope, source: QUESTION.source, columns: columnsQuestion(PROMOTION_WORDS) });
const couponsQuestion = z.object({ scope: QUESTION.scope, source: QUESTION.source, columns: columnsQuestion(COUPON_WORDS) });

export const promotionsImporter: Importer<z.output<typeof promotionsQuestion>> = {
  question: promotionsQuestion,
  prepare: async (_ports, { scope, columns }) =>
    ok((header) => {
      const found = findColumns(header, PROMOTION_WORDS, columns, [['id'], ['offer']]);
      return found.ok ? ok(createEntityCollection((row) => readPromotionRow(cellsOf(found.value, row), row, scope))) : found;
    }),
};

export const couponsImporter: Importer<z.output<typeof couponsQuestion>> = {
  question: couponsQuestion,
  prepare: async (_ports, { scope, columns }) =>
    ok((header) => {
      const found = findColumns(header, COUPON_WORDS, columns, [['code']]);
      return found.ok ? ok(createEntityCollection((row) => readCouponRow(cellsOf(found.value, row), row, scope))) : found;
    }),
};

/** JSON, or nothing where the cell is empty. */
function readJsonCell(cell: string): Result<unknown, Refusal> {
  if (cell === '') return ok(undefined);
  try {
    return ok(JSON.parse(cell) as unknown);
  } catch {
    return refuse('badJson', cell);
  }
}

function readMoments(cell: Cells<'from' | 'to'>): Result<{ readonly fromMs?: number; readonly toMs?: number }, Refusal> {
  const from = parseMoment(cell('from'));
  if (!from.ok) return from;
  const to = parseMoment(cell('to'));
  if (!to.ok) return to;
  if (from.value !== null && to.value !== null && to.value <= from.value) return refuse('badDate', cell('to'));
  return ok({ ...(from.value !== null && { fromMs: from.value }), ...(to.value !== null && { toMs: to.value }) });
}

/** The rule as its cell holds it: keys in one order, so that the same row is the same version. */
function readBody(cell: Cells<PromotionField>): Result<Readonly<Record<string, unknown>>, Refusal> {
  const moments = readMoments(cell);
  if (!moments.ok) return moments;
  const parts: Record<string, unknown> = {};
  for (const field of ['when', 'coupon', 'limits', 'offer'] as const) {
    const part = readJsonCell(cell(field));
    if (!part.ok) return part;
    if (part.value !== undefined) parts[field] = part.value;
  }
  const { when = {}, ...rest } = parts;
  if (typeof when !== 'object' || when === null || Array.isArray(when)) return refuse('badRule', `when: ${cell('when')}`);
  return ok({
    priority: /^\d{1,9}$/.test(cell('priority')) ? Number(cell('priority')) : cell('priority') || 0,
    combine: cell('combine') || 'best',
    ...(cell('currency') !== '' && { currency: cell('currency') }),
    when: { ...when, ...moments.value },
    ...rest,
  });
}

function readPromotionRow(cell: Cells<PromotionField>, row: readonly string[], scope: string): Result<EntityRow, Refusal> {
  const unfit = findUnfitText(row, MAX_CELL);
  if (unfit !== undefined) return { ok: false, error: unfit };
  const place = cell('scope') || scope;
  if (!isScope(place)) return refuse('badScope', place);
  const id = cell('id');
  if (!ID.test(id)) return refuse('badId', id);
  const body = readBody(cell);
  if (!body.ok) return body;
  const fields = { name: cell('name') || id, body: JSON.stringify(body.value) };
  const rule = readPromotion(id, fields, nodeHash);
  if (!rule.ok) return refuse('badRule', `${rule.error.detail.field.replace('body.', '')}: ${rule.error.detail.expected}`);
  return ok({ t: ENTITY_TYPES.promotion.type, k: id, s: place, f: { '1': fields.name, '2': fields.body } });
}

function readCouponRow(cell: Cells<CouponField>, row: readonly string[], scope: string): Result<EntityRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return { ok: false, error: unfit };
  const place = cell('scope') || scope;
  if (!isScope(place)) return refuse('badScope', place);
  const code = cell('code');
  if (!ID.test(code)) return refuse('badCode', code);
  const moments = readMoments(cell);
  if (!moments.ok) return moments;
  const name = cell('name') || code;
  const coupon = readCoupon(code, { name, ...moments.value });
  if (!coupon.ok) return refuse('badDate', cell('to'));
  const { fromMs = null, toMs = null } = moments.value;
  return ok({ t: ENTITY_TYPES.coupon.type, k: code, s: place, f: { '1': name, '2': fromMs, '3': toMs } });
}
