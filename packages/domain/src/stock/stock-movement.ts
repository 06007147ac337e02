/** What a ledger entry moves in its store: sold goods, goods that came or went without a sale, and stock on hand as the sum of both. */
import { err, ok, type Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import { finished, headerFields, type MalformedEntry, readHeader } from '../ledger/entry-header.ts';
import { type Fields, LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { addMinor } from '../money/money.ts';
import { isQuantityInRange, MAX_QUANTITY, quantityOutOfRange, type QuantityOutOfRange, type Unit } from '../money/quantity.ts';
import { readBasketRecord, readUnit } from '../sale/read-sale.ts';
import type { BasketRecord } from '../sale/sale.ts';

/** `quantity` leaves the store, in steps of `unit`; negative: comes in. */
export interface StockMovement {
  readonly sku: string;
  readonly quantity: number;
  readonly unit: Unit;
}

export interface StockAdjustment extends LedgerHeader {
  readonly reason: string;
  readonly movements: readonly StockMovement[];
  readonly externalReference?: string;
}

export type AdjustmentRefusal =
  | QuantityOutOfRange
  | { readonly type: 'quantityZero'; readonly detail: { readonly sku: string; readonly name: string } };

/** The entry for goods that came or went without a sale. A movement of 0 or out of range is refused, and nothing is written. */
export function stockAdjustmentEntry(
  header: LedgerHeader,
  adjustment: Omit<StockAdjustment, keyof LedgerHeader>,
): Result<LedgerEntry, AdjustmentRefusal> {
  for (const { sku, quantity } of adjustment.movements) {
    if (quantity === 0) return err({ type: 'quantityZero', detail: { sku, name: sku } });
    if (!isQuantityInRange(quantity)) return err(quantityOutOfRange());
  }
  const fields: Fields = {
    ...headerFields(header),
    ...(adjustment.externalReference !== undefined && { externalReference: adjustment.externalReference }),
    reason: adjustment.reason,
    movements: adjustment.movements.map(({ sku, quantity, unit }) => ({ sku, quantity, unit })),
  };
  return ok({ kind: LEDGER_KINDS.stockAdjustment.kind, fields });
}

/** A stock adjustment out of its entry's fields. */
export function readStockAdjustment(fields: Fields): Result<StockAdjustment, MalformedEntry> {
  const read = readFields(fields);
  const externalReference = read.optionalText('externalReference');
  return finished(read, {
    ...readHeader(read),
    reason: read.text('reason'),
    movements: read.list('movements', (row) => ({
      sku: row.text('sku'),
      quantity: row.int('quantity', -MAX_QUANTITY, MAX_QUANTITY),
      unit: readUnit(row),
    })),
    ...(externalReference !== undefined && { externalReference }),
  });
}

/**
 * What an entry moved in its store; nothing for kinds that move nothing and for training. A sale whose sums disagree still
 * moved its goods: only columns that cannot be read are refused.
 */
export function stockMovementsOf(entry: LedgerEntry): Result<readonly StockMovement[], MalformedEntry> {
  if (entry.kind === LEDGER_KINDS.stockAdjustment.kind) {
    const adjustment = readStockAdjustment(entry.fields);
    return adjustment.ok ? ok(adjustment.value.training ? [] : adjustment.value.movements) : adjustment;
  }
  if (entry.kind !== LEDGER_KINDS.sale.kind) return ok([]);
  const record = readBasketRecord(entry.fields);
  return record.ok ? ok(goodsMovedBy(record.value)) : record;
}

/** What a sale, or what is left readable of one, moved. */
export function goodsMovedBy({ training, lines }: BasketRecord): readonly StockMovement[] {
  const moved = training ? [] : lines.filter(({ stockQuantity }) => stockQuantity !== 0);
  return moved.map(({ sku, stockQuantity, quantity }) => ({ sku, quantity: stockQuantity, unit: quantity.unit }));
}

/** The key of one SKU's stock in one unit. */
export const stockKey = (sku: string, unit: Unit): string => `${sku}\u001F${unit}`;

/** Adds movements to stock on hand by `stockKey`, in place: what leaves is subtracted. In any order the sums are the same. */
export function foldStock(onHand: Map<string, number>, movements: Iterable<StockMovement>): void {
  for (const { sku, quantity, unit } of movements) {
    const key = stockKey(sku, unit);
    onHand.set(key, addMinor(onHand.get(key) ?? 0, -quantity));
  }
}
