/**
 * What has come of segments that are not applied yet, by address: a transfer that ends, or a process that is killed, goes on from there (SPEC: D-11). Nothing here is believed: a segment is opened where the whole of it has the hash that is
 * its address, and what does not is dropped and asked for again.
 */
import { joinBytes } from '../wire/bytes.ts';

export interface SegmentParts {
  /** From the segment's first byte on; empty where nothing is known of it. */
  held(segment: string): Uint8Array;
  /** `bytes` stand at `from` in it. What is held already is passed over, and so is what does not follow what is held. Never throws: what a disk does not keep is asked for again. */
  keep(segment: string, from: number, bytes: Uint8Array): void;
  drop(segment: string): void;
  segments(): readonly string[];
}

/** Of more segments than are ever under way the ones that were begun first are forgotten. */
export const MAX_PARTS = 8;

/** What of `bytes`, which stand at `from`, follows the first `length` bytes. */
export function following(length: number, from: number, bytes: Uint8Array): Uint8Array {
  return from > length ? new Uint8Array() : bytes.subarray(length - from);
}

/** Forgotten with the process: for tests, and for whoever has no disk. */
export function createMemoryParts(): SegmentParts {
  const bySegment = new Map<string, Uint8Array>();
  const held = (segment: string): Uint8Array => bySegment.get(segment) ?? new Uint8Array();
  return {
    held,
    keep: (segment, from, bytes) => {
      const before = held(segment);
      const more = following(before.length, from, bytes);
      if (more.length === 0) return;
      bySegment.set(segment, joinBytes(before, more));
      for (const oldest of bySegment.keys()) if (bySegment.size > MAX_PARTS) bySegment.delete(oldest);
    },
    drop: (segment) => void bySegment.delete(segment),
    segments: () => [...bySegment.keys()],
  };
}
