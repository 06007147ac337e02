/** Who was at work in the stores, and when: marks as lanes told them, folded into attendances when somebody asks, by the domain's own fold. */
import { attendancesOf, beginOf, LONGEST_STATED_MS, type Attendance, type AttendanceMark } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import type { JsonFold } from '../ledger/folds.ts';
import type { Arrival } from '../ledger/prepare-runs.ts';

export const attendanceFold: JsonFold = {
  name: 'attendance',
  rows: (arrivals) => arrivals.flatMap(markOf),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO attendance_mark (entry_no, tenant_no, store, lane, person, act, at_ms, stated_by, reason)
       SELECT $2 + x.n, x.t, x.s, x.l, x.p, x.a, x.at, x.by, x.r
       FROM jsonb_to_recordset($1::jsonb) AS x (n integer, t integer, s text, l integer, p text, a text, at bigint, by text, r text)`,
      [json, base],
    );
  },
};

function markOf({ index, run, attendance }: Arrival): readonly object[] {
  if (attendance === null) return [];
  const { person, act, atMs, reason, operator } = attendance;
  const stated = reason === undefined ? {} : { by: operator, r: reason };
  return [{ n: index, t: run.tenantNo, s: run.store, l: run.lane, p: person, a: act, at: atMs, ...stated }];
}

export interface AttendanceView extends Attendance {
  readonly store: string;
}

export interface AttendanceQuestion {
  readonly tenantNo: number;
  readonly store?: string | undefined;
  /** Of beginnings: from, and before. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** As far as one end can be from the other, and more: what stands across a border is told whole. */
const AROUND_MS = 2 * LONGEST_STATED_MS;

/** Newest first. */
export async function listAttendance(
  { database, nowMs }: { readonly database: Database; readonly nowMs: number },
  { tenantNo, store, fromMs, toMs }: AttendanceQuestion,
): Promise<readonly AttendanceView[]> {
  const params: unknown[] = [tenantNo, fromMs - AROUND_MS, toMs + AROUND_MS];
  if (store !== undefined) params.push(store);
  const rows = await database.rows<AttendanceMark & { readonly store: string; readonly reason: string | null }>(
    `SELECT store, person, act, at_ms AS "atMs", reason FROM attendance_mark
     WHERE tenant_no = $1 AND at_ms >= $2 AND at_ms < $3 ${store === undefined ? '' : 'AND store = $4'}`,
    params,
  );
  const marksByStore = new Map<string, AttendanceMark[]>();
  for (const { store: where, person, act, atMs, reason } of rows) {
    const marks = marksByStore.get(where) ?? [];
    marksByStore.set(where, marks);
    marks.push({ person, act, atMs, ...(reason !== null && { reason }) });
  }
  return [...marksByStore]
    .flatMap(([where, marks]) => attendancesOf(marks, nowMs).map((each) => ({ store: where, ...each })))
    .filter((each) => beginOf(each) >= fromMs && beginOf(each) < toMs)
    .toSorted((left, right) => beginOf(right) - beginOf(left) || (left.store < right.store ? -1 : 1));
}
