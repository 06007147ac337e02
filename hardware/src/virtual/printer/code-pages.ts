/** Which code page a printer means by a number: Epson's `ESC t n` and Star's `ESC GS t n`, from their command references. */
import CodepageEncoder, { type Codepage } from '@point-of-sale/codepage-encoder';
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';

import type { PrinterModel } from '../../printers/models.ts';
import type { CodePage } from './language.ts';

const EPSON_CODE_PAGES: Readonly<Record<number, Codepage>> = {
  0: 'cp437',
  2: 'cp850',
  3: 'cp860',
  4: 'cp863',
  5: 'cp865',
  11: 'cp851',
  12: 'cp853',
  13: 'cp857',
  14: 'cp737',
  15: 'iso8859-7',
  16: 'windows1252',
  17: 'cp866',
  18: 'cp852',
  19: 'cp858',
  33: 'cp775',
  34: 'cp855',
  35: 'cp861',
  36: 'cp862',
  37: 'cp864',
  38: 'cp869',
  39: 'iso8859-2',
  40: 'iso8859-15',
  44: 'cp1125',
  45: 'windows1250',
  46: 'windows1251',
  47: 'windows1253',
  48: 'windows1254',
  49: 'windows1255',
  50: 'windows1256',
  51: 'windows1257',
  52: 'windows1258',
  53: 'rk1048',
};

const STAR_CODE_PAGES: Readonly<Record<number, Codepage>> = {
  0: 'star/standard',
  1: 'cp437',
  3: 'cp437',
  4: 'cp858',
  5: 'cp852',
  6: 'cp860',
  7: 'cp861',
  8: 'cp863',
  9: 'cp865',
  10: 'cp866',
  11: 'cp855',
  12: 'cp857',
  13: 'cp862',
  14: 'cp864',
  15: 'cp737',
  16: 'cp851',
  17: 'cp869',
  19: 'cp772',
  20: 'cp774',
  32: 'windows1252',
  33: 'windows1250',
  34: 'windows1251',
};

/**
 * The table of one model: Epson's and Star's are above; of all others the encoder is asked what number it would send, since their makers
 * publish no reference to hold it against.
 */
export function codePageTableOf(model: PrinterModel): CodePageTable {
  if (model.codePages.startsWith('epson')) return EPSON_CODE_PAGES;
  if (model.codePages.startsWith('star')) return STAR_CODE_PAGES;
  const table: Record<number, Codepage> = {};
  for (const codePage of CodepageEncoder.getEncodings()) {
    const number = askedNumber(model, codePage);
    if (number !== undefined) table[number] ??= codePage;
  }
  return table;
}

/** ESC t n, as the encoder sends it for `codePage`. */
function askedNumber(model: PrinterModel, codePage: Codepage): number | undefined {
  try {
    const bytes = new ReceiptPrinterEncoder({ printerModel: model.id, errors: 'strict' }).codepage(codePage).text('A').encode();
    const at = bytes.findIndex((byte, index) => byte === 0x1b && bytes[index + 1] === 0x74);
    return at < 0 ? undefined : bytes[at + 2];
  } catch {
    // The model has no such code page.
    return undefined;
  }
}

export type CodePageTable = Readonly<Record<number, Codepage>>;

/** A number that is not in the table prints the letters of cp437, as printers do. */
export function codePageOf(table: CodePageTable, number: number): CodePage {
  const points = CodepageEncoder.getCodepoints(table[number] ?? 'cp437', true);
  return (byte) => {
    const point = points[byte];
    return point === undefined || point < 0x20 ? ' ' : String.fromCodePoint(point);
  };
}
