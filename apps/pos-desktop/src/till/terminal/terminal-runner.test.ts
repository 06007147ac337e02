/** When the terminal is worked with again, where what it said could not be kept. What becomes of the money is tested beside the real core (`terminal-payments`). */
import { err, ok } from '@holdfast/base';
import type { NotStarted, PaymentTerminal } from '@holdfast/hardware';
import { beforeEach, expect, test } from 'vitest';

import { silentLogger } from '../testing/test-lane.ts';
import { orderOf, type TerminalPayment } from './payment-journal.ts';
import { nextPaymentState, type PaymentState } from './payment-state.ts';
import { createTerminalRunner, type TerminalRunner } from './terminal-runner.ts';

const ABSENT: NotStarted = { type: 'notStarted', reason: 'unreachable', detail: 'test' };
const APPROVED = { type: 'approved', amountMinor: 119, isOffline: false, card: {} } as const;
const PAYMENT: TerminalPayment = {
  paymentId: 'A1B2C3D4E5',
  state: 'wanted',
  basketId: 'basket',
  wish: {
    act: 'payment',
    tenderType: 'card',
    amountMinor: 119,
    currency: 'EUR',
    minorDigits: 2,
    mayBeOffline: false,
    target: { type: 'tender', events: [], eventCount: 0 },
  },
  mark: null,
  approved: null,
  isBooked: false,
  receiptNumber: null,
  offline: null,
  isSettled: false,
  atMs: 0,
};

let state: PaymentState;
/** `full`: nothing can be written. `lost`: nor read. */
let disk: 'there' | 'full' | 'lost';
/** What is to be done can be read. */
let isRead: boolean;
let isThere: boolean;
/** The disk is lost while the order is at the terminal. */
let losesDisk: boolean;
/** What was asked of the terminal. */
let asked: ('prepare' | 'run')[];
let heard: number;
let nowMs: number;
let due: { readonly atMs: number; readonly run: () => void }[];
let runner: TerminalRunner;

/** All that needs no moment to pass; a runner that never rests is ended. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  expect(heard).toBeLessThan(20);
};
const pass = async (ms: number): Promise<void> => {
  nowMs += ms;
  const [now, later] = [due.filter(({ atMs }) => atMs <= nowMs), due.filter(({ atMs }) => atMs > nowMs)];
  due = later;
  for (const { run } of now) run();
  await settle();
};

beforeEach(() => {
  [state, disk, isThere, losesDisk, asked, heard, nowMs, due] = ['wanted', 'there', true, false, [], 0, 0, []];
  isRead = true;
  const terminal: PaymentTerminal = {
    protocol: 'nexo',
    address: 'test',
    prepare: async () => {
      asked.push('prepare');
      return isThere ? ok({}) : err(ABSENT);
    },
    run: async () => {
      asked.push('run');
      if (losesDisk) disk = 'lost';
      return APPROVED;
    },
    ask: async () => APPROVED,
    abort: async () => undefined,
    settle: async () => err(ABSENT),
    check: async () => ok(undefined),
  };
  runner = createTerminalRunner({
    terminal,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      after(delayMs, run) {
        const waiting = { atMs: nowMs + delayMs, run };
        due.push(waiting);
        return () => void (due = due.filter((one) => one !== waiting));
      },
    },
    logger: silentLogger,
    work: () => {
      if (!isRead) throw new Error('the disk is gone');
      const payment = { ...PAYMENT, state };
      return state === 'wanted' ? [{ does: 'run', isQuiet: false, payment, order: orderOf(payment) }] : [];
    },
    heard: (_, event) => {
      heard += 1;
      if (heard >= 20) runner.close();
      if (disk === 'lost') throw new Error('the disk is gone');
      if (disk === 'there') state = nextPaymentState(state, event)?.state ?? state;
      return state;
    },
    onCondition: () => {},
    newId: () => 'Q000000001',
  });
});

test('what is to be done, where it cannot be read, is looked for again after a second', async () => {
  isRead = false;
  runner.onWork();
  await settle();
  await pass(1_000);
  expect(asked).toEqual([]);
  isRead = true;
  await pass(999);
  expect(asked).toEqual([]);
  await pass(1);
  expect([asked, state]).toEqual([['prepare', 'run'], 'approved']);
});

test('an order that cannot be written is tried again after a while, less and less often, and sent once it stands', async () => {
  disk = 'full';
  runner.onWork();
  await settle();
  expect([asked, heard]).toEqual([['prepare'], 1]);
  await pass(1_000);
  expect(heard).toBe(2);
  await pass(1_000);
  expect(heard).toBe(2);
  await pass(1_000);
  expect(heard).toBe(3);
  disk = 'there';
  await pass(4_000);
  expect([state, asked]).toEqual(['approved', ['prepare', 'prepare', 'prepare', 'prepare', 'run']]);
});

test('that the terminal is not there is said again after a while where it could not be written', async () => {
  [disk, isThere] = ['full', false];
  runner.onWork();
  await settle();
  expect([asked, heard]).toEqual([['prepare'], 1]);
  disk = 'there';
  await pass(1_000);
  expect([state, asked]).toEqual(['notCharged', ['prepare', 'prepare']]);
});

test.each(['sending', 'approved'])(
  '%s while not even the disk can be read, it is said until it can, and the order goes out once',
  async (what) => {
    if (what === 'sending') disk = 'lost';
    losesDisk = what === 'approved';
    runner.onWork();
    await settle();
    const before = heard;
    await pass(1_000);
    expect([heard, state]).toEqual([before + 1, what === 'sending' ? 'wanted' : 'sent']);
    disk = 'there';
    await pass(1_000);
    expect([state, asked]).toEqual(['approved', ['prepare', 'run']]);
  },
);
