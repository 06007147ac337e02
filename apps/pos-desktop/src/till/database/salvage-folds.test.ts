/** U-23, I-6: a lane that has forgotten of its ledger loses nothing of its sums with a damaged database, or says which of them may begin too low. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { nodeHash, systemRandom } from '@holdfast/base/node';
import { answerKey, isReturnRightKind, LEDGER_KINDS } from '@holdfast/domain';
import { readEntry, signGrant } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { createDaySales } from '../books/day-sales.ts';
import { summariseLedger } from '../books/ledger-summary.ts';
import { createUncountedSales } from '../books/uncounted-sales.ts';
import { readHubReturn } from '../returns/ask-return.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createCarriedSales } from '../sync/carried-sales.ts';
import { witnessOf } from '../sync/witness.ts';
import type { PaymentEvent } from '../terminal/payment-state.ts';
import {
  ASSORTMENT,
  createTestLane,
  fastFolder,
  hearSibling,
  HUB_SIGNER,
  IDENTITY,
  LANE_EPOCH,
  MILK,
  publish,
  setting,
  silentLogger,
  type PublishedEntity,
  type TestLane,
} from '../testing/test-lane.ts';
import type { HubAnswer, TillPorts } from '../till-ports.ts';
import { DATABASE_FILE } from './connection.ts';
import { openLane } from './open-lane.ts';

const DAY_MS = 86_400_000;
let folder: string;
let lane: TestLane;
beforeEach(() => {
  folder = fastFolder();
  lane = createTestLane([...ASSORTMENT, setting('ledgerKeptDays', '35'), setting('fiscalPeriod', 'day')], folder);
});
afterEach(() => {
  lane.db.close();
  rmSync(folder, { recursive: true, force: true });
});

const sell = (pieces = 1): string => {
  lane.take({ type: 'scan', code: MILK, quantity: pieces });
  return lane.take({ type: 'payCash', amountMinor: 2_000 }).completed?.receiptNumber ?? '';
};
const open = (): void => void lane.take({ type: 'openShift', denominations: [{ faceMinor: 1_000, count: 5 }] });
const close = (): void =>
  void lane.take({ type: 'closeShift', denominations: [{ faceMinor: 1_000, count: 5 }], reason: 'the rest is in the safe' });
const later = (days: number): void => {
  lane.clock.nowMs += days * DAY_MS;
  lane.till.look();
};
const epoch = () => {
  const [first] = lane.store.epochs();
  assert(first !== undefined, 'a lane has its epoch');
  return first;
};
/** All is safe, and forgotten as far as it may be in so many looks. */
const forget = (looks: number): void => {
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: epoch().headSeq, diverged: false }], { [LANE_EPOCH]: epoch().headSeq });
  lane.foldedStock();
  lane.till.hubHeard();
  for (let look = 0; look < looks; look += 1) {
    lane.monotonic.addedMs += 20_000;
    lane.clock.nowMs += 20_000;
    lane.till.look();
  }
};
const figures = async () => {
  const { epochs } = await summariseLedger({
    store: lane.store,
    carried: createCarriedSales(lane.db),
    uncounted: createUncountedSales(lane.db),
    hash: nodeHash,
    schemas: LEDGER_SCHEMAS,
  });
  const held = epochs.find((summary) => summary.epoch === LANE_EPOCH);
  return { held, drawers: lane.db.prepare<[], object>('SELECT * FROM drawer ORDER BY drawer').all(), stock: lane.foldedStock() };
};

const waitingDays = () => createDaySales(lane.db).waiting(lane.store.epochs());

/** Tables whose description is gone cannot be read. Answers what the lane says may begin too low. */
function damageAndRebuild(tables: readonly string[], terminal?: TillPorts['terminal']): unknown {
  lane.db.pragma('wal_checkpoint(TRUNCATE)');
  lane.db.close();
  const file = join(folder, DATABASE_FILE);
  const bytes = readFileSync(file);
  for (const table of tables) {
    const description = `CREATE TABLE ${table} (`;
    assert(bytes.includes(description), `${table} is described`);
    for (let at = bytes.indexOf(description); at >= 0; at = bytes.indexOf(description)) bytes.fill(0xa5, at, at + 20);
  }
  writeFileSync(file, bytes);
  let inDoubt: unknown;
  openLane(folder, {
    clock: { nowMs: () => lane.clock.nowMs, monotonicMs: () => 0 },
    random: systemRandom,
    logger: { ...silentLogger, error: (_message, fields) => (inDoubt = fields?.['inDoubt']) },
  }).close();
  lane = createTestLane([], folder, undefined, undefined, undefined, terminal);
  return inDoubt;
}

/** Three shifts: counted, rolled over, and open. */
function threeShifts(): void {
  open();
  sell(2);
  close();
  open();
  sell(3);
  later(1);
  sell();
}

/** Whether somebody counted its float stands in an entry that is gone. */
const sumsOf = (row: object) => ({ ...row, is_opened: null, rolled_from: null });

test.each([
  ['its tables can be read', [], []],
  ['only its ledger can be read', ['carried_sales', 'drawer', 'stock'], ['drawers', 'stock']],
] as const)('of a lane that has forgotten, %s', async (_name, tables, inDoubt) => {
  threeShifts();
  later(36);
  sell(2);
  forget(20);
  sell();
  const before = await figures();
  expect([epoch().begin === null, before.held?.sales]).toEqual([false, 5]);
  const waiting = waitingDays();
  expect(waiting).toMatchObject([{ sales: 2, totalMinor: 357 }]);
  expect(damageAndRebuild(['basket', ...tables])).toEqual(inDoubt);
  const after = await figures();
  const shown = ({ held, drawers, stock }: typeof after) => (inDoubt.length === 0 ? [held, drawers, stock] : [held, drawers.map(sumsOf)]);
  expect(shown(after)).toEqual(shown(before));
  expect(after.held?.chainWhole).toBe(true);
  expect(waitingDays(), 'D-20').toEqual(waiting);
});

test('while it forgets, what is carried so far counts; where that is gone, it says so, and verify has fewer sales than the hub', async () => {
  for (let sale = 0; sale < 120; sale += 1) sell();
  later(36);
  sell();
  forget(1);
  const before = await figures();
  expect([epoch().begin?.seq, before.held?.sales]).toEqual([100, 121]);
  expect(damageAndRebuild(['basket'])).toEqual([]);
  expect(await figures()).toEqual(before);
  lane.db.close();
  lane = createTestLane([], folder);
  expect(damageAndRebuild(['basket', 'carried_sales'])).toEqual(['sales']);
  expect((await figures()).held?.sales).toBeLessThan(121);
});

describe('orders to the payment terminal', () => {
  const SHOP: readonly PublishedEntity[] = [
    ...ASSORTMENT,
    { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } },
    { type: 'tenderType', key: 'byHand', fields: { kind: 'card', name: 'By hand', isStandAlone: true } },
  ];
  const TERMINAL = { onWork: () => {}, abort: () => {}, ask: () => {} };
  const card = { brand: 'Visa', lastFour: '1111', transactionId: 'T1' };
  const heard = (paymentId: string, event: PaymentEvent): unknown => lane.till.terminalHeard(paymentId, event).state;
  const sent = (body: RequestBody): string => {
    const paymentId = lane.take(body).payment?.paymentId ?? '';
    expect(heard(paymentId, { type: 'sending' })).toBe('sent');
    return paymentId;
  };
  const approve = (paymentId: string, transactionId = 'T1'): void => {
    const outcome = { type: 'approved', amountMinor: 119, isOffline: false, card: { ...card, transactionId } } as const;
    expect(heard(paymentId, { type: 'outcome', outcome })).toBe('approved');
  };
  const say = (paymentId: string, said: 'approved' | 'notFound' | 'unclear'): unknown => {
    const answer = said === 'approved' ? ({ type: said, amountMinor: 119, isOffline: false, card } as const) : { type: said };
    return heard(paymentId, { type: 'answer', answer });
  };
  const cases = () => lane.take({ type: 'cardCases' }).cardCases ?? [];
  const rebuilt = (tables: readonly string[] = []): unknown => {
    const inDoubt = damageAndRebuild(['basket', ...tables], TERMINAL);
    publish(lane.store, SHOP);
    lane.till.look();
    return inDoubt;
  };
  beforeEach(() => {
    lane.db.close();
    rmSync(folder, { recursive: true, force: true });
    folder = fastFolder();
    lane = createTestLane(SHOP, folder, undefined, undefined, undefined, TERMINAL);
  });

  test('whose outcome nobody knew is asked for: what was charged for a basket that is lost is for a person, and what was not is over', () => {
    for (const said of ['approved', 'notFound'] as const) {
      lane.take({ type: 'scan', code: MILK });
      const paymentId = sent({ type: 'tender', tenderType: 'card', amountMinor: 119 });
      expect(rebuilt()).toEqual([]);
      expect(lane.till.terminalWork()).toMatchObject([{ does: 'ask', isQuiet: true, order: { serviceId: paymentId, amountMinor: 119 } }]);
      expect(cases()).toMatchObject([{ paymentId, state: 'unknown', act: 'payment', amountMinor: 119 }]);
      say(paymentId, said);
      expect(lane.till.terminalWork()).toEqual([]);
      expect(cases()).toMatchObject(said === 'approved' ? [{ paymentId, state: 'stuck', lastFour: '1111' }] : []);
      for (const { paymentId: stuck } of cases())
        lane.take({ type: 'clearCardCase', paymentId: stuck, how: 'givenBack', reason: 'at the bank' });
    }
  });

  test.each([
    ['as its row says', ''],
    [
      'by its sale, where its row is older',
      "UPDATE terminal_payment SET state = 'sent', approved = NULL, is_booked = 0, receipt_number = NULL",
    ],
  ])('that was approved for a basket that is lost is for a person; what stands in a sale is settled with it, %s', (_name, older) => {
    lane.take({ type: 'scan', code: MILK });
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }));
    lane.db.exec(older);
    expect(lane.state().head.completed?.totalMinor).toBe(119);
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'scan', code: MILK });
    const onBasket = sent({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    approve(onBasket, 'T2');
    expect(lane.state().head.tenders).toHaveLength(1);
    expect(rebuilt()).toEqual([]);
    expect([lane.till.terminalWork(), cases()]).toMatchObject([[], [{ paymentId: onBasket, state: 'stuck', transactionId: 'T2' }]]);
    const settled = { brands: [{ brand: 'Visa', count: 1, amountMinor: 119 }] };
    expect(lane.ask({ type: 'settleTerminal' }, undefined, { settled }).reply).toMatchObject({
      value: { settlement: { ownMinor: 119, ownCount: 1 } },
    });
    expect(rebuilt(['terminal_payment'])).toEqual(['terminal']);
  });

  test.each([
    ['it is sent anew where the terminal never heard of it', 'notFound'],
    ['it is not where it was sent', 'approved'],
    ['a person is asked where the terminal cannot tell', 'unclear'],
  ] as const)('that gives back what a basket went on without goes on: %s', (_name, said) => {
    lane.take({ type: 'scan', code: MILK });
    const paymentId = sent({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    heard(paymentId, { type: 'outcome', outcome: { type: 'unknown', reason: 'noAnswer' } });
    lane.take({ type: 'leavePayment' });
    say(paymentId, 'approved');
    expect(lane.till.terminalWork()).toMatchObject([{ does: 'run' }]);
    expect(rebuilt()).toEqual([]);
    const order = { act: 'reversal', amountMinor: 119, original: { transactionId: 'T1' } };
    const [work] = lane.till.terminalWork();
    expect([work, cases()], 'these pages may be older than its sending').toMatchObject([{ does: 'ask', order }, []]);
    say(work?.order.serviceId ?? '', said);
    expect(lane.till.terminalWork()).toMatchObject(said === 'notFound' ? [{ does: 'run', order }] : []);
    expect(cases()).toMatchObject(said === 'unclear' ? [{ paymentId, state: 'stuck', act: 'payment' }] : []);
    expect(lane.till.terminalWork()[0]?.order.serviceId).not.toBe(work?.order.serviceId);
  });

  const loseLastEntry = (kind: number): void => {
    const [last] = lane.store.entriesAfter(LANE_EPOCH, epoch().headSeq - 1, 1, 1e6);
    assert(last !== undefined, 'an entry');
    const read = readEntry(last.canonical);
    expect(read.ok && read.value.kind).toBe(kind);
    lane.db.prepare('DELETE FROM sync_entry WHERE id = (SELECT max(id) FROM sync_entry)').run();
  };

  test('that were given back before their sale was done are for nobody, though the entry that says so is gone', () => {
    lane.take({ type: 'scan', code: MILK, quantity: 2 });
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }));
    approve(sent({ type: 'voidTender', tenderId: lane.state().head.tenders?.[0]?.tenderId ?? '' }));
    expect(lane.state().head.tenders ?? []).toEqual([]);
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }), 'T2');
    const [, , standing] = lane.db.prepare<[], string>('SELECT payment_id FROM terminal_payment ORDER BY number').pluck().all();
    loseLastEntry(LEDGER_KINDS.tenderVoid.kind);
    rebuilt();
    expect(cases()).toMatchObject([{ paymentId: standing, state: 'stuck' }]);
  });

  test.each(['{}', '{"target":{"type":"tender"}}', '{"target":null}'])('that are damaged are in doubt, and the lane sells: %s', (wish) => {
    lane.take({ type: 'scan', code: MILK });
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }));
    lane.db.prepare('UPDATE terminal_payment SET wish = ?').run(wish);
    expect(rebuilt()).toEqual(['terminal']);
    expect(sell()).not.toBe('');
  });

  test('that a damaged tree lists twice stand once, and are in doubt; so does stock', () => {
    lane.take({ type: 'scan', code: MILK });
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }));
    publish(lane.store, [setting('ledgerKeptDays', '35'), setting('fiscalPeriod', 'day')]);
    threeShifts();
    later(36);
    sell();
    forget(20);
    expect(epoch().begin).not.toBeNull();
    for (const table of ['terminal_payment', 'stock', 'drawer'])
      lane.db.exec(
        `CREATE TABLE twice AS SELECT * FROM ${table} UNION ALL SELECT * FROM ${table}; DROP TABLE ${table}; ALTER TABLE twice RENAME TO ${table}`,
      );
    expect(rebuilt()).toEqual(['drawers', 'stock', 'terminal']);
    for (const table of ['terminal_payment', 'stock', 'drawer'])
      expect(lane.db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(1);
  });

  test.each([
    ['not given back', 'notFound', undefined, [0, 1]],
    ['given back, and the entry that says so is gone', 'before', 'writtenOff', [0, 0]],
    ['given back, whose entry is gone, and got again', 'before', 'collected', [0, 1]],
    ['given back, and stays so', 'approved', 'writtenOff', [0, 0]],
    ['given back, and got again', 'approved', 'collected', [0, 1]],
  ] as const)('that gives a card the money of a lost sale: %s', (_name, said, how, released) => {
    lane.take({ type: 'scan', code: MILK });
    approve(sent({ type: 'tender', tenderType: 'card', amountMinor: 119 }));
    const receiptNumber = lane.state().head.completed?.receiptNumber ?? '';
    const paymentId = sent({ type: 'reverseTender', receiptNumber, tender: 1 });
    const releases = (): number =>
      lane.store
        .epochs()
        .flatMap(({ epoch: name }) => lane.store.entriesAfter(name, 0, 100, 1e6))
        .filter(({ canonical }) => {
          const read = readEntry(canonical);
          return read.ok && read.value.kind === LEDGER_KINDS.returnRelease.kind;
        }).length;
    if (said === 'before') {
      approve(paymentId);
      loseLastEntry(LEDGER_KINDS.tenderReversal.kind);
    }
    rebuilt();
    const before = releases();
    const becomes = said === 'before' ? cases()[0]?.state : say(paymentId, said);
    expect(becomes).toBe(said === 'notFound' ? 'notCharged' : 'stuck');
    expect(cases()).toMatchObject(how === undefined ? [] : [{ paymentId, act: 'reversal' }]);
    if (how !== undefined) lane.take({ type: 'clearCardCase', paymentId, how, reason: 'at the bank' });
    expect([before, releases()]).toEqual(released);
    // Nor with the next start, and the next damage.
    lane.reopen();
    lane.till.look();
    expect(releases()).toBe(released[1]);
    rebuilt();
    lane.till.look();
    expect([releases(), cases()]).toEqual([released[1], []]);
  });
});

describe('rights in hand', () => {
  const SHOP: readonly PublishedEntity[] = [
    ...ASSORTMENT,
    { type: 'tenderType', key: 'gift', fields: { kind: 'giftCard', keepsBalance: true } },
    { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } },
    setting('offlineAdvanceMinor', '1000'),
  ];
  const NAME = { account: 'giftCard', reference: 'G1', currency: 'EUR' } as const;
  const pay = (balance?: HubAnswer['balance']): void => {
    lane.take({ type: 'scan', code: MILK });
    const body = { type: 'tender', tenderType: 'gift', amountMinor: 119, reference: 'G1' } as const;
    const { reply } = lane.ask(body, undefined, balance === undefined ? {} : { balance });
    assert(reply.type === 'reply', JSON.stringify(reply));
  };
  const acceptGrant = (): void => {
    publish(lane.store, SHOP);
    const right = { grantId: '0123456789abcdef', amountMinor: 500, expiresAtMs: lane.clock.nowMs + 7 * DAY_MS };
    const grant = signGrant(HUB_SIGNER, { tenant: IDENTITY.tenant, device: IDENTITY.device, ...NAME }, right);
    pay({ name: NAME, availableMinor: 119, grant });
  };
  const TABLES = ['held_right', 'right_spending', 'given_return'];
  const tables = () => TABLES.map((table) => lane.db.prepare<[], object>(`SELECT * FROM ${table}`).all());

  test('to spend are what the ledger leaves of them; to return of this lane’s own sales are with whom they were given to', () => {
    acceptGrant();
    pay();
    lane.till.answerSibling('lane-2', 'return', { receiptNumber: sell(), take: true });
    const before = tables();
    expect(before).toMatchObject([[{ grant_id: '0123456789abcdef', left_minor: 381 }], [{ amount_minor: 119 }], [{ device: 'lane-2' }]]);
    expect(damageAndRebuild(['basket', ...TABLES])).toEqual([]);
    expect(tables()).toEqual(before);
  });

  test('to spend rest where the end of the ledger is gone: what is missing may have spent them', () => {
    acceptGrant();
    writeFileSync(join(folder, 'witness.json'), JSON.stringify(witnessOf(lane.store, undefined)));
    const [held] = tables();
    expect(held).toHaveLength(1);
    lane.db.prepare('DELETE FROM sync_entry WHERE id = (SELECT max(id) FROM sync_entry)').run();
    damageAndRebuild(['basket']);
    expect(tables()[0]).toEqual([]);
  });

  const kinds = () =>
    lane.store.epochs().flatMap(({ epoch: name }) =>
      lane.store.entriesAfter(name, 0, 100, 1e6).flatMap(({ canonical }) => {
        const read = readEntry(canonical);
        return read.ok && isReturnRightKind(read.value.kind) ? [read.value.kind] : [];
      }),
    );

  test('to undo a sale whose card has its money back do not go back: its goods would be paid out once more', () => {
    publish(lane.store, SHOP);
    lane.take({ type: 'scan', code: MILK });
    const receiptNumber = lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }).completed?.receiptNumber ?? '';
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    expect(kinds()).toEqual([LEDGER_KINDS.returnAcceptance.kind]);
    damageAndRebuild(['basket']);
    publish(lane.store, SHOP);
    for (let look = 0; look < 2; look += 1) lane.till.look();
    expect(kinds()).toEqual([LEDGER_KINDS.returnAcceptance.kind]);
  });

  test('to return what another lane sold go back, for the basket with the goods is lost; once, and never those of a basket that is there', () => {
    publish(lane.store, SHOP);
    const receiptNumber = sell();
    const [entry] = lane.store.entriesAfter(LANE_EPOCH, epoch().headSeq - 1, 1, 1e6);
    assert(entry !== undefined, 'a sale');
    const sale = { store: '2', atMs: lane.clock.nowMs, entry: Buffer.from(entry.canonical).toString('base64') };
    const returned = readHubReturn(receiptNumber, { sale, returns: [], granted: true }, 'hub');
    const body: RequestBody = { type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] };
    const { reply } = lane.ask(body, undefined, { returned });
    assert(reply.type === 'reply', JSON.stringify(reply));
    lane.till.look();
    expect(kinds()).toEqual([LEDGER_KINDS.returnAcceptance.kind]);
    damageAndRebuild(['basket']);
    lane.till.look();
    expect(kinds(), 'without a catalogue nothing is written').toEqual([LEDGER_KINDS.returnAcceptance.kind]);
    publish(lane.store, SHOP);
    for (let look = 0; look < 2; look += 1) lane.till.look();
    expect(kinds()).toEqual([LEDGER_KINDS.returnAcceptance.kind, LEDGER_KINDS.returnRelease.kind]);
  });
});

test('of a lane that holds all of its ledger, whatever its tables say', async () => {
  lane.take({ type: 'postVoid', receiptNumber: sell() });
  expect(lane.till.status()).toMatchObject({ waitingEntries: 2, waitingSales: 1 });
  threeShifts();
  const before = await figures();
  const { waitingSales } = lane.till.status();
  expect(damageAndRebuild(['drawer', 'stock', 'carried_sales'])).toEqual([]);
  expect(await figures()).toEqual(before);
  expect(lane.till.status().waitingSales).toBe(waitingSales);
});

test('O-7: what this store asked for holds with a database that is rebuilt as well, in the order of the ledger, until it is answered', () => {
  const wish = (amount: number): RequestBody => ({
    type: 'changeStorePrice',
    sku: 'MILK',
    unitPrice: { amount, decimals: 2 },
    reason: 'the shop next door',
  });
  lane.take(wish(99));
  lane.take(wish(95));
  const milk = (): number | undefined => lane.take({ type: 'search', text: 'milk', limit: 1 }).tiles?.[0]?.unitPrice?.amount;
  expect(milk()).toBe(95);
  damageAndRebuild(['store_wish']);
  const answer = (seq: number): PublishedEntity => ({
    type: 'requestAnswer',
    key: answerKey(IDENTITY.device, LANE_EPOCH, seq),
    scope: 'store:1',
    fields: { status: 'refused', rule: 'notAllowed' },
  });
  // The catalogue comes anew, with the answer to the first.
  publish(lane.store, [...ASSORTMENT, answer(1)]);
  lane.till.cutMoved();
  expect(milk()).toBe(95);
  publish(lane.store, [answer(2)]);
  lane.till.cutMoved();
  expect(milk()).toBe(119);
});

test('B-1: a neighbour’s basket that this lane went on with does not lie there again: the neighbour’s ledger comes anew, and says that it was set aside', () => {
  const neighbour = createTestLane(ASSORTMENT, undefined, undefined, undefined, 2);
  neighbour.take({ type: 'scan', code: MILK });
  const { basketId } = neighbour.state().head;
  neighbour.take({ type: 'suspend' });
  hearSibling(lane, neighbour);
  const resume: RequestBody = { type: 'resume', basketId };
  const asked = lane.till.handoverToAsk({ id: 'h', atMs: 0, body: resume });
  neighbour.till.answerSibling(IDENTITY.device, 'handover', { basketId, epoch: asked?.epoch, seq: asked?.seq });
  expect(lane.ask(resume, undefined, { handover: 'given' }).reply).toMatchObject({ ok: true });
  lane.take({ type: 'payCash', amountMinor: 2_000 });
  const lying = () => lane.db.prepare<[], number>('SELECT count(*) FROM sibling_basket').pluck().get();
  expect(damageAndRebuild(['basket', 'ended_suspension'])).toEqual([]);
  hearSibling(lane, neighbour);
  expect(lying()).toBe(0);
  neighbour.close();
});

describe('baskets of a lane that is rebuilt', () => {
  const suspend = (pieces: number): string => {
    lane.take({ type: 'scan', code: MILK, quantity: pieces });
    const { basketId } = lane.state().head;
    lane.take({ type: 'suspend' });
    return basketId;
  };
  const waiting = () => (lane.take({ type: 'suspended' }).suspended ?? []).map(({ basketId, totalMinor }) => [basketId, totalMinor]);
  const comesBack = (): void => {
    publish(lane.store, ASSORTMENT);
    lane.till.cutMoved();
  };

  test('I-6, B-2: what was set aside waits again, as its ledger has it, and nothing that had ended', () => {
    const [kept, resumed] = [suspend(2), suspend(1)];
    lane.take({ type: 'resume', basketId: resumed });
    lane.take({ type: 'payCash', amountMinor: 119 });
    lane.take({ type: 'setTraining', isOn: true });
    suspend(3);
    lane.take({ type: 'setTraining', isOn: false });
    damageAndRebuild(['basket']);
    comesBack();
    expect(waiting()).toEqual([[kept, 238]]);
    lane.take({ type: 'resume', basketId: kept });
    expect(lane.lines()).toMatchObject([{ sku: 'MILK', amountMinor: 238 }]);
    lane.reopen();
    expect(lane.lines()).toMatchObject([{ sku: 'MILK', amountMinor: 238 }]);
    lane.take({ type: 'scan', code: MILK, quantity: 1 });
    expect(lane.take({ type: 'payCash', amountMinor: 400 }).completed).toMatchObject({ totalMinor: 357 });
    expect(waiting()).toEqual([]);
  });

  test('B-2, B-5: it is handed over to a neighbour as ever, and given up when its day is over', () => {
    const basketId = suspend(1);
    const left = suspend(2);
    const seq = epoch().headSeq - 1;
    damageAndRebuild(['basket']);
    comesBack();
    expect(lane.till.answerSibling('lane-2', 'handover', { basketId, epoch: LANE_EPOCH, seq })).toEqual({ isGiven: true });
    expect(waiting()).toEqual([[left, 238]]);
    later(1);
    expect(waiting()).toEqual([]);
  });

  test.each([
    ['was open, and can be read', ['stock'], true, true],
    ['was open, or not: nobody can say', ['basket'], false, true],
    ['was not open', ['stock'], false, undefined],
  ])('I-6: the basket %s: that it is lost is told until something is sold', (_, tables, isOpen, isLost) => {
    sell();
    if (isOpen) lane.take({ type: 'scan', code: MILK });
    damageAndRebuild(tables);
    comesBack();
    expect(lane.till.status().basketLost).toBe(isLost);
    lane.take({ type: 'scan', code: MILK });
    lane.reopen();
    expect(lane.till.status().basketLost).toBe(isLost);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(lane.till.status()).not.toHaveProperty('basketLost');
  });
});
