/**
 * The letters that a printer model can set, and the bytes that set them. The encoder knows each model's code pages and the numbers that choose them,
 * and is asked for both once; it would also encode the text, but copies a whole code page for each letter that it looks up: a receipt of 60 lines
 * took it two seconds.
 */
import CodepageEncoder, { type Codepage } from '@point-of-sale/codepage-encoder';
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';

import type { PrinterModelId } from './models.ts';

export interface CodePage {
  readonly name: Codepage;
  readonly number: number;
  /** The command that chooses it. */
  readonly command: readonly number[];
  readonly bytes: ReadonlyMap<string, number>;
}

const byModel = new Map<PrinterModelId, readonly CodePage[]>();

/** By their number, as the printer counts them. */
export function codePagesOf(id: PrinterModelId): readonly CodePage[] {
  let pages = byModel.get(id);
  if (pages === undefined) {
    pages = CodepageEncoder.getEncodings()
      .flatMap((name) => askedPage(id, name))
      .toSorted((one, other) => one.number - other.number);
    byModel.set(id, pages);
  }
  return pages;
}

const [ESC, GS, CHOOSE] = [0x1b, 0x1d, 0x74];

function askedPage(id: PrinterModelId, name: Codepage): readonly CodePage[] {
  try {
    const sent = new ReceiptPrinterEncoder({ printerModel: id, errors: 'strict' }).codepage(name).text('A').encode();
    // ESC t n, Star's with GS between.
    const from = sent.findIndex((byte, at) => byte === ESC && sent[sent[at + 1] === GS ? at + 2 : at + 1] === CHOOSE);
    const to = sent.indexOf(CHOOSE, from) + 1;
    const number = sent[to];
    if (from < 0 || number === undefined) return [];
    return [{ name, number, command: [...sent.subarray(from, to + 1)], bytes: bytesOf(name) }];
  } catch {
    // The model has no such code page.
    return [];
  }
}

const maps = new Map<Codepage, ReadonlyMap<string, number>>();

/** Its letters; of one that it has twice the first. What stands below the blank is no letter. */
function bytesOf(name: Codepage): ReadonlyMap<string, number> {
  let map = maps.get(name);
  if (map === undefined) {
    const letters = CodepageEncoder.getCodepoints(name, true).map((point, byte) => [point ?? 0, byte] as const);
    map = new Map(
      letters
        .filter(([point, byte]) => byte >= 0x20 && point >= 0x20)
        .map(([point, byte]) => [String.fromCodePoint(point), byte])
        .toReversed() as [string, number][],
    );
    maps.set(name, map);
  }
  return map;
}

const FALLBACK = 0x3f;

/**
 * Sets text in one document: letters in the page that was chosen last as long as it holds them, else in the first that does. What none holds is a
 * question mark.
 */
export function createTextSetter(id: PrinterModelId): (text: string) => number[] {
  const pages = codePagesOf(id);
  let chosen: CodePage | undefined;
  return (text) => {
    const sent: number[] = [];
    for (const letter of text) {
      const byte = chosen?.bytes.get(letter);
      if (byte !== undefined) {
        sent.push(byte);
        continue;
      }
      const page = pages.find(({ bytes }) => bytes.has(letter)) ?? chosen ?? pages[0];
      if (page !== undefined && page !== chosen) sent.push(...page.command);
      chosen = page;
      sent.push(page?.bytes.get(letter) ?? FALLBACK);
    }
    return sent;
  };
}

export const holdsLetter = (id: PrinterModelId, letter: string): boolean => codePagesOf(id).some(({ bytes }) => bytes.has(letter));
