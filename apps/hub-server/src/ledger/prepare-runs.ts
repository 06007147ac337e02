/**
 * Received frames to rows: each entry rebuilt and folded (`fold-entry.ts`), each fold's rows written as the database reads them. Pure, so that any thread may do it ahead; entries are
 * numbered from 0 and take their place when they are stored.
 */
import { assert, type Compression, type Hash } from '@holdfast/base';
import { bytesToHex, decodeBatch, type ChainedEntry } from '@holdfast/sync';

import { arrayText } from '../db/array-text.ts';
import { foldEntry, type FoldedEntry } from './fold-entry.ts';
import { FOLDS } from './folds.ts';
import { unpackEntries, type PackedEntries } from './opened-entries.ts';

/** As received. */
export interface StoredRun {
  readonly runNo: number;
  readonly tenantNo: number;
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly skip: number;
  readonly branch: boolean;
  readonly receivedAtMs: number;
  /** Null where `entries` says it all. */
  readonly frame: Uint8Array | null;
  readonly entries?: PackedEntries;
}

/** Who brought an entry, and how. */
export type RunOfEntries = Omit<StoredRun, 'frame' | 'entries'>;

/** An entry on its way into the tables, and who brought it. */
export interface Arrival extends FoldedEntry {
  /** From 0, in the order in which they are numbered. */
  readonly index: number;
  readonly entry: ChainedEntry;
  readonly run: RunOfEntries;
  /** Empty on the main line, else the entry's own hash. */
  readonly branch: string;
}

export const arrivalOf = (folded: FoldedEntry, at: Pick<Arrival, 'index' | 'entry' | 'run'>): Arrival => ({
  ...folded,
  ...at,
  branch: at.run.branch ? bytesToHex(at.entry.hash) : '',
});

export interface PreparedRuns {
  readonly count: number;
  /** Of all entries, one behind the other. */
  readonly canonicals: Uint8Array;
  readonly hashes: Uint8Array;
  /** Of each entry, the run that brought it. */
  readonly runs: readonly number[];
  /** Of each entry, as arrays that the database reads: its run, epoch, seq and kind; where its canonical bytes start, from 1, and their length. */
  readonly columns: readonly string[];
  /** Rows of each fold, in the order of `FOLDS`. */
  readonly folds: readonly (readonly string[] | null)[];
  readonly setAside: readonly { readonly index: number; readonly reason: string; readonly applied: string }[];
}

export interface PreparePorts {
  readonly compression: Compression;
  readonly hash: Hash;
}

/** What of a frame was new. */
export function entriesOfRun(run: Pick<StoredRun, 'frame' | 'entries' | 'skip'>, ports: PreparePorts): readonly ChainedEntry[] {
  if (run.entries !== undefined) return unpackEntries(run.entries).slice(run.skip);
  assert(run.frame !== null, 'a run has its frame, or what was rebuilt of it');
  const batch = decodeBatch(run.frame, ports);
  assert(batch.ok, 'what was received is readable');
  return batch.value.entries.slice(run.skip);
}

export function prepareRuns(runs: readonly StoredRun[], ports: PreparePorts): PreparedRuns {
  return prepareEntries(
    runs.map((run) => ({ run, entries: entriesOfRun(run, ports) })),
    foldEntry,
  );
}

export interface RunEntries {
  readonly run: RunOfEntries;
  readonly entries: readonly ChainedEntry[];
}

export function prepareEntries(brought: readonly RunEntries[], fold: (canonical: Uint8Array) => FoldedEntry): PreparedRuns {
  const arrivals: Arrival[] = [];
  const runs: number[] = [];
  for (const [runIndex, { run, entries }] of brought.entries()) {
    for (const entry of entries) {
      arrivals.push(arrivalOf(fold(entry.canonical), { index: arrivals.length, entry, run }));
      runs.push(runIndex);
    }
  }
  let start = 1;
  const starts = arrivals.map(({ entry }) => (start += entry.canonical.length) - entry.canonical.length);
  return {
    count: arrivals.length,
    canonicals: Buffer.concat(arrivals.map(({ entry }) => entry.canonical)),
    hashes: Buffer.concat(arrivals.map(({ entry }) => entry.hash)),
    runs,
    columns: [
      runs,
      arrivals.map(({ entry }) => entry.id.epoch),
      arrivals.map(({ entry }) => entry.id.seq),
      arrivals.map(({ kind }) => kind),
      starts,
      arrivals.map(({ entry }) => entry.canonical.length),
    ].map(arrayText),
    folds: FOLDS.map((one) => one.rows(arrivals)),
    setAside: arrivals.flatMap((arrival) =>
      arrival.setAside === null ? [] : [{ index: arrival.index, reason: arrival.setAside, applied: appliedOf(arrival) }],
    ),
  };
}

/** What of an entry that is set aside is applied all the same: kept, so that a later reading adds what is new only. */
const appliedOf = ({ movements, accountMovements }: FoldedEntry): string => JSON.stringify({ movements, accountMovements });
