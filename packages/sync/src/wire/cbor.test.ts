import { expect, test } from 'vitest';

import { bytesToHex, hexToBytes } from './bytes.ts';
import { CBOR_MAX_DEPTH, decodeCbor, encodeCbor, type CborValue } from './cbor.ts';

/** Value and its one encoding: the examples of RFC 8949, appendix A, that this profile has. */
const KNOWN: readonly (readonly [CborValue, string])[] = [
  [0, '00'],
  [23, '17'],
  [24, '1818'],
  [255, '18ff'],
  [256, '190100'],
  [65_535, '19ffff'],
  [65_536, '1a00010000'],
  [4_294_967_295, '1affffffff'],
  [4_294_967_296, '1b0000000100000000'],
  [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
  [-1, '20'],
  [-24, '37'],
  [-25, '3818'],
  [-1000, '3903e7'],
  [Number.MIN_SAFE_INTEGER, '3b001ffffffffffffe'],
  ['', '60'],
  ['IETF', '6449455446'],
  ['ü', '62c3bc'],
  ['水', '63e6b0b4'],
  ['\u{10151}', '64f0908591'],
  [Uint8Array.of(1, 2, 3, 4), '4401020304'],
  [null, 'f6'],
  [true, 'f5'],
  [false, 'f4'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [
    new Map<number, CborValue>([
      [3, 'c'],
      [1, 2],
      [100, null],
    ]),
    'a301020361631864f6',
  ],
];

test.each(KNOWN)('L-1: %j is %s, both ways', (value, hex) => {
  expect(bytesToHex(encodeCbor(value))).toBe(hex);
  const decoded = decodeCbor(hexToBytes(hex));
  expect(decoded.ok && bytesToHex(encodeCbor(decoded.value))).toBe(hex);
});

/** Bytes that say something this profile, or its one spelling, does not have. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['1817', '23 in two bytes'],
  ['190018', '24 in three bytes'],
  ['1a0000ffff', '65535 in five bytes'],
  ['1b00000000ffffffff', '2^32 − 1 in nine bytes'],
  ['1b0020000000000000', '2^53'],
  ['3b001fffffffffffff', '−2^53'],
  ['1c', 'reserved length'],
  ['1f', 'indefinite integer'],
  ['5f4101ff', 'indefinite bytes'],
  ['7f6161ff', 'indefinite text'],
  ['9f01ff', 'indefinite array'],
  ['bf0101ff', 'indefinite map'],
  ['f7', 'undefined'],
  ['e0', 'simple value 0'],
  ['f93c00', 'half float 1.0'],
  ['fa47c35000', 'float 100000'],
  ['fb3ff199999999999a', 'double 1.1'],
  ['fb7ff8000000000000', 'NaN'],
  ['c074323031332d30332d3231', 'tag'],
  ['61ff', 'invalid UTF-8'],
  ['63eda080', 'a surrogate in UTF-8'],
  ['62c080', 'an overlong NUL'],
  ['0000', 'trailing bytes'],
  ['', 'nothing'],
  ['19', 'ends in its head'],
  ['6261', 'ends in its text'],
  ['a2020001 00'.replace(' ', ''), 'keys not ascending'],
  ['a201000100', 'a key twice'],
  ['a1616100', 'a text as key'],
  ['a12000', 'a negative key'],
  ['9affffffff', 'an array of 2^32 − 1 items in five bytes'],
  ['9b001fffffffffffff', 'an array of 2^53 − 1 items'],
  ['bb001fffffffffffff', 'a map of 2^53 − 1 pairs'],
  ['5b001fffffffffffff', '2^53 − 1 bytes'],
  ['7a7fffffff61', '2 GB of text'],
];

test.each(REFUSED)('L-1: %s is refused: %s', (hex) => {
  expect(decodeCbor(hexToBytes(hex))).toMatchObject({ ok: false, error: { type: 'bad-cbor' } });
});

test('L-1: nesting ends at its limit, for writer and reader alike', () => {
  const nest = (depth: number): CborValue => (depth === 0 ? 1 : [nest(depth - 1)]);
  expect(decodeCbor(encodeCbor(nest(CBOR_MAX_DEPTH)))).toMatchObject({ ok: true });
  expect(() => encodeCbor(nest(CBOR_MAX_DEPTH + 1))).toThrow('too deep');
  expect(decodeCbor(hexToBytes('81'.repeat(CBOR_MAX_DEPTH + 1) + '01'))).toMatchObject({ ok: false });
  expect(decodeCbor(hexToBytes('81'.repeat(100_000) + '01'))).toMatchObject({ ok: false });
});

test('L-1: what cannot be said exactly is not said', () => {
  for (const value of [0.5, Number.NaN, Infinity, 2 ** 53, '\ud800']) expect(() => encodeCbor(value)).toThrow(/no safe integer|surrogate/);
  expect(() => encodeCbor(new Map([[-1, 1]]))).toThrow('map key');
  expect(bytesToHex(encodeCbor(-0))).toBe('00');
});

test('L-1: a byte order mark is text like any other', () => {
  const decoded = decodeCbor(encodeCbor('\ufeffa'));
  expect(decoded).toEqual({ ok: true, value: '\ufeffa' });
});
