/**
 * What this lane's own entries moved: the fold of its ledger. It is kept in the pauses, with the place up to which each epoch is in it:
 * goods lie all over the table, and twelve of them in a sale's own transaction made that sale twice as many pages. Whoever
 * reads the table folds first.
 */
import { assert, type Logger } from '@holdfast/base';
import { stockMovementsOf, type StockMovement } from '@holdfast/domain';
import { readEntry, type EntryId, type ReplicaStore } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';

/** Read at once, before the transaction. */
const ENTRIES_AT_ONCE = 16;
const BYTES_AT_ONCE = 65_536;
/** Of one transaction, for which a scan may have to wait: no entry is begun behind so many. */
const GOODS_AT_ONCE = 64;

export interface Stock {
  /** Folds the next entries that are not in the table yet, in one transaction. True where more remain. */
  foldNext(): boolean;
}

export interface StockPorts {
  readonly db: Connection;
  readonly store: Pick<ReplicaStore, 'epochs' | 'entriesAfter'>;
  readonly logger: Logger;
  /** The transaction alone: what goes into it was read and summed up before. */
  readonly withTurn: <T>(write: () => T) => T;
}

/** Of an epoch, from behind `afterSeq` to `seq`: what moved, by goods. */
interface Moved {
  readonly epoch: string;
  readonly afterSeq: number;
  readonly seq: number;
  readonly goods: ReadonlyMap<string, { readonly sku: string; readonly unit: string; readonly moved: number }>;
}

export function createStock({ db, store, logger, withTurn }: StockPorts): Stock {
  const add = db.prepare(
    'INSERT INTO stock (sku, unit, moved) VALUES (?, ?, ?) ON CONFLICT (sku, unit) DO UPDATE SET moved = moved + excluded.moved',
  );
  const foldedSeq = db.prepare<[string], number>('SELECT seq FROM stock_folded WHERE epoch = ?').pluck();
  const setFolded = db.prepare('INSERT INTO stock_folded (epoch, seq) VALUES (?, ?) ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq');
  const foldedTo = (epoch: string): number => foldedSeq.get(epoch) ?? 0;
  /** An entry that cannot be read is set aside by itself and told; those behind it are folded. */
  const movementsOf = (id: EntryId, canonical: Uint8Array): readonly StockMovement[] => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    const movements =
      entry.ok && entry.value.fields !== null ? stockMovementsOf({ kind: entry.value.kind, fields: entry.value.fields }) : null;
    if (movements?.ok === true) return movements.value;
    logger.error('an entry of this lane is not in its stock: it cannot be read', { ...id, error: movements?.error ?? entry });
    return [];
  };
  const movedBehind = (epoch: string, afterSeq: number): Moved => {
    const goods = new Map<string, { readonly sku: string; readonly unit: string; readonly moved: number }>();
    let seq = afterSeq;
    for (const { id, canonical } of store.entriesAfter(epoch, afterSeq, ENTRIES_AT_ONCE, BYTES_AT_ONCE)) {
      if (goods.size >= GOODS_AT_ONCE) break;
      for (const { sku, unit, quantity } of movementsOf(id, canonical)) {
        const key = `${unit} ${sku}`;
        // What leaves the store counts negative.
        goods.set(key, { sku, unit, moved: (goods.get(key)?.moved ?? 0) - quantity });
      }
      seq = id.seq;
    }
    return { epoch, afterSeq, seq, goods };
  };
  const write = db.transaction(({ epoch, afterSeq, seq, goods }: Moved): void => {
    assert(foldedTo(epoch) === afterSeq, 'nobody else folds the stock');
    for (const { sku, unit, moved } of goods.values()) add.run(sku, unit, moved);
    setFolded.run(epoch, seq);
  });
  return {
    foldNext() {
      const behind = store.epochs().filter(({ epoch, headSeq }) => headSeq > foldedTo(epoch));
      const [first] = behind;
      if (first === undefined) return false;
      const moved = movedBehind(first.epoch, foldedTo(first.epoch));
      withTurn(() => write.immediate(moved));
      return moved.seq < first.headSeq || behind.length > 1;
    },
  };
}
