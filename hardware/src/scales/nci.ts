/**
 * NCI, which Weigh-Tronix scales speak (SCP-01): `W CR` is answered with `LF weight unit CR LF S hh CR ETX`, and with the status alone where
 * there is no weight. Each status byte has 3 in its high half; bit 6 says that one more follows. First: bit 0 motion, 1 at zero. Second:
 * bit 0 under capacity, 1 over capacity, 2 and 3 the scale's own faults.
 */
import {
  bytesOf,
  createFrameReader,
  gramsOf,
  noWeight,
  readingOf,
  textOf,
  type ScaleProtocol,
  type ScaleReading,
  type ScaleUnit,
} from './scale-protocol.ts';

const [LF, ETX] = [0x0a, 0x03];
const MAX_FRAME = 40;
const FRAME = /^\n(?:\s*(-?[\d.]+)\s*(LB|KG|OZ|G)\s*(N?)\r\n)?S(.{1,4})\r$/is;

function readingIn(frame: string): ScaleReading | undefined {
  const [, digits, unit = '', net = '', status = ''] = FRAME.exec(frame) ?? [];
  if (status === '') return undefined;
  const [first = 0, second = 0] = [...bytesOf(status)];
  if ((second & 0x02) !== 0) return noWeight('overCapacity');
  if ((second & 0x01) !== 0) return noWeight('underCapacity');
  if ((second & 0x0c) !== 0) return noWeight('notReady');
  if ((first & 0x01) !== 0) return noWeight('moving');
  if (digits === undefined) return noWeight((first & 0x02) !== 0 ? 'empty' : 'notReady');
  const grams = gramsOf(digits, unit.toLowerCase() as ScaleUnit);
  return grams === undefined ? undefined : readingOf(grams, net !== '');
}

export const nci: ScaleProtocol = {
  name: 'NCI / Weigh-Tronix',
  line: 'baud=9600&bits=7&parity=even',
  ask: bytesOf('W\r'),
  zero: bytesOf('Z\r'),
  pollMs: 200,
  createReader: () =>
    createFrameReader((bytes) => {
      if (bytes[0] !== LF) return undefined;
      const end = bytes.indexOf(ETX);
      if (end < 0) return bytes.length < MAX_FRAME ? 'wait' : undefined;
      const reading = readingIn(textOf(bytes.slice(0, end)));
      return reading === undefined ? undefined : { length: end + 1, message: { type: 'reading', reading } };
    }),
};
