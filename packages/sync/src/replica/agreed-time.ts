/**
 * The time on which the lanes of a store agree without asking anybody: the middle one of their clocks, each as the hub corrected it when its lane was last in contact. As long as
 * more than half of those that are heard are right, it is within what these differ by, whatever the others say.
 */

/** `aheadMs`: of each sibling that is heard, its corrected clock less this device's. Of an even number the earlier of the middle two: a price starts rather late than early. */
export function agreedMs(correctedMs: number, aheadMs: readonly number[]): number {
  const sorted = [0, ...aheadMs].sort((left, right) => left - right);
  return correctedMs + (sorted[Math.floor((sorted.length - 1) / 2)] ?? 0);
}
