import fc from 'fast-check';
import { expect, test } from 'vitest';

import { PORTS, SIGNER } from '../testing/fixtures.ts';
import { bytesToBase64, bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { signManifest, verifyManifest, type Manifest } from '../wire/protocol.ts';
import { decodeManifest, encodeManifest } from './manifest-bytes.ts';

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(bytesToHex);
const positions = fc.record({ hubEpoch: hex(8), lsn: fc.integer({ min: 0, max: 2 ** 40 - 1 }), historyHash: hex(32) });
const refs = fc.record(
  { hash: hex(32), bytes: fc.nat(), cells: fc.nat(), entities: fc.nat(), frame: fc.uint8Array({ maxLength: 60 }).map(bytesToBase64) },
  { requiredKeys: ['hash', 'bytes', 'cells', 'entities'] },
);
const segments = fc.array(refs, { maxLength: 4 });
const manifests = fc.record(
  { from: positions, to: positions, rebase: fc.boolean(), segments, urgent: fc.record({ lsn: fc.nat(), segments }), minReader: fc.nat() },
  { requiredKeys: ['from', 'to', 'rebase', 'segments'] },
);

test('D-12: a manifest comes back from its bytes, whatever it says, and its signature with it', () => {
  fc.assert(
    fc.property(manifests, positions, fc.boolean(), (unsigned, other, isShown) => {
      const manifest = signManifest(SIGNER, 'default', unsigned);
      const shown = isShown ? unsigned.from : other;
      const read = decodeManifest(encodeManifest(manifest, shown), shown);
      expect(read).toEqual({ ok: true, value: manifest });
      expect(read.ok && verifyManifest(PORTS.verifier, bytesToHex(SIGNER.publicKey), 'default', read.value)).toBe(true);
    }),
  );
});

const POSITION = { hubEpoch: '00112233445566aa', lsn: 4, historyHash: 'ab'.repeat(32) };
const MANIFEST: Manifest = signManifest(SIGNER, 'default', {
  from: POSITION,
  to: { ...POSITION, lsn: 9 },
  rebase: false,
  segments: [{ hash: 'cd'.repeat(32), bytes: 3, cells: 7, entities: 2, frame: bytesToBase64(hexToBytes('010203')) }],
});

test('D-12: bytes that were changed or end early are no manifest, or one whose signature or frame does not hold', () => {
  const bytes = encodeManifest(MANIFEST, POSITION);
  expect(bytes.length).toBeLessThan(200);
  const holds = (changed: Uint8Array): boolean => {
    const read = decodeManifest(changed, POSITION);
    if (!read.ok || !verifyManifest(PORTS.verifier, bytesToHex(SIGNER.publicKey), 'default', read.value)) return false;
    return JSON.stringify(read.value.segments) === JSON.stringify(MANIFEST.segments);
  };
  expect(holds(bytes)).toBe(true);
  for (let at = 0; at < bytes.length; at += 1) {
    expect(holds(bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8)))), `byte ${at}`).toBe(false);
    expect(holds(bytes.subarray(0, at)), `${at} bytes`).toBe(false);
  }
});
