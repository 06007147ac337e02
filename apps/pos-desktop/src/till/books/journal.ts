/**
 * The lane's own journal, for people: searched from the newest entry back, shown entry by entry, and exported. A question looks at so many entries at most and
 * says where to go on, so that no search holds up a scan.
 */
import { setImmediate } from 'node:timers/promises';

import { assert, type Signer } from '@holdfast/base';
import {
  isJournalHit,
  JOURNAL_CSV_HEAD,
  journalCsvLine,
  journalRow,
  POSLOG_HEAD,
  POSLOG_TAIL,
  poslogTransaction,
  type JournalPlace,
  type JournalRow,
  type LedgerEntry,
} from '@holdfast/domain';
import {
  bytesToHex,
  journalEntryLine,
  journalHeadLine,
  readEntry,
  type ChainedEntry,
  type JournalRange,
  type ReplicaStore,
  type Schemas,
} from '@holdfast/sync';

import type { JournalEntryView } from '../../shared/till-contract.ts';

export const JOURNAL_FORMATS = ['json', 'csv', 'xml'] as const;
export type JournalFormat = (typeof JOURNAL_FORMATS)[number];

/** Looked at for one question: a few milliseconds. */
const LOOKED_AT = 200;
const PAGE_BYTES = 1_000_000;

export interface JournalQuestion {
  /** Words that all stand in an entry; empty: any. */
  readonly text: string;
  readonly limit: number;
  /** Older than this one; absent: from the newest. */
  readonly before?: { readonly epoch: string; readonly seq: number } | undefined;
}

export interface JournalPage {
  readonly entries: readonly JournalEntryView[];
  /** Go on before this one; null: that was all. */
  readonly next: { readonly epoch: string; readonly seq: number } | null;
}

interface ReadJournalEntry {
  readonly entry: LedgerEntry;
  readonly atMs: number;
}

/** What no build can read is another one's: it is shown by its place alone. */
function readJournalEntry({ canonical }: ChainedEntry, schemas: Schemas): ReadJournalEntry {
  const read = readEntry(canonical, schemas);
  if (!read.ok) return { entry: { kind: 0, fields: {} }, atMs: 0 };
  const { kind, fields, wallMs, hubOffsetMs } = read.value;
  return { entry: { kind, fields: fields ?? {} }, atMs: wallMs + (hubOffsetMs ?? 0) };
}

const toView = ({ id, hash }: ChainedEntry, atMs: number, row: JournalRow): JournalEntryView => ({
  epoch: id.epoch,
  seq: id.seq,
  atMs,
  hash: bytesToHex(hash),
  ...row,
});

/** Newest first. */
export function searchJournal(store: ReplicaStore, schemas: Schemas, { text, limit, before }: JournalQuestion): JournalPage {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const epochs = store.epochs().toReversed();
  const from = before === undefined ? 0 : epochs.findIndex(({ epoch }) => epoch === before.epoch);
  const entries: JournalEntryView[] = [];
  let left = LOOKED_AT;
  for (const [index, { epoch, headSeq }] of epochs.entries()) {
    if (index < from || from < 0) continue;
    let until = index === from && before !== undefined ? Math.min(before.seq - 1, headSeq) : headSeq;
    while (until > 0) {
      if (left <= 0 || entries.length >= limit) return { entries, next: { epoch, seq: until + 1 } };
      const after = Math.max(until - Math.min(left, limit), 0);
      const page = store.entriesAfter(epoch, after, until - after, PAGE_BYTES).filter(({ id }) => id.seq <= until);
      // Below this nothing is held any more.
      if (page.length === 0) break;
      for (const held of page.toReversed()) {
        if (entries.length >= limit) return { entries, next: { epoch, seq: held.id.seq + 1 } };
        const read = readJournalEntry(held, schemas);
        const row = journalRow(read.entry);
        if (isJournalHit(row, words)) entries.push(toView(held, read.atMs, row));
      }
      left -= page.length;
      until = Math.min(after, (page[0]?.id.seq ?? 1) - 1);
    }
  }
  return { entries, next: null };
}

/** All that one entry says, as JSON of two blanks; undefined where it is not held. */
export function journalEntryText(
  store: ReplicaStore,
  schemas: Schemas,
  { epoch, seq }: { readonly epoch: string; readonly seq: number },
): string | undefined {
  const isKnown = store.epochs().some((known) => known.epoch === epoch);
  const [held] = isKnown ? store.entriesAfter(epoch, seq - 1, 1, PAGE_BYTES) : [];
  if (held?.id.seq !== seq) return undefined;
  const { bytes: _bytes, ...shown } = JSON.parse(journalEntryLine(held, schemas)) as { readonly bytes: string };
  return JSON.stringify(shown, null, 2);
}

export interface JournalExport {
  readonly format: JournalFormat;
  /** Business dates, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly exportedAtMs: number;
}

export interface JournalPorts {
  readonly store: ReplicaStore;
  readonly schemas: Schemas;
  readonly signer: Signer;
}

const isoOf = (atMs: number): string => (Math.abs(atMs) <= 8_640_000_000_000_000 ? new Date(atMs).toISOString() : '');

/** In pieces, and with a pause behind each: selling goes on meanwhile. Undefined before enrolment, and where nothing of those dates is held. */
export function exportJournal(ports: JournalPorts, wanted: JournalExport): AsyncGenerator<string> | undefined {
  const identity = ports.store.identity();
  const ranges = identity === null ? [] : rangesOf(ports, wanted);
  if (identity === null || ranges.length === 0) return undefined;
  const { device, store, lane } = identity;
  const head = { device, store, lane, exportedAtMs: wanted.exportedAtMs, kinds: [...ports.schemas.values()], ranges };
  const lineOf = (held: ChainedEntry): string => {
    if (wanted.format === 'json') return journalEntryLine(held, ports.schemas);
    const { entry, atMs } = readJournalEntry(held, ports.schemas);
    const place: JournalPlace = { store, lane, epoch: held.id.epoch, seq: held.id.seq, atMs, hash: bytesToHex(held.hash) };
    return wanted.format === 'csv' ? journalCsvLine(entry, place, isoOf) : poslogTransaction(entry, place, isoOf);
  };
  const first = { json: () => journalHeadLine(head, ports.signer), csv: () => JOURNAL_CSV_HEAD, xml: () => POSLOG_HEAD }[wanted.format]();
  const end = wanted.format === 'csv' ? '\r\n' : '\n';
  return (async function* pieces() {
    yield `${first}${end}`;
    for (const { epoch, firstSeq, lastSeq } of ranges) {
      for (let after = firstSeq - 1; after < lastSeq;) {
        const page = ports.store.entriesAfter(epoch, after, Math.min(LOOKED_AT, lastSeq - after), PAGE_BYTES);
        assert(page.length > 0, 'what a range names is held');
        yield page.map((held) => `${lineOf(held)}${end}`).join('');
        after = page.at(-1)?.id.seq ?? lastSeq;
        await setImmediate();
      }
    }
    if (wanted.format === 'xml') yield `${POSLOG_TAIL}\n`;
  })();
}

/** A lane's dates never go back: where they begin and end is found by halving. */
function rangesOf({ store, schemas }: JournalPorts, { from, to }: JournalExport): readonly JournalRange[] {
  return store.epochs().flatMap(({ epoch, headSeq, begin }): readonly JournalRange[] => {
    const held = (seq: number): ChainedEntry | undefined => store.entriesAfter(epoch, seq - 1, 1, PAGE_BYTES)[0];
    const oldest = headSeq === 0 ? undefined : held(1);
    if (oldest === undefined) return [];
    const dateAt = (seq: number): string => {
      const entry = held(seq);
      const date = entry === undefined ? '' : readJournalEntry(entry, schemas).entry.fields['businessDate'];
      return typeof date === 'string' ? date : '';
    };
    /** The first number in [low, headSeq + 1] from which on it is so. */
    const firstWhere = (isSo: (date: string) => boolean): number => {
      let [low, high] = [oldest.id.seq, headSeq + 1];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (isSo(dateAt(middle))) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const firstSeq = from === undefined ? oldest.id.seq : firstWhere((date) => date >= from);
    const lastSeq = to === undefined ? headSeq : firstWhere((date) => date > to) - 1;
    const [first, last] = [held(firstSeq), held(lastSeq)];
    if (firstSeq > lastSeq || first === undefined || last === undefined) return [];
    const ends = { firstSeq, previousHash: bytesToHex(first.previousHash), lastSeq, lastHash: bytesToHex(last.hash) };
    return [{ epoch, ...ends, ...(begin?.seq === firstSeq - 1 && { begin: bytesToHex(begin.signature) }) }];
  });
}
