import { expect, test } from 'vitest';

import { runTerminalFaults } from '../testing/terminal-fault-runs.ts';

const IS_SOAK = process.env['HOLDFAST_SOAK'] === '1';
/** Of each protocol: a thousand together where there is time, else sixty. */
const LANES = 10;
const ROUNDS = IS_SOAK ? 50 : 3;
const SEED = 20_261_125;
const TIMEOUT_MS = IS_SOAK ? 3_600_000 : 300_000;

// Side by side: most of the time each waits for processes to start, and for terminals.
test.concurrent.each(['nexo', 'zvt'] as const)(
  'whatever happens to lanes and terminals (%s), each charge stands in the books once',
  { timeout: TIMEOUT_MS },
  async (protocol) => {
    const report = await runTerminalFaults({ protocol, lanes: LANES, rounds: ROUNDS, seed: SEED, host: 'crew' });
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ runs: LANES * ROUNDS });
    expect(report.kills).toBeGreaterThan(0);
    expect(report.killedInOrder).toBeGreaterThan(0);
    expect(report.sales).toBeGreaterThan(0);
  },
);

test.concurrent('so it is for a till as a shop starts it', { timeout: TIMEOUT_MS }, async () => {
  const report = await runTerminalFaults({ protocol: 'nexo', lanes: 1, rounds: IS_SOAK ? 20 : 2, seed: SEED, host: 'till' });
  expect(report.faults).toEqual([]);
  expect(report.sales).toBeGreaterThan(0);
});
