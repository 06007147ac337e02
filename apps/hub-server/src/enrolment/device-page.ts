/** All that the hub knows of one device, for whoever looks after it: how it stands, what it said of itself, and what came and went when. */
import { assert } from '@holdfast/base';
import { minorDigitsOf, readReport, type DeviceReport } from '@holdfast/domain';

import type { DeviceView } from '../console-api/overview.ts';
import type { Database, Queries } from '../db/database.ts';
import { KEPT_MS, SPELL_MS } from './contact-log.ts';
import type { DeviceRole, EnrolledDevice } from './enrol.ts';
import { keepToldSales, toldSalesOf, type ToldDay } from './told-sales.ts';

export interface DeviceSays extends Omit<DeviceReport, 'waitingDays'> {
  readonly atMs: number;
}

/** A quarter of an hour in which it was in contact. */
export interface ContactSpell {
  readonly fromMs: number;
  readonly lastAtMs: number;
  readonly exchanges: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Of its ledger, that came in it: by whoever carried them. */
  readonly entriesUp: number;
  /** How far the device had come in what headquarters published; null: it had nothing yet. */
  readonly heldLsn: number | null;
}

export interface DeviceHistory {
  readonly role: DeviceRole;
  readonly gone: EnrolledDevice['gone'];
  readonly wipeOrderedAtMs: number | null;
  readonly wipeHandedOverAtMs: number | null;
  /** What it holds, what it was told to go to and since when, and what there is. */
  readonly heldLsn: number | null;
  readonly toldLsn: number | null;
  readonly toldAtMs: number | null;
  readonly lsn: number;
  /** Null: an older build, or one that was never in contact. */
  readonly says: DeviceSays | null;
  /** Days of which it said that it has sales which are not here, the oldest first. */
  readonly awaited: readonly ToldDay[];
  /** Newest first, of the last two days. */
  readonly contacts: readonly ContactSpell[];
  /** Numbers of receipts that two disks of one device gave to two sales each: the newest first, `MOST_DOUBLED` at most. */
  readonly doubledReceipts: readonly DoubledReceipt[];
}

export interface DoubledReceipt {
  readonly receiptNumber: string;
  /** Each with its place in the ledger; `branch`: in the history that the hub heard of later (SPEC: U-8). */
  readonly sales: readonly {
    readonly epoch: string;
    readonly seq: number;
    readonly branch: boolean;
    readonly atMs: number;
    readonly currency: string;
    readonly minorDigits: number;
    readonly totalMinor: number;
  }[];
}

export type DevicePage = DeviceView & DeviceHistory;

/** A line of the list of devices. */
export interface DeviceRow {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly name: string;
  readonly role: DeviceRole;
  readonly gone: EnrolledDevice['gone'];
  readonly lastSeenMs: number | null;
  readonly says: DeviceSays | null;
}

export async function keepDeviceReport(
  database: Pick<Database, 'transaction'>,
  device: Pick<EnrolledDevice, 'tenantNo' | 'device' | 'store'>,
  report: string,
  atMs: number,
): Promise<void> {
  await database.transaction(async (tx) => {
    // Locks its row: of two reports at once the later one stands whole.
    await tx.execute(
      `INSERT INTO device_report (tenant_no, device, report, at_ms) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_no, device) DO UPDATE SET report = excluded.report, at_ms = excluded.at_ms`,
      [device.tenantNo, device.device, report, atMs],
    );
    await keepToldSales(tx, device, report, atMs);
  });
}

function toSays(report: string | null, atMs: number | null): DeviceSays | null {
  const read = report === null ? undefined : readReport(report);
  if (read === undefined || atMs === null) return null;
  const { version, freeMegabytes, devices } = read;
  return { version, freeMegabytes, devices, atMs };
}

interface Told {
  readonly report: string | null;
  readonly reportAtMs: number | null;
}

/** In the order of stores and lanes. */
export async function listDeviceRows(queries: Pick<Queries, 'rows'>, tenantNo: number): Promise<readonly DeviceRow[]> {
  const rows = await queries.rows<Omit<DeviceRow, 'says'> & Told>(
    `SELECT d.device, d.store, d.lane, d.name, d.role, d.gone, d.last_seen_ms AS "lastSeenMs", r.report, r.at_ms AS "reportAtMs"
     FROM device d LEFT JOIN device_report r ON r.tenant_no = d.tenant_no AND r.device = d.device
     WHERE d.tenant_no = $1 ORDER BY d.store, d.lane, d.device`,
    [tenantNo],
  );
  return rows.map(({ report, reportAtMs, ...row }) => ({ ...row, says: toSays(report, reportAtMs) }));
}

/** Of each epoch no more of the newest entries are looked through. */
const ENTRIES_LOOKED_AT = 5_000;

export async function readDeviceHistory(
  queries: Pick<Queries, 'rows'>,
  { tenantNo, device }: Pick<EnrolledDevice, 'tenantNo' | 'device'>,
  nowMs: number,
): Promise<DeviceHistory> {
  const sinceMs = nowMs - KEPT_MS;
  const [row] = await queries.rows<Omit<DeviceHistory, 'says' | 'awaited' | 'contacts' | 'doubledReceipts'> & Told>(
    `SELECT d.role, d.gone, d.wipe_ordered_at_ms AS "wipeOrderedAtMs", d.wipe_handed_over_at_ms AS "wipeHandedOverAtMs",
       d.held_lsn AS "heldLsn", d.told_lsn AS "toldLsn", d.told_at_ms AS "toldAtMs", t.lsn, r.report, r.at_ms AS "reportAtMs"
     FROM device d JOIN tenant t ON t.tenant_no = d.tenant_no
     LEFT JOIN device_report r ON r.tenant_no = d.tenant_no AND r.device = d.device
     WHERE d.tenant_no = $1 AND d.device = $2`,
    [tenantNo, device],
  );
  assert(row !== undefined, 'the device was found');
  const spells = await queries.rows<Omit<ContactSpell, 'entriesUp'>>(
    `SELECT from_ms AS "fromMs", last_at_ms AS "lastAtMs", exchanges, bytes_up AS "bytesUp", bytes_down AS "bytesDown", held_lsn AS "heldLsn"
     FROM device_contact WHERE tenant_no = $1 AND device = $2 AND from_ms >= $3 ORDER BY from_ms DESC`,
    [tenantNo, device, sinceMs],
  );
  const entries = await queries.rows<{ fromMs: number; count: number }>(
    `SELECT l.received_at_ms - l.received_at_ms % ${SPELL_MS} AS "fromMs", count(*) AS count
     FROM ledger_epoch e CROSS JOIN LATERAL (
       SELECT received_at_ms FROM ledger_entry WHERE tenant_no = $1 AND device = $2 AND epoch = e.epoch ORDER BY seq DESC LIMIT ${ENTRIES_LOOKED_AT}
     ) l
     WHERE e.tenant_no = $1 AND e.device = $2 AND l.received_at_ms >= $3 GROUP BY 1`,
    [tenantNo, device, sinceMs],
  );
  const doubledReceipts = await listDoubledReceipts(queries, { tenantNo, device });
  const entriesBySpell = new Map(entries.map(({ fromMs, count }) => [fromMs, count]));
  const { report, reportAtMs, ...rest } = row;
  return {
    ...rest,
    says: toSays(report, reportAtMs),
    awaited: await toldSalesOf(queries, { tenantNo, device }),
    doubledReceipts,
    contacts: spells.map((spell) => ({ ...spell, entriesUp: entriesBySpell.get(spell.fromMs) ?? 0 })),
  };
}

const MOST_DOUBLED = 100;

/** Of one epoch, whose numbers a copy of its disk counts on by itself: only where the hub holds another history of it. */
async function listDoubledReceipts(
  queries: Pick<Queries, 'rows'>,
  { tenantNo, device }: Pick<EnrolledDevice, 'tenantNo' | 'device'>,
): Promise<readonly DoubledReceipt[]> {
  const rows = await queries.rows<Omit<DoubledReceipt['sales'][number], 'minorDigits'> & Pick<DoubledReceipt, 'receiptNumber'>>(
    `WITH doubled AS (
       SELECT b.receipt_number, max(b.entry_no) AS newest FROM ledger_entry e JOIN sale b ON b.tenant_no = $1 AND b.entry_no = e.entry_no
       WHERE e.tenant_no = $1 AND e.device = $2 AND e.branch <> '' AND NOT b.training
         AND (SELECT d.branches FROM device d WHERE d.tenant_no = $1 AND d.device = $2) > 0
         AND EXISTS (SELECT 1 FROM sale o WHERE o.tenant_no = $1 AND o.receipt_number = b.receipt_number AND o.device = $2 AND NOT o.training AND o.entry_no <> b.entry_no)
       GROUP BY b.receipt_number ORDER BY newest DESC LIMIT ${MOST_DOUBLED}
     )
     SELECT s.receipt_number AS "receiptNumber", s.epoch, s.seq, s.branch <> '' AS branch, s.at_ms AS "atMs", s.currency, s.total_minor AS "totalMinor"
     FROM doubled n JOIN sale s ON s.tenant_no = $1 AND s.receipt_number = n.receipt_number AND s.device = $2 AND NOT s.training
     ORDER BY n.newest DESC, s.entry_no`,
    [tenantNo, device],
  );
  return [...Map.groupBy(rows, (row) => row.receiptNumber)].map(([receiptNumber, sales]) => ({
    receiptNumber,
    sales: sales.map(({ epoch, seq, branch, atMs, currency, totalMinor }) => {
      return { epoch, seq, branch, atMs, currency, minorDigits: minorDigitsOf(currency), totalMinor };
    }),
  }));
}
