import { readdirSync, readFileSync } from 'node:fs';

import { nodeHash } from '@holdfast/base/node';
import { describe, expect, test } from 'vitest';

import { REFUSAL_TYPES } from '../refusal.ts';
import { ACTS } from './acts.ts';
import { spaced } from './cells.ts';
import { EXPECTATIONS } from './expectations.ts';
import { runScenarios } from './scenarios.ts';
import { CATALOGUE_TABLES, STORE_WORDS } from './shop.ts';

const CHAPTERS = new URL('../../scenarios/', import.meta.url);
const TEXTS: ReadonlyMap<string, string> = new Map(
  readdirSync(CHAPTERS).map((file) => [file, readFileSync(new URL(file, CHAPTERS), 'utf8')]),
);

describe.each([...TEXTS])('%s', (file, text) => {
  const { mistakes, scenarios } = runScenarios(text, file, nodeHash);
  test('can be read', () => {
    expect(mistakes).toEqual([]);
    expect(scenarios).not.toEqual([]);
  });
  test.each(scenarios)('$title', ({ differences }) => {
    expect(differences).toEqual([]);
  });
});

/** Refused by the till around the engine, which no scenario can reach. */
const NOT_THE_ENGINES: ReadonlySet<string> = new Set([
  'noSuchEntry',
  'noSuchCustomer',
  'customersAway',
  'noCustomers',
  'customerKnown',
  'badCustomer',
  'basketElsewhere',
  'noCatalogue',
  'noDepartment',
  'balanceUnknown',
  'signOnNeeded',
  'wrongPasscode',
  'passcodeMissing',
  'passcodeWaits',
  'passcodeDead',
  'passcodesUnknown',
  'rightsOver',
  'paymentOpen',
  'noOpenPayment',
  'terminalAbsent',
  'terminalBusy',
  'refundUnclear',
  'nothingCounted',
  'noSuchSheet',
  'sheetClosed',
  'noWeight',
  'scaleUnavailable',
  'deviceFailed',
  'inTraining',
  'signatureNeeded',
  'noInvoices',
  'invoiceMade',
  'noReceiptMail',
  'badMailAddress',
  'alreadyClockedIn',
  'noSuchAttendance',
  'timeUnusable',
  'noStation',
  'noSuchWish',
  'pinTooWeak',
  'diskFull',
  'badRequest',
  'internal',
]);
const REFUSALS = REFUSAL_TYPES.filter((type) => !NOT_THE_ENGINES.has(type)).map(spaced);
const ROWS = [...TEXTS.values()].flatMap((text) => text.split('\n')).map((line) => line.split('|').map((cell) => cell.trim()));

describe('some scenario uses', () => {
  const saidFirst = (word: string): boolean => ROWS.some(([first = '', ...rest]) => rest.length > 0 && first === word);
  const saidAtAll = (word: string): boolean => ROWS.some((cells) => cells.includes(word));
  test.each(Object.keys(ACTS))('the act "%s"', (verb) => {
    expect(ROWS.some(([first = '']) => first === verb || first.startsWith(`${verb} `) || first.startsWith(`${verb},`))).toBe(true);
  });
  test.each(Object.keys(STORE_WORDS))('the setting "%s"', (word) => expect(saidFirst(word)).toBe(true));
  test.each(Object.keys(EXPECTATIONS))('the expectation "%s"', (word) => expect(saidAtAll(word)).toBe(true));
  test.each(REFUSALS)('the refusal "%s"', (refusal) => expect(saidAtAll(refusal)).toBe(true));
});

describe('the manual tells', () => {
  const manual = readFileSync(new URL('../../../../docs/SCENARIOS.md', import.meta.url), 'utf8').replaceAll('\\|', '|');
  test('an example that is so', () => {
    const example = manual.split('```').find((block) => block.includes('scenario: Too little')) ?? '';
    expect(runScenarios(example, 'SCENARIOS.md', nodeHash)).toMatchObject({ mistakes: [], scenarios: [{ differences: [] }] });
  });
  test.each(Object.values(ACTS))('the act $usage', ({ usage, details }) => {
    const row = manual.split('\n').find((line) => line.includes(`\`${usage}\``));
    expect(row).toBeDefined();
    for (const detail of details) expect(row).toContain(`\`${detail}`);
  });
  test.each([...Object.values(EXPECTATIONS), ...Object.values(STORE_WORDS)])('the row $usage', ({ usage }) => {
    expect(manual.includes(`\`${usage}\``)).toBe(true);
  });
  test.each(Object.entries(CATALOGUE_TABLES))('the columns of "%s"', (_, { columns }) => {
    for (const column of columns) expect(manual.includes(`\`${column}\``), column).toBe(true);
  });
  test.each(REFUSAL_TYPES.map(spaced))('the refusal "%s"', (refusal) => expect(manual.includes(`\`${refusal}\``)).toBe(true));
  const details = Object.values(EXPECTATIONS).flatMap((expectation) => (Array.isArray(expectation.details) ? expectation.details : []));
  test.each(details)('the detail "%s"', (detail) => expect(manual.includes(`\`${detail}`)).toBe(true));
});
