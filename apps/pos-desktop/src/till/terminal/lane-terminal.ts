/** The lane's payment terminal: its driver, its runner, and what the status line says of it. A sale never waits for it to be there: whoever has cash sells on. */
import type { Clock, Logger, Result, Timers } from '@holdfast/base';
import { minorDigitsOf } from '@holdfast/domain';
import type { BadTerminal, PaymentTerminal } from '@holdfast/hardware';

import type { Status } from '../../shared/till-contract.ts';
import type { TerminalCount, TerminalPort } from '../till-ports.ts';
import { createTerminalRunner, type TerminalRunner, type TerminalRunnerPorts } from './terminal-runner.ts';

export interface LaneTerminal extends TerminalPort {
  settle(currency: string): Promise<TerminalCount | undefined>;
  status(): Status['devices'];
  close(): void;
}

export interface LaneTerminalPorts extends Pick<TerminalRunnerPorts, 'work' | 'heard' | 'newId'> {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How the terminal knows the lane: always the same, since it is asked under this name what became of a payment. Undefined before enrolment. */
  readonly saleId: () => string | undefined;
  readonly onChange: () => void;
  /** Whether somebody has to look at a payment. */
  readonly hasCases: () => boolean;
}

/** The driver, for a lane of this name. */
export type FindTerminal = (saleId: string) => Result<PaymentTerminal, BadTerminal>;

const ENROLLED_LOOK_MS = 1_000;

/** Never fails: a terminal that is not known is not there, and its cards are refused until it is. */
export function openLaneTerminal(find: FindTerminal, ports: LaneTerminalPorts): LaneTerminal {
  const { logger, onChange } = ports;
  let runner: TerminalRunner | undefined;
  let address = '';
  let isClosed = false;
  /** Undefined: it was not asked yet. */
  let condition: { readonly problem: string | undefined } | undefined;
  const setCondition = (problem: string | undefined): void => {
    if (condition !== undefined && condition.problem === problem) return;
    condition = { problem };
    if (problem === undefined) logger.info('the payment terminal is ready', { address: bare(address) });
    else logger.warn('the payment terminal is not there', { address: bare(address), problem });
    onChange();
  };
  const open = (saleId: string): void => {
    const found = find(saleId);
    if (!found.ok) return setCondition(`expected ${found.error.expected}`);
    address = found.value.address;
    runner = createTerminalRunner({ ...ports, terminal: found.value, onCondition: setCondition });
    return runner.onWork();
  };
  let cancelWaiting = (): void => {};
  let hasStarted = false;
  const start = (): boolean => {
    const saleId = ports.saleId();
    if (hasStarted || saleId === undefined) return hasStarted;
    hasStarted = true;
    open(saleId);
    return true;
  };
  /** A lane that has just come knows after a moment who it is. */
  const startWhenEnrolled = (): void => {
    if (!start() && !isClosed) cancelWaiting = ports.timers.after(ENROLLED_LOOK_MS, startWhenEnrolled);
  };
  startWhenEnrolled();
  return {
    onWork() {
      if (runner === undefined) start();
      else runner.onWork();
    },
    abort: (paymentId) => runner?.abort(paymentId),
    ask: (paymentId) => runner?.ask(paymentId),
    async settle(currency) {
      start();
      return await runner?.settle(currency, minorDigitsOf(currency));
    },
    status() {
      const said = (state: 'ready' | 'warning' | 'down', reason?: string): Status['devices'] => [
        { device: 'terminal', state, detail: reason ?? '', ...(reason !== undefined && { reason }) },
      ];
      if (condition === undefined) return said('warning', 'connecting');
      if (condition.problem !== undefined) return said('down', 'unreachable');
      return ports.hasCases() ? said('warning', 'cardCases') : said('ready');
    },
    close() {
      isClosed = true;
      cancelWaiting();
      runner?.close();
    },
  };
}

/** Without what it is opened with: passwords and names of key files stay out of logs. */
const bare = (address: string): string => address.replace(/\?.*$/, '');
