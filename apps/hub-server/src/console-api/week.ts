/**
 * Today beside the same weekday of last week, as far as that had come at this time of day by each store's own wall: by store, by hour and by department. Today is each store's own business day; training counts nowhere.
 * Amounts of stores and hours are what sales came to; those of departments are of their lines at their net, before a tax that is not included.
 */
import type { Clock } from '@holdfast/base';
import { businessDateOf, localTimeOf, minorDigitsOf } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import { listStores, type Store } from '../enrolment/stores.ts';
import { QUARTER_HOUR_MS, SUMS_OF_DAYS } from '../ledger/sale-sums.ts';
import { type DepartmentSums, listsOf, type StoreDay } from './department-sums.ts';

export interface Pair {
  readonly currency: string;
  readonly minorDigits: number;
  readonly todayMinor: number;
  /** As far as it had come. */
  readonly lastWeekMinor: number;
}

export interface WeekOverview {
  readonly asOfMs: number;
  readonly totals: readonly Pair[];
  readonly stores: readonly (Pair & { readonly store: string })[];
  /** All of that day: what is still to come is seen. */
  readonly hours: readonly { readonly hour: number; readonly currency: string; readonly count: number; readonly totalMinor: number }[];
  /** By what today brought, the most first; its name null: goods that no department has. Null: they are being summed, as after a start. */
  readonly departments: readonly (Pair & { readonly department: string | null })[] | null;
}

export interface WeekPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly departmentSums: DepartmentSums;
}

interface Row {
  readonly currency: string;
  readonly is_today: boolean;
  readonly total: string;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** When the wall of the store showed the same a week ago, also where its clocks were changed since. */
function weekBefore(atMs: number, timeZone: string): number {
  const wallOf = (ms: number): number => {
    const { date, time } = localTimeOf(ms, timeZone);
    return Date.parse(`${date}T${time}Z`);
  };
  return atMs - WEEK_MS - (wallOf(atMs - WEEK_MS) - (wallOf(atMs) - WEEK_MS));
}

const dayOf = (asOfMs: number, { store, timeZone, dayRollsAtHour }: Store): StoreDay => {
  const untilMs = weekBefore(asOfMs, timeZone);
  const today = businessDateOf(asOfMs, timeZone, dayRollsAtHour);
  return { store, zone: timeZone, today, before: businessDateOf(untilMs, timeZone, dayRollsAtHour), until: untilMs };
};

const STORE_DAYS = 'jsonb_to_recordset($2::jsonb) AS d (store text, zone text, today text, before text, until bigint)';
export async function readWeek({ database, tenantNo, clock, departmentSums }: WeekPorts): Promise<WeekOverview> {
  const asOfMs = clock.nowMs();
  const days = (await listStores(database, tenantNo)).map((store) => dayOf(asOfMs, store));
  const placeOf = new Map(days.map(({ store }, place) => [store, place]));
  const params = [tenantNo, JSON.stringify(days), ...listsOf(days)];
  // Sums of quarters that are over, and the sales of the one that was under way.
  const stores = await database.rows<Row & { readonly store: string }>(
    `WITH d AS MATERIALIZED (SELECT * FROM ${STORE_DAYS})
     SELECT store, currency, is_today, sum(total)::text AS total FROM (
       SELECT d.store, s.currency, s.business_date = d.today AS is_today, s.total_minor AS total
       FROM d JOIN ${SUMS_OF_DAYS} AS s ON s.store = d.store AND s.business_date IN (d.today, d.before)
       WHERE s.business_date = d.today OR s.quarter_hour < d.until / ${QUARTER_HOUR_MS}
       UNION ALL
       SELECT d.store, s.currency, false, s.total_minor FROM (SELECT DISTINCT until FROM d) AS u
       JOIN sale s ON s.tenant_no = $1 AND s.at_ms >= u.until / ${QUARTER_HOUR_MS} * ${QUARTER_HOUR_MS} AND s.at_ms <= u.until AND NOT s.training
       JOIN d ON d.store = s.store AND d.until = u.until AND d.before = s.business_date) AS sold
     GROUP BY 1, 2, 3`,
    params,
  );
  const hours = await database.rows<{ readonly hour: number; readonly currency: string; readonly count: number; readonly total: string }>(
    `SELECT extract(hour FROM to_timestamp(s.quarter_hour * ${QUARTER_HOUR_MS / 1_000}) AT TIME ZONE d.zone)::integer AS hour, s.currency,
       sum(s.sales)::integer AS count, sum(s.total_minor)::text AS total
     FROM ${STORE_DAYS} JOIN ${SUMS_OF_DAYS} AS s ON s.store = d.store AND s.business_date = d.before GROUP BY 1, 2 ORDER BY 1, 2`,
    params,
  );
  const departments = await departmentSums.read(days);
  const byTakings = (one: Pair, other: Pair): number => other.todayMinor - one.todayMinor || other.lastWeekMinor - one.lastWeekMinor;
  return {
    asOfMs,
    totals: pairs(stores, () => ({})),
    stores: pairs(stores, ({ store }) => ({ store })).toSorted((one, other) => placeOf.get(one.store)! - placeOf.get(other.store)!),
    hours: hours.map(({ total, ...hour }) => ({ ...hour, totalMinor: Number(total) })),
    departments: departments === undefined ? null : pairs(departments, ({ department }) => ({ department })).toSorted(byTakings),
  };
}

/** Rows of one name and currency, both days beside each other. */
function pairs<R extends Row, N extends object>(rows: readonly R[], nameOf: (row: R) => N): readonly (Pair & N)[] {
  const byKey = Map.groupBy(rows, (row) => JSON.stringify([nameOf(row), row.currency]));
  return [...byKey.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const sumOf = (isToday: boolean): number => own.reduce((sum, row) => (row.is_today === isToday ? sum + Number(row.total) : sum), 0);
    const { currency } = first;
    const pair = { currency, minorDigits: minorDigitsOf(currency), todayMinor: sumOf(true), lastWeekMinor: sumOf(false) };
    return [{ ...nameOf(first), ...pair }];
  });
}
