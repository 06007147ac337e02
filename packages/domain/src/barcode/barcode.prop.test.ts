import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkDigit, gtinKey, isGtin, parseScan, printableCode } from './barcode.ts';
import '../testing/property-runs.ts';

const gtin = fc
  .constantFrom(7, 11, 12, 13)
  .chain((length) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }))
  .map((digits) => `${digits.join('')}${checkDigit(digits.join(''))}`);

test('a good GTIN is found under its key, however it is sent', () => {
  fc.assert(
    fc.property(gtin, (code) => {
      expect(isGtin(code)).toBe(true);
      const key = gtinKey(code);
      for (const sent of [code, `${code}\r\n`, `]E0${code}`, `]C101${key}`, `(01)${key}(10)LOT`, `\u001D01${key}`]) {
        const scanned = parseScan(sent);
        expect(scanned.ok && scanned.value.keys, sent).toContain(key);
      }
    }),
  );
});

test('one wrong digit is always seen', () => {
  fc.assert(
    fc.property(gtin, fc.nat(), fc.integer({ min: 1, max: 9 }), (code, at, by) => {
      const place = at % code.length;
      const wrong = `${code.slice(0, place)}${(Number(code[place]) + by) % 10}${code.slice(place + 1)}`;
      expect(isGtin(wrong)).toBe(false);
      const scanned = parseScan(`]E4${wrong}`);
      expect(scanned).toMatchObject({ ok: false, error: { type: 'badCheckDigit' } });
    }),
  );
});

test('anything at all is a code or a refusal whose text can be shown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ maxLength: 400 }),
        fc.string({ unit: fc.constantFrom(...'0123456789()]C', '\u001D'), maxLength: 60 }),
      ),
      (text) => {
        const scanned = parseScan(text);
        const shown = scanned.ok ? printableCode(scanned.value.text) : scanned.error.detail.code;
        expect(shown.length).toBeLessThanOrEqual(48);
        expect(shown).not.toMatch(/\p{Cc}/u);
        expect(shown.isWellFormed()).toBe(true);
      },
    ),
  );
});
