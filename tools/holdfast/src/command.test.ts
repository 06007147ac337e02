import { describe, expect, test } from 'vitest';

import { EXIT, userPath, type Streams } from './command.ts';
import { runCommandLine } from './main.ts';

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const streams: Streams = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    interactive: false,
  };
  return { code: await runCommandLine(args, streams), ...said };
}

const COMMANDS = ['demo', 'dev', 'build', 'hub', 'till', 'enrol', 'import', 'seed', 'verify', 'replay', 'scenario'];

describe('a wrong command line ends with 2, says so on stderr alone, and hints', () => {
  test.each([
    [['hubb'], 'Did you mean "hub"?'],
    [['constructor'], 'There is no command'],
    [['verify', '--hubs', 'x'], 'Did you mean --hub?'],
    [['verify', '--zzzzzz'], 'pnpm holdfast verify --help'],
    [['verify'], '--hub URL is needed'],
    [['verify', '--hub'], '--hub'],
    [['verify', '--hub', '--token', 't'], '--hub'],
    [['verify', '--hub', 'nowhere', '--token', 't'], '--hub is an http or https address, not "nowhere"'],
    [['till', '--data', '/tmp/x', '--hub', 'ftp://localhost'], '--hub is an http or https address'],
    [['seed', '--hub', 'http://localhost:1', '--token', 't', '--day', '2026-13-01'], '--day is a date'],
    [['seed', '--hub', 'http://localhost:1', '--token', 't', '--day', '2026-02-30'], '--day is a date'],
    [['hub', '--data', '/tmp/x', '--port', '70000'], '--port is a whole number from 0 to 65535'],
    [['hub', '--data', '/tmp/x', '--port', '1e3'], '--port is a whole number'],
    [['hub', 'extra', '--data', '/tmp/x'], 'Too many words'],
    [['import', 'goods', 'x.csv'], 'cannot be imported'],
    [['import', 'constructor', 'x.csv'], 'cannot be imported'],
    [['import', 'catalogue', 'x.csv'], 'Did you mean catalog?'],
    [['import', 'catalog'], 'Something is missing'],
    [['demo', 'fly'], 'The demo knows no "fly"'],
    [['demo', 'cut'], 'needs a part'],
    [['replay', 'x.csv', '--hub', 'http://localhost:1'], '--hub and --token belong together'],
    [['scenario'], 'Something is missing'],
    [['seed', '--hub', 'http://localhost:1', '--token', 't', '--day', 'tomorrow'], '--day is a date'],
    [['seed', '--hub', 'http://localhost:1', '--token', 't', '--sales', '5'], '--sales want --items and --stores'],
  ])('%j', async (args, hint) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(out).toBe('');
    expect(err).toContain(hint);
    const lines = err.trim().split('\n');
    expect(lines.filter((line) => line.includes('See: ')).length, err).toBeLessThanOrEqual(1);
  });

  test('no command at all shows what there is', async () => {
    const { code, err } = await run();
    expect(code).toBe(EXIT.usage);
    for (const name of COMMANDS) expect(err).toContain(`  ${name}`);
  });
});

describe('the manual', () => {
  test.each(COMMANDS)('%s --help tells its flags, examples and exit codes', async (name) => {
    const { code, out, err } = await run(name, '--help');
    expect(code).toBe(EXIT.done);
    expect(err).toBe('');
    expect(out).toMatch(new RegExp(`^pnpm holdfast ${name}`));
    for (const part of ['Flags:', '--json', 'Examples:', 'Exit codes:']) expect(out).toContain(part);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(180);
  });
});

describe('what cannot be done ends with 1 and says what to do', () => {
  test.each([
    [['verify', '--hub', 'http://localhost:1', '--token', 't'], 'does not answer'],
    [['verify', '--hub', 'http://localhost:1', '--token', 't', '--till', '/nowhere'], 'No till runs on /nowhere'],
    [['import', 'catalog', '/nowhere.csv', '--hub', 'http://localhost:1', '--token', 't'], '/nowhere.csv cannot be read'],
    [['verify', '--hub', 'http://localhost:1', '--token', '-oDif'], 'does not answer'],
    [['verify', '--hub=http://localhost:1', '--token=--x'], 'does not answer'],
    [['demo', 'status', '--data', '/nowhere'], 'No demo runs on /nowhere'],
    [['replay', '/nowhere.csv'], '/nowhere.csv cannot be read'],
    [['scenario', '/nowhere.txt'], '/nowhere.txt cannot be read'],
  ])('%j', async (args, words) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(EXIT.failed);
    expect(out).toBe('');
    expect(err).toContain(words);
  });
});

test('paths are the caller’s, not the repository’s', () => {
  expect(userPath('a.csv', { INIT_CWD: '/home/kim' })).toBe('/home/kim/a.csv');
  expect(userPath('/a.csv', { INIT_CWD: '/home/kim' })).toBe('/a.csv');
});
