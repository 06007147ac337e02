/**
 * What goes wrong with a virtual printer, as a script: faults behind commas or semicolons, each armed from the start and fired once.
 *
 *     paper-out after 12 lines      the paper ends; a person puts some in on the panel, or …
 *     paper-in after 3 s            … it comes by itself so long after it ran out
 *     near-end after 5 lines        the roll is running low
 *     cover-open after 3 lines      closed on the panel
 *     answer lost                   it prints, and never says so
 *     slow 200 ms                   each line takes so long
 *     garbage                       bytes that mean nothing come back with every answer
 *     unplugged after 20 lines      the connection ends, and nothing answers for `back after 2 s`, or for ever
 */
import { err, ok, type Result } from '@holdfast/base';

export interface PrinterFaults {
  readonly paperOutAfterLines?: number;
  readonly paperInAfterMs?: number;
  readonly nearEndAfterLines?: number;
  readonly coverOpenAfterLines?: number;
  readonly unpluggedAfterLines?: number;
  readonly backAfterMs?: number;
  readonly lineMs?: number;
  readonly losesAnswers?: true;
  readonly talksGarbage?: true;
}

export interface BadScript {
  readonly type: 'badScript';
  readonly word: string;
  readonly expected: string;
}

const EXPECTED =
  'paper-out after N lines, paper-in after N s, near-end after N lines, cover-open after N lines, answer lost, slow N ms, garbage, unplugged after N lines, back after N s';

type Reader = readonly [pattern: RegExp, read: (number: number) => PrinterFaults];

const READERS: readonly Reader[] = [
  [/^paper-out after (\d+) lines?$/, (lines) => ({ paperOutAfterLines: lines })],
  [/^paper-in after (\d+) s$/, (seconds) => ({ paperInAfterMs: seconds * 1_000 })],
  [/^paper-in after (\d+) ms$/, (ms) => ({ paperInAfterMs: ms })],
  [/^near-end after (\d+) lines?$/, (lines) => ({ nearEndAfterLines: lines })],
  [/^cover-open after (\d+) lines?$/, (lines) => ({ coverOpenAfterLines: lines })],
  [/^unplugged after (\d+) lines?$/, (lines) => ({ unpluggedAfterLines: lines })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
  [/^slow (\d+) ms$/, (ms) => ({ lineMs: ms })],
  [/^answer lost$/, () => ({ losesAnswers: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
];

export function parseFaults(script: string): Result<PrinterFaults, BadScript> {
  let faults: PrinterFaults = {};
  for (const part of script.split(/[,;\n]/)) {
    const word = part.trim().replaceAll(/\s+/g, ' ');
    if (word === '') continue;
    const reader = READERS.find(([pattern]) => pattern.test(word));
    if (reader === undefined) return err({ type: 'badScript', word, expected: EXPECTED });
    faults = { ...faults, ...reader[1](Number(reader[0].exec(word)?.[1] ?? 0)) };
  }
  return ok(faults);
}
