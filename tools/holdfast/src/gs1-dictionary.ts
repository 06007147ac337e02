/**
 * Makes `packages/domain/src/barcode/gs1-dictionary.ts` out of GS1's syntax dictionary, which lies unchanged in `packages/domain/gs1`:
 *
 *     node tools/holdfast/src/gs1-dictionary.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DOMAIN = join(import.meta.dirname, '../../../packages/domain');
export const DICTIONARY_FILE = join(DOMAIN, 'gs1/gs1-syntax-dictionary.txt');
export const TABLE_FILE = join(DOMAIN, 'src/barcode/gs1-dictionary.ts');

/** The entries of the dictionary without its comments, one a line, as a module that a browser can load. */
export function tableModule(dictionary: string): string {
  const entries = dictionary
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' '));
  return [
    '/**',
    ' * Every application identifier of the GS1 Barcode Syntax Dictionary: made by `tools/holdfast/src/gs1-dictionary.ts`, not by hand.',
    ' * Its form is described in `packages/domain/gs1/gs1-syntax-dictionary.txt`.',
    ' *',
    ' * Copyright (c) GS1 AISBL. Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0',
    ' */',
    'export const GS1_DICTIONARY = `',
    ...entries.map((entry) => entry.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')),
    '`;',
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(TABLE_FILE, tableModule(readFileSync(DICTIONARY_FILE, 'utf8')));
