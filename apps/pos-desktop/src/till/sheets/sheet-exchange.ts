/** Working documents of this store between this lane, the hub and the other lanes (SPEC: W). It runs in the sync worker, and reads nothing of what it carries. */
import type { Clock, Compression, Hash, Logger, Signer, Timers, Verifier } from '@holdfast/base';
import {
  createDocumentExchange,
  createDocumentMeetings,
  documentsDigest,
  hexToBytes,
  type DocumentMeetings,
  type DocumentPeer,
  type DocumentsAnswer,
  type DocumentsRequest,
  type DocumentStore,
  type Identity,
} from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

export interface SheetExchangePorts {
  readonly documents: DocumentStore;
  readonly identity: () => Identity | null;
  /** Of another lane of this store. */
  readonly siblingKey: (device: string) => Uint8Array | undefined;
  readonly hub: Pick<HttpTransport, 'exchangeDocuments'>;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly hash: Hash;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly withTurn: <T>(write: () => T) => T;
  readonly onTaken: () => void;
}

export interface SheetExchange extends Pick<DocumentMeetings, 'wrote' | 'stop'> {
  digest(): string;
  answer(request: DocumentsRequest): Promise<DocumentsAnswer | null>;
  heard(peer: DocumentPeer, digest: string): void;
  /** The hub answered, and its documents of this store come to `digest`. */
  hubHeard(digest: string): void;
}

export function createSheetExchange(ports: SheetExchangePorts): SheetExchange {
  const { documents, identity, hash } = ports;
  const exchange = createDocumentExchange({
    ...ports,
    store: documents,
    take: (pieces) => ports.withTurn(() => documents.take(pieces)),
    home: identity,
    keyOf: (author) => (author === identity()?.device ? ports.signer.publicKey : ports.siblingKey(author)),
  });
  const meetings = createDocumentMeetings({ ...ports, exchange });
  return {
    digest: () => documentsDigest(hash, documents.heads()),
    answer: async (request) => {
      const answered = await exchange.answer(request);
      return answered.ok ? answered.value : null;
    },
    heard: (peer, digest) => meetings.heard(peer, digest),
    hubHeard: (digest) => {
      const held = identity();
      if (held === null) return;
      const { token, hubPublicKey } = held;
      meetings.heard(
        { name: 'hub', hubKey: hexToBytes(hubPublicKey), ask: (request) => ports.hub.exchangeDocuments(token, request) },
        digest,
      );
    },
    wrote: () => meetings.wrote(),
    stop: () => meetings.stop(),
  };
}
