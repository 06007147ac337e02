/**
 * A device's replica: the engine (`engine.ts`) with its effects carried out over a store, a transport and timers. A till's
 * worker creates one and calls `start`; whoever appends calls `appended` after the commit; whoever holds the poke socket calls `poked`.
 */
import {
  err,
  InvariantError,
  ok,
  unreachable,
  type Cipher,
  type Clock,
  type Compression,
  type Hash,
  type Logger,
  type Random,
  type Result,
  type Signer,
  type Timers,
  type Verifier,
} from '@holdfast/base';

import { entityEnd, lsnOf, type Cell, type Cut } from '../down/cells.ts';
import { isHeld } from '../down/held-cuts.ts';
import { isSealed, openSealed } from '../down/sealed-frame.ts';
import { createMemoryParts, type SegmentParts } from '../down/segment-parts.ts';
import { openSegment, SEGMENT_LIMITS, type Segment } from '../down/segment.ts';
import {
  noteForked,
  originPosition,
  type ChunkId,
  type EpochState,
  type Identity,
  type ReplicaStore,
  type RevertedEntity,
  type StagedCut,
  type Waiting,
} from '../store.ts';
import { BATCH_CODEC_VERSION, encodeBatch, type Batch, type BatchCodec } from '../wire/batch.ts';
import { base64ToBytes, bytesToHex, joinBytes } from '../wire/bytes.ts';
import { decodeLevelAnswer, encodeLevelQuestion, levelMark } from '../wire/level.ts';
import {
  DOWN_FORM,
  verifyManifest,
  type EnrolAnswer,
  type EnrolRequest,
  type Equipment,
  type LedgerAnswer,
  type Manifest,
  type ManifestRequest,
  type SegmentRef,
  type TornBatch,
} from '../wire/protocol.ts';
import { traceIdOf } from '../wire/trace.ts';
import { createWriteSize, type WriteSize } from '../wire/write-size.ts';
import {
  ENGINE_DEFAULTS,
  INITIAL_STATE,
  step,
  type Effect,
  type EngineEvent,
  type EngineOptions,
  type EngineState,
  type FailedCall,
  type Failure,
  type SentBatch,
  type TimerName,
  type Told,
} from './engine.ts';
import { drawEpoch, genesisHead, headOf, signHead, type ChainedEntry } from './ledger.ts';
import { createUploads, type Outgoing, type Uploaded } from './upload.ts';

/**
 * `unreachable`: no answer. `busy`: 429 or 503. `unauthorised`: 401 or 403. `refused`: another 4xx. `malformed`: an answer that is none. `failed`: 5xx.
 * Trying again is always safe: every call of sync is idempotent.
 */
export type TransportError = Failure;

/** With the trace of its last entry. `isFull`: more waits. */
type TracedBatch = SentBatch & { readonly traceId: string; readonly isFull: boolean };

/** A batch that was answered. */
interface Taken extends Pick<Uploaded<TracedBatch>, 'sent'> {
  readonly answered: Answered<LedgerAnswer>;
  readonly whole: Uploaded<TracedBatch>['whole'];
}

export interface Answered<T> {
  readonly value: T;
  /** `Holdfast-Time` of the answer; null where it had none. */
  readonly hubTimeMs: number | null;
  /** Under which the hub's log has it. */
  readonly requestId?: string;
  /** The number of the hub's list of revocations, where its answer says it. */
  readonly revocations?: number;
  /** The digest of the working documents that the hub holds for the store, where its answer says it. */
  readonly documents?: string;
  /** Headquarters wants this device to erase itself. */
  readonly isWipeOrdered?: true;
  /** The hub wants this device audited. */
  readonly isAuditWanted?: true;
  /** A sibling gave it: the hub was not reached. */
  readonly isFromSibling?: true;
}

/** Bytes of a segment, from the one that was asked for; `torn` says why they are not all that were to come. */
export interface SegmentPart {
  readonly bytes: Uint8Array;
  readonly torn: TransportError | null;
  /** The hub's last urgent publication, where its answer says it. */
  readonly urgentLsn?: number;
}

/** To the hub. Rejections do not happen: a third party's throw is converted in the adapter. Answers are parsed by `protocol.ts`. */
export interface Transport {
  enrol(request: EnrolRequest): Promise<Result<Answered<EnrolAnswer>, TransportError>>;
  /**
   * From byte `from` of the frame on, where the hub has what is before it; absent: all of it. `msPerByte`: what the line took lately; what it takes long for goes out as the line takes it, so that whatever else is asked waits for no more than what is in
   * flight. Absent or 0: unknown.
   */
  sendLedger(token: string, frame: Uint8Array, from?: number, msPerByte?: number): Promise<Result<Answered<LedgerAnswer>, TransportError>>;
  /** What the hub has of a batch of this device that was torn on its way; absent: nobody keeps any. */
  askTorn?(token: string): Promise<Result<TornBatch, TransportError>>;
  fetchManifest(token: string, request: ManifestRequest): Promise<Result<Answered<Manifest>, TransportError>>;
  /**
   * From byte `from` on; no more than `maxBytes` in all, with what stands before `from`. Ends early, as torn, where `signal` goes off. `came` is told of the bytes as they
   * come, from `from` on and in order, by whoever does not keep them itself: the answer has all of them.
   */
  fetchSegment(
    token: string,
    hash: string,
    from: number,
    maxBytes: number,
    signal?: AbortSignal,
    came?: (bytes: Uint8Array) => void,
  ): Promise<Result<SegmentPart, TransportError>>;
}

/** What a status line shows. */
export interface ReplicaStatus {
  readonly enrolled: boolean;
  readonly connected: boolean;
  /** Wall clock of the first failure since the last answer; null while connected or before the first try. */
  readonly offlineSinceMs: number | null;
  readonly waiting: Waiting;
  readonly cut: Cut;
  /** A cut on its way. Null at rest. */
  readonly applying: { readonly cellsApplied: number; readonly cellsTotal: number } | null;
  /** Entries the hub set aside; branches it keeps of this device, as far as this device knows. */
  readonly setAside: number;
  readonly branches: number;
  /** What a person should look at (a token refused, a manifest with a wrong signature…); null where all is well. */
  readonly problem: string | null;
  readonly hubOffsetMs: number | null;
}

export interface ReplicaPorts {
  readonly store: ReplicaStore;
  readonly transport: Transport;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly hash: Hash;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Runs one writing transaction when it is this writer's turn. */
  readonly withTurn: <T>(write: () => T) => T;
  /** As `withTurn`, for what comes again where a power cut takes it, and of which nobody is told before something was written by `withTurn`. Absent: by that. */
  readonly withTurnOfPart?: <T>(write: () => T) => T;
  /** What a transaction that applies or prunes may take now, in ms, for others wait for their turn meanwhile. Absent: any time. */
  readonly writeBudgetMs?: () => number;
  /** Somebody waits for the turn that this writer has: what is applied or pruned ends as soon as it can. Absent: nobody does. */
  readonly isTurnAwaited?: () => boolean;
  /** The lowest `at` that an open basket has pinned; null where none has. */
  readonly oldestPinnedAt: () => number | null;
  /** Sales that wait, as whoever sells counts them: for the hub's console. Absent: none. */
  readonly waitingSales?: () => number;
  /** What this device says of itself, for the hub's console; sent where it is other than what the hub took last (SPEC: D-20). Absent: nothing. */
  readonly report?: () => string;
  /**
   * Before the first cut shows, all of whose cells are there: one step of what is made of them, in a transaction of its own; true where more remain. `begins`: the first of them, also after a kill
   * or a failure. Absent: nothing is.
   */
  readonly prepareFirst?: (begins: boolean) => boolean;
  readonly onStatus: (status: ReplicaStatus) => void;
  readonly onCut: (cut: Cut) => void;
  /** A line is open on which the hub says when there is something new: while there is nothing to tell it, it is asked less often. Absent: there is none. */
  readonly canBeCalled?: () => boolean;
  /** Over that line: a `LevelQuestion`, and the answer to it; null where the hub takes none there, or says nothing. `hasMoved`: of a device that the hub last knew elsewhere. Absent: it is asked for a manifest. */
  readonly askLevel?: (question: Uint8Array, hasMoved: boolean) => Promise<Uint8Array | null>;
  /** Told with the enrolment, before anybody hears that there is one. What is lost of it is asked for as it ever was. */
  readonly onEquipped?: (equipment: Equipment) => void;
  /** What opens what is sealed for this device's scopes; absent: it asks for what is not sealed. */
  readonly seals?: {
    readonly cipher: Cipher;
    readonly keyNamed: (name: string) => Uint8Array | undefined;
    /** A key is missing: the hub is to be asked for what it gives this device. */
    readonly onMissing: () => void;
  };
  /** Of a manifest that the hub itself answered: the number of its list of revocations, and the digest of its working documents, where it has any. */
  readonly onContact?: (revocations: number, documents?: string) => void;
  /** Headquarters wants this device to erase itself: told with each contact (SPEC: S-9). `isServed`: the hub serves it otherwise. */
  readonly onWipeOrdered?: (isServed: boolean) => void;
  /** The hub wants this device audited (SPEC: A-3). */
  readonly onAuditWanted?: () => void;
  /** The hub is in another epoch: it may hold less than it did of siblings' ledgers as well (SPEC: N-12). What this throws, as a full disk may, is tried again with the next manifest. */
  readonly onOtherHub?: () => void;
  /** Where what comes of segments is kept until they are applied; absent: in memory. */
  readonly parts?: SegmentParts;
}

export interface ReplicaOptions {
  /** To be used until enrolment succeeds. */
  readonly enrol?: EnrolRequest;
  /** What differs from `ENGINE_DEFAULTS`. */
  readonly engine?: Partial<EngineOptions>;
  /** A batch of fewer bytes is sent whole, though some of it came before. Absent: where asking for that would take as much. */
  readonly leastTornBytes?: number;
}

export interface Replica {
  start(): void;
  /** Entries were appended (and committed). */
  appended(): void;
  /** The hub says that this device can move; also to be called when a poke socket opens. `urgent`: that something is worth interrupting what is under way for. */
  poked(urgent?: boolean): void;
  /** The poke socket was lost, and cannot be opened again. */
  lost(): void;
  /** What this device tells the hub of itself when it asks it for a sibling that stands in `hubEpoch` (SPEC: N-11, O-12). */
  waiting(hubEpoch: string): OwnWaiting;
  /** A sibling has more of this device's ledger than the device itself: it goes on in a new epoch (SPEC: N-10). */
  leaveEpoch(): void;
  status(): ReplicaStatus;
  /** Nothing is written any more once this has been called; answers that are still on their way are dropped. */
  stop(): Promise<void>;
}

/** The last `DOWN_FORM` before what is fetched by address was sealed. */
const UNSEALED_FORM = 3;

/** One slice of applying, before the thread looks at its messages and sockets again. */
const SLICE_MS = 20;
/** Cells applied in one transaction, and entities pruned in one. */
const APPLY_LIMITS = { least: 8, most: 4_096 };
const PRUNE_LIMITS = { least: 4, most: 256 };
/** Behind so many entities it is asked whether somebody waits: asked for back to back, a turn brings as many at least. */
const STROKE = 24;
/** In a row, half an hour: a line may end at a hub whose place another has taken, and a hub may have lost what it was told. */
const MOST_LEVELS = 40;
/** From the end of one: the hub answers none that comes within a second. */
const LEVEL_REST_MS = 1_500;
/** A hub clock that moved less is not worth a write. */
const CLOCK_DRIFT_MS = 250;

export function createReplica(ports: ReplicaPorts, options: ReplicaOptions = {}): Replica {
  const { store, transport, clock, random, timers, logger } = ports;
  const engineOptions: EngineOptions = { ...ENGINE_DEFAULTS, ...options.engine };
  let state: EngineState = INITIAL_STATE;
  let stopped = true;
  let lastStatus = '';
  const queue: EngineEvent[] = [];
  let draining = false;
  let sliceEndsMs = Infinity;
  const cancelByTimer = new Map<TimerName | 'slice' | 'prune', () => void>();
  const segments = new Map<string, Segment>();
  const transfers = createTransfers();
  const parts = ports.parts ?? createMemoryParts();
  /** Who was stopped meanwhile has no store any more to go on from. */
  const askTorn: NonNullable<Transport['askTorn']> = async (token) => {
    const answered = await transport.askTorn?.(token);
    if (isStopped()) return err({ type: 'unreachable', reason: 'stopped' });
    return answered ?? err({ type: 'refused', reason: 'nobody keeps any' });
  };
  const uploads = createUploads<TracedBatch>({ ...ports, transport: { ...transport, askTorn } }, options.leastTornBytes);
  /** What the hub is known to read: each answer says it, and a hub that was set back may read less. Null: what it said at enrolment. */
  let batchCodec: BatchCodec | null = null;
  const applySize = createWriteSize(APPLY_LIMITS);
  const pruneSize = createWriteSize(PRUNE_LIMITS);

  function after(name: TimerName | 'slice' | 'prune', delayMs: number, run: () => void): void {
    cancelByTimer.get(name)?.();
    cancelByTimer.set(name, timers.after(delayMs, run));
  }

  const isStopped = (): boolean => stopped;
  /** In [0, 1). */
  const randomUnit = (): number => random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;

  function dispatch(event: EngineEvent): void {
    if (stopped) return;
    queue.push(event);
    if (draining) return;
    draining = true;
    sliceEndsMs = clock.monotonicMs() + SLICE_MS;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (isStopped()) break;
        const reaction = step(state, next, { nowMs: clock.nowMs(), random: randomUnit(), options: engineOptions });
        state = reaction.state;
        for (const effect of reaction.effects) perform(effect);
      }
    } finally {
      draining = false;
    }
    report();
  }

  function report(): void {
    if (stopped) return;
    const status = replica.status();
    const text = JSON.stringify({ ...status, waiting: [status.waiting.entries, [...status.waiting.byKind]] });
    if (text === lastStatus) return;
    lastStatus = text;
    ports.onStatus(status);
  }

  const fail = (what: FailedCall, failure: Failure): void => dispatch({ type: 'failed', what, failure });

  /** A store that throws (a full disk, say) is a failure like another: it is logged, shown, and tried again. */
  function guarded(what: FailedCall, run: () => void): void {
    try {
      run();
    } catch (error) {
      fail(what, failureOf(what, error));
    }
  }

  function failureOf(what: FailedCall, error: unknown): Failure {
    if (error instanceof InvariantError) throw error;
    logger.error('sync could not write', { what, error });
    return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }

  /** The outcome of a call to the hub, unless this replica was stopped meanwhile. */
  function call<T>(what: FailedCall, request: Promise<Result<T, TransportError>>, answered: (value: T) => void): void {
    const settle = async (): Promise<void> => {
      const result = await request;
      if (stopped) return;
      if (!result.ok) fail(what, result.error);
      else guarded(what, () => answered(result.value));
    };
    watch(what, settle());
  }

  function watch(what: FailedCall, settled: Promise<unknown>): void {
    settled.catch((error: unknown) => {
      logger.error('sync stopped at a broken invariant', { what, error: error instanceof Error ? error.stack : String(error) });
      stopped = true;
      throw error;
    });
  }

  /** Learns the hub's clock from an answer whose request left `sentMs` ago by the monotonic clock. */
  function timed<T>(answer: Answered<T>, sentMs: number): T {
    if (answer.hubTimeMs === null) return answer.value;
    const roundTripMs = clock.monotonicMs() - sentMs;
    const measured = {
      hubOffsetMs: Math.round(answer.hubTimeMs + roundTripMs / 2 - clock.nowMs()),
      uncertaintyMs: Math.ceil(roundTripMs / 2) + 1,
    };
    const held = store.hubClock();
    const drift = held === null ? Infinity : Math.abs(held.hubOffsetMs - measured.hubOffsetMs);
    if (drift > Math.max(CLOCK_DRIFT_MS, measured.uncertaintyMs)) ports.withTurn(() => store.setHubClock(measured));
    return answer.value;
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'enrol':
        return enrol();
      case 'sendLedger':
        return guarded('ledger', () => sendLedger(effect));
      case 'confirm':
        return guarded('ledger', () => confirm(effect));
      case 'mintEpoch':
        return guarded('ledger', mintEpoch);
      case 'fetchManifest':
        return fetchManifest(effect.fromOrigin);
      case 'askLevel':
        return askLevel();
      case 'stageCut':
        return guarded('manifest', () => stage(effect));
      case 'fetchSegment':
        return fetchSegment(effect.segment);
      case 'applyChunk':
        return clock.monotonicMs() < sliceEndsMs ? applyChunk(effect.id) : after('slice', 0, () => inNewSlice(() => applyChunk(effect.id)));
      case 'dropSegment':
        segments.delete(effect.segment);
        return;
      case 'holdSegments':
        return transfers.hold();
      case 'exposeUrgent':
        return guarded('segment', exposeUrgent);
      case 'exposeCut':
        return guarded('segment', () => prepare(true));
      case 'prune':
        return guarded('segment', prune);
      case 'setTimer':
        return after(effect.timer, effect.delayMs, () =>
          dispatch({ type: 'tick', timer: effect.timer, ...(effect.timer === 'down' && hasTold()) }),
        );
      default:
        return unreachable(effect, 'engine effect');
    }
  }

  function enrol(): void {
    if (options.enrol === undefined) return fail('enrol', { type: 'unauthorised', reason: 'this till has no enrolment code' });
    const sentMs = clock.monotonicMs();
    call('enrol', transport.enrol(options.enrol), (answer) => {
      timed(answer, sentMs);
      const { equipment, ...made } = answer.value;
      const enrolled = ports.withTurn(() => store.enrol(made, drawEpoch(random, ownEpochs())));
      if (enrolled.ok && equipment !== undefined) ports.onEquipped?.(equipment);
      if (enrolled.ok) dispatch({ type: 'enrolled', epochs: store.epochs() });
      else fail('enrol', { type: 'refused', reason: `entries of ${enrolled.error.device} are still waiting` });
    });
  }

  /** The identity of an engine that has said it is enrolled. */
  function identity(): Identity {
    const held = store.identity();
    if (held === null) throw new InvariantError('an enrolled replica has an identity');
    return held;
  }

  function sendLedger(effect: Extract<Effect, { type: 'sendLedger' }>): void {
    const epoch = store.epochs().find((candidate) => candidate.epoch === effect.epoch);
    if (epoch === undefined) throw new InvariantError(`epoch ${effect.epoch} is held`);
    const own = effect.maxEntries === 0 ? [] : store.entriesAfter(effect.epoch, effect.afterSeq, effect.maxEntries, effect.maxBytes);
    const { token, reads } = identity();
    const encode = (sentBefore?: number): Outgoing<TracedBatch> => {
      const { mostEntries, mostBytes } = engineOptions;
      const entries =
        sentBefore === undefined ? own : store.entriesAfter(effect.epoch, effect.afterSeq, Math.min(sentBefore, mostEntries), mostBytes);
      const batch = batchOf(epoch, effect.afterSeq, entries, ports);
      const frame = encodeBatch(batch, ports.compression, batchCodec ?? codecFor(reads));
      return {
        frame,
        sent: {
          epoch: effect.epoch,
          afterSeq: effect.afterSeq,
          lastSeq: batch.head.seq,
          traceId: traceIdOf(batch.head.hash),
          isFull: batch.head.seq < epoch.headSeq,
        },
      };
    };
    /** Of its own entries the hub holds more than it has told: that is the answer to a probe. */
    const newsOf = (answer: LedgerAnswer): TracedBatch | null => {
      const isMore = (answer.received[effect.epoch] ?? 0) > effect.afterSeq;
      const isOwn = isMore && ownHashes(store, answer)[effect.epoch] === answer.heads[effect.epoch];
      return isOwn ? { epoch: effect.epoch, afterSeq: effect.afterSeq, lastSeq: effect.afterSeq, traceId: '', isFull: false } : null;
    };
    const sentMs = clock.monotonicMs();
    const request = async (): Promise<Result<Taken, TransportError>> => {
      const name = `${effect.epoch} ${effect.afterSeq}`;
      const { result, sent, whole } = await uploads.send(token, { name, encode, newsOf, msPerByte: effect.msPerByte });
      if (result.ok) return ok({ answered: result.value, sent, whole });
      if (result.error.type === 'refused') batchCodec = 1;
      return result;
    };
    const settled = request().catch((error: unknown) => err<TransportError>(failureOf('ledger', error)));
    call('ledger', settled, ({ answered, sent: { traceId, isFull, ...sent }, whole }) => {
      const { epoch: of, afterSeq, lastSeq } = sent;
      if (lastSeq > afterSeq)
        logger.info('the hub answered for entries', { epoch: of, from: afterSeq + 1, to: lastSeq, traceId, requestId: answered.requestId });
      const answer = timed(answered, sentMs);
      batchCodec = codecFor(answer.reads);
      const post = isFull && whole !== undefined && { post: { entries: lastSeq - afterSeq, ...whole } };
      dispatch({ type: 'ledgerAnswered', answer, sent, epochs: store.epochs(), own: ownHashes(store, answer), ...post });
    });
  }

  function confirm({ progress, safe, isForked, isOutdated }: Extract<Effect, { type: 'confirm' }>): void {
    const isNew = store.epochs().some((epoch) => Math.min(safe[epoch.epoch] ?? 0, epoch.confirmedSeq) !== epoch.safeSeq);
    if (progress.length > 0 || isNew) ports.withTurn(() => store.confirm(progress, safe));
    if (isForked && store.sharedUpTo() === null && ports.withTurn(() => noteForked(store)))
      logger.warn('the hub knows two histories of this device: what it may spend rests until it is enrolled anew');
    if (!isOutdated) isDoubted = false;
    dispatch({ type: 'confirmed' });
    if (isDoubted || !isDoubtTold) return;
    isDoubtTold = false;
    // That nothing waits it is told at once, and not with the next question, as long after.
    dispatch({ type: 'poked' });
  }

  const ownEpochs = (): readonly string[] => store.epochs().map(({ epoch }) => epoch);

  function mintEpoch(): void {
    if (store.epochs().at(-1)?.diverged === true) {
      const epoch = ports.withTurn(() => store.mintEpoch(drawEpoch(random, ownEpochs())));
      logger.warn('the hub knows another history of this device: it goes on in a new epoch', { epoch: epoch.epoch });
    }
    dispatch({ type: 'epochMinted', epochs: store.epochs(), ends: 'answer' });
  }

  /** A hub that does not hold what was shown is shown who told it (SPEC: O-11), and from where on this device can follow its history (SPEC: D-19). */
  async function askManifest(
    token: string,
    request: ManifestRequest,
    proof: Manifest | null,
  ): Promise<Result<Answered<Manifest>, TransportError>> {
    const answered = await transport.fetchManifest(token, { ...request, ...(proof !== null && { canProve: true }) });
    if (!answered.ok && answered.error.isWipeOrdered === true) ports.onWipeOrdered?.(false);
    // Who was stopped meanwhile has no store any more.
    if (stopped || answered.ok || answered.error.wantsProof !== true || proof === null) return answered;
    const held = store.heldCuts().map(({ lsn, historyHash }) => ({ lsn, historyHash }));
    return transport.fetchManifest(token, { ...request, canProve: true, proof, held });
  }

  /** The hub may have been set back since it said what it holds of this device: until it has said so to this process, nothing here tells that nothing waits (SPEC: O-12). */
  let isDoubted = true;
  /** The hub was told that something waits for no other reason. */
  let isDoubtTold = false;

  /** As the hub took it last from this process, and in which of its epochs: one that was set back may have lost it. */
  let reported: string | undefined;
  /** All that the last question told which the hub answered itself, and what it said to it; null: it was told nothing by this process, or wants it to stay in contact. */
  let lastContact: {
    readonly place: Place;
    /** Beside the place. */
    readonly said: string;
    readonly revocations: number;
    readonly documents: string | undefined;
    /** How often the hub said since that it has nothing new. */
    readonly levels: number;
  } | null = null;

  /** By the monotonic clock. */
  let nextLevelMs = -Infinity;

  function fetchManifest(fromOrigin: boolean): void {
    const { token, tenant, hubEpoch, hubPublicKey } = identity();
    const said = ports.report?.();
    const place: Place = { position: fromOrigin ? originPosition(hubEpoch) : store.cut().position, ...urgentShown() };
    const { position } = place;
    const waiting = ownWaiting();
    isDoubtTold = waiting.waitingEntries > store.waiting().entries;
    const says = said === undefined ? undefined : `${position.hubEpoch} ${said}`;
    const request: ManifestRequest = {
      ...place,
      ...waiting,
      wallMs: clock.nowMs(),
      ...(said !== undefined && says !== reported && { report: said }),
      // Who is given no keys reads nothing that is sealed.
      reads: ports.seals === undefined ? UNSEALED_FORM : DOWN_FORM,
    };
    const sentMs = clock.monotonicMs();
    call('manifest', askManifest(token, request, fromOrigin ? null : store.proof()), (answered) => {
      const manifest = timed(answered, sentMs);
      if (answered.isFromSibling !== true) {
        const { revocations = 0, documents } = answered;
        ports.onContact?.(revocations, documents);
        reported = says;
        // Whoever is wanted for something else stays in contact until that is done; and of whoever begins anew the hub hears in full where it is settled.
        lastContact =
          answered.isAuditWanted === true || answered.isWipeOrdered === true || manifest.rebase
            ? null
            : { place, said: JSON.stringify([waiting, said]), revocations, documents, levels: 0 };
      }
      if (answered.isAuditWanted === true) ports.onAuditWanted?.();
      if (answered.isWipeOrdered === true) ports.onWipeOrdered?.(true);
      if (verifyManifest(ports.verifier, hubPublicKey, tenant, manifest))
        dispatch({
          type: 'manifestAnswered',
          manifest,
          cut: store.cut(),
          isHeld: isHeld(store.heldCuts(), manifest),
          isFromSibling: answered.isFromSibling === true,
        });
      else fail('manifest', { type: 'malformed', reason: "the hub's signature is wrong" });
    });
  }

  /** Whoever has nothing to tell need not hear it all again either (SPEC: D-21). */
  function askLevel(): void {
    const asked = lastContact;
    const isDue = asked !== null && asked.levels < MOST_LEVELS && clock.monotonicMs() >= nextLevelMs && hasTold().told !== undefined;
    if (ports.askLevel === undefined || !isDue) return fetchManifest(false);
    const { revocations, documents } = asked;
    const place: Place = { position: store.cut().position, ...urgentShown() };
    const mark = levelMark(ports.hash, { position: place.position, revocations, documents });
    const question = encodeLevelQuestion({ mark, wallMs: clock.nowMs() });
    const sentMs = clock.monotonicMs();
    const settle = async (answering: Promise<Uint8Array | null>): Promise<void> => {
      const answer = await answering;
      nextLevelMs = clock.monotonicMs() + LEVEL_REST_MS;
      if (stopped) return undefined;
      const hubTimeMs = answer === null ? null : decodeLevelAnswer(answer);
      if (hubTimeMs === null) return fetchManifest(false);
      return guarded('manifest', () => {
        timed({ value: null, hubTimeMs }, sentMs);
        if (lastContact === asked) lastContact = { ...asked, place, levels: asked.levels + 1 };
        ports.onContact?.(revocations, documents);
        dispatch({ type: 'level' });
      });
    };
    watch('manifest', settle(ports.askLevel(question, !isSamePlace(place, asked.place))));
  }

  function ownWaiting(mayLack = isDoubted): OwnWaiting {
    const { entries } = store.waiting();
    const least = mayLack && store.epochs().some(({ headSeq }) => headSeq > 0) ? 1 : 0;
    return { waitingEntries: Math.max(entries, least), waitingSales: ports.waitingSales?.() ?? 0 };
  }

  /** The hub would learn nothing by a question, or only where this device stands, and says itself when there is something new. */
  function hasTold(): { readonly told?: Told } {
    if (lastContact === null || ports.canBeCalled?.() !== true) return {};
    if (lastContact.said !== JSON.stringify([ownWaiting(), ports.report?.()])) return {};
    const { position } = store.cut();
    if (isSamePlace({ position, ...urgentShown() }, lastContact.place)) return { told: 'all' };
    // What it told counts in that epoch of the hub (SPEC: D-20, O-12).
    return position.hubEpoch === lastContact.place.position.hubEpoch ? { told: 'allButPlace' } : {};
  }

  /** Beyond the position: what is urgent moves no cursor. */
  function urgentShown(): { readonly urgentLsn?: number } {
    const { at, position } = store.cut();
    return lsnOf(at) > position.lsn ? { urgentLsn: lsnOf(at) } : {};
  }

  /** What came for a manifest that this one takes the place of, and is not named any more, goes. */
  function stage({ manifest, isOtherHub, anew }: Extract<Effect, { type: 'stageCut' }>): void {
    if (isOtherHub) {
      isDoubted = true;
      ports.onOtherHub?.();
    }
    if (anew.length > 0) ports.withTurn(() => store.confirm(anew, {}));
    const staged = ports.withTurn(() => store.stage(manifest));
    const named = new Set([...manifest.segments, ...(manifest.urgent?.segments ?? [])].map(({ hash }) => hash));
    for (const hash of segments.keys()) if (!named.has(hash)) segments.delete(hash);
    for (const hash of parts.segments()) if (!named.has(hash)) parts.drop(hash);
    dispatch({ type: 'staged', staged });
  }

  function fetchSegment(ref: SegmentRef): void {
    const here = segments.get(ref.hash);
    if (here !== undefined) return dispatch({ type: 'segmentArrived', segment: ref.hash, chunkCount: here.chunkCount });
    if (ref.frame !== undefined) return openFrame(ref, base64ToBytes(ref.frame));
    const maxBytes = Math.min(ref.bytes, SEGMENT_LIMITS.frameBytes);
    const settle = async (signal: AbortSignal): Promise<void> => {
      const held = parts.held(ref.hash);
      const open = (frame: Uint8Array, urgentLsn?: number): void =>
        guarded('segment', () => (isDamaged(ref, held, frame) ? getAnew(ref) : openFrame(ref, frame, urgentLsn)));
      // All of it came: before a kill, or before its key did.
      if (held.length >= ref.bytes) return open(held);
      let at = held.length;
      const came = (bytes: Uint8Array): void => {
        if (!stopped) parts.keep(ref.hash, at, bytes);
        at += bytes.length;
      };
      const part = await transport.fetchSegment(identity().token, ref.hash, held.length, maxBytes, signal, came);
      if (stopped) return;
      const { bytes: more, torn, urgentLsn } = part.ok ? part.value : { bytes: new Uint8Array(), torn: part.error };
      const bytes = joinBytes(held, more);
      if (torn === null || bytes.length >= ref.bytes) return open(bytes, urgentLsn);
      if (torn.type === 'refused' || torn.type === 'malformed') parts.drop(ref.hash);
      else parts.keep(ref.hash, held.length, more);
      if (!signal.aborted) dispatch({ type: 'segmentTorn', segment: ref.hash, failure: torn, progressed: more.length > 0 });
    };
    watch('segment', transfers.run(ref.hash, settle));
  }

  /** Another frame than was asked for, with something in it that was kept: a disk may be to blame, and not who sent the rest. */
  const isDamaged = (ref: SegmentRef, held: Uint8Array, frame: Uint8Array): boolean =>
    held.length > 0 && bytesToHex(ports.hash.sha256(frame)) !== ref.hash;

  function getAnew({ hash }: SegmentRef): void {
    parts.drop(hash);
    const failure: Failure = { type: 'busy', reason: 'what was kept of a segment is damaged' };
    dispatch({ type: 'segmentTorn', segment: hash, failure, progressed: false });
  }

  function isBad(ref: SegmentRef, reason: string): void {
    parts.drop(ref.hash);
    fail('segment', { type: 'malformed', reason });
  }

  /** The frame within the seal, and its address; null where that could not be opened, which is said. */
  function unsealed(ref: SegmentRef, frame: Uint8Array): { readonly frame: Uint8Array; readonly hash: string } | null {
    if (!isSealed(frame) || bytesToHex(ports.hash.sha256(frame)) !== ref.hash) return { frame, hash: ref.hash };
    const opened = ports.seals === undefined ? err({ type: 'bad-seal' } as const) : openSealed(frame, ports.seals.keyNamed, ports.seals);
    if (opened.ok) return { frame: opened.value, hash: bytesToHex(ports.hash.sha256(opened.value)) };
    if (opened.error.type === 'bad-seal') isBad(ref, 'a seal that is not as described');
    else {
      ports.seals?.onMissing();
      parts.keep(ref.hash, 0, frame);
      const failure: Failure = { type: 'busy', reason: 'the key of a segment has not come yet' };
      dispatch({ type: 'segmentTorn', segment: ref.hash, failure, progressed: false });
    }
    return null;
  }

  function openFrame(ref: SegmentRef, carried: Uint8Array, urgentLsn?: number): void {
    const inner = unsealed(ref, carried);
    if (inner === null) return;
    const opened = openSegment(inner.frame, inner.hash, ports);
    if (!opened.ok) return isBad(ref, opened.error.reason);
    if (opened.value.header.tenant !== identity().tenant) return isBad(ref, "another tenant's segment");
    segments.set(ref.hash, opened.value);
    const { chunkCount } = opened.value;
    dispatch({ type: 'segmentArrived', segment: ref.hash, chunkCount, ...(urgentLsn !== undefined && { urgentLsn }) });
  }

  const withTurnOfPart = ports.withTurnOfPart ?? ports.withTurn;

  const writeBudgetMs = (): number => ports.writeBudgetMs?.() ?? Infinity;

  const isTurnAwaited = (): boolean => ports.isTurnAwaited?.() ?? false;

  /** One transaction of a size for `budgetMs`, timed without the wait for its turn; `things` says how many its value stands for. */
  function sized<T>(
    size: WriteSize,
    budgetMs: number,
    withTurn: ReplicaPorts['withTurn'],
    write: () => T,
    things: (value: T) => number,
  ): T {
    return withTurn(() => {
      const startMs = clock.monotonicMs();
      const value = write();
      size.took(things(value), clock.monotonicMs() - startMs, budgetMs);
      return value;
    });
  }

  function inNewSlice(run: () => void): void {
    sliceEndsMs = clock.monotonicMs() + SLICE_MS;
    if (!stopped) run();
  }

  function applyChunk(id: ChunkId): void {
    const segment = segments.get(id.segment);
    // Dropped meanwhile: the engine has given this manifest up.
    if (segment === undefined) return;
    if (store.fillChunk !== undefined && writeBudgetMs() === Infinity && store.cut().at === 0) return fillChunk(id, segment);
    const cells = segment.chunk(id.chunk);
    if (!cells.ok) return fail('segment', { type: 'malformed', reason: cells.error.reason });
    applyFrom(id, cells.value, 0);
  }

  /** Nobody waits for a turn, and nothing is shown. */
  function fillChunk(id: ChunkId, segment: Segment): void {
    const entities = segment.entities(id.chunk);
    if (!entities.ok) return fail('segment', { type: 'malformed', reason: entities.error.reason });
    guarded('segment', () => {
      turnOf(id)(() => store.fillChunk?.(id, entities.value));
      applied(id);
    });
  }

  /** Before the end of its segment, what a power cut takes is made again out of what is kept of that. */
  const turnOf = (id: ChunkId): ReplicaPorts['withTurn'] => (id.chunk + 1 === id.chunkCount ? ports.withTurn : withTurnOfPart);

  /** The chunk's cells from `start` on, part by part; it is applied with the last one. */
  function applyFrom(id: ChunkId, cells: readonly Cell[], start: number): void {
    guarded('segment', () => {
      for (let from = start; ;) {
        const budgetMs = writeBudgetMs();
        const most = entityEnd(cells, from + applySize.next(budgetMs) - 1);
        const mayEnd = most === cells.length;
        const write = (): number => {
          let asked = 0;
          const joined = store.applyChunk(id, cells.slice(from, most), mayEnd, () => (asked += 1) % STROKE !== 0 || !isTurnAwaited());
          return joined.reduce((end) => entityEnd(cells, end), from);
        };
        const begin = from;
        const end = sized(applySize, budgetMs, mayEnd ? turnOf(id) : withTurnOfPart, write, (to) => to - begin);
        if (end === cells.length) return applied(id);
        from = end;
        if (clock.monotonicMs() >= sliceEndsMs) {
          return after('slice', 0, () => inNewSlice(() => segments.has(id.segment) && applyFrom(id, cells, end)));
        }
      }
    });
  }

  function applied(id: ChunkId): void {
    if (id.chunk + 1 === id.chunkCount) parts.drop(id.segment);
    dispatch({ type: 'chunkApplied', id });
  }

  function exposeUrgent(): void {
    const cut = ports.withTurn(() => store.exposeUrgent());
    ports.onCut(cut);
    dispatch({ type: 'urgentExposed' });
  }

  function prepare(begins: boolean): void {
    const { prepareFirst } = ports;
    if (prepareFirst === undefined || store.cut().at > 0) return expose(null);
    for (let isFirst = begins; withTurnOfPart(() => prepareFirst(isFirst)); isFirst = false) {
      if (clock.monotonicMs() >= sliceEndsMs) return after('slice', 0, () => inNewSlice(() => guarded('segment', () => prepare(false))));
    }
    expose(null);
  }

  /** Page by page: what a lost history changed, and nothing that comes touches, is told to whoever follows the cells, and then all shows at once. */
  function expose(start: RevertedEntity | null): void {
    for (let from = start; ;) {
      const budgetMs = writeBudgetMs();
      const most = applySize.next(budgetMs);
      const page = sized(
        applySize,
        budgetMs,
        ports.withTurn,
        () => store.tellReverted(from, most),
        ({ length }) => length,
      );
      const last = page.at(-1);
      if (last === undefined || page.length < most) break;
      from = last;
      if (clock.monotonicMs() >= sliceEndsMs) return after('slice', 0, () => inNewSlice(() => guarded('segment', () => expose(last))));
    }
    const cut = ports.withTurn(() => store.expose());
    ports.onCut(cut);
    dispatch({ type: 'cutExposed' });
  }

  function prune(): void {
    if (stopped) return;
    // Within the turn: no basket pins a cut between the question and the dropping.
    const budgetMs = writeBudgetMs();
    const entities = pruneSize.next(budgetMs);
    const write = (): { readonly isFull: boolean; readonly done: number } => {
      const minPinnedAt = ports.oldestPinnedAt() ?? Infinity;
      for (let done = 0; ;) {
        const next = Math.min(entities - done, STROKE);
        const isFull = store.pruneVersions(minPinnedAt, next);
        done += next;
        if (!isFull || done === entities || isTurnAwaited()) return { isFull, done };
      }
    };
    const { isFull } = sized(pruneSize, budgetMs, withTurnOfPart, write, (pruned) => (pruned.isFull ? pruned.done : 0));
    if (isFull) after('prune', 0, () => guarded('segment', prune));
  }

  /** Where the disk does not give it, the cut begins anew, and what waits goes up meanwhile. */
  function readStaged(): StagedCut | null {
    try {
      return store.staged();
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      logger.error('sync could not read what was staged', { error });
      return null;
    }
  }

  const replica: Replica = {
    start: () => {
      stopped = false;
      dispatch({ type: 'started', enrolled: store.identity() !== null, epochs: store.epochs(), staged: readStaged() });
      guarded('segment', prune);
    },
    appended: () => dispatch({ type: 'appended', epochs: store.epochs() }),
    poked: (urgent = false) => dispatch({ type: 'poked', urgent }),
    lost: () => dispatch({ type: 'lost' }),
    waiting: (hubEpoch) => ownWaiting(isDoubted || store.cut().position.hubEpoch !== hubEpoch),
    leaveEpoch: () => {
      if (stopped) return;
      const epoch = ports.withTurn(() => {
        const left = store.epochs().at(-1);
        // Before it is left: whoever is killed in between leaves it the next time.
        if (left !== undefined) store.noteShared({ epoch: left.epoch, seq: left.headSeq });
        return store.mintEpoch(drawEpoch(random, ownEpochs()));
      });
      logger.warn('a sibling knows more of this device than it does itself: it goes on in a new epoch', { epoch: epoch.epoch });
      dispatch({ type: 'epochMinted', epochs: store.epochs() });
    },
    status: () => statusOf(state, store),
    stop: () => {
      stopped = true;
      for (const cancel of cancelByTimer.values()) cancel();
      transfers.hold();
      segments.clear();
      return Promise.resolve();
    },
  };
  return replica;
}

export type OwnWaiting = Pick<ManifestRequest, 'waitingEntries' | 'waitingSales'>;

/** Where a device shows that it stands. */
type Place = Pick<ManifestRequest, 'position' | 'urgentLsn'>;

const isSamePlace = (left: Place, right: Place): boolean =>
  left.urgentLsn === right.urgentLsn &&
  left.position.hubEpoch === right.position.hubEpoch &&
  left.position.lsn === right.position.lsn &&
  left.position.historyHash === right.position.historyHash;

const codecFor = (reads = 1): BatchCodec => (reads >= BATCH_CODEC_VERSION ? BATCH_CODEC_VERSION : 1);

/** Transfers of segments under way; one of a name at a time, so that a second one begins where the first one ended. */
function createTransfers(): { run(name: string, transfer: (signal: AbortSignal) => Promise<void>): Promise<void>; hold(): void } {
  const underWay = new Map<string, Promise<void>>();
  let controller = new AbortController();
  return {
    run: (name, transfer) => {
      const { signal } = controller;
      const before = underWay.get(name) ?? Promise.resolve();
      const settled = before.then(() => (signal.aborted ? undefined : transfer(signal)));
      underWay.set(name, settled);
      return settled.finally(() => {
        if (underWay.get(name) === settled) underWay.delete(name);
      });
    },
    hold: () => {
      controller.abort();
      controller = new AbortController();
    },
  };
}

/** Asserts (by its types) that `entries` follow `afterSeq`. */
function batchOf(epoch: EpochState, afterSeq: number, entries: readonly ChainedEntry[], ports: ReplicaPorts): Batch {
  const start = genesisHead(epoch.device, epoch.epoch, epoch.parent?.hash ?? null);
  const previousHash = entries[0]?.previousHash ?? ports.store.hashAt(epoch.epoch, afterSeq) ?? start.hash;
  const last = entries.at(-1);
  const head = last === undefined ? { ...start, seq: afterSeq, hash: previousHash } : headOf(last);
  return {
    device: epoch.device,
    epoch: epoch.epoch,
    parent: afterSeq === 0 ? epoch.parent : null,
    firstSeq: afterSeq + 1,
    previousHash,
    entries,
    head: signHead(ports.signer, head),
  };
}

/** This device's own hashes at what the hub says it has received. */
function ownHashes(store: ReplicaStore, answer: LedgerAnswer): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const [epoch, seq] of Object.entries(answer.received)) {
    const hash = store.hashAt(epoch, seq);
    if (hash !== null) own[epoch] = bytesToHex(hash);
  }
  return own;
}

function statusOf(state: EngineState, store: ReplicaStore): ReplicaStatus {
  return {
    enrolled: state.enrolled,
    connected: state.connected,
    offlineSinceMs: state.offlineSinceMs,
    waiting: store.waiting(),
    cut: store.cut(),
    applying: applyingOf(state),
    setAside: state.setAside,
    branches: state.branches,
    problem: state.enrol.problem ?? state.up.problem ?? state.down.problem,
    hubOffsetMs: store.hubClock()?.hubOffsetMs ?? null,
  };
}

function applyingOf(state: EngineState): ReplicaStatus['applying'] {
  const { applying } = state.down;
  if (applying === null) return null;
  let cellsApplied = 0;
  let cellsTotal = 0;
  for (const segment of [...(applying.cut.manifest.urgent?.segments ?? []), ...applying.cut.manifest.segments]) {
    const progress = applying.cut.progress.get(segment.hash);
    cellsTotal += segment.cells;
    if (progress !== undefined) cellsApplied += Math.floor((segment.cells * progress.applied) / progress.chunkCount);
  }
  return { cellsApplied, cellsTotal };
}
