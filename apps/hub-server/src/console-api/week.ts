/**
 * Today beside the same weekday of last week, as far as that had come at this time of day by each store's own wall: by store, by hour and by department. Today is each store's own business day; training counts nowhere.
 * Amounts of stores and hours are what sales came to; those of departments are of their lines at their net, before a tax that is not included.
 */
import type { Clock } from '@holdfast/base';
import { businessDateOf, ENTITY_TYPES, localTimeOf, minorDigitsOf } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import { listStores, type Store } from '../enrolment/stores.ts';

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
  /** By what today brought, the most first; null: goods that no department has. */
  readonly departments: readonly (Pair & { readonly department: string | null })[];
}

export interface WeekPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Pick<Clock, 'nowMs'>;
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

const dayOf = (asOfMs: number, { store, timeZone, dayRollsAtHour }: Store) => {
  const untilMs = weekBefore(asOfMs, timeZone);
  const today = businessDateOf(asOfMs, timeZone, dayRollsAtHour);
  return { store, zone: timeZone, today, before: businessDateOf(untilMs, timeZone, dayRollsAtHour), until: untilMs };
};

const DAYS = `jsonb_to_recordset($2::jsonb) AS d (store text, zone text, today text, before text, until bigint)
  JOIN sale s ON s.tenant_no = $1 AND s.store = d.store AND s.business_date IN (d.today, d.before) AND NOT s.training`;
/** What today is compared with. */
const SO_FAR = `(s.business_date = d.today OR s.at_ms <= d.until)`;

export async function readWeek({ database, tenantNo, clock }: WeekPorts): Promise<WeekOverview> {
  const asOfMs = clock.nowMs();
  const days = (await listStores(database, tenantNo)).map((store) => dayOf(asOfMs, store));
  const params = [tenantNo, JSON.stringify(days)];
  const stores = await database.rows<Row & { readonly store: string }>(
    `SELECT s.store, s.currency, s.business_date = d.today AS is_today, sum(s.total_minor)::text AS total FROM ${DAYS} WHERE ${SO_FAR} GROUP BY 1, 2, 3`,
    params,
  );
  const hours = await database.rows<{ readonly hour: number; readonly currency: string; readonly count: number; readonly total: string }>(
    `SELECT extract(hour FROM to_timestamp(s.at_ms / 1000) AT TIME ZONE d.zone)::integer AS hour, s.currency, count(*)::integer AS count, sum(s.total_minor)::text AS total
     FROM ${DAYS} WHERE s.business_date = d.before GROUP BY 1, 2 ORDER BY 1, 2`,
    params,
  );
  const column = String(ENTITY_TYPES.item.columns.find(({ name }) => name === 'category')?.number ?? '');
  // Goods first: a department is looked up once for each article, not for each line.
  const departments = await database.rows<Row & { readonly department: string | null }>(
    `WITH sold AS MATERIALIZED (
       SELECT l.sku, s.currency, s.business_date = d.today AS is_today, sum(l.amount_minor) AS total
       FROM ${DAYS} JOIN sale_line l ON l.entry_no = s.entry_no WHERE ${SO_FAR} GROUP BY 1, 2, 3)
     SELECT e.department, sold.currency, sold.is_today, sum(sold.total)::text AS total FROM sold
     LEFT JOIN LATERAL (SELECT fields ->> $3 AS department FROM entity
       WHERE tenant_no = $1 AND key = sold.sku AND type = ${ENTITY_TYPES.item.type} AND scope = 'global' AND alive LIMIT 1) AS e ON true
     GROUP BY 1, 2, 3`,
    [...params, column],
  );
  const byTakings = (one: Pair, other: Pair): number => other.todayMinor - one.todayMinor || other.lastWeekMinor - one.lastWeekMinor;
  return {
    asOfMs,
    totals: pairs(stores, () => ({})),
    stores: pairs(stores, ({ store }) => ({ store })).toSorted((one, other) => (one.store < other.store ? -1 : 1)),
    hours: hours.map(({ total, ...hour }) => ({ ...hour, totalMinor: Number(total) })),
    departments: pairs(departments, ({ department }) => ({ department })).toSorted(byTakings),
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
