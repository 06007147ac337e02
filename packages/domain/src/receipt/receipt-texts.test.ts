import { expect, test } from 'vitest';

import { textIn } from './receipt-texts.ts';

const TEXT = 'Thank you\nCome again\n== de ==\nVielen Dank\n==fr-CA==\nMerci, à bientôt\n==  fr  ==\nMerci';

test.each([
  ['en', 'Thank you\nCome again'],
  [undefined, 'Thank you\nCome again'],
  ['ja', 'Thank you\nCome again'],
  ['de', 'Vielen Dank'],
  ['de-CH', 'Vielen Dank'],
  ['DE', 'Vielen Dank'],
  ['fr', 'Merci'],
  ['fr-FR', 'Merci'],
  ['fr-CA', 'Merci, à bientôt'],
])('a receipt in %s says %j', (language, said) => {
  expect(textIn(TEXT, language)).toBe(said);
});

test('what begins no language is text', () => {
  for (const text of ['', 'a', '= de =', '== ==', '==', '== 1 ==', '== de == x', '====\nsale\n====']) expect(textIn(text, 'de')).toBe(text);
  expect(textIn('== de ==\nDanke', 'en')).toBe('');
  expect(textIn('a\n== de ==\n== de ==\nb', 'de')).toBe('b');
  expect(textIn('a\n== __proto__ ==\nb', '__proto__')).toBe('a\n== __proto__ ==\nb');
});
