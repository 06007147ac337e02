/**
 * A journal outside of its lane: what a device wrote, from one entry to another, in a file that proves itself with nothing but the device's public key.
 *
 * One JSON document on each line. The first says whose journal it is, which columns its kinds have, and from where to where each epoch goes, under the device's
 * signature. Then the entries, in the order in which they were written: the canonical bytes (L-2), their hash, and beside them what they say. Everything beside
 * the bytes follows from them and from the first line, so that each line has one spelling only, and a file in which any byte is another is found out.
 *
 * What a verifier of this needs of the protocol: SHA-256, Ed25519, deterministic CBOR.
 */
import { assert, err, ok, type Hash, type Result, type Signer, type Verifier } from '@holdfast/base';

import { readEntry, verifyBegin, type ChainedEntry, type EntryRead } from '../replica/ledger.ts';
import { createSchemas, UNKNOWN, type Column, type EntrySchema, type Fields, type Schemas } from '../schema.ts';
import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes, sameBytes } from './bytes.ts';
import { encodeCbor } from './cbor.ts';

const JOURNAL_FORMAT = 'holdfast journal';
const JOURNAL_VERSION = 1;
const DOMAIN = 'holdfast journal 1';

/** Of one epoch, without a gap; hashes in hex. */
export interface JournalRange {
  readonly epoch: string;
  readonly firstSeq: number;
  /** Of the entry before the first; of the epoch's parent, or zeros, where the first is number 1. */
  readonly previousHash: string;
  readonly lastSeq: number;
  readonly lastHash: string;
  /** What came before was forgotten: what the device signed of where (U-23), hex. Absent: the range begins where somebody wanted it to. */
  readonly begin?: string;
}

export interface JournalHead {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly exportedAtMs: number;
  /** Of the entries that follow; what a later build adds to a kind is shown by its number. */
  readonly kinds: readonly EntrySchema[];
  readonly ranges: readonly JournalRange[];
}

interface SignedHead extends JournalHead {
  readonly format: typeof JOURNAL_FORMAT;
  readonly version: typeof JOURNAL_VERSION;
  readonly signature: string;
}

const messageOf = (unsigned: string): Uint8Array => encodeCbor([DOMAIN, unsigned]);

/** The one spelling of a head: its keys in this order. */
const spellHead = ({ device, store, lane, exportedAtMs, kinds, ranges }: JournalHead): object => ({
  format: JOURNAL_FORMAT,
  version: JOURNAL_VERSION,
  device,
  store,
  lane,
  exportedAtMs,
  kinds: kinds.map(({ kind, name, columns }) => ({ kind, name, columns: columns.map(spellColumn) })),
  ranges: ranges.map(({ epoch, firstSeq, previousHash, lastSeq, lastHash, begin }) => ({
    epoch,
    firstSeq,
    previousHash,
    lastSeq,
    lastHash,
    ...(begin !== undefined && { begin }),
  })),
});

const spellColumn = ({ number, name, type, optional }: Column): object => ({
  number,
  name,
  type: typeof type === 'string' ? type : { list: type.list.map(spellColumn) },
  ...(optional === true && { optional }),
});

/** Without its end of line. */
export function journalHeadLine(head: JournalHead, signer: Signer): string {
  const unsigned = spellHead(head);
  const signature = bytesToHex(signer.sign(messageOf(JSON.stringify(unsigned))));
  return JSON.stringify({ ...unsigned, signature });
}

/** Without its end of line. What stands in no schema is shown by its numbers alone. */
export function journalEntryLine({ canonical, hash }: Pick<ChainedEntry, 'canonical' | 'hash'>, schemas: Schemas): string {
  const read = readEntry(canonical, schemas);
  assert(read.ok, 'what a journal holds can be read');
  return spellEntry(read.value, { canonical, hash, schemas });
}

interface EntryBytes {
  readonly canonical: Uint8Array;
  readonly hash: Uint8Array;
  readonly schemas: Schemas;
}

function spellEntry({ id, kind, wallMs, clockUncertaintyMs, hubOffsetMs, fields, columns }: EntryRead, bytes: EntryBytes): string {
  return JSON.stringify({
    epoch: id.epoch,
    seq: id.seq,
    kind: bytes.schemas.get(kind)?.name ?? String(kind),
    wallMs,
    clockUncertaintyMs,
    hubOffsetMs,
    says: fields === null ? plainColumns(columns) : plainFields(fields),
    hash: bytesToHex(bytes.hash),
    bytes: bytesToBase64(bytes.canonical),
  });
}

function plainFields(fields: Fields): object {
  const named = Object.entries(fields).map(([name, value]) => [name, plain(value)] as const);
  const unknown = fields[UNKNOWN];
  return Object.fromEntries([...named, ...(unknown === undefined ? [] : Object.entries(plainColumns(unknown)))]);
}

const plainColumns = (columns: ReadonlyMap<unknown, unknown>): object =>
  Object.fromEntries([...columns].map(([number, value]) => [String(number), plain(value)] as const));

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (value instanceof Map) return plainColumns(value);
  if (Array.isArray(value)) return value.map((each: unknown) => plain(each));
  return typeof value === 'object' && value !== null ? plainFields(value as Fields) : value;
}

export type JournalProblem =
  /** Not this format, or a version that this build does not know. */
  | { readonly type: 'notAJournal'; readonly line: number; readonly because: string }
  /** The first line is not as its device signed it, or another device's. */
  | { readonly type: 'notSigned'; readonly line: 1; readonly because: string }
  | { readonly type: 'missing'; readonly epoch: string; readonly from: number; readonly to: number; readonly isTail: boolean }
  | { readonly type: 'moved'; readonly epoch: string; readonly seq: number; readonly line: number }
  /** Its bytes, or what stands beside them, are not what the device wrote. */
  | { readonly type: 'altered'; readonly epoch: string; readonly seq: number; readonly line: number; readonly because: string }
  /** A line that does not belong there. */
  | { readonly type: 'foreign'; readonly line: number; readonly because: string };

export interface JournalVerdict {
  /** Undefined where the first line cannot be read. */
  readonly head: JournalHead | undefined;
  readonly entries: number;
  /** None: every byte is as the device wrote it, and nothing is missing between the ends that it signed. */
  readonly problems: readonly JournalProblem[];
}

export interface JournalPorts {
  readonly hash: Hash;
  readonly verifier: Verifier;
}

/** Told apart by kind, each as precisely as can be. */
export function verifyJournal(text: string, publicKey: Uint8Array, ports: JournalPorts): JournalVerdict {
  const lines = text.split('\n');
  const read = readHead(lines[0] ?? '');
  if (!read.ok) return { head: undefined, entries: 0, problems: [read.error] };
  const head = read.value;
  const problems: JournalProblem[] = [];
  const signature = judgeSignature(lines[0] ?? '', head, { publicKey, verifier: ports.verifier });
  if (signature !== undefined) problems.push(signature);
  problems.push(...head.ranges.flatMap((range) => judgeBegin(range, head.device, { publicKey, verifier: ports.verifier }) ?? []));
  if (lines.at(-1) === '') lines.pop();
  else problems.push({ type: 'foreign', line: lines.length, because: 'the last line has no end' });
  const found = findEntries(lines, head, problems);
  let [entries, lastLine] = [0, 1];
  for (const range of head.ranges) {
    const walked = walkRange(range, found, { ...ports, schemas: createSchemas(head.kinds), device: head.device, lastLine });
    problems.push(...walked.problems);
    entries += walked.entries;
    lastLine = walked.lastLine;
  }
  return { head, entries, problems };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readHead(line: string): Result<SignedHead, JournalProblem> {
  const bad = (because: string): Result<SignedHead, JournalProblem> => err({ type: 'notAJournal', line: 1, because });
  const value = parseLine(line);
  if (!isObject(value) || value['format'] !== JOURNAL_FORMAT) return bad('the first line is no head of a journal');
  if (value['version'] !== JOURNAL_VERSION) return bad(`version ${String(value['version'])} is not known here`);
  const { device, store, lane, exportedAtMs, kinds, ranges, signature } = value;
  const areNamed = isText(device) && isText(store) && isCount(lane) && Number.isSafeInteger(exportedAtMs) && isText(signature);
  if (!areNamed || !Array.isArray(kinds) || !Array.isArray(ranges)) return bad('the head lacks something');
  if (!kinds.every((kind) => isKind(kind)) || !hasOwnNames(kinds)) return bad('a kind is not described');
  if (!ranges.every((range) => isRange(range))) return bad('a range is not described');
  return ok(value as unknown as SignedHead);
}

const isColumn = (value: unknown): boolean => {
  if (!isObject(value) || !isCount(value['number']) || value['number'] === 0 || !isText(value['name'])) return false;
  const { type } = value;
  if (isObject(type)) return Array.isArray(type['list']) && areColumns(type['list']);
  return isText(type) && ['int', 'text', 'bool', 'bytes'].includes(type);
};
const areColumns = (values: readonly unknown[]): boolean => values.every(isColumn) && hasOwnNames(values);

const isKind = (value: unknown): boolean =>
  isObject(value) &&
  isCount(value['kind']) &&
  value['kind'] > 0 &&
  isText(value['name']) &&
  Array.isArray(value['columns']) &&
  areColumns(value['columns']);

/** Numbers and names are each one's own. */
function hasOwnNames(values: readonly unknown[]): boolean {
  const all = values.filter(isObject);
  const numbers = new Set(all.map((value) => value['number'] ?? value['kind']));
  return numbers.size === values.length && new Set(all.map(({ name }) => name)).size === values.length;
}

const isRange = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['epoch']) &&
  isCount(value['firstSeq']) &&
  isCount(value['lastSeq']) &&
  value['firstSeq'] >= 1 &&
  value['firstSeq'] <= value['lastSeq'] &&
  isText(value['previousHash']) &&
  isText(value['lastHash']) &&
  (value['begin'] === undefined || isText(value['begin']));

function judgeSignature(
  line: string,
  head: SignedHead,
  { publicKey, verifier }: { readonly publicKey: Uint8Array; readonly verifier: Verifier },
): JournalProblem | undefined {
  const unsigned = spellHead(head);
  if (JSON.stringify({ ...unsigned, signature: head.signature }) !== line) {
    return { type: 'notSigned', line: 1, because: 'the first line is spelt otherwise than its device spelt it' };
  }
  return verifier.verify(publicKey, messageOf(JSON.stringify(unsigned)), signatureOf(head.signature))
    ? undefined
    : { type: 'notSigned', line: 1, because: 'the signature over the first line is not of this key' };
}

const signatureOf = (hex: string): Uint8Array => (/^[0-9a-f]{128}$/.test(hex) ? hexToBytes(hex) : new Uint8Array());

/** Where a ledger was forgotten up to, its device says so once more: what follows continues that very entry. */
function judgeBegin(
  { epoch, firstSeq, previousHash, begin }: JournalRange,
  device: string,
  { publicKey, verifier }: { readonly publicKey: Uint8Array; readonly verifier: Verifier },
): JournalProblem | undefined {
  if (begin === undefined) return undefined;
  const isHash = /^[0-9a-f]{64}$/.test(previousHash);
  const head = {
    device,
    epoch,
    seq: firstSeq - 1,
    hash: isHash ? hexToBytes(previousHash) : new Uint8Array(),
    signature: signatureOf(begin),
  };
  return isHash && verifyBegin(verifier, publicKey, head)
    ? undefined
    : { type: 'notSigned', line: 1, because: `what ${epoch} begins behind is not as this key signed it` };
}

interface FoundLine {
  readonly line: number;
  readonly text: string;
  readonly canonical: Uint8Array;
}

const nameOf = (epoch: string, seq: number): string => `${epoch} ${seq}`;

/** Lines by what they say of themselves. */
function findEntries(lines: readonly string[], { ranges }: JournalHead, problems: JournalProblem[]): ReadonlyMap<string, FoundLine> {
  const found = new Map<string, FoundLine>();
  const isIn = (epoch: string, seq: number): boolean =>
    ranges.some((range) => range.epoch === epoch && range.firstSeq <= seq && seq <= range.lastSeq);
  for (const [index, text] of lines.entries()) {
    if (index === 0) continue;
    const line = index + 1;
    const value = parseLine(text);
    const { epoch, seq, bytes } = isObject(value) ? value : {};
    const canonical = isText(bytes) ? readBase64(bytes) : undefined;
    if (!isText(epoch) || !isCount(seq) || canonical === undefined) {
      problems.push({ type: 'foreign', line, because: 'it is no entry' });
    } else if (!isIn(epoch, seq))
      problems.push({ type: 'foreign', line, because: `entry ${seq} of ${epoch} is not within the journal’s ends` });
    else if (found.has(nameOf(epoch, seq)))
      problems.push({ type: 'foreign', line, because: `entry ${seq} of ${epoch} stands there twice` });
    else found.set(nameOf(epoch, seq), { line, text, canonical });
  }
  return found;
}

function readBase64(text: string): Uint8Array | undefined {
  try {
    return base64ToBytes(text);
  } catch {
    return undefined;
  }
}

interface Walk extends JournalPorts {
  readonly schemas: Schemas;
  readonly device: string;
  readonly lastLine: number;
}

interface Walked {
  readonly problems: readonly JournalProblem[];
  readonly entries: number;
  readonly lastLine: number;
}

function walkRange(range: JournalRange, found: ReadonlyMap<string, FoundLine>, walk: Walk): Walked {
  const { epoch } = range;
  const problems: JournalProblem[] = [];
  let { lastLine } = walk;
  let entries = 0;
  let missingFrom: number | undefined;
  /** Undefined behind a gap: whatever comes next continues something that is not there. */
  let before: { readonly seq: number; readonly line: number; readonly hash: string } | undefined = {
    seq: range.firstSeq - 1,
    line: 1,
    hash: range.previousHash,
  };
  const endGap = (to: number): void => {
    if (missingFrom !== undefined) problems.push({ type: 'missing', epoch, from: missingFrom, to, isTail: to === range.lastSeq });
    missingFrom = undefined;
  };
  for (let seq = range.firstSeq; seq <= range.lastSeq; seq += 1) {
    const line = found.get(nameOf(epoch, seq));
    if (line === undefined) {
      missingFrom ??= seq;
      before = undefined;
      continue;
    }
    endGap(seq - 1);
    entries += 1;
    if (line.line < lastLine) problems.push({ type: 'moved', epoch, seq, line: line.line });
    lastLine = Math.max(lastLine, line.line);
    const judged = judgeLine(line, { epoch, seq }, walk);
    if (typeof judged.because === 'string') problems.push({ type: 'altered', epoch, seq, line: line.line, because: judged.because });
    // Whose bytes are others is not what the next one continues.
    if (before !== undefined && judged.previousHash !== undefined && judged.previousHash !== before.hash) {
      const culprit = before.seq < range.firstSeq ? { seq, line: line.line } : before;
      problems.push({ type: 'altered', epoch, seq: culprit.seq, line: culprit.line, because: 'entries do not continue each other here' });
    }
    before = judged.hash === undefined ? undefined : { seq, line: line.line, hash: judged.hash };
    if (seq === range.lastSeq && before !== undefined && before.hash !== range.lastHash) {
      problems.push({ type: 'altered', epoch, seq, line: line.line, because: 'it is not the last entry that the device signed' });
    }
  }
  endGap(range.lastSeq);
  return { problems, entries, lastLine };
}

interface JudgedLine {
  readonly because?: string;
  readonly hash?: string;
  readonly previousHash?: string;
}

function judgeLine(
  { text, canonical }: FoundLine,
  { epoch, seq }: { readonly epoch: string; readonly seq: number },
  walk: Walk,
): JudgedLine {
  const read = readEntry(canonical, walk.schemas);
  if (!read.ok) return { because: 'its bytes are no entry' };
  const { id, previousHash } = read.value;
  const hash = walk.hash.sha256(canonical);
  const links = { hash: bytesToHex(hash), previousHash: bytesToHex(previousHash) };
  if (id.device !== walk.device || id.epoch !== epoch || id.seq !== seq) return { ...links, because: 'its bytes are another entry’s' };
  const spelt = spellEntry(read.value, { canonical, hash, schemas: walk.schemas });
  return spelt === text ? links : { ...links, because: 'what stands beside the bytes is not what they say' };
}

/** The bytes of a journal as text: whatever is no UTF-8 is altered. */
export function journalText(bytes: Uint8Array): Result<string, JournalProblem> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return sameBytes(new TextEncoder().encode(text), bytes)
    ? ok(text)
    : err({ type: 'notAJournal', line: 1, because: 'it is no UTF-8 text' });
}
