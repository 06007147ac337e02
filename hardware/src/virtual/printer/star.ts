/** StarPRNT and Star Line Mode, as far as receipts use them. */
import { codePageOf, type CodePageTable } from './code-pages.ts';
import type { CodePage, Command, CommandHost, Language } from './language.ts';
import { columnDots, type Align, type LetterStyle } from './print-head.ts';

const [BEL, LF, ETB, ESC, FS, GS, RS] = [0x07, 0x0a, 0x17, 0x1b, 0x1c, 0x1d, 0x1e] as const;
const ALIGNS: readonly Align[] = ['left', 'center', 'right'];
/** 24 dots of a column picture lie on a line of 24. */
const PICTURE_LINE_DOTS = 24;
const LINE_DOTS = 30;

type Found = { readonly command: Command; readonly length: number } | undefined;
const nothing = (): void => {};
const style = (host: CommandHost, change: Partial<LetterStyle>): void => {
  host.head.style = { ...host.head.style, ...change };
};
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** ESC and one letter: how many bytes follow, and what they do. */
const ESC_FIXED: Readonly<Record<string, readonly [number, (host: CommandHost, first: number, second: number) => void]>> = {
  E: [0, (host) => style(host, { isBold: true })],
  F: [0, (host) => style(host, { isBold: false })],
  '-': [1, (host, n) => style(host, { isUnderlined: n % 0x30 > 0 })],
  '4': [0, (host) => style(host, { isInverted: true })],
  '5': [0, (host) => style(host, { isInverted: false })],
  M: [0, (host) => style(host, { font: 'A' })],
  P: [0, (host) => style(host, { font: 'B' })],
  i: [2, (host, height, width) => style(host, { height: (height % 0x30) + 1, width: (width % 0x30) + 1 })],
  W: [1, (host, n) => style(host, { width: (n % 0x30) + 1 })],
  h: [1, (host, n) => style(host, { height: (n % 0x30) + 1 })],
  '0': [0, ({ head }) => void (head.lineDots = PICTURE_LINE_DOTS)],
  z: [1, ({ head }, n) => void (head.lineDots = n % 0x30 === 0 ? PICTURE_LINE_DOTS : LINE_DOTS)],
  a: [1, ({ head }, n) => head.feed(n * head.lineDots)],
  J: [1, ({ head }, n) => head.feed(n * 2)],
  d: [1, ({ head }, n) => (head.feed(n % 0x30 >= 2 ? 3 * LINE_DOTS : 0), head.cut())],
  [String.fromCharCode(BEL)]: [2, nothing],
};

export function createStar(codePages: CodePageTable): Language {
  let codePage: CodePage = codePageOf(codePages, 0);
  let qr = { moduleDots: 3, errorLevel: 'L', data: '' };
  const reset = (): void => {
    codePage = codePageOf(codePages, 0);
    qr = { moduleDots: 3, errorLevel: 'L', data: '' };
  };
  const found = (name: string, length: number, run: (host: CommandHost) => void): Found => ({ command: { name, run }, length });

  /** ESC GS …: code page, alignment, QR codes. */
  const group = (bytes: Uint8Array, at: number): Found => {
    const [letter, first, second, third, fourth] = bytes.subarray(at + 2, at + 7);
    if (letter === undefined || first === undefined) return undefined;
    if (letter === 0x74) return found('ESC GS t', 4, () => void (codePage = codePageOf(codePages, first)));
    if (letter === 0x61) return found('ESC GS a', 4, ({ head }) => void (head.align = ALIGNS[first % 0x30] ?? 'left'));
    if (letter === 0x50) return found('ESC GS P', first === 0x30 || first === 0x31 || first === 0x33 ? 4 : 4, nothing);
    if (letter !== 0x79) return found('unknown ESC GS', 4, nothing);
    // ESC GS y S 0/1/2 n, ESC GS y D 1 m nL nH data, ESC GS y P
    if (first === 0x50) return found('ESC GS y P', 4, ({ head }) => head.qr(qr.data, qr.moduleDots, qr.errorLevel));
    if (second === undefined || third === undefined) return undefined;
    if (first === 0x53) {
      return found('ESC GS y S', 6, () => {
        if (second === 0x31) qr = { ...qr, errorLevel: 'LMQH'[third] ?? 'L' };
        if (second === 0x32) qr = { ...qr, moduleDots: third };
      });
    }
    const high = bytes[at + 7];
    if (fourth === undefined || high === undefined) return undefined;
    const length = fourth + high * 256;
    if (at + 8 + length > bytes.length) return undefined;
    const data = text(bytes.subarray(at + 8, at + 8 + length));
    return found('ESC GS y D', 8 + length, () => void (qr = { ...qr, data }));
  };

  /** ESC b n1 n2 n3 n4 data RS. */
  const barcode = (bytes: Uint8Array, at: number): Found => {
    const end = bytes.indexOf(RS, at + 6);
    if (end < 0) return undefined;
    const [kind, , mode, height] = bytes.subarray(at + 2, at + 6);
    const data = text(bytes.subarray(at + 6, end))
      .replace(/^\{[ABC]/, '')
      .replaceAll('{{', '{');
    return found('ESC b', end - at + 1, ({ head }) => {
      if ((kind ?? 0) % 0x30 === 6) head.code128(data, ((mode ?? 0x31) % 0x30) + 1, height ?? 64);
    });
  };

  const escape = (bytes: Uint8Array, at: number): Found => {
    const letter = bytes[at + 1];
    if (letter === undefined) return undefined;
    if (letter === 0x40) return found('ESC @', 2, ({ head }) => (reset(), head.reset()));
    if (letter === 0x06) {
      return bytes[at + 2] === undefined
        ? undefined
        : { command: { name: 'ESC ACK SOH', isRealTime: true, run: (host) => host.answer('report', 0) }, length: 3 };
    }
    if (letter === GS) return group(bytes, at);
    if (letter === 0x62) return barcode(bytes, at);
    if (letter === 0x58) {
      const [low, high] = bytes.subarray(at + 2, at + 4);
      if (low === undefined || high === undefined) return undefined;
      const length = (low + high * 256) * 3;
      if (at + 4 + length > bytes.length) return undefined;
      const data = bytes.slice(at + 4, at + 4 + length);
      return found('ESC X', 4 + length, ({ head }) => head.inLine(columnDots(data, 3)));
    }
    if (letter === RS) {
      const [kind, n] = bytes.subarray(at + 2, at + 4);
      if (kind === undefined || n === undefined) return undefined;
      return found('ESC RS', 4, (host) => {
        if (kind === 0x61) host.setReports(n !== 0);
        if (kind === 0x46) style(host, { font: n % 0x30 === 1 ? 'B' : 'A' });
      });
    }
    const [length, run] = ESC_FIXED[String.fromCharCode(letter)] ?? [0, nothing];
    if (at + 2 + length > bytes.length) return undefined;
    const [first = 0, second = 0] = bytes.subarray(at + 2, at + 4);
    return found(`ESC ${String.fromCharCode(letter)}`, 2 + length, (host) => run(host, first, second));
  };

  return {
    reset,
    next(bytes, at) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      if (byte === LF) return { command: { name: 'LF', isLine: true, run: ({ head }) => void head.lineFeed() }, length: 1 };
      if (byte === FS) return { command: { name: 'FS', isRealTime: true, run: (host) => host.openDrawer() }, length: 1 };
      if (byte === BEL || byte === 0x1a) return found('BEL', 1, (host) => host.openDrawer());
      if (byte === ETB) return found('ETB', 1, (host) => host.answer('inOrder', 0));
      if (byte === ESC) return escape(bytes, at);
      if (byte < 0x20) return found('control', 1, nothing);
      return found('text', 1, ({ head }) => head.letter(codePage(byte)));
    },
  };
}
