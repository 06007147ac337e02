/** The console's first page: what was sold today in each store, and how its lanes are. Today is each store's own business day. */
import type { Clock } from '@holdfast/base';
import { businessDateOf, minorDigitsOf, onHandOf } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';
import { toldSalesOn, type ToldDay } from '../enrolment/told-sales.ts';
import { RECEIVED_ENTRIES, SET_ASIDE, TALLY_JOIN } from '../ledger/device-tally.ts';
import { QUARTER_HOUR_MS, SUMS_OF_DAYS } from '../ledger/sale-sums.ts';

export interface DeviceView {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly name: string;
  readonly enrolledAtMs: number;
  readonly lastSeenMs: number | null;
  readonly waitingEntries: number;
  readonly waitingSales: number;
  /** hub clock − device clock. */
  readonly clockOffsetMs: number | null;
  readonly receivedEntries: number;
  readonly setAside: number;
  readonly branches: number;
  /** Every number up to the last received one is held. */
  readonly chainWhole: boolean;
}

export interface CurrencySum {
  readonly currency: string;
  readonly minorDigits: number;
  readonly totalMinor: number;
}

export interface StoreView {
  readonly store: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: string;
  readonly minorDigits: number;
  readonly salesToday: number;
  readonly totalTodayMinor: number;
  /** What its lanes said of today ahead of sales that are not here; in no other figure. */
  readonly awaitedToday: { readonly sales: number; readonly totalMinor: number };
  readonly devices: readonly DeviceView[];
}

export interface Overview {
  readonly asOfMs: number;
  readonly businessDate: string;
  readonly totals: { readonly sales: number; readonly returns: number; readonly byCurrency: readonly CurrencySum[] };
  /** What lanes said of today ahead of sales that are not here; in no other figure. */
  readonly awaited: { readonly sales: number; readonly byCurrency: readonly CurrencySum[] };
  readonly stores: readonly StoreView[];
  /** By the stores' own clocks. `totalMinor`: null where they took several currencies this day, which do not add up. */
  readonly salesByHour: readonly {
    readonly hour: number;
    readonly count: number;
    readonly totalMinor: number | null;
    readonly byCurrency: readonly CurrencySum[];
  }[];
}

export interface OverviewPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly tenantNo: number;
  /** The last sign of life of a device that holds its poke socket open; undefined for others. */
  readonly aliveAtMs: (device: string) => number | undefined;
}

/** Which day it is at a store. */
interface StoreDay {
  readonly store: string;
  readonly date: string;
  readonly zone: string;
}

interface HourRow {
  readonly store: string;
  readonly currency: string;
  readonly hour: number;
  readonly kind: 'sale' | 'return';
  readonly count: number;
  readonly total: string;
}

/** `seen`: the stores that are told of; absent: all. */
export async function readOverview(ports: OverviewPorts, seen?: ReadonlySet<string>): Promise<Overview> {
  const asOfMs = ports.clock.nowMs();
  const stores = (await listStores(ports.database, ports.tenantNo)).filter(({ store }) => seen?.has(store) !== false);
  const devices = await listDevices(ports);
  const days = stores.map((store) => ({
    store: store.store,
    date: businessDateOf(asOfMs, store.timeZone, store.dayRollsAtHour),
    zone: store.timeZone,
  }));
  const hours = await readHours(ports, days);
  const told = await toldSalesOn(ports.database, ports.tenantNo, days);
  const toldByStore = Map.groupBy(told, ({ store }) => store);
  const hoursByStore = Map.groupBy(hours, ({ store }) => store);
  const devicesByStore = Map.groupBy(devices, ({ store }) => store);
  const [first] = stores;
  return {
    asOfMs,
    businessDate: businessDateOf(asOfMs, first?.timeZone ?? 'UTC', first?.dayRollsAtHour),
    totals: {
      sales: count(hours.filter((row) => row.kind === 'sale')),
      returns: count(hours.filter((row) => row.kind === 'return')),
      byCurrency: sumByCurrency(hours),
    },
    awaited: { sales: salesOf(told), byCurrency: sumByCurrency(told.map(({ currency, totalMinor }) => ({ currency, total: totalMinor }))) },
    stores: stores.map((store) => {
      const own = hoursByStore.get(store.store) ?? [];
      return {
        store: store.store,
        name: store.name,
        zone: store.zone,
        currency: store.currency,
        minorDigits: minorDigitsOf(store.currency),
        salesToday: count(own),
        totalTodayMinor: sum(own.filter((row) => row.currency === store.currency)),
        awaitedToday: awaitedOf((toldByStore.get(store.store) ?? []).filter(({ currency }) => currency === store.currency)),
        devices: devicesByStore.get(store.store) ?? [],
      };
    }),
    salesByHour: sumByHour(hours),
  };
}

const count = (rows: readonly HourRow[]): number => rows.reduce((total, row) => total + row.count, 0);
const sum = (rows: readonly { readonly total: string | number }[]): number => rows.reduce((total, row) => total + Number(row.total), 0);
const salesOf = (told: readonly ToldDay[]): number => told.reduce((total, { sales }) => total + sales, 0);
const awaitedOf = (told: readonly ToldDay[]): StoreView['awaitedToday'] => ({
  sales: salesOf(told),
  totalMinor: told.reduce((total, { totalMinor }) => total + totalMinor, 0),
});

function sumByCurrency(rows: readonly { readonly currency: string; readonly total: string | number }[]): readonly CurrencySum[] {
  return [...new Set(rows.map((row) => row.currency))].sort().map((currency) => ({
    currency,
    minorDigits: minorDigitsOf(currency),
    totalMinor: sum(rows.filter((row) => row.currency === currency)),
  }));
}

function sumByHour(rows: readonly HourRow[]): Overview['salesByHour'] {
  const isOneCurrency = rows.every(({ currency }) => currency === rows[0]?.currency);
  return [...new Set(rows.map((row) => row.hour))]
    .sort((left, right) => left - right)
    .map((hour) => {
      const own = rows.filter((row) => row.hour === hour);
      return { hour, count: count(own), totalMinor: isOneCurrency ? sum(own) : null, byCurrency: sumByCurrency(own) };
    });
}

/** Hours by the store's own clock. Training counts nowhere. */
async function readHours(ports: OverviewPorts, days: readonly StoreDay[]): Promise<readonly HourRow[]> {
  return ports.database.rows<HourRow>(
    `SELECT s.store, s.currency, s.kind, sum(s.sales)::bigint AS count, sum(s.total_minor)::text AS total,
       extract(hour FROM to_timestamp(s.quarter_hour * ${QUARTER_HOUR_MS / 1_000}) AT TIME ZONE d.zone)::integer AS hour
     FROM jsonb_to_recordset($2::jsonb) AS d (store text, date text, zone text)
     JOIN ${SUMS_OF_DAYS} AS s ON s.business_date = d.date AND s.store = d.store
     GROUP BY s.store, s.currency, s.kind, hour`,
    [ports.tenantNo, JSON.stringify(days), days.map(({ store }) => store), [...new Set(days.map(({ date }) => date))]],
  );
}

/** What is counted of a device as its entries are folded stands for them here, whatever their number: `verify` proves that it is so. Only where there is a second history its entries are counted. */
const DEVICE_SQL = `SELECT d.device, d.store, d.lane, d.name, d.enrolled_at_ms AS "enrolledAtMs", d.last_seen_ms AS "lastSeenMs",
    d.waiting_entries AS "waitingEntries", d.waiting_sales AS "waitingSales", d.clock_offset_ms AS "clockOffsetMs",
    ${RECEIVED_ENTRIES} + (SELECT coalesce(sum(r.count - r.skip), 0) FROM ledger_run r WHERE r.tenant_no = d.tenant_no AND r.device = d.device)::bigint AS "receivedEntries",
    ${SET_ASIDE} AS "setAside", greatest(d.branches, d.forked::int) AS branches,
    (SELECT coalesce(sum(e.head_seq), 0) FROM ledger_epoch e WHERE e.tenant_no = d.tenant_no AND e.device = d.device) = ${RECEIVED_ENTRIES} -
    (CASE WHEN d.branches = 0 THEN 0 ELSE
      (SELECT count(*) FROM ledger_entry e WHERE e.tenant_no = d.tenant_no AND e.device = d.device AND e.branch <> '') END) +
    (SELECT coalesce(sum(r.count - r.skip), 0) FROM ledger_run r WHERE r.tenant_no = d.tenant_no AND r.device = d.device AND NOT r.branch) AS "chainWhole"
  FROM device d ${TALLY_JOIN} WHERE d.tenant_no = $1`;

function withLife(ports: OverviewPorts, device: DeviceView): DeviceView {
  const aliveAtMs = ports.aliveAtMs(device.device);
  return aliveAtMs === undefined ? device : { ...device, lastSeenMs: Math.max(aliveAtMs, device.lastSeenMs ?? 0) };
}

async function listDevices(ports: OverviewPorts): Promise<readonly DeviceView[]> {
  const rows = await ports.database.rows<DeviceView>(`${DEVICE_SQL} ORDER BY d.store, d.lane, d.device`, [ports.tenantNo]);
  return rows.map((row) => withLife(ports, row));
}

export async function findDevice(ports: OverviewPorts, device: string): Promise<DeviceView | undefined> {
  const [row] = await ports.database.rows<DeviceView>(`${DEVICE_SQL} AND d.device = $2`, [ports.tenantNo, device]);
  return row === undefined ? undefined : withLife(ports, row);
}

export interface SoldRow {
  readonly sku: string;
  readonly unit: string;
  readonly quantity: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly lines: number;
}

/** Sums over all sale lines, of one store or of all; SKUs bytewise. Training does not count. */
export async function readSold(database: Queries, tenantNo: number, store: string | undefined): Promise<readonly SoldRow[]> {
  const rows = await database.rows<SoldRow & { quantity: string; amountMinor: string }>(
    `SELECT l.sku, l.unit, sum(l.quantity)::text AS quantity, sum(l.amount_minor)::text AS "amountMinor", s.currency, count(*) AS lines
     FROM sale s JOIN sale_line l ON l.entry_no = s.entry_no
     WHERE s.tenant_no = $1 AND ($2::text IS NULL OR s.store = $2) AND NOT s.training
     GROUP BY l.sku, l.unit, s.currency ORDER BY l.sku, l.unit, s.currency`,
    [tenantNo, store ?? null],
  );
  return rows.map((row) => ({ ...row, quantity: Number(row.quantity), amountMinor: Number(row.amountMinor) }));
}

export interface StockRow {
  readonly store: string;
  readonly sku: string;
  readonly unit: string;
  /** The last count and what moved since; all that ever moved where nothing was counted. */
  readonly onHand: number;
  /** The last count's; null where there is none. */
  readonly countedAtMs: number | null;
  /** Movements that the count may have in it, until somebody has said. `onHand` takes them for later ones. */
  readonly unclear: number;
}

export async function readStock(database: Queries, tenantNo: number, store: string | undefined): Promise<readonly StockRow[]> {
  const rows = await database.rows<
    Omit<StockRow, 'onHand'> & { moved: string | null; quantity: number | null; movedBefore: string | null }
  >(
    `SELECT store, sku, unit, s.on_hand::text AS moved, c.quantity, c.moved_before::text AS "movedBefore", c.at_ms AS "countedAtMs",
       (SELECT count(*) FROM stock_unclear u WHERE u.tenant_no = $1 AND u.count_no = c.entry_no AND u.sku = c.sku AND u.unit = c.unit AND u.decision IS NULL) AS unclear
     FROM (SELECT * FROM stock WHERE tenant_no = $1) AS s FULL JOIN (SELECT * FROM stock_count WHERE tenant_no = $1) AS c USING (store, sku, unit)
     WHERE $2::text IS NULL OR store = $2 ORDER BY store, sku, unit`,
    [tenantNo, store ?? null],
  );
  return rows.map(({ moved, quantity, movedBefore, ...row }) => ({
    ...row,
    onHand: onHandOf(Number(moved ?? 0), quantity === null ? undefined : { quantity, movedBefore: Number(movedBefore) }),
  }));
}
