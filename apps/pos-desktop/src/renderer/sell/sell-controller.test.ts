import { assert } from '@holdfast/base';
import { beforeEach, expect, test } from 'vitest';

import type { ShopperAnswer, ShopperSay } from '../../shared/shopper-talk.ts';
import type { Refusal, Request, RequestBody, Status, TerminalView } from '../../shared/till-contract.ts';
import { createShopperDesk, type ShopperLine } from '../shopper-desk.ts';
import { PEER_GOODS } from '../testing/peer-goods.ts';
import { createPeerTill, PEER_GRAMS, PEER_RECEIPT, PEER_RECEIPTS } from '../testing/peer-till.ts';
import { createTillClient, type TillClient, type TransportHandlers } from '../till-client.ts';
import { toWholeMinor } from './acts/goods-acts.ts';
import { createSellController, type SellController } from './sell-controller.ts';
import { questionOf } from './task.ts';

const MILK = '4006381333931';
const WINE = '4000000000006';
const UNKNOWN = '9999999999994';
const REASONS = { price: ['Damaged', 'Price match'], discount: ['Complaint', 'Staff'], drawer: ['Change', 'Test'], note: ['Gift wrap'] };
const CARD = '4000000000044';

let client: TillClient & ShopperLine;
let sell: SellController;
let sent: RequestBody[];
/** What the shopper's screen hears. */
let said: ShopperSay[];
let tones: string[];
let devicesOpened: number;
/** What waits for a moment without a scan. */
let later: Map<() => void, number>;
let handlers: TransportHandlers | undefined;
/** Requests of these types wait for `release`. */
let holds: string | undefined;
/** What changed is told at once, and answers wait for `release`. */
let delaysReplies: boolean;
/** Refuses every request in the till's place. */
let answers: (() => Refusal) | undefined;
let sendToTill: (text: string) => void;
let waiting: (() => void)[];
/** What its payment terminal does, as the till says it. */
let terminalSays: (view: TerminalView | undefined) => void;
/** Its catalogue has another price that begins in so many ms. */
let schedulePrice: ReturnType<typeof createPeerTill>['schedulePrice'];
/** Its line of status, as it changes. */
let statusSays: (change: Partial<Status>) => void;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const release = async (): Promise<void> => {
  holds = undefined;
  delaysReplies = false;
  for (const go of waiting.splice(0)) go();
  await settle();
};
const type = (text: string): void => {
  for (const character of text) sell.typed(character);
};
const names = (): string[] => client.view().lines.map(({ name, kind }) => (kind === 'refused' ? '(refused)' : name));
const notices = (): string[] => sell.state().notices.map((notice) => notice.type);
const subjects = (): string[] => sell.state().notices.map((notice) => (notice.type === 'refusal' ? notice.subject : notice.type));
const last = (wanted: RequestBody['type']): RequestBody | undefined => sent.findLast((body) => body.type === wanted);

const start = async (cashStepMinor = 1): Promise<void> => {
  const till = createPeerTill(PEER_GOODS, cashStepMinor);
  sent = [];
  said = [];
  tones = [];
  devicesOpened = 0;
  later = new Map();
  waiting = [];
  holds = undefined;
  delaysReplies = false;
  answers = undefined;
  let ids = 0;
  client = createTillClient({
    transport: (given) => {
      handlers = given;
      return () => undefined;
    },
    nowMs: () => 0,
    newId: () => `r${++ids}`,
    delay: () => () => undefined,
    notify: (runListeners) => runListeners(),
  });
  sell = createSellController({
    client,
    tone: (kind) => tones.push(kind),
    reasons: () => REASONS,
    shopper: createShopperDesk({ line: client, newId: () => `q${++ids}`, delay: () => () => undefined }),
    openDevices: () => void (devicesOpened += 1),
    delay: (task, delayMs) => {
      later.set(task, delayMs);
      return () => later.delete(task);
    },
  });
  terminalSays = (view) => handlers?.onMessage(JSON.stringify(till.setTerminal(view)));
  schedulePrice = (...wanted) => till.schedulePrice(...wanted);
  statusSays = (change) => handlers?.onMessage(JSON.stringify(till.setStatus(change)));
  sendToTill = (text) => {
    const request = JSON.parse(text) as Request | { readonly type: 'shopper'; readonly say: ShopperSay };
    if ('say' in request) {
      said.push(request.say);
      return;
    }
    sent.push(request.body);
    if (answers !== undefined) {
      handlers?.onMessage(JSON.stringify({ type: 'refused', id: request.id, refusal: answers() }));
      return;
    }
    const go = (): void => {
      for (const message of till.handle(request)) {
        const deliver = (): void => handlers?.onMessage(JSON.stringify(message));
        if (delaysReplies && message.type === 'reply') waiting.push(deliver);
        else deliver();
      }
    };
    if (holds === request.body.type) waiting.push(go);
    else go();
  };
  handlers?.onOpen(sendToTill);
  await settle();
};
beforeEach(() => start());

test('a scan is a line in the same call, and is heard', async () => {
  sell.scan(MILK);
  expect(names()).toEqual(['Whole milk 1 l']);
  await settle();
  expect(tones).toEqual(['ok']);
});

test('3 × scan sells three, once: the next scan is one again', async () => {
  type('3*');
  sell.scan(MILK);
  expect(last('scan')).toEqual({ type: 'scan', code: MILK, scannedAtMs: expect.any(Number), quantity: 3, typedDecimals: 0 });
  expect(sell.state().entry).toBe('');
  sell.scan(MILK);
  await settle();
  expect(client.view().lines[0]?.quantity?.value).toBe(4);
});

test('digits that were being typed are no quantity for a scan, and stay', () => {
  type('30');
  sell.scan(MILK);
  expect(last('scan')).toEqual({ type: 'scan', code: MILK, scannedAtMs: expect.any(Number) });
  expect(sell.state().entry).toBe('30');
});

test('number and PLU key; PLU key alone opens the search', async () => {
  type('2*4053');
  sell.pressPlu();
  await settle();
  expect(last('addPlu')).toEqual({ type: 'addPlu', plu: '4053', quantity: 2, typedDecimals: 0 });
  sell.pressPlu();
  expect(sell.state().panel).toBe('search');
});

test('the search that a hand opens has letters to touch, and closes by the same key; F7 has the keyboard’s', async () => {
  sell.touchSearch();
  expect(sell.state()).toMatchObject({ panel: 'search', lettersShown: true });
  type('ries');
  await settle();
  expect(sell.state().results.map(({ name }) => name)).toEqual(['Riesling dry 0.75 l']);
  sell.touchSearch();
  expect(sell.state()).toMatchObject({ panel: 'items', lettersShown: false, entry: '' });
  sell.press('search');
  expect(sell.state()).toMatchObject({ panel: 'search', lettersShown: false });
  sell.touchSearch();
  expect(sell.state()).toMatchObject({ panel: 'search', lettersShown: true });
});

test('a weight typed before the item, and an item that asks for its weight', async () => {
  type('0.842*4011');
  sell.press('enter');
  await settle();
  expect(client.view().lines[0]?.quantity).toEqual({ value: 842, unit: 'gram' });
  const apples = PEER_GOODS.find(({ plu }) => plu === '4135');
  if (apples === undefined) throw new Error('the peer sells apples');
  sell.pressItem(apples);
  expect(sell.state().weighing?.name).toBe('Apples Gala');
  type('1.5');
  sell.press('enter');
  await settle();
  expect(client.view().lines[1]?.quantity).toEqual({ value: 1_500, unit: 'gram' });
});

test('one more of goods by weight is told apart from there being no line', async () => {
  sell.press('addOne');
  expect(notices()).toEqual(['noLine']);
  sell.press('clear');
  type('0.842*4011');
  sell.press('enter');
  await settle();
  sell.press('addOne');
  expect(notices()).toEqual(['notByPiece']);
  expect(client.view().lines[0]?.quantity).toEqual({ value: 842, unit: 'gram' });
});

test('what was said of a press is over with the next scan or payment that goes well; what lies on the counter is not', async () => {
  sell.press('addOne');
  expect(notices()).toEqual(['noLine']);
  answers = () => ({ type: 'diskFull', detail: {} });
  sell.scan(WINE);
  await settle();
  answers = undefined;
  expect(notices()).toEqual(['noLine', 'refusal']);
  sell.scan(MILK);
  await settle();
  expect(subjects()).toEqual([WINE]);
  sell.press('clear');
  type('1');
  sell.press('pay');
  await settle();
  expect(notices()).toEqual(['refusal']);
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed?.totalMinor).toBe(129);
  expect(notices()).toEqual([]);
});

test('a PLU by weight without a weight asks for it instead of going red', async () => {
  type('4011');
  sell.press('enter');
  await settle();
  expect(sell.state().weighing?.name).toBe('Bananas');
  expect(names()).toEqual([]);
});

const tellStatus = (news: object): void => {
  const { status } = client.view();
  if (status === undefined) throw new Error('the peer tells its status');
  handlers?.onMessage(JSON.stringify({ type: 'status', status: { ...status, ...news } }));
};
const standOnLane = (...devices: string[]): void =>
  tellStatus({ devices: devices.map((device) => ({ device, state: 'ready', detail: '' })) });
const pressApples = (): void => {
  const apples = PEER_GOODS.find(({ plu }) => plu === '4135');
  if (apples === undefined) throw new Error('the peer sells apples');
  sell.pressItem(apples);
};

test('where a scale stands, goods by weight are weighed at once', async () => {
  standOnLane('printer', 'scale');
  pressApples();
  await settle();
  expect(client.view().lines[0]).toMatchObject({ name: 'Apples Gala', quantity: { value: PEER_GRAMS, unit: 'gram' } });
  expect(sell.state()).toMatchObject({ weighing: undefined, isOnScale: false });
  type('4011');
  sell.press('enter');
  await settle();
  expect(client.view().lines[1]).toMatchObject({ name: 'Bananas', quantity: { value: PEER_GRAMS } });
  expect(last('addItem')).toMatchObject({ weigh: true });
});

test('what does not come to rest is weighed again by Enter, or typed', async () => {
  standOnLane('scale');
  answers = () => ({ type: 'noWeight', detail: { reason: 'moving' } });
  pressApples();
  await settle();
  expect(sell.state().weighing?.name).toBe('Apples Gala');
  expect(subjects()).toEqual(['Apples Gala']);
  expect(tones).toEqual(['error']);
  answers = undefined;
  sell.press('enter');
  await settle();
  expect(names()).toEqual(['Apples Gala']);
  expect(notices()).toEqual([]);
});

test('while the scale is asked, a weight that is typed does not count a second time', async () => {
  standOnLane('scale');
  holds = 'addItem';
  pressApples();
  type('1.5');
  sell.press('enter');
  expect(tones).toEqual(['error']);
  await release();
  expect(client.view().lines.map(({ quantity }) => quantity?.value)).toEqual([PEER_GRAMS]);
});

test('the scale is set to zero by its key, told where it is not, and weighs meanwhile for nobody', async () => {
  sell.press('zeroScale');
  expect(tones).toEqual(['error']);
  standOnLane('scale');
  answers = () => ({ type: 'noWeight', detail: { reason: 'belowZero' } });
  pressApples();
  await settle();
  expect(subjects()).toEqual(['Apples Gala']);
  answers = undefined;
  holds = 'zeroScale';
  sell.press('zeroScale');
  expect(sell.state().isOnScale).toBe(true);
  sell.weigh();
  expect(sent.filter((body) => body.type === 'addItem')).toHaveLength(1);
  await release();
  expect(sell.state()).toMatchObject({ isOnScale: false, weighing: { name: 'Apples Gala' } });
  expect(notices()).toEqual([]);
  answers = () => ({ type: 'noWeight', detail: { reason: 'outsideZero' } });
  sell.press('zeroScale');
  await settle();
  expect(notices()).toHaveLength(1);
});

test('a refused scan stays red until it is cleared, and what is typed is cleared before it', async () => {
  sell.scan(UNKNOWN);
  await settle();
  expect(names()).toEqual(['(refused)']);
  expect(tones).toEqual(['error']);
  type('12');
  sell.typed('c');
  expect(sell.state().entry).toBe('');
  expect(names()).toEqual(['(refused)']);
  sell.typed('c');
  await settle();
  expect(names()).toEqual([]);
  sell.typed('c');
  expect(sell.state().panel).toBe('search');
});

test('a double tap on Exact pays once', async () => {
  sell.scan(MILK);
  holds = 'payCash';
  sell.press('exact');
  sell.press('exact');
  sell.press('suggested1');
  await release();
  sell.press('exact');
  await settle();
  expect(sent.filter((body) => body.type === 'payCash')).toEqual([{ type: 'payCash', amountMinor: 129 }]);
  expect(client.view().head?.completed?.changeMinor).toBe(0);
});

test('Exact that is pressed before the till has answered to the last scan pays for that, too, once', async () => {
  const sold = async (press: () => void): Promise<void> => {
    holds = 'scan';
    sell.scan(MILK);
    sell.scan(MILK);
    press();
    await settle();
    expect(sent.some(({ type: sentType }) => sentType === 'payCash' || sentType === 'suspend')).toBe(false);
    await release();
  };
  await sold(() => {
    sell.press('exact');
    sell.press('exact');
  });
  expect(sent.filter((body) => body.type === 'payCash')).toEqual([{ type: 'payCash', amountMinor: 258 }]);
  sent = [];
  await sold(() => sell.press('suspend'));
  expect(sent.filter(({ type: sentType }) => sentType === 'suspend')).toHaveLength(1);
  expect(names()).toEqual([]);
});

test('Exact behind what the till refuses pays nothing, and is heard', async () => {
  sell.scan(MILK);
  await settle();
  holds = 'scan';
  sell.scan(UNKNOWN);
  sell.press('exact');
  await release();
  expect([names(), tones.at(-1)]).toEqual([['Whole milk 1 l', '(refused)'], 'error']);
  expect(last('payCash')).toBeUndefined();
});

test('Exact that is pressed before the till has answered to a line that goes pays for the others', async () => {
  sell.scan(MILK);
  sell.scan(WINE);
  await settle();
  holds = 'voidLine';
  sell.press('voidLine');
  sell.press('exact');
  await release();
  expect(last('payCash')).toEqual({ type: 'payCash', amountMinor: 129 });
  expect(client.view().head?.completed?.changeMinor).toBe(0);
});

test('a key that pays where there is nothing to pay is heard; behind a sale that is paid it is the second of a double tap', async () => {
  sell.press('exact');
  sell.press('suggested1');
  expect(tones).toEqual(['error', 'error']);
  sell.scan(MILK);
  sell.press('exact');
  await settle();
  tones = [];
  sell.press('exact');
  sell.press('suggested1');
  expect(tones).toEqual([]);
});

test('a receipt is asked for when no next sale begins at once', async () => {
  const passTime = async (): Promise<void> => {
    for (const task of later.keys()) task();
    later.clear();
    await settle();
  };
  sell.scan(MILK);
  await settle();
  sell.press('exact');
  await settle();
  const receiptNumber = client.view().head?.completed?.receiptNumber;
  expect(sent.filter((body) => body.type === 'receipt')).toEqual([]);
  await passTime();
  expect(sell.state().receipt?.receiptNumber).toBe(receiptNumber);

  sell.scan(MILK);
  await settle();
  sell.press('exact');
  await settle();
  sell.scan(MILK);
  await passTime();
  expect(sent.filter((body) => body.type === 'receipt')).toEqual([{ type: 'receipt', receiptNumber }]);
});

test('where coins are coarser than prices, Exact pays what is due in cash', async () => {
  await start(5);
  sell.scan(MILK);
  await settle();
  sell.press('exact');
  await settle();
  expect(last('payCash')).toEqual({ type: 'payCash', amountMinor: 130 });
  expect(client.view().head?.completed).toMatchObject({ totalMinor: 129, changeMinor: 0, roundingMinor: 1 });
});

test('a scan while a payment is under way is refused, heard and seen, and sold when scanned again', async () => {
  sell.scan(MILK);
  await settle();
  holds = 'payCash';
  sell.press('exact');
  sell.scan(WINE);
  expect(notices()).toEqual(['scanDuringTender']);
  expect(tones.at(-1)).toBe('error');
  await release();
  expect(notices()).toEqual(['scanDuringTender']);
  sell.scan(WINE);
  expect(names()).toEqual(['Riesling dry 0.75 l']);
});

test('a scan between the next basket and the answer to the payment is sold', async () => {
  sell.scan(MILK);
  await settle();
  delaysReplies = true;
  sell.press('exact');
  expect(client.view().head?.completed?.totalMinor).toBe(129);
  type('3');
  sell.scan(WINE);
  await release();
  expect([names(), notices(), sell.state().entry, sell.state().isPaying]).toEqual([['Riesling dry 0.75 l'], [], '3', false]);
});

test('typed cash and Pay: change is what is too much, and too little is refused in a row', async () => {
  sell.scan(MILK);
  type('1');
  sell.press('pay');
  await settle();
  expect(notices()).toEqual(['refusal']);
  sell.press('clear');
  type('20');
  sell.press('pay');
  await settle();
  expect(client.view().head?.completed?.changeMinor).toBe(1_871);
});

test('more than the limit asks in a row; yes sells it, no does not', async () => {
  type('5000*');
  sell.scan(MILK);
  await settle();
  expect(sell.state().notices).toMatchObject([{ type: 'askQuantity', name: 'Whole milk 1 l' }]);
  expect(names()).toEqual([]);
  sell.typed('y');
  await settle();
  expect(client.view().lines[0]?.quantity?.value).toBe(5_000);
  type('2000*');
  sell.press('enter');
  await settle();
  expect(notices()).toEqual(['askQuantity']);
  sell.press('clear');
  await settle();
  expect(client.view().lines[0]?.quantity?.value).toBe(5_000);
});

test('what only a person can know is asked in a row; yes vouches for it, no sells nothing', async () => {
  type('511');
  sell.press('enter');
  await settle();
  expect(notices()).toEqual(['askVouch']);
  sell.press('clear');
  await settle();
  expect([notices(), names()]).toEqual([[], []]);
  type('2*511');
  sell.press('enter');
  await settle();
  sell.typed('y');
  await settle();
  expect(notices()).toEqual([]);
  expect(client.view().lines[0]).toMatchObject({ name: 'Schnapps 0.7 l', quantity: { value: 2 } });
});

test('void sale asks in a row that swallows no scan', async () => {
  sell.scan(MILK);
  sell.press('voidSale');
  sell.scan(MILK);
  expect(client.view().lines[0]?.quantity?.value).toBe(2);
  sell.typed('y');
  await settle();
  expect(names()).toEqual([]);
});

test('5 × Enter changes the chosen line; + and − step it', async () => {
  sell.scan(MILK);
  type('5*');
  sell.press('enter');
  sell.typed('+');
  sell.typed('-');
  sell.typed('-');
  await settle();
  expect(client.view().lines[0]?.quantity?.value).toBe(4);
});

test('another price takes a reason', async () => {
  sell.scan(MILK);
  type('0.99');
  sell.press('price');
  expect(sell.state().panel).toBe('task');
  sell.typed('2');
  await settle();
  expect(client.view().lines[0]).toMatchObject({ priceType: 'override', reason: 'Price match', amountMinor: 99 });
  expect(sell.state().panel).toBe('items');
});

test('a price may be asked for too, and no words get into it', async () => {
  sell.scan(MILK);
  sell.press('price');
  type('1x.5o0');
  sell.press('enter');
  sell.typed('1');
  await settle();
  expect(client.view().lines[0]).toMatchObject({ priceType: 'override', reason: 'Damaged', amountMinor: 150 });
});

test('what is taken off: its number before or after the key, in percent or in money, with a reason; and back again', async () => {
  sell.scan(MILK);
  type('10');
  sell.press('discountLine');
  type('12');
  await settle();
  const lineId = client.view().lines[0]?.lineId;
  expect(last('discount')).toEqual({ type: 'discount', lineId, off: { type: 'percent', bps: 1_000 }, reason: 'Staff' });
  sell.press('discountBasket');
  type('5%');
  sell.press('enter');
  type('1');
  await settle();
  expect(last('discount')).toEqual({ type: 'discount', off: { type: 'percent', bps: 500 }, reason: 'Complaint' });
  sell.press('discountLine');
  sell.press('voidLine');
  await settle();
  expect(client.view().head?.manualDiscounts).toMatchObject([{ bps: 500 }]);
  expect(names()).toEqual(['Whole milk 1 l']);
});

test('who buys is scanned or typed, shown with what the hub knows, and leaves by Del', async () => {
  sell.press('customer');
  sell.scan('4711');
  await settle();
  expect(client.view().head?.customer?.customerId).toBe('4711');
  expect(sell.state()).toMatchObject({ panel: 'items', customerPoints: 1_250 });
  sell.press('customer');
  sell.press('voidLine');
  await settle();
  expect(client.view().head?.customer).toBeUndefined();
  expect(sell.state().customerPoints).toBeUndefined();
  type('0815');
  sell.press('customer');
  await settle();
  expect(client.view().head?.customer?.customerId).toBe('0815');
});

test('who is called so is asked of the hub, and chosen by a figure; nobody of that name says so', async () => {
  sell.press('customer');
  sell.setEntry('Nobody');
  sell.press('enter');
  await settle();
  expect(sell.state().notices).toMatchObject([{ type: 'refusal', refusal: { type: 'noSuchCustomer' } }]);
  expect(sell.state()).toMatchObject({ panel: 'task', task: { name: 'customer' } });
  sell.setEntry('Erika');
  sell.press('enter');
  await settle();
  expect(sell.state().task).toMatchObject({ found: { found: [{ name: 'Erika Muster', phoneEnd: '567' }, { name: 'Erika Other' }] } });
  type('2');
  await settle();
  expect(last('setCustomer')).toEqual({ type: 'setCustomer', customerId: 'k-2' });
  expect(sell.state().panel).toBe('items');
});

test('somebody becomes a customer by a name, a phone and their consent', async () => {
  sell.press('newCustomer');
  sell.setEntry('Änne von Droste');
  sell.press('enter');
  type('01517654321');
  sell.press('enter');
  type('1');
  await settle();
  expect(last('addCustomer')).toEqual({ type: 'addCustomer', name: 'Änne von Droste', phone: '01517654321', consent: true });
  expect(client.view().head?.customer?.initials).toBe('NN');
});

test('goods that are scanned while a coupon is asked for are sold', async () => {
  sell.press('coupon');
  sell.scan(MILK);
  await settle();
  expect(names()).toEqual(['Whole milk 1 l']);
});

test('a certificate makes the sale exempt', async () => {
  sell.press('exemption');
  type('EX-2026/1');
  sell.press('enter');
  await settle();
  expect(client.view().head?.exemption).toBe('EX-2026/1');
});

test('a gift card that is scanned asks whose it is, then for how much', async () => {
  sell.scan(CARD);
  await settle();
  expect(sell.state().task).toMatchObject({ name: 'goods', subject: 'Gift card', needs: 'reference' });
  sell.scan('G-77');
  await settle();
  expect(sell.state().task).toMatchObject({ needs: 'worth' });
  type('25');
  sell.press('enter');
  await settle();
  expect(last('scan')).toEqual({ type: 'scan', code: CARD, on: 'G-77', worthMinor: 2_500 });
  expect(client.view().lines[0]?.amountMinor).toBe(2_500);
  expect(notices()).toEqual([]);
});

test('what is typed before the till has asked for it is the answer', async () => {
  holds = 'scan';
  sell.scan(CARD);
  type('G-78');
  await release();
  expect(sell.state()).toMatchObject({ entry: 'G-78', task: { name: 'goods', needs: 'reference' } });
  sell.press('enter');
  await settle();
  expect(sell.state().task).toMatchObject({ needs: 'worth' });
  sell.press('clear');
  holds = 'addPlu';
  type('4011');
  sell.press('enter');
  type('0.842');
  await release();
  expect(sell.state()).toMatchObject({ entry: '0.842', weighing: { name: 'Bananas' } });
  sell.press('enter');
  await settle();
  expect(client.view().lines[0]?.quantity).toEqual({ value: 842, unit: 'gram' });
});

test('what is left on a card, and all of it in cash, once', async () => {
  sell.press('balance');
  await settle();
  sell.typed('1');
  type('G-77');
  sell.press('enter');
  await settle();
  expect(sell.state().task).toMatchObject({ reference: 'G-77', leftMinor: 1_250 });
  sell.typed('1');
  sell.typed('1');
  await settle();
  sell.typed('1');
  await settle();
  expect(sent.filter(({ type: kind }) => kind === 'cashOut')).toHaveLength(1);
  expect(sell.state().task).toMatchObject({ leftMinor: 0, paidMinor: 1_250 });
});

test('a price that is asked for is told and not sold; it is sold where somebody says so', async () => {
  sell.press('inquiry');
  sell.scan(MILK);
  await settle();
  expect(names()).toEqual([]);
  expect(sell.state().inquired).toMatchObject({ name: 'Whole milk 1 l', unitPrice: { amount: 129 } });
  type('4053');
  sell.press('enter');
  await settle();
  expect(sell.state().inquired?.name).toBe('Lemons');
  sell.sellInquired();
  await settle();
  expect(names()).toEqual(['Lemons']);
  expect(sell.state().panel).toBe('items');
  sell.scan(MILK);
  expect(names()).toEqual(['Lemons', 'Whole milk 1 l']);
});

test('what has no price says so, and the price check stays', async () => {
  sell.press('inquiry');
  sell.scan(UNKNOWN);
  await settle();
  expect(subjects()).toEqual([UNKNOWN]);
  expect(sell.state()).toMatchObject({ panel: 'inquiry', inquired: undefined });
  expect(names()).toEqual([]);
});

test('what is not listed is sold under a department, by its code: price, key, department; its red row goes', async () => {
  sell.scan(UNKNOWN);
  await settle();
  expect(names()).toEqual(['(refused)']);
  type('2.50');
  sell.press('unlisted');
  expect(sell.state().task).toMatchObject({ name: 'unlisted', code: UNKNOWN, unitPrice: { amount: 250, decimals: 2 } });
  type('2');
  await settle();
  expect(last('sellUnlisted')).toEqual({
    type: 'sellUnlisted',
    department: 'Bakery',
    unitPrice: { amount: 250, decimals: 2 },
    code: UNKNOWN,
    rowId: expect.any(String),
  });
  expect(names()).toEqual(['Bakery']);
  expect(sell.state()).toMatchObject({ panel: 'items', entry: '' });
  expect(tones.at(-1)).toBe('ok');
});

test('goods without a code are sold so too; nothing is no price, and a scan meanwhile is sold', async () => {
  sell.press('unlisted');
  expect(sell.state()).toMatchObject({ panel: 'task', task: { name: 'unlisted' } });
  type('0');
  sell.press('enter');
  expect(notices()).toEqual(['notAnAnswer']);
  sell.press('clear');
  sell.scan(MILK);
  await settle();
  expect(names()).toEqual(['Whole milk 1 l']);
  type('1');
  sell.press('enter');
  type('1');
  await settle();
  expect(last('sellUnlisted')).toEqual({ type: 'sellUnlisted', department: 'Produce', unitPrice: { amount: 1, decimals: 0 } });
});

test('of several unknown codes the chosen row is meant; the same key again leaves', async () => {
  sell.scan(UNKNOWN);
  sell.scan('9999999999970');
  await settle();
  const [first] = client.view().lines;
  sell.sellUnlisted(first?.lineId ?? '');
  expect(sell.state().task).toMatchObject({ code: UNKNOWN });
  sell.press('unlisted');
  expect(sell.state().panel).toBe('items');
});

test('what is due is rounded up by a donation, once; a whole amount is not', async () => {
  sell.press('roundUp');
  expect(tones).toEqual(['error']);
  sell.scan(MILK);
  await settle();
  sell.press('roundUp');
  await settle();
  expect(last('addItem')).toEqual({ type: 'addItem', sku: 'sku-gift', worthMinor: 71 });
  expect([toWholeMinor(129, 2), toWholeMinor(200, 2), toWholeMinor(-129, 2), toWholeMinor(1_234, 0), toWholeMinor(1_001, 3)]).toEqual([
    71, 0, 0, 66, 999,
  ]);
});

test('the drawer opens with a reason, and with none it does not', async () => {
  sell.press('drawer');
  sell.press('enter');
  await settle();
  expect(last('openDrawer')).toBeUndefined();
  sell.typed('2');
  await settle();
  expect(last('openDrawer')).toEqual({ type: 'openDrawer', reason: 'Test' });
});

test('why a line costs what it costs', async () => {
  sell.press('explain');
  expect(notices()).toEqual(['noLine']);
  sell.scan(MILK);
  sell.press('explain');
  await settle();
  expect(sell.state().explanation).toMatchObject({ name: 'Whole milk 1 l', amountMinor: 129 });
  sell.press('explain');
  expect(sell.state().panel).toBe('items');
});

test('suspend, and take back by a digit', async () => {
  sell.scan(MILK);
  sell.press('suspend');
  await settle();
  expect(names()).toEqual([]);
  sell.press('suspend');
  await settle();
  sell.typed('1');
  await settle();
  expect(names()).toEqual(['Whole milk 1 l']);
});

test('what a key opens while the answer to a sale that was taken back is on its way stays open', async () => {
  sell.scan(MILK);
  await settle();
  sell.press('suspend');
  await settle();
  sell.press('suspend');
  await settle();
  delaysReplies = true;
  type('1');
  expect(names()).toEqual(['Whole milk 1 l']);
  sell.press('price');
  await release();
  expect(sell.state()).toMatchObject({ panel: 'task', task: { name: 'price' } });
});

test('a second press that comes before the answer to the first has its list', async () => {
  sell.scan(MILK);
  await settle();
  delaysReplies = true;
  sell.press('suspend');
  await settle();
  expect(names()).toEqual([]);
  sell.press('suspend');
  expect(sell.state().panel).toBe('suspended');
  await release();
  expect(sell.state().panel).toBe('suspended');
});

test('a figure that is pressed before the list has come chooses from it, once; another panel forgets it', async () => {
  sell.scan(MILK);
  await settle();
  holds = 'tenderTypes';
  type('/1');
  expect(sell.state()).toMatchObject({ panel: 'tenders', early: '1' });
  await release();
  expect(last('tender')).toMatchObject({ tenderType: 'card', amountMinor: 129 });
  expect(client.view().head?.completed).toBeDefined();

  sell.scan(MILK);
  await settle();
  sell.press('suspend');
  await settle();
  holds = 'suspended';
  sell.press('suspend');
  type('1');
  sell.press('clear');
  await release();
  expect(last('resume')).toBeUndefined();
  sell.press('suspend');
  type('1');
  await settle();
  expect(names()).toEqual(['Whole milk 1 l']);
});

test('a pasted megabyte is refused in a row of its own, wherever it is pasted; the sale and what was typed stay', async () => {
  sell.scan(MILK);
  await settle();
  type('ba');
  await settle();
  const megabyte = '\u202e9 × '.repeat(262_144);
  sell.setEntry(megabyte);
  expect(sell.state()).toMatchObject({ entry: 'ba', panel: 'search', notices: [{ type: 'pastedTooMuch', most: 200 }] });
  sell.press('clear');
  sell.press('clear');
  sell.press('customer');
  sell.setEntry(megabyte);
  sell.press('enter');
  await settle();
  expect(sell.state()).toMatchObject({ entry: '', panel: 'task', notices: [{ type: 'pastedTooMuch' }] });
  expect(names()).toEqual(['Whole milk 1 l']);
  expect(last('attachCustomer')).toBeUndefined();
});

test('words search as they are typed, and only the newest answer counts', async () => {
  holds = 'search';
  type('ba');
  await settle();
  expect(sell.state().panel).toBe('search');
  waiting.reverse();
  await release();
  expect(sell.state().resultsOf).toBe('ba');
  sell.press('selectDown');
  sell.press('enter');
  await settle();
  expect(names()).toEqual(['Baguette']);
  expect(sell.state().panel).toBe('items');
});

test('of a style that is found its variants are chosen from, by keys alone; Clear and what is typed on go back to what was found', async () => {
  type('2*ros');
  await settle();
  expect(sell.state().results).toMatchObject([{ name: 'Roses', variants: 2 }]);
  sell.press('enter');
  await settle();
  expect(sell.state()).toMatchObject({ panel: 'search', resultStyle: 'Roses', entry: '2 × ros' });
  expect(sell.state().results.map(({ name }) => name)).toEqual(['Roses red', 'Roses white']);
  expect(names()).toEqual([]);
  sell.press('clear');
  await settle();
  expect(sell.state()).toMatchObject({ resultStyle: undefined, entry: '2 × ros', results: [{ variants: 2 }] });
  sell.press('enter');
  await settle();
  type('e');
  await settle();
  expect(sell.state()).toMatchObject({ resultStyle: undefined, results: [{ variants: 2 }] });
  sell.press('enter');
  await settle();
  sell.press('selectDown');
  sell.press('enter');
  await settle();
  expect(last('addItem')).toMatchObject({ sku: 'sku-303', quantity: 2 });
  expect(names()).toEqual(['Roses white']);
  expect(sell.state()).toMatchObject({ panel: 'items', entry: '' });
  // One of them that was meant alone stands as itself.
  type('roses re');
  await settle();
  sell.press('enter');
  await settle();
  expect(names()).toEqual(['Roses white', 'Roses red']);
});

test('Enter before the search has answered takes the one item that is meant; of several none', async () => {
  holds = 'search';
  type('baguet');
  sell.press('enter');
  await settle();
  await release();
  expect(names()).toEqual(['Baguette']);
  expect(sell.state().panel).toBe('items');

  holds = 'search';
  type('ba');
  sell.press('enter');
  await settle();
  await release();
  expect(names()).toEqual(['Baguette']);
  expect(sell.state()).toMatchObject({ panel: 'search', resultsOf: 'ba' });
});

test('the age check holds the total, not the scanner', async () => {
  sell.scan(WINE);
  sell.press('exact');
  await settle();
  expect(notices()).toEqual(['refusal']);
  sell.scan(MILK);
  sell.press('ageChecked');
  expect(sell.state()).toMatchObject({ panel: 'task', task: { name: 'age', years: 18 } });
  sell.scan(MILK);
  expect(last('confirmAge')).toBeUndefined();
  type('2');
  await settle();
  expect(last('confirmAge')).toEqual({ type: 'confirmAge', method: 'appearance' });
  expect(notices()).toEqual([]);
  sell.press('ageChecked');
  expect(sell.state().panel).toBe('items');
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed?.totalMinor).toBe(1_148);
});

test('a till that is away refuses a scan here, and its digits go nowhere', () => {
  handlers?.onClose();
  sell.scan(MILK);
  expect(notices()).toEqual(['scanWithoutTill']);
  expect(sell.state().entry).toBe('');
});

test('each refused scan keeps a row of its own until it is cleared, and is asked about before the sale is paid', async () => {
  sell.scan(MILK);
  await settle();
  const { onClose, onOpen } = handlers!;
  onClose();
  sell.scan(MILK);
  sell.scan(WINE);
  sell.tornScan();
  sell.tornScan();
  expect(notices()).toEqual(['scanWithoutTill', 'scanWithoutTill', 'scanTorn', 'scanTorn']);
  onOpen(sendToTill);
  await settle();
  sell.press('exact');
  sell.press('exact');
  await settle();
  expect(last('payCash')).toBeUndefined();
  expect(notices()).toEqual(['scanWithoutTill', 'scanWithoutTill', 'scanTorn', 'scanTorn', 'refusal']);
  sell.press('clear');
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed?.totalMinor).toBe(129);
});

test('goods that the till refuses without a row of its own keep one each here; a quantity refused again does not', async () => {
  answers = () => ({ type: 'diskFull', detail: {} });
  sell.scan(MILK);
  sell.scan(WINE);
  await settle();
  expect(subjects()).toEqual([MILK, WINE]);
  answers = undefined;
  sell.press('clear');
  sell.scan(MILK);
  await settle();
  answers = () => ({ type: 'diskFull', detail: {} });
  sell.press('addOne');
  sell.press('addOne');
  await settle();
  expect(subjects()).toEqual(['Whole milk 1 l']);
  answers = undefined;
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed?.totalMinor).toBe(129);
});

test('a scan that was stalled takes its first digits back from the entry', () => {
  type('3*400');
  sell.untyped('400');
  sell.scan(MILK);
  expect(last('scan')).toEqual({ type: 'scan', code: MILK, scannedAtMs: expect.any(Number), quantity: 3, typedDecimals: 0 });
  expect(sell.state().entry).toBe('');
});

const tenders = (): readonly unknown[] => sent.filter((body) => body.type === 'tender');

test('one key and a number pay all of it by card', async () => {
  sell.scan(MILK);
  await settle();
  type('/');
  await settle();
  expect(sell.state()).toMatchObject({ panel: 'tenders', tendering: { step: 'type', amount: undefined } });
  type('1');
  await settle();
  expect(tenders()).toEqual([{ type: 'tender', tenderType: 'card', amountMinor: 129 }]);
  expect(client.view().head?.completed).toMatchObject({ cashMinor: 0, tenders: [{ name: 'Card', amountMinor: 129 }] });
  expect(sell.state()).toMatchObject({ panel: 'items', tendering: undefined, isPaying: false });
  expect(tones.at(-1)).toBe('done');
});

test('an amount typed before is a part; the rest is what is due', async () => {
  sell.scan(MILK);
  await settle();
  type('1.00/');
  await settle();
  expect(sell.state()).toMatchObject({ entry: '', tendering: { step: 'type', amount: { value: 100, decimals: 2 } } });
  type('1');
  await settle();
  expect(client.view().head).toMatchObject({ totals: { totalMinor: 129, dueMinor: 29 }, tenders: [{ name: 'Card', amountMinor: 100 }] });
  expect(tones.at(-1)).toBe('ok');
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed).toMatchObject({
    cashMinor: 29,
    tenders: [{ amountMinor: 100 }, { name: 'Cash', amountMinor: 29 }],
  });
});

test('more than is due by card is a tip, or comes back in cash: the cashier is asked', async () => {
  sell.scan(MILK);
  await settle();
  type('2/');
  await settle();
  type('1');
  expect(sell.state().tendering).toMatchObject({ step: 'excess', excessMinor: 71, choices: ['tip', 'cashBack'] });
  expect(tenders()).toEqual([]);
  type('2');
  await settle();
  expect(tenders()).toEqual([{ type: 'tender', tenderType: 'card', amountMinor: 200, cashBackMinor: 71 }]);
  expect(client.view().head?.completed).toMatchObject({ changeMinor: 71 });
});

test.each<[string, () => void]>([
  ['scanned', (): void => sell.scan('G1')],
  [
    'typed',
    (): void => {
      type('G1');
      sell.press('enter');
    },
  ],
])('a gift card says which one it is: %s', async (_how, name) => {
  sell.scan(MILK);
  await settle();
  type('/');
  await settle();
  type('2');
  expect(sell.state()).toMatchObject({ panel: 'tenders', tendering: { step: 'reference' } });
  name();
  await settle();
  expect(tenders()).toEqual([{ type: 'tender', tenderType: 'giftCard', amountMinor: 129, reference: 'G1' }]);
  expect(sell.state()).toMatchObject({ entry: '', panel: 'items' });
  expect(names()).toEqual([]);
});

test('a tender that stands is given back by one key, or by a touch', async () => {
  sell.scan(MILK);
  await settle();
  for (const give of [(): void => sell.press('voidLine'), (): void => sell.giveBack(client.view().head?.tenders?.[0]?.tenderId ?? '')]) {
    type('1.00/');
    await settle();
    type('1');
    await settle();
    expect(client.view().head?.tenders).toHaveLength(1);
    type('/');
    give();
    await settle();
    expect(client.view().head?.tenders).toBeUndefined();
    expect(names()).toHaveLength(1);
    sell.press('clear');
  }
});

test('what the till refuses of a tender is a row, and the choice begins anew', async () => {
  sell.scan(MILK);
  await settle();
  type('5/');
  await settle();
  type('3');
  await settle();
  expect(notices()).toEqual(['refusal']);
  expect(sell.state()).toMatchObject({ isPaying: false, tendering: undefined });
  type('1.0.0/');
  expect(notices()).not.toContain('notAnAmount');
});

test('nothing is paid by card where there is nothing to pay', async () => {
  type('/');
  await settle();
  expect(sell.state().panel).toBe('items');
  expect(tones).toEqual(['error']);
});

test('a receipt that is scanned shows what may come back of it; its lines come back by number, and go back as they were paid', async () => {
  sell.scan(PEER_RECEIPT);
  await settle();
  expect(sell.state().panel).toBe('returns');
  expect(sell.state().returnable?.lines).toMatchObject([{ left: { value: 2 }, returning: 0 }]);
  sell.typed('1');
  await settle();
  expect(last('setReturn')).toEqual({ type: 'setReturn', receiptNumber: PEER_RECEIPT, lines: [{ line: 1, quantity: 1 }] });
  expect(sell.state().returnable?.lines).toMatchObject([{ returning: 1 }]);
  sell.typed('0');
  await settle();
  expect(last('setReturn')).toMatchObject({ lines: [{ line: 1, quantity: 2 }] });
  sell.press('clear');
  expect(sell.state().panel).toBe('items');
});

test('a receipt is opened by its number, typed behind the return key or without it', async () => {
  sell.press('return');
  type(PEER_RECEIPT);
  sell.press('enter');
  await settle();
  expect(sell.state()).toMatchObject({ panel: 'returns', entry: '' });
});

test('a receipt that nobody can look up is told, and the next scan comes back unverified', async () => {
  sell.scan('7-ffff-000001');
  await settle();
  expect(notices()).toEqual(['refusal']);
  expect(subjects()).toEqual(['7-ffff-000001']);
  expect(tones).toEqual(['error']);
  sell.scan(MILK);
  await settle();
  expect(last('scan')).toMatchObject({ code: MILK, quantity: -1, returnOf: '7-ffff-000001' });
});

test('the receipt of the last sale is printed again, or for a gift; before one its language is the shopper’s to choose', async () => {
  sell.scan(MILK);
  await settle();
  sell.press('slip');
  expect(sell.state().task).toMatchObject({ name: 'slip' });
  type('2');
  await settle();
  expect(last('setReceiptLanguage')).toEqual({ type: 'setReceiptLanguage', language: 'de' });
  sell.press('exact');
  await settle();
  const receiptNumber = client.view().head?.completed?.receiptNumber;
  expect(receiptNumber).toBeDefined();
  sell.press('slip');
  type('1');
  await settle();
  expect(last('printReceipt')).toEqual({ type: 'printReceipt', receiptNumber });
  sell.press('slip');
  type('2');
  await settle();
  expect(last('printReceipt')).toEqual({ type: 'printReceipt', receiptNumber, isGift: true });
  sell.printPickList(receiptNumber ?? '');
  expect(last('printReceipt')).toEqual({ type: 'printReceipt', receiptNumber, isPickList: true });
  expect(tones.at(-1)).toBe('ok');
});

test('a receipt goes by mail to an address that is typed, where the company sends any; goods that are scanned meanwhile are the next sale', async () => {
  sell.scan(MILK);
  await settle();
  sell.press('exact');
  await settle();
  const receiptNumber = client.view().head?.completed?.receiptNumber;
  sell.press('slip');
  const { task } = sell.state();
  expect(task === undefined ? undefined : questionOf(task, { minorDigits: 2 })).toEqual({
    type: 'word',
    choices: [{ kind: 'printAgain' }, { kind: 'giftReceipt' }, { kind: 'invoice' }],
  });
  sell.press('slip');
  tellStatus({ mailsReceipts: true });
  sell.press('slip');
  type('4');
  expect(sell.state().task).toEqual({ name: 'mail', receiptNumber });
  type('kim');
  sell.press('enter');
  expect(notices()).toEqual(['notAnAnswer']);
  type('@example.com');
  expect(sell.state().entry).toBe('kim@example.com');
  sell.press('enter');
  await settle();
  expect(last('mailReceipt')).toEqual({ type: 'mailReceipt', receiptNumber, to: 'kim@example.com' });
  expect(sell.state()).toMatchObject({ entry: '', task: undefined, panel: 'items' });

  sell.mailReceipt(receiptNumber ?? '');
  sell.scan('mailto:alex@example.com');
  await settle();
  expect(last('mailReceipt')).toEqual({ type: 'mailReceipt', receiptNumber, to: 'alex@example.com' });
  sell.mailReceipt(receiptNumber ?? '');
  type('kim@exam');
  sell.scan(MILK);
  await settle();
  expect(names()).toEqual(['Whole milk 1 l']);
  expect(sell.state()).toMatchObject({ entry: '', task: undefined, panel: 'items' });
});

test('a line’s serial number is scanned or typed, its note is chosen; the key for eating in turns around', async () => {
  sell.press('describe');
  expect(notices()).toEqual(['noLine']);
  sell.press('clear');
  sell.scan(MILK);
  await settle();
  sell.press('describe');
  type('1');
  expect(sell.state().task).toMatchObject({ name: 'describe', what: 'serial' });
  sell.scan('SN-77');
  await settle();
  const [line] = client.view().lines;
  expect(last('describeLine')).toEqual({ type: 'describeLine', lineId: line?.lineId, serial: 'SN-77' });
  expect(client.view().lines).toMatchObject([{ serial: 'SN-77' }]);
  sell.press('describe');
  type('3');
  await settle();
  expect(last('describeLine')).toEqual({ type: 'describeLine', lineId: line?.lineId, note: 'Gift wrap' });
  sell.press('service');
  await settle();
  sell.press('service');
  await settle();
  expect(sent.filter(({ type: sentType }) => sentType === 'setService')).toMatchObject([{ service: 'eatIn' }, { service: 'takeAway' }]);
});

test('the last receipts: one is chosen, printed again, or undone once somebody is sure; its card goes first', async () => {
  sell.showPanel('receipts');
  await settle();
  const [cash, card] = PEER_RECEIPTS;
  expect(sell.state().receipts).toEqual(PEER_RECEIPTS);
  sell.typed('1');
  expect(sell.state().chosenReceipt?.receipt).toEqual(cash);
  sell.typed('1');
  expect(last('printReceipt')).toEqual({ type: 'printReceipt', receiptNumber: cash.receiptNumber });
  // Asked first: nothing was sent, and the way back leads to the receipt, and from it to the list.
  sell.typed('3');
  sell.typed('3');
  expect([sell.state().chosenReceipt?.undoing, last('postVoid')]).toEqual(['sure', undefined]);
  sell.chooseReceipt(cash);
  sell.press('clear');
  expect([sell.state().panel, sell.state().chosenReceipt]).toEqual(['receipts', undefined]);
  sell.typed('2');
  type('3y');
  await settle();
  expect(sell.state().chosenReceipt?.undoing).toEqual({ tender: 1, name: 'Card', amountMinor: card.totalMinor });
  sell.typed('y');
  await settle();
  expect(last('reverseTender')).toEqual({ type: 'reverseTender', receiptNumber: card.receiptNumber, tender: 1 });
  expect(sell.state().chosenReceipt).toBeUndefined();
  expect(sell.state().receipts).toEqual([cash, { ...card, undone: true }]);
  // What is undone is not undone again.
  sell.typed('2');
  sell.undoSale();
  expect(sell.state().chosenReceipt?.undoing).toBeUndefined();
});

test('goods of a chosen receipt are taken back from its lines; a refused undo says why, and asks anew', async () => {
  sell.showPanel('receipts');
  await settle();
  sell.typed('1');
  answers = () => ({ type: 'postVoidTooLate', detail: { receiptNumber: PEER_RECEIPTS[0].receiptNumber, because: 'businessDay' } });
  sell.undoSale();
  sell.undoSale();
  await settle();
  expect([notices(), sell.state().chosenReceipt]).toEqual([['refusal'], { receipt: PEER_RECEIPTS[0] }]);
  answers = undefined;
  sell.typed('2');
  await settle();
  expect(sell.state().panel).toBe('returns');
});

const AT_TERMINAL = { paymentId: 'A1B2C3D4E5', act: 'payment', name: 'Card', amountMinor: 129 } as const;

test('while the terminal is at work its figures choose, nothing else is paid, and it is heard when it is done', async () => {
  sell.scan(MILK);
  await settle();
  terminalSays({ ...AT_TERMINAL, state: 'waiting' });
  tones = [];
  sell.press('exact');
  await settle();
  expect(tones).toEqual(['error']);
  sell.press('tenders');
  await settle();
  expect(sent.filter((body) => body.type === 'payCash' || body.type === 'tender')).toEqual([]);
  type('1');
  await settle();
  expect(last('abortPayment')).toBeDefined();
  terminalSays({ ...AT_TERMINAL, state: 'unknown' });
  expect(tones.at(-1)).toBe('error');
  type('12');
  await settle();
  expect([last('askPayment'), last('leavePayment')]).not.toContain(undefined);
  terminalSays(undefined);
  expect(tones.at(-1)).toBe('ok');
});

test('what it declined stands until it was seen; then the tenders are there again', async () => {
  sell.scan(MILK);
  await settle();
  terminalSays({ ...AT_TERMINAL, state: 'waiting' });
  terminalSays({ ...AT_TERMINAL, state: 'declined', reason: 'refused' });
  expect(tones.at(-1)).toBe('error');
  sell.press('clear');
  expect(sell.state()).toMatchObject({ seenPaymentId: AT_TERMINAL.paymentId });
  terminalSays({ ...AT_TERMINAL, paymentId: 'B1B2C3D4E5', state: 'declined' });
  type('1');
  await settle();
  expect(sell.state()).toMatchObject({ panel: 'tenders', seenPaymentId: 'B1B2C3D4E5' });
});

test('a card that the terminal refuses is given back by hand, by its slip, and its sale is undone', async () => {
  const [, card] = PEER_RECEIPTS;
  sell.showPanel('receipts');
  await settle();
  sell.typed('2');
  type('3y');
  await settle();
  // Nothing says yet that the terminal refuses it.
  type('3');
  await settle();
  expect(sell.state().chosenReceipt?.undoing).toEqual({ tender: 1, name: 'Card', amountMinor: card.totalMinor });
  type('2');
  expect(sell.state()).toMatchObject({ panel: 'task', task: { name: 'cardSlip', card: { tender: 1 } } });
  type('0815');
  sell.press('enter');
  await settle();
  expect(last('reverseTender')).toEqual({ type: 'reverseTender', receiptNumber: card.receiptNumber, tender: 1, reference: '0815' });
  expect(sell.state()).toMatchObject({ panel: 'receipts', chosenReceipt: undefined });
  expect(sell.state().receipts).toContainEqual({ ...card, undone: true });
});

test('a card that the terminal refuses goes out of the drawer, once somebody has seen how much', async () => {
  const [, card] = PEER_RECEIPTS;
  const { receiptNumber } = card;
  sell.showPanel('receipts');
  await settle();
  sell.typed('2');
  type('3y');
  await settle();
  const order = { ...AT_TERMINAL, paymentId: 'B1B2C3D4E5', act: 'reversal' } as const;
  terminalSays({ ...order, state: 'waiting' });
  sell.typed('y');
  await settle();
  terminalSays({ ...order, state: 'declined', reason: 'refused' });
  sell.press('clear');
  expect(sell.state()).toMatchObject({ panel: 'receipts', chosenReceipt: { undoing: { tender: 1, isRefused: true } } });
  type('3');
  await settle();
  expect(sell.state().chosenReceipt?.undoing).toMatchObject({ cashMinor: card.totalMinor + 1 });
  // What is asked now is the money.
  type('23');
  await settle();
  expect([last('postVoid'), sell.state().panel]).toEqual([{ type: 'postVoid', receiptNumber }, 'receipts']);
  type('y');
  await settle();
  expect(last('postVoid')).toEqual({ type: 'postVoid', receiptNumber, inCash: [1] });
  expect(sell.state().chosenReceipt).toBeUndefined();
});

test('what its own order gave back at the terminal goes on to be undone; what another window is paid there does not', async () => {
  const [, card] = PEER_RECEIPTS;
  const reversals = (): number => sent.filter((body) => body.type === 'reverseTender').length;
  sell.showPanel('receipts');
  await settle();
  sell.typed('2');
  type('3y');
  await settle();
  terminalSays({ ...AT_TERMINAL, state: 'waiting' });
  terminalSays(undefined);
  await settle();
  expect([reversals(), sell.state().chosenReceipt?.undoing]).toEqual([0, { tender: 1, name: 'Card', amountMinor: card.totalMinor }]);
  terminalSays({ ...AT_TERMINAL, paymentId: 'B1B2C3D4E5', act: 'reversal', state: 'waiting' });
  sell.typed('y');
  await settle();
  expect([reversals(), last('postVoid')]).toEqual([1, { type: 'postVoid', receiptNumber: card.receiptNumber }]);
  terminalSays(undefined);
  await settle();
  expect([reversals(), sell.state().chosenReceipt]).toEqual([2, undefined]);
  expect(sell.state().receipts).toEqual([PEER_RECEIPTS[0], { ...card, undone: true }]);
});

test('the devices are set up on a screen of their own, from wherever their key is pressed', () => {
  sell.press('more');
  sell.press('devices');
  expect(devicesOpened).toBe(1);
  expect(sell.state().panel).toBe('items');
});

const shopperSays = (say: ShopperSay): void => handlers?.onMessage(JSON.stringify({ type: 'shopper', say }));
/** Of what was asked last. */
const shopperAnswers = async (answer: ShopperAnswer): Promise<void> => {
  const asked = said.findLast((say) => say.type === 'ask');
  assert(asked?.type === 'ask', 'something was asked');
  shopperSays({ type: 'answer', questionId: asked.questionId, answer });
  await settle();
};

test('where no shopper’s screen is there nobody is asked', () => {
  sell.press('customer');
  sell.askShopper();
  expect(tones.at(-1)).toBe('error');
  expect(said).toEqual([{ type: 'who' }]);
});

test('the shopper types their number on their own screen, as if it were typed here', async () => {
  shopperSays({ type: 'here' });
  sell.press('customer');
  sell.askShopper();
  expect(said.at(-1)).toMatchObject({ type: 'ask', question: { about: 'loyalty' } });
  await shopperAnswers({ type: 'text', text: '01761234567' });
  expect(last('attachCustomer')).toEqual({ type: 'attachCustomer', text: '01761234567' });
  expect(sell.state().panel).toBe('items');
});

test('a tip that the shopper chose goes on top of what is due, by the tender that the cashier takes; it changes with nothing else', async () => {
  shopperSays({ type: 'here' });
  sell.scan(MILK);
  await settle();
  type('/');
  await settle();
  sell.askShopper();
  expect(said.at(-1)).toMatchObject({ type: 'ask', question: { about: 'tip', dueMinor: 129, offersMinor: [6, 13, 19] } });
  await shopperAnswers({ type: 'tip', amountMinor: 13 });
  type('1');
  await settle();
  expect(tenders()).toEqual([{ type: 'tender', tenderType: 'card', amountMinor: 129, tipMinor: 13 }]);
});

test('somebody new agrees with their own hand', async () => {
  shopperSays({ type: 'here' });
  sell.press('newCustomer');
  type('Ada');
  sell.press('enter');
  type('0176');
  sell.press('enter');
  sell.askShopper();
  expect(said.at(-1)).toMatchObject({ type: 'ask', question: { about: 'consent', name: 'Ada', found: '0176' } });
  await shopperAnswers({ type: 'agreed' });
  expect(last('addCustomer')).toMatchObject({ type: 'addCustomer', name: 'Ada', consent: true });
});

test('nothing waits for the shopper: whoever goes on ends the question, and a late answer is none', async () => {
  shopperSays({ type: 'here' });
  sell.scan(MILK);
  await settle();
  type('/');
  await settle();
  sell.askShopper();
  sell.press('exact');
  await settle();
  expect(client.view().head?.completed).toMatchObject({ totalMinor: 129 });
  expect(said.at(-1)).toMatchObject({ type: 'over' });
  await shopperAnswers({ type: 'tip', amountMinor: 13 });
  expect(sell.state()).toMatchObject({ panel: 'items', tendering: undefined });
});

test('keys are asked for again once there is another catalogue, also where it holds as many goods, and after the till was away', async () => {
  const asked = (): number => sent.filter((body) => body.type === 'tiles' && body.department !== undefined).length;
  await settle();
  const before = asked();
  statusSays({ waitingEntries: 3 });
  await settle();
  expect(asked()).toBe(before);
  statusSays({ catalogueAt: 2 });
  await settle();
  expect(asked()).toBe(before + 1);
  handlers?.onClose();
  handlers?.onOpen(sendToTill);
  await settle();
  expect(asked()).toBe(before + 2);
});

test('a price that begins at a moment stands on its key from then on, without anything else having to change; another department calls that off', async () => {
  await settle();
  const lemons = (): number | undefined => sell.state().tiles.find(({ plu }) => plu === '4053')?.unitPrice?.amount;
  const waits = (): readonly number[] => [...later.values()];
  const pass = async (): Promise<void> => {
    const [task] = [...later.keys()];
    assert(task !== undefined, 'somebody waits');
    later.delete(task);
    task();
    await settle();
  };
  expect([lemons(), waits()]).toEqual([45, []]);
  const { begin } = schedulePrice('sku-4053', { amount: 39, decimals: 2 }, 700_000);
  statusSays({ catalogueAt: 2 });
  await settle();
  // Far away, it is asked for again before: the lane's clock may be set.
  expect([lemons(), waits()]).toEqual([45, [600_000]]);
  begin();
  await pass();
  expect([lemons(), waits()]).toEqual([39, []]);

  schedulePrice('sku-4053', { amount: 35, decimals: 2 }, 3);
  statusSays({ catalogueAt: 3 });
  await settle();
  expect(waits()).toEqual([50]);
  sell.press('nextDepartment');
  await settle();
  expect(waits()).toEqual([]);
  sell.press('previousDepartment');
  await settle();
  expect(waits()).toEqual([50]);
  sell.close();
  expect(waits()).toEqual([]);
});
