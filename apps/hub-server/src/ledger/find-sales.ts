/**
 * Sales by whatever a person has of one: the number on the receipt, of any day; and of the days that are asked, what it came to, the number that another system knows it by, or goods that are in it, by their
 * code, their SKU or their words.
 */
import { currencyOf, parseMinor } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { findGoods } from '../goods/find-goods.ts';
import { SALE_COLUMNS, type SaleRow, saleView, type SaleView } from './sales.ts';

export interface FindSalesQuestion {
  readonly tenantNo: number;
  readonly q: string;
  /** Business dates, both included, that are looked through for more than a receipt's number. */
  readonly from: string;
  readonly to: string;
  readonly store?: string | undefined;
  readonly limit: number;
}

export interface FoundSales {
  /** By what they were found; null: there are none. */
  readonly by: 'receipt' | 'content' | null;
  readonly sales: readonly SaleView[];
}

const MOST_GOODS = 20;

/** Newest first. */
export async function findSales(database: Database, question: FindSalesQuestion): Promise<FoundSales> {
  const { tenantNo, q, store, limit } = question;
  const byReceipt = await database.rows<SaleRow>(
    `SELECT ${SALE_COLUMNS} FROM sale WHERE tenant_no = $1 AND receipt_number = ANY($2) AND ($3::text IS NULL OR store = $3) ORDER BY at_ms DESC, entry_no DESC LIMIT $4`,
    [tenantNo, [...new Set([q, q.toUpperCase(), q.toLowerCase()])], store ?? null, limit],
  );
  if (byReceipt.length > 0) return { by: 'receipt', sales: byReceipt.map(saleView) };
  const skus = await skusOf(database, question);
  const rows = await database.rows<SaleRow>(
    `SELECT ${SALE_COLUMNS} FROM sale s WHERE tenant_no = $1 AND business_date >= $2 AND business_date <= $3 AND ($4::text IS NULL OR store = $4)
       AND (external_reference = $5
         OR EXISTS (SELECT 1 FROM jsonb_to_recordset($6::jsonb) AS a (c text, m bigint) WHERE a.c = s.currency AND a.m = s.total_minor)
         OR (cardinality($7::text[]) > 0 AND EXISTS (SELECT 1 FROM sale_line l WHERE l.entry_no = s.entry_no AND l.sku = ANY($7::text[]))))
     ORDER BY at_ms DESC, entry_no DESC LIMIT $8`,
    [tenantNo, question.from, question.to, store ?? null, q, JSON.stringify(await amountsOf(database, question)), skus, limit],
  );
  return { by: rows.length === 0 ? null : 'content', sales: rows.map(saleView) };
}

/** What it would be in each currency that was sold in: `12.34`, `-12,34`. */
async function amountsOf(
  database: Queries,
  { tenantNo, q }: FindSalesQuestion,
): Promise<readonly { readonly c: string; readonly m: number }[]> {
  const text = q.replace(',', '.');
  if (!/^-?\d{1,12}(?:\.\d{1,4})?$/.test(text)) return [];
  const currencies = await database.rows<{ currency: string }>('SELECT DISTINCT currency FROM store WHERE tenant_no = $1', [tenantNo]);
  return currencies.flatMap(({ currency }) => {
    const digits = currencyOf(currency)?.minorDigits;
    const amount = digits === undefined ? undefined : parseMinor(text.replace('-', ''), digits);
    return amount?.ok === true ? [{ c: currency, m: text.startsWith('-') ? -amount.value : amount.value }] : [];
  });
}

/** Goods that are gone are still found by their SKU. */
async function skusOf(database: Database, { tenantNo, q }: FindSalesQuestion): Promise<readonly string[]> {
  const { items } = await findGoods({ database, tenantNo, scopes: ['global'] }, { text: q, limit: MOST_GOODS, after: undefined });
  return [...new Set([q, ...items.map(({ sku }) => sku)])];
}
