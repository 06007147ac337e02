import { assert, ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import { chainOf, content, DOCUMENT_HOME, headOfChain, OTHER_SHEET, SHEET } from '../testing/document-store-contract.ts';
import { OTHER_SIGNER, PORTS, SIGNER } from '../testing/fixtures.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { createDocumentExchange, type AskDocuments, type DocumentExchange } from './document-exchange.ts';
import {
  decodeDocumentsAnswer,
  decodeDocumentsRequest,
  decodePieces,
  encodeDocumentsAnswer,
  encodeDocumentsRequest,
  encodePieces,
} from './document-frame.ts';
import { createMemoryDocumentStore, type DocumentStore } from './document-store.ts';
import { documentState, headsOf, isAuthentic, missingOf, NO_DOCUMENTS, signPiece, type DocumentPiece } from './documents.ts';

const hexes = (pieces: readonly { readonly hash: Uint8Array }[]): readonly string[] => pieces.map(({ hash }) => bytesToHex(hash));

const changes = (...texts: readonly string[]) => texts.map((text) => content('change', text));

test('W-3: a closing covers what it names and all that leads there; what nobody covered is the supplement, whichever closing came first', () => {
  const first = chainOf('lane-1', [content('opening', 'count'), ...changes('a', 'b', 'c')]);
  const second = chainOf('lane-2', changes('d', 'e'));
  const closing = chainOf('lane-3', [content('closing', 'done', [first[2]?.hash ?? new Uint8Array(), headOfChain(second).hash])]);
  const state = documentState(SHEET, [...closing, ...second, ...first]);
  expect(state.isClosed).toBe(true);
  expect(hexes(state.supplement)).toEqual(hexes(first.slice(3)));
  expect(documentState(SHEET, [...first, ...second]).supplement).toEqual([]);
  const again = chainOf('lane-4', [content('closing', 'supplement', [headOfChain(first).hash])]);
  expect(documentState(SHEET, [...again, ...first, ...closing, ...second]).supplement).toEqual([]);
});

test('W-2: a piece is signed for its author, document, store and company, and for its place', () => {
  const [piece] = chainOf('lane-1', [content('opening', 'count')]);
  assert(piece !== undefined, 'a piece');
  expect(isAuthentic(PORTS.verifier, SIGNER.publicKey, DOCUMENT_HOME, piece)).toBe(true);
  expect(isAuthentic(PORTS.verifier, OTHER_SIGNER.publicKey, DOCUMENT_HOME, piece)).toBe(false);
  const wrong: readonly Partial<DocumentPiece>[] = [
    { author: 'lane-2' },
    { document: OTHER_SHEET },
    { number: 2 },
    { user: 'somebody' },
    { payload: new Uint8Array([1]) },
  ];
  for (const change of wrong) expect(isAuthentic(PORTS.verifier, SIGNER.publicKey, DOCUMENT_HOME, { ...piece, ...change })).toBe(false);
  expect(isAuthentic(PORTS.verifier, SIGNER.publicKey, { ...DOCUMENT_HOME, store: '2' }, piece)).toBe(false);
});

test('W-5: what a peer lacks follows from its heads, also where one author has two histories', () => {
  const chain = chainOf('lane-1', [content('opening', 'count'), ...changes('a', 'b', 'c')]);
  const fork = chainOf('lane-1', changes('x', 'y', 'z', 'further'), SHEET, chain[0]);
  expect(hexes(missingOf(chain, headsOf(chain.slice(0, 2))))).toEqual(hexes(chain.slice(2)));
  expect(missingOf(chain.slice(0, 2), headsOf(chain))).toEqual([]);
  // The peer has a longer other history: it sends that first, and then its heads say more.
  expect(missingOf(chain, headsOf([...chain.slice(0, 1), ...fork]))).toEqual([]);
  expect(hexes(missingOf([...chain.slice(0, 1), ...fork], headsOf(chain)))).toEqual(hexes([...chain.slice(0, 1), ...fork]));
});

test('W-4: a frame gives the very pieces back, and is refused where any byte of it is another, or it goes on', () => {
  const pieces = [
    ...chainOf('lane-1', [content('opening', 'count'), ...changes('a', 'b')]),
    ...chainOf('lane-2', changes('c'), OTHER_SHEET),
  ];
  const frame = encodePieces(pieces, PORTS.compression);
  expect(decodePieces(frame, DOCUMENT_HOME, PORTS)).toEqual(ok(pieces));
  expect(decodePieces(Uint8Array.from([...frame, 0]), DOCUMENT_HOME, PORTS).ok).toBe(false);
  for (let at = 0; at < frame.length; at += 1) {
    const flipped = frame.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    const read = decodePieces(flipped, DOCUMENT_HOME, PORTS);
    const believed = read.ok ? read.value.filter((piece) => isAuthentic(PORTS.verifier, SIGNER.publicKey, DOCUMENT_HOME, piece)) : [];
    const known = new Set(hexes(pieces));
    expect(believed.every(({ hash }) => known.has(bytesToHex(hash)))).toBe(true);
    expect(decodePieces(frame.subarray(0, at), DOCUMENT_HOME, PORTS).ok).toBe(false);
  }
});

interface Replica {
  readonly store: DocumentStore;
  readonly exchange: DocumentExchange;
  readonly ask: AskDocuments;
  asked: number;
}

/** Over the very bytes that travel. */
function replica(knows: readonly string[] = ['lane-1', 'lane-2', 'lane-3'], isHub = false): Replica {
  const store = createMemoryDocumentStore();
  const exchange = createDocumentExchange({
    store,
    take: (pieces) => store.take(pieces),
    home: () => DOCUMENT_HOME,
    keyOf: (author) => (knows.includes(author) ? SIGNER.publicKey : undefined),
    ...PORTS,
  });
  const self: Replica = {
    store,
    exchange,
    asked: 0,
    ask: async (request) => {
      self.asked += 1;
      const read = decodeDocumentsRequest(encodeDocumentsRequest(request));
      assert(read.ok, 'a question reads back');
      const answer = await exchange.answer(read.value, isHub ? OTHER_SIGNER : undefined);
      assert(answer.ok, 'it is answered');
      const decoded = decodeDocumentsAnswer(encodeDocumentsAnswer(answer.value));
      assert(decoded.ok, 'an answer reads back');
      return ok(decoded.value);
    },
  };
  return self;
}

test('W-5: two that differ in both directions are level after one meeting, and ask once where they are', async () => {
  const [left, right] = [replica(), replica()];
  expect(await left.exchange.digest()).toBe(NO_DOCUMENTS);
  const chain = chainOf('lane-1', [content('opening', 'count'), ...changes('a', 'b', 'c')]);
  left.store.take(chain);
  right.store.take(chain.slice(0, 2));
  right.store.take(chainOf('lane-2', changes('d')));
  left.store.take(chainOf('lane-3', [content('opening', 'other')], OTHER_SHEET));
  expect(await left.exchange.meet(right.ask)).toEqual(ok({ taken: 1, sent: 3, isLevel: true }));
  expect(await left.exchange.digest()).toBe(await right.exchange.digest());
  right.asked = 0;
  expect(await left.exchange.meet(right.ask)).toEqual(ok({ taken: 0, sent: 0, isLevel: true }));
  expect(right.asked).toBe(1);
});

test('W-5: two histories of one author meet, and both stand on both', async () => {
  const [left, right] = [replica(), replica()];
  const start = chainOf('lane-1', [content('opening', 'count')]);
  left.store.take([...start, ...chainOf('lane-1', changes('a', 'b', 'c'), SHEET, start[0])]);
  right.store.take([...start, ...chainOf('lane-1', changes('x'), SHEET, start[0])]);
  expect(await left.exchange.meet(right.ask)).toMatchObject({ ok: true, value: { isLevel: true } });
  expect(left.store.document(SHEET)).toHaveLength(5);
  expect(right.store.document(SHEET)).toEqual(left.store.document(SHEET));
});

test('W-5: more than a frame holds takes several, each within its limit', async () => {
  const [left, right] = [replica(), replica()];
  const large = Array.from({ length: 20 }, (_, at) => ({
    ...content('change', ''),
    payload: Uint8Array.from({ length: 60_000 }, (__, byte) => (byte * 7919 + at * 31 + (byte >> 3)) % 256),
  }));
  left.store.take(chainOf('lane-1', [content('opening', 'count'), ...large]));
  expect(await left.exchange.meet(right.ask)).toMatchObject({ ok: true, value: { sent: 21, isLevel: true } });
  expect(right.asked).toBeGreaterThan(2);
});

test('W-6: nobody takes what it cannot prove: a sibling whose author is unknown, a forged piece, another store’s', async () => {
  const [left, right] = [replica(), replica(['lane-2'])];
  left.store.take(chainOf('lane-1', [content('opening', 'count')]));
  expect(await left.exchange.meet(right.ask)).toEqual(ok({ taken: 0, sent: 1, isLevel: false }));
  expect(right.store.heads()).toEqual([]);
  const forged = signPiece(
    { signer: OTHER_SIGNER, hash: PORTS.hash },
    DOCUMENT_HOME,
    { document: SHEET, author: 'lane-2', last: null },
    content('opening', 'x'),
  );
  const elsewhere = signPiece(
    { signer: SIGNER, hash: PORTS.hash },
    { ...DOCUMENT_HOME, store: '2' },
    { document: SHEET, author: 'lane-2', last: null },
    content('opening', 'x'),
  );
  for (const piece of [forged, elsewhere]) {
    await right.exchange.answer({ heads: [], frame: encodePieces([piece], PORTS.compression) });
    expect(right.store.heads()).toEqual([]);
  }
});

test('W-6: the hub vouches, by its signature, for authors that a device does not know; without it nothing is believed', async () => {
  const hub = replica(['lane-1'], true);
  hub.store.take(chainOf('lane-1', [content('opening', 'count')]));
  const [stranger, believer] = [replica([]), replica([])];
  expect(await stranger.exchange.meet(hub.ask, SIGNER.publicKey)).toMatchObject({ ok: true, value: { taken: 0 } });
  expect(await believer.exchange.meet(hub.ask, OTHER_SIGNER.publicKey)).toMatchObject({ ok: true, value: { taken: 1, isLevel: true } });
});

test('W-4: what the hub put away is put away by a device once the hub has all that the device holds of it', async () => {
  const hub = replica(undefined, true);
  const [device, late] = [replica(), replica()];
  const chain = chainOf('lane-1', [content('opening', 'count'), ...changes('a')]);
  hub.store.take(chain);
  for (const each of [device, late]) await each.exchange.meet(hub.ask, OTHER_SIGNER.publicKey);
  late.store.take(chainOf('lane-1', changes('late'), SHEET, headOfChain(chain)));
  hub.store.archive(SHEET, { heads: headsOf(chain), frame: encodePieces(chain, PORTS.compression, 'archive') });
  expect(await device.exchange.meet(hub.ask, OTHER_SIGNER.publicKey)).toMatchObject({ ok: true, value: { isLevel: true } });
  expect(device.store.documents()).toEqual([]);
  expect(device.store.archived(SHEET)?.heads).toHaveLength(1);
  // What came too late for the archive is the hub's first, and lies beside it.
  await late.exchange.meet(hub.ask, OTHER_SIGNER.publicKey);
  expect(hub.store.document(SHEET)).toHaveLength(1);
  expect(late.store.documents()).toEqual([]);
});
