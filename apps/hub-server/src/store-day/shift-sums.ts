/**
 * What a shift comes to, by its entries alone: the domain's one fold over the canonical bytes that the hub holds. As far as it went it is kept beside the span,
 * so that asking again costs what came since; what is kept under another shape of sums is made again.
 */
import { LEDGER_KINDS, addEntry, noShift, readShiftClose, type Fields, type ShiftClose, type ShiftSums } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { correctedMoment, LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';

export interface Span {
  readonly device: string;
  readonly lane: number;
  readonly epoch: string;
  readonly branch: boolean;
  readonly drawer: string;
  readonly shift: number;
  readonly businessDate: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastAtMs: number;
  readonly closeSeq: number | null;
  readonly sums: { readonly shape: string; readonly sums: ShiftSums } | null;
  readonly sumsSeq: number | null;
}

export const SPAN_COLUMNS = `device, lane, epoch, branch, drawer, shift, business_date AS "businessDate", first_seq AS "firstSeq", last_seq AS "lastSeq",
  last_at_ms AS "lastAtMs", close_seq AS "closeSeq", sums, sums_seq AS "sumsSeq"`;

/** Another build may know further figures. */
const SHAPE = Object.keys(noShift('XXX')).toSorted().join();
const PAGE_ENTRIES = 1_000;

export interface Summed {
  readonly sums: ShiftSums;
  /** Entries that could not be read, or do not agree with themselves: they are in no sum. */
  readonly unreadable: number;
}

export interface Place {
  readonly tenantNo: number;
  /** What counts where no entry says another one. */
  readonly currency: string;
}

/** Of one span. What was folded is kept, where somebody may write. */
export async function sumsOfSpan(queries: Queries, span: Span, { tenantNo, currency }: Place): Promise<Summed> {
  const kept = span.branch || span.sums?.shape !== SHAPE ? undefined : span.sums.sums;
  let sums = kept;
  let unreadable = 0;
  let after = kept === undefined ? span.firstSeq - 1 : (span.sumsSeq ?? 0);
  while (after < span.lastSeq) {
    const page = await queries.rows<{ seq: number; canonical: Uint8Array }>(
      `SELECT seq, canonical FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq > $4 AND seq <= $5 AND to_seq > $4 AND from_seq <= $5 AND (branch <> '') = $6
       ORDER BY seq, branch LIMIT ${PAGE_ENTRIES}`,
      [tenantNo, span.device, span.epoch, after, span.lastSeq, span.branch],
    );
    for (const { canonical } of page) {
      const entry = entryOf(canonical);
      if (entry === undefined || !isOf(entry.fields, span)) continue;
      sums ??= noShift(currencyOf(entry.fields) ?? currency);
      const isEmpty = sums.sales === 0 && sums.drawerMinor === 0 && sums.tenders.length === 0;
      const added = addEntry(isEmpty ? { ...sums, currency: currencyOf(entry.fields) ?? sums.currency } : sums, entry);
      if (added.ok) sums = added.value;
      else unreadable += 1;
    }
    const last = page.at(-1)?.seq;
    if (last === undefined) break;
    // Whole numbers per page: branches of one number stay together.
    after = page.length < PAGE_ENTRIES || !span.branch ? last : Math.max(last - 1, after + 1);
  }
  const found = sums ?? noShift(currency);
  if (!span.branch && unreadable === 0 && span.sumsSeq !== span.lastSeq) await keepSums(queries, { tenantNo, span, sums: found });
  return { sums: found, unreadable };
}

async function keepSums(
  queries: Queries,
  { tenantNo, span, sums }: { readonly tenantNo: number; readonly span: Span; readonly sums: ShiftSums },
): Promise<void> {
  const text = JSON.stringify({ shape: SHAPE, sums });
  // A device may have signed any word for a tender or a tax class. No database keeps this one: such sums are made anew each time.
  if (text.includes(String.raw`\u0000`)) return;
  await queries.execute(
    `UPDATE shift_span SET sums = $8, sums_seq = $9 WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND NOT branch AND drawer = $4 AND shift = $5
       AND business_date = $6 AND first_seq = $7 AND last_seq >= $9 AND (sums_seq IS NULL OR sums_seq < $9)`,
    [tenantNo, span.device, span.epoch, span.drawer, span.shift, span.businessDate, span.firstSeq, text, span.lastSeq],
  );
}

interface ReadFields {
  readonly kind: number;
  readonly fields: Fields;
  readonly atMs: number;
}

function entryOf(canonical: Uint8Array): ReadFields | undefined {
  const read = readEntry(canonical, LEDGER_SCHEMAS);
  if (!read.ok || read.value.fields === null) return undefined;
  return { kind: read.value.kind, fields: read.value.fields, atMs: correctedMoment(read.value) };
}

const isOf = (fields: Fields, { drawer, shift, businessDate }: Span): boolean =>
  fields['drawer'] === drawer && fields['shift'] === shift && fields['businessDate'] === businessDate;

function currencyOf(fields: Fields): string | undefined {
  const { currency } = fields;
  return typeof currency === 'string' && fields['training'] !== true ? currency : undefined;
}

/** A lane's own Z. */
export interface HeldZ {
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly close: ShiftClose;
  readonly operator: string;
}

/** Undefined where it says nothing that can be read: it is set aside. */
export async function zOfSpan(
  queries: Queries,
  { device, epoch, branch, closeSeq }: Span,
  { tenantNo }: Place,
): Promise<HeldZ | undefined> {
  if (closeSeq === null) return undefined;
  const [row] = await queries.rows<{ canonical: Uint8Array }>(
    `SELECT canonical FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq = $4 AND from_seq <= $4 AND to_seq >= $4 AND (branch <> '') = $5 AND kind = $6
     ORDER BY branch LIMIT 1`,
    [tenantNo, device, epoch, closeSeq, branch, LEDGER_KINDS.shiftClose.kind],
  );
  const entry = row === undefined ? undefined : entryOf(row.canonical);
  const read = entry === undefined ? undefined : readShiftClose(entry.fields);
  if (entry === undefined || read?.ok !== true) return undefined;
  const { header, ...close } = read.value;
  return { epoch, seq: closeSeq, atMs: entry.atMs, close, operator: header.operator };
}
