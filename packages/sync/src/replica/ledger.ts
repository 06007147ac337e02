/**
 * Ledger entries: identity `(device, epoch, seq)`, gap-free, hash-chained over canonical bytes (SPEC: I and L rules).
 *
 * canonical bytes = deterministic CBOR of
 *   [1, device, epoch, seq, previousHash, kind, wallMs, clockUncertaintyMs, hubOffsetMs | null, { column number: value … }]
 * hash = SHA-256(canonical bytes). The hash covers the origin's bytes, whatever codec carried them.
 */
import { assert, err, InvariantError, ok, type Hash, type Random, type Result, type Signer, type Verifier } from '@holdfast/base';

import { decodeFields, encodeFields, type Columns, type Fields, type SchemaError, type Schemas } from '../schema.ts';
import { bytesToHex, ByteWriter, sameBytes } from '../wire/bytes.ts';
import { decodeCbor, encodeCbor, writeArrayHead, writeCbor, type CborError } from '../wire/cbor.ts';

/** Where an entry stands. `device` comes from enrolment; `epoch` is 16 hex digits drawn by the device; `seq` starts at 1. */
export interface EntryId {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/** An entry before it has a place in a chain. */
export interface EntryDraft {
  readonly kind: number;
  /** The device's wall clock, however wrong. */
  readonly wallMs: number;
  readonly clockUncertaintyMs: number;
  /** hub clock − device clock, as last measured; null before the first contact. */
  readonly hubOffsetMs: number | null;
  readonly fields: Fields;
}

/** An entry as it is stored and carried: its bytes are the truth, the rest is read out of them. */
export interface ChainedEntry {
  readonly id: EntryId;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly canonical: Uint8Array;
}

export interface ChainHead {
  readonly device: string;
  readonly epoch: string;
  /** 0 and 32 zero bytes before the first entry of a device's first epoch. A later epoch starts from its parent's hash. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** `signature` is Ed25519 over `headMessage(head)`. */
export interface SignedHead extends ChainHead {
  readonly signature: Uint8Array;
}

/** For each epoch of one device, the highest seq up to which everything is held. */
export type Vector = Readonly<Record<string, number>>;

/** What comes before the `fields` of an entry. */
export interface EntryEnvelope {
  readonly id: EntryId;
  readonly previousHash: Uint8Array;
  readonly kind: number;
  readonly wallMs: number;
  readonly clockUncertaintyMs: number;
  readonly hubOffsetMs: number | null;
}

export interface EntryRead extends EntryEnvelope {
  /** By number: everything that the entry says. */
  readonly columns: Columns;
  /** By name, where `schemas` know the kind; null for a kind of a later build, which is held until this one is upgraded. */
  readonly fields: Fields | null;
}

export type EntryError = CborError | SchemaError | { readonly type: 'bad-entry'; readonly reason: string };

/** One entry's canonical bytes never pass this; a sale of 1,114 lines takes about a tenth. */
export const ENTRY_MAX_BYTES = 1024 * 1024;
export const DEVICE_MAX_LENGTH = 64;
export const HASH_BYTES = 32;
export const NO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

const FORMAT = 1;
const ENTRY_ITEMS = 10;
const HEAD_DOMAIN = 'holdfast ledger head 1';
const BEGIN_DOMAIN = 'holdfast ledger begin 1';
const FOLD_CHECKPOINT_DOMAIN = 'holdfast fold checkpoint 1';
const NO_SCHEMAS: Schemas = new Map();

/** People see so many digits of an epoch: they stand in receipt numbers (SPEC I-4). */
const SEEN_DIGITS = 4;
/** By then all that four digits can say is taken, or `random` is not random. */
const MOST_DRAWS = 1_000;

/** A new epoch for a device that has `known` ones. */
export function drawEpoch(random: Random, known: readonly string[]): string {
  const taken = new Set(known.map((epoch) => epoch.slice(0, SEEN_DIGITS)));
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const epoch = bytesToHex(random.bytes(8));
    if (!taken.has(epoch.slice(0, SEEN_DIGITS))) return epoch;
  }
  throw new InvariantError('a device has fewer epochs than four digits can tell apart');
}

export const isEpoch = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{16}$/.test(text);
export const isDevice = (text: unknown): text is string =>
  typeof text === 'string' && text.length > 0 && text.length <= DEVICE_MAX_LENGTH && /^[\x21-\x7e]+$/.test(text);
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

/** Where an epoch begins: after `parentHash`, or after nothing. */
export function genesisHead(device: string, epoch: string, parentHash: Uint8Array | null): ChainHead {
  assert(isDevice(device) && isEpoch(epoch), `no device or epoch: ${device} ${epoch}`);
  return { device, epoch, seq: 0, hash: parentHash ?? NO_HASH };
}

export const headOf = (entry: ChainedEntry): ChainHead => ({ ...entry.id, hash: entry.hash });

/**
 * The bytes that are hashed; null where they would be more than `ENTRY_MAX_BYTES`. Asserts what `readEntry` refuses:
 * whatever is written can be read.
 */
export function canonicalBytes(envelope: EntryEnvelope, columns: Columns): Uint8Array | null {
  const { id } = envelope;
  assert(isDevice(id.device) && isEpoch(id.epoch), 'entry without an identity');
  const writer = new ByteWriter(1024, ENTRY_MAX_BYTES);
  return writeEntry(writer, envelope, () => writeCbor(writer, columns, 1)) ? writer.done() : null;
}

/** The same for who writes the columns (at depth 1) by himself; `device` and `epoch` are his to check. False where the writer's limit was passed. */
export function writeEntry(writer: ByteWriter, envelope: EntryEnvelope, writeColumns: () => void): boolean {
  const { id, previousHash, kind, wallMs, clockUncertaintyMs, hubOffsetMs } = envelope;
  assert(isInteger(id.seq) && id.seq >= 1, 'entry without an identity');
  assert(previousHash.length === HASH_BYTES && isInteger(kind) && kind > 0, 'entry without a previous hash or kind');
  assert(isInteger(clockUncertaintyMs) && clockUncertaintyMs >= 0, 'clock uncertainty below 0');
  return writer.within(() => {
    writeArrayHead(writer, ENTRY_ITEMS);
    for (const item of [FORMAT, id.device, id.epoch, id.seq, previousHash, kind, wallMs, clockUncertaintyMs, hubOffsetMs])
      writeCbor(writer, item, 1);
    writeColumns();
  });
}

/** The entry that follows `head`. Asserts that `schemas` know the draft's kind and that its fields have that shape. */
export function chainEntry(hash: Hash, head: ChainHead, draft: EntryDraft, schemas: Schemas): ChainedEntry {
  const schema = schemas.get(draft.kind);
  assert(schema !== undefined, `entry kind ${draft.kind} has no schema`);
  const id: EntryId = { device: head.device, epoch: head.epoch, seq: head.seq + 1 };
  const canonical = canonicalBytes({ ...draft, id, previousHash: head.hash }, encodeFields(schema.columns, draft.fields));
  assert(canonical !== null, `entry of more than ${ENTRY_MAX_BYTES} bytes`);
  return { id, previousHash: head.hash, hash: hash.sha256(canonical), canonical };
}

const badEntry = (reason: string): { readonly ok: false; readonly error: EntryError } => err({ type: 'bad-entry', reason });

/** Reads canonical bytes from anywhere. Without `schemas`, `fields` is null and `columns` says everything. */
export function readEntry(canonical: Uint8Array, schemas: Schemas = NO_SCHEMAS): Result<EntryRead, EntryError> {
  if (canonical.length > ENTRY_MAX_BYTES) return badEntry('too long');
  const decoded = decodeCbor(canonical);
  if (!decoded.ok) return decoded;
  if (!Array.isArray(decoded.value) || decoded.value.length !== ENTRY_ITEMS) return badEntry('no entry');
  const [format, device, epoch, seq, previousHash, kind, wallMs, clockUncertaintyMs, hubOffsetMs, columns] =
    decoded.value as readonly unknown[];
  if (format !== FORMAT) return badEntry(`format ${String(format)}`);
  if (!isDevice(device) || !isEpoch(epoch) || !isInteger(seq) || seq < 1) return badEntry('identity');
  if (!(previousHash instanceof Uint8Array) || previousHash.length !== HASH_BYTES) return badEntry('previous hash');
  if (!isInteger(kind) || kind < 1) return badEntry('kind');
  if (!isInteger(wallMs) || !isInteger(clockUncertaintyMs) || clockUncertaintyMs < 0) return badEntry('clock');
  if (hubOffsetMs !== null && !isInteger(hubOffsetMs)) return badEntry('clock');
  if (!(columns instanceof Map)) return badEntry('columns');
  const read = { id: { device, epoch, seq }, previousHash, kind, wallMs, clockUncertaintyMs, hubOffsetMs, columns: columns as Columns };
  const schema = schemas.get(kind);
  if (schema === undefined) return ok({ ...read, fields: null });
  const fields = decodeFields(schema.columns, read.columns);
  return fields.ok ? ok({ ...read, fields: fields.value }) : fields;
}

/** What a device signs: it cannot be mistaken for any other message of this protocol. */
export function headMessage(head: ChainHead): Uint8Array {
  return encodeCbor([HEAD_DOMAIN, head.device, head.epoch, head.seq, head.hash]);
}

export function signHead(signer: Signer, head: ChainHead): SignedHead {
  return { device: head.device, epoch: head.epoch, seq: head.seq, hash: head.hash, signature: signer.sign(headMessage(head)) };
}

export function verifyHead(verifier: Verifier, publicKey: Uint8Array, head: SignedHead): boolean {
  return verifier.verify(publicKey, headMessage(head), head.signature);
}

/** A device says itself up to where it has forgotten its ledger (SPEC: U-23). No head says so: a head is signed of what is held. */
const beginMessage = (head: ChainHead): Uint8Array => encodeCbor([BEGIN_DOMAIN, head.device, head.epoch, head.seq, head.hash]);

export const signBegin = (signer: Signer, { device, epoch, seq, hash }: ChainHead): SignedHead => ({
  device,
  epoch,
  seq,
  hash,
  signature: signer.sign(beginMessage({ device, epoch, seq, hash })),
});

export const verifyBegin = (verifier: Verifier, publicKey: Uint8Array, begin: SignedHead): boolean =>
  verifier.verify(publicKey, beginMessage(begin), begin.signature);

/** From behind which place on a sibling that is new needs a ledger, as its device says itself (SPEC: N-18): of what siblings fold of it nothing is left up to there. */
const foldCheckpointMessage = (head: ChainHead): Uint8Array =>
  encodeCbor([FOLD_CHECKPOINT_DOMAIN, head.device, head.epoch, head.seq, head.hash]);

export const signFoldCheckpoint = (signer: Signer, { device, epoch, seq, hash }: ChainHead): SignedHead => ({
  device,
  epoch,
  seq,
  hash,
  signature: signer.sign(foldCheckpointMessage({ device, epoch, seq, hash })),
});

export const verifyFoldCheckpoint = (verifier: Verifier, publicKey: Uint8Array, checkpoint: SignedHead): boolean =>
  verifier.verify(publicKey, foldCheckpointMessage(checkpoint), checkpoint.signature);

export type ChainError =
  | { readonly type: 'broken-chain'; readonly seq: number; readonly reason: string }
  | { readonly type: 'unreadable'; readonly seq: number; readonly error: EntryError };

/** Recomputes everything from the canonical bytes: identities run on from `from`, each names the hash before it. The head at the end. */
export function verifyChain(hash: Hash, entries: Iterable<ChainedEntry>, from: ChainHead): Result<ChainHead, ChainError> {
  let head = from;
  for (const entry of entries) {
    const seq = head.seq + 1;
    const read = readEntry(entry.canonical);
    if (!read.ok) return err({ type: 'unreadable', seq, error: read.error });
    const { id, previousHash } = read.value;
    if (id.device !== head.device || id.epoch !== head.epoch || id.seq !== seq) {
      return err({ type: 'broken-chain', seq, reason: `stands as ${id.device} ${id.epoch} ${id.seq}` });
    }
    if (!sameBytes(previousHash, head.hash)) return err({ type: 'broken-chain', seq, reason: 'continues another entry' });
    const computed = hash.sha256(entry.canonical);
    if (!sameBytes(computed, entry.hash)) return err({ type: 'broken-chain', seq, reason: `hash is ${bytesToHex(computed)}` });
    head = { ...id, hash: computed };
  }
  return ok(head);
}
