/** What sales came to whose entries this lane has forgotten, by epoch and currency: a ledger's sums are these and those of what is held. */
import { LEDGER_KINDS, type LedgerEntry } from '@holdfast/domain';

import type { Connection } from '../database/connection.ts';

export interface SalesSums {
  readonly currency: string;
  readonly sales: number;
  readonly totalMinor: number;
}

export interface CarriedSales {
  of(epoch: string): readonly SalesSums[];
  /** Inside the transaction that forgets the entry. What is no sale, or was practised, adds nothing. */
  add(epoch: string, entry: LedgerEntry): void;
}

export function createCarriedSales(db: Connection): CarriedSales {
  const read = db.prepare<[string], SalesSums>(
    'SELECT currency, sales, total_minor AS totalMinor FROM carried_sales WHERE epoch = ? ORDER BY currency',
  );
  const add = db.prepare(
    `INSERT INTO carried_sales (epoch, currency, sales, total_minor) VALUES (?, ?, 1, ?)
     ON CONFLICT (epoch, currency) DO UPDATE SET sales = sales + 1, total_minor = total_minor + excluded.total_minor`,
  );
  return {
    of: (epoch) => read.all(epoch),
    add(epoch, { kind, fields: { currency, totalMinor, training } }) {
      if (kind === LEDGER_KINDS.sale.kind && training !== true && typeof currency === 'string' && typeof totalMinor === 'number')
        add.run(epoch, currency, totalMinor);
    },
  };
}
