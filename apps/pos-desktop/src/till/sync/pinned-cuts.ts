/** The oldest cut that somebody may still read at: of the baskets that are open or suspended, here or on another lane of the store. */
import type { Connection } from '../database/connection.ts';

/** Null where no basket stands at a cut of its own. */
export function readOldestPinned(db: Connection): () => number | null {
  // By the two small indexes; in one condition SQLite would read every basket that there ever was.
  const oldest = db
    .prepare<[], number | null>(
      `SELECT min(cut_at) FROM (
         SELECT cut_at FROM basket WHERE state = 'open' UNION ALL SELECT cut_at FROM basket WHERE state = 'suspended'
         UNION ALL SELECT cut_at FROM sibling_basket)`,
    )
    .pluck();
  return () => oldest.get() ?? null;
}
