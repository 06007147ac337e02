/**
 * What goes wrong with a virtual label printer, as a script:
 *
 *     paper-out after 2 labels      the roll ends; what comes then is held until there is one
 *     paper-in after 3 s            and somebody puts one in so long after
 *     answer lost                   it prints, and never says so
 *     garbage                       bytes that mean nothing before each answer
 *     slow 500 ms                   each label takes so long
 *     unplugged after 3 labels      the connection ends, and its memory is lost; nobody answers for `back after 2 s`, or for ever
 */
import type { Result } from '@holdfast/base';

import { readScript, type BadScript, type FaultReader } from '../script.ts';

export interface LabelFaults {
  readonly paperOutAfterLabels?: number;
  readonly paperInAfterMs?: number;
  readonly losesAnswers?: true;
  readonly talksGarbage?: true;
  readonly labelMs?: number;
  readonly unpluggedAfterLabels?: number;
  readonly backAfterMs?: number;
}

const EXPECTED = 'paper-out after N labels, paper-in after N s, answer lost, garbage, slow N ms, unplugged after N labels, back after N s';

const READERS: readonly FaultReader<LabelFaults>[] = [
  [/^paper-out after (\d+) labels?$/, (labels) => ({ paperOutAfterLabels: labels })],
  [/^paper-in after (\d+) s$/, (seconds) => ({ paperInAfterMs: seconds * 1_000 })],
  [/^paper-in after (\d+) ms$/, (ms) => ({ paperInAfterMs: ms })],
  [/^answer lost$/, () => ({ losesAnswers: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
  [/^slow (\d+) ms$/, (ms) => ({ labelMs: ms })],
  [/^unplugged after (\d+) labels?$/, (labels) => ({ unpluggedAfterLabels: labels })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
];

export const parseLabelFaults = (script: string): Result<LabelFaults, BadScript> => readScript(script, READERS, EXPECTED);
