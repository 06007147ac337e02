/**
 * What goes wrong with a virtual scanner, as a script:
 *
 *     reads twice                each code comes two times at once
 *     cut                        only the first characters of a code come, and no end
 *     garbage                    bytes that mean nothing before each code
 *     slow 300 ms                a code comes so long after it was read
 *     unplugged after 3 scans    the connection ends, and nobody is there for `back after 2 s`, or for ever
 */
import type { Result } from '@holdfast/base';

import { readScript, type BadScript, type FaultReader } from '../script.ts';

export interface ScannerFaults {
  readonly readsTwice?: true;
  readonly cutsScans?: true;
  readonly talksGarbage?: true;
  readonly slowMs?: number;
  readonly unpluggedAfterScans?: number;
  readonly backAfterMs?: number;
}

const EXPECTED = 'reads twice, cut, garbage, slow N ms, unplugged after N scans, back after N s';

const READERS: readonly FaultReader<ScannerFaults>[] = [
  [/^reads twice$/, () => ({ readsTwice: true })],
  [/^cut$/, () => ({ cutsScans: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
  [/^slow (\d+) ms$/, (ms) => ({ slowMs: ms })],
  [/^unplugged after (\d+) scans?$/, (scans) => ({ unpluggedAfterScans: scans })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
];

export const parseScannerFaults = (script: string): Result<ScannerFaults, BadScript> => readScript(script, READERS, EXPECTED);
