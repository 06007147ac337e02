/**
 * What holds for every `DocumentStore`, near or remote. An adapter's test calls `describeDocumentStore` with a way to open an empty one, and to open it again, as after a kill. The join of working documents is proven here, over whatever is
 * under test: taking is idempotent, commutative and associative, and what is said of a document follows from its pieces alone.
 */
import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodePieces } from '../documents/document-frame.ts';
import type { DocumentStore, RemoteDocumentStore } from '../documents/document-store.ts';
import {
  comparePieces,
  documentsDigest,
  documentState,
  headsOf,
  signPiece,
  type DocumentHome,
  type DocumentPiece,
  type PieceContent,
} from '../documents/documents.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { PORTS, SIGNER } from './fixtures.ts';

export interface DocumentStoreUnderTest {
  readonly store: () => DocumentStore | RemoteDocumentStore;
  readonly reopen: () => void | Promise<void>;
}

/** Empty, every time it is asked for. */
export type OpenDocumentStore = () => DocumentStoreUnderTest | Promise<DocumentStoreUnderTest>;

export const DOCUMENT_HOME: DocumentHome = { tenant: 'default', store: '1' };
export const SHEET = 'ab'.repeat(16);
export const OTHER_SHEET = 'cd'.repeat(16);

export const content = (type: PieceContent['type'], text: string, covers: readonly Uint8Array[] = []): PieceContent => ({
  type,
  user: 'user-1',
  wallMs: 1_700_000_000_000,
  hubOffsetMs: text.length % 2 === 0 ? null : -5,
  payload: new TextEncoder().encode(text),
  covers,
});

export function chainOf(author: string, contents: readonly PieceContent[], document = SHEET, last: DocumentPiece | null = null) {
  const pieces: DocumentPiece[] = [];
  let previous = last;
  for (const each of contents) {
    previous = signPiece({ signer: SIGNER, hash: PORTS.hash }, DOCUMENT_HOME, { document, author, last: previous }, each);
    pieces.push(previous);
  }
  return pieces;
}

export function headOfChain(pieces: readonly DocumentPiece[]): DocumentPiece {
  const last = pieces.at(-1);
  assert(last !== undefined, 'a chain has a head');
  return last;
}

const hashesOf = (pieces: readonly { readonly hash: Uint8Array }[]): readonly string[] => pieces.map(({ hash }) => bytesToHex(hash));

/** Two authors, one of them cloned, a closing that covers the first half of each, and a second document. */
const arbitraryPieces = fc
  .tuple(fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), fc.array(fc.nat(3), { maxLength: 5 }), fc.nat(2), fc.boolean())
  .map(([mine, other, cloned, closes]) => {
    const first = chainOf('lane-1', [content('opening', 'count'), ...mine.map((value) => content('change', `a${value}`))]);
    const second = chainOf(
      'lane-2',
      other.map((value) => content('change', `b${value}`)),
    );
    const clone = chainOf(
      'lane-1',
      Array.from({ length: cloned }, (_, index) => content('change', `clone ${index}`)),
      SHEET,
      first[0],
    );
    const covers = [first[Math.floor(first.length / 2)], second[0]].flatMap((piece) => (piece === undefined ? [] : [piece.hash]));
    const closing = closes ? chainOf('lane-3', [content('closing', 'done', covers)]) : [];
    return [...first, ...second, ...clone, ...closing, ...chainOf('lane-2', [content('opening', 'other')], OTHER_SHEET)];
  });

/** The set in any order, in parts, some of them twice; an author's own pieces in the order in which they were written, as `missingOf` sends them. */
const arbitraryArrival = arbitraryPieces.chain((pieces) =>
  fc
    .tuple(fc.shuffledSubarray(pieces, { minLength: pieces.length }), fc.shuffledSubarray(pieces), fc.integer({ min: 1, max: 6 }))
    .map(([order, again, size]) => ({
      pieces,
      parts: Array.from({ length: Math.ceil(order.length / size) }, (_, at) => order.slice(at * size, (at + 1) * size)),
      again,
    })),
);

async function takeUntilLevel(store: DocumentStore | RemoteDocumentStore, parts: readonly (readonly DocumentPiece[])[]): Promise<void> {
  for (let news = 1; news > 0;) {
    news = 0;
    for (const part of parts) news += (await store.take(part)).length;
  }
}

export function describeDocumentStore(name: string, open: OpenDocumentStore, runs = 60): void {
  describe(`documents: ${name}`, () => {
    test('W-1: in whatever order and however often pieces come, replicas hold the same and say the same of each document', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryArrival, async ({ pieces, parts, again }) => {
          const { store } = await open();
          await takeUntilLevel(store(), parts);
          expect(await store().take(again)).toEqual([]);
          for (const document of [SHEET, OTHER_SHEET]) {
            const expected = pieces.filter((piece) => piece.document === document).sort(comparePieces);
            expect(await store().document(document)).toEqual(expected);
            expect(documentState(document, await store().document(document))).toEqual(documentState(document, expected));
          }
          expect(hashesOf(await store().heads())).toEqual(hashesOf(headsOf(pieces)));
          expect(documentsDigest(PORTS.hash, await store().heads())).toBe(documentsDigest(PORTS.hash, headsOf(pieces)));
        }),
        { numRuns: runs },
      );
    });

    test('W-1: joining two replicas gives the same whichever takes from the other, and joining three whichever two go first', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryPieces, fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }), async (pieces, owners) => {
          // Each replica holds whole beginnings of chains, as any replica does.
          const parts = [0, 1, 2].map((owner) => pieces.filter(({ number }, at) => number === 1 || (owners[at] ?? 0) >= owner));
          const joined: string[] = [];
          for (const order of [
            [0, 1, 2],
            [2, 1, 0],
            [1, 2, 0],
          ]) {
            const { store } = await open();
            await takeUntilLevel(
              store(),
              order.map((at) => parts[at] ?? []),
            );
            joined.push(documentsDigest(PORTS.hash, await store().heads()));
          }
          expect(new Set(joined).size).toBe(1);
        }),
        { numRuns: Math.ceil(runs / 3) },
      );
    });

    test('W-2: a piece is taken behind the one that it follows, and waits with its sender until then', async () => {
      const { store } = await open();
      const [first, second, third] = chainOf('lane-1', [content('opening', 'x'), content('change', 'y'), content('change', 'z')]);
      assert(first !== undefined && second !== undefined && third !== undefined, 'three pieces');
      expect(await store().take([third])).toEqual([]);
      expect(await store().take([second, first])).toEqual([first, second]);
      expect(await store().take([third])).toEqual([third]);
      expect(hashesOf(await store().pieces([third.hash, new Uint8Array(32), first.hash]))).toEqual(hashesOf([third, first]));
      expect(hashesOf(await store().links([SHEET]))).toEqual(hashesOf([first, second, third]));
    });

    test('W-1: what was taken is there after a kill', async () => {
      const { store, reopen } = await open();
      const pieces = chainOf('lane-1', [content('opening', 'count'), content('change', 'ä'), content('change', '')]);
      await store().take(pieces);
      await reopen();
      expect(await store().document(SHEET)).toEqual(pieces);
      expect(await store().documents()).toEqual([SHEET]);
    });

    test('W-4: an archived document is in one frame; what comes late waits beside it, and goes into it when it is archived again', async () => {
      const { store, reopen } = await open();
      const pieces = chainOf('lane-1', [content('opening', 'count'), content('change', 'a'), content('change', 'b')]);
      const last = headOfChain(pieces);
      await store().take(pieces.slice(0, 2));
      await store().take(chainOf('lane-2', [content('opening', 'other')], OTHER_SHEET));
      const kept = { heads: headsOf(pieces.slice(0, 2)), frame: encodePieces(pieces.slice(0, 2), PORTS.compression, 'archive') };
      expect(await store().archived(SHEET)).toBeNull();
      await store().archive(SHEET, kept);
      await reopen();
      expect(await store().archived(SHEET)).toEqual(kept);
      expect(await store().documents()).toEqual([OTHER_SHEET]);
      expect(await store().document(SHEET)).toEqual([]);
      expect(await store().take(pieces.slice(0, 2).slice(1))).toEqual([]);
      expect(await store().take([last])).toEqual([last]);
      expect(hashesOf(await store().links([SHEET]))).toEqual(hashesOf([last]));
      expect((await store().heads()).map(({ document }) => document)).toEqual([OTHER_SHEET]);
      await store().archive(SHEET, { heads: headsOf(pieces), frame: null });
      expect(await store().archived(SHEET)).toEqual({ heads: headsOf(pieces), frame: null });
      expect(await store().links([SHEET])).toEqual([]);
    });
  });
}
