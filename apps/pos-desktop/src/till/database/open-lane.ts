/**
 * The lane's database, such as its folder holds it: as it was left; or a copy that was put back, which goes on in a new epoch; or a damaged one, which is set aside and
 * rebuilt from what of it can still be believed. The catalogue comes from the hub again, entries that it lacks go up as before, and the damaged file is kept for a person.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock, Logger, Random } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { drawEpoch, type Identity, type ReplicaStore } from '@holdfast/sync';
import { createSqliteStore, salvageLedger, strandedText } from '@holdfast/sync/sqlite';
import Database from 'better-sqlite3';

import { createLaneMemory } from '../lane-memory.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { writePrivateFile } from '../signing-key.ts';
import { dropWitness, isBehind, readWitness, type Witness } from '../witness.ts';
import { DATABASE_FILE, openConnection, type Connection } from './connection.ts';
import { migrate } from './migrations.ts';

export interface OpenLanePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const MARK = 'damaged.mark';

/** What SQLite says of a file that is no longer what it wrote. */
export const isDamage = (error: unknown): boolean => error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code);

/** For the next start: found while selling, where nothing can be rebuilt. */
export const markDamaged = (folder: string): void => writePrivateFile(join(folder, MARK), '');

export function openLane(folder: string, ports: OpenLanePorts): Connection {
  const witness = readWitness(folder);
  const db = openWhole(folder, ports);
  if (db === undefined) return rebuild(folder, witness, ports);
  const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
  if (witness !== null && isBehind(store, witness)) {
    const epoch = mint(db, store, ports, witness);
    // It has said what it had to say; the next one tells of this database.
    dropWitness(folder);
    ports.logger.warn('the database is older than its witness: it was put back or copied, and goes on in a new epoch', {
      epoch,
      seen: { epoch: witness.epoch, seq: witness.seq },
    });
  }
  return db;
}

/** Undefined where it is damaged. Looks at what a lane cannot do without; what lies elsewhere shows when it is read. */
function openWhole(folder: string, { clock }: OpenLanePorts): Connection | undefined {
  if (existsSync(join(folder, MARK))) return undefined;
  let db: Connection | undefined;
  try {
    db = openConnection(folder);
    migrate(db, clock);
    const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
    store.identity();
    store.cut();
    store.waiting();
    for (const { epoch, headSeq } of store.epochs()) store.entriesAfter(epoch, Math.max(headSeq - 1, 0), 1, 1);
    createLaneMemory(db).hubUrl();
    db.prepare(`SELECT count(*) FROM basket WHERE state IN ('open', 'suspended')`).get();
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function rebuild(folder: string, witness: Witness | null, ports: OpenLanePorts): Connection {
  const aside = join(folder, `damaged-${ports.clock.nowMs()}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const suffix of ['', '-wal', '-shm']) {
    const file = `${DATABASE_FILE}${suffix}`;
    if (existsSync(join(folder, file))) renameSync(join(folder, file), join(aside, file));
  }
  const db = openConnection(folder);
  migrate(db, ports.clock);
  const damaged = new Database(join(aside, DATABASE_FILE));
  // A table whose description is gone does not hide the others.
  damaged.unsafeMode(true).pragma('writable_schema = ON');
  const salvage = salvageLedger(damaged, db, nodeHash);
  const hubUrl = hubUrlOf(damaged) ?? witness?.hubUrl ?? undefined;
  damaged.close();
  if (salvage.stranded.length > 0)
    writeFileSync(join(aside, 'entries-without-a-place.txt'), strandedText(salvage.stranded), { mode: 0o600 });
  const lane = createLaneMemory(db);
  if (hubUrl !== undefined) lane.remember({ hubUrl });
  const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
  const identity = salvage.identity ?? witness?.identity ?? null;
  if (identity !== null) goOn(db, store, identity, { ports, witness });
  for (const { epoch, headSeq } of salvage.epochs) {
    db.prepare('INSERT INTO stock_folded (epoch, seq) VALUES (?, ?)').run(epoch, headSeq);
  }
  ports.logger.error('the database was damaged: it is set aside and rebuilt; a basket that was open is lost', {
    aside,
    epochs: salvage.epochs,
    withoutAPlace: salvage.stranded.length,
  });
  dropWitness(folder);
  rmSync(join(folder, MARK), { force: true });
  return db;
}

function hubUrlOf(damaged: Connection): string | undefined {
  try {
    return createLaneMemory(damaged).hubUrl();
  } catch {
    return undefined;
  }
}

/** In a new epoch: what was last written to the old one nobody can know. */
function goOn(
  db: Connection,
  store: ReplicaStore,
  identity: Identity,
  { ports, witness }: { readonly ports: OpenLanePorts; readonly witness: Witness | null },
): void {
  if (store.epochs().length > 0) mint(db, store, ports, witness);
  const enrolled = store.enrol(identity, drawEpoch(ports.random, knownEpochs(store, witness)));
  if (!enrolled.ok) ports.logger.error('entries of another enrolment are still waiting', { device: enrolled.error.device });
}

const knownEpochs = (store: ReplicaStore, witness: Witness | null): readonly string[] => [
  ...store.epochs().map(({ epoch }) => epoch),
  ...(witness === null ? [] : [witness.epoch]),
];

function mint(db: Connection, store: ReplicaStore, { random }: OpenLanePorts, witness: Witness | null): string {
  const epoch = drawEpoch(random, knownEpochs(store, witness));
  db.transaction(() => store.mintEpoch(epoch)).immediate();
  return epoch;
}
