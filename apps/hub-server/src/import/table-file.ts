/**
 * An uploaded file as a table, read as it comes: a workbook and gz by their first bytes, CSV with the delimiter that its header uses most, or JSON: an array of
 * objects, or one object a line. Keys of objects are columns; a cell that is a list or an object is its JSON text, one that is null is empty.
 *
 * A file that cannot be read to its end is one error and no row of it counts; a row that cannot is named and the others go on.
 */
import { pipeline, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { err, ok, type Result } from '@holdfast/base';
import { parse, type CsvError } from 'csv-parse';

import { collectWorkbook, isZip, workbookRows } from './table-workbook.ts';

export interface TableReader<E> {
  /** The first row, once and before all others. What it answers ends the reading. */
  readonly onHeader: (header: readonly string[]) => Result<void, E> | Promise<Result<void, E>>;
  /** `rowNumber` as a spreadsheet counts: the header is row 1. */
  readonly onRow: (rowNumber: number, row: readonly string[]) => void;
  readonly onMalformed: (rowNumber: number, what: string) => void;
}

export type TableFileError = { readonly type: 'unreadableFile'; readonly reason: string };

/** What a compressed file may grow to, what JSON may, which is held whole, and what one row may. */
const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_ROW_BYTES = 64 * 1024;
const MAX_ROWS = 3_000_000;

class FileError extends Error {
  override readonly name = 'FileError';
}

export async function readTable<E>(upload: Readable, reader: TableReader<E>): Promise<Result<void, E | TableFileError>> {
  try {
    const packed = await peek(upload, 4);
    if (isZip(packed.head)) return await readWorkbook(packed.whole, reader);
    const isGzip = packed.head[0] === 0x1f && packed.head[1] === 0x8b;
    const limited = limitBytes(MAX_BYTES);
    const stages = isGzip ? [packed.whole, createGunzip(), limited] : [packed.whole, limited];
    // Whatever a stage throws reaches whoever reads the last one.
    pipeline(stages, () => undefined);
    const plain = await peek(limited, 4_096);
    if (plain.head.length === 0) return unreadable('the file is empty');
    return /^\uFEFF?\s*[[{]/.test(plain.head.toString('utf8'))
      ? await readJson(plain.whole, reader)
      : await readCsv(plain.whole, delimiterOf(plain.head), reader);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  } finally {
    // What was not read runs off, so that its sender comes to read the answer.
    upload.resume();
  }
}

const unreadable = (reason: string): Result<never, TableFileError> => err({ type: 'unreadableFile', reason });

/** The first bytes of a stream, and the whole of it. Ending the whole early leaves the stream as it is. */
async function peek(stream: Readable, length: number): Promise<{ readonly head: Buffer; readonly whole: Readable }> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  return { head, whole: Readable.from(all(), { objectMode: false }) };
}

/** Counts what comes through, and ends a file that grows without measure. */
function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new FileError(`the file is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/** The delimiter that the header uses most, outside of quotes. */
function delimiterOf(head: Buffer): string {
  const line =
    head
      .toString('utf8')
      .split(/\r?\n/, 1)[0]
      ?.replaceAll(/"[^"]*"/g, '') ?? '';
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best));
}

async function readCsv<E>(plain: Readable, delimiter: string, reader: TableReader<E>): Promise<Result<void, E | TableFileError>> {
  let rowNumber = 0;
  const skipped: string[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      // Behind it no row can be trusted: a quote was left open.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') parser.destroy(new FileError(`${error.message}: is a quote left open?`));
      skipped.push(error?.message ?? 'unreadable');
      return undefined;
    },
  });
  const tellSkipped = (): void => {
    for (const what of skipped.splice(0)) reader.onMalformed((rowNumber += 1), what.slice(0, 200));
  };
  pipeline(plain, parser, () => undefined);
  for await (const record of parser) {
    const row = record as readonly string[];
    if (rowNumber === 0) {
      rowNumber = 1;
      const begun = await reader.onHeader(row);
      if (begun.ok) continue;
      plain.destroy();
      return begun;
    }
    tellSkipped();
    reader.onRow((rowNumber += 1), row);
    if (rowNumber > MAX_ROWS) throw new FileError(`the file has more than ${MAX_ROWS} rows`);
  }
  if (rowNumber === 0) return unreadable('the file has no header');
  tellSkipped();
  return ok(undefined);
}

/** Its first sheet; a row without anything in it is none, and is counted. */
async function readWorkbook<E>(packed: Readable, reader: TableReader<E>): Promise<Result<void, E | TableFileError>> {
  let rowNumber = 0;
  let isBegun = false;
  for await (const row of workbookRows(await collectWorkbook(packed))) {
    rowNumber += 1;
    if (row.every((cell) => cell.trim() === '')) continue;
    if (isBegun) reader.onRow(rowNumber, row);
    else {
      const begun = await reader.onHeader(row);
      if (!begun.ok) return begun;
      isBegun = true;
    }
  }
  return isBegun ? ok(undefined) : unreadable('the first sheet of the workbook has no header');
}

async function readJson<E>(plain: Readable, reader: TableReader<E>): Promise<Result<void, E | TableFileError>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) throw new FileError(`a JSON file may have ${MAX_JSON_BYTES} bytes; a CSV file may be larger`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const records = parseRecords(text);
  const columns = new Set<string>();
  for (const record of records) if (isRecord(record)) for (const key of Object.keys(record)) columns.add(key);
  const header = [...columns];
  const begun = await reader.onHeader(header);
  if (!begun.ok) return begun;
  for (const [index, record] of records.entries()) {
    if (isRecord(record))
      reader.onRow(
        index + 2,
        header.map((key) => (Object.hasOwn(record, key) ? cellText(record[key]) : '')),
      );
    else reader.onMalformed(index + 2, 'not an object');
  }
  return ok(undefined);
}

/** An array, or one value a line. */
function parseRecords(text: string): readonly unknown[] {
  if (text.trimStart().startsWith('[')) return JSON.parse(text) as readonly unknown[];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number stands as JSON wrote it: a price belongs into quotes where its digits matter beyond what a double holds. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
