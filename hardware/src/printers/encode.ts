/**
 * A print document as the bytes of one printer model. Text that its code pages hold goes as text; a line with anything else goes as a raster
 * of real shaped text, and so does every line of a script that a printer sets wrongly even with its code page (right to left, joined, or with
 * marks above letters).
 */
import { unreachable } from '@holdfast/base';
import { type Bitmap, columnDots, type PrintBlock, type PrintDocument, rasterise, type RasterLine } from '@holdfast/paper';
import { ASCII, centredColumns, columnsOf, isSetByCells, plainText, rowColumns, wrapColumns } from '@holdfast/paper/columns';
import { ditherGrey, type GreyPicture, readLogo, scaleGrey } from '@holdfast/paper/logo';
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';

import { createTextSetter, holdsLetter } from './code-pages.ts';
import { printerModel, type PrinterModel, type PrinterModelId } from './models.ts';

/** Whether the printer itself can set this text. */
export function canPrintAsText(id: PrinterModelId, text: string): boolean {
  return ASCII.test(text) || (isSetByCells(text) && [...text].every((letter) => ASCII.test(letter) || holdsLetter(id, letter)));
}

/** Whether any of it goes as a picture: those take time. */
export function needsPictures({ direction, logo, mark, blocks }: PrintDocument, id: PrinterModelId): boolean {
  const isPicture = (text: string): boolean => !canPrintAsText(id, plainText(text));
  if (direction === 'rtl' || logo !== undefined || (mark !== undefined && isPicture(mark))) return true;
  return blocks.some((block) =>
    block.type === 'text' ? isPicture(block.text.replaceAll('\n', ' ')) : block.type === 'row' && isPicture(block.start + block.end),
  );
}

/** Code 128: 11 modules a character, 35 for start, check and stop. Its quiet zones are the paper's own margins. */
const barcodeModules = (data: string): number => data.length * 11 + 35;
const FEED_BEFORE_TEARING = 4;
const LOGO_GAP_DOTS = 8;
const BARCODE_DOTS = 64;

/** Each receipt of a day begins with the same one. */
const logosKept = new Map<string, Bitmap | undefined>();
const MAX_LOGOS_KEPT = 4;

/** Black and white, on a paper of so many dots; undefined where the picture is no logo. */
function logoBitmap(picture: string, dots: number): Bitmap | undefined {
  const key = `${dots} ${picture}`;
  if (logosKept.has(key)) return logosKept.get(key);
  const bitmap = pictureBitmap(picture, dots);
  const [oldest] = logosKept.keys();
  if (logosKept.size >= MAX_LOGOS_KEPT && oldest !== undefined) logosKept.delete(oldest);
  logosKept.set(key, bitmap);
  return bitmap;
}

/** Undefined where it is none. */
function pictureBitmap(picture: string, dots: number): Bitmap | undefined {
  const read = readLogo(picture);
  return read === undefined ? undefined : inWholeBytes(scaleGrey(read, dots));
}

/** Rasters are whole bytes wide, and as many dots high; white is under it. */
function inWholeBytes(logo: GreyPicture): Bitmap {
  const width = Math.ceil(logo.width / 8) * 8;
  const height = Math.ceil((logo.height + LOGO_GAP_DOTS) / 8) * 8;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  const left = Math.floor((width - logo.width) / 2);
  ditherGrey(logo).forEach((isBlack, index) => {
    const [row, column] = [Math.floor(index / logo.width), index % logo.width];
    if (isBlack === 1) data.fill(0, (row * width + left + column) * 4, (row * width + left + column) * 4 + 3);
  });
  return { width, height, data };
}

class DocumentEncoder {
  readonly #model: PrinterModel;
  readonly #encoder: ReceiptPrinterEncoder;
  readonly #direction: 'ltr' | 'rtl';
  readonly #endColumnDots: number;
  readonly #set: (text: string) => number[];

  constructor(model: PrinterModel, { direction, blocks }: PrintDocument) {
    this.#model = model;
    this.#direction = direction;
    const amounts = blocks.flatMap((block) => (block.type === 'row' && block.isAmount === true ? [plainText(block.end)] : []));
    this.#endColumnDots = direction === 'rtl' ? columnDots(amounts) : 0;
    this.#set = createTextSetter(model.id);
    this.#encoder = new ReceiptPrinterEncoder({ printerModel: model.id, imageMode: 'raster', feedAfterBlock: false }).initialize();
  }

  add(block: PrintBlock): void {
    switch (block.type) {
      case 'text':
        for (const line of plainText(block.text).split('\n')) this.#text({ ...block, text: line });
        return;
      case 'row':
        return this.#row({ ...block, start: plainText(block.start), end: plainText(block.end) });
      case 'rule':
        this.#encoder.raw(this.#set('-'.repeat(this.#model.columns))).newline();
        return;
      case 'feed':
        this.#encoder.newline(block.lines);
        return;
      case 'picture':
        return this.#picture(pictureBitmap(block.png, this.#paperDots()));
      case 'qr':
        this.#encoder.align('center').qrcode(block.data, { model: 2, size: 6, errorlevel: 'm' }).align('left');
        return;
      case 'barcode': {
        // Where it does not fit at two dots a module no scanner would read it: the QR code says the same.
        if (barcodeModules(block.data) * 2 > this.#model.dots) return;
        // The encoder's width 1 is the narrowest that printers know: two dots.
        this.#encoder.align('center').barcode(block.data, 'code128', { height: BARCODE_DOTS, width: 1, text: false }).align('left');
        return;
      }
      default:
        return unreachable(block, 'DocumentEncoder.add');
    }
  }

  /** In the middle of the paper, as wide as it is or as the paper is. */
  addLogo(picture: string): void {
    this.#picture(logoBitmap(picture, this.#paperDots()));
  }

  #paperDots(): number {
    return this.#model.dots - (this.#model.dots % 8);
  }

  #picture(bitmap: Bitmap | undefined): void {
    if (bitmap === undefined) return;
    this.#encoder.align('center').image(bitmap, bitmap.width, bitmap.height, 'threshold', 128).align('left');
  }

  end(): Uint8Array {
    if (this.#model.hasCutter) this.#encoder.cut('partial');
    else this.#encoder.newline(FEED_BEFORE_TEARING);
    return this.#encoder.encode();
  }

  #text({ text, align = 'start', isBold = false, isLarge = false }: PrintBlock & { readonly type: 'text' }): void {
    if (!this.#isText(text)) return this.#raster({ start: text, align, isBold, isLarge, direction: this.#direction });
    const columns = this.#columns(isLarge);
    // The encoder would count the blanks of a centred line in small letters; here each line is padded whole.
    const lines = align === 'center' ? centredColumns(text, columns) : wrapColumns(text, columns);
    this.#lines(lines, isBold, isLarge);
  }

  #row({ start, end, isAmount = false, isBold = false, isLarge = false }: PrintBlock & { readonly type: 'row' }): void {
    if (!this.#isText(start + end)) {
      const direction = this.#direction;
      return this.#raster({ start, end, isBold, isLarge, direction, ...(isAmount && { endColumnDots: this.#endColumnDots }) });
    }
    this.#lines(rowColumns(start, end, this.#columns(isLarge)), isBold, isLarge);
  }

  /** What runs from right to left is a picture whole: letters of a printer and letters of a raster would stand in columns of their own. */
  #isText(text: string): boolean {
    return this.#direction === 'ltr' && canPrintAsText(this.#model.id, text);
  }

  #columns(isLarge: boolean): number {
    return columnsOf(this.#model.columns, isLarge);
  }

  #lines(lines: readonly string[], isBold: boolean, isLarge: boolean): void {
    const size = isLarge ? 2 : 1;
    for (const line of lines) {
      this.#encoder
        .bold(isBold)
        .size(size, size)
        .raw(this.#set(line === '' ? ' ' : line))
        .newline();
      this.#encoder.size(1, 1).bold(false);
    }
  }

  #raster(line: RasterLine): void {
    // Rasters are whole bytes wide.
    const { width, height, data } = rasterise(line, this.#model.dots - (this.#model.dots % 8));
    this.#encoder.image({ width, height, data }, width, height, 'threshold', 128);
  }
}

/** The document's bytes, its cut at the end. What tells that they were printed is the driver's to add. */
export function encodeDocument(document: PrintDocument, id: PrinterModelId): Uint8Array {
  const encoder = new DocumentEncoder(printerModel(id), document);
  if (document.mark !== undefined) encoder.add({ type: 'text', text: document.mark, align: 'center', isBold: true, isLarge: true });
  if (document.logo !== undefined) encoder.addLogo(document.logo);
  for (const block of document.blocks) encoder.add(block);
  return encoder.end();
}

/**
 * The pulse that no held job keeps back: ESC/POS `DLE DC4 1` (drawer 1, 100 ms), Star's `FS`. Not every printer that speaks ESC/POS knows it, so it is sent only where the other one would wait.
 */
export const encodeDrawerKickNow = (id: PrinterModelId): Uint8Array =>
  printerModel(id).language === 'esc-pos' ? Uint8Array.of(0x10, 0x14, 0x01, 0x00, 0x01) : Uint8Array.of(0x1c);

/** Opens the drawer that is plugged into the printer. */
export function encodeDrawerKick(id: PrinterModelId): Uint8Array {
  return new ReceiptPrinterEncoder({ printerModel: id }).pulse(0, 50, 500).encode();
}
