import type { Timers } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Database } from '../db/database.ts';
import { QUARTER_HOUR_MS } from '../ledger/sale-sums.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { createDepartmentSums, type DepartmentSums, type StoreDay } from './department-sums.ts';

const TODAY = '2026-10-26';
const BEFORE = '2026-10-19';
const NOON_MS = Date.parse('2026-10-19T12:00:00Z');
const DAY: StoreDay = { store: '1', zone: 'UTC', today: TODAY, before: BEFORE, until: NOON_MS + 60_000 };
const { item } = ENTITY_TYPES;
const CATEGORY = String(item.columns.find(({ name }) => name === 'category')?.number);

/** Whoever reads waits for the sums, or for nothing. */
const patient: Timers = { after: () => () => undefined };
const impatient: Timers = {
  after: (_delayMs, run) => {
    run();
    return () => undefined;
  },
};

let database: Database;
let sums: DepartmentSums;
/** Of each statement that read lines: from when. */
const summed: unknown[] = [];
beforeAll(async () => {
  database = await openMemoryDatabase();
  await database.execute(`INSERT INTO tenant (tenant_no, tenant, lsn, history_hash) VALUES (1, 'shop', 1, '')`);
  const counting: Database = {
    ...database,
    rows: async (sql, params) => {
      if (sql.includes('sale_line')) summed.push(params?.[1]);
      return database.rows(sql, params);
    },
  };
  sums = createDepartmentSums({ database: counting, tenantNo: 1, timers: patient });
}, 300_000);
afterAll(async () => database.close());

let entryNo = 0;
async function sell(
  date: string,
  atMs: number,
  sku: string,
  amountMinor: number,
  more: { readonly store?: string; readonly training?: boolean } = {},
) {
  entryNo += 1;
  await database.execute(
    `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count, kind, training, received_at_ms)
     VALUES ($1, 1, 'd', 'e', $1, '', $2, 1, $3, $4, $5, 'EUR', $6, 1, 'sale', $7, 0)`,
    [entryNo, more.store ?? '1', `r-${entryNo}`, atMs, date, amountMinor, more.training ?? false],
  );
  await database.execute(
    `INSERT INTO sale_line (entry_no, line, sku, unit, quantity, amount_minor, tenant_no) VALUES ($1, 1, $2, 'piece', 1, $3, 1)`,
    [entryNo, sku, amountMinor],
  );
}

let lsn = 1;
/** A hub that was set back counts again from where it stood, along another history. */
let history = '';
async function publish(): Promise<void> {
  lsn += 1;
  const at = [lsn, `${history}${lsn}`];
  await database.execute(`INSERT INTO publication (tenant_no, lsn, history_hash, published_at_ms, source) VALUES (1, $1, $2, 0, 'x')`, at);
  await database.execute('UPDATE tenant SET lsn = $1, history_hash = $2', at);
}

/** As a publication writes it; undefined: it is new. */
async function file(sku: string, department: string, was?: string): Promise<void> {
  await publish();
  const fields = (name: string): string => JSON.stringify({ [CATEGORY]: name });
  await database.execute(
    `INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps) VALUES (1, $1, 1, true, $2, $2, $2, $3, 'global', $4::jsonb, '{}')
     ON CONFLICT (tenant_no, key, type, scope) DO UPDATE SET fields = excluded.fields, lsn = excluded.lsn`,
    [item.type, lsn, sku, fields(department)],
  );
  await database.execute(
    `INSERT INTO entity_change (tenant_no, lsn, type, key, scope, before, after) VALUES (1, $1, $2, $3, 'global', $4::jsonb, $5::jsonb)`,
    [lsn, item.type, sku, was === undefined ? null : fields(was), fields(department)],
  );
}

/** What each department has today, and had by then. */
async function read(days: readonly StoreDay[] = [DAY]): Promise<Readonly<Record<string, readonly [number, number]>>> {
  summed.length = 0;
  const rows = await sums.read(days);
  const told: Record<string, [number, number]> = {};
  for (const { department, is_today, total } of rows ?? []) (told[department ?? 'none'] ??= [0, 0])[is_today ? 0 : 1] += Number(total);
  return told;
}

const todayAt = (quarters: number): number => NOON_MS + 7 * 86_400_000 - quarters * QUARTER_HOUR_MS;

test('each department has what was sold of it, last week as far as it had come; training is none', { timeout: 300_000 }, async () => {
  await file('MILK', 'Dairy');
  await sell(TODAY, todayAt(1), 'MILK', 300);
  await sell(TODAY, todayAt(9), 'MILK', 40);
  await sell(TODAY, todayAt(1), 'BAG', 10);
  await sell(TODAY, todayAt(1), 'MILK', 9_000, { training: true });
  await sell(TODAY, todayAt(1), 'MILK', 9_000, { store: 'elsewhere' });
  await sell(BEFORE, NOON_MS - 1, 'MILK', 5);
  await sell(BEFORE, DAY.until, 'MILK', 7);
  await sell(BEFORE, DAY.until + 1, 'MILK', 9_000);
  expect(await read()).toEqual({ Dairy: [340, 12], none: [10, 0] });
});

test('only the quarter that was under way is read again, and one whose sales are others', { timeout: 300_000 }, async () => {
  expect(await read()).toEqual({ Dairy: [340, 12], none: [10, 0] });
  expect(summed).toEqual([NOON_MS]);
  await sell(TODAY, todayAt(9), 'MILK', 2);
  expect(await read()).toEqual({ Dairy: [342, 12], none: [10, 0] });
  await read();
  expect(summed).toEqual([NOON_MS]);
  // The time of day goes on: what was under way is over.
  const later = { ...DAY, until: NOON_MS + QUARTER_HOUR_MS };
  expect(await read([later])).toEqual({ Dairy: [342, 9_012], none: [10, 0] });
});

test('an article that moves takes what it brought with it, and one that comes has a department', { timeout: 300_000 }, async () => {
  await file('MILK', 'Drinks', 'Dairy');
  expect(await read()).toEqual({ Drinks: [342, 12], none: [10, 0] });
  await file('BAG', 'At the till');
  expect(await read()).toEqual({ Drinks: [342, 12], 'At the till': [10, 0] });
  // Goods that nobody has sold yet are no reason to sum anew.
  await file('NEW', 'Drinks');
  await read();
  expect(summed).toEqual([NOON_MS]);
});

test('stores of different walls each have their own day', { timeout: 300_000 }, async () => {
  const other: StoreDay = { store: 'elsewhere', zone: 'Asia/Tokyo', today: TODAY, before: BEFORE, until: NOON_MS - QUARTER_HOUR_MS };
  expect(await read([DAY, other])).toEqual({ Drinks: [9_342, 12], 'At the till': [10, 0] });
});

test(
  'behind a failover that lost a publication an article is where it was, however far the hub has come since',
  { timeout: 300_000 },
  async () => {
    const kept = lsn;
    await file('MILK', 'Bakery', 'Drinks');
    expect(await read()).toEqual({ Bakery: [342, 12], 'At the till': [10, 0] });
    await database.execute('DELETE FROM publication WHERE lsn > $1', [kept]);
    await database.execute('DELETE FROM entity_change WHERE lsn > $1', [kept]);
    await database.execute(`UPDATE entity SET fields = $1::jsonb WHERE key = 'MILK'`, [JSON.stringify({ [CATEGORY]: 'Drinks' })]);
    [lsn, history] = [kept, 'another '];
    await publish();
    expect(await read()).toEqual({ Drinks: [342, 12], 'At the till': [10, 0] });
    await publish();
    await read();
    expect(summed).toEqual([NOON_MS]);
  },
);

test('whoever does not wait hears nothing at first, and then what was summed meanwhile', { timeout: 300_000 }, async () => {
  const fresh = createDepartmentSums({ database, tenantNo: 1, timers: impatient });
  expect(await fresh.read([DAY])).toBeUndefined();
  const wanted = await sums.read([DAY]);
  await expect.poll(async () => fresh.read([DAY]), { timeout: 60_000 }).toEqual(wanted);
});
