import { expect, test } from 'vitest';

import { createLedgerBudget, LEDGER_BUDGET, type Admission } from './ledger-budget.ts';

function world() {
  let nowMs = 0;
  const budget = createLedgerBudget({ monotonicMs: () => nowMs });
  return { budget, wait: (ms: number) => void (nowMs += ms) };
}

/** As a lane does: one batch at a time. */
function send(admission: Admission): number {
  if (admission.type === 'later') return admission.status;
  admission.done();
  return 200;
}

test('U-18: a backlog goes through in a burst, then at the rate of its bucket, and is told when to come again', () => {
  const { budget, wait } = world();
  for (let batch = 0; batch < LEDGER_BUDGET.burst; batch += 1) expect(send(budget.admit('lane-1', 'A'))).toBe(200);
  expect(budget.admit('lane-1', 'A')).toEqual({ type: 'later', status: 429, retryAfterS: 1 });
  wait(1_000);
  const answers = Array.from({ length: 30 }, () => send(budget.admit('lane-1', 'A')));
  expect(answers.filter((status) => status === 200)).toHaveLength(LEDGER_BUDGET.batchesPerSecond);
  wait(3_600_000);
  for (let batch = 0; batch < LEDGER_BUDGET.burst; batch += 1) expect(send(budget.admit('lane-1', 'A'))).toBe(200);
  expect(send(budget.admit('lane-1', 'A'))).toBe(429);
});

test('U-18: whatever one device sends, every other is admitted as if it were alone', () => {
  const { budget, wait } = world();
  for (let second = 0; second < 60; second += 1) {
    for (let batch = 0; batch < 500; batch += 1) send(budget.admit('backlog', 'A'));
    expect(send(budget.admit('neighbour', 'A'))).toBe(200);
    expect(send(budget.admit('far-away', 'B'))).toBe(200);
    wait(1_000);
  }
});

test('U-18: a store has so many batches under way, answered or not, and another store has its own', () => {
  const { budget } = world();
  const under = Array.from({ length: LEDGER_BUDGET.underWayPerStore }, (_, lane) => budget.admit(`lane-${lane}`, 'A'));
  expect(under.every((admission) => admission.type === 'admitted')).toBe(true);
  expect(budget.admit('one-more', 'A')).toEqual({ type: 'later', status: 503, retryAfterS: 1 });
  expect(send(budget.admit('lane-1', 'B'))).toBe(200);
  const [first] = under;
  if (first?.type === 'admitted') first.done();
  expect(send(budget.admit('one-more', 'A'))).toBe(200);
});
