/** ESC/POS, as far as receipts use it. A command that is not known is skipped by its first two bytes and named on the panel. */
import { codePageOf, type CodePageTable } from './code-pages.ts';
import type { CodePage, Command, CommandHost, Language } from './language.ts';
import { columnDots, rowDots, type Align, type LetterStyle } from './print-head.ts';

const [LF, CR, DLE, ESC, FS, GS] = [0x0a, 0x0d, 0x10, 0x1b, 0x1c, 0x1d] as const;
const ALIGNS: readonly Align[] = ['left', 'center', 'right'];
const ASCII_ZERO = 0x30;
const LINE_DOTS = 30;

type Found = { readonly command: Command; readonly length: number } | undefined;

/** Commands of a fixed length: bytes behind the name, and what they do. */
type Fixed = readonly [length: number, run: (host: CommandHost, first: number, second: number) => void];

const style = (host: CommandHost, change: Partial<LetterStyle>): void => {
  host.head.style = { ...host.head.style, ...change };
};
const nothing = (): void => {};

const ESC_FIXED: Readonly<Record<string, Fixed>> = {
  '@': [0, ({ head }) => head.reset()],
  '!': [
    1,
    (host, n) =>
      style(host, {
        font: (n & 1) === 1 ? 'B' : 'A',
        isBold: (n & 8) !== 0,
        height: (n & 16) === 0 ? 1 : 2,
        width: (n & 32) === 0 ? 1 : 2,
        isUnderlined: (n & 128) !== 0,
      }),
  ],
  M: [1, (host, n) => style(host, { font: (n & 1) === 1 ? 'B' : 'A' })],
  E: [1, (host, n) => style(host, { isBold: (n & 1) === 1 })],
  G: [1, (host, n) => style(host, { isBold: (n & 1) === 1 })],
  '-': [1, (host, n) => style(host, { isUnderlined: n % ASCII_ZERO > 0 })],
  a: [1, ({ head }, n) => void (head.align = ALIGNS[n % ASCII_ZERO] ?? 'left')],
  '2': [0, ({ head }) => void (head.lineDots = LINE_DOTS)],
  '3': [1, ({ head }, n) => void (head.lineDots = n)],
  J: [1, ({ head }, n) => head.feed(n)],
  d: [1, ({ head }, n) => head.feed(n * head.lineDots)],
  p: [3, (host) => host.openDrawer()],
  i: [0, ({ head }) => head.cut()],
  m: [0, ({ head }) => head.cut()],
  '4': [1, nothing],
  '5': [0, nothing],
  R: [1, nothing],
  V: [1, nothing],
  '{': [1, nothing],
  ' ': [1, nothing],
  c: [2, nothing],
  $: [2, nothing],
};

const GS_FIXED: Readonly<Record<string, Fixed>> = {
  '!': [1, (host, n) => style(host, { width: (n >> 4) + 1, height: (n & 7) + 1 })],
  B: [1, (host, n) => style(host, { isInverted: (n & 1) === 1 })],
  a: [1, (host, n) => host.setReports(n !== 0)],
  r: [1, (host, n) => host.answer('inOrder', n)],
  P: [2, nothing],
  L: [2, nothing],
  W: [2, nothing],
  H: [1, nothing],
  f: [1, nothing],
};

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export function createEscPos(codePages: CodePageTable): Language {
  let codePage: CodePage = codePageOf(codePages, 0);
  let barcode = { moduleDots: 3, heightDots: 162 };
  let qr = { moduleDots: 3, errorLevel: 'L', data: '' };
  const reset = (): void => {
    codePage = codePageOf(codePages, 0);
    barcode = { moduleDots: 3, heightDots: 162 };
    qr = { moduleDots: 3, errorLevel: 'L', data: '' };
  };

  const fixed = (prefix: string, table: Readonly<Record<string, Fixed>>, bytes: Uint8Array, at: number): Found => {
    const letter = String.fromCharCode(bytes[at + 1] ?? 0);
    const [length, run] = Object.hasOwn(table, letter) ? (table[letter] ?? [0, nothing]) : [0, nothing];
    if (at + 2 + length > bytes.length) return undefined;
    const known = Object.hasOwn(table, letter);
    const [first = 0, second = 0] = bytes.subarray(at + 2, at + 4);
    return {
      command: { name: known ? `${prefix} ${letter}` : `unknown ${prefix} ${letter}`, run: (host) => run(host, first, second) },
      length: 2 + length,
    };
  };

  /** With `length` bytes of parameters and then `count` bytes of data. */
  const withData = (
    bytes: Uint8Array,
    at: number,
    head: number,
    count: number,
    name: string,
    run: (host: CommandHost, data: Uint8Array) => void,
  ): Found => {
    if (at + head + count > bytes.length) return undefined;
    const data = bytes.slice(at + head, at + head + count);
    return { command: { name, run: (host) => run(host, data) }, length: head + count };
  };

  const escape = (bytes: Uint8Array, at: number): Found => {
    const letter = bytes[at + 1];
    if (letter === 0x74) {
      const number = bytes[at + 2];
      if (number === undefined) return undefined;
      return { command: { name: 'ESC t', run: () => void (codePage = codePageOf(codePages, number)) }, length: 3 };
    }
    if (letter === 0x40) return { command: { name: 'ESC @', run: ({ head }) => (reset(), head.reset()) }, length: 2 };
    if (letter === 0x2a) {
      const [mode, low, high] = bytes.subarray(at + 2, at + 5);
      if (mode === undefined || low === undefined || high === undefined) return undefined;
      const bytesPerColumn = mode >= 32 ? 3 : 1;
      return withData(bytes, at, 5, (low + high * 256) * bytesPerColumn, 'ESC *', ({ head }, data) =>
        head.inLine(columnDots(data, bytesPerColumn)),
      );
    }
    return fixed('ESC', ESC_FIXED, bytes, at);
  };

  const group = (bytes: Uint8Array, at: number): Found => {
    const [letter, first, second, third, fourth, fifth, sixth] = bytes.subarray(at + 1, at + 8);
    switch (letter) {
      case undefined:
        return undefined;
      case 0x68:
        return first === undefined
          ? undefined
          : { command: { name: 'GS h', run: () => void (barcode = { ...barcode, heightDots: first }) }, length: 3 };
      case 0x77:
        return first === undefined
          ? undefined
          : { command: { name: 'GS w', run: () => void (barcode = { ...barcode, moduleDots: first }) }, length: 3 };
      case 0x56: {
        if (first === undefined) return undefined;
        const hasFeed = first === 0x41 || first === 0x42;
        if (hasFeed && second === undefined) return undefined;
        return {
          command: { name: 'GS V', run: ({ head }) => (head.feed(hasFeed ? (second ?? 0) : 0), head.cut()) },
          length: hasFeed ? 4 : 3,
        };
      }
      case 0x76: {
        // GS v 0 m xL xH yL yH
        if (sixth === undefined) return undefined;
        const widthBytes = (third ?? 0) + (fourth ?? 0) * 256;
        const count = widthBytes * ((fifth ?? 0) + sixth * 256);
        return withData(bytes, at, 8, count, 'GS v 0', ({ head }, data) => head.picture(rowDots(data, widthBytes)));
      }
      case 0x6b: {
        // GS k m n data; only the form with a length.
        if (second === undefined) return undefined;
        return withData(bytes, at, 4, second, 'GS k', ({ head }, data) => {
          const symbols = text(data)
            .replace(/^\{[ABC]/, '')
            .replaceAll('{{', '{');
          if (first === 0x49) head.code128(symbols, barcode.moduleDots, barcode.heightDots);
        });
      }
      case 0x28: {
        if (third === undefined) return undefined;
        return withData(bytes, at, 5, (second ?? 0) + third * 256, `GS ( ${String.fromCharCode(first ?? 0)}`, ({ head }, data) => {
          const [kind, job, value] = data;
          if (first !== 0x6b || kind !== 0x31) return;
          if (job === 0x43) qr = { ...qr, moduleDots: value ?? 3 };
          if (job === 0x45) qr = { ...qr, errorLevel: 'LMQH'[(value ?? 0x30) - 0x30] ?? 'L' };
          if (job === 0x50) qr = { ...qr, data: text(data.subarray(3)) };
          if (job === 0x51) head.qr(qr.data, qr.moduleDots, qr.errorLevel);
        });
      }
      default:
        return fixed('GS', GS_FIXED, bytes, at);
    }
  };

  const realTime = (bytes: Uint8Array, at: number): Found => {
    const [kind, n] = bytes.subarray(at + 1, at + 3);
    if (kind === undefined || n === undefined) return undefined;
    if (kind === 0x14 && n === 0x01) {
      if (at + 5 > bytes.length) return undefined;
      return { command: { name: 'DLE DC4', isRealTime: true, run: (host) => host.openDrawer() }, length: 5 };
    }
    if (kind !== 0x04) return { command: { name: 'unknown DLE', run: nothing }, length: 2 };
    return { command: { name: 'DLE EOT', isRealTime: true, run: (host) => host.answer('realTime', n) }, length: 3 };
  };

  return {
    reset,
    next(bytes, at) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      if (byte === LF) return { command: { name: 'LF', isLine: true, run: ({ head }) => void head.lineFeed() }, length: 1 };
      if (byte === CR || byte < 0x09) return { command: { name: 'CR', run: nothing }, length: 1 };
      if (byte === DLE) return realTime(bytes, at);
      if (byte === ESC || byte === GS || byte === FS) {
        if (at + 1 >= bytes.length) return undefined;
        if (byte === FS) return { command: { name: 'FS', run: nothing }, length: 2 };
        return byte === ESC ? escape(bytes, at) : group(bytes, at);
      }
      return { command: { name: 'text', run: ({ head }) => head.letter(codePage(byte)) }, length: 1 };
    },
  };
}
