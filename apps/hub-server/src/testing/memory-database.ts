/**
 * Databases in memory, for tests: copies of the files that a new hub begins with. Each kind is made once for a release of PGlite and these migrations, and kept
 * among the workspace's installed files: every test process begins with one, and to make it takes seconds of work.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';

import { MemoryFS, PGlite } from '@electric-sql/pglite';
import { assert } from '@holdfast/base';

import type { Database } from '../db/database.ts';
import { pgliteVersion, prepareCluster } from '../db/first-cluster.ts';
import { migrate, readMigrations } from '../db/migrate.ts';
import { databaseOf, PGLITE_PARSERS } from '../db/pglite.ts';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/test-databases', import.meta.url));

type Kind = 'empty' | 'migrated';

/** Each start lays out all files: nobody makes a database from a template here. */
const LIGHTENED = [
  'UPDATE pg_database SET datistemplate = false',
  'DROP DATABASE template0',
  'DROP DATABASE template1',
  'CHECKPOINT',
] as const;

/** A start goes through all of its buffers, of which a test's few rows need little: 128 MB otherwise. */
const START_PARAMS = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];

/** What stands in a cluster's folder, folders before what is in them. */
interface Original {
  readonly folders: readonly string[];
  /** `bytes`: without the zeros at its end, of which the log is nearly all. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly bytes: Uint8Array }[];
}

const originals = new Map<Kind, Promise<Original>>();

async function makeOriginal(kind: Kind): Promise<Original> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-database-'));
  const dataDir = join(folder, 'pg');
  await prepareCluster(dataDir);
  const pglite = await PGlite.create({ dataDir, parsers: PGLITE_PARSERS });
  if (kind === 'migrated') await migrate(databaseOf(pglite));
  for (const sql of LIGHTENED) await pglite.exec(sql);
  await pglite.close();
  const original = await originalOf(dataDir);
  await rm(folder, { recursive: true, force: true });
  return original;
}

async function originalOf(dataDir: string): Promise<Original> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const pathOf = ({ parentPath, name }: (typeof entries)[number]): string => relative(dataDir, join(parentPath, name));
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  return {
    folders: entries
      .filter((entry) => entry.isDirectory())
      .map(pathOf)
      .toSorted(),
    files: await Promise.all(
      files.map(async (path) => {
        const whole = await readFile(join(dataDir, path));
        return { path, size: whole.length, bytes: whole.subarray(0, whole.findLastIndex((byte) => byte !== 0) + 1) };
      }),
    ),
  };
}

/** Written beside its place and renamed: it is there whole or not at all, and of two that make it at once either will do. */
async function keptOriginal(kind: Kind): Promise<Original> {
  const texts = kind === 'empty' ? [] : readMigrations().map(({ sql }) => sql);
  const made = createHash('sha256')
    .update(JSON.stringify([...LIGHTENED, ...texts]))
    .digest('hex')
    .slice(0, 16);
  const file = join(KEPT, `${kind}-${await pgliteVersion()}-${made}.files`);
  if (existsSync(file)) return deserialize(await readFile(file)) as Original;
  const original = await makeOriginal(kind);
  await mkdir(KEPT, { recursive: true });
  const beside = await mkdtemp(join(KEPT, 'new-'));
  await writeFile(join(beside, 'database.files'), serialize(original));
  await rename(join(beside, 'database.files'), file);
  await rm(beside, { recursive: true });
  // Of earlier migrations and releases: nobody begins with them any more.
  for (const name of await readdir(KEPT))
    if (name.startsWith(`${kind}-`) && name !== basename(file)) await rm(join(KEPT, name), { force: true });
  return original;
}

/** Begins with these files. PGlite's own way, an archive, looks up each folder on each file's path. */
class LaidOut extends MemoryFS {
  readonly #original: Original;

  constructor(original: Original) {
    super();
    this.#original = original;
  }

  override async initialSyncFs(): Promise<void> {
    assert(this.pg !== undefined, 'PGlite begins a file system before it reads it');
    const { FS } = this.pg.Module;
    FS.mkdirTree(PGlite.paths.PGDATA);
    for (const path of this.#original.folders) FS.mkdir(`${PGlite.paths.PGDATA}/${path}`);
    for (const { path, size, bytes } of this.#original.files) {
      const own = new Uint8Array(size);
      own.set(bytes);
      FS.writeFile(`${PGlite.paths.PGDATA}/${path}`, own, { canOwn: true });
    }
  }
}

/** `migrated`: with all that a hub's start makes of an empty one. */
export async function openMemoryDatabase(kind: Kind = 'migrated'): Promise<Database> {
  const original = originals.get(kind) ?? keptOriginal(kind);
  originals.set(kind, original);
  return databaseOf(await PGlite.create({ fs: new LaidOut(await original), startParams: START_PARAMS, parsers: PGLITE_PARSERS }));
}
