/**
 * The device's side of sync as a pure state machine: `step(state, event, surroundings) → { state, effects }`. No clock, no randomness, no disk, no network in
 * here: `replica.ts` carries the effects out and brings their outcomes back as events.
 *
 * Up and down run on their own; neither waits for the other. What is still to be sent is derived from what the hub says it has received,
 * checked against this device's own hashes; there is no flag on an entry that could be lost (SPEC: U rules). One request of each kind is
 * under way at most.
 */
import { assert, unreachable } from '@holdfast/base';

import type { Cut } from '../down/cells.ts';
import type { ChunkId, EpochProgress, StagedCut } from '../store.ts';
import { READER_VERSION, type LedgerAnswer, type Manifest, type SegmentRef } from '../wire/protocol.ts';
import { cappedSize, firstSize, learntSize, paceOf, type BatchSize, type Post } from './batch-size.ts';
import type { Vector } from './ledger.ts';

/** What the engine knows of an epoch: `EpochState` without what only the store needs. */
export interface EpochMark extends EpochProgress {
  readonly headSeq: number;
  /** What is held follows it; absent or null: all is held. */
  readonly begin?: { readonly seq: number } | null;
}

/** A run of entries that was sent; `lastSeq` = `afterSeq` for a probe. */
export interface SentBatch {
  readonly epoch: string;
  readonly afterSeq: number;
  readonly lastSeq: number;
}

export type FailureType = 'unreachable' | 'busy' | 'unauthorised' | 'refused' | 'malformed' | 'failed';

export interface Failure {
  readonly type: FailureType;
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** Of what was unreachable: there was a connection, over which some of the request may have gone. */
  readonly isTorn?: true;
  /** Of what was refused: it is longer than something on its way takes. */
  readonly isTooLong?: true;
  /** The hub does not hold the position that was shown, and asks for its proof. */
  readonly wantsProof?: true;
  /** Headquarters wants this device to erase itself. */
  readonly isWipeOrdered?: true;
}

export type FailedCall = 'enrol' | 'ledger' | 'manifest' | 'segment';

export type TimerName = 'enrol' | 'up' | 'down';

export type Told = 'all' | 'allButPlace';

export type EngineEvent =
  | { readonly type: 'started'; readonly enrolled: boolean; readonly epochs: readonly EpochMark[]; readonly staged: StagedCut | null }
  | { readonly type: 'enrolled'; readonly epochs: readonly EpochMark[] }
  /** Something was appended. */
  | { readonly type: 'appended'; readonly epochs: readonly EpochMark[] }
  /** The hub said over the line for pokes that it has nothing new. */
  | { readonly type: 'level' }
  /** What a ledger's answer said is written. */
  | { readonly type: 'confirmed' }
  /** `ends`: the ledger's answer whose last step this was. */
  | { readonly type: 'epochMinted'; readonly epochs: readonly EpochMark[]; readonly ends?: 'answer' }
  /** `urgent`: the hub says that something urgent was published. */
  | { readonly type: 'poked'; readonly urgent?: boolean }
  /** The hub's poke socket is lost: whether it answers is asked now, not when something is to be sent. */
  | { readonly type: 'lost' }
  /** `told`: the hub can call, and was told all that this device would say, or all but where it stands by now; absent: it has something else to say. */
  | { readonly type: 'tick'; readonly timer: TimerName; readonly told?: Told }
  /** `own`: this device's own hash (hex) at `answer.received`, per epoch; absent where it has no such entry. */
  | {
      readonly type: 'ledgerAnswered';
      readonly answer: LedgerAnswer;
      readonly sent: SentBatch;
      readonly epochs: readonly EpochMark[];
      readonly own: Readonly<Record<string, string>>;
      /** Of a full batch that went over one connection. */
      readonly post?: Post;
    }
  /** The signature was found right. `cut`: what is exposed now. `isHeld`: a cut before it at which the manifest starts is held whole. `isFromSibling`: nobody has heard from the hub. */
  | {
      readonly type: 'manifestAnswered';
      readonly manifest: Manifest;
      readonly cut: Cut;
      readonly isHeld?: boolean;
      readonly isFromSibling?: boolean;
    }
  | { readonly type: 'staged'; readonly staged: StagedCut }
  /** `urgentLsn`: the last urgent publication, as its answer says. */
  | { readonly type: 'segmentArrived'; readonly segment: string; readonly chunkCount: number; readonly urgentLsn?: number }
  /** The rest of it did not come; `progressed`: some of it did, and is kept. */
  | { readonly type: 'segmentTorn'; readonly segment: string; readonly failure: Failure; readonly progressed: boolean }
  | { readonly type: 'chunkApplied'; readonly id: ChunkId }
  | { readonly type: 'cutExposed' }
  | { readonly type: 'urgentExposed' }
  | { readonly type: 'failed'; readonly what: FailedCall; readonly failure: Failure };

export type Effect =
  | { readonly type: 'enrol' }
  /** `maxEntries` 0: a probe. */
  | {
      readonly type: 'sendLedger';
      readonly epoch: string;
      readonly afterSeq: number;
      readonly maxEntries: number;
      readonly maxBytes: number;
      /** As `Transport` has it. */
      readonly msPerByte: number;
    }
  /** `isOutdated`: the hub was asked before it was seen in another epoch. `isForked`: the hub knows two histories of this device. */
  | {
      readonly type: 'confirm';
      readonly progress: readonly EpochProgress[];
      readonly safe: Vector;
      readonly isForked: boolean;
      readonly isOutdated: boolean;
    }
  | { readonly type: 'mintEpoch' }
  /** `fromOrigin`: show LSN 0 instead of the exposed cut. */
  | { readonly type: 'fetchManifest'; readonly fromOrigin: boolean }
  /** As `fetchManifest`; of a hub that can call and was told all, but where this device stands perhaps, over the line for pokes: where it takes that, it need only say that it has nothing new. */
  | { readonly type: 'askLevel' }
  /** `isOtherHub`, `anew`: the hub may lack what it had, and what is confirmed no more; both written first, so that it is not forgotten once the cut is there. */
  | { readonly type: 'stageCut'; readonly manifest: Manifest; readonly isOtherHub: boolean; readonly anew: readonly EpochProgress[] }
  | { readonly type: 'fetchSegment'; readonly segment: SegmentRef }
  | { readonly type: 'applyChunk'; readonly id: ChunkId }
  /** The bytes of a segment are not needed any more. */
  | { readonly type: 'dropSegment'; readonly segment: string }
  | { readonly type: 'exposeCut' }
  | { readonly type: 'exposeUrgent' }
  /** Transfers under way end at once; what came of them is kept for when they are asked for again. */
  | { readonly type: 'holdSegments' }
  | { readonly type: 'prune' }
  /** Replaces a timer of the same name. */
  | { readonly type: 'setTimer'; readonly timer: TimerName; readonly delayMs: number };

/** How one of the three conversations with the hub goes. */
interface Conversation {
  /** A request (or, for `down`, the applying of its answer) is under way. */
  readonly busy: boolean;
  /** Waits for its timer. */
  readonly resting: boolean;
  /** The rest was asked for by the hub: nothing cuts it short. */
  readonly held: boolean;
  readonly failures: number;
  readonly problem: string | null;
}

interface Applying {
  /** Urgent ones first. */
  readonly segments: readonly SegmentRef[];
  /** So many of them are urgent, and shown before any other is asked for. */
  readonly urgent: number;
  readonly urgentShown: boolean;
  /** Applied, or with its bytes here, or on its way, up to this index. */
  readonly asked: number;
  /** The segment whose chunks are being applied. */
  readonly current: number;
  /** Segments whose bytes are here: hash → chunk count. */
  readonly here: ReadonlyMap<string, number>;
  /** Segments whose transfer was torn: hashes, to be asked for again. */
  readonly torn: ReadonlySet<string>;
  /** A chunk is being applied. */
  readonly working: boolean;
  readonly cut: StagedCut;
}

export interface EngineState {
  readonly enrolled: boolean;
  readonly epochs: readonly EpochMark[];
  readonly enrol: Conversation;
  readonly up: Conversation & {
    /** The hub has answered once: what it holds is known. */
    readonly asked: boolean;
    /** What is under way went to the hub before it was seen in another epoch: the answer does not say what it holds now. */
    readonly isOutdated: boolean;
    readonly maxEntries: number;
    /** What the line is worth filling with, where nothing is torn or refused. */
    readonly size: BatchSize;
  };
  readonly down: Conversation & {
    /** The hub may have something new: ask again when this is done. */
    readonly again: boolean;
    /** Since that was said a cut has come, which may be all there is. */
    readonly hasMoved: boolean;
    /** It has something urgent: ask at once. */
    readonly urgent: boolean;
    /** Questions in a row that were left out: there was nothing to say, and the hub can call. */
    readonly leftOut: number;
    readonly fromOrigin: boolean;
    readonly applying: Applying | null;
  };
  /** The hub's epoch in the last manifest; null before the first one, and where what it asked for may not have been written. */
  readonly hubEpoch: string | null;
  readonly connected: boolean;
  readonly offlineSinceMs: number | null;
  readonly setAside: number;
  readonly branches: number;
}

export interface Surroundings {
  /** The device's wall clock; only shown, never compared. */
  readonly nowMs: number;
  /** In [0, 1), a new one for each step. */
  readonly random: number;
  readonly options: EngineOptions;
}

export interface EngineOptions {
  /** Of a batch, to begin with, and of canonical bytes about. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The same where the line is worth it. */
  readonly mostEntries: number;
  readonly mostBytes: number;
  readonly pollMs: number;
  /** So many questions in a row are left out of a hub that can call and was told all. */
  readonly leaveOut: number;
  readonly backoffLeastMs: number;
  readonly backoffMostMs: number;
  /** After a refusal that waiting does not cure by itself. */
  readonly refusedMs: number;
  /** A hub may ask for more patience than this, and does not get it. */
  readonly retryAfterMostMs: number;
  /** Segments fetched ahead of the one being applied. */
  readonly segmentsAhead: number;
}

export const ENGINE_DEFAULTS: EngineOptions = {
  maxEntries: 250,
  maxBytes: 256 * 1024,
  mostEntries: 4_096,
  mostBytes: 2 * 1024 * 1024,
  pollMs: 15_000,
  leaveOut: 2,
  backoffLeastMs: 250,
  backoffMostMs: 5_000,
  refusedMs: 30_000,
  retryAfterMostMs: 300_000,
  segmentsAhead: 2,
};

export interface Step {
  readonly state: EngineState;
  readonly effects: readonly Effect[];
}

const QUIET: Conversation = { busy: false, resting: false, held: false, failures: 0, problem: null };

export const INITIAL_STATE: EngineState = {
  enrolled: false,
  epochs: [],
  enrol: QUIET,
  up: { ...QUIET, asked: false, isOutdated: false, maxEntries: 0, size: firstSize({ maxEntries: 0, mostEntries: 0 }) },
  down: { ...QUIET, again: true, hasMoved: false, urgent: false, leftOut: 0, fromOrigin: false, applying: null },
  hubEpoch: null,
  connected: false,
  offlineSinceMs: null,
  setAside: 0,
  branches: 0,
};

export function step(state: EngineState, event: EngineEvent, surroundings: Surroundings): Step {
  const after = react(state, event, surroundings);
  const enrolling = pumpEnrol(after.state);
  const up = pumpUp(enrolling.state, surroundings.options);
  const down = pumpDown(up.state, surroundings.options);
  return { state: down.state, effects: [...after.effects, ...enrolling.effects, ...up.effects, ...down.effects] };
}

const still = (state: EngineState): Step => ({ state, effects: [] });

function react(state: EngineState, event: EngineEvent, surroundings: Surroundings): Step {
  switch (event.type) {
    case 'started':
      return still(started(state, event.enrolled, event.epochs, event.staged, surroundings.options));
    case 'enrolled':
      return still(nowEnrolled(state, event.epochs));
    case 'appended':
      return still({ ...state, epochs: event.epochs });
    case 'level':
      return nothingNew(state, surroundings);
    case 'confirmed':
      return confirmed(state);
    case 'epochMinted':
      return still({ ...state, epochs: event.epochs, ...(event.ends === 'answer' && { up: { ...state.up, busy: false } }) });
    case 'poked':
      return still(awake({ ...state, down: { ...state.down, again: true, urgent: state.down.urgent || event.urgent === true } }));
    case 'lost':
      return still(lost(state, surroundings));
    case 'tick':
      return event.timer === 'down' && event.told !== undefined
        ? levelTick(state, event.told, surroundings)
        : still(ticked(state, event.timer));
    case 'ledgerAnswered':
      return ledgerAnswered(state, event, surroundings);
    case 'manifestAnswered':
      return manifestAnswered(state, event, surroundings);
    case 'staged':
      return still({ ...state, down: { ...state.down, applying: beginApplying(event.staged) } });
    case 'segmentArrived':
      return still(arrived(reached(state), event));
    case 'segmentTorn':
      return segmentTorn(state, event, surroundings);
    case 'chunkApplied':
      return chunkApplied(state, event.id);
    case 'urgentExposed':
      return still(urgentExposed(state));
    case 'cutExposed':
      return cutExposed(state, surroundings);
    case 'failed':
      return failed(state, event.what, event.failure, surroundings);
    default:
      return unreachable(event, 'engine event');
  }
}

function started(
  state: EngineState,
  enrolled: boolean,
  epochs: readonly EpochMark[],
  staged: StagedCut | null,
  options: EngineOptions,
): EngineState {
  const applying = staged === null ? null : beginApplying(staged);
  return {
    ...state,
    enrolled,
    epochs,
    up: { ...state.up, maxEntries: options.maxEntries, size: firstSize(options) },
    down: { ...state.down, applying, busy: applying !== null },
  };
}

const reached = (state: EngineState): EngineState => (state.connected ? state : { ...state, connected: true, offlineSinceMs: null });

/** An answer came: whoever waits because nobody could be reached need not wait any longer. */
const connected = (state: EngineState): EngineState => awake(reached(state));

/** Ends every rest that the hub did not ask for. */
function awake(state: EngineState): EngineState {
  const wake = <T extends Conversation>(talk: T): T => (talk.held || !talk.resting ? talk : { ...talk, resting: false, failures: 0 });
  return { ...state, enrol: wake(state.enrol), up: wake(state.up), down: wake(state.down) };
}

/** Until it answers again it is away. It may come back with less than it had: it is asked what it holds, too. */
function lost(state: EngineState, { nowMs }: Surroundings): EngineState {
  const { up, down, offlineSinceMs } = state;
  return {
    ...state,
    connected: false,
    offlineSinceMs: offlineSinceMs ?? nowMs,
    up: { ...up, asked: false },
    down: { ...down, again: true },
  };
}

function ticked(state: EngineState, timer: TimerName): EngineState {
  const rested = { resting: false, held: false };
  if (timer === 'enrol') return { ...state, enrol: { ...state.enrol, ...rested } };
  if (timer === 'up') return { ...state, up: { ...state.up, ...rested } };
  return { ...state, down: { ...state.down, ...rested, again: true } };
}

/** A hub that would call is asked every so often all the same: a call can be lost, and it wants to see who is there (SPEC: D-8), and at once where somebody has come to (SPEC: D-21). */
function levelTick(state: EngineState, told: Told, { random, options }: Surroundings): Step {
  const { down, connected: isConnected } = state;
  // What is under way ends with the next timer, and whoever is called meanwhile asks then.
  if (down.busy) return still(state);
  const isAtRest = isConnected && !down.resting && !down.again && down.problem === null;
  if (!isAtRest) return still(ticked(state, 'down'));
  if (told === 'allButPlace' || down.leftOut >= options.leaveOut)
    return { state: { ...state, down: { ...down, busy: true, leftOut: 0 } }, effects: [{ type: 'askLevel' }] };
  return { state: { ...state, down: { ...down, leftOut: down.leftOut + 1 } }, effects: [pollTimer(random, options)] };
}

/** As a manifest that leads nowhere. */
function nothingNew(state: EngineState, { random, options }: Surroundings): Step {
  const heard = connected({ ...state, down: { ...state.down, busy: false, failures: 0, problem: null } });
  return { state: heard, effects: [pollTimer(random, options)] };
}

// ---- rest and failure ----

/** Half of it fixed, half by chance: a thousand devices that lost one hub do not come back in one instant. */
function backoffMs(failures: number, random: number, options: EngineOptions): number {
  const most = Math.min(options.backoffMostMs, options.backoffLeastMs * 2 ** Math.min(failures, 30));
  return Math.round(most / 2 + (most / 2) * random);
}

function restMs(what: FailedCall, failure: Failure, failures: number, { random, options }: Surroundings): number {
  // A segment that is gone is named anew by the next manifest; other refusals are not cured by haste.
  const slow = failure.type === 'unauthorised' || (failure.type === 'refused' && what !== 'segment');
  const own = slow ? Math.round(options.refusedMs * (0.5 + random / 2)) : backoffMs(failures, random, options);
  return Math.max(own, Math.min(failure.retryAfterMs ?? 0, options.retryAfterMostMs));
}

function failed(state: EngineState, what: FailedCall, failure: Failure, surroundings: Surroundings): Step {
  const timer: TimerName = what === 'ledger' ? 'up' : what === 'enrol' ? 'enrol' : 'down';
  const talk = state[timer];
  const silent = failure.type === 'unreachable';
  const rest = {
    busy: false,
    resting: true,
    held: !silent,
    failures: talk.failures + 1,
    problem: silent || failure.type === 'busy' ? talk.problem : `${what}: ${failure.reason}`,
  };
  const offline = silent
    ? { connected: false, offlineSinceMs: state.offlineSinceMs ?? surroundings.nowMs }
    : { connected: true, offlineSinceMs: null };
  // Who was away may come back with less than it had, and what could not be written of an answer is known here only: the hub is asked again what it holds.
  const isUnsure = silent || (what === 'ledger' && failure.type === 'failed');
  const after: EngineState = { ...state, ...offline, up: { ...state.up, asked: state.up.asked && !isUnsure } };
  const effects: readonly Effect[] = [{ type: 'setTimer', timer, delayMs: restMs(what, failure, talk.failures, surroundings) }];
  if (timer === 'enrol') return { state: { ...after, enrol: { ...after.enrol, ...rest } }, effects };
  if (timer === 'up') {
    // A batch that is refused is tried again smaller, so that one odd entry is found and not everything around it held up; one that was torn, so that something gets through between two cuts of the line.
    const isSmaller = failure.type === 'refused' || failure.isTorn === true;
    const { options } = surroundings;
    const held = isSmaller ? Math.max(1, Math.floor(after.up.maxEntries / 2)) : after.up.maxEntries;
    // What comes back may be another line.
    const again = silent
      ? { size: firstSize(options), maxEntries: Math.min(held, options.maxEntries) }
      : { maxEntries: held, ...(failure.isTooLong === true && { size: cappedSize(after.up.size, Math.max(held, options.maxEntries)) }) };
    return { state: { ...after, up: { ...after.up, ...rest, ...again } }, effects };
  }
  const dropped = [...(after.down.applying?.here.keys() ?? [])].map((segment): Effect => ({ type: 'dropSegment', segment }));
  // What was applied stays, and is known by the store when the same manifest comes again; a new hub epoch that could not be written is seen anew.
  const hubEpoch = what === 'manifest' && failure.type === 'failed' ? null : after.hubEpoch;
  return {
    state: { ...after, hubEpoch, down: { ...after.down, ...rest, again: true, applying: null } },
    effects: [...effects, ...dropped],
  };
}

// ---- enrolment ----

function pumpEnrol(state: EngineState): Step {
  if (state.enrolled || state.enrol.busy || state.enrol.resting) return still(state);
  return { state: { ...state, enrol: { ...state.enrol, busy: true } }, effects: [{ type: 'enrol' }] };
}

/** Of a ledger without entries, whose name this device has just drawn, no hub has anything: it is not asked. */
function nowEnrolled(state: EngineState, epochs: readonly EpochMark[]): EngineState {
  const asked = epochs.every(({ headSeq }) => headSeq === 0);
  return { ...connected(state), enrolled: true, epochs, enrol: QUIET, up: { ...state.up, asked } };
}

// ---- up ----

function pumpUp(state: EngineState, options: EngineOptions): Step {
  const { up, epochs } = state;
  if (!state.enrolled || up.busy || up.resting) return still(state);
  // Oldest first: an epoch's parent is there before the epoch.
  const epoch = epochs.find((candidate) => candidate.confirmedSeq < candidate.headSeq);
  const last = epochs.at(-1);
  const busy: EngineState = { ...state, up: { ...up, busy: true, isOutdated: false } };
  const maxBytes = Math.min(options.mostBytes, Math.ceil((options.maxBytes * up.maxEntries) / options.maxEntries));
  if (epoch !== undefined) {
    return {
      state: busy,
      effects: [
        {
          type: 'sendLedger',
          epoch: epoch.epoch,
          afterSeq: epoch.confirmedSeq,
          maxEntries: up.maxEntries,
          maxBytes,
          msPerByte: paceOf(up.size),
        },
      ],
    };
  }
  if (up.asked || last === undefined) return still(state);
  return {
    state: busy,
    effects: [{ type: 'sendLedger', epoch: last.epoch, afterSeq: last.headSeq, maxEntries: 0, maxBytes, msPerByte: 0 }],
  };
}

type LedgerAnswered = Extract<EngineEvent, { type: 'ledgerAnswered' }>;

function ledgerAnswered(state: EngineState, event: LedgerAnswered, surroundings: Surroundings): Step {
  const { answer, sent } = event;
  const reconciled = event.epochs.map((epoch) => reconcile(epoch, event));
  // What an epoch continues may be a branch, of which no vector speaks: where the hub misses it, every branch goes up again.
  const epochs = answer.gap === true && sent.afterSeq === 0 ? branchesAnew(reconciled, sent.epoch) : reconciled;
  const progress = epochs.filter((epoch, index) => {
    const before = event.epochs[index];
    return before?.confirmedSeq !== epoch.confirmedSeq || before.diverged !== epoch.diverged;
  });
  const { isOutdated } = state.up;
  const effects: Effect[] = [{ type: 'confirm', progress, safe: answer.safe, isForked: answer.forked === true, isOutdated }];
  const size = event.post === undefined ? state.up.size : learntSize(state.up.size, event.post, surroundings.options);
  let up: EngineState['up'] = {
    ...state.up,
    // Until what it says is written: were the next batch sent before that, and writing failed, two would be under way (SPEC: U-13).
    busy: true,
    resting: false,
    held: false,
    failures: 0,
    problem: null,
    asked: !isOutdated,
    size,
    maxEntries: Math.min(size.entries, state.up.maxEntries * 2),
  };
  if (isStuck(epochs, sent)) {
    const failures = state.up.failures + 1;
    up = {
      ...up,
      resting: true,
      held: true,
      failures,
      problem: `ledger: the hub asks again for what it was sent (${sent.epoch} after ${sent.afterSeq})`,
    };
    effects.push({ type: 'setTimer', timer: 'up', delayMs: backoffMs(failures, surroundings.random, surroundings.options) });
  }
  const branches = epochs.filter((epoch) => epoch.diverged).length;
  const after = connected({ ...state, epochs, setAside: answer.setAside, branches });
  return { state: { ...after, up }, effects };
}

/** An epoch that another copy of this device grows is left before anything else is sent. */
function confirmed(state: EngineState): Step {
  if (state.epochs.at(-1)?.diverged === true) return { state, effects: [{ type: 'mintEpoch' }] };
  return still({ ...state, up: { ...state.up, busy: false } });
}

/** What the answer says about one epoch of this device. */
function reconcile(epoch: EpochMark, { answer, sent, own }: LedgerAnswered): EpochMark {
  const received = answer.received[epoch.epoch] ?? 0;
  const head = answer.heads[epoch.epoch];
  const wasSent = sent.epoch === epoch.epoch && sent.lastSeq > sent.afterSeq;
  const taken = wasSent && answer.gap !== true;
  // Below what is held nothing can be compared: a hub that lost what it had called safe is no other copy of this device.
  const isOwn = received <= beginOf(epoch) || (head !== undefined && own[epoch.epoch] === head);
  if (!epoch.diverged && isOwn && !(wasSent && answer.branch === true))
    return { ...epoch, confirmedSeq: Math.max(Math.min(received, epoch.headSeq), beginOf(epoch)) };
  // The hub's main line is another copy's from here on: what counts is what it said to the batches of this one.
  if (taken) return { ...epoch, diverged: true, confirmedSeq: sent.lastSeq };
  return { ...epoch, diverged: true, confirmedSeq: wasSent ? beginOf(epoch) : Math.min(epoch.confirmedSeq, epoch.headSeq) };
}

/** What was forgotten goes to nobody any more. */
const beginOf = ({ begin }: EpochMark): number => begin?.seq ?? 0;

/** Diverged epochs before `epoch` (all, where it is null), with nothing of them confirmed. */
function branchesAnew(epochs: readonly EpochMark[], epoch: string | null): readonly EpochMark[] {
  const end = epoch === null ? epochs.length : epochs.findIndex((candidate) => candidate.epoch === epoch);
  return epochs.map((candidate, index) =>
    candidate.diverged && index < end ? { ...candidate, confirmedSeq: beginOf(candidate) } : candidate,
  );
}

/** The very same batch would go out again. */
function isStuck(epochs: readonly EpochMark[], sent: SentBatch): boolean {
  if (sent.lastSeq === sent.afterSeq) return false;
  const next = epochs.find((epoch) => epoch.confirmedSeq < epoch.headSeq);
  return next?.epoch === sent.epoch && next.confirmedSeq === sent.afterSeq;
}

// ---- down ----

export type ManifestVerdict = 'current' | 'apply' | 'showOrigin' | 'stray';

/** Whether a manifest fits the exposed cut, or one before it that is held (SPEC: D-4, D-19). */
export function judgeManifest(manifest: Manifest, cut: Cut, askedFromOrigin: boolean, isHeld: boolean): ManifestVerdict {
  const { from, to } = manifest;
  const here = cut.position;
  const same = to.lsn === here.lsn && to.historyHash === here.historyHash && to.hubEpoch === here.hubEpoch;
  if (same && !manifest.rebase) return 'current';
  if (manifest.rebase) return from.lsn === 0 || (isHeld && to.lsn >= from.lsn) ? 'apply' : 'showOrigin';
  if (from.lsn === 0 && (askedFromOrigin || here.lsn === 0)) return 'apply';
  const continues = from.lsn === here.lsn && from.historyHash === here.historyHash && from.hubEpoch === here.hubEpoch;
  if (!continues || to.lsn < from.lsn) return 'stray';
  // A new hub epoch at the same LSN is a move too; another history under the same name is not.
  return to.lsn > from.lsn || to.hubEpoch !== from.hubEpoch ? 'apply' : 'stray';
}

/** A poke that came meanwhile is answered at once; else it was at the head a moment ago, and asks when it would have anyway. */
function cutExposed(state: EngineState, { random, options }: Surroundings): Step {
  const down = { ...state.down, busy: false, failures: 0, applying: null, hasMoved: state.down.again };
  const prune: Effect = { type: 'prune' };
  return { state: { ...state, down }, effects: down.again ? [prune] : [prune, pollTimer(random, options)] };
}

const pollTimer = (random: number, options: EngineOptions): Effect => ({
  type: 'setTimer',
  timer: 'down',
  delayMs: Math.round(options.pollMs * (0.75 + random / 2)),
});

type ManifestAnswered = Extract<EngineEvent, { type: 'manifestAnswered' }>;

function manifestAnswered(state: EngineState, event: ManifestAnswered, surroundings: Surroundings): Step {
  const { manifest, cut, isHeld = false, isFromSibling = false } = event;
  const verdict = judgeManifest(manifest, cut, state.down.fromOrigin, isHeld);
  if (verdict === 'stray') {
    return failed(
      state,
      'manifest',
      { type: 'malformed', reason: `a manifest from ${manifest.from.lsn} to ${manifest.to.lsn} at ${cut.position.lsn}` },
      surroundings,
    );
  }
  // What it would bring is not understood here: it is not applied by halves, and what is held stays until the till is upgraded.
  if (verdict === 'apply' && (manifest.minReader ?? 0) > READER_VERSION) {
    const reason = `headquarters published what this till is too old for (version ${manifest.minReader}, here ${READER_VERSION}): it keeps what it has`;
    return failed(state, 'manifest', { type: 'refused', reason }, surroundings);
  }
  // What it names has yet to come: until some of it is applied, a hub whose segments are bad is asked as seldom as one that does not answer.
  const failures = verdict === 'apply' ? state.down.failures : 0;
  const heard: EngineState = { ...state, down: { ...state.down, problem: null, failures, fromOrigin: verdict === 'showOrigin' } };
  const answered = isFromSibling ? heard : connected(heard);
  if (verdict === 'apply') return hubEpochSeen(answered, manifest, cut);
  if (verdict === 'showOrigin') return still({ ...answered, down: { ...answered.down, busy: false, again: true } });
  // A poke that came meanwhile is answered by asking again, at once.
  return {
    state: { ...answered, down: { ...answered.down, busy: false } },
    effects: [pollTimer(surroundings.random, surroundings.options)],
  };
}

/** A hub under a new epoch may hold less of the ledgers, too: it is asked, and branches and copies of siblings' ledgers, of which no vector speaks, go up again. */
function hubEpochSeen(state: EngineState, manifest: Manifest, cut: Cut): Step {
  const known = state.hubEpoch ?? cut.position.hubEpoch;
  const { hubEpoch } = manifest.to;
  if (known === hubEpoch) return { state: { ...state, hubEpoch }, effects: [{ type: 'stageCut', manifest, isOtherHub: false, anew: [] }] };
  const epochs = branchesAnew(state.epochs, null);
  const anew = epochs.filter((epoch) => epoch.diverged);
  const stage: Effect = { type: 'stageCut', manifest, isOtherHub: true, anew };
  return { state: { ...state, hubEpoch, epochs, up: { ...state.up, asked: false, isOutdated: state.up.busy } }, effects: [stage] };
}

const isApplied = (cut: StagedCut, segment: SegmentRef): boolean => {
  const progress = cut.progress.get(segment.hash);
  return progress !== undefined && progress.applied === progress.chunkCount;
};

function beginApplying(cut: StagedCut): Applying {
  const left = (refs: readonly SegmentRef[]): readonly SegmentRef[] => refs.filter((segment) => !isApplied(cut, segment));
  const urgent = left(cut.manifest.urgent?.segments ?? []);
  const segments = [...urgent, ...left(cut.manifest.segments)];
  const urgentShown = cut.manifest.urgent === undefined;
  return {
    segments,
    urgent: urgent.length,
    urgentShown,
    asked: 0,
    current: 0,
    here: new Map(),
    torn: new Set(),
    working: false,
    cut,
  };
}

/**
 * What was on its way is asked for again under the same name, from the byte where it ended: a new manifest might name others, and a line that is cut more often than a segment
 * takes would never end. Who is answered that it is gone, or that it is bad, asks for a new one.
 */
function segmentTorn(state: EngineState, event: Extract<EngineEvent, { type: 'segmentTorn' }>, surroundings: Surroundings): Step {
  const { failure, segment } = event;
  const { applying } = state.down;
  const isCurable = failure.type === 'unreachable' || failure.type === 'busy' || failure.type === 'failed';
  if (applying === null || !isCurable) return failed(state, 'segment', failure, surroundings);
  const talk = event.progressed ? { ...state, down: { ...state.down, failures: 0 } } : state;
  const rested = failed(talk, 'segment', failure, surroundings);
  const torn = new Set([...applying.torn, segment]);
  const effects = rested.effects.filter((effect) => effect.type !== 'dropSegment');
  return { state: { ...rested.state, down: { ...rested.state.down, applying: { ...applying, torn } } }, effects };
}

function arrived(
  state: EngineState,
  { segment, chunkCount, urgentLsn = 0 }: Extract<EngineEvent, { type: 'segmentArrived' }>,
): EngineState {
  const { applying } = state.down;
  if (applying === null) return state;
  const { manifest } = applying.cut;
  const urgent = state.down.urgent || urgentLsn > Math.max(manifest.to.lsn, manifest.urgent?.lsn ?? 0);
  return { ...state, down: { ...state.down, urgent, applying: { ...applying, here: new Map([...applying.here, [segment, chunkCount]]) } } };
}

function urgentExposed(state: EngineState): EngineState {
  const { applying } = state.down;
  if (applying === null) return state;
  return { ...state, down: { ...state.down, applying: { ...applying, working: false, urgentShown: true } } };
}

function chunkApplied(state: EngineState, id: ChunkId): Step {
  const { applying } = state.down;
  if (applying === null) return still(state);
  const down = { ...state.down, failures: 0 };
  const cut: StagedCut = {
    ...applying.cut,
    progress: new Map([...applying.cut.progress, [id.segment, { applied: id.chunk + 1, chunkCount: id.chunkCount }]]),
  };
  if (id.chunk + 1 < id.chunkCount) return still({ ...state, down: { ...down, applying: { ...applying, cut, working: false } } });
  const here = new Map(applying.here);
  here.delete(id.segment);
  const next = { ...applying, cut, here, current: applying.current + 1, working: false };
  return { state: { ...state, down: { ...down, applying: next } }, effects: [{ type: 'dropSegment', segment: id.segment }] };
}

function pumpDown(state: EngineState, options: EngineOptions): Step {
  const { down } = state;
  if (!state.enrolled || down.resting) return still(state);
  if (down.applying !== null) return down.urgent ? askAgain(state, down.applying) : pumpApplying(state, down.applying, options);
  if (down.busy || !down.again) return still(state);
  const asksLevel = down.hasMoved && !down.urgent && !down.fromOrigin;
  return {
    state: { ...state, down: { ...down, busy: true, again: false, hasMoved: false, urgent: false, leftOut: 0 } },
    effects: [asksLevel ? { type: 'askLevel' } : { type: 'fetchManifest', fromOrigin: down.fromOrigin }],
  };
}

/** Something urgent came while a cut is being applied: what is on its way stops, and goes on where it ended under the manifest that says what is urgent (SPEC: D-13). */
function askAgain(state: EngineState, applying: Applying): Step {
  if (applying.working) return still(state);
  const { down } = state;
  return {
    state: { ...state, down: { ...down, busy: true, again: false, urgent: false, applying: null } },
    effects: [{ type: 'holdSegments' }, { type: 'fetchManifest', fromOrigin: down.fromOrigin }],
  };
}

function pumpApplying(state: EngineState, applying: Applying, options: EngineOptions): Step {
  const effects: Effect[] = [];
  let { asked, working } = applying;
  for (const segment of applying.segments.slice(applying.current, asked)) {
    if (applying.torn.has(segment.hash)) effects.push({ type: 'fetchSegment', segment });
  }
  // Nothing that can wait is asked for before what is urgent is shown.
  const most = applying.urgentShown ? applying.segments.length : applying.urgent;
  while (asked < most && asked < applying.current + options.segmentsAhead) {
    const segment = applying.segments[asked];
    assert(segment !== undefined, 'a segment at its index');
    effects.push({ type: 'fetchSegment', segment });
    asked += 1;
  }
  const current = applying.segments[applying.current];
  if (!working && !applying.urgentShown && applying.current >= applying.urgent) {
    working = true;
    effects.push({ type: 'exposeUrgent' });
  } else if (!working && current === undefined) {
    working = true;
    effects.push({ type: 'exposeCut' });
  } else if (!working && current !== undefined) {
    const chunkCount = applying.here.get(current.hash);
    if (chunkCount !== undefined) {
      working = true;
      effects.push({
        type: 'applyChunk',
        id: { segment: current.hash, chunk: applying.cut.progress.get(current.hash)?.applied ?? 0, chunkCount },
      });
    }
  }
  return { state: { ...state, down: { ...state.down, busy: true, applying: { ...applying, asked, working, torn: new Set() } } }, effects };
}
