/**
 * A stock-count sheet as an Automerge document: its name, and what was counted, count by count, each under an id of its own. Two people who count the same goods at two places add up; whoever takes a count back takes away
 * that one. What joins in any order, and how, is Automerge's; the lines of the sheet are a fold of its counts.
 */
import { createRequire } from 'node:module';

import type * as Automerge from '@automerge/automerge/slim';
import { isUnit, sumCounts, type CountedGoods, type CountedLine, type LedgerPlace } from '@holdfast/domain';

export interface SheetCount extends CountedGoods {
  readonly countId: string;
  readonly user: string;
}

/** As Automerge holds it. A later build may know more of a count. */
interface SheetContent extends Record<string, unknown> {
  name: string;
  /** `placesText`; absent in a sheet that an older build began. */
  seen?: string;
  counts: Record<
    string,
    { sku: string; quantity: number; unit: string; user: string; atMs: number; uncertaintyMs: number; place?: string; counted?: string }
  >;
}

export type SheetEdit = { readonly type: 'count'; readonly count: SheetCount } | { readonly type: 'takeBack'; readonly countId: string };

export type Sheet = Automerge.Doc<SheetContent>;

export interface SheetEngine {
  /** The change that begins a sheet: the payload of its opening. */
  begin(name: string, seen: readonly LedgerPlace[]): Uint8Array;
  /** Of an opening's and changes' payloads, in any order; what is no change of Automerge's is passed over. */
  read(payloads: readonly Uint8Array[]): Sheet;
  /** `sheet` with more of them. */
  add(sheet: Sheet, payloads: readonly Uint8Array[]): Sheet;
  /** The change that an edit makes; null where it changes nothing. The sheet itself stays as it is. */
  edit(sheet: Sheet, edit: SheetEdit): Uint8Array | null;
}

/** Loaded once somebody counts: WebAssembly, 3.6 MB. */
export async function loadSheetEngine(readFile: (path: string) => Promise<Uint8Array<ArrayBuffer>>): Promise<SheetEngine> {
  const automerge = await import('@automerge/automerge/slim');
  const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm');
  await automerge.initializeWasm(await readFile(wasm));
  return createSheetEngine(automerge);
}

function createSheetEngine(automerge: typeof Automerge): SheetEngine {
  /** Their moments are the counts' own. */
  const timeless = { time: 0 };
  const add = (sheet: Sheet, payloads: readonly Uint8Array[]): Sheet =>
    payloads.reduce((held, payload) => {
      try {
        return automerge.applyChanges(held, [payload])[0];
      } catch {
        return held;
      }
    }, sheet);
  return {
    begin: (name, seen) => {
      const begun = automerge.change(automerge.init<SheetContent>(), timeless, (content) => {
        content.name = name;
        if (seen.length > 0) content.seen = placesText(seen);
        content.counts = {};
      });
      return changeOf(automerge, begun);
    },
    read: (payloads) => add(automerge.init<SheetContent>(), payloads),
    add,
    edit: (sheet, edit) => {
      const counts = sheet.counts as SheetContent['counts'] | undefined;
      if (counts === undefined || (edit.type === 'takeBack' && counts[edit.countId] === undefined)) return null;
      // A copy has an actor of its own: two edits that are made of one sheet at once both stand.
      const edited = automerge.change(automerge.clone(sheet), timeless, (content) => {
        if (edit.type === 'takeBack') {
          delete content.counts[edit.countId];
          return;
        }
        const { countId, sku, quantity, unit, user, atMs, uncertaintyMs, place, counted } = edit.count;
        content.counts[countId] = {
          sku,
          quantity,
          unit,
          user,
          atMs,
          uncertaintyMs,
          ...(place !== undefined && { place }),
          ...(counted !== undefined && { counted: placesText([counted]) }),
        };
      });
      return changeOf(automerge, edited);
    },
  };
}

function changeOf(automerge: typeof Automerge, sheet: Sheet): Uint8Array {
  const change = automerge.getLastLocalChange(sheet);
  if (change === undefined) throw new Error('an edit makes a change');
  return change;
}

/** A ledger's place is one word in a sheet: three members of each count would make it half as long again. */
const placesText = (places: readonly LedgerPlace[]): string =>
  places.map(({ device, epoch, seq }) => `${seq}/${epoch}/${encodeURIComponent(device)}`).join(' ');

/** What this build can read of it. */
function placesOf(text: unknown): readonly LedgerPlace[] {
  if (typeof text !== 'string') return [];
  return text.split(' ').flatMap((word) => {
    const [, seq = '', epoch = '', device = ''] = /^(\d{1,15})\/([0-9a-f]{16})\/([!-~]{1,192})$/.exec(word) ?? [];
    try {
      return device === '' ? [] : [{ device: decodeURIComponent(device), epoch, seq: Number(seq) }];
    } catch {
      return [];
    }
  });
}

/** How far the lane that began it had each ledger. */
export const seenOf = (sheet: Sheet): readonly LedgerPlace[] => placesOf(sheet.seen);

export const nameOf = (sheet: Sheet): string => (typeof sheet.name === 'string' ? sheet.name : '');

/** What this build can read of it, newest first. */
export function countsOf(sheet: Sheet): readonly SheetCount[] {
  const counts = Object.entries((sheet.counts as SheetContent['counts'] | undefined) ?? {});
  return counts
    .flatMap(([countId, { sku, quantity, unit, user, atMs, uncertaintyMs, place, counted }]): readonly SheetCount[] => {
      const isRight =
        typeof sku === 'string' &&
        Number.isSafeInteger(quantity) &&
        typeof unit === 'string' &&
        isUnit(unit) &&
        typeof user === 'string' &&
        Number.isSafeInteger(atMs) &&
        Number.isSafeInteger(uncertaintyMs);
      if (!isRight) return [];
      const [at] = placesOf(counted);
      const more = { ...(typeof place === 'string' && { place }), ...(at !== undefined && { counted: at }) };
      return [{ countId, sku, quantity, unit, user, atMs, uncertaintyMs, ...more }];
    })
    .sort((left, right) => right.atMs - left.atMs || (left.countId < right.countId ? 1 : -1));
}

export const linesOf = (sheet: Sheet): readonly CountedLine[] =>
  sumCounts(countsOf(sheet).map(({ countId: _countId, user: _user, ...count }) => count));
