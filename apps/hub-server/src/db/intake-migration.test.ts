import { expect, test } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { migrate, readMigrations } from './migrate.ts';

test('a ledger of the build before keeps its numbers; what was set aside is still so, and what it moved is known', async () => {
  const database = await openMemoryDatabase('empty');
  const all = readMigrations();
  await migrate(
    database,
    all.filter((_, index) => index < all.findIndex((one) => one.name === 'intake')),
  );
  const reasons = [
    null,
    'unknown kind 900: held until this hub is upgraded',
    'sums disagree: total',
    'malformed: sku is not text',
    'malformed: businessDate',
  ];
  for (const [index, reason] of reasons.entries()) {
    await database.execute(
      `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, previous_hash, received_at_ms, set_aside, canonical)
       VALUES (1, 'd-1', '00112233aabbccdd', $1, '', '1', 1, $2, $2, 5000, $3, $2)`,
      [index + 1, new Uint8Array([index]), reason],
    );
  }
  await migrate(database, all);
  const numbers = await database.rows('SELECT seq, entry_no FROM ledger_entry ORDER BY entry_no');
  expect(numbers).toEqual(reasons.map((_, index) => ({ seq: index + 1, entry_no: index + 1 })));
  expect(await database.rows('SELECT entry_no FROM ledger_sequence')).toEqual([{ entry_no: reasons.length }]);
  expect(await database.rows('SELECT entry_no, device, reason, since_ms, applied FROM set_aside ORDER BY entry_no')).toEqual([
    { entry_no: 2, device: 'd-1', reason: reasons[1], since_ms: 5000, applied: [] },
    { entry_no: 3, device: 'd-1', reason: reasons[2], since_ms: 5000, applied: null },
    { entry_no: 4, device: 'd-1', reason: reasons[3], since_ms: 5000, applied: [] },
    { entry_no: 5, device: 'd-1', reason: reasons[4], since_ms: 5000, applied: null },
  ]);
  await database.close();
});
