import { promisify } from 'node:util';
/**
 * A workbook (XLSX) as a table: its first sheet. What a spreadsheet holds as a number stands with the digits that it holds, a date as `YYYY-MM-DD` or a moment: a code that was written as text keeps its zeros.
 *
 * A workbook is a zip, which says little of what comes out of it: its parts are counted as they are unpacked, before anything is made of them, and rows are read in a worker whose memory ends. Whatever
 * it holds, the hub goes on.
 */
import { Worker } from 'node:worker_threads';
import { inflateRaw } from 'node:zlib';

/** What a workbook may be, what all of its parts may grow to, and how many there may be. */
const MAX_PACKED_BYTES = 64 * 1024 * 1024;
const MAX_BYTES = 320 * 1024 * 1024;
const MAX_PARTS = 500;
/** Of the worker's own heap. */
const MAX_HEAP_MB = 1_024;

class WorkbookError extends Error {
  override readonly name = 'WorkbookError';
}

/** A zip's local header. */
export const isZip = (head: Uint8Array): boolean => head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;

export async function collectWorkbook(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_PACKED_BYTES) throw new WorkbookError(`a workbook may have ${MAX_PACKED_BYTES} bytes; a CSV file may be larger`);
    held.push(chunk);
  }
  return Buffer.concat(held);
}

const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_BYTES = 30;
const [STORED, DEFLATED] = [0, 8];
const unpacked = promisify(inflateRaw);

/** Throws where a part is not what the directory says, or all of them together grow beyond what a hub holds. */
export async function checkZip(bytes: Buffer, maxBytes = MAX_BYTES): Promise<void> {
  const torn = new WorkbookError('the workbook is torn');
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (
    end < 0 ||
    end < bytes.length - END_BYTES - MAX_COMMENT ||
    end + END_BYTES > bytes.length ||
    bytes.readUInt32LE(end) !== END_OF_DIRECTORY
  )
    throw torn;
  const parts = bytes.readUInt16LE(end + 10);
  if (parts > MAX_PARTS) throw new WorkbookError(`a workbook has at most ${MAX_PARTS} parts`);
  let left = maxBytes;
  let at = bytes.readUInt32LE(end + 16);
  for (let part = 0; part < parts; part += 1) {
    if (at + ENTRY_BYTES > end || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw torn;
    const [flags, method] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
    const [packed, size, local] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 42)];
    if ((flags & 1) !== 0) throw new WorkbookError('the workbook is locked with a password');
    if (method !== STORED && method !== DEFLATED) throw torn;
    if (local + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(local) !== LOCAL_HEADER) throw torn;
    const begin = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (begin + packed > bytes.length || size > left) throw size > left ? tooLarge(maxBytes) : torn;
    const whole = method === STORED ? packed : await sizeOf(bytes.subarray(begin, begin + packed), size);
    if (whole !== size) throw torn;
    left -= size;
    at += ENTRY_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

const tooLarge = (maxBytes: number): WorkbookError =>
  new WorkbookError(`what is in the workbook is larger than ${maxBytes} bytes; a CSV file may be larger`);

/** What it grows to; no more is unpacked than it says of itself. */
async function sizeOf(packed: Buffer, said: number): Promise<number> {
  try {
    return (await unpacked(packed, { maxOutputLength: Math.max(1, said) })).length;
  } catch {
    throw new WorkbookError('the workbook is torn, or larger than it says');
  }
}

export type WorkbookMessage = { readonly rows: readonly (readonly string[])[] } | { readonly error: string } | { readonly isDone: true };

/** Row by row; empty ones, too, so that they are counted as a spreadsheet counts them. */
export async function* workbookRows(bytes: Buffer): AsyncGenerator<readonly string[]> {
  await checkZip(bytes);
  const worker = new Worker(new URL('./workbook-worker.ts', import.meta.url), {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const told: WorkbookMessage[] = [];
  let wake = (): void => undefined;
  const tell = (message: WorkbookMessage): void => {
    told.push(message);
    wake();
  };
  worker.on('message', tell);
  worker.on('error', (error: NodeJS.ErrnoException) =>
    tell({
      error:
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? 'the workbook has more in it than a hub can hold; a CSV file may be larger'
          : error.message,
    }),
  );
  worker.on('exit', () => tell({ error: 'the workbook cannot be read' }));
  try {
    for (;;) {
      const message = told.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (told.length > 0) resolve();
        });
        continue;
      }
      if ('error' in message) throw new WorkbookError(message.error);
      if ('isDone' in message) return;
      yield* message.rows;
      // The next ones come when these are taken: two batches are never held.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage('on');
    }
  } finally {
    await worker.terminate();
  }
}

export type WriterMessage = readonly (readonly string[])[] | 'end';

/** A sheet ends there, and so does what a hub makes of one at once; a CSV file may have more. */
export const MAX_WORKBOOK_ROWS = 250_000;

/** Undefined where there are more rows than a workbook may have. */
export async function writeWorkbook(batches: AsyncIterable<readonly (readonly string[])[]>): Promise<Uint8Array | undefined> {
  const worker = new Worker(new URL('./workbook-writer.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  const answered = async (message: WriterMessage): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.removeAllListeners();
      worker
        .once('message', resolve)
        .once('error', reject)
        .once('exit', () => reject(new WorkbookError('the workbook cannot be written')));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(message);
    });
  try {
    let count = 0;
    for await (const rows of batches) {
      count += rows.length;
      if (count > MAX_WORKBOOK_ROWS) return undefined;
      await answered(rows);
    }
    return (await answered('end')) as Uint8Array;
  } finally {
    worker.removeAllListeners();
    await worker.terminate();
  }
}
