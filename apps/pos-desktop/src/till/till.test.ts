import { assert } from '@holdfast/base';
import { LEDGER_KINDS } from '@holdfast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { requestBodySchema, tillMessageSchema, type Request, type RequestBody, type TillMessage } from '../shared/till-contract.ts';
import type { HubBalance } from './customers/balances.ts';
import { ASSORTMENT, BEER, createTestLane, goods, MILK, priceOf, publish, setting, type TestLane } from './testing/test-lane.ts';

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane();
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const scan = (code: string, more: object = {}): RequestBody => ({ type: 'scan', code, ...more });
const pay = (amountMinor: number): RequestBody => ({ type: 'payCash', amountMinor });

describe('a sale', () => {
  test('from the first scan to the receipt, every message as the contract says', () => {
    for (const body of [scan(MILK), scan(MILK), scan(BEER), { type: 'confirmAge', method: 'document' } as const, pay(500)]) {
      const { broadcast, reply } = lane.ask(requestBodySchema.parse(body));
      for (const message of [...broadcast, reply]) expect(tillMessageSchema.parse(message)).toEqual(message);
      expect(reply.type).toBe('reply');
    }
    const { head, lines } = lane.state();
    expect(lines).toEqual([]);
    expect(head.completed).toEqual({
      receiptNumber: '1-abcd-000001',
      totalMinor: 337,
      cashMinor: 500,
      changeMinor: 163,
      atMs: lane.clock.nowMs,
    });
    const { receipt } = lane.take({ type: 'receipt', receiptNumber: '1-abcd-000001' });
    expect(
      receipt?.blocks.filter((block) => block.type === 'line').map((block) => [block.name, block.quantity.value, block.amountMinor]),
    ).toEqual([
      ['Milk 1 l', 2, 238],
      ['Beer', 1, 99],
    ]);
    expect(receipt?.blocks[0]).toEqual({ type: 'heading', text: 'Corner Shop' });
  });

  test('is one ledger entry, moves its stock, and waits for the hub', () => {
    lane.take(scan(MILK, { quantity: 3 }));
    lane.take(pay(400));
    expect(lane.store.waiting().entries).toBe(1);
    expect(lane.state().status).toMatchObject({ waitingEntries: 1, waitingSales: 1, businessDate: '2026-11-20', lane: '1', store: '1' });
    expect(lane.foldedStock()).toEqual([{ sku: 'MILK', unit: 'piece', moved: -3 }]);
    expect(lane.db.prepare("SELECT count(*) FROM basket WHERE state = 'completed'").pluck().get()).toBe(1);
  });

  test('the sale that was completed last stands until the next scan', () => {
    lane.take(scan(MILK));
    lane.take(pay(119));
    expect(lane.state().head.completed?.changeMinor).toBe(0);
    lane.reopen();
    expect(lane.state().head.completed?.receiptNumber).toBe('1-abcd-000001');
    lane.take(scan(MILK));
    expect(lane.state().head.completed).toBeUndefined();
    lane.reopen();
    expect(lane.state().head.completed).toBeUndefined();
  });

  test('receipt numbers have no gap, whatever was refused or given up in between', () => {
    const numbers: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      lane.take(scan(MILK));
      expect(lane.refusal(pay(1))).toBe('tenderTooSmall');
      if (i === 1) {
        lane.take({ type: 'voidSale' });
        lane.take(scan(MILK));
      }
      numbers.push(lane.take(pay(200)).completed?.receiptNumber);
      lane.reopen();
    }
    expect(numbers).toEqual(['1-abcd-000001', '1-abcd-000002', '1-abcd-000003']);
  });

  test('a return is paid out exactly', () => {
    lane.take(scan(MILK, { quantity: -2 }));
    expect(lane.state().head.totals.dueMinor).toBe(-238);
    expect(lane.refusal(pay(-200))).toBe('refundMismatch');
    expect(lane.take(pay(-238)).completed).toMatchObject({ totalMinor: -238, changeMinor: 0 });
  });
});

describe('paid otherwise than in cash', () => {
  beforeEach(() =>
    publish(lane.store, [
      {
        type: 'tenderType',
        key: 'card',
        fields: { kind: 'card', name: 'Card (stand-alone)', takesTips: true, cashBackMaximumMinor: 10_000, position: 1 },
      },
      { type: 'tenderType', key: 'gift', fields: { kind: 'giftCard', keepsBalance: true, position: 0 } },
      { type: 'tenderType', key: 'odd', fields: { kind: 'shells' } },
    ]),
  );
  const tender = (tenderType: string, amountMinor: number, more: object = {}): RequestBody => ({
    type: 'tender',
    tenderType,
    amountMinor,
    ...more,
  });

  test('the store says what it takes, in the order of its keys; what means nothing is left out', () => {
    expect(lane.take({ type: 'tenderTypes' }).tenderTypes).toEqual([
      {
        tenderType: 'gift',
        name: 'gift',
        kind: 'giftCard',
        takesTips: false,
        cashBackMaximumMinor: 0,
        asksReference: true,
        account: 'giftCard',
      },
      { tenderType: 'card', name: 'Card (stand-alone)', kind: 'card', takesTips: true, cashBackMaximumMinor: 10_000, asksReference: false },
    ]);
  });

  test('a part by card stands, over a restart, until cash covers the rest', () => {
    lane.take(scan(MILK));
    const { broadcast, reply } = lane.ask(tender('card', 100));
    for (const message of [...broadcast, reply]) expect(tillMessageSchema.parse(message)).toEqual(message);
    lane.reopen();
    expect(lane.state().head).toMatchObject({
      totals: { totalMinor: 119, dueMinor: 19 },
      tenders: [{ tenderId: '1', name: 'Card (stand-alone)', amountMinor: 100 }],
    });
    expect(lane.refusal(scan(MILK))).toBe('tendersOpen');
    lane.take({ type: 'clearRefused' });
    expect(lane.take(pay(50)).completed).toMatchObject({
      cashMinor: 50,
      changeMinor: 31,
      tenders: [
        { tenderType: 'card', name: 'Card (stand-alone)', amountMinor: 100 },
        { tenderType: 'cash', name: 'Cash', amountMinor: 50 },
      ],
    });
    const { receipt } = lane.take({ type: 'receipt', receiptNumber: '1-abcd-000001' });
    expect(receipt?.blocks).toContainEqual({ type: 'amount', label: 'Card (stand-alone)', amountMinor: 100, emphasis: false });
  });

  test('all of it by card, with a tip, is a sale without cash', () => {
    lane.take(scan(MILK));
    expect(lane.take(tender('card', 119, { tipMinor: 20 })).completed).toMatchObject({
      cashMinor: 0,
      changeMinor: 0,
      tenders: [{ tipMinor: 20 }],
    });
    expect(lane.store.waiting().byKind.get(1)).toBe(1);
    expect(lane.state().lines).toEqual([]);
  });

  test('a tender is given back, and the basket is as it was', () => {
    lane.take(scan(MILK));
    lane.take(tender('card', 100));
    lane.take({ type: 'voidTender', tenderId: '1' });
    expect(lane.store.waiting().byKind.get(LEDGER_KINDS.tenderVoid.kind)).toBe(1);
    expect(lane.state().head).not.toHaveProperty('tenders');
    expect(lane.state().head.totals.dueMinor).toBe(119);
    expect(lane.refusal({ type: 'voidTender', tenderId: '1' })).toBe('noSuchTender');
  });

  const answered = (availableMinor: number, received: HubBalance['received'] = {}): HubBalance => ({
    name: { account: 'giftCard', reference: 'G1', currency: 'EUR' },
    availableMinor,
    received,
  });
  const spend = (amountMinor: number, hub?: HubBalance): TillMessage =>
    lane.ask(tender('gift', amountMinor, { reference: 'G1' }), undefined, { balance: hub }).reply;

  test('a balance is taken from a card that has a name, and no store takes what it does not know', () => {
    lane.take(scan(MILK));
    expect(lane.refusal(tender('gift', 100))).toBe('referenceNeeded');
    expect(lane.refusal(tender('shells', 100))).toBe('noSuchTender');
    expect(spend(100, answered(100)).type).toBe('reply');
    expect(lane.state().head.tenders).toMatchObject([{ reference: 'G1' }]);
  });

  test('with the hub’s answer, what is there is spent and no more', () => {
    lane.take(scan(MILK));
    expect(spend(119, answered(118))).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'balance', limitMinor: 118 } } });
    expect(spend(100, answered(118)).type).toBe('reply');
    expect(spend(19, answered(118))).toMatchObject({ refusal: { type: 'notCovered', detail: { limitMinor: 18 } } });
  });

  describe('a gift card', () => {
    const CARD = { type: 'addItem', sku: 'CARD', on: 'G1', worthMinor: 2_500 } as const;
    const cashOut = (tenderType = 'gift', reference = 'G1'): RequestBody => ({ type: 'cashOut', tenderType, reference });
    const paidOut = (hub?: HubBalance, body = cashOut()): TillMessage => lane.ask(body, undefined, { balance: hub }).reply;
    beforeEach(() =>
      publish(lane.store, [...goods({ sku: 'CARD', name: 'Gift card', nature: 'giftCard' }), setting('cashOutBelowMinor', '1000')]),
    );

    test('is sold and loaded under its number, and never under none', () => {
      expect(lane.refusal({ type: 'addItem', sku: 'CARD', worthMinor: 2_500 })).toBe('referenceNeeded');
      lane.take({ type: 'clearRefused' });
      lane.take(requestBodySchema.parse(CARD));
      expect(lane.state().head.totals).toMatchObject({ totalMinor: 2_500, dueMinor: 2_500 });
      lane.take({ ...CARD, worthMinor: 1_000 });
      lane.take(pay(3_500));
      // What this lane sold it knows, before the hub has heard of it.
      lane.take(scan(MILK));
      expect(spend(119, answered(0)).type).toBe('reply');
    });

    test('what the hub has heard of is not counted twice, though this lane does not know it; an older hub is not guessed at', () => {
      lane.take(requestBodySchema.parse(CARD));
      lane.take(pay(2_500));
      lane.take(scan(MILK));
      const { epoch = '', headSeq = 0 } = lane.store.epochs().at(-1) ?? {};
      const limitOf = (hub: HubBalance): unknown => {
        const { reply } = lane.ask({ type: 'balance', account: 'giftCard', reference: 'G1' }, undefined, { balance: hub });
        return reply.type === 'reply' ? reply.value.balance?.amountMinor : reply;
      };
      expect(limitOf(answered(0))).toBe(2_500);
      expect(limitOf(answered(2_500, { [epoch]: headSeq }))).toBe(2_500);
      expect(limitOf({ name: answered(0).name, availableMinor: 2_500 })).toBe(2_500);
      spend(19, answered(2_500, { [epoch]: headSeq }));
      expect(limitOf(answered(2_500, { [epoch]: headSeq }))).toBe(2_481);
    });

    test('is paid out below the limit, once, by the hub’s answer alone', () => {
      expect(paidOut()).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'offlineLimit' } } });
      expect(paidOut(answered(1_000))).toMatchObject({
        refusal: { type: 'aboveCashOutLimit', detail: { balanceMinor: 1_000, limitMinor: 1_000 } },
      });
      const reply = paidOut(answered(999));
      expect(tillMessageSchema.parse(reply)).toMatchObject({ value: { cashedOut: { amountMinor: 999, paidMinor: 999 } } });
      expect(lane.store.waiting().byKind.get(10)).toBe(1);
      expect(paidOut(answered(999))).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'balance' } } });
    });

    test('what it pays for in the open basket is not paid out beside it', () => {
      lane.take(scan(MILK));
      spend(100, answered(900));
      expect(paidOut(answered(900))).toMatchObject({ value: { cashedOut: { amountMinor: 800 } } });
    });

    test('that comes back, or whose sale is undone, is paid out only for what is on it, by the hub’s answer', () => {
      lane.take(requestBodySchema.parse(CARD));
      const receiptNumber = lane.take(pay(2_500)).completed?.receiptNumber ?? '';
      const { epoch = '', headSeq = 0 } = lane.store.epochs().at(-1) ?? {};
      const onIt = (availableMinor: number) => [answered(availableMinor, { [epoch]: headSeq })];
      const request = (body: RequestBody): Request => ({ id: 'q', atMs: 0, body });
      const asked = (body: RequestBody, cardsBack?: readonly HubBalance[]): TillMessage => lane.ask(body, undefined, { cardsBack }).reply;
      const undo: RequestBody = { type: 'postVoid', receiptNumber };
      const question = { name: answered(0).name, neededMinor: 0 };
      expect(lane.till.cardsToAsk(request(undo))).toEqual([question]);
      expect(asked(undo)).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'cardUnasked' } } });
      expect(asked(undo, onIt(2_499))).toMatchObject({
        refusal: { detail: { reason: 'cardBack', amountMinor: 2_500, limitMinor: 2_499 } },
      });
      expect(lane.till.cardsToAsk(request({ type: 'refund' }))).toEqual([]);
      lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
      for (const body of [{ type: 'refund' }, pay(-2_500)] as const) {
        expect(lane.till.cardsToAsk(request(body))).toEqual([question]);
        expect(asked(body)).toMatchObject({ refusal: { detail: { reason: 'cardUnasked' } } });
        expect(asked(body, onIt(0))).toMatchObject({ refusal: { detail: { reason: 'cardBack', limitMinor: 0 } } });
      }
      expect(asked({ type: 'refund' }, onIt(2_500))).toMatchObject({ value: { completed: { totalMinor: -2_500 } } });
    });

    test('that comes back beside goods is asked about once: what was begun to be paid is paid, whether the hub answers or not', () => {
      lane.take(scan(MILK));
      lane.take(requestBodySchema.parse({ ...CARD, worthMinor: 19, quantity: -1 }));
      const request = (body: RequestBody): Request => ({ id: 'q', atMs: 0, body });
      const part = tender('card', 60);
      expect(lane.till.cardsToAsk(request(part))).toEqual([{ name: answered(0).name, neededMinor: 19 }]);
      expect(lane.refusal(part)).toBe('notCovered');
      expect(lane.ask(part, undefined, { cardsBack: [answered(19)] }).reply.type).toBe('reply');
      expect(lane.till.cardsToAsk(request(pay(40)))).toEqual([]);
      expect(lane.take(pay(40)).completed).toMatchObject({ totalMinor: 100 });
    });

    test('that comes back, or whose sale is undone, does not pay for goods as well', () => {
      lane.take(scan(MILK));
      lane.take(requestBodySchema.parse({ ...CARD, worthMinor: 19, quantity: -1 }));
      const spent = (amountMinor: number, hub: HubBalance): TillMessage =>
        lane.ask(tender('gift', amountMinor, { reference: 'G1' }), undefined, { balance: hub, cardsBack: [hub] }).reply;
      expect(spent(7, answered(25))).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'balance', limitMinor: 6 } } });
      expect(spent(6, answered(25)).type).toBe('reply');
      lane.take(pay(94));
      lane.take(requestBodySchema.parse(CARD));
      const receiptNumber = lane.take(pay(2_500)).completed?.receiptNumber ?? '';
      const { epoch = '', headSeq = 0 } = lane.store.epochs().at(-1) ?? {};
      const onIt = answered(2_500, { [epoch]: headSeq });
      lane.take(scan(MILK));
      expect(spent(100, onIt).type).toBe('reply');
      expect(lane.ask({ type: 'postVoid', receiptNumber }, undefined, { cardsBack: [onIt] }).reply).toMatchObject({
        refusal: { type: 'notCovered', detail: { reason: 'cardBack', limitMinor: 2_400 } },
      });
    });

    test('whose sale is undone is asked about only where it would be undone: not what is practised, came back or is another day’s', () => {
      const undo = (receiptNumber: string): Request => ({ id: 'q', atMs: 0, body: { type: 'postVoid', receiptNumber } });
      const sold = (): string => {
        lane.take(requestBodySchema.parse(CARD));
        return lane.take(pay(2_500)).completed?.receiptNumber ?? '';
      };
      const asked = (receiptNumber: string): number => lane.till.cardsToAsk(undo(receiptNumber)).length;
      const [first, second] = [sold(), sold()];
      expect([asked(first), asked(second)]).toEqual([1, 1]);
      lane.take({ type: 'setReturn', receiptNumber: first, lines: [{ line: 1, quantity: 1 }] });
      expect([asked(first), asked(second)]).toEqual([0, 1]);
      lane.take({ type: 'voidSale' });
      lane.take({ type: 'setTraining', isOn: true });
      const practised = sold();
      expect([asked(second), asked(practised)]).toEqual([0, 0]);
      lane.take({ type: 'postVoid', receiptNumber: practised });
      lane.take({ type: 'setTraining', isOn: false });
      expect([asked(first), asked(second)]).toEqual([1, 1]);
      lane.clock.nowMs += 24 * 3_600_000;
      lane.till.look();
      expect([asked(first), asked(second)]).toEqual([0, 0]);
    });

    test('only a gift card is paid out, and only one with a number', () => {
      expect(paidOut(answered(500), cashOut('card'))).toMatchObject({ refusal: { type: 'noSuchTender' } });
      expect(paidOut(answered(500), cashOut('gift', ' G1'))).toMatchObject({ refusal: { type: 'referenceNeeded' } });
      const request = (body: RequestBody): Request => ({ id: 'q', atMs: 0, body });
      expect(lane.till.balanceToAsk(request(cashOut()))).toEqual({ name: answered(0).name, neededMinor: 'all' });
      expect(lane.till.balanceToAsk(request(cashOut('card')))).toBeUndefined();
    });
  });

  test('what is to be asked: all that the hub does not have in its ledger yet', () => {
    const request = (amountMinor: number): Request => ({
      id: 'q',
      atMs: 0,
      body: tender('gift', amountMinor, { reference: 'G1' }),
    });
    expect(lane.till.balanceToAsk(request(19))).toBeUndefined();
    lane.take(scan(MILK));
    spend(100, answered(500));
    expect(lane.till.balanceToAsk(request(19))).toEqual({ name: answered(0).name, neededMinor: 119 });
    lane.take(pay(19));
    lane.take(scan(MILK));
    expect(lane.till.balanceToAsk(request(50))?.neededMinor).toBe(150);
    expect(lane.till.balanceToAsk({ ...request(50), body: tender('card', 50) })).toBeUndefined();
  });

  test('without an answer nothing is spent, but for the store’s own limit, which no restart forgets', () => {
    lane.take(scan(MILK));
    expect(spend(100)).toMatchObject({ refusal: { type: 'notCovered', detail: { reason: 'offlineLimit', limitMinor: 0 } } });
    lane.take({ type: 'voidSale' });
    publish(lane.store, [setting('offlineSpendingLimitMinor', '150')]);
    lane.take(scan(MILK, { quantity: 2 }));
    expect(spend(151).type).toBe('refused');
    spend(100);
    lane.take(pay(138));
    lane.reopen();
    lane.take(scan(MILK));
    expect(spend(51)).toMatchObject({ refusal: { detail: { limitMinor: 50 } } });
    expect(spend(50).type).toBe('reply');
  });

  test('what the hub said to be gone is not spent once it is away, whatever the limit', () => {
    publish(lane.store, [setting('offlineSpendingLimitMinor', '5000')]);
    lane.take(scan(MILK));
    spend(100, answered(130));
    lane.take(pay(19));
    lane.take(scan(MILK));
    expect(spend(31)).toMatchObject({ refusal: { detail: { reason: 'balance', limitMinor: 30 } } });
  });
});

describe('where coins are coarser than prices', () => {
  beforeEach(() => publish(lane.store, [setting('cashRoundingStep', '5')]));

  test('cash is due rounded, and sale, receipt and ledger say by how much', () => {
    lane.take(scan(MILK));
    expect(lane.state().head.totals).toMatchObject({
      totalMinor: 119,
      dueMinor: 119,
      cashDueMinor: 120,
      suggestedCashMinor: [200, 500, 1_000, 2_000],
    });
    expect(lane.refusal(pay(119))).toBe('tenderTooSmall');
    const { broadcast, reply } = lane.ask(pay(200));
    for (const message of [...broadcast, reply]) expect(tillMessageSchema.parse(message)).toEqual(message);
    expect(lane.state().head.completed).toMatchObject({ totalMinor: 119, cashMinor: 200, changeMinor: 80, roundingMinor: 1 });
    const { receipt } = lane.take({ type: 'receipt', receiptNumber: '1-abcd-000001' });
    expect(receipt?.blocks).toContainEqual({ type: 'amount', label: 'Rounding', amountMinor: 1, emphasis: false });
  });

  test('what coins can pay is said as ever', () => {
    lane.take(scan(MILK, { quantity: 5 }));
    expect(lane.state().head.totals).not.toHaveProperty('cashDueMinor');
    expect(lane.take(pay(595)).completed).not.toHaveProperty('roundingMinor');
  });

  test('a return is paid out rounded', () => {
    lane.take(scan(MILK, { quantity: -1 }));
    expect(lane.refusal(pay(-119))).toBe('refundMismatch');
    expect(lane.take(pay(-120)).completed).toMatchObject({ totalMinor: -119, cashMinor: -120, changeMinor: 0, roundingMinor: -1 });
  });
});

describe('what may come in', () => {
  test.each([
    ['a PLU by weight, in grams', { type: 'addPlu', plu: '4011', quantity: 842 }, 842, 252],
    ['a PLU by weight, as typed in kilograms', { type: 'addPlu', plu: '4011', quantity: 842, typedDecimals: 3 }, 842, 252],
    ['a PLU by weight, as typed in whole kilograms', { type: 'addPlu', plu: '4011', quantity: 3, typedDecimals: 0 }, 3_000, 897],
    ['a PLU by the piece', { type: 'addPlu', plu: '4409' }, 1, 59],
    ['a PLU that was scanned', { type: 'scan', code: '4409' }, 1, 59],
    ['pieces, as typed', { type: 'scan', code: MILK, quantity: 3, typedDecimals: 0 }, 3, 357],
    ['a key of the screen', { type: 'addItem', sku: 'BEER' }, 1, 99],
    ['an SKU in place of a barcode, bytewise', { type: 'scan', code: '85123A' }, 1, 255],
    ['a GTIN-13 as GTIN-14', { type: 'scan', code: `0${MILK}` }, 1, 119],
    [
      'an overridden price',
      { type: 'addItem', sku: 'GIFT', override: { unitPrice: { amount: 0, decimals: 2 }, reason: 'promised' } },
      1,
      0,
    ],
    ['a confirmed 10,000', { type: 'scan', code: MILK, quantity: 10_000, confirmed: true }, 10_000, 1_190_000],
  ] as const)('%s', (_name, body, quantity, amountMinor) => {
    const { lineId } = lane.take(body);
    expect(lane.lines()).toMatchObject([{ lineId, kind: 'item', quantity: { value: quantity }, amountMinor }]);
  });

  test.each([
    ['unknownCode', { type: 'scan', code: '4002103000020' }],
    ['unknownCode', { type: 'scan', code: '85123a' }],
    ['unknownCode', { type: 'addPlu', plu: '9999' }],
    ['unknownCode', { type: 'addItem', sku: 'NOTHING' }],
    ['badCheckDigit', { type: 'scan', code: '4008400404128' }],
    ['malformedCode', { type: 'scan', code: 'x'.repeat(8_000) }],
    ['noPrice', { type: 'addItem', sku: 'GIFT' }],
    ['notForSale', { type: 'addItem', sku: 'FREE' }],
    ['unknownTaxClass', { type: 'addItem', sku: 'ODD' }],
    ['quantityZero', { type: 'scan', code: MILK, quantity: 0 }],
    ['unitMismatch', { type: 'scan', code: MILK, quantity: 842, typedDecimals: 3 }],
    ['negativePrice', { type: 'addItem', sku: 'MILK', override: { unitPrice: { amount: -1, decimals: 2 }, reason: 'debt' } }],
  ] as const)('%s stays as a red row until it is cleared, and total asks about it', (type, body) => {
    lane.take(scan(BEER));
    lane.take({ type: 'confirmAge', method: 'document' });
    const { broadcast, reply } = lane.ask(body);
    expect(reply).toMatchObject({ type: 'refused', refusal: { type } });
    expect(broadcast).toMatchObject([{ type: 'basket', upserted: [{ kind: 'refused', refusal: { type } }] }]);
    expect(lane.state().head.refusedRows).toBe(1);
    expect(lane.refusal(pay(99))).toBe('refusedRowsOpen');
    lane.reopen();
    expect(lane.lines()[1]).toMatchObject({ kind: 'refused', refusal: { type } });
    lane.take({ type: 'clearRefused' });
    lane.take(pay(99));
  });

  test.each([
    ['quantityAboveLimit', { type: 'scan', code: MILK, quantity: 10_000 }],
    ['weightNeeded', { type: 'addPlu', plu: '4011' }],
  ] as const)('%s asks, and leaves no row', (type, body) => {
    const { broadcast, reply } = lane.ask(body);
    expect(reply).toMatchObject({ type: 'refused', refusal: { type } });
    expect(broadcast).toEqual([]);
  });

  test('nothing is sold without a catalogue, and a window can still open', () => {
    const empty = createTestLane([]);
    expect(empty.refusal(scan(MILK))).toBe('noCatalogue');
    expect(empty.refusal(pay(1))).toBe('noCatalogue');
    expect(empty.state().lines).toEqual([]);
    expect(empty.take({ type: 'search', text: 'milk', limit: 10 }).tiles).toEqual([]);
    publish(empty.store, ASSORTMENT);
    expect(empty.till.cutMoved()).toMatchObject([{ type: 'basket', head: { currency: 'EUR' } }]);
    empty.take(scan(MILK));
    empty.close();
  });
});

describe('the basket', () => {
  test('is there again, line by line, after the till was killed at any moment', () => {
    const script: readonly RequestBody[] = [
      scan(MILK),
      scan('4002103000020'),
      scan(BEER),
      scan(MILK, { quantity: 4 }),
      { type: 'setQuantity', lineId: '3', quantity: 7 },
      { type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 100, decimals: 2 }, reason: 'dented' } },
      { type: 'confirmAge', method: 'document' },
      { type: 'voidLine', lineId: '3' },
      { type: 'clearRefused', lineId: '2' },
      { type: 'addPlu', plu: '4011', quantity: 512 },
    ];
    for (const body of script) {
      lane.ask(body);
      const before = lane.state();
      lane.reopen();
      expect(lane.state()).toEqual({ ...before, revision: 0 });
    }
    expect(lane.lines().map((line) => [line.sku, line.quantity?.value])).toEqual([
      ['MILK', 5],
      ['APPLE', 512],
    ]);
  });

  test('keeps the cut of its first line: a price that comes in meanwhile is the next shopper’s', () => {
    lane.take(scan(MILK));
    publish(lane.store, [priceOf('MILK', 149), priceOf('BEER', 109)]);
    lane.take(scan(MILK));
    lane.take(scan(BEER));
    expect(lane.lines().map((line) => line.amountMinor)).toEqual([238, 99]);
    lane.reopen();
    lane.take({ type: 'confirmAge', method: 'document' });
    lane.take(pay(400));
    lane.take(scan(MILK));
    expect(lane.lines().map((line) => line.amountMinor)).toEqual([149]);
  });

  test('emptied again, it takes the newest cut with its next line', () => {
    const { lineId = '' } = lane.take(scan(MILK));
    publish(lane.store, [priceOf('MILK', 149)]);
    lane.take({ type: 'voidLine', lineId });
    lane.take(scan(MILK));
    expect(lane.lines().map((line) => line.amountMinor)).toEqual([149]);
  });

  test('suspended, it carries its prices to whoever resumes it', () => {
    lane.take(scan(MILK));
    const { basketId } = lane.state().head;
    lane.take({ type: 'suspend' });
    expect(lane.state().lines).toEqual([]);
    publish(lane.store, [priceOf('MILK', 149)]);
    lane.take(scan(MILK));
    expect(lane.refusal({ type: 'resume', basketId })).toBe('basketOpen');
    lane.take(pay(149));
    lane.reopen();
    expect(lane.take({ type: 'suspended' }).suspended).toEqual([{ basketId, atMs: lane.clock.nowMs, itemCount: 1, totalMinor: 119 }]);
    lane.take({ type: 'resume', basketId });
    lane.take(scan(MILK));
    expect(lane.lines().map((line) => [line.quantity?.value, line.amountMinor])).toEqual([[2, 238]]);
    expect(lane.refusal({ type: 'resume', basketId: 'nobody' })).toBe('basketOpen');
    lane.take(pay(238));
    expect(lane.refusal({ type: 'resume', basketId })).toBe('noSuchBasket');
    // suspend, sale, resume, sale
    expect(lane.store.waiting().entries).toBe(4);
  });

  test('B-2, B-5: suspended, it lies there until its business day is over, whenever the till looks; the journal says that it was given up', () => {
    lane.take(scan(MILK));
    const { basketId } = lane.state().head;
    lane.take({ type: 'suspend' });
    expect(lane.till.expireSuspended()).toEqual([]);
    lane.clock.nowMs += 11 * 3_600_000;
    expect(lane.till.expireSuspended()).toEqual([]);
    lane.clock.nowMs += 8 * 3_600_000;
    const before = lane.store.waiting().entries;
    expect(lane.till.expireSuspended()).toMatchObject([{ type: 'status' }]);
    expect(lane.till.expireSuspended()).toEqual([]);
    lane.reopen();
    expect(lane.till.expireSuspended()).toEqual([]);
    expect(lane.store.waiting().entries).toBe(before + 1);
    expect(lane.take({ type: 'suspended' }).suspended).toEqual([]);
    expect(lane.refusal({ type: 'resume', basketId })).toBe('noSuchBasket');
  });

  test('an age is asked once per shopper, and holds the payment, not the scanner', () => {
    lane.take(scan(BEER));
    expect(lane.state().head.ageCheckOpen).toBe(true);
    expect(lane.refusal(pay(99))).toBe('ageCheckOpen');
    lane.take(scan(MILK));
    lane.take({ type: 'confirmAge', method: 'document' });
    lane.take(scan(BEER));
    expect(lane.lines().map((line) => line.ageChecked)).toEqual([true, undefined]);
    lane.take(pay(500));
    lane.take(scan(BEER));
    expect(lane.state().head.ageCheckOpen).toBe(true);
  });

  test('voids are ledger entries at once', () => {
    const { lineId = '' } = lane.take(scan(MILK));
    lane.take(scan(BEER));
    lane.take({ type: 'voidLine', lineId });
    lane.take({ type: 'voidSale' });
    expect([...lane.store.waiting().byKind]).toEqual(
      expect.arrayContaining([
        [2, 1],
        [3, 1],
      ]),
    );
    expect(lane.refusal({ type: 'voidSale' })).toBe('basketEmpty');
  });

  test('1,114 lines are one basket', () => {
    const many = createTestLane([
      ...ASSORTMENT,
      ...Array.from({ length: 1_114 }, (_, n) => goods({ sku: `S${n}`, name: `Thing ${n}`, cents: 100 + n })).flat(),
    ]);
    for (let n = 0; n < 1_114; n++) many.take({ type: 'addItem', sku: `S${n}` });
    const { head } = many.state();
    expect(head.totals.itemCount).toBe(1_114);
    expect(many.take(pay(head.totals.dueMinor)).completed?.totalMinor).toBe(head.totals.totalMinor);
    many.close();
  });
});

describe('stock', () => {
  test('goods that came or went without a sale are an entry of their own', () => {
    lane.take({
      type: 'adjustStock',
      reason: 'damaged',
      movements: [
        { sku: 'MILK', quantity: 3, unit: 'piece' },
        { sku: 'BEER', quantity: -24, unit: 'piece' },
      ],
      externalReference: 'A1',
    });
    expect(lane.foldedStock()).toEqual([
      { sku: 'BEER', unit: 'piece', moved: 24 },
      { sku: 'MILK', unit: 'piece', moved: -3 },
    ]);
    expect(lane.refusal({ type: 'adjustStock', reason: 'x', movements: [{ sku: 'MILK', quantity: 0, unit: 'piece' }] })).toBe(
      'quantityZero',
    );
    expect(lane.store.waiting().entries).toBe(1);
  });
});

describe('a request that comes again', () => {
  test('changes nothing and gets the same reply, also after a restart', () => {
    const first = lane.ask(scan(MILK), 'a');
    expect(lane.ask(scan(MILK), 'a')).toEqual({ broadcast: [], reply: first.reply });
    expect(lane.lines()).toHaveLength(1);
    const paid = lane.ask(pay(200), 'b');
    lane.reopen();
    expect(lane.ask(pay(200), 'b')).toEqual({ broadcast: [], reply: paid.reply });
    expect(lane.ask(scan(MILK), 'a').reply).toEqual(first.reply);
    expect(lane.store.waiting().entries).toBe(1);
    expect(lane.lines()).toEqual([]);
  });

  test('stays refused, though it would be taken by now', () => {
    expect(lane.ask(pay(200), 'early').reply).toMatchObject({ refusal: { type: 'basketEmpty' } });
    lane.take(scan(MILK));
    expect(lane.ask(pay(200), 'early').reply).toMatchObject({ refusal: { type: 'basketEmpty' } });
    expect(lane.lines()).toHaveLength(1);
  });
});

describe('time', () => {
  test('a clock that is a year off sells at the hub’s time', () => {
    publish(lane.store, [
      {
        type: 'price',
        key: 'MILK\u001Fpromotional\u001F',
        fields: { amount: 79, decimals: 2, currency: 'EUR', toMs: lane.clock.nowMs + 3_600_000 },
      },
    ]);
    lane.clock.nowMs += 365 * 86_400_000;
    lane.store.setHubClock({ hubOffsetMs: -365 * 86_400_000, uncertaintyMs: 20 });
    lane.take(scan(MILK));
    expect(lane.lines()[0]).toMatchObject({ priceType: 'promotional', amountMinor: 79 });
    expect(lane.take(pay(79)).completed?.atMs).toBe(lane.clock.nowMs - 365 * 86_400_000);
  });

  test('store time never goes back below a sale', () => {
    lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 20 });
    lane.take(scan(MILK));
    const soldAtMs = lane.take(pay(200)).completed?.atMs;
    lane.clock.nowMs -= 86_400_000;
    lane.take(scan(MILK));
    expect(lane.take(pay(200)).completed?.atMs).toBe(soldAtMs);
  });
});

test('a setting that is missing is named, and stops selling', () => {
  const odd = createTestLane(ASSORTMENT.filter((entity) => entity.key !== 'timeZone'));
  const { reply } = odd.ask(scan(MILK));
  expect(reply).toMatchObject({ refusal: { type: 'noCatalogue', detail: { key: 'timeZone' } } });
  publish(odd.store, [setting('timeZone', 'Europe/Berlin')]);
  odd.take(scan(MILK));
  odd.close();
});
