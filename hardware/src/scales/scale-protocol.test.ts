import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SCALE_PROTOCOL_IDS, scaleProtocol } from './protocols.ts';
import { bytesOf, gramsOf } from './scale-protocol.ts';

describe('what scales say, byte by byte', () => {
  const kilo = { type: 'reading', reading: { type: 'weight', weight: { grams: 1_000, isNet: false } } };
  const none = (reason: string) => ({ type: 'reading', reading: { type: 'none', reason } });
  test.each([
    ['toledo-8217', '\x0201.000\r', [kilo]],
    ['toledo-8217', '\x0200.500N\r', [{ type: 'reading', reading: { type: 'weight', weight: { grams: 500, isNet: true } } }]],
    ['toledo-8217', '\x0200.000\r', [none('empty')]],
    ['toledo-8217', '\x02?\x01\r', [none('moving')]],
    ['toledo-8217', '\x02?\x0d\r', [none('belowZero')]],
    ['toledo-8217', '\x02?\x02\r', [none('overCapacity')]],
    ['toledo-8217-lb', '\x0202.20\r', [{ type: 'reading', reading: { type: 'weight', weight: { grams: 998, isNet: false } } }]],
    ['nci', '\n01.000KG\r\nS00\r\x03', [kilo]],
    ['nci', '\nS10\r\x03', [none('moving')]],
    ['nci', '\nS02\r\x03', [none('overCapacity')]],
    ['dialog-06', '\x06', [{ type: 'turn', bytes: bytesOf('\x04\x05') }]],
    ['dialog-06', '\x06\x0202\x1b3\x1b01000\x1b000001\x1b000000\x03', [{ type: 'turn', bytes: bytesOf('\x04\x05') }, kilo]],
    [
      'dialog-06',
      '\x06\x15',
      [
        { type: 'turn', bytes: bytesOf('\x04\x05') },
        { type: 'turn', bytes: bytesOf('\x04\x0208\x03') },
      ],
    ],
    ['dialog-06', '\x0209\x1b20\x03', [none('moving')]],
    ['cas-stream', 'ST,GS,01,   1.000 kg\r\n', [kilo]],
    ['cas-stream', 'US,GS,01,   1.000 kg\r\n', [none('moving')]],
    ['cas-stream', 'OL,GS,01,  99.999 kg\r\n', [none('overCapacity')]],
    ['cas-stream', 'ST,GS,01,-  0.010 kg\r\n', [none('belowZero')]],
    ['cas-ecr', '\x06', [{ type: 'turn', bytes: Uint8Array.of(0x11) }]],
    ['cas-ecr', '\x01\x02S 01.000kg\x60\x03\x04', [kilo]],
    ['cas-ecr', '\x01\x02U 01.000kg\x66\x03\x04', [none('moving')]],
  ] as const)('%s: %j', (protocol, said, messages) => {
    const whole = scaleProtocol(protocol).createReader().read(bytesOf(said));
    expect(whole).toEqual(messages);
    // However the line cuts it up.
    const reader = scaleProtocol(protocol).createReader();
    expect([...bytesOf(said)].flatMap((byte) => reader.read(Uint8Array.of(byte)))).toEqual(messages);
  });

  test('a checksum that is wrong makes no weight', () => {
    const messages = scaleProtocol('cas-ecr').createReader().read(bytesOf('\x01\x02S 01.000kg\x71\x03\x04'));
    expect(messages.every(({ type }) => type === 'noise')).toBe(true);
  });
});

test.each(SCALE_PROTOCOL_IDS)('%s: no bytes whatever break the reader, or make a weight that is none', (protocol) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
      const reader = scaleProtocol(protocol).createReader();
      const weights = chunks
        .flatMap((chunk) => reader.read(chunk))
        .flatMap((message) => (message.type === 'reading' && message.reading.type === 'weight' ? [message.reading.weight.grams] : []));
      expect(weights.filter((grams) => !Number.isSafeInteger(grams) || grams <= 0)).toEqual([]);
    }),
  );
  expect.assertions(100);
});

test('units become whole grams, half up, without a float', () => {
  expect(gramsOf('1', 'lb')).toBe(454);
  expect(gramsOf('2.20', 'lb')).toBe(998);
  expect(gramsOf('0.0005', 'kg')).toBe(1);
  expect(gramsOf('0.00049', 'kg')).toBe(0);
  expect(gramsOf('-0.010', 'kg')).toBe(-10);
  expect(gramsOf('1.0', 'oz')).toBe(28);
  expect(gramsOf('1.2.3', 'kg')).toBeUndefined();
  expect(gramsOf('', 'kg')).toBeUndefined();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999 }), (grams) => {
      const text = `${Math.trunc(grams / 1_000)}.${String(grams % 1_000).padStart(3, '0')}`;
      expect(gramsOf(text, 'kg')).toBe(grams);
    }),
  );
});
