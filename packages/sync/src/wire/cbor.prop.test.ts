import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { cborValue } from '../testing/arbitraries.ts';
import { bytesToHex } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';

const numRuns = process.env['HOLDFAST_SOAK'] === '1' ? 20_000 : 500;

test('L-1: every value comes back as itself, from one spelling', () => {
  fc.assert(
    fc.property(cborValue, (value) => {
      const bytes = encodeCbor(value);
      const decoded = decodeCbor(bytes);
      expect(decoded).toEqual({ ok: true, value });
    }),
    { numRuns },
  );
});

test('L-1: whatever bytes decode are the one encoding of what they decode to', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(cborValue, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
      const bytes = encodeCbor(value);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const decoded = decodeCbor(bytes);
      expect(decoded.ok ? bytesToHex(encodeCbor(decoded.value)) : bytesToHex(bytes)).toBe(bytesToHex(bytes));
    }),
    { numRuns: numRuns * 4 },
  );
});
