/**
 * Numbered migrations, hand-written SQL that runs alike on PGlite and Postgres. Each runs once, in its own transaction, in the order of
 * its number, under a lock, so that replicas that start together do not race. A migration that ran is never edited: its text is compared. Numbers may be left out: work that goes on side by side
 * takes numbers apart, and each of them may come first.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';

import type { Database, Queries } from './database.ts';
import { refuseOldServer } from './start-refusals.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

const FOLDER = new URL('./migrations/', import.meta.url);
/** Any number that nothing else in the database locks. */
const LOCK_KEY = 7_204_110_113;

export function readMigrations(folder: URL = FOLDER): readonly Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file);
      assert(match?.[1] !== undefined && match[2] !== undefined, `migration ${file} is named NNNN-what-it-does.sql`);
      return { number: Number(match[1]), name: match[2], sql: readFileSync(new URL(file, folder), 'utf8') };
    });
  migrations.forEach(({ number }, index) => {
    const before = migrations[index - 1]?.number ?? 0;
    assert(number > before, `migration ${number} stands twice`);
  });
  return migrations;
}

/** Those of `migrations` that `database` does not show yet: what another hub migrates at this moment still counts among them. */
export async function pendingMigrations(
  database: Queries,
  migrations: readonly Migration[] = readMigrations(),
): Promise<readonly Migration[]> {
  const [ledger] = await database.rows<{ name: string | null }>(`SELECT to_regclass('schema_migration')::text AS name`);
  if (ledger === undefined || ledger.name === null) return migrations;
  const applied = await database.rows<{ number: number }>('SELECT number FROM schema_migration');
  const there = new Set(applied.map(({ number }) => number));
  return migrations.filter(({ number }) => !there.has(number));
}

/** Throws where it was migrated by other texts under the same numbers. The numbers of migrations that a later build made: they only add, so this one works on beside it (docs/decisions/0029). */
export async function migrate(database: Database, migrations: readonly Migration[] = readMigrations()): Promise<readonly number[]> {
  await refuseOldServer(database);
  const wanted = [undefined, ...migrations];
  for (const migration of wanted) {
    await database.transaction(
      async (tx) => {
        await tx.rows('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
        if (migration === undefined) await createLedgerOfMigrations(tx);
        else await applyOnce(tx, migration);
      },
      // What it writes of rows it writes of every tenant's.
      { seesAll: true },
    );
  }
  const applied = await database.rows<{ number: number }>('SELECT number FROM schema_migration ORDER BY number');
  const known = new Set(migrations.map(({ number }) => number));
  return applied.flatMap(({ number }) => (known.has(number) ? [] : [number]));
}

async function createLedgerOfMigrations(tx: Queries): Promise<void> {
  await tx.script(
    `CREATE TABLE IF NOT EXISTS schema_migration (number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now())`,
  );
}

async function applyOnce(tx: Queries, migration: Migration): Promise<void> {
  const sha256 = createHash('sha256').update(migration.sql).digest('hex');
  const [applied] = await tx.rows<{ sha256: string }>('SELECT sha256 FROM schema_migration WHERE number = $1', [migration.number]);
  if (applied !== undefined) {
    assert(applied.sha256 === sha256, `migration ${migration.number} ran with another text: migrations are never edited`);
    return;
  }
  await tx.script(migration.sql);
  await tx.execute('INSERT INTO schema_migration (number, name, sha256) VALUES ($1, $2, $3)', [migration.number, migration.name, sha256]);
}
