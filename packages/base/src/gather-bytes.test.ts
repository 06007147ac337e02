import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { assert } from './assert.ts';
import { gatherBytes } from './gather-bytes.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('globalThis.gc');

/** What is alive. */
function heldBytes(): number {
  assert(typeof collect === 'function', 'a collector');
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('pieces are joined in their order, whatever their sizes; what was read does not change', () => {
  const body = gatherBytes();
  expect(body.bytes()).toEqual(new Uint8Array());
  body.add(new Uint8Array());
  body.add(Uint8Array.of(1, 2));
  const first = body.bytes();
  body.add(new Uint8Array());
  body.add(new Uint8Array(10_000).fill(3));
  for (let byte = 0; byte < 20_000; byte += 1) body.add(Uint8Array.of(byte % 256));
  const expected = Uint8Array.from({ length: 30_002 }, (_, at) => (at < 2 ? at + 1 : at < 10_002 ? 3 : (at - 10_002) % 256));
  expect(Buffer.compare(body.bytes(), expected)).toBe(0);
  expect([body.length, first]).toEqual([30_002, Uint8Array.of(1, 2)]);
});

test('a million pieces of a byte take no more than a few million bytes', () => {
  const packet = Buffer.alloc(65_536);
  const before = heldBytes();
  const body = gatherBytes();
  for (let at = 0; at < 2 ** 20; at += 1) body.add(packet.subarray(at % 65_536, (at % 65_536) + 1));
  expect(heldBytes() - before).toBeLessThan(4 * 2 ** 20);
  expect(body.length).toBe(2 ** 20);
});
