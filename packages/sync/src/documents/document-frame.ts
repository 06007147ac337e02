/**
 * Pieces of working documents on their way, and in an archive: magic `HFDP`, version, then one zstd frame of CBOR: a list of runs `[document, author, first number, previous hash, pieces]`, where a piece is
 * `[type, user, wall ms, hub offset ms or null, payload, covers, signature]`. What a run's pieces are named, and what each follows, is computed, not sent. And what replicas ask of each other (SPEC: W-5).
 */
import { assert, err, ok, type Compression, type Hash, type Result } from '@holdfast/base';

import { HASH_BYTES, isDevice } from '../replica/ledger.ts';
import { bytesToHex, ByteWriter, hexToBytes, sameBytes } from '../wire/bytes.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../wire/cbor.ts';
import {
  comparePieces,
  DOCUMENT_LIMITS,
  isDocument,
  PIECE_TYPES,
  pieceMessage,
  type DocumentHome,
  type DocumentPiece,
  type PieceName,
  type PieceType,
} from './documents.ts';

export type DocumentFrameError = { readonly type: 'bad-documents'; readonly reason: string };

export const DOCUMENT_FRAME_LIMITS = {
  frameBytes: 1024 * 1024,
  bodyBytes: 4 * 1024 * 1024,
  pieces: 4_096,
  heads: 10_000,
} as const;

/** `dense`: for an archive, which is written once. An archive may be as long as its document is. */
export type FrameUse = 'travel' | 'archive';

const MAGIC = [0x48, 0x46, 0x44, 0x50, 1] as const;
const SIGNATURE_BYTES = 64;

const bad = (reason: string): { readonly ok: false; readonly error: DocumentFrameError } => err({ type: 'bad-documents', reason });

interface FramePorts {
  readonly compression: Compression;
  readonly hash: Hash;
}

/** Asserts that a frame that travels is within its limits: `fitting` chooses what goes into one. */
export function encodePieces(pieces: readonly DocumentPiece[], compression: Compression, use: FrameUse = 'travel'): Uint8Array {
  const body = encodeCbor(runsOf(pieces).map(runToCbor));
  const packed = compression.compress(body, undefined, use === 'archive' ? 'dense' : undefined);
  const writer = new ByteWriter(packed.length + MAGIC.length);
  for (const byte of MAGIC) writer.u8(byte);
  writer.raw(packed);
  assert(use === 'archive' || writer.length <= DOCUMENT_FRAME_LIMITS.frameBytes, `a frame of ${writer.length} bytes`);
  return writer.done();
}

type Run = readonly [DocumentPiece, ...DocumentPiece[]];

function runsOf(pieces: readonly DocumentPiece[]): readonly Run[] {
  const runs: [DocumentPiece, ...DocumentPiece[]][] = [];
  for (const piece of [...pieces].sort(comparePieces)) {
    const run = runs.find(
      (candidate) => sameBytes(candidate.at(-1)?.hash ?? piece.hash, piece.previous) && isSameChain(candidate[0], piece),
    );
    if (run === undefined) runs.push([piece]);
    else run.push(piece);
  }
  return runs;
}

const isSameChain = (left: PieceName, right: PieceName): boolean => left.document === right.document && left.author === right.author;

const runToCbor = (run: Run): CborValue => [
  hexToBytes(run[0].document),
  run[0].author,
  run[0].number,
  run[0].previous,
  run.map(({ type, user, wallMs, hubOffsetMs, payload, covers, signature }) => [
    PIECE_TYPES[type],
    user,
    wallMs,
    hubOffsetMs,
    payload,
    covers,
    signature,
  ]),
];

/** Pieces of `home`, named by what they are; whether they are signed is for whoever takes them to say. */
export function decodePieces(
  frame: Uint8Array,
  home: DocumentHome,
  { compression, hash }: FramePorts,
  use: FrameUse = 'travel',
): Result<readonly DocumentPiece[], DocumentFrameError> {
  if (use === 'travel' && frame.length > DOCUMENT_FRAME_LIMITS.frameBytes) return bad('frame too long');
  if (!MAGIC.every((byte, at) => frame[at] === byte)) return bad('no frame of pieces');
  let body: Uint8Array;
  try {
    body = compression.decompress(
      frame.subarray(MAGIC.length),
      use === 'travel' ? DOCUMENT_FRAME_LIMITS.bodyBytes : DOCUMENT_FRAME_LIMITS.bodyBytes * 64,
    );
  } catch {
    return bad('body does not decompress');
  }
  const read = decodeCbor(body);
  if (!read.ok) return bad(read.error.reason);
  const pieces: DocumentPiece[] = [];
  for (const run of listOf(read.value)) {
    const decoded = decodeRun(run, home, hash);
    if (decoded === null) return bad('a run is not as described');
    pieces.push(...decoded);
  }
  return use === 'travel' && pieces.length > DOCUMENT_FRAME_LIMITS.pieces ? bad('too many pieces') : ok(pieces);
}

function decodeRun(value: CborValue, home: DocumentHome, hash: Hash): readonly DocumentPiece[] | null {
  const [name, author, first, start, list] = listOf(value);
  const document = isBytesOf(name, 16) ? bytesToHex(name) : '';
  if (!isDocument(document) || !isDevice(author) || !isCount(first) || first < 1 || !isBytesOf(start, HASH_BYTES)) return null;
  const pieces: DocumentPiece[] = [];
  let previous = start;
  for (const [offset, item] of listOf(list).entries()) {
    const content = decodeContent(item);
    if (content === null) return null;
    const { signature, ...said } = content;
    const unsigned = { document, author, number: first + offset, previous, ...said };
    const piece = { ...unsigned, hash: hash.sha256(pieceMessage(home, unsigned)), signature };
    pieces.push(piece);
    previous = piece.hash;
  }
  return pieces.length === 0 ? null : pieces;
}

function decodeContent(
  value: CborValue,
): Pick<DocumentPiece, 'type' | 'user' | 'wallMs' | 'hubOffsetMs' | 'payload' | 'covers' | 'signature'> | null {
  const [number, user, wallMs, hubOffsetMs, payload, covered, signature] = listOf(value);
  const type = (Object.keys(PIECE_TYPES) as readonly PieceType[]).find((name) => PIECE_TYPES[name] === number);
  const covers = listOf(covered).filter((hash) => isBytesOf(hash, HASH_BYTES));
  const isRight =
    type !== undefined &&
    typeof user === 'string' &&
    user.length <= DOCUMENT_LIMITS.userLength &&
    typeof wallMs === 'number' &&
    (hubOffsetMs === null || typeof hubOffsetMs === 'number') &&
    payload instanceof Uint8Array &&
    payload.length <= DOCUMENT_LIMITS.payloadBytes &&
    covers.length === listOf(covered).length &&
    covers.length <= DOCUMENT_LIMITS.covers &&
    (type === 'closing') === covers.length > 0 &&
    isBytesOf(signature, SIGNATURE_BYTES);
  return isRight ? { type, user, wallMs, hubOffsetMs, payload, covers, signature } : null;
}

const listOf = (value: CborValue | undefined): readonly CborValue[] => (Array.isArray(value) ? (value as readonly CborValue[]) : []);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isBytesOf = (value: unknown, length: number): value is Uint8Array => value instanceof Uint8Array && value.length === length;

// ---- what is asked ----

export interface DocumentsRequest {
  /** Of every document that the asker holds, and of those that it was told are archived, while it holds something of them. */
  readonly heads: readonly PieceName[];
  /** Pieces that the other lacks. */
  readonly frame: Uint8Array | null;
}

export interface DocumentsAnswer {
  readonly heads: readonly PieceName[];
  /** Of the documents that were asked about: those that the hub has put away. */
  readonly archived: readonly string[];
  readonly frame: Uint8Array | null;
  /** The hub's, Ed25519 over `documentsMessage` of the frame; null from a sibling, which vouches for nothing. */
  readonly signature: Uint8Array | null;
}

export const DOCUMENTS_CONTENT_TYPE = 'application/cbor';
const DOCUMENTS_DOMAIN = 'holdfast documents 1';

export const documentsMessage = ({ tenant, store }: DocumentHome, hash: Hash, frame: Uint8Array): Uint8Array =>
  encodeCbor([DOCUMENTS_DOMAIN, tenant, store, hash.sha256(frame)]);

const headToCbor = ({ document, author, number, hash }: PieceName): CborValue => [hexToBytes(document), author, number, hash];

export const encodeDocumentsRequest = ({ heads, frame }: DocumentsRequest): Uint8Array => encodeCbor([heads.map(headToCbor), frame]);

export const encodeDocumentsAnswer = ({ heads, archived, frame, signature }: DocumentsAnswer): Uint8Array =>
  encodeCbor([heads.map(headToCbor), archived.map((document) => hexToBytes(document)), frame, signature]);

export function decodeDocumentsRequest(bytes: Uint8Array): Result<DocumentsRequest, DocumentFrameError> {
  const read = decodeCbor(bytes);
  if (!read.ok) return bad(read.error.reason);
  const [named, frame] = listOf(read.value);
  const heads = headsFrom(named);
  if (heads === null || !(frame === null || frame instanceof Uint8Array)) return bad('a question is not as described');
  return ok({ heads, frame });
}

export function decodeDocumentsAnswer(bytes: Uint8Array): Result<DocumentsAnswer, DocumentFrameError> {
  const read = decodeCbor(bytes);
  if (!read.ok) return bad(read.error.reason);
  const [named, away, frame, signature] = listOf(read.value);
  const heads = headsFrom(named);
  const archived = listOf(away).flatMap((name) => (isBytesOf(name, 16) ? bytesToHex(name) : []));
  const isRight =
    heads !== null &&
    archived.length === listOf(away).length &&
    (frame === null || frame instanceof Uint8Array) &&
    (signature === null || isBytesOf(signature, SIGNATURE_BYTES));
  return isRight ? ok({ heads, archived, frame, signature }) : bad('an answer is not as described');
}

function headsFrom(value: CborValue | undefined): readonly PieceName[] | null {
  const heads: PieceName[] = [];
  for (const item of listOf(value)) {
    const [name, author, number, hash] = listOf(item);
    if (!isBytesOf(name, 16) || !isDevice(author) || !isCount(number) || number < 1 || !isBytesOf(hash, HASH_BYTES)) return null;
    heads.push({ document: bytesToHex(name), author, number, hash });
  }
  return heads.length > DOCUMENT_FRAME_LIMITS.heads || !Array.isArray(value) ? null : heads;
}
