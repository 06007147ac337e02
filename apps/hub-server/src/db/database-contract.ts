/** What every adapter of `Database` must do; each adapter's test file runs it on its own engine. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from './database.ts';
import { eq } from './drizzle.ts';
import { migrate, readMigrations } from './migrate.ts';
import * as schema from './schema.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`database contract: ${name}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await open();
      await migrate(database);
      await database.script(
        'CREATE TABLE probe (id bigint PRIMARY KEY, body bytea, extra jsonb, total numeric, flag boolean, word text COLLATE "C")',
      );
    });
    afterAll(async () => database.close());

    test('values keep their types on the way in and out', async () => {
      const body = new Uint8Array([0, 255, 16, 92, 120]);
      await database.execute('INSERT INTO probe (id, body, extra, total, flag, word) VALUES ($1, $2, $3, $4, $5, $6)', [
        Number.MAX_SAFE_INTEGER,
        body,
        JSON.stringify({ a: [1, null, 'ü'] }),
        '123456789012345678901234567890',
        true,
        null,
      ]);
      const [row] = await database.rows<Record<string, unknown>>('SELECT * FROM probe WHERE id = $1', [Number.MAX_SAFE_INTEGER]);
      expect(row).toEqual({
        id: Number.MAX_SAFE_INTEGER,
        body,
        extra: { a: [1, null, 'ü'] },
        total: '123456789012345678901234567890',
        flag: true,
        word: null,
      });
      expect(row?.['body']?.constructor).toBe(Uint8Array);
    });

    test('execute counts what it changed', async () => {
      expect(await database.execute('INSERT INTO probe (id) SELECT * FROM generate_series(1, 3)')).toBe(3);
      expect(await database.execute('INSERT INTO probe (id) SELECT * FROM generate_series(2, 4) ON CONFLICT DO NOTHING')).toBe(1);
      expect(await database.execute('UPDATE probe SET flag = false WHERE id <= 2')).toBe(2);
    });

    test('a transaction that throws leaves nothing, one that ends leaves all', async () => {
      await expect(
        database.transaction(async (tx) => {
          await tx.execute('INSERT INTO probe (id) VALUES (100)');
          throw new Error('given up');
        }),
      ).rejects.toThrow('given up');
      expect(await database.rows('SELECT id FROM probe WHERE id = 100')).toEqual([]);
      const answer = await database.transaction(async (tx) => {
        await tx.execute('INSERT INTO probe (id) VALUES (101)');
        return 'kept';
      });
      expect(answer).toBe('kept');
      expect(await database.rows('SELECT id FROM probe WHERE id = 101')).toEqual([{ id: 101 }]);
    });

    test('after a failed statement the database goes on', async () => {
      await expect(database.transaction(async (tx) => tx.execute('INSERT INTO probe (id) VALUES (101)'))).rejects.toThrow('duplicate key');
      expect(await database.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test('a snapshot refuses to write', async () => {
      const write = database.transaction(async (tx) => tx.execute('INSERT INTO probe (id) VALUES (102)'), { readSnapshot: true });
      await expect(write).rejects.toThrow('read-only transaction');
    });

    test('a statement that keeps its plan answers what it is asked each time, also after it failed and after its table grew', async () => {
      const keepsPlan = { keepsPlan: true } as const;
      const insert = async (id: number, word: string): Promise<number> =>
        database.transaction(async (tx) => tx.execute('INSERT INTO probe (id, word) VALUES ($1, $2)', [id, word], keepsPlan));
      const wordOf = async (id: number): Promise<unknown> => database.rows('SELECT word FROM probe WHERE id = $1', [id], keepsPlan);
      // More often than a server needs to see that one plan serves all.
      for (let id = 200; id < 210; id += 1) {
        expect(await insert(id, `of ${id}`)).toBe(1);
        expect(await wordOf(id)).toEqual([{ word: `of ${id}` }]);
      }
      await expect(insert(200, 'again')).rejects.toThrow('duplicate key');
      await database.script('ALTER TABLE probe ADD COLUMN later integer');
      expect(await insert(210, 'of 210')).toBe(1);
      expect(await wordOf(210)).toEqual([{ word: 'of 210' }]);
      expect(await wordOf(200)).toEqual([{ word: 'of 200' }]);
    });

    test('drizzle asks the same database', async () => {
      await database.orm.insert(schema.tenant).values({ tenantNo: 9, tenant: 'probe', lsn: 2 ** 40, historyHash: '' });
      const rows = await database.orm.select().from(schema.tenant).where(eq(schema.tenant.tenantNo, 9));
      expect(rows).toEqual([{ tenantNo: 9, tenant: 'probe', lsn: 2 ** 40, historyHash: '', deviceCalls: 0 }]);
      await database.transaction(async (tx) => {
        await tx.orm.update(schema.tenant).set({ lsn: 7 }).where(eq(schema.tenant.tenantNo, 9));
        expect(await tx.orm.delete(schema.tenant).where(eq(schema.tenant.tenantNo, 9)).returning({ lsn: schema.tenant.lsn })).toEqual([
          { lsn: 7 },
        ]);
      });
    });

    test('migrating again changes nothing, an edited migration is refused, and those of a later build are told', async () => {
      await migrate(database);
      const [first, ...others] = readMigrations();
      if (first === undefined) throw new Error('no migrations');
      await expect(migrate(database, [{ ...first, sql: `${first.sql} ` }, ...others])).rejects.toThrow('never edited');
      expect(await migrate(database, others)).toEqual([first.number]);
    });
  });
}
