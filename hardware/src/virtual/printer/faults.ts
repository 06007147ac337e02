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
import type { Result } from '@holdfast/base';

import { readScript, type BadScript, type FaultReader } from '../script.ts';

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

const EXPECTED =
  'paper-out after N lines, paper-in after N s, near-end after N lines, cover-open after N lines, answer lost, slow N ms, garbage, unplugged after N lines, back after N s';

const READERS: readonly FaultReader<PrinterFaults>[] = [
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

export const parseFaults = (script: string): Result<PrinterFaults, BadScript> => readScript(script, READERS, EXPECTED);
