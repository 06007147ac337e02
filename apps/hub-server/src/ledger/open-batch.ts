/** A frame as it comes in: decoded, chained to its head, and its head's signature verified. Pure, so that any thread may do it. */
import { err, ok, type Compression, type Hash, type Result, type Verifier, type VerifierAside } from '@holdfast/base';
import { decodeBatch, refusalAside, refusalOf, type Batch, type BatchRefusal, type BatchRun } from '@holdfast/sync';

import { hashesOf, packEntries, type PackedEntries } from './opened-entries.ts';

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

/** What is to be known of a batch that is authentic, as any thread can hand it to another. */
export interface OpenedFrame extends Omit<BatchRun, 'hashes'> {
  readonly head: Batch['head'];
  readonly entries: PackedEntries;
}

export interface OpenedBatch extends BatchRun, OpenedFrame {}

export const openedBatch = (frame: OpenedFrame): OpenedBatch => ({ ...frame, hashes: hashesOf(frame.entries) });

const openedFrame = (batch: Batch): OpenedFrame => {
  const { epoch, parent, firstSeq, previousHash, head, entries } = batch;
  return { epoch, parent, firstSeq, previousHash, head, entries: packEntries(batch, entries) };
};

export function openBatch(frame: Uint8Array, sender: Sender, ports: OpenPorts): Result<OpenedFrame, OpenError> {
  const batch = decodeBatch(frame, ports);
  if (!batch.ok) return err({ type: 'badBatch', reason: batch.error.reason });
  const reason = refusalOf(sender, batch.value, ports.verifier);
  return reason === null ? ok(openedFrame(batch.value)) : err({ type: 'refused', reason });
}

/** The same, with the signature checked beside: decoded when it returns. */
export async function openBatchAside(
  frame: Uint8Array,
  sender: Sender,
  ports: Omit<OpenPorts, 'verifier'> & { readonly verifier: VerifierAside },
): Promise<Result<OpenedFrame, OpenError>> {
  const batch = decodeBatch(frame, ports);
  if (!batch.ok) return err({ type: 'badBatch', reason: batch.error.reason });
  const reason = await refusalAside(sender, batch.value, ports.verifier);
  return reason === null ? ok(openedFrame(batch.value)) : err({ type: 'refused', reason });
}
