/**
 * Where working documents lie, as a port. A replica holds documents of one store (a device its own; a hub one store's at a time). `DocumentStore` is synchronous, as SQLite is: a closing is written in the transaction of the ledger
 * entries that it becomes. A database that is asked over a network gives the same, later. One contract suite holds for all adapters.
 */
import { assert } from '@holdfast/base';

import { HASH_BYTES } from '../replica/ledger.ts';
import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import {
  comparePieces,
  headsOf,
  PIECE_TYPES,
  takeable,
  type DocumentPiece,
  type PieceLink,
  type PieceName,
  type PieceType,
} from './documents.ts';

/** What is left of a document that was put away. */
export interface ArchivedDocument {
  /** Its last pieces, by which whoever still has something of it knows what is missing. */
  readonly heads: readonly PieceName[];
  /** All of its pieces in one frame (`document-frame.ts`); null where they lie elsewhere: at the hub. */
  readonly frame: Uint8Array | null;
}

export interface DocumentStore {
  /** Heads of every document that is not archived. */
  heads(): readonly PieceName[];
  /** Every piece of these documents, archived or not; what lies in an archive is not among them. In the order of `comparePieces`. */
  links(documents: readonly string[]): readonly PieceLink[];
  /** Those of the named pieces (by hash) that are held, in the order they were named in. */
  pieces(hashes: readonly Uint8Array[]): readonly DocumentPiece[];
  /** All of one document. */
  document(document: string): readonly DocumentPiece[];
  /** Those that were new, and follow what is held (SPEC: W-2). One transaction, or part of the caller's. Of an archived document they wait beside the archive. */
  take(pieces: readonly DocumentPiece[]): readonly DocumentPiece[];
  /** Documents that were not archived, oldest first by when their first piece came. */
  documents(): readonly string[];
  archived(document: string): ArchivedDocument | null;
  /** Puts all its pieces away; the frame that is kept holds them. Again: what came since goes as well. */
  archive(document: string, kept: ArchivedDocument): void;
}

/** The same, over a network. */
export type RemoteDocumentStore = {
  readonly [K in keyof DocumentStore]: (...args: Parameters<DocumentStore[K]>) => Promise<ReturnType<DocumentStore[K]>>;
};

export function createMemoryDocumentStore(): DocumentStore {
  const byHash = new Map<string, DocumentPiece>();
  const archives = new Map<string, ArchivedDocument>();
  const order: string[] = [];
  const all = (documents: readonly string[]): readonly DocumentPiece[] =>
    [...byHash.values()].filter(({ document }) => documents.includes(document)).sort(comparePieces);
  const live = (): readonly string[] => order.filter((document) => !archives.has(document));
  const isHeld = (document: string, hash: Uint8Array): boolean =>
    byHash.has(bytesToHex(hash)) || (archives.get(document)?.heads.some((head) => bytesToHex(head.hash) === bytesToHex(hash)) ?? false);
  return {
    heads: () => headsOf(all(live())),
    links: all,
    pieces: (hashes) => hashes.flatMap((hash) => byHash.get(bytesToHex(hash)) ?? []),
    document: (document) => all([document]),
    take: (pieces) =>
      [...Map.groupBy(pieces, ({ document }) => document)].flatMap(([document, of]) => {
        const taken = takeable((hash) => isHeld(document, hash), of);
        for (const piece of taken) byHash.set(bytesToHex(piece.hash), piece);
        if (taken.length > 0 && !order.includes(document)) order.push(document);
        return taken;
      }),
    documents: live,
    archived: (document) => archives.get(document) ?? null,
    archive: (document, kept) => {
      archives.set(document, kept);
      for (const { hash } of all([document])) byHash.delete(bytesToHex(hash));
    },
  };
}

// ---- what adapters write into one column ----

function splitHashes(joined: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.floor(joined.length / HASH_BYTES) }, (_, at) => joined.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [at, hash] of hashes.entries()) joined.set(hash, at * HASH_BYTES);
  return joined;
}

function pieceTypeOf(number: number): PieceType {
  const type = (Object.keys(PIECE_TYPES) as readonly PieceType[]).find((name) => PIECE_TYPES[name] === number);
  assert(type !== undefined, `a stored piece is of type ${number}`);
  return type;
}

/** A piece's place in its chain, as a row of either database. */
export interface LinkRow {
  readonly hash: Uint8Array;
  readonly document: string;
  readonly author: string;
  readonly number: number;
  readonly previous: Uint8Array;
}

export interface PieceRow extends LinkRow {
  readonly type: number;
  readonly user: string;
  readonly wallMs: number;
  readonly hubOffsetMs: number | null;
  readonly payload: Uint8Array;
  /** The hashes, one behind the other. */
  readonly covers: Uint8Array;
  readonly signature: Uint8Array;
}

/** Drivers hand out bytes of a class of their own. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const linkOfRow = ({ hash, document, author, number, previous }: LinkRow): PieceLink => ({
  document,
  author,
  number,
  hash: plain(hash),
  previous: plain(previous),
});

export const pieceOfRow = (row: PieceRow): DocumentPiece => ({
  ...linkOfRow(row),
  type: pieceTypeOf(row.type),
  user: row.user,
  wallMs: row.wallMs,
  hubOffsetMs: row.hubOffsetMs,
  payload: plain(row.payload),
  covers: splitHashes(plain(row.covers)),
  signature: plain(row.signature),
});

/** Heads of an archived document, as text: what of them a line of JSON holds. */
export const headsToJson = (heads: readonly PieceName[]): string =>
  JSON.stringify(heads.map(({ document, author, number, hash }) => [document, author, number, bytesToHex(hash)]));

export const headsFromJson = (json: string): readonly PieceName[] =>
  (JSON.parse(json) as readonly (readonly [string, string, number, string])[]).map(([document, author, number, hash]) => ({
    document,
    author,
    number,
    hash: hexToBytes(hash),
  }));
