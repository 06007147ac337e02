import { expect, test } from 'vitest';

import { problemsOfSums } from '../ledger/sale-sums.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { migrate, readMigrations } from './migrate.ts';

const SALE = `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count, kind, training, received_at_ms)
  VALUES ($1, 1, 'd', 'e', $1, '', '1', 1, 'r', $2, '2026-11-27', 'EUR', $3, 1, CASE WHEN $3::bigint < 0 THEN 'return' ELSE 'sale' END, $4, 0)`;

test('sales of before are summed, each once; what a hub of an older build folds beside a newer one is, too', async () => {
  const database = await openMemoryDatabase('empty');
  const all = readMigrations();
  await migrate(
    database,
    all.filter((_, index) => index < all.findIndex((one) => one.name === 'sums-of-sales')),
  );
  const quarter = 1_982_400;
  const sell = async (entryNo: number, atMs: number, totalMinor: number, training = false): Promise<unknown> =>
    database.execute(SALE, [entryNo, atMs, totalMinor, training]);
  await sell(1, quarter * 900_000, 100);
  await sell(2, quarter * 900_000 + 899_999, 250);
  await sell(3, quarter * 900_000 + 1, -30);
  await sell(4, quarter * 900_000 + 1, 7_000, true);
  await migrate(database, all);
  // As the build before says it.
  await sell(5, quarter * 900_000 + 5, 11);
  await sell(6, (quarter + 1) * 900_000, 13);
  await sell(7, quarter * 900_000, 9_000, true);
  expect(
    await database.rows('SELECT quarter_hour, kind, sales, total_minor::text AS total FROM sale_sum ORDER BY quarter_hour, kind'),
  ).toEqual([
    { quarter_hour: quarter, kind: 'return', sales: 1, total: '-30' },
    { quarter_hour: quarter, kind: 'sale', sales: 3, total: '361' },
    { quarter_hour: quarter + 1, kind: 'sale', sales: 1, total: '13' },
  ]);
  expect(await problemsOfSums(database, 1)).toEqual([]);
  await database.close();
});
