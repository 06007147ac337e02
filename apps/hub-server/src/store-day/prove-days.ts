/** What the ledger says of shifts, safes and who was at work, entry by entry, against what was folded of them: the spans, the sums that are kept beside them, and what lies in each safe. */
import { addEntry, LEDGER_KINDS, noShift, type ShiftSums } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { LEDGER_SCHEMAS, type FoldedEntry } from '../ledger/fold-entry.ts';

export interface DayProof {
  add(device: ProvenDevice, entry: ProvenEntry, folded: FoldedEntry): void;
  /** In words; once all entries were added. */
  problems(tx: Queries): Promise<readonly string[]>;
}

interface ProvenDevice {
  readonly device: string;
  readonly store: string;
}

interface ProvenEntry {
  readonly entry_no: number;
  readonly epoch: string;
  readonly seq: number;
  readonly branch: string;
  readonly canonical: Uint8Array;
}

interface SpanProof {
  firstSeq: number;
  lastSeq: number;
  closeSeq: number | null;
  sums: ShiftSums | undefined;
}

interface KeptSpan {
  readonly name: readonly unknown[];
  readonly span: readonly [firstSeq: number, lastSeq: number, closeSeq: number | null];
  readonly kept: { readonly sums: ShiftSums } | null;
  readonly sumsSeq: number | null;
}

const spanOf = ({ firstSeq, lastSeq, closeSeq }: SpanProof): KeptSpan['span'] => [firstSeq, lastSeq, closeSeq];

/** In one snapshot with everything else that is proven. */
export async function createDayProof(tx: Queries, tenantNo: number): Promise<DayProof> {
  const [begin] = await tx.rows<{ entry_no: number }>('SELECT entry_no FROM store_days_begin');
  const from = begin?.entry_no ?? 0;
  const rows = await tx.rows<KeptSpan>(
    `SELECT json_build_array(device, epoch, branch, drawer, shift, business_date) AS name, json_build_array(first_seq, last_seq, close_seq) AS span, sums AS kept,
       sums_seq AS "sumsSeq" FROM shift_span WHERE tenant_no = $1`,
    [tenantNo],
  );
  const kept = new Map(rows.map((row) => [JSON.stringify(row.name), row]));
  const spans = new Map<string, SpanProof>();
  const safes = new Map<string, bigint>();
  const attendance = new Map<number, string>();
  return {
    add: ({ device, store }, { entry_no: entryNo, epoch, seq, branch, canonical }, { place, safe, kind, attendance: mark }) => {
      if (mark !== null) attendance.set(entryNo, JSON.stringify([store, mark.person, mark.act, mark.atMs, mark.reason ?? null]));
      if (place === null || entryNo <= from) return;
      const key = JSON.stringify([device, epoch, branch !== '', place.drawer, place.shift, place.businessDate]);
      const span = spans.get(key) ?? { firstSeq: seq, lastSeq: seq, closeSeq: null, sums: undefined };
      spans.set(key, span);
      span.firstSeq = Math.min(span.firstSeq, seq);
      span.lastSeq = Math.max(span.lastSeq, seq);
      if (kind === LEDGER_KINDS.shiftClose.kind) span.closeSeq = Math.max(span.closeSeq ?? 0, seq);
      const held = kept.get(key);
      if (held?.kept && seq <= (held.sumsSeq ?? 0)) span.sums = withEntry(span.sums ?? noShift(held.kept.sums.currency), canonical);
      if (safe === null) return;
      const name = JSON.stringify([store, safe.currency]);
      safes.set(name, (safes.get(name) ?? 0n) + BigInt(safe.amountMinor));
    },
    problems: async (queries) => [
      ...spanProblems(spans, kept),
      ...(await safeProblems(queries, tenantNo, safes)),
      ...(await markProblems(queries, tenantNo, attendance)),
    ],
  };
}

function withEntry(sums: ShiftSums, canonical: Uint8Array): ShiftSums {
  const read = readEntry(canonical, LEDGER_SCHEMAS);
  const added = read.ok && read.value.fields !== null ? addEntry(sums, { kind: read.value.kind, fields: read.value.fields }) : undefined;
  return added?.ok === true ? added.value : sums;
}

function spanProblems(spans: ReadonlyMap<string, SpanProof>, kept: ReadonlyMap<string, KeptSpan>): readonly string[] {
  const problems: string[] = [];
  for (const [key, span] of spans) {
    const held = kept.get(key);
    const [told, found] = [JSON.stringify(held?.span ?? null), JSON.stringify(spanOf(span))];
    if (told !== found) problems.push(`shift ${key}: kept as ${told}, the ledger says ${found}`);
    // The order of keys in what a database keeps as JSON is its own.
    else if (span.sums !== undefined && sorted(held?.kept?.sums) !== sorted(span.sums)) {
      problems.push(`shift ${key}: the sums that are kept differ from what its entries come to`);
    }
  }
  for (const key of kept.keys()) if (!spans.has(key)) problems.push(`shift ${key}: kept, and the ledger has no such entry`);
  return problems;
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );

async function markProblems(tx: Queries, tenantNo: number, marks: ReadonlyMap<number, string>): Promise<readonly string[]> {
  const rows = await tx.rows<{ entryNo: number; mark: readonly unknown[] }>(
    `SELECT entry_no AS "entryNo", json_build_array(store, person, act, at_ms, reason) AS mark FROM attendance_mark WHERE tenant_no = $1`,
    [tenantNo],
  );
  const kept = new Map(rows.map(({ entryNo, mark }) => [entryNo, JSON.stringify(mark)]));
  return [...new Set([...kept.keys(), ...marks.keys()])].flatMap((entryNo) => {
    const [told, found] = [kept.get(entryNo) ?? 'nothing', marks.get(entryNo) ?? 'nothing'];
    return told === found ? [] : [`attendance of entry ${entryNo}: kept as ${told}, the ledger says ${found}`];
  });
}

async function safeProblems(tx: Queries, tenantNo: number, safes: ReadonlyMap<string, bigint>): Promise<readonly string[]> {
  const rows = await tx.rows<{ store: string; currency: string; balance: string }>(
    'SELECT store, currency, sum(amount_minor)::text AS balance FROM safe_movement WHERE tenant_no = $1 GROUP BY store, currency',
    [tenantNo],
  );
  const kept = new Map(rows.map(({ store, currency, balance }) => [JSON.stringify([store, currency]), balance]));
  return [...new Set([...kept.keys(), ...safes.keys()])].flatMap((name) => {
    const [told, found] = [kept.get(name) ?? '0', String(safes.get(name) ?? 0n)];
    return told === found ? [] : [`safe of ${name}: kept as ${told}, the ledger says ${found}`];
  });
}
