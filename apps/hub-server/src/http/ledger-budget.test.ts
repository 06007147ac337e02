import { expect, test } from 'vitest';

import { createLedgerBudget, LEDGER_BUDGET, type Admission } from './ledger-budget.ts';

function world() {
  let nowMs = 0;
  const budget = createLedgerBudget({ monotonicMs: () => nowMs });
  const ended: string[] = [];
  /** `name`: that it goes by where it is ended. */
  const begin = (device: string, store: string, name = device, isShort = false): Admission =>
    budget.admit(device, store, isShort, () => void ended.push(name));
  /** Of a batch all of which is here at once. */
  const whole = (device: string, store: string, isShort = false): Admission => {
    const admission = begin(device, store, device, isShort);
    if (admission.type === 'admitted') admission.whole();
    return admission;
  };
  return { budget: { admit: whole }, begin, ended, wait: (ms: number) => void (nowMs += ms) };
}

const isAdmitted = ({ type }: Admission): boolean => type === 'admitted';
const STORE_FULL = { type: 'later', status: 503, retryAfterS: 1 };

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
  expect(under.every(isAdmitted)).toBe(true);
  expect(budget.admit('one-more', 'A')).toEqual(STORE_FULL);
  expect(send(budget.admit('lane-1', 'B'))).toBe(200);
  const [first] = under;
  if (first?.type === 'admitted') first.done();
  expect(send(budget.admit('one-more', 'A'))).toBe(200);
});

test('U-18: beside its store’s long batches a lane’s sale is taken; of short ones a store has more under way, but not without end', () => {
  const { budget } = world();
  for (let lane = 0; lane < LEDGER_BUDGET.underWayPerStore; lane += 1) budget.admit(`lane-${lane}`, 'A');
  const sales = Array.from({ length: LEDGER_BUDGET.shortPerStore }, (_, lane) => budget.admit(`seller-${lane}`, 'A', true));
  expect(sales.every(isAdmitted)).toBe(true);
  expect(budget.admit('one-more', 'A', true)).toEqual(STORE_FULL);
  expect(send(budget.admit('one-more', 'B', true))).toBe(200);
});

test('U-18: one device takes few of its store’s places, over however many connections', () => {
  const { budget } = world();
  const flood = Array.from({ length: 64 }, () => budget.admit('flooder', 'A'));
  expect(flood.filter(isAdmitted)).toHaveLength(LEDGER_BUDGET.underWayPerDevice);
  expect(flood.at(-1)).toEqual({ type: 'later', status: 429, retryAfterS: 1 });
  for (let lane = 1; lane < 12; lane += 1) expect(isAdmitted(budget.admit(`lane-${lane}`, 'A'))).toBe(true);
  for (const admission of flood) if (admission.type === 'admitted') admission.done();
  expect(send(budget.admit('flooder', 'A'))).toBe(200);
});

test('U-18: what did not come, for a line was cut without a word, makes room for its device’s next where there is none; how it ends later changes nothing', () => {
  const { begin, budget, ended } = world();
  // A whole store behind one router, again and again.
  const cut = Array.from({ length: 5 }, () =>
    Array.from({ length: LEDGER_BUDGET.underWayPerStore }, (_, lane) => begin(`lane-${lane}`, 'A')),
  ).flat();
  expect(cut.every(isAdmitted)).toBe(true);
  expect(ended).toHaveLength(4 * LEDGER_BUDGET.underWayPerStore);
  expect(begin('one-more', 'A')).toEqual(STORE_FULL);
  for (const admission of cut) if (admission.type === 'admitted') admission.done();
  for (let lane = 0; lane < LEDGER_BUDGET.underWayPerStore; lane += 1) expect(isAdmitted(budget.admit(`lane-${lane}`, 'A'))).toBe(true);
  expect(budget.admit('one-more', 'A')).toEqual(STORE_FULL);
});

test('U-18: what one device has coming at a time is bounded: beside a few the oldest ends for the next, and one that is all here never does', () => {
  const { begin, budget, ended } = world();
  // A lane carries a sibling’s batch beside its own.
  for (const name of ['own', 'sibling’s']) expect(isAdmitted(begin('carrier', 'A', name))).toBe(true);
  expect(budget.admit('carrier', 'A')).toMatchObject({ type: 'admitted' });
  expect(isAdmitted(begin('carrier', 'A', 'third'))).toBe(true);
  expect(ended).toEqual([]);
  for (const name of ['fourth', 'fifth', 'sixth']) expect(isAdmitted(begin('carrier', 'A', name))).toBe(true);
  expect(ended).toEqual(['own', 'sibling’s', 'third']);
  for (let batch = 0; batch < 3; batch += 1) expect(isAdmitted(budget.admit('carrier', 'A'))).toBe(true);
  expect(ended).toEqual(['own', 'sibling’s', 'third', 'fourth', 'fifth', 'sixth']);
  expect(begin('carrier', 'A')).toEqual({ type: 'later', status: 429, retryAfterS: 1 });
});

test('U-18: where a store is full no batch ends but of the device that sends the next, and none that makes no room there', () => {
  const { begin, budget, ended } = world();
  for (let lane = 1; lane < LEDGER_BUDGET.underWayPerStore; lane += 1) begin(`lane-${lane}`, 'A');
  begin('seller', 'A', 'its sale', true);
  expect(isAdmitted(begin('seller', 'A', 'its backlog'))).toBe(true);
  expect(begin('one-more', 'A')).toEqual(STORE_FULL);
  expect(ended).toEqual([]);
  expect(isAdmitted(budget.admit('seller', 'A'))).toBe(true);
  expect(ended).toEqual(['its backlog']);
  expect(budget.admit('seller', 'A')).toEqual(STORE_FULL);
  expect(ended).toEqual(['its backlog']);
});
