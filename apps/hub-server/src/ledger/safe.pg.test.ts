/** What a lane may forget, on a real Postgres with a real standby. */
import { assert } from '@holdfast/base';
import type { Checkpoint } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { openPostgres } from '../db/postgres.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { startPostgres, startStandby, type PostgresServer } from '../testing/postgres-server.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

vi.setConfig({ testTimeout: 120_000 });

const sell = (device: TestDevice, count: number): void => {
  for (let i = 0; i < count; i += 1) device.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 }]);
};
const safeOf = async (device: TestDevice): Promise<number | undefined> => (await device.send(device.entries.length + 1)).safe[device.epoch];

describe('U-22: a synchronous standby', () => {
  let primary: PostgresServer;
  let database: Database;
  let hub: TestHub;
  let standby: PostgresServer | undefined;
  beforeAll(async () => {
    primary = await startPostgres();
    database = openPostgres(primary.url, (error) => {
      throw error;
    });
    standby = await startStandby(primary);
    hub = await startTestHub(database);
  });
  afterAll(async () => {
    await database.execute('ALTER SYSTEM RESET synchronous_standby_names');
    await database.rows('SELECT pg_reload_conf()');
    await hub.close();
    await standby?.stop();
    await primary.stop();
  });

  const replication = async (): Promise<string | undefined> =>
    (await database.rows<{ state: string }>('SELECT sync_state AS state FROM pg_stat_replication'))[0]?.state;

  test('what one that may lag behind has is not safe; what a synchronous one has flushed is, and no more', async () => {
    await expect.poll(replication, { timeout: 60_000 }).toBe('async');
    const device = await enrolNextDevice(hub);
    sell(device, 5);
    expect(await device.send()).toMatchObject({ received: { [device.epoch]: 5 }, safe: { [device.epoch]: 0 } });
    await database.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await database.rows('SELECT pg_reload_conf()');
    await expect.poll(replication, { timeout: 60_000 }).toBe('sync');
    await expect.poll(async () => safeOf(device), { timeout: 60_000 }).toBe(5);
    sell(device, 2);
    await device.send(6, 7);
    await expect.poll(async () => safeOf(device), { timeout: 60_000 }).toBe(7);
    const [row] = await database.rows<{ behind: boolean }>('SELECT bool_or(safe_seq > head_seq) AS behind FROM ledger_epoch');
    expect(row?.behind).toBe(false);
  });
});

describe('U-22: a verified backup', () => {
  let server: PostgresServer;
  let hub: TestHub;
  beforeAll(async () => {
    server = await startPostgres();
    hub = await startTestHub(
      openPostgres(server.url, (error) => {
        throw error;
      }),
    );
  });
  afterAll(async () => {
    await hub.close();
    await server.stop();
  });

  const checkpoints = async (): Promise<readonly Checkpoint[]> =>
    (await hub.json<{ checkpoints: readonly Checkpoint[] }>('/api/v1/checkpoints')).checkpoints;

  test('what its checkpoints name is safe; what came later is not; what the hub lacks or never signed raises nothing', async () => {
    const device = await enrolNextDevice(hub);
    sell(device, 4);
    await device.send();
    await (await hub.api('/api/v1/stock')).text();
    const saved = await checkpoints();
    sell(device, 3);
    await device.send(5, 7);
    const [first] = saved;
    assert(first !== undefined, 'the store has a checkpoint');
    const forged = { ...first, heads: first.heads.map((head) => ({ ...head, seq: head.seq + 1 })) };
    const refused = await hub.post('/api/v1/backups/verified', { checkpoints: [forged] });
    expect([refused.status, await safeOf(device)]).toEqual([409, 0]);
    expect((await hub.post('/api/v1/backups/verified', { checkpoints: saved })).status).toBe(200);
    expect(await safeOf(device)).toBe(4);
    await (await hub.api('/api/v1/stock')).text();
    const later = await checkpoints();
    await hub.database.execute('DELETE FROM ledger_entry WHERE device = $1 AND seq = 7', [device.enrolled.device]);
    expect((await hub.post('/api/v1/backups/verified', { checkpoints: later })).status).toBe(409);
    expect(await safeOf(device)).toBe(4);
  });

  test('PGlite is never safe, whatever is shown to it', async () => {
    const own = await startTestHub(await openMemoryDatabase());
    try {
      const device = await enrolNextDevice(own);
      sell(device, 2);
      await device.send();
      await (await own.api('/api/v1/stock')).text();
      const saved = await own.json<object>('/api/v1/checkpoints');
      const answer = await own.post('/api/v1/backups/verified', saved);
      expect([answer.status, await answer.json()]).toEqual([409, expect.objectContaining({ type: 'urn:holdfast:problem:neverSafe' })]);
      expect(await safeOf(device)).toBe(0);
    } finally {
      await own.close();
    }
  });
});
