/**
 * The hub's rule for a batch (SPEC: U-5 to U-9): pure, so that any store can apply it inside the transaction that stores.
 * What is held is never overwritten; what does not fit is asked for again or stored beside it; only what is not authentic is refused.
 */
import { assert, type Verifier, type VerifierAside } from '@holdfast/base';

import type { EpochParent } from '../store.ts';
import type { Batch } from '../wire/batch.ts';
import { sameBytes } from '../wire/bytes.ts';
import { headMessage, verifyHead, type ChainedEntry, type ChainHead } from './ledger.ts';

/** A batch as it is placed: without what its entries say. */
export interface BatchRun {
  readonly epoch: string;
  /** Only where `firstSeq` is 1. */
  readonly parent: EpochParent | null;
  readonly firstSeq: number;
  readonly previousHash: Uint8Array;
  /** Of each entry, in their order. */
  readonly hashes: readonly Uint8Array[];
}

/** What a hub looks up to place a run, in the transaction that will store it. */
export interface HeldRun {
  /** Head of the run's epoch on the main line; null where nothing of it is held there. */
  readonly head: Pick<ChainHead, 'seq' | 'hash'> | null;
  /** Main line of that epoch: seq → hash, for those seqs of the run that are held. */
  readonly hashBySeq: ReadonlyMap<number, Uint8Array>;
  /** Whether `previousOf(run)` is held with that very hash, on the main line or on a branch. True where there is none. */
  readonly previousHeld: boolean;
}

/** What a hub looks up for a batch. */
export interface HeldLedger extends HeldRun {
  /** From the authentication of the request, never from the batch. */
  readonly device: string;
  readonly publicKey: Uint8Array;
}

export type Placement =
  /** Store what comes behind the first `duplicates` entries after what is held (nothing for a probe). */
  | { readonly type: 'append'; readonly duplicates: number }
  /** Something before the batch is missing: take nothing, answer `gap`. */
  | { readonly type: 'gap' }
  /** Another history under the same identity: store the rest beside the main line (unique by device, epoch, seq, hash), never over it. */
  | { readonly type: 'branch'; readonly duplicates: number };

export type BatchRefusal = 'wrong-device' | 'bad-signature';

export type BatchVerdict =
  | { readonly type: 'append'; readonly entries: readonly ChainedEntry[]; readonly duplicates: number }
  | { readonly type: 'gap' }
  | { readonly type: 'branch'; readonly entries: readonly ChainedEntry[]; readonly duplicates: number }
  | { readonly type: 'refused'; readonly reason: BatchRefusal };

/** The entry that a batch continues; null where it opens a device's first epoch. */
export function previousOf(
  batch: Pick<Batch, 'epoch' | 'firstSeq' | 'previousHash' | 'parent'>,
): { readonly epoch: string; readonly seq: number; readonly hash: Uint8Array } | null {
  if (batch.firstSeq > 1) return { epoch: batch.epoch, seq: batch.firstSeq - 1, hash: batch.previousHash };
  return batch.parent;
}

/** Null where the batch is its sender's own. Asks nothing of what is held. */
export function refusalOf(
  sender: Pick<HeldLedger, 'device' | 'publicKey'>,
  batch: Pick<Batch, 'device' | 'head'>,
  verifier: Verifier,
): BatchRefusal | null {
  if (batch.device !== sender.device) return 'wrong-device';
  return verifyHead(verifier, sender.publicKey, batch.head) ? null : 'bad-signature';
}

/** The same, with the signature checked beside. */
export async function refusalAside(
  sender: Pick<HeldLedger, 'device' | 'publicKey'>,
  batch: Pick<Batch, 'device' | 'head'>,
  verifier: VerifierAside,
): Promise<BatchRefusal | null> {
  if (batch.device !== sender.device) return 'wrong-device';
  const isSigned = await verifier.verify(sender.publicKey, headMessage(batch.head), batch.head.signature);
  return isSigned ? null : 'bad-signature';
}

const runOf = ({ epoch, parent, firstSeq, previousHash, entries }: Batch): BatchRun => ({
  epoch,
  parent,
  firstSeq,
  previousHash,
  hashes: entries.map(({ hash }) => hash),
});

export function judgeBatch(held: HeldLedger, batch: Batch, verifier: Verifier): BatchVerdict {
  const reason = refusalOf(held, batch, verifier);
  if (reason !== null) return { type: 'refused', reason };
  const placement = placeRun(held, runOf(batch));
  return placement.type === 'gap' ? placement : { ...placement, entries: batch.entries.slice(placement.duplicates) };
}

/** Of a run that is its sender's own. */
export function placeRun(held: HeldRun, run: BatchRun): Placement {
  const { firstSeq, hashes } = run;
  if (hashes.length === 0) return { type: 'append', duplicates: 0 };
  if (!held.previousHeld) return { type: 'gap' };
  const { head } = held;
  if (head === null) {
    return { type: firstSeq > 1 ? 'branch' : 'append', duplicates: 0 };
  }
  let duplicates = 0;
  for (const sent of hashes) {
    const seq = firstSeq + duplicates;
    if (seq > head.seq) break;
    const hash = held.hashBySeq.get(seq);
    assert(hash !== undefined, `held up to ${head.seq}, but not ${seq}`);
    if (!sameBytes(hash, sent)) return { type: 'branch', duplicates };
    duplicates += 1;
  }
  const before = duplicates === 0 ? run.previousHash : hashes[duplicates - 1];
  assert(before !== undefined, 'what comes before the next entry');
  const isDone = duplicates === hashes.length;
  const fits = isDone || (firstSeq + duplicates === head.seq + 1 && sameBytes(before, head.hash));
  return { type: fits ? 'append' : 'branch', duplicates };
}
