/** A hub that a Postgres refuses says what to run or write there; what it says is done, and it starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { startTestHub } from '../testing/test-hub.ts';
import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';
import { StartRefused, loginRefused } from './start-refusals.ts';

vi.setConfig({ testTimeout: 120_000 });

let server: PostgresServer;
let admin: Client;
beforeAll(async () => {
  server = await startPostgres();
  admin = new Client({ connectionString: server.url });
  await admin.connect();
  await admin.query("CREATE ROLE plain LOGIN PASSWORD 'of the shop'");
  await admin.query('CREATE DATABASE shop OWNER plain');
}, 120_000);
afterAll(async () => {
  await admin.end();
  await server.stop();
});

function open(user: string): Database {
  const url = new URL(server.url);
  [url.username, url.password, url.pathname] = [user, 'of the shop', user === 'plain' ? '/shop' : `/${user}`];
  return openPostgres(url.href, () => undefined);
}

/** Undefined: it started, and was stopped. */
async function refusal(user = 'plain'): Promise<string | undefined> {
  const database = open(user);
  try {
    await (await startTestHub(database)).close();
    return undefined;
  } catch (error) {
    await database.close();
    if (error instanceof StartRefused) return error.message;
    throw error;
  }
}

test('the statement, then the line of pg_hba.conf, that it names are what it wants', async () => {
  const statement = /: (ALTER ROLE .*;)$/.exec((await refusal()) ?? '')?.[1];
  expect(statement).toBe('ALTER ROLE "plain" CREATEROLE;');
  await admin.query(statement ?? '');

  const rules = join(server.dataFolder, 'pg_hba.conf');
  const admits = (line: string): void => writeFileSync(rules, `${line}\n${readFileSync(rules, 'utf8')}`);
  // Nobody is let in but those who are named.
  writeFileSync(rules, 'host all postgres,plain all password\n');
  await admin.query('SELECT pg_reload_conf()');
  const told = (await refusal()) ?? '';
  const line = /: (host .*)$/.exec(told)?.[1] ?? '';
  expect(line).toMatch(/^host "shop" holdfast_\d+_1,holdfast_\d+_1_stores [\d.:a-f]+\/(?:32|128) scram-sha-256$/);
  expect(told).toContain('SELECT pg_reload_conf();');
  admits(line);
  await admin.query('SELECT pg_reload_conf()');
  expect(await refusal()).toBe(undefined);
});

test('a second hub’s user on the server is told which roles it wants of the first’s', async () => {
  writeFileSync(join(server.dataFolder, 'pg_hba.conf'), 'host all all all password\n');
  await admin.query('SELECT pg_reload_conf()');
  await admin.query("CREATE ROLE second LOGIN CREATEROLE PASSWORD 'of the shop'");
  await admin.query('CREATE DATABASE second OWNER second');
  const statement = /: (GRANT .*;)$/.exec((await refusal('second')) ?? '')?.[1];
  expect(statement).toBe('GRANT holdfast_goods, holdfast_work TO "second" WITH ADMIN OPTION;');
  await admin.query(statement ?? '');
  expect(await refusal('second')).toBe(undefined);
});

test('a password that is not taken, and whatever else, is told with what may be the cause', () => {
  const login = { user: 'holdfast_1_1', password: 'p' };
  const refused = (code: string, text: string): string => loginRefused([login], 'shop', Object.assign(new Error(text), { code })).message;
  expect(refused('28P01', 'password authentication failed')).toContain('HOLDFAST_SECRETS_KEY');
  expect(refused('28000', 'no pg_hba.conf entry for host "[local]"')).toContain(': local "shop" holdfast_1_1 scram-sha-256');
  expect(refused('28000', 'kein Eintrag')).toContain(': host "shop" holdfast_1_1 ADDRESS scram-sha-256');
  expect(refused('53300', 'too many clients')).toContain('It said: too many clients');
});
