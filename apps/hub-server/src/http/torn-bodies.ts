/**
 * What came of batches whose connection was torn, in memory, for some minutes: their devices go on behind it (SPEC: U-24). One of each device, the newest. Another replica of the hub, or this one after a restart, has none of it; then the batch
 * is sent whole.
 *
 * Invariants:
 * - Nothing is kept of a body that came whole.
 * - What is torn takes `MAX_BYTES` at most: the oldest goes first.
 */
import type { Clock } from '@holdfast/base';

export interface TornBodies {
  /** A body begins, which follows `behind` bytes that are held; undefined where they are not. */
  begin(device: string, behind: number): ComingBody | undefined;
  /** Of this device: what was torn, or is coming on a connection that its sender may have given up. */
  held(device: string): Buffer;
}

export interface ComingBody {
  readonly came: (part: Buffer) => void;
  /** All of the rest is here: with what was before it. */
  readonly whole: (rest: Buffer) => Buffer;
  /** Its connection is done with. */
  readonly close: () => void;
}

const KEEP_MS = 10 * 60_000;
export const MAX_BYTES = 32 * 1024 * 1024;

interface Kept {
  readonly parts: Buffer[];
  bytes: number;
  /** Null while it comes. */
  tornAtMs: number | null;
}

export function createTornBodies(clock: Pick<Clock, 'monotonicMs'>): TornBodies {
  const byDevice = new Map<string, Kept>();

  function makeRoom(): void {
    const torn = [...byDevice].filter(([, { tornAtMs }]) => tornAtMs !== null);
    let bytes = torn.reduce((sum, [, kept]) => sum + kept.bytes, 0);
    const nowMs = clock.monotonicMs();
    for (const [device, kept] of torn.sort(([, left], [, right]) => (left.tornAtMs ?? 0) - (right.tornAtMs ?? 0))) {
      if (bytes <= MAX_BYTES && nowMs - (kept.tornAtMs ?? 0) < KEEP_MS) return;
      byDevice.delete(device);
      bytes -= kept.bytes;
    }
  }

  const held = (device: string): Buffer => {
    const kept = byDevice.get(device);
    if (kept === undefined || (kept.tornAtMs !== null && clock.monotonicMs() - kept.tornAtMs >= KEEP_MS)) return Buffer.alloc(0);
    return Buffer.concat(kept.parts);
  };

  return {
    held,
    begin: (device, behind) => {
      const before = behind === 0 ? null : held(device).subarray(0, behind);
      if (before !== null && before.length < behind) return undefined;
      const kept: Kept = { parts: before === null ? [] : [before], bytes: behind, tornAtMs: null };
      const isNewest = (): boolean => byDevice.get(device) === kept;
      byDevice.set(device, kept);
      return {
        came: (part) => {
          kept.parts.push(part);
          kept.bytes += part.length;
        },
        whole: (rest) => {
          if (isNewest()) byDevice.delete(device);
          return before === null ? rest : Buffer.concat([before, rest]);
        },
        close: () => {
          if (!isNewest()) return;
          if (kept.bytes === 0) byDevice.delete(device);
          kept.tornAtMs = clock.monotonicMs();
          makeRoom();
        },
      };
    },
  };
}
