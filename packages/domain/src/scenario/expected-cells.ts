/** Cells of what is expected, read into the words in which a lane tells what it got. */
import { ok, type Result } from '@holdfast/base';

import { LEDGER_KINDS } from '../ledger/ledger.ts';
import { decimalText } from '../money/money.ts';
import {
  priceText,
  quantityWords,
  rateText,
  readAmount,
  readCount,
  readPrice,
  readQuantity,
  readRatePpm,
  readRefusalType,
  spaced,
} from './cells.ts';
import type { Lane } from './lane.ts';
import { mistake, type Mistake, quoted, unknownWord } from './mistake.ts';
import type { Shop } from './shop.ts';

/** What the engine has for one row: cells in one form, and details behind them. */
export interface Got {
  readonly cells: readonly string[];
  readonly details?: readonly string[];
}

/** How a cell is read: into the form in which the engine's value is shown. */
export type Cell = (text: string, shop: Shop) => Result<string, Mistake>;

export const NONE = 'none';

export const text: Cell = (cell) => ok(cell);

export const amount: Cell = (cell, { minorDigits }) => {
  const read = readAmount(cell, minorDigits);
  return read.ok ? ok(decimalText(read.value, minorDigits)) : read;
};

export const price: Cell = (cell, { minorDigits }) => {
  const read = readPrice(cell);
  return read.ok ? ok(priceText(read.value, minorDigits)) : read;
};

export const quantity: Cell = (cell) => {
  const read = readQuantity(cell);
  return read.ok ? ok(quantityWords(read.value)) : read;
};

export const rate: Cell = (cell) => {
  const read = readRatePpm(cell);
  return read.ok ? ok(rateText(read.value)) : read;
};

export const count: Cell = (cell) => {
  const read = readCount(cell);
  return read.ok ? ok(String(read.value)) : read;
};

/** An amount or a count, whichever the figure has: an amount is one with a point where the currency has decimals. */
export const figure: Cell = (cell, shop) => (/^-?\d+\.\d+$/.test(cell) ? amount(cell, shop) : ok(cell));

export const refusal: Cell = (cell) => {
  const read = readRefusalType(cell);
  return read.ok ? ok(cell) : read;
};

export const oneOf =
  (what: string, words: readonly string[]): Cell =>
  (cell) =>
    words.includes(cell) ? ok(cell) : unknownWord(what, cell, words);

export const states = oneOf('state', ['open', 'suspended', 'completed', 'voided', 'aborted']);
export const kinds = oneOf('ledger entry', Object.keys(LEDGER_KINDS).map(spaced));

/** `10.00, 15.00` */
export const amounts: Cell = (cell, shop) => eachOf(cell, (part) => amount(part, shop));

/** `2 milk, 0.842 kg bananas, !` */
export const lines: Cell = (cell) =>
  eachOf(cell, (part) => {
    if (part === '!') return ok(part);
    const match = /^(-?\d\S*(?: (?:kg|g|l|ml|m|mm))?) (.+)$/.exec(part);
    const read =
      match === null ? mistake(`${quoted(part)} is no line: write "2 milk", or "!" for a red row`) : readQuantity(match[1] ?? '');
    return read.ok ? ok(`${quantityWords(read.value)} ${match?.[2]}`) : read;
  });

function eachOf(cell: string, read: (part: string) => Result<string, Mistake>): Result<string, Mistake> {
  const parts: string[] = [];
  for (const part of cell.split(/,\s*/)) {
    const result = read(part);
    if (!result.ok) return result;
    parts.push(result.value);
  }
  return ok(parts.join(', '));
}

export const one = (cell: string | undefined): readonly Got[] => [{ cells: [cell ?? NONE] }];

export const money = (lane: Lane, amountMinor: number): string => decimalText(amountMinor, lane.shop.minorDigits);
