/**
 * Mettler Toledo 8217: `W` is answered with `STX weight CR`, or `STX ? status CR` where there is no weight to sell by. The weight has five
 * digits and a point, its unit is the scale's setting, an N behind it says that tare is off. Status: bit 0 motion, 1 over capacity, 2 below
 * zero, 3 outside of the zero range, 4 centre of zero, 5 net.
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

const [STX, CR] = [0x02, 0x0d];
const MAX_FRAME = 12;
const STATUS_FRAME = 4;

export const TOLEDO_STATUS = { motion: 0x01, over: 0x02, below: 0x04, outsideZero: 0x08, centreZero: 0x10, net: 0x20 } as const;

function statusReading(status: number): ScaleReading {
  if ((status & TOLEDO_STATUS.over) !== 0) return noWeight('overCapacity');
  if ((status & TOLEDO_STATUS.below) !== 0) return noWeight('belowZero');
  if ((status & TOLEDO_STATUS.motion) !== 0) return noWeight('moving');
  if ((status & TOLEDO_STATUS.outsideZero) !== 0) return noWeight('notReady');
  return noWeight((status & TOLEDO_STATUS.centreZero) !== 0 ? 'empty' : 'notReady');
}

export const toledo8217 = (unit: ScaleUnit): ScaleProtocol => ({
  name: `Mettler Toledo 8217 (${unit})`,
  line: 'baud=9600&bits=7&parity=even',
  ask: bytesOf('W'),
  zero: bytesOf('Z'),
  pollMs: 200,
  createReader: () =>
    createFrameReader((bytes) => {
      if (bytes[0] !== STX) return undefined;
      // A status byte may look like anything, a CR too.
      if (bytes[1] === 0x3f) {
        if (bytes.length < STATUS_FRAME) return 'wait';
        if (bytes[3] !== CR) return undefined;
        return { length: STATUS_FRAME, message: { type: 'reading', reading: statusReading(bytes[2] ?? 0) } };
      }
      const end = bytes.indexOf(CR);
      if (end < 0) return bytes.length < MAX_FRAME ? 'wait' : undefined;
      const [, digits, net] = /^ ?(\d{1,3}\.\d{2,3}) ?(N?)$/.exec(textOf(bytes.slice(1, end))) ?? [];
      const grams = digits === undefined ? undefined : gramsOf(digits, unit);
      if (grams === undefined) return undefined;
      return { length: end + 1, message: { type: 'reading', reading: readingOf(grams, net === 'N') } };
    }),
});
