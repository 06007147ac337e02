/**
 * Received runs into entries, sales, lines, stock and balances: the hub's sequencer. One transaction numbers the entries of a few runs without gaps, folds them and deletes the
 * runs: whatever fails or comes twice, each entry counts once. The sequence's row is locked until the commit, so numbers become visible in their order, and of several
 * replicas one folds at a time.
 *
 * Invariants:
 * - Stores take turns: whatever one has waiting, another's first run is in the next transaction but one.
 * - The runs of one device are folded in the order in which they were received.
 * - What the database cannot take is set aside, entry by entry; a run that cannot be folded at all is marked, and stands in nobody's way.
 */
import { assert, type Clock, type Timers } from '@holdfast/base';
import { bytesToHex } from '@holdfast/sync';
import type { Logger } from 'pino';

import { arrayText } from '../db/array-text.ts';
import type { Database, Queries } from '../db/database.ts';
import { isTransient } from '../db/unreachable.ts';
import type { Crew } from './crew.ts';
import { tallyDevices } from './device-tally.ts';
import { foldEntry, unfoldable } from './fold-entry.ts';
import { FOLDS } from './folds.ts';
import type { OpenedEntries } from './opened-entries.ts';
import {
  entriesOfRun,
  prepareEntries,
  type PreparedRuns,
  type PreparePorts,
  type RunEntries,
  type RunOfEntries,
  type StoredRun,
} from './prepare-runs.ts';

export interface FolderPorts extends PreparePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly crew: Crew;
  readonly opened: OpenedEntries;
  /** Batches wait to be received: their devices wait for an answer, nobody waits for this. */
  readonly isIntakeBusy: () => boolean;
  /** Entries numbered behind `after`, up to `upTo`, are folded. */
  readonly onFolded: (folded: { readonly after: number; readonly upTo: number }) => void;
  /** How long whoever asks waits for it. */
  readonly patienceMs?: number | undefined;
}

export interface Folder {
  /** Something was received. */
  nudge(): void;
  /** True once all that was received before is folded; false: that takes longer than anybody should wait. */
  settle(): Promise<boolean>;
  /** Lets the transaction under way end. */
  stop(): Promise<void>;
}

const TURN_ENTRIES = 2_000;
/** What a turn waits at most for the intake to have a rest. */
const GIVE_WAY_MS = 250;
const RETRY_MS = 1_000;
/** Another replica may have died with runs that it received. */
const SWEEP_MS = 1_000;
const SETTLE_POLL_MS = 20;
const PATIENCE_MS = 2_000;

type Turn = 'folded' | 'elsewhere';

interface Batch {
  readonly runs: readonly StoredRun[];
  readonly prepared: Promise<PreparedRuns>;
}

export function createFolder(ports: FolderPorts): Folder {
  const state = { isWanted: false, isStopping: false };
  let settling = 0;
  let running: Promise<void> | undefined;
  let cancelSweep = (): void => undefined;
  const ends = new Set<() => void>();

  const rest = async (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = ports.timers.after(delayMs, () => end());
      const end = (): void => {
        cancel();
        ends.delete(end);
        resolve();
      };
      ends.add(end);
    });

  /** Until nothing is left: the rows of one turn are made while those of the one before are stored. */
  const drain = async (): Promise<void> => {
    let next = await select(ports, []);
    while (next !== undefined && !state.isStopping) {
      if (ports.isIntakeBusy() && settling === 0) await rest(GIVE_WAY_MS);
      const batch: Batch = next;
      next = undefined;
      const turn = await foldTurn(ports, batch, async () => {
        next = await select(ports, batch.runs);
      });
      if (turn === 'elsewhere') await rest(SETTLE_POLL_MS);
      next ??= await select(ports, []);
    }
  };

  const run = async (): Promise<void> => {
    while (state.isWanted && !state.isStopping) {
      state.isWanted = false;
      try {
        await drain();
      } catch (error) {
        ports.logger.error({ err: error }, 'the ledger could not be folded; it is tried again');
        state.isWanted = true;
        await rest(RETRY_MS);
      }
    }
  };

  const nudge = (): void => {
    state.isWanted = true;
    if (state.isStopping || running !== undefined) return;
    running = run().finally(() => {
      running = undefined;
      // Something may have been received between the last look and this.
      if (state.isWanted) nudge();
    });
  };

  const sweep = (): void => {
    cancelSweep = ports.timers.after(SWEEP_MS, () => {
      nudge();
      sweep();
    });
  };
  if (ports.database.engine === 'postgres') sweep();
  nudge();

  const isSettled = async (upTo: number): Promise<boolean> =>
    (await ports.database.rows('SELECT 1 FROM ledger_run WHERE run_no <= $1 AND failure IS NULL LIMIT 1', [upTo])).length === 0;

  return {
    nudge,
    settle: async () => {
      const [last] = await ports.database.rows<{ run_no: number | null }>(
        'SELECT max(run_no) AS run_no FROM ledger_run WHERE failure IS NULL',
      );
      const upTo = last?.run_no ?? null;
      if (upTo === null) return true;
      settling += 1;
      try {
        for (const endMs = ports.clock.monotonicMs() + (ports.patienceMs ?? PATIENCE_MS); !(await isSettled(upTo));) {
          if (state.isStopping || ports.clock.monotonicMs() > endMs) return false;
          for (const end of ends) end();
          nudge();
          await new Promise<void>((resolve) => void ports.timers.after(SETTLE_POLL_MS, resolve));
        }
        return true;
      } finally {
        settling -= 1;
      }
    },
    stop: async () => {
      state.isStopping = true;
      cancelSweep();
      for (const end of ends) end();
      await running;
    },
  };
}

/**
 * The next runs, by turns of their stores, and their rows under preparation; undefined where there are none. A run beside the main line comes by itself: what of it
 * is held already is seen when it is folded.
 */
async function select(ports: FolderPorts, under: readonly StoredRun[]): Promise<Batch | undefined> {
  const opened = ports.opened.snapshot();
  const found = await ports.database.rows<StoredRun>(
    `WITH ranked AS (
       SELECT run_no, count - skip AS entries, branch, row_number() OVER (PARTITION BY store ORDER BY run_no) AS turn
       FROM ledger_run WHERE failure IS NULL AND run_no <> ALL ($1::bigint[])
     ), taken AS (
       SELECT run_no, turn, branch, sum(entries) OVER ahead AS entries, count(*) OVER ahead AS place, bool_or(branch) OVER ahead AS branches
       FROM ranked WINDOW ahead AS (ORDER BY turn, run_no ROWS UNBOUNDED PRECEDING)
     )
     SELECT r.run_no AS "runNo", r.tenant_no AS "tenantNo", r.device, r.store, r.lane, r.skip, r.branch, r.received_at_ms AS "receivedAtMs",
       CASE WHEN r.run_no = ANY ($3::bigint[]) THEN NULL ELSE r.frame END AS frame
     FROM taken JOIN ledger_run r ON r.run_no = taken.run_no
     WHERE place = 1 OR (taken.entries <= $2 AND NOT branches) ORDER BY taken.place`,
    [arrayText(under.map(({ runNo }) => runNo)), TURN_ENTRIES, arrayText([...opened.keys()])],
  );
  const runs = found.map((run): StoredRun => {
    const entries = run.frame === null ? opened.get(run.runNo) : undefined;
    return entries === undefined ? run : { ...run, entries };
  });
  const [first] = runs;
  if (first === undefined) {
    // What was kept then and is not there was folded by another replica.
    if (under.length === 0) ports.opened.forget(opened.keys());
    return undefined;
  }
  const prepared = first.branch ? Promise.resolve(NOTHING) : ports.crew.prepare(runs);
  // Whoever awaits it hears of a failure; until then it is nobody's, and no reason to end the hub.
  prepared.catch(() => undefined);
  return { runs, prepared };
}

const NOTHING: PreparedRuns = prepareEntries([], foldEntry);

/** `whileStoring` runs beside the transaction, once the runs are taken. */
async function foldTurn(ports: FolderPorts, batch: Batch, whileStoring: () => Promise<void>): Promise<Turn> {
  const [first] = batch.runs;
  assert(first !== undefined, 'a turn has runs');
  let beside: Promise<void> = Promise.resolve();
  try {
    const prepared = await batch.prepared;
    const turn = await ports.database.transaction(async (tx) => {
      const lastNo = await lockSequence(tx);
      if (lastNo === undefined) return 'elsewhere';
      if (!(await areThere(tx, batch.runs))) return 'folded';
      beside = whileStoring();
      // Heard of when the runs are stored.
      beside.catch(() => undefined);
      const stored = first.branch
        ? await storeBranch(ports, tx, { run: first, lastNo })
        : await storePrepared(tx, { prepared, runs: batch.runs, lastNo, nowMs: ports.clock.nowMs() });
      await finish(tx, batch.runs, stored);
      return { after: lastNo, upTo: stored };
    });
    await beside;
    // Folded here or elsewhere; of what another replica folds just now the frame is there.
    ports.opened.forget(batch.runs.map(({ runNo }) => runNo));
    if (turn === 'elsewhere' || turn === 'folded') return turn;
    ports.onFolded(turn);
    return 'folded';
  } catch (error) {
    await beside;
    if (isTransient(error)) throw error;
    ports.logger.error(
      { err: error, runs: batch.runs.map(({ runNo }) => runNo) },
      'runs could not be folded together; they are folded apart',
    );
    for (const run of batch.runs) await foldApart(ports, run);
    ports.opened.forget(batch.runs.map(({ runNo }) => runNo));
    return 'folded';
  }
}

/** Undefined where another replica holds it. */
async function lockSequence(tx: Queries): Promise<number | undefined> {
  const [row] = await tx.rows<{ entry_no: number }>('SELECT entry_no FROM ledger_sequence WHERE id = 1 FOR UPDATE SKIP LOCKED');
  return row?.entry_no;
}

/** Only who holds the sequence deletes runs. */
async function areThere(tx: Queries, runs: readonly StoredRun[]): Promise<boolean> {
  const rows = await tx.rows('SELECT 1 FROM ledger_run WHERE run_no = ANY ($1::bigint[]) AND failure IS NULL', [
    runs.map(({ runNo }) => runNo),
  ]);
  return rows.length === runs.length;
}

interface Storing {
  readonly prepared: PreparedRuns;
  readonly runs: readonly RunOfEntries[];
  readonly lastNo: number;
  readonly nowMs: number;
}

/** Entries and their folds; gives the number of the last entry. */
async function storePrepared(tx: Queries, { prepared, runs, lastNo, nowMs }: Storing): Promise<number> {
  if (prepared.count === 0) return lastNo;
  const base = lastNo + 1;
  await tx.execute(
    `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no)
     SELECT r.t, r.d, x.epoch, x.seq, CASE WHEN r.b THEN encode(h.hash, 'hex') ELSE '' END, r.s, x.kind, h.hash, r.ra,
       substring($2::bytea, x.start, x.length), $1 + x.place - 1
     FROM unnest($4::integer[], $5::text[], $6::bigint[], $7::bigint[], $8::integer[], $9::integer[]) WITH ORDINALITY
       AS x (run, epoch, seq, kind, start, length, place)
     JOIN jsonb_to_recordset($10::jsonb) AS r (i integer, t integer, d text, s text, b boolean, ra bigint) ON r.i = x.run
     CROSS JOIN LATERAL (SELECT substring($3::bytea, (x.place::integer - 1) * 32 + 1, 32) AS hash) AS h`,
    [
      base,
      prepared.canonicals,
      prepared.hashes,
      ...prepared.columns,
      JSON.stringify(runs.map((run, i) => ({ i, t: run.tenantNo, d: run.device, s: run.store, b: run.branch, ra: run.receivedAtMs }))),
    ],
  );
  for (const [index, fold] of FOLDS.entries()) {
    const rows = prepared.folds[index];
    assert(rows !== undefined, 'a fold has its rows');
    if (rows !== null) await fold.store(tx, rows, base);
  }
  await countArrivals(tx, { prepared, runs, lastNo, nowMs });
  return lastNo + prepared.count;
}

async function countArrivals(tx: Queries, { prepared, runs, lastNo, nowMs }: Storing): Promise<void> {
  if (prepared.setAside.length > 0) {
    await tx.execute(
      `INSERT INTO set_aside (entry_no, tenant_no, device, reason, since_ms, applied)
       SELECT $1 + x.n, x.t, x.d, x.r, $2, x.a FROM jsonb_to_recordset($3::jsonb) AS x (n integer, t integer, d text, r text, a jsonb)`,
      [
        lastNo + 1,
        nowMs,
        JSON.stringify(
          prepared.setAside.map(({ index, reason, applied }) => {
            const run = runs[prepared.runs[index] ?? -1];
            assert(run !== undefined, 'an entry has its run');
            return { n: index, t: run.tenantNo, d: run.device, r: reason, a: JSON.parse(applied) as unknown };
          }),
        ),
      ],
    );
  }
  const tallies = new Map<string, { tenantNo: number; device: string; received: number; setAside: number }>();
  const of = (runIndex: number): { received: number; setAside: number } => {
    const run = runs[runIndex];
    assert(run !== undefined, 'an entry has its run');
    const held = tallies.get(run.device) ?? { tenantNo: run.tenantNo, device: run.device, received: 0, setAside: 0 };
    tallies.set(run.device, held);
    return held;
  };
  for (const runIndex of prepared.runs) of(runIndex).received += 1;
  for (const { index } of prepared.setAside) of(prepared.runs[index] ?? -1).setAside += 1;
  await tallyDevices(tx, tallies.values());
}

async function finish(tx: Queries, runs: readonly StoredRun[], lastNo: number): Promise<void> {
  await tx.execute('DELETE FROM ledger_run WHERE run_no = ANY ($1::bigint[])', [runs.map(({ runNo }) => runNo)]);
  await tx.execute('UPDATE ledger_sequence SET entry_no = $1 WHERE id = 1', [lastNo]);
}

interface Apart {
  readonly run: StoredRun;
  readonly lastNo: number;
}

/** What of a second history is held already is no news. */
async function storeBranch(ports: FolderPorts, tx: Queries, { run, lastNo }: Apart): Promise<number> {
  const entries = entriesOfRun(run, ports);
  const first = entries[0];
  assert(first !== undefined, 'a run has entries');
  const held = await tx.rows<{ branch: string }>(
    `SELECT branch FROM ledger_entry WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND branch <> '' AND seq BETWEEN $4 AND $5`,
    [run.tenantNo, run.device, first.id.epoch, first.id.seq, first.id.seq + entries.length - 1],
  );
  const branches = new Set(held.map(({ branch }) => branch));
  const news = entries.filter(({ hash }) => !branches.has(bytesToHex(hash)));
  const prepared = prepareEntries([{ run, entries: news }], foldEntry);
  const stored = await storePrepared(tx, { prepared, runs: [run], lastNo, nowMs: ports.clock.nowMs() });
  const [start] = news;
  // One more branch where the first of these entries leaves the main line; the ones behind it continue that branch.
  if (start !== undefined) {
    await tx.execute(
      `UPDATE device SET branches = branches + 1 WHERE device = $1 AND NOT EXISTS (
         SELECT 1 FROM ledger_entry WHERE tenant_no = $2 AND device = $1 AND branch <> '' AND hash = $3)`,
      [run.device, run.tenantNo, start.previousHash],
    );
  }
  return stored;
}

/** One run by itself, one entry after the other: what cannot be stored is set aside with what the database said of it. */
async function foldApart(ports: FolderPorts, run: StoredRun): Promise<void> {
  try {
    const folded = await ports.database.transaction(async (tx) => {
      const held = await tx.rows<{ entry_no: number }>('SELECT entry_no FROM ledger_sequence WHERE id = 1 FOR UPDATE');
      const after = held[0]?.entry_no ?? 0;
      let last = after;
      if (!(await areThere(tx, [run]))) return undefined;
      if (run.branch) last = await storeBranch(ports, tx, { run, lastNo: last });
      else
        for (const entry of entriesOfRun(run, ports))
          last = await storeOne(ports, tx, { brought: { run, entries: [entry] }, lastNo: last });
      await finish(tx, [run], last);
      return { after, upTo: last };
    });
    if (folded !== undefined) ports.onFolded(folded);
  } catch (error) {
    if (isTransient(error)) throw error;
    ports.logger.error({ err: error, run: run.runNo, device: run.device }, 'a run could not be folded: it is set aside');
    await ports.database.execute('UPDATE ledger_run SET failure = $2 WHERE run_no = $1', [run.runNo, reasonOf(error)]);
  }
}

async function storeOne(
  ports: FolderPorts,
  tx: Queries,
  { brought, lastNo }: { readonly brought: RunEntries; readonly lastNo: number },
): Promise<number> {
  const store = async (fold: typeof foldEntry): Promise<number> =>
    storePrepared(tx, { prepared: prepareEntries([brought], fold), runs: [brought.run], lastNo, nowMs: ports.clock.nowMs() });
  await tx.script('SAVEPOINT entry');
  try {
    return await store(foldEntry);
  } catch (error) {
    if (isTransient(error)) throw error;
    await tx.script('ROLLBACK TO SAVEPOINT entry');
    return store((canonical) => unfoldable(canonical, `could not be stored: ${reasonOf(error)}`));
  }
}

const MAX_REASON_LENGTH = 200;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_LENGTH);
