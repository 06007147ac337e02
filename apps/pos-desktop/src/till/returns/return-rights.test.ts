/** The right to return of a sale, between the lanes of a store whose hub is gone (SPEC: O-15 to O-17). */
import { assert } from '@holdfast/base';
import { isReturnRightKind, LEDGER_KINDS, readReturnRight, type ReturnRightMove } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { askSeller } from '../lan/ask-siblings.ts';
import { RETURN_QUESTION } from '../lan/sibling-returns.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, hearSibling, MILK, setting, type TestLane } from '../testing/test-lane.ts';
import type { HubAnswer } from '../till-ports.ts';

/** At most 3.00 go out for what nobody could be asked about. */
const SHOP = [
  ...ASSORTMENT,
  { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } } as const,
  setting('unverifiedReturnMaximumMinor', '300'),
];
const createLane = (number: number): TestLane => createTestLane(SHOP, undefined, undefined, undefined, number);

let seller: TestLane;
let lane: TestLane;
let third: TestLane;
let receipt: string;
beforeEach(() => {
  [seller, lane, third] = [createLane(1), createLane(2), createLane(3)];
  seller.take({ type: 'scan', code: MILK, quantity: 3 });
  receipt = seller.take({ type: 'payCash', amountMinor: 400 }).completed?.receiptNumber ?? '';
  for (const each of [lane, third]) hearSibling(each, seller);
});
afterEach(() => {
  for (const each of [seller, lane, third]) {
    each.close();
    assert(each.errors.length === 0, `nothing failed inside: ${JSON.stringify(each.errors)}`);
  }
});

/** What a lane's ledger says of rights and sales, in order. */
const movesOf = ({ store }: TestLane): readonly (ReturnRightMove['type'] | 'sale')[] => {
  const [epoch] = store.epochs();
  return store.entriesAfter(epoch?.epoch ?? '', 0, 100, 1_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'a till reads what tills write');
    const { kind, fields } = entry.value;
    if (kind === LEDGER_KINDS.sale.kind) return ['sale' as const];
    if (!isReturnRightKind(kind)) return [];
    const move = readReturnRight({ kind, fields });
    assert(move.ok, 'what this till writes it can read');
    return [move.value.type];
  });
};

/** `reachable`: the lane that sold, where the network reaches it. */
async function ask(at: TestLane, body: RequestBody, reachable?: TestLane): Promise<TillMessage> {
  const wanted = at.till.returnToAsk({ id: 'q', atMs: at.clock.nowMs, body });
  const lanes = {
    ask: async (question: string, value: unknown) => {
      const answer = reachable?.till.answerSibling(at.store.identity()?.device ?? '', question, value);
      return answer === undefined ? [] : [{ from: 'lane-1', value: answer }];
    },
  } as unknown as Parameters<typeof askSeller>[0];
  const returned: HubAnswer['returned'] = wanted === undefined ? undefined : await askSeller(lanes, at.till, wanted);
  return at.ask(body, undefined, { returned }).reply;
}
const setReturn = (quantity: number): RequestBody => ({
  type: 'setReturn',
  receiptNumber: receipt,
  lines: quantity === 0 ? [] : [{ line: 1, quantity }],
});
const HELD = { type: 'refused', refusal: { type: 'returnElsewhere', detail: { because: 'held' } } };

test('O-15, O-16: the seller gives it to one lane at a time; given and accepted are entries, and the return ends it', async () => {
  expect(await ask(lane, setReturn(2), seller)).toMatchObject({ ok: true });
  expect(lane.lines()).toMatchObject([{ amountMinor: -238, returnOf: receipt }]);
  expect(lane.lines()[0]).not.toHaveProperty('unverified');
  expect([movesOf(seller), movesOf(lane)]).toEqual([['sale', 'given'], ['accepted']]);
  // Asked again by the same lane it is the same right; nobody else has it, the seller included.
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
  expect(await ask(third, setReturn(1), seller)).toMatchObject(HELD);
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
  hearSibling(seller, lane);
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
  expect(lane.take({ type: 'refund' })).toMatchObject({ completed: { totalMinor: -119 } });
  expect([movesOf(seller), movesOf(lane)]).toEqual([
    ['sale', 'given'],
    ['accepted', 'sale'],
  ]);
  hearSibling(seller, lane);
  hearSibling(third, lane);
  expect(await ask(third, setReturn(3), seller)).toMatchObject({ refusal: { type: 'returnAboveSold', detail: { left: 2 } } });
  expect(await ask(third, setReturn(2), seller)).toMatchObject({ ok: true });
});

test('O-16: taken out of the basket, or the sale given up, it goes back with a release', async () => {
  const giveUp = [
    async () => ask(lane, setReturn(0)),
    async () => ask(lane, { type: 'voidLine', lineId: lane.lines()[0]?.lineId ?? '' }),
    async () => ask(lane, { type: 'voidSale' }),
  ];
  for (const [index, act] of giveUp.entries()) {
    expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
    hearSibling(seller, lane);
    expect(await act()).toMatchObject({ ok: true });
    expect(movesOf(lane)).toEqual(Array.from({ length: index + 1 }, () => ['accepted', 'released']).flat());
    // Not before its ledger says so.
    expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
    hearSibling(seller, lane);
    expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true });
    seller.take({ type: 'voidSale' });
  }
});

test('O-16: what was given and never accepted ends with what its lane appends a quarter of an hour later', async () => {
  expect(seller.till.answerSibling('lane-2', RETURN_QUESTION, { receiptNumber: receipt, take: true })).toEqual({ isGranted: true });
  seller.clock.nowMs += 24 * 3_600_000;
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
  lane.clock.nowMs += 14 * 60_000;
  lane.take({ type: 'openDrawer', reason: 'change' });
  hearSibling(seller, lane);
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
  lane.clock.nowMs += 2 * 60_000;
  lane.take({ type: 'openDrawer', reason: 'change' });
  hearSibling(seller, lane);
  expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true });
});

test('O-17: with hub and seller away it is unverified, at what was paid, and capped; both returns stand', async () => {
  expect(await ask(lane, { type: 'returnable', receiptNumber: receipt })).toMatchObject({ value: { returnable: { unverified: true } } });
  expect(await ask(lane, setReturn(3))).toMatchObject({
    refusal: { type: 'returnAboveCap', detail: { amountMinor: 357, limitMinor: 300 } },
  });
  expect(await ask(lane, setReturn(2))).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
  expect(lane.lines()).toMatchObject([{ amountMinor: -238, returnOf: receipt, unverified: true }]);
  expect(movesOf(lane)).toEqual([]);
  // Once the seller is there the same goods come back by its right, and nothing caps them.
  expect(await ask(lane, setReturn(3), seller)).toMatchObject({ ok: true });
  expect(lane.lines()[0]).not.toHaveProperty('unverified');
  expect(await ask(lane, setReturn(0))).toMatchObject({ ok: true });
  // Elsewhere it goes on without either; the seller, which has heard of nothing, returns by its own right.
  expect(await ask(third, setReturn(2))).toMatchObject({ ok: true });
  third.take({ type: 'refund' });
  hearSibling(seller, lane);
  expect(await ask(seller, setReturn(3))).toMatchObject({ ok: true });
  seller.take({ type: 'refund' });
  expect([movesOf(seller), movesOf(third)]).toEqual([['sale', 'given', 'sale'], ['sale']]);
});

test('a receipt whose goods lie in a basket that is set aside comes back in no other', async () => {
  expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true });
  seller.take({ type: 'suspend' });
  expect(await ask(seller, setReturn(3))).toMatchObject(HELD);
  expect(await ask(lane, setReturn(1), seller)).toMatchObject(HELD);
});

test('O-15: a sale that another lane may return of is not undone', async () => {
  const undo: RequestBody = { type: 'postVoid', receiptNumber: receipt };
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
  expect(seller.refusal(undo)).toBe('alreadyReturned');
  lane.take({ type: 'voidSale' });
  hearSibling(seller, lane);
  seller.take(undo);
  expect(movesOf(seller)).toEqual(['sale', 'given', 'sale']);
});

test('O-15: nothing of a sale comes back at another lane once its card has its money', async () => {
  const paidInCash = receipt;
  seller.take({ type: 'addItem', sku: 'MILK' });
  receipt = seller.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }).completed?.receiptNumber ?? '';
  hearSibling(lane, seller);
  const undo: RequestBody = { type: 'reverseTender', receiptNumber: receipt, tender: 1, reference: '0815' };
  expect(seller.till.returnToAsk({ id: 'q', atMs: 0, body: undo })).toMatchObject({ take: true });
  seller.take(undo);
  expect(await ask(lane, setReturn(1), seller)).toMatchObject(HELD);
  // The hub hears so by the ledger before it hears of the undoing, and no question gives the right back before that.
  expect(movesOf(seller)).toEqual(['sale', 'sale', 'accepted']);
  const questions: readonly RequestBody[] = [setReturn(1), setReturn(0), { type: 'returnable', receiptNumber: receipt }];
  expect(questions.map((body) => seller.till.returnToAsk({ id: 'q', atMs: 0, body }))).toEqual([undefined, undefined, undefined]);
  seller.clock.nowMs += 24 * 3_600_000;
  seller.reopen();
  seller.till.look();
  const last: RequestBody = { type: 'postVoid', receiptNumber: receipt };
  expect(seller.till.returnToAsk({ id: 'q', atMs: 0, body: last })).toMatchObject({ take: true });
  // Nothing is taken for what it is too late to undo: it may come back elsewhere.
  expect(seller.till.returnToAsk({ id: 'q', atMs: 0, body: { ...last, receiptNumber: paidInCash } })).toMatchObject({ take: false });
  expect(movesOf(seller)).toEqual(['sale', 'sale', 'accepted']);
  seller.take(last);
  expect(movesOf(seller)).toEqual(['sale', 'sale', 'accepted', 'sale']);
  // Undone, it is nobody's any more: what is taken now would stand at the hub for ever.
  expect(seller.till.returnToAsk({ id: 'q', atMs: 0, body: last })).toBeUndefined();
});

test('O-16: a basket that goes on at another lane takes its rights along', async () => {
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
  const { basketId } = lane.state().head;
  lane.take({ type: 'suspend' });
  hearSibling(third, lane);
  const wanted = third.till.handoverToAsk({ id: 'h', atMs: 0, body: { type: 'resume', basketId } });
  assert(wanted !== undefined, 'a basket of another lane');
  expect(lane.till.answerSibling('lane-3', 'handover', { basketId, epoch: wanted.epoch, seq: wanted.seq })).toEqual({ isGiven: true });
  expect(third.ask({ type: 'resume', basketId }, undefined, { handover: 'given' }).reply).toMatchObject({ ok: true });
  expect([movesOf(lane), movesOf(third)]).toEqual([['accepted', 'given'], ['accepted']]);
  for (const each of [lane, third]) hearSibling(seller, each);
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
  expect(seller.till.answerSibling('lane-2', RETURN_QUESTION, { receiptNumber: receipt, take: true })).toEqual({ isGranted: false });
  third.take({ type: 'refund' });
  hearSibling(seller, third);
  expect(await ask(seller, setReturn(2))).toMatchObject({ ok: true });
});

test('O-15: so does one with goods of its own lane’s sale', async () => {
  expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true });
  const { basketId } = seller.state().head;
  seller.take({ type: 'suspend' });
  hearSibling(lane, seller);
  const wanted = lane.till.handoverToAsk({ id: 'h', atMs: 0, body: { type: 'resume', basketId } });
  assert(wanted !== undefined, 'a basket of another lane');
  expect(seller.till.answerSibling('lane-2', 'handover', { basketId, epoch: wanted.epoch, seq: wanted.seq })).toEqual({ isGiven: true });
  expect(lane.ask({ type: 'resume', basketId }, undefined, { handover: 'given' }).reply).toMatchObject({ ok: true });
  expect([movesOf(seller), movesOf(lane)]).toEqual([['sale', 'given'], ['accepted']]);
  expect(await ask(seller, setReturn(1))).toMatchObject(HELD);
});

/** What it has sold so far is in another database as well. */
const meetCopy = (met: TestLane): void => {
  const [epoch] = met.store.epochs();
  assert(epoch !== undefined, 'who sells has an epoch');
  met.store.noteShared({ epoch: epoch.epoch, seq: epoch.headSeq });
};

test('I-8, O-17: of what a copy of the lane sold as well goods come back unverified and capped, at the lane itself and at its neighbours, over restarts; of what it sells from then on by its own right', async () => {
  meetCopy(seller);
  for (const reopens of [false, true]) {
    if (reopens) seller.reopen();
    expect(await ask(seller, setReturn(3))).toMatchObject({ refusal: { type: 'returnAboveCap' } });
    expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
    expect(seller.lines()).toMatchObject([{ amountMinor: -119, returnOf: receipt, unverified: true }]);
    seller.take({ type: 'voidSale' });
    expect(seller.ask({ type: 'postVoid', receiptNumber: receipt }).reply).toMatchObject({
      refusal: { type: 'alreadyReturned', detail: { because: 'frozen' } },
    });
  }
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
  expect(movesOf(seller)).toEqual(['sale']);
  seller.take({ type: 'scan', code: MILK, quantity: 3 });
  const later = seller.take({ type: 'payCash', amountMinor: 400 }).completed?.receiptNumber ?? '';
  const all: RequestBody = { type: 'setReturn', receiptNumber: later, lines: [{ line: 1, quantity: 3 }] };
  expect(await ask(seller, all)).toMatchObject({ ok: true });
  expect(seller.lines()[0]).not.toHaveProperty('unverified');
  seller.take({ type: 'voidSale' });
  expect(seller.ask({ type: 'postVoid', receiptNumber: later }).reply).toMatchObject({ ok: true });
});

test('I-8: a lane that met a copy of itself takes goods of its neighbours back by no right that is given to both, and hands back none that it holds', async () => {
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
  meetCopy(lane);
  expect(await ask(lane, setReturn(0), seller)).toMatchObject({ ok: true });
  expect([movesOf(seller), movesOf(lane)]).toEqual([['sale', 'given'], ['accepted']]);
  hearSibling(seller, lane);
  expect(await ask(third, setReturn(1), seller)).toMatchObject(HELD);
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
  expect(movesOf(lane)).toEqual(['accepted']);
});

test('I-8: goods that lay in a basket by a right when its copy was met are paid out once they are taken again, unverified', async () => {
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true });
  meetCopy(lane);
  for (const body of [{ type: 'refund' }, { type: 'payCash', amountMinor: -119 }] as const) {
    expect(lane.ask(body).reply).toMatchObject({
      refusal: { type: 'returnElsewhere', detail: { receiptNumber: receipt, because: 'frozen' } },
    });
  }
  expect(await ask(lane, setReturn(1), seller)).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
  expect(lane.take({ type: 'refund' }).completed).toMatchObject({ totalMinor: -119 });
  expect(movesOf(lane)).toEqual(['accepted', 'sale']);
});

test.each([
  ['within what goes out unverified', 1, { ok: true }],
  ['above it', 3, { refusal: { type: 'returnAboveCap', detail: { amountMinor: 357, limitMinor: 300 } } }],
])(
  'I-8: a lane that met its copy hands no basket over that has goods by a right of both; who goes on with it alone pays them as unverified, %s',
  async (_, quantity, paid) => {
    expect(await ask(lane, setReturn(quantity), seller)).toMatchObject({ ok: true });
    const { basketId } = lane.state().head;
    lane.take({ type: 'suspend' });
    meetCopy(lane);
    hearSibling(third, lane);
    const wanted = third.till.handoverToAsk({ id: 'h', atMs: 0, body: { type: 'resume', basketId } });
    assert(wanted !== undefined, 'a basket of another lane');
    expect(lane.till.answerSibling('lane-3', 'handover', { basketId, epoch: wanted.epoch, seq: wanted.seq })).toBeUndefined();
    expect(third.ask({ type: 'resume', basketId }).reply).toMatchObject({ refusal: { type: 'basketElsewhere' } });
    expect(third.ask({ type: 'resume', basketId, alone: true }).reply).toMatchObject({ ok: true });
    expect(third.lines()).toMatchObject([{ unverified: true }]);
    third.reopen();
    expect(third.ask({ type: 'refund' }).reply).toMatchObject(paid);
    expect([movesOf(lane), movesOf(third).includes('accepted')]).toEqual([['accepted'], false]);
  },
);

test('I-8: enrolled as another device the lane asks for what it sold as the one before', async () => {
  meetCopy(seller);
  const [epoch] = seller.store.epochs();
  assert(epoch !== undefined, 'who sells has an epoch');
  seller.store.confirm([{ epoch: epoch.epoch, confirmedSeq: epoch.headSeq, diverged: false }], {});
  const identity = seller.store.identity();
  assert(identity !== null, 'who sells is enrolled');
  seller.store.enrol({ ...identity, device: 'lane-9' }, '9abc000000000009');
  seller.reopen();
  expect(await ask(seller, setReturn(1))).toMatchObject({ ok: true, value: { returnable: { unverified: true } } });
});
