/**
 * What was rebuilt of a frame when it was opened, kept until it is folded: whoever folds does not rebuild it. Bounded and forgetful: of what is not here (too much waits, another
 * replica received it, the hub was started anew) the frame says it all again. It holds what was rebuilt of the very frame that stands under that number, and nothing else.
 */
import { assert } from '@holdfast/base';
import type { ChainedEntry } from '@holdfast/sync';

const HASH_BYTES = 32;

/** The entries of one frame, in as few pieces as a thread can be handed them by. */
export interface PackedEntries {
  readonly device: string;
  readonly epoch: string;
  readonly firstSeq: number;
  readonly previousHash: Uint8Array;
  /** One behind the other. */
  readonly hashes: Uint8Array;
  readonly canonicals: Uint8Array;
  /** Of the canonical bytes of each. */
  readonly lengths: Uint32Array;
}

export type PackedOf = Pick<PackedEntries, 'device' | 'epoch' | 'firstSeq' | 'previousHash'>;

export function packEntries({ device, epoch, firstSeq, previousHash }: PackedOf, entries: readonly ChainedEntry[]): PackedEntries {
  const hashes = new Uint8Array(entries.length * HASH_BYTES);
  const lengths = new Uint32Array(entries.length);
  const canonicals = new Uint8Array(entries.reduce((bytes, { canonical }) => bytes + canonical.length, 0));
  let at = 0;
  for (const [index, { hash, canonical }] of entries.entries()) {
    hashes.set(hash, index * HASH_BYTES);
    lengths[index] = canonical.length;
    canonicals.set(canonical, at);
    at += canonical.length;
  }
  return { device, epoch, firstSeq, previousHash, hashes, canonicals, lengths };
}

export function unpackEntries({
  device,
  epoch,
  firstSeq,
  previousHash,
  canonicals,
  lengths,
  ...packed
}: PackedEntries): readonly ChainedEntry[] {
  let at = 0;
  let before = previousHash;
  return hashesOf(packed).map((hash, index) => {
    const length = lengths[index];
    assert(length !== undefined, 'a length for each entry');
    const entry = {
      id: { device, epoch, seq: firstSeq + index },
      previousHash: before,
      hash,
      canonical: canonicals.subarray(at, at + length),
    };
    at += length;
    before = hash;
    return entry;
  });
}

export const hashesOf = ({ hashes }: Pick<PackedEntries, 'hashes'>): readonly Uint8Array[] =>
  Array.from({ length: hashes.length / HASH_BYTES }, (_, index) => hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));

export interface OpenedEntries {
  /** Before anybody can see that run. */
  keep(runNo: number, entries: PackedEntries): void;
  /** As it is now: what is forgotten later stays in it. */
  snapshot(): ReadonlyMap<number, PackedEntries>;
  forget(runNos: Iterable<number>): void;
}

/** Some 120,000 sales of five lines. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What came last is not kept where there is no room: the first is folded first. */
export function createOpenedEntries(maxBytes: number = MAX_BYTES): OpenedEntries {
  const byRun = new Map<number, PackedEntries>();
  let bytes = 0;
  const sizeOf = ({ hashes, canonicals, lengths }: PackedEntries): number => hashes.length + canonicals.length + lengths.byteLength;
  return {
    keep: (runNo, entries) => {
      const more = sizeOf(entries);
      if (byRun.has(runNo) || bytes + more > maxBytes) return;
      byRun.set(runNo, entries);
      bytes += more;
    },
    snapshot: () => new Map(byRun),
    forget: (runNos) => {
      for (const runNo of runNos) {
        const held = byRun.get(runNo);
        if (held === undefined) continue;
        byRun.delete(runNo);
        bytes -= sizeOf(held);
      }
    },
  };
}
