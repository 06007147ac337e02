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
  ['https://hub.example'],
  ['http://localhost:7400'],
  ['http://127.0.0.1:7400'],
  ['http://[::1]:7400'],
  ['http://10.0.0.5:7400', '--plain-hub'],
])('a hub by TLS, on this machine, or where somebody said that it is not: %s %s', (hub, ...flags) => {
  expect(parseArguments(['--data', '/d', '--hub', hub, ...flags])).toMatchObject({ ok: true, value: { hubUrl: hub } });
});

test('what stands on the lane', () => {
  const argv = ['--data', '/d', '--printer', 'epson-tm-t20iii@tcp://10.0.0.5', '--printer=star-mpop@serial:///dev/ttyUSB0?baud=38400'];
  const more = ['--scale', 'toledo-8217@serial:///dev/ttyS0', '--scanner', 'hid-pos@hid://0c2e-0b6a'];
  expect(parseArguments([...argv, ...more])).toMatchObject({
    value: {
      devices: [
        { kind: 'receiptPrinter', model: 'epson-tm-t20iii', address: 'tcp://10.0.0.5' },
        { kind: 'receiptPrinter', model: 'star-mpop', address: 'serial:///dev/ttyUSB0?baud=38400' },
        { kind: 'scale', model: 'toledo-8217', address: 'serial:///dev/ttyS0' },
        { kind: 'scanner', model: 'hid-pos', address: 'hid://0c2e-0b6a' },
      ],
    },
  });
});

test.each([
  [['--data', 'a', '--scale', 'nci'], '--scale nci is no MODEL@ADDRESS'],
  [['--data', 'a', '--scale', 'nci@ftp://x'], '--scale nci@ftp://x is no MODEL@ADDRESS'],
  [['--data', 'a', '--scale', 'nci@tcp://x', '--scale', 'nci@tcp://y'], '--scale is given more than once'],
  [[], '--data DIR is missing'],
  [['--data'], '--data needs a value'],
  [['--data', 'a', '--data', 'b'], '--data is given twice'],
  [['--data', 'a', '--port', '70000'], '--port 70000 is no port (0 to 65535)'],
  [['--data', 'a', '--port', 'x'], '--port x is no port (0 to 65535)'],
  [['--data', 'a', '--hub', 'localhost:4000'], '--hub localhost:4000 is no http or https address'],
  ...['http://10.0.0.5:7400', 'http://hub.example', 'http://localhost.example', 'http://127.0.0.1.example', 'http://[fd00::1]:7400'].map(
    (hub): [string[], string] => [
      ['--data', 'a', '--hub', hub],
      `--hub ${hub} goes over the network in clear, with this lane’s token and all that it sells: give an https address, or say --plain-hub`,
    ],
  ),
  [['--data', 'a', 'stray'], 'unknown argument stray'],
  [['--data', 'a', '--fast'], 'unknown argument --fast'],
])('%j is refused: %s', (argv, problem) => {
  expect(problemsOf(...argv)).toEqual([problem]);
});

test('all problems are said at once', () => {
  expect(problemsOf('--port', 'x', '--hub', 'y')).toHaveLength(3);
});
