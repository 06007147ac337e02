/**
 * The audit (SPEC: A): a device and its hub compare what they hold by fingerprints of ranges, narrow down where these differ, and name what is left. And checkpoints: what the hub
 * signs that it holds of each ledger of a store, kept by whoever was told, so that nobody can cut a ledger short unseen.
 *
 * The device asks; the hub answers out of one snapshot for each question, and remembers nothing between two. Nothing is repaired.
 */
import { assert, ok, type Hash, type Result, type Signer, type Verifier } from '@holdfast/base';

import type { Position, ScopedEntity } from '../down/cells.ts';
import type { ReplicaStore } from '../store.ts';
import { bytesToHex, compareBytewise, hexToBytes, joinBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';
import { count, epoch, hex, list, object, parsing, refuse, text, type Check, type ProtocolError } from '../wire/json-checks.ts';
import { position } from '../wire/protocol.ts';
import { isDevice } from './ledger.ts';

/** Entries `from` to `to` of an epoch's main line. */
export interface LedgerRange {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  /** SHA-256 over the hash of each entry, computed anew from its canonical bytes; hex. */
  readonly fingerprint: string;
}

/** The entities of a type that exist under any scope of the device's store, with keys above `after` and up to `upTo`; null: without an end there. */
export interface CellRange {
  readonly type: number;
  readonly after: string | null;
  readonly upTo: string | null;
  /** `fingerprintOf` its entities. */
  readonly fingerprint: string;
}

export interface AuditQuestion {
  readonly position: Position;
  readonly ledger: readonly LedgerRange[];
  readonly cells: readonly CellRange[];
  /** The newest one that the device holds. */
  readonly checkpoint?: Checkpoint;
}

export interface AuditAnswer {
  /** Whether the position that was shown is the hub's head: only then are cells compared. */
  readonly isAtHead: boolean;
  /** Which of the ranges differ, by their index. */
  readonly ledger: readonly number[];
  readonly cells: readonly number[];
  /** Which heads of the checkpoint that was shown are not held any more, by their index. */
  readonly lost: readonly number[];
  /** The newest one of the store. */
  readonly checkpoint: Checkpoint | null;
}

export interface CheckpointHead {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

/** What the hub holds of the ledgers of one store, each from its first entry to that head. */
export interface Checkpoint {
  readonly store: string;
  /** From 1 in each store. */
  readonly number: number;
  readonly atMs: number;
  readonly heads: readonly CheckpointHead[];
  /** Ed25519 by the hub over `checkpointMessage`, hex. */
  readonly signature: string;
}

/** What differs, as narrow as it was found. */
export type Difference =
  | { readonly what: 'entries'; readonly epoch: string; readonly from: number; readonly to: number }
  | { readonly what: 'cells'; readonly type: number; readonly after: string | null; readonly upTo: string | null }
  | { readonly what: 'cut-short'; readonly head: CheckpointHead };

export interface AuditReport {
  readonly position: Position;
  readonly entries: number;
  /** Null: the hub's head moved on meanwhile; they are compared the next time. */
  readonly entities: number | null;
  /** At most `AUDIT_LIMITS.differences`. */
  readonly differences: readonly Difference[];
  /** The number of the checkpoint that the device holds now; 0: none. */
  readonly checkpoint: number;
}

export const AUDIT_LIMITS = { ranges: 256, rangeEntries: 1_024, heads: 10_000, differences: 100, keyLength: 4_096 } as const;

// ---- fingerprints ----

/** Of entries in the order of their numbers, by their hashes. */
export function fingerprintOfHashes(hash: Hash, hashes: readonly Uint8Array[]): string {
  return bytesToHex(hash.sha256(hashes.reduce(joinBytes, new Uint8Array())));
}

/** Of entities in the order of key and scope (bytewise). Fields without a value are no fields. */
export function fingerprintOf(hash: Hash, entities: Iterable<ScopedEntity>): string {
  let state: Uint8Array = new Uint8Array(32);
  for (const { type, key, scope, fields } of entities) {
    const values = [...fields].filter(([, value]) => value !== null).sort(([left], [right]) => left - right);
    state = hash.sha256(joinBytes(state, encodeCbor([type, key, scope, new Map(values)])));
  }
  return bytesToHex(state);
}

// ---- checkpoints ----

function checkpointMessage(tenant: string, { store, number, atMs, heads }: Omit<Checkpoint, 'signature'>): Uint8Array {
  const said = heads.map((head) => [head.device, head.epoch, head.seq, hexToBytes(head.hash)]);
  return encodeCbor(['holdfast checkpoint 1', tenant, store, number, atMs, said]);
}

export const signCheckpoint = (signer: Signer, tenant: string, checkpoint: Omit<Checkpoint, 'signature'>): Checkpoint => ({
  ...checkpoint,
  signature: bytesToHex(signer.sign(checkpointMessage(tenant, checkpoint))),
});

export const verifyCheckpoint = (verifier: Verifier, hubPublicKey: string, tenant: string, checkpoint: Checkpoint): boolean =>
  verifier.verify(hexToBytes(hubPublicKey), checkpointMessage(tenant, checkpoint), hexToBytes(checkpoint.signature));

/** Entries that a hub has put away: `address` is the SHA-256 of their canonical bytes, one behind the other, `head` the hash of the last one; both hex. */
export interface ArchivedRun {
  readonly device: string;
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly head: string;
  readonly address: string;
}

/** What the hub signs of it (SPEC: A-6). */
export const archiveMessage = (tenant: string, { device, from, to, head, address, ...run }: ArchivedRun): Uint8Array =>
  encodeCbor(['holdfast archive 1', tenant, device, run.epoch, from, to, hexToBytes(head), hexToBytes(address)]);

/** Heads of an earlier checkpoint that a later one takes back: it names less of them, or another entry at the same place. */
function takenBack(earlier: Checkpoint, later: Checkpoint): readonly CheckpointHead[] {
  const heads = new Map(later.heads.map((head) => [`${head.device} ${head.epoch}`, head]));
  return earlier.heads.filter((head) => {
    const now = heads.get(`${head.device} ${head.epoch}`);
    return now === undefined || now.seq < head.seq || (now.seq === head.seq && now.hash !== head.hash);
  });
}

// ---- the device's side ----

export interface AuditPorts<E> {
  readonly store: ReplicaStore;
  /** What is read at the exposed cut: of other scopes a device may still hold what it was told before its store moved. */
  readonly scopes: () => readonly string[];
  readonly hash: Hash;
  readonly verifier: Verifier;
  /** Types of entities that are compared. */
  readonly types: readonly number[];
  readonly heldCheckpoint: () => Checkpoint | null;
  readonly keepCheckpoint: (checkpoint: Checkpoint) => void;
  readonly ask: (question: AuditQuestion) => Promise<Result<AuditAnswer, E>>;
  /** Between two pieces of work, each of a few milliseconds. */
  readonly pause: () => Promise<void>;
}

const SPLIT = 16;
const CELLS_OF_RANGE = 256;
const SLICE_BYTES = 1024 * 1024;

/** Ends early with what the hub could not be asked; then nothing is known, and it is tried again from the start. */
export async function audit<E>(ports: AuditPorts<E>): Promise<Result<AuditReport, E>> {
  const identity = ports.store.identity();
  assert(identity !== null, 'who is audited is enrolled');
  const { position: shown } = ports.store.cut();
  const differences: Difference[] = [];
  const note: Note = (difference) => void (differences.length < AUDIT_LIMITS.differences && differences.push(difference));
  const held = ports.heldCheckpoint();
  const opening = await ports.ask({ position: shown, ledger: [], cells: [], ...(held !== null && { checkpoint: held }) });
  if (!opening.ok) return opening;
  const { lost, checkpoint } = opening.value;
  for (const index of lost) if (held?.heads[index] !== undefined) note({ what: 'cut-short', head: held.heads[index] });
  if (checkpoint !== null && verifyCheckpoint(ports.verifier, identity.hubPublicKey, identity.tenant, checkpoint)) {
    const back = held === null ? [] : takenBack(held, checkpoint);
    for (const head of back) if (!lost.some((index) => held?.heads[index] === head)) note({ what: 'cut-short', head });
    // What a checkpoint proves is not given away for one that proves less.
    if (back.length === 0 && checkpoint.number > (held?.number ?? 0)) ports.keepCheckpoint(checkpoint);
  }
  const entries = await auditLedger(ports, shown, note);
  if (!entries.ok) return entries;
  const entities = await auditCells(ports, shown, note);
  if (!entities.ok) return entities;
  return ok({
    position: shown,
    entries: entries.value,
    entities: entities.value,
    differences,
    checkpoint: ports.heldCheckpoint()?.number ?? 0,
  });
}

type Note = (difference: Difference) => void;

interface Span {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** What the hub confirmed of this device's own main line. Gives how many entries were compared. */
async function auditLedger<E>(ports: AuditPorts<E>, shown: Position, note: Note): Promise<Result<number, E>> {
  const { store, hash } = ports;
  const own = store.epochs().filter(({ device, diverged }) => !diverged && device === store.identity()?.device);
  let open = own.flatMap(({ epoch: of, begin, confirmedSeq }) =>
    splitSpan({ epoch: of, from: (begin?.seq ?? 0) + 1, to: confirmedSeq }, AUDIT_LIMITS.rangeEntries),
  );
  const found: Span[] = [];
  while (open.length > 0) {
    const differing: Span[] = [];
    for (let start = 0; start < open.length; start += AUDIT_LIMITS.ranges) {
      const asked = open.slice(start, start + AUDIT_LIMITS.ranges);
      const ledger: LedgerRange[] = [];
      for (const span of asked) {
        ledger.push({ ...span, fingerprint: fingerprintOfHashes(hash, hashesOf(ports, span)) });
        await ports.pause();
      }
      const answer = await ports.ask({ position: shown, ledger, cells: [] });
      if (!answer.ok) return answer;
      for (const index of answer.value.ledger) if (asked[index] !== undefined) differing.push(asked[index]);
    }
    // Each that differs leads to a difference at least: more of them than are told need no narrowing down.
    open = differing.slice(0, AUDIT_LIMITS.differences).flatMap((span) => {
      if (span.from === span.to) found.push(span);
      return span.from === span.to ? [] : splitSpan(span, Math.ceil((span.to - span.from + 1) / SPLIT));
    });
  }
  for (const span of found.sort((left, right) => left.from - right.from)) note({ what: 'entries', ...span });
  return ok(own.reduce((sum, { begin, confirmedSeq }) => sum + confirmedSeq - (begin?.seq ?? 0), 0));
}

/** Computed from the bytes that are there, whatever is kept beside them. */
function hashesOf(
  { store, hash }: Pick<AuditPorts<unknown>, 'store' | 'scopes' | 'hash'>,
  { epoch: of, from, to }: Span,
): readonly Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let after = from - 1; after < to;) {
    const entries = store.entriesAfter(of, after, to - after, SLICE_BYTES);
    if (entries.length === 0) break;
    for (const { canonical } of entries) hashes.push(hash.sha256(canonical));
    after += entries.length;
  }
  return hashes;
}

function splitSpan({ epoch: of, from, to }: Span, size: number): readonly Span[] {
  const spans: Span[] = [];
  for (let start = from; start <= to; start += size) spans.push({ epoch: of, from: start, to: Math.min(to, start + size - 1) });
  return spans;
}

type KeySpan = Omit<CellRange, 'fingerprint'>;
interface HeldSpan {
  readonly span: KeySpan;
  /** Keys that are held in it, in their order. */
  readonly keys: readonly string[];
  readonly fingerprint: string;
}

/** Null where either side moved on meanwhile; else how many entities were compared. */
async function auditCells<E>(ports: AuditPorts<E>, shown: Position, note: Note): Promise<Result<number | null, E>> {
  let compared = 0;
  for (const type of ports.types) {
    let spans = await paced(ports, wholeType(ports, type));
    compared += spans.reduce((sum, { keys }) => sum + keys.length, 0);
    while (spans.length > 0) {
      const differing = await askCells(ports, shown, spans);
      if (!differing.ok || differing.value === null) return differing.ok ? ok(null) : differing;
      const parts = differing.value.slice(0, AUDIT_LIMITS.differences).flatMap(({ span, keys }) => {
        if (keys.length < 2) note({ what: 'cells', ...span });
        return keys.length < 2 ? [] : splitKeys(span, keys);
      });
      spans = await paced(ports, heldSpans(ports, parts));
    }
  }
  return ok(compared);
}

async function paced<E>(ports: AuditPorts<E>, spans: Iterable<HeldSpan>): Promise<readonly HeldSpan[]> {
  const made: HeldSpan[] = [];
  for (const span of spans) {
    made.push(span);
    await ports.pause();
  }
  return made;
}

async function askCells<E>(
  ports: AuditPorts<E>,
  shown: Position,
  spans: readonly HeldSpan[],
): Promise<Result<readonly HeldSpan[] | null, E>> {
  const differing: HeldSpan[] = [];
  for (let start = 0; start < spans.length; start += AUDIT_LIMITS.ranges) {
    const asked = spans.slice(start, start + AUDIT_LIMITS.ranges);
    const cells = asked.map(({ span, fingerprint }) => ({ ...span, fingerprint }));
    // What is urgent and what a later cut brought are seen by their own position only.
    if (!samePosition(ports.store.cut().position, shown)) return ok(null);
    const answer = await ports.ask({ position: shown, ledger: [], cells });
    if (!answer.ok) return answer;
    if (!answer.value.isAtHead) return ok(null);
    for (const index of answer.value.cells) if (asked[index] !== undefined) differing.push(asked[index]);
  }
  return ok(differing);
}

const samePosition = (left: Position, right: Position): boolean =>
  left.hubEpoch === right.hubEpoch && left.lsn === right.lsn && left.historyHash === right.historyHash;

/** All of it, in spans of some hundred keys that leave no key out, held or not. */
function* wholeType(ports: Pick<AuditPorts<unknown>, 'store' | 'scopes' | 'hash'>, type: number): Generator<HeldSpan> {
  for (let after: string | null = null; ;) {
    const page: readonly ScopedEntity[] = ports.store.readPrefix(type, '', ports.store.cut().at, CELLS_OF_RANGE, after ?? undefined);
    const last = page.length < CELLS_OF_RANGE ? null : (page.at(-1)?.key ?? null);
    const read = readOf(ports, page);
    yield { span: { type, after, upTo: last }, keys: keysOf(read), fingerprint: fingerprintOf(ports.hash, read) };
    if (last === null) return;
    after = last;
  }
}

function* heldSpans(ports: Pick<AuditPorts<unknown>, 'store' | 'scopes' | 'hash'>, spans: readonly KeySpan[]): Generator<HeldSpan> {
  for (const span of spans) yield heldSpan(ports, span);
}

function heldSpan(ports: Pick<AuditPorts<unknown>, 'store' | 'scopes' | 'hash'>, span: KeySpan): HeldSpan {
  const found: ScopedEntity[] = [];
  for (let after: string | null = span.after; ;) {
    const page: readonly ScopedEntity[] = ports.store.readPrefix(span.type, '', ports.store.cut().at, CELLS_OF_RANGE, after ?? undefined);
    const inside = page.filter(({ key }) => span.upTo === null || compareBytewise(key, span.upTo) <= 0);
    found.push(...readOf(ports, inside));
    if (inside.length < page.length || page.length < CELLS_OF_RANGE) break;
    after = page.at(-1)?.key ?? null;
  }
  return { span, keys: keysOf(found), fingerprint: fingerprintOf(ports.hash, found) };
}

function readOf({ scopes }: Pick<AuditPorts<unknown>, 'scopes'>, entities: readonly ScopedEntity[]): readonly ScopedEntity[] {
  const read = scopes();
  return entities.filter(({ scope }) => read.includes(scope));
}

const keysOf = (entities: readonly ScopedEntity[]): readonly string[] => [...new Set(entities.map(({ key }) => key))];

/** Each part ends at a key that is held, the last one where the span does. */
function splitKeys({ type, after, upTo }: KeySpan, keys: readonly string[]): readonly KeySpan[] {
  const size = Math.ceil(keys.length / SPLIT);
  const spans: KeySpan[] = [];
  let from = after;
  for (let start = 0; start < keys.length; start += size) {
    const isLast = start + size >= keys.length;
    const end = isLast ? upTo : (keys[start + size - 1] ?? null);
    spans.push({ type, after: from, upTo: end });
    from = end;
  }
  return spans;
}

// ---- from outside ----

const optionalKey: Check<string | null> = (value, at) => (value === null ? null : text(AUDIT_LIMITS.keyLength)(value, at));

const ledgerRange: Check<LedgerRange> = (value, at) => {
  const json = object(value, at);
  const range = {
    epoch: epoch(json['epoch'], `${at}.epoch`),
    from: count(json['from'], `${at}.from`),
    to: count(json['to'], `${at}.to`),
    fingerprint: hex(32)(json['fingerprint'], `${at}.fingerprint`),
  };
  const isRange = range.from >= 1 && range.to >= range.from && range.to - range.from < AUDIT_LIMITS.rangeEntries;
  return isRange ? range : refuse(at);
};

const cellRange: Check<CellRange> = (value, at) => {
  const json = object(value, at);
  return {
    type: count(json['type'], `${at}.type`),
    after: optionalKey(json['after'], `${at}.after`),
    upTo: optionalKey(json['upTo'], `${at}.upTo`),
    fingerprint: hex(32)(json['fingerprint'], `${at}.fingerprint`),
  };
};

const checkpointHead: Check<CheckpointHead> = (value, at) => {
  const json = object(value, at);
  return {
    device: isDevice(json['device']) ? json['device'] : refuse(`${at}.device`),
    epoch: epoch(json['epoch'], `${at}.epoch`),
    seq: count(json['seq'], `${at}.seq`),
    hash: hex(32)(json['hash'], `${at}.hash`),
  };
};

const checkpointOf: Check<Checkpoint> = (value, at) => {
  const json = object(value, at);
  return {
    store: text(200, 1)(json['store'], `${at}.store`),
    number: count(json['number'], `${at}.number`),
    atMs: count(json['atMs'], `${at}.atMs`),
    heads: list(checkpointHead, AUDIT_LIMITS.heads)(json['heads'], `${at}.heads`),
    signature: hex(64)(json['signature'], `${at}.signature`),
  };
};

export const parseCheckpoint = (value: unknown): Result<Checkpoint, ProtocolError> =>
  parsing('checkpoint', { checkpoint: value }, (json) => checkpointOf(json['checkpoint'], 'checkpoint'));

export function parseAuditQuestion(value: unknown): Result<AuditQuestion, ProtocolError> {
  return parsing('audit question', value, (json) => ({
    position: position(json['position'], 'position'),
    ledger: list(ledgerRange, AUDIT_LIMITS.ranges)(json['ledger'], 'ledger'),
    cells: list(cellRange, AUDIT_LIMITS.ranges)(json['cells'], 'cells'),
    ...(json['checkpoint'] !== undefined && { checkpoint: checkpointOf(json['checkpoint'], 'checkpoint') }),
  }));
}

export function parseAuditAnswer(value: unknown): Result<AuditAnswer, ProtocolError> {
  return parsing('audit answer', value, (json) => ({
    isAtHead: json['isAtHead'] === true,
    ledger: list(count, AUDIT_LIMITS.ranges)(json['ledger'], 'ledger'),
    cells: list(count, AUDIT_LIMITS.ranges)(json['cells'], 'cells'),
    lost: list(count, AUDIT_LIMITS.heads)(json['lost'], 'lost'),
    checkpoint: json['checkpoint'] === null ? null : checkpointOf(json['checkpoint'], 'checkpoint'),
  }));
}

const difference: Check<Difference> = (value, at) => {
  const json = object(value, at);
  switch (json['what']) {
    case 'entries': {
      const [from, to] = [count(json['from'], `${at}.from`), count(json['to'], `${at}.to`)];
      return { what: 'entries', epoch: epoch(json['epoch'], `${at}.epoch`), from, to };
    }
    case 'cells': {
      const [after, upTo] = [optionalKey(json['after'], `${at}.after`), optionalKey(json['upTo'], `${at}.upTo`)];
      return { what: 'cells', type: count(json['type'], `${at}.type`), after, upTo };
    }
    case 'cut-short':
      return { what: 'cut-short', head: checkpointHead(json['head'], `${at}.head`) };
    default:
      return refuse(`${at}.what`);
  }
};

export function parseAuditReport(value: unknown): Result<AuditReport, ProtocolError> {
  return parsing('audit report', value, (json) => ({
    position: position(json['position'], 'position'),
    entries: count(json['entries'], 'entries'),
    entities: json['entities'] === null ? null : count(json['entities'], 'entities'),
    differences: list(difference, AUDIT_LIMITS.differences)(json['differences'], 'differences'),
    checkpoint: count(json['checkpoint'], 'checkpoint'),
  }));
}
