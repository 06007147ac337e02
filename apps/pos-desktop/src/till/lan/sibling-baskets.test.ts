/** Baskets that are set aside at one lane and gone on with at another: given over, taken over, or both. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, type BasketEvent } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, BEER, createTestLane, hearSibling, MILK, priceOf, publish, type TestLane } from '../testing/test-lane.ts';
import type { HubAnswer } from '../till-ports.ts';

const CARD = { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } } as const;
let first: TestLane;
let second: TestLane;
beforeEach(() => {
  [first, second] = [1, 2].map((number) => createTestLane([...ASSORTMENT, CARD], undefined, undefined, undefined, number)) as [
    TestLane,
    TestLane,
  ];
});
afterEach(() => {
  for (const lane of [first, second]) {
    lane.close();
    assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
  }
});

const resume = (basketId: string, more: { readonly alone?: boolean } = {}): RequestBody => ({ type: 'resume', basketId, ...more });
const reply = (lane: TestLane, body: RequestBody, hub?: HubAnswer) => lane.ask(body, undefined, hub).reply;
/** A milk, set aside at the first lane, of which the second has heard. */
function setAside(): string {
  first.take({ type: 'scan', code: MILK });
  const { basketId } = first.state().head;
  first.take({ type: 'suspend' });
  hearSibling(second, first);
  return basketId;
}
/** The second lane asks the first, as over the store's network. */
function askFirst(basketId: string, as = 'lane-2'): unknown {
  const wanted = second.till.handoverToAsk({ id: 'h', atMs: 0, body: resume(basketId) });
  assert(wanted !== undefined, 'a basket of another lane');
  return first.till.answerSibling(as, 'handover', { basketId, epoch: wanted.epoch, seq: wanted.seq });
}
const listed = (lane: TestLane) => lane.take({ type: 'suspended' }).suspended?.map(({ basketId, elsewhere }) => [basketId, elsewhere]);
const entriesOf = (lane: TestLane, kind: number) => {
  const [epoch] = lane.store.epochs();
  assert(epoch !== undefined, 'a lane has its epoch');
  return lane.store.entriesAfter(epoch.epoch, 0, 100, 1_000_000).flatMap(({ canonical }) => {
    const read = readEntry(canonical, LEDGER_SCHEMAS);
    return read.ok && read.value.kind === kind ? [read.value.fields] : [];
  });
};

test('B-1, B-2: a basket is given over once, to the lane that asks for it, and goes on there as it was', () => {
  const basketId = setAside();
  expect(listed(second)).toEqual([[basketId, 'lane-1']]);
  expect(reply(second, resume(basketId))).toMatchObject({ refusal: { type: 'basketElsewhere', detail: { device: 'lane-1' } } });
  expect(askFirst(basketId)).toEqual({ isGiven: true });
  // An answer that was lost is given again to that very lane, and to no other.
  expect(askFirst(basketId)).toEqual({ isGiven: true });
  expect(askFirst(basketId, 'lane-3')).toEqual({ isGiven: false });
  expect(listed(first)).toEqual([]);
  expect(reply(second, resume(basketId), { handover: 'given' })).toMatchObject({ ok: true });
  expect(second.lines()).toMatchObject([{ sku: 'MILK', amountMinor: 119 }]);
  expect(entriesOf(second, LEDGER_KINDS.takeover.kind)).toMatchObject([{ basketId, from: 'lane-1', isHandedOver: true }]);
  expect(entriesOf(first, LEDGER_KINDS.handover.kind)).toMatchObject([{ suspendedSeq: 1 }]);
  hearSibling(first, second);
  expect(entriesOf(first, LEDGER_KINDS.basketTwice.kind)).toEqual([]);
  expect(reply(first, resume(basketId))).toMatchObject({ refusal: { type: 'noSuchBasket' } });
});

test('B-1: at the other lane, which has other prices by then, it keeps those that it was set aside with', () => {
  const basketId = setAside();
  listed(second);
  publish(second.store, [priceOf('MILK', 149)]);
  expect(askFirst(basketId)).toEqual({ isGiven: true });
  expect(reply(second, resume(basketId), { handover: 'given' })).toMatchObject({ ok: true });
  expect(second.lines()).toMatchObject([{ sku: 'MILK', amountMinor: 119 }]);
  expect(second.take({ type: 'payCash', amountMinor: 119 }).completed).toMatchObject({ totalMinor: 119 });
  second.take({ type: 'scan', code: MILK });
  expect(second.lines()).toMatchObject([{ sku: 'MILK', amountMinor: 149 }]);
});

test('B-1, B-2: what was given over is this lane’s once it heard of the entry, though the answer never came and the giver is away: nobody is asked', () => {
  const basketId = setAside();
  expect(askFirst(basketId)).toEqual({ isGiven: true });
  hearSibling(second, first);
  expect(listed(second)).toEqual([[basketId, 'lane-1']]);
  second.reopen();
  expect(second.till.handoverToAsk({ id: 'h', atMs: 0, body: resume(basketId) })).toBeUndefined();
  expect(reply(second, resume(basketId))).toMatchObject({ ok: true });
  expect(entriesOf(second, LEDGER_KINDS.takeover.kind)).toMatchObject([{ basketId, from: 'lane-1', isHandedOver: true }]);
  for (const [to, from] of [[second, first] as const, [first, second] as const]) hearSibling(to, from);
  expect([second.lines().length, listed(second), entriesOf(first, LEDGER_KINDS.handover.kind).length]).toEqual([1, [], 1]);
  expect(entriesOf(first, LEDGER_KINDS.basketTwice.kind)).toEqual([]);
});

test('B-2: whoever went on with it itself gives it to nobody', () => {
  const basketId = setAside();
  first.take(resume(basketId));
  expect(askFirst(basketId)).toEqual({ isGiven: false });
  expect(reply(second, resume(basketId), { handover: 'gone' })).toMatchObject({ refusal: { type: 'noSuchBasket' } });
  hearSibling(second, first);
  expect(listed(second)).toEqual([]);
});

test('B-3: a lane that cannot be asked loses it to whoever goes on alone, and lets go of it once it hears', () => {
  const basketId = setAside();
  expect(reply(second, resume(basketId, { alone: true }))).toMatchObject({ ok: true });
  expect(entriesOf(second, LEDGER_KINDS.takeover.kind)).toMatchObject([{ isHandedOver: false }]);
  expect(listed(first)).toEqual([[basketId, undefined]]);
  hearSibling(first, second);
  expect(listed(first)).toEqual([]);
  expect(entriesOf(first, LEDGER_KINDS.basketTwice.kind)).toEqual([]);
});

test('B-4: where both went on with it both stand, and the first says so in its ledger, once', () => {
  const basketId = setAside();
  first.take(resume(basketId));
  expect(reply(second, resume(basketId, { alone: true }))).toMatchObject({ ok: true });
  for (const lane of [first, second]) expect(lane.lines()).toMatchObject([{ sku: 'MILK' }]);
  hearSibling(first, second);
  hearSibling(first, second);
  expect(entriesOf(first, LEDGER_KINDS.basketTwice.kind)).toMatchObject([{ basketId, with: 'lane-2' }]);
  for (const lane of [first, second]) expect(lane.take({ type: 'payCash', amountMinor: 200 }).completed).toMatchObject({ totalMinor: 119 });
});

test('B-3: nobody takes over what money is on already, alone or not: it stays with the lane that took the money', () => {
  first.take({ type: 'scan', code: BEER });
  first.take({ type: 'confirmAge', method: 'document' });
  first.take({ type: 'tender', tenderType: 'card', amountMinor: 50 });
  // This build sets no such basket aside; another one might, so what it says is put into its entry.
  expect(first.refusal({ type: 'suspend' })).toBe('tendersOpen');
  const { tenders } = first.state().head;
  expect(tenders).toHaveLength(1);
  const tendered = first.db.prepare<[], string>("SELECT event FROM basket_event WHERE event LIKE '%tendered%'").pluck().all();
  expect(tendered).toHaveLength(1);
  first.take({ type: 'voidTender', tenderId: (JSON.parse(tendered[0] ?? '{}') as { tender: { tenderId: string } }).tender.tenderId });
  const { basketId } = first.state().head;
  first.take({ type: 'suspend' });
  hearSibling(second, first);
  const content = JSON.parse(second.db.prepare<[], string>('SELECT content FROM sibling_basket').pluck().get() ?? '{}') as {
    readonly opening: unknown;
    readonly events: readonly BasketEvent[];
  };
  const events = content.events.filter(({ type }) => type !== 'tenderVoided');
  second.db.prepare('UPDATE sibling_basket SET content = ?').run(JSON.stringify({ ...content, events }));
  expect(reply(second, resume(basketId, { alone: true }))).toMatchObject({ refusal: { type: 'tendersOpen', detail: { tenders: 1 } } });
  expect(reply(second, resume(basketId))).toMatchObject({ refusal: { type: 'tendersOpen' } });
  expect(entriesOf(second, LEDGER_KINDS.takeover.kind)).toEqual([]);
});
