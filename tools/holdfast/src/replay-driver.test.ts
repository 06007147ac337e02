/** The replay's driver against a till of its own making: a peer that keeps one basket and answers as the contract says. */
import { describe, expect, test } from 'vitest';

import { differencesOf } from './replay-session.ts';
import { replayInvoices } from './replay.ts';
import { decimalPrice, reasonOf, type RetailInvoice } from './retail-file.ts';
import { addInvoice, createSums, lineAmountPennies } from './retail-sums.ts';
import type { TillConnection, TillReply } from './till-access.ts';

type Body = Readonly<Record<string, unknown>>;

interface Peer extends TillConnection {
  readonly requests: Body[];
  readonly receipts: { readonly reference: unknown; readonly totalMinor: number }[];
}

/** `skew`: pennies that this till counts wrongly per sale. */
function createPeer(options: { readonly skew?: number; readonly takesNegativePrices?: boolean } = {}): Peer {
  const requests: Body[] = [];
  const receipts: Peer['receipts'] = [];
  let dueMinor = 0;
  let redRows = 0;
  let replies = Promise.resolve();
  const refused = (id: string, type: string): TillReply => ({ type: 'refused', id, refusal: { type, detail: {} } });
  const answer = (id: string, body: Body): TillReply => {
    if (body['type'] === 'addItem') {
      const { unitPrice } = body['override'] as { unitPrice: { amount: number; decimals: number } };
      if (unitPrice.amount < 0 && options.takesNegativePrices !== true) {
        redRows += 1;
        return refused(id, 'negativePrice');
      }
      const digits = String(Math.abs(unitPrice.amount)).padStart(unitPrice.decimals + 1, '0');
      const priceText = `${digits.slice(0, digits.length - unitPrice.decimals)}.${digits.slice(digits.length - unitPrice.decimals) || '0'}`;
      dueMinor += Number(lineAmountPennies({ quantity: body['quantity'] as number, priceText }));
    }
    if (body['type'] === 'clearRefused') redRows = 0;
    if (body['type'] === 'payCash') {
      if (redRows > 0) return refused(id, 'refusedRowsOpen');
      const totalMinor = dueMinor + (options.skew ?? 0);
      if (body['amountMinor'] !== dueMinor) return refused(id, 'tenderTooSmall');
      dueMinor = 0;
      receipts.push({ reference: body['externalReference'], totalMinor });
      return { type: 'reply', id, value: { completed: { receiptNumber: `r${receipts.length}`, totalMinor, changeMinor: 0 } } };
    }
    return { type: 'reply', id, value: {} };
  };
  return {
    requests,
    receipts,
    request: (body) => {
      requests.push(body);
      const id = String(requests.length);
      // In order, and never at once.
      const reply = replies.then(() => answer(id, body));
      replies = reply.then(() => undefined);
      return reply;
    },
    close: () => undefined,
  };
}

const invoice = (number: string, ...lines: readonly (readonly [sku: string, quantity: number, priceText: string])[]): RetailInvoice => ({
  number,
  lines: lines.map(([sku, quantity, priceText]) => {
    const price = decimalPrice(priceText)!;
    return { sku, quantity, priceText, price, reason: reasonOf(quantity, price) };
  }),
});

async function* each(invoices: readonly RetailInvoice[]): AsyncGenerator<RetailInvoice> {
  yield* invoices;
}

const INVOICES = [
  invoice('1', ['85123A', 6, '2.55'], ['85123a', 1, '0.001'], ['M', 2, '0.0']),
  invoice('C2', ['85123A', -2, '2.55']),
  invoice('3', ['22', -10, '0.0'], ['m', -1, '0.0']),
  invoice('A4', ['B', 1, '-11062.06']),
  invoice('A5', ['B', 1, '11062.06']),
];

describe('replayInvoices', () => {
  test('sells, takes back, gives away, adjusts and has refused what the file says', async () => {
    const till = createPeer();
    const replayed = await replayInvoices(till, each(INVOICES), () => undefined);
    expect(till.receipts).toEqual([
      { reference: '1', totalMinor: 1_530 },
      { reference: 'C2', totalMinor: -510 },
      { reference: 'A5', totalMinor: 1_106_206 },
    ]);
    expect(replayed).toMatchObject({ documents: 3, refusedLines: 1, totalMinor: 1_107_226n });
    expect(till.requests.filter(({ type }) => type === 'adjustStock')).toEqual([
      {
        type: 'adjustStock',
        reason: 'stock adjustment',
        movements: [
          { sku: '22', quantity: 10, unit: 'piece' },
          { sku: 'm', quantity: 1, unit: 'piece' },
        ],
        externalReference: '3',
      },
    ]);
    expect(till.requests.find(({ sku }) => sku === '85123a')).toMatchObject({
      quantity: 1,
      override: { unitPrice: { amount: 1, decimals: 3 } },
      confirmed: true,
    });
  });

  test('an invoice that is longer than what may be on its way goes through', async () => {
    const till = createPeer();
    const long = invoice('9', ...Array.from({ length: 1_114 }, (_, line) => [`sku${line}`, 1, '0.85'] as const));
    const replayed = await replayInvoices(till, each([...INVOICES, long, ...INVOICES]), () => undefined);
    expect(replayed).toMatchObject({ documents: 7, refusedLines: 2, totalMinor: 2n * 1_107_226n + 94_690n });
  });

  test('a till that counts a penny too much ends it', async () => {
    await expect(replayInvoices(createPeer({ skew: 1 }), each(INVOICES), () => undefined)).rejects.toThrow(/Invoice 1: .*1530 pennies/);
  });

  test('a till that sells below 0 ends it', async () => {
    const till = createPeer({ takesNegativePrices: true });
    await expect(replayInvoices(till, each(INVOICES), () => undefined)).rejects.toThrow(/Invoice A4: .*line B × 1 at -11062.06/);
  });
});

describe('the comparison', () => {
  const sums = createSums();
  for (const one of INVOICES) addInvoice(sums, one);
  const held = (change: Readonly<Record<string, readonly [bigint, bigint, bigint]>> = {}) =>
    new Map(
      Object.entries({
        '85123A': [4n, 1_020n, -4n],
        '85123a': [1n, 0n, -1n],
        M: [2n, 0n, -2n],
        '22': [0n, 0n, -10n],
        m: [0n, 0n, -1n],
        B: [1n, 1_106_206n, -1n],
        ...change,
      } as const).map(([sku, [quantity, amountPennies, onHand]]) => [sku, { quantity, amountPennies, onHand }]),
    );

  test('equal is equal, also on top of what was there before', () => {
    const expected = { found: [], skus: 6, totalPennies: 1_107_226n };
    expect(differencesOf(sums, new Map(), held())).toEqual(expected);
    const twice = new Map(
      [...held()].map(([sku, f]) => [sku, { quantity: f.quantity * 2n, amountPennies: f.amountPennies * 2n, onHand: f.onHand * 2n }]),
    );
    expect(differencesOf(sums, held(), twice)).toEqual(expected);
  });

  test.each([
    ['a penny', held({ B: [1n, 1_106_205n, -1n] }), ['B: amountPennies 1106205, the file says 1106206']],
    ['a piece', held({ M: [3n, 0n, -2n] }), ['M: quantity 3, the file says 2']],
    ['a movement', held({ m: [0n, 0n, 0n] }), ['m: onHand 0, the file says -1']],
    ['a SKU that nobody sold', held({ x: [0n, 0n, 1n] }), ['x: onHand 1, the file says 0']],
    [
      'SKUs that differ in case alone',
      held({ '85123A': [5n, 1_020n, -5n], '85123a': [0n, 0n, 0n] }),
      [
        '85123A: quantity 5, the file says 4',
        '85123A: onHand -5, the file says -4',
        '85123a: quantity 0, the file says 1',
        '85123a: onHand 0, the file says -1',
      ],
    ],
  ])('%s is found', (_, after, found) => {
    expect(differencesOf(sums, new Map(), after).found).toEqual(found);
  });
});
