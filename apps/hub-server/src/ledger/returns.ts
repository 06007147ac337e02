/**
 * Returns against the sales that they name. Each return is a fact and counts; what a person should look at is told apart: goods that came back
 * more often than they were sold, returns that nobody could verify (or that two histories of one device each paid out, by what may be one right), and receipts that no store has printed (or that have not arrived yet).
 */
import type { Sale } from '@holdfast/domain';

import { IS_FORKED } from '../accounts/forked.ts';
import type { Database } from '../db/database.ts';
import type { SalePlace } from './sales.ts';

const RETURN_EXCEPTION_TYPES = ['returnedTwice', 'unverified', 'unknownReceipt'] as const;

export interface ReturnExceptionView {
  readonly type: (typeof RETURN_EXCEPTION_TYPES)[number];
  readonly store: string;
  readonly receiptNumber: string;
  readonly sku: string;
  readonly unit: string;
  readonly sold: number;
  readonly returned: number;
  readonly lastAtMs: number;
  /** The entry that sold; null where the receipt is not known. */
  readonly sale: SalePlace | null;
  /** The newest entry that gave something back of it. */
  readonly lastReturn: SalePlace;
}

/** A line of a sale that gives something back, as it is kept: what it is of, and how much. */
export interface ReturnLineRow {
  readonly line: number;
  readonly store: string;
  readonly receiptNumber: string;
  readonly sku: string;
  readonly unit: string;
  readonly quantity: number;
  readonly unverified: boolean;
}

/** What a sale of `store` gives back; training counts nowhere. */
export const returnLinesOf = (sale: Sale | null, store: string): readonly ReturnLineRow[] =>
  (sale === null || sale.training ? [] : sale.lines).flatMap(({ returnOf, sku, quantity, isUnverified }, index) =>
    returnOf === undefined || quantity.value === 0
      ? []
      : [
          {
            line: index + 1,
            store: returnOf.store ?? store,
            receiptNumber: returnOf.receiptNumber,
            sku,
            unit: quantity.unit,
            quantity: 0 - quantity.value,
            unverified: isUnverified === true,
          },
        ],
  );

export interface ReturnExceptionsQuestion {
  readonly tenantNo: number;
  readonly receiptNumber?: string | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listReturnExceptions(
  database: Database,
  { tenantNo, receiptNumber, limit }: ReturnExceptionsQuestion,
): Promise<readonly ReturnExceptionView[]> {
  const params: unknown[] = [tenantNo, limit];
  if (receiptNumber !== undefined) params.push(receiptNumber);
  return database.rows<ReturnExceptionView>(
    `WITH back AS (
       SELECT r.store, r.receipt_number, r.sku, r.unit, sum(r.quantity)::bigint AS returned, bool_or(r.unverified) AS unverified,
         -- What each of two copies of a disk paid out, by a right that both held.
         count(DISTINCT (s.device, s.epoch, s.branch)) FILTER (WHERE ${IS_FORKED}) > count(DISTINCT s.device) FILTER (WHERE ${IS_FORKED}) AS apart,
         max(s.at_ms) AS last_at_ms,
         (array_agg(json_build_object('device', s.device, 'epoch', s.epoch, 'seq', s.seq) ORDER BY s.at_ms DESC, s.entry_no DESC))[1] AS last_return
       FROM return_line r JOIN sale s ON s.entry_no = r.entry_no LEFT JOIN device d ON d.device = s.device
       WHERE r.tenant_no = $1 ${receiptNumber === undefined ? '' : 'AND r.receipt_number = $3'}
       GROUP BY r.store, r.receipt_number, r.sku, r.unit
     ), known AS (
       SELECT back.*, (SELECT count(*) FROM sale s WHERE s.tenant_no = $1 AND s.store = back.store AND s.receipt_number = back.receipt_number) AS sales,
         (SELECT json_build_object('device', s.device, 'epoch', s.epoch, 'seq', s.seq) FROM sale s
           WHERE s.tenant_no = $1 AND s.store = back.store AND s.receipt_number = back.receipt_number ORDER BY s.entry_no LIMIT 1) AS sale,
         coalesce((SELECT sum(l.quantity) FROM sale s JOIN sale_line l ON l.entry_no = s.entry_no
           WHERE s.tenant_no = $1 AND s.store = back.store AND s.receipt_number = back.receipt_number AND l.sku = back.sku AND l.unit = back.unit AND l.quantity > 0
             AND NOT EXISTS (SELECT 1 FROM return_line o WHERE o.entry_no = l.entry_no AND o.line = l.line)), 0)::bigint AS sold
       FROM back WHERE back.returned > 0
     )
     SELECT CASE WHEN sales = 0 THEN 'unknownReceipt' WHEN returned > sold THEN 'returnedTwice' ELSE 'unverified' END AS type,
       store, receipt_number AS "receiptNumber", sku, unit, sold, returned, last_at_ms AS "lastAtMs", sale, last_return AS "lastReturn"
     FROM known WHERE sales = 0 OR returned > sold OR unverified OR apart ORDER BY last_at_ms DESC, receipt_number, sku LIMIT $2`,
    params,
  );
}
