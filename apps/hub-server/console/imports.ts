/** A file of goods, sent to the hub: it answers a line for each step, and last what it did, or would do. */
import { z } from 'zod';

import { ApiFailure } from './api.ts';

const reportSchema = z.object({
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
const errorSchema = z.object({ type: z.literal('error'), title: z.string() });
const problemSchema = z.object({ title: z.string() });

/** `preview`: it changes nothing. */
export async function sendGoods(file: File, preview: boolean): Promise<Report> {
  const query = new URLSearchParams({ source: file.name.slice(0, 200), preview: String(preview) });
  let response: Response;
  let text: string;
  try {
    response = await fetch(`/api/v1/import/catalog?${String(query)}`, { method: 'POST', credentials: 'same-origin', body: file });
    text = await response.text();
  } catch {
    throw new ApiFailure({ type: 'unreachable' });
  }
  if (response.status === 401) throw new ApiFailure({ type: 'sessionLost' });
  return readAnswer(response.status, text);
}

/** Exported for its test: the last line says what came of it. */
export function readAnswer(status: number, text: string): Report {
  const last = parse(text.trimEnd().split('\n').at(-1) ?? '');
  const report = reportSchema.safeParse(last);
  if (report.success) return report.data;
  const error = errorSchema.safeParse(last);
  const problem = problemSchema.safeParse(parse(text));
  if (error.success) throw new ApiFailure({ type: 'problem', status: 422, text: error.data.title });
  if (problem.success) throw new ApiFailure({ type: 'problem', status, text: problem.data.title });
  // It broke off: what it had begun is whole, or not there.
  throw new ApiFailure({ type: 'unreachable' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
