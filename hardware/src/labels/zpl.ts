/**
 * A label in ZPL II. Text goes in the printer's own scalable font, as UTF-8 (`^CI28`), with every byte that ZPL could take for a command written in
 * hexadecimal (`^FH`). That font has Latin, Greek and Cyrillic letters; a line with any other goes as a graphic of real shaped text (`^GFA`).
 */
import { rasterise } from '@holdfast/paper';

import type { LabelBarcode, LabelDocument, LabelStock } from './label-document.ts';

const MODELS = { 'zpl-203': 8, 'zpl-300': 12 } as const;
export type LabelModelId = keyof typeof MODELS;
export const LABEL_MODEL_IDS = Object.keys(MODELS) as readonly LabelModelId[];
export const isLabelModelId = (id: string): id is LabelModelId => Object.hasOwn(MODELS, id);
export const dotsPerMm = (id: LabelModelId): number => MODELS[id];

const SET_BY_FONT = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]*$/u;

/** All in tenths of a millimetre, of a label 60 by 40; other sizes move and grow with it. */
const LAYOUT = {
  margin: 20,
  title: { y: 15, height: 40, lines: 2 },
  before: { y: 112, height: 40 },
  price: { y: 155, height: 110 },
  per: { y: 205, height: 50 },
  measure: { y: 272, height: 30 },
  barcode: { y: 305, height: 62 },
  notes: { fromBottom: 24, height: 24, step: 27 },
} as const;

export function encodeLabel(
  label: LabelDocument,
  { model, stock, copies = 1 }: { readonly model: LabelModelId; readonly stock: LabelStock; readonly copies?: number },
): Uint8Array {
  const setter = new LabelSetter(label, model, stock);
  return new TextEncoder().encode(setter.zpl(copies));
}

/** Widths of bars that scanners read from a shelf: at 203 dots an inch two dots, 0.25 mm. */
const MODULE_MM = 0.25;
const MODULES = { ean13: 113, ean8: 81, itf14: 140, code128: 0 } as const;

class LabelSetter {
  readonly #label: LabelDocument;
  readonly #dots: number;
  readonly #width: number;
  readonly #height: number;
  readonly #scale: number;
  readonly #fields: string[] = [];

  constructor(label: LabelDocument, model: LabelModelId, { widthMm, heightMm }: LabelStock) {
    this.#label = label;
    this.#dots = dotsPerMm(model);
    this.#width = widthMm * this.#dots;
    this.#height = heightMm * this.#dots;
    this.#scale = (this.#dots * Math.min(heightMm / 40, widthMm / 60)) / 10;
  }

  zpl(copies: number): string {
    const { title, before, price, per, measure, barcode } = this.#label;
    this.#text(title, LAYOUT.title);
    if (before !== undefined) this.#struck(before);
    this.#text(price, LAYOUT.price);
    if (per !== undefined) this.#per(per);
    if (measure !== undefined) this.#text(measure, LAYOUT.measure);
    if (barcode !== undefined) this.#barcode(barcode);
    this.#notes();
    return ['^XA', '^CI28', `^PW${this.#width}`, `^LL${this.#height}`, '^LH0,0', ...this.#fields, `^PQ${copies}`, '^XZ', ''].join('\n');
  }

  #at = (tenths: number): number => Math.round(tenths * this.#scale);

  #text(text: string, { y, height, lines = 1 }: { readonly y: number; readonly height: number; readonly lines?: number }): void {
    const margin = this.#at(LAYOUT.margin);
    this.#place(text, {
      x: margin,
      y: this.#at(y),
      width: this.#width - 2 * margin,
      height: this.#at(height),
      lines,
      align: this.#label.direction === 'rtl' ? 'R' : 'L',
    });
  }

  #place(
    text: string,
    { x, y, width, height, lines, align }: { x: number; y: number; width: number; height: number; lines: number; align: 'L' | 'R' },
  ): void {
    const plain = text.normalize('NFC').replaceAll(/\p{Z}/gu, ' ');
    this.#fields.push(
      SET_BY_FONT.test(plain)
        ? `^FO${x},${y}^A0N,${height},${height}^FB${width},${lines},0,${align},0^FH_^FD${escaped(plain)}^FS`
        : `^FO${x},${y}${graphic(plain, { width, height, lines, direction: align === 'R' ? 'rtl' : 'ltr' })}^FS`,
    );
  }

  /** Its line stands in the middle of its letters, as wide as they are about. */
  #struck(text: string): void {
    this.#text(text, LAYOUT.before);
    const { y, height } = LAYOUT.before;
    const margin = this.#at(LAYOUT.margin);
    const width = Math.min(this.#at(height * 0.5) * text.length, this.#width - 2 * margin);
    const x = this.#label.direction === 'rtl' ? this.#width - margin - width : margin;
    this.#fields.push(`^FO${x},${this.#at(y + height * 0.42)}^GB${width},${Math.max(2, this.#at(4))},${Math.max(2, this.#at(4))}^FS`);
  }

  /** At the other end of the price's line: how wide its letters come out, the printer alone knows. */
  #per(per: string): void {
    const { y, height } = LAYOUT.per;
    const margin = this.#at(LAYOUT.margin);
    this.#place(per, {
      x: margin,
      y: this.#at(y),
      width: this.#width - 2 * margin,
      height: this.#at(height),
      lines: 1,
      align: this.#label.direction === 'rtl' ? 'L' : 'R',
    });
  }

  #barcode({ kind, data }: LabelBarcode): void {
    const module = Math.max(2, Math.round(MODULE_MM * this.#dots));
    const [x, y, height] = [this.#at(LAYOUT.margin), this.#at(LAYOUT.barcode.y), this.#at(LAYOUT.barcode.height)];
    const command = {
      ean13: `^BEN,${height},Y,N^FD${data.slice(0, 12)}`,
      ean8: `^B8N,${height},Y,N^FD${data.slice(0, 7)}`,
      itf14: `^B2N,${height},Y,N,N^FD${data}`,
      code128: `^BCN,${height},Y,N,N^FD${data}`,
    }[kind];
    this.#fields.push(`^FO${x + 4 * module},${y}^BY${module},2,${height}${command}^FS`);
  }

  /** At the right of the bars, the last one at the bottom. */
  #notes(): void {
    const { fromBottom, height, step } = LAYOUT.notes;
    const module = Math.max(2, Math.round(MODULE_MM * this.#dots));
    const { barcode, notes } = this.#label;
    const taken = barcode === undefined ? 0 : module * (MODULES[barcode.kind] || barcode.data.length * 11 + 55);
    const margin = this.#at(LAYOUT.margin);
    const shown = notes.slice(0, 3).toReversed();
    shown.forEach((note, index) => {
      const y = this.#height - this.#at(fromBottom + height / 2 + index * step);
      this.#place(note, { x: margin + taken, y, width: this.#width - 2 * margin - taken, height: this.#at(height), lines: 1, align: 'R' });
    });
  }
}

/** Bytes that begin a command, the escape itself, and line ends, as hexadecimal. */
const escaped = (text: string): string =>
  text.replaceAll(/[\^~_\\\p{Cc}]/gu, (letter) => `_${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);

/** As rasters come. */
const [LINE_DOTS, LARGE_LINE_DOTS, LARGE_FROM_DOTS] = [32, 64, 30];

function graphic(
  text: string,
  { width, height, lines, direction }: { width: number; height: number; lines: number; direction: 'ltr' | 'rtl' },
): string {
  const large = height >= LARGE_FROM_DOTS ? rasterise({ start: text, direction, isLarge: true }, width) : undefined;
  const fits = large !== undefined && large.height <= Math.max(height * lines, LARGE_LINE_DOTS);
  const raster = fits ? large : rasterise({ start: text, direction }, width);
  const rows = Math.min(raster.height, fits ? LARGE_LINE_DOTS : lines * LINE_DOTS);
  const rowBytes = Math.ceil(width / 8);
  const bytes = new Uint8Array(rowBytes * rows);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((raster.data[(y * width + x) * 4] ?? 255) < 128) bytes[y * rowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return `^GFA,${bytes.length},${bytes.length},${rowBytes},${Buffer.from(bytes).toString('hex').toUpperCase()}`;
}
