/**
 * Time for devices in memory: nothing waits. As soon as nothing else is to be done it is the moment of the next timer, so that a minute of a device takes no longer than what
 * happens in it, and each deadline is kept to the millisecond.
 */
import type { Clock, Timers } from '@holdfast/base';

export interface JumpingTime {
  readonly clock: Clock;
  readonly timers: Timers;
}

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

export function createJumpingTime(): JumpingTime {
  let nowMs = 0;
  let isJumping = false;
  const due = new Set<Due>();

  const jump = (): void => {
    // In the order of their moments, and of one moment in that in which they were asked for.
    const [next] = [...due].toSorted((left, right) => left.atMs - right.atMs);
    isJumping = next !== undefined;
    if (next === undefined) return;
    due.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.run();
    setImmediate(jump);
  };
  return {
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      after: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        due.add(timer);
        if (!isJumping) setImmediate(jump);
        isJumping = true;
        return () => void due.delete(timer);
      },
    },
  };
}
