/**
 * Every selling function, in two halves, over the socket of a window: whatever happens between the halves (the hub is cut off, a neighbour dies, the
 * till itself is killed), the second half ends in the same sale. Amounts are what the goods' prices come to, reckoned here.
 */
import { randomBytes } from 'node:crypto';

import { assert } from '@holdfast/base';
import { expect } from 'vitest';
import { z } from 'zod';

import type { DemoReady } from '../src/demo-folder.ts';
import { createHubApi } from '../src/hub-api.ts';
import { accessTill, type TillConnection, type TillReply } from '../src/till-access.ts';
import { GOODS } from './goods.ts';

const [MILK, BREAD] = [GOODS[0]!, GOODS[1]!];
const BEER = { gtin: '9522480000116', priceMinor: 99 } as const;
const NOBODY_LISTS = '4003994155486';
/** 0.80 for a dollar. */
const FOREIGN = { tenderType: 'usd', fields: { currency: 'USD', rateAmount: 8, rateDecimals: 1 } } as const;

/** Of a window's state, what a function looks at. */
const stateSchema = z.object({
  head: z.object({ totals: z.object({ dueMinor: z.int() }) }),
  lines: z.array(z.object({ lineId: z.string(), kind: z.string() })),
});

type Body = Readonly<Record<string, unknown>>;
type Value = Extract<TillReply, { type: 'reply' }>['value'];

/** A lane, as a function works it. */
export interface Hand {
  take(body: Body): Promise<Value>;
  /** What is said to it, whatever it is. */
  ask(body: Body): Promise<TillReply>;
  /** The type of a refusal. */
  refused(body: Body): Promise<string>;
  /** The open sale. */
  head(): Promise<Head>;
}

interface Head {
  readonly totals: { readonly dueMinor: number };
  readonly lines: readonly { readonly lineId: string; readonly kind: string }[];
}

/** What `begin` gives, `end` takes. */
interface SellingFunction {
  readonly name: string;
  readonly begin: (hand: Hand) => Promise<unknown>;
  readonly end: (hand: Hand, begun: unknown) => Promise<void>;
}

const scan = { type: 'scan', code: MILK.gtin } as const;
const ON_ACCOUNT = { type: 'tender', tenderType: 'account', amountMinor: 50 } as const;

/** Pays the rest in cash, to the cent, and says what the sale came to. */
async function settle(hand: Hand, totalMinor: number): Promise<string> {
  const { totals } = await hand.head();
  const { completed } = await hand.take({ type: 'payCash', amountMinor: totals.dueMinor });
  assert(completed !== undefined, 'the sale is complete');
  assert(completed.totalMinor === totalMinor, `${completed.totalMinor} is ${totalMinor}`);
  return completed.receiptNumber;
}

async function sold(hand: Hand): Promise<string> {
  await hand.take(scan);
  return settle(hand, MILK.priceMinor);
}

const lineOf = async (hand: Hand, index = 0): Promise<string> => {
  const line = (await hand.head()).lines.filter(({ kind }) => kind === 'item')[index];
  assert(line !== undefined, `line ${index}`);
  return line.lineId;
};

/** One request to begin with and one that changes what is due to `totalMinor`. */
const changes = (name: string, change: (hand: Hand) => Promise<unknown>, totalMinor: number): SellingFunction => ({
  name,
  begin: async (hand) => {
    await hand.take(scan);
    await change(hand);
  },
  end: async (hand) => void (await settle(hand, totalMinor)),
});

/** Something else than cash, and cash for the rest. */
const pays = (name: string, tender: Body, totalMinor: number = MILK.priceMinor): SellingFunction => ({
  name,
  begin: async (hand) => {
    await hand.take(scan);
    await hand.take({ type: 'scan', code: BREAD.gtin });
    await hand.take({ type: 'tender', ...tender });
  },
  end: async (hand) => void (await settle(hand, totalMinor)),
});

/** What is no goods: a card, a deposit, an account. */
const loads = (name: string, sku: string, on: string): SellingFunction => ({
  name,
  begin: async (hand) => hand.take({ type: 'addItem', sku, on, worthMinor: 1_000 }),
  end: async (hand) => void (await settle(hand, 1_000)),
});

const BOTH_MINOR = MILK.priceMinor + BREAD.priceMinor;
const DEPOSIT_MINOR = 1_000;

/** Nobody has the next one yet. */
let lastPhone = 15_170_000_000;

const FUNCTIONS: readonly SellingFunction[] = [
  {
    name: 'suspend, and recall',
    begin: async (hand) => {
      await hand.take(scan);
      await hand.take({ type: 'suspend' });
    },
    end: async (hand) => {
      const { suspended } = (await hand.take({ type: 'suspended' })) as { suspended?: readonly { basketId: string }[] };
      await hand.take({ type: 'resume', basketId: suspended?.[0]?.basketId });
      await settle(hand, MILK.priceMinor);
    },
  },
  {
    name: 'void line',
    begin: async (hand) => {
      await hand.take(scan);
      await hand.take({ type: 'scan', code: BREAD.gtin });
    },
    end: async (hand) => {
      await hand.take({ type: 'voidLine', lineId: await lineOf(hand, 1) });
      await settle(hand, MILK.priceMinor);
    },
  },
  {
    name: 'void sale',
    begin: async (hand) => hand.take(scan),
    end: async (hand) => {
      await hand.take({ type: 'voidSale' });
      const { lines } = await hand.head();
      assert(lines.length === 0, 'nothing is left of it');
      await sold(hand);
    },
  },
  {
    name: 'return by its receipt',
    begin: sold,
    end: async (hand, receiptNumber) => {
      await hand.take({ type: 'returnable', receiptNumber });
      await hand.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
      const { completed } = await hand.take({ type: 'refund' });
      assert(completed?.totalMinor === -MILK.priceMinor, 'it is given back');
    },
  },
  {
    name: 'return without a receipt',
    begin: async (hand) => hand.take({ ...scan, quantity: -1 }),
    end: async (hand) => void (await settle(hand, -MILK.priceMinor)),
  },
  {
    name: 'exchange',
    begin: async (hand) => {
      const receiptNumber = await sold(hand);
      await hand.take({ type: 'returnable', receiptNumber });
      await hand.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    },
    end: async (hand) => {
      await hand.take({ type: 'scan', code: BREAD.gtin });
      await settle(hand, BREAD.priceMinor - MILK.priceMinor);
    },
  },
  {
    name: 'post-void',
    begin: sold,
    end: async (hand, receiptNumber) => void (await hand.take({ type: 'postVoid', receiptNumber })),
  },
  changes(
    'price override',
    async (hand) =>
      hand.take({
        type: 'overridePrice',
        lineId: await lineOf(hand),
        override: { unitPrice: { amount: MILK.priceMinor - 1, decimals: 2 }, reason: 'Damaged' },
      }),
    MILK.priceMinor - 1,
  ),
  changes(
    'discount on a line',
    async (hand) =>
      hand.take({ type: 'discount', lineId: await lineOf(hand), off: { type: 'amount', amountMinor: 5 }, reason: 'Complaint' }),
    MILK.priceMinor - 5,
  ),
  changes(
    'discount on the sale',
    async (hand) => hand.take({ type: 'discount', off: { type: 'amount', amountMinor: 5 }, reason: 'Complaint' }),
    MILK.priceMinor - 5,
  ),
  changes('price check', async (hand) => hand.take({ type: 'inquire', of: { type: 'scan', code: BREAD.gtin } }), MILK.priceMinor),
  ...(['serial', 'batch', 'note'] as const).map((what) =>
    changes(what, async (hand) => hand.take({ type: 'describeLine', lineId: await lineOf(hand), [what]: 'Gift wrap' }), MILK.priceMinor),
  ),
  {
    name: 'unknown code',
    begin: async (hand) => hand.refused({ type: 'scan', code: NOBODY_LISTS }),
    end: async (hand) => {
      const row = (await hand.head()).lines.find(({ kind }) => kind === 'refused');
      const unitPrice = { amount: 250, decimals: 2 };
      await hand.take({ type: 'sellUnlisted', department: 'Pantry', unitPrice, code: NOBODY_LISTS, rowId: row?.lineId });
      await settle(hand, 250);
    },
  },
  {
    name: 'age check',
    begin: async (hand) => {
      await hand.take({ type: 'scan', code: BEER.gtin });
      await hand.refused({ type: 'payCash', amountMinor: BEER.priceMinor });
    },
    end: async (hand) => {
      await hand.take({ type: 'confirmAge', method: 'document' });
      await settle(hand, BEER.priceMinor);
    },
  },
  {
    name: 'tax exemption',
    begin: async (hand) => {
      await hand.take(scan);
      await hand.take({ type: 'exempt', certificate: 'EX-9' });
    },
    end: async (hand) => {
      await hand.take({ type: 'clearExemption' });
      await settle(hand, MILK.priceMinor);
    },
  },
  changes('eaten here', async (hand) => hand.take({ type: 'setService', service: 'eatIn' }), MILK.priceMinor),
  {
    name: 'customer: taken up, and found by phone',
    begin: async (hand) => {
      await hand.take(scan);
      const phone = `0${(lastPhone += 1)}`;
      await hand.take({ type: 'addCustomer', name: 'Ada Beispiel', phone, consent: true });
      return phone;
    },
    end: async (hand, text) => {
      await hand.take({ type: 'clearCustomer' });
      await hand.take({ type: 'attachCustomer', text });
      await settle(hand, MILK.priceMinor);
    },
  },
  {
    name: 'customer: searched by name',
    begin: async (hand) => hand.take(scan),
    end: async (hand) => {
      const reply = await hand.ask({ type: 'findCustomers', text: 'beispiel' });
      // Names are at the hub alone, and the lane says so.
      assert(reply.type === 'reply' || reply.refusal.type === 'customersAway', `searched: ${JSON.stringify(reply)}`);
      await settle(hand, MILK.priceMinor);
    },
  },
  changes('loyalty', async (hand) => hand.take({ type: 'setCustomer', customerId: '1001' }), MILK.priceMinor),
  changes('coupon', async (hand) => hand.take({ type: 'addCoupon', code: '9952000000010' }), MILK.priceMinor),
  changes('the receipt in French', async (hand) => hand.take({ type: 'setReceiptLanguage', language: 'fr' }), MILK.priceMinor),
  loads('gift card', 'SV-100', 'C-1'),
  loads('layaway deposit', 'SV-110', 'L-1'),
  loads('order deposit', 'SV-115', 'O-1'),
  loads('payment on account', 'SV-120', 'A-1'),
  ...(['SV-110', 'SV-115'] as const).map((sku): SellingFunction => ({
    name: sku === 'SV-110' ? 'layaway is picked up' : 'order is picked up',
    begin: async (hand) => {
      await hand.take({ type: 'addItem', sku, on: 'P-1', worthMinor: DEPOSIT_MINOR });
      await settle(hand, DEPOSIT_MINOR);
      await hand.take(scan);
    },
    end: async (hand) => {
      await hand.take({ type: 'addItem', sku, on: 'P-1', worthMinor: DEPOSIT_MINOR, quantity: -1 });
      await settle(hand, MILK.priceMinor - DEPOSIT_MINOR);
    },
  })),
  {
    name: 'donation',
    begin: async (hand) => hand.take(scan),
    end: async (hand) => {
      await hand.take({ type: 'addItem', sku: 'SV-125', worthMinor: 1 });
      await settle(hand, MILK.priceMinor + 1);
    },
  },
  pays('voucher and cash', { tenderType: 'voucher', amountMinor: 50, reference: 'V-1' }, BOTH_MINOR),
  {
    name: 'sale on account and cash',
    begin: async (hand) => {
      await hand.take(scan);
      await hand.take({ type: 'scan', code: BREAD.gtin });
      const refused = await hand.refused(ON_ACCOUNT);
      assert(refused === 'notOnAccount', `nobody buys on account: ${refused}`);
      await hand.take({ type: 'setCustomer', customerId: '1001' });
      await hand.take(ON_ACCOUNT);
    },
    end: async (hand) => void (await settle(hand, BOTH_MINOR)),
  },
  {
    name: 'gift card and cash',
    begin: async (hand) => {
      await hand.take({ type: 'addItem', sku: 'SV-100', on: 'C-2', worthMinor: DEPOSIT_MINOR });
      await settle(hand, DEPOSIT_MINOR);
      await hand.take(scan);
    },
    end: async (hand) => {
      await hand.take({ type: 'tender', tenderType: 'giftCard', amountMinor: 1, reference: 'C-2' });
      await settle(hand, MILK.priceMinor);
    },
  },
  pays('foreign cash', { tenderType: FOREIGN.tenderType, amountMinor: 100 }, BOTH_MINOR),
  pays('three tenders, with a tip', { tenderType: 'cardByHand', amountMinor: 50, tipMinor: 20, reference: '4711' }, BOTH_MINOR),
  {
    name: 'cash back',
    begin: async (hand) => hand.take(scan),
    end: async (hand) => {
      const tender = { tenderType: 'cardByHand', amountMinor: MILK.priceMinor + 500, cashBackMinor: 500, reference: '4712' };
      const { completed } = await hand.take({ type: 'tender', ...tender });
      assert(completed?.totalMinor === MILK.priceMinor, 'the goods are paid, and 5.00 come back');
    },
  },
  ...([{}, { isGift: true }] as const).map((how): SellingFunction => ({
    name: 'isGift' in how ? 'gift receipt' : 'the receipt again',
    begin: sold,
    end: async (hand, receiptNumber) => void (await hand.take({ type: 'printReceipt', receiptNumber, ...how })),
  })),
  {
    name: 'receipt by mail',
    begin: sold,
    end: async (hand, receiptNumber) => void (await hand.take({ type: 'mailReceipt', receiptNumber, to: 'ada@example.com' })),
  },
  {
    name: 'invoice',
    begin: sold,
    end: async (hand, receiptNumber) => {
      const buyer = { name: 'Beispiel GmbH', address: 'Hafen 1\n12345 Musterstadt' };
      const { invoiceNumber } = await hand.take({ type: 'invoice', receiptNumber, buyer });
      assert(typeof invoiceNumber === 'string', 'it has a number');
    },
  },
  {
    name: 'no sale',
    begin: async (hand) => hand.take({ type: 'openDrawer', reason: 'Change' }),
    end: async (hand) => void (await sold(hand)),
  },
];

/** A lane whose till may be another process from one half to the next. */
export interface LaneHand extends Hand {
  /** Whatever stands is nobody's any more. */
  readonly abandon: () => Promise<void>;
  readonly reconnect: () => Promise<void>;
  readonly close: () => void;
}

export async function createHand(data: string): Promise<LaneHand> {
  const connect = async (): Promise<TillConnection> => (await accessTill(data)).connect();
  let connection = await connect();
  const take = async (body: Body): Promise<Value> => {
    const reply = await connection.request(body);
    assert(reply.type === 'reply', `${String(body['type'])} is done: ${JSON.stringify(reply)}`);
    return reply.value;
  };
  return {
    take,
    ask: async (body) => connection.request(body),
    refused: async (body) => {
      const reply = await connection.request(body);
      assert(reply.type === 'refused', `${String(body['type'])} is refused: ${JSON.stringify(reply)}`);
      return reply.refusal.type;
    },
    head: async () => {
      const { head, lines } = stateSchema.parse((await take({ type: 'open', version: 1 }))['state']);
      return { totals: head.totals, lines };
    },
    abandon: async () => void (await connection.request({ type: 'voidSale' })),
    reconnect: async () => {
      connection.close();
      connection = await connect();
    },
    close: () => connection.close(),
  };
}

/** Tenders that the demo's shop does not take come to its lanes. A sale that stands open keeps the tenders of its own cut: it is nobody's any more. */
export async function prepareFunctions(
  hub: { readonly url: string; readonly consoleToken: string },
  hands: readonly LaneHand[],
): Promise<void> {
  await createHubApi(hub.url, hub.consoleToken).publish([
    { type: 'tenderType', key: 'account', scope: 'global', fields: { kind: 'onAccount', name: 'Account', keepsBalance: true } },
    {
      type: 'tenderType',
      key: FOREIGN.tenderType,
      scope: 'global',
      fields: { kind: 'foreignCash', name: 'US dollars', ...FOREIGN.fields },
    },
    // Nobody opens what would be sealed to it.
    { type: 'setting', key: 'receiptMailKey', scope: 'global', fields: { value: `functions ${randomBytes(32).toString('hex')}` } },
  ]);
  for (const hand of hands) {
    await hand.abandon();
    const names = async (): Promise<string> => JSON.stringify((await hand.take({ type: 'tenderTypes' }))['tenderTypes']);
    await expect.poll(names).toContain(FOREIGN.tenderType);
  }
}

/** All virtual devices of a lane: the printer, the scale, the shopper's display and the card terminal. */
export async function plugDevices(lane: DemoReady['lanes'][number], isPlugged: boolean): Promise<void> {
  const act = isPlugged ? 'plug' : 'unplug';
  const presses = [lane.paperUrl, lane.scaleUrl, lane.displayUrl].map((url) => new URL(`do/${act}`, url));
  for (const url of [...presses, new URL(`press/${act}`, lane.terminalUrl)])
    expect((await fetch(url, { method: 'POST' })).ok, url.href).toBe(true);
}

/** Every function, or those of `isTaken`, with `middle` between its halves; what went wrong. */
export async function runFunctions(
  condition: string,
  hand: LaneHand,
  middle: () => Promise<void> = async () => undefined,
  isTaken: (index: number) => boolean = () => true,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { name, begin, end } of FUNCTIONS.filter((_, index) => isTaken(index))) {
    try {
      const begun = await begin(hand);
      await middle();
      await end(hand, begun);
    } catch (error) {
      wrong.push(`${name}, ${condition}: ${String(error)}`);
      const next = await hand.abandon().then(() => undefined, String);
      if (next !== undefined) wrong.push(`${name}, ${condition}, afterwards: ${next}`);
    }
  }
  return wrong;
}
