/**
 * CAS scales, in the two ways in which they are set up. `stream`: 22 bytes several times a second, unasked,
 *
 *     ST|US|OL "," GS|NT "," id lamp "," weight(8) blank unit(2) CR LF
 *
 * and `ECR`: ENQ is answered with ACK, DC1 with `SOH STX S|U sign weight(6) unit(2) BCC ETX EOT`; BCC is the exclusive or of what stands
 * between STX and itself, a sign F says that there is too much on it.
 */
import {
  createFrameReader,
  gramsOf,
  noWeight,
  readingOf,
  textOf,
  type ScaleProtocol,
  type ScaleReading,
  type ScaleUnit,
} from './scale-protocol.ts';

const STREAM_LENGTH = 22;
const STREAM = /^(ST|US|OL),(GS|NT),..,([-+ \d.]{8}) ?(kg|lb|oz| g)\r\n$/s;

function streamReading(frame: string): ScaleReading | undefined {
  const [, state, mode, digits = '', unit = ''] = STREAM.exec(frame) ?? [];
  if (state === undefined) return undefined;
  if (state === 'OL') return noWeight('overCapacity');
  if (state === 'US') return noWeight('moving');
  const grams = gramsOf(digits.replace('+', ''), unit.trim() as ScaleUnit);
  return grams === undefined ? undefined : readingOf(grams, mode === 'NT');
}

export const casStream: ScaleProtocol = {
  name: 'CAS (stream)',
  line: 'baud=9600',
  pollMs: 200,
  createReader: () =>
    createFrameReader((bytes) => {
      const begin = textOf(bytes.slice(0, 3));
      if (!['ST,', 'US,', 'OL,'].some((word) => word.startsWith(begin))) return undefined;
      if (bytes.length < STREAM_LENGTH) return 'wait';
      const reading = streamReading(textOf(bytes.slice(0, STREAM_LENGTH)));
      return reading === undefined ? undefined : { length: STREAM_LENGTH, message: { type: 'reading', reading } };
    }),
};

const [SOH, STX, ETX, EOT, ACK, NAK] = [0x01, 0x02, 0x03, 0x04, 0x06, 0x15];
const ECR_LENGTH = 15;

export const casChecksum = (content: readonly number[]): number => content.reduce((sum, byte) => sum ^ byte, 0);

function ecrReading(frame: readonly number[]): ScaleReading | undefined {
  const content = frame.slice(2, 12);
  const isFramed = frame[1] === STX && frame[12] === casChecksum(content) && frame[13] === ETX && frame[14] === EOT;
  const [, state, sign, digits = '', unit = ''] = /^([SU])([ F-])([\d. ]{6})(kg|lb|oz| g)$/i.exec(textOf(content)) ?? [];
  if (!isFramed || state === undefined) return undefined;
  if (sign === 'F') return noWeight('overCapacity');
  if (state.toUpperCase() === 'U') return noWeight('moving');
  const grams = gramsOf(digits, unit.trim().toLowerCase() as ScaleUnit);
  if (grams === undefined) return undefined;
  return readingOf(sign === '-' ? -grams : grams, false);
}

export const casEcr: ScaleProtocol = {
  name: 'CAS (ECR)',
  line: 'baud=9600',
  ask: Uint8Array.of(0x05),
  pollMs: 200,
  createReader: () =>
    createFrameReader((bytes) => {
      const [first] = bytes;
      if (first === ACK) return { length: 1, message: { type: 'turn', bytes: Uint8Array.of(0x11) } };
      if (first === NAK) return { length: 1, message: { type: 'reading', reading: noWeight('notReady') } };
      if (first !== SOH) return undefined;
      if (bytes.length < ECR_LENGTH) return 'wait';
      const reading = ecrReading(bytes.slice(0, ECR_LENGTH));
      return reading === undefined ? undefined : { length: ECR_LENGTH, message: { type: 'reading', reading } };
    }),
};
