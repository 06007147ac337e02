/**
 * Takes the till's orders to the payment terminal, one after the other, and brings back what it says. It holds nothing that a restart would miss: what is to be done, the till
 * says, and when a question comes again, is all that is kept here.
 */
import type { Clock, Logger, Timers } from '@holdfast/base';
import type { PaymentTerminal, Unknown } from '@holdfast/hardware';

import type { TerminalWork } from '../acts/terminal-acts.ts';
import type { TerminalCount, TerminalPort } from '../till-ports.ts';
import type { PaymentEvent } from './payment-state.ts';

export interface TerminalRunnerPorts {
  readonly terminal: PaymentTerminal;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly work: () => readonly TerminalWork[];
  /** The order's state afterwards: what was heard is on disk. */
  readonly heard: (paymentId: string, event: PaymentEvent) => string | undefined;
  /** Whether it was there when it was asked last; undefined: it was not asked yet. */
  readonly onCondition: (detail: string | undefined) => void;
  /** Names what charges nothing. */
  readonly newId: () => string;
}

export interface TerminalRunner extends TerminalPort {
  settle(currency: string, minorDigits: number): Promise<TerminalCount | undefined>;
  close(): void;
}

/** A lost answer is asked for at once, and then less and less often. */
const ASK_AGAIN_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
const QUIET_AGAIN_MS = [0, 5_000, 15_000, 60_000] as const;
const CHECK_EVERY_MS = 30_000;
const SAY_AGAIN_MS = 1_000;

export function createTerminalRunner(ports: TerminalRunnerPorts): TerminalRunner {
  const { terminal, clock, timers, logger } = ports;
  /** How often a question was asked in vain, and when it may come again. */
  const waits = new Map<string, { readonly times: number; readonly dueMs: number }>();
  let isWorking = false;
  let isClosed = false;
  let running: TerminalWork | undefined;
  let cancelTimer = (): void => {};
  let cancelCheck = (): void => {};
  let endPause = (): void => {};

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timers.after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });

  /** One that gives something back keeps its patience under another name. */
  const nameOf = ({ payment }: TerminalWork): string =>
    payment.wish.target.type === 'left' ? payment.wish.target.paymentId : payment.paymentId;
  const dueMs = (work: TerminalWork): number => waits.get(nameOf(work))?.dueMs ?? 0;

  const postpone = (work: TerminalWork): void => {
    const name = nameOf(work);
    const times = (waits.get(name)?.times ?? 0) + 1;
    const pauses = work.isQuiet ? QUIET_AGAIN_MS : ASK_AGAIN_MS;
    waits.set(name, { times, dueMs: clock.monotonicMs() + (pauses[times] ?? pauses.at(-1) ?? 0) });
  };

  /** Said again where not even what the disk has could be read: what is said twice changes nothing. Undefined: the runner is closed. */
  const say = async ({ payment: { paymentId, wish } }: TerminalWork, event: PaymentEvent): Promise<string | undefined> => {
    for (;;) {
      if (isClosed) return undefined;
      try {
        const state = ports.heard(paymentId, event);
        logger.info('the payment terminal', { payment: paymentId, act: wish.act, event: describe(event), state });
        return state;
      } catch (error) {
        logger.error('what became of a payment could not be read', { payment: paymentId, event: describe(event), error });
      }
      await pause(SAY_AGAIN_MS);
    }
  };

  const ask = async (work: TerminalWork): Promise<void> => {
    const answer = await terminal.ask(work.order);
    if (isClosed) return;
    ports.onCondition(answer.type === 'unreachable' ? answer.detail : undefined);
    const before = work.payment.state;
    if ((await say(work, { type: 'answer', answer })) === before) postpone(work);
    else waits.delete(nameOf(work));
  };

  const run = async (work: TerminalWork): Promise<void> => {
    const ready = await terminal.prepare(work.order);
    if (isClosed) return;
    ports.onCondition(ready.ok ? undefined : ready.error.detail);
    const before = work.payment.state;
    if (!ready.ok) {
      const after = await say(work, { type: 'outcome', outcome: ready.error });
      if (work.isQuiet || after === before) postpone(work);
      return;
    }
    // The terminal's count still tells of what was left; after this order it may not any more.
    for (const left of ports.work()) if (left.isQuiet && left.payment.state === 'left') await ask(left);
    const { mark } = ready.value;
    const sending = await say(work, { type: 'sending', ...(mark !== undefined && { mark }) });
    // It could not be written (a disk that is full): not at once again.
    if (sending === before) postpone(work);
    if (sending !== 'sent') return;
    running = work;
    const outcome = await terminal.run({ ...work.order, ...ready.value }).catch((error: unknown): Unknown => {
      logger.error('the driver of the payment terminal failed', { error });
      return { type: 'unknown', reason: 'garbled' };
    });
    running = undefined;
    if (isClosed) return;
    ports.onCondition(outcome.type === 'notStarted' ? outcome.detail : undefined);
    if (work.isQuiet && outcome.type !== 'approved') postpone(work);
    // What could not be written (a disk that is full) is said again until it stands: nobody else knows it, and nobody asks for what is under way.
    for (;;) {
      if ((await say(work, { type: 'outcome', outcome })) !== 'sent') return;
      await pause(SAY_AGAIN_MS);
      if (isClosed) return;
    }
  };

  const loop = async (): Promise<void> => {
    if (isWorking || isClosed) return;
    isWorking = true;
    cancelTimer();
    cancelTimer = () => {};
    try {
      for (;;) {
        const now = clock.monotonicMs();
        const work = isClosed ? undefined : ports.work().find((one) => dueMs(one) <= now);
        if (work === undefined) break;
        await (work.does === 'run' ? run(work) : ask(work));
      }
    } catch (error) {
      logger.error('the payment terminal could not be worked with', { error });
    } finally {
      isWorking = false;
      running = undefined;
    }
    try {
      rest();
    } catch (error) {
      logger.error('what is to be asked of the payment terminal could not be read', { error });
      if (!isClosed) cancelTimer = timers.after(SAY_AGAIN_MS, () => void loop());
    }
  };

  /** Until the first question is due again. */
  function rest(): void {
    const [next] = isClosed
      ? []
      : ports
          .work()
          .map(dueMs)
          .sort((left, right) => left - right);
    if (next === undefined) return;
    cancelTimer = timers.after(Math.max(next - clock.monotonicMs(), MIN_REST_MS), () => void loop());
  }

  const check = async (): Promise<void> => {
    if (!isWorking) {
      const there = await terminal.check({ serviceId: ports.newId(), atMs: clock.nowMs() });
      if (!isClosed) ports.onCondition(there.ok ? undefined : there.error.detail);
    }
    if (!isClosed) cancelCheck = timers.after(CHECK_EVERY_MS, () => void check());
  };
  void check();

  return {
    onWork: () => void loop(),
    abort(paymentId) {
      const work = running?.payment.paymentId === paymentId ? running : ports.work().find(({ payment }) => payment.paymentId === paymentId);
      if (work !== undefined) void terminal.abort(work.order).catch(() => undefined);
    },
    ask(paymentId) {
      waits.delete(paymentId);
      void loop();
    },
    async settle(currency, minorDigits) {
      const totals = await terminal.settle({ serviceId: ports.newId(), currency, minorDigits, atMs: clock.nowMs() });
      if (totals.ok) return totals.value;
      logger.warn('the payment terminal was not settled', { error: totals.error });
      return totals.error.reason === 'busy' ? 'busy' : undefined;
    },
    close() {
      isClosed = true;
      cancelTimer();
      cancelCheck();
      endPause();
    },
  };
}

const MIN_REST_MS = 50;

function describe(event: PaymentEvent): string {
  if (event.type === 'outcome') return event.outcome.type;
  return event.type === 'answer' ? event.answer.type : event.type;
}
