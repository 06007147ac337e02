/** What this lane keeps beside its ledger of an entry, for returns, copies and invoices: it goes with the entry. Everything here runs inside the caller's transaction. */
import { accountMovementsOf, LEDGER_KINDS, readSale, type LedgerEntry } from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { EVENTS_PER_BASKET } from '../selling/basket-journal.ts';

export interface KeptOfEntries {
  drop(id: EntryId, entry: LedgerEntry): void;
  /** What stands in no entry of its own. */
  dropOlder(beforeMs: number): void;
}

/** Looked at together: however many of them stay, no step takes longer. */
const PAYMENTS_AT_ONCE = 1_000;

export function createKeptOfEntries(db: Connection): KeptOfEntries {
  const basketOf = db.prepare<[string], number>('SELECT number FROM basket WHERE receipt_number = ?').pluck();
  const voidedBefore = db.prepare<[number], number>(`SELECT number FROM basket WHERE number < ? AND state = 'voided'`).pluck();
  const dropBasket = db.prepare('DELETE FROM basket WHERE number = ?');
  const dropEvents = db.prepare('DELETE FROM basket_event WHERE id > ? AND id < ?');
  const ofReceipt = [
    'DELETE FROM invoice WHERE receipt_number = ?',
    `DELETE FROM fiscal_transaction WHERE receipt_number = ? AND state IN ('signed', 'refused')`,
    'DELETE FROM tender_reversal WHERE receipt_number = ?',
    'DELETE FROM given_return WHERE receipt_number = ?',
    'DELETE FROM unprinted_receipt WHERE receipt_number = ?',
    // Nobody could make it any more.
    `DELETE FROM print_job WHERE json_extract(print_order, '$.receiptNumber') = ?`,
  ].map((sql) => db.prepare<[string]>(sql));
  const dropReturn = db.prepare(`DELETE FROM sale_return WHERE receipt_number = ? AND json_extract(fields, '$.receiptNumber') = ?`);
  const ofEntry = [
    'DELETE FROM uncounted_sale WHERE epoch = ? AND seq = ?',
    // With its last sale.
    'DELETE FROM day_sales WHERE epoch = ? AND to_seq = ?',
    `DELETE FROM own_suspension WHERE epoch = ? AND seq = ? AND state <> 'suspended'`,
  ].map((sql) => db.prepare<[string, number]>(sql));
  const dropMark = db.prepare('DELETE FROM attendance_mark WHERE device = ? AND epoch = ? AND seq = ?');
  const dropSpending = db.prepare(
    'DELETE FROM right_spending WHERE account = ? AND reference = ? AND currency = ? AND epoch = ? AND seq = ?',
  );
  const dropPayments = db.prepare(
    `DELETE FROM terminal_payment WHERE number < (SELECT min(number) FROM terminal_payment) + ${PAYMENTS_AT_ONCE} AND at_ms < ? AND offline IS NULL
       AND (state IN ('declined', 'notCharged') OR (state IN ('approved', 'reversed') AND is_booked = 1 AND is_settled = 1))`,
  );

  const dropNumber = (number: number): void => {
    dropEvents.run(number * EVENTS_PER_BASKET, (number + 1) * EVENTS_PER_BASKET);
    dropBasket.run(number);
  };

  function dropSale({ fields }: LedgerEntry): void {
    const sale = readSale(fields);
    if (!sale.ok) return;
    const { receiptNumber, lines, postVoidOf } = sale.value;
    const back = new Set(lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [returnOf.receiptNumber])));
    if (postVoidOf !== undefined) back.add(postVoidOf);
    for (const receipt of back) dropReturn.run(receipt, receiptNumber);
    for (const statement of ofReceipt) statement.run(receiptNumber);
    const number = basketOf.get(receiptNumber);
    if (number === undefined) return;
    dropNumber(number);
    for (const voided of voidedBefore.all(number)) dropNumber(voided);
  }

  return {
    drop({ device, epoch, seq }, entry) {
      for (const statement of ofEntry) statement.run(epoch, seq);
      if (entry.kind === LEDGER_KINDS.attendance.kind) dropMark.run(device, epoch, seq);
      const moved = accountMovementsOf(entry);
      for (const { account, reference, currency } of moved.ok ? moved.value : [])
        dropSpending.run(account, reference, currency, epoch, seq);
      if (entry.kind === LEDGER_KINDS.sale.kind) dropSale(entry);
    },
    dropOlder(beforeMs) {
      dropPayments.run(beforeMs);
    },
  };
}
