import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { readFields } from '../fields.ts';
import { LEDGER_KINDS } from '../ledger/ledger.ts';
import {
  cardClearingEntry,
  cardExceptionEntry,
  cardFields,
  offlineCardBound,
  readCardException,
  readCardPayment,
  terminalRecordEntry,
  withCardPayment,
  withCardRefunds,
  type CardPayment,
} from './card-payment.ts';

const HEADER = { businessDate: '2026-11-20', shift: 1, drawer: '1', operator: 'ann', training: false };

const CARD: CardPayment = {
  paymentId: 'A1B2C3D4E5',
  atMs: 1_795_176_000_000,
  terminalId: 'P400Plus-1',
  transactionId: 'BV0q001643892070000.VK9DRSLLRCQ2WN82',
  authorisation: '123456',
  brand: 'Visa',
  lastFour: '1111',
  applicationId: 'A0000000031010',
  entry: 'contactless',
  isOffline: true,
  originalId: '0042-000107',
};

describe('what is kept of a terminal’s transaction', () => {
  test('comes back as it was written, also where the terminal said little', () => {
    for (const card of [CARD, { paymentId: CARD.paymentId, atMs: 0 }]) {
      const read = readFields(cardFields(card));
      expect([readCardPayment(read), read.fault()]).toEqual([card, undefined]);
    }
    expect(readCardPayment(readFields({}))).toBeUndefined();
  });

  test.each([
    ['a number of a card as its transaction', { cardTransaction: '4111111111111111' }],
    ['a number of a card in its brand', { cardBrand: 'Visa 4111111111111111' }],
    ['more digits than four', { cardLastFour: '41111' }],
    ['another kind of name', { cardPayment: 'x' }],
    ['a card without a payment', { cardPayment: undefined }],
  ])('%s makes the entry malformed', (_, change) => {
    const read = readFields({ ...cardFields(CARD), ...change });
    readCardPayment(read);
    expect(read.fault()).toBeDefined();
  });

  test('each of its columns is one of the kinds that carry it', () => {
    const columns = (name: keyof typeof LEDGER_KINDS): ReadonlySet<string> =>
      new Set(LEDGER_KINDS[name].columns.map((column) => column.name));
    for (const name of Object.keys(cardFields(CARD))) {
      expect(columns('terminalRecord').has(name)).toBe(true);
      expect(columns('tenderVoid').has(name)).toBe(true);
    }
    const numbers = LEDGER_KINDS.tenderVoid.columns.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('stands on the tender that it was about', () => {
    const tender = { tenderType: 'card', amountMinor: 500 };
    const paid = { type: 'paid', tenders: [{ tenderType: 'cash', amountMinor: 500 }, tender], changeMinor: 0 } as const;
    expect(withCardPayment([paid], CARD)).toEqual([{ ...paid, tenders: [paid.tenders[0], { ...tender, card: CARD }] }]);
    const tendered = { type: 'tendered', tender: { ...tender, tenderId: '1' } } as const;
    expect(withCardPayment([tendered], CARD)).toEqual([{ type: 'tendered', tender: { ...tendered.tender, card: CARD } }]);
    expect(withCardRefunds([paid], new Map([[1, CARD]]))).toEqual(withCardPayment([paid], CARD));
  });
});

describe('what a terminal may accept alone', () => {
  const LIMITS = { maximumMinor: 5_000, count: 2, sumMinor: 8_000, hours: 4 };
  const NOW_MS = 100 * 3_600_000;
  test.each([
    ['nothing, where the store says nothing', undefined, { count: 0, sumMinor: 0 }, 1, 'none'],
    ['a first one', LIMITS, { count: 0, sumMinor: 0 }, 5_000, undefined],
    ['no large one', LIMITS, { count: 0, sumMinor: 0 }, 5_001, 'maximum'],
    ['no third one', LIMITS, { count: 2, sumMinor: 2, oldestAtMs: NOW_MS }, 1, 'count'],
    ['up to the sum', LIMITS, { count: 1, sumMinor: 4_000, oldestAtMs: NOW_MS }, 4_000, undefined],
    ['not beyond the sum', LIMITS, { count: 1, sumMinor: 4_000, oldestAtMs: NOW_MS }, 4_001, 'sum'],
    ['as long as the oldest is young', LIMITS, { count: 1, sumMinor: 1, oldestAtMs: NOW_MS - 4 * 3_600_000 + 1 }, 1, undefined],
    ['not when the oldest is old', LIMITS, { count: 1, sumMinor: 1, oldestAtMs: NOW_MS - 4 * 3_600_000 }, 1, 'age'],
  ] as const)('%s', (_, limits, standing, amountMinor, bound) => {
    expect(offlineCardBound(limits, standing, { amountMinor, nowMs: NOW_MS })).toBe(bound);
  });
});

describe('entries beside the sale', () => {
  test('a payment that was declined afterwards', () => {
    const exception = { paymentId: 'A1B2C3D4E5', receiptNumber: '1-abcd-7', currency: 'EUR', amountMinor: 1_099, reason: 'refused' };
    const entry = cardExceptionEntry(HEADER, exception);
    expect(readCardException(entry.fields)).toEqual({ ok: true, value: { ...HEADER, ...exception } });
    expect(readCardException({ ...entry.fields, amountMinor: -1 }).ok).toBe(false);
    const cleared = cardClearingEntry(HEADER, { paymentId: 'A1B2C3D4E5', how: 'collected', reason: 'paid in cash' });
    expect(cleared).toMatchObject({ kind: 58, fields: { how: 'collected' } });
  });

  test('a record holds no column that its kind does not have', () => {
    const record = {
      paymentId: 'A1B2C3D4E5',
      act: 'payment',
      currency: 'EUR',
      amountMinor: 5,
      outcome: 'declined',
      reason: 'refused',
      card: CARD,
    } as const;
    const { kind, fields } = terminalRecordEntry(HEADER, record);
    const known = Object.values(LEDGER_KINDS).find((candidate) => candidate.kind === kind);
    assert(known !== undefined, 'the kind is there');
    const names = new Set(known.columns.map(({ name }) => name));
    expect(Object.keys(fields).filter((name) => !names.has(name))).toEqual([]);
  });
});
