import { readFile } from 'node:fs/promises';

import { assert } from '@holdfast/base';
import { nodeCompression, nodeHash, nodeVerifier } from '@holdfast/base/node';
import { LEDGER_KINDS, readStockCount } from '@holdfast/domain';
import { createDocumentExchange, readEntry, type DocumentStore } from '@holdfast/sync';
import { createSqliteNeighbourStore } from '@holdfast/sync/lan';
import { createSqliteDocumentStore } from '@holdfast/sync/sqlite';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { ReplyValue, RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, HUB_SIGNER, IDENTITY, MILK, type TestLane } from '../testing/test-lane.ts';
import { seenLedgers } from './seen-ledgers.ts';
import { createSheetBook } from './sheet-book.ts';
import { answerSheet } from './sheet-questions.ts';
import { countsOf, linesOf, loadSheetEngine, type SheetEdit, type SheetEngine } from './stock-sheet.ts';

let engine: SheetEngine;
beforeAll(async () => {
  engine = await loadSheetEngine(async (path) => new Uint8Array(await readFile(path)));
});

interface Counter {
  readonly lane: TestLane;
  readonly documents: DocumentStore;
  /** As the till's process does: what the sheets say is found out first. */
  ask(body: RequestBody, id?: string): TillMessage;
  take(body: RequestBody): ReplyValue;
  refusal(body: RequestBody): string;
}

let asked = 0;
function counterAt(number: number): Counter {
  const lane = createTestLane(ASSORTMENT, undefined, undefined, undefined, number);
  const documents = createSqliteDocumentStore(lane.db);
  const book = createSheetBook(documents, engine, () => seenLedgers(lane.store.epochs(), createSqliteNeighbourStore(lane.db).lines()));
  const ask = (body: RequestBody, id = `sheet-${number}-${(asked += 1)}`): TillMessage => {
    const question = lane.till.sheetToAsk({ id, atMs: 1, body });
    const { reply } = lane.ask(body, id, { sheet: question === undefined ? undefined : answerSheet(book, question) });
    return reply;
  };
  return {
    lane,
    documents,
    ask,
    take: (body) => {
      const reply = ask(body);
      assert(reply.type === 'reply', `${body.type}: ${JSON.stringify(reply)} ${JSON.stringify(lane.errors)}`);
      return reply.value;
    },
    refusal: (body) => {
      const reply = ask(body);
      assert(reply.type === 'refused', `${body.type}: ${JSON.stringify(reply)}`);
      return reply.refusal.type;
    },
  };
}

/** As over the store's network. */
async function meet(left: Counter, right: Counter): Promise<void> {
  const exchangeOf = ({ documents }: Counter) =>
    createDocumentExchange({
      store: documents,
      take: (pieces) => documents.take(pieces),
      home: () => IDENTITY,
      keyOf: () => HUB_SIGNER.publicKey,
      hash: nodeHash,
      compression: nodeCompression,
      verifier: nodeVerifier,
    });
  const other = exchangeOf(right);
  const met = await exchangeOf(left).meet(async (request) => {
    const answer = await other.answer(request);
    assert(answer.ok, 'answered');
    return answer;
  });
  expect(met).toMatchObject({ ok: true, value: { isLevel: true } });
}

let first: Counter;
let second: Counter;
beforeEach(() => {
  first = counterAt(1);
  second = counterAt(2);
});
afterEach(() => {
  first.lane.close();
  second.lane.close();
});

const openSheet = (counter: Counter): string => {
  const { document } = counter.take({ type: 'openSheet', name: 'Aisle 3' });
  assert(document !== undefined, 'it has a name');
  return document;
};
const linesAt = (counter: Counter, document: string) =>
  counter.take({ type: 'sheet', document }).sheet?.lines.map(({ sku, name, quantity }) => [sku, name, quantity.value, quantity.unit]);
/** What the ledger states of a sheet, closing by closing. */
const statedBy = ({ lane }: Counter) => {
  const [epoch] = lane.store.epochs();
  assert(epoch !== undefined, 'a lane has its epoch');
  return lane.store.entriesAfter(epoch.epoch, 0, 100, 1_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'it reads back');
    if (entry.value.kind !== LEDGER_KINDS.stockCount.kind) return [];
    const count = readStockCount(entry.value.fields);
    assert(count.ok, 'it is a count');
    return [{ document: count.value.document, lines: count.value.lines.map(({ sku, quantity }) => [sku, quantity]) }];
  });
};
const lastCount = ({ lane }: Counter) => {
  const [epoch] = lane.store.epochs();
  assert(epoch !== undefined, 'a lane has its epoch');
  const [last] = lane.store.entriesAfter(epoch.epoch, epoch.headSeq - 1, 1, 1_000_000);
  const entry = last === undefined ? undefined : readEntry(last.canonical, LEDGER_SCHEMAS);
  assert(entry?.ok === true && entry.value.fields !== null, 'it reads back');
  const count = readStockCount(entry.value.fields);
  assert(count.ok, 'it is a count');
  return count.value;
};

test('two lanes count the same sheet at once: what each found adds up at both, and closing it states the sums in the ledger', async () => {
  const document = openSheet(first);
  await meet(first, second);
  first.take({ type: 'countGoods', document, sku: 'MILK', quantity: 7, place: 'shelf' });
  second.take({ type: 'countGoods', document, sku: 'MILK', quantity: 12, place: 'cold store' });
  second.take({ type: 'countGoods', document, sku: 'APPLE', quantity: 4_250 });
  await meet(first, second);
  const sums = [
    ['APPLE', 'Apples', 4_250, 'gram'],
    ['MILK', 'Milk 1 l', 19, 'piece'],
  ];
  expect(linesAt(first, document)).toEqual(sums);
  expect(linesAt(second, document)).toEqual(sums);
  second.take({ type: 'closeSheet', document });
  expect(statedBy(second)).toEqual([
    {
      document,
      lines: [
        ['APPLE', 4_250],
        ['MILK', 19],
      ],
    },
  ]);
  await meet(second, first);
  expect(first.take({ type: 'sheets' }).sheets).toEqual([{ document, name: 'Aisle 3', state: 'closed', lines: 2, lateChanges: 0 }]);
  expect(first.refusal({ type: 'countGoods', document, sku: 'MILK', quantity: 1 })).toBe('sheetClosed');
});

test('W-3: who counts on without having heard that the sheet is closed loses nothing: it is late, and closing again states what it changed', async () => {
  const document = openSheet(first);
  first.take({ type: 'countGoods', document, sku: 'MILK', quantity: 7 });
  first.take({ type: 'countGoods', document, sku: 'BEER', quantity: 2 });
  await meet(first, second);
  first.take({ type: 'closeSheet', document });
  second.take({ type: 'countGoods', document, sku: 'MILK', quantity: 1 });
  await meet(first, second);
  expect(first.take({ type: 'sheets' }).sheets).toMatchObject([{ state: 'closed', lateChanges: 1 }]);
  first.take({ type: 'closeSheet', document });
  expect(statedBy(first).map(({ lines }) => lines)).toEqual([
    [
      ['BEER', 2],
      ['MILK', 7],
    ],
    [['MILK', 8]],
  ]);
  expect(first.take({ type: 'sheets' }).sheets).toMatchObject([{ lateChanges: 0 }]);
  expect(first.refusal({ type: 'closeSheet', document })).toBe('nothingCounted');
});

test('a count is taken back, a request that comes again counts once, and what is no sheet is refused', () => {
  const document = openSheet(first);
  const body: RequestBody = { type: 'countGoods', document, sku: 'MILK', quantity: 3 };
  expect(first.ask(body, 'same')).toMatchObject({ type: 'reply' });
  expect(first.ask(body, 'same')).toMatchObject({ type: 'reply' });
  expect(linesAt(first, document)).toEqual([['MILK', 'Milk 1 l', 3, 'piece']]);
  first.take({ type: 'takeBackCount', document, countId: 'same' });
  expect(linesAt(first, document)).toEqual([]);
  expect(first.refusal({ type: 'takeBackCount', document, countId: 'same' })).toBe('noSuchSheet');
  expect(first.refusal({ type: 'closeSheet', document })).toBe('nothingCounted');
  expect(first.refusal({ type: 'countGoods', document, sku: 'NOPE', quantity: 1 })).toBe('unknownCode');
  expect(first.refusal({ type: 'sheet', document: 'ff'.repeat(16) })).toBe('noSuchSheet');
  expect(first.refusal({ type: 'closeSheet', document: 'ff'.repeat(16) })).toBe('noSuchSheet');
});

test('K-2: a count says how far its lane’s own ledger was, and the sheet how far whoever began it had each', async () => {
  const sell = ({ lane }: Counter): void => {
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 119 });
  };
  sell(first);
  const document = openSheet(first);
  const begun = first.lane.store.epochs().map(({ device, epoch, headSeq }) => ({ device, epoch, seq: headSeq }));
  await meet(first, second);
  first.take({ type: 'countGoods', document, sku: 'MILK', quantity: 7 });
  sell(second);
  second.take({ type: 'countGoods', document, sku: 'BEER', quantity: 2 });
  second.take({ type: 'countGoods', document, sku: 'APPLE', quantity: 900 });
  await meet(first, second);
  sell(first);
  first.take({ type: 'countGoods', document, sku: 'APPLE', quantity: 100 });
  first.take({ type: 'closeSheet', document });
  const { seen, lines } = lastCount(first);
  expect(seen).toEqual(begun);
  expect(lines.map(({ sku, counted }) => [sku, counted?.device, counted?.seq])).toEqual([
    ['APPLE', undefined, undefined],
    ['BEER', 'lane-2', 1],
    ['MILK', 'lane-1', 1],
  ]);
});

test('O-13: under a clock that fell back a piece says the time that is agreed on, and a count that it is no sharp one', () => {
  const [{ lane }, fellMs] = [first, 2 * 3_600_000];
  const noonMs = lane.clock.nowMs;
  lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 20 });
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 119 });
  lane.clock.nowMs -= fellMs;
  const document = openSheet(first);
  first.take({ type: 'countGoods', document, sku: 'MILK', quantity: 3 });
  first.take({ type: 'closeSheet', document });
  expect(lastCount(first).lines).toMatchObject([{ atMs: noonMs, uncertaintyMs: fellMs }]);
  const pieces = first.documents.document(document);
  expect(pieces.map(({ wallMs, hubOffsetMs }) => wallMs + (hubOffsetMs ?? 0))).toEqual(pieces.map(() => noonMs));
});

test('what was counted is there after a kill', () => {
  const document = openSheet(first);
  first.take({ type: 'countGoods', document, sku: 'MILK', quantity: 3 });
  first.lane.reopen();
  const book = createSheetBook(createSqliteDocumentStore(first.lane.db), engine, () => []);
  expect(book.view(document)?.lines).toMatchObject([{ sku: 'MILK', quantity: 3 }]);
});

test('W-1: edits join in any order, also those that were made of one sheet at the same time', () => {
  const edits = fc.array(
    fc.record({ by: fc.nat(2), sku: fc.constantFrom('MILK', 'BEER'), quantity: fc.nat(50), takesBack: fc.boolean(), hears: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(
      edits.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list.keys()], { minLength: list.length }))),
      ([list, order]) => {
        const begun = engine.begin('Aisle 3', []);
        const payloads: Uint8Array[] = [];
        const seen = [[begun], [begun], [begun]];
        for (const [at, { by, sku, quantity, takesBack, hears }] of list.entries()) {
          if (hears) seen[by] = [begun, ...payloads];
          const sheet = engine.read(seen[by] ?? []);
          const last = countsOf(sheet)[0];
          const edit: SheetEdit =
            takesBack && last !== undefined
              ? { type: 'takeBack', countId: last.countId }
              : { type: 'count', count: { countId: `c${at}`, sku, quantity, unit: 'piece', user: 'u', atMs: at, uncertaintyMs: 0 } };
          const change = engine.edit(sheet, edit);
          assert(change !== null, 'it changes something');
          payloads.push(change);
          seen[by]?.push(change);
        }
        const expected = linesOf(engine.read([begun, ...payloads]));
        const shuffled = order.map((at) => payloads[at] ?? begun);
        expect(linesOf(engine.read([...shuffled, begun]))).toEqual(expected);
        expect(linesOf(engine.add(engine.read([begun]), [...shuffled, ...shuffled]))).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
});

test('what is no change of a sheet’s is passed over: nobody’s piece breaks a sheet', () => {
  const begun = engine.begin('Aisle 3', []);
  const count = { countId: 'c', sku: 'MILK', quantity: 2, unit: 'piece', user: 'u', atMs: 1, uncertaintyMs: 0 } as const;
  const change = engine.edit(engine.read([begun]), { type: 'count', count });
  assert(change !== null, 'a change');
  expect(linesOf(engine.read([Uint8Array.of(1, 2, 3), begun, new Uint8Array(), change.slice(0, 40), change]))).toMatchObject([
    { sku: 'MILK', quantity: 2 },
  ]);
});
