import { assert, unreachable } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { BasketOpening } from '../basket/basket.ts';
import { decimalText } from '../money/money.ts';
import { quantityText } from '../money/quantity.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import type { Sale } from '../sale/sale.ts';
import { cashRoundingOf, commandOf, HEADER, must, openLane, readShop } from '../testing/shop.ts';
import { receiptWordsOf } from './receipt-words.ts';
import { receiptOf, type ReceiptBlock, type ReceiptContext, type ReceiptDocument } from './receipt.ts';

const SHOP = readShop(`
  goods      | price     | unit  | tax % | age
  -----------+-----------+-------+-------+-----
  milk       | 1.19      | piece | 7     |
  wine       | 5.99      | piece | 19    | 18
  bananas    | 1.79      | gram  | 7     |
`);

const CONTEXT: ReceiptContext = {
  settings: {
    storeName: 'Corner Shop',
    storeAddress: '1 High Street\n\nSpringfield',
    receiptFooter: 'Thank you',
    timeZone: 'Europe/Berlin',
  },
  lane: '1',
  atMs: 1_773_502_200_000,
  itemName: (sku) => (sku === 'bananas' ? undefined : sku.toUpperCase()),
  taxName: (taxClass) => (taxClass === 'tax 19' ? 'VAT' : undefined),
};

test('what the company writes stands under the address, under the sale and at the end, in the language of the receipt', () => {
  const settings = {
    ...CONTEXT.settings,
    receiptHeader: 'Open until ten\n== de ==\nBis zehn geöffnet',
    receiptFooter: 'Thank you\n== de ==\nDanke',
    receiptLegal: 'Registered in Springfield',
  };
  const texts = (language?: string): readonly string[] =>
    receiptOf(saleAfter(['scan milk', 'cash 1.19']), { ...CONTEXT, settings, ...(language !== undefined && { language }) }).blocks.flatMap(
      (block) => (block.type === 'text' ? [block.text] : []),
    );
  expect(texts('de-AT')).toEqual(['1 High Street', 'Springfield', 'Bis zehn geöffnet', 'Danke', 'Registered in Springfield']);
  expect(texts()).toEqual(['1 High Street', 'Springfield', 'Open until ten', 'Thank you', 'Registered in Springfield']);
});

function saleAfter(words: readonly string[], changes: Partial<BasketOpening> = {}, training = false): Sale {
  const lane = words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), openLane(changes));
  const entry = completeSale(lane.basket, { ...HEADER, training }, { receiptNumber: '1-0011-000001' });
  const sale = readSale(entry.fields);
  assert(sale.ok, 'the sale can be read');
  return sale.value;
}
const receiptAfter = (...args: Parameters<typeof saleAfter>): ReceiptDocument => receiptOf(saleAfter(...args), CONTEXT);

/** A plain printing, for the eye of this test only. */
function printed(document: ReceiptDocument): string {
  const money = (amountMinor: number): string => decimalText(amountMinor, document.minorDigits);
  const lineOf = (block: ReceiptBlock): string => {
    switch (block.type) {
      case 'heading':
        return `# ${block.text}`;
      case 'text':
        return block.text;
      case 'rule':
        return '---';
      case 'line':
        return `${quantityText(block.quantity)} x ${decimalText(block.unitPrice.amount, block.unitPrice.decimals)} ${block.name} = ${money(block.amountMinor)} ${block.taxMark}`;
      case 'reduction':
        return `  ${block.name}: ${money(block.amountMinor)}`;
      case 'amount':
        return `${block.label}: ${money(block.amountMinor)}${block.emphasis ? ' !' : ''}`;
      case 'tax':
        return `${block.mark} ${block.name} ${decimalText(block.rateBps, 2)} %: ${money(block.netMinor)} + ${money(block.taxMinor)}`;
      case 'signature':
        return `~${block.strokes.length}~`;
      case 'code':
        return `[${block.text}]`;
      case 'facts':
        return block.facts.map((fact) => fact.join(' ')).join(', ');
      default:
        return unreachable(block, 'printed');
    }
  };
  return document.blocks.map(lineOf).join('\n');
}

describe('a receipt', () => {
  test('of prices with tax', () => {
    const document = receiptAfter(['3 x milk', 'scan wine', '842 x bananas', 'age', 'cash 20.00']);
    expect(document).toMatchObject({ receiptNumber: '1-0011-000001', currency: 'EUR', minorDigits: 2 });
    expect(printed(document)).toBe(
      [
        '# Corner Shop',
        '1 High Street',
        'Springfield',
        '---',
        '3 x 1.19 MILK = 3.57 B',
        '1 x 5.99 WINE = 5.99 A',
        '0.842 x 1.79 bananas = 1.51 B',
        '---',
        'Total: 11.07 !',
        'Cash: 20.00',
        'Change: 8.93',
        '---',
        'A VAT 19.00 %: 5.03 + 0.96',
        'B tax 7 7.00 %: 4.75 + 0.33',
        '---',
        'Receipt 1-0011-000001, Date 2026-03-14 16:30:00, Lane 1, Operator op-1',
        'Thank you',
      ].join('\n'),
    );
  });

  test('of prices without tax, of a refund, of rounded cash, of several tenders, and in training', () => {
    const exclusive = printed(receiptAfter(['3 x milk', 'cash 3.82'], { taxInclusive: false }));
    expect(exclusive).toContain('Subtotal: 3.57\nTax: 0.25\nTotal: 3.82 !\nCash: 3.82\n---');
    const refund = printed(receiptAfter(['-1 x milk', 'cash -1.19']));
    expect(refund).toContain('-1 x 1.19 MILK = -1.19 A\n---\nRefund: -1.19 !\nCash: -1.19\n---');
    const cashRounding = cashRoundingOf('5');
    assert(cashRounding !== undefined, 'the words name a rounding');
    const rounded = printed(receiptAfter(['scan milk', 'cash 2.00'], { cashRounding }));
    expect(rounded).toContain('Total: 1.19 !\nRounding: 0.01\nCash: 2.00\nChange: 0.80\n---');
    const tenders = ['pay usd 1.00', 'pay voucher 0.10', 'pay card 0.17 tip 0.20'];
    expect(printed(receiptAfter(['scan milk', ...tenders]))).toContain(
      'Total: 1.19 !\nusd USD 1.00: 0.92\nVoucher: 0.10\nCard: 0.17\nTip: 0.20\n---',
    );
    expect(printed(receiptAfter(['scan milk', 'cash 1.19'], {}, true))).toContain('Springfield\nTRAINING: NOT A RECEIPT\n---');
  });
});

test.each([
  [undefined, 'VISA **** 1234, Authorisation 4711, AID A0000000031010, Terminal T1'],
  [true, 'VISA **** 1234, Authorisation accepted offline, AID A0000000031010, Terminal T1'],
] as const)('a card says what its slip says; accepted by the terminal alone (%s), that', (isOffline, facts) => {
  const sale = saleAfter(['scan milk', 'pay card 1.19']);
  const card = {
    paymentId: 'abcdefghij',
    atMs: 0,
    brand: 'VISA',
    lastFour: '1234',
    authorisation: '4711',
    applicationId: 'A0000000031010',
    terminalId: 'T1',
    ...(isOffline === true && { isOffline }),
  };
  const document = receiptOf({ ...sale, tenders: sale.tenders.map((tender) => ({ ...tender, card })) }, CONTEXT);
  expect(printed(document)).toContain(`Card: 1.19\n${facts}\n---`);
});

test('what comes back names the sale that it is of, its day, and its store where that is another one; each once', () => {
  const undone = saleAfter(['-1 x milk', 'cash -1.19']);
  const [line] = undone.lines;
  assert(line !== undefined, 'it has a line');
  const returnOf = { receiptNumber: '1-0011-000001', line: 1 };
  const sale = {
    ...undone,
    lines: [
      { ...line, returnOf },
      { ...line, returnOf: { ...returnOf, line: 2 } },
      { ...line, returnOf: { receiptNumber: '7-0022-000009', store: '2', line: 1 } },
    ],
  };
  const context = { ...CONTEXT, soldOn: (receipt: string) => (receipt === returnOf.receiptNumber ? '2026-03-01' : undefined) };
  expect(printed(receiptOf(sale, context))).toContain(
    ['Return of receipt', 'Receipt 1-0011-000001, Date 2026-03-01', 'Return of receipt', 'Receipt 7-0022-000009, Store 2'].join('\n'),
  );
  expect(printed(receiptOf(sale, { ...context, isGift: true }))).not.toContain('Return of receipt');
  const named = printed(receiptOf({ ...sale, postVoidOf: '1-0011-000001' }, context));
  expect(named).toContain('Undoes receipt\nReceipt 1-0011-000001, Date 2026-03-01');
  expect(named).not.toContain('Return of receipt');
  const tenders = [{ tenderType: 'cash', amountMinor: -357, inPlaceOf: 'card' }];
  expect(printed(receiptOf({ ...sale, tenders, postVoidOf: '1-0011-000001' }, context))).toContain('Cash: -3.57\nIn place of Card');
});

test('the seller’s tax number stands under the address; what each language says of copies is not another’s', () => {
  const settings = { ...CONTEXT.settings, storeTaxNumber: 'DE123456789' };
  const text = printed(receiptOf(saleAfter(['scan milk', 'cash 1.19']), { ...CONTEXT, settings }));
  expect(text).toContain('Springfield\nTax number DE123456789\n');
  const copies = ['en-GB', 'de-DE', 'fr', 'es', 'ar-EG', 'ja', 'he-IL', 'th'].map((locale) => receiptWordsOf(locale).copy);
  expect(new Set(copies).size).toBe(8);
  expect(receiptWordsOf('pt')).toBe(receiptWordsOf('en'));
});
