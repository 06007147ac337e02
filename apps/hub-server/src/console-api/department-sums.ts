/**
 * What goods of each department came to today, and on the same day of last week as far as that had come. A chain sells as many lines in a day as it has goods, and each asks the catalogue for its department:
 * a quarter of an hour is therefore summed once, and kept in memory for as long as its sales stay as they are, which the database's own sums say (decision 0031), and no article moves to another department.
 * A hub that has just started sums in the background: until it has, there is no answer (docs/decisions/0037).
 */
import type { Timers } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import { QUARTER_HOUR_MS, SUMS_OF_DAYS } from '../ledger/sale-sums.ts';

/** A store's today, and what it is compared with: that date, up to that moment. */
export interface StoreDay {
  readonly store: string;
  readonly zone: string;
  readonly today: string;
  readonly before: string;
  readonly until: number;
}

export interface DepartmentSum {
  readonly currency: string;
  readonly is_today: boolean;
  /** Null: goods that no department has. */
  readonly department: string | null;
  readonly total: string;
}

export interface DepartmentSums {
  /** As they were at most a few seconds ago; undefined: they are being summed for the first time. */
  read(days: readonly StoreDay[]): Promise<readonly DepartmentSum[] | undefined>;
}

interface Ports {
  readonly database: Database;
  readonly tenantNo: number;
  readonly timers: Timers;
}

const PATIENCE_MS = 2_000;
const CATEGORY = String(ENTITY_TYPES.item.columns.find(({ name }) => name === 'category')?.number ?? '');

/** The sales of stores with the same wall and days, in a quarter of an hour. */
interface Piece {
  readonly group: string;
  readonly date: string;
  readonly quarter: number;
}

type Sold = Omit<DepartmentSum, 'is_today'>;

interface Kept {
  /** How many sales there were, and what they came to. */
  readonly version: string;
  readonly sold: readonly Sold[];
}

interface Group {
  readonly stores: readonly string[];
  readonly day: StoreDay;
}

export function createDepartmentSums(ports: Ports): DepartmentSums {
  const kept = new Map<string, Kept>();
  let seen: Seen = { lsn: 0, historyHash: '' };
  let last: readonly DepartmentSum[] | undefined;
  let summing: Promise<readonly DepartmentSum[]> | undefined;
  const sum = async (days: readonly StoreDay[]): Promise<readonly DepartmentSum[]> => {
    seen = await forgetMoved(ports, kept, seen);
    const groups = new Map(
      [...Map.groupBy(days, ({ zone, today, before }) => `${zone} ${today} ${before}`)].flatMap(([name, [day, ...others]]) =>
        day === undefined ? [] : [[name, { stores: [day, ...others].map(({ store }) => store), day }] as const],
      ),
    );
    const sums: DepartmentSum[] = [];
    const needed = new Set<string>();
    for (const { group, date, quarter, version } of await piecesOf(ports, groups)) {
      const { stores, day } = groups.get(group)!;
      const name = `${group} ${date} ${quarter}`;
      const before = kept.get(name);
      const sold = before?.version === version ? before.sold : await soldIn(ports, { stores, date, fromMs: quarter * QUARTER_HOUR_MS });
      kept.set(name, { version, sold });
      needed.add(name);
      sums.push(...sold.map((one) => ({ ...one, is_today: date === day.today })));
    }
    for (const name of kept.keys()) if (!needed.has(name)) kept.delete(name);
    for (const { stores, day } of groups.values()) {
      const fromMs = day.until - (day.until % QUARTER_HOUR_MS);
      const underWay = await soldIn(ports, { stores, date: day.before, fromMs, toMs: day.until + 1 });
      sums.push(...underWay.map((one) => ({ ...one, is_today: false })));
    }
    return sums;
  };
  return {
    read: async (days) => {
      summing ??= sum(days)
        .then((sums) => (last = sums))
        .finally(() => (summing = undefined));
      const patience = Promise.withResolvers<undefined>();
      const cancel = ports.timers.after(PATIENCE_MS, () => patience.resolve(undefined));
      const own = summing;
      // Whoever does not wait for it any more does not hear how it ended; the next one asks again.
      own.catch(() => undefined);
      const sums = await Promise.race([own, patience.promise]).finally(cancel);
      return sums ?? last;
    },
  };
}

/** Their stores, and the dates of all of them. */
export const listsOf = (days: readonly StoreDay[]): readonly [stores: readonly string[], dates: readonly string[]] => [
  days.map(({ store }) => store),
  [...new Set(days.flatMap(({ today, before }) => [today, before]))],
];

/** Quarters in which there were sales, of today all, and those that were over. */
async function piecesOf(
  { database, tenantNo }: Ports,
  groups: ReadonlyMap<string, Group>,
): Promise<readonly (Piece & { readonly version: string })[]> {
  const days = [...groups].flatMap(([group, { stores, day }]) => stores.map((store) => ({ ...day, store, group })));
  return database.rows(
    `SELECT d.group, s.business_date AS date, s.quarter_hour AS quarter, sum(s.sales)::text || ' ' || sum(s.total_minor)::text AS version
     FROM jsonb_to_recordset($2::jsonb) AS d (store text, "group" text, today text, before text, until bigint)
     JOIN ${SUMS_OF_DAYS} AS s ON s.store = d.store AND s.business_date IN (d.today, d.before)
     WHERE s.business_date = d.today OR s.quarter_hour < d.until / ${QUARTER_HOUR_MS} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [tenantNo, JSON.stringify(days), ...listsOf(days)],
  );
}

interface Stretch {
  readonly stores: readonly string[];
  readonly date: string;
  readonly fromMs: number;
  /** Absent: to the end of the quarter. */
  readonly toMs?: number;
}

/** Goods first: a department is looked up once for each article, not for each line. */
const soldIn = async (
  { database, tenantNo }: Ports,
  { stores, date, fromMs, toMs = fromMs + QUARTER_HOUR_MS }: Stretch,
): Promise<readonly Sold[]> =>
  database.rows(
    `WITH sold AS MATERIALIZED (
       SELECT l.sku, s.currency, sum(l.amount_minor) AS total FROM sale s JOIN sale_line l ON l.entry_no = s.entry_no
       WHERE s.tenant_no = $1 AND s.at_ms >= $2 AND s.at_ms < $3 AND s.business_date = $4 AND s.store = ANY($5::text[]) AND NOT s.training GROUP BY 1, 2)
     SELECT e.department, sold.currency, sum(sold.total)::text AS total FROM sold
     LEFT JOIN LATERAL (SELECT fields ->> $6 AS department FROM entity
       WHERE tenant_no = $1 AND key = sold.sku AND type = ${ENTITY_TYPES.item.type} AND scope = 'global' AND alive LIMIT 1) AS e ON true
     GROUP BY 1, 2`,
    [tenantNo, fromMs, toMs, date, stores, CATEGORY],
  );

/** Up to where publications were looked at. */
interface Seen {
  readonly lsn: number;
  readonly historyHash: string;
}

/**
 * Drops what is kept where an article has moved since `seen`, or came, and goods are kept that no department had, or where `seen` is not of the hub's history any more: its database has failed over, and lost what moved. Answers up to where it
 * looked. New goods alone change nothing that was sold.
 */
async function forgetMoved({ database, tenantNo }: Ports, kept: Map<string, Kept>, seen: Seen): Promise<Seen> {
  const [since] = await database.rows<Seen & { readonly moved: boolean; readonly came: boolean; readonly lost: boolean }>(
    `SELECT t.lsn, t.history_hash AS "historyHash",
       (t.lsn, t.history_hash) <> ($2, $4) AND NOT EXISTS (SELECT 1 FROM publication WHERE tenant_no = $1 AND lsn = $2 AND history_hash = $4) AS lost,
       EXISTS (SELECT 1 FROM entity_change WHERE tenant_no = $1 AND lsn > $2 AND lsn <= t.lsn AND type = ${ENTITY_TYPES.item.type} AND scope = 'global'
         AND before IS NOT NULL AND before -> $3 IS DISTINCT FROM after -> $3) AS moved,
       EXISTS (SELECT 1 FROM publication WHERE tenant_no = $1 AND lsn > $2 AND lsn <= t.lsn AND made > 0)
         OR EXISTS (SELECT 1 FROM entity_change WHERE tenant_no = $1 AND lsn > $2 AND lsn <= t.lsn AND type = ${ENTITY_TYPES.item.type} AND before IS NULL) AS came
     FROM tenant t WHERE t.tenant_no = $1`,
    [tenantNo, kept.size === 0 ? Number.MAX_SAFE_INTEGER : seen.lsn, CATEGORY, seen.historyHash],
  );
  if (since === undefined) return seen;
  const hasNameless = (): boolean => [...kept.values()].some(({ sold }) => sold.some(({ department }) => department === null));
  if (since.lost || since.moved || (since.came && hasNameless())) kept.clear();
  return since;
}
