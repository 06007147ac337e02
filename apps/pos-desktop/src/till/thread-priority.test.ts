import { spawnSync } from 'node:child_process';
import { getPriority } from 'node:os';

import { expect, test } from 'vitest';

const STEPS = 2;
const MODULE = new URL('thread-priority.ts', import.meta.url).href;

/** A process in which nothing has needed Node's pool before its second thread gives way; then that thread reads a file by it. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  import { Worker } from 'node:worker_threads';
  const thread = new Worker(new URL('data:text/javascript,' + encodeURIComponent(\`
    import { readFile } from 'node:fs/promises';
    import { getPriority } from 'node:os';
    import { parentPort } from 'node:worker_threads';
    import { giveWayToOthers } from ${JSON.stringify(MODULE)};
    const answered = await giveWayToOthers(${STEPS});
    await readFile('/proc/self/comm');
    parentPort.postMessage({ answered, own: getPriority() });
    parentPort.once('message', () => {});
  \`)));
  thread.once('message', (told) => {
    const pool = readdirSync('/proc/self/task').filter((id) => readFileSync('/proc/self/task/' + id + '/comm', 'utf8') === 'libuv-worker\\n');
    console.log(JSON.stringify({ ...told, main: getPriority(), pool: pool.map((id) => getPriority(Number(id))) }));
    thread.postMessage('end');
  });
`;

test.runIf(process.platform === 'linux')("a thread gives way by itself: neither the process's first thread nor its pool do", () => {
  const before = getPriority();
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], { encoding: 'utf8' });
  const told = JSON.parse(stdout) as { answered: number; own: number; main: number; pool: readonly number[] };
  const nicer = Math.min(19, before + STEPS);
  expect(told).toMatchObject({ answered: nicer, own: nicer, main: before });
  expect(told.pool.length).toBeGreaterThan(0);
  expect(new Set(told.pool)).toEqual(new Set([before]));
});
