import { readdirSync, readFileSync } from 'node:fs';

import { nodeHash } from '@holdfast/base/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import '../testing/property-runs.ts';
import { runScenarios } from './scenarios.ts';

const CHAPTERS = new URL('../../scenarios/', import.meta.url);
const TEXTS = readdirSync(CHAPTERS).map((file) => readFileSync(new URL(file, CHAPTERS), 'utf8'));
const WORDS = [...new Set(TEXTS.flatMap((text) => text.split(/[\s|,]+/)))];

/** The shop of each chapter, and its scenarios. */
const HEADED = TEXTS.map((text) => text.split(/^(?=scenario:)/m)).map(([head = '', ...scenarios]) => ({ head, scenarios }));

/** Two scenarios of a chapter, in which some words were put in place of others: most often a mistake, sometimes another scenario. */
const spoilt = fc
  .tuple(
    fc
      .constantFrom(...HEADED)
      .chain(({ head, scenarios }) =>
        fc.array(fc.constantFrom(...scenarios), { minLength: 2, maxLength: 2 }).map((two) => head + two.join('\n')),
      ),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...WORDS), fc.string(), fc.constantFrom('|', '\n', '-1', '__proto__'))), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, changes]) => {
    const parts = text.split(/([ |\n])/);
    for (const [at, word] of changes) parts[at % parts.length] = word;
    return parts.join('');
  });

test('whatever stands in a file, the runner answers: the same each time, and with mistakes or with results', () => {
  fc.assert(
    fc.property(spoilt, (text) => {
      const report = runScenarios(text, 'spoilt.txt', nodeHash);
      expect(runScenarios(text, 'spoilt.txt', nodeHash)).toEqual(report);
      expect(report.mistakes.length > 0).toBe(report.scenarios.length === 0);
      const lines = text.split('\n').length;
      for (const { line } of report.mistakes) expect(line > 0 && line <= lines).toBe(true);
      for (const { differences } of report.scenarios) expect(differences.filter(({ word }) => word === 'engine')).toEqual([]);
    }),
  );
});
