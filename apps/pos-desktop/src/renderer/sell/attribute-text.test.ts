import { createFormat } from '@holdfast/ui';
import { expect, test } from 'vitest';

import { attributeText } from './attribute-text.ts';

const WORDS = { yes: 'Ja', no: 'Nein' };
const german = (type: Parameters<typeof attributeText>[0]['type'], value: string): string =>
  attributeText({ type, value }, WORDS, createFormat('de'));

test('a number has the signs of the screen’s language and no mark between thousands', () => {
  expect(['12.5', '-0.25', '2026', '1000000'].map((value) => german('number', value))).toEqual(['12,5', '−0,25', '2026', '1000000']);
  expect(attributeText({ type: 'number', value: '-12.5' }, WORDS, createFormat('en'))).toBe('−12.5');
});

test('yes and no are said in the screen’s words; texts and choices stand as they were written', () => {
  expect(['yes', 'no', 'perhaps'].map((value) => german('yesNo', value))).toEqual(['Ja', 'Nein', 'perhaps']);
  expect([german('text', '-1.5 yes'), german('choice', 'no')]).toEqual(['-1.5 yes', 'no']);
});
