import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CONTROL, createApduReader, encodeApdu } from './apdu.ts';
import { bcd, bcdOf, readBitmaps, readTlv } from './bitmaps.ts';
import { declineReasonOf, orderMessage, readStatusInformation, readTotals, registration } from './zvt-messages.ts';

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const ORDER = {
  serviceId: 'AAAAAAAAAA',
  act: 'payment',
  amountMinor: 1_150,
  currency: 'EUR',
  minorDigits: 2,
  mayBeOffline: true,
  atMs: 0,
} as const;

describe('what the lane says', () => {
  test.each([
    ['a registration', registration('000000', '0978'), '0600100000000e09780300060626040a0206d3'],
    ['a payment of 11.50', orderMessage(ORDER, '000000'), '06010a04000000001150490978'],
    ['with a tip of 1.00', orderMessage({ ...ORDER, tipMinor: 100 }, '000000'), '06010a04000000001250490978'],
    ['a refund', orderMessage({ ...ORDER, act: 'refund' }, '123456'), '06310d12345604000000001150490978'],
    [
      'a reversal of receipt 42',
      orderMessage({ ...ORDER, act: 'reversal', original: { transactionId: '0042-000107', atMs: 0 } }, '123456'),
      '06301012345687004204000000001150490978',
    ],
  ])('%s', (_, bytes, expected) => {
    expect(hex(bytes)).toBe(expected.replaceAll(' ', ''));
  });

  test('in a currency that no terminal here knows, nothing', () => {
    expect(orderMessage({ ...ORDER, currency: 'XTS' }, '000000')).toBeUndefined();
    expect(orderMessage({ ...ORDER, act: 'reversal', original: { transactionId: 'VT1', atMs: 0 } }, '000000')).toBeUndefined();
  });
});

describe('what a terminal says', () => {
  const status = (text: string) => readStatusInformation(Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')));

  test('a payment, with its card as far as it may be known', () => {
    const said = status(
      '27 00 04 000000001150 49 0978 0b 000107 0c 101500 0d 0521 22 f0f8 eeeeeeeeeeee1111 29 54321678 3b 3132333435360000 87 0042 8b f0f5 5669736100 06 08 1f1101 01 1f1201 02',
    );
    expect(said).toEqual({
      resultCode: 0,
      receiptNumber: '0042',
      amountMinor: 1_150,
      isOnline: true,
      card: {
        terminalId: '54321678',
        transactionId: '0042-000107',
        authorisation: '123456',
        brand: 'Visa',
        lastFour: '1111',
        entry: 'contactless',
      },
    });
  });

  test('of a number that is not masked, nothing is kept', () => {
    expect(status('27 00 22 f0f8 4111111111111111 8b f1f7 34313131313131313131313131313131 00').card).toEqual({});
  });

  test('one that says nothing of its success', () => {
    expect(status('04 000000001150').resultCode).toBeUndefined();
  });

  test('totals by scheme', () => {
    const rows = `02 000000001000 ${'00 000000000000 '.repeat(3)} 01 000000002599 ${'00 000000000000 '.repeat(2)}`;
    const body = Buffer.from(`0001 0003 ${rows}`.replaceAll(' ', ''), 'hex');
    const data = Uint8Array.from([0x60, 0xf0, 0xf5, 0xf3, ...body]);
    expect(readTotals(data)).toEqual({
      brands: [
        { brand: 'girocard', count: 2, amountMinor: 1_000 },
        { brand: 'Visa', count: 1, amountMinor: 2_599 },
      ],
    });
    expect(readTotals(data.slice(0, 20))).toBeUndefined();
  });

  test.each([
    [0x05, 'refused'],
    [0x6c, 'aborted'],
    [0x73, 'invalidCard'],
    [0x68, 'notAllowed'],
    [0x7d, 'hostUnreachable'],
    [0xff, 'refused'],
  ])('code %i is %s', (code, reason) => {
    expect(declineReasonOf(code)).toBe(reason);
  });
});

test('messages come out as they went in, however the network cuts them', () => {
  const message = fc.record({ control: fc.constantFrom(...Object.values(CONTROL)), data: fc.uint8Array({ maxLength: 600 }) });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      (sent, cuts) => {
        const stream = Uint8Array.from(sent.flatMap(({ control, data }) => [...encodeApdu(control, data)]));
        const read = createApduReader();
        const heard = [];
        let place = 0;
        for (let turn = 0; place < stream.length; turn += 1) {
          const end = place + (cuts[turn % cuts.length] ?? 1);
          heard.push(...read(stream.slice(place, end)));
          place = end;
        }
        expect(heard).toEqual(sent);
      },
    ),
  );
});

test('whatever comes, it is read to an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const size = [...readBitmaps(bytes).values(), ...readTlv(bytes).values()].every(({ length }) => length <= bytes.length);
      const { resultCode = 0 } = readStatusInformation(bytes);
      const totals = readTotals(bytes)?.brands ?? [];
      expect(size && resultCode <= 0xff && totals.length <= 7).toBe(true);
    }),
  );
});

test('digits in half bytes, and what is none', () => {
  expect(bcdOf(Uint8Array.from(bcd('000000001150')))).toBe(1_150);
  expect(bcdOf(Uint8Array.of(0xee))).toBeUndefined();
  expect(bcdOf(undefined)).toBeUndefined();
});
