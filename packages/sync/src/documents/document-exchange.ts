/**
 * Replicas of working documents, meeting. One asks with the heads that it holds and is answered with the other's, and with pieces that it lacks; it sends what the other lacks with its next question, until neither has anything for the other (SPEC: W-5). Nothing
 * is remembered between meetings: whatever either lost, the heads say so. The same exchange runs between siblings, and between a device and its hub.
 */
import { err, ok, type Compression, type Hash, type Result, type Signer, type Verifier } from '@holdfast/base';

import type { TransportError } from '../replica/replica.ts';
import { bytesToHex } from '../wire/bytes.ts';
import {
  decodePieces,
  documentsMessage,
  DOCUMENT_FRAME_LIMITS,
  encodePieces,
  type DocumentFrameError,
  type DocumentsAnswer,
  type DocumentsRequest,
} from './document-frame.ts';
import type { DocumentStore, RemoteDocumentStore } from './document-store.ts';
import { documentsDigest, headsOf, isAuthentic, missingOf, type DocumentHome, type DocumentPiece, type PieceName } from './documents.ts';

export interface DocumentExchangePorts {
  readonly store: DocumentStore | RemoteDocumentStore;
  /** One transaction of the store's (SPEC: W-2). */
  readonly take: (pieces: readonly DocumentPiece[]) => readonly DocumentPiece[] | Promise<readonly DocumentPiece[]>;
  /** The device's own; null before enrolment. */
  readonly home: () => DocumentHome | null;
  /** Of a device of this very store that may write; undefined: it is not known here, or counts no more. */
  readonly keyOf: (author: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  readonly verifier: Verifier;
  readonly hash: Hash;
  readonly compression: Compression;
}

/** What a replica asks of another. */
export type AskDocuments = (request: DocumentsRequest) => Promise<Result<DocumentsAnswer, TransportError>>;

export interface Met {
  readonly taken: number;
  readonly sent: number;
  /** Neither lacks anything of the other's now. */
  readonly isLevel: boolean;
}

export interface DocumentExchange {
  digest(): Promise<string>;
  /** `hubKey`: of a peer whose signature vouches for authors that this replica does not know. */
  meet(ask: AskDocuments, hubKey?: Uint8Array): Promise<Result<Met, TransportError>>;
  /** `signer`: the hub's, to vouch for what it answers. */
  answer(request: DocumentsRequest, signer?: Signer): Promise<Result<DocumentsAnswer, DocumentFrameError>>;
}

/** So that a frame stays far within its limit, whatever compression makes of it. */
const FRAME_PIECES = 1_000;
const FRAME_PAYLOAD_BYTES = 512 * 1024;
const MOST_ROUNDS = 200;

export function createDocumentExchange(ports: DocumentExchangePorts): DocumentExchange {
  const { store, verifier, hash, compression } = ports;

  /** Heads of what is told to `asker`: all that is live, and what it asks about. */
  async function headsFor(
    asked: readonly PieceName[],
  ): Promise<{ readonly heads: readonly PieceName[]; readonly archived: readonly string[] }> {
    const live = await store.heads();
    const known = new Set(live.map(({ document }) => document));
    const heads = [...live];
    const archived: string[] = [];
    for (const document of new Set(asked.map((head) => head.document))) {
      const away = known.has(document) ? null : await store.archived(document);
      if (away === null) continue;
      archived.push(document);
      heads.push(...away.heads, ...headsOf(await store.links([document])));
    }
    return { heads, archived };
  }

  /** Of the documents on which the two differ. */
  async function frameFor(told: readonly PieceName[], own: readonly PieceName[], passed: ReadonlySet<string>): Promise<DocumentPiece[]> {
    const theirs = new Set(told.map((head) => bytesToHex(head.hash)));
    const documents = [...new Set(own.filter((head) => !theirs.has(bytesToHex(head.hash))).map(({ document }) => document))];
    const missing = missingOf(await store.links(documents), told).filter((link) => !passed.has(bytesToHex(link.hash)));
    const chosen: DocumentPiece[] = [];
    let bytes = 0;
    for (const piece of await store.pieces(missing.slice(0, FRAME_PIECES).map((link) => link.hash))) {
      bytes += piece.payload.length;
      if (chosen.length > 0 && bytes > FRAME_PAYLOAD_BYTES) break;
      chosen.push(piece);
    }
    return chosen;
  }

  /** What of a frame is of this store, and signed by who says to have written it, or vouched for by the hub. */
  async function authentic(frame: Uint8Array, isVouchedFor: boolean): Promise<Result<readonly DocumentPiece[], DocumentFrameError>> {
    const home = ports.home();
    if (home === null) return ok([]);
    const decoded = decodePieces(frame, home, { compression, hash });
    if (!decoded.ok || isVouchedFor) return decoded;
    const keys = new Map<string, Uint8Array | undefined>();
    for (const { author } of decoded.value) if (!keys.has(author)) keys.set(author, await ports.keyOf(author));
    return ok(
      decoded.value.filter((piece) => {
        const key = keys.get(piece.author);
        return key !== undefined && isAuthentic(verifier, key, home, piece);
      }),
    );
  }

  function vouchesFor({ frame, signature }: DocumentsAnswer, hubKey: Uint8Array | undefined): boolean {
    const home = ports.home();
    if (hubKey === undefined || frame === null || signature === null || home === null) return false;
    return verifier.verify(hubKey, documentsMessage(home, hash, frame), signature);
  }

  /** What the hub put away is put away here, once it has all of it. */
  async function putAway({ archived, heads }: DocumentsAnswer): Promise<void> {
    for (const document of archived) {
      const links = await store.links([document]);
      const isAll = missingOf(links, heads).length === 0;
      if (links.length > 0 && isAll)
        await store.archive(document, { heads: heads.filter((head) => head.document === document), frame: null });
    }
  }

  async function meet(ask: AskDocuments, hubKey?: Uint8Array): Promise<Result<Met, TransportError>> {
    let sending: readonly DocumentPiece[] = [];
    const passed = new Set<string>();
    let [taken, sent] = [0, 0];
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const own = await store.heads();
      const frame = sending.length === 0 ? null : encodePieces(sending, compression);
      const answered = await ask({ heads: own, frame });
      if (!answered.ok) return answered;
      sent += sending.length;
      for (const piece of sending) passed.add(bytesToHex(piece.hash));
      const { value } = answered;
      const pieces = value.frame === null ? ok([]) : await authentic(value.frame, vouchesFor(value, hubKey));
      if (!pieces.ok) return err({ type: 'malformed', reason: pieces.error.reason });
      const news = await ports.take(pieces.value);
      taken += news.length;
      // What was sent once and is still not held there is not wanted there.
      sending = await frameFor(value.heads, own, passed);
      if (sending.length > 0 || news.length > 0) continue;
      if (hubKey !== undefined) await putAway(value);
      const theirs = value.heads.filter(({ document }) => !value.archived.includes(document));
      return ok({ taken, sent, isLevel: documentsDigest(hash, theirs) === documentsDigest(hash, await store.heads()) });
    }
    return ok({ taken, sent, isLevel: false });
  }

  return {
    digest: async () => documentsDigest(hash, await store.heads()),
    meet,
    answer: async ({ heads: asked, frame: given }, signer) => {
      const home = ports.home();
      if (home === null) return ok({ heads: [], archived: [], frame: null, signature: null });
      const pieces = given === null ? ok([]) : await authentic(given, false);
      if (!pieces.ok) return pieces;
      if (pieces.value.length > 0) await ports.take(pieces.value);
      const { heads, archived } = await headsFor(asked);
      const live = heads.filter(({ document }) => !archived.includes(document));
      const lacking = await frameFor(asked, live, new Set());
      const frame = lacking.length === 0 ? null : encodePieces(lacking, compression);
      const signature = signer === undefined || frame === null ? null : signer.sign(documentsMessage(home, hash, frame));
      return ok({ heads, archived, frame, signature });
    },
  };
}

export const DOCUMENTS_MAX_BYTES = DOCUMENT_FRAME_LIMITS.frameBytes + 1024 * 1024;
