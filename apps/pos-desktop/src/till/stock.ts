/** What this lane's own entries moved, folded as they are written. */
import type { StockMovement } from '@holdfast/domain';

import type { Connection } from './database/connection.ts';

export interface Stock {
  /** Inside the transaction that appends the entry. What leaves the store counts negative. */
  fold(movements: Iterable<StockMovement>): void;
}

export function createStock(db: Connection): Stock {
  const add = db.prepare(
    'INSERT INTO stock (sku, unit, moved) VALUES (?, ?, ?) ON CONFLICT (sku, unit) DO UPDATE SET moved = moved + excluded.moved',
  );
  return {
    fold(movements) {
      for (const { sku, unit, quantity } of movements) add.run(sku, unit, -quantity);
    },
  };
}
