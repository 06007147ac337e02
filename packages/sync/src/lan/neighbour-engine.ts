/**
 * When siblings talk, as a pure state machine: `stepNeighbours(state, event, surroundings) → { state, effects }`. There is no leader: each tells the others what it holds, asks for what it lacks, and what it
 * was told is asked of whoever told it. `neighbours.ts` carries the effects out, and says of each head that was told whether it is held.
 *
 * With one sibling one conversation is under way at most; all of them run on their own. Nothing here waits for the hub.
 */
import { assert, unreachable } from '@holdfast/base';

import { ENGINE_DEFAULTS, type Failure } from '../replica/engine.ts';
import type { SignedHead, Vector } from '../replica/ledger.ts';

/** What a sibling said of itself. */
export interface SiblingFacts {
  readonly isConnected: boolean;
  readonly confirmed: Vector;
  /** Of its own ledger: epoch → the last seq that it holds itself. */
  readonly own: Vector;
}

/** A sibling's line that is held here, for whoever carries it to the hub. */
export interface CarriedLine {
  readonly line: number;
  readonly device: string;
  readonly epoch: string;
  readonly headSeq: number;
  readonly confirmedSeq: number;
  /** Another history of that epoch is held too. */
  readonly isFork: boolean;
}

export type NeighbourEvent =
  /** What is known of where siblings are: all that a list or the network names now. */
  | { readonly type: 'found'; readonly addresses: readonly string[] }
  /** Entries of this device's own were appended. */
  | { readonly type: 'appended' }
  | { readonly type: 'tick'; readonly isConnected: boolean; readonly lines: readonly CarriedLine[] }
  /**
   * A sibling told what it holds: in answer to this device (`answers`), or by itself, from where `address` is. `missing`: proven heads that are not held here. `isBeyond`: it
   * holds another history of this device's growing epoch, or more of it than this device does.
   */
  | {
      readonly type: 'heard';
      readonly address: string | null;
      readonly answers: boolean;
      readonly device: string;
      /** Of this very device: another process of it, by its number; it runs on a copy of its disk. */
      readonly copy?: string;
      readonly facts: SiblingFacts;
      readonly missing: readonly SignedHead[];
      readonly isBeyond: boolean;
    }
  /** Some entries came, or none that fit; `missing`: what is still not held of what was told. */
  | { readonly type: 'pulled'; readonly address: string; readonly missing: readonly SignedHead[]; readonly progressed: boolean }
  | { readonly type: 'failed'; readonly address: string; readonly failure: Failure }
  /** There is nobody but this process itself at this address. */
  | { readonly type: 'isSelf'; readonly address: string }
  | { readonly type: 'carried'; readonly line: number; readonly failure: Failure | null };

export type NeighbourEffect =
  | { readonly type: 'hello'; readonly address: string }
  | { readonly type: 'pull'; readonly address: string; readonly head: SignedHead }
  | { readonly type: 'mintEpoch' }
  /** Send entries of another device's line to the hub. */
  | { readonly type: 'carry'; readonly line: number; readonly afterSeq: number }
  | { readonly type: 'setTimer'; readonly delayMs: number };

export interface Sibling {
  readonly address: string;
  /** Whether a list or the network names it: then it is never given up. */
  readonly isFound: boolean;
  /** Null until it has answered once, and of a copy of this device. */
  readonly device: string | null;
  /** The number of a process that is this very device; null: it is none. */
  readonly copy: string | null;
  /** By the monotonic clock; -Infinity: never. */
  readonly heardMs: number;
  readonly talk: 'rest' | 'hello' | 'pull';
  /** Something came up meanwhile: greet it again when this is done. */
  readonly again: boolean;
  readonly failures: number;
  /** Not before. */
  readonly dueMs: number;
  readonly missing: readonly SignedHead[];
  readonly facts: SiblingFacts;
}

/** One line that is not taken holds up no other. */
export interface RestingLine {
  readonly line: number;
  readonly failures: number;
  /** Not before. */
  readonly dueMs: number;
}

export interface NeighbourState {
  /** Of this device. */
  readonly device: string;
  /** Of the first tick; null before it. */
  readonly startedMs: number | null;
  readonly siblings: readonly Sibling[];
  readonly carrying: boolean;
  /** Not before: the hub is silent, or asked for patience. */
  readonly carryDueMs: number;
  readonly carryFailures: number;
  /** Lines that the hub did not take the last time. */
  readonly resting: readonly RestingLine[];
  /** Devices whose ledgers were carried, the last one last. */
  readonly carriedFor: readonly string[];
}

export interface NeighbourOptions {
  readonly helloMs: number;
  readonly backoffLeastMs: number;
  readonly backoffMostMs: number;
  /** A sibling that was silent for longer is not there. */
  readonly silentMs: number;
  /** Where it met itself it looks again after so long: addresses pass from one device to another. */
  readonly selfMs: number;
  /** A sibling that told its own address and is not found any more is forgotten after so many failures. */
  readonly giveUpAfter: number;
  /** How long a device that has just started looks for who is there, before it carries the ledger of one that is not. */
  readonly carryAfterMs: number;
  /** A hub may ask whoever carries for more patience than this, and does not get it. */
  readonly retryAfterMostMs: number;
}

export const NEIGHBOUR_DEFAULTS: NeighbourOptions = {
  helloMs: 5_000,
  backoffLeastMs: 500,
  backoffMostMs: 30_000,
  silentMs: 20_000,
  selfMs: 5 * 60_000,
  giveUpAfter: 10,
  carryAfterMs: 30_000,
  retryAfterMostMs: ENGINE_DEFAULTS.retryAfterMostMs,
};

export interface NeighbourSurroundings {
  /** Monotonic. */
  readonly nowMs: number;
  /** In [0, 1), a new one for each step. */
  readonly random: number;
  readonly options: NeighbourOptions;
}

export interface NeighbourStep {
  readonly state: NeighbourState;
  readonly effects: readonly NeighbourEffect[];
}

const NO_FACTS: SiblingFacts = { isConnected: false, confirmed: {}, own: {} };

export const neighbourState = (device: string): NeighbourState => ({
  device,
  startedMs: null,
  siblings: [],
  carrying: false,
  carryDueMs: 0,
  carryFailures: 0,
  resting: [],
  carriedFor: [],
});

export function stepNeighbours(state: NeighbourState, event: NeighbourEvent, surroundings: NeighbourSurroundings): NeighbourStep {
  const { nowMs, options } = surroundings;
  switch (event.type) {
    case 'found':
      return greet(found(state, event.addresses), surroundings, (sibling) => sibling.heardMs === -Infinity);
    case 'appended':
      return greet(
        { ...state, siblings: state.siblings.map((sibling) => (sibling.talk === 'rest' ? sibling : { ...sibling, again: true })) },
        surroundings,
        ({ device, copy }) => device !== null || copy !== null,
      );
    case 'tick': {
      const carried = carry({ ...state, startedMs: state.startedMs ?? nowMs }, event, surroundings);
      const greeted = greet(carried.state, surroundings, () => true);
      const timer: NeighbourEffect = { type: 'setTimer', delayMs: Math.round(options.helloMs * (0.75 + surroundings.random / 2)) };
      return { state: greeted.state, effects: [...carried.effects, ...greeted.effects, timer] };
    }
    case 'heard':
      return heard(state, event, surroundings);
    case 'pulled':
      return pulled(state, event, surroundings);
    case 'failed':
      return { state: failed(state, event.address, surroundings), effects: [] };
    case 'isSelf': {
      const siblings = state.siblings.flatMap((sibling) => {
        if (sibling.address !== event.address) return [sibling];
        return sibling.isFound ? [{ ...newSibling(event.address, true), dueMs: nowMs + options.selfMs }] : [];
      });
      return { state: { ...state, siblings }, effects: [] };
    }
    case 'carried':
      return { state: afterCarry(state, event, surroundings), effects: [] };
    default:
      return unreachable(event, 'neighbour event');
  }
}

// ---- who is there ----

const newSibling = (address: string, isFound: boolean): Sibling => ({
  address,
  isFound,
  device: null,
  copy: null,
  heardMs: -Infinity,
  talk: 'rest',
  again: false,
  failures: 0,
  dueMs: -Infinity,
  missing: [],
  facts: NO_FACTS,
});

/** Has neither answered nor failed yet, and may: this process itself does not. */
export const isUngreeted = ({ heardMs, failures, dueMs }: Sibling): boolean =>
  heardMs === -Infinity && failures === 0 && dueMs === -Infinity;

function found(state: NeighbourState, addresses: readonly string[]): NeighbourState {
  const named = new Set(addresses);
  const known = state.siblings.map((sibling) => ({ ...sibling, isFound: named.has(sibling.address) }));
  const fresh = [...named].filter((address) => !known.some((sibling) => sibling.address === address));
  return { ...state, siblings: [...known, ...fresh.map((address) => newSibling(address, true))] };
}

/** A sibling may be found at several addresses: it is greeted at the one that answered last, while that does. */
function isAlias(sibling: Sibling, siblings: readonly Sibling[]): boolean {
  if (sibling.device === null && sibling.copy === null) return false;
  return siblings.some(
    (other) =>
      other !== sibling &&
      other.device === sibling.device &&
      other.copy === sibling.copy &&
      other.failures === 0 &&
      (other.heardMs > sibling.heardMs || (other.heardMs === sibling.heardMs && other.address < sibling.address)),
  );
}

function greet(state: NeighbourState, { nowMs }: NeighbourSurroundings, whom: (sibling: Sibling) => boolean): NeighbourStep {
  const effects: NeighbourEffect[] = [];
  const siblings = state.siblings.map((sibling): Sibling => {
    if (sibling.talk !== 'rest' || sibling.dueMs > nowMs || !whom(sibling) || isAlias(sibling, state.siblings)) return sibling;
    effects.push({ type: 'hello', address: sibling.address });
    return { ...sibling, talk: 'hello', again: false };
  });
  return { state: { ...state, siblings }, effects };
}

const change = (state: NeighbourState, address: string, by: (sibling: Sibling) => Sibling): NeighbourState => ({
  ...state,
  siblings: state.siblings.map((sibling) => (sibling.address === address ? by(sibling) : sibling)),
});

// ---- what they hold ----

type Heard = Extract<NeighbourEvent, { type: 'heard' }>;

function heard(state: NeighbourState, event: Heard, surroundings: NeighbourSurroundings): NeighbourStep {
  const { address, device, copy = null, facts, missing } = event;
  const minted: readonly NeighbourEffect[] = event.isBeyond ? [{ type: 'mintEpoch' }] : [];
  if (address === null) return { state, effects: minted };
  const isKnown = state.siblings.some((sibling) => sibling.address === address);
  const met = isKnown ? state : { ...state, siblings: [...state.siblings, newSibling(address, false)] };
  const told = change(met, address, (sibling) => ({
    ...sibling,
    device: copy === null ? device : null,
    copy,
    facts,
    missing,
    heardMs: surroundings.nowMs,
    failures: 0,
    dueMs: -Infinity,
    // Only what this device asked itself is answered: a greeting that comes meanwhile leaves its own talk to go on.
    talk: event.answers ? 'rest' : sibling.talk,
  }));
  const next = proceed(told, address, surroundings);
  return { state: next.state, effects: [...minted, ...next.effects] };
}

/** At rest: what is missing is asked for; where nothing is, and something came up, it is greeted again. */
function proceed(state: NeighbourState, address: string, surroundings: NeighbourSurroundings): NeighbourStep {
  const sibling = state.siblings.find((candidate) => candidate.address === address);
  if (sibling === undefined || sibling.talk !== 'rest') return { state, effects: [] };
  const [head] = sibling.missing;
  if (head !== undefined) {
    return { state: change(state, address, (known) => ({ ...known, talk: 'pull' })), effects: [{ type: 'pull', address, head }] };
  }
  return sibling.again ? greet(state, surroundings, (known) => known.address === address) : { state, effects: [] };
}

type Pulled = Extract<NeighbourEvent, { type: 'pulled' }>;

function pulled(state: NeighbourState, event: Pulled, surroundings: NeighbourSurroundings): NeighbourStep {
  const rested = change(state, event.address, (sibling) => {
    const [asked, ...others] = sibling.missing;
    // What does not come is left until it is told again: it holds up nothing else.
    const missing =
      event.progressed || asked === undefined ? event.missing : event.missing.filter((head) => others.some((other) => isSame(other, head)));
    return { ...sibling, talk: 'rest', heardMs: surroundings.nowMs, missing };
  });
  return proceed(rested, event.address, surroundings);
}

const isSame = (left: SignedHead, right: SignedHead): boolean =>
  left.device === right.device &&
  left.epoch === right.epoch &&
  left.seq === right.seq &&
  left.hash.every((byte, at) => byte === right.hash[at]);

// ---- silence ----

/** Half of it fixed, half by chance. */
function backoffMs(failures: number, { random, options }: NeighbourSurroundings): number {
  const most = Math.min(options.backoffMostMs, options.backoffLeastMs * 2 ** Math.min(failures, 30));
  return Math.round(most / 2 + (most / 2) * random);
}

function failed(state: NeighbourState, address: string, surroundings: NeighbourSurroundings): NeighbourState {
  const { nowMs, options } = surroundings;
  const after = change(state, address, (sibling) => {
    const failures = sibling.failures + 1;
    return { ...sibling, talk: 'rest', again: false, missing: [], failures, dueMs: nowMs + backoffMs(failures, surroundings) };
  });
  return { ...after, siblings: after.siblings.filter(({ isFound, failures }) => isFound || failures < options.giveUpAfter) };
}

// ---- carrying ledgers to the hub ----

type Tick = Extract<NeighbourEvent, { type: 'tick' }>;

/**
 * Whoever reaches the hub carries the ledgers of those who do not, of one device after the other. Which of several does so follows from names alone; where two think it is theirs, the hub gets
 * the same twice, and that is all.
 */
function carry(state: NeighbourState, { isConnected, lines }: Tick, { nowMs, options }: NeighbourSurroundings): NeighbourStep {
  const resting = state.resting.filter((rest) => lines.some(({ line }) => line === rest.line));
  const rested = { ...state, resting };
  if (!isConnected || state.carrying || nowMs < state.carryDueMs) return { state: rested, effects: [] };
  const present = state.siblings.filter(({ device, heardMs }) => device !== null && nowMs - heardMs <= options.silentMs);
  const able = [state.device, ...present.filter(({ facts }) => facts.isConnected).map(({ device }) => device ?? '')];
  const isFresh = nowMs - (state.startedMs ?? nowMs) < options.carryAfterMs;
  const due = lines.filter(({ line, device, epoch, headSeq, confirmedSeq, isFork }) => {
    if (headSeq <= confirmedSeq) return false;
    if (resting.some((rest) => rest.line === line && nowMs < rest.dueMs)) return false;
    const itself = present.find((sibling) => sibling.device === device);
    if (itself === undefined ? isFresh : !isFork && willSend(itself.facts, epoch, headSeq)) return false;
    // Whose it is leaves it to others while there are any: it has lost it, or it is another copy's.
    const carriers = able.filter((other) => other !== device);
    return carriers.length === 0 || carrierOf(device, carriers) === state.device;
  });
  const turnOf = ({ device }: CarriedLine): number => state.carriedFor.indexOf(device);
  const failuresOf = ({ line }: CarriedLine): number => resting.find((rest) => rest.line === line)?.failures ?? 0;
  // Of one device the first line first, where none has failed: an epoch comes before those that continue it.
  const [next] = due.toSorted((left, right) => turnOf(left) - turnOf(right) || failuresOf(left) - failuresOf(right));
  if (next === undefined) return { state: rested, effects: [] };
  const carriedFor = [...state.carriedFor.filter((device) => device !== next.device), next.device];
  return {
    state: { ...rested, carrying: true, carriedFor },
    effects: [{ type: 'carry', line: next.line, afterSeq: next.confirmedSeq }],
  };
}

type Carried = Extract<NeighbourEvent, { type: 'carried' }>;

/** A line that is refused rests by itself; where the hub is silent, fails or asks for patience, all rest, and it is another line's turn then. */
function afterCarry(state: NeighbourState, { line, failure }: Carried, surroundings: NeighbourSurroundings): NeighbourState {
  const { nowMs, options } = surroundings;
  const others = state.resting.filter((rest) => rest.line !== line);
  if (failure === null) return { ...state, carrying: false, carryFailures: 0, carryDueMs: nowMs, resting: others };
  const lineFailures = 1 + (state.resting.find((rest) => rest.line === line)?.failures ?? 0);
  const resting = [...others, { line, failures: lineFailures, dueMs: nowMs + backoffMs(lineFailures, surroundings) }];
  const carryFailures = failure.type === 'refused' ? 0 : state.carryFailures + 1;
  const restMs = failure.type === 'refused' ? 0 : backoffMs(carryFailures, surroundings);
  const askedMs = Math.min(failure.retryAfterMs ?? 0, options.retryAfterMostMs);
  return { ...state, carrying: false, carryFailures, carryDueMs: nowMs + Math.max(restMs, askedMs), resting };
}

/** Whether a device needs nobody for these entries of its own: they are there, or it holds them and reaches the hub. */
const willSend = ({ isConnected, confirmed, own }: SiblingFacts, epoch: string, headSeq: number): boolean =>
  (confirmed[epoch] ?? 0) >= headSeq || (isConnected && (own[epoch] ?? 0) >= headSeq);

/** The highest of a hash over both names: everybody who knows the same names chooses the same one, and each is chosen for its share. */
export function carrierOf(what: string, devices: readonly string[]): string {
  let chosen: string | undefined;
  let highest = -1;
  for (const device of [...devices].sort()) {
    const weight = fnv1a(`${what} ${device}`);
    if (weight > highest) [chosen, highest] = [device, weight];
  }
  assert(chosen !== undefined, 'somebody to choose');
  return chosen;
}

/** FNV-1a, 32 bits, with an avalanche at its end (MurmurHash3's): no secret depends on it. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
