import { expect, test } from 'vitest';

import { HEADER } from '../testing/shop.ts';
import { buyerText, formatInvoiceNumber, invoiceEntry, invoiceKeyOf, parseBuyer, parseInvoiceKeys, readInvoice } from './invoice.ts';

const KEY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const INVOICE = {
  invoiceNumber: 'R3-abcd-000001',
  receiptNumber: '3-abcd-000007',
  currency: 'EUR',
  totalMinor: -119,
  creditOf: 'R3-abcd-000000',
  keyName: '2026',
  sealed: Uint8Array.of(1, 2, 3),
};

test('numbers are a series of their own', () => {
  expect(formatInvoiceNumber('3', 'abcd000000000001', 12)).toBe('R3-abcd-000012');
});

test('entries are read as they were written; one without what is sealed is named', () => {
  const { fields } = invoiceEntry(HEADER, INVOICE);
  expect(readInvoice(fields)).toEqual({ ok: true, value: INVOICE });
  expect(readInvoice({ ...fields, sealed: 'plain' })).toMatchObject({ ok: false, error: { field: 'sealed' } });
});

test('a buyer is read as it was written, with a tax number or without; what is none is not', () => {
  const buyer = { name: 'Kim', address: '1 High Street' };
  expect(parseBuyer(buyerText(buyer))).toEqual(buyer);
  expect(parseBuyer(buyerText({ ...buyer, taxNumber: 'DE1' }))).toEqual({ ...buyer, taxNumber: 'DE1' });
  for (const text of ['', '[]', 'null', '{"name":"Kim"}', '{"name":1,"address":"x"}']) expect(parseBuyer(text)).toBeUndefined();
});

test('the key of a day is its year’s, else the newest; a setting that is none is none', () => {
  const keys = parseInvoiceKeys(`2026 ${KEY}\n2027 ${OTHER}\n`);
  expect(keys).toEqual({ 2026: KEY, 2027: OTHER });
  expect(invoiceKeyOf(keys ?? {}, '2026-12-31')).toEqual({ keyName: '2026', publicKey: KEY });
  expect(invoiceKeyOf(keys ?? {}, '2031-01-01')).toEqual({ keyName: '2027', publicKey: OTHER });
  expect(invoiceKeyOf({}, '2026-12-31')).toBeUndefined();
  expect(parseInvoiceKeys('2026 key')).toBeUndefined();
  expect(parseInvoiceKeys('')).toEqual({});
});
