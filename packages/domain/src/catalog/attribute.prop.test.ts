import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { type Attribute, attributeValueOf, readAttributeValue } from './attribute.ts';

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.record({ code: fc.constant('a'), name: fc.constant('A'), type: fc.constantFrom('text' as const, 'yesNo' as const) }),
  fc.record({
    code: fc.constant('a'),
    name: fc.constant('A'),
    type: fc.constant('number' as const),
    decimals: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({
    code: fc.constant('a'),
    name: fc.constant('A'),
    type: fc.constant('choice' as const),
    choices: fc.constantFrom(['S', 'M', 'L'], ['ja', 'nein'], ['1', '10', '01']),
  }),
);
const written = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 210 }),
  fc.constantFrom('S', 'm', 'JA', '01', 'yes', 'NO', 'true'),
  fc.string({ unit: fc.constantFrom('0', '1', '9', '.', ',', '-', ' '), maxLength: 14 }),
);

test('whatever is written: what is kept is kept again as it is, and a lane reads it', () => {
  fc.assert(
    fc.property(attribute, written, (of, text) => {
      const kept = attributeValueOf(of, text);
      if (!kept.ok) return;
      expect(attributeValueOf(of, kept.value)).toEqual(kept);
      expect(readAttributeValue('SKU\u001Fa', { value: kept.value })).toMatchObject({ ok: true, value: { value: kept.value } });
    }),
  );
});

test('a number says in the one spelling what it counts, however many zeros it was written with', () => {
  const number: Attribute = { code: 'a', name: 'A', type: 'number', decimals: 3 };
  const digits = fc.integer({ min: -999_999_999, max: 999_999_999 });
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 999 }), fc.nat(3), (whole, thousandths, zeros) => {
      const text = `${whole}.${String(thousandths).padStart(3, '0')}${'0'.repeat(zeros)}`;
      const kept = attributeValueOf(number, text);
      expect(kept.ok && Number(kept.value)).toBe(Number(text) === 0 ? 0 : Number(text));
      expect(kept.ok && /^-?\d+(?:\.\d*[1-9])?$/.test(kept.value)).toBe(true);
    }),
  );
});
