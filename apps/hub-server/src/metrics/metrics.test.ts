import { readFile } from 'node:fs/promises';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createMetrics, partOf } from './metrics.ts';

const TOKEN = 'a-scraper-of-the-shop';
const FOLDER = new URL('../../../../docs/monitoring/', import.meta.url);
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(undefined, { metricsToken: TOKEN });
});
afterAll(async () => hub.close());

const scrape = async (): Promise<ReadonlyMap<string, number>> => {
  const response = await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
};
const NOW_MS = 1_800_000_000_000;
const device = async (name: string, store: string, of: Readonly<Record<string, number | string | null>>): Promise<void> => {
  await hub.database.rows(
    `INSERT INTO device (device, tenant_no, store, lane, name, public_key, token_hash, enrolled_at_ms) VALUES ($1, 1, $2, 1, $1, '', $3, $4)`,
    [name, store, new Uint8Array(Buffer.from(name)), NOW_MS],
  );
  for (const [column, value] of Object.entries(of))
    await hub.database.rows(`UPDATE device SET ${column} = $2 WHERE device = $1`, [name, value]);
};

test('who shows the token reads figures, and nothing else; who shows none reads none', async () => {
  expect((await fetch(`${hub.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${hub.url}/metrics`, { headers: { authorization: 'Bearer not-the-token-at-all' } })).status).toBe(401);
  expect((await fetch(`${hub.url}/api/v1/stores`, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(401);
  expect((await hub.api('/metrics')).status).toBe(200);
  expect((await scrape()).get('holdfast_database_up')).toBe(1);
});

test('requests are counted by what they asked, and whoever guesses paths makes no series', async () => {
  await hub.api('/api/v1/stores');
  await hub.api('/api/v1/no-such-thing');
  await fetch(`${hub.url}/api/v1/guessed`);
  await expect.poll(async () => (await scrape()).get('holdfast_http_request_seconds_count{part="api/stores",status="200"}')).toBe(1);
  const parts = [...(await scrape()).keys()].join('\n');
  expect(parts).toContain('part="other",status="404"');
  expect(parts).not.toMatch(/guessed|no-such/);
  expect([partOf('/sync/v1/ledger?x', 200), partOf('/sync/v1/ledger', 401), partOf('/', 200)]).toEqual(['sync/ledger', 'other', 'other']);
});

test('a store is as silent and as far behind as the worst of its devices; what is revoked does not count', async () => {
  for (const store of ['north', 'south'])
    expect((await hub.post('/api/v1/stores', { store, name: store, currency: 'EUR', timeZone: 'UTC', taxInclusive: true })).status).toBe(
      201,
    );
  const [{ lsn } = { lsn: 0 }] = await hub.database.rows<{ lsn: number }>('SELECT lsn FROM tenant');
  await device('d-1', 'north', { last_seen_ms: NOW_MS - 5_000, waiting_entries: 3, held_lsn: lsn });
  await device('d-2', 'north', { last_seen_ms: NOW_MS - 90_000, waiting_entries: 4, held_lsn: lsn - 2 });
  await device('d-3', 'north', { last_seen_ms: 1, waiting_entries: 50, held_lsn: 0, gone: 'stolen' });
  await device('d-4', 'south', { last_seen_ms: null });
  const metrics = createMetrics({
    database: hub.database,
    tenantNo: 1,
    clock: { nowMs: () => NOW_MS },
    // It holds its socket open.
    aliveAtMs: (name) => (name === 'd-4' ? NOW_MS + 1 : undefined),
    logger: pino({ level: 'silent' }),
    batchesWaiting: () => 7,
  });
  const text = await metrics.text();
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'holdfast_store_devices{store="north"} 2',
      'holdfast_store_silent_seconds{store="north"} 90',
      'holdfast_store_waiting_entries{store="north"} 7',
      'holdfast_store_publications_behind{store="north"} 2',
      'holdfast_store_silent_seconds{store="south"} 0',
      'holdfast_store_publications_behind{store="south"} 0',
      'holdfast_ingest_batches_waiting 7',
    ]),
  );
});

test('what waits for a person is counted until somebody saw to it', async () => {
  for (const answeredAtMs of [null, 5])
    await hub.database.rows(
      `INSERT INTO conflict (tenant_no, store, type, key, rule, ours, raised_at_ms, answered_at_ms) VALUES (1, '1', 1, 'A', 'r', '{}', 0, $1)`,
      [answeredAtMs],
    );
  expect((await scrape()).get('holdfast_open_conflicts')).toBe(1);
});

test('a database that does not answer is said to be down, and nothing is said of what it would have told', async () => {
  const metrics = createMetrics({
    database: {
      ...hub.database,
      rows: async () => Promise.reject(new Error('away')),
      connections: () => ({ used: 10, idle: 0, waiting: 4 }),
    },
    tenantNo: 1,
    clock: { nowMs: () => NOW_MS },
    aliveAtMs: () => undefined,
    logger: pino({ level: 'silent' }),
    batchesWaiting: () => 2,
  });
  const lines = (await metrics.text()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'holdfast_database_up 0',
      'holdfast_set_aside_entries Nan',
      'holdfast_database_connections{state="waiting"} 4',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('holdfast_store_'))).toEqual([]);
});

test('rules and dashboard ask for figures that the hub gives, and each alert has its paragraph in the runbook', async () => {
  const given = new Set([...(await scrape()).keys()].map((key) => key.replace(/\{.*/, '')));
  // Of what labels have, no series stands before there is one.
  for (const name of [
    'store_devices',
    'store_silent_seconds',
    'store_waiting_entries',
    'store_publications_behind',
    'receipt_mails',
    'database_connections',
  ])
    given.add(`holdfast_${name}`);
  const rules = await readFile(new URL('holdfast.rules.yml', FOLDER), 'utf8');
  const dashboard = await readFile(new URL('holdfast-hub.dashboard.json', FOLDER), 'utf8');
  const asked = [...`${rules}${dashboard}`.matchAll(/\bholdfast_[a-z_]+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.filter((name) => !given.has(name))).toEqual([]);
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const runbook = await readFile(new URL('../RUNBOOK.md', FOLDER), 'utf8');
  const explained = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(8);
  expect(explained).toEqual(expect.arrayContaining(alerts));
  expect((JSON.parse(dashboard) as { panels: readonly object[] }).panels.length).toBeGreaterThan(8);
});
