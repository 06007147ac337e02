/**
 * A hub whole into another database: from PGlite in its folder to a Postgres to move it, from a Postgres into a folder to back it up. What comes out is the same hub, as it was at one moment, with
 * its key, its epoch and every row.
 *
 * - The other database holds all of it or nothing: the rows come in one transaction, and are counted and hashed in both before it commits. Interrupted, it is begun again.
 * - A database that holds a hub already is refused.
 * - `from` is not changed: a hub may go on writing it, and what it writes from then on is not in the copy.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import type { Database, Queries } from './database.ts';
import { migrate, readMigrations } from './migrate.ts';

export interface Moved {
  readonly tables: number;
  readonly rows: number;
}

export type MoveError =
  | { readonly type: 'noHub' }
  /** A later build migrated it. */
  | { readonly type: 'laterBuild' }
  | { readonly type: 'holdsHub'; readonly isSame: boolean }
  /** Tables that are none of ours: it is somebody else's. */
  | { readonly type: 'notEmpty'; readonly tables: readonly string[] };

export interface MovePorts {
  readonly from: Database;
  readonly to: Database;
  /** The last moment before the other database is the hub: where it throws, nothing was moved. */
  readonly beforeCommit: () => Promise<void>;
  readonly onTable: (table: string, rows: number) => void;
}

export async function moveDatabase({ from, to, beforeCommit, onTable }: MovePorts): Promise<Result<Moved, MoveError>> {
  const there = await tablesOf(to);
  if (there.length > 0 && !there.includes('schema_migration')) return err({ type: 'notEmpty', tables: there });
  if (!(await tablesOf(from)).includes('schema_migration')) return err({ type: 'noHub' });
  const applied = new Set((await from.rows<{ number: number }>('SELECT number FROM schema_migration')).map(({ number }) => number));
  const migrations = readMigrations().filter(({ number }) => applied.has(number));
  if (migrations.length < applied.size) return err({ type: 'laterBuild' });
  await migrate(to, migrations);
  const [own, held] = [await hubOf(from), await hubOf(to)];
  if (own === undefined) return err({ type: 'noHub' });
  if (held !== undefined) return err({ type: 'holdsHub', isSame: held === own });
  return from.transaction(
    async (source) =>
      to.transaction(
        async (target) => {
          // What a row looks like as a text hangs on these, and the hashes of both are compared.
          for (const each of [source, target])
            await each.script("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL bytea_output = 'hex'");
          const tables = inOrder(await tablesOf(target), await referencesOf(target));
          await target.script(`TRUNCATE ${tables.map(quoted).join(', ')}`);
          // What follows from rows is copied as it is, and not made of them a second time.
          const watched = await watchedOf(target);
          for (const table of watched) await target.script(`ALTER TABLE ${quoted(table)} DISABLE TRIGGER USER`);
          let rows = 0;
          for (const table of tables) {
            await copyTable(source, target, table);
            const [before, after] = [await sumOf(source, table), await sumOf(target, table)];
            assert(before.rows === after.rows && before.hash === after.hash, `${table} is not the same in both`);
            rows += after.rows;
            onTable(table, after.rows);
          }
          for (const table of watched) await target.script(`ALTER TABLE ${quoted(table)} ENABLE TRIGGER USER`);
          await copyCounters(source, target);
          await beforeCommit();
          return ok({ tables: tables.length, rows });
        },
        { seesAll: true },
      ),
    { readSnapshot: true, seesAll: true },
  );
}

/** Of ours: the migrations tell of themselves. */
const tablesOf = async (queries: Queries): Promise<readonly string[]> =>
  (
    await queries.rows<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
    )
  ).map(({ name }) => name);

/** Whose rows the database makes others of. */
const watchedOf = async (queries: Queries): Promise<readonly string[]> =>
  (
    await queries.rows<{ name: string }>(
      "SELECT DISTINCT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal",
    )
  ).map(({ name }) => name);

async function hubOf(database: Database): Promise<string | undefined> {
  const [hub] = await database.rows<{ key: string }>(
    "SELECT coalesce(to_jsonb(h) ->> 'public_key', encode(sha256(h.signing_key), 'hex')) AS key FROM hub h",
  );
  return hub?.key;
}

interface Reference {
  readonly table: string;
  readonly to: string;
}

const referencesOf = async (queries: Queries): Promise<readonly Reference[]> =>
  queries.rows<Reference>(
    `SELECT c.relname AS table, t.relname AS to FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
     WHERE k.contype = 'f' AND k.conrelid <> k.confrelid`,
  );

/** What others refer to comes first. */
function inOrder(all: readonly string[], references: readonly Reference[]): readonly string[] {
  const placed = new Set<string>();
  const place = (table: string): void => {
    if (placed.has(table)) return;
    for (const { to } of references.filter((reference) => reference.table === table)) place(to);
    placed.add(table);
  };
  for (const table of all) if (table !== 'schema_migration') place(table);
  return [...placed];
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const FIRST_ROWS = 20;
const MOST_ROWS = 2_000;
const BYTES_AT_ONCE = 4_000_000;

/** Each row as the database itself writes it, as many at once as a few megabytes hold. */
async function copyTable(source: Queries, target: Queries, table: string): Promise<void> {
  await source.script(`DECLARE moving NO SCROLL CURSOR FOR SELECT t::text AS row FROM ${quoted(table)} t`);
  let count = FIRST_ROWS;
  for (;;) {
    const rows = (await source.rows<{ row: string }>(`FETCH ${count} FROM moving`)).map(({ row }) => row);
    if (rows.length === 0) break;
    await target.execute(
      `INSERT INTO ${quoted(table)} OVERRIDING SYSTEM VALUE
       SELECT (read.row).* FROM (SELECT text::${quoted(table)} AS row FROM unnest($1::text[]) AS text OFFSET 0) AS read`,
      [rows],
    );
    const bytesEach = rows.reduce((bytes, row) => bytes + row.length, 0) / rows.length;
    count = Math.max(1, Math.min(MOST_ROWS, Math.floor(BYTES_AT_ONCE / bytesEach)));
  }
  await source.script('CLOSE moving');
}

/** The same for the same rows, in whatever order they lie. */
async function sumOf(queries: Queries, table: string): Promise<{ readonly rows: number; readonly hash: string }> {
  const [sum] = await queries.rows<{ rows: number; hash: string }>(
    `SELECT count(*) AS rows, coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text AS hash FROM ${quoted(table)} t`,
  );
  assert(sum !== undefined, 'an aggregate has a row');
  return sum;
}

/** Numbers that the database itself draws go on where they were. */
async function copyCounters(source: Queries, target: Queries): Promise<void> {
  const counters = await source.rows<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'",
  );
  for (const { name } of counters) {
    const [at] = await source.rows<{ value: number; used: boolean }>(`SELECT last_value AS value, is_called AS used FROM ${quoted(name)}`);
    assert(at !== undefined, 'a counter has its row');
    await target.rows('SELECT setval($1::regclass, $2, $3)', [quoted(name), at.value, at.used]);
  }
}
