/**
 * The main thread's store, which knows the newest cut without reading it again: a request asks for it a dozen times, and only the
 * worker exposes another. While the main thread has the write turn the worker cannot, so that inside of a transaction there is one cut.
 */
import type { Cut, ReplicaStore } from '@holdfast/sync';

/** `workerWrites`: changes, at the latest before the worker gives its turn back, with each of its transactions. */
export function withSeenCut(store: ReplicaStore, workerWrites: () => number): ReplicaStore {
  let seen: { readonly writes: number; readonly cut: Cut } | undefined;
  return {
    ...store,
    cut() {
      // Before the cut: what the worker exposes between the two is then read once more.
      const writes = workerWrites();
      if (seen?.writes !== writes) seen = { writes, cut: store.cut() };
      return seen.cut;
    },
  };
}
