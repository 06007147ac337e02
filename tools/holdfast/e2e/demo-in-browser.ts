/** A demo of its own and a browser, for the tests of one file: there before the first of them, and gone behind the last. */
import { assert } from '@holdfast/base';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

import { nothingRuns, scratchFolder, startDemo, type DemoProcess } from './processes.ts';
import { openBrowser } from './screens.ts';

export interface DemoInBrowser {
  /** The demo's data folder. */
  readonly path: string;
  readonly demo: DemoProcess;
  readonly browser: Browser;
}

/** Called once, at a file's top; what it gives may be read from a test on. */
export function demoInBrowser(name: string): DemoInBrowser {
  let folder: Awaited<ReturnType<typeof scratchFolder>> | undefined;
  let demo: DemoProcess | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    folder = await scratchFolder(name);
    [demo, browser] = await Promise.all([startDemo(folder.path), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    demo?.child.kill('SIGTERM');
    await demo?.ended;
    if (folder === undefined) return;
    await nothingRuns(folder.path);
    await folder.remove();
  });
  const there = <T>(part: T | undefined): T => {
    assert(part !== undefined, 'the demo is read by tests');
    return part;
  };
  return {
    get path() {
      return there(folder).path;
    },
    get demo() {
      return there(demo);
    },
    get browser() {
      return there(browser);
    },
  };
}
