import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { DICTIONARY_FILE, TABLE_FILE, tableModule } from './gs1-dictionary.ts';

test('the table that the domain reads is what the dictionary says', () => {
  expect(readFileSync(TABLE_FILE, 'utf8')).toBe(tableModule(readFileSync(DICTIONARY_FILE, 'utf8')));
});
