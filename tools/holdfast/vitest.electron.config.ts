/** The Electron suite: real windows, one file after the other. `pnpm e2e` runs it wherever an Electron is present. */
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['tools/holdfast/e2e/electron/**/*.e2e.ts'],
    globalSetup: 'tools/holdfast/e2e/build-first.ts',
    setupFiles: ['tools/holdfast/e2e/tell-failure.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A machine that does other things, too, answers later, and the same.
    expect: { poll: { timeout: 60_000 } },
    sequence: { hooks: 'list' },
  },
});
