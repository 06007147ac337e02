/** A stick, from a hub that answers as one does to the folder of a lane (SPEC: D-17). */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSigner, generateSigningKey, nodeHash } from '@holdfast/base/node';
import { bytesToHex, originPosition, signManifest } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

const HUB_EPOCH = '00000000000000aa';
const frames = [3, 5].map((salt) => Uint8Array.from({ length: 1_500 }, (_, at) => (at * salt) % 251));
const hashOf = (frame: Uint8Array): string => bytesToHex(nodeHash.sha256(frame));
const manifest = signManifest(createSigner(generateSigningKey()), 'default', {
  from: originPosition(HUB_EPOCH),
  to: { hubEpoch: HUB_EPOCH, lsn: 12, historyHash: '12'.repeat(32) },
  rebase: false,
  segments: frames.map((frame) => ({ hash: hashOf(frame), bytes: frame.length, cells: 1, entities: 1 })),
});
/** Damages what is fetched, on its way. */
const line = { isDamaged: false };
const server = createServer((request, response) => {
  if (request.url === '/api/v1/stores/7/snapshot') {
    response.setHeader('content-type', 'application/json');
    return void response.end(JSON.stringify(manifest));
  }
  const frame = frames.find((each) => request.url === `/api/v1/stores/7/segments/${hashOf(each)}`);
  if (frame === undefined) response.statusCode = 404;
  return void response.end(frame === undefined || line.isDamaged ? Buffer.from('no') : frame);
});
const folder = mkdtempSync(join(tmpdir(), 'holdfast-snapshot-'));
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function snapshot(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['snapshot', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}
const exported = (stick: string, ...more: readonly string[]) =>
  snapshot('export', stick, '--hub', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '--token', 't', '--store', '7', ...more);

test('what the hub gives lies in the lane’s folder afterwards, byte by byte', async () => {
  const [stick, lane] = [join(folder, 'stick'), join(folder, 'lane')];
  const told = await exported(stick, '--json');
  expect(JSON.parse(told.out)).toEqual({ type: 'snapshot', what: 'export', lsn: 12, segments: 2, bytes: 3_000 });
  const taken = await snapshot('import', stick, '--data', lane);
  expect(taken).toMatchObject({ code: EXIT.done, out: 'Imported publication 12: 2 segments, 3000 bytes.\n' });
  expect(
    readdirSync(join(lane, 'down'))
      .filter((name) => name.endsWith('.segment'))
      .sort(),
  ).toEqual(frames.map((frame) => `${hashOf(frame)}.segment`).sort());
});

test('a damaged download is no snapshot, nor is a damaged stick', async () => {
  const stick = join(folder, 'damaged');
  line.isDamaged = true;
  expect(await exported(stick)).toMatchObject({ code: EXIT.failed });
  line.isDamaged = false;
  expect((await snapshot('import', stick, '--data', join(folder, 'none'))).err).toContain('holds no snapshot');
  await exported(stick);
  writeFileSync(join(stick, `${hashOf(frames[0] ?? new Uint8Array())}.segment`), 'torn');
  const refused = await snapshot('import', stick, '--data', join(folder, 'none'));
  expect(refused.code).toBe(EXIT.failed);
  expect(refused.err).toContain('is not whole');
  expect(await snapshot('eat', stick)).toMatchObject({ code: EXIT.usage });
});
