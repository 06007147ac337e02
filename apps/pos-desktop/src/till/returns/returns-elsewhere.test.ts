/** Goods of another lane, or of another store: what the hub says of their receipt, and what is left where it says nothing. */
import { assert } from '@holdfast/base';
import type { ReturnAnswer } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { createTestLane, MILK, NOON_MS, type TestLane } from '../testing/test-lane.ts';
import { askReturn, readHubReturn, type HubReturn } from './ask-return.ts';

const RECEIPT = '1-abcd-000002';
let lane: TestLane;
let seller: TestLane;
beforeEach(() => {
  seller = createTestLane();
  lane = createTestLane();
  // No number that this lane will print itself.
  for (const quantity of [1, 3]) {
    seller.take({ type: 'scan', code: MILK, quantity });
    seller.take({ type: 'payCash', amountMinor: 400 });
  }
});
afterEach(() => {
  for (const each of [seller, lane]) {
    each.close();
    assert(each.errors.length === 0, `nothing failed inside: ${JSON.stringify(each.errors)}`);
  }
});

/** The entries of a lane's ledger, from the first, as a hub would send them. */
const entriesOf = ({ store }: TestLane): readonly string[] => {
  const [epoch] = store.epochs();
  assert(epoch !== undefined, 'a lane has its epoch');
  return store.entriesAfter(epoch.epoch, 0, 100, 1_000_000).map(({ canonical }) => Buffer.from(canonical).toString('base64'));
};
const sold = (more: Partial<ReturnAnswer> = {}, store = '2'): ReturnAnswer => ({
  sale: { store, atMs: NOON_MS, entry: entriesOf(seller)[1] ?? '' },
  returns: [],
  granted: true,
  ...more,
});
const told = (answer: ReturnAnswer): HubReturn => {
  const read = readHubReturn(RECEIPT, answer, 'hub');
  assert(read !== undefined, 'a till reads what tills write');
  return read;
};
const setReturn = (quantity: number): RequestBody => ({
  type: 'setReturn',
  receiptNumber: RECEIPT,
  lines: quantity === 0 ? [] : [{ line: 1, quantity }],
});
const LOOK: RequestBody = { type: 'returnable', receiptNumber: RECEIPT };
const ask = (body: RequestBody, answer?: ReturnAnswer): TillMessage =>
  lane.ask(body, undefined, { returned: answer === undefined ? undefined : told(answer) }).reply;
const refusal = (reply: TillMessage): unknown => (reply.type === 'refused' ? reply.refusal : reply);
const question = (body: RequestBody): unknown => lane.till.returnToAsk({ id: 'q', atMs: NOON_MS, body });

test('with the hub’s word it comes back at what was paid for it, and names the store that sold it', () => {
  expect(question(LOOK)).toEqual({ receiptNumber: RECEIPT, take: false });
  expect(ask(LOOK, sold())).toMatchObject({ value: { returnable: { lines: [{ name: 'Milk 1 l', left: { value: 3 }, leftMinor: 357 }] } } });
  expect(question(setReturn(1))).toEqual({ receiptNumber: RECEIPT, take: true });
  expect(ask(setReturn(2), sold())).toMatchObject({ ok: true });
  expect(lane.lines()).toMatchObject([{ amountMinor: -238, returnOf: RECEIPT }]);
  expect(lane.lines()[0]).not.toHaveProperty('unverified');
  // The right is held: nobody is asked again, and a till that starts anew still knows it.
  expect(question(setReturn(1))).toBeUndefined();
  lane.reopen();
  expect(question(setReturn(1))).toBeUndefined();
  lane.take(setReturn(3));
  lane.take({ type: 'refund' });
  const [entry] = entriesOf(lane).slice(-1);
  const back = readHubReturn(RECEIPT, sold({ returns: [entry ?? ''] }), 'hub');
  expect(back?.returns).toMatchObject([
    { sale: { totalMinor: -357, lines: [{ returnOf: { receiptNumber: RECEIPT, store: '2', line: 1 } }] } },
  ]);
  // What this lane returned counts once, whether the hub has heard of it or not.
  for (const returns of [[], [entry ?? '']]) {
    expect(ask(LOOK, sold({ returns }))).toMatchObject({ value: { returnable: { lines: [{ left: { value: 0 }, leftMinor: 0 }] } } });
  }
});

test('what came back elsewhere is not left here', () => {
  seller.take(setReturn(2));
  seller.take({ type: 'refund' });
  const answer = sold({ returns: entriesOf(seller).slice(2, 3) }, '1');
  expect(refusal(ask(setReturn(2), answer))).toMatchObject({ type: 'returnAboveSold', detail: { left: 1 } });
  expect(ask(setReturn(1), answer)).toMatchObject({ ok: true });
});

test('without an answer, without a sale, and where another lane has the right, nothing of it comes back by its lines', () => {
  for (const body of [LOOK, setReturn(1)]) {
    expect(refusal(ask(body))).toMatchObject({ type: 'noSuchReceipt' });
    expect(refusal(ask(body, { returns: [], granted: false }))).toMatchObject({ type: 'noSuchReceipt' });
    expect(refusal(ask(body, sold({ granted: false })))).toMatchObject({ type: 'returnElsewhere', detail: { because: 'held' } });
  }
  // Its goods come back unverified instead, up to the cap.
  lane.take({ type: 'scan', code: MILK, quantity: -1, returnOf: RECEIPT });
  expect(lane.lines()).toMatchObject([{ unverified: true }]);
});

test('taken off, it is given back by the ledger: nobody is asked', () => {
  ask(setReturn(1), sold());
  expect(question({ type: 'voidLine', lineId: '1' })).toBeUndefined();
  expect(ask({ type: 'voidLine', lineId: '1' })).toMatchObject({ ok: true });
  expect(lane.lines()).toEqual([]);
  expect(question(setReturn(1))).toEqual({ receiptNumber: RECEIPT, take: true });
  expect(refusal(ask(setReturn(1)))).toMatchObject({ type: 'noSuchReceipt' });
});

test('the lane that sold returns without an answer; with one it knows what came back elsewhere', () => {
  expect(seller.take(setReturn(1)).returnable?.lines).toMatchObject([{ returning: 1 }]);
  seller.take({ type: 'voidLine', lineId: '1' });
  ask(setReturn(2), sold({}, '1'));
  lane.take({ type: 'refund' });
  const returns = entriesOf(lane).slice(-1);
  const known = told(sold({ returns }, '1'));
  expect(
    seller.ask(LOOK, undefined, { returned: { ...known, returns: known.returns.map((each) => ({ ...each, device: 'lane-2' })) } }).reply,
  ).toMatchObject({
    value: { returnable: { lines: [{ left: { value: 1 } }] } },
  });
  // A sale of that number in another store is not this one.
  expect(seller.ask(setReturn(3), undefined, { returned: told(sold({ granted: false }, '2')) }).reply).toMatchObject({ ok: true });
});

test('what came back at another store is not undone where it was sold; without an answer it is', () => {
  const undo: RequestBody = { type: 'postVoid', receiptNumber: RECEIPT };
  expect(seller.till.returnToAsk({ id: 'q', atMs: NOON_MS, body: undo })).toEqual({ receiptNumber: RECEIPT, store: '1', take: true });
  ask(setReturn(2), sold({}, '1'));
  lane.take({ type: 'refund' });
  const returns = entriesOf(lane).slice(-1);
  const elsewhere = (answer: ReturnAnswer): HubReturn => {
    const known = told(answer);
    return { ...known, returns: known.returns.map((each) => ({ ...each, device: 'lane-2' })) };
  };
  for (const answer of [sold({ returns }, '1'), sold({ granted: false }, '1')])
    expect(refusal(seller.ask(undo, undefined, { returned: elsewhere(answer) }).reply)).toMatchObject({ type: 'alreadyReturned' });
  // Of what lies in its own basket nobody is asked: that would give the right to it back.
  seller.take(setReturn(1));
  expect(seller.till.returnToAsk({ id: 'q', atMs: NOON_MS, body: undo })).toBeUndefined();
  seller.take({ type: 'voidSale' });
  seller.take(undo);
  // Before the hub has heard of it nobody is asked: the right would be given to whoever asks next.
  const questions: readonly RequestBody[] = [undo, { type: 'returnable', receiptNumber: RECEIPT }, setReturn(0), setReturn(1)];
  expect(questions.map((body) => seller.till.returnToAsk({ id: 'q', atMs: NOON_MS, body }))).toEqual(questions.map(() => undefined));
});

test('an answer that this till cannot read is none', async () => {
  const ports = (answer: ReturnAnswer, token: string | undefined = 't') => ({
    transport: { askReturn: async () => ({ ok: true, value: { value: answer, hubTimeMs: null } }) as const },
    token: () => token,
    ledger: () => undefined,
  });
  const request = { receiptNumber: RECEIPT, take: true };
  expect(await askReturn(ports(sold()), request)).toMatchObject({
    isGranted: true,
    sold: { store: '2', sale: { receiptNumber: RECEIPT } },
  });
  expect(await askReturn(ports(sold({ returns: ['AAEC'] })), request)).toBeUndefined();
  expect(await askReturn(ports({ ...sold(), sale: { store: '2', atMs: 0, entry: 'AAEC' } }), request)).toBeUndefined();
  expect(await askReturn({ ...ports(sold()), token: () => undefined }, request)).toBeUndefined();
});
