import { systemRandom } from '@holdfast/base/node';
import { describe, expect, test } from 'vitest';

import { createTokenText, isTokenLike, isTokenText } from './api-token-text.ts';

describe('a token’s text', () => {
  test('says what it is, and by its checksum that it is whole', () => {
    const text = createTokenText(systemRandom);
    expect(text).toMatch(/^holdfast_pat_[0-9A-Za-z]{39}$/);
    expect([isTokenLike(text), isTokenText(text)]).toEqual([true, true]);
    expect(createTokenText(systemRandom)).not.toBe(text);
  });

  test('is the same for the same random bytes, so that whoever searches for secrets can compute its checksum', () => {
    const zeroes = createTokenText({ bytes: (length) => new Uint8Array(length) });
    // CRC-32 of the rest, in base 62.
    expect(zeroes).toBe(`holdfast_pat_${'0'.repeat(33)}${zeroes.slice(-6)}`);
    expect(createTokenText({ bytes: (length) => new Uint8Array(length).fill(255) }).slice(13, 46)).toMatch(/^[0-9A-Za-z]{33}$/);
    expect(isTokenText(zeroes)).toBe(true);
  });

  test('with any letter changed, or cut, is none', () => {
    const text = createTokenText(systemRandom);
    for (let at = 13; at < text.length; at += 1) {
      const other = text[at] === 'a' ? 'b' : 'a';
      expect(isTokenText(text.slice(0, at) + other + text.slice(at + 1))).toBe(false);
    }
    for (const broken of [text.slice(0, -1), `${text}a`, '', 'holdfast_pat_', text.replace('_pat_', '_dev_')])
      expect(isTokenText(broken)).toBe(false);
  });
});
