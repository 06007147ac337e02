/**
 * Customer displays of two rows of twenty letters, in the two languages that nearly all of them know: CD5220, and Epson's (ESC/POS of a DM-D). A
 * frame is both rows whole: a display that missed one is right again with the next.
 *
 * Letters go by the display's code pages. What none of them holds goes without its marks where that leaves a letter (`ő` as `o`), and else as a
 * blank: a row of question marks tells a shopper nothing.
 */
import CodepageEncoder, { type Codepage } from '@point-of-sale/codepage-encoder';

export const DISPLAY_COLUMNS = 20;
export type DisplayRows = readonly [upper: string, lower: string];

export interface DisplayProtocol {
  readonly name: string;
  /** As most displays of it are set. */
  readonly line: string;
  /** By the number that chooses it (`ESC t n`); the first one holds what comes after a reset. */
  readonly codePages: readonly (readonly [number: number, codePage: Codepage])[];
  /** Whatever it showed is gone, and nothing blinks. */
  readonly begin: Uint8Array;
  readonly row: (index: 0 | 1, text: Uint8Array) => readonly number[];
}

const ESC = 0x1b;
const US = 0x1f;

/** Its table of code pages differs from maker to maker; these numbers are those that they agree on. */
const CD5220: DisplayProtocol = {
  name: 'CD5220',
  line: 'baud=9600',
  codePages: [
    [0, 'cp437'],
    [2, 'cp850'],
    [3, 'cp860'],
    [4, 'cp863'],
    [5, 'cp865'],
  ],
  // Reset, clear, cursor off.
  begin: Uint8Array.of(ESC, 0x40, 0x0c, ESC, 0x5f, 0),
  row: (index, text) => [ESC, 0x51, 0x41 + index, ...text, 0x0d],
};

const EPSON: DisplayProtocol = {
  name: 'Epson DM-D',
  line: 'baud=9600',
  codePages: [
    [0, 'cp437'],
    [2, 'cp850'],
    [3, 'cp860'],
    [4, 'cp863'],
    [5, 'cp865'],
    [16, 'windows1252'],
    [17, 'cp866'],
    [18, 'cp852'],
    [19, 'cp858'],
  ],
  // Reset, clear, overwrite, cursor off.
  begin: Uint8Array.of(ESC, 0x40, 0x0c, US, 0x01, US, 0x43, 0),
  // To the row's first column; all twenty letters follow, so that nothing of the last frame stays.
  row: (index, text) => [US, 0x24, 1, 1 + index, ...text],
};

const PROTOCOLS = { cd5220: CD5220, 'epson-dm-d': EPSON } as const satisfies Readonly<Record<string, DisplayProtocol>>;

export type DisplayProtocolId = keyof typeof PROTOCOLS;
export const DISPLAY_PROTOCOL_IDS = Object.keys(PROTOCOLS) as readonly DisplayProtocolId[];
export const isDisplayProtocolId = (id: string): id is DisplayProtocolId => Object.hasOwn(PROTOCOLS, id);
export const displayProtocol = (id: DisplayProtocolId): DisplayProtocol => PROTOCOLS[id];

/** Both rows as the display takes them, in the first of its code pages that holds most of their letters. */
export function encodeFrame(id: DisplayProtocolId, rows: DisplayRows): Uint8Array {
  const { codePages, row } = displayProtocol(id);
  const texts = rows.map((text) => text.normalize('NFC').replaceAll(/\p{Z}/gu, ' '));
  const letters = texts.join('');
  let [number, bytesOf, best] = [0, byteMapOf('cp437'), -1];
  for (const [candidate, codePage] of codePages) {
    const bytes = byteMapOf(codePage);
    const held = [...letters].filter((letter) => bytes.has(letter)).length;
    if (held > best) [number, bytesOf, best] = [candidate, bytes, held];
  }
  const [upper = '', lower = ''] = texts;
  return Uint8Array.of(ESC, 0x74, number, ...row(0, rowBytes(upper, bytesOf)), ...row(1, rowBytes(lower, bytesOf)));
}

const BLANK = 0x20;

function rowBytes(text: string, bytesOf: ReadonlyMap<string, number>): Uint8Array {
  const bytes = [...text].map((letter) => bytesOf.get(letter) ?? bytesOf.get(letter.normalize('NFD').charAt(0)) ?? BLANK);
  return Uint8Array.from({ length: DISPLAY_COLUMNS }, (_, at) => bytes[at] ?? BLANK);
}

const byteMaps = new Map<Codepage, ReadonlyMap<string, number>>();

/** The letters of a code page by their bytes; control characters are none. */
function byteMapOf(codePage: Codepage): ReadonlyMap<string, number> {
  let map = byteMaps.get(codePage);
  if (map === undefined) {
    const points = CodepageEncoder.getCodepoints(codePage, true);
    const entries = points.map((point, byte) => [point === undefined ? '' : String.fromCodePoint(point), byte] as const);
    map = new Map(entries.filter(([letter, byte]) => byte >= BLANK && byte !== 0x7f && letter >= ' ').toReversed());
    byteMaps.set(codePage, map);
  }
  return map;
}

/** The letter of a byte in the code page that a number chooses. */
export function displayLetter(id: DisplayProtocolId, number: number, byte: number): string {
  const codePage = displayProtocol(id).codePages.find(([known]) => known === number)?.[1] ?? 'cp437';
  const point = CodepageEncoder.getCodepoints(codePage, true)[byte];
  return point === undefined || point < BLANK ? ' ' : String.fromCodePoint(point);
}
