import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { createOwnedDatabase, startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { enrolDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Database } from './database.ts';
import { backUpHub, moveHub } from './move-folder.ts';
import { moveDatabase } from './move.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => postgres.stop());

const open = async (name: string): Promise<{ readonly url: string; readonly database: Database }> => {
  const url = await createOwnedDatabase(postgres, name);
  return { url, database: openPostgres(url, () => undefined) };
};
const QUIET = { beforeCommit: async () => undefined, onTable: () => undefined };

test('a lane goes on at the hub that was moved as if nothing had happened, and all of it is there', { timeout: 300_000 }, async () => {
  const from = await openMemoryDatabase();
  const first = await startTestHub(from);
  // Its device asks whichever hub this is.
  const hub: TestHub = { ...first };
  const lane = await enrolDevice(hub);
  for (const sku of ['MILK', 'TEA']) {
    const fields = { name: `${sku} „ü“, (1) \\ "x"`, taxClass: 'standard', unit: 'piece' };
    expect(
      (await hub.post('/api/v1/product', { sku, fields, codes: [`${sku}-1`], price: { amount: '1.10', currency: 'EUR' } })).status,
    ).toBe(201);
    lane.sell([{ sku, quantity: 1, amountMinor: 110 }]);
  }
  await lane.send(1, 2);
  await lane.probe();
  const before = await lane.manifest();
  const said = await hub.json('/api/v1/product/MILK');
  await first.stop();

  const { database: to } = await open('moved');
  const halfway = moveDatabase({
    from,
    to,
    onTable: () => undefined,
    beforeCommit: () => Promise.reject(new Error('the power went')),
  });
  await expect(halfway).rejects.toThrow('the power went');
  expect(await to.rows('SELECT 1 FROM hub')).toEqual([]);
  const moved = await moveDatabase({ from, to, ...QUIET });
  expect(moved).toMatchObject({ ok: true });
  expect(await moveDatabase({ from, to, ...QUIET })).toEqual({ ok: false, error: { type: 'holdsHub', isSame: true } });

  const second = await startTestHub(to);
  Object.assign(hub, second);
  expect((await lane.manifest()).to).toEqual(before.to);
  expect(await hub.json('/api/v1/product/MILK')).toEqual(said);
  lane.sell([{ sku: 'TEA', quantity: 2, amountMinor: 220 }]);
  await lane.send(3, 3);
  await lane.probe();
  expect(await hub.json('/api/v1/verify')).toMatchObject({ totals: { sales: 3 }, projectionsEqualLedger: true, problems: [] });
  expect((await hub.post('/api/v1/product', { sku: 'NEW', fields: { name: 'New', taxClass: 'standard', unit: 'piece' } })).status).toBe(
    201,
  );
  await second.close();
  await from.close();
});

test('another hub’s database, and one that is somebody else’s, are left alone', { timeout: 300_000 }, async () => {
  const from = await openMemoryDatabase();
  await (await startTestHub(from)).stop();
  const { database: held } = await open('held');
  await (await startTestHub(held)).stop();
  expect(await moveDatabase({ from, to: held, ...QUIET })).toEqual({ ok: false, error: { type: 'holdsHub', isSame: false } });
  const { database: foreign } = await open('payroll');
  await foreign.script('CREATE TABLE payroll (id integer)');
  expect(await moveDatabase({ from, to: foreign, ...QUIET })).toEqual({ ok: false, error: { type: 'notEmpty', tables: ['payroll'] } });
  expect(await foreign.rows("SELECT relname FROM pg_class WHERE relname IN ('hub', 'entity')")).toEqual([]);
  for (const each of [from, held, foreign]) await each.close();
});

test('as a command: moved once, said so, and no hub starts on the folder that was left', { timeout: 300_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-move-'));
  const { url, database } = await open('commanded');
  const hub = async (
    databaseUrl: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> =>
    run(process.execPath, [MAIN, '--data', data, '--json', ...args], { env: { ...process.env, DATABASE_URL: databaseUrl } }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({
        code: error.code,
        out: error.stdout,
        err: error.stderr,
      }),
    );
  try {
    expect(await moveHub({ data, databaseUrl: url, json: true })).toBe(1);
    const first = await openFolderHub(data);
    const told = await hub(url, '--move');
    expect(told.code, told.err).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({ type: 'moved' });
    expect(await database.rows("SELECT encode(public_key, 'hex') AS key FROM hub")).toEqual([{ key: first }]);
    expect(await hub('')).toMatchObject({ code: 1, err: expect.stringContaining('was moved to 127.0.0.1') as string });
    expect(await moveHub({ data, databaseUrl: url, json: true })).toBe(1);
    expect(await backUpHub({ data, databaseUrl: url, json: true })).toBe(1);
    rmSync(join(data, 'pg'), { recursive: true, force: true });
    expect(await backUpHub({ data, databaseUrl: url, json: true })).toBe(0);
    const copy = await openPglite(join(data, 'pg'));
    expect(await copy.rows("SELECT encode(public_key, 'hex') AS key FROM hub")).toEqual([{ key: first }]);
    await copy.close();
  } finally {
    await database.close();
    rmSync(data, { recursive: true, force: true });
  }
});

test(
  'RUNBOOK, backup and restore: copied while it sells, proven elsewhere, and after a loss lanes come back with what it lacks',
  { timeout: 300_000 },
  async () => {
    const { database: lostDatabase } = await open('lost');
    const first = await startTestHub(lostDatabase);
    const hub: TestHub = { ...first };
    const lane = await enrolDevice(hub);
    const article = async (sku: string): Promise<void> => {
      const fields = { name: sku, taxClass: 'standard', unit: 'piece' };
      expect((await hub.post('/api/v1/product', { sku, fields })).status).toBe(201);
    };
    const sell = async (seq: number): Promise<void> => {
      lane.sell([{ sku: 'MILK', quantity: 1, amountMinor: 110 }]);
      await lane.send(seq, seq);
    };
    await article('MILK');
    await sell(1);
    await lane.probe();
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-backup-'));
    try {
      const copy = await openPglite(join(folder, 'pg'));
      // What is sold while it is copied is in the copy or not, never in part.
      const [copied] = await Promise.all([moveDatabase({ from: lostDatabase, to: copy, ...QUIET }), sell(2)]);
      expect(copied).toMatchObject({ ok: true });
      await sell(3);
      await article('TEA');
      const lost = await lane.manifest();

      const { database: restored } = await open('restored');
      expect(await moveDatabase({ from: copy, to: restored, ...QUIET })).toMatchObject({ ok: true });
      await copy.close();
      const second = await startTestHub(restored);
      const proven = await second.json<{ totals: { sales: number }; problems: readonly unknown[]; projectionsEqualLedger: boolean }>(
        '/api/v1/verify',
      );
      expect(proven).toMatchObject({ problems: [], projectionsEqualLedger: true });
      expect([1, 2]).toContain(proven.totals.sales);

      // The first one is gone with its database; the other stands at its address.
      await first.close();
      Object.assign(hub, second);
      const told = await lane.manifest(lost.to);
      expect([told.rebase, told.to.hubEpoch === lost.to.hubEpoch]).toEqual([true, false]);
      await lane.send(1, 3);
      await sell(4);
      await lane.probe();
      expect(await hub.json('/api/v1/verify')).toMatchObject({ totals: { sales: 4 }, projectionsEqualLedger: true, problems: [] });
      expect(await hub.json('/api/v1/conflicts')).toMatchObject({ conflicts: [{ rule: 'lostPublications' }] });
      await second.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/** A hub ran on it; the answer is its public key. */
async function openFolderHub(data: string): Promise<string> {
  const database = await openPglite(join(data, 'pg'));
  await (await startTestHub(database)).stop();
  const [row] = await database.rows<{ key: string }>("SELECT encode(public_key, 'hex') AS key FROM hub");
  await database.close();
  return row?.key ?? '';
}
