/** One store's working documents in the hub's database: `DocumentStore`, remote (SPEC: W). */
import type { Hash } from '@holdfast/base';
import {
  bytesToHex,
  comparePieces,
  documentsDigest,
  headsFromJson,
  headsOf,
  headsToJson,
  joinHashes,
  NO_DOCUMENTS,
  PIECE_TYPES,
  linkOfRow,
  pieceOfRow,
  takeable,
  type ArchivedDocument,
  type DocumentPiece,
  type LinkRow,
  type PieceRow,
  type RemoteDocumentStore,
} from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';

export interface ShelfPlace {
  readonly tenantNo: number;
  readonly store: string;
}

const LINK = 'hash, document, author, number, previous';
const PIECE = `${LINK}, type, user_id AS "user", wall_ms AS "wallMs", hub_offset_ms AS "hubOffsetMs", payload, covers, signature`;
const HERE = 'tenant_no = $1 AND store = $2';
const LIVE = `${HERE} AND document NOT IN (SELECT document FROM document_archive WHERE ${HERE})`;

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
/** Pages of pieces: what one question hands over stays small. */
const HASHES_AT_ONCE = 500;

export type DocumentReads = Omit<RemoteDocumentStore, 'take' | 'archive'>;

/** `queries`: a database, or a transaction that is open. */
export function createDocumentReads(queries: Queries, { tenantNo, store }: ShelfPlace): DocumentReads {
  const place = [tenantNo, store] as const;
  return {
    heads: async () => headsOf((await queries.rows<LinkRow>(`SELECT ${LINK} FROM document_piece WHERE ${LIVE}`, place)).map(linkOfRow)),
    links: async (documents) => {
      const rows = await queries.rows<LinkRow>(`SELECT ${LINK} FROM document_piece WHERE ${HERE} AND document = ANY ($3::text[])`, [
        ...place,
        documents,
      ]);
      return rows.map(linkOfRow).sort(comparePieces);
    },
    pieces: async (hashes) => {
      const byHash = new Map<string, DocumentPiece>();
      for (let at = 0; at < hashes.length; at += HASHES_AT_ONCE) {
        const rows = await queries.rows<PieceRow>(
          `SELECT ${PIECE} FROM document_piece WHERE ${HERE} AND hash IN (SELECT decode(name, 'hex') FROM unnest($3::text[]) AS name)`,
          [...place, hashes.slice(at, at + HASHES_AT_ONCE).map((each) => bytesToHex(each))],
        );
        for (const row of rows) byHash.set(bytesToHex(row.hash), pieceOfRow(row));
      }
      return hashes.flatMap((each) => byHash.get(bytesToHex(each)) ?? []);
    },
    document: async (document) => {
      const rows = await queries.rows<PieceRow>(`SELECT ${PIECE} FROM document_piece WHERE ${HERE} AND document = $3`, [
        ...place,
        document,
      ]);
      return rows.map(pieceOfRow).sort(comparePieces);
    },
    documents: async () => {
      const rows = await queries.rows<{ document: string }>(
        `SELECT document FROM document_piece WHERE ${LIVE} GROUP BY document ORDER BY min(received_at_ms), document`,
        place,
      );
      return rows.map(({ document }) => document);
    },
    archived: async (document) => {
      const [row] = await queries.rows<{ heads: string; frame: Uint8Array | null }>(
        `SELECT heads, frame FROM document_archive WHERE ${HERE} AND document = $3`,
        [...place, document],
      );
      return row === undefined ? null : { heads: headsFromJson(row.heads), frame: row.frame === null ? null : plain(row.frame) };
    },
  };
}

export interface DocumentShelf extends RemoteDocumentStore {
  /** Whoever has the shelf adds, or puts away; the others wait. Inside, only `tx` may be asked. */
  locked<T>(work: (tx: Queries, reads: DocumentReads) => Promise<T>): Promise<T>;
  /** Within `locked`. */
  archiveIn(tx: Queries, document: string, kept: ArchivedDocument): Promise<void>;
}

/** `nowMs`: when what comes is received. */
export function createDocumentShelf(database: Database, at: ShelfPlace, hash: Hash, nowMs: () => number): DocumentShelf {
  const place = [at.tenantNo, at.store] as const;

  const locked: DocumentShelf['locked'] = async (work) =>
    database.transaction(async (tx) => {
      const reads = createDocumentReads(tx, at);
      await tx.execute('INSERT INTO document_shelf (tenant_no, store, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        ...place,
        NO_DOCUMENTS,
      ]);
      await tx.rows(`SELECT 1 FROM document_shelf WHERE ${HERE} FOR UPDATE`, place);
      const value = await work(tx, reads);
      await tx.execute(`UPDATE document_shelf SET digest = $3 WHERE ${HERE}`, [...place, documentsDigest(hash, await reads.heads())]);
      return value;
    });

  const insert = (tx: Queries, piece: DocumentPiece): Promise<number> =>
    tx.execute(
      `INSERT INTO document_piece (tenant_no, store, hash, document, author, number, previous, type, user_id, wall_ms, hub_offset_ms, payload, covers, signature, received_at_ms)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        ...place,
        piece.hash,
        piece.document,
        piece.author,
        piece.number,
        piece.previous,
        PIECE_TYPES[piece.type],
        piece.user,
        piece.wallMs,
        piece.hubOffsetMs,
        piece.payload,
        joinHashes(piece.covers),
        piece.signature,
        nowMs(),
      ],
    );

  async function takeIn(
    tx: Queries,
    reads: DocumentReads,
    document: string,
    pieces: readonly DocumentPiece[],
  ): Promise<readonly DocumentPiece[]> {
    const held = new Set((await reads.links([document])).map((link) => bytesToHex(link.hash)));
    for (const head of (await reads.archived(document))?.heads ?? []) held.add(bytesToHex(head.hash));
    const taken = takeable((of) => held.has(bytesToHex(of)), pieces);
    for (const piece of taken) await insert(tx, piece);
    return taken;
  }

  async function archiveIn(tx: Queries, document: string, { heads, frame }: ArchivedDocument): Promise<void> {
    await tx.execute(
      `INSERT INTO document_archive (tenant_no, store, document, heads, frame, archived_at_ms) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_no, store, document) DO UPDATE SET heads = excluded.heads, frame = excluded.frame, archived_at_ms = excluded.archived_at_ms`,
      [...place, document, headsToJson(heads), frame, nowMs()],
    );
    await tx.execute(`DELETE FROM document_piece WHERE ${HERE} AND document = $3`, [...place, document]);
  }

  return {
    ...createDocumentReads(database, at),
    take: async (pieces) =>
      locked(async (tx, reads) => {
        const taken: DocumentPiece[] = [];
        for (const [document, of] of Map.groupBy(pieces, (piece) => piece.document)) taken.push(...(await takeIn(tx, reads, document, of)));
        return taken;
      }),
    archive: async (document, kept) => locked(async (tx) => archiveIn(tx, document, kept)),
    locked,
    archiveIn,
  };
}

/** What the hub's answer to a manifest says of a store's documents; undefined where there is none. */
export async function shelfDigest(database: Pick<Queries, 'rows'>, { tenantNo, store }: ShelfPlace): Promise<string | undefined> {
  const [row] = await database.rows<{ digest: string }>(`SELECT digest FROM document_shelf WHERE ${HERE} AND digest <> $3`, [
    tenantNo,
    store,
    NO_DOCUMENTS,
  ]);
  return row?.digest;
}
