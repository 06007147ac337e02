import { expect, onTestFinished, test } from 'vitest';

import type { Database } from '../db/database.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { enrolNextDevice } from '../testing/test-device.ts';
import { startTestHub } from '../testing/test-hub.ts';

/** Postgres as it shuts down: what has begun goes on, whoever comes is refused. `wasAsked`: for what is to be folded behind what is under way. */
function shutsDownOnce(database: Database): { readonly database: Database; readonly wasAsked: () => boolean } {
  let wasAsked = false;
  const rows: Database['rows'] = async (sql, params, options) => {
    const isBehindOthers = sql.includes('FROM ledger_run WHERE failure IS NULL AND run_no <> ALL') && params?.[0] !== '{}';
    if (wasAsked || !isBehindOthers) return database.rows(sql, params, options);
    wasAsked = true;
    throw Object.assign(new Error('the database system is shutting down'), { code: '57P03' });
  };
  // Over a network, answers come in a later turn of the loop.
  const transaction: Database['transaction'] = async (run, options) =>
    database.transaction(async (tx) => {
      const done = await run(tx);
      await new Promise((resolve) => setImmediate(resolve));
      return done;
    }, options);
  return { wasAsked: () => wasAsked, database: { ...database, rows, transaction } };
}

test('a look for what is to be folded next, refused while the turn before is stored, ends nothing: it is all folded', async () => {
  const { database, wasAsked } = shutsDownOnce(await openMemoryDatabase());
  const hub = await startTestHub(database);
  onTestFinished(async () => hub.close());
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  const device = await enrolNextDevice(hub);
  for (let sale = 0; sale < 3; sale += 1) device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 119 }]);
  await device.send();
  await expect.poll(async () => (await database.rows('SELECT 1 FROM sale')).length).toBe(3);
  expect(wasAsked()).toBe(true);
  expect(unheard).toEqual([]);
});
