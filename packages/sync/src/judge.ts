/**
 * The hub's rule for a batch (SPEC: U-5 to U-9): pure, so that any store can apply it inside the transaction that stores.
 * What is held is never overwritten; what does not fit is asked for again or stored beside it; only what is not authentic is refused.
 */
import { assert, type Verifier } from '@holdfast/base';

import type { Batch } from './batch.ts';
import { sameBytes } from './bytes.ts';
import { verifyHead, type ChainedEntry, type ChainHead } from './ledger.ts';

/** What a hub looks up for a batch, in the transaction that will store it. */
export interface HeldLedger {
  /** From the authentication of the request, never from the batch. */
  readonly device: string;
  readonly publicKey: Uint8Array;
  /** Head of the batch's epoch on the main line; null where nothing of it is held there. */
  readonly head: ChainHead | null;
  /** Main line of that epoch: seq → hash, for those seqs of the batch that are held. */
  readonly hashBySeq: ReadonlyMap<number, Uint8Array>;
  /** Whether `previousOf(batch)` is held with that very hash, on the main line or on a branch. True where there is none. */
  readonly previousHeld: boolean;
  /** Another epoch of this device is held. */
  readonly otherEpochs: boolean;
}

export type BatchVerdict =
  /**
   * Store `entries` after what is held (none for a probe). `duplicates` were held already. `orphan`: a further epoch that names no
   * parent: it counts like any other, and a person should look.
   */
  | { readonly type: 'append'; readonly entries: readonly ChainedEntry[]; readonly duplicates: number; readonly orphan: boolean }
  /** Something before the batch is missing: take nothing, answer `gap`. */
  | { readonly type: 'gap' }
  /** Another history under the same identity: store these beside the main line (unique by device, epoch, seq, hash), never over it. */
  | { readonly type: 'branch'; readonly entries: readonly ChainedEntry[]; readonly duplicates: number }
  | { readonly type: 'refused'; readonly reason: 'wrong-device' | 'bad-signature' };

/** The entry that a batch continues; null where it opens a device's first epoch. */
export function previousOf(batch: Batch): { readonly epoch: string; readonly seq: number; readonly hash: Uint8Array } | null {
  if (batch.firstSeq > 1) return { epoch: batch.epoch, seq: batch.firstSeq - 1, hash: batch.previousHash };
  return batch.parent;
}

export function judgeBatch(held: HeldLedger, batch: Batch, verifier: Verifier): BatchVerdict {
  if (batch.device !== held.device) return { type: 'refused', reason: 'wrong-device' };
  if (!verifyHead(verifier, held.publicKey, batch.head)) return { type: 'refused', reason: 'bad-signature' };
  const { entries } = batch;
  if (entries.length === 0) return { type: 'append', entries, duplicates: 0, orphan: false };
  if (!held.previousHeld) return { type: 'gap' };
  const { head } = held;
  if (head === null) {
    if (batch.firstSeq > 1) return { type: 'branch', entries, duplicates: 0 };
    return { type: 'append', entries, duplicates: 0, orphan: batch.parent === null && held.otherEpochs };
  }
  let duplicates = 0;
  for (const entry of entries) {
    if (entry.id.seq > head.seq) break;
    const hash = held.hashBySeq.get(entry.id.seq);
    assert(hash !== undefined, `held up to ${head.seq}, but not ${entry.id.seq}`);
    if (!sameBytes(hash, entry.hash)) return { type: 'branch', entries: entries.slice(duplicates), duplicates };
    duplicates += 1;
  }
  const rest = entries.slice(duplicates);
  const next = rest[0];
  const fits = next === undefined || (next.id.seq === head.seq + 1 && sameBytes(next.previousHash, head.hash));
  return fits ? { type: 'append', entries: rest, duplicates, orphan: false } : { type: 'branch', entries: rest, duplicates };
}
