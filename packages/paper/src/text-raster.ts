/**
 * Lines of text as pictures, for scripts that a printer's code pages do not hold or cannot set: shaped, joined and in the order in which they
 * are read, by Skia and HarfBuzz.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';

import { BOLD_FONTS, loadFonts, PLAIN_FONTS } from './fonts.ts';
import type { PrintAlign } from './print-document.ts';

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

export interface RasterLine {
  readonly start: string;
  readonly end?: string;
  readonly align?: PrintAlign;
  readonly isBold?: boolean;
  readonly isLarge?: boolean;
  /** Of the document: where its lines begin. */
  readonly direction: 'ltr' | 'rtl';
}

/** As large as a printer's own letters of font A, on lines with room for marks above and below. */
const FONT_DOTS = 22;
const LINE_DOTS = 32;
const BASELINE_DOTS = 23;
/** Between both ends of a row. */
const GAP_DOTS = 12;

const RTL_LETTERS = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** The way that a text itself runs: that of its first letter. */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter !== undefined && RTL_LETTERS.test(letter) ? 'rtl' : 'ltr';
}

/** Scripts whose lines may be broken between any two letters. */
const BREAKS_ANYWHERE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Where a line may end: behind a blank, and between letters of scripts without blanks; never before a mark that sits on a letter. */
function breakable(text: string): readonly string[] {
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);
  const parts: string[] = [];
  let part = '';
  for (const grapheme of graphemes) {
    if (BREAKS_ANYWHERE.test(grapheme)) {
      if (part !== '') parts.push(part);
      parts.push(grapheme);
      part = '';
    } else {
      part += grapheme;
      if (grapheme === ' ') {
        parts.push(part);
        part = '';
      }
    }
  }
  return part === '' ? parts : [...parts, part];
}

function wrapped(context: SKRSContext2D, text: string, dots: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of breakable(text)) {
    if (line !== '' && context.measureText((line + part).trimEnd()).width > dots) {
      lines.push(line.trimEnd());
      line = part;
    } else line += part;
  }
  return [...lines, line.trimEnd()];
}

/** `line`, as many lines of the raster as it takes on a paper of so many dots. */
export function rasterise(line: RasterLine, dots: number): Bitmap {
  loadFonts();
  const scale = line.isLarge === true ? 2 : 1;
  const font = `${FONT_DOTS * scale}px ${line.isBold === true ? BOLD_FONTS : PLAIN_FONTS}`;
  const measure = createCanvas(1, 1).getContext('2d');
  measure.font = font;
  const endDots = line.end === undefined ? 0 : measure.measureText(line.end).width + GAP_DOTS;
  const starts = wrapped(measure, line.start, dots);
  // The end stands on the last line where there is room for it, and on a line of its own otherwise.
  const needsOwnLine = endDots > 0 && measure.measureText(starts.at(-1) ?? '').width + endDots > dots;
  const rows = needsOwnLine ? [...starts, ''] : starts;
  const canvas = createCanvas(dots, rows.length * LINE_DOTS * scale);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  context.font = font;
  rows.forEach((row, index) => {
    const y = (index * LINE_DOTS + BASELINE_DOTS) * scale;
    draw(context, row, line.align === 'center' ? 'center' : line.direction === 'rtl' ? 'right' : 'left', dots, y);
    if (index === rows.length - 1 && line.end !== undefined) draw(context, line.end, line.direction === 'rtl' ? 'left' : 'right', dots, y);
  });
  return { width: dots, height: canvas.height, data: context.getImageData(0, 0, dots, canvas.height).data };
}

function draw(context: SKRSContext2D, text: string, side: 'left' | 'center' | 'right', dots: number, y: number): void {
  context.textAlign = side;
  context.direction = directionOf(text);
  context.fillText(text, side === 'left' ? 0 : side === 'right' ? dots : dots / 2, y);
}
