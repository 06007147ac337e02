/**
 * Dialog 06, of Bizerba, Mettler and many others. The till gives a price per kilogram and the scale counts with it; only the weight is used
 * here, since the price is the till's to count, so the price is a formal one cent.
 *
 *     till   EOT STX "01" ESC pppppp ESC ETX      ACK, or NAK
 *     till   EOT ENQ                              STX "02" ESC unit ESC wwwww ESC pppppp ESC tttttt ETX, or NAK
 *     till   EOT STX "08" ETX                     STX "09" ESC s1 s2 ETX: why not
 *
 * Weights have three decimals of a kilogram. Scales that are set to the variant with a checksum answer with record 11: it is switched off in
 * the scale's own settings.
 */
import {
  bytesOf,
  createFrameReader,
  gramsOf,
  noWeight,
  readingOf,
  textOf,
  type NoWeightReason,
  type ScaleProtocol,
} from './scale-protocol.ts';

const [STX, ETX, ACK, NAK] = [0x02, 0x03, 0x06, 0x15];
const MAX_FRAME = 40;
const ASK = bytesOf('\x04\x0201\x1b000001\x1b\x03');
const ENQUIRE = bytesOf('\x04\x05');
const WHY_NOT = bytesOf('\x04\x0208\x03');
const ESC = '\x1b';
/** Record, unit, weight, price, amount; or record and status: what stands between STX and ETX, apart at each ESC. */
const [WEIGHT_RECORD, STATUS_RECORD] = ['02', '09'];

const REASONS: Readonly<Record<string, NoWeightReason>> = {
  '20': 'moving',
  // It has not moved since the last weight was fetched.
  '21': 'notReady',
  '30': 'underCapacity',
  '31': 'belowZero',
  '32': 'overCapacity',
};

export const dialog06: ScaleProtocol = {
  name: 'Dialog 06',
  line: 'baud=9600&bits=7&parity=odd',
  ask: ASK,
  isForSalesOnly: true,
  pollMs: 200,
  createReader: () => {
    /** Whether the price was taken: a NAK means another thing before and after. */
    let isPriced = false;
    return createFrameReader((bytes) => {
      const [first] = bytes;
      if (first === ACK) {
        isPriced = true;
        return { length: 1, message: { type: 'turn', bytes: ENQUIRE } };
      }
      if (first === NAK) {
        const message = isPriced
          ? ({ type: 'turn', bytes: WHY_NOT } as const)
          : ({ type: 'reading', reading: noWeight('notReady') } as const);
        isPriced = false;
        return { length: 1, message };
      }
      if (first !== STX) return undefined;
      const end = bytes.indexOf(ETX);
      if (end < 0) return bytes.length < MAX_FRAME ? 'wait' : undefined;
      const [record, ...parts] = textOf(bytes.slice(1, end)).split(ESC);
      const [unitOrStatus = '', digits = ''] = parts;
      if (record === STATUS_RECORD && parts.length === 1) {
        return { length: end + 1, message: { type: 'reading', reading: noWeight(REASONS[unitOrStatus] ?? 'notReady') } };
      }
      const grams = record === WEIGHT_RECORD && parts.length === 4 && digits.length === 5 ? gramsOf(digits, 'g') : undefined;
      if (grams === undefined) return undefined;
      isPriced = false;
      return { length: end + 1, message: { type: 'reading', reading: readingOf(grams, false) } };
    });
  },
};
