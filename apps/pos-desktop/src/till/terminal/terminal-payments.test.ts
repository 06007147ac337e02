/** Money over the payment terminal, at the till: the real core, the real driver, and a virtual terminal on a real port. */
import { assert, findCardNumbers } from '@holdfast/base';
import { LEDGER_KINDS, type Fields } from '@holdfast/domain';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { RETURN_QUESTION } from '../lan/sibling-returns.ts';
import { cardNumbersInDatabase, cardNumbersInFolder } from '../testing/card-numbers.ts';
import { CARD_TENDERS, createTerminalLane, type TerminalLane } from '../testing/terminal-lane.ts';
import { ASSORTMENT, createTestLane, goods, publish, setting, type PublishedEntity } from '../testing/test-lane.ts';

const {
  sale: SALE,
  terminalRecord: RECORD,
  cardException: EXCEPTION,
  tenderReversal: REVERSAL,
  terminalSettlement: SETTLEMENT,
  returnAcceptance: ACCEPTANCE,
  returnRelease: RELEASE,
} = LEDGER_KINDS;

let open: TerminalLane | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function start(...more: Parameters<typeof createTerminalLane>): Promise<TerminalLane> {
  open = await createTerminalLane(...more);
  return open;
}

const tendersOf = (fields: Fields | undefined): readonly Fields[] =>
  Array.isArray(fields?.['tenders']) ? (fields['tenders'] as readonly Fields[]) : [];
/** The number of its receipt. */
async function sold(rig: TerminalLane): Promise<string> {
  rig.sell();
  await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
  return rig.lane.state().head.completed?.receiptNumber ?? '';
}
const outcomes = (rig: TerminalLane): readonly unknown[] => rig.entries(RECORD.kind).map(({ outcome }) => outcome);

const TWO_CARDS: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  ...CARD_TENDERS,
  { type: 'tenderType', key: 'otherCard', fields: { kind: 'card', name: 'Other card' } },
];

/** The number of its receipt. */
async function payByTwoCards(rig: TerminalLane): Promise<string> {
  rig.script('approve after 1 ms');
  rig.sell({ type: 'tender', tenderType: 'card', amountMinor: 100 });
  await rig.until('the first one stands', () => rig.lane.state().head.tenders?.length === 1);
  rig.lane.take({ type: 'tender', tenderType: 'otherCard', amountMinor: 19 });
  await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
  return rig.lane.state().head.completed?.receiptNumber ?? '';
}

const PROTOCOLS = ['nexo', 'zvt'] as const;

describe.each(PROTOCOLS)('a card over %s', (protocol) => {
  test('pays for a sale, which says what is known of it', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    lane.take({ type: 'addItem', sku: 'MILK' });
    const asked = lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    expect(asked).toMatchObject({ payment: {} });
    expect(rig.view()).toMatchObject({ act: 'payment', name: 'Card', amountMinor: 119, state: 'starting' });
    await rig.until('the shopper is waited for', () => rig.view()?.state === 'waiting' && virtual.current() !== undefined);
    virtual.tap('Mastercard');
    await rig.until('the sale is done', () => lane.state().head.completed !== undefined);
    expect(lane.state().head).toMatchObject({ completed: { totalMinor: 119, tenders: [{ name: 'Card', card: 'Mastercard **** 4444' }] } });
    expect(rig.view()).toBeUndefined();
    const [tender] = tendersOf(rig.entries(SALE.kind)[0]);
    expect(tender).toMatchObject({
      tenderType: 'card',
      amountMinor: 119,
      cardPayment: asked.payment?.paymentId,
      cardBrand: 'Mastercard',
      cardLastFour: '4444',
    });
    expect(virtual.chargedMinor()).toBe(119);
    const [message] = rig.heard.filter(({ type }) => type === 'basket').slice(-1);
    expect(message).toMatchObject({ reset: true, head: { completed: { totalMinor: 119 } } });
    const receipt = lane.take({ type: 'receipt', receiptNumber: lane.state().head.completed?.receiptNumber ?? '' }).receipt;
    expect(JSON.stringify(receipt?.blocks)).toContain('["Mastercard","**** 4444"]');
  });

  test('pays a part, and cash the rest', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms');
    rig.sell({ type: 'tender', tenderType: 'card', amountMinor: 100 });
    await rig.until('it stands', () => rig.lane.state().head.tenders?.length === 1);
    expect(rig.lane.take({ type: 'payCash', amountMinor: 19 }).completed).toMatchObject({ totalMinor: 119, changeMinor: 0 });
    expect(tendersOf(rig.entries(SALE.kind)[0]).map(({ amountMinor }) => amountMinor)).toEqual([100, 19]);
  });

  test('that has less than is asked for pays that', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms, partial');
    rig.sell();
    await rig.until('it stands', () => rig.lane.state().head.tenders?.length === 1);
    expect(rig.lane.state().head).toMatchObject({ tenders: [{ amountMinor: 59 }], totals: { dueMinor: 60 } });
  });

  test('that is declined pays for nothing, is journalled, and cash still does', async () => {
    const rig = await start(protocol);
    rig.script('decline after 1 ms');
    rig.sell();
    await rig.until('it is declined', () => rig.view()?.state === 'declined');
    expect(rig.view()).toMatchObject({ reason: 'refused', amountMinor: 119 });
    expect(outcomes(rig)).toEqual(['declined']);
    rig.lane.take({ type: 'payCash', amountMinor: 119 });
    expect(rig.view()).toBeUndefined();
    expect(rig.virtual.chargedMinor()).toBe(0);
  });

  test('of an approved payment whose answer was lost, the terminal is asked, and charged once', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms, answer lost');
    rig.sell();
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    expect(tendersOf(rig.entries(SALE.kind)[0])[0]).toMatchObject({ cardLastFour: '1111' });
    expect(rig.virtual.chargedMinor()).toBe(119);
    expect(rig.virtual.journal()).toHaveLength(1);
  });

  test('a request that was lost charged nothing, and says so', async () => {
    const rig = await start(protocol);
    rig.script('request lost');
    rig.sell();
    await rig.until('it is known', () => rig.view()?.state === 'notCharged');
    expect(rig.view()).toMatchObject({ reason: 'notFound' });
    rig.script('approve after 1 ms');
    rig.lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    expect(rig.virtual.chargedMinor()).toBe(119);
  });

  test('while it is at work the basket stands still, and nothing is charged twice', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.sell();
    await rig.until('the shopper is waited for', () => virtual.current() !== undefined && rig.view()?.state === 'waiting');
    for (const body of [
      { type: 'addItem', sku: 'MILK' },
      { type: 'payCash', amountMinor: 119 },
      { type: 'tender', tenderType: 'card', amountMinor: 119 },
      { type: 'voidSale' },
      { type: 'suspend' },
      // Whose the sale is stays said.
      { type: 'signOff' },
    ] as const)
      expect(lane.refusal(body)).toBe('paymentOpen');
    expect(lane.lines()).toHaveLength(1);
    virtual.decide('approve');
    await rig.until('the sale is done', () => lane.state().head.completed !== undefined);
    expect(virtual.journal()).toHaveLength(1);
  });

  test('that was approved while nothing could be written pays for its sale as soon as something can', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.sell();
    await rig.until('the shopper is waited for', () => virtual.current() !== undefined && rig.view()?.state === 'waiting');
    // As a disk that is full: what is said of the order is not kept.
    lane.db.pragma('query_only = 1');
    virtual.tap('Visa');
    await rig.until('it could not be written', () => lane.errors.length > 0);
    lane.db.pragma('query_only = 0');
    await rig.until('the sale is done', () => lane.state().head.completed !== undefined);
    expect(tendersOf(rig.entries(SALE.kind)[0])).toMatchObject([{ tenderType: 'card', amountMinor: 119, cardBrand: 'Visa' }]);
    expect(virtual.chargedMinor()).toBe(119);
  });

  test('is given up by the cashier', async () => {
    const rig = await start(protocol);
    rig.sell();
    await rig.until('the shopper is waited for', () => rig.virtual.current() !== undefined && rig.view()?.state === 'waiting');
    rig.lane.take({ type: 'abortPayment' });
    expect(rig.view()).toMatchObject({ aborting: true });
    await rig.until('it has ended', () => rig.view()?.state === 'declined');
    expect(rig.view()).toMatchObject({ reason: 'aborted' });
    expect(rig.virtual.chargedMinor()).toBe(0);
    rig.lane.take({ type: 'payCash', amountMinor: 119 });
  });

  test('a till that was killed while the shopper stood there asks what became of it', async () => {
    const rig = await start(protocol);
    rig.sell();
    await rig.until('the shopper is waited for', () => rig.virtual.current() !== undefined && rig.view()?.state === 'waiting');
    rig.restart();
    expect(rig.view()).toMatchObject({ state: 'unknown', amountMinor: 119 });
    rig.virtual.decide('approve');
    rig.lane.take({ type: 'askPayment' });
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    expect(rig.virtual.chargedMinor()).toBe(119);
    expect(rig.entries(SALE.kind)).toHaveLength(1);
  });

  test('one that was never sent is given up after a restart', async () => {
    const rig = await start(protocol);
    rig.virtual.setPlugged(false);
    rig.lane.take({ type: 'addItem', sku: 'MILK' });
    rig.lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    rig.restart();
    expect(rig.view()).toBeUndefined();
    rig.lane.take({ type: 'payCash', amountMinor: 119 });
    expect(outcomes(rig)).toEqual([]);
  });

  test('a terminal that is not there charges nothing, and stops nobody', async () => {
    const rig = await start(protocol);
    rig.virtual.setPlugged(false);
    rig.sell();
    await rig.until('it is known', () => rig.view()?.state === 'notCharged');
    expect(outcomes(rig)).toEqual([]);
    expect(rig.lane.take({ type: 'payCash', amountMinor: 119 }).completed).toBeDefined();
  });

  test('left alone with an unknown outcome, it is given back when it turns out that it was charged', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms, unplugged after 1 payment, slow 5 s');
    rig.sell();
    await rig.until('nobody knows', () => rig.view()?.state === 'unknown' && rig.view()?.reason === 'unreachable');
    expect(rig.lane.refusal({ type: 'payCash', amountMinor: 119 })).toBe('paymentOpen');
    rig.lane.take({ type: 'leavePayment' });
    expect(rig.lane.take({ type: 'payCash', amountMinor: 119 }).completed).toBeDefined();
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'unknown', amountMinor: 119 }]);
    expect(rig.virtual.chargedMinor()).toBe(119);
    rig.virtual.setPlugged(true);
    rig.restart();
    await rig.until('it was given back', () => outcomes(rig).includes('reversed'));
    expect(rig.virtual.chargedMinor()).toBe(0);
    expect(outcomes(rig)).toEqual(['unknown', 'reversed']);
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
  });

  test('a refund that was left with an unknown outcome is not sent again, and is the refund of its basket when it turns out that it was made', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    lane.take({ type: 'refund' });
    await rig.until('nobody knows', () => rig.view()?.state === 'unknown');
    lane.take({ type: 'leavePayment' });
    expect(lane.refusal({ type: 'refund' })).toBe('refundUnclear');
    rig.script('approve after 1 ms');
    virtual.setPlugged(true);
    rig.restart();
    await rig.until('it was paid out', () => lane.state().head.completed?.totalMinor === -119);
    expect(virtual.chargedMinor()).toBe(0);
    expect(virtual.journal().map(({ act }) => act)).toEqual(['payment', 'refund']);
    expect(lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    expect(tendersOf(rig.entries(SALE.kind)[1])).toMatchObject([{ tenderType: 'card', amountMinor: -119 }]);
  });

  test('a refund that was left and made, whose basket was paid out by hand meanwhile, is for a person', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    lane.take({ type: 'refund' });
    await rig.until('nobody knows', () => rig.view()?.state === 'unknown');
    lane.take({ type: 'leavePayment' });
    lane.take({ type: 'refund', byHand: true });
    expect(lane.state().head.completed?.totalMinor).toBe(-119);
    rig.script('approve after 1 ms');
    virtual.setPlugged(true);
    rig.restart();
    await rig.until('somebody has to look', () => outcomes(rig).includes('stuck'));
    expect(lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'stuck', act: 'refund', amountMinor: 119 }]);
  });

  test('comes back to the card that paid', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    expect(lane.take({ type: 'refund' })).toMatchObject({ payment: {} });
    await rig.until('it was paid out', () => lane.state().head.completed?.totalMinor === -119);
    expect(virtual.chargedMinor()).toBe(0);
    const [back] = tendersOf(rig.entries(SALE.kind)[1]);
    expect(back).toMatchObject({
      tenderType: 'card',
      amountMinor: -119,
      cardOriginal: tendersOf(rig.entries(SALE.kind)[0])[0]?.['cardTransaction'],
    });
  });

  test('a refund that the terminal declines is not paid; by hand it is', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    virtual.setPlugged(false);
    lane.take({ type: 'refund' });
    await rig.until('it is known', () => rig.view()?.state === 'notCharged');
    expect(rig.entries(SALE.kind)).toHaveLength(1);
    expect(lane.take({ type: 'refund', byHand: true }).completed).toMatchObject({ totalMinor: -119 });
  });

  test('a tender that stood on a basket is given back by the terminal', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    rig.sell({ type: 'tender', tenderType: 'card', amountMinor: 100 });
    await rig.until('it stands', () => lane.state().head.tenders?.length === 1);
    lane.take({ type: 'voidTender', tenderId: '1' });
    await rig.until('it was given back', () => lane.state().head.tenders === undefined);
    expect(virtual.chargedMinor()).toBe(0);
    expect(rig.entries(LEDGER_KINDS.tenderVoid.kind)).toMatchObject([{ amountMinor: 100, cardLastFour: '1111' }]);
  });

  test('of a sale that is voided is reversed by the terminal, before it is settled only', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    expect(lane.refusal({ type: 'postVoid', receiptNumber })).toBe('tenderNotReversed');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('it was given back', () => rig.entries(REVERSAL.kind).length === 1);
    lane.take({ type: 'postVoid', receiptNumber });
    expect(virtual.chargedMinor()).toBe(0);
    const later = await sold(rig);
    await rig.settle();
    expect(lane.refusal({ type: 'postVoid', receiptNumber: later })).toBe('postVoidTooLate');
  });

  test('once given back, a sale can be undone and nothing else: at once, or when it is too late for others', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    const back: RequestBody = { type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] };
    rig.script('approve after 50 ms');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    expect(lane.ask(back).reply).toMatchObject({ refusal: { type: 'returnElsewhere', detail: { because: 'reversed' } } });
    const granted = (): unknown => lane.till.answerSibling('lane-2', RETURN_QUESTION, { receiptNumber, take: true });
    expect([rig.entries(REVERSAL.kind), granted()]).toEqual([[], { isGranted: false }]);
    await rig.until('it was given back', () => rig.entries(REVERSAL.kind).length === 1);
    expect(granted()).toEqual({ isGranted: false });
    rig.restart();
    expect(lane.ask(back).reply).toMatchObject({ refusal: { type: 'returnElsewhere', detail: { because: 'reversed' } } });
    await rig.settle();
    lane.clock.nowMs += 24 * 3_600_000;
    lane.take({ type: 'postVoid', receiptNumber });
    expect(virtual.chargedMinor()).toBe(0);
    expect(rig.entries(SALE.kind).map(({ totalMinor }) => totalMinor)).toEqual([119, -119]);
  });

  test('from the order on the ledger keeps its sale from coming back anywhere; with the terminal’s no it stands again', async () => {
    const rig = await start(protocol);
    const { lane } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    const reverse: RequestBody = { type: 'reverseTender', receiptNumber, tender: 1 };
    const rights = (): readonly number[] => [rig.entries(ACCEPTANCE.kind).length, rig.entries(RELEASE.kind).length];
    // Given up before the terminal heard of it.
    lane.take(reverse);
    expect(rights()).toEqual([1, 0]);
    lane.take({ type: 'abortPayment' });
    expect(rights()).toEqual([1, 1]);
    rig.script('request lost');
    lane.take(reverse);
    expect(rights()).toEqual([2, 1]);
    await rig.until('it is known', () => rig.view()?.state === 'notCharged' && rig.view()?.reason === 'notFound');
    expect(rights()).toEqual([2, 2]);
    // Ended with the till before the terminal heard of it: in the first pause.
    lane.take(reverse);
    rig.restart();
    expect(rights()).toEqual([3, 2]);
    lane.till.look();
    expect(rights()).toEqual([3, 3]);
    expect(lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] }).returnable).toBeDefined();
  });

  test('whose answer nobody waited for has its money all the same: the sale is undone, and never returned', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('nobody knows', () => rig.view()?.state === 'unknown');
    lane.take({ type: 'leavePayment' });
    expect(rig.entries(RELEASE.kind)).toEqual([]);
    rig.script('approve after 1 ms');
    virtual.setPlugged(true);
    rig.restart();
    await rig.until('it is known', () => rig.entries(REVERSAL.kind).length === 1);
    expect(lane.refusal({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] })).toBe('returnElsewhere');
    lane.take({ type: 'postVoid', receiptNumber });
    expect([virtual.chargedMinor(), outcomes(rig), lane.take({ type: 'cardCases' }).cardCases]).toEqual([0, ['unknown', 'reversed'], []]);
  });

  test('given back by hand while the terminal does it, too, is said once; the other time is for a person, and keeps nothing of the undone sale', async () => {
    const rig = await start(protocol);
    const { lane } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    rig.script('approve after 1 ms, slow 500 ms');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('it is at the terminal', () => rig.view()?.state === 'waiting');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1, reference: '0815' });
    lane.take({ type: 'postVoid', receiptNumber });
    await rig.until('the terminal has answered', () => rig.entries(REVERSAL.kind).length + outcomes(rig).length === 2);
    expect([rig.entries(REVERSAL.kind), outcomes(rig)]).toMatchObject([[{ reference: '0815', amountMinor: -119 }], ['stuck']]);
    expect(lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'stuck', act: 'reversal', amountMinor: 119 }]);
    expect([rig.entries(ACCEPTANCE.kind).length, rig.entries(RELEASE.kind).length]).toEqual([1, 0]);
  });

  test('given back by hand before the terminal has heard of it, it is asked for nothing', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    expect(rig.view()).toMatchObject({ act: 'reversal', state: 'starting' });
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1, reference: '0815' });
    expect([rig.view(), lane.till.terminalWork()]).toEqual([undefined, []]);
    lane.take({ type: 'postVoid', receiptNumber });
    // Another one is through, and nothing came before it.
    await sold(rig);
    expect(virtual.journal().map(({ act }) => act)).toEqual(['payment', 'payment']);
    expect([rig.entries(REVERSAL.kind), outcomes(rig)]).toMatchObject([[{ reference: '0815', amountMinor: -119 }], []]);
    expect(lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    expect([rig.entries(ACCEPTANCE.kind).length, rig.entries(RELEASE.kind).length]).toEqual([1, 0]);
  });

  test('what it refuses to give back of a sale of two cards goes out of the drawer, once, and after every kill in between', async () => {
    const rig = await start(protocol, TWO_CARDS);
    const { lane, virtual } = rig;
    lane.take({ type: 'openShift', denominations: [{ faceMinor: 100, count: 1 }] });
    const receiptNumber = await payByTwoCards(rig);
    const undo = (...inCash: readonly number[]): RequestBody => ({ type: 'postVoid', receiptNumber, inCash: [...inCash] });
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('it was given back', () => rig.entries(REVERSAL.kind).length === 1);
    rig.restart();
    // Nobody asked the terminal for the other one yet, and the first one has its money.
    const refused = (body: RequestBody): unknown => {
      const { reply } = lane.ask(body);
      return reply.type === 'refused' ? [reply.refusal.type, reply.refusal.detail['because'] ?? reply.refusal.detail['cashMinor']] : reply;
    };
    expect([refused(undo()), refused(undo(2)), refused(undo(1, 2)), refused(undo(2, 3))]).toEqual([
      ['tenderNotReversed', undefined],
      ['notInCash', 'notAsked'],
      ['notInCash', 'reversed'],
      ['notInCash', 'notAsked'],
    ]);
    // While nobody knows, nothing goes out.
    rig.script('refund declined, slow 1 s');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 2 });
    await rig.until('it is at the terminal', () => rig.view()?.state === 'waiting');
    expect(refused(undo(2))).toEqual(['notInCash', 'unclear']);
    rig.restart();
    expect(refused(undo(2))).toEqual(['notInCash', 'unclear']);
    lane.take({ type: 'leavePayment' });
    expect(refused(undo(2))).toEqual(['notInCash', 'unclear']);
    rig.script('refund declined');
    rig.restart();
    await rig.until('it is told', () => outcomes(rig).length === 2);
    rig.restart();
    expect(refused(undo())).toEqual(['tenderNotReversed', 19]);
    lane.take(undo(2));
    rig.restart();
    expect([refused(undo(2)), refused({ type: 'reverseTender', receiptNumber, tender: 2 })]).toEqual([
      ['alreadyReturned', undefined],
      ['alreadyReturned', undefined],
    ]);
    expect(virtual.chargedMinor()).toBe(19);
    expect(tendersOf(rig.entries(SALE.kind)[1])).toMatchObject([
      { tenderType: 'card', amountMinor: -100 },
      { tenderType: 'cash', amountMinor: -19, inPlaceOf: 'otherCard' },
    ]);
    expect(rig.entries(REVERSAL.kind)).toHaveLength(1);
    // What the terminal has is what the lane has of it.
    expect((await rig.settle()).reply).toMatchObject({ value: { settlement: { countedMinor: 19, ownMinor: 19 } } });
    expect(lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    // The float less what went out: counted blind, nothing is over or short.
    const { shift } = lane.take({ type: 'closeShift', denominations: [{ faceMinor: 1, count: 81 }] });
    expect(shift).toMatchObject({
      drawerMinor: 81,
      overShortMinor: 0,
      terminals: [{ takenMinor: 19, countedMinor: 19, settledMinor: 19 }],
      tenders: [
        { name: 'Card', amountMinor: 0 },
        { name: 'Cash', amountMinor: -19 },
        { name: 'Other card', amountMinor: 19 },
      ],
    });
  });

  test('given back by hand no number of a card is taken for a slip’s', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    const body = { type: 'reverseTender', receiptNumber, tender: 1, reference: '4111 1111 1111 1111' } as const;
    expect(rig.lane.refusal(body)).toBe('cardNumberTyped');
    expect(rig.entries(REVERSAL.kind)).toEqual([]);
  });

  test('of a sale that came back, or that nobody can undo any more, nothing is given back', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    const [first, second] = [await sold(rig), await sold(rig)];
    const reverse = (receiptNumber: string): RequestBody => ({ type: 'reverseTender', receiptNumber, tender: 1 });
    lane.take({ type: 'setReturn', receiptNumber: first, lines: [{ line: 1, quantity: 1 }] });
    expect(lane.refusal(reverse(first))).toBe('alreadyReturned');
    lane.take({ type: 'refund' });
    await rig.until('it was paid out', () => lane.state().head.completed?.totalMinor === -119);
    expect(lane.refusal(reverse(first))).toBe('alreadyReturned');
    lane.clock.nowMs += 24 * 3_600_000;
    expect(lane.refusal(reverse(second))).toBe('postVoidTooLate');
    expect(virtual.journal().map(({ act }) => act)).toEqual(['payment', 'payment', 'refund']);
  });

  test('of a sale of a gift card nothing is given back before the hub says that it is on it; once some was, the rest goes, too', async () => {
    const rig = await start(protocol, [...TWO_CARDS, ...goods({ sku: 'CARD', name: 'Gift card', nature: 'giftCard' })]);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    lane.take({ type: 'addItem', sku: 'CARD', on: 'G1', worthMinor: 2_500 });
    lane.take({ type: 'tender', tenderType: 'card', amountMinor: 2_000 });
    await rig.until('it stands', () => lane.state().head.tenders?.length === 1);
    lane.take({ type: 'tender', tenderType: 'otherCard', amountMinor: 500 });
    await rig.until('the sale is done', () => lane.state().head.completed !== undefined);
    const receiptNumber = lane.state().head.completed?.receiptNumber ?? '';
    const undo: RequestBody = { type: 'postVoid', receiptNumber };
    const reverse = (tender: number): RequestBody => ({ type: 'reverseTender', receiptNumber, tender });
    const { epoch = '', headSeq = 0 } = lane.store.epochs().at(-1) ?? {};
    const name = { account: 'giftCard', reference: 'G1', currency: 'EUR' } as const;
    const asked = (body: RequestBody, availableMinor?: number): unknown => {
      const cardsBack = availableMinor === undefined ? [] : [{ name, availableMinor, received: { [epoch]: headSeq } }];
      const { reply } = lane.ask(body, undefined, { cardsBack });
      return reply.type === 'refused' ? (reply.refusal.detail['reason'] ?? reply.refusal.type) : reply.type;
    };
    const questions = (body: RequestBody): number => lane.till.cardsToAsk({ id: 'q', atMs: 0, body }).length;
    expect([undo, reverse(1)].map((body) => [asked(body), asked(body, 2_499), questions(body)])).toEqual([
      ['cardUnasked', 'cardBack', 1],
      ['cardUnasked', 'cardBack', 1],
    ]);
    expect(virtual.chargedMinor()).toBe(2_500);
    expect([asked(undo, 2_500), asked(reverse(1), 2_500)]).toEqual(['tenderNotReversed', 'reply']);
    await rig.until('it was given back', () => rig.entries(REVERSAL.kind).length === 1);
    expect([asked(undo), questions(undo), questions(reverse(2)), asked(reverse(2))]).toEqual(['tenderNotReversed', 0, 0, 'reply']);
    await rig.until('all was given back', () => rig.entries(REVERSAL.kind).length === 2);
    lane.take(undo);
    expect(virtual.chargedMinor()).toBe(0);
    expect(questions(undo)).toBe(0);
  });

  test('what was paid out to a card is paid in again by it, whole, before that is undone', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.script('approve after 1 ms');
    rig.sell();
    await rig.until('the sale is done', () => lane.state().head.completed !== undefined);
    lane.take({
      type: 'setReturn',
      receiptNumber: lane.state().head.completed?.receiptNumber ?? '',
      lines: [{ line: 1, quantity: 1 }],
    });
    lane.take({ type: 'refund' });
    await rig.until('it was paid out', () => lane.state().head.completed?.totalMinor === -119);
    const receiptNumber = lane.state().head.completed?.receiptNumber ?? '';
    rig.script('approve after 1 ms, partial');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('the part was given back', () => outcomes(rig).includes('reversed'));
    expect(virtual.chargedMinor()).toBe(0);
    expect(lane.refusal({ type: 'postVoid', receiptNumber })).toBe('tenderNotReversed');
    rig.script('approve after 1 ms');
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('it was paid in', () => rig.entries(REVERSAL.kind).length === 1);
    lane.take({ type: 'postVoid', receiptNumber });
    expect(virtual.chargedMinor()).toBe(119);
    expect(rig.entries(SALE.kind).map(({ totalMinor }) => totalMinor)).toEqual([119, -119, 119]);
  });

  test('what the terminal counted stands beside what the lane had', async () => {
    const rig = await start(protocol);
    rig.script('approve after 1 ms');
    rig.sell();
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    // Somebody typed it in beside the lane.
    rig.virtual.begin({ act: 'payment', amountMinor: 500, currency: 'EUR', minorDigits: 2, mayBeOffline: false }, () => {});
    rig.virtual.decide('approve');
    const { reply } = await rig.settle();
    assert(reply.type === 'reply', 'it was settled');
    expect(reply.value.settlement).toMatchObject({ countedMinor: 619, ownMinor: 119, ownCount: 1, brands: [{ brand: 'Visa', count: 2 }] });
    expect(rig.entries(SETTLEMENT.kind)).toMatchObject([{ countedMinor: 619, ownMinor: 119 }]);
    const again = await rig.settle();
    expect(again.reply).toMatchObject({ value: { settlement: { countedMinor: 0, ownMinor: 0 } } });
    const { shift } = rig.lane.take({ type: 'shift' });
    expect(shift?.terminals).toMatchObject([{ takenMinor: 119, takenCount: 1, settlements: 2, countedMinor: 619, settledMinor: 119 }]);
  });

  test('lost while it waited for a card, and found again, it is settled', async () => {
    const rig = await start(protocol);
    const { lane, virtual } = rig;
    rig.sell();
    await rig.until('the shopper is waited for', () => rig.view()?.state === 'waiting' && virtual.current() !== undefined);
    virtual.setPlugged(false);
    await rig.until('nobody knows', () => rig.view()?.state === 'unknown');
    lane.take({ type: 'leavePayment' });
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect((await rig.settle()).reply).toMatchObject({ type: 'refused', refusal: { type: 'terminalAbsent' } });
    virtual.setPlugged(true);
    expect((await rig.settle()).reply).toMatchObject({ value: { settlement: { countedMinor: 0, ownMinor: 0, ownCount: 0 } } });
  });

  test('one that waits for a card which nobody here asked for says that it is busy, and is settled afterwards', async () => {
    const rig = await start(protocol);
    rig.virtual.begin({ act: 'payment', amountMinor: 500, currency: 'EUR', minorDigits: 2, mayBeOffline: false }, () => {});
    expect((await rig.settle()).reply).toMatchObject({ type: 'refused', refusal: { type: 'terminalBusy' } });
    expect(rig.entries(SETTLEMENT.kind)).toEqual([]);
    rig.virtual.decide('approve');
    expect((await rig.settle()).reply).toMatchObject({ value: { settlement: { countedMinor: 500, ownMinor: 0 } } });
  });

  test('the database, its log and what windows heard hold no number of a card: of sales, refunds, reversals, settlements and cases', async () => {
    const rig = await start(protocol);
    const { lane } = rig;
    rig.script('approve after 1 ms');
    const receiptNumber = await sold(rig);
    lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    lane.take({ type: 'refund' });
    await rig.until('it was paid out', () => lane.state().head.completed?.totalMinor === -119);
    rig.sell({ type: 'tender', tenderType: 'card', amountMinor: 100 });
    await rig.until('it stands', () => lane.state().head.tenders?.length === 1);
    lane.take({ type: 'voidTender', tenderId: '1' });
    await rig.until('it was given back', () => lane.state().head.tenders === undefined);
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 });
    await rig.until('its answer is lost', () => rig.view()?.state === 'unknown');
    lane.take({ type: 'leavePayment' });
    const { cardCases = [] } = lane.take({ type: 'cardCases' });
    const clear = { type: 'clearCardCase', paymentId: cardCases[0]?.paymentId ?? '', how: 'notCharged' } as const;
    expect(lane.refusal({ ...clear, reason: 'of 4111 1111 1111 1111' })).toBe('cardNumberTyped');
    lane.take({ ...clear, reason: 'The bank’s statement' });
    rig.script('approve after 1 ms');
    rig.virtual.setPlugged(true);
    const { reply } = await rig.settle();
    expect(reply).toMatchObject({ type: 'reply' });
    expect(rig.virtual.journal().filter(({ state }) => state === 'approved').length).toBeGreaterThan(3);
    expect(cardNumbersInDatabase(lane.db)).toEqual([]);
    expect(cardNumbersInFolder(lane.folder)).toEqual([]);
    expect(findCardNumbers(JSON.stringify([rig.heard, lane.state(), cardCases, reply]))).toEqual([]);
  });
});

const OFFLINE_LIMITS = [
  setting('offlineCardMaximumMinor', '500'),
  setting('offlineCardCount', '2'),
  setting('offlineCardSumMinor', '300'),
  setting('offlineCardHours', '24'),
];

describe('a payment that the terminal accepts alone', () => {
  const pay = async (rig: TerminalLane): Promise<void> => {
    rig.sell();
    await rig.until('it has ended', () => rig.lane.state().head.completed !== undefined || rig.view()?.state === 'declined');
  };

  test('is declined where the store allows none', async () => {
    const rig = await start('nexo');
    rig.script('approve after 1 ms, offline');
    await pay(rig);
    expect(rig.view()).toMatchObject({ state: 'declined', reason: 'hostUnreachable' });
  });

  test('counts against the limits until it is forwarded; then they are free again', async () => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, ...OFFLINE_LIMITS]);
    rig.script('approve after 1 ms, offline');
    await pay(rig);
    await pay(rig);
    expect(tendersOf(rig.entries(SALE.kind)[0])[0]).toMatchObject({ cardIsOffline: true });
    await pay(rig);
    expect(rig.view()).toMatchObject({ state: 'declined', reason: 'hostUnreachable' });
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'toForward' }, { state: 'toForward' }]);
    rig.virtual.setOnline(true);
    rig.restart();
    await rig.until('they were forwarded', () => rig.lane.take({ type: 'cardCases' }).cardCases?.length === 0);
    expect(rig.entries(LEDGER_KINDS.cardForwarded.kind)).toMatchObject([{ amountMinor: 119 }, { amountMinor: 119 }]);
    expect(rig.entries(EXCEPTION.kind)).toEqual([]);
  });

  test('and that its host declines later is an exception beside the sale, which stays, and counts until somebody clears it', async () => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, ...OFFLINE_LIMITS]);
    rig.script('approve after 1 ms, offline, declined later');
    await pay(rig);
    const [sale] = rig.entries(SALE.kind);
    rig.virtual.setOnline(true);
    rig.restart();
    await rig.until('it is known', () => rig.entries(EXCEPTION.kind).length === 1);
    const [exception] = rig.entries(EXCEPTION.kind);
    expect(exception).toMatchObject({ receiptNumber: sale?.['receiptNumber'], amountMinor: 119, reason: 'refused' });
    expect(rig.entries(SALE.kind)).toEqual([sale]);
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'declinedLater', amountMinor: 119 }]);
    expect(rig.status()).toEqual([{ device: 'terminal', state: 'warning', detail: 'cardCases', reason: 'cardCases' }]);
    const { paymentId } = rig.lane.take({ type: 'cardCases' }).cardCases?.[0] ?? { paymentId: '' };
    expect(exception).toMatchObject({ paymentId });
    rig.lane.take({ type: 'clearCardCase', paymentId, how: 'writtenOff', reason: 'the customer is unknown' });
    expect(rig.entries(LEDGER_KINDS.cardClearing.kind)).toMatchObject([{ paymentId, how: 'writtenOff' }]);
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    expect(rig.status()).toEqual([{ device: 'terminal', state: 'ready', detail: '' }]);
    expect(rig.lane.refusal({ type: 'clearCardCase', paymentId, how: 'collected', reason: 'again' })).toBe('noOpenPayment');
  });

  test.each([
    ['while it is not forwarded', 'waiting'],
    ['once its host has declined it', 'declined'],
  ] as const)('is not given back out of the drawer before the store has its money: %s', async (_name, becomes) => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, ...OFFLINE_LIMITS]);
    const { lane, virtual } = rig;
    rig.script(`approve after 1 ms, refund declined, offline${becomes === 'declined' ? ', declined later' : ''}`);
    await pay(rig);
    const receiptNumber = lane.state().head.completed?.receiptNumber ?? '';
    const undo: RequestBody = { type: 'postVoid', receiptNumber, inCash: [1] };
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    await rig.until('it has ended', () => rig.view()?.state === 'declined');
    const goOnline = (): void => {
      virtual.setOnline(true);
      rig.restart();
    };
    if (becomes === 'declined') {
      goOnline();
      await rig.until('it is known', () => rig.entries(EXCEPTION.kind).length === 1);
    }
    expect(lane.ask(undo).reply).toMatchObject({ refusal: { type: 'notInCash', detail: { because: 'unclear' } } });
    expect(rig.entries(SALE.kind)).toHaveLength(1);
    const { paymentId = '' } = lane.take({ type: 'cardCases' }).cardCases?.[0] ?? {};
    if (becomes === 'declined') lane.take({ type: 'clearCardCase', paymentId, how: 'collected', reason: 'paid in cash' });
    else goOnline();
    await rig.until('the store has it', () => lane.take({ type: 'cardCases' }).cardCases?.length === 0);
    lane.take(undo);
    expect(tendersOf(rig.entries(SALE.kind)[1])).toMatchObject([{ tenderType: 'cash', amountMinor: -119, inPlaceOf: 'card' }]);
  });

  test('the age of the oldest ends it, too', async () => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, ...OFFLINE_LIMITS]);
    rig.script('approve after 1 ms, offline');
    await pay(rig);
    rig.lane.clock.nowMs += 24 * 3_600_000;
    await pay(rig);
    expect(rig.view()).toMatchObject({ state: 'declined', reason: 'hostUnreachable' });
  });
});

test.each([
  ['writtenOff', 'unclear'],
  ['collected', undefined],
  ['notCharged', undefined],
] as const)(
  'a part that a card got back of a tender and that was cleared as %s: the whole goes out of the drawer unless the card has it',
  (how, because) => {
    const lane = createTestLane([...ASSORTMENT, ...CARD_TENDERS], undefined, undefined, undefined, undefined, {
      onWork: () => {},
      abort: () => {},
      ask: () => {},
    });
    const approved = (body: RequestBody, amountMinor: number): string => {
      const paymentId = lane.take(body).payment?.paymentId ?? '';
      lane.till.terminalHeard(paymentId, { type: 'sending' });
      const outcome = { type: 'approved', amountMinor, isOffline: false, card: { transactionId: 'T1' } } as const;
      lane.till.terminalHeard(paymentId, { type: 'outcome', outcome });
      return paymentId;
    };
    lane.take({ type: 'addItem', sku: 'MILK' });
    approved({ type: 'tender', tenderType: 'card', amountMinor: 119 }, 119);
    const receiptNumber = lane.state().head.completed?.receiptNumber ?? '';
    const undo: RequestBody = { type: 'postVoid', receiptNumber, inCash: [1] };
    const paymentId = approved({ type: 'reverseTender', receiptNumber, tender: 1 }, 50);
    expect(lane.ask(undo).reply).toMatchObject({ refusal: { type: 'notInCash', detail: { because: 'unclear' } } });
    lane.take({ type: 'clearCardCase', paymentId, how, reason: 'at the bank' });
    expect(lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    // Nor after the next order, which was given up.
    lane.take({ type: 'reverseTender', receiptNumber, tender: 1 });
    lane.take({ type: 'abortPayment' });
    lane.reopen();
    lane.till.look();
    const { reply } = lane.ask(undo);
    expect(reply.type === 'refused' ? reply.refusal.detail['because'] : undefined).toBe(because);
    expect(reply.type).toBe(because === undefined ? 'reply' : 'refused');
    lane.close();
  },
);

test('what is to be given back and was not sent yet is so after a restart as well', async () => {
  const rig = await start('nexo');
  const { lane, virtual } = rig;
  rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
  rig.sell();
  await rig.until('nobody knows', () => rig.view()?.state === 'unknown');
  lane.take({ type: 'leavePayment' });
  lane.take({ type: 'payCash', amountMinor: 119 });
  // It says so, and is away before the order to give it back can be sent.
  const [left] = lane.till.terminalWork();
  assert(left !== undefined, 'it is asked for');
  const card = { transactionId: virtual.journal()[0]?.transactionId ?? '' };
  lane.till.terminalHeard(left.payment.paymentId, {
    type: 'answer',
    answer: { type: 'approved', amountMinor: 119, isOffline: false, card },
  });
  rig.restart();
  rig.script('approve after 1 ms');
  virtual.setPlugged(true);
  rig.restart();
  await rig.until('it was given back', () => outcomes(rig).includes('reversed'));
  expect(virtual.chargedMinor()).toBe(0);
});

describe('what became of a payment is said', () => {
  const staff = (roles: string): PublishedEntity => ({ type: 'staff', key: '1', fields: { roles } });
  const leave = async (rig: TerminalLane): Promise<string> => {
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    rig.sell();
    await rig.until('its answer is lost', () => rig.view()?.state === 'unknown');
    rig.lane.take({ type: 'leavePayment' });
    return rig.lane.take({ type: 'cardCases' }).cardCases?.[0]?.paymentId ?? '';
  };

  test('of one that no terminal can be asked for any more: it is never asked for again, and given back by nobody', async () => {
    const rig = await start('nexo');
    const paymentId = await leave(rig);
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toMatchObject([{ state: 'unknown', clearings: ['notCharged', 'givenBack'] }]);
    expect(rig.lane.refusal({ type: 'clearCardCase', paymentId, how: 'collected', reason: 'bank' })).toBe('noOpenPayment');
    rig.lane.take({ type: 'clearCardCase', paymentId, how: 'givenBack', reason: 'bank' });
    expect(rig.lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    expect(rig.lane.till.terminalWork()).toEqual([]);
    rig.script('approve after 1 ms');
    rig.virtual.setPlugged(true);
    rig.restart();
    rig.lane.take({ type: 'voidSale' });
    rig.sell();
    await rig.until('the next one is paid', () => rig.lane.state().head.completed !== undefined);
    expect(rig.virtual.journal().map(({ act }) => act)).toEqual(['payment', 'payment']);
    expect(rig.entries(LEDGER_KINDS.cardClearing.kind)).toMatchObject([{ paymentId, how: 'givenBack' }]);
  });

  test.each([
    ['cashier', 119, 'approvalNeeded'],
    ['supervisor', 119, 'cleared'],
    ['supervisor', 5_950, 'approvalNeeded'],
    ['manager', 5_950, 'cleared'],
  ])('by a %s, of %i: %s', async (role, amountMinor, outcome) => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, staff(role)]);
    rig.script('approve after 1 ms, answer lost, unplugged after 1 payments');
    for (let count = 0; count < amountMinor; count += 119) rig.lane.take({ type: 'addItem', sku: 'MILK' });
    rig.lane.take({ type: 'tender', tenderType: 'card', amountMinor });
    await rig.until('its answer is lost', () => rig.view()?.state === 'unknown');
    rig.lane.take({ type: 'leavePayment' });
    const [card] = rig.lane.take({ type: 'cardCases' }).cardCases ?? [];
    const body = { type: 'clearCardCase', paymentId: card?.paymentId ?? '', how: 'notCharged', reason: 'bank' } as const;
    const { reply } = rig.lane.ask(body);
    expect(reply.type === 'refused' ? reply.refusal.type : 'cleared').toBe(outcome);
    expect(rig.entries(LEDGER_KINDS.cardClearing.kind)).toHaveLength(outcome === 'cleared' ? 1 : 0);
  });
});

describe('a card on a terminal that no lane is connected with', () => {
  test('is taken by hand beside the lane’s own', async () => {
    const rig = await start('nexo');
    rig.sell({ type: 'tender', tenderType: 'cardByHand', amountMinor: 119, reference: 'TA-0815' });
    expect(rig.lane.state().head.completed).toMatchObject({ totalMinor: 119 });
    expect(rig.virtual.journal()).toEqual([]);
    const types = rig.lane.take({ type: 'tenderTypes' }).tenderTypes ?? [];
    expect(types.map(({ tenderType, onTerminal, asksReference }) => [tenderType, onTerminal, asksReference])).toEqual([
      ['card', true, false],
      ['cardByHand', undefined, true],
    ]);
  });

  test('its reference is never the number of a card', async () => {
    const rig = await start('nexo');
    rig.lane.take({ type: 'addItem', sku: 'MILK' });
    const body = { type: 'tender', tenderType: 'cardByHand', amountMinor: 119, reference: '4111 1111 1111 1111' } as const;
    expect(rig.lane.refusal(body)).toBe('cardNumberTyped');
    expect(cardNumbersInDatabase(rig.lane.db)).toEqual([]);
  });
});

describe('who is removed at headquarters while a card is at the terminal', () => {
  const PEOPLE: readonly PublishedEntity[] = ['kim', 'sam'].map((key) => ({
    type: 'staff',
    key,
    fields: { roles: 'cashier', pin: `a1.1.${'0f'.repeat(32)}` },
  }));
  const signOn = (rig: TerminalLane, user: string): void => {
    const staff = rig.lane.till.people().people.find((person) => person.user === user);
    assert(staff !== undefined, `${user} works here`);
    rig.lane.ask({ type: 'signOn', user, pin: '2580' }, undefined, { identified: { ok: true, value: { staff, how: 'pin' } } });
  };
  const sessions = (rig: TerminalLane): readonly string[] =>
    rig
      .entries(LEDGER_KINDS.session.kind)
      .map(({ operator, act, reason }) => [operator, act, reason].filter((word) => typeof word === 'string').join(' '));
  const atTerminal = async (): Promise<TerminalLane> => {
    const rig = await start('nexo', [...ASSORTMENT, ...CARD_TENDERS, ...PEOPLE]);
    signOn(rig, 'kim');
    rig.sell();
    await rig.until('the shopper is waited for', () => rig.view()?.state === 'waiting' && rig.virtual.current() !== undefined);
    publish(rig.lane.store, [{ type: 'staff', key: 'kim' }]);
    rig.lane.till.cutMoved();
    rig.lane.till.look();
    expect(sessions(rig)).toEqual(['kim signOn']);
    expect([rig.lane.till.status().signOn, rig.lane.refusal({ type: 'receipts', limit: 9 })]).toEqual(['needed', 'signOnNeeded']);
    return rig;
  };

  test('is whose sale it is, and is signed off behind it', async () => {
    const rig = await atTerminal();
    rig.virtual.tap('Visa');
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    expect(rig.entries(SALE.kind)).toMatchObject([{ operator: 'kim', totalMinor: 119 }]);
    expect(rig.lane.till.look()).toMatchObject([{ type: 'status', status: { signOn: 'needed' } }]);
    expect(rig.lane.till.look()).toEqual([]);
    expect(sessions(rig)).toEqual(['kim signOn', 'kim signOff removed']);
  });

  test('gives place to whoever comes meanwhile', async () => {
    const rig = await atTerminal();
    signOn(rig, 'sam');
    rig.virtual.tap('Visa');
    await rig.until('the sale is done', () => rig.lane.state().head.completed !== undefined);
    rig.lane.till.look();
    expect(rig.entries(SALE.kind)).toMatchObject([{ operator: 'sam' }]);
    expect(sessions(rig)).toEqual(['kim signOn', 'kim signOff removed', 'sam signOn']);
  });
});

test('a refund of which a part went out is not given up over night', async () => {
  // Over this protocol a refund waits for its card.
  const rig = await start('zvt', TWO_CARDS);
  const { lane, virtual } = rig;
  const receiptNumber = await payByTwoCards(rig);
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  rig.script('');
  lane.take({ type: 'refund' });
  const atWork = (amountMinor: number) => (): boolean =>
    rig.view()?.state === 'waiting' && rig.view()?.amountMinor === amountMinor && virtual.current() !== undefined;
  await rig.until('the first part is at the terminal', atWork(100));
  virtual.decide('approve');
  await rig.until('the second one is', atWork(19));
  virtual.decide('decline');
  await rig.until('it is declined', () => rig.view()?.state === 'declined');
  expect(virtual.chargedMinor()).toBe(19);
  lane.clock.nowMs += 24 * 3_600_000;
  lane.monotonic.addedMs += 24 * 3_600_000;
  lane.till.look();
  rig.restart();
  lane.till.look();
  expect(lane.lines()).toHaveLength(1);
  expect(lane.take({ type: 'refund', byHand: true }).completed).toMatchObject({ totalMinor: -119 });
  expect(tendersOf(rig.entries(SALE.kind)[1])).toMatchObject([
    { tenderType: 'card', amountMinor: -100, cardPayment: expect.stringMatching(/^[A-Z0-9]{10}$/) },
    { tenderType: 'otherCard', amountMinor: -19 },
  ]);
});
