/**
 * The drawers of a lane in training, which there are on its screen alone: a fold over its entries since the training began. Nothing of them is kept but
 * where that is; the first question pays for the fold, and from then on each entry is added as it is written.
 */
import { practise, untouchedDrawer, type DrawerStand, type LedgerEntry } from '@holdfast/domain';
import type { EntryId, ReplicaStore } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { ownEntriesBehind } from './own-entries.ts';

export interface PractisedDrawers {
  stand(drawer: string, currency: string): DrawerStand;
  /** The entry with which training begins. Inside of the transaction that appended it. */
  begin(entry: EntryId): void;
  /** Inside of the transaction that appended it. */
  note(entry: LedgerEntry): void;
  /** The transaction was rolled back. */
  reread(): void;
}

export function createPractisedDrawers(db: Connection, store: ReplicaStore): PractisedDrawers {
  const read = db.prepare<[], { readonly epoch: string | null; readonly seq: number }>(
    'SELECT practised_from_epoch AS epoch, practised_from_seq AS seq FROM lane WHERE id = 1',
  );
  const write = db.prepare<[string, number]>('UPDATE lane SET practised_from_epoch = ?, practised_from_seq = ? WHERE id = 1');
  const stands = new Map<string, DrawerStand>();

  const fold = (drawer: string, currency: string): DrawerStand => {
    let stand = untouchedDrawer(currency);
    for (const entry of ownEntriesBehind(store, read.get() ?? { epoch: null, seq: 0 }))
      if (entry.fields['drawer'] === drawer) stand = practise(stand, entry);
    return stand;
  };

  return {
    stand(drawer, currency) {
      const stand = stands.get(drawer) ?? fold(drawer, currency);
      stands.set(drawer, stand);
      return stand;
    },
    begin({ epoch, seq }) {
      write.run(epoch, seq);
      stands.clear();
    },
    note(entry) {
      const drawer = entry.fields['drawer'];
      const stand = typeof drawer === 'string' ? stands.get(drawer) : undefined;
      if (typeof drawer === 'string' && stand !== undefined) stands.set(drawer, practise(stand, entry));
    },
    reread() {
      stands.clear();
    },
  };
}
