/**
 * What this lane's sales come to, by epoch, business day and currency, with the stretch of the ledger that they stand in: kept with each sale, so that headquarters can be told what days came to before the sales
 * themselves are there (SPEC: D-20). The hub takes off what it has of that stretch. What an epoch sold before its first row (by a build that kept none) is in no stretch, and is not told.
 */
import { LEDGER_KINDS, type LedgerEntry, type ReportedDay } from '@holdfast/domain';
import type { EntryId, EpochState } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';

export interface DaySales {
  /** Inside the transaction that appends the entry. What is no sale, or was practised in training, adds nothing. */
  note(entry: LedgerEntry, id: Pick<EntryId, 'epoch' | 'seq'>): void;
  /** Of the days that have a sale which no hub has confirmed, in the order of epochs and days. */
  waiting(epochs: readonly Pick<EpochState, 'epoch' | 'confirmedSeq'>[]): readonly ReportedDay[];
}

export function createDaySales(db: Connection): DaySales {
  const add = db.prepare<[string, string, string, number, number, number]>(
    `INSERT INTO day_sales (epoch, business_date, currency, from_seq, to_seq, sales, total_minor) VALUES (?, ?, ?, ?, ?, 1, ?)
     ON CONFLICT (epoch, business_date, currency)
     DO UPDATE SET to_seq = excluded.to_seq, sales = sales + 1, total_minor = total_minor + excluded.total_minor`,
  );
  const waiting = db.prepare<[string, number], ReportedDay>(
    `SELECT epoch, business_date AS businessDate, currency, from_seq AS fromSeq, to_seq AS toSeq, sales, total_minor AS totalMinor
     FROM day_sales WHERE epoch = ? AND to_seq > ? ORDER BY business_date, currency`,
  );
  return {
    note({ kind, fields: { training, businessDate, currency, totalMinor } }, { epoch, seq }) {
      if (kind !== LEDGER_KINDS.sale.kind || training === true) return;
      if (typeof businessDate === 'string' && typeof currency === 'string' && typeof totalMinor === 'number')
        add.run(epoch, businessDate, currency, seq - 1, seq, totalMinor);
    },
    waiting: (epochs) => epochs.flatMap(({ epoch, confirmedSeq }) => waiting.all(epoch, confirmedSeq)),
  };
}
