/**
 * Sales of the neighbour lanes for goods that come back while the hub is gone (SPEC: N-8): their ledgers are here. The right to return of a sale rests with the lane that sold it: it is asked, where it is there, and holds the right for
 * the first that asks.
 */
import type { ReturnAnswer, ReturnRequest } from '@holdfast/sync';
import { z } from 'zod';

import type { Connection } from './database/connection.ts';

/** The question that a lane asks the one that sold. */
export const RETURN_QUESTION = 'return';
export const returnQuestionSchema = z.object({ receiptNumber: z.string().min(1).max(64), take: z.boolean() });
export const returnGrantSchema = z.object({ isGranted: z.boolean() });

export interface SiblingReturns {
  /** The device whose sale it is; undefined where no copy holds it, or several lanes' do. */
  sellerOf(receiptNumber: string): string | undefined;
  /** What the copies here say of it. */
  answerOf(receiptNumber: string, store: string, isGranted: boolean): ReturnAnswer;
  /** Entries of siblings (canonical) that gave something of this sale back. */
  returnsOf(receiptNumber: string): readonly Uint8Array[];
  /** Inside the caller's transaction. Whether `device` may return of this lane's own sale now: one at a time. */
  give(request: ReturnRequest, device: string, nowMs: number): boolean;
  /** The sibling that holds the right to return of this lane's own sale; undefined: none does. */
  holderOf(receiptNumber: string, nowMs: number): string | undefined;
}

/** As long as a hub holds such a right at least (SPEC: U-19). */
const HELD_FOR_MS = 15 * 60_000;
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
  const canonical = db.prepare<[number], Uint8Array>('SELECT canonical FROM sync_line_entry WHERE id = ?').pluck();
  const held = db.prepare<[string], { device: string; at_ms: number }>('SELECT device, at_ms FROM given_return WHERE receipt_number = ?');
  const hold = db.prepare(
    `INSERT INTO given_return (receipt_number, device, at_ms) VALUES (?, ?, ?)
     ON CONFLICT (receipt_number) DO UPDATE SET device = excluded.device, at_ms = excluded.at_ms`,
  );
  const release = db.prepare('DELETE FROM given_return WHERE receipt_number = ? AND device = ?');
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  /** Several histories of one lane share what came before they parted: one sale of one lane is one sale. */
  const saleOf = (receiptNumber: string) => {
    const found = sales.all(receiptNumber);
    return new Set(found.map(({ device }) => device)).size === 1 ? found[0] : undefined;
  };
  const holderOf = (receiptNumber: string, nowMs: number): string | undefined => {
    const row = held.get(receiptNumber);
    return row !== undefined && nowMs - row.at_ms < HELD_FOR_MS ? row.device : undefined;
  };
  return {
    sellerOf: (receiptNumber) => saleOf(receiptNumber)?.device,
    answerOf: (receiptNumber, store, isGranted) => {
      const sale = saleOf(receiptNumber);
      const entry = sale === undefined ? undefined : canonical.get(sale.entry_id);
      return {
        ...(sale !== undefined && entry !== undefined && { sale: { store, atMs: sale.at_ms, entry: base64(entry) } }),
        returns: returns.all(receiptNumber, MAX_RETURNS).map(base64),
        granted: isGranted,
      };
    },
    returnsOf: (receiptNumber) => returns.all(receiptNumber, MAX_RETURNS),
    give: ({ receiptNumber, take }, device, nowMs) => {
      const holder = holderOf(receiptNumber, nowMs);
      if (!take) release.run(receiptNumber, device);
      else if (holder === undefined || holder === device) hold.run(receiptNumber, device, nowMs);
      return holder === undefined || holder === device;
    },
    holderOf,
  };
}
