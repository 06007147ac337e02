import { spawnSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { createMuchTaken } from './memory-back.ts';

const MODULE = new URL('memory-back.ts', import.meta.url).href;
const GROWN_MB = 64;

/** A thread fills a large heap and drops what was in it; what of its process is resident, in MB, before, then, and behind. */
const SCRIPT = `
  import { Worker } from 'node:worker_threads';
  const thread = new Worker(new URL('data:text/javascript,' + encodeURIComponent(\`
    import { readFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    import { giveMemoryBack } from ${JSON.stringify(MODULE)};
    const residentMb = () => Number(/RssAnon:\\\\s+(\\\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
    const before = residentMb();
    let kept = [];
    while (residentMb() < before + ${GROWN_MB}) for (let n = 0; n < 10_000; n++) kept.push({ n, numbers: [n] });
    kept = null;
    const grown = residentMb();
    giveMemoryBack();
    parentPort.postMessage({ before, grown, behind: residentMb(), isExposed: typeof gc });
  \`)));
  thread.once('message', (told) => console.log(JSON.stringify(told)));
`;

test.runIf(process.platform === 'linux')('a thread that gives its memory back leaves its process nearly as small as it was', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], { encoding: 'utf8' });
  const told = JSON.parse(stdout) as { before: number; grown: number; behind: number; isExposed: string };
  expect(told.grown - told.before).toBeGreaterThanOrEqual(GROWN_MB);
  expect(told.behind - told.before).toBeLessThan(GROWN_MB / 2);
  expect(told.isExposed).toBe('undefined');
});

test('much is taken in when the last of it is, once, however it came', () => {
  const hasTakenMuch = createMuchTaken(100);
  const heard = [
    null,
    { cells: 99 },
    null,
    { cells: 100 },
    { cells: 100 },
    null,
    null,
    { cells: 250 },
    { cells: 7 },
    null,
    { cells: 7 },
    null,
  ];
  const answers = heard.map((said) => hasTakenMuch(said === null ? null : { cellsApplied: 0, cellsTotal: said.cells }));
  expect(answers.flatMap((isMuch, index) => (isMuch ? [index] : []))).toEqual([5, 9]);
});
