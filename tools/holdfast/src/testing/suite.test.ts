import { describe, expect, test } from 'vitest';

import { countReport, sumOf, timesLine } from './suite.ts';

interface Test {
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

const report = (passed: number, files: readonly (readonly [status: string, tests: readonly Test[], message?: string])[] = []) => ({
  numPassedTests: passed,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: files.map(([status, tests, message], index) => ({
    name: `file-${index}.test.ts`,
    status,
    message: message ?? '',
    assertionResults: tests.map((each, at) => ({ ...each, fullName: `test ${at}` })),
  })),
});

describe('countReport', () => {
  test('counts what passed, failed and was skipped, and says what failed', () => {
    const failed = { status: 'failed', failureMessages: ['\u001b[31mAssertionError\u001b[39m: expected 2 to be 3\n    at sum.ts:1'] };
    expect(countReport(report(5, [['failed', [{ status: 'passed' }, failed]]]), 1)).toEqual({
      passed: 5,
      failed: 1,
      skipped: 3,
      failures: ['file-0.test.ts > test 1: AssertionError: expected 2 to be 3'],
    });
  });

  test('a file that broke outside its tests is a failure', () => {
    expect(
      countReport(
        report(5, [
          ['failed', [], 'Cannot find module\nat …'],
          ['failed', [{ status: 'passed' }]],
          ['passed', [{ status: 'passed' }]],
        ]),
        1,
      ),
    ).toMatchObject({ failed: 2, failures: ['file-0.test.ts: Cannot find module', 'file-1.test.ts: '] });
  });

  test('a runner that failed without saying what is a failure', () => {
    expect(countReport(report(5), 1)).toMatchObject({ failed: 1, failures: [expect.stringContaining('the test runner failed')] });
    expect(countReport(report(5), null).failed).toBe(1);
    expect(countReport(report(5), 0)).toMatchObject({ failed: 0, failures: [] });
  });
});

test('outcomes add up', () => {
  expect(
    sumOf([
      { passed: 1, failed: 2, skipped: 3, failures: ['one', 'two'], timesMs: { a: 1 } },
      { passed: 10, failed: 20, skipped: 30, failures: ['three'], timesMs: { b: 2 } },
    ]),
  ).toEqual({ passed: 11, failed: 22, skipped: 33, failures: ['one', 'two', 'three'], timesMs: { a: 1, b: 2 } });
});

test('a suite’s time is told with the five files that took the longest', () => {
  const timesMs = { 'a/one.ts': 1_000, 'two.ts': 2_400, 'b/three.ts': 61_000, four: 400, five: 5_000, six: 600 };
  expect(timesLine('unit', 70_400, timesMs)).toBe('unit 70 s: three.ts 61 s, five 5 s, two.ts 2 s, one.ts 1 s, six 1 s');
});
