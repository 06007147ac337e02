/**
 * A lane that headquarters has erase itself (SPEC: S-9): it hands over first what was not sent, and goes only once the hub has said that it holds all of it. The folder is erased keys first, under a mark, so that whoever is
 * killed in the middle of it goes on with the next start.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Logger, Verifier } from '@holdfast/base';
import { bytesToHex, verifyWipe, type ReplicaStore, type WipeHead } from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

import type { Connection } from '../database/connection.ts';
import { writePrivateFile } from './signing-key.ts';

/** What the sync worker tells the till: all of this is at the hub. */
export interface Wipe {
  readonly heads: readonly WipeHead[];
  readonly isStolen: boolean;
}

export interface LaneWipePorts {
  readonly db: Connection;
  readonly store: ReplicaStore;
  readonly hub: Pick<HttpTransport, 'fetchWipeOrder' | 'reportWipe'>;
  readonly verifier: Verifier;
  readonly logger: Logger;
  /** What people edit together has gone to the hub, too. */
  readonly areDocumentsLevel: () => boolean;
  readonly onWipe: (wipe: Wipe) => void;
}

/** Called with each contact as long as there is an order: what cannot be done yet is done with a later one. */
export function createLaneWipe(ports: LaneWipePorts): { ordered(isServed: boolean): void } {
  const { store, hub, logger } = ports;
  let isUnderWay = false;
  const obey = async (isServed: boolean): Promise<void> => {
    const identity = store.identity();
    if (identity === null) return;
    const told = await hub.fetchWipeOrder(identity.token);
    if (!told.ok) return;
    const order = told.value.value;
    if (!verifyWipe(ports.verifier, identity, order))
      return logger.error('an order to erase this lane is not signed by its hub: it is not obeyed', {});
    const { isStolen, orderedAtMs } = order;
    if (store.waiting().entries > 0 || (!isStolen && hasOpenBasket(ports.db))) return;
    // Of whoever counts no more the hub takes its ledger, and nothing else.
    if (isServed && !ports.areDocumentsLevel()) return;
    const heads = headsOf(store);
    const answered = await hub.reportWipe(identity.token, { orderedAtMs, heads });
    if (!answered.ok) return logger.warn('the hub does not let this lane erase itself yet', { reason: answered.error.reason });
    ports.onWipe({ heads, isStolen });
  };
  return {
    ordered: (isServed) => {
      if (isUnderWay) return;
      isUnderWay = true;
      obey(isServed)
        .catch((error: unknown) => logger.error('an order to erase this lane could not be followed', { error }))
        .finally(() => {
          isUnderWay = false;
        });
    },
  };
}

export const headsOf = (store: ReplicaStore): readonly WipeHead[] =>
  store
    .epochs()
    .filter(({ headSeq }) => headSeq > 0)
    .map(({ epoch, headSeq, headHash }) => ({ epoch, seq: headSeq, hash: bytesToHex(headHash) }));

export const hasOpenBasket = (db: Connection): boolean =>
  db.prepare(`SELECT 1 FROM basket WHERE state = 'open' AND opening IS NOT NULL LIMIT 1`).get() !== undefined;

/** To be asked where everything is appended: whether what was handed over is still all that there is. */
export function isStillAll(db: Connection, store: ReplicaStore, { heads, isStolen }: Wipe): boolean {
  return isStolen || (!hasOpenBasket(db) && JSON.stringify(headsOf(store)) === JSON.stringify(heads));
}

const MARK = 'wipe.mark';
/** Held by whoever erases. */
const KEPT = ['till.lock', 'till.pid', MARK];

/** From here on there is no way back. */
export const markWiped = (folder: string): void => writePrivateFile(join(folder, MARK), '');

/** Everything, of a folder that is marked, and nothing of another. True where there was something to erase. */
export function eraseMarked(folder: string): boolean {
  if (!existsSync(join(folder, MARK))) return false;
  const isKey = (name: string): boolean => /key|secret|witness|till\.json/.test(name);
  const names = readdirSync(folder).filter((name) => !KEPT.includes(name));
  for (const name of [...names.filter(isKey), ...names.filter((each) => !isKey(each))])
    rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(join(folder, MARK));
  return true;
}
