/**
 * The main thread's store, which knows the newest cut and the hub's clock without reading them again: a request asks for each a dozen times, and only the
 * worker writes another. While the main thread has the write turn the worker cannot, so that inside of a transaction there is one cut.
 */
import type { ReplicaStore } from '@holdfast/sync';

/** `workerWrites`: changes, at the latest before the worker gives its turn back, with each of its transactions. */
export function withSeenCut(store: ReplicaStore, workerWrites: () => number): ReplicaStore {
  const seen = <T>(read: () => T): (() => T) => {
    let last: { readonly writes: number; readonly value: T } | undefined;
    return () => {
      // Before it is read: what the worker writes between the two is then read once more.
      const writes = workerWrites();
      if (last?.writes !== writes) last = { writes, value: read() };
      return last.value;
    };
  };
  return { ...store, cut: seen(() => store.cut()), hubClock: seen(() => store.hubClock()) };
}
