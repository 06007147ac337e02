/**
 * What goes wrong with a virtual customer display, as a script:
 *
 *     slow 500 ms                 each row takes so long to show
 *     garbage                     it talks, which displays do not
 *     unplugged after 5 rows      the connection ends, and it is dark for `back after 2 s`, or for ever
 */
import type { Result } from '@holdfast/base';

import { readScript, type BadScript, type FaultReader } from '../script.ts';

export interface DisplayFaults {
  readonly rowMs?: number;
  readonly talksGarbage?: true;
  readonly unpluggedAfterRows?: number;
  readonly backAfterMs?: number;
}

const EXPECTED = 'slow N ms, garbage, unplugged after N rows, back after N s';

const READERS: readonly FaultReader<DisplayFaults>[] = [
  [/^slow (\d+) ms$/, (ms) => ({ rowMs: ms })],
  [/^garbage$/, () => ({ talksGarbage: true })],
  [/^unplugged after (\d+) rows?$/, (rows) => ({ unpluggedAfterRows: rows })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
];

export const parseDisplayFaults = (script: string): Result<DisplayFaults, BadScript> => readScript(script, READERS, EXPECTED);
