/**
 * Batches into the database, as they came: opened (`open-batch.ts`), placed by sync's rule under the lock of their device's row, and committed many
 * at a time. What they say is folded afterwards (`folder.ts`); an answer says what is committed, never what is folded.
 *
 * Invariants:
 * - A batch is answered after the commit of the transaction that took it.
 * - Of one device one batch is in a turn at a time; stores take turns (`fair-queue.ts`).
 * - A turn that fails is tried batch by batch: what the database cannot take fails by itself.
 * - A device's runs have numbers in the order of its ledger: they are drawn under its lock.
 */
import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import {
  BATCH_CODEC_VERSION,
  bytesToHex,
  decodeBatch,
  placeRun,
  previousOf,
  sameBytes,
  type HeldRun,
  type LedgerAnswer,
  type LedgerPlace,
  type Placement,
} from '@holdfast/sync';

import { IS_FORKED, markForked } from '../accounts/forked.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import type { Crew } from './crew.ts';
import { SET_ASIDE_ONE_BY_ONE } from './device-tally.ts';
import { createFairQueue } from './fair-queue.ts';
import type { OpenedBatch, OpenError, OpenPorts } from './open-batch.ts';
import { packEntries, type OpenedEntries } from './opened-entries.ts';
import { HELD_AS_STOLEN, releaseCountersigned } from './stolen.ts';

export interface IntakePorts extends OpenPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly crew: Crew;
  readonly opened: OpenedEntries;
  /** Something stands there to be folded. */
  readonly onReceived: () => void;
}

export interface Received {
  readonly answer: LedgerAnswer;
  /** The hash of the last entry that it brought; undefined: it brought none. */
  readonly head: Uint8Array | undefined;
}

export interface Intake {
  /** Resolves when the batch is committed; rejects where the database could not say. */
  receive(device: EnrolledDevice, frame: Uint8Array): Promise<Result<Received, OpenError>>;
  /** As to a probe of this device's: behind what waits of it. Rejects as `receive`. */
  holds(device: EnrolledDevice): Promise<LedgerAnswer>;
  /** Batches that wait or are under way. */
  readonly waiting: number;
  /** Of their frames. */
  readonly waitingBytes: number;
}

/**
 * Batches and bytes of one transaction: a commit costs one flush however many share it. As many batches of 250 sales (8.8 kB each) stay below these bytes; they end a turn of long ones (SPEC: U-13), whose frames are one value of a statement, and who all wait for its commit.
 */
const TURN_BATCHES = 256;
const TURN_BYTES = 4 * 1024 * 1024;
/** A lane that posts each sale by itself need not be noted as seen with each: a row that is only locked costs less than one that is written. */
const SEEN_WITHIN_MS = 1_000;
/** While one turn is flushed, the next one is written. PGlite has one connection. */
const TURNS_AT_ONCE = { postgres: 2, pglite: 1 } as const;

interface Arrived {
  readonly device: EnrolledDevice;
  readonly frame: Uint8Array;
  readonly batch: OpenedBatch;
  readonly answered: (answer: LedgerAnswer) => void;
  readonly failed: (cause: unknown) => void;
}

const NO_BYTES = new Uint8Array();

/** A batch that brings nothing, and that nobody signed. */
function probeOf({ device }: EnrolledDevice): OpenedBatch {
  const place = { device, epoch: '', firstSeq: 1, previousHash: NO_BYTES };
  const head = { device, epoch: '', seq: 0, hash: NO_BYTES, signature: NO_BYTES };
  return { ...place, parent: null, head, hashes: [], entries: packEntries(place, []) };
}

export function createIntake(ports: IntakePorts): Intake {
  const queue = createFairQueue<Arrived>();
  const busyDevices = new Set<string>();
  let turns = 0;
  let opening = 0;
  let waitingBytes = 0;

  const isEnough = (taken: readonly Arrived[]): boolean =>
    taken.length >= TURN_BATCHES || taken.reduce((bytes, { frame }) => bytes + frame.length, 0) >= TURN_BYTES;
  // What was taken but is not marked yet counts too: a device's second batch stays for a later turn.
  const nextTurn = (): readonly Arrived[] =>
    queue.take(isEnough, ({ device }) => {
      if (busyDevices.has(device.device)) return false;
      busyDevices.add(device.device);
      return true;
    });

  const pump = (): void => {
    while (turns < TURNS_AT_ONCE[ports.database.engine]) {
      const turn = nextTurn();
      if (turn.length === 0) return;
      turns += 1;
      void takeTurn(ports, turn).finally(() => {
        turns -= 1;
        for (const { device } of turn) busyDevices.delete(device.device);
        ports.onReceived();
        pump();
      });
    }
  };

  const answerTo = (device: EnrolledDevice, frame: Uint8Array, batch: OpenedBatch): Promise<LedgerAnswer> =>
    new Promise((resolve, reject) => {
      queue.push(device.store, { device, frame, batch, answered: resolve, failed: reject });
      // Whoever arrives in the same tick shares the turn.
      setImmediate(pump);
    });

  const take: Intake['receive'] = async (device, frame) => {
    opening += 1;
    const opened = await ports.crew.open(frame, device).finally(() => (opening -= 1));
    if (!opened.ok) return err(opened.error);
    const head = opened.value.hashes.length === 0 ? undefined : opened.value.head.hash;
    return ok({ answer: await answerTo(device, frame, opened.value), head });
  };

  return {
    get waiting() {
      return opening + queue.size + busyDevices.size;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    receive: async (device, frame) => {
      waitingBytes += frame.length;
      return take(device, frame).finally(() => (waitingBytes -= frame.length));
    },
    holds: (device) => answerTo(device, NO_BYTES, probeOf(device)),
  };
}

/** Never rejects: each of its batches is answered, or told why not. */
async function takeTurn(ports: IntakePorts, turn: readonly Arrived[]): Promise<void> {
  try {
    const answers = await commitTurn(ports, turn);
    turn.forEach(({ answered }, index) => answered(answers[index]!));
  } catch (cause) {
    const [only, ...others] = turn;
    if (only !== undefined && others.length === 0) return only.failed(cause);
    for (const arrived of turn) await takeTurn(ports, [arrived]);
  }
  return undefined;
}

interface EpochHead {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly safeSeq: number;
}

interface EpochRow {
  readonly device: string;
  readonly epoch: string;
  readonly parent_epoch: string | null;
  readonly parent_seq: number | null;
  readonly head_seq: number;
  readonly head_hash: Uint8Array;
  readonly safe_seq: number;
}

/** A device as the turn goes: its heads move with what is placed. */
interface Ledger {
  readonly heads: Map<string, EpochHead>;
  readonly setAside: number;
  /** What it signed is kept, and counts when somebody else says so. */
  readonly isStolen: boolean;
  /** Epoch → the entry that it goes on from; absent: from none. */
  readonly parents: Map<string, LedgerPlace>;
  /** Two histories of it are known; for good. */
  forked: boolean;
  /** That is written down. */
  isMarked: boolean;
}

interface Placed {
  readonly arrived: Arrived;
  readonly placement: Placement;
}

async function commitTurn(ports: IntakePorts, turn: readonly Arrived[]): Promise<readonly LedgerAnswer[]> {
  const receivedAtMs = ports.clock.nowMs();
  const kept: number[] = [];
  const commit = ports.database.transaction(async (tx) => {
    const ledgers = await lockLedgers(tx, turn, receivedAtMs);
    const placed: Placed[] = [];
    const forked: string[] = [];
    for (const arrived of turn) {
      const ledger = ledgers.get(arrived.device.device);
      assert(ledger !== undefined, 'who sends is enrolled');
      const held = heldAtHead(ledger, arrived.batch) ?? (await lookUp(ports, tx, arrived, ledger));
      const placement = placeRun(held, arrived.batch);
      placed.push({ arrived, placement });
      const { batch } = arrived;
      const isLonger = placement.type === 'append' && placement.duplicates < batch.hashes.length;
      if (isLonger) ledger.heads.set(batch.epoch, { ...batch.head, safeSeq: ledger.heads.get(batch.epoch)?.safeSeq ?? 0 });
      if (isLonger && batch.parent !== null) ledger.parents.set(batch.epoch, batch.parent);
      ledger.forked ||= placement.type === 'branch' || hasTwoHistories(ledger);
      if (ledger.forked && !ledger.isMarked) {
        ledger.isMarked = true;
        forked.push(arrived.device.device);
      }
    }
    if (forked.length > 0) await markForked(tx, forked);
    const stored = await storeRuns(tx, placed, { receivedAtMs, isStolen: (device) => ledgers.get(device)?.isStolen === true });
    for (const { arrived } of placed)
      if (ledgers.get(arrived.device.device)?.isStolen === true) await releaseCountersigned(tx, arrived.device, ports);
    await extendEpochs(tx, placed, receivedAtMs);
    await noteGaps(tx, placed, receivedAtMs);
    for (const [runNo, { batch }] of stored) {
      ports.opened.keep(runNo, batch.entries);
      kept.push(runNo);
    }
    return placed.map(({ arrived, placement }) => answerOf(ledgers.get(arrived.device.device)!, placement));
  });
  return commit.catch((cause: unknown) => {
    ports.opened.forget(kept);
    throw cause;
  });
}

/** Two entries of its main lines go on from one (SPEC: I-8). */
function hasTwoHistories({ heads, parents }: Ledger): boolean {
  const followed = new Set<string>();
  for (const { epoch, seq } of parents.values()) {
    const name = `${epoch} ${seq}`;
    if ((heads.get(epoch)?.seq ?? 0) > seq || followed.has(name)) return true;
    followed.add(name);
  }
  return false;
}

/** Devices are locked in their order: two replicas never wait for each other crosswise. */
async function lockLedgers(tx: Queries, turn: readonly Arrived[], receivedAtMs: number): Promise<ReadonlyMap<string, Ledger>> {
  const names = turn.map(({ device }) => device.device);
  const devices = await tx.rows<{ device: string; set_aside: number; gone: string | null; forked: boolean; marked: boolean }>(
    `WITH locked AS (SELECT device, set_aside, gone, ${IS_FORKED} AS forked, d.forked AS marked, last_seen_ms FROM device d WHERE device = ANY ($1::text[]) ORDER BY device FOR NO KEY UPDATE),
     seen AS (
       UPDATE device d SET last_seen_ms = $2 FROM locked
       WHERE d.device = locked.device AND coalesce(locked.last_seen_ms, 0) < $2::bigint - ${SEEN_WITHIN_MS}
     )
     SELECT d.device, ${SET_ASIDE_ONE_BY_ONE} AS set_aside, d.gone, d.forked, d.marked FROM locked d`,
    [names, receivedAtMs],
    { keepsPlan: true },
  );
  const ledgers = new Map<string, Ledger>(
    devices.map((row) => [
      row.device,
      {
        heads: new Map(),
        parents: new Map(),
        setAside: row.set_aside,
        isStolen: row.gone === 'stolen',
        forked: row.forked,
        isMarked: row.marked,
      },
    ]),
  );
  const epochs = await tx.rows<EpochRow>(
    'SELECT device, epoch, parent_epoch, parent_seq, head_seq, head_hash, safe_seq FROM ledger_epoch WHERE tenant_no = ANY ($1::integer[]) AND device = ANY ($2::text[])',
    [[...new Set(turn.map(({ device }) => device.tenantNo))], names],
    { keepsPlan: true },
  );
  for (const { device, epoch, parent_epoch: of, parent_seq: from, head_seq: seq, head_hash: hash, safe_seq: safeSeq } of epochs) {
    ledgers.get(device)?.heads.set(epoch, { seq, hash, safeSeq });
    if (of !== null && from !== null) ledgers.get(device)?.parents.set(epoch, { epoch: of, seq: from });
  }
  return ledgers;
}

/** What nearly every batch is: it goes on from a head, or is a device's first. Undefined where more must be looked up. */
function heldAtHead({ heads }: Ledger, batch: OpenedBatch): HeldRun | undefined {
  const head = heads.get(batch.epoch) ?? null;
  const placeable = { head, hashBySeq: new Map(), previousHeld: true };
  // A probe asks for no place.
  if (batch.hashes.length === 0) return placeable;
  const previous = previousOf(batch);
  if (previous !== null) {
    const before = heads.get(previous.epoch);
    if (before === undefined || before.seq !== previous.seq || !sameBytes(before.hash, previous.hash)) return undefined;
  }
  return head === null || head.seq === batch.firstSeq - 1 ? placeable : undefined;
}

interface HeldHash {
  readonly epoch: string;
  readonly seq: number;
  readonly branch: boolean;
  readonly hash: Uint8Array;
}

/** Among what is folded and what is not yet. The latter first: what is folded meanwhile is then seen twice, never not at all. */
async function lookUp(ports: IntakePorts, tx: Queries, { device, batch }: Arrived, { heads }: Ledger): Promise<HeldRun> {
  const previous = previousOf(batch);
  const range = { epoch: batch.epoch, from: batch.firstSeq, to: batch.firstSeq + batch.hashes.length - 1 };
  const ranges = [range, ...(previous === null ? [] : [{ epoch: previous.epoch, from: previous.seq, to: previous.seq }])];
  const held: HeldHash[] = [];
  for (const { epoch, from, to } of ranges) {
    const runs = await tx.rows<{ branch: boolean; skip: number; frame: Uint8Array }>(
      `SELECT branch, skip, frame FROM ledger_run WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND first_seq <= $5 AND first_seq + count > $4`,
      [device.tenantNo, device.device, epoch, from, to],
    );
    for (const { branch, skip, frame } of runs) {
      const batchOfRun = decodeBatch(frame, ports);
      assert(batchOfRun.ok, 'what was received is readable');
      for (const { id, hash } of batchOfRun.value.entries.slice(skip)) held.push({ epoch, seq: id.seq, branch, hash });
    }
    const folded = async (table: 'ledger_entry' | 'ledger_held'): Promise<void> => {
      const rows = await tx.rows<{ seq: number; branch: boolean; hash: Uint8Array }>(
        `SELECT seq, branch <> '' AS branch, hash FROM ${table} WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq BETWEEN $4 AND $5
         ${table === 'ledger_held' ? 'AND to_seq >= $4 AND from_seq <= $5' : ''}`,
        [device.tenantNo, device.device, epoch, from, to],
      );
      for (const row of rows) held.push({ epoch, ...row });
    };
    await folded('ledger_entry');
    // What is not among today's entries may have been put away.
    const mainLine = new Set(
      held.flatMap((row) => (row.epoch === epoch && !row.branch && row.seq >= from && row.seq <= to ? [row.seq] : [])),
    );
    if (mainLine.size < Math.min(to, heads.get(epoch)?.seq ?? 0) - from + 1) await folded('ledger_held');
  }
  const isPrevious = (row: HeldHash): boolean =>
    previous !== null && row.epoch === previous.epoch && row.seq === previous.seq && sameBytes(row.hash, previous.hash);
  return {
    head: heads.get(batch.epoch) ?? null,
    hashBySeq: new Map(held.filter((row) => row.epoch === batch.epoch && !row.branch).map(({ seq, hash }) => [seq, hash])),
    previousHeld: previous === null || held.some(isPrevious),
  };
}

/** Those that bring something. */
const isStored = ({ placement, arrived }: Placed): boolean =>
  placement.type !== 'gap' && placement.duplicates < arrived.batch.hashes.length;

/** The number of each run that is folded next. */
async function storeRuns(
  tx: Queries,
  placed: readonly Placed[],
  { receivedAtMs, isStolen }: { readonly receivedAtMs: number; readonly isStolen: (device: string) => boolean },
): Promise<ReadonlyMap<number, Arrived>> {
  const stored = placed.filter(isStored);
  if (stored.length === 0) return new Map();
  const frames = Buffer.concat(stored.map(({ arrived }) => arrived.frame));
  let start = 1;
  const rows = stored.map(({ arrived: { device, batch, frame }, placement }) => {
    const row = {
      t: device.tenantNo,
      d: device.device,
      s: device.store,
      l: device.lane,
      e: batch.epoch,
      f: batch.firstSeq,
      c: batch.hashes.length,
      k: placement.type === 'gap' ? 0 : placement.duplicates,
      b: placement.type === 'branch',
      o: start,
      n: frame.length,
      x: isStolen(device.device) ? HELD_AS_STOLEN : null,
    };
    start += frame.length;
    return row;
  });
  const numbered = await tx.rows<{ run_no: number; device: string; failure: string | null }>(
    `INSERT INTO ledger_run (tenant_no, device, store, lane, epoch, first_seq, count, skip, branch, received_at_ms, failure, frame)
     SELECT x.t, x.d, x.s, x.l, x.e, x.f, x.c, x.k, x.b, $1, x.x, substring($2::bytea, x.o, x.n)
     FROM jsonb_to_recordset($3::jsonb) AS x (t integer, d text, s text, l integer, e text, f bigint, c integer, k integer, b boolean, o integer, n integer, x text)
     RETURNING run_no, device, failure`,
    [receivedAtMs, frames, JSON.stringify(rows)],
    { keepsPlan: true },
  );
  // Of a device one batch is in a turn.
  const byDevice = new Map(stored.map(({ arrived }) => [arrived.device.device, arrived]));
  return new Map(
    numbered.flatMap(({ run_no: runNo, device, failure }) => {
      const arrived = byDevice.get(device);
      assert(arrived !== undefined, 'what was stored was brought');
      return failure === null ? [[runNo, arrived] as const] : [];
    }),
  );
}

/** The head moves with what was appended; the newest signature over it is kept as its proof. */
async function extendEpochs(tx: Queries, placed: readonly Placed[], receivedAtMs: number): Promise<void> {
  const rows = placed
    .filter((one) => one.placement.type === 'append' && isStored(one))
    .map(({ arrived: { device, batch } }) => ({
      t: device.tenantNo,
      d: device.device,
      e: batch.epoch,
      pe: batch.parent?.epoch ?? null,
      ps: batch.parent?.seq ?? null,
      ph: batch.parent === null ? null : bytesToHex(batch.parent.hash),
      s: batch.head.seq,
      h: bytesToHex(batch.head.hash),
      g: bytesToHex(batch.head.signature),
    }));
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO ledger_epoch AS held (tenant_no, device, epoch, parent_epoch, parent_seq, parent_hash, head_seq, head_hash, signed_seq, signature,
       first_received_at_ms)
     SELECT x.t, x.d, x.e, x.pe, x.ps, decode(x.ph, 'hex'), x.s, decode(x.h, 'hex'), x.s, decode(x.g, 'hex'), $1
     FROM jsonb_to_recordset($2::jsonb) AS x (t integer, d text, e text, pe text, ps bigint, ph text, s bigint, h text, g text)
     ON CONFLICT (tenant_no, device, epoch) DO UPDATE SET head_seq = excluded.head_seq, head_hash = excluded.head_hash,
       signed_seq = excluded.signed_seq, signature = excluded.signature`,
    [receivedAtMs, JSON.stringify(rows)],
    { keepsPlan: true },
  );
}

/** What is missing before a batch is told to its device, and to whoever looks: `missing-references.ts`. */
async function noteGaps(tx: Queries, placed: readonly Placed[], receivedAtMs: number): Promise<void> {
  const rows = placed.flatMap(({ arrived: { device, batch }, placement }) => {
    const before = placement.type === 'gap' ? previousOf(batch) : null;
    if (before === null) return [];
    return [
      {
        t: device.tenantNo,
        d: device.device,
        p: device.store,
        e: batch.epoch,
        be: before.epoch,
        bs: before.seq,
        bh: bytesToHex(before.hash),
      },
    ];
  });
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO ledger_gap AS held (tenant_no, device, store, epoch, before_epoch, before_seq, before_hash, since_ms, last_at_ms)
     SELECT x.t, x.d, x.p, x.e, x.be, x.bs, decode(x.bh, 'hex'), $1, $1
     FROM jsonb_to_recordset($2::jsonb) AS x (t integer, d text, p text, e text, be text, bs bigint, bh text)
     ON CONFLICT (tenant_no, device) DO UPDATE SET store = excluded.store, epoch = excluded.epoch, before_epoch = excluded.before_epoch, before_seq = excluded.before_seq,
       before_hash = excluded.before_hash, last_at_ms = excluded.last_at_ms,
       since_ms = CASE WHEN held.before_hash = excluded.before_hash THEN held.since_ms ELSE excluded.since_ms END`,
    [receivedAtMs, JSON.stringify(rows)],
  );
}

function answerOf({ heads, setAside, forked }: Ledger, placement: Placement): LedgerAnswer {
  const epochs = [...heads];
  return {
    received: Object.fromEntries(epochs.map(([epoch, { seq }]) => [epoch, seq])),
    heads: Object.fromEntries(epochs.map(([epoch, { hash }]) => [epoch, bytesToHex(hash)])),
    safe: Object.fromEntries(epochs.map(([epoch, { safeSeq }]) => [epoch, safeSeq])),
    setAside,
    reads: BATCH_CODEC_VERSION,
    ...(placement.type === 'gap' && { gap: true }),
    ...(placement.type === 'branch' && { branch: true }),
    ...(forked && { forked: true }),
  };
}
