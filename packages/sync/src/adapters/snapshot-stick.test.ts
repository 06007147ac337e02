import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { originPosition } from '../store.ts';
import { PORTS, SIGNER } from '../testing/fixtures.ts';
import { bytesToBase64, bytesToHex } from '../wire/bytes.ts';
import { signManifest, type SegmentRef } from '../wire/protocol.ts';
import { createDownCache } from './down-cache.ts';
import { copySnapshot } from './snapshot-stick.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-stick-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HUB_EPOCH = '00000000000000aa';
const at = (lsn: number) => ({ hubEpoch: HUB_EPOCH, lsn, historyHash: String(lsn).padStart(64, '0') });
const frameOf = (salt: number): Uint8Array => Uint8Array.from({ length: 2_000 }, (_, index) => (index * salt) % 251);
const hashOf = (frame: Uint8Array): string => bytesToHex(PORTS.hash.sha256(frame));
const refOf = (salt: number, ridesAlong = false): SegmentRef => {
  const frame = frameOf(salt);
  return { hash: hashOf(frame), bytes: frame.length, cells: 1, entities: 1, ...(ridesAlong && { frame: bytesToBase64(frame) }) };
};
let sticks = 0;
function stickOf(to: number, segments: readonly SegmentRef[], from = originPosition(HUB_EPOCH)) {
  const path = join(folder, `stick-${(sticks += 1)}`);
  const cache = createDownCache({ folder: path, hash: PORTS.hash });
  cache.keepManifest(signManifest(SIGNER, 'default', { from, to: at(to), rebase: false, segments }));
  return { path, keep: (salt: number) => cache.keepFrame(hashOf(frameOf(salt)), frameOf(salt)) };
}
const laneFolder = (): string => join(folder, `lane-${(sticks += 1)}`, 'down');

test('D-17: the newest snapshot is copied whole; what rides along in it needs no file', () => {
  const stick = stickOf(3, [refOf(1), refOf(2), refOf(5, true)]);
  for (const salt of [1, 2]) stick.keep(salt);
  const lane = laneFolder();
  expect(copySnapshot(stick.path, lane, PORTS)).toEqual({ ok: true, value: { lsn: 3, segments: 2, bytes: 4_000 } });
  const cache = createDownCache({ folder: lane, hash: PORTS.hash });
  expect(cache.manifestFrom(originPosition(HUB_EPOCH))?.to).toEqual(at(3));
  expect(cache.frame(hashOf(frameOf(2)))).toEqual(frameOf(2));
  // Once more changes nothing.
  expect(copySnapshot(stick.path, lane, PORTS)).toMatchObject({ ok: true });
});

test('D-17: of a stick that is not whole nothing is taken', () => {
  const stick = stickOf(3, [refOf(1), refOf(2)]);
  stick.keep(1);
  const lane = laneFolder();
  const missing = { ok: false, error: { type: 'incomplete', hash: hashOf(frameOf(2)) } };
  expect(copySnapshot(stick.path, lane, PORTS)).toEqual(missing);
  writeFileSync(join(stick.path, `${hashOf(frameOf(2))}.segment`), frameOf(2).subarray(0, 700));
  expect(copySnapshot(stick.path, lane, PORTS)).toEqual(missing);
  expect(() => readdirSync(lane)).toThrow(/ENOENT/);
});

test('a folder without a first catalogue is no stick', () => {
  const later = stickOf(5, [], at(4));
  for (const path of [later.path, join(folder, 'nowhere')])
    expect(copySnapshot(path, laneFolder(), PORTS)).toEqual({ ok: false, error: { type: 'nothingThere' } });
});
