import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The simulator counts without a pause: it begins, so that what mostly waits goes by beside it, and nothing is left to count alone at the end. */
class SimulatorFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ({ moduleId }: TestSpecification): number => Number(!moduleId.includes('/simulator'));
    return (await super.sort(files)).toSorted((left, right) => order(left) - order(right));
  }
}

const NO_UNITS = ['**/node_modules/**', '**/dist/**', 'tools/holdfast/e2e/**'];
/** They put other modules in the place of some (`vi.mock`), which does nothing where another file has loaded these before in the same process: each has one of its own. */
const WITH_MOCKS = ['packages/sync/src/simulator-broken.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['{apps,packages,hardware,tools,bench,lint}/**/*.test.{ts,tsx}'],
          exclude: [...NO_UNITS, ...WITH_MOCKS],
        },
      },
      { extends: true, test: { name: 'units with mocks', include: WITH_MOCKS, exclude: NO_UNITS, isolate: true } },
    ],
    passWithNoTests: false,
    // Half of the time goes by in waiting: for Postgres, devices, and tills that start.
    maxWorkers: 3,
    sequence: { sequencer: SimulatorFirst },
    setupFiles: ['tools/holdfast/src/testing/property-seed.ts'],
    // No test leaves anything behind in its process: what one file has loaded, the next one has, which halves the processor time of the small ones. In a soak
    // each file says how often its properties run, and the next one does not.
    isolate: process.env['HOLDFAST_SOAK'] === '1',
    // Real processes, real Postgres and property tests share two slow cores: a test that hangs is found, a busy machine is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for comes late on such a machine, and is the same: Vitest's own patience is a second.
    expect: { poll: { timeout: 30_000 } },
  },
});
