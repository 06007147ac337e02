/**
 * The lane's database, such as its folder holds it: as it was left; or a copy that was put back, which goes on in a new epoch; or a damaged one, which is set aside and
 * rebuilt from what of it can still be believed. The catalogue comes from the hub again, entries that it lacks go up as before, and the damaged file is kept for a person.
 */
import { InvariantError } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import type { ReplicaStore } from '@holdfast/sync';
import { createSqliteStore } from '@holdfast/sync/sqlite';

import { createLaneMemory } from '../lane-memory.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { dropWitness, isBehind, readWitness } from '../sync/witness.ts';
import { isDamage, openConnection, type Connection } from './connection.ts';
import { migrate } from './migrations.ts';
import { finishRebuild, isMarkedDamaged, mintEpoch, rebuildLane, type RebuildPorts } from './rebuild-lane.ts';

export type OpenLanePorts = RebuildPorts;

export function openLane(folder: string, ports: OpenLanePorts): Connection {
  finishRebuild(folder, ports.files);
  const witness = readWitness(folder);
  const db = openWhole(folder, ports);
  if (db === undefined) {
    rebuildLane(folder, witness, ports);
    return openConnection(folder);
  }
  const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
  if (witness !== null && isBehind(store, witness)) {
    const epoch = db
      .transaction(() => {
        // What it lacks may have been spent by what it holds.
        const left = store.epochs().at(-1);
        if (left !== undefined) store.noteShared({ epoch: left.epoch, seq: left.headSeq });
        return mintEpoch(db, store, ports, witness);
      })
      .immediate();
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
function openWhole(folder: string, { clock, logger }: OpenLanePorts): Connection | undefined {
  if (isMarkedDamaged(folder)) return undefined;
  let db: Connection | undefined;
  try {
    db = openConnection(folder);
    migrate(db, clock);
    const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
    store.cut();
    store.waiting();
    for (const { epoch, headSeq } of store.epochs()) store.entriesAfter(epoch, Math.max(headSeq - 1, 0), 1, 1);
    const memory = createLaneMemory(db, logger);
    memory.hubUrl();
    memory.lan();
    memory.devices();
    db.prepare(`SELECT count(*) FROM basket WHERE state IN ('open', 'suspended')`).get();
    if (isIdentityWhole(store)) return db;
    db.close();
    return undefined;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/** What a till wrote it can read: where its words are others now, no page says so. Without it a lane can do nothing; what else it remembers it is told again. */
function isIdentityWhole(store: ReplicaStore): boolean {
  try {
    store.identity();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvariantError) return false;
    throw error;
  }
}
