/** ZVT's frames over TCP: two bytes of control field, a length of one byte (or FF and two, the low one first), and the data. */

export interface Apdu {
  /** Class and instruction: 0x0601 authorises. */
  readonly control: number;
  readonly data: Uint8Array;
}

export const CONTROL = {
  positive: 0x8000,
  statusInformation: 0x040f,
  intermediateStatus: 0x04ff,
  registration: 0x0600,
  authorisation: 0x0601,
  logOff: 0x0602,
  completion: 0x060f,
  abortByTerminal: 0x061e,
  repeatReceipt: 0x0620,
  reversal: 0x0630,
  refund: 0x0631,
  endOfDay: 0x0650,
  abortByEcr: 0x06b0,
  printLine: 0x06d1,
  printTextBlock: 0x06d3,
} as const;

/** A longer one is no message of a terminal. */
const MAX_DATA = 0xffff;

export function encodeApdu(control: number, data: Iterable<number> = []): Uint8Array {
  const bytes = Uint8Array.from(data);
  const length = bytes.length < 0xff ? [bytes.length] : [0xff, bytes.length & 0xff, bytes.length >> 8];
  return Uint8Array.from([control >> 8, control & 0xff, ...length, ...bytes]);
}

/** Takes bytes as they come, and answers the messages that they completed. */
export function createApduReader(): (bytes: Uint8Array) => readonly Apdu[] {
  let held: Uint8Array = new Uint8Array();
  return (bytes) => {
    held = held.length === 0 ? bytes : Uint8Array.from([...held, ...bytes]);
    const whole: Apdu[] = [];
    for (;;) {
      const isLong = held[2] === 0xff;
      const start = isLong ? 5 : 3;
      if (held.length < start) return whole;
      const length = isLong ? (held[3] ?? 0) | ((held[4] ?? 0) << 8) : (held[2] ?? 0);
      if (length > MAX_DATA || held.length < start + length) return whole;
      whole.push({ control: ((held[0] ?? 0) << 8) | (held[1] ?? 0), data: held.slice(start, start + length) });
      held = held.slice(start + length);
    }
  };
}
