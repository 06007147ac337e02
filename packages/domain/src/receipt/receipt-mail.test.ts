import { expect, test } from 'vitest';

import { HEADER } from '../testing/shop.ts';
import {
  isMailAddress,
  parseReceiptMail,
  parseReceiptMailKey,
  readReceiptMail,
  receiptMailEntry,
  receiptMailText,
} from './receipt-mail.ts';

test.each([
  'kim@example.com',
  'Kim.Muster+shop@mail.example.co.uk',
  "o'neill@example.ie",
  'a@b.co',
  'kim@müller.de',
  'kim@例え.テスト',
  'kim@xn--mller-kva.de',
  `${'k'.repeat(64)}@example.com`,
])('%s is an address', (text) => {
  expect(isMailAddress(text)).toBe(true);
});

test.each([
  '',
  'kim',
  '@example.com',
  'kim@',
  'kim@localhost',
  'kim@example',
  'kim@127.0.0.1',
  'kim@[127.0.0.1]',
  'kim@-example.com',
  'kim@example-.com',
  'kim@example..com',
  '.kim@example.com',
  'kim.@example.com',
  'k..im@example.com',
  'kim@example.com ',
  'kim @example.com',
  'kim@example.com,mallory@example.com',
  'kim@example.com\nBcc: mallory@example.com',
  '"kim"@example.com',
  'Kim <kim@example.com>',
  'kim@@example.com',
  `${'k'.repeat(65)}@example.com`,
  `kim@${'e'.repeat(64)}.com`,
  `k@${'example.'.repeat(32)}com`,
])('%j is none', (text) => {
  expect(isMailAddress(text)).toBe(false);
});

test('an address of any length is judged at once', () => {
  expect(isMailAddress(`${'a.'.repeat(500_000)}@${'b.'.repeat(500_000)}`)).toBe(false);
  expect(isMailAddress(`a@${'b-'.repeat(120)}`)).toBe(false);
});

test('an entry is read as it was written; one without what is sealed is named', () => {
  const mail = { receiptNumber: '3-abcd-000007', keyName: '2026-11', sealed: Uint8Array.of(1, 2, 3) };
  const { fields } = receiptMailEntry(HEADER, mail);
  expect(readReceiptMail(fields)).toEqual({ ok: true, value: mail });
  expect(readReceiptMail({ ...fields, sealed: 'plain' })).toMatchObject({ ok: false, error: { field: 'sealed' } });
});

test('what is sealed is read as it was written; what is none is not, nor is what goes nowhere', () => {
  const content = { to: 'kim@example.com', language: 'de', document: { direction: 'ltr', blocks: [] } };
  expect(parseReceiptMail(receiptMailText(content))).toEqual(content);
  for (const text of ['', '[]', 'null', '{"to":"kim@example.com"}', receiptMailText({ ...content, to: 'kim' })])
    expect(parseReceiptMail(text)).toBeUndefined();
});

test('a key is a name and 32 bytes', () => {
  const key = 'ab'.repeat(32);
  expect(parseReceiptMailKey(`2026-11 ${key}`)).toEqual({ keyName: '2026-11', publicKey: key });
  for (const text of ['', key, `2026-11 ${key}00`, `2026 11 ${key}`]) expect(parseReceiptMailKey(text)).toBeUndefined();
});
