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
  /** In the form of `encodeLogo`, in base64. */
  | { readonly type: 'picture'; readonly png: string }
  | { readonly type: 'qr' | 'barcode'; readonly data: string };

const lines = (
  texts: readonly string[],
  { isBold = false, isLarge = false }: { isBold?: boolean; isLarge?: boolean } = {},
): readonly PaperLine[] => texts.map((text) => ({ type: 'text', text, isBold, isLarge }));

function linesOf(block: PrintBlock, columns: number): readonly PaperLine[] {
  switch (block.type) {
    case 'text': {
      const width = columnsOf(columns, block.isLarge === true);
      const set = block.align === 'center' ? centredColumns : wrapColumns;
      return plainText(block.text)
        .split('\n')
        .flatMap((text) => lines(set(text, width), block));
    }
    case 'row':
      return lines(rowColumns(plainText(block.start), plainText(block.end), columnsOf(columns, block.isLarge === true)), block);
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
export function documentToColumns({ mark, logo, blocks }: PrintDocument, columns: number): readonly PaperLine[] {
  return [
    ...(mark === undefined ? [] : lines(centredColumns(plainText(mark), columnsOf(columns, true)), { isBold: true, isLarge: true })),
    ...(logo === undefined ? [] : [{ type: 'picture', png: logo } as const]),
    ...blocks.flatMap((block) => linesOf(block, columns)),
  ];
}
