/**
 * A print document as lines of letters of one width: what printers set by themselves, and what a preview shows. Both take their lines from here, so that a preview breaks where the paper does.
 */
import { unreachable } from '@holdfast/base';

import type { PrintBlock, PrintDocument } from './print-document.ts';

/** Blanks and signs that no code page has, and what stands for them on paper. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[\u00A0\u2007\u2009\u202F]/g, ' '],
  [/[\u2010-\u2013\u2212]/g, '-'],
  [/[\u2018\u2019]/g, "'"],
  [/[\u200E\u200F\u061C\u2066-\u2069]/g, ''],
];

/** What nearly all of a receipt is, and every code page holds. */
export const ASCII = /^[ -~]*$/;

export const plainText = (text: string): string =>
  ASCII.test(text)
    ? text
    : PLAIN.reduce((changed, [pattern, replacement]) => changed.replaceAll(pattern, replacement), text.normalize('NFC'));

/** Set letter by letter, from left to right, each in a cell of its own: what code pages can do. */
const SET_BY_CELLS = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]*$/u;

/** Whether cells of one width can hold this text at all; else printers draw its line as a picture. */
export const isSetByCells = (text: string): boolean => ASCII.test(text) || SET_BY_CELLS.test(text);

/** Lines of at most `columns` letters, broken at blanks where there are any. */
export function wrapColumns(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  // Blanks at the beginning indent the first line.
  const indent = /^ */.exec(text)?.[0] ?? '';
  let line = indent;
  for (const word of text.slice(indent.length).split(' ')) {
    const next = line.trim() === '' ? line + word : `${line} ${word}`;
    if (next.length <= columns) {
      line = next;
      continue;
    }
    if (line.trim() !== '') lines.push(line);
    line = word;
    while (line.length > columns) {
      lines.push(line.slice(0, columns));
      line = line.slice(columns);
    }
  }
  return [...lines, line];
}

/** The lines of a row: `end` on the last of them, on a line of its own where it does not fit. */
export function rowColumns(start: string, end: string, columns: number): readonly string[] {
  const starts = wrapColumns(start, columns);
  const last = starts.at(-1) ?? '';
  const rows = last.length + 1 + end.length <= columns ? starts.slice(0, -1).map((row) => [row, '']) : starts.map((row) => [row, '']);
  rows.push([last.length + 1 + end.length <= columns ? last : '', end]);
  return rows.map(([left = '', right = '']) => left + right.padStart(columns - left.length));
}

/** In the middle of the paper: each line is padded whole. */
export const centredColumns = (text: string, columns: number): readonly string[] =>
  wrapColumns(text, columns).map((line) => ' '.repeat(Math.floor((columns - line.length) / 2)) + line);

/** Of large letters half as many stand on a line. */
export const columnsOf = (columns: number, isLarge: boolean): number => (isLarge ? Math.floor(columns / 2) : columns);

export type PaperLine =
  | { readonly type: 'text'; readonly text: string; readonly isBold: boolean; readonly isLarge: boolean }
  /** A whole row that no cells hold: printers draw it, as wide as the paper and in as many lines as it takes. */
  | {
      readonly type: 'drawn';
      readonly start: string;
      readonly end: string;
      readonly isCentred: boolean;
      readonly isBold: boolean;
      readonly isLarge: boolean;
    }
  /** In the form of `encodeLogo`, in base64. */
  | { readonly type: 'picture'; readonly png: string }
  | { readonly type: 'qr' | 'barcode'; readonly data: string };

const lines = (
  texts: readonly string[],
  { isBold = false, isLarge = false }: { isBold?: boolean; isLarge?: boolean } = {},
): readonly PaperLine[] => texts.map((text) => ({ type: 'text', text, isBold, isLarge }));

function linesOf(block: PrintBlock, columns: number, direction: PrintDocument['direction']): readonly PaperLine[] {
  // What runs from right to left is drawn whole, as printers do it.
  const isSet = (text: string): boolean => direction === 'ltr' && isSetByCells(text);
  switch (block.type) {
    case 'text': {
      const { align, isBold = false, isLarge = false } = block;
      const isCentred = align === 'center';
      const set = isCentred ? centredColumns : wrapColumns;
      return plainText(block.text)
        .split('\n')
        .flatMap((text) =>
          isSet(text)
            ? lines(set(text, columnsOf(columns, isLarge)), block)
            : [{ type: 'drawn', start: text, end: '', isCentred, isBold, isLarge } as const],
        );
    }
    case 'row': {
      const { isBold = false, isLarge = false } = block;
      const [start, end] = [plainText(block.start), plainText(block.end)];
      return isSet(start + end)
        ? lines(rowColumns(start, end, columnsOf(columns, isLarge)), block)
        : [{ type: 'drawn', start, end, isCentred: false, isBold, isLarge }];
    }
    case 'rule':
      return lines(['-'.repeat(columns)]);
    case 'feed':
      return lines(Array.from({ length: block.lines }, () => ''));
    case 'picture':
      return [{ type: 'picture', png: block.png }];
    case 'qr':
    case 'barcode':
      return [{ type: block.type, data: block.data }];
    default:
      return unreachable(block, 'documentToColumns');
  }
}

/** As a printer sets what its code pages hold, on a paper of so many letters. */
export function documentToColumns({ direction, mark, logo, blocks }: PrintDocument, columns: number): readonly PaperLine[] {
  const marks: readonly PrintBlock[] =
    mark === undefined ? [] : [{ type: 'text', text: mark, align: 'center', isBold: true, isLarge: true }];
  return [
    ...marks.flatMap((block) => linesOf(block, columns, direction)),
    ...(logo === undefined ? [] : [{ type: 'picture', png: logo } as const]),
    ...blocks.flatMap((block) => linesOf(block, columns, direction)),
  ];
}
