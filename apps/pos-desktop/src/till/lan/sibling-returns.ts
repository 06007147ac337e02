/**
 * Sales of the neighbour lanes for goods that come back while the hub is gone (SPEC: N-8): their ledgers are here. The right to return of a sale rests with the lane that sold it (O-15): it is asked, where it is there, and gives the right to
 * the first that asks.
 */
import type { ReturnAnswer } from '@holdfast/sync';
import { z } from 'zod';

import type { Connection } from '../database/connection.ts';
import { LINE_SPAN } from './sibling-folds.ts';

/** The question that a lane asks the one that sold. */
export const RETURN_QUESTION = 'return';
export const returnQuestionSchema = z.object({ receiptNumber: z.string().min(1).max(64), take: z.boolean() });
export const returnGrantSchema = z.object({ isGranted: z.boolean() });

export interface SiblingReturns {
  /** The device whose sale it is; undefined where no copy holds it, or several lanes' do. */
  sellerOf(receiptNumber: string): string | undefined;
  /** What the copies here say of it. */
  answerOf(receiptNumber: string, store: string, isGranted: boolean): ReturnAnswer;
  /** The entry (canonical) that made an invoice of such a sale. */
  invoiceOf(receiptNumber: string): Uint8Array | undefined;
  /** Entries of siblings (canonical) that gave something of this sale back. */
  returnsOf(receiptNumber: string): readonly Uint8Array[];
  /** Inside the caller's transaction. Whether `device` has the right to return of this lane's own sale from now on, or had it before; one at a time. */
  give(receiptNumber: string, device: string, nowMs: number): 'now' | 'before' | 'no';
  /** Inside the caller's transaction: `device` does not want it after all. What it has accepted its own ledger brings back. Whether it could have it. */
  takeBack(receiptNumber: string, device: string): boolean;
  /** Inside the caller's transaction: the hub gave this lane the right to return of its own sale, whoever had it. */
  reclaim(receiptNumber: string): void;
  /** The sibling that holds the right to return of this lane's own sale; undefined: none does. */
  holderOf(receiptNumber: string): string | undefined;
}

const MAX_RETURNS = 1_000;

export function createSiblingReturns(db: Connection): SiblingReturns {
  const sales = db.prepare<[string], { device: string; entry_id: number; at_ms: number }>(
    'SELECT device, entry_id, at_ms FROM sibling_sale WHERE receipt_number = ? ORDER BY entry_id',
  );
  const returns = db
    .prepare<[string, number], Uint8Array>(
      'SELECT e.canonical FROM sibling_return r JOIN sync_line_entry e ON e.id = r.entry_id WHERE r.receipt_number = ? ORDER BY r.entry_id LIMIT ?',
    )
    .pluck();
  const invoice = db
    .prepare<[string, string], Uint8Array>(
      `SELECT e.canonical FROM sibling_invoice i JOIN sync_line_entry e ON e.id = i.entry_id JOIN sync_line l ON l.line = i.entry_id / ${LINE_SPAN}
       WHERE i.receipt_number = ? AND l.device = ? ORDER BY i.entry_id LIMIT 1`,
    )
    .pluck();
  const canonical = db.prepare<[number], Uint8Array>('SELECT canonical FROM sync_line_entry WHERE id = ?').pluck();
  const held = db.prepare<[string], string>('SELECT device FROM given_return WHERE receipt_number = ?').pluck();
  const hold = db.prepare('INSERT INTO given_return (receipt_number, device, at_ms) VALUES (?, ?, ?)');
  const unhold = db.prepare('DELETE FROM given_return WHERE receipt_number = ? AND device = ? AND is_accepted = 0');
  const end = db.prepare('DELETE FROM given_return WHERE receipt_number = ?');
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  /** Several histories of one lane share what came before they parted: one sale of one lane is one sale. */
  const saleOf = (receiptNumber: string) => {
    const found = sales.all(receiptNumber);
    return new Set(found.map(({ device }) => device)).size === 1 ? found[0] : undefined;
  };
  const invoiceOf = (receiptNumber: string): Uint8Array | undefined => {
    const sale = saleOf(receiptNumber);
    return sale === undefined ? undefined : invoice.get(receiptNumber, sale.device);
  };
  return {
    invoiceOf,
    sellerOf: (receiptNumber) => saleOf(receiptNumber)?.device,
    answerOf: (receiptNumber, store, isGranted) => {
      const sale = saleOf(receiptNumber);
      const entry = sale === undefined ? undefined : canonical.get(sale.entry_id);
      const invoiced = invoiceOf(receiptNumber);
      return {
        ...(sale !== undefined && entry !== undefined && { sale: { store, atMs: sale.at_ms, entry: base64(entry) } }),
        returns: returns.all(receiptNumber, MAX_RETURNS).map(base64),
        ...(invoiced !== undefined && { invoice: base64(invoiced) }),
        granted: isGranted,
      };
    },
    returnsOf: (receiptNumber) => returns.all(receiptNumber, MAX_RETURNS),
    give: (receiptNumber, device, nowMs) => {
      const holder = held.get(receiptNumber);
      if (holder === undefined) hold.run(receiptNumber, device, nowMs);
      return holder === undefined ? 'now' : holder === device ? 'before' : 'no';
    },
    takeBack: (receiptNumber, device) => {
      unhold.run(receiptNumber, device);
      return (held.get(receiptNumber) ?? device) === device;
    },
    reclaim: (receiptNumber) => void end.run(receiptNumber),
    holderOf: (receiptNumber) => held.get(receiptNumber),
  };
}
