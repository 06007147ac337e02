/** What this lane wrote behind a place of its ledger, oldest first, a page at a time. An entry that cannot be read is another build's, and left out. */
import type { LedgerEntry } from '@holdfast/domain';
import { readEntry, type ReplicaStore } from '@holdfast/sync';

import { LEDGER_SCHEMAS } from '../schemas.ts';

const PAGE_ENTRIES = 500;
const PAGE_BYTES = 4_000_000;

/** `epoch`: null, or one that is not known here: from the beginning. */
export function* ownEntriesBehind(
  store: ReplicaStore,
  place: { readonly epoch: string | null; readonly seq: number },
): Generator<LedgerEntry, void, undefined> {
  const epochs = store.epochs();
  const first = Math.max(
    epochs.findIndex(({ epoch }) => epoch === place.epoch),
    0,
  );
  for (const { epoch } of epochs.slice(first)) {
    let after = epoch === place.epoch ? place.seq : 0;
    for (;;) {
      const page = store.entriesAfter(epoch, after, PAGE_ENTRIES, PAGE_BYTES);
      for (const { canonical } of page) {
        const entry = readEntry(canonical, LEDGER_SCHEMAS);
        if (entry.ok && entry.value.fields !== null) yield { kind: entry.value.kind, fields: entry.value.fields };
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id.seq;
    }
  }
}
