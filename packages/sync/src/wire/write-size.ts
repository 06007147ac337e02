/**
 * How much goes into one transaction, so that it takes about as long as it may: what other writers wait for depends on the machine,
 * its disk and what else it does, and is therefore measured, transaction by transaction.
 */
export interface WriteSize {
  /** Things for the next transaction. */
  next(): number;
  /** So many took so long, where `budgetMs` was allowed (Infinity: as many as there are). */
  took(things: number, ms: number, budgetMs: number): void;
}

export interface WriteSizeLimits {
  readonly least: number;
  readonly most: number;
}

/** Halved at most by one slow transaction, which may have waited for a disk; grown by a quarter. */
export function createWriteSize({ least, most }: WriteSizeLimits): WriteSize {
  let size = least;
  const clamp = (wanted: number): number => Math.min(most, Math.max(least, Math.round(wanted)));
  return {
    next: () => size,
    took(things, ms, budgetMs) {
      if (things === 0) return;
      if (budgetMs === Infinity) size = most;
      else if (ms > budgetMs) size = clamp(Math.min(size, things) * Math.max(0.5, budgetMs / ms));
      else if (things >= size) size = clamp(size * 1.25 + 1);
    },
  };
}
