/** Receipts that nobody has wanted on paper yet: where paper is only for whoever asks, the first print of one is no copy. */
import type { Connection } from '../database/connection.ts';

/** Each call is part of the transaction in hand. */
export interface UnprintedReceipts {
  add(receiptNumber: string): void;
  /** Whether it was one; it is none afterwards. */
  take(receiptNumber: string): boolean;
}

export function createUnprintedReceipts(db: Connection): UnprintedReceipts {
  const insert = db.prepare<[string]>('INSERT INTO unprinted_receipt (receipt_number) VALUES (?)');
  const remove = db.prepare<[string]>('DELETE FROM unprinted_receipt WHERE receipt_number = ?');
  return {
    add: (receiptNumber) => void insert.run(receiptNumber),
    take: (receiptNumber) => remove.run(receiptNumber).changes > 0,
  };
}
