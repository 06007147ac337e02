/** A store's own price holds here from the moment it is wished for, and until headquarters has answered: then what is published holds. */
import { assert } from '@holdfast/base';
import { answerKey, ENTITY_TYPES, grantKey, LEDGER_KINDS, priceKey, readOverride, type AnswerStatus } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import {
  ASSORTMENT,
  createTestLane,
  HUB_EPOCH,
  IDENTITY,
  LANE_EPOCH,
  MILK,
  priceOf,
  publish,
  type PublishedEntity,
  type TestLane,
} from './testing/test-lane.ts';

let lane: TestLane;
const openLane = (...more: readonly PublishedEntity[]): void => {
  lane = createTestLane([...ASSORTMENT, ...more]);
};
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const WISH: RequestBody = { type: 'changeStorePrice', sku: 'MILK', unitPrice: { amount: 99, decimals: 2 }, reason: 'the shop next door' };
const scanned = (code = MILK): number | undefined => {
  lane.take({ type: 'scan', code });
  const price = lane.lines().at(-1)?.unitPrice?.amount;
  return price;
};
const entries = () => lane.store.entriesAfter(LANE_EPOCH, 0, 100, 1_000_000);
const answer = (seq: number, status: AnswerStatus, rule: string): PublishedEntity => ({
  type: 'requestAnswer',
  key: answerKey('lane-1', LANE_EPOCH, seq),
  scope: 'store:1',
  fields: { status, rule },
});
const wishes = () => lane.take({ type: 'storePrices' }).storePrices;
/** The cut moves, and the till is told. */
const hear = (...entities: readonly PublishedEntity[]): void => {
  publish(lane.store, entities);
  lane.till.cutMoved();
};

test('windows hear that there are other prices, though there are no other goods', () => {
  openLane();
  const before = lane.till.status();
  hear({ type: 'price', key: priceKey('MILK', 'regular'), fields: { amount: 131, decimals: 2, currency: 'EUR' } });
  const after = lane.till.status();
  expect(after.items).toBe(before.items);
  expect(after.catalogueAt).toBeGreaterThan(before.catalogueAt);
});

test('windows hear of a price that the store sets itself, and of its end; of one that came during a sale when the sale is over, for till then it does not hold', () => {
  openLane();
  const seen = (): number => lane.till.status().catalogueAt;
  const keyPrice = (): number | undefined => lane.take({ type: 'search', text: 'milk', limit: 5 }).tiles?.[0]?.unitPrice?.amount;
  const before = seen();
  lane.take(WISH);
  const wished = seen();
  expect([wished === before, keyPrice()]).toEqual([false, 99]);
  hear(answer(1, 'refused', 'notAllowed'));
  const refused = seen();
  expect([refused === wished, keyPrice()]).toEqual([false, 119]);
  scanned();
  hear(priceOf('MILK', 139));
  const selling = seen();
  expect(keyPrice()).toBe(119);
  lane.take({ type: 'voidSale' });
  expect([seen() === selling, keyPrice()]).toEqual([false, 139]);
});

test('O-7: it is in the ledger, with the cut that its author saw, and sells at once', () => {
  openLane();
  lane.take(WISH);
  const [entry] = entries();
  const read = entry && readEntry(entry.canonical, LEDGER_SCHEMAS);
  assert(read?.ok === true && read.value.fields !== null, 'an entry');
  expect(read.value.kind).toBe(LEDGER_KINDS.storeOverride.kind);
  expect(readOverride(read.value.fields)).toMatchObject({
    ok: true,
    value: {
      entityType: ENTITY_TYPES.price.type,
      key: priceKey('MILK', 'regular'),
      basedOn: { hubEpoch: HUB_EPOCH, lsn: 1 },
      reason: 'the shop next door',
      operator: '1',
    },
  });
  expect(scanned()).toBe(99);
  expect(lane.take({ type: 'search', text: 'milk', limit: 5 }).tiles?.[0]).toMatchObject({ sku: 'MILK', unitPrice: { amount: 99 } });
  lane.reopen();
  lane.take({ type: 'voidSale' });
  expect(scanned()).toBe(99);
  expect(wishes()).toEqual([
    {
      sku: 'MILK',
      name: 'Milk 1 l',
      unitPrice: { amount: 99, decimals: 2 },
      reason: 'the shop next door',
      atMs: lane.clock.nowMs,
      status: 'waiting',
    },
  ]);
});

test.each([
  ['accepted', 'unchanged', 99],
  ['refused', 'notAllowed', 119],
  ['conflict', 'changedSince', 119],
] as const)('O-7: an answer ends the layer: %s', (status, rule, price) => {
  openLane();
  lane.take(WISH);
  const granted: PublishedEntity = { ...priceOf('MILK', 99), scope: 'store:1' };
  hear(answer(1, status, rule), ...(status === 'accepted' ? [granted] : []));
  expect(scanned()).toBe(price);
  expect(wishes()).toMatchObject([{ status, rule }]);
  // What headquarters publishes later is not hidden by what was answered.
  lane.take({ type: 'voidSale' });
  hear({ ...priceOf('MILK', 139), scope: 'store:1' });
  expect(scanned()).toBe(139);
  lane.reopen();
  lane.clock.nowMs += 15 * 86_400_000;
  hear(priceOf('PEAR', 61));
  expect(wishes()).toEqual([]);
});

test('O-7: until then it stands over what headquarters publishes, and the newest of several wishes holds', () => {
  openLane();
  lane.take(WISH);
  hear(priceOf('MILK', 129));
  lane.take({ ...WISH, unitPrice: { amount: 95, decimals: 2 } });
  expect(scanned()).toBe(95);
  lane.take({ type: 'voidSale' });
  // The first one is answered: the second still waits.
  hear(answer(1, 'conflict', 'changedSince'));
  expect(scanned()).toBe(95);
  lane.take({ type: 'voidSale' });
  hear(answer(2, 'refused', 'notAllowed'));
  expect(scanned()).toBe(129);
});

test('O-7: the newest holds by the ledger, whatever the clock said: one that was a year ahead does not bring an older wish back', () => {
  openLane();
  lane.clock.nowMs += 400 * 86_400_000;
  lane.take(WISH);
  lane.clock.nowMs -= 400 * 86_400_000;
  lane.take({ ...WISH, unitPrice: { amount: 95, decimals: 2 } });
  expect(scanned()).toBe(95);
  lane.reopen();
  lane.take({ type: 'voidSale' });
  lane.db.transaction(() => lane.store.mintEpoch('0000000000000001'))();
  lane.take({ ...WISH, unitPrice: { amount: 93, decimals: 2 } });
  expect(scanned()).toBe(93);
  expect(wishes()?.map(({ unitPrice }) => unitPrice.amount)).toEqual([93, 95, 99]);
});

test('O-7, O-11: a hub that was set back may have lost its answer: the wish holds again until it is answered anew', () => {
  openLane();
  const before = lane.store.cut().position;
  lane.take(WISH);
  hear(answer(1, 'accepted', 'unchanged'), { ...priceOf('MILK', 99), scope: 'store:1' });
  expect([scanned(), wishes()]).toMatchObject([99, [{ status: 'accepted' }]]);
  lane.take({ type: 'voidSale' });
  const setBack = (hubEpoch: string): void => {
    const present = { ...before, hubEpoch };
    lane.store.stage({ from: present, to: present, rebase: true, segments: [], signature: 'f'.repeat(128) });
    lane.store.expose();
    lane.till.cutMoved();
    expect(lane.store.cut().position).toEqual(present);
    expect([scanned(), wishes()]).toMatchObject([99, [{ status: 'waiting' }]]);
  };
  setBack('bb'.repeat(8));
  lane.reopen();
  lane.take({ type: 'voidSale' });
  expect(scanned()).toBe(99);
  lane.take({ type: 'voidSale' });
  // Answered anew, and lost once more.
  hear(answer(1, 'accepted', 'unchanged'), { ...priceOf('MILK', 99), scope: 'store:1' });
  expect(wishes()).toMatchObject([{ status: 'accepted' }]);
  setBack('cc'.repeat(8));
});

test('O-7, O-11: an answer that the hub lost while a basket stands at it is none: the wish holds again', () => {
  openLane();
  const before = lane.store.cut().position;
  lane.take(WISH);
  expect(scanned()).toBe(99);
  // The basket stands below the answer, and the next one at it.
  hear(answer(1, 'refused', 'notAllowed'));
  lane.take({ type: 'voidSale' });
  expect(scanned()).toBe(119);
  const present = { ...before, hubEpoch: 'bb'.repeat(8) };
  lane.store.stage({ from: present, to: present, rebase: true, segments: [], signature: 'f'.repeat(128) });
  lane.store.expose();
  lane.till.cutMoved();
  lane.take({ type: 'voidSale' });
  expect([scanned(), wishes()]).toMatchObject([99, [{ status: 'waiting' }]]);
  // Answered anew, it ends as any other.
  hear(answer(1, 'refused', 'notAllowed'));
  lane.take({ type: 'voidSale' });
  expect([scanned(), wishes()]).toMatchObject([119, [{ status: 'refused' }]]);
});

test('O-7, I-7: enrolled as another device, at another store, it takes no wish along that nobody there will ever answer', () => {
  openLane();
  lane.take(WISH);
  expect(scanned()).toBe(99);
  lane.take({ type: 'voidSale' });
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 2, diverged: false }], {});
  expect(lane.store.enrol({ ...IDENTITY, device: 'lane-9', lane: 9 }, '0000000000000009').ok).toBe(true);
  lane.reopen();
  expect([scanned(), wishes()]).toEqual([119, []]);
});

test('O-7: a basket that stands at an older cut keeps what it saw there', () => {
  openLane();
  lane.take(WISH);
  expect(scanned()).toBe(99);
  hear(answer(1, 'refused', 'notAllowed'));
  expect(scanned()).toBe(99);
  lane.take({ type: 'voidSale' });
  hear(priceOf('PEAR', 61));
  expect(scanned()).toBe(119);
});

test('a cheaper price of another sort still goes first, and other goods are not touched', () => {
  openLane(priceOf('MILK', 79, 'promotional'));
  lane.take(WISH);
  expect(scanned()).toBe(79);
  expect(scanned('4002103000013')).toBe(99);
});

test('who may not is refused, and nothing is written; goods that there are not have no price', () => {
  openLane(
    { type: 'staff', key: '1', fields: { roles: 'keeper' } },
    { type: 'roleGrant', key: grantKey('keeper', 'changeStorePrice'), fields: { isAllowed: true, limit: 1_000 } },
  );
  expect(lane.refusal(WISH)).toBe('notAllowed');
  expect(lane.refusal({ ...WISH, sku: 'NONE' })).toBe('unknownCode');
  expect(lane.refusal({ ...WISH, sku: 'GIFT' })).toBe('notAllowed');
  lane.take({ ...WISH, unitPrice: { amount: 108, decimals: 2 } });
  expect(entries()).toHaveLength(1);
  expect(lane.refusal({ ...WISH, unitPrice: { amount: 97, decimals: 2 } })).toBe('notAllowed');
});
