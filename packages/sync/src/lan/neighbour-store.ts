/**
 * What a device keeps of its siblings, as a port: who they are, who counts no more, and copies of their ledgers. A copy is a **line**: one history of one epoch of one device, from
 * its first entry to a head that the device signed. A device that was restored or cloned has several lines of one epoch; each is kept whole.
 *
 * Every writing call is one transaction of its own, or part of the caller's where one is open. One contract suite holds for all adapters.
 */
import { assert } from '@holdfast/base';

import type { ChainedEntry, SignedHead } from '../replica/ledger.ts';
import type { EpochParent } from '../store.ts';
import type { Batch } from '../wire/batch.ts';
import { sameBytes } from '../wire/bytes.ts';
import type { Countersignature, KnownRevocations } from './trust.ts';

/** What enrolment gave this device for the store's network, verified (SPEC: N-1). DER, base64. */
export interface Membership {
  readonly certificate: string;
  readonly authority: string;
}

export interface Line {
  readonly line: number;
  /** Its last entry. What leads to it can be proven to anybody. */
  readonly head: SignedHead;
  readonly parent: EpochParent | null;
  /** The hub is known to hold its entries up to here. */
  readonly confirmedSeq: number;
  /** What is held follows it; 0: all is. */
  readonly beginSeq: number;
  /** Its device has forgotten it up to here: it may go here, too. */
  readonly forgottenSeq: number;
}

/** Up to where a device has forgotten an epoch of its own ledger, as an entry of that ledger says (SPEC: U-23). */
export interface ForgottenTo {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Consecutive entries of a line that end at a signed head. */
export type Run = Batch;

/** `entries`: those that were not held yet. `gap`: what comes before them is not held. */
export type Taken = { readonly type: 'taken'; readonly line: number; readonly entries: readonly ChainedEntry[] } | { readonly type: 'gap' };

export interface NeighbourStore {
  membership(): Membership | null;
  setMembership(membership: Membership): void;
  revocations(): KnownRevocations;
  setRevocations(known: KnownRevocations): void;
  /** Certificates (DER, base64) by device: the newest that was kept. */
  certificates(): ReadonlyMap<string, string>;
  keepCertificate(device: string, certificate: string): void;

  lines(): readonly Line[];
  /** Null beyond the line's head, and before its begin. */
  hashAt(line: number, seq: number): Uint8Array | null;
  /**
   * Places a batch that decodes, and whose signature is right (SPEC: N-8). `countersignature`: this device's over its head; null where it gives none. `begin`: its device's word, whose signature is right,
   * that it has forgotten what comes before: the batch may begin a line behind it (SPEC: N-17).
   */
  take(batch: Batch, countersignature: Uint8Array | null, begin?: SignedHead): Taken;
  /** Entries after `afterSeq` to a signed head: about `maxEntries` and `maxBytes`, but never fewer than to the next head. Null where there are none. */
  run(line: number, afterSeq: number, maxEntries: number, maxBytes: number): Run | null;
  confirm(line: number, seq: number): void;
  /** The hub calls its entries up to `seq` safe on its main line, and its device has forgotten them: they may go, but for the one at `seq`. */
  letGo(line: number, seq: number): void;
  /** Up to where devices have forgotten epochs of theirs, as they signed it: the furthest of each that was kept. */
  begins(): readonly SignedHead[];
  /** A device's own word, whose signature is right. Nothing goes by it. */
  keepBegin(begin: SignedHead): void;
  /** Drops about `maxEntries` of what `onEntry` told of as forgotten (SPEC: N-16), or `letGo` named (N-17), from the start of its line, each told to `onForgotten` first. False where nothing is left to drop. */
  forgetNext(maxEntries: number): boolean;
  /** The hub may hold less than it did. */
  doubt(): void;
  /** That this device gave for heads of `device`, the newest of each line and epoch last. */
  countersignatures(device: string, witness: string): readonly Countersignature[];
}

/** What is made of lines beside them, inside the transaction that changes them. */
export interface LineFolds {
  /** Once for each entry that is new, with the line that holds it. Answers what its device has forgotten, where the entry says so. */
  readonly onEntry: (entry: ChainedEntry, line: number) => ForgottenTo | undefined;
  /** Once for each entry that goes. */
  readonly onForgotten: (entry: ChainedEntry, line: number) => void;
}

export const NO_FOLDS: LineFolds = { onEntry: () => undefined, onForgotten: () => {} };

/** A line as `placeBatch` looks at it. */
export interface PlaceLine {
  readonly line: number;
  readonly headSeq: number;
  readonly hashAt: (seq: number) => Uint8Array | null;
  readonly beginSeq: number;
}

/** `keep`: entries that the new line shares with `line`, copied. `line` null: it shares nothing with any. `begin`: it begins there. */
export type Placement =
  | { readonly type: 'append'; readonly line: number; readonly entries: readonly ChainedEntry[] }
  | {
      readonly type: 'fork';
      readonly line: number | null;
      readonly keep: number;
      readonly entries: readonly ChainedEntry[];
      readonly begin: SignedHead | null;
    }
  | { readonly type: 'gap' };

/** Whether a line ended before its device's begin: what came between was never held here, and nobody will ask for it. */
export const isCutOff = ({ device, epoch, seq }: Pick<SignedHead, 'device' | 'epoch' | 'seq'>, begins: readonly SignedHead[]): boolean =>
  begins.some((begin) => begin.device === device && begin.epoch === epoch && begin.seq >= seq);

/**
 * Where a batch belongs among the lines of its epoch. Nothing that is held is ever overwritten: what differs begins a line of its own. `begin`: up to where its device has forgotten it; what follows that
 * needs nothing before it.
 */
export function placeBatch(lines: readonly PlaceLine[], batch: Batch, begin: SignedHead | null): Placement {
  const { firstSeq, entries } = batch;
  let best: { readonly line: PlaceLine; readonly shared: number } | null = null;
  for (const line of lines) {
    const shared = sharedEntries(line, batch);
    if (shared === null) continue;
    if (best === null || shared > best.shared || (shared === best.shared && line.headSeq === firstSeq - 1 + shared))
      best = { line, shared };
  }
  if (best === null) {
    if (firstSeq === 1) return { type: 'fork', line: null, keep: 0, entries, begin: null };
    const isBehind = begin !== null && begin.seq === firstSeq - 1 && sameBytes(begin.hash, batch.previousHash);
    return isBehind ? { type: 'fork', line: null, keep: 0, entries, begin } : { type: 'gap' };
  }
  const { line, shared } = best;
  const rest = entries.slice(shared);
  const keep = firstSeq - 1 + shared;
  if (rest.length === 0 || keep === line.headSeq) return { type: 'append', line: line.line, entries: rest };
  // An epoch's first entry may differ already: then the new line shares nothing.
  return { type: 'fork', line: keep === 0 ? null : line.line, keep, entries: rest, begin: null };
}

/** How many entries of a batch stand in a line, or lead to its begin, before which nothing is compared or needed; null where what stands before it in the line is not what the batch continues, or is not known. */
function sharedEntries({ headSeq, beginSeq, hashAt }: PlaceLine, { firstSeq, previousHash, entries }: Batch): number | null {
  const before = Math.max(0, beginSeq - (firstSeq - 1));
  const start = before === 0 ? previousHash : entries[before - 1]?.hash;
  const at = firstSeq - 1 + before === 0 ? previousHash : hashAt(firstSeq - 1 + before);
  if (start === undefined || at === null || !sameBytes(at, start)) return null;
  let shared = before;
  for (const entry of entries.slice(before)) {
    if (entry.id.seq > headSeq) break;
    const held = hashAt(entry.id.seq);
    assert(held !== null, 'a line is whole');
    if (!sameBytes(held, entry.hash)) break;
    shared += 1;
  }
  return shared;
}
