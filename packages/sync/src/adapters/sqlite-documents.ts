/** `DocumentStore` over better-sqlite3, in the tables of `SYNC_MIGRATIONS`. As in `sqlite.ts`, nothing that changes is kept in memory. */
import type { Database } from 'better-sqlite3';

import {
  headsFromJson,
  headsToJson,
  joinHashes,
  linkOfRow,
  pieceOfRow,
  type ArchivedDocument,
  type DocumentStore,
  type LinkRow,
  type PieceRow,
} from '../documents/document-store.ts';
import { comparePieces, headsOf, PIECE_TYPES, takeable, type DocumentPiece } from '../documents/documents.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { plain } from './sqlite-rows.ts';

const LINK = 'hash, document, author, number, previous';
const PIECE = `${LINK}, type, user, wall_ms AS wallMs, hub_offset_ms AS hubOffsetMs, payload, covers, signature`;
const LIVE = 'document NOT IN (SELECT document FROM sync_document_archive)';

export function createSqliteDocumentStore(database: Database): DocumentStore {
  const live = database.prepare<[], LinkRow>(`SELECT ${LINK} FROM sync_document_piece WHERE ${LIVE}`);
  const links = database.prepare<[string], LinkRow>(`SELECT ${LINK} FROM sync_document_piece WHERE document = ?`);
  const byHash = database.prepare<[Uint8Array], PieceRow>(`SELECT ${PIECE} FROM sync_document_piece WHERE hash = ?`);
  const ofDocument = database.prepare<[string], PieceRow>(`SELECT ${PIECE} FROM sync_document_piece WHERE document = ?`);
  const insert = database.prepare(
    `INSERT INTO sync_document_piece (hash, document, author, number, previous, type, user, wall_ms, hub_offset_ms, payload, covers, signature)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const documents = database
    .prepare<[], string>(`SELECT document FROM sync_document_piece WHERE ${LIVE} GROUP BY document ORDER BY min(arrival)`)
    .pluck();
  const archived = database.prepare<[string], { heads: string; frame: Uint8Array | null }>(
    'SELECT heads, frame FROM sync_document_archive WHERE document = ?',
  );
  const putAway = database.prepare('INSERT OR REPLACE INTO sync_document_archive (document, heads, frame) VALUES (?, ?, ?)');
  const clear = database.prepare('DELETE FROM sync_document_piece WHERE document = ?');

  const archivedOf = (document: string): ArchivedDocument | null => {
    const row = archived.get(document);
    return row === undefined ? null : { heads: headsFromJson(row.heads), frame: row.frame === null ? null : plain(row.frame) };
  };

  const take = database.transaction((pieces: readonly DocumentPiece[]): readonly DocumentPiece[] =>
    [...Map.groupBy(pieces, ({ document }) => document)].flatMap(([document, of]) => {
      const away = new Set(archivedOf(document)?.heads.map(({ hash }) => bytesToHex(hash)));
      const taken = takeable((hash) => byHash.get(hash) !== undefined || away.has(bytesToHex(hash)), of);
      for (const piece of taken) {
        insert.run(
          piece.hash,
          document,
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
        );
      }
      return taken;
    }),
  );
  const archive = database.transaction((document: string, { heads, frame }: ArchivedDocument): void => {
    putAway.run(document, headsToJson(heads), frame);
    clear.run(document);
  });
  return {
    heads: () => headsOf(live.all().map(linkOfRow)),
    links: (of) => of.flatMap((document) => links.all(document).map(linkOfRow)).sort(comparePieces),
    pieces: (hashes) =>
      hashes.flatMap((hash) => {
        const row = byHash.get(hash);
        return row === undefined ? [] : pieceOfRow(row);
      }),
    document: (document) => ofDocument.all(document).map(pieceOfRow).sort(comparePieces),
    take: (pieces) => (database.inTransaction ? take(pieces) : take.immediate(pieces)),
    documents: () => documents.all(),
    archived: archivedOf,
    archive: (document, kept) => (database.inTransaction ? archive(document, kept) : archive.immediate(document, kept)),
  };
}
