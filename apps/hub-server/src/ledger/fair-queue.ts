/**
 * Who waits for one thing, each store in its turn: whatever one store brings, another's first piece is among the next ones taken. Pieces of one
 * store keep their order. `isFree` may pass a piece over: it keeps its place.
 */
export interface FairQueue<T> {
  readonly size: number;
  push(store: string, piece: T): void;
  /** Until `isEnough` says so of what was taken, or nothing is left that is free. */
  take(isEnough: (taken: readonly T[]) => boolean, isFree?: (piece: T) => boolean): readonly T[];
}

export function createFairQueue<T>(): FairQueue<T> {
  // In the order in which stores are served next: a Map keeps that of its insertions.
  const byStore = new Map<string, T[]>();
  let size = 0;

  function takeFrom(store: string, pieces: T[], isFree: (piece: T) => boolean): T | undefined {
    const at = pieces.findIndex(isFree);
    if (at < 0) return undefined;
    const [piece] = pieces.splice(at, 1);
    byStore.delete(store);
    if (pieces.length > 0) byStore.set(store, pieces);
    size -= 1;
    return piece;
  }

  return {
    get size() {
      return size;
    },
    push: (store, piece) => {
      const pieces = byStore.get(store);
      if (pieces === undefined) byStore.set(store, [piece]);
      else pieces.push(piece);
      size += 1;
    },
    take: (isEnough, isFree = () => true) => {
      const taken: T[] = [];
      for (let found = true; found && !isEnough(taken);) {
        found = false;
        for (const [store, pieces] of Array.from(byStore)) {
          if (isEnough(taken)) break;
          const piece = takeFrom(store, pieces, isFree);
          if (piece === undefined) continue;
          taken.push(piece);
          found = true;
        }
      }
      return taken;
    },
  };
}
