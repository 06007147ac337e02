import { changedCounts, type CountedLine, type LedgerPlace } from '@holdfast/domain';
/**
 * The sheets that a lane holds, read. It runs in the sync worker, so that no scan waits for Automerge; the main thread asks it for a change, and writes that as a piece itself, in the transaction of the request. What is kept here follows from
 * the pieces on disk: a change that was never written is not in it.
 */
import { bytesToHex, documentState, type DocumentState, type DocumentStore } from '@holdfast/sync';

import { countsOf, linesOf, nameOf, seenOf, type Sheet, type SheetCount, type SheetEdit, type SheetEngine } from './stock-sheet.ts';

export interface SheetSummary {
  readonly document: string;
  readonly name: string;
  readonly state: 'open' | 'closed';
  /** Goods on it. */
  readonly lines: number;
  /** Counts that came too late for its closing. */
  readonly lateChanges: number;
}

export interface SheetView extends Omit<SheetSummary, 'lines'> {
  readonly lines: readonly CountedLine[];
  readonly counts: readonly SheetCount[];
}

/** What a closing states, and which heads (hex) it covers: all that was held at that moment. */
export interface SheetClosing {
  readonly name: string;
  readonly lines: readonly CountedLine[];
  readonly seen: readonly LedgerPlace[];
  readonly covers: readonly string[];
}

export interface SheetBook {
  list(): readonly SheetSummary[];
  /** Null where no such sheet is held. */
  view(document: string): SheetView | null;
  begin(name: string): Uint8Array;
  /** Null where it changes nothing. */
  change(document: string, edit: SheetEdit): Uint8Array | null;
  closing(document: string): SheetClosing | null;
}

interface Held {
  readonly sheet: Sheet;
  /** Hashes (hex) of the pieces that are in it. */
  readonly pieces: ReadonlySet<string>;
}

/** Sheets that are kept read, the newest used. */
const KEPT = 8;

/** `seen`: how far this lane has each ledger of its store. */
export function createSheetBook(documents: DocumentStore, engine: SheetEngine, seen: () => readonly LedgerPlace[]): SheetBook {
  const kept = new Map<string, Held>();

  function read(document: string): { readonly state: DocumentState; readonly sheet: Sheet } | null {
    const state = documentState(document, documents.document(document));
    if (state.openings.length === 0) return null;
    const before = kept.get(document);
    const fresh = [...state.openings, ...state.changes].filter(({ hash }) => before?.pieces.has(bytesToHex(hash)) !== true);
    const payloads = fresh.map(({ payload }) => payload);
    const sheet = before === undefined ? engine.read(payloads) : engine.add(before.sheet, payloads);
    kept.delete(document);
    kept.set(document, { sheet, pieces: new Set([...(before?.pieces ?? []), ...fresh.map(({ hash }) => bytesToHex(hash))]) });
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return { state, sheet };
  }

  function summaryOf(document: string): SheetSummary | null {
    const held = read(document);
    if (held === null) return null;
    const { isClosed, supplement } = held.state;
    return {
      document,
      name: nameOf(held.sheet),
      state: isClosed ? 'closed' : 'open',
      lines: linesOf(held.sheet).length,
      lateChanges: supplement.length,
    };
  }

  return {
    list: () => documents.documents().flatMap((document) => summaryOf(document) ?? []),
    view: (document) => {
      const [held, summary] = [read(document), summaryOf(document)];
      return held === null || summary === null ? null : { ...summary, lines: linesOf(held.sheet), counts: countsOf(held.sheet) };
    },
    begin: (name) => engine.begin(name, seen()),
    change: (document, edit) => {
      const held = read(document);
      return held === null ? null : engine.edit(held.sheet, edit);
    },
    closing: (document) => {
      const held = read(document);
      if (held === null) return null;
      const { isClosed, openings, changes, supplement, heads } = held.state;
      const late = new Set(supplement.map(({ hash }) => bytesToHex(hash)));
      const stated = isClosed
        ? linesOf(engine.read([...openings, ...changes].filter(({ hash }) => !late.has(bytesToHex(hash))).map(({ payload }) => payload)))
        : [];
      const lines = isClosed ? changedCounts(stated, linesOf(held.sheet)) : linesOf(held.sheet);
      return { name: nameOf(held.sheet), lines, seen: seenOf(held.sheet), covers: heads.map(({ hash }) => bytesToHex(hash)) };
    },
  };
}
