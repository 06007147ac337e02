/**
 * The device's side of storage, as a port. Synchronous: SQLite is. Two connections may use one database (a till's main
 * thread appends and reads, its worker confirms and applies): nothing that changes is cached in an adapter.
 *
 * `append` runs inside the caller's transaction (the sale and its entry stand or fall together); every other writing call is
 * one transaction of its own, or part of the caller's where one is open. One contract suite (`store-contract.ts`) holds for all adapters.
 */
import type { Result } from '@holdfast/base';

import {
  baseEra,
  eraOf,
  lsnOf,
  toAt,
  type Cell,
  type Cut,
  type Era,
  type Position,
  type ScopedEntity,
  type EachEntity,
  type TouchedEntity,
} from './down/cells.ts';
import type { ChainedEntry, EntryDraft, SignedHead, Vector } from './replica/ledger.ts';
import type { Scalar } from './schema.ts';
import { sameBytes } from './wire/bytes.ts';
import type { EnrolAnswer, Manifest } from './wire/protocol.ts';

/** What enrolment made of this device, without the secrets that were told with it. */
export type Identity = Omit<EnrolAnswer, 'equipment'>;

/** The entry that an epoch continues. An epoch that was left before its first entry is nobody's parent: its own parent is. */
export interface EpochParent {
  readonly epoch: string;
  /** ≥ 1. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** One epoch of this device's ledger; the last of `epochs()` is the one that grows. */
export interface EpochState {
  readonly device: string;
  readonly epoch: string;
  /** Null for the first epoch of a device. */
  readonly parent: EpochParent | null;
  readonly headSeq: number;
  readonly headHash: Uint8Array;
  /** The hub holds this device's own entries up to here, on the main line or as a branch. May go back where a hub lost what it had. */
  readonly confirmedSeq: number;
  /** Forget nothing above. */
  readonly safeSeq: number;
  /** The last entry that was forgotten, by `signBegin`: what is held follows it. Null: all is held. */
  readonly begin: SignedHead | null;
  /** The hub holds another history under this epoch: what stands here goes up as a branch, and nothing is appended any more. */
  readonly diverged: boolean;
}

/** An entry of an epoch; 0: before its first. */
export interface LedgerPlace {
  readonly epoch: string;
  readonly seq: number;
}

export interface EpochProgress {
  readonly epoch: string;
  readonly confirmedSeq: number;
  readonly diverged: boolean;
}

export interface Waiting {
  readonly entries: number;
  /** Kind → entries that the hub does not hold yet; kinds with none are absent. */
  readonly byKind: ReadonlyMap<number, number>;
}

/** hub clock − device clock at the last contact. */
export interface HubClock {
  readonly hubOffsetMs: number;
  readonly uncertaintyMs: number;
}

export interface SegmentProgress {
  /** Chunks applied so far; always the first ones. */
  readonly applied: number;
  readonly chunkCount: number;
}

/** A manifest that is being applied; it survives a kill. */
export interface StagedCut {
  /** Without what is urgent in it where that cannot be shown over the exposed cut: what comes belongs to another history. */
  readonly manifest: Manifest;
  /** By segment hash; absent: nothing applied. */
  readonly progress: ReadonlyMap<string, SegmentProgress>;
}

/** A cut before the exposed one, of the same history, that is still held whole. */
export interface HeldCut {
  readonly at: number;
  readonly lsn: number;
  readonly historyHash: string;
  /** Entities that came with what was exposed next, or more: what holding this cut costs. */
  readonly entities: number;
}

/** An entity that a lost history changed, with where that lies. */
export interface RevertedEntity extends TouchedEntity {
  readonly at: number;
}

/** Which chunk of a segment. */
export interface ChunkId {
  readonly segment: string;
  readonly chunk: number;
  readonly chunkCount: number;
}

export type EnrolError = { readonly type: 'entries-waiting-under-another-device'; readonly device: string };

export interface ReplicaStore {
  // identity
  identity(): Identity | null;
  /** `firstEpoch` (16 hex digits) is opened if this device has none yet. */
  enrol(identity: Identity, firstEpoch: string): Result<Identity, EnrolError>;
  hubClock(): HubClock | null;
  setHubClock(clock: HubClock): void;

  // ledger
  /** Oldest first; empty before enrolment. */
  epochs(): readonly EpochState[];
  /** Opens an epoch whose parent is the present head. Asserts that `epoch` is new. */
  mintEpoch(epoch: string): EpochState;
  /** Asserts: enrolled, and (SQLite) inside the caller's transaction. */
  append(draft: EntryDraft): ChainedEntry;
  /** In seq order, from `afterSeq` + 1 (or from the first that is not forgotten); stops before `maxBytes` of canonical bytes are passed, but never before the first entry. */
  entriesAfter(epoch: string, afterSeq: number, maxEntries: number, maxBytes: number): readonly ChainedEntry[];
  /** Of an entry that is held, or is the last that was forgotten. */
  hashAt(epoch: string, seq: number): Uint8Array | null;
  /** Drops what leads to an entry of this device's own, and the entry (SPEC: U-23). Asserts that all of it is safe, on the main line, and not the epoch's last. */
  forget(upTo: SignedHead): void;
  /** Of an epoch whose hub holds another history the whole is noted as shared. */
  confirm(progress: readonly EpochProgress[], safe: Vector): void;
  /**
   * Up to where this device's ledger, and with it all that it may spend, may stand in another database as well (SPEC: I-8), as far as it was noted; null: it has learned of no such one since it was
   * enrolled as this device.
   */
  sharedUpTo(): LedgerPlace | null;
  /** Notes it for good; what lies before the place that is noted already changes nothing. Asserts that the epoch is one of this device's own. */
  noteShared(place: LedgerPlace): void;
  /** From where on whoever is new needs this device's epochs, and those of its siblings, as each device signed it (SPEC: N-18): the furthest of each epoch that was kept. */
  foldCheckpoints(): readonly SignedHead[];
  /** One whose signature is right. */
  keepFoldCheckpoint(checkpoint: SignedHead): void;
  /** Cheap: no scan over entries. */
  waiting(): Waiting;

  // cells
  /** The exposed cut; before the first one a position at LSN 0 and `at` 0, where nothing exists. */
  cut(): Cut;
  /** The manifest that led to the exposed cut's position, as `proofOf` leaves it; null before the first, and where it was too long. */
  proof(): Manifest | null;
  /** Reads with it see all that was applied, exposed or not: for indexes that `OnEntity` keeps. */
  newestAt(): number;
  /** In no particular order; asserts nothing about `at` beyond being a cut this store once exposed. */
  readEntity(type: number, key: string, at: number): readonly ScopedEntity[];
  /** By key (bytewise), then scope; ends after `limit` entities, but never between two scopes of a key. `afterKey` continues a scan. */
  readPrefix(type: number, prefix: string, at: number, limit: number, afterKey?: string): readonly ScopedEntity[];
  /** Rows of a type under any cut, removed ones included: for a status, not for a hot path. */
  countEntities(type: number): number;
  staged(): StagedCut | null;
  /** Begins (or, for the same manifest, continues) a cut. */
  stage(manifest: Manifest): StagedCut;
  /**
   * One transaction: joins the cells and, where these end the chunk, notes it as applied. A chunk whose last part never came is not
   * applied; its first parts do no harm, for applying anything again changes nothing. `goesOn` is asked behind each entity but the last: where it says no, those behind it are left, and
   * nothing is noted. Answers the entities that it joined, one after the other as their cells stand. Before the first cut it asks nobody.
   */
  applyChunk(id: ChunkId, cells: readonly Cell[], endsChunk?: boolean, goesOn?: () => boolean): readonly TouchedEntity[];
  /** As `applyChunk` for a whole chunk, where no cut shows yet. Absent: by that. */
  fillChunk?(id: ChunkId, entities: EachEntity): void;
  /**
   * Where the staged cut goes back to one that is held (SPEC: D-19): tells `onEntity` of entities that were changed since, behind `after`, as no chunk may touch them; fewer than
   * `maxEntities` where these were the last. To be done before it is exposed.
   */
  tellReverted(after: RevertedEntity | null, maxEntities: number): readonly RevertedEntity[];
  /** Makes the staged cut the exposed one, whole. */
  expose(): Cut;
  /** Cuts before the exposed one that are held whole, the oldest first: as long as a cut is named here, each reader at it sees what it saw then. */
  heldCuts(): readonly HeldCut[];
  /**
   * Shows the urgent publications of the staged manifest, all of whose chunks are applied, over the exposed cut, whose position stays (SPEC: D-13). Asserts that `stage` said
   * that they can be shown.
   */
  exposeUrgent(): Cut;
  /** Drops versions that no cut at or above `minPinnedAt`, and none that is held, can see; at most `maxEntities` a call. True where more remain. */
  pruneVersions(minPinnedAt: number, maxEntities: number): boolean;
}

/** Whether `place` lies behind `known`, by the order in which the epochs began. */
export function isFurther(epochs: readonly Pick<EpochState, 'epoch'>[], place: LedgerPlace, known: LedgerPlace | null): boolean {
  if (known === null) return true;
  const numberOf = ({ epoch }: LedgerPlace): number => epochs.findIndex((candidate) => candidate.epoch === epoch);
  const [of, before] = [numberOf(place), numberOf(known)];
  return of === before ? place.seq > known.seq : of > before;
}

/** Whether an epoch may begin behind `upTo`, whose entry has this hash. */
export const isForgettable = (
  { device, headSeq, safeSeq, begin, diverged }: EpochState,
  upTo: SignedHead,
  hash: Uint8Array | undefined,
): boolean =>
  !diverged &&
  device === upTo.device &&
  upTo.seq > (begin?.seq ?? 0) &&
  upTo.seq <= safeSeq &&
  // The next epoch's parent, and where the clock stood.
  upTo.seq < headSeq &&
  hash !== undefined &&
  sameBytes(hash, upTo.hash);

/** Up to where an epoch's checkpoint may lie (SPEC: N-18); 0: nowhere. Who begins there can bring what follows only to a hub that holds that place, and what is confirmed a hub may lose. */
export const mostCheckpointSeq = ({ safeSeq, diverged }: EpochState): number => (diverged ? 0 : safeSeq);

/** Called inside the transaction that applies a chunk, once for each entity it touched. */
export type OnEntity = (entity: TouchedEntity) => void;

/** As `OnEntity`, before the first cut shows. `field`: one of the entity's by its number, of which nothing was held before; null where cells were joined, or it does not exist: whoever wants to know reads it. */
export type OnFirst = (entity: TouchedEntity, field: ((number: number) => Scalar | undefined) | null) => void;

/** Where a device stands that has nothing yet. */
export const originPosition = (hubEpoch: string): Position => ({ hubEpoch, lsn: 0, historyHash: '0'.repeat(64) });

/** A manifest that starts from nothing, while something is exposed: what it brings replaces all that is held. */
export const startsAnew = (cut: Cut, manifest: Manifest): boolean => manifest.from.lsn === 0 && cut.position.lsn > 0;

/** A manifest that leads back to a cut that is held, and on from there. */
export const goesBack = (manifest: Manifest): boolean => manifest.rebase && manifest.from.lsn > 0;

/**
 * The era that a manifest's cells belong to: the last one, or a new one where the hub's epoch changed (it forks off at the position that the
 * device stands at, or goes back to) or where everything is replaced (it shares nothing). Eras of urgent publications are passed over.
 */
export function nextEra(eras: readonly Era[], cut: Cut, manifest: Manifest): Era {
  const { hubEpoch } = manifest.to;
  const last = baseEra(eras);
  if (last === null) return { era: 1, hubEpoch, forkLsn: 0 };
  const exposed = cut.at === 0 || baseEra(eras, eraOf(cut.at))?.era === last.era;
  const anew = startsAnew(cut, manifest);
  // What an abandoned manifest staged in an era that was never exposed may stay only where this one continues that very history.
  if (last.hubEpoch === hubEpoch && exposed && !anew && !goesBack(manifest)) return last;
  return { era: lastEra(eras) + 1, hubEpoch, forkLsn: anew ? 0 : manifest.from.lsn, ...parentAt(eras, cut) };
}

const parentAt = (eras: readonly Era[], cut: Cut): Pick<Era, 'parent'> => {
  const base = cut.at === 0 ? null : baseEra(eras, eraOf(cut.at));
  return base === null ? {} : { parent: base.era };
};

const lastEra = (eras: readonly Era[]): number => eras.at(-1)?.era ?? 0;

/** What was urgent in a manifest, left out where it cannot be shown: nothing is exposed yet that it could be shown over, or `era`, which the rest of it belongs to, is another history. */
export function withoutStrayUrgent(manifest: Manifest, eras: readonly Era[], cut: Cut, era: Era): Manifest {
  const { urgent, ...rest } = manifest;
  const isFitting =
    urgent === undefined ||
    (cut.at > 0 && baseEra(eras, eraOf(cut.at))?.era === era.era && urgent.lsn > Math.max(cut.position.lsn, lsnOf(cut.at)));
  return isFitting ? manifest : rest;
}

/** The era that urgent cells belong to, over the exposed cut: the one that it is in already, or a new one. */
export function urgentEra(eras: readonly Era[], cut: Cut): Era {
  const held = eras.find(({ era }) => era === eraOf(cut.at));
  if (held?.urgent === true) return held;
  const unshown = eras.at(-1);
  // One that was staged and never shown may go on where it lies over this very cut.
  if (unshown?.urgent === true && unshown.forkLsn === cut.position.lsn && baseEra(eras, unshown.era)?.era === eraOf(cut.at)) return unshown;
  return { era: lastEra(eras) + 1, hubEpoch: cut.position.hubEpoch, forkLsn: cut.position.lsn, urgent: true, ...parentAt(eras, cut) };
}

/** Where a cut stands whose cells were staged in `era`: there, or beyond the urgent ones that were shown meanwhile, which it replaces. */
export function exposedEra(eras: readonly Era[], era: Era, lsn: number): Era {
  return lastEra(eras) === era.era ? era : { era: lastEra(eras) + 1, hubEpoch: era.hubEpoch, forkLsn: lsn, parent: era.era };
}

/**
 * Versions at or below it that nobody sees may go, where `at` is the lowest cut that is read. Beneath a cut that shows what is urgent lies what is being applied: its floor is the cut
 * that it was shown over.
 */
export function pruneFloor(eras: readonly Era[], at: number): number {
  const era = eras.find((candidate) => candidate.era === eraOf(at));
  const base = era?.urgent === true ? baseEra(eras, era.era) : null;
  return base === null || era === undefined ? at : toAt(base.era, era.forkLsn);
}

/** Which segments of a manifest are urgent. */
export const isUrgent = (manifest: Manifest, segment: string): boolean =>
  manifest.urgent?.segments.some(({ hash }) => hash === segment) === true;

/** Where the newest cells of all that is applied stand, exposed or not, but for urgent ones, which all come again. */
export const newestOf = (eras: readonly Era[], maxLsn: number): number => toAt(baseEra(eras)?.era ?? 0, maxLsn);

/** The hub knows two histories of this device (SPEC: I-8). Where they parted it does not say: what is here so far may be there as well. False: that was known. */
export function noteForked(store: Pick<ReplicaStore, 'epochs' | 'sharedUpTo' | 'noteShared'>): boolean {
  const growing = store.epochs().at(-1);
  if (growing === undefined || store.sharedUpTo() !== null) return false;
  store.noteShared({ epoch: growing.epoch, seq: growing.headSeq });
  return true;
}
