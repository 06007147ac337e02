import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,packages,hardware,tools,bench,lint}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tools/holdfast/e2e/**'],
    passWithNoTests: false,
    maxWorkers: 2,
    // Real processes, real Postgres and property tests share two slow cores: a test that hangs is found, a busy machine is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
