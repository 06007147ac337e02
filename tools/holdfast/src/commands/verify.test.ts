/** Checkpoints that were kept elsewhere, held against a hub that answers as one does (SPEC: ). */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import type { Checkpoints } from '../hub-api.ts';
import { runCommandLine } from '../main.ts';

const EPOCH = '00112233445566aa';
const head = (device: string, seq: number) => ({ device, epoch: EPOCH, seq, hash: String(seq).padStart(64, '0') });
const checkpoint = (number: number, seq: number) => ({
  store: '1',
  number,
  atMs: 1,
  heads: [head('lane-1', seq)],
  signature: 'ab'.repeat(64),
});
type Checkpoint = Checkpoints['checkpoints'][number];

/** A hub that holds some entries of one lane, and has signed some checkpoints. */
const held = { seq: 9, signed: new Set<number>(), chainWhole: true };
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    // A journal: its head, and then each entry by itself.
    if (request.url?.startsWith('/journal') === true) {
      const lines = Array.from({ length: left.entries }, (_, index) => ({ epoch: LEFT, seq: index + 1, hash: hashAt(index + 1) }));
      return response.end([{ format: 'holdfast journal' }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
    return response.end(JSON.stringify(answerTo(request.url ?? '', Buffer.concat(parts).toString())));
  });
});

/** A till that has left an epoch: its own hashes there, of which the hub holds the first ones alone. */
const left = { entries: 0, common: 0, asked: 0 };
const LEFT = '00112233445566bb';
const hashAt = (seq: number): string => seq.toString(16).padStart(64, '0');

function answerTo(path: string, body: string): unknown {
  if (path === '/verify') {
    const totalsByCurrency = [{ currency: 'EUR', totalMinor: 100 }];
    const grows = { epoch: EPOCH, seq: held.seq, headHash: 'aa', sales: held.seq, totalsByCurrency, chainWhole: true };
    const hash = hashAt(left.entries);
    const behind = { epoch: LEFT, seq: left.entries, headHash: hash, sales: 0, totalsByCurrency: [], chainWhole: true };
    const epochs = [{ ...behind, runs: [{ from: 1, to: left.entries, hash }] }, grows];
    return { device: 'lane-1', epochs, waitingEntries: 0, waitingSales: 0, position: { hubEpoch: 'h', lsn: 1 }, items: 1 };
  }
  if (path === '/api/v1/entries/held') {
    left.asked += 1;
    const { entries } = JSON.parse(body) as { entries: readonly { seq: number; hash: string }[] };
    const on = ({ seq, hash }: { seq: number; hash: string }): string => (hash === hashAt(seq) && seq <= left.common ? 'mainLine' : 'none');
    return { entries: entries.map((entry) => ({ on: on(entry), from: null, isLast: false })) };
  }
  if (path === '/api/v1/checkpoints') return { tenant: 'default', checkpoints: [checkpoint(3, held.seq)] };
  if (path === '/api/v1/checkpoints/check') {
    const { number, heads } = JSON.parse(body) as Checkpoint;
    return { signed: held.signed.has(number), heads: heads.length, lost: heads.filter(({ seq }) => seq > held.seq) };
  }
  const epoch = { epoch: EPOCH, seq: held.seq, headHash: 'aa', chainWhole: held.chainWhole, headSigned: true, sales: held.seq, gaps: [] };
  const totalsByCurrency = [{ currency: 'EUR', totalMinor: 100 }];
  return {
    devices: [
      {
        device: 'lane-1',
        store: '1',
        lane: 1,
        epochs: [
          ...(left.entries > 0 ? [{ ...epoch, epoch: LEFT, seq: left.common + 1, headHash: 'bb', sales: 0, totalsByCurrency: [] }] : []),
          { ...epoch, totalsByCurrency },
        ],
        setAside: 0,
        branches: 0,
      },
    ],
    totals: { sales: held.seq, byCurrency: totalsByCurrency },
    projectionsEqualLedger: true,
    problems: [],
  };
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-verify-'));
let url: string;
beforeEach(async () => {
  Object.assign(held, { seq: 9, signed: new Set([1, 2]), chainWhole: true });
  Object.assign(left, { entries: 0, common: 0, asked: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function verify(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['verify', '--hub', url, '--token', 't', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

function kept(name: string, ...checkpoints: readonly Checkpoint[]): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ tenant: 'default', checkpoints }));
  return file;
}

test('A-5: a hub that holds all that it signed is proven; in JSON each checkpoint that was shown is named', async () => {
  const [old, newer] = [kept('old.json', checkpoint(1, 4)), kept('newer.json', checkpoint(2, 9))];
  const told = await verify('--checkpoint', old, '--checkpoint', newer);
  expect(told.code).toBe(EXIT.done);
  expect(told.out).toContain('No ledger was cut short since those checkpoints were signed.');
  const json = await verify('--checkpoint', old, '--checkpoint', newer, '--json');
  expect(json.code).toBe(EXIT.done);
  expect(JSON.parse(json.out)).toMatchObject({
    type: 'verification',
    proven: true,
    problems: [],
    checkpoints: [
      { store: '1', number: 1, signed: true, lost: [] },
      { store: '1', number: 2, signed: true, lost: [] },
    ],
  });
});

test('A-5: a ledger that was cut short is named, by entry and checkpoint, and nothing is proven', async () => {
  const file = kept('cut.json', checkpoint(2, 9));
  held.seq = 7;
  const { code, out } = await verify('--checkpoint', file);
  expect(code).toBe(EXIT.failed);
  expect(out).toContain(`lane-1 ${EPOCH}: entry 9, of checkpoint 2 of store 1, is not held any more: the ledger was cut short`);
  expect(out).toContain('Not proven equal.');
  expect(out).not.toContain('No ledger was cut short');
  const json = await verify('--checkpoint', file, '--json');
  expect(json.code).toBe(EXIT.failed);
  // One line, whatever was found.
  expect(json.out.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(json.out)).toMatchObject({ proven: false, checkpoints: [{ number: 2, signed: true, lost: [head('lane-1', 9)] }] });
});

test('a checkpoint that this hub never signed proves nothing for it', async () => {
  const { code, out } = await verify('--checkpoint', kept('foreign.json', checkpoint(8, 1)));
  expect(code).toBe(EXIT.failed);
  expect(out).toContain('checkpoint 8 of store 1: this hub never signed it');
});

test('a hub whose chain is broken is not proven by whole checkpoints', async () => {
  held.chainWhole = false;
  const { code, out } = await verify('--checkpoint', kept('whole.json', checkpoint(1, 4)), '--json');
  expect(code).toBe(EXIT.failed);
  expect(JSON.parse(out)).toMatchObject({ proven: false, checkpoints: [{ signed: true, lost: [] }] });
});

test('A-4: today’s checkpoints are saved as they are checked; a file that holds none is refused before anything is asked', async () => {
  const file = join(folder, 'saved.json');
  expect((await verify('--save-checkpoint', file)).code).toBe(EXIT.done);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ tenant: 'default', checkpoints: [checkpoint(3, 9)] });
  held.signed.add(3);
  expect((await verify('--checkpoint', file)).code).toBe(EXIT.done);
  writeFileSync(file, '{"checkpoints":1}');
  const { code, err } = await verify('--checkpoint', file);
  expect(code).toBe(EXIT.failed);
  expect(err).toContain('holds no checkpoints');
});

test.each([
  [1, 0],
  [2, 1],
  [1_001, 1_000],
  [4_321, 17],
  [4_321, 4_320],
])(
  'of %i entries of a left epoch of which the hub has the first %i it names the very ones that it cannot prove, by few questions',
  async (entries, common) => {
    Object.assign(left, { entries, common, asked: 0 });
    const data = mkdtempSync(join(folder, 'till-'));
    writeFileSync(join(data, 'till.json'), JSON.stringify({ url, secret: 's', pid: 1 }));
    const { code, out } = await verify('--till', data, '--json');
    expect(code).toBe(EXIT.failed);
    const { epochs } = JSON.parse(out) as { epochs: readonly { epoch: string; problems: readonly string[] }[] };
    expect(epochs.find(({ epoch }) => epoch === LEFT)?.problems).toContain(
      `entries ${common + 1} to ${entries} are in no history that the hub holds`,
    );
    expect(epochs.find(({ epoch }) => epoch === EPOCH)?.problems).toEqual([]);
    expect(left.asked).toBeLessThan(5);
  },
);
