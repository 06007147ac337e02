import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeHash } from '@holdfast/base/node';
import { bytesToHex, chainEntry, createSchemas, genesisHead, journalEntryLine, journalHeadLine } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

const SCHEMAS = createSchemas([{ kind: 1, name: 'note', columns: [{ number: 1, name: 'what', type: 'text' }] }]);
const signer = createSigner(generateSigningKey());
const KEY = bytesToHex(signer.publicKey);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-journal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = (() => {
  let head = genesisHead('lane-1', '00112233445566aa', null);
  const entries = ['a', 'b', 'c', 'd'].map((what, index) => {
    const entry = chainEntry(
      nodeHash,
      head,
      { kind: 1, wallMs: index, clockUncertaintyMs: 0, hubOffsetMs: null, fields: { what } },
      SCHEMAS,
    );
    head = { ...entry.id, hash: entry.hash };
    return entry;
  });
  const [first, last] = [entries[0], entries.at(-1)];
  assert(first !== undefined && last !== undefined, 'there are entries');
  const range = {
    epoch: first.id.epoch,
    firstSeq: 1,
    previousHash: bytesToHex(first.previousHash),
    lastSeq: 4,
    lastHash: bytesToHex(last.hash),
  };
  const journal = { device: 'lane-1', store: '7', lane: 3, exportedAtMs: 1_764_000_000_000, kinds: [...SCHEMAS.values()], ranges: [range] };
  return [journalHeadLine(journal, signer), ...entries.map((entry) => journalEntryLine(entry, SCHEMAS))];
})();

async function verify(
  lines: readonly string[],
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const file = join(folder, 'journal.ndjson');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return run('journal', file, ...(flags.length > 0 ? flags : ['--key', KEY]));
}

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['verify', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('a journal as it was exported is whole', async () => {
  expect(await verify(LINES)).toMatchObject({
    code: EXIT.done,
    out: 'Store 7, lane 3, exported 2025-11-24T16:00:00.000Z.\nEntries 1 to 4 of epoch 00112233445566aa.\nWhole: 4 entries, each as the lane wrote it.\n',
  });
  expect(JSON.parse((await verify(LINES, '--key', KEY, '--json')).out)).toEqual({ type: 'journal', whole: true, entries: 4, problems: [] });
});

test.each<readonly [string, readonly string[], RegExp]>([
  ['edited', LINES.with(2, (LINES[2] ?? '').replace('"b"', '"B"')), /entry 2 \(line 3\) was altered: what stands beside the bytes/],
  ['deleted', LINES.toSpliced(2, 1), /entry 2 is missing\./],
  ['cut off', LINES.slice(0, 3), /entries 3 to 4 are missing, cut off at the end/],
  ['moved', LINES.with(2, LINES[3] ?? '').with(3, LINES[2] ?? ''), /entry 3 stands at line 3, out of its order|entry 2 stands at line 4/],
  ['repeated', [...LINES, LINES[4] ?? ''], /Line 6: entry 4 of 00112233445566aa stands there twice/],
  [
    'another head',
    LINES.with(0, (LINES[0] ?? '').replace('"store":"7"', '"store":"8"')),
    /Line 1: the signature over the first line is not of this key/,
  ],
])('what was %s is named', async (_what, lines, words) => {
  const { code, out } = await verify(lines);
  expect([code, out]).toEqual([EXIT.failed, expect.stringMatching(words)]);
});

test('the command line says what is wrong with it', async () => {
  expect((await verify(LINES, '--key', 'abc')).code).toBe(EXIT.usage);
  expect((await run('journal', join(folder, 'nowhere'), '--key', KEY)).code).toBe(EXIT.failed);
  expect((await run('ledger', 'file', '--key', KEY)).code).toBe(EXIT.usage);
  expect((await run('journal', 'file')).code).toBe(EXIT.usage);
});
