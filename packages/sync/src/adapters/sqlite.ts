/**
 * `ReplicaStore` over better-sqlite3. The owner of the database runs `SYNC_MIGRATIONS` among its own migrations, in order, and sets
 * the connection's pragmas (WAL, synchronous=FULL, foreign_keys); this adapter only prepares statements. Nothing that changes is
 * kept in memory: another connection may write between two calls.
 */
import { assert, err, ok, type Hash } from '@holdfast/base';
import type { Database, Statement } from 'better-sqlite3';

import {
  decodeCells,
  eachEntityOf,
  encodeCells,
  encodeNewCells,
  entityEnd,
  EXISTENCE,
  joinCell,
  pruneCells,
  toAt,
  viewAt,
  viewRow,
  type Cell,
  type Cut,
  type EachEntity,
  type EntityCells,
  type Era,
  type ScopedEntity,
  type TouchedEntity,
  type View,
} from '../down/cells.ts';
import { heldAfter, HOT_VERSIONS, pruneBounds, type PruneBounds } from '../down/held-cuts.ts';
import {
  chainEntry,
  genesisHead,
  isEpoch,
  readEntry,
  type ChainedEntry,
  type EntryDraft,
  type SignedHead,
  type Vector,
} from '../replica/ledger.ts';
import type { Schemas } from '../schema.ts';
import {
  exposedEra,
  goesBack,
  isForgettable,
  isFurther,
  isUrgent,
  newestOf,
  nextEra,
  originPosition,
  startsAnew,
  urgentEra,
  withoutStrayUrgent,
  type ChunkId,
  type EpochParent,
  type EpochProgress,
  type EpochState,
  type HeldCut,
  type HubClock,
  type Identity,
  type LedgerPlace,
  type OnEntity,
  type OnFirst,
  type ReplicaStore,
  type RevertedEntity,
  type SegmentProgress,
  type StagedCut,
  type Waiting,
} from '../store.ts';
import { ByteWriter } from '../wire/bytes.ts';
import { MAX_LSN, parseEnrolAnswer, parseManifest, proofOf, type Manifest } from '../wire/protocol.ts';
import { inTransaction, parentOf, plain, type ParentRow } from './sqlite-rows.ts';

export { createSqliteDocumentStore } from './sqlite-documents.ts';
export { SYNC_MIGRATIONS, type SyncMigration } from './sqlite-migrations.ts';
export { doubtLines } from './sqlite-rows.ts';
export { salvageLedger, strandedText, type Salvage, type SalvagedEpoch } from './sqlite-salvage.ts';

export interface SqliteStoreOptions {
  readonly schemas: Schemas;
  readonly hash: Hash;
  /** Called inside the transaction that applies a chunk, once for each entity it touched: the place for a search index. */
  readonly onEntity?: OnEntity;
  /** Told in place of `onEntity` before the first cut shows. */
  readonly onFirst?: OnFirst;
}

export function createSqliteStore(database: Database, options: SqliteStoreOptions): ReplicaStore {
  const identity = createIdentityTables(database);
  const ledger = createLedgerTables(database, options);
  const cells = createCellTables(database, options, () => identity.identity()?.hubEpoch ?? '0'.repeat(16));
  return {
    ...identity,
    ...ledger,
    ...cells,
    enrol: (answer, firstEpoch) => {
      const epochs = ledger.epochs();
      const other = epochs.find((epoch) => epoch.device !== answer.device && epoch.confirmedSeq < epoch.headSeq);
      if (other !== undefined) return err({ type: 'entries-waiting-under-another-device', device: other.device });
      return inTransaction(database, () => {
        if (epochs.at(-1)?.device !== answer.device) ledger.openEpoch(answer.device, firstEpoch, null);
        identity.setIdentity(answer);
        return ok(answer);
      });
    },
  };
}

// ---- identity ----

function createIdentityTables(database: Database) {
  const readIdentity = database.prepare<[], { answer: string }>('SELECT answer FROM sync_identity');
  const writeIdentity = database.prepare('INSERT OR REPLACE INTO sync_identity (id, answer) VALUES (1, ?)');
  const readClock = database.prepare<[], HubClock>(
    'SELECT hub_offset_ms AS hubOffsetMs, uncertainty_ms AS uncertaintyMs FROM sync_hub_clock',
  );
  const writeClock = database.prepare('INSERT OR REPLACE INTO sync_hub_clock (id, hub_offset_ms, uncertainty_ms) VALUES (1, ?, ?)');
  // Of one text: asked for with each call, it changes once a year.
  let read: { readonly answer: string; readonly identity: Identity } | null = null;
  return {
    identity: (): Identity | null => {
      const row = readIdentity.get();
      if (row === undefined) return null;
      if (read?.answer !== row.answer) {
        const parsed = parseEnrolAnswer(JSON.parse(row.answer));
        assert(parsed.ok, 'the stored identity reads back');
        read = { answer: row.answer, identity: parsed.value };
      }
      return read.identity;
    },
    setIdentity: (answer: Identity): void => void writeIdentity.run(JSON.stringify(answer)),
    hubClock: (): HubClock | null => readClock.get() ?? null,
    setHubClock: (clock: HubClock): void => void writeClock.run(clock.hubOffsetMs, clock.uncertaintyMs),
  };
}

// ---- ledger ----

interface EpochRow extends ParentRow {
  readonly number: number;
  readonly device: string;
  readonly epoch: string;
  readonly head_seq: number;
  readonly head_hash: Uint8Array;
  readonly confirmed_seq: number;
  readonly safe_seq: number;
  readonly diverged: number;
  readonly begin_seq: number;
  readonly begin_hash: Uint8Array | null;
  readonly begin_signature: Uint8Array | null;
}

interface EntryRow {
  readonly id: number;
  readonly hash: Uint8Array;
  readonly canonical: Uint8Array;
}

const EPOCH_SPAN = 2 ** 40;

const beginOf = ({ device, epoch, begin_seq: seq, begin_hash: hash, begin_signature: signature }: EpochRow): SignedHead | null =>
  hash === null || signature === null ? null : { device, epoch, seq, hash: plain(hash), signature: plain(signature) };

const toEpochState = (row: EpochRow): EpochState => ({
  device: row.device,
  epoch: row.epoch,
  parent: parentOf(row),
  headSeq: row.head_seq,
  headHash: plain(row.head_hash),
  confirmedSeq: row.confirmed_seq,
  safeSeq: row.safe_seq,
  begin: beginOf(row),
  diverged: row.diverged === 1,
});

function createLedgerTables(database: Database, { schemas, hash }: SqliteStoreOptions) {
  const allEpochs = database.prepare<[], EpochRow>('SELECT * FROM sync_epoch ORDER BY number');
  const epochNamed = database.prepare<[string], EpochRow>('SELECT * FROM sync_epoch WHERE epoch = ?');
  const lastEpoch = database.prepare<[], EpochRow>('SELECT * FROM sync_epoch ORDER BY number DESC LIMIT 1');
  const insertEpoch = database.prepare(
    'INSERT INTO sync_epoch (device, epoch, parent_epoch, parent_seq, parent_hash, head_hash) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const moveHead = database.prepare('UPDATE sync_epoch SET head_seq = ?, head_hash = ? WHERE number = ?');
  const insertEntry = database.prepare('INSERT INTO sync_entry (id, kind, hash, canonical) VALUES (?, ?, ?, ?)');
  const countEntry = database.prepare(
    'INSERT INTO sync_entry_count (epoch, kind, appended) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET appended = appended + 1',
  );
  const entriesFrom = database.prepare<[number, number, number], EntryRow>(
    'SELECT id, hash, canonical FROM sync_entry WHERE id > ? AND id < ? ORDER BY id LIMIT ?',
  );
  const hashOf = database.prepare<[number], { hash: Uint8Array }>('SELECT hash FROM sync_entry WHERE id = ?');
  const kindsBetween = database.prepare<[number, number], { kind: number; entries: number }>(
    'SELECT kind, count(*) AS entries FROM sync_entry WHERE id > ? AND id <= ? GROUP BY kind',
  );
  const countConfirmed = database.prepare('UPDATE sync_entry_count SET confirmed = confirmed + ? WHERE epoch = ? AND kind = ?');
  const setProgress = database.prepare(
    'UPDATE sync_epoch SET confirmed_seq = ?, diverged = ?, safe_seq = min(safe_seq, ?) WHERE number = ?',
  );
  const setSafe = database.prepare('UPDATE sync_epoch SET safe_seq = ? WHERE number = ?');
  const setBegin = database.prepare('UPDATE sync_epoch SET begin_seq = ?, begin_hash = ?, begin_signature = ? WHERE number = ?');
  const dropEntries = database.prepare('DELETE FROM sync_entry WHERE id > ? AND id <= ?');
  const foldCheckpoints = database.prepare<[], SignedHead>(
    'SELECT device, epoch, seq, hash, signature FROM sync_fold_checkpoint ORDER BY device, epoch',
  );
  const keepFoldCheckpoint = database.prepare(
    `INSERT INTO sync_fold_checkpoint (device, epoch, seq, hash, signature) VALUES (@device, @epoch, @seq, @hash, @signature)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature WHERE excluded.seq > seq`,
  );
  const readShared = database.prepare<[string], LedgerPlace>('SELECT epoch, seq FROM sync_shared WHERE device = ?');
  const writeShared = database.prepare('INSERT OR REPLACE INTO sync_shared (device, epoch, seq) VALUES (?, ?, ?)');
  const waitingByKind = database.prepare<[], { kind: number; entries: number }>(
    'SELECT kind, sum(appended - confirmed) AS entries FROM sync_entry_count GROUP BY kind HAVING sum(appended - confirmed) > 0',
  );

  function openEpoch(device: string, epoch: string, parent: EpochParent | null): EpochState {
    assert(isEpoch(epoch) && epochNamed.get(epoch) === undefined, `epoch ${epoch} is new`);
    const head = genesisHead(device, epoch, parent?.hash ?? null);
    insertEpoch.run(device, epoch, parent?.epoch ?? null, parent?.seq ?? null, parent?.hash ?? null, head.hash);
    const row = epochNamed.get(epoch);
    assert(row !== undefined, 'an epoch that was just opened');
    return toEpochState(row);
  }

  function confirmEpoch({ epoch, confirmedSeq: told, diverged }: EpochProgress): void {
    const row = epochNamed.get(epoch);
    assert(row !== undefined && told >= 0 && told <= row.head_seq, `epoch ${epoch} confirmed to ${told}`);
    const confirmedSeq = Math.max(told, row.begin_seq);
    const base = row.number * EPOCH_SPAN;
    const [lower, upper] = [Math.min(row.confirmed_seq, confirmedSeq), Math.max(row.confirmed_seq, confirmedSeq)];
    const sign = confirmedSeq >= row.confirmed_seq ? 1 : -1;
    for (const { kind, entries } of kindsBetween.all(base + lower, base + upper)) countConfirmed.run(sign * entries, row.number, kind);
    setProgress.run(confirmedSeq, diverged ? 1 : 0, confirmedSeq, row.number);
    if (diverged) noteShared({ epoch, seq: row.head_seq });
  }

  function noteShared(place: LedgerPlace): void {
    const row = epochNamed.get(place.epoch);
    assert(row !== undefined && place.seq >= 0 && place.seq <= row.head_seq, `${place.epoch} is shared up to ${place.seq}`);
    if (isFurther(allEpochs.all(), place, readShared.get(row.device) ?? null)) writeShared.run(row.device, place.epoch, place.seq);
  }

  return {
    openEpoch,
    epochs: (): readonly EpochState[] => allEpochs.all().map(toEpochState),
    mintEpoch: (epoch: string): EpochState => {
      const last = lastEpoch.get();
      assert(last !== undefined, 'an epoch is minted after enrolment');
      const parent = last.head_seq > 0 ? { epoch: last.epoch, seq: last.head_seq, hash: plain(last.head_hash) } : parentOf(last);
      return inTransaction(database, () => openEpoch(last.device, epoch, parent));
    },
    append: (draft: EntryDraft): ChainedEntry => {
      assert(database.inTransaction, 'an entry is appended in the transaction of what it records');
      const last = lastEpoch.get();
      assert(last !== undefined, 'entries are appended after enrolment');
      const { device, epoch } = last;
      const entry = chainEntry(hash, { device, epoch, seq: last.head_seq, hash: plain(last.head_hash) }, draft, schemas);
      insertEntry.run(last.number * EPOCH_SPAN + entry.id.seq, draft.kind, entry.hash, entry.canonical);
      moveHead.run(entry.id.seq, entry.hash, last.number);
      countEntry.run(last.number, draft.kind);
      return entry;
    },
    entriesAfter: (epoch: string, afterSeq: number, maxEntries: number, maxBytes: number): readonly ChainedEntry[] => {
      const row = epochNamed.get(epoch);
      if (row === undefined) return [];
      return readEntries(row, afterSeq, maxEntries, maxBytes);
    },
    hashAt: (epoch: string, seq: number): Uint8Array | null => {
      const row = epochNamed.get(epoch);
      const begin = row === undefined ? null : beginOf(row);
      if (begin?.seq === seq) return begin.hash;
      const found = row === undefined || seq < 1 ? undefined : hashOf.get(row.number * EPOCH_SPAN + seq);
      return found === undefined ? null : plain(found.hash);
    },
    forget: (upTo: SignedHead): void => {
      const row = epochNamed.get(upTo.epoch);
      const base = (row?.number ?? 0) * EPOCH_SPAN;
      const isRight = row !== undefined && isForgettable(toEpochState(row), upTo, hashOf.get(base + upTo.seq)?.hash);
      assert(isRight, 'only what is safe is forgotten');
      inTransaction(database, () => {
        setBegin.run(upTo.seq, upTo.hash, upTo.signature, row.number);
        dropEntries.run(base, base + upTo.seq);
      });
    },
    foldCheckpoints: (): readonly SignedHead[] =>
      foldCheckpoints.all().map(({ hash: at, signature, ...place }) => ({ ...place, hash: plain(at), signature: plain(signature) })),
    keepFoldCheckpoint: (checkpoint: SignedHead): void => void keepFoldCheckpoint.run(checkpoint),
    confirm: (progress: readonly EpochProgress[], safe: Vector): void =>
      inTransaction(database, () => {
        for (const item of progress) confirmEpoch(item);
        for (const row of allEpochs.all()) {
          const safeSeq = Math.min(safe[row.epoch] ?? 0, row.confirmed_seq);
          if (safeSeq !== row.safe_seq) setSafe.run(safeSeq, row.number);
        }
      }),
    sharedUpTo: (): LedgerPlace | null => {
      const growing = lastEpoch.get();
      return growing === undefined ? null : (readShared.get(growing.device) ?? null);
    },
    noteShared: (place: LedgerPlace): void => inTransaction(database, () => noteShared(place)),
    waiting: (): Waiting => {
      const byKind = new Map(waitingByKind.all().map(({ kind, entries }) => [kind, entries]));
      let entries = 0;
      for (const count of byKind.values()) entries += count;
      return { entries, byKind };
    },
  };

  function hashBefore(row: EpochRow, seq: number): Uint8Array | undefined {
    if (row.begin_hash !== null && seq <= row.begin_seq) return row.begin_hash;
    return seq === 0
      ? genesisHead(row.device, row.epoch, parentOf(row)?.hash ?? null).hash
      : hashOf.get(row.number * EPOCH_SPAN + seq)?.hash;
  }

  function readEntries(row: EpochRow, afterSeq: number, maxEntries: number, maxBytes: number): readonly ChainedEntry[] {
    const base = row.number * EPOCH_SPAN;
    let previousHash = hashBefore(row, afterSeq);
    const found: ChainedEntry[] = [];
    let bytes = 0;
    for (const entry of entriesFrom.iterate(base + afterSeq, base + EPOCH_SPAN, maxEntries)) {
      bytes += entry.canonical.length;
      if (found.length > 0 && bytes > maxBytes) break;
      // The one before it was lost with a damaged database, where the hub had it already: the entry names it.
      previousHash ??= namedBefore(entry.canonical);
      const id = { device: row.device, epoch: row.epoch, seq: entry.id - base };
      found.push({ id, previousHash: plain(previousHash), hash: plain(entry.hash), canonical: plain(entry.canonical) });
      previousHash = entry.hash;
    }
    return found;
  }
}

function namedBefore(canonical: Uint8Array): Uint8Array {
  const read = readEntry(plain(canonical));
  assert(read.ok, 'an entry of this store reads back');
  return read.value.previousHash;
}

// ---- cells ----

interface EntityRow {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly cells: Uint8Array;
}

interface CutRow {
  readonly at: number;
  readonly hub_epoch: string;
  readonly lsn: number;
  readonly history_hash: string;
}

interface SweepRow {
  readonly from_at: number;
  readonly type: number;
  readonly key: string;
  readonly scope: string;
}

/** The least text above every text that begins with `prefix`, bytewise; null where there is none. */
export function afterPrefix(prefix: string): string | null {
  const end = prefix.charCodeAt(prefix.length - 1);
  // Nearly always: no code point is split, and none is skipped.
  if (end < 0xd7ff) return prefix.slice(0, -1) + String.fromCharCode(end + 1);
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last + 1 === 0xd800 ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return null;
}

function createCellTables(database: Database, { onEntity, onFirst }: SqliteStoreOptions, hubEpoch: () => string) {
  const rows = prepareRows(database);
  const staging = createStagingTables(database);
  const cutsBefore = createHeldCuts(database);
  const readCut = database.prepare<[], CutRow>('SELECT at, hub_epoch, lsn, history_hash FROM sync_cut');
  const readProof = database.prepare<[], string | null>('SELECT proof FROM sync_cut').pluck();
  const showUrgent = database.prepare('UPDATE sync_cut SET at = ?');
  const writeCut = database.prepare(
    'INSERT OR REPLACE INTO sync_cut (id, at, hub_epoch, lsn, history_hash, proof) VALUES (1, ?, ?, ?, ?, ?)',
  );
  const allEras = database.prepare<[], { era: number; hub_epoch: string; fork_lsn: number; urgent: number; parent: number | null }>(
    'SELECT * FROM sync_era ORDER BY era',
  );
  const insertEra = database.prepare('INSERT INTO sync_era (era, hub_epoch, fork_lsn, urgent, parent) VALUES (?, ?, ?, ?, ?)');
  const eras = (): readonly Era[] =>
    allEras.all().map((row) => ({
      era: row.era,
      hubEpoch: row.hub_epoch,
      forkLsn: row.fork_lsn,
      ...(row.urgent === 1 && { urgent: true as const }),
      ...(row.parent !== null && { parent: row.parent }),
    }));
  const keepEra = ({ era, hubEpoch: epoch, forkLsn, urgent, parent }: Era): void => {
    if (eras().every((known) => known.era !== era)) insertEra.run(era, epoch, forkLsn, urgent === true ? 1 : 0, parent ?? null);
  };
  // Eras are only ever added, so what a cut sees never changes: one view is worth keeping.
  let viewed: { readonly at: number; readonly view: View } | null = null;
  const viewOf = (at: number): View => {
    if (viewed?.at !== at) viewed = { at, view: viewAt(at, eras()) };
    return viewed.view;
  };
  const cut = (): Cut => {
    const row = readCut.get();
    if (row === undefined) return { position: originPosition(hubEpoch()), at: 0 };
    return { position: { hubEpoch: row.hub_epoch, lsn: row.lsn, historyHash: row.history_hash }, at: row.at };
  };
  const show = (row: EntityRow, view: View): ScopedEntity | null =>
    viewRow({ type: row.type, key: row.key, scope: row.scope, cells: decodeCells(row.cells) }, view);

  return {
    cut,
    newestAt: (): number => newestOf(eras(), MAX_LSN),
    readEntity: (type: number, key: string, at: number): readonly ScopedEntity[] => {
      const view = viewOf(at);
      const found: ScopedEntity[] = [];
      for (const [scope, cells] of rows.byKey.all(type, key)) {
        const entity = show({ type, key, scope, cells }, view);
        if (entity !== null) found.push(entity);
      }
      return found;
    },
    readPrefix: (type: number, prefix: string, at: number, limit: number, afterKey?: string): readonly ScopedEntity[] => {
      const view = viewOf(at);
      const end = afterPrefix(prefix) ?? ABOVE_ALL_TEXT;
      const pages = rows.pagesOf(type);
      const found: ScopedEntity[] = [];
      let page = afterKey === undefined ? pages.from.all(prefix, end) : pages.behind.all(afterKey, ABOVE_ALL_TEXT, end);
      for (;;) {
        for (const [key, scope, cells] of page) {
          if (found.length >= limit && found.at(-1)?.key !== key) return found;
          const entity = show({ type, key, scope, cells }, view);
          if (entity !== null) found.push(entity);
        }
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE_ROWS) return found;
        page = pages.behind.all(last[0], last[1], end);
      }
    },
    countEntities: (type: number): number => rows.count.get(type)?.entities ?? 0,
    staged: (): StagedCut | null => staging.staged()?.cut ?? null,
    stage: (manifest: Manifest): StagedCut => {
      const before = staging.staged();
      if (before?.cut.manifest.signature === manifest.signature) return before.cut;
      return inTransaction(database, () => {
        const era = nextEra(eras(), cut(), manifest);
        keepEra(era);
        const fitting = withoutStrayUrgent(manifest, eras(), cut(), era);
        const urgent = fitting.urgent === undefined ? null : urgentEra(eras(), cut());
        if (urgent !== null) keepEra(urgent);
        return staging.begin(fitting, era.era, urgent?.era ?? null);
      });
    },
    applyChunk: (id: ChunkId, cells: readonly Cell[], endsChunk = true, goesOn = (): boolean => true): readonly TouchedEntity[] =>
      inTransaction(database, () => {
        const exposed = cut();
        const { era, followsCut } = staging.place(id, exposed);
        const joined = (start: number, end: number): TouchedEntity => {
          const entity = joinEntity(rows, cells, start, end, era, followsCut);
          onEntity?.(entity);
          return entity;
        };
        const touched: TouchedEntity[] = [];
        let done = 0;
        if (exposed.at === 0) {
          touched.push(...fillCells(rows, eachEntityOf(cells), era, onFirst ?? onEntity));
          done = cells.length;
        }
        while (done < cells.length && (done === 0 || goesOn())) {
          const end = entityEnd(cells, done);
          touched.push(joined(done, end));
          done = end;
        }
        if (endsChunk && done === cells.length) staging.note(id);
        return touched;
      }),
    fillChunk: (id: ChunkId, entities: EachEntity): void =>
      inTransaction(database, () => {
        const exposed = cut();
        assert(exposed.at === 0, 'no cut shows yet');
        fillCells(rows, entities, staging.place(id, exposed).era, onFirst ?? onEntity);
        staging.note(id);
      }),
    proof: (): Manifest | null => {
      const held = readProof.get() ?? null;
      return held === null ? null : readManifest(held);
    },
    heldCuts: cutsBefore.all,
    tellReverted: (after: RevertedEntity | null, maxEntities: number): readonly RevertedEntity[] =>
      inTransaction(database, () => {
        const staged = staging.staged();
        assert(staged !== null, 'a staged cut is exposed');
        const { manifest } = staged.cut;
        const back = goesBack(manifest) ? cutsBefore.all().find(({ lsn }) => lsn === manifest.from.lsn) : undefined;
        if (back === undefined) return [];
        const from = after ?? { at: back.at + 1, type: 0, key: '', scope: '' };
        const page = rows.changedFrom.all(from.at, from.type, from.key, from.scope, toAt(staged.era, 0), maxEntities);
        if (onEntity !== undefined) for (const { type, key, scope } of page) onEntity({ type, key, scope });
        return page;
      }),
    expose: (): Cut =>
      inTransaction(database, () => {
        const row = staging.staged();
        assert(row !== null, 'a staged cut is exposed');
        const { manifest } = row.cut;
        const { to } = manifest;
        const anew = startsAnew(cut(), manifest);
        const staged = eras().find(({ era }) => era === row.era);
        assert(staged !== undefined, 'a staged cut has its era');
        const shown = exposedEra(eras(), staged, to.lsn);
        keepEra(shown);
        const exposed: Cut = { position: to, at: toAt(shown.era, to.lsn) };
        const proof = proofOf(manifest);
        cutsBefore.change(heldAfter(cutsBefore.all(), cut(), eras(), manifest));
        writeCut.run(exposed.at, to.hubEpoch, to.lsn, to.historyHash, proof === null ? null : JSON.stringify(proof));
        if (anew) rows.beginSweep.run(exposed.at);
        staging.end();
        return exposed;
      }),
    exposeUrgent: (): Cut =>
      inTransaction(database, () => {
        const staged = staging.staged();
        assert(staged?.cut.manifest.urgent !== undefined && staged.urgentEra !== null, 'what is urgent is staged');
        const { position } = cut();
        const at = toAt(staged.urgentEra, staged.cut.manifest.urgent.lsn);
        showUrgent.run(at);
        return { position, at };
      }),
    pruneVersions: (minPinnedAt: number, maxEntities: number): boolean =>
      inTransaction(database, () => {
        const bounds = pruneBounds(cutsBefore.all(), eras(), Math.min(minPinnedAt, cut().at));
        return pruneHot(rows, bounds.hot, maxEntities) || pruneRows(rows, bounds.all, maxEntities);
      }),
  };
}

type PageRow = readonly [key: string, scope: string, cells: Uint8Array];

/** Rows of one type up to a key, in order, a page at a time: from a key on, or behind a (key, scope). */
interface Pages {
  readonly from: Statement<[string, string | Uint8Array], PageRow>;
  readonly behind: Statement<[string, string | Uint8Array, string | Uint8Array], PageRow>;
}

const PAGE_ROWS = 256;

/** SQLite orders every text before every blob. */
const ABOVE_ALL_TEXT = new Uint8Array(0);

/** The type and the limit are spelled out: SQLite compiles a statement anew at each run where an order rests on a bound value, and that is dearer than the run. */
function preparePages(database: Database, type: number): Pages {
  assert(Number.isSafeInteger(type), 'a type is a number');
  const page = (start: string): string =>
    `SELECT key, scope, cells FROM sync_entity WHERE type = ${type} AND ${start} AND key < ? ORDER BY key, scope LIMIT ${PAGE_ROWS}`;
  return {
    from: database.prepare<[string, string | Uint8Array], PageRow>(page('key >= ?')).raw(),
    behind: database.prepare<[string, string | Uint8Array, string | Uint8Array], PageRow>(page('(key, scope) > (?, ?)')).raw(),
  };
}

type Rows = ReturnType<typeof prepareRows>;

function prepareRows(database: Database) {
  const pages = new Map<number, Pages>();
  const pagesOf = (type: number): Pages => {
    const known = pages.get(type) ?? preparePages(database, type);
    pages.set(type, known);
    return known;
  };
  return {
    // The one read that a scan waits for: no more columns than it needs, and no row objects.
    byKey: database
      .prepare<[number, string], readonly [scope: string, cells: Uint8Array]>(
        'SELECT scope, cells FROM sync_entity WHERE type = ? AND key = ?',
      )
      .raw(),
    byScope: database.prepare<[number, string, string], { cells: Uint8Array }>(
      'SELECT cells FROM sync_entity WHERE type = ? AND key = ? AND scope = ?',
    ),
    pagesOf,
    count: database.prepare<[number], { entities: number }>('SELECT count(*) AS entities FROM sync_entity WHERE type = ?'),
    insert: database.prepare('INSERT INTO sync_entity (type, key, scope, cells) VALUES (?, ?, ?, ?)'),
    insertNew: database.prepare('INSERT INTO sync_entity (type, key, scope, cells) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    update: database.prepare('UPDATE sync_entity SET cells = ? WHERE type = ? AND key = ? AND scope = ?'),
    remove: database.prepare('DELETE FROM sync_entity WHERE type = ? AND key = ? AND scope = ?'),
    noteSuperseded: database.prepare(
      'INSERT INTO sync_superseded (at, type, key, scope, hot) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hot = max(hot, excluded.hot)',
    ),
    superseded: database.prepare<[number, number], RevertedEntity>(
      'SELECT at, type, key, scope FROM sync_superseded WHERE at <= ? ORDER BY at LIMIT ?',
    ),
    changedFrom: database.prepare<[number, number, string, string, number, number], RevertedEntity>(
      'SELECT at, type, key, scope FROM sync_superseded WHERE (at, type, key, scope) > (?, ?, ?, ?) AND at < ? ORDER BY at, type, key, scope LIMIT ?',
    ),
    hot: database.prepare<[number], RevertedEntity>('SELECT at, type, key, scope FROM sync_superseded WHERE hot = 1 LIMIT ?'),
    cool: database.prepare('UPDATE sync_superseded SET hot = 0 WHERE at = ? AND type = ? AND key = ? AND scope = ?'),
    dropSuperseded: database.prepare('DELETE FROM sync_superseded WHERE at = ? AND type = ? AND key = ? AND scope = ?'),
    beginSweep: database.prepare("INSERT OR REPLACE INTO sync_sweep (id, from_at, type, key, scope) VALUES (1, ?, 0, '', '')"),
    readSweep: database.prepare<[], SweepRow>('SELECT from_at, type, key, scope FROM sync_sweep'),
    moveSweep: database.prepare('UPDATE sync_sweep SET type = ?, key = ?, scope = ?'),
    endSweep: database.prepare('DELETE FROM sync_sweep'),
    sweepFrom: database.prepare<[number, string, string, number], TouchedEntity>(
      'SELECT type, key, scope FROM sync_entity WHERE (type, key, scope) > (?, ?, ?) ORDER BY type, key, scope LIMIT ?',
    ),
  };
}

/** Before the first cut: nearly all of it is new, and is written without looking. What was there already, of a chunk that comes again or of a manifest that was given up, is joined. */
function fillCells(rows: Rows, entities: EachEntity, era: number, onFirst: OnFirst | undefined): readonly TouchedEntity[] {
  const touched: TouchedEntity[] = [];
  const writer = new ByteWriter(512);
  entities((cells) => {
    const { type, key, scope, stamp } = cellAt(cells, 0);
    const bytes = encodeNewCells(writer, cells, toAt(era, stamp));
    const isNew = bytes !== null && rows.insertNew.run(type, key, scope, bytes).changes === 1;
    const entity = isNew ? { type, key, scope } : joinEntity(rows, cells, 0, cells.length, era, false);
    touched.push(entity);
    onFirst?.(entity, isNew ? shownField(cells) : null);
  });
  return touched;
}

/** Of an entity whose cells are these alone, in the order of their fields; null where it does not exist. */
function shownField(cells: readonly Cell[]): Parameters<OnFirst>[1] {
  const existence = cellAt(cells, 0);
  if (existence.field !== EXISTENCE || existence.value !== true) return null;
  return (number) => {
    for (const cell of cells) {
      if (cell.field === number) return cell.generation === existence.generation ? cell.value : undefined;
    }
    return undefined;
  };
}

function cellAt(cells: readonly Cell[], index: number): Cell {
  const cell = cells[index];
  assert(cell !== undefined, 'a cell at its index');
  return cell;
}

/** `followsCut`: a cut was exposed before that a reader may go back to. */
function joinEntity(rows: Rows, cells: readonly Cell[], start: number, end: number, era: number, followsCut: boolean): TouchedEntity {
  const { type, key, scope } = cellAt(cells, start);
  const held = rows.byScope.get(type, key, scope);
  const entity: EntityCells = held === undefined ? new Map() : decodeCells(held.cells);
  let supersededAt = 0;
  let most = 0;
  for (let index = start; index < end; index += 1) {
    const cell = cellAt(cells, index);
    const at = toAt(era, cell.stamp);
    const versions = joinCell(entity, cell.field, { at, generation: cell.generation, value: cell.value });
    if (versions > 1 || followsCut) supersededAt = Math.max(supersededAt, at);
    most = Math.max(most, versions);
  }
  const bytes = encodeCells(entity);
  if (held === undefined) rows.insert.run(type, key, scope, bytes);
  else rows.update.run(bytes, type, key, scope);
  if (supersededAt > 0) rows.noteSuperseded.run(supersededAt, type, key, scope, most > HOT_VERSIONS ? 1 : 0);
  return { type, key, scope };
}

function pruneRow(rows: Rows, entity: TouchedEntity, { floor, views }: PruneBounds): void {
  const { type, key, scope } = entity;
  const held = rows.byScope.get(type, key, scope);
  if (held === undefined) return;
  const pruned = pruneCells(decodeCells(held.cells), floor, views);
  if (pruned.size === 0) {
    rows.remove.run(type, key, scope);
    return;
  }
  const bytes = encodeCells(pruned);
  if (bytes.length !== held.cells.length) rows.update.run(bytes, type, key, scope);
}

/** True where more remain. */
function pruneHot(rows: Rows, bounds: PruneBounds, maxEntities: number): boolean {
  const due = rows.hot.all(maxEntities);
  for (const entity of due) {
    pruneRow(rows, entity, bounds);
    rows.cool.run(entity.at, entity.type, entity.key, entity.scope);
  }
  return due.length === maxEntities;
}

/** True where more remain. */
function pruneRows(rows: Rows, bounds: PruneBounds, maxEntities: number): boolean {
  const { floor } = bounds;
  const due = rows.superseded.all(floor, maxEntities);
  for (const entity of due) {
    pruneRow(rows, entity, bounds);
    rows.dropSuperseded.run(entity.at, entity.type, entity.key, entity.scope);
  }
  if (due.length === maxEntities) return true;
  const sweep = rows.readSweep.get();
  if (sweep === undefined || floor < sweep.from_at) return false;
  const swept = rows.sweepFrom.all(sweep.type, sweep.key, sweep.scope, maxEntities);
  for (const entity of swept) pruneRow(rows, entity, bounds);
  const last = swept.at(-1);
  if (last === undefined || swept.length < maxEntities) rows.endSweep.run();
  else rows.moveSweep.run(last.type, last.key, last.scope);
  return swept.length === maxEntities;
}

function createHeldCuts(database: Database) {
  const all = database.prepare<[], HeldCut>('SELECT at, lsn, history_hash AS historyHash, entities FROM sync_held_cut ORDER BY at');
  const insert = database.prepare('INSERT INTO sync_held_cut (at, lsn, history_hash, entities) VALUES (?, ?, ?, ?)');
  const count = database.prepare('UPDATE sync_held_cut SET entities = ? WHERE at = ?');
  const remove = database.prepare('DELETE FROM sync_held_cut WHERE at = ?');
  return {
    all: (): readonly HeldCut[] => all.all(),
    /** From what is held to what is to be held. */
    change: (next: readonly HeldCut[]): void => {
      const before = new Map(all.all().map((cut) => [cut.at, cut.entities]));
      for (const { at, lsn, historyHash, entities } of next) {
        if (!before.has(at)) insert.run(at, lsn, historyHash, entities);
        else if (before.get(at) !== entities) count.run(entities, at);
        before.delete(at);
      }
      for (const at of before.keys()) remove.run(at);
    },
  };
}

/** Null where the disk gives another text than was written: then it is none. */
function readManifest(text: string): Manifest | null {
  try {
    const read = parseManifest(JSON.parse(text));
    return read.ok ? read.value : null;
  } catch {
    return null;
  }
}

interface StagedRow {
  readonly manifest: string;
  readonly era: number;
  readonly urgentEra: number | null;
}

function createStagingTables(database: Database) {
  const readStaged = database.prepare<[], StagedRow>('SELECT manifest, era, urgent_era AS urgentEra FROM sync_staged');
  const writeStaged = database.prepare('INSERT OR REPLACE INTO sync_staged (id, manifest, era, urgent_era) VALUES (1, ?, ?, ?)');
  const clearStaged = database.prepare('DELETE FROM sync_staged');
  const allSegments = database.prepare<[], SegmentProgress & { hash: string }>(
    'SELECT hash, chunks_applied AS applied, chunk_count AS chunkCount FROM sync_staged_segment',
  );
  const readSegment = database.prepare<[string], { applied: number }>(
    'SELECT chunks_applied AS applied FROM sync_staged_segment WHERE hash = ?',
  );
  const writeSegment = database.prepare('INSERT OR REPLACE INTO sync_staged_segment (hash, chunks_applied, chunk_count) VALUES (?, ?, ?)');
  const clearSegments = database.prepare('DELETE FROM sync_staged_segment');
  const dropSegment = database.prepare('DELETE FROM sync_staged_segment WHERE hash = ?');
  const progress = (): ReadonlyMap<string, SegmentProgress> =>
    new Map(allSegments.all().map(({ hash, applied, chunkCount }) => [hash, { applied, chunkCount }]));
  // A manifest names thousands of segments at most, and each of its chunks asks for it again.
  let parsed: { readonly text: string; readonly manifest: Manifest | null } | null = null;
  const manifestOf = (row: StagedRow): Manifest | null => {
    if (parsed?.text !== row.manifest) parsed = { text: row.manifest, manifest: readManifest(row.manifest) };
    return parsed.manifest;
  };
  return {
    staged: (): (Omit<StagedRow, 'manifest'> & { readonly cut: StagedCut }) | null => {
      const row = readStaged.get();
      const manifest = row === undefined ? null : manifestOf(row);
      if (row === undefined || manifest === null) return null;
      return { cut: { manifest, progress: progress() }, era: row.era, urgentEra: row.urgentEra };
    },
    /** What was applied for the manifest before, in the same eras, need not come again. */
    begin: (manifest: Manifest, era: number, ownUrgentEra: number | null): StagedCut => {
      const before = readStaged.get();
      const named = new Set([...manifest.segments, ...(manifest.urgent?.segments ?? [])].map(({ hash }) => hash));
      for (const hash of progress().keys()) {
        const earlier = before === undefined ? null : manifestOf(before);
        const isHeld =
          before !== undefined && earlier !== null && isUrgent(earlier, hash)
            ? isUrgent(manifest, hash) && before.urgentEra === ownUrgentEra
            : earlier !== null && before?.era === era && !isUrgent(manifest, hash);
        if (!isHeld || !named.has(hash)) dropSegment.run(hash);
      }
      writeStaged.run(JSON.stringify(manifest), era, ownUrgentEra);
      return { manifest, progress: progress() };
    },
    /** As what the cells of a chunk come. `era`: that they belong to; `followsCut`: they come on top of what is exposed. */
    place: ({ segment, chunk, chunkCount }: ChunkId, exposed: Cut): { readonly era: number; readonly followsCut: boolean } => {
      const row = readStaged.get();
      assert(row !== undefined, 'chunks are applied to a staged cut');
      const applied = readSegment.get(segment)?.applied ?? 0;
      assert(chunk <= applied && chunk < chunkCount, 'chunks are applied in order');
      const manifest = manifestOf(row);
      assert(manifest !== null, 'what was staged reads back');
      return {
        era: row.urgentEra !== null && isUrgent(manifest, segment) ? row.urgentEra : row.era,
        followsCut: exposed.at > 0 && !startsAnew(exposed, manifest),
      };
    },
    /** All of the chunk is applied; noted where it is the next one of its segment. */
    note: ({ segment, chunk, chunkCount }: ChunkId): void => {
      if (chunk === (readSegment.get(segment)?.applied ?? 0)) writeSegment.run(segment, chunk + 1, chunkCount);
    },
    end: (): void => {
      clearSegments.run();
      clearStaged.run();
    },
  };
}
