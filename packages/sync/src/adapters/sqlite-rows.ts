/** What the adapters' rows have in common, whichever table they stand in. */
import type { EpochParent } from '../store.ts';

export interface ParentRow {
  readonly parent_epoch: string | null;
  readonly parent_seq: number | null;
  readonly parent_hash: Uint8Array | null;
}

/** better-sqlite3 hands out Buffers; what leaves the adapter are plain arrays of bytes. */
export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function parentOf(row: ParentRow): EpochParent | null {
  if (row.parent_epoch === null || row.parent_seq === null || row.parent_hash === null) return null;
  return { epoch: row.parent_epoch, seq: row.parent_seq, hash: plain(row.parent_hash) };
}
