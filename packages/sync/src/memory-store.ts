/** `ReplicaStore` in memory: the peer that tests and the simulator run beside SQLite, under the same contract suite. */
import { assert, err, ok, type Hash } from '@holdfast/base';

import {
  joinCell,
  pruneCells,
  toAt,
  viewAt,
  viewRow,
  type Cut,
  type EntityCells,
  type Era,
  type ScopedEntity,
  type TouchedEntity,
} from './down/cells.ts';
import { heldAfter, HOT_VERSIONS, pruneBounds } from './down/held-cuts.ts';
import { chainEntry, genesisHead, isEpoch, type ChainedEntry, type SignedHead } from './replica/ledger.ts';
import type { Schemas } from './schema.ts';
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
  type EpochParent,
  type EpochState,
  type HeldCut,
  type HubClock,
  type Identity,
  type LedgerPlace,
  type OnEntity,
  type ReplicaStore,
  type RevertedEntity,
  type SegmentProgress,
} from './store.ts';
import { compareBytewise } from './wire/bytes.ts';
import { MAX_LSN, proofOf, type Manifest, type SegmentRef } from './wire/protocol.ts';

export interface MemoryStoreOptions {
  readonly schemas: Schemas;
  readonly hash: Hash;
  readonly onEntity?: OnEntity;
}

interface MemoryEpoch {
  state: EpochState;
  readonly entries: { readonly entry: ChainedEntry; readonly kind: number }[];
}

interface MemoryRow extends TouchedEntity {
  cells: EntityCells;
}

interface MemoryStaged {
  readonly manifest: Manifest;
  readonly era: number;
  readonly urgentEra: number | null;
  readonly progress: Map<string, SegmentProgress>;
}

/** What was applied for the manifest before, in the same eras, need not come again. */
function keptProgress(before: MemoryStaged | null, next: Omit<MemoryStaged, 'progress'>): Map<string, SegmentProgress> {
  const kept = new Map<string, SegmentProgress>();
  const hasSame = before?.era === next.era;
  const hasSameUrgent = before?.urgentEra === next.urgentEra;
  const keep = (refs: readonly SegmentRef[], isHeld: boolean, wasUrgent: boolean): void => {
    for (const { hash } of isHeld ? refs : []) {
      const progress = before?.progress.get(hash);
      if (before !== null && progress !== undefined && isUrgent(before.manifest, hash) === wasUrgent) kept.set(hash, progress);
    }
  };
  keep(next.manifest.segments, hasSame, false);
  keep(next.manifest.urgent?.segments ?? [], hasSameUrgent, true);
  return kept;
}

const rowName = (entity: TouchedEntity): string => `${entity.type}\n${entity.scope}\n${entity.key}`;

/** Rows that changed since something was exposed, by the `at` from which on older versions may go; and rows of eras that ended. */
type Superseded = Map<string, number>;

export function createMemoryStore(options: MemoryStoreOptions): ReplicaStore {
  const { schemas, hash, onEntity } = options;
  let identity: Identity | null = null;
  let hubClock: HubClock | null = null;
  const epochs: MemoryEpoch[] = [];
  const rows = new Map<string, MemoryRow>();
  const superseded: Superseded = new Map();
  const foldCheckpoints = new Map<string, SignedHead>();
  const hot = new Set<string>();
  let cutsBefore: readonly HeldCut[] = [];
  const eras: Era[] = [];
  let exposed: Cut | null = null;
  let proof: Manifest | null = null;
  let staged: MemoryStaged | null = null;

  const keepEra = (era: Era): void => {
    if (eras.every((held) => held.era !== era.era)) eras.push(era);
  };
  const epochNamed = (epoch: string): MemoryEpoch | undefined => epochs.find(({ state }) => state.epoch === epoch);
  const cut = (): Cut => exposed ?? { position: originPosition(identity?.hubEpoch ?? '0'.repeat(16)), at: 0 };

  function openEpoch(device: string, epoch: string, parent: EpochParent | null): EpochState {
    assert(isEpoch(epoch) && epochNamed(epoch) === undefined, `epoch ${epoch} is new`);
    const head = genesisHead(device, epoch, parent?.hash ?? null);
    const state: EpochState = {
      device,
      epoch,
      parent,
      headSeq: 0,
      headHash: head.hash,
      confirmedSeq: 0,
      safeSeq: 0,
      begin: null,
      diverged: false,
    };
    epochs.push({ state, entries: [] });
    return state;
  }

  const shared = new Map<string, LedgerPlace>();
  function noteShared(place: LedgerPlace): void {
    const held = epochNamed(place.epoch);
    assert(held !== undefined && place.seq >= 0 && place.seq <= held.state.headSeq, `${place.epoch} is shared up to ${place.seq}`);
    const { device } = held.state;
    const states = epochs.map(({ state }) => state);
    if (isFurther(states, place, shared.get(device) ?? null)) shared.set(device, { epoch: place.epoch, seq: place.seq });
  }

  const shown = (candidates: Iterable<MemoryRow>, at: number): readonly ScopedEntity[] => {
    const view = viewAt(at, eras);
    return [...candidates].map((row) => viewRow(row, view)).filter((entity) => entity !== null);
  };

  const compareRows = (left: TouchedEntity, right: TouchedEntity): number =>
    compareBytewise(left.key, right.key) || compareBytewise(left.scope, right.scope);

  return {
    identity: () => identity,
    enrol: (answer, firstEpoch) => {
      const other = epochs.find(({ state }) => state.device !== answer.device && state.confirmedSeq < state.headSeq);
      if (other !== undefined) return err({ type: 'entries-waiting-under-another-device', device: other.state.device });
      if (epochs.at(-1)?.state.device !== answer.device) openEpoch(answer.device, firstEpoch, null);
      identity = answer;
      return ok(answer);
    },
    hubClock: () => hubClock,
    setHubClock: (clock) => {
      hubClock = clock;
    },

    epochs: () => epochs.map(({ state }) => state),
    mintEpoch: (epoch) => {
      const last = epochs.at(-1)?.state;
      assert(last !== undefined, 'an epoch is minted after enrolment');
      const parent = last.headSeq > 0 ? { epoch: last.epoch, seq: last.headSeq, hash: last.headHash } : last.parent;
      return openEpoch(last.device, epoch, parent);
    },
    append: (draft) => {
      const current = epochs.at(-1);
      assert(current !== undefined, 'entries are appended after enrolment');
      const { device, epoch, headSeq, headHash } = current.state;
      const entry = chainEntry(hash, { device, epoch, seq: headSeq, hash: headHash }, draft, schemas);
      current.entries.push({ entry, kind: draft.kind });
      current.state = { ...current.state, headSeq: entry.id.seq, headHash: entry.hash };
      return entry;
    },
    entriesAfter: (epoch, afterSeq, maxEntries, maxBytes) => {
      const found: ChainedEntry[] = [];
      let bytes = 0;
      const held = epochNamed(epoch);
      const from = Math.max(afterSeq, held?.state.begin?.seq ?? 0);
      for (const { entry } of held?.entries.slice(from, from + maxEntries) ?? []) {
        bytes += entry.canonical.length;
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(entry);
      }
      return found;
    },
    hashAt: (epoch, seq) => {
      const held = epochNamed(epoch);
      return seq < (held?.state.begin?.seq ?? 0) ? null : (held?.entries[seq - 1]?.entry.hash ?? null);
    },
    foldCheckpoints: () => [...foldCheckpoints.values()],
    keepFoldCheckpoint: (checkpoint) => {
      const name = `${checkpoint.device} ${checkpoint.epoch}`;
      if (checkpoint.seq > (foldCheckpoints.get(name)?.seq ?? 0)) foldCheckpoints.set(name, checkpoint);
    },
    forget: (upTo) => {
      const held = epochNamed(upTo.epoch);
      assert(
        held !== undefined && isForgettable(held.state, upTo, held.entries[upTo.seq - 1]?.entry.hash),
        'only what is safe is forgotten',
      );
      held.state = { ...held.state, begin: upTo };
    },
    confirm: (progress, safe) => {
      for (const { epoch, confirmedSeq, diverged } of progress) {
        const held = epochNamed(epoch);
        assert(
          held !== undefined && confirmedSeq >= 0 && confirmedSeq <= held.state.headSeq,
          `epoch ${epoch} confirmed to ${confirmedSeq}`,
        );
        held.state = { ...held.state, confirmedSeq: Math.max(confirmedSeq, held.state.begin?.seq ?? 0), diverged };
        if (diverged) noteShared({ epoch, seq: held.state.headSeq });
      }
      for (const held of epochs) {
        const safeSeq = Math.min(safe[held.state.epoch] ?? 0, held.state.confirmedSeq);
        held.state = { ...held.state, safeSeq };
      }
    },
    sharedUpTo: () => shared.get(epochs.at(-1)?.state.device ?? '') ?? null,
    noteShared,
    waiting: () => {
      const byKind = new Map<number, number>();
      let entries = 0;
      for (const { state, entries: all } of epochs) {
        for (const { kind } of all.slice(state.confirmedSeq)) byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
        entries += state.headSeq - state.confirmedSeq;
      }
      return { entries, byKind };
    },

    cut,
    proof: () => proof,
    newestAt: () => newestOf(eras, MAX_LSN),
    readEntity: (type, key, at) => shown([...rows.values()].filter((row) => row.type === type && row.key === key).sort(compareRows), at),
    readPrefix: (type, prefix, at, limit, afterKey) => {
      const candidates = [...rows.values()].filter(
        (row) => row.type === type && row.key.startsWith(prefix) && (afterKey === undefined || compareBytewise(row.key, afterKey) > 0),
      );
      const found = shown(candidates.sort(compareRows), at);
      const last = found[limit - 1];
      return last === undefined ? found : found.filter((entity, index) => index < limit || entity.key === last.key);
    },
    countEntities: (type) => [...rows.values()].filter((row) => row.type === type).length,
    staged: () => staged && { manifest: staged.manifest, progress: new Map(staged.progress) },
    stage: (manifest) => {
      if (staged?.manifest.signature !== manifest.signature) {
        const era = nextEra(eras, cut(), manifest);
        keepEra(era);
        const fitting = withoutStrayUrgent(manifest, eras, cut(), era);
        const urgent = fitting.urgent === undefined ? null : urgentEra(eras, cut());
        if (urgent !== null) keepEra(urgent);
        const next = { manifest: fitting, era: era.era, urgentEra: urgent?.era ?? null };
        staged = { ...next, progress: keptProgress(staged, next) };
      }
      return { manifest: staged.manifest, progress: new Map(staged.progress) };
    },
    applyChunk: ({ segment, chunk, chunkCount }, cells, endsChunk = true, goesOn = () => true) => {
      assert(staged !== null, 'chunks are applied to a staged cut');
      const applied = staged.progress.get(segment)?.applied ?? 0;
      assert(chunk <= applied && chunk < chunkCount, 'chunks are applied in order');
      const touched = new Map<string, TouchedEntity>();
      const followsCut = exposed !== null && !startsAnew(exposed, staged.manifest);
      let isWhole = true;
      for (const cell of cells) {
        const name = rowName(cell);
        if (exposed !== null && touched.size > 0 && !touched.has(name) && !goesOn()) {
          isWhole = false;
          break;
        }
        const row = rows.get(name) ?? { type: cell.type, key: cell.key, scope: cell.scope, cells: new Map() };
        rows.set(name, row);
        const at = toAt(isUrgent(staged.manifest, segment) ? (staged.urgentEra ?? staged.era) : staged.era, cell.stamp);
        const versions = joinCell(row.cells, cell.field, { at, generation: cell.generation, value: cell.value });
        if (versions > 1 || followsCut) superseded.set(name, at);
        if (versions > HOT_VERSIONS) hot.add(name);
        touched.set(name, { type: row.type, key: row.key, scope: row.scope });
      }
      for (const entity of touched.values()) onEntity?.(entity);
      if (endsChunk && isWhole) staged.progress.set(segment, { applied: Math.max(chunk + 1, applied), chunkCount });
      return [...touched.values()];
    },
    tellReverted: (after, maxEntities) => {
      assert(staged !== null, 'a staged cut is exposed');
      const { manifest, era } = staged;
      const back = goesBack(manifest) ? cutsBefore.find(({ lsn }) => lsn === manifest.from.lsn) : undefined;
      if (back === undefined) return [];
      const lost = [...superseded]
        .filter(([, at]) => at > back.at && at < toAt(era, 0))
        .map(([name, at]): RevertedEntity => {
          const row = rows.get(name);
          assert(row !== undefined, 'a row that changed');
          return { at, type: row.type, key: row.key, scope: row.scope };
        });
      const ordered = lost.sort((left, right) => left.at - right.at || compareBytewise(rowName(left), rowName(right)));
      const start = after === null ? 0 : ordered.findIndex((entity) => entity.at === after.at && rowName(entity) === rowName(after)) + 1;
      const page = ordered.slice(start, start + maxEntities);
      for (const { type, key, scope } of page) onEntity?.({ type, key, scope });
      return page;
    },
    heldCuts: () => cutsBefore,
    expose: () => {
      assert(staged !== null, 'a staged cut is exposed');
      const { to } = staged.manifest;
      const anew = startsAnew(cut(), staged.manifest);
      const { era } = staged;
      const own = eras.find((held) => held.era === era);
      assert(own !== undefined, 'a staged cut has its era');
      const shownEra = exposedEra(eras, own, to.lsn);
      keepEra(shownEra);
      cutsBefore = heldAfter(cutsBefore, cut(), eras, staged.manifest);
      exposed = { position: to, at: toAt(shownEra.era, to.lsn) };
      proof = proofOf(staged.manifest);
      // What the new history does not share may go once nobody reads the old one.
      if (anew) for (const name of rows.keys()) superseded.set(name, exposed.at);
      staged = null;
      return exposed;
    },
    exposeUrgent: () => {
      assert(staged?.manifest.urgent !== undefined && staged.urgentEra !== null, 'what is urgent is staged');
      exposed = { position: cut().position, at: toAt(staged.urgentEra, staged.manifest.urgent.lsn) };
      return exposed;
    },
    pruneVersions: (minPinnedAt, maxEntities) => {
      const bounds = pruneBounds(cutsBefore, eras, Math.min(minPinnedAt, cut().at));
      const { floor, views } = bounds.all;
      for (const name of hot) {
        const row = rows.get(name);
        if (row !== undefined) row.cells = pruneCells(row.cells, bounds.hot.floor, bounds.hot.views);
      }
      hot.clear();
      const due = [...superseded].filter(([, at]) => at <= floor);
      for (const [name] of due.slice(0, maxEntities)) {
        superseded.delete(name);
        const row = rows.get(name);
        if (row === undefined) continue;
        row.cells = pruneCells(row.cells, floor, views);
        if (row.cells.size === 0) rows.delete(name);
        else if ([...row.cells.values()].some((versions) => versions.length > 1)) superseded.set(name, newestAt(row.cells));
      }
      return due.length > maxEntities;
    },
  };
}

const newestAt = (cells: EntityCells): number => Math.max(...[...cells.values()].map((versions) => versions[0]?.at ?? 0));
