import { defineConfig } from 'vitest/config';

/** What times how fast a lane answers a hand, and what looks at every screen, has the machine to itself. */
const ALONE = ['e2e/by-hand.e2e.ts', 'e2e/guide.e2e.ts'];

/** End to end: real processes, a real browser. Two files at a time, each with a hub and tills of its own: more of a start is waiting than work. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: 'e2e/build-first.ts',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A machine that does other things, too, answers later, and the same.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      { extends: true, test: { name: 'together', include: ['e2e/*.e2e.ts'], exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
