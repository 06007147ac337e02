/** A frame as it comes in: decoded, chained to its head, and its head's signature verified. Pure, so that any thread may do it. */
import { err, ok, type Compression, type Hash, type Result, type Verifier } from '@holdfast/base';
import { decodeBatch, refusalOf, runOf, type Batch, type BatchRefusal, type BatchRun } from '@holdfast/sync';

export interface OpenPorts {
  readonly compression: Compression;
  readonly hash: Hash;
  readonly verifier: Verifier;
}

export interface Sender {
  readonly device: string;
  readonly publicKey: Uint8Array;
}

export type OpenError =
  | { readonly type: 'badBatch'; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: BatchRefusal };

/** What is left to know of a batch that is authentic; what its entries say stays in its frame. */
export interface OpenedBatch extends BatchRun {
  readonly head: Batch['head'];
}

export function openBatch(frame: Uint8Array, sender: Sender, ports: OpenPorts): Result<OpenedBatch, OpenError> {
  const batch = decodeBatch(frame, ports);
  if (!batch.ok) return err({ type: 'badBatch', reason: batch.error.reason });
  const reason = refusalOf(sender, batch.value, ports.verifier);
  return reason === null ? ok({ ...runOf(batch.value), head: batch.value.head }) : err({ type: 'refused', reason });
}
