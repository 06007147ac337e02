/** A lane that is killed again and again while its first catalogue comes: real processes, a real disk, real HTTP. The hub gives a little in each life, and then nothing more until the lane is gone. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';

import { createSqliteStore, SYNC_MIGRATIONS } from './adapters/sqlite.ts';
import { MANIFEST_CONTENT_TYPE, encodeManifest } from './manifest-bytes.ts';
import { PATHS, type ManifestRequest } from './protocol.ts';
import { OTHER_SIGNER, PORTS, SCHEMAS, seeded } from './testing/fixtures.ts';
import { createModelHub, type ModelHub } from './testing/model-hub.ts';

const LANE = fileURLToPath(new URL('testing/mortal-lane.ts', import.meta.url));
const LIVES = 3;
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
  'D-11: over lives that end before any segment is whole the catalogue comes all the same, each byte of it once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mortal-'));
    const hub = createModelHub(512, { frameBytes: 12_000 });
    hub.publish(goods);
    const identity = hub.enrol('device-1', OTHER_SIGNER.publicKey);
    const open = () => new Database(join(folder, 'lane.db'));
    const made = open();
    for (const migration of SYNC_MIGRATIONS) made.exec(migration.sql);
    createSqliteStore(made, { schemas: SCHEMAS, hash: PORTS.hash }).enrol(identity, '00112233445566aa');
    made.close();
    const { server, given } = serve(hub, identity.token);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const live = () => fork(LANE, [folder, url, String(hub.position().lsn)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    try {
      given.mostBytes = 1_500;
      for (let life = 1; life <= LIVES; life += 1) {
        const child = live();
        // Two segments come at a time, and neither to its end.
        await until('what was given is on its disk', () => bytesIn(join(folder, 'parts')) === 2 * life * given.mostBytes);
        child.kill('SIGKILL');
        expect(await endOf(child)).toBeNull();
      }
      given.mostBytes = Infinity;
      expect(await endOf(live())).toBe(0);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
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
    const after = open();
    const store = createSqliteStore(after, { schemas: SCHEMAS, hash: PORTS.hash });
    expect(new Map(store.readPrefix(1, '', store.cut().at, 10_000).map(({ key, fields }) => [key, fields.get(1)]))).toEqual(
      hub.stateAt(hub.position()),
    );
    after.close();
    rmSync(folder, { recursive: true });
  },
  3 * PATIENCE_MS,
);
