/** What a person makes of a conflict (SPEC: O-6). The answer and what it publishes stand or fall together. */
import { err, ok, type Result } from '@holdfast/base';

import { changesToRows, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import type { Published } from '../catalog/publish.ts';
import type { Queries } from '../db/database.ts';
import { CONFLICT_COLUMNS, type ConflictAnswer, type ConflictRow } from './conflicts.ts';
import { judgeRequest, noteAnswer, REQUEST_COLUMNS, rowsOf, type RequestPorts, type RequestRow } from './requests.ts';

export type AnswerError =
  | { readonly type: 'noSuchConflict' }
  | { readonly type: 'answeredAlready'; readonly by: string }
  | { readonly type: 'badValues'; readonly reason: string }
  /** Judged again it comes to the same. */
  | { readonly type: 'stillRefused'; readonly rule: string }
  /** No store asked: there is nothing to judge again. */
  | { readonly type: 'notRetryable' };

export interface AnswerWish {
  readonly conflictNo: number;
  readonly answer: ConflictAnswer;
  /** Of `correct`: what the store shall have, by name. */
  readonly values?: Readonly<Record<string, FieldValue>> | undefined;
  readonly by: string;
}

export async function answerConflict(ports: RequestPorts, wish: AnswerWish): Promise<Result<Published, AnswerError>> {
  const { tenantNo } = ports.identity;
  const answered = await ports.database.transaction(async (tx): Promise<Result<Published, AnswerError>> => {
    const publication = await ports.catalog.open(tx, `conflict ${wish.conflictNo}`);
    const [conflict] = await tx.rows<ConflictRow>(
      `SELECT ${CONFLICT_COLUMNS} FROM conflict WHERE tenant_no = $1 AND conflict_no = $2 FOR UPDATE`,
      [tenantNo, wish.conflictNo],
    );
    if (conflict === undefined) return err({ type: 'noSuchConflict' });
    if (conflict.answeredBy !== null) return err({ type: 'answeredAlready', by: conflict.answeredBy });
    const made = await makeAnswer(ports, tx, conflict, wish);
    if (!made.ok) return made;
    await publication.put(made.value.rows);
    const published = await publication.finish({ by: wish.by });
    await made.value.note(published.lsn);
    await tx.execute('UPDATE conflict SET answer = $3, answered_by = $4, answered_at_ms = $5 WHERE tenant_no = $1 AND conflict_no = $2', [
      tenantNo,
      wish.conflictNo,
      wish.answer,
      wish.by,
      ports.clock.nowMs(),
    ]);
    return ok(published);
  });
  if (answered.ok) ports.catalog.announce(answered.value);
  return answered;
}

interface MadeAnswer {
  readonly rows: readonly EntityRow[];
  note(lsn: number | null): Promise<void>;
}

const QUIETLY = async (): Promise<void> => {};

async function makeAnswer(
  ports: RequestPorts,
  tx: Queries,
  conflict: ConflictRow,
  { answer, values = {} }: AnswerWish,
): Promise<Result<MadeAnswer, AnswerError>> {
  if (answer === 'accept') return ok({ rows: [], note: QUIETLY });
  if (answer === 'correct') {
    const { type, key, store } = conflict;
    const rows = changesToRows([{ type, key, scope: `store:${store}`, fields: values }]);
    return rows.ok ? ok({ rows: rows.value, note: QUIETLY }) : err({ type: 'badValues', reason: rows.error.reason });
  }
  const [request] = await tx.rows<RequestRow>(
    `SELECT ${REQUEST_COLUMNS} FROM store_request r JOIN store s ON s.tenant_no = r.tenant_no AND s.store = r.store WHERE r.entry_no = $1`,
    [conflict.entryNo],
  );
  if (request === undefined) return err({ type: 'notRetryable' });
  const judgement = await judgeRequest(ports, tx, request, true);
  const { decision } = judgement;
  if (decision.status !== 'accepted') return err({ type: 'stillRefused', rule: decision.rule });
  return ok({ rows: rowsOf(request, judgement), note: async (lsn) => noteAnswer(tx, request, judgement, lsn) });
}
