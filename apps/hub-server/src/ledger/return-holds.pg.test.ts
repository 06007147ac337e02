/** What the question whether a lane has given a tender back reads of a long ledger. A plan is the database's own affair: a small one, or another database, would choose another. */
import { LEDGER_KINDS } from '@holdfast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Database } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { openPostgres } from '../db/postgres.ts';
import { pagesRead } from '../testing/pages-read.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { REVERSALS } from './return-holds.ts';

const ENTRIES = 60_000;
/** In the middle of the ledger: behind it are half of its entries, and half of its reversals. */
const SALE = ENTRIES / 2;
const REVERSAL_EACH = 10_000;
/** Each reversal is a row on a page of its own; the index, and the archive that holds nothing. */
const PAGES = 12;

let server: PostgresServer;
let database: Database;
beforeAll(async () => {
  server = await startPostgres();
  database = openPostgres(server.url, (error) => {
    throw error;
  });
  await migrate(database);
  const { sale, tenderReversal } = LEDGER_KINDS;
  await database.transaction(
    async (tx) =>
      tx.script(`INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no)
        SELECT 1, 'lane', 'e' || n / ${SALE}, n, '', '1', CASE WHEN n % ${REVERSAL_EACH} = 0 THEN ${tenderReversal.kind} ELSE ${sale.kind} END,
          sha256(n::text::bytea), n, convert_to(n::text, 'UTF8'), n FROM generate_series(1, ${ENTRIES}) AS n`),
    { seesAll: true },
  );
  await database.script('ANALYZE ledger_entry');
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

test('of a long ledger the reversals behind the sale are read, and nothing else', async () => {
  const asked = [1, 'lane', SALE];
  const found = await database.rows<{ canonical: Uint8Array }>(REVERSALS, asked);
  const numbers = found.map(({ canonical }) => Number(Buffer.from(canonical).toString()));
  expect(numbers.toSorted((left, right) => left - right)).toEqual([40_000, 50_000, 60_000]);
  expect(await pagesRead(database, REVERSALS, asked)).toBeLessThan(PAGES);
});
