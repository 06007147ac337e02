/**
 * How much goes into one transaction, so that it takes about as long as it may: what other writers wait for depends on the machine,
 * its disk and what else it does, and is therefore measured, transaction by transaction.
 */
export interface WriteSize {
  /** Things for the next transaction, which may take `budgetMs` (Infinity: `most`). */
  next(budgetMs: number): number;
  /** So many took so long, where `budgetMs` was allowed. Without a budget nothing is learned: nobody was to wait, and the next one may be waited for. */
  took(things: number, ms: number, budgetMs: number): void;
}

export interface WriteSizeLimits {
  readonly least: number;
  readonly most: number;
}

/**
 * Halved at most by one slow transaction, which may have waited for a disk; grown by a quarter. What was learned under one budget is scaled to another:
 * the first transaction behind a pause is no longer than the last one before it.
 */
export function createWriteSize({ least, most }: WriteSizeLimits): WriteSize {
  let perMs = 0;
  const clamp = (wanted: number): number => Math.min(most, Math.max(least, Math.round(wanted)));
  const next = (budgetMs: number): number => (budgetMs === Infinity ? most : clamp(perMs * budgetMs));
  return {
    next,
    took(things, ms, budgetMs) {
      if (things === 0 || budgetMs === Infinity) return;
      const size = next(budgetMs);
      if (ms > budgetMs) perMs = clamp(Math.min(size, things) * Math.max(0.5, budgetMs / ms)) / budgetMs;
      else if (things >= size) perMs = clamp(size * 1.25 + 1) / budgetMs;
    },
  };
}
