/**
 * Scans out of what scanners send. A scan is text as the domain reads it: `]C1` and its like in front where the scanner says which symbology it
 * was, FNC1 as the group separator.
 *
 * - `serial`: characters up to CR, LF, Tab or ETX. What stays without one is torn, and no code.
 * - `hid-pos`: reports of the point-of-sale page (0x8C). Byte 0 says how much data there is; the symbology identifier stands at 1 to 3, of some
 *   models at 2 to 4, the data behind it; byte 62 says that more follows. A report of 64 bytes has its number in front.
 */
export const SCANNER_MODELS = ['serial', 'hid-pos'] as const;
export type ScannerModel = (typeof SCANNER_MODELS)[number];

export type ScanMessage = { readonly type: 'scan'; readonly text: string } | { readonly type: 'torn' };

export interface ScanReader {
  read(bytes: Uint8Array): readonly ScanMessage[];
  /** Nothing has come for a while: what is half read is torn. */
  rest(): readonly ScanMessage[];
}

/** As long as a till takes a scan. */
const MAX_SCAN_BYTES = 8_192;
const TERMINATORS: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x09, 0x03]);
const STX = 0x02;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/** QR codes hold UTF-8; what is none is older than that. */
function textOf(bytes: readonly number[]): string {
  const raw = Uint8Array.from(bytes);
  try {
    return utf8.decode(raw);
  } catch {
    return latin1.decode(raw);
  }
}

function createSerialReader(): ScanReader {
  let held: number[] = [];
  let isTooLong = false;
  const end = (): readonly ScanMessage[] => {
    const [bytes, wasTooLong] = [held, isTooLong];
    held = [];
    isTooLong = false;
    if (wasTooLong) return [{ type: 'torn' }];
    return bytes.length === 0 ? [] : [{ type: 'scan', text: textOf(bytes) }];
  };
  return {
    read(bytes) {
      const messages: ScanMessage[] = [];
      for (const byte of bytes) {
        if (TERMINATORS.has(byte)) messages.push(...end());
        else if (held.length === MAX_SCAN_BYTES) isTooLong = true;
        else if (byte !== STX || held.length > 0) held.push(byte);
      }
      return messages;
    },
    rest() {
      const isTorn = held.length > 0;
      held = [];
      isTooLong = false;
      return isTorn ? [{ type: 'torn' }] : [];
    },
  };
}

const [NUMBERED_BYTES, BARE_BYTES] = [64, 63];
const [AIM, MORE_AT] = [0x5d, 62];

function createHidReader(): ScanReader {
  /** Of a link that keeps no reports apart. */
  let stream = new Uint8Array();
  let held: number[] = [];
  const readReport = (report: Uint8Array): readonly ScanMessage[] => {
    const length = report[0] ?? 0;
    const aimAt = report[1] === AIM ? 1 : report[2] === AIM ? 2 : undefined;
    const from = aimAt === 2 ? 5 : 4;
    if (from + length > MORE_AT || held.length > MAX_SCAN_BYTES) {
      held = [];
      return [{ type: 'torn' }];
    }
    const aim = aimAt === undefined || held.length > 0 ? [] : [...report.subarray(aimAt, aimAt + 3)];
    held.push(...aim, ...report.subarray(from, from + length));
    if ((report[MORE_AT] ?? 0) !== 0) return [];
    const whole = held;
    held = [];
    // Some send the suffix that they are set to with the data.
    while (TERMINATORS.has(whole.at(-1) ?? 0)) whole.pop();
    if (whole.length > MAX_SCAN_BYTES) return [{ type: 'torn' }];
    return whole.length === 0 ? [] : [{ type: 'scan', text: textOf(whole) }];
  };
  return {
    read(bytes) {
      if (stream.length === 0 && bytes.length === BARE_BYTES) return readReport(bytes);
      const whole = new Uint8Array(stream.length + bytes.length);
      whole.set(stream);
      whole.set(bytes, stream.length);
      stream = whole;
      const messages: ScanMessage[] = [];
      for (; stream.length >= NUMBERED_BYTES; stream = stream.slice(NUMBERED_BYTES)) {
        messages.push(...readReport(stream.subarray(1, NUMBERED_BYTES)));
      }
      return messages;
    },
    rest() {
      const isTorn = held.length > 0 || stream.length > 0;
      held = [];
      stream = new Uint8Array();
      return isTorn ? [{ type: 'torn' }] : [];
    },
  };
}

export const createScanReader = (model: ScannerModel): ScanReader => (model === 'serial' ? createSerialReader() : createHidReader());
