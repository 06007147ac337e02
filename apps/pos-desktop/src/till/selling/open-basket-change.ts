/**
 * Which requests change what lies in an open basket and do nothing else: no money moves, nobody answers for anything, no ledger hears of it.
 * Theirs are the transactions that are `kept` (docs/decisions/0007). What is not listed here, field by field, is durable.
 */
import { type Basket, findLine } from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';

const ADDING = ['quantity', 'typedDecimals', 'tare', 'tareDecimals', 'confirmed'];

const FIELDS: Readonly<Partial<Record<RequestBody['type'], ReadonlySet<string>>>> = {
  scan: new Set(['type', 'code', 'scannedAtMs', ...ADDING]),
  addPlu: new Set(['type', 'plu', ...ADDING]),
  addItem: new Set(['type', 'sku', ...ADDING]),
  setQuantity: new Set(['type', 'lineId', 'quantity', 'confirmed']),
  clearRefused: new Set(['type', 'lineId']),
};

export function isOpenBasketChange(body: RequestBody, basket: Basket | null): boolean {
  const fields = FIELDS[body.type];
  if (fields === undefined || (basket !== null && basket.tenders.length > 0)) return false;
  // Goods that come back are money that goes out.
  if ('quantity' in body && body.quantity !== undefined && body.quantity < 0) return false;
  // What is taken off a line stands in the ledger, and so does what came back and is sold now.
  const line = body.type === 'setQuantity' && basket !== null ? findLine(basket, body.lineId) : undefined;
  if (body.type === 'setQuantity' && line !== undefined && (line.quantity.value < 0 || body.quantity < line.quantity.value)) return false;
  return Object.keys(body).every((field) => fields.has(field));
}
