/**
 * Whatever is pasted into any field of the sell screen: the sale stays, the till is asked nothing that is no request, the cashier hears of what is refused,
 * and the next scan is sold.
 */
import { beforeEach, expect, test } from 'vitest';

import { NAUGHTY_STRINGS } from '../../shared/testing/naughty-strings.ts';
import type { KeyAction } from '../keys.ts';
import { createShopperDesk } from '../shopper-desk.ts';
import { createPeerClient } from '../testing/peer-client.ts';
import { PEER_GOODS } from '../testing/peer-goods.ts';
import { createPeerTill } from '../testing/peer-till.ts';
import type { TillClient } from '../till-client.ts';
import { createSellController, type SellController } from './sell-controller.ts';
import { questionOf } from './task.ts';

const MILK = '4006381333931';
const LEMON = '4000000000006';
const UNKNOWN = '9999999999994';
const GIFT_CARD = '4000000000044';
const NAMES: readonly string[] = ['Damaged', 'Price match', 'Gift wrap'];

let client: TillClient;
let sell: SellController;
/** What was asked that is no request of the contract. */
let malformed: string[];
let tones: string[];

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const type = (text: string): void => {
  for (const character of text) sell.typed(character);
};
const press = async (...actions: readonly KeyAction[]): Promise<void> => {
  for (const action of actions) {
    sell.press(action);
    await settle();
  }
};
const choose = async (figures: string): Promise<void> => {
  type(figures);
  await settle();
};
const answer = async (text: string): Promise<void> => {
  sell.setEntry(text);
  await press('enter');
};

/** At a till that was never asked anything. */
const begin = async (): Promise<void> => {
  const till = createPeerTill(PEER_GOODS);
  const joined = createPeerClient(till);
  client = joined.client;
  [malformed, tones] = [joined.malformed, []];
  sell = createSellController({
    client,
    tone: (kind) => tones.push(kind),
    reasons: () => ({ price: NAMES, discount: NAMES, drawer: NAMES, note: NAMES }),
    shopper: createShopperDesk({ line: joined.client, newId: joined.newId, delay: () => () => undefined }),
    openDevices: () => undefined,
    delay: () => () => undefined,
  });
  joined.open();
  await settle();
  sell.scan(MILK);
  await settle();
};

beforeEach(begin);

/** How each field is come to, and what asks there. */
const FIELDS: Readonly<Record<string, { readonly asks: string; readonly open: () => Promise<void> }>> = {
  'a code or a PLU': { asks: 'items', open: async () => undefined },
  'a search': { asks: 'search', open: async () => press('search') },
  'who buys': { asks: 'customer text', open: async () => press('customer') },
  'the name of somebody new': { asks: 'newCustomer text', open: async () => press('newCustomer') },
  'the phone or card of somebody new': {
    asks: 'newCustomer text',
    open: async () => {
      await press('newCustomer');
      await answer('Ada');
    },
  },
  'a coupon': { asks: 'coupon text', open: async () => press('coupon') },
  'a certificate': { asks: 'exemption text', open: async () => press('exemption') },
  'what is taken off a line': { asks: 'discount number', open: async () => press('discountLine') },
  'what is taken off the sale': { asks: 'discount number', open: async () => press('discountBasket') },
  'another price': { asks: 'price number', open: async () => press('price') },
  'a price of what nobody lists': {
    asks: 'unlisted number',
    open: async () => {
      sell.scan(UNKNOWN);
      await settle();
      await press('unlisted');
    },
  },
  'a serial number': {
    asks: 'describe text',
    open: async () => {
      await press('describe');
      await choose('1');
    },
  },
  'a batch': {
    asks: 'describe text',
    open: async () => {
      await press('describe');
      await choose('2');
    },
  },
  'a card whose balance is asked': {
    asks: 'balance text',
    open: async () => {
      await press('balance');
      await choose('1');
    },
  },
  'whose a gift card is': {
    asks: 'goods text',
    open: async () => {
      sell.scan(GIFT_CARD);
      await settle();
    },
  },
  'what a gift card is worth': {
    asks: 'goods number',
    open: async () => {
      sell.scan(GIFT_CARD);
      await settle();
      await answer('G-1');
    },
  },
  'the slip of a tender': {
    asks: 'tenders',
    open: async () => {
      await press('tenders');
      await choose('2');
    },
  },
  ...Object.fromEntries(
    (['the name on an invoice', 'its address', 'its tax number'] as const).map((name, at) => [
      name,
      {
        asks: 'invoice text',
        open: async () => {
          await press('exact', 'slip');
          await choose('3');
          for (const text of ['Ada', '1 High Street'].slice(0, at)) await answer(text);
        },
      },
    ]),
  ),
  'the number of a card slip': {
    asks: 'cardSlip text',
    open: async () => {
      // With the number of a slip the sale is undone, for good.
      await begin();
      sell.showPanel('receipts');
      await settle();
      await choose('2');
      await choose('3');
      sell.undoSale();
      await settle();
      sell.cardByHand();
      await settle();
    },
  },
  'an address of mail': {
    asks: 'mail text',
    open: async () => {
      await press('exact', 'receipts');
      await choose('1');
      sell.mailReceipt(client.view().head?.completed?.receiptNumber ?? '');
      await settle();
    },
  },
};

/** What stands where on the screen. */
const looks = (): string => {
  const { panel, task, notices, tendering, resultsOf } = sell.state();
  const { head, lines } = client.view();
  return JSON.stringify([panel, task, notices, tendering, resultsOf, head, lines]);
};
const close = async (): Promise<void> => {
  for (let presses = 0; presses < 4; presses += 1) await press('clear');
  sell.showPanel('items');
  await settle();
};

test.each(Object.entries(FIELDS))('%s', async (_, { asks, open }) => {
  const faults: string[] = [];
  for (const [what, text] of Object.entries(NAUGHTY_STRINGS)) {
    if (client.view().lines.length === 0) sell.scan(MILK);
    await settle();
    await open();
    const { panel, task } = sell.state();
    expect(task === undefined ? panel : `${task.name} ${questionOf(task, { minorDigits: 2 }).type}`, what).toBe(asks);
    const [before, seen] = [client.view(), looks()];
    tones.length = 0;
    await answer(text);
    if (looks() === seen && tones.length === 0 && text.trim() !== '') faults.push(`${what}: nothing is seen or heard`);
    const kept = new Set(client.view().lines.map(({ lineId }) => lineId));
    const isSame = client.view().head?.basketId === before.head?.basketId;
    if (isSame && before.lines.some(({ lineId }) => !kept.has(lineId))) faults.push(`${what}: a line is lost`);
    faults.push(...malformed.splice(0).map((problem) => `${what}: ${problem}`));
    await close();
  }
  expect(faults).toEqual([]);
  const { length } = client.view().lines;
  sell.scan(LEMON);
  await settle();
  expect(client.view().lines.length).toBe(length + 1);
});
