import { expect, test } from 'vitest';

import { base32, codeAt, seedAddress, stepAt, stepOfCode } from './authenticator.ts';

/** RFC 6238, appendix B: the last six of its eight digits. */
const SEED = new TextEncoder().encode('12345678901234567890');

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('RFC 6238: at %i s it is %s', (seconds, code) => {
  expect(codeAt(SEED, stepAt(seconds * 1_000))).toBe(code);
});

test('a code is taken a step early and a step late, and no later', () => {
  const nowMs = 1_111_111_111_000;
  const step = stepAt(nowMs);
  const taken = [-2, -1, 0, 1, 2].map((by) => stepOfCode(SEED, codeAt(SEED, step + by), nowMs));
  expect(taken).toEqual([undefined, step - 1, step, step + 1, undefined]);
  expect(['', '12345', '1234567', '12 456', 'abcdef', '٠٥٠٤٧١'].map((code) => stepOfCode(SEED, code, nowMs))).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});

test('a seed is written as RFC 4648 has it, and its address names nothing that it should not', () => {
  const said = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(new TextEncoder().encode(text)));
  expect(said).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']);
  expect(seedAddress(SEED, 'ada&issuer=evil')).toBe(
    'otpauth://totp/Holdfast:ada%26issuer%3Devil?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Holdfast',
  );
});
