import { expect, test } from 'vitest';

import { parseArguments } from './arguments.ts';

const problemsOf = (...argv: string[]): readonly string[] => {
  const parsed = parseArguments(argv);
  return parsed.ok ? [] : parsed.error.problems;
};

test('everything that a till is started with', () => {
  expect(parseArguments(['--data', '/d', '--hub', 'http://localhost:4000/', '--port=0', '--enrol', 'ABC', '--json'])).toEqual({
    ok: true,
    value: { dataFolder: '/d', hubUrl: 'http://localhost:4000', enrolmentCode: 'ABC', port: 0, json: true },
  });
  expect(parseArguments(['--data', '/d'])).toEqual({ ok: true, value: { dataFolder: '/d', port: 0, json: false } });
});

test.each([
  [[], '--data DIR is missing'],
  [['--data'], '--data needs a value'],
  [['--data', 'a', '--data', 'b'], '--data is given twice'],
  [['--data', 'a', '--port', '70000'], '--port 70000 is no port (0 to 65535)'],
  [['--data', 'a', '--port', 'x'], '--port x is no port (0 to 65535)'],
  [['--data', 'a', '--hub', 'localhost:4000'], '--hub localhost:4000 is no http or https address'],
  [['--data', 'a', 'stray'], 'unknown argument stray'],
  [['--data', 'a', '--fast'], 'unknown argument --fast'],
])('%j is refused: %s', (argv, problem) => {
  expect(problemsOf(...argv)).toEqual([problem]);
});

test('all problems are said at once', () => {
  expect(problemsOf('--port', 'x', '--hub', 'y')).toHaveLength(3);
});
