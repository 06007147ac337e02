/**
 * What this lane's own entries moved: the fold of its ledger. It is kept in the pauses, with the place up to which each epoch is in it:
 * goods lie all over the table, and twelve of them in a sale's own transaction made that sale twice as many pages. Whoever
 * reads the table folds first.
 */
import type { Logger } from '@holdfast/base';
import { stockMovementsOf, type StockMovement } from '@holdfast/domain';
import { readEntry, type EntryId, type ReplicaStore } from '@holdfast/sync';

import type { Connection } from './database/connection.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';

/** Of one transaction: a scan may have to wait for it. */
const ENTRIES_AT_ONCE = 16;
const BYTES_AT_ONCE = 65_536;

export interface Stock {
  /** One transaction: folds the next entries that are not in the table yet. True where more remain. */
  foldNext(): boolean;
}

export interface StockPorts {
  readonly db: Connection;
  readonly store: Pick<ReplicaStore, 'epochs' | 'entriesAfter'>;
  readonly logger: Logger;
}

export function createStock({ db, store, logger }: StockPorts): Stock {
  const add = db.prepare(
    'INSERT INTO stock (sku, unit, moved) VALUES (?, ?, ?) ON CONFLICT (sku, unit) DO UPDATE SET moved = moved + excluded.moved',
  );
  const foldedSeq = db.prepare<[string], number>('SELECT seq FROM stock_folded WHERE epoch = ?').pluck();
  const setFolded = db.prepare('INSERT INTO stock_folded (epoch, seq) VALUES (?, ?) ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq');
  /** An entry that cannot be read is set aside by itself and told; those behind it are folded. */
  const movementsOf = (id: EntryId, canonical: Uint8Array): readonly StockMovement[] => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    const movements =
      entry.ok && entry.value.fields !== null ? stockMovementsOf({ kind: entry.value.kind, fields: entry.value.fields }) : null;
    if (movements?.ok === true) return movements.value;
    logger.error('an entry of this lane is not in its stock: it cannot be read', { ...id, error: movements?.error ?? entry });
    return [];
  };
  const foldEpoch = (epoch: string, afterSeq: number): number => {
    let seq = afterSeq;
    for (const { id, canonical } of store.entriesAfter(epoch, afterSeq, ENTRIES_AT_ONCE, BYTES_AT_ONCE)) {
      // What leaves the store counts negative.
      for (const { sku, unit, quantity } of movementsOf(id, canonical)) add.run(sku, unit, -quantity);
      seq = id.seq;
    }
    setFolded.run(epoch, seq);
    return seq;
  };
  const foldNext = db.transaction((): boolean => {
    const behind = store.epochs().filter(({ epoch, headSeq }) => headSeq > (foldedSeq.get(epoch) ?? 0));
    const [first] = behind;
    if (first === undefined) return false;
    return foldEpoch(first.epoch, foldedSeq.get(first.epoch) ?? 0) < first.headSeq || behind.length > 1;
  });
  return { foldNext: () => foldNext.immediate() };
}
