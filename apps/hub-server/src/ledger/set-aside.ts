/**
 * Entries that are held and could not be applied: listed with the reason, and tried again when somebody asks, and at each start, for a later build reads more. What was applied
 * of one before (the goods of a sale whose sums disagree) is not applied twice.
 */
import { assert } from '@holdfast/base';
import { readEntry } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import { goodsOf } from '../stock/counts.ts';
import { recount } from '../stock/recount.ts';
import { tellOfEntry } from '../webhooks/news.ts';
import { appliedBefore, type Applied } from './applied.ts';
import { tallyDevices } from './device-tally.ts';
import { foldEntry, type FoldedEntry } from './fold-entry.ts';
import { FOLDS } from './folds.ts';
import { arrivalOf, type Arrival } from './prepare-runs.ts';
import { HELD_AS_STOLEN } from './stolen.ts';

export interface SetAsideView {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: number;
  readonly store: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** A received run that could not be folded at all. */
export interface StuckRunView {
  readonly device: string;
  readonly epoch: string;
  readonly firstSeq: number;
  readonly entries: number;
  readonly store: string;
  readonly reason: string;
  readonly receivedAtMs: number;
}

export interface SetAsideList {
  readonly entries: readonly SetAsideView[];
  readonly runs: readonly StuckRunView[];
}

/** Newest first. */
export async function listSetAside(database: Database, tenantNo: number, limit: number): Promise<SetAsideList> {
  const entries = await database.rows<SetAsideView>(
    `SELECT e.device, e.epoch, e.seq, e.kind, e.store, a.reason, a.since_ms AS "sinceMs"
     FROM set_aside a JOIN ledger_entry e ON e.entry_no = a.entry_no WHERE a.tenant_no = $1 ORDER BY a.entry_no DESC LIMIT $2`,
    [tenantNo, limit],
  );
  const runs = await database.rows<StuckRunView>(
    `SELECT device, epoch, first_seq + skip AS "firstSeq", count - skip AS entries, store, failure AS reason, received_at_ms AS "receivedAtMs"
     FROM ledger_run WHERE tenant_no = $1 AND failure IS NOT NULL ORDER BY run_no DESC LIMIT $2`,
    [tenantNo, limit],
  );
  return { entries, runs };
}

interface AsideRow {
  readonly entryNo: number;
  readonly tenantNo: number;
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly branch: string;
  readonly receivedAtMs: number;
  readonly hash: Uint8Array;
  readonly canonical: Uint8Array;
  readonly applied: Applied | readonly [] | null;
}

const PAGE = 200;

/** How many of them could be applied now. Each page is one transaction under the sequence's lock: nothing is folded beside it. */
export async function retrySetAside(database: Database, tenantNo: number, nowMs: number): Promise<number> {
  await database.execute('UPDATE ledger_run SET failure = NULL WHERE tenant_no = $1 AND failure <> $2', [tenantNo, HELD_AS_STOLEN]);
  let applied = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    const page: { readonly applied: number; readonly last: number | undefined } = await database.transaction(async (tx) =>
      retryPage(tx, { tenantNo, after: from, nowMs }),
    );
    applied += page.applied;
    after = page.last;
  }
  return applied;
}

async function retryPage(
  tx: Queries,
  { tenantNo, after, nowMs }: { readonly tenantNo: number; readonly after: number; readonly nowMs: number },
): Promise<{ readonly applied: number; readonly last: number | undefined }> {
  await tx.rows('SELECT 1 FROM ledger_sequence WHERE id = 1 FOR UPDATE');
  const rows = await tx.rows<AsideRow>(
    `SELECT a.entry_no AS "entryNo", e.tenant_no AS "tenantNo", e.device, e.store, d.lane, e.branch, e.received_at_ms AS "receivedAtMs", e.hash, e.canonical, a.applied
     FROM set_aside a JOIN ledger_entry e ON e.entry_no = a.entry_no JOIN device d ON d.device = e.device
     WHERE a.tenant_no = $1 AND a.entry_no > $2 ORDER BY a.entry_no LIMIT ${PAGE}`,
    [tenantNo, after],
  );
  let applied = 0;
  for (const row of rows) if (await retryOne(tx, row, nowMs)) applied += 1;
  return { applied, last: rows.length < PAGE ? undefined : rows.at(-1)?.entryNo };
}

async function retryOne(tx: Queries, row: AsideRow, nowMs: number): Promise<boolean> {
  const folded = foldEntry(row.canonical);
  if (folded.setAside !== null) return false;
  const before = appliedBefore(row.applied, folded);
  await tx.script('SAVEPOINT retried');
  try {
    // What of it a count has in it is asked anew below, by all that it moved.
    const arrival = { ...arrivalOfRow(row, folded), ...withoutApplied(folded, before) };
    for (const fold of FOLDS) {
      const rows = fold.rows([arrival]);
      if (rows !== null) await fold.store(tx, rows, row.entryNo);
    }
  } catch {
    // As when it came: what the database does not take stays aside, with the reason that it has.
    await tx.script('ROLLBACK TO SAVEPOINT retried');
    return false;
  }
  await tx.execute('DELETE FROM set_aside WHERE entry_no = $1', [row.entryNo]);
  await recount(tx, row, goodsOf([...folded.movements, ...before.movements]));
  await tallyDevices(tx, [{ tenantNo: row.tenantNo, device: row.device, received: 0, setAside: -1 }]);
  await tellOfEntry(tx, row, nowMs);
  return true;
}

function arrivalOfRow(row: AsideRow, folded: FoldedEntry): Arrival {
  const read = readEntry(row.canonical);
  assert(read.ok, 'what folds is an entry');
  const { id, previousHash } = read.value;
  const run = { ...row, runNo: 0, skip: 0, branch: row.branch !== '' };
  return arrivalOf(folded, { index: 0, run, entry: { id, previousHash, hash: row.hash, canonical: row.canonical } });
}

/** What such a reading adds; what was applied and is named no more is taken back. */
function withoutApplied(folded: FoldedEntry, before: Applied): Applied {
  return {
    movements: [...folded.movements, ...before.movements.map((movement) => ({ ...movement, quantity: 0 - movement.quantity }))].filter(
      differs(before.movements, folded.movements),
    ),
    accountMovements: [
      ...folded.accountMovements,
      ...before.accountMovements.map((movement) => ({ ...movement, amountMinor: 0 - movement.amountMinor })),
    ].filter(differs(before.accountMovements, folded.accountMovements)),
  };
}

/** Where both say the same, nothing moves. */
const differs =
  (before: readonly unknown[], now: readonly unknown[]): (() => boolean) =>
  () =>
    JSON.stringify(before) !== JSON.stringify(now);
