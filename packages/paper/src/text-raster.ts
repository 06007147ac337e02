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
  /** Where lines run from right to left, how wide the column is in which `end` ends; a wider one takes what it needs. */
  readonly endColumnDots?: number;
}

/** As large as a printer's own letters of font A, on lines with room for marks above and below. */
const FONT_DOTS = 22;
const LINE_DOTS = 32;
const BASELINE_DOTS = 23;
/** Between both ends of a row. */
const GAP_DOTS = 12;

const RTL_LETTERS = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** Letters that no bold font here has: they are struck twice. */
const WITHOUT_BOLD = /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u;

/** The way that a text itself runs: in a document from right to left so does all that has a letter of it, and else its first letter says. */
export function directionOf(text: string, direction: 'ltr' | 'rtl' = 'ltr'): 'ltr' | 'rtl' {
  if (direction === 'rtl' && RTL_LETTERS.test(text)) return 'rtl';
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter !== undefined && RTL_LETTERS.test(letter) ? 'rtl' : 'ltr';
}

/** Scripts whose lines may be broken between any two letters. */
const BREAKS_ANYWHERE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** Scripts that put no blanks between their words: where one ends, a dictionary says. */
const WITHOUT_BLANKS = /([\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+)/u;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WORDS = new Intl.Segmenter('th', { granularity: 'word' });
const graphemesOf = (text: string): readonly string[] => [...GRAPHEMES.segment(text)].map(({ segment }) => segment);

/** Where a line may end: behind a blank, behind a word, and between letters of scripts that know neither; never before a mark that sits on a letter. */
function breakable(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  const end = (): void => {
    if (part !== '') parts.push(part);
    part = '';
  };
  text.split(WITHOUT_BLANKS).forEach((run, index) => {
    // What the expression caught stands at the odd places.
    if (index % 2 === 1) {
      for (const { segment } of WORDS.segment(run)) {
        end();
        part = segment;
      }
      return;
    }
    for (const grapheme of graphemesOf(run)) {
      if (BREAKS_ANYWHERE.test(grapheme)) end();
      part += grapheme;
      if (grapheme === ' ' || BREAKS_ANYWHERE.test(grapheme)) end();
    }
  });
  end();
  return parts;
}

function wrapped(context: SKRSContext2D, text: string, dots: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const isTooLong = (words: string): boolean => context.measureText(words.trimEnd()).width > dots;
  const put = (part: string): void => {
    if (line !== '' && isTooLong(line + part)) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += part;
  };
  for (const part of breakable(text)) {
    // A word that no line holds goes on in the next one.
    if (isTooLong(part)) for (const grapheme of graphemesOf(part)) put(grapheme);
    else put(part);
  }
  return [...lines, line.trimEnd()];
}

/** As it is broken into lines on a paper of so many dots, in small letters. */
export function linesOnPaper(text: string, dots: number): readonly string[] {
  loadFonts();
  const measure = createCanvas(1, 1).getContext('2d');
  measure.font = fontOf({});
  return wrapped(measure, text, dots);
}

const fontOf = ({ isBold, isLarge }: Pick<RasterLine, 'isBold' | 'isLarge'>): string =>
  `${isLarge === true ? FONT_DOTS * 2 : FONT_DOTS}px ${isBold === true ? BOLD_FONTS : PLAIN_FONTS}`;

/** How wide a column of such ends has to be. */
export function columnDots(ends: readonly string[]): number {
  loadFonts();
  const measure = createCanvas(1, 1).getContext('2d');
  measure.font = fontOf({});
  return ends.reduce((widest, end) => Math.max(widest, measure.measureText(end).width), 0);
}

/** `line`, as many lines of the raster as it takes on a paper of so many dots. */
export function rasterise(line: RasterLine, dots: number): Bitmap {
  loadFonts();
  const { start, end, align, isBold = false, direction, endColumnDots = 0 } = line;
  const scale = line.isLarge === true ? 2 : 1;
  const measure = createCanvas(1, 1).getContext('2d');
  measure.font = fontOf(line);
  const ownDots = end === undefined ? 0 : measure.measureText(end).width;
  const endDots = end === undefined ? 0 : Math.max(ownDots, endColumnDots) + GAP_DOTS;
  const starts = wrapped(measure, start, dots);
  // The end stands on the last line where there is room for it, and on a line of its own otherwise.
  const needsOwnLine = endDots > 0 && measure.measureText(starts.at(-1) ?? '').width + endDots > dots;
  const rows = needsOwnLine ? [...starts, ''] : starts;
  const canvas = createCanvas(dots, rows.length * LINE_DOTS * scale);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  context.font = measure.font;
  const draw = (text: string, side: 'left' | 'center' | 'right', x: number, y: number, runs: 'ltr' | 'rtl'): void => {
    context.textAlign = side;
    context.direction = runs;
    context.fillText(text, x, y);
    if (isBold && WITHOUT_BOLD.test(text)) context.fillText(text, x + scale, y);
  };
  rows.forEach((row, index) => {
    const y = (index * LINE_DOTS + BASELINE_DOTS) * scale;
    const text = row.trimStart();
    // Blanks before a line indent it from the side where lines begin, whichever way its own letters run.
    const indent = measure.measureText(row.slice(0, row.length - text.length)).width;
    const runs = directionOf(text, direction);
    if (align === 'center') draw(text, 'center', dots / 2, y, runs);
    else if (direction === 'rtl') draw(text, 'right', dots - indent, y, runs);
    else draw(text, 'left', indent, y, runs);
    if (index < rows.length - 1 || end === undefined) return;
    if (direction === 'rtl') draw(end, 'left', Math.max(0, endColumnDots - ownDots), y, directionOf(end));
    else draw(end, 'right', dots, y, directionOf(end));
  });
  return { width: dots, height: canvas.height, data: context.getImageData(0, 0, dots, canvas.height).data };
}
