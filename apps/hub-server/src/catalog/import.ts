/**
 * Importing a catalogue: the upload is read as it comes (gz by its first bytes), judged row by row and collected in memory; only then is
 * one transaction opened and written in batches, so that a slow sender never holds the database. Everything of one file is one LSN.
 */
import { pipeline, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';
import { parse, type CsvError } from 'csv-parse';

import type { Database } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import { createCollection, type Collection, type RefusedRow } from './import-collect.ts';
import { findColumns, type ImportField } from './import-columns.ts';
import type { Catalog } from './publish.ts';

export interface ImportOptions {
  readonly currency: string;
  readonly scope: string;
  readonly taxClass: string;
  readonly syntheticPrices: boolean;
  readonly mapping: ReadonlyMap<ImportField, string>;
  /** Where the file comes from, for the publication. */
  readonly source: string;
}

export interface ImportReport {
  /** Data rows: created + changed + unchanged + duplicates + refused. */
  readonly rows: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows that joined an item of an earlier row of the file; where both spoke, the later one won. */
  readonly duplicates: number;
  readonly refused: number;
  /** Null where the file changed nothing. */
  readonly lsn: number | null;
  readonly refusals: readonly RefusedRow[];
  readonly durationMs: number;
}

export type ImportError =
  | { readonly type: 'unreadableFile'; readonly reason: string }
  | { readonly type: 'badColumns'; readonly reason: string }
  | { readonly type: 'unknownTaxClass'; readonly reason: string };

export interface ImportPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

/** Rows read so far, or items written so far. */
export type OnProgress = (progress: { readonly rows: number; readonly written: number }) => void;

const ITEMS_PER_BATCH = 2_500;
const PROGRESS_ROWS = 20_000;
/** What a compressed file may grow to, and what one row may. */
const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_ROW_BYTES = 64 * 1024;
const MAX_ROWS = 3_000_000;

export async function importCatalog(
  ports: ImportPorts,
  upload: Readable,
  options: ImportOptions,
  onProgress: OnProgress,
): Promise<Result<ImportReport, ImportError>> {
  const startedMs = ports.clock.monotonicMs();
  const knownTaxClasses = await taxClassesOf(ports);
  if (!knownTaxClasses.has(options.taxClass)) {
    return err({
      type: 'unknownTaxClass',
      reason: `there is no tax class "${options.taxClass}"; there are ${[...knownTaxClasses].join(', ')}`,
    });
  }
  const collected = await collect(upload, { ...options, knownTaxClasses }, onProgress);
  if (!collected.ok) return collected;
  const collection = collected.value;
  const written = await write(ports, collection, options, onProgress);
  return ok({
    rows: collection.rows,
    created: written.created,
    changed: written.changed,
    unchanged: collection.items - written.created - written.changed,
    duplicates: collection.duplicates,
    refused: collection.refusals.length,
    lsn: written.lsn,
    refusals: collection.refusals,
    durationMs: Math.round(ports.clock.monotonicMs() - startedMs),
  });
}

async function taxClassesOf(ports: ImportPorts): Promise<ReadonlySet<string>> {
  const rows = await ports.database.rows<{ key: string }>('SELECT DISTINCT key FROM entity WHERE tenant_no = $1 AND type = $2 AND alive', [
    ports.identity.tenantNo,
    ENTITY_TYPES.tax.type,
  ]);
  return new Set(rows.map((row) => row.key));
}

async function write(
  ports: ImportPorts,
  collection: Collection,
  options: ImportOptions,
  onProgress: OnProgress,
): Promise<{ readonly created: number; readonly changed: number; readonly lsn: number | null }> {
  let created = 0;
  const touched = new Set<string>();
  const published = await ports.database.transaction(async (tx) => {
    const publication = await ports.catalog.open(tx, options.source);
    let items = 0;
    for (const batch of collection.batches(ITEMS_PER_BATCH)) {
      const count = await publication.put(batch);
      created += count.createdItems;
      for (const sku of count.touchedSkus) touched.add(sku);
      items = Math.min(items + ITEMS_PER_BATCH, collection.items);
      onProgress({ rows: collection.rows, written: items });
    }
    return publication.finish();
  });
  ports.catalog.announce(published);
  return { created, changed: touched.size, lsn: published.lsn };
}

class FileError extends Error {
  override readonly name = 'FileError';
}

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

async function collect(
  upload: Readable,
  options: ImportOptions & { readonly knownTaxClasses: ReadonlySet<string> },
  onProgress: OnProgress,
): Promise<Result<Collection, ImportError>> {
  try {
    const packed = await peek(upload, 2);
    const isGzip = packed.head[0] === 0x1f && packed.head[1] === 0x8b;
    const limited = limitBytes(MAX_BYTES);
    const stages = isGzip ? [packed.whole, createGunzip(), limited] : [packed.whole, limited];
    // Whatever a stage throws reaches whoever reads the last one.
    pipeline(stages, () => undefined);
    const plain = await peek(limited, 4_096);
    if (plain.head.length === 0) return err({ type: 'unreadableFile', reason: 'the file is empty' });
    return await collectRows(plain.whole, delimiterOf(plain.head), options, onProgress);
  } catch (error) {
    return err({ type: 'unreadableFile', reason: error instanceof Error ? error.message : String(error) });
  } finally {
    // What was not read runs off, so that its sender comes to read the answer.
    upload.resume();
  }
}

async function collectRows(
  plain: Readable,
  delimiter: string,
  options: ImportOptions & { readonly knownTaxClasses: ReadonlySet<string> },
  onProgress: OnProgress,
): Promise<Result<Collection, ImportError>> {
  let collection: Collection | undefined;
  let rowNumber = 1;
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
  pipeline(plain, parser, () => undefined);
  for await (const record of parser) {
    const row = record as readonly string[];
    if (collection === undefined) {
      const columns = findColumns(row, options.mapping);
      if (!columns.ok) {
        plain.destroy();
        return columns;
      }
      collection = createCollection(columns.value, options);
      continue;
    }
    for (const reason of skipped.splice(0)) collection.refuse((rowNumber += 1), { reason: 'malformedRow', value: reason.slice(0, 200) });
    rowNumber += 1;
    collection.add(rowNumber, row);
    if (collection.rows % PROGRESS_ROWS === 0) onProgress({ rows: collection.rows, written: 0 });
    if (collection.rows > MAX_ROWS) throw new FileError(`the file has more than ${MAX_ROWS} rows`);
  }
  if (collection === undefined) return err({ type: 'unreadableFile', reason: 'the file has no header' });
  for (const reason of skipped.splice(0)) collection.refuse((rowNumber += 1), { reason: 'malformedRow', value: reason.slice(0, 200) });
  assert(collection.rows === rowNumber - 1, 'every row was judged');
  return ok(collection);
}
