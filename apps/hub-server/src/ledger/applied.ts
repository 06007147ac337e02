/** What of an entry that is set aside was applied all the same. */
import type { FoldedEntry } from './fold-entry.ts';

export type Applied = Pick<FoldedEntry, 'movements' | 'accountMovements'>;

/** As `set_aside.applied` says it: null is of an earlier build, which applied what such an entry names; an empty list, nothing. */
export function appliedBefore(stored: Applied | readonly [] | null, folded: FoldedEntry): Applied {
  if (stored === null) return folded;
  return 'movements' in stored ? stored : { movements: [], accountMovements: [] };
}
