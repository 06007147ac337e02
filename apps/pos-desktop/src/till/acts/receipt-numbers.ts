/** The numbers of receipts, gap-free per epoch; what is sold in training has a series of its own. */
import { assert } from '@holdfast/base';
import { formatReceiptNumber, formatTrainingNumber } from '@holdfast/domain';

import type { Connection } from '../database/connection.ts';

export interface ReceiptNumbers {
  /** Inside the transaction of the sale that takes it: rolled back with it, so no number is ever left out. */
  next(lane: number, epoch: string, isTraining: boolean): string;
}

export function createReceiptNumbers(db: Connection): ReceiptNumbers {
  const take = (series: 'receipts' | 'training') =>
    db
      .prepare<[string, string], number>(
        `UPDATE lane SET ${series}_counter = CASE WHEN ${series}_epoch IS ? THEN ${series}_counter + 1 ELSE 1 END, ${series}_epoch = ?
         WHERE id = 1 RETURNING ${series}_counter`,
      )
      .pluck();
  const [sold, trained] = [take('receipts'), take('training')];
  return {
    next(lane, epoch, isTraining) {
      const number = (isTraining ? trained : sold).get(epoch, epoch);
      assert(number !== undefined, 'the lane has its row');
      return (isTraining ? formatTrainingNumber : formatReceiptNumber)(String(lane), epoch, number);
    },
  };
}
