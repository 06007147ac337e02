/**
 * What stands outside the database and tells whether the database is the one that was written last: how far its ledger had come, and who it was. A copy of the database that was put
 * back is behind its witness, and goes on in an epoch of its own without asking anybody (SPEC: I-3); one that is destroyed is known again by it. The witness may be behind
 * the database itself: it is written in the pauses, after the commits that it tells of.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { bytesToHex, isDevice, isEpoch, parseEnrolAnswer, type Identity, type ReplicaStore } from '@holdfast/sync';

import { writePrivateFile } from './signing-key.ts';

const FILE = 'witness.json';

export interface Witness {
  readonly device: string;
  readonly epoch: string;
  /** Of the last entry. */
  readonly seq: number;
  readonly hash: string;
  readonly identity: Identity;
  readonly hubUrl: string | null;
}

/**
 * Null where there is none that can be read: then nothing is told by it. Checked by hand, as the sync worker writes this file and needs no schemas
 * otherwise: with them its heap was twice as large.
 */
export function readWitness(folder: string): Witness | null {
  try {
    return witnessFrom(JSON.parse(readFileSync(join(folder, FILE), 'utf8')));
  } catch {
    return null;
  }
}

function witnessFrom(told: unknown): Witness | null {
  if (typeof told !== 'object' || told === null) return null;
  const { device, epoch, seq, hash, identity, hubUrl }: { readonly [Member in keyof Witness]?: unknown } = told;
  if (!isDevice(device) || !isEpoch(epoch) || typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return null;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash) || (hubUrl !== null && typeof hubUrl !== 'string')) return null;
  const parsed = parseEnrolAnswer(identity);
  return parsed.ok ? { device, epoch, seq, hash, identity: parsed.value, hubUrl } : null;
}

export const dropWitness = (folder: string): void => rmSync(join(folder, FILE), { force: true });

/** Where the ledger stands, if it has an entry. */
export function witnessOf(store: ReplicaStore, hubUrl: string | undefined): Witness | null {
  const identity = store.identity();
  const last = store.epochs().findLast(({ headSeq }) => headSeq > 0);
  if (identity === null || last === undefined) return null;
  const { device, epoch, headSeq, headHash } = last;
  return { device, epoch, seq: headSeq, hash: bytesToHex(headHash), identity, hubUrl: hubUrl ?? null };
}

/** Keeps the file level with the ledger; outside of any transaction, as it waits for the disk. */
export function createWitnessKeeper(folder: string, store: ReplicaStore, hubUrl: () => string | undefined): { keep(): void } {
  let kept = '';
  return {
    keep() {
      const witness = witnessOf(store, hubUrl());
      const name = witness === null ? '' : `${witness.epoch} ${witness.seq}`;
      if (witness === null || name === kept) return;
      writePrivateFile(join(folder, FILE), `${JSON.stringify(witness)}\n`);
      kept = name;
    },
  };
}

/** Whether the ledger lacks what its witness saw, or holds another entry in its place. */
export function isBehind(store: ReplicaStore, { device, epoch, seq, hash }: Witness): boolean {
  const identity = store.identity();
  // Of another enrolment it tells nothing.
  if (identity === null || identity.device !== device) return false;
  const forgotten = store.epochs().find((known) => known.epoch === epoch)?.begin?.seq ?? 0;
  // It was held, and the hub called it safe: the witness was not written for as long.
  if (seq < forgotten) return false;
  const held = store.hashAt(epoch, seq);
  return held === null || bytesToHex(held) !== hash;
}
