/** What a signer is told of sales, to the letter, and what their receipts say of it. */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS } from '../ledger/ledger.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import type { Sale } from '../sale/sale.ts';
import { commandOf, HEADER, must, openLane, readShop } from '../testing/shop.ts';
import {
  abortedFiscalData,
  fiscalCodeOf,
  fiscalDataOf,
  fiscalGapEntry,
  fiscalSignatureEntry,
  readFiscalSignature,
  type FiscalSignature,
} from './fiscal.ts';
import { RECEIPT_WORDS } from './receipt-words.ts';
import { receiptOf, type ReceiptContext } from './receipt.ts';

const SHOP = readShop(`
  goods      | price     | unit  | tax % | age
  -----------+-----------+-------+-------+-----
  milk       | 1.19      | piece | 7     |
  soap       | 5.99      | piece | 19    |
  book       | 10.00     | piece | 0     |
`);

function saleAfter(words: readonly string[], training = false): Sale {
  const lane = words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), openLane({}));
  const sale = readSale(completeSale(lane.basket, { ...HEADER, training }, { receiptNumber: '1-0011-000001' }).fields);
  assert(sale.ok, 'the sale can be read');
  return sale.value;
}

const SIGNATURE: FiscalSignature = {
  receiptNumber: '1-0011-000001',
  client: 'lane-1',
  transaction: 7,
  counter: 21,
  startedAtMs: 1_764_579_600_000,
  signedAtMs: 1_764_579_660_050,
  signature: 'c2lnbmVk',
  algorithm: 'ecdsa-plain-SHA256',
  serial: 'ab12',
  publicKey: 'a2V5',
  type: 'Kassenbeleg-V1',
  data: 'Beleg^5.99_1.19_0.00_0.00_0.00^7.18:Bar',
};

describe('Germany', () => {
  const data = (words: readonly string[], training = false): string => fiscalDataOf(saleAfter(words, training), 'DE').data;

  test('gross by rate, then what was paid in cash and otherwise', () => {
    expect(fiscalDataOf(saleAfter(['scan soap', 'scan milk', 'cash 10.00']), 'DE')).toEqual({
      type: 'Kassenbeleg-V1',
      data: 'Beleg^5.99_1.19_0.00_0.00_0.00^7.18:Bar',
    });
    expect(data(['scan book', 'scan milk', 'pay card 5.00', 'pay cash 20.00'])).toBe('Beleg^0.00_1.19_0.00_0.00_10.00^6.19:Bar_5.00:Unbar');
    expect(data(['scan soap', 'pay card 5.99'])).toBe('Beleg^5.99_0.00_0.00_0.00_0.00^5.99:Unbar');
  });

  test('training and what was given up have words of their own', () => {
    expect(data(['scan soap', 'cash 5.99'], true)).toBe('AVTraining^5.99_0.00_0.00_0.00_0.00^5.99:Bar');
    expect(fiscalDataOf({ ...saleAfter(['scan soap', 'cash 5.99']), postVoidOf: '1-0011-000000' }, 'DE').data).toMatch(/^AVBelegstorno\^/);
    expect(abortedFiscalData('DE').data).toBe('AVBelegabbruch^0.00_0.00_0.00_0.00_0.00^');
  });

  test('another currency stands behind what was paid', () => {
    expect(fiscalDataOf({ ...saleAfter(['scan soap', 'cash 5.99']), currency: 'CHF' }, 'DE').data).toMatch(/\^5\.99:Bar:CHF$/);
  });

  test('the code says all of it, in the order of version 0', () => {
    expect(fiscalCodeOf({ type: 'signed', regime: 'DE', signature: SIGNATURE })).toBe(
      'V0;lane-1;Kassenbeleg-V1;Beleg^5.99_1.19_0.00_0.00_0.00^7.18:Bar;7;21;2025-12-01T09:00:00.000Z;2025-12-01T09:01:00.050Z;ecdsa-plain-SHA256;unixTime;c2lnbmVk;a2V5',
    );
    expect(fiscalCodeOf({ type: 'signed', regime: 'plain', signature: SIGNATURE })).toBeUndefined();
  });
});

test('elsewhere a signer is told the receipt’s own figures', () => {
  const { type, data } = fiscalDataOf(saleAfter(['scan milk', 'cash 1.19']), 'plain');
  expect([type, JSON.parse(data)]).toEqual([
    'receipt',
    { receiptNumber: '1-0011-000001', currency: 'EUR', totalMinor: 119, taxes: [['tax 7', 700, 111, 8]] },
  ]);
  expect(abortedFiscalData('plain')).toEqual({ type: 'aborted', data: '{}' });
});

describe('on the receipt', () => {
  const CONTEXT: ReceiptContext = {
    settings: { storeName: '', storeAddress: '', receiptFooter: '', timeZone: 'Europe/Berlin' },
    lane: '1',
    atMs: 0,
    itemName: () => undefined,
    taxName: () => undefined,
  };
  const textOf = (more: Partial<ReceiptContext>): string =>
    JSON.stringify(receiptOf(saleAfter(['scan soap', 'cash 5.99']), { ...CONTEXT, ...more }).blocks);

  test('what was signed, in the language of the receipt; the code where the country has one, the signature in words where not', () => {
    const german = textOf({ fiscal: { type: 'signed', regime: 'DE', signature: SIGNATURE }, words: RECEIPT_WORDS.de });
    expect(german).toContain('["Signaturzähler","21"]');
    expect(german).toContain('"type":"code","text":"V0;lane-1;');
    const plain = textOf({ fiscal: { type: 'signed', regime: 'plain', signature: SIGNATURE } });
    expect(plain).toContain('Signature: c2lnbmVk');
    expect(plain).not.toContain('"code"');
  });

  test('a receipt without one says so; a gift receipt and a store that signs nothing say nothing of it', () => {
    expect(textOf({ fiscal: { type: 'missing' } })).toContain('FISCAL SIGNER OUT OF ORDER');
    expect(textOf({ fiscal: { type: 'missing' }, isGift: true })).not.toContain('OUT OF ORDER');
    expect(textOf({})).not.toContain('OUT OF ORDER');
  });
});

test('entries are read as they were written; one that lacks something is named', () => {
  const entry = fiscalSignatureEntry(HEADER, { ...SIGNATURE, isLate: true });
  expect(entry.kind).toBe(LEDGER_KINDS.fiscalSignature.kind);
  expect(readFiscalSignature(entry.fields)).toEqual({ ok: true, value: { ...SIGNATURE, isLate: true } });
  expect(readFiscalSignature({ ...entry.fields, counter: 0 })).toMatchObject({ ok: false, error: { field: 'counter' } });
  expect(fiscalGapEntry(HEADER, { act: 'end', receiptNumber: '1-0011-000003' }).fields).toEqual({
    ...HEADER,
    act: 'end',
    receiptNumber: '1-0011-000003',
  });
});
