/** What a printer's commands come to on paper: letters in cells, bars, pictures, one line at a time. The language is somebody else's. */
import { BOLD_FONTS, loadFonts, PLAIN_FONTS } from '@holdfast/paper';
import { createCanvas } from '@napi-rs/canvas';
import bwipjs from 'bwip-js';

import { Paper, type Dots } from './paper.ts';

export interface LetterStyle {
  readonly font: 'A' | 'B';
  readonly isBold: boolean;
  readonly isUnderlined: boolean;
  readonly isInverted: boolean;
  readonly width: number;
  readonly height: number;
}

const PLAIN_STYLE: LetterStyle = { font: 'A', isBold: false, isUnderlined: false, isInverted: false, width: 1, height: 1 };
const CELLS = {
  A: { width: 12, height: 24, fontDots: 20, baseline: 18 },
  B: { width: 9, height: 17, fontDots: 15, baseline: 13 },
} as const;
const INK = 150;

const lettersDrawn = new Map<string, Dots>();

/** A letter as it stands in its cell, drawn once. */
function letterDots(letter: string, style: LetterStyle): Dots {
  const key = `${letter}|${style.font}${style.isBold}${style.isUnderlined}${style.isInverted}${style.width}x${style.height}`;
  const drawn = lettersDrawn.get(key);
  if (drawn !== undefined) return drawn;
  loadFonts();
  const cell = CELLS[style.font];
  const [width, height] = [cell.width * style.width, cell.height * style.height];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = style.isInverted ? '#000' : '#fff';
  context.fillRect(0, 0, width, height);
  context.fillStyle = style.isInverted ? '#fff' : '#000';
  context.font = `${cell.fontDots}px ${style.isBold ? BOLD_FONTS : PLAIN_FONTS}`;
  context.scale(style.width, style.height);
  context.fillText(letter, 0, cell.baseline);
  if (style.isUnderlined) context.fillRect(0, cell.height - 2, cell.width, 2);
  const { data } = context.getImageData(0, 0, width, height);
  const dots = { width, height, data: Uint8Array.from({ length: width * height }, (_, index) => ((data[index * 4] ?? 255) < INK ? 1 : 0)) };
  lettersDrawn.set(key, dots);
  return dots;
}

/** Modules, row by row. */
interface Matrix {
  readonly pixs: readonly number[];
  readonly pixx: number;
}

/** Widths of bars and gaps in turn. */
interface Bars {
  readonly sbs: readonly number[];
}

/** bwip-js's types know neither the encoders' own options nor what comes of them. */
const drawSymbol = bwipjs.raw as unknown as (options: Readonly<Record<string, string>>) => readonly (Matrix & Bars)[];

export type Align = 'left' | 'center' | 'right';

export class PrintHead {
  readonly paper: Paper;
  /** Lines that were printed, as letters: what tests and the panel read. */
  readonly textLines: string[] = [];
  align: Align = 'left';
  style: LetterStyle = PLAIN_STYLE;
  lineDots = 30;
  #line: Dots[] = [];
  #text = '';

  constructor(widthDots: number) {
    this.paper = new Paper(widthDots);
  }

  reset(): void {
    this.align = 'left';
    this.style = PLAIN_STYLE;
    this.lineDots = 30;
    this.#line = [];
    this.#text = '';
  }

  letter(letter: string): void {
    const dots = letterDots(letter, this.style);
    // A line that is full goes to paper by itself.
    if (this.#width() + dots.width > this.paper.widthDots) this.lineFeed();
    this.#line.push(dots);
    this.#text += letter;
  }

  /** A column picture stands in the line, like a letter. */
  inLine(dots: Dots): void {
    this.#line.push(dots);
  }

  /** Answers whether the line had letters on it. */
  lineFeed(): boolean {
    const height = Math.max(0, ...this.#line.map((dots) => dots.height));
    const width = this.#width();
    const line: Dots = { width, height, data: new Uint8Array(width * height) };
    let left = 0;
    for (const dots of this.#line) {
      // Letters stand on one line at their feet.
      const top = height - dots.height;
      for (let row = 0; row < dots.height; row += 1) {
        line.data.set(dots.data.subarray(row * dots.width, (row + 1) * dots.width), (top + row) * width + left);
      }
      left += dots.width;
    }
    const hadText = this.#text.trim() !== '';
    if (height > 0) this.paper.print(line, this.#left(width));
    this.paper.feed(Math.max(0, this.lineDots - height));
    this.textLines.push(this.#text.trimEnd());
    this.#line = [];
    this.#text = '';
    return hadText;
  }

  /** A picture on lines of its own. */
  picture(dots: Dots): void {
    if (this.#line.length > 0) this.lineFeed();
    this.paper.print(dots, this.#left(dots.width));
  }

  feed(dots: number): void {
    if (this.#line.length > 0) this.lineFeed();
    this.paper.feed(dots);
  }

  cut(): void {
    if (this.#line.length > 0) this.lineFeed();
    this.paper.cut();
  }

  qr(data: string, moduleDots: number, errorLevel: string): void {
    const symbol = drawSymbol({ bcid: 'qrcode', text: data, eclevel: errorLevel })[0];
    if (symbol === undefined) return;
    const { pixs, pixx } = symbol;
    this.picture(scaled({ width: pixx, height: pixs.length / pixx, data: Uint8Array.from(pixs) }, moduleDots, moduleDots));
  }

  code128(data: string, moduleDots: number, heightDots: number): void {
    const symbol = drawSymbol({ bcid: 'code128', text: data })[0];
    const bars = symbol?.sbs.flatMap((width, index) => Array.from({ length: width }, () => (index % 2 === 0 ? 1 : 0))) ?? [];
    this.picture(scaled({ width: bars.length, height: 1, data: Uint8Array.from(bars) }, moduleDots, heightDots));
  }

  #width(): number {
    return this.#line.reduce((sum, dots) => sum + dots.width, 0);
  }

  #left(width: number): number {
    const room = this.paper.widthDots - width;
    return this.align === 'left' ? 0 : this.align === 'right' ? room : Math.floor(room / 2);
  }
}

function scaled({ width, height, data }: Dots, byX: number, byY: number): Dots {
  const wide = width * byX;
  return {
    width: wide,
    height: height * byY,
    data: Uint8Array.from(
      { length: wide * height * byY },
      (_, index) => data[Math.floor(Math.floor(index / wide) / byY) * width + Math.floor((index % wide) / byX)] ?? 0,
    ),
  };
}

/** Rows of bytes, the highest bit leftmost. */
export function rowDots(bytes: Uint8Array, widthBytes: number): Dots {
  const width = widthBytes * 8;
  const height = Math.floor(bytes.length / widthBytes);
  const data = Uint8Array.from({ length: width * height }, (_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    return ((bytes[row * widthBytes + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1;
  });
  return { width, height, data };
}

/** Columns of bytes, the highest bit uppermost. */
export function columnDots(bytes: Uint8Array, bytesPerColumn: number): Dots {
  const height = bytesPerColumn * 8;
  const width = Math.floor(bytes.length / bytesPerColumn);
  const data = Uint8Array.from({ length: width * height }, (_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    return ((bytes[column * bytesPerColumn + (row >> 3)] ?? 0) >> (7 - (row & 7))) & 1;
  });
  return { width, height, data };
}
