import { describe, expect, test } from 'vitest';

import { countReport, sumOf } from './suite.ts';

const report = (passed: number, failed: number, files: readonly (readonly [string, readonly string[]])[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: files.map(([status, assertions]) => ({ status, assertionResults: assertions.map((assertion) => ({ status: assertion })) })),
});

describe('countReport', () => {
  test('counts what passed, failed and was skipped', () => {
    expect(countReport(report(5, 1, [['failed', ['failed', 'passed']]]), 1)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  test('a file that broke outside its tests is a failure', () => {
    expect(
      countReport(
        report(5, 0, [
          ['failed', []],
          ['failed', ['passed']],
        ]),
        1,
      ).failed,
    ).toBe(2);
  });

  test('a runner that failed without saying what is a failure', () => {
    expect(countReport(report(5, 0), 1).failed).toBe(1);
    expect(countReport(report(5, 0), null).failed).toBe(1);
    expect(countReport(report(5, 0), 0).failed).toBe(0);
  });
});

test('outcomes add up', () => {
  expect(
    sumOf([
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ]),
  ).toEqual({ passed: 11, failed: 22, skipped: 33 });
});
