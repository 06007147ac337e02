/** A lane on a folder that is there already, with the driver and the runner of its terminal. What fails inside is said on stderr: whoever started the process reads it. */
import { randomBytes } from 'node:crypto';

import { systemClock, systemTimers } from '@holdfast/base/node';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { openLaneTerminal, type LaneTerminal } from '../terminal/lane-terminal.ts';
import { terminalAt } from './terminal-at.ts';
import { createTestLane, IDENTITY, silentLogger } from './test-lane.ts';

export interface HostedLane {
  ask(body: RequestBody): TillMessage;
}

export function hostTerminalLane(folder: string, address: string): HostedLane {
  const port = {
    onWork: () => void setImmediate(() => terminal.onWork()),
    abort: (paymentId: string) => terminal.abort(paymentId),
    ask: (paymentId: string) => terminal.ask(paymentId),
  };
  const lane = createTestLane([], folder, undefined, undefined, undefined, port);
  let told = 0;
  const tellErrors = (): void => {
    for (const error of lane.errors.slice(told))
      process.stderr.write(`failed inside: ${JSON.stringify(error)} ${String((error as { error?: unknown }).error)}\n`);
    told = lane.errors.length;
  };
  const terminal: LaneTerminal = openLaneTerminal(terminalAt(address), {
    clock: systemClock,
    timers: systemTimers,
    logger: silentLogger,
    saleId: () => IDENTITY.device,
    newId: () => randomBytes(5).toString('hex').toUpperCase(),
    onChange: () => {},
    hasCases: () => lane.till.hasCardCases(),
    work: () => lane.till.terminalWork(),
    heard: (paymentId, event) => {
      const { state } = lane.till.terminalHeard(paymentId, event);
      tellErrors();
      return state;
    },
  });
  return {
    ask(body) {
      const { reply } = lane.ask(body, randomBytes(12).toString('hex'));
      tellErrors();
      return reply;
    },
  };
}
