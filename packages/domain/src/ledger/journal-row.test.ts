import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { completeSale, voidLineEntry, voidSaleEntry } from '../sale/sale-entry.ts';
import { safeMovementEntry } from '../shift/safe.ts';
import { cashMovementEntry, noShift, shiftCloseEntry } from '../shift/shift.ts';
import { act, commandOf, HEADER, openLane, readShop } from '../testing/shop.ts';
import { isJournalHit, JOURNAL_ACTS, JOURNAL_CSV_HEAD, journalCsvLine, journalRow } from './journal-row.ts';
import { LEDGER_KINDS, type LedgerEntry } from './ledger.ts';
import { POSLOG_HEAD, POSLOG_TAIL, poslogTransaction } from './poslog.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  soap  | 3.34  | piece | 19    |
  tea   | 4.05  | piece | 7     |
`);
const PLACE = { store: '7', lane: 3, epoch: '00112233445566aa', seq: 12, atMs: 1_764_000_000_000, hash: 'ab12' };
const iso = (): string => '2025-11-24T16:00:00.000Z';

const basketOf = (...words: readonly string[]) =>
  words.reduce((lane, word) => {
    const next = act(lane, commandOf(SHOP, word));
    assert(next.ok, word);
    return next.value;
  }, openLane());
const SALE = (() => {
  const paid = act(basketOf('2 x soap', '-1 x tea'), { type: 'payCash', amountMinor: 1_000 });
  assert(paid.ok, 'it is paid');
  return completeSale(paid.value.basket, HEADER, { receiptNumber: '3-0011-000009' });
})();
const cash = { currency: 'EUR', amountMinor: 25_000 } as const;
const ENTRIES: readonly LedgerEntry[] = [
  SALE,
  voidLineEntry(basketOf('2 x soap').basket, '1', HEADER),
  voidSaleEntry(basketOf('scan tea').basket, HEADER),
  cashMovementEntry(HEADER, { ...cash, act: 'paidOut', reason: 'stamps & "glue"', denominations: [{ faceMinor: 5_000, count: 5 }] }),
  safeMovementEntry(HEADER, { ...cash, act: 'bankDeposit', reference: 'BAG-7' }),
  shiftCloseEntry(HEADER, { sums: { ...noShift('EUR'), drawerMinor: 100 }, countedMinor: 99, perpetualMinor: 0, reason: 'a coin' }),
  { kind: LEDGER_KINDS.noSale.kind, fields: { ...HEADER, reason: 'change' } },
  { kind: LEDGER_KINDS.session.kind, fields: { ...HEADER, act: 'signOn', how: 'pin' } },
  { kind: LEDGER_KINDS.reprint.kind, fields: { ...HEADER, receiptNumber: '3-0011-000009' } },
];

test('each entry has a row that says what it was about', () => {
  expect(
    ENTRIES.map(journalRow).map(({ kind, act: what, reference, amountMinor, reason }) => [kind, what, reference, amountMinor, reason]),
  ).toEqual([
    ['sale', undefined, '3-0011-000009', 263, undefined],
    ['lineVoid', undefined, expect.any(String), 668, undefined],
    ['saleVoid', undefined, expect.any(String), 405, undefined],
    ['cashMovement', 'paidOut', undefined, 25_000, 'stamps & "glue"'],
    ['safeMovement', 'bankDeposit', 'BAG-7', 25_000, undefined],
    ['shiftClose', undefined, undefined, 0, 'a coin'],
    ['noSale', undefined, undefined, undefined, 'change'],
    ['session', 'signOn', undefined, undefined, undefined],
    ['reprint', undefined, '3-0011-000009', undefined, undefined],
  ]);
  expect(journalRow({ kind: 900, fields: {} })).toEqual({ kind: '900', businessDate: '', drawer: '', operator: '', training: false });
});

test('words are found wherever they stand, all of them', () => {
  const [sale, , , paid] = ENTRIES.map(journalRow);
  assert(sale !== undefined && paid !== undefined, 'there are rows');
  expect([isJournalHit(sale, ['3-0011', 'sale']), isJournalHit(sale, ['2.63']), isJournalHit(sale, ['stamps'])]).toEqual([
    true,
    true,
    false,
  ]);
  expect([isJournalHit(paid, ['paidout', '250.00', 'glue']), isJournalHit(paid, [])]).toEqual([true, true]);
});

test('a line of the table has as many cells as its head, and is no formula', () => {
  const line = journalCsvLine(ENTRIES[3] ?? SALE, PLACE, iso);
  expect(line).toBe(
    `7,3,00112233445566aa,12,2025-11-24T16:00:00.000Z,${HEADER.businessDate},cashMovement,paidOut,${HEADER.shift},${HEADER.drawer},${HEADER.operator},false,,250.00,EUR,"stamps & ""glue""",,ab12`,
  );
  expect(JOURNAL_CSV_HEAD.split(',')).toHaveLength(18);
  const risky = { kind: LEDGER_KINDS.noSale.kind, fields: { ...HEADER, reason: '=HYPERLINK("x")', operator: '-1+1' } };
  expect(journalCsvLine(risky, PLACE, iso)).toContain(`"'=HYPERLINK(""x"")"`);
});

test('POSLog: a sale with its lines, taxes and tenders', () => {
  const text = poslogTransaction(SALE, PLACE, iso);
  for (const part of [
    '<RetailStoreID>7</RetailStoreID><WorkstationID>3</WorkstationID>',
    '<SequenceNumber>12</SequenceNumber><TransactionID>00112233445566aa-12</TransactionID>',
    '<RetailTransaction TransactionStatus="Delivered"><ReceiptNumber>3-0011-000009</ReceiptNumber>',
    '<Sale><ItemID>soap</ItemID>',
    '<ExtendedAmount>6.68</ExtendedAmount><Quantity UnitOfMeasureCode="EA">2</Quantity>',
    '<Return><ItemID>tea</ItemID>',
    '<Percent>19.00</Percent>',
    '<Tender TenderType="Cash"><Amount>10.00</Amount><TenderChange><Amount>7.37</Amount></TenderChange></Tender>',
    '<Total TotalType="TransactionGrandAmount">2.63</Total>',
  ])
    expect(text).toContain(part);
});

test('POSLog: what is no sale has its own word', () => {
  const texts = ENTRIES.map((entry) => poslogTransaction(entry, PLACE, iso));
  expect(texts[1]).toContain('VoidFlag="true"');
  expect(texts[2]).toMatch(/^<Transaction CancelFlag="true">.*TransactionStatus="Voided"/);
  expect(texts[3]).toContain(
    '<TenderControlTransaction><PaidOut><Amount>250.00</Amount><ReasonCode>stamps &amp; &quot;glue&quot;</ReasonCode>',
  );
  expect(texts[3]).toContain('<Denomination><FaceValue>50.00</FaceValue><Count>5</Count></Denomination>');
  expect(texts[4]).toContain('<Deposit><BagID>BAG-7</BagID><Amount>250.00</Amount></Deposit>');
  expect(texts[5]).toContain('<TillSettle><Amount>0.00</Amount><ExpectedAmount>1.00</ExpectedAmount>');
  expect(texts[6]).toContain('<ControlTransaction><NoSale><ReasonCode>change</ReasonCode></NoSale>');
  expect(texts[7]).toContain('<SignOn>');
  expect(texts[8]).toContain('<OtherControl><ReferenceID>3-0011-000009</ReferenceID><ReasonCode>reprint</ReasonCode>');
});

test('whatever stands in an entry, its element is closed and holds no character that XML has no place for', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, fc.constantFrom(...ENTRIES), (operator, reason, entry) => {
      const xml = `${POSLOG_HEAD}${poslogTransaction({ ...entry, fields: { ...entry.fields, operator, reason } }, PLACE, iso)}${POSLOG_TAIL}`;
      const open: string[] = [];
      const torn = [...xml.replace(/^<\?.*?\?>/, '').matchAll(/<(\/?)([A-Za-z]+)[^<>]*>/g)].filter(([, slash, name = '']) =>
        slash === '' ? open.push(name) === 0 : open.pop() !== name,
      );
      expect([torn, open]).toEqual([[], []]);
      expect([...xml].filter((character) => character < ' ' && !'\t\n\r'.includes(character))).toEqual([]);
      expect(xml.replaceAll(/&(?:amp|lt|gt|quot);/g, '')).not.toContain('&');
    }),
  );
});

test('each kind that says an act names all of its acts', () => {
  const acting = Object.values(LEDGER_KINDS).filter(({ columns }) => columns.some(({ name }) => ['act', 'action', 'what'].includes(name)));
  expect(Object.keys(JOURNAL_ACTS).toSorted()).toEqual(acting.map(({ name }) => name).toSorted());
});
