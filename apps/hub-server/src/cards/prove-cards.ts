/** What the ledger says of payments over terminals, entry by entry, against what was folded of them. */
import type { Queries } from '../db/database.ts';
import type { FoldedEntry } from '../ledger/fold-entry.ts';
import { addSaying, cardSayingsOf, type PaymentEntries } from './card-payments.ts';

export interface CardProof {
  add(device: string, entryNo: number, folded: FoldedEntry): void;
  /** In words; once all entries were added. */
  problems(tx: Queries): Promise<readonly string[]>;
}

interface KeptPayment {
  readonly device: string;
  readonly paymentId: string;
  readonly entries: PaymentEntries;
}

/** In one snapshot with everything else that is proven. */
export async function createCardProof(tx: Queries, tenantNo: number): Promise<CardProof> {
  const [begin] = await tx.rows<{ entry_no: number }>('SELECT entry_no FROM card_payments_begin');
  const from = begin?.entry_no ?? 0;
  const payments = new Map<string, PaymentEntries>();
  return {
    add(device, entryNo, folded) {
      if (entryNo <= from) return;
      for (const [paymentId, saying] of cardSayingsOf(folded)) {
        const key = JSON.stringify([device, paymentId]);
        payments.set(key, addSaying(payments.get(key), saying, entryNo));
      }
    },
    async problems(queries) {
      const rows = await queries.rows<KeptPayment>(
        `SELECT device, payment_id AS "paymentId", json_build_object('firstPaid', first_paid_no, 'lastPaid', last_paid_no, 'offline', offline_no, 'forwarded',
           forwarded_no, 'declined', declined_no, 'unknown', unknown_no, 'ended', ended_no, 'stuck', stuck_no, 'cleared', cleared_no) AS entries
         FROM card_payment WHERE tenant_no = $1`,
        [tenantNo],
      );
      const kept = new Map(rows.map(({ device, paymentId, entries }) => [JSON.stringify([device, paymentId]), entries]));
      return [...new Set([...payments.keys(), ...kept.keys()])].flatMap((key) => {
        const [told, found] = [JSON.stringify(kept.get(key) ?? null), JSON.stringify(payments.get(key) ?? null)];
        return told === found ? [] : [`card payment ${key}: kept as ${told}, the ledger says ${found}`];
      });
    },
  };
}
