/**
 * The right to return goods of a sale, whoever sold it: the hub gives it to one device at a time, with all that came back of the sale so far.
 * Whoever gets the right after another therefore sees what the other did with it: it ends in the transaction that stores the return.
 */
import { PROTOCOL_LIMITS, type ReturnAnswer, type ReturnRequest } from '@holdfast/sync';

import { RECLAIM_AFTER_MS } from '../accounts/holds.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';

interface SoldRow {
  readonly store: string;
  readonly atMs: number;
  readonly canonical: Uint8Array;
}

const NOTHING: ReturnAnswer = { returns: [], granted: false };

/** By the primary key of entries: there is no index on their numbers. */
const SAME_ENTRY = 'e.tenant_no = s.tenant_no AND e.device = s.device AND e.epoch = s.epoch AND e.seq = s.seq AND e.branch = s.branch';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

export async function grantReturn(
  database: Database,
  device: EnrolledDevice,
  request: ReturnRequest,
  nowMs: number,
): Promise<ReturnAnswer> {
  return database.transaction(async (tx) => {
    const sale = await findSale(tx, device, request);
    if (sale === undefined) return NOTHING;
    const place = [device.tenantNo, sale.store, request.receiptNumber, device.device];
    const granted = request.take ? await hold(tx, place, nowMs) : await giveBack(tx, place, nowMs);
    // Read once the right is held: nobody else returns of it now.
    const returns = await tx.rows<{ canonical: Uint8Array }>(
      `SELECT e.canonical FROM sale s JOIN ledger_entry e ON ${SAME_ENTRY}
       WHERE s.entry_no IN (SELECT entry_no FROM return_line WHERE tenant_no = $1 AND store = $2 AND receipt_number = $3)
       ORDER BY s.entry_no LIMIT $4`,
      [device.tenantNo, sale.store, request.receiptNumber, PROTOCOL_LIMITS.returns + 1],
    );
    if (returns.length > PROTOCOL_LIMITS.returns) return NOTHING;
    const { store, atMs, canonical } = sale;
    return { sale: { store, atMs, entry: base64(canonical) }, returns: returns.map((row) => base64(row.canonical)), granted };
  });
}

/** Of the named store, else of the device's own, else of the only one that printed such a number. */
async function findSale(tx: Queries, device: EnrolledDevice, { receiptNumber, store }: ReturnRequest): Promise<SoldRow | undefined> {
  const rows = await tx.rows<SoldRow>(
    `SELECT s.store, s.at_ms AS "atMs", e.canonical FROM sale s JOIN ledger_entry e ON ${SAME_ENTRY}
     WHERE s.tenant_no = $1 AND s.receipt_number = $2 AND NOT s.training AND ($3::text IS NULL OR s.store = $3)
     ORDER BY s.store = $4 DESC, s.entry_no LIMIT 2`,
    [device.tenantNo, receiptNumber, store ?? null, device.store],
  );
  const [first, second] = rows;
  if (second === undefined) return first;
  // A number of the device's own store that another store has printed too: its own is meant.
  return first?.store === device.store && second.store !== device.store ? first : undefined;
}

/** A hold that is old ends once its device was heard of again with nothing waiting: what it returned has arrived. */
const IS_OVER = `return_hold.held_at_ms + $5 < $6::bigint AND EXISTS (SELECT 1 FROM device d WHERE d.device = return_hold.device
  AND d.waiting_entries = 0 AND coalesce(d.last_seen_ms, 0) > return_hold.held_at_ms + $5)`;

async function hold(tx: Queries, place: readonly unknown[], nowMs: number): Promise<boolean> {
  const held = await tx.rows(
    `INSERT INTO return_hold (tenant_no, store, receipt_number, device, held_at_ms) VALUES ($1, $2, $3, $4, $6::bigint)
     ON CONFLICT (tenant_no, store, receipt_number) DO UPDATE SET device = excluded.device, held_at_ms = excluded.held_at_ms
     WHERE return_hold.device = excluded.device OR (${IS_OVER}) RETURNING 1`,
    [...place, RECLAIM_AFTER_MS, nowMs],
  );
  return held.length > 0;
}

/** Whether the device could have it. */
async function giveBack(tx: Queries, place: readonly unknown[], nowMs: number): Promise<boolean> {
  const where = 'tenant_no = $1 AND store = $2 AND receipt_number = $3';
  await tx.execute(`DELETE FROM return_hold WHERE ${where} AND device = $4`, place);
  const others = await tx.rows(`SELECT 1 FROM return_hold WHERE ${where} AND device <> $4 AND NOT (${IS_OVER})`, [
    ...place,
    RECLAIM_AFTER_MS,
    nowMs,
  ]);
  return others.length === 0;
}
