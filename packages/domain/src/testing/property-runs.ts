/**
 * Imported by property tests: with HOLDFAST_SOAK=1 each property runs 20,000 times in place of fast-check's 100. The
 * time limit is one for a hung test, not for a slow machine.
 */
import { configureGlobal, readConfigureGlobal } from 'fast-check';
import { vi } from 'vitest';

const isSoak = process.env['HOLDFAST_SOAK'] === '1';
if (isSoak) configureGlobal({ ...readConfigureGlobal(), numRuns: 20_000 });
vi.setConfig({ testTimeout: isSoak ? 3_600_000 : 60_000 });

/** Of a property that says itself how often it runs. */
export const runsOf = (usual: number): number => (isSoak ? usual * 20 : usual);
