/** A lane that is killed again and again while its first catalogue comes, or its backlog goes: real processes, a real disk, real HTTP. The hub gives a little in each life, and then nothing more until the lane is gone. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import { createSigner, generateSigningKey } from '@holdfast/base/node';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';

import { createSqliteStore, SYNC_MIGRATIONS } from '../adapters/sqlite.ts';
import { MANIFEST_CONTENT_TYPE, encodeManifest } from '../down/manifest-bytes.ts';
import type { Identity } from '../store.ts';
import { PORTS, seeded } from '../testing/fixtures.ts';
import { createModelHub, type ModelHub } from '../testing/model-hub.ts';
import { generatedSales, SALE_SCHEMAS } from '../testing/sales.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { BEHIND_HEADER, PATHS, type ManifestRequest } from '../wire/protocol.ts';

const LANE = fileURLToPath(new URL('../testing/mortal-lane.ts', import.meta.url));
const SIGNING_KEY = generateSigningKey();
const LIVES = 2;
const SALES = 250;
const PATIENCE_MS = 60_000;

const next = seeded(5);
const goods = Array.from({ length: 3_000 }, (_, n) => ({ key: `K${n}`, name: `Name ${Math.floor(next() * 1e9)}` }));

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Of each segment so many bytes at most are given to one who asks; then silence. */
function serve(hub: ModelHub, token: string) {
  const given = {
    manifests: 0,
    ranges: [] as { readonly hash: string; readonly from: number; readonly to: number }[],
    mostBytes: Infinity,
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === PATHS.manifest) {
      given.manifests += 1;
      const asked = JSON.parse(String(await bodyOf(request))) as ManifestRequest;
      const manifest = hub.postManifest(token, asked);
      assert(manifest.ok, 'a manifest');
      response.setHeader('Content-Type', MANIFEST_CONTENT_TYPE);
      response.end(encodeManifest(manifest.value, asked.position));
      return;
    }
    const hash = request.url?.startsWith(`${PATHS.segments}/`) === true ? request.url.slice(PATHS.segments.length + 1) : '';
    const frame = hub.getSegment(hash);
    if (!frame.ok) {
      response.writeHead(503, { 'Retry-After': '60' }).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const to = Math.min(frame.value.length, from + given.mostBytes);
    given.ranges.push({ hash, from, to });
    const headers = {
      'Content-Length': frame.value.length - from,
      'Content-Range': `bytes ${from}-${frame.value.length - 1}/${frame.value.length}`,
    };
    response.writeHead(from > 0 ? 206 : 200, headers).write(frame.value.subarray(from, to));
    if (to === frame.value.length) response.end();
  };
  const server = createServer((request, response) => void answer(request, response));
  return { server, given };
}

/** Of each batch so many bytes are taken of one who sends; then the connection, and the one who sent, are gone. */
function take(hub: ModelHub, onTorn: () => void) {
  const state = { held: Buffer.alloc(0), behind: [] as number[], mostBytes: Infinity, bytes: 0 };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url !== PATHS.ledger) return void response.writeHead(503, { 'Retry-After': '60' }).end();
    if (request.method === 'GET')
      return void response.end(JSON.stringify({ bytes: state.held.length, hash: bytesToHex(PORTS.hash.sha256(state.held)) }));
    const behind = Number(request.headers[BEHIND_HEADER.toLowerCase()] ?? 0);
    state.behind.push(behind);
    const body = await bodyOf(request);
    const came = body.subarray(0, state.mostBytes);
    state.bytes += came.length;
    state.held = Buffer.concat([state.held.subarray(0, behind), came]);
    if (came.length < body.length) {
      onTorn();
      return void request.socket.destroy();
    }
    const answered = hub.postLedger('token of device-1', state.held);
    assert(answered.ok, 'a batch as it was sent');
    state.held = Buffer.alloc(0);
    response.end(JSON.stringify(answered.value));
  };
  return { server: createServer((request, response) => void answer(request, response)), state };
}

function newLane(folder: string, identity: Identity) {
  const database = new Database(join(folder, 'lane.db'));
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  const store = createSqliteStore(database, { schemas: SALE_SCHEMAS, hash: PORTS.hash });
  store.enrol(identity, '00112233445566aa');
  return { database, store };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Ends by itself at this LSN, or once all is sent. */
const live = (folder: string, url: string, end: string): ChildProcess =>
  fork(LANE, [folder, url, end, bytesToHex(SIGNING_KEY)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

/** Resolves with its exit code; null: it was killed. */
const endOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));

async function until(what: string, isThere: () => boolean): Promise<void> {
  for (const endMs = performance.now() + PATIENCE_MS; !isThere();) {
    assert(performance.now() < endMs, `${what} within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const bytesIn = (folder: string): number => {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
};

test(
  'U-24: over lives that end in the middle of a batch a backlog arrives all the same, each byte of it once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mortal-'));
    const hub = createModelHub(6);
    const { database, store } = newLane(folder, hub.enrol('device-1', createSigner(SIGNING_KEY).publicKey));
    database.transaction(() => {
      for (const sale of generatedSales(SALES, 11)) store.append(sale);
    })();
    database.close();
    let lane: ChildProcess | null = null;
    const { server, state } = take(hub, () => lane?.kill('SIGKILL'));
    const url = await listen(server);
    try {
      state.mostBytes = 1_000;
      for (let life = 1; life <= LIVES; life += 1) {
        lane = live(folder, url, 'sent');
        expect(await endOf(lane)).toBeNull();
      }
      state.mostBytes = Infinity;
      expect(await endOf(live(folder, url, 'sent'))).toBe(0);
    } finally {
      await close(server);
    }
    expect(state.behind).toEqual(Array.from({ length: LIVES + 1 }, (_, life) => life * 1_000));
    expect(hub.mainEntries('device-1')).toHaveLength(SALES);
    rmSync(folder, { recursive: true });
  },
  3 * PATIENCE_MS,
);

test(
  'D-11: over lives that end before any segment is whole the catalogue comes all the same, each byte of it once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mortal-'));
    const hub = createModelHub(512, { frameBytes: 36_000 });
    hub.publish(goods);
    const identity = hub.enrol('device-1', createSigner(SIGNING_KEY).publicKey);
    newLane(folder, identity).database.close();
    const { server, given } = serve(hub, identity.token);
    const url = await listen(server);
    const lsn = String(hub.position().lsn);
    try {
      given.mostBytes = 1_500;
      for (let life = 1; life <= LIVES; life += 1) {
        const child = live(folder, url, lsn);
        // Two segments come at a time, and neither to its end.
        await until('what was given is on its disk', () => bytesIn(join(folder, 'parts')) === 2 * life * given.mostBytes);
        child.kill('SIGKILL');
        expect(await endOf(child)).toBeNull();
      }
      given.mostBytes = Infinity;
      expect(await endOf(live(folder, url, lsn))).toBe(0);
    } finally {
      await close(server);
    }
    const hashes = [...new Set(given.ranges.map(({ hash }) => hash))];
    expect(hashes.length).toBeGreaterThan(2);
    for (const hash of hashes) {
      const ranges = given.ranges.filter((range) => range.hash === hash);
      const frame = hub.getSegment(hash);
      expect(ranges.map(({ from }) => from)).toEqual([0, ...ranges.slice(0, -1).map(({ to }) => to)]);
      expect(ranges.at(-1)?.to).toBe(frame.ok && frame.value.length);
    }
    expect(given.manifests).toBe(1);
    const after = new Database(join(folder, 'lane.db'));
    const store = createSqliteStore(after, { schemas: SALE_SCHEMAS, hash: PORTS.hash });
    expect(new Map(store.readPrefix(1, '', store.cut().at, 10_000).map(({ key, fields }) => [key, fields.get(1)]))).toEqual(
      hub.stateAt(hub.position()),
    );
    after.close();
    rmSync(folder, { recursive: true });
  },
  3 * PATIENCE_MS,
);
