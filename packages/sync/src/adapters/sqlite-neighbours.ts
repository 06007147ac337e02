/** `NeighbourStore` over better-sqlite3, in the tables of `SYNC_MIGRATIONS`. As in `sqlite.ts`, nothing that changes is kept in memory. */
import { assert } from '@holdfast/base';
import type { Database } from 'better-sqlite3';

import {
  NO_FOLDS,
  placeBatch,
  type ForgottenTo,
  type Line,
  type LineFolds,
  type Membership,
  type NeighbourStore,
  type Placement,
  type Run,
  type Taken,
} from '../lan/neighbour-store.ts';
import { parseRevocations, type Countersignature, type RevocationList } from '../lan/trust.ts';
import { genesisHead, type ChainedEntry, type SignedHead } from '../replica/ledger.ts';
import type { Batch } from '../wire/batch.ts';
import { bytesToHex, sameBytes } from '../wire/bytes.ts';
import { doubtLines, inTransaction, parentOf, plain, type ParentRow } from './sqlite-rows.ts';

interface LineRow extends ParentRow {
  readonly line: number;
  readonly device: string;
  readonly epoch: string;
  readonly head_seq: number;
  readonly head_hash: Uint8Array;
  readonly signature: Uint8Array;
  readonly confirmed_seq: number;
  readonly begin_seq: number;
  readonly begin_hash: Uint8Array | null;
  readonly forgotten_seq: number;
}

interface BeginRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}

const toBegin = ({ hash, signature, ...at }: BeginRow): SignedHead => ({ ...at, hash: plain(hash), signature: plain(signature) });

const LINE_SPAN = 2 ** 40;

const headOf = (row: LineRow): SignedHead => ({
  device: row.device,
  epoch: row.epoch,
  seq: row.head_seq,
  hash: plain(row.head_hash),
  signature: plain(row.signature),
});

export function createSqliteNeighbourStore(database: Database, folds: LineFolds = NO_FOLDS): NeighbourStore {
  const readMembership = database.prepare<[], Membership>('SELECT certificate, authority FROM sync_membership');
  const writeMembership = database.prepare('INSERT OR REPLACE INTO sync_membership (id, certificate, authority) VALUES (1, ?, ?)');
  const readRevocations = database
    .prepare<[], string>(
      'SELECT list, 0 AS place FROM sync_revocations UNION ALL SELECT list, place FROM sync_lost_revocations ORDER BY place',
    )
    .pluck();
  const clearRevocations = database.prepare('DELETE FROM sync_revocations');
  const writeRevocations = database.prepare('INSERT INTO sync_revocations (id, list) VALUES (1, ?)');
  const clearLostRevocations = database.prepare('DELETE FROM sync_lost_revocations');
  const addLostRevocations = database.prepare('INSERT INTO sync_lost_revocations (list) VALUES (?)');
  const allCertificates = database.prepare<[], { device: string; certificate: string }>('SELECT device, certificate FROM sync_certificate');
  const writeCertificate = database.prepare('INSERT OR REPLACE INTO sync_certificate (device, certificate) VALUES (?, ?)');
  const lines = createLineTables(database, folds);
  const whole = <T>(work: () => T): T => inTransaction(database, work);
  return {
    membership: () => readMembership.get() ?? null,
    setMembership: ({ certificate, authority }) => void writeMembership.run(certificate, authority),
    revocations: () =>
      readRevocations.all().map((list): RevocationList => {
        const parsed = parseRevocations(JSON.parse(list));
        assert(parsed.ok, 'the stored revocations read back');
        return parsed.value;
      }),
    setRevocations: ([newest, ...lost]) =>
      whole(() => {
        clearRevocations.run();
        if (newest !== undefined) writeRevocations.run(JSON.stringify(newest));
        clearLostRevocations.run();
        for (const list of lost) addLostRevocations.run(JSON.stringify(list));
      }),
    certificates: () => new Map(allCertificates.all().map(({ device, certificate }) => [device, certificate])),
    keepCertificate: (device, certificate) => void writeCertificate.run(device, certificate),
    ...lines,
    take: (batch, countersignature, begin) => whole(() => lines.take(batch, countersignature, begin)),
    confirm: (line, seq) => whole(() => lines.confirm(line, seq)),
    letGo: (line, seq) => whole(() => lines.letGo(line, seq)),
    keepBegin: (begin) => whole(() => lines.keepBegin(begin)),
    forgetNext: (maxEntries) => whole(() => lines.forgetNext(maxEntries)),
  };
}

function prepareLines(database: Database) {
  return {
    all: database.prepare<[], LineRow>('SELECT * FROM sync_line ORDER BY line'),
    byLine: database.prepare<[number], LineRow>('SELECT * FROM sync_line WHERE line = ?'),
    byEpoch: database.prepare<[string, string], LineRow>('SELECT * FROM sync_line WHERE device = ? AND epoch = ? ORDER BY line'),
    insert: database.prepare(
      `INSERT INTO sync_line (device, epoch, parent_epoch, parent_seq, parent_hash, head_seq, head_hash, signature, confirmed_seq, begin_seq, begin_hash, forgotten_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    moveHead: database.prepare('UPDATE sync_line SET head_seq = ?, head_hash = ?, signature = ? WHERE line = ?'),
    confirm: database.prepare(
      'UPDATE sync_line SET confirmed_seq = min(max(confirmed_seq, ?), head_seq) WHERE line = ? AND confirmed_seq < ?',
    ),
    setForgotten: database.prepare(
      'UPDATE sync_line SET forgotten_seq = max(forgotten_seq, @seq), confirmed_seq = max(confirmed_seq, @seq) WHERE line = @line',
    ),
    toForget: database.prepare<[], LineRow>('SELECT * FROM sync_line WHERE begin_seq < forgotten_seq LIMIT 1'),
    setBegin: database.prepare('UPDATE sync_line SET begin_seq = ?, begin_hash = ? WHERE line = ?'),
    dropEntries: database.prepare('DELETE FROM sync_line_entry WHERE id > ? AND id <= ?'),
    begins: database.prepare<[], BeginRow>('SELECT device, epoch, seq, hash, signature FROM sync_begin ORDER BY device, epoch'),
    keepBegin: database.prepare(
      `INSERT INTO sync_begin (device, epoch, seq, hash, signature) VALUES (@device, @epoch, @seq, @hash, @signature)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature WHERE excluded.seq > seq`,
    ),
    dropHeads: database.prepare('DELETE FROM sync_line_head WHERE id > ? AND id <= ?'),
    insertEntry: database.prepare('INSERT INTO sync_line_entry (id, hash, canonical) VALUES (?, ?, ?)'),
    copyEntries: database.prepare(
      'INSERT INTO sync_line_entry (id, hash, canonical) SELECT id + ?, hash, canonical FROM sync_line_entry WHERE id > ? AND id <= ?',
    ),
    entries: database.prepare<[number, number], { id: number; hash: Uint8Array; canonical: Uint8Array }>(
      'SELECT id, hash, canonical FROM sync_line_entry WHERE id > ? AND id <= ? ORDER BY id',
    ),
    hash: database.prepare<[number], Uint8Array>('SELECT hash FROM sync_line_entry WHERE id = ?').pluck(),
    bytes: database
      .prepare<[number, number], number>('SELECT coalesce(sum(length(canonical)), 0) FROM sync_line_entry WHERE id > ? AND id <= ?')
      .pluck(),
    insertHead: database.prepare('INSERT INTO sync_line_head (id, signature, countersignature) VALUES (?, ?, ?)'),
    copyHeads: database.prepare(
      'INSERT INTO sync_line_head (id, signature, countersignature) SELECT id + ?, signature, countersignature FROM sync_line_head WHERE id > ? AND id <= ?',
    ),
    heads: database.prepare<[number, number, number], { id: number; signature: Uint8Array }>(
      'SELECT id, signature FROM sync_line_head WHERE id > ? AND id < ? ORDER BY id LIMIT ?',
    ),
    countersigned: database.prepare<[string], { epoch: string; id: number; hash: Uint8Array; countersignature: Uint8Array }>(
      `SELECT l.epoch, h.id, e.hash, h.countersignature FROM sync_line l JOIN sync_line_head h ON h.id > l.line * ${LINE_SPAN} AND h.id < (l.line + 1) * ${LINE_SPAN}
       JOIN sync_line_entry e ON e.id = h.id WHERE l.device = ? AND h.countersignature IS NOT NULL ORDER BY h.id`,
    ),
  };
}

/** Signed heads that one answer looks at: more than any batch has entries would be of no use. */
const HEADS_PER_RUN = 64;

function createLineTables(database: Database, { onEntry, onForgotten }: LineFolds) {
  const sql = prepareLines(database);
  const hashAt = (line: number, seq: number): Uint8Array | null => {
    const held = seq < 1 || seq >= LINE_SPAN ? undefined : sql.hash.get(line * LINE_SPAN + seq);
    if (held !== undefined) return plain(held);
    const begin = sql.byLine.get(line);
    return seq > 0 && begin?.begin_seq === seq && begin.begin_hash !== null ? plain(begin.begin_hash) : null;
  };
  const rowOf = (line: number): LineRow => {
    const row = sql.byLine.get(line);
    assert(row !== undefined, `line ${line} is held`);
    return row;
  };

  function openLine({ line, keep, begin }: Extract<Placement, { type: 'fork' }>, batch: Batch): number {
    const from = line === null ? null : rowOf(line);
    const parent = from === null ? batch.parent : parentOf(from);
    const { device, epoch, seq, hash, signature } = batch.head;
    const confirmed = begin?.seq ?? Math.min(from?.confirmed_seq ?? 0, keep);
    const { lastInsertRowid } = sql.insert.run(
      device,
      epoch,
      parent?.epoch ?? null,
      parent?.seq ?? null,
      parent?.hash ?? null,
      seq,
      hash,
      signature,
      confirmed,
      begin?.seq ?? from?.begin_seq ?? 0,
      begin?.hash ?? from?.begin_hash ?? null,
      begin?.seq ?? Math.min(from?.forgotten_seq ?? 0, keep),
    );
    const opened = Number(lastInsertRowid);
    if (line !== null) {
      const range = [(opened - line) * LINE_SPAN, line * LINE_SPAN, line * LINE_SPAN + keep] as const;
      sql.copyEntries.run(...range);
      sql.copyHeads.run(...range);
    }
    return opened;
  }

  function runOf(row: LineRow, afterSeq: number, end: SignedHead): Run {
    const base = row.line * LINE_SPAN;
    const parent = parentOf(row);
    let previousHash = afterSeq === 0 ? genesisHead(row.device, row.epoch, parent?.hash ?? null).hash : hashAt(row.line, afterSeq);
    assert(previousHash !== null, 'a line is whole');
    const first = previousHash;
    const entries: ChainedEntry[] = [];
    for (const { id, hash, canonical } of sql.entries.iterate(base + afterSeq, base + end.seq)) {
      entries.push({
        id: { device: row.device, epoch: row.epoch, seq: id - base },
        previousHash,
        hash: plain(hash),
        canonical: plain(canonical),
      });
      previousHash = plain(hash);
    }
    const { device, epoch } = row;
    return { device, epoch, parent: afterSeq === 0 ? parent : null, firstSeq: afterSeq + 1, previousHash: first, entries, head: end };
  }

  /** In each line of the epoch that says the same there. */
  function setForgotten(device: string, { epoch, seq, hash }: ForgottenTo): void {
    for (const { line, head_seq: headSeq } of sql.byEpoch.all(device, epoch)) {
      const at = hashAt(line, seq);
      if (seq < headSeq && at !== null && sameBytes(at, hash)) sql.setForgotten.run({ line, seq });
    }
  }

  const toLine = (row: LineRow): Line => ({
    line: row.line,
    head: headOf(row),
    parent: parentOf(row),
    confirmedSeq: row.confirmed_seq,
    beginSeq: row.begin_seq,
    forgottenSeq: row.forgotten_seq,
  });

  return {
    lines: (): readonly Line[] => sql.all.all().map(toLine),
    hashAt,
    take: (batch: Batch, countersignature: Uint8Array | null, begin?: SignedHead): Taken => {
      const candidates = sql.byEpoch.all(batch.device, batch.epoch).map(({ line, head_seq: headSeq, begin_seq: beginSeq }) => ({
        line,
        headSeq,
        beginSeq,
        hashAt: (seq: number) => hashAt(line, seq),
      }));
      const placed = placeBatch(candidates, batch, begin ?? null);
      if (placed.type === 'gap') return placed;
      if (placed.type === 'append' && placed.entries.length === 0) return { type: 'taken', line: placed.line, entries: [] };
      const line = placed.type === 'append' ? placed.line : openLine(placed, batch);
      const { seq, hash, signature } = batch.head;
      for (const entry of placed.entries) sql.insertEntry.run(line * LINE_SPAN + entry.id.seq, entry.hash, entry.canonical);
      sql.insertHead.run(line * LINE_SPAN + seq, signature, countersignature);
      sql.moveHead.run(seq, hash, signature, line);
      for (const entry of placed.entries) {
        const forgotten = onEntry(entry, line);
        if (forgotten !== undefined) setForgotten(batch.device, forgotten);
      }
      return { type: 'taken', line, entries: placed.entries };
    },
    run: (line: number, afterSeq: number, maxEntries: number, maxBytes: number): Run | null => {
      const row = rowOf(line);
      if (afterSeq < row.begin_seq) return null;
      const base = line * LINE_SPAN;
      const later = sql.heads.all(base + afterSeq, base + LINE_SPAN, HEADS_PER_RUN);
      const fits = ({ id }: { id: number }): boolean =>
        id - base <= afterSeq + maxEntries && (sql.bytes.get(base + afterSeq, id) ?? 0) <= maxBytes;
      const end = later.findLast(fits) ?? later[0];
      if (end === undefined) return null;
      const hash = hashAt(line, end.id - base);
      assert(hash !== null, 'a signed head has its entry');
      return runOf(row, afterSeq, { device: row.device, epoch: row.epoch, seq: end.id - base, hash, signature: plain(end.signature) });
    },
    confirm: (line: number, seq: number): void => void sql.confirm.run(seq, line, seq),
    letGo: (line: number, seq: number): void => void sql.setForgotten.run({ line, seq: Math.min(seq, rowOf(line).head_seq) - 1 }),
    begins: (): readonly SignedHead[] => sql.begins.all().map(toBegin),
    keepBegin: (begin: SignedHead): void => void sql.keepBegin.run(begin),
    forgetNext: (maxEntries: number): boolean => {
      const row = sql.toForget.get();
      if (row === undefined) return false;
      const { line, begin_seq: beginSeq } = row;
      const [to, base] = [Math.min(row.forgotten_seq, beginSeq + maxEntries), line * LINE_SPAN];
      const { entries } = runOf(row, beginSeq, { ...headOf(row), seq: to });
      const last = entries.at(-1);
      assert(last !== undefined && last.id.seq === to, 'a line is whole');
      for (const entry of entries) onForgotten(entry, line);
      sql.setBegin.run(to, last.hash, line);
      sql.dropEntries.run(base, base + to);
      sql.dropHeads.run(base, base + to);
      return true;
    },
    doubt: (): void => doubtLines(database),
    countersignatures: (device: string, witness: string): readonly Countersignature[] =>
      sql.countersigned.all(device).map(({ epoch, id, hash, countersignature }) => ({
        device,
        epoch,
        seq: id % LINE_SPAN,
        hash: bytesToHex(hash),
        witness,
        signature: bytesToHex(countersignature),
      })),
  };
}
