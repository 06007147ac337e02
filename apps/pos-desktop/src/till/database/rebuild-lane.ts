/**
 * A damaged database is set aside and another is built from what of it can be believed (SPEC: I-6), so that a kill in the middle of it, at whatever step, loses nothing: the damaged file stays where it is until the other one stands
 * whole beside it; then a mark says so, and from there on the two only change places, which the next start does to its end.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Clock, Logger, Random } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { drawEpoch, type Identity, type ReplicaStore } from '@holdfast/sync';
import { createSqliteStore, salvageLedger, strandedText } from '@holdfast/sync/sqlite';
import Database from 'better-sqlite3';

import { createLaneMemory, type LaneMemory } from '../lane-memory.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createBasketJournal } from '../selling/basket-journal.ts';
import { writePrivateFile } from '../sync/signing-key.ts';
import { dropWitness, type Witness } from '../sync/witness.ts';
import { DATABASE_FILE, isDamage, openConnection, type Connection } from './connection.ts';
import { migrate } from './migrations.ts';
import { wasBasketOpen } from './salvage-baskets.ts';
import { salvageFolds } from './salvage-folds.ts';

/** What changes the folder, one whole step each. */
export interface LaneFiles {
  write(path: string, text: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export interface RebuildPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: the disk. */
  readonly files?: LaneFiles | undefined;
}

const DISK: LaneFiles = {
  write: writePrivateFile,
  rename: renameSync,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
};

const MARK = 'damaged.mark';
/** Where the other database is built. */
const STAGING = 'rebuilding';
/** It stands whole there; what it says is the folder that takes the damaged one. */
const BUILT = 'rebuilt.mark';
const STRANDED = 'entries-without-a-place.txt';

/** For the next start: found while selling, where nothing can be rebuilt. */
export const markDamaged = (folder: string): void => writePrivateFile(join(folder, MARK), '');

export const isMarkedDamaged = (folder: string): boolean => existsSync(join(folder, MARK));

export function rebuildLane(folder: string, witness: Witness | null, ports: RebuildPorts): void {
  const { files = DISK } = ports;
  // Whoever is killed from here on begins again.
  files.write(join(folder, MARK), '');
  const staging = join(folder, STAGING);
  files.remove(staging);
  mkdirSync(staging, { mode: 0o700 });
  const salvaged = buildIn(staging, folder, witness, ports);
  const aside = `damaged-${ports.clock.nowMs()}`;
  files.write(join(folder, BUILT), aside);
  finishRebuild(folder, files);
  ports.logger.error('the database was damaged: it is set aside and rebuilt; a basket that was open is lost', {
    aside: join(folder, aside),
    ...salvaged,
  });
}

/** The two change places, from wherever that was left. Nothing where none stands built. */
export function finishRebuild(folder: string, files: LaneFiles = DISK): void {
  const mark = join(folder, BUILT);
  if (!existsSync(mark)) return;
  const staging = join(folder, STAGING);
  const aside = join(folder, basename(readFileSync(mark, 'utf8')));
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  const move = (from: string, to: string): void => {
    if (existsSync(from)) files.rename(from, to);
  };
  if (existsSync(join(staging, DATABASE_FILE))) {
    for (const suffix of ['', '-wal', '-shm']) move(join(folder, `${DATABASE_FILE}${suffix}`), join(aside, `${DATABASE_FILE}${suffix}`));
    move(join(staging, STRANDED), join(aside, STRANDED));
    files.rename(join(staging, DATABASE_FILE), join(folder, DATABASE_FILE));
  }
  files.remove(staging);
  // It told of the damaged one.
  dropWitness(folder);
  files.remove(join(folder, MARK));
  files.remove(mark);
}

/** Whole, closed, and all of it in one file. */
function buildIn(staging: string, folder: string, witness: Witness | null, ports: RebuildPorts): object {
  const db = openConnection(staging);
  try {
    migrate(db, ports.clock);
    const damaged = openDamaged(join(folder, DATABASE_FILE));
    const salvage = salvageLedger(damaged, db, nodeHash);
    if (salvage.stranded.length > 0) writePrivateFile(join(staging, STRANDED), strandedText(salvage.stranded));
    carryMemory(damaged, createLaneMemory(db), { witness, logger: ports.logger });
    const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
    const isCut = witness !== null && !store.epochs().some(({ epoch, headSeq }) => epoch === witness.epoch && headSeq >= witness.seq);
    const identity = salvage.identity ?? witness?.identity ?? null;
    if (identity !== null) goOn(db, store, identity, { ports, witness });
    const inDoubt = db.transaction(() => salvageFolds(damaged, db, { store, isCut })).immediate();
    if (wasBasketOpen(damaged)) createBasketJournal(db).noteLost();
    damaged.close();
    db.pragma('wal_checkpoint(TRUNCATE)');
    return { epochs: salvage.epochs, withoutAPlace: salvage.stranded.length, inDoubt };
  } finally {
    db.close();
  }
}

/** Of a file whose first page its disk does not give nothing is there. */
function openDamaged(file: string): Connection {
  let damaged: Connection | undefined;
  try {
    damaged = new Database(file);
    // A table whose description is gone does not hide the others.
    damaged.unsafeMode(true).pragma('writable_schema = ON');
    return damaged;
  } catch (error) {
    damaged?.close();
    if (!isDamage(error)) throw error;
    return new Database(':memory:');
  }
}

/** What of it can be read; the rest the command line says again, or a person. */
function carryMemory(
  damaged: Connection,
  memory: LaneMemory,
  { witness, logger }: { readonly witness: Witness | null; readonly logger: Logger },
): void {
  const read = <T>(what: (before: LaneMemory) => T): T | undefined => {
    try {
      return what(createLaneMemory(damaged, logger));
    } catch {
      return undefined;
    }
  };
  const hubUrl = read((before) => before.hubUrl()) ?? witness?.hubUrl ?? undefined;
  if (hubUrl !== undefined) memory.remember({ hubUrl });
  const lan = read((before) => before.lan());
  if (lan !== undefined) memory.rememberLan({ neighbours: lan.neighbours, ...(lan.port !== null && { port: lan.port }) });
  const devices = read((before) => before.devices());
  if (devices !== undefined) memory.rememberDevices(devices);
}

/** In a new epoch: what was last written to the old one nobody can know. */
function goOn(
  db: Connection,
  store: ReplicaStore,
  identity: Identity,
  { ports, witness }: { readonly ports: RebuildPorts; readonly witness: Witness | null },
): void {
  if (store.epochs().length > 0) mintEpoch(db, store, ports, witness);
  const enrolled = store.enrol(identity, drawEpoch(ports.random, knownEpochs(store, witness)));
  if (!enrolled.ok) ports.logger.error('entries of another enrolment are still waiting', { device: enrolled.error.device });
}

const knownEpochs = (store: ReplicaStore, witness: Witness | null): readonly string[] => [
  ...store.epochs().map(({ epoch }) => epoch),
  ...(witness === null ? [] : [witness.epoch]),
];

export function mintEpoch(db: Connection, store: ReplicaStore, { random }: Pick<RebuildPorts, 'random'>, witness: Witness | null): string {
  const epoch = drawEpoch(random, knownEpochs(store, witness));
  db.transaction(() => store.mintEpoch(epoch)).immediate();
  return epoch;
}
