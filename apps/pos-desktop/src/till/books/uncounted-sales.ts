/** Entries of the sale's kind that are no sale for whoever counts: what undoes one, and what was practised in training. They wait like any entry, and not as sales. */
import { LEDGER_KINDS, type LedgerEntry } from '@holdfast/domain';
import type { EntryId, ReplicaStore } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';

export interface UncountedSales {
  /** Inside the transaction that appends the entry. What is a sale, or of another kind, is not noted. */
  note(entry: LedgerEntry, id: Pick<EntryId, 'epoch' | 'seq'>): void;
  /** Sales that the hub has not acknowledged: as the till's status, `verify` and the hub's overview say it. */
  waitingSales(store: Pick<ReplicaStore, 'epochs' | 'waiting'>): number;
}

export function createUncountedSales(db: Connection): UncountedSales {
  const count = db.prepare<[string, number], number>('SELECT count(*) FROM uncounted_sale WHERE epoch = ? AND seq > ?').pluck();
  const insert = db.prepare('INSERT INTO uncounted_sale (epoch, seq) VALUES (?, ?)');
  return {
    note({ kind, fields }, { epoch, seq }) {
      if (kind === LEDGER_KINDS.sale.kind && (fields['training'] === true || fields['postVoidOf'] !== undefined)) insert.run(epoch, seq);
    },
    waitingSales(store) {
      const ofKind = store.waiting().byKind.get(LEDGER_KINDS.sale.kind) ?? 0;
      return store.epochs().reduce((sum, { epoch, confirmedSeq }) => sum - (count.get(epoch, confirmedSeq) ?? 0), ofKind);
    },
  };
}
