/**
 * What printers say, out of the bytes that they send. ESC/POS printers answer questions and report changes of their own accord on one stream;
 * both are told apart by bits that are always set (Epson, "Transmit status identification"):
 *
 *     DLE EOT answers   0xx1xx10
 *     ASB, first byte   0xx1xx00, and three bytes 0xx0xxxx behind it
 *     GS r answers      0xx0xxxx
 *
 * Star printers send one kind of report: a byte that says how long it is, with bit 0 set, and the rest.
 */
export interface PrinterCondition {
  readonly isOnline: boolean;
  readonly paper: 'ok' | 'nearEnd' | 'out';
  readonly isCoverOpen: boolean;
  readonly isDrawerOpen: boolean;
  readonly fault: 'none' | 'cutter' | 'other';
}

export const GOOD_CONDITION: PrinterCondition = { isOnline: true, paper: 'ok', isCoverOpen: false, isDrawerOpen: false, fault: 'none' };

export type PrinterMessage =
  /** The answer to `DLE EOT n`, in the order of the questions. */
  | { readonly type: 'realTime'; readonly byte: number }
  | { readonly type: 'condition'; readonly condition: PrinterCondition; readonly printedCount?: number }
  /** The answer to `GS r`: everything before the question has been printed. */
  | { readonly type: 'inOrder'; readonly byte: number }
  /** Not a byte of any answer. */
  | { readonly type: 'noise'; readonly byte: number };

/** Reads a stream, byte by byte. */
export interface StatusReader {
  read(bytes: Uint8Array): readonly PrinterMessage[];
}

const has = (byte: number, bit: number): boolean => (byte & (1 << bit)) !== 0;

export function createEscPosStatusReader(): StatusReader {
  let report: number[] = [];
  return {
    read(bytes) {
      const messages: PrinterMessage[] = [];
      for (const byte of bytes) {
        const isContinuation = (byte & 0x90) === 0;
        if (report.length > 0) {
          if (isContinuation) {
            report.push(byte);
            if (report.length === 4) {
              messages.push({ type: 'condition', condition: escPosCondition(report) });
              report = [];
            }
            continue;
          }
          // A report that was cut short is dropped; the byte begins something else.
          messages.push(...report.map((torn) => ({ type: 'noise', byte: torn }) as const));
          report = [];
        }
        if ((byte & 0x93) === 0x10) report = [byte];
        else if ((byte & 0x93) === 0x12) messages.push({ type: 'realTime', byte });
        else messages.push(isContinuation ? { type: 'inOrder', byte } : { type: 'noise', byte });
      }
      return messages;
    },
  };
}

/** Of the four bytes of an automatic report. */
function escPosCondition([first = 0, second = 0, third = 0]: readonly number[]): PrinterCondition {
  return {
    isOnline: !has(first, 3),
    isDrawerOpen: has(first, 2),
    isCoverOpen: has(first, 5),
    fault: has(second, 3) ? 'cutter' : has(second, 2) || has(second, 5) || has(second, 6) ? 'other' : 'none',
    paper: (third & 0x0c) !== 0 ? 'out' : (third & 0x03) !== 0 ? 'nearEnd' : 'ok',
  };
}

/** What an answer to `DLE EOT n` changes in what is known. */
export function withRealTime(condition: PrinterCondition, question: 1 | 2 | 3 | 4, byte: number): PrinterCondition {
  switch (question) {
    case 1:
      return { ...condition, isOnline: !has(byte, 3), isDrawerOpen: has(byte, 2) };
    case 2:
      return { ...condition, isCoverOpen: has(byte, 2), ...(has(byte, 5) && { paper: 'out' }) };
    case 3:
      return { ...condition, fault: has(byte, 3) ? 'cutter' : has(byte, 2) || has(byte, 5) || has(byte, 6) ? 'other' : 'none' };
    case 4:
      return { ...condition, paper: (byte & 0x60) !== 0 ? 'out' : (byte & 0x0c) !== 0 ? 'nearEnd' : 'ok' };
    default:
      return condition;
  }
}

const STAR_MINIMUM = 7;
/** The length stands in bits 1 to 3 and 5 of the first byte. */
const starLength = (byte: number): number => ((byte >> 1) & 7) | ((byte >> 2) & 8);

export function createStarStatusReader(): StatusReader {
  let report: number[] = [];
  return {
    read(bytes) {
      const messages: PrinterMessage[] = [];
      for (const byte of bytes) {
        if (report.length === 0 && ((byte & 0x91) !== 0x01 || starLength(byte) < STAR_MINIMUM)) {
          messages.push({ type: 'noise', byte });
          continue;
        }
        report.push(byte);
        if (report.length < starLength(report[0] ?? 0)) continue;
        messages.push({ type: 'condition', ...starCondition(report) });
        report = [];
      }
      return messages;
    },
  };
}

function starCondition(report: readonly number[]): { readonly condition: PrinterCondition; readonly printedCount?: number } {
  const [, , printer = 0, errors = 0, , paper = 0, , counter] = report;
  const condition: PrinterCondition = {
    isOnline: !has(printer, 3),
    isCoverOpen: has(printer, 5),
    isDrawerOpen: has(printer, 2),
    fault: has(errors, 3) ? 'cutter' : (errors & 0x64) !== 0 ? 'other' : 'none',
    paper: has(paper, 3) ? 'out' : (paper & 0x06) !== 0 ? 'nearEnd' : 'ok',
  };
  return counter === undefined ? { condition } : { condition, printedCount: starCounterOf(counter) };
}

/** The ETB counter's five bits stand at 1, 2, 3, 5 and 6: the others are fixed. */
export const starCounterOf = (byte: number): number =>
  ((byte >> 1) & 1) | (((byte >> 2) & 1) << 1) | (((byte >> 3) & 1) << 2) | (((byte >> 5) & 1) << 3) | (((byte >> 6) & 1) << 4);

export const starCounterByte = (count: number): number =>
  ((count & 1) << 1) | (((count >> 1) & 1) << 2) | (((count >> 2) & 1) << 3) | (((count >> 3) & 1) << 5) | (((count >> 4) & 1) << 6);
