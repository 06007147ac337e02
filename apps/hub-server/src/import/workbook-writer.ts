/**
 * In a worker of its own: rows are collected, and made a workbook of one sheet. Every cell is text: a code keeps its zeros, an amount its digits, and nothing that a name begins with is a formula.
 */
import { parentPort } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import writeExcelFile from 'write-excel-file/universal';

import type { WriterMessage } from './table-workbook.ts';

const port = parentPort;
assert(port !== null, 'it runs as a worker');

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const say = (message: 'on' | Uint8Array): void => port.postMessage(message);

const rows: { readonly value: string; readonly type: StringConstructor; readonly fontWeight?: 'bold' }[][] = [];

port.on('message', (message: WriterMessage) => {
  if (message === 'end') return void finish();
  for (const row of message)
    rows.push(row.map((value) => ({ value, type: String, ...(rows.length === 0 && { fontWeight: 'bold' as const }) })));
  say('on');
  return undefined;
});

async function finish(): Promise<void> {
  const workbook = await writeExcelFile(rows, { stickyRowsCount: 1 }).toBlob();
  say(new Uint8Array(await workbook.arrayBuffer()));
}
