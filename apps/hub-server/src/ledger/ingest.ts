/**
 * Ledger batches into the database: one transaction per batch, which holds the device's row, looks up what is held, lets sync
 * judge, stores what is new and folds it into sales, lines and stock. The ledger's primary key (device, epoch, seq, branch) is the
 * last word on what is new: only rows that it took are folded, so a batch that comes twice, or twice at once, counts once.
 *
 * The answer is sent after the commit. Nothing is ever *safe* here: PGlite never calls fsync, and of a Postgres this build knows neither a
 * synchronous standby nor a verified backup. So devices keep everything.
 */
import { assert, err, ok, unreachable, type Clock, type Compression, type Hash, type Result, type Verifier } from '@holdfast/base';
import { foldStock, netMinorOf } from '@holdfast/domain';
import {
  BATCH_CODEC_VERSION,
  bytesToHex,
  decodeBatch,
  judgeBatch,
  previousOf,
  type Batch,
  type BatchVerdict,
  type ChainedEntry,
  type LedgerAnswer,
} from '@holdfast/sync';

import { releaseHolds } from '../accounts/holds.ts';
import { noteExcesses } from '../authority/exceptions.ts';
import { takeRequests } from '../authority/requests.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { foldEntry, type FoldedEntry } from './fold-entry.ts';
import { storeReturns } from './returns.ts';
import type { SaleRow } from './sales.ts';

export interface IngestPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly compression: Compression;
  readonly hash: Hash;
  readonly verifier: Verifier;
}

export type IngestError =
  | { readonly type: 'badBatch'; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: 'wrong-device' | 'bad-signature' };

export interface Ingested {
  readonly answer: LedgerAnswer;
  /** Sales that this batch brought, for those who watch. */
  readonly sales: readonly SaleRow[];
  /** It brought something that the hub has to decide. */
  readonly asks: boolean;
}

/** An entry on its way into the tables. */
interface Arrival extends FoldedEntry {
  readonly entry: ChainedEntry;
  /** Empty on the main line. */
  readonly branch: string;
  /** Given by the database when it takes the entry. */
  readonly entryNo: number;
}

export async function ingest(ports: IngestPorts, device: EnrolledDevice, frame: Uint8Array): Promise<Result<Ingested, IngestError>> {
  const batch = decodeBatch(frame, ports);
  if (!batch.ok) return err({ type: 'badBatch', reason: batch.error.reason });
  const receivedAtMs = ports.clock.nowMs();
  return ports.database.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM device WHERE device = $1 FOR UPDATE', [device.device]);
    const verdict = await judge(ports, tx, device, batch.value);
    switch (verdict.type) {
      case 'refused':
        return err({ type: 'refused', reason: verdict.reason });
      case 'gap':
        return ok({ answer: { ...(await heldOf(tx, device)), gap: true }, sales: [], asks: false });
      case 'append': {
        const arrivals = await store(tx, device, verdict.entries, { branching: false, receivedAtMs });
        assert(arrivals.length === verdict.entries.length, 'under the device’s lock, what was judged new is new');
        await extendEpoch(tx, device, batch.value, { verdict, receivedAtMs });
        return ok({ answer: await heldOf(tx, device), sales: saleRowsOf(device, arrivals, receivedAtMs), asks: hasRequest(arrivals) });
      }
      case 'branch': {
        const arrivals = await store(tx, device, verdict.entries, { branching: true, receivedAtMs });
        if (arrivals.length > 0) await countBranch(tx, device, arrivals);
        const answer = { ...(await heldOf(tx, device)), branch: true as const };
        return ok({ answer, sales: saleRowsOf(device, arrivals, receivedAtMs), asks: hasRequest(arrivals) });
      }
      default:
        return unreachable(verdict, 'batch verdict');
    }
  });
}

const hasRequest = (arrivals: readonly Arrival[]): boolean => arrivals.some(({ request }) => request !== null);

interface EpochRow {
  readonly epoch: string;
  readonly head_seq: number;
  readonly head_hash: Uint8Array;
}

const epochsOf = async (tx: Queries, device: EnrolledDevice): Promise<readonly EpochRow[]> =>
  tx.rows<EpochRow>('SELECT epoch, head_seq, head_hash FROM ledger_epoch WHERE tenant_no = $1 AND device = $2', [
    device.tenantNo,
    device.device,
  ]);

async function judge(ports: IngestPorts, tx: Queries, device: EnrolledDevice, batch: Batch): Promise<BatchVerdict> {
  const epochs = await epochsOf(tx, device);
  const head = epochs.find((row) => row.epoch === batch.epoch);
  const held = await tx.rows<{ seq: number; hash: Uint8Array }>(
    `SELECT seq, hash FROM ledger_entry WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND branch = '' AND seq BETWEEN $4 AND $5`,
    [device.tenantNo, device.device, batch.epoch, batch.firstSeq, batch.firstSeq + batch.entries.length - 1],
  );
  return judgeBatch(
    {
      device: device.device,
      publicKey: device.publicKey,
      head: head === undefined ? null : { device: device.device, epoch: head.epoch, seq: head.head_seq, hash: head.head_hash },
      hashBySeq: new Map(held.map((row) => [row.seq, row.hash])),
      previousHeld: await isPreviousHeld(tx, device, batch),
      otherEpochs: epochs.some((row) => row.epoch !== batch.epoch),
    },
    batch,
    ports.verifier,
  );
}

async function isPreviousHeld(tx: Queries, device: EnrolledDevice, batch: Batch): Promise<boolean> {
  const previous = previousOf(batch);
  if (previous === null) return true;
  const rows = await tx.rows(
    'SELECT 1 FROM ledger_entry WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq = $4 AND hash = $5 LIMIT 1',
    [device.tenantNo, device.device, previous.epoch, previous.seq, previous.hash],
  );
  return rows.length > 0;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Entries and their folds. Gives back those that were new. */
async function store(
  tx: Queries,
  device: EnrolledDevice,
  entries: readonly ChainedEntry[],
  how: { readonly branching: boolean; readonly receivedAtMs: number },
): Promise<readonly Arrival[]> {
  if (entries.length === 0) return [];
  const candidates = entries.map((entry): Arrival => ({
    ...foldEntry(entry.canonical),
    entry,
    branch: how.branching ? bytesToHex(entry.hash) : '',
    entryNo: 0,
  }));
  const [taken] = await tx.rows<{ entries: readonly (readonly [number, string, number])[] | null }>(
    `WITH taken AS (INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, previous_hash, received_at_ms, set_aside, canonical)
     SELECT $1, $2, x.epoch, x.seq, x.branch, $3, x.kind, decode(x.hash, 'base64'), decode(x.previous, 'base64'), $4, x.aside, decode(x.canonical, 'base64')
     FROM jsonb_to_recordset($5::jsonb) AS x (epoch text, seq bigint, branch text, kind bigint, hash text, previous text, aside text, canonical text)
     ON CONFLICT DO NOTHING RETURNING seq, branch, entry_no)
     SELECT json_agg(json_build_array(seq, branch, entry_no)) AS entries FROM taken`,
    [
      device.tenantNo,
      device.device,
      device.store,
      how.receivedAtMs,
      JSON.stringify(
        candidates.map(({ entry, branch, kind, setAside }) => ({
          epoch: entry.id.epoch,
          seq: entry.id.seq,
          branch,
          kind,
          hash: base64(entry.hash),
          previous: base64(entry.previousHash),
          aside: setAside,
          canonical: base64(entry.canonical),
        })),
      ),
    ],
  );
  const entryNos = new Map((taken?.entries ?? []).map(([seq, branch, entryNo]) => [`${seq} ${branch}`, entryNo]));
  const arrivals = candidates.flatMap((candidate) => {
    const entryNo = entryNos.get(`${candidate.entry.id.seq} ${candidate.branch}`);
    return entryNo === undefined ? [] : [{ ...candidate, entryNo }];
  });
  await storeSales(tx, device, arrivals, how.receivedAtMs);
  await moveStock(tx, device, arrivals);
  await moveAccounts(tx, device, arrivals, how.receivedAtMs);
  await noteExcesses(tx, device, arrivals, how.receivedAtMs);
  await takeRequests(tx, device, arrivals, how.receivedAtMs);
  await tx.execute(
    'UPDATE device SET received_entries = received_entries + $2, set_aside = set_aside + $3, last_seen_ms = $4 WHERE device = $1',
    [device.device, arrivals.length, arrivals.filter((arrival) => arrival.setAside !== null).length, how.receivedAtMs],
  );
  return arrivals;
}

async function storeSales(tx: Queries, device: EnrolledDevice, arrivals: readonly Arrival[], receivedAtMs: number): Promise<void> {
  const sales = saleRowsOf(device, arrivals, receivedAtMs);
  if (sales.length === 0) return;
  await tx.execute(
    `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count,
       kind, training, external_reference, received_at_ms)
     SELECT x."entryNo", $1, $2, x.epoch, x.seq, x.branch, $3, $4, x."receiptNumber", x."atMs", x."businessDate", x.currency, x."totalMinor", x."lineCount",
       x.kind, x.training, x."externalReference", $5
     FROM jsonb_to_recordset($6::jsonb) AS x ("entryNo" bigint, epoch text, seq bigint, branch text, "receiptNumber" text, "atMs" bigint, "businessDate" text, currency text,
       "totalMinor" bigint, "lineCount" integer, kind text, training boolean, "externalReference" text)`,
    [device.tenantNo, device.device, device.store, device.lane, receivedAtMs, JSON.stringify(sales)],
  );
  const lines = arrivals.flatMap(({ entryNo, sale }) =>
    (sale?.lines ?? []).map((line, index) => ({
      e: entryNo,
      l: index + 1,
      k: line.sku,
      u: line.quantity.unit,
      q: line.quantity.value,
      a: netMinorOf(line),
    })),
  );
  if (lines.length === 0) return;
  await tx.execute(
    `INSERT INTO sale_line (entry_no, line, sku, unit, quantity, amount_minor)
     SELECT x.e, x.l, x.k, x.u, x.q, x.a FROM jsonb_to_recordset($1::jsonb) AS x (e bigint, l integer, k text, u text, q bigint, a bigint)`,
    [JSON.stringify(lines)],
  );
  await storeReturns(tx, device, arrivals);
}

/** Rows are locked in the order of their keys: two devices of one store never wait for each other crosswise. */
async function moveStock(tx: Queries, device: EnrolledDevice, arrivals: readonly Arrival[]): Promise<void> {
  const onHand = new Map<string, number>();
  for (const arrival of arrivals) foldStock(onHand, arrival.movements);
  if (onHand.size === 0) return;
  await tx.execute(
    `INSERT INTO stock AS held (tenant_no, store, sku, unit, on_hand)
     SELECT $1, $2, split_part(x.key, E'\\x1f', 1), split_part(x.key, E'\\x1f', 2), x.value::numeric FROM jsonb_each_text($3::jsonb) AS x
     ORDER BY x.key COLLATE "C"
     ON CONFLICT (tenant_no, store, sku, unit) DO UPDATE SET on_hand = held.on_hand + excluded.on_hand`,
    [device.tenantNo, device.store, JSON.stringify(Object.fromEntries(onHand))],
  );
}

/** Movements, and the balances that they are summed into, locked in the order of their keys as stock is. */
async function moveAccounts(tx: Queries, device: EnrolledDevice, arrivals: readonly Arrival[], receivedAtMs: number): Promise<void> {
  const movements = arrivals.flatMap(({ entryNo, entry, kind, accountMovements }) =>
    accountMovements.map(({ account, reference, currency, amountMinor }, index) => ({
      e: entryNo,
      n: index + 1,
      epoch: entry.id.epoch,
      seq: entry.id.seq,
      kind,
      k: account,
      r: reference,
      c: currency,
      a: amountMinor,
    })),
  );
  if (movements.length === 0) return;
  const json = JSON.stringify(movements);
  await tx.execute(
    `INSERT INTO account_movement (entry_no, number, tenant_no, device, epoch, seq, kind, store, received_at_ms, account, reference, currency, amount_minor)
     SELECT x.e, x.n, $1, $2, x.epoch, x.seq, x.kind, $3, $4, x.k, x.r, x.c, x.a
     FROM jsonb_to_recordset($5::jsonb) AS x (e bigint, n integer, epoch text, seq bigint, kind bigint, k text, r text, c text, a bigint)`,
    [device.tenantNo, device.device, device.store, receivedAtMs, json],
  );
  await tx.execute(
    `INSERT INTO account_balance AS held (tenant_no, account, reference, currency, balance_minor)
     SELECT $1::integer, x.k, x.r, x.c, sum(x.a) FROM jsonb_to_recordset($2::jsonb) AS x (k text, r text, c text, a bigint)
     GROUP BY x.k, x.r, x.c ORDER BY x.k COLLATE "C", x.r COLLATE "C", x.c COLLATE "C"
     ON CONFLICT (tenant_no, account, reference, currency) DO UPDATE SET balance_minor = held.balance_minor + excluded.balance_minor`,
    [device.tenantNo, json],
  );
  await releaseHolds(
    tx,
    device,
    arrivals.flatMap(({ accountMovements }) => accountMovements),
  );
}

/** The head moves with what was appended; the newest signature over it is kept as its proof. */
async function extendEpoch(
  tx: Queries,
  device: EnrolledDevice,
  batch: Batch,
  at: { readonly verdict: Extract<BatchVerdict, { type: 'append' }>; readonly receivedAtMs: number },
): Promise<void> {
  const last = at.verdict.entries.at(-1);
  if (last === undefined) return;
  await tx.execute(
    `INSERT INTO ledger_epoch AS held (tenant_no, device, epoch, parent_epoch, parent_seq, parent_hash, head_seq, head_hash, signed_seq, signature,
       first_received_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (tenant_no, device, epoch) DO UPDATE SET head_seq = excluded.head_seq, head_hash = excluded.head_hash,
       signed_seq = excluded.signed_seq, signature = excluded.signature`,
    [
      device.tenantNo,
      device.device,
      batch.epoch,
      batch.parent?.epoch ?? null,
      batch.parent?.seq ?? null,
      batch.parent?.hash ?? null,
      last.id.seq,
      last.hash,
      batch.head.seq,
      batch.head.signature,
      at.receivedAtMs,
    ],
  );
}

/** One more branch where the first of these entries leaves the main line; the ones behind it continue that branch. */
async function countBranch(tx: Queries, device: EnrolledDevice, arrivals: readonly Arrival[]): Promise<void> {
  const first = arrivals[0];
  assert(first !== undefined, 'a branch has entries');
  await tx.execute(
    `UPDATE device SET branches = branches + 1 WHERE device = $1 AND NOT EXISTS (
       SELECT 1 FROM ledger_entry WHERE tenant_no = $2 AND device = $1 AND branch <> '' AND hash = $3)`,
    [device.device, device.tenantNo, first.entry.previousHash],
  );
}

async function heldOf(tx: Queries, device: EnrolledDevice): Promise<LedgerAnswer> {
  const epochs = await epochsOf(tx, device);
  const [row] = await tx.rows<{ set_aside: number }>('SELECT set_aside FROM device WHERE device = $1', [device.device]);
  return {
    received: Object.fromEntries(epochs.map((epoch) => [epoch.epoch, epoch.head_seq])),
    heads: Object.fromEntries(epochs.map((epoch) => [epoch.epoch, bytesToHex(epoch.head_hash)])),
    safe: Object.fromEntries(epochs.map((epoch) => [epoch.epoch, 0])),
    setAside: row?.set_aside ?? 0,
    reads: BATCH_CODEC_VERSION,
  };
}

function saleRowsOf(device: EnrolledDevice, arrivals: readonly Arrival[], receivedAtMs: number): readonly SaleRow[] {
  return arrivals.flatMap(({ entryNo, entry, branch, sale, atMs }) =>
    sale === null
      ? []
      : [
          {
            entryNo,
            device: device.device,
            epoch: entry.id.epoch,
            seq: entry.id.seq,
            branch,
            store: device.store,
            lane: device.lane,
            receiptNumber: sale.receiptNumber,
            atMs,
            businessDate: sale.businessDate,
            currency: sale.currency,
            totalMinor: sale.totalMinor,
            lineCount: sale.lines.length,
            kind: sale.totalMinor < 0 ? ('return' as const) : ('sale' as const),
            training: sale.training,
            externalReference: sale.externalReference ?? null,
            receivedAtMs,
          },
        ],
  );
}
