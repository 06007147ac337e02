import { defineConfig } from 'vitest/config';

/** End to end: real processes, a real browser. One file at a time, because each starts a hub and two tills of its own; `pnpm test` runs two, each in a network of its own (decision 0018). */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['e2e/*.e2e.ts'],
    globalSetup: 'e2e/build-first.ts',
    setupFiles: ['e2e/tell-failure.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A machine that does other things, too, answers later, and the same.
    expect: { poll: { timeout: 60_000 } },
    // The steps of one story build on each other.
    sequence: { concurrent: false, shuffle: false, hooks: 'list' },
  },
});
