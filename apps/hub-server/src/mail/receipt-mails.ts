/** Receipts that lanes asked to be sent by mail: what became of each. No row says an address; it stands sealed in the ledger's own entry. */
import type { Database } from '../db/database.ts';
import type { JsonFold } from '../ledger/folds.ts';
import type { Arrival } from '../ledger/prepare-runs.ts';

export const MAIL_STATES = ['waiting', 'sent', 'failed'] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** Why nothing more is tried. Of `refused` and `tooLate` the detail says what the server said last. */
export type MailFailure = 'refused' | 'tooLate' | 'keyForgotten' | 'unreadable';

export const receiptMailFold: JsonFold = {
  name: 'receipt mails',
  rows: (arrivals) => arrivals.flatMap(rowOf),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO receipt_mail (entry_no, tenant_no, store, lane, receipt_number, asked_at_ms, received_at_ms, next_at_ms)
       SELECT $2 + x.n, x.t, x.s, x.l, x.r, x.at, x.ra, x.ra
       FROM jsonb_to_recordset($1::jsonb) AS x (n integer, t integer, s text, l integer, r text, at bigint, ra bigint)`,
      [json, base],
    );
  },
};

function rowOf({ index, run, mail, atMs }: Arrival): readonly object[] {
  if (mail === null) return [];
  return [{ n: index, t: run.tenantNo, s: run.store, l: run.lane, r: mail.receiptNumber, at: atMs, ra: run.receivedAtMs }];
}

export interface ReceiptMailView {
  readonly entryNo: number;
  readonly store: string;
  readonly lane: number;
  readonly receiptNumber: string;
  readonly state: MailState;
  readonly askedAtMs: number;
  readonly attempts: number;
  /** Of one that waits. */
  readonly nextAtMs: number | null;
  readonly doneAtMs: number | null;
  readonly failure: MailFailure | null;
  /** What the mail server said last, without any address. */
  readonly detail: string | null;
}

export interface MailQuestion {
  readonly tenantNo: number;
  readonly store?: string | undefined;
  readonly state?: MailState | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listReceiptMails(
  database: Database,
  { tenantNo, store, state, limit }: MailQuestion,
): Promise<readonly ReceiptMailView[]> {
  return await database.rows<ReceiptMailView>(
    `SELECT entry_no AS "entryNo", store, lane, receipt_number AS "receiptNumber", state, asked_at_ms AS "askedAtMs", attempts,
       CASE WHEN state = 'waiting' THEN next_at_ms END AS "nextAtMs", done_at_ms AS "doneAtMs", failure, detail
     FROM receipt_mail WHERE tenant_no = $1 AND ($2::text IS NULL OR store = $2) AND ($3::text IS NULL OR state = $3)
     ORDER BY entry_no DESC LIMIT $4`,
    [tenantNo, store ?? null, state ?? null, limit],
  );
}

/** One that failed is tried from the beginning. False: there is none, or it did not fail. */
export async function tryMailAgain(database: Database, tenantNo: number, entryNo: number, nowMs: number): Promise<boolean> {
  const tried = await database.execute(
    `UPDATE receipt_mail SET state = 'waiting', attempts = 0, failure = NULL, done_at_ms = NULL, next_at_ms = $3, received_at_ms = $3
     WHERE tenant_no = $1 AND entry_no = $2 AND state = 'failed'`,
    [tenantNo, entryNo, nowMs],
  );
  return tried > 0;
}
