import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS, type LedgerHeader } from '../ledger/ledger.ts';
import {
  isSigned,
  parseSignature,
  readSignatureEntry,
  SIGNATURE_HOWS,
  SIGNATURE_MAX,
  signatureEntry,
  signatureText,
  type SignatureStroke,
} from './signature.ts';

const HEADER: LedgerHeader = { businessDate: '2026-03-14', shift: 7, drawer: '1', operator: 'kim', training: false };
/** As a finger draws: small steps. */
const wave = (points: number, from = 0): SignatureStroke =>
  Array.from({ length: points }, (_, index) => ({ x: (from + index * 2) % SIGNATURE_MAX.width, y: 60 + (index % 20) }));

test('a name of four hundred points is a kilobyte at most, and comes back as it was drawn', () => {
  const strokes = [wave(250), wave(100, 300), [{ x: 399, y: 159 }]];
  const text = signatureText(strokes);
  expect(text.length / 2).toBeLessThan(1_024);
  expect(parseSignature(text)).toEqual(strokes);
});

test('one stroke, or as many as there may be, is a signature', () => {
  expect(isSigned([wave(50)])).toBe(true);
  expect(isSigned(Array.from({ length: SIGNATURE_MAX.strokes }, () => wave(5)))).toBe(true);
});

test.each([
  ['nothing', []],
  ['a dot', [[{ x: 5, y: 5 }]]],
  [
    'a touch that slipped',
    [
      [
        { x: 5, y: 5 },
        { x: 20, y: 20 },
      ],
    ],
  ],
  ['a stroke of nothing', [wave(50), []]],
  ['a point beside the grid', [[...wave(50), { x: SIGNATURE_MAX.width, y: 0 }]]],
  ['half a point', [[...wave(50), { x: 0.5, y: 0 }]]],
  ['more strokes than anybody makes', Array.from({ length: SIGNATURE_MAX.strokes + 1 }, () => wave(5))],
  ['more than it may be', [wave(2_000)]],
] satisfies readonly [string, readonly SignatureStroke[]][])('%s is no signature', (_name, strokes) => {
  expect(isSigned(strokes)).toBe(false);
  const isWhole = strokes.every((stroke) => stroke.every(({ x }) => Number.isInteger(x)));
  expect(isWhole ? parseSignature(signatureText(strokes)) : undefined).toBeUndefined();
});

describe('what is no text of one is refused', () => {
  test.each(['', '0', 'zz', '01', '0100', 'ffffffff', 'AB', `${'80'.repeat(4)}01`, '00'.repeat(SIGNATURE_MAX.bytes + 1)])('%s', (text) => {
    expect(parseSignature(text)).toBeUndefined();
  });
});

test('whatever is signed comes back, and whatever comes over the wire is either signed or refused', () => {
  const point = fc.record({ x: fc.integer({ min: 0, max: 399 }), y: fc.integer({ min: 0, max: 159 }) });
  fc.assert(
    fc.property(fc.array(fc.array(point, { minLength: 1, maxLength: 40 }), { maxLength: 12 }), (strokes) => {
      expect(parseSignature(signatureText(strokes))).toEqual(isSigned(strokes) ? strokes : undefined);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const strokes = parseSignature(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
      expect(strokes === undefined || isSigned(strokes)).toBe(true);
    }),
  );
});

test('an entry is read back as it was written; one that says nothing sensible is named', () => {
  for (const how of SIGNATURE_HOWS) {
    const said = { receiptNumber: '1-abcd-000001', tender: 1, currency: 'EUR', amountMinor: 500, how };
    expect(readSignatureEntry(signatureEntry(HEADER, said).fields)).toEqual({ ok: true, value: said });
  }
  const seal = { keyName: '2026', sealed: Uint8Array.of(1, 2) };
  const drawn = { receiptNumber: 'r', tender: 2, currency: 'EUR', amountMinor: 1, how: 'drawn', seal } as const;
  const entry = signatureEntry(HEADER, drawn);
  expect(entry.kind).toBe(LEDGER_KINDS.tenderSignature.kind);
  expect(readSignatureEntry(entry.fields)).toEqual({ ok: true, value: drawn });
  expect(readSignatureEntry({ ...entry.fields, how: 'stamped' })).toMatchObject({ ok: false, error: { field: 'how' } });
  expect(readSignatureEntry({ ...entry.fields, tender: 0 })).toMatchObject({ ok: false, error: { field: 'tender' } });
});
