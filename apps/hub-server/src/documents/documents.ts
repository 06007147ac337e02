/**
 * Working documents at the hub (SPEC: W): it carries them between the lanes of a store, vouches for what their devices signed, shows their history, and puts away what was closed a while ago. What is in them it does not read.
 */
import { assert, type Clock, type Compression, type Hash, type Result, type Verifier } from '@holdfast/base';
import {
  bytesToBase64,
  bytesToHex,
  comparePieces,
  createDocumentExchange,
  decodePieces,
  documentState,
  encodePieces,
  headsOf,
  type DocumentFrameError,
  type DocumentHome,
  type DocumentPiece,
  type DocumentsAnswer,
  type DocumentsRequest,
  type PieceType,
} from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import type { HubIdentity } from '../identity.ts';
import { createDocumentReads, createDocumentShelf, type DocumentReads, type DocumentShelf } from './document-shelf.ts';

export interface DocumentPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly compression: Compression;
  readonly verifier: Verifier;
  /** Something came for the lanes of a store; not said to the one that brought it. */
  readonly onDocuments: (store: string, device: string) => void;
}

export interface DocumentSummary {
  readonly store: string;
  readonly document: string;
  readonly state: 'open' | 'closed' | 'archived';
  readonly pieces: number;
  readonly bytes: number;
  readonly authors: readonly string[];
  /** Changes that came too late for its closing. */
  readonly supplement: number;
  readonly lastReceivedAtMs: number;
}

export interface DocumentHistory extends Pick<DocumentSummary, 'store' | 'document' | 'state' | 'supplement'> {
  readonly pieces: readonly {
    readonly type: PieceType;
    readonly author: string;
    readonly number: number;
    readonly user: string;
    /** By the author's clock, as the hub last corrected it. */
    readonly atMs: number;
    readonly isSupplement: boolean;
    /** Base64: the application's. */
    readonly payload: string;
  }[];
}

export interface Documents {
  exchange(device: EnrolledDevice, request: DocumentsRequest): Promise<Result<DocumentsAnswer, DocumentFrameError>>;
  list(store?: string): Promise<readonly DocumentSummary[]>;
  find(store: string, document: string): Promise<DocumentHistory | undefined>;
  /** Puts away what was closed, and has been quiet since; how many. */
  archiveQuiet(): Promise<number>;
}

/** Late edits mostly come within a few days; what comes later lies beside the archive, and goes into it after another such time. */
export const QUIET_MS = 7 * 24 * 60 * 60 * 1_000;
const MOST_LISTED = 500;

interface SummaryRow {
  readonly store: string;
  readonly document: string;
  readonly lastReceivedAtMs: number;
}

export function createDocuments(ports: DocumentPorts): Documents {
  const { database, identity, clock, hash, compression, verifier } = ports;
  const { tenantNo, tenant } = identity;
  const shelfOf = (store: string): DocumentShelf => createDocumentShelf(database, { tenantNo, store }, hash, () => clock.nowMs());
  const readsOf = (store: string): DocumentReads => createDocumentReads(database, { tenantNo, store });
  const homeOf = (store: string): DocumentHome => ({ tenant, store });

  /** Of the store's devices; not of one that was stolen. */
  async function keyOf(store: string, author: string): Promise<Uint8Array | undefined> {
    const [row] = await database.rows<{ key: Uint8Array }>(
      `SELECT public_key AS key FROM device WHERE device = $1 AND tenant_no = $2 AND store = $3 AND gone IS DISTINCT FROM 'stolen'`,
      [author, tenantNo, store],
    );
    return row === undefined ? undefined : new Uint8Array(row.key);
  }

  /** What lies in its archive, and beside it. */
  async function piecesOf(
    reads: DocumentReads,
    store: string,
    document: string,
  ): Promise<{ readonly isArchived: boolean; readonly pieces: readonly DocumentPiece[] }> {
    const [away, beside] = [await reads.archived(document), await reads.document(document)];
    const archived = away?.frame === undefined || away.frame === null ? [] : unpack(away.frame, store);
    return { isArchived: away !== null, pieces: [...archived, ...beside].sort(comparePieces) };
  }

  function unpack(frame: Uint8Array, store: string): readonly DocumentPiece[] {
    const pieces = decodePieces(frame, homeOf(store), { compression, hash }, 'archive');
    assert(pieces.ok, 'an archive reads back');
    return pieces.value;
  }

  async function archive(store: string, document: string): Promise<boolean> {
    const shelf = shelfOf(store);
    return shelf.locked(async (tx, reads) => {
      const { pieces } = await piecesOf(reads, store, document);
      if (!documentState(document, pieces).isClosed) return false;
      await shelf.archiveIn(tx, document, { heads: headsOf(pieces), frame: encodePieces(pieces, compression, 'archive') });
      return true;
    });
  }

  async function summaryOf({ store, document, lastReceivedAtMs }: SummaryRow): Promise<DocumentSummary> {
    const { isArchived, pieces } = await piecesOf(readsOf(store), store, document);
    const { isClosed, supplement } = documentState(document, pieces);
    return {
      store,
      document,
      state: isArchived ? 'archived' : isClosed ? 'closed' : 'open',
      pieces: pieces.length,
      bytes: pieces.reduce((sum, { payload }) => sum + payload.length, 0),
      authors: [...new Set(pieces.map(({ author }) => author))],
      supplement: supplement.length,
      lastReceivedAtMs,
    };
  }

  return {
    exchange: async ({ store, device }, request) => {
      const shelf = shelfOf(store);
      const exchange = createDocumentExchange({
        store: shelf,
        take: async (pieces) => {
          const taken = await shelf.take(pieces);
          if (taken.length > 0) ports.onDocuments(store, device);
          return taken;
        },
        home: () => homeOf(store),
        keyOf: async (author) => keyOf(store, author),
        verifier,
        hash,
        compression,
      });
      return exchange.answer(request, identity.signer);
    },
    list: async (store) => {
      const rows = await database.rows<SummaryRow>(
        `SELECT store, document, max(at) AS "lastReceivedAtMs" FROM (
           SELECT store, document, received_at_ms AS at FROM document_piece WHERE tenant_no = $1
           UNION ALL SELECT store, document, archived_at_ms FROM document_archive WHERE tenant_no = $1) AS held
         WHERE $2::text IS NULL OR store = $2 GROUP BY store, document ORDER BY 3 DESC, document LIMIT ${MOST_LISTED}`,
        [tenantNo, store ?? null],
      );
      const summaries: DocumentSummary[] = [];
      for (const row of rows) summaries.push(await summaryOf(row));
      return summaries;
    },
    find: async (store, document) => {
      const { isArchived, pieces } = await piecesOf(readsOf(store), store, document);
      if (pieces.length === 0) return undefined;
      const { isClosed, supplement } = documentState(document, pieces);
      const late = new Set(supplement.map((piece) => bytesToHex(piece.hash)));
      return {
        store,
        document,
        state: isArchived ? 'archived' : isClosed ? 'closed' : 'open',
        supplement: supplement.length,
        pieces: pieces.map((piece) => ({
          type: piece.type,
          author: piece.author,
          number: piece.number,
          user: piece.user,
          atMs: piece.wallMs + (piece.hubOffsetMs ?? 0),
          isSupplement: late.has(bytesToHex(piece.hash)),
          payload: bytesToBase64(piece.payload),
        })),
      };
    },
    archiveQuiet: async () => {
      const quiet = await database.rows<{ store: string; document: string }>(
        `SELECT store, document FROM document_piece WHERE tenant_no = $1 GROUP BY store, document HAVING max(received_at_ms) < $2 ORDER BY store, document`,
        [tenantNo, clock.nowMs() - QUIET_MS],
      );
      let archived = 0;
      for (const { store, document } of quiet) if (await archive(store, document)) archived += 1;
      return archived;
    },
  };
}
