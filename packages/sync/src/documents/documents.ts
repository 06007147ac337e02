/**
 * Working documents: what several people edit at once for a short time. A document is a grow-only set of signed pieces: openings, changes (opaque to sync: an app's own CRDT), closings. Two replicas
 * join by taking what the other has (SPEC: W-1); all that is said of a document is a pure function of the set, so it is the same whatever came first.
 *
 * The pieces that one author adds to one document are a chain: each names the hash of the one before it, so that a head stands for all that leads to it. A closing names the heads that it covers; what no
 * closing covers came too late for it, and is the document's supplement.
 */
import { assert, type Hash, type Signer, type Verifier } from '@holdfast/base';

import { NO_HASH } from '../replica/ledger.ts';
import { bytesToHex, hexToBytes, sameBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';

export const PIECE_TYPES = { opening: 1, change: 2, closing: 3 } as const;
export type PieceType = keyof typeof PIECE_TYPES;

/** Where a piece stands; `hash` names it. */
export interface PieceName {
  /** 32 hex digits, drawn at random by whoever opens it. */
  readonly document: string;
  /** The device that wrote and signed it. */
  readonly author: string;
  /** From 1, in the author's chain. */
  readonly number: number;
  readonly hash: Uint8Array;
}

export interface PieceLink extends PieceName {
  /** 32 zero bytes at number 1. */
  readonly previous: Uint8Array;
}

/** What its author says; `payload` is the app's. */
export interface PieceContent {
  readonly type: PieceType;
  /** Who was signed on; opaque. */
  readonly user: string;
  readonly wallMs: number;
  /** hub clock − device clock, as last measured; null before the first contact. */
  readonly hubOffsetMs: number | null;
  readonly payload: Uint8Array;
  /** Of a closing: hashes of the heads that it covers, with all that leads to them. Empty otherwise. */
  readonly covers: readonly Uint8Array[];
}

export interface DocumentPiece extends PieceLink, PieceContent {
  /** Ed25519 by the author over `pieceMessage`. */
  readonly signature: Uint8Array;
}

/** Whose documents they are: no piece of another store, or of another company, is ever taken for one of these. */
export interface DocumentHome {
  readonly tenant: string;
  readonly store: string;
}

export const DOCUMENT_LIMITS = {
  payloadBytes: 64 * 1024,
  covers: 1_000,
  userLength: 64,
} as const;

const PIECE_DOMAIN = 'holdfast document piece 1';

export const isDocument = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);

type UnsignedPiece = Omit<DocumentPiece, 'hash' | 'signature'>;

/** What is signed, and whose SHA-256 is the piece's name. */
export function pieceMessage({ tenant, store }: DocumentHome, piece: UnsignedPiece): Uint8Array {
  const { document, author, number, previous, type, user, wallMs, hubOffsetMs, payload, covers } = piece;
  const content = [PIECE_TYPES[type], user, wallMs, hubOffsetMs, payload, covers] as const;
  return encodeCbor([PIECE_DOMAIN, tenant, store, hexToBytes(document), author, number, previous, ...content]);
}

export interface AuthorPorts {
  readonly signer: Signer;
  readonly hash: Hash;
}

/** The author's next piece, after `last`: the last of theirs in that document, null where there is none. */
export function signPiece(
  { signer, hash }: AuthorPorts,
  home: DocumentHome,
  at: { readonly document: string; readonly author: string; readonly last: PieceName | null },
  content: PieceContent,
): DocumentPiece {
  const { document, author, last } = at;
  assert(isDocument(document), `${document} names no document`);
  assert(content.payload.length <= DOCUMENT_LIMITS.payloadBytes, 'a piece of a document is too long');
  assert((content.type === 'closing') === content.covers.length > 0, 'a closing, and nothing else, covers what there is');
  const unsigned = { document, author, number: (last?.number ?? 0) + 1, previous: last?.hash ?? NO_HASH, ...content };
  const message = pieceMessage(home, unsigned);
  return { ...unsigned, hash: hash.sha256(message), signature: signer.sign(message) };
}

export function isAuthentic(verifier: Verifier, publicKey: Uint8Array, home: DocumentHome, piece: DocumentPiece): boolean {
  return verifier.verify(publicKey, pieceMessage(home, piece), piece.signature);
}

/** A piece may be taken where the one before it is held, or it is an author's first: chains have no gaps. */
export function takeable<P extends PieceLink>(held: (hash: Uint8Array) => boolean, pieces: readonly P[]): readonly P[] {
  const taken = new Set<string>();
  return [...pieces]
    .sort((left, right) => left.number - right.number)
    .filter(({ number, previous, hash }) => {
      const follows = number === 1 ? sameBytes(previous, NO_HASH) : held(previous) || taken.has(bytesToHex(previous));
      const isNew = follows && !held(hash) && !taken.has(bytesToHex(hash));
      if (isNew) taken.add(bytesToHex(hash));
      return isNew;
    });
}

/** By document, author, number, then hash: one order on every replica. */
export function comparePieces(left: PieceName, right: PieceName): number {
  const key = ({ document, author }: PieceName): string => `${document} ${author}`;
  const [mine, other] = [key(left), key(right)];
  if (mine !== other) return mine < other ? -1 : 1;
  if (left.number !== right.number) return left.number - right.number;
  const [hash, otherHash] = [bytesToHex(left.hash), bytesToHex(right.hash)];
  return hash === otherHash ? 0 : hash < otherHash ? -1 : 1;
}

/** The last piece of each chain. A device that was cloned may have several in one document. */
export function headsOf(links: readonly PieceLink[]): readonly PieceName[] {
  const followed = new Set(links.map(({ previous }) => bytesToHex(previous)));
  return links
    .filter(({ hash }) => !followed.has(bytesToHex(hash)))
    .map(({ document, author, number, hash }) => ({ document, author, number, hash }))
    .sort(comparePieces);
}

/** One name for all that is held: equal where, and only where, two replicas hold the same. */
export function documentsDigest(hash: Hash, heads: readonly PieceName[]): string {
  if (heads.length === 0) return NO_DOCUMENTS;
  const names = [...heads].sort(comparePieces).map((head) => head.hash);
  return bytesToHex(hash.sha256(encodeCbor(names)).subarray(0, DIGEST_BYTES));
}

const DIGEST_BYTES = 8;
export const NO_DOCUMENTS = '0'.repeat(DIGEST_BYTES * 2);

export interface DocumentState {
  readonly document: string;
  /** In the order of `comparePieces`; empty where none has come yet: it is not shown. */
  readonly openings: readonly DocumentPiece[];
  readonly changes: readonly DocumentPiece[];
  readonly closings: readonly DocumentPiece[];
  readonly isClosed: boolean;
  /** Changes that no closing covers; empty while it is open. */
  readonly supplement: readonly DocumentPiece[];
  readonly heads: readonly PieceName[];
}

/** Of one document's pieces, in any order. */
export function documentState(document: string, pieces: readonly DocumentPiece[]): DocumentState {
  const sorted = [...pieces].sort(comparePieces);
  assert(
    sorted.every((piece) => piece.document === document),
    'pieces of one document',
  );
  const ofType = (type: PieceType): readonly DocumentPiece[] => sorted.filter((piece) => piece.type === type);
  const [openings, changes, closings] = [ofType('opening'), ofType('change'), ofType('closing')];
  const covered = coveredBy(closings, sorted);
  const isClosed = closings.length > 0;
  return {
    document,
    openings,
    changes,
    closings,
    isClosed,
    supplement: isClosed ? changes.filter(({ hash }) => !covered.has(bytesToHex(hash))) : [],
    heads: headsOf(sorted),
  };
}

/** Hashes (hex) of what the closings name, and of all that leads there. */
function coveredBy(closings: readonly DocumentPiece[], links: readonly PieceLink[]): ReadonlySet<string> {
  return ancestry(
    links,
    closings.flatMap(({ covers }) => covers.map((hash) => bytesToHex(hash))),
  );
}

/** The named ones that are held, and all that they follow. */
function ancestry(links: readonly PieceLink[], from: readonly string[]): Set<string> {
  const byHash = new Map(links.map((link) => [bytesToHex(link.hash), link]));
  const reached = new Set<string>();
  for (const start of from) {
    let at = byHash.get(start);
    while (at !== undefined) {
      const name = bytesToHex(at.hash);
      if (reached.has(name)) break;
      reached.add(name);
      at = byHash.get(bytesToHex(at.previous));
    }
  }
  return reached;
}

/**
 * What a peer lacks of `links` by the heads that it told, in an order in which it can take them. A head of the peer's that is not held here, of an author whose chain here is no longer than the peer's, says only that the
 * peer is ahead; where it is longer or as long, the author has two histories, and all of this one goes.
 */
export function missingOf(links: readonly PieceLink[], told: readonly PieceName[]): readonly PieceLink[] {
  const held = new Set(links.map(({ hash }) => bytesToHex(hash)));
  const known = ancestry(
    links,
    told.map(({ hash }) => bytesToHex(hash)),
  );
  const aheadOf = new Map<string, number>();
  for (const { document, author, number, hash } of told) {
    if (held.has(bytesToHex(hash))) continue;
    const chain = `${document} ${author}`;
    aheadOf.set(chain, Math.max(aheadOf.get(chain) ?? 0, number));
  }
  const longest = new Map<string, number>();
  for (const { document, author, number } of links) {
    const chain = `${document} ${author}`;
    longest.set(chain, Math.max(longest.get(chain) ?? 0, number));
  }
  const isAhead = ({ document, author }: PieceName): boolean => {
    const chain = `${document} ${author}`;
    return (aheadOf.get(chain) ?? 0) > (longest.get(chain) ?? 0);
  };
  return links
    .filter((link) => !known.has(bytesToHex(link.hash)) && !isAhead(link))
    .sort((left, right) => left.number - right.number || comparePieces(left, right));
}
