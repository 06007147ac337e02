/** A hub on a real Postgres (every flush on), with as many goods and sales as a chain has. They are written by SQL as the hub would have written them: a benchmark of the hub need not wait for its import. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '@holdfast/hub-server/postgres-server';
import { startHub } from '@holdfast/tools/app-process';
import { Client } from 'pg';

import type { BenchOptions } from '../report.ts';

export interface HubWorld {
  readonly url: string;
  readonly database: Client;
  readonly databaseUrl: string;
  readonly say: BenchOptions['say'];
  /** The answer's text; throws where it is refused. */
  readonly ask: (path: string, body?: { readonly method: string; readonly json: object }) => Promise<string>;
  /** Postgres and hub begin anew: nothing is in their memory. Resolves when the hub is ready. */
  readonly restart: () => Promise<void>;
}

export const CONNECTIONS = 16;

export async function withHub<T>(say: BenchOptions['say'], run: (world: HubWorld) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-hub-bench-'));
  const postgres = await startPostgres({ flushes: true, restarts: true });
  let database = new Client({ connectionString: postgres.url });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let hub: Awaited<ReturnType<typeof startHub>> | undefined;
  try {
    const start = async () => {
      await database.connect();
      process.env['DATABASE_URL'] = postgres.url;
      hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
      delete process.env['DATABASE_URL'];
      return hub.ready;
    };
    let ready = await start();
    const restart = async (): Promise<void> => {
      await database.end();
      await hub?.stop();
      await postgres.restart();
      database = new Client({ connectionString: postgres.url });
      ready = await start();
    };
    const ask: HubWorld['ask'] = async (path, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${ready.consoleToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        };
        const sent = request(`${ready.url}${path}`, { agent, method: body?.method ?? 'GET', headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            if ((response.statusCode ?? 500) < 300) resolve(text);
            else reject(new Error(`${path}: ${response.statusCode} ${text}`));
          });
        });
        sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body.json));
      });
    return await run({
      get url() {
        return ready.url;
      },
      get database() {
        return database;
      },
      databaseUrl: postgres.url,
      say,
      ask,
      restart,
    });
  } finally {
    agent.destroy();
    await database.end();
    await hub?.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the server itself says it: what is read off without flushes is no figure of a hub. */
export async function serverSetting(database: Client): Promise<string> {
  const { rows } = await database.query<{ version: string; fsync: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync`,
  );
  return `Postgres ${rows[0]?.version}, fsync ${rows[0]?.fsync}`;
}

export interface Load {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

const MS_PER_S = 1_000;

/** Each of `CONNECTIONS` asks again as soon as it is answered. */
export async function load(seconds: number, ask: (index: number) => Promise<unknown>): Promise<Load> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  let index = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() - startMs < seconds * MS_PER_S) {
      const beganMs = performance.now();
      await ask(index++);
      latenciesMs.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return { perSecond: (latenciesMs.length * MS_PER_S) / (performance.now() - startMs), latenciesMs };
}

export const skuAt = (index: number): string => `B${String(index).padStart(9, '0')}`;

/** An item, a code and a price each, as one that the API made; `Organic` begins six of ten names, `Xylitol` one of ten thousand. */
export async function seedGoods({ database, ask, say }: HubWorld, goods: number): Promise<void> {
  say(`${goods} goods`);
  const made = {
    fields: { name: 'Template', taxClass: 'standard', unit: 'piece' },
    codes: ['K-TEMPLATE'],
    price: { amount: '2.49', currency: 'EUR' },
  };
  await ask('/api/v1/product/TEMPLATE', { method: 'PUT', json: made });
  await database.query(
    `INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
     SELECT e.tenant_no, e.type, e.generation, true, e.lsn, e.existence_lsn, e.base_lsn, replace(e.key, 'TEMPLATE', sku), e.scope,
       CASE e.type WHEN 2 THEN jsonb_build_object('1', sku) WHEN 1 THEN e.fields || jsonb_build_object(
         '1', CASE WHEN n % 10 < 6 THEN 'Organic ' WHEN n % 10000 = 9999 THEN 'Xylitol ' ELSE 'Plain ' END || nouns[1 + n % 8] || ' ' || n,
         '2', 'Brand ' || n % 500, '3', 'Department ' || n % 40) ELSE e.fields END, e.stamps
     FROM entity e, generate_series(0, $1::int - 1) AS n, (SELECT ARRAY['Milk', 'Bread', 'Soap', 'Coffee', 'Apples', 'Candles', 'Pasta', 'Rice']) AS words (nouns),
       LATERAL (SELECT 'B' || lpad(n::text, 9, '0') AS sku) AS named
     WHERE e.alive AND (e.key LIKE '%TEMPLATE%')`,
    [goods],
  );
  await database.query('VACUUM ANALYZE entity');
}

const STORES = 500;
const LANES = 4;
const DAYS = 20;
const HOURS = 10;

/** Over so many days up to today, by four lanes each of five hundred stores: the entry, its sale. */
export async function seedSales({ database, say }: HubWorld, sales: number): Promise<void> {
  say(`${sales} sales of ${STORES} stores`);
  await database.query(
    `INSERT INTO store (tenant_no, store, name, zone, currency, time_zone, tax_inclusive, address, created_at_ms)
     SELECT 1, 'b' || s, 'Store ' || s, '1', 'EUR', 'UTC', true, '', 0 FROM generate_series(1, ${STORES}) AS s`,
  );
  await database.query(
    `INSERT INTO device (device, tenant_no, store, lane, name, public_key, token_hash, enrolled_at_ms, last_seen_ms, received_entries)
     SELECT 'b' || s || '-' || l, 1, 'b' || s, l, '', '', decode(md5(s || '-' || l), 'hex'), 0, (extract(epoch FROM now()) * 1000)::bigint, $1::int / ${STORES * LANES}
     FROM generate_series(1, ${STORES}) AS s, generate_series(1, ${LANES}) AS l`,
    [sales],
  );
  await database.query(
    `INSERT INTO ledger_epoch (tenant_no, device, epoch, head_seq, head_hash, signed_seq, signature, first_received_at_ms)
     SELECT 1, device, 'aaaaaaaaaaaaaaaa', received_entries, '', received_entries, '', 0 FROM device WHERE device LIKE 'b%-%'`,
  );
  await database.query(
    `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no)
     SELECT 1, d.device, 'aaaaaaaaaaaaaaaa', q, '', d.store, 1, '', 0, decode(repeat('ab', 500), 'hex'), 1000000 + row_number() OVER ()
     FROM device d, generate_series(1, d.received_entries) AS q WHERE d.device LIKE 'b%-%'`,
  );
  await database.query(
    `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count, kind, training, received_at_ms)
     SELECT e.entry_no, 1, e.device, e.epoch, e.seq, '', e.store, 1, e.device || '-' || e.seq, (extract(epoch FROM at) * 1000)::bigint, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'EUR',
       1190, 5, 'sale', false, 0
     FROM ledger_entry e, LATERAL (SELECT now() - (e.entry_no % ${DAYS}) * interval '1 day' - (e.entry_no / ${DAYS} % ${HOURS}) * interval '1 hour' AS at) AS moment WHERE e.entry_no > 1000000`,
  );
  await database.query('VACUUM ANALYZE device, ledger_epoch, ledger_entry, sale, sale_sum, store');
}
