/** Working documents at the hub, on any engine: the port's own contract, and what devices and headquarters see of it over real HTTP. */
import { createSigner, generateSigningKey, nodeCompression, nodeHash, nodeVerifier } from '@holdfast/base/node';
import {
  createDocumentExchange,
  createMemoryDocumentStore,
  decodeDocumentsAnswer,
  DOCUMENTS_HEADER,
  encodeDocumentsRequest,
  encodePieces,
  headsOf,
  hexToBytes,
  NO_DOCUMENTS,
  signPiece,
  type AskDocuments,
  type DocumentPiece,
  type PieceContent,
} from '@holdfast/sync';
import { describeDocumentStore } from '@holdfast/sync/document-store-contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { loadIdentity, NO_HISTORY } from '../identity.ts';
import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createDocumentShelf } from './document-shelf.ts';
import { createDocuments, QUIET_MS, type DocumentHistory, type DocumentSummary } from './documents.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Enough to meet every rule; memory and SQLite are given many more. */
const RUNS = 5;
const SHEET = '12'.repeat(16);

const content = (type: PieceContent['type'], text: string, covers: readonly Uint8Array[] = []): PieceContent => ({
  type,
  user: 'user-7',
  wallMs: 1_760_000_000_000,
  hubOffsetMs: 1_000,
  payload: new TextEncoder().encode(text),
  covers,
});

export function documentsContract(engine: string, open: () => Promise<Database>): void {
  describe(`documents contract: ${engine}`, () => {
    let hub: TestHub;
    let opened = 0;
    const clock = { atMs: 1_760_000_000_000, nowMs: () => clock.atMs, monotonicMs: () => performance.now() };
    beforeAll(async () => {
      hub = await startTestHub(await open(), { clock });
    });
    afterAll(async () => hub.close());

    const newStore = async (): Promise<string> => {
      opened += 1;
      const store = `d${opened}`;
      await hub.database.execute(
        `INSERT INTO store (tenant_no, store, name, zone, currency, time_zone, tax_inclusive, address, created_at_ms)
         SELECT tenant_no, $1, $1, zone, currency, time_zone, tax_inclusive, address, created_at_ms FROM store WHERE store = '1'`,
        [store],
      );
      return store;
    };

    describeDocumentStore(
      engine,
      async () => {
        const shelf = createDocumentShelf(hub.database, { tenantNo: 1, store: await newStore() }, nodeHash, () => clock.nowMs());
        return { store: () => shelf, reopen: () => {} };
      },
      RUNS,
    );

    const homeOf = ({ enrolled }: TestDevice) => ({ tenant: enrolled.tenant, store: enrolled.store });
    const write = (device: TestDevice, document: string, contents: readonly PieceContent[], last: DocumentPiece | null = null) => {
      const pieces: DocumentPiece[] = [];
      for (const each of contents)
        pieces.push(
          signPiece(
            { signer: device.signer, hash: nodeHash },
            homeOf(device),
            { document, author: device.enrolled.device, last: pieces.at(-1) ?? last },
            each,
          ),
        );
      return pieces;
    };
    const askOf =
      (device: TestDevice): AskDocuments =>
      async (request) => {
        const answer = await device.request('/sync/v1/documents', { method: 'POST', body: Buffer.from(encodeDocumentsRequest(request)) });
        if (!answer.ok) return { ok: false, error: { type: 'refused', reason: String(answer.status) } };
        const decoded = decodeDocumentsAnswer(new Uint8Array(await answer.arrayBuffer()));
        return decoded.ok ? decoded : { ok: false, error: { type: 'malformed', reason: decoded.error.reason } };
      };
    /** A device's own store, which knows its own key only. */
    const replicaOf = (device: TestDevice) => {
      const store = createMemoryDocumentStore();
      const exchange = createDocumentExchange({
        store,
        take: (pieces) => store.take(pieces),
        home: () => homeOf(device),
        keyOf: (author) => (author === device.enrolled.device ? device.signer.publicKey : undefined),
        verifier: nodeVerifier,
        hash: nodeHash,
        compression: nodeCompression,
      });
      return { store, exchange, meet: () => exchange.meet(askOf(device), hexToBytes(device.enrolled.hubPublicKey)) };
    };
    const digestOf = async (device: TestDevice): Promise<string | null> => {
      const position = { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY };
      const answer = await device.request('/sync/v1/manifest', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ position, waitingEntries: 0, waitingSales: 0, wallMs: clock.nowMs() }),
      });
      return answer.headers.get(DOCUMENTS_HEADER);
    };

    test('W-5, W-6: what one lane writes, another of its store has from the hub, which vouches for it; the answer to a manifest says when there is something to ask', async () => {
      const store = await newStore();
      const [first, second] = [await enrolNextDevice(hub, store), await enrolNextDevice(hub, store)];
      const elsewhere = await enrolDevice(hub);
      const [writer, reader, stranger] = [replicaOf(first), replicaOf(second), replicaOf(elsewhere)];
      expect(await digestOf(second)).toBeNull();
      writer.store.take(write(first, SHEET, [content('opening', 'count'), content('change', 'a')]));
      expect(await writer.meet()).toMatchObject({ ok: true, value: { sent: 2, isLevel: true } });
      expect(await digestOf(second)).toBe(await writer.exchange.digest());
      expect(await reader.meet()).toMatchObject({ ok: true, value: { taken: 2, isLevel: true } });
      expect(await reader.exchange.digest()).toBe(await digestOf(first));
      // Another store has nothing of it, and what it says of this document is its own.
      expect(await stranger.meet()).toMatchObject({ ok: true, value: { taken: 0 } });
      expect(await stranger.exchange.digest()).toBe(NO_DOCUMENTS);
    });

    test('W-6: what its author did not sign, and what a stolen device wrote, is not taken; a body that is none is refused', async () => {
      const store = await newStore();
      const [first, second] = [await enrolNextDevice(hub, store), await enrolNextDevice(hub, store)];
      const forged = signPiece(
        { signer: createSigner(generateSigningKey()), hash: nodeHash },
        homeOf(first),
        { document: SHEET, author: first.enrolled.device, last: null },
        content('opening', 'x'),
      );
      const carried = write(second, SHEET, [content('opening', 'count')]);
      await hub.post(`/api/v1/devices/${second.enrolled.device}/revoke`, { reason: 'stolen' });
      for (const pieces of [[forged], carried])
        expect(await askOf(first)({ heads: headsOf(pieces), frame: encodePieces(pieces, nodeCompression) })).toMatchObject({
          ok: true,
          value: { heads: [] },
        });
      for (const body of ['', 'no body', '\u0082\u0080\u0041\u0000']) {
        const answer = await first.request('/sync/v1/documents', { method: 'POST', body: Buffer.from(body, 'latin1') });
        expect(answer.status).toBe(400);
      }
    });

    test('W-3, W-4: headquarters see the history and what came too late; what was closed is put away after a week, and late edits lie beside it', async () => {
      const store = await newStore();
      const [first, second] = [await enrolNextDevice(hub, store), await enrolNextDevice(hub, store)];
      const [writer, late] = [replicaOf(first), replicaOf(second)];
      const pieces = write(first, SHEET, [content('opening', 'count'), content('change', 'a')]);
      writer.store.take(pieces);
      await writer.meet();
      await late.meet();
      const closing = write(
        first,
        SHEET,
        [
          content(
            'closing',
            'done',
            headsOf(pieces).map(({ hash }) => hash),
          ),
        ],
        pieces.at(-1),
      );
      writer.store.take(closing);
      await writer.meet();
      const listed = async (): Promise<DocumentSummary | undefined> =>
        (await hub.json<{ documents: DocumentSummary[] }>(`/api/v1/documents?store=${store}`)).documents[0];
      expect(await listed()).toMatchObject({
        document: SHEET,
        state: 'closed',
        pieces: 3,
        supplement: 0,
        authors: [first.enrolled.device],
      });

      const documents = createDocuments({
        database: hub.database,
        identity: await hubIdentity(hub),
        clock,
        hash: nodeHash,
        compression: nodeCompression,
        verifier: nodeVerifier,
        onDocuments: () => {},
      });
      await documents.archiveQuiet();
      expect(await listed()).toMatchObject({ state: 'closed' });
      clock.atMs += QUIET_MS + 1;
      await documents.archiveQuiet();
      expect(await listed()).toMatchObject({ state: 'archived', pieces: 3 });
      expect(await digestOf(first)).toBeNull();
      expect(await writer.meet()).toMatchObject({ ok: true, value: { isLevel: true } });
      expect(writer.store.documents()).toEqual([]);

      late.store.take(write(second, SHEET, [content('change', 'late')]));
      await late.meet();
      expect(await listed()).toMatchObject({ state: 'archived', pieces: 4, supplement: 1 });
      const history = await hub.json<DocumentHistory>(`/api/v1/documents/${store}/${SHEET}`);
      expect(history.pieces.map(({ type, isSupplement }) => `${type} ${isSupplement}`).sort()).toEqual([
        'change false',
        'change true',
        'closing false',
        'opening false',
      ]);
      expect(history.pieces.every(({ user, atMs }) => user === 'user-7' && atMs === 1_760_000_001_000)).toBe(true);
      clock.atMs += QUIET_MS + 1;
      expect(await documents.archiveQuiet()).toBe(1);
      expect(await hub.database.rows('SELECT 1 FROM document_piece WHERE store = $1', [store])).toEqual([]);
      expect((await hub.json<DocumentHistory>(`/api/v1/documents/${store}/${SHEET}`)).pieces).toEqual(history.pieces);
      expect((await hub.api(`/api/v1/documents/${store}/${'00'.repeat(16)}`)).status).toBe(404);
    });
  });
}

const hubIdentity = (hub: TestHub) =>
  loadIdentity(hub.database, {
    vault: hub.vault,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (length) => new Uint8Array(length) },
  });
