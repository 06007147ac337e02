import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { enrolDevice } from '../testing/test-device.ts';
import { startTestHub } from '../testing/test-hub.ts';
import { siblingsContract } from './siblings-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  siblingsContract('Postgres', async () =>
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );

  test('N-20: whoever revokes a stolen device waits for nobody who waits for it: it draws the next secret once the tenant’s row is its own', async () => {
    const own = await startPostgres();
    const database = openPostgres(own.url, (error) => {
      throw error;
    });
    const hub = await startTestHub(database);
    try {
      const { enrolled } = await enrolDevice(hub);
      const secrets = async (): Promise<number> => (await hub.keys.read('segment')).length;
      const before = await secrets();
      // As a hub that is shown a list does: the tenant's row, and then a secret.
      const revoked = await database.transaction(async (tx) => {
        await tx.rows('SELECT 1 FROM tenant FOR UPDATE');
        const asked = hub.post(`/api/v1/devices/${enrolled.device}/revoke`, { reason: 'stolen' });
        const waits = async () =>
          (
            await database.rows(
              `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE tenant SET device_calls%'`,
            )
          ).length;
        await expect.poll(waits, { timeout: 30_000 }).toBe(1);
        const next = { name: String(before + 1), secret: new Uint8Array(32), createdAtMs: 0 };
        expect(await hub.keys.keep('segment', next, tx)).toBe(true);
        return { asked };
      });
      expect((await revoked.asked).status).toBe(200);
      expect(await secrets()).toBe(before + 2);
    } finally {
      await hub.close();
      await own.stop();
    }
  }, 60_000);
});
