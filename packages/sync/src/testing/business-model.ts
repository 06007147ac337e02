/**
 * What was sold in a simulated world, by what was wanted to be written and by nothing that the engine made of it: which of it must still be there at rest, and what it comes to. An entry may be lost with a disk, or with
 * what a hub was set back from, where nobody else held it then and no device had forgotten it as safe; any other has to reach the hub.
 */
import { assert } from '@holdfast/base';

import { readEntry, type ChainedEntry, type EntryDraft } from '../replica/ledger.ts';
import type { Schemas } from '../schema.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { NEXT_SCHEMAS } from './fixtures.ts';

/** Pieces that were sold of each article, of articles counted, money taken in minor units, and voids. */
export type Business = ReadonlyMap<string, number>;

/** Of one entry; of a kind that says nothing of business none. */
export function businessOf({ kind, fields }: Pick<EntryDraft, 'kind' | 'fields'>): Business {
  const comesTo = new Map<string, number>();
  const add = (name: string, by: unknown): void => void comesTo.set(name, (comesTo.get(name) ?? 0) + Number(by));
  if (kind === 1) {
    for (const { sku, quantity } of fields['lines'] as readonly { readonly sku: string; readonly quantity: number }[])
      add(`sold ${sku}`, quantity);
    add('taken', fields['totalMinor']);
  }
  if (kind === 2) add('voids', 1);
  if (kind === 3 && typeof fields['sku'] === 'string') add(`counted ${fields['sku']}`, fields['pieces']);
  return comesTo;
}

/** Of an entry as it stands, as far as `schemas` know it. */
export function businessOfEntry({ canonical }: Pick<ChainedEntry, 'canonical'>, schemas: Schemas): Business {
  const read = readEntry(canonical, schemas);
  return read.ok && read.value.fields !== null ? businessOf({ kind: read.value.kind, fields: read.value.fields }) : new Map();
}

export function addBusiness(to: Map<string, number>, more: Business): void {
  for (const [name, by] of more) to.set(name, (to.get(name) ?? 0) + by);
}

export const textOf = (business: Business): string =>
  [...business]
    .map(([name, value]) => `${name}: ${value}`)
    .sort()
    .join(', ');

export const hashesOf = (entries: readonly ChainedEntry[]): readonly string[] => entries.map(({ hash }) => bytesToHex(hash));

export interface BusinessModel {
  /** An entry was appended, and committed. */
  wrote(entry: ChainedEntry, draft: EntryDraft): void;
  /** A device forgot them, for the hub called them safe: whoever loses anything from then on, they are not lost. */
  forgot(hashes: readonly string[]): void;
  /** A disk, or a hub, no longer has `before`; `held`: what anybody still has. */
  lost(before: readonly string[], held: ReadonlySet<string>): void;
  /** All that was written and need not be lost is among `entries`, nothing else is, and each says what was wanted to be written. */
  checkHeld(entries: readonly ChainedEntry[]): void;
  /** What entries come to, by their hashes. */
  sumOf(hashes: Iterable<string>, counts?: (draft: EntryDraft) => boolean): Business;
}

const sorted = (fields: EntryDraft['fields']): unknown => Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1));
const meaningOf = ({ kind, fields }: Pick<EntryDraft, 'kind' | 'fields'>): string => JSON.stringify([kind, sorted(fields)]);

export function createBusinessModel(): BusinessModel {
  const written = new Map<string, EntryDraft>();
  const gone = new Set<string>();
  const safe = new Set<string>();
  return {
    wrote: ({ hash }, draft) => void written.set(bytesToHex(hash), draft),
    forgot: (hashes) => {
      for (const hash of hashes) {
        safe.add(hash);
        gone.delete(hash);
      }
    },
    lost: (before, held) => {
      for (const hash of before) if (!held.has(hash) && !safe.has(hash)) gone.add(hash);
    },
    checkHeld: (entries) => {
      const held = new Set(hashesOf(entries));
      const missing = [...written.keys()].filter((hash) => !held.has(hash) && !gone.has(hash));
      assert(missing.length === 0, `${missing.length} of ${written.size} entries are lost that somebody held: ${missing.join(', ')}`);
      for (const { hash, canonical, id } of entries) {
        const [read, draft] = [readEntry(canonical, NEXT_SCHEMAS), written.get(bytesToHex(hash))];
        assert(draft !== undefined, `${id.device} ${id.epoch} ${id.seq}: nobody wrote it`);
        assert(read.ok && read.value.fields !== null, `${id.device} ${id.epoch} ${id.seq}: the newest release cannot read it`);
        const said = meaningOf({ kind: read.value.kind, fields: read.value.fields });
        assert(said === meaningOf(draft), `${id.device} ${id.epoch} ${id.seq} says ${said} instead of ${meaningOf(draft)}`);
      }
    },
    sumOf: (hashes, counts = () => true) => {
      const sum = new Map<string, number>();
      for (const hash of new Set(hashes)) {
        const draft = written.get(hash);
        if (draft !== undefined && counts(draft)) addBusiness(sum, businessOf(draft));
      }
      return sum;
    },
  };
}
