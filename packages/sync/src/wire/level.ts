/**
 * What a device at rest asks over the line for pokes, in place of a manifest (SPEC: D-21): whether the hub would tell it anything other than it told last. Question and answer are CBOR, each one binary message.
 *
 *   question: [mark, the device's wall clock in ms] · answer: the hub's clock in ms, where it is level; null, where it is not, or cannot be said: the device asks for a manifest
 *
 * A mark is the first 8 bytes of the SHA-256 of the CBOR of `["holdfast level 1", hub epoch, LSN, history hash, number of the list of revocations, digest of the working documents or null]`. It proves nothing and need not: whoever asks could
 * ask for the manifest.
 */
import type { Hash } from '@holdfast/base';

import type { Position } from '../down/cells.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';

/**
 * Of the answer that opens the line: the hub takes such questions. 1: of whoever stands where it said that it stands. 2: also of whoever has moved since; where it is level, the hub notes that it stands at the head.
 * The bytes are the same. Devices of before ask as at 1, whatever the number is.
 */
export const LEVEL_HEADER = 'Holdfast-Level';
export const LEVEL_VERSION = 2;
/** The version from which whoever has moved asks. */
export const MOVED_VERSION = 2;

const LEVEL_DOMAIN = 'holdfast level 1';
const MARK_BYTES = 8;

/** What a hub tells a device that stands at the head. */
export interface LevelStanding {
  readonly position: Position;
  /** Of the list of revocations; 0: there is none. */
  readonly revocations: number;
  /** Of the store's working documents; absent: there are none. */
  readonly documents?: string | undefined;
}

export interface LevelQuestion {
  readonly mark: Uint8Array;
  readonly wallMs: number;
}

export function levelMark(hash: Hash, { position, revocations, documents }: LevelStanding): Uint8Array {
  const { hubEpoch, lsn, historyHash } = position;
  return hash.sha256(encodeCbor([LEVEL_DOMAIN, hubEpoch, lsn, historyHash, revocations, documents ?? null])).slice(0, MARK_BYTES);
}

export const encodeLevelQuestion = ({ mark, wallMs }: LevelQuestion): Uint8Array => encodeCbor([mark, wallMs]);

/** Null for bytes that are no such question. */
export function decodeLevelQuestion(bytes: Uint8Array): LevelQuestion | null {
  const read = decodeCbor(bytes);
  if (!read.ok || !Array.isArray(read.value) || read.value.length !== 2) return null;
  const [mark, wallMs] = read.value as readonly unknown[];
  return mark instanceof Uint8Array && mark.length === MARK_BYTES && typeof wallMs === 'number' ? { mark, wallMs } : null;
}

/** `hubTimeMs` null: not level. */
export const encodeLevelAnswer = (hubTimeMs: number | null): Uint8Array => encodeCbor(hubTimeMs);

/** Null also for bytes that are no answer. */
export function decodeLevelAnswer(bytes: Uint8Array): number | null {
  const read = decodeCbor(bytes);
  return read.ok && typeof read.value === 'number' && read.value >= 0 ? read.value : null;
}
