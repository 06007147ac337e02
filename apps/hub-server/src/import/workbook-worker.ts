/** In a worker of its own: unpacks a workbook that was checked, and hands its first sheet over, some rows at a time. */
import { parentPort, workerData } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import { readSheet } from 'read-excel-file/universal';

import type { WorkbookMessage } from './table-workbook.ts';

const AT_ONCE = 2_000;

type Cell = string | boolean | Date | null | undefined;

const SECOND_MS = 1_000;

/** Of a day and a time, what a wall shows: a workbook knows no time zones. */
function asText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (!(cell instanceof Date)) return String(cell);
  const atMs = Math.round(cell.getTime() / SECOND_MS) * SECOND_MS;
  if (Number.isNaN(atMs)) return '';
  const [day = '', time = ''] = new Date(atMs).toISOString().split('T');
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, time.startsWith('00', 6) ? 5 : 8)}`;
}

const port = parentPort;
assert(port !== null, 'it runs as a worker');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const say = (message: WorkbookMessage): void => port.postMessage(message);

/** A code's digits as they are written; of what has a fraction or a power of ten the shortest text that means that number: 2.55 is in the file as 2.5499999999999998. */
const plainNumber = (text: string): string => (/^-?\d+$/.test(text) ? text : String(Number(text)));

try {
  const packed = workerData as Uint8Array;
  const rows = (await readSheet(new Blob([packed.slice()]), { parseNumber: plainNumber, trim: false })) as readonly (readonly Cell[])[];
  for (let start = 0; start < rows.length; start += AT_ONCE) {
    say({ rows: rows.slice(start, start + AT_ONCE).map((row) => row.map(asText)) });
    await new Promise((resolve) => port.once('message', resolve));
  }
  say({ isDone: true });
} catch (error) {
  say({ error: `the workbook cannot be read: ${error instanceof Error ? error.message : String(error)}` });
}
