/**
 * What goes wrong with a virtual scale, as a script:
 *
 *     unstable for 3 s             what is put on it takes so long to come to rest
 *     answer lost                  it hears, and says nothing
 *     garbage                      bytes that mean nothing before each answer
 *     slow 500 ms                  each answer takes so long
 *     unplugged after 2 answers    the connection ends, and nobody answers for `back after 2 s`, or for ever
 */
import type { Result } from '@holdfast/base';

import { readScript, type BadScript, type FaultReader } from '../script.ts';

export interface ScaleFaults {
  readonly unstableMs?: number;
  readonly answerMs?: number;
  readonly losesAnswers?: true;
  readonly talksGarbage?: true;
  readonly unpluggedAfterAnswers?: number;
  readonly backAfterMs?: number;
}

const EXPECTED = 'unstable for N s, answer lost, garbage, slow N ms, unplugged after N answers, back after N s';

const READERS: readonly FaultReader<ScaleFaults>[] = [
  [/^unstable for (\d+) s$/, (seconds) => ({ unstableMs: seconds * 1_000 })],
  [/^unstable for (\d+) ms$/, (ms) => ({ unstableMs: ms })],
  [/^slow (\d+) ms$/, (ms) => ({ answerMs: ms })],
  [/^unplugged after (\d+) answers?$/, (answers) => ({ unpluggedAfterAnswers: answers })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
  [/^answer lost$/, () => ({ losesAnswers: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
];

export const parseScaleFaults = (script: string): Result<ScaleFaults, BadScript> => readScript(script, READERS, EXPECTED);
