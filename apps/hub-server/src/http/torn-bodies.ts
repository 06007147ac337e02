/**
 * What came of batches whose connection was torn, in memory, for some minutes: their devices go on behind it (SPEC: U-24). One of each device, the newest. Another replica of the hub, or this one after a restart, has none of it; then the batch
 * is sent whole.
 *
 * Invariants:
 * - Nothing is kept of a body that came whole.
 * - What is torn takes `MAX_BYTES` at most: the oldest goes first.
 */
import { gatherBytes, type Clock, type GatheredBytes } from '@holdfast/base';

import { asBuffer } from './read-frame.ts';

export interface TornBodies {
  /** A body begins, which follows `behind` bytes that are held; undefined where they are not. */
  begin(device: string, behind: number): ComingBody | undefined;
  /** Of this device: what was torn, or is coming on a connection that its sender may have given up. */
  held(device: string): Buffer;
}

export interface ComingBody {
  readonly came: (part: Uint8Array) => void;
  /** All of it is here: with what was before it. */
  readonly whole: () => Buffer;
  /** Its connection is done with. */
  readonly close: () => void;
}

const KEEP_MS = 10 * 60_000;
export const MAX_BYTES = 32 * 1024 * 1024;

interface Kept {
  readonly body: GatheredBytes;
  /** Null while it comes. */
  tornAtMs: number | null;
}

export function createTornBodies(clock: Pick<Clock, 'monotonicMs'>): TornBodies {
  const byDevice = new Map<string, Kept>();

  function makeRoom(): void {
    const torn = [...byDevice].filter(([, { tornAtMs }]) => tornAtMs !== null);
    let bytes = torn.reduce((sum, [, kept]) => sum + kept.body.length, 0);
    const nowMs = clock.monotonicMs();
    for (const [device, kept] of torn.sort(([, left], [, right]) => (left.tornAtMs ?? 0) - (right.tornAtMs ?? 0))) {
      if (bytes <= MAX_BYTES && nowMs - (kept.tornAtMs ?? 0) < KEEP_MS) return;
      byDevice.delete(device);
      bytes -= kept.body.length;
    }
  }

  const held = (device: string): Buffer => {
    const kept = byDevice.get(device);
    if (kept === undefined || (kept.tornAtMs !== null && clock.monotonicMs() - kept.tornAtMs >= KEEP_MS)) return Buffer.alloc(0);
    return asBuffer(kept.body.bytes());
  };

  return {
    held,
    begin: (device, behind) => {
      const before = behind === 0 ? null : held(device).subarray(0, behind);
      if (before !== null && before.length < behind) return undefined;
      const kept: Kept = { body: gatherBytes(), tornAtMs: null };
      if (before !== null) kept.body.add(before);
      const isNewest = (): boolean => byDevice.get(device) === kept;
      byDevice.set(device, kept);
      return {
        came: kept.body.add,
        whole: () => {
          if (isNewest()) byDevice.delete(device);
          return asBuffer(kept.body.bytes());
        },
        close: () => {
          if (!isNewest()) return;
          if (kept.body.length === 0) byDevice.delete(device);
          kept.tornAtMs = clock.monotonicMs();
          makeRoom();
        },
      };
    },
  };
}
