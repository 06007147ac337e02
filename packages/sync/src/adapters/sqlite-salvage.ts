/**
 * What of a damaged database can still be believed, carried over into a fresh one (SPEC: I-6): the identity, and each entry whose bytes have the hash that the chain names.
 * Nothing is repaired and nothing guessed: an entry is whole or it is not there. The damaged file is only read.
 *
 * An epoch ends, in the fresh database, where its entries have no gap from what the hub has confirmed on: up to there they go up as before. Entries behind a gap
 * cannot be proven to follow it; they are handed to the caller, for a person.
 */
import { assert, type Hash } from '@holdfast/base';
import type { Database } from 'better-sqlite3';

import { readEntry, type ChainedEntry } from '../replica/ledger.ts';
import type { Identity } from '../store.ts';
import { bytesToHex, sameBytes } from '../wire/bytes.ts';
import { parseEnrolAnswer } from '../wire/protocol.ts';

export interface SalvagedEpoch {
  readonly device: string;
  readonly epoch: string;
  readonly headSeq: number;
  readonly confirmedSeq: number;
  /** Entries carried over. */
  readonly entries: number;
}

export interface Salvage {
  readonly identity: Identity | null;
  /** Oldest first. */
  readonly epochs: readonly SalvagedEpoch[];
  /** Whole, but behind a gap that the hub does not fill. */
  readonly stranded: readonly ChainedEntry[];
}

interface FoundEntry extends ChainedEntry {
  readonly number: number;
  readonly kind: number;
}

interface EpochFacts {
  readonly confirmed: number;
  readonly parent: { readonly epoch: string; readonly seq: number; readonly hash: Uint8Array } | null;
  /** What was forgotten before the damage. */
  readonly begin?: { readonly seq: number; readonly hash: Uint8Array; readonly signature: Uint8Array };
}

const EPOCH_SPAN = 2 ** 40;
/** Between the first and the last rows that a scan can read they are looked for one by one, as long as some are found. */
const MOST_MISSES = 10_000;

/** Asserts that `fresh` is migrated and holds no epoch. In one transaction of it. */
export function salvageLedger(damaged: Database, fresh: Database, hash: Hash): Salvage {
  assert(fresh.prepare('SELECT 1 FROM sync_epoch').get() === undefined, 'what was salvaged goes into an empty database');
  const identity = readIdentity(damaged);
  const byNumber = Map.groupBy(findEntries(damaged, hash), (entry) => entry.number);
  const epochs: SalvagedEpoch[] = [];
  const stranded: ChainedEntry[] = [];
  fresh
    .transaction(() => {
      if (identity !== null) fresh.prepare('INSERT INTO sync_identity (id, answer) VALUES (1, ?)').run(JSON.stringify(identity));
      for (const [number, found] of [...byNumber].sort(([left], [right]) => left - right)) {
        const entries = found.toSorted((left, right) => left.id.seq - right.id.seq);
        const begin = readBegin(damaged, number);
        const read = readEpoch(damaged, number) ?? { confirmed: lastGap(entries), parent: parentAmong(byNumber, entries) };
        const facts = begin === null ? read : { ...read, begin };
        const head = headOf(entries, facts.confirmed);
        stranded.push(...entries.filter(({ id }) => id.seq > (head?.id.seq ?? 0)));
        if (head !== null) epochs.push(writeEpoch(fresh, number, { entries, head, facts }));
      }
    })
    .immediate();
  carryShared(damaged, fresh, epochs);
  return { identity, epochs, stranded };
}

interface SharedRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/**
 * Up to where a ledger stands in another database as well is no fold of it: where it can be read it stays, and where its epoch is lost, all that was salvaged is shared. A database of before that was kept, or
 * that has lost it, still names the epochs of which the hub holds another history.
 */
function carryShared(damaged: Database, fresh: Database, epochs: readonly SalvagedEpoch[]): void {
  const read = (sql: string): readonly SharedRow[] | null => attempt(() => damaged.prepare<[], SharedRow>(sql).all());
  const kept = read('SELECT device, epoch, seq FROM sync_shared');
  const rows = kept ?? read('SELECT device, epoch, head_seq AS seq FROM sync_epoch WHERE diverged = 1 ORDER BY number') ?? [];
  // Of each device the furthest.
  for (const { device, epoch, seq } of new Map(rows.map((row) => [row.device, row])).values()) {
    const salvaged = epochs.find((known) => known.epoch === epoch) ?? epochs.findLast((known) => known.device === device);
    if (salvaged === undefined) continue;
    const place = salvaged.epoch === epoch ? Math.min(seq, salvaged.headSeq) : salvaged.headSeq;
    fresh.prepare('INSERT INTO sync_shared (device, epoch, seq) VALUES (?, ?, ?)').run(device, salvaged.epoch, place);
  }
}

/** What reads without an error; null otherwise. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function readIdentity(damaged: Database): Identity | null {
  const answer = attempt(() => damaged.prepare('SELECT answer FROM sync_identity').pluck().get());
  const parsed = typeof answer === 'string' ? attempt(() => parseEnrolAnswer(JSON.parse(answer))) : null;
  return parsed?.ok === true ? parsed.value : null;
}

function readEpoch(damaged: Database, number: number): EpochFacts | null {
  return attempt(() => {
    const row = damaged
      .prepare<[number], Readonly<Record<string, unknown>>>(
        'SELECT confirmed_seq, parent_epoch, parent_seq, parent_hash FROM sync_epoch WHERE number = ?',
      )
      .get(number);
    const { confirmed_seq: confirmed, parent_epoch: epoch, parent_seq: seq, parent_hash: parentHash } = row ?? {};
    if (typeof confirmed !== 'number') return null;
    if (typeof epoch !== 'string' || typeof seq !== 'number' || !(parentHash instanceof Uint8Array)) return { confirmed, parent: null };
    return { confirmed, parent: { epoch, seq, hash: parentHash } };
  });
}

function readBegin(damaged: Database, number: number): NonNullable<EpochFacts['begin']> | null {
  const row = attempt(() =>
    damaged
      .prepare<[number], Readonly<Record<string, unknown>>>(
        'SELECT begin_seq, begin_hash, begin_signature FROM sync_epoch WHERE number = ?',
      )
      .get(number),
  );
  const { begin_seq: seq, begin_hash: hash, begin_signature: signature } = row ?? {};
  if (typeof seq !== 'number' || !(hash instanceof Uint8Array) || !(signature instanceof Uint8Array)) return null;
  return { seq, hash, signature };
}

/** The hub says itself what it has, once it is asked: until then what stands before the last gap counts as its. */
function lastGap(entries: readonly FoundEntry[]): number {
  const start = entries.findLast(({ id, previousHash }, index) => {
    const before = entries[index - 1];
    return before === undefined || before.id.seq !== id.seq - 1 || !sameBytes(before.hash, previousHash);
  });
  return start === undefined ? 0 : start.id.seq - 1;
}

/** The entry that the epoch's first one names. */
function parentAmong(byNumber: ReadonlyMap<number, readonly FoundEntry[]>, entries: readonly FoundEntry[]): EpochFacts['parent'] {
  const first = entries[0];
  if (first === undefined || first.id.seq !== 1) return null;
  const parent = [...byNumber.values()].flat().find(({ hash }) => sameBytes(hash, first.previousHash));
  return parent === undefined ? null : { epoch: parent.id.epoch, seq: parent.id.seq, hash: parent.hash };
}

// ---- entries ----

interface Row {
  readonly id: number;
  readonly kind: number;
  readonly hash: Uint8Array;
  readonly canonical: Uint8Array;
}

/** From both ends as far as a scan comes, and one by one between them: each page that is whole gives its rows. */
function findEntries(damaged: Database, hash: Hash): readonly FoundEntry[] {
  const found = new Map<number, FoundEntry>();
  const take = (row: Row): void => {
    const entry = toEntry(row, hash);
    if (entry !== null) found.set(row.id, entry);
  };
  const scan = (order: 'ASC' | 'DESC'): number | null => {
    let last: number | null = null;
    attempt(() => {
      for (const row of damaged.prepare<[], Row>(`SELECT id, kind, hash, canonical FROM sync_entry ORDER BY id ${order}`).iterate()) {
        take(row);
        last = row.id;
      }
    });
    return last;
  };
  const upTo = scan('ASC');
  const from = scan('DESC');
  const one = attempt(() => damaged.prepare<[number], Row>('SELECT id, kind, hash, canonical FROM sync_entry WHERE id = ?'));
  if (one === null) return [...found.values()];
  for (const [low, high] of holes(damaged, upTo, from)) {
    for (let [id, misses] = [low, 0]; id <= high && misses < MOST_MISSES; id += 1) {
      const row = attempt(() => one.get(id));
      misses = row === null || row === undefined ? misses + 1 : 0;
      if (row !== null && row !== undefined) take(row);
    }
  }
  return [...found.values()];
}

/** Ids that neither scan came by, epoch by epoch: an epoch's numbers begin at its own start. */
function holes(damaged: Database, upTo: number | null, from: number | null): readonly (readonly [low: number, high: number])[] {
  const heads =
    attempt(() => damaged.prepare<[], { number: number; head: number }>('SELECT number, head_seq AS head FROM sync_epoch').all()) ?? [];
  const low = (upTo ?? EPOCH_SPAN) + 1;
  const high = (from ?? Infinity) - 1;
  const known = heads.map(
    ({ number, head }) => [number * EPOCH_SPAN + (readBegin(damaged, number)?.seq ?? 0) + 1, number * EPOCH_SPAN + head] as const,
  );
  const spans = known.length > 0 ? known : [[low, high] as const];
  return spans.map(([start, end]) => [Math.max(start, low), Math.min(end, high)] as const).filter(([start, end]) => start <= end);
}

/** Null where its bytes are not what they say, or stand under another number. */
function toEntry({ id, kind, hash: named, canonical }: Row, hash: Hash): FoundEntry | null {
  if (!(canonical instanceof Uint8Array) || !(named instanceof Uint8Array)) return null;
  const bytes = new Uint8Array(canonical);
  const computed = hash.sha256(bytes);
  if (!sameBytes(computed, named)) return null;
  const read = readEntry(bytes);
  if (!read.ok || read.value.kind !== kind || read.value.id.seq !== id % EPOCH_SPAN) return null;
  return {
    id: read.value.id,
    previousHash: read.value.previousHash,
    hash: computed,
    canonical: bytes,
    number: Math.floor(id / EPOCH_SPAN),
    kind,
  };
}

/** Where what the hub has not confirmed goes on without a gap, each entry naming the one before it; null where nothing of it joins what was confirmed. */
function headOf(entries: readonly FoundEntry[], confirmed: number): FoundEntry | null {
  const bySeq = new Map(entries.map((entry) => [entry.id.seq, entry]));
  let head = bySeq.get(confirmed);
  for (let next = bySeq.get(confirmed + 1); next !== undefined; next = bySeq.get(next.id.seq + 1)) {
    if (head !== undefined && !sameBytes(next.previousHash, head.hash)) break;
    head = next;
  }
  const before = entries.findLast(({ id }) => id.seq <= confirmed);
  return head ?? before ?? null;
}

function writeEpoch(
  fresh: Database,
  number: number,
  { entries, head, facts }: { readonly entries: readonly FoundEntry[]; readonly head: FoundEntry; readonly facts: EpochFacts },
): SalvagedEpoch {
  const { device, epoch, seq: headSeq } = head.id;
  const confirmedSeq = Math.min(facts.confirmed, headSeq);
  const { parent, begin } = facts;
  fresh
    .prepare(
      `INSERT INTO sync_epoch (number, device, epoch, parent_epoch, parent_seq, parent_hash, head_seq, head_hash, confirmed_seq,
         begin_seq, begin_hash, begin_signature)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      number,
      device,
      epoch,
      parent?.epoch ?? null,
      parent?.seq ?? null,
      parent?.hash ?? null,
      headSeq,
      head.hash,
      confirmedSeq,
      begin?.seq ?? 0,
      begin?.hash ?? null,
      begin?.signature ?? null,
    );
  const insert = fresh.prepare('INSERT INTO sync_entry (id, kind, hash, canonical) VALUES (?, ?, ?, ?)');
  const count = fresh.prepare(
    `INSERT INTO sync_entry_count (epoch, kind, appended, confirmed) VALUES (?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET appended = appended + 1, confirmed = confirmed + excluded.confirmed`,
  );
  const kept = entries.filter(({ id }) => id.seq <= headSeq && id.epoch === epoch && id.device === device);
  for (const { id, kind, hash, canonical } of kept) {
    insert.run(number * EPOCH_SPAN + id.seq, kind, hash, canonical);
    count.run(number, kind, id.seq <= confirmedSeq ? 1 : 0);
  }
  return { device, epoch, headSeq, confirmedSeq, entries: kept.length };
}

/** As a file for a person: one line of hex for each. */
export const strandedText = (stranded: readonly ChainedEntry[]): string =>
  stranded.map(({ id, canonical }) => `${id.device} ${id.epoch} ${id.seq} ${bytesToHex(canonical)}\n`).join('');
