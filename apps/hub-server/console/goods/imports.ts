/** A file of goods, sent to the hub: it answers a line for each step, and last what it did, or would do. */
import { z } from 'zod';

import { askLines, type Progress } from '../progress.ts';

export const reportSchema = z.object({
  type: z.literal('report'),
  rows: z.int(),
  created: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  duplicates: z.int(),
  refused: z.int(),
  lsn: z.int().nullable(),
  refusals: z.array(z.object({ row: z.int(), reason: z.string(), value: z.string() })),
});
export type Report = z.infer<typeof reportSchema>;

/** `preview`: it changes nothing. */
export async function sendGoods(file: File, preview: boolean, onProgress?: (progress: Progress) => void): Promise<Report> {
  const query = new URLSearchParams({ source: file.name.slice(0, 200), preview: String(preview) });
  return askLines(reportSchema, `/api/v1/import/catalog?${String(query)}`, { method: 'POST', body: file }, onProgress);
}

const REASONS: Readonly<Record<string, string>> = {
  badGtin: 'no GTIN',
  badCheckDigit: 'wrong check digit',
  badPlu: 'no PLU',
  noCode: 'neither SKU, GTIN nor PLU',
  noName: 'no name',
  unknownTaxClass: 'unknown tax class',
  unknownUnit: 'unknown unit',
  badPrice: 'no price',
  negativePrice: 'below zero',
  ambiguousPrice: 'thousands or decimals?',
  malformedRow: 'not readable as a row',
  notUtf8: 'not UTF-8',
  tooLong: 'too long',
};
export const reasonText = (reason: string): string => REASONS[reason] ?? reason;
