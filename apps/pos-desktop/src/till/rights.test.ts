/** What the hub granted this lane ahead it spends while nobody answers; what is left returns. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, type Fields } from '@holdfast/domain';
import { readEntry, signGrant, type SignedGrant } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody, TillMessage } from '../shared/till-contract.ts';
import type { HubBalance } from './customers/balances.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import {
  ASSORTMENT,
  createTestLane,
  goods,
  HUB_SIGNER,
  IDENTITY,
  LANE_EPOCH,
  MILK,
  publish,
  setting,
  type TestLane,
} from './testing/test-lane.ts';

const NAME = { account: 'giftCard', reference: 'G1', currency: 'EUR' } as const;
const DAY_MS = 86_400_000;

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([
    ...ASSORTMENT,
    { type: 'tenderType', key: 'gift', fields: { kind: 'giftCard', keepsBalance: true } },
    setting('offlineAdvanceMinor', '1000'),
  ]);
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const grantOf = (amountMinor: number, more: Partial<SignedGrant> = {}): SignedGrant => ({
  ...signGrant(
    HUB_SIGNER,
    { tenant: IDENTITY.tenant, device: IDENTITY.device, ...NAME },
    {
      grantId: '0123456789abcdef',
      amountMinor,
      expiresAtMs: lane.clock.nowMs + 7 * DAY_MS,
    },
  ),
  ...more,
});
const answered = (availableMinor: number, more: Partial<HubBalance> = {}): HubBalance => ({ name: NAME, availableMinor, ...more });
const tender = (amountMinor: number): RequestBody => ({ type: 'tender', tenderType: 'gift', amountMinor, reference: 'G1' });
const give = (amountMinor: number, balance?: HubBalance): TillMessage => lane.ask(tender(amountMinor), undefined, { balance }).reply;
/** One milk, paid with the card. */
const buy = (balance?: HubBalance): TillMessage => {
  lane.take({ type: 'scan', code: MILK });
  const reply = give(119, balance);
  if (reply.type === 'refused') lane.take({ type: 'voidSale' });
  return reply;
};
const entries = (epoch = LANE_EPOCH): readonly { readonly kind: number; readonly fields: Fields | null }[] =>
  lane.store.entriesAfter(epoch, 0, 100, 1_000_000).map(({ canonical }) => {
    const read = readEntry(canonical, LEDGER_SCHEMAS);
    assert(read.ok, 'what was written is read');
    return read.value;
  });
const kinds = (epoch = LANE_EPOCH): readonly number[] => entries(epoch).map(({ kind }) => kind);
const { sale, saleVoid, grantAcceptance, grantRelease } = LEDGER_KINDS;

test('O-8: rights are accepted behind the sale that asked, with an entry, and spent when nobody answers, to their end', () => {
  expect(buy(answered(200, { grant: grantOf(300) })).type).toBe('reply');
  expect(kinds()).toEqual([sale.kind, grantAcceptance.kind]);
  expect(entries()[1]?.fields).toMatchObject({ ...NAME, amountMinor: 300, grantId: '0123456789abcdef' });
  lane.reopen();
  expect(buy().type).toBe('reply');
  expect(buy().type).toBe('reply');
  expect(buy()).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'offlineLimit', limitMinor: 62 } } });
  expect(kinds()).toEqual([sale.kind, grantAcceptance.kind, sale.kind, sale.kind, saleVoid.kind]);
});

test('O-8: what it was not given, or too late, it does not take', () => {
  const other = signGrant(HUB_SIGNER, { tenant: IDENTITY.tenant, device: 'lane-2', ...NAME }, grantOf(300));
  const late = signGrant(
    HUB_SIGNER,
    { tenant: IDENTITY.tenant, device: IDENTITY.device, ...NAME },
    { ...grantOf(300), expiresAtMs: lane.clock.nowMs },
  );
  for (const grant of [grantOf(300, { amountMinor: 3_000 }), other, late]) expect(buy(answered(900, { grant })).type).toBe('reply');
  expect(kinds()).toEqual([sale.kind, sale.kind, sale.kind]);
  expect(buy().type).toBe('refused');
});

test('O-9: expiry stops spending, and what is left returns with an entry', () => {
  buy(answered(200, { grant: grantOf(300) }));
  buy();
  lane.clock.nowMs += 7 * DAY_MS;
  expect(buy()).toMatchObject({ refusal: { type: 'notCovered' } });
  publish(lane.store, [setting('receiptFooter', 'Thanks')]);
  lane.till.cutMoved();
  expect(kinds().at(-1)).toBe(grantRelease.kind);
  expect(entries().at(-1)?.fields).toMatchObject({ ...NAME, grantId: '0123456789abcdef', amountMinor: 181 });
  lane.till.cutMoved();
  expect(kinds().filter((kind) => kind === grantRelease.kind)).toHaveLength(1);
});

test('O-9: where headquarters gives no advances any more, rights return at once', () => {
  buy(answered(200, { grant: grantOf(300) }));
  publish(lane.store, [setting('offlineAdvanceMinor', '0')]);
  lane.till.cutMoved();
  expect(kinds()).toEqual([sale.kind, grantAcceptance.kind, grantRelease.kind]);
  expect(buy().type).toBe('refused');
});

test('what it holds it does not ask the hub for, and asks for an advance only where it holds none', () => {
  lane.take({ type: 'scan', code: MILK, quantity: 5 });
  const ask = (amountMinor: number) => lane.till.balanceToAsk({ id: 'q', atMs: 0, body: tender(amountMinor) });
  expect(ask(100)).toEqual({ name: NAME, neededMinor: 100, advance: true });
  give(100, answered(400, { grant: grantOf(300) }));
  expect(ask(150)).toEqual({ name: NAME, neededMinor: 0 });
  expect(ask(250)).toEqual({ name: NAME, neededMinor: 50 });
});

test('O-9: of what it took and the hub has not heard of, what came out of its rights is asked for no second time', () => {
  buy(answered(200, { grant: grantOf(300) }));
  lane.take({ type: 'scan', code: MILK });
  for (const amountMinor of [50, 40]) expect(give(amountMinor).type).toBe('reply');
  lane.take({ type: 'payCash', amountMinor: 29 });
  lane.take({ type: 'scan', code: MILK, quantity: 5 });
  const ask = (amountMinor: number) => lane.till.balanceToAsk({ id: 'q', atMs: 0, body: tender(amountMinor) });
  // 210 are left of the rights; the 119 of the first sale the hub gave beside them.
  expect(ask(91)).toEqual({ name: NAME, neededMinor: 0 });
  expect(ask(100)).toEqual({ name: NAME, neededMinor: 9 });
});

test('U-17: what the hub says that it has of this lane’s ledger is in its answer, and not taken from it once more', () => {
  buy(answered(200));
  lane.take({ type: 'scan', code: MILK });
  const heard = (seq: number): HubBalance => answered(81, { received: { [LANE_EPOCH]: seq } });
  expect(give(81, heard(0))).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'balance' } } });
  expect(give(82, heard(1))).toMatchObject({ refusal: { detail: { reason: 'balance', limitMinor: 81 } } });
  expect(give(50, { ...heard(1), name: { ...NAME, reference: 'G2' } })).toMatchObject({ refusal: { type: 'notCovered' } });
  expect(give(81, heard(1)).type).toBe('reply');
});

test('O-9: what is put on a card adds nothing to the rights that are held of it', () => {
  buy(answered(200, { grant: grantOf(300) }));
  publish(lane.store, [...goods({ sku: 'CARD', name: 'Gift card', nature: 'giftCard' }), setting('offlineAdvanceMinor', '0')]);
  lane.take({ type: 'addItem', sku: 'CARD', on: 'G1', worthMinor: 500 });
  lane.take({ type: 'payCash', amountMinor: 500 });
  lane.till.cutMoved();
  const returned = entries().filter(({ kind }) => kind === grantRelease.kind);
  expect(returned.map(({ fields }) => fields?.['amountMinor'])).toEqual([300]);
});

test('with an answering hub, rights and what is left beside them cover a tender together, and no more', () => {
  buy(answered(200, { grant: grantOf(100) }));
  const { grantId } = grantOf(100);
  // 119 were spent of 319 and 100 granted: 100 are left beside the rights, whether or not the hub has heard of the sale.
  lane.take({ type: 'scan', code: MILK, quantity: 5 });
  const hub = answered(219, { held: { grantId, leftMinor: 100 } });
  expect(give(201, hub)).toMatchObject({ refusal: { detail: { reason: 'balance', limitMinor: 200 } } });
  // Of other rights, which it gave back, the hub has yet to hear.
  const others = answered(219, { held: { grantId: 'f'.repeat(16), leftMinor: 100 } });
  expect(give(201, others)).toMatchObject({ refusal: { detail: { reason: 'balance', limitMinor: 100 } } });
  expect(give(150, hub).type).toBe('reply');
  expect(give(51, hub)).toMatchObject({ refusal: { detail: { limitMinor: 50 } } });
  expect(give(50, hub).type).toBe('reply');
  expect(lane.ask({ type: 'balance', account: 'giftCard', reference: 'G1' }, undefined, { balance: hub }).reply).toMatchObject({
    value: { balance: { amountMinor: 0 } },
  });
  // Of the rights is spent what they were; the rest came out of what is left beside them.
  expect(lane.ask({ type: 'payCash', amountMinor: 5 * 119 - 200 }).reply.type).toBe('reply');
  publish(lane.store, [setting('offlineAdvanceMinor', '0')]);
  lane.till.cutMoved();
  expect(entries().at(-1)).toMatchObject({ kind: grantRelease.kind, fields: { grantId, amountMinor: 0 } });
});

test('O-10: a device that learned of a second history of itself spends no rights, not in its next epochs either, until it is enrolled anew', () => {
  expect(buy(answered(200, { grant: grantOf(600) })).type).toBe('reply');
  expect(buy().type).toBe('reply');
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 0, diverged: true }], {});
  const isFrozen = { refusal: { type: 'notCovered', detail: { reason: 'frozen' } } };
  expect(buy()).toMatchObject(isFrozen);
  for (const epoch of ['abcd000000000002', 'abcd000000000003']) {
    lane.db.transaction(() => lane.store.mintEpoch(epoch))();
    expect(buy()).toMatchObject(isFrozen);
    expect(buy(answered(5_000))).toMatchObject(isFrozen);
  }
  lane.reopen();
  expect(buy()).toMatchObject(isFrozen);
});

test('I-8, U-17: the hub’s answer to a tender tells a lane that it has a copy, before any right is spent by it', () => {
  expect(buy(answered(200, { grant: grantOf(600) })).type).toBe('reply');
  expect(buy(answered(0, { forked: true }))).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'frozen' } } });
  lane.reopen();
  expect(buy()).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'frozen' } } });
  expect(lane.take({ type: 'scan', code: MILK })).toBeDefined();
  expect(lane.take({ type: 'payCash', amountMinor: 200 }).completed).toMatchObject({ totalMinor: 119 });
});

test('I-8: a lane that met a copy of itself spends none of the rights that both hold, asks for none, and gives none back, over restarts, until it is enrolled as another device', () => {
  expect(buy(answered(200, { grant: grantOf(600) })).type).toBe('reply');
  expect(buy().type).toBe('reply');
  lane.store.noteShared({ epoch: LANE_EPOCH, seq: 2 });
  const isFrozen = { refusal: { type: 'notCovered', detail: { reason: 'frozen' } } };
  for (const reopens of [false, true]) {
    if (reopens) lane.reopen();
    expect(buy()).toMatchObject(isFrozen);
    expect(buy(answered(5_000, { grant: grantOf(900, { grantId: 'fedcba9876543210' }) }))).toMatchObject(isFrozen);
    lane.take({ type: 'scan', code: MILK });
    expect(lane.till.balanceToAsk({ id: 'q', atMs: 0, body: tender(119) })).toBeUndefined();
    // It goes on selling.
    expect(lane.take({ type: 'payCash', amountMinor: 200 }).completed).toMatchObject({ totalMinor: 119 });
  }
  // What is left of them may be spent at the copy: the hub keeps it.
  lane.clock.nowMs += 7 * DAY_MS;
  publish(lane.store, [setting('offlineAdvanceMinor', '0')]);
  lane.till.cutMoved();
  expect(kinds()).not.toContain(grantRelease.kind);
  // Nor does it spend them as who it is from then on; what that one is granted it does.
  const [epoch] = lane.store.epochs();
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: epoch?.headSeq ?? 0, diverged: false }], {});
  const other = { ...IDENTITY, device: 'lane-9' };
  expect(lane.store.enrol(other, '9abc000000000009')).toMatchObject({ ok: true });
  lane.reopen();
  expect(buy()).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'offlineLimit' } } });
  publish(lane.store, [setting('receiptFooter', 'Thanks')]);
  lane.till.cutMoved();
  expect(kinds('9abc000000000009')).toContain(saleVoid.kind);
  expect(kinds('9abc000000000009')).not.toContain(grantRelease.kind);
  const grant = signGrant(
    HUB_SIGNER,
    { tenant: IDENTITY.tenant, device: 'lane-9', ...NAME },
    { ...grantOf(300), expiresAtMs: lane.clock.nowMs + DAY_MS },
  );
  expect(buy(answered(500, { grant })).type).toBe('reply');
  expect(buy().type).toBe('reply');
});
