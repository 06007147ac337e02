/** The numbers of receipts, gap-free per epoch. */
import { assert } from '@holdfast/base';

import type { Connection } from '../database/connection.ts';

export interface ReceiptNumbers {
  /** Inside the transaction of the sale that takes it: rolled back with it, so no number is ever left out. */
  next(epoch: string): number;
}

export function createReceiptNumbers(db: Connection): ReceiptNumbers {
  const take = db
    .prepare<[string, string], number>(
      `UPDATE lane SET receipts_counter = CASE WHEN receipts_epoch IS ? THEN receipts_counter + 1 ELSE 1 END, receipts_epoch = ?
       WHERE id = 1 RETURNING receipts_counter`,
    )
    .pluck();
  return {
    next(epoch) {
      const number = take.get(epoch, epoch);
      assert(number !== undefined, 'the lane has its row');
      return number;
    },
  };
}
