/**
 * What every import shares: a file is read as it comes, judged row by row and collected in memory; only then is one transaction opened and
 * written in batches, so that a slow sender never holds the database. Everything of one file is one LSN, and the same file again is none.
 *
 * An `Importer` says what is its own: its columns, what the hub must know before a row can be judged, and which entities a row becomes.
 */
import type { Readable } from 'node:stream';

import { assert, err, ok, type Clock, type Random, type Result } from '@holdfast/base';
import type { z } from 'zod';

import type { EntityRow } from '../catalog/changes.ts';
import { LoopFault } from '../catalog/loops.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { PutCount } from '../catalog/put-rows.ts';
import type { Database, Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import type { Refusal, RefusedRow } from './refusal.ts';
import { readTable } from './table-file.ts';

export interface ImportReport {
  /** Data rows: created + changed + unchanged + duplicates + ignored + refused. */
  readonly rows: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows that joined a subject of an earlier row of the file; where both spoke, the later one won. */
  readonly duplicates: number;
  /** Rows that are right and about something else than what was asked for: rates of other places. */
  readonly ignored: number;
  readonly refused: number;
  /** Null where the file changed nothing. */
  readonly lsn: number | null;
  readonly refusals: readonly RefusedRow[];
  readonly durationMs: number;
}

export interface ImportError {
  /** `unreadableFile`, `badColumns`, or the importer's own. */
  readonly type: string;
  readonly reason: string;
}

export interface ImportPorts {
  readonly keys: CompanyKeys;
  /** Who brings the file. */
  readonly by: string;
  /** Whether they may see, and so write, what goods cost there. */
  readonly maySeeCost: (scope: string) => boolean;
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
}

/** Rows read so far, or subjects written so far. */
export type OnProgress = (progress: { readonly rows: number; readonly written: number }) => void;

/** The rows of one file, joined into what they are about: an item, a price, a member of staff. */
export interface Collection {
  /** `made`: of a new subject; `joined`: of one that an earlier row named; `ignored`: of none that was asked for. */
  add(row: readonly string[]): 'made' | 'joined' | 'ignored' | Refusal;
  /** What takes time and needs no database; after the last row, before anything is written. */
  ready?(): Promise<void>;
  /** What the report counts. */
  readonly subjects: number;
  /** Everything of `perBatch` subjects at a time: a subject and what belongs to it stand in one batch, and each entity in one batch only. */
  batches(perBatch: number): Generator<readonly EntityRow[]>;
  /** Subjects that a batch made, and subjects that were there and that it changed; by default each entity is one. */
  readonly countOf?: (put: PutCount) => SubjectCount;
  /** Lanes show it before whatever else is on its way to them (SPEC: D-13). */
  readonly isUrgent?: boolean;
}

export interface SubjectCount {
  readonly created: number;
  /** By name where several batches may touch one subject, else how many. */
  readonly changed: readonly string[] | number;
}

/** Asked once per file, with its header. */
export type BeginCollection = (header: readonly string[]) => Result<Collection, ImportError> | Promise<Result<Collection, ImportError>>;

/** What every import is asked. */
export interface ImportQuestion {
  readonly source: string;
  readonly preview?: boolean;
}

export interface Importer<Question> {
  /** What the request says beside the file. `source` goes with the publication. */
  readonly question: z.ZodType<Question & ImportQuestion>;
  /** Of a file whose first row may be data already: the names of its columns, where it is. */
  readonly columnsOf?: (firstRow: readonly string[]) => readonly string[] | undefined;
  // A method, so that importers of different questions stand in one list.
  /** Looks up what rows are judged by. What is wrong with the question is told here, before the file is read. */
  prepare(ports: ImportPorts, question: Question): Promise<Result<BeginCollection, ImportError>>;
}

const SUBJECTS_PER_BATCH = 2_500;
const PROGRESS_ROWS = 20_000;

export async function runImport<Question>(
  ports: ImportPorts,
  importer: Importer<Question>,
  request: { readonly upload: Readable; readonly question: Question & ImportQuestion },
  onProgress: OnProgress,
): Promise<Result<ImportReport, ImportError>> {
  const startedMs = ports.clock.monotonicMs();
  const begin = await importer.prepare(ports, request.question);
  if (!begin.ok) return begin;
  const collected = await collect(request.upload, { begin: begin.value, columnsOf: importer.columnsOf }, onProgress);
  if (!collected.ok) return collected;
  const { collection, rows, duplicates, ignored, refusals } = collected.value;
  await collection.ready?.();
  let written: Awaited<ReturnType<typeof write>>;
  try {
    written = await write(ports, collection, { rows, ...request.question }, onProgress);
  } catch (error) {
    if (error instanceof LoopFault) return err({ type: 'loop', reason: error.message });
    throw error;
  }
  return ok({
    rows,
    created: written.created,
    changed: written.changed,
    unchanged: collection.subjects - written.created - written.changed,
    duplicates,
    ignored,
    refused: refusals.length,
    lsn: written.lsn,
    refusals,
    durationMs: Math.round(ports.clock.monotonicMs() - startedMs),
  });
}

interface Collected {
  readonly collection: Collection;
  readonly rows: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly refusals: readonly RefusedRow[];
}

async function collect(
  upload: Readable,
  { begin, columnsOf }: { readonly begin: BeginCollection; readonly columnsOf: Importer<never>['columnsOf'] },
  onProgress: OnProgress,
): Promise<Result<Collected, ImportError>> {
  let collection: Collection | undefined;
  let rows = 0;
  let duplicates = 0;
  let ignored = 0;
  const refusals: RefusedRow[] = [];
  const count = (): void => {
    rows += 1;
    if (rows % PROGRESS_ROWS === 0) onProgress({ rows, written: 0 });
  };
  const onRow = (row: number, cells: readonly string[]): void => {
    assert(collection !== undefined, 'the header comes first');
    const added = collection.add(cells);
    if (typeof added !== 'string') refusals.push({ row, ...added });
    if (added === 'joined') duplicates += 1;
    if (added === 'ignored') ignored += 1;
    count();
  };
  const read = await readTable<ImportError>(upload, {
    onHeader: async (firstRow) => {
      const columns = columnsOf?.(firstRow);
      const begun = await begin(columns ?? firstRow);
      if (!begun.ok) return begun;
      collection = begun.value;
      if (columns !== undefined) onRow(1, firstRow);
      return ok(undefined);
    },
    onRow,
    onMalformed: (row, what) => {
      refusals.push({ row, reason: 'malformedRow', value: what });
      count();
    },
  });
  if (!read.ok) return err(read.error);
  assert(collection !== undefined, 'a file that was read has its header');
  return ok({ collection, rows, duplicates, ignored, refusals });
}

async function write(
  ports: ImportPorts,
  collection: Collection,
  { rows, source, preview = false }: ImportQuestion & { readonly rows: number },
  onProgress: OnProgress,
): Promise<{ readonly created: number; readonly changed: number; readonly lsn: number | null }> {
  const countOf = collection.countOf ?? entityCount;
  let created = 0;
  let changed = 0;
  const named = new Set<string>();
  const put = async (tx: Queries): Promise<Published> => {
    const publication = await ports.catalog.open(tx, source);
    let subjects = 0;
    for (const batch of collection.batches(SUBJECTS_PER_BATCH)) {
      const count = countOf(await publication.put(batch));
      created += count.created;
      if (typeof count.changed === 'number') changed += count.changed;
      else for (const name of count.changed) named.add(name);
      subjects = Math.min(subjects + SUBJECTS_PER_BATCH, collection.subjects);
      onProgress({ rows, written: subjects });
    }
    const done = await publication.finish({ urgent: collection.isUrgent === true && !preview, by: ports.by });
    if (preview) throw new PreviewedError();
    return done;
  };
  const published = await ports.database.transaction(put).catch((error: unknown): Published => {
    if (error instanceof PreviewedError) return { lsn: null, changed: 0 };
    throw error;
  });
  if (preview) return { created, changed: changed + named.size, lsn: null };
  ports.catalog.announce(published);
  return { created, changed: changed + named.size, lsn: published.lsn };
}

/** Rolls back what was written to be counted. */
class PreviewedError extends Error {
  override readonly name = 'PreviewedError';
}

const entityCount = ({ created, changed }: PutCount): SubjectCount => ({ created, changed: changed - created });

/** A collection whose rows are one entity each, of which a later row of the file wins. */
export function createEntityCollection(
  read: (row: readonly string[]) => Result<EntityRow, Refusal>,
  options: Pick<Collection, 'isUrgent'> = {},
): Collection {
  const rows = new Map<string, EntityRow>();
  return {
    ...options,
    add: (row) => {
      const entity = read(row);
      if (!entity.ok) return entity.error;
      const id = JSON.stringify([entity.value.t, entity.value.k, entity.value.s]);
      const isHeld = rows.has(id);
      rows.set(id, entity.value);
      return isHeld ? 'joined' : 'made';
    },
    get subjects() {
      return rows.size;
    },
    batches: function* batches(perBatch) {
      const all = [...rows.values()];
      for (let start = 0; start < all.length; start += perBatch) yield all.slice(start, start + perBatch);
    },
  };
}
