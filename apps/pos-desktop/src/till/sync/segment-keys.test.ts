import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { err, ok } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { keyNameOf, segmentKeyOf } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openSegmentKeys } from './segment-keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = segmentKeyOf(nodeHash, new Uint8Array(32).fill(1), 'default', 'store:1');
const NAME = keyNameOf(nodeHash, KEY);
const ANSWER = ok({ value: { keys: [{ scope: 'store:1', key: KEY }] } });

test('S-2: keys are asked for one question at a time, and kept over a restart where only their owner reads', async () => {
  const keys = openSegmentKeys(folder);
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return ANSWER;
  };
  expect(keys.named(NAME)).toBeUndefined();
  keys.fetch(ask);
  keys.fetch(ask);
  await expect.poll(() => keys.named(NAME)).toEqual(KEY);
  expect(asked).toBe(1);
  expect(statSync(join(folder, 'segment-keys.json')).mode & 0o777).toBe(0o600);
  expect(openSegmentKeys(folder).named(NAME)).toEqual(KEY);
});

test('S-2: what came with the enrolment is kept as what was asked for is', () => {
  const keys = openSegmentKeys(folder);
  keys.keep(ANSWER.value.value);
  expect([keys.named(NAME), openSegmentKeys(folder).named(NAME)]).toEqual([KEY, KEY]);
  expect(statSync(join(folder, 'segment-keys.json')).mode & 0o777).toBe(0o600);
});

test('S-2: a hub that does not answer is asked again, and a file that says nothing is none', async () => {
  writeFileSync(join(folder, 'segment-keys.json'), 'nothing');
  const keys = openSegmentKeys(folder);
  expect(keys.named(NAME)).toBeUndefined();
  const answers = [undefined, err({ type: 'unreachable' }), ANSWER];
  const hear = (): Uint8Array | undefined => {
    keys.fetch(async () => answers.shift());
    return keys.named(NAME);
  };
  await expect.poll(hear).toEqual(KEY);
});
