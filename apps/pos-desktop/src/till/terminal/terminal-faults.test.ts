import { expect, test } from 'vitest';

import { runTerminalFaults } from '../testing/terminal-fault-runs.ts';

const IS_SOAK = process.env['HOLDFAST_SOAK'] === '1';
/** Of each protocol: a thousand together. */
const RUNS = IS_SOAK ? 500 : 3;
const SEED = 20_261_125;

test.each(['nexo', 'zvt'] as const)(
  'whatever happens to till and terminal (%s), each charge stands in the books once',
  { timeout: IS_SOAK ? 7_200_000 : 600_000 },
  async (protocol) => {
    const report = await runTerminalFaults(protocol, RUNS, SEED);
    expect(report.faults).toEqual([]);
    expect(report.kills).toBeGreaterThan(0);
    expect(report.sales).toBeGreaterThan(0);
  },
);
