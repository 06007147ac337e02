import { expect, test } from 'vitest';

import { parseConfig } from './config.ts';

test('a full command line', () => {
  const config = parseConfig(['--data', '/d', '--port', '8080', '--json'], {
    DATABASE_URL: 'postgres://u@h/db',
    HOLDFAST_LOG_LEVEL: 'info',
  });
  expect(config).toEqual({
    ok: true,
    value: { data: '/d', port: 8080, host: '127.0.0.1', json: true, databaseUrl: 'postgres://u@h/db', logLevel: 'info' },
  });
});

test('what may be left out has a default, and an empty variable is none', () => {
  expect(parseConfig(['--data', 'd'], { DATABASE_URL: '' })).toEqual({
    ok: true,
    value: { data: 'd', port: 0, host: '127.0.0.1', json: false, databaseUrl: undefined, logLevel: 'warn' },
  });
});

test.each([
  [[], {}, ['--data is needed: the hub’s data folder']],
  [['--data', 'd', '--port', '65536'], {}, ['--port is a number from 0 to 65535']],
  [['--data', 'd', '--port', '0x50'], {}, ['--port is a number from 0 to 65535']],
  [['--port', '-1'], { DATABASE_URL: 'mysql://h/db', HOLDFAST_LOG_LEVEL: 'loud' }, [/--port/]],
  [
    ['--port=-1'],
    { DATABASE_URL: 'mysql://h/db', HOLDFAST_LOG_LEVEL: 'loud' },
    [/--data is needed/, /--port/, /DATABASE_URL .*postgres/, /HOLDFAST_LOG_LEVEL .*silent/],
  ],
  [['--data', 'd', '--dtaa', 'e'], {}, [/--dtaa/]],
])('every wrong value of %j is named', (argv, environment, expected) => {
  const config = parseConfig(argv, environment);
  if (config.ok) throw new Error('was taken');
  expect(config.error.reasons).toHaveLength(expected.length);
  expected.forEach((reason, index) => expect(config.error.reasons[index]).toMatch(reason));
});
