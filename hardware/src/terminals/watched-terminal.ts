/**
 * A payment terminal as one of the lane's devices: opened once the lane knows by which name it pays, and each call of its driver tells how it is and
 * is counted. What a call means for money is nothing of this: it hands on every word as it came.
 */
import { err, type Clock, type Result } from '@holdfast/base';

import { deviceFault, type Device, type DeviceFault, type DeviceFaultReason, type DeviceHealth } from '../device/device.ts';
import type { DeviceEntry } from '../device/profile.ts';
import { openTerminal } from './open-terminal.ts';
import { notStarted, type NotStarted, type PaymentTerminal, type TerminalAnswer, type TerminalOutcome } from './terminal.ts';

export interface TerminalNames {
  /** How terminals know the lane; undefined before it is enrolled. */
  readonly saleId: () => string | undefined;
  /** Ten letters and digits, never used before. */
  readonly newId: () => string;
}

export interface WatchedTerminal extends Device, PaymentTerminal {
  readonly kind: 'paymentTerminal';
}

const REASONS: Readonly<Record<NotStarted['reason'], DeviceFaultReason>> = {
  unreachable: 'unreachable',
  noAnswer: 'noAnswer',
  busy: 'busy',
  notReady: 'offline',
};
const NAMELESS = notStarted('notReady', 'the lane has no name yet: it is not enrolled');

export interface WatchOptions extends TerminalNames {
  readonly entry: DeviceEntry;
  readonly clock: Clock;
  readonly onStatus?: () => void;
}

/** The entry's address is one that `openTerminal` takes. */
export function watchTerminal({ entry, saleId, newId, clock, onStatus }: WatchOptions): WatchedTerminal {
  const counts = { approvedCount: 0, declinedCount: 0, notStartedCount: 0, unknownCount: 0 };
  let opened: PaymentTerminal | undefined;
  let health: Pick<DeviceHealth, 'power' | 'reason'> = { power: 'unknown' };
  let running = 0;

  const find = (): PaymentTerminal | undefined => {
    const name = saleId();
    if (opened !== undefined || name === undefined) return opened;
    const terminal = openTerminal(`${entry.model}@${entry.address}`, { saleId: name });
    if (terminal.ok) opened = terminal.value;
    return opened;
  };
  const note = (reason?: DeviceFaultReason): void => {
    const before = health;
    health = reason === undefined ? { power: 'online' } : { power: 'offline', reason };
    if (before.power !== health.power || before.reason !== reason) onStatus?.();
  };
  const noteStart = <T extends { readonly ok: boolean; readonly error?: { readonly type: string; readonly reason: string } }>(
    result: T,
  ): T => {
    const { error } = result;
    if (error === undefined) note();
    else note(error.type === 'notStarted' ? REASONS[error.reason as NotStarted['reason']] : (error.reason as DeviceFaultReason));
    return result;
  };
  const noteOutcome = <T extends TerminalOutcome | TerminalAnswer>(outcome: T): T => {
    if (outcome.type === 'approved') counts.approvedCount += 1;
    if (outcome.type === 'declined') counts.declinedCount += 1;
    if (outcome.type === 'notStarted') counts.notStartedCount += 1;
    if (outcome.type === 'unknown') counts.unknownCount += 1;
    if (outcome.type === 'notStarted') note(REASONS[outcome.reason]);
    else if (outcome.type === 'unknown') note(outcome.reason);
    else note(outcome.type === 'unreachable' ? 'unreachable' : undefined);
    return outcome;
  };
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };

  return {
    kind: 'paymentTerminal',
    model: entry.model,
    protocol: entry.model === 'zvt' ? 'zvt' : 'nexo',
    address: entry.address,
    health: () => ({ ...health, statistics: { ...counts } }),
    prepare: async (order) => await during(async () => noteStart((await find()?.prepare(order)) ?? err(NAMELESS))),
    run: async (order) => await during(async () => noteOutcome((await find()?.run(order)) ?? NAMELESS)),
    ask: async (order) =>
      await during(async () => noteOutcome((await find()?.ask(order)) ?? { type: 'unreachable', detail: NAMELESS.detail })),
    abort: async (order) => await find()?.abort(order),
    settle: async (order) => await during(async () => noteStart((await find()?.settle(order)) ?? err(NAMELESS))),
    check: async (order) => await during(async () => noteStart((await find()?.check(order)) ?? err(NAMELESS))),
    // Whoever has a shopper before it is not asked how it is.
    async checkHealth(): Promise<Result<void, DeviceFault>> {
      if (running > 0) return err(deviceFault('busy', 'safe', `${entry.model} is at work`));
      const there = await this.check({ serviceId: newId(), atMs: clock.nowMs() });
      return there.ok ? there : err(deviceFault(REASONS[there.error.reason], 'safe', there.error.detail));
    },
    close: () => {},
  };
}
