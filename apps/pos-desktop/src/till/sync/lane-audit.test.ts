import { nodeHash, nodeVerifier } from '@holdfast/base/node';
import { signCheckpoint, type AuditAnswer, type AuditQuestion, type AuditReport, type TransportError } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { scopesAt } from '../catalogue/catalogue.ts';
import { createTestLane, HUB_SIGNER, IDENTITY, silentLogger, type TestLane } from '../testing/test-lane.ts';
import { createLaneAudit, type LaneAudit } from './lane-audit.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const MINUTE_MS = 60 * 1_000;

let lane: TestLane;
let audit: LaneAudit;
/** What the lane does next, and when. */
let timers: { atMs: number; run: () => void }[];
let nowMs: number;
let quietMs: number;
let questions: AuditQuestion[];
let reports: AuditReport[];
let answer: (question: AuditQuestion) => AuditAnswer | TransportError;

const EQUAL: AuditAnswer = { isAtHead: true, ledger: [], cells: [], lost: [], checkpoint: null };
const CHECKPOINT = signCheckpoint(HUB_SIGNER, IDENTITY.tenant, {
  store: IDENTITY.store,
  number: 1,
  atMs: 1,
  heads: [{ device: 'lane-1', epoch: '0123456789abcdef', seq: 1, hash: 'ab'.repeat(32) }],
});

const begin = (): LaneAudit =>
  createLaneAudit({
    db: lane.db,
    store: lane.store,
    scopes: () => scopesAt(lane.store, IDENTITY, lane.store.cut().at),
    hub: {
      askAudit: async (_token, question) => {
        questions.push(question);
        const said = answer(question);
        return 'type' in said ? { ok: false, error: said } : { ok: true, value: { value: said, hubTimeMs: null } };
      },
      reportAudit: async (_token, report) => {
        reports.push(report);
        return { ok: true, value: { value: null, hubTimeMs: null } };
      },
    },
    hash: nodeHash,
    verifier: nodeVerifier,
    clock: { nowMs: () => lane.clock.nowMs, monotonicMs: () => nowMs },
    random: { bytes: (length) => new Uint8Array(length) },
    timers: {
      after: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        timers.push(timer);
        return () => void (timers = timers.filter((other) => other !== timer));
      },
    },
    logger: silentLogger,
    selling: { quietMs: () => quietMs },
    withTurn: (write) => write(),
  });

/** Lets `ms` go by, with all that is due in it. */
async function pass(ms: number): Promise<void> {
  const endMs = nowMs + ms;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const [next] = timers.filter(({ atMs }) => atMs <= endMs).sort((left, right) => left.atMs - right.atMs);
    if (next === undefined) break;
    lane.clock.nowMs += Math.max(0, next.atMs - nowMs);
    nowMs = Math.max(nowMs, next.atMs);
    timers = timers.filter((other) => other !== next);
    next.run();
  }
  lane.clock.nowMs += endMs - nowMs;
  nowMs = endMs;
}

beforeEach(() => {
  lane = createTestLane();
  [timers, questions, reports, nowMs, quietMs] = [[], [], [], 0, MINUTE_MS];
  answer = () => EQUAL;
  audit = begin();
});
afterEach(async () => {
  await audit.stop();
  lane.close();
});

test('A-3: a lane compares itself once a day, and says that it did', async () => {
  await pass(2 * MINUTE_MS);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({ differences: [], position: lane.store.cut().position });
  expect(reports[0]?.entities).toBeGreaterThan(3);
  await pass(DAY_MS / 2);
  expect(reports).toHaveLength(1);
  await pass(DAY_MS / 2);
  expect(reports).toHaveLength(2);
});

test('A-3: nothing is compared while somebody sells; the hub’s wish begins at once, and goes on in the pauses', async () => {
  quietMs = 0;
  await pass(3 * MINUTE_MS);
  expect(questions).toEqual([]);
  audit.wanted();
  await pass(MINUTE_MS);
  // What needs no look at the tables was asked; the rest waits.
  expect(reports).toEqual([]);
  quietMs = MINUTE_MS;
  await pass(MINUTE_MS);
  expect(reports).toHaveLength(1);
});

test('A-3: a hub that is busy, or moves on meanwhile, is asked again in five minutes', async () => {
  answer = () => ({ type: 'busy', reason: '503' });
  await pass(2 * MINUTE_MS);
  expect([questions.length, reports.length]).toEqual([1, 0]);
  answer = () => ({ ...EQUAL, isAtHead: false });
  await pass(6 * MINUTE_MS);
  expect(reports).toMatchObject([{ entities: null }]);
});

test('A-4: the checkpoint outlives a restart, and is shown the next time', async () => {
  answer = () => ({ ...EQUAL, checkpoint: CHECKPOINT });
  await pass(2 * MINUTE_MS);
  expect(reports[0]).toMatchObject({ checkpoint: 1 });
  await audit.stop();
  lane.reopen();
  timers = [];
  questions = [];
  audit = begin();
  answer = () => ({ ...EQUAL, lost: [0] });
  audit.wanted();
  await pass(MINUTE_MS);
  expect(questions[0]?.checkpoint).toEqual(CHECKPOINT);
  expect(reports.at(-1)?.differences).toEqual([{ what: 'cut-short', head: CHECKPOINT.heads[0] }]);
});
