/**
 * A device among its siblings: the engine (`neighbour-engine.ts`) with its effects carried out over a store, a transport and timers; and what it answers when a sibling asks. Whoever asks has
 * shown its certificate before the first byte of it is read (`adapters/lan.ts`); what it hands over counts by who signed it.
 */
import {
  InvariantError,
  unreachable,
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

import type { Failure } from '../replica/engine.ts';
import { headOf, signHead, verifyBegin, verifyFoldCheckpoint, verifyHead, type SignedHead, type Vector } from '../replica/ledger.ts';
import type { Transport, TransportError } from '../replica/replica.ts';
import { isFurther, type EpochState, type Identity, type LedgerPlace, type ReplicaStore } from '../store.ts';
import { decodeBatch, encodeBatch, type Batch } from '../wire/batch.ts';
import { bytesToHex, hexToBytes, sameBytes } from '../wire/bytes.ts';
import {
  isUngreeted,
  NEIGHBOUR_DEFAULTS,
  neighbourState,
  stepNeighbours,
  type CarriedLine,
  type NeighbourEffect,
  type NeighbourEvent,
  type NeighbourOptions,
  type NeighbourState,
  type SiblingFacts,
} from './neighbour-engine.ts';
import { NEIGHBOUR_LIMITS, type EntriesRequest, type Hello, type HelloAnswer } from './neighbour-protocol.ts';
import { isCutOff, type Line, type NeighbourStore } from './neighbour-store.ts';
import {
  countersignatureMessage,
  goneOf,
  isSibling,
  revocationNumberOf,
  verifyRevocations,
  withRevocations,
  type CertificateReader,
  type CertifiedMember,
  type RevocationList,
} from './trust.ts';

/** To siblings. Rejections do not happen. Whoever answers has shown a certificate of this store that counts, which may be this device's own; answers are parsed. */
export interface NeighbourTransport {
  hello(address: string, hello: Hello): Promise<Result<{ readonly from: CertifiedMember; readonly answer: HelloAnswer }, TransportError>>;
  entries(address: string, request: EntriesRequest): Promise<Result<Uint8Array, TransportError>>;
}

export interface NeighbourPorts {
  readonly store: ReplicaStore;
  readonly neighbours: NeighbourStore;
  readonly reader: CertificateReader;
  readonly transport: NeighbourTransport;
  /** Carries another device's ledger. */
  readonly hub: Pick<Transport, 'sendLedger'>;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly hash: Hash;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly withTurn: <T>(write: () => T) => T;
  /** Whether the hub was reached of late. */
  readonly isConnected: () => boolean;
  /** Where this device listens for siblings; null: nowhere. */
  readonly port: () => number | null;
  /** A sibling holds another history of this device than it does: it goes on in a new epoch (SPEC: I-3). */
  readonly onBeyond: () => void;
  /** Siblings' entries were taken, and committed. */
  readonly onTaken: () => void;
  /** The digest of the working documents that this device holds; absent: it takes part in none (SPEC: W-5). */
  readonly documents?: () => string;
  /** The sibling at `address` holds working documents, by this digest. */
  readonly onDocuments?: (address: string, digest: string) => void;
  /** There is another list: connections of whoever is on it end. */
  readonly onRevocations: (list: RevocationList) => void;
}

/** A sibling that answered of late. */
export interface SiblingStatus {
  readonly device: string;
  readonly address: string;
  readonly isConnected: boolean;
  /** Its clock less this device's, both as the hub corrected them; null where either was never. */
  readonly clockAheadMs: number | null;
}

export interface Neighbours {
  start(): void;
  /** All that a list or the network names now: `HOST:PORT`. */
  found(addresses: readonly string[]): void;
  /** Entries of this device were appended (and committed). */
  appended(): void;
  /** A list that the hub signed. True where it was newer, or names what no newer one does, and its signature is right. */
  takeRevocations(list: RevocationList): boolean;
  /** The hub may hold less than it did: what is carried goes up again. */
  doubtHub(): void;
  siblings(): readonly SiblingStatus[];
  /** Each address that is known has answered once, or failed. */
  hasGreetedAll(): boolean;
  /** Where other processes are that are this very device, and answered of late (SPEC: N-19): each runs on a copy of its disk. */
  copies(): readonly string[];
  /** That a device of this store signs with, while what it signs counts by itself; undefined where it is not known here. */
  keyOf(device: string): Uint8Array | undefined;
  /** Whether `member` may be served: see `isSibling`. */
  admits(member: CertifiedMember): boolean;
  // What a sibling asks, once it is admitted. `host`: where it is; null: unknown.
  answerHello(from: CertifiedMember, host: string | null, hello: Hello): HelloAnswer;
  /** A batch frame; null where that line is not held. */
  answerEntries(request: EntriesRequest): Uint8Array | null;
  stop(): void;
}

/** Of one answer, about. */
const RUN_ENTRIES = 1_000;
const RUN_BYTES = 1024 * 1024;
/** To one sibling, of one list that the hub has lost. */
const LOST_AGAIN_MS = 60_000;
/** Of a sibling's copy, in one turn: a millisecond or so. */
const FORGET_ENTRIES = 50;

export function createNeighbours(ports: NeighbourPorts, given: Partial<NeighbourOptions> = {}): Neighbours {
  const { store, neighbours, transport, clock, timers, logger } = ports;
  const options: NeighbourOptions = { ...NEIGHBOUR_DEFAULTS, ...given };
  const identity = (): Identity => {
    const held = store.identity();
    if (held === null) throw new InvariantError('who has siblings is enrolled');
    return held;
  };
  let state: NeighbourState = neighbourState(identity().device);
  let stopped = true;
  const queue: NeighbourEvent[] = [];
  let draining = false;
  let cancelTimer = (): void => {};
  /** How often the hub was in doubt: what it answered before says nothing any more. */
  let doubts = 0;
  /** Lines that ended before their device's begin, and that the hub holds as second histories: nothing of them goes. */
  const branches = new Set<number>();
  const clocksAhead = new Map<string, number>();
  /** Of this process, by which it knows itself. */
  const processId = bytesToHex(ports.random.bytes(8));
  const copiesMet = new Set<string>();
  /** By device and list: when it was told. */
  const lostTold = new Map<string, number>();
  const signedHeads = createSignedHeads(ports);
  const held = createHeld(ports);

  function dispatch(event: NeighbourEvent): void {
    if (stopped) return;
    queue.push(event);
    if (draining) return;
    draining = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const random = ports.random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
        const reaction = stepNeighbours(state, next, { nowMs: clock.monotonicMs(), random, options });
        state = reaction.state;
        for (const effect of reaction.effects) perform(effect);
      }
    } finally {
      draining = false;
    }
  }

  function perform(effect: NeighbourEffect): void {
    switch (effect.type) {
      case 'hello':
        return run(effect.address, hello(effect.address));
      case 'pull':
        return run(effect.address, pull(effect.address, effect.head));
      case 'mintEpoch':
        return leaveEpoch();
      case 'carry':
        return run(effect.line, carry(effect.line, effect.afterSeq));
      case 'setTimer':
        cancelTimer();
        cancelTimer = timers.after(effect.delayMs, tick);
        return;
      default:
        return unreachable(effect, 'neighbour effect');
    }
  }

  /** `what`: a sibling's address, or a line that is carried. What throws (a full disk, say) ends this talk, and is tried again like silence. */
  function run(what: string | number, talk: Promise<void>): void {
    talk.catch((error: unknown) => {
      const failure: Failure = { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
      logger.error('a talk with a sibling failed', { what, error });
      dispatch(typeof what === 'number' ? { type: 'carried', line: what, failure } : { type: 'failed', address: what, failure });
    });
  }

  /** Nobody waits for it, and it keeps from nothing else: what a full disk refuses is tried again. */
  function attempt(write: () => void, failed: string): void {
    try {
      write();
    } catch (error) {
      logger.error(failed, { error });
    }
  }

  /** With the next tick. */
  const forgetSome = (): void =>
    attempt(() => ports.withTurn(() => neighbours.forgetNext(FORGET_ENTRIES)), 'what a sibling keeps no longer could not be dropped');
  /** With the next greeting. */
  const leaveEpoch = (): void => attempt(ports.onBeyond, 'an epoch of which a sibling knows more could not be left');

  const tick = (): void => {
    const lines = neighbours.lines();
    if (lines.some(({ beginSeq, forgottenSeq }) => beginSeq < forgottenSeq)) forgetSome();
    dispatch({ type: 'tick', isConnected: ports.isConnected(), lines: carriedLines(lines, neighbours.begins(), branches) });
  };

  // ---- what this device tells and hears ----

  function ownHello(): Hello {
    const epochs = store.epochs();
    const hub = store.hubClock();
    const begins = [...epochs.flatMap(({ begin }) => begin ?? []), ...neighbours.begins()];
    const checkpoints = store.foldCheckpoints();
    return {
      heads: [...signedHeads.own(epochs), ...neighbours.lines().map(({ head }) => head)],
      devices: [identity().device, ...neighbours.certificates().keys()],
      revocations: revocationNumberOf(neighbours.revocations()),
      port: ports.port(),
      isConnected: ports.isConnected(),
      // Of which it holds something: what it has lost whole is in a copy at most, as of any sibling's.
      confirmed: Object.fromEntries(epochs.flatMap(({ epoch, headSeq, confirmedSeq }) => (headSeq === 0 ? [] : [[epoch, confirmedSeq]]))),
      process: { id: processId, epoch: growingEpoch() },
      clock: hub === null ? null : { timeMs: Math.round(clock.nowMs() + hub.hubOffsetMs), uncertaintyMs: hub.uncertaintyMs },
      ...(ports.documents !== undefined && { documents: ports.documents() }),
      ...(begins.length > 0 && { begins }),
      ...(checkpoints.length > 0 && { checkpoints }),
    };
  }

  const growingEpoch = (): string => {
    const growing = store.epochs().at(-1);
    if (growing === undefined) throw new InvariantError('who is enrolled has an epoch');
    return growing.epoch;
  };

  const isOwn = ({ device }: CertifiedMember): boolean => device === identity().device;
  const isSelf = (from: CertifiedMember, told: Hello): boolean => isOwn(from) && told.process?.id === processId;

  async function hello(address: string): Promise<void> {
    const sentMs = clock.monotonicMs();
    const answered = await transport.hello(address, ownHello());
    if (stopped) return;
    if (!answered.ok) return dispatch({ type: 'failed', address, failure: answered.error });
    const { from, answer } = answered.value;
    if (isSelf(from, answer)) return dispatch({ type: 'isSelf', address });
    if (answer.revocationList !== undefined) takeRevocations(answer.revocationList);
    keepCertificates([from, ...answer.certificates.flatMap((certificate) => ports.reader.read(certificate) ?? [])]);
    hear(from, answer, { address, answers: true, roundTripMs: clock.monotonicMs() - sentMs });
  }

  function hear(
    from: CertifiedMember,
    told: Hello,
    how: { readonly address: string | null; readonly answers: boolean; readonly roundTripMs: number },
  ): void {
    if (!admits(from)) return;
    const isCopy = isOwn(from);
    if (isCopy) {
      sayCopy(told, how.address);
      noteShared(sharedWith(told));
    }
    const own = store.hubClock();
    if (told.clock !== null && own !== null && !isCopy) {
      const aheadMs = told.clock.timeMs + how.roundTripMs / 2 - (clock.nowMs() + own.hubOffsetMs);
      clocksAhead.set(from.device, Math.round(aheadMs));
    }
    const begins = held.newBeginsOf(told.begins ?? [], from.device);
    const checkpoints = held.newCheckpointsOf(told.checkpoints ?? []);
    if (begins.length + checkpoints.length > 0) {
      ports.withTurn(() => {
        for (const begin of begins) neighbours.keepBegin(begin);
        for (const checkpoint of checkpoints) store.keepFoldCheckpoint(checkpoint);
      });
    }
    const missing = held.missingOf(told.heads, from.device);
    // Of two that append to one epoch one leaves it, before their histories part: the same one for both.
    const isToLeave = isCopy && told.process !== undefined && told.process.epoch === growingEpoch() && processId > told.process.id;
    const isBeyond = isToLeave || held.isProvenBeyond(told.heads);
    const facts: SiblingFacts = {
      isConnected: told.isConnected,
      confirmed: told.confirmed,
      own: ownOf(told, from.device),
    };
    if (told.documents !== undefined && how.address !== null && !isCopy) ports.onDocuments?.(how.address, told.documents);
    const copy = isCopy ? { copy: copyName(told) } : {};
    dispatch({ type: 'heard', address: how.address, answers: how.answers, device: from.device, ...copy, facts, missing, isBeyond });
  }

  /** Once for each. */
  function sayCopy(told: Hello, address: string | null): void {
    const name = copyName(told);
    if (copiesMet.has(name)) return;
    copiesMet.add(name);
    logger.error('another till runs as this lane: one of the two runs on a copy of its disk, and is to be switched off', {
      address,
      process: name,
    });
  }

  /** What a copy holds as its own of what this device holds as its own: what may be spent by it may be spent there. */
  function sharedWith(told: Hello): LedgerPlace {
    const own = ownOf(told, identity().device);
    const place = ownEpochs().findLast(({ epoch }) => own[epoch] !== undefined);
    return place === undefined
      ? { epoch: growingEpoch(), seq: 0 }
      : { epoch: place.epoch, seq: Math.min(own[place.epoch] ?? 0, place.headSeq) };
  }

  function noteShared(place: LedgerPlace): void {
    if (isFurther(store.epochs(), place, store.sharedUpTo())) ports.withTurn(() => store.noteShared(place));
  }

  const ownEpochs = (): readonly EpochState[] => store.epochs().filter(({ device }) => device === identity().device);

  /** A line of this device's own that it did not write goes on from somewhere in its ledger, in an epoch of it or in another one: there was a copy, which may be gone. */
  function noteForks(): void {
    const epochs = ownEpochs();
    for (const { head, parent } of neighbours.lines().filter((line) => line.head.device === identity().device)) {
      const own = epochs.find(({ epoch }) => epoch === head.epoch);
      const from = own === undefined && parent !== null ? epochs.find(({ epoch }) => epoch === parent.epoch) : undefined;
      const hash = from === undefined || parent === null ? null : store.hashAt(from.epoch, parent.seq);
      if (own !== undefined) noteShared({ epoch: own.epoch, seq: own.headSeq });
      else if (from !== undefined && parent !== null && hash !== null && sameBytes(hash, parent.hash))
        noteShared({ epoch: from.epoch, seq: parent.seq });
    }
  }

  function keepCertificates(members: readonly CertifiedMember[]): void {
    const known = neighbours.certificates();
    const fresh = members.filter(
      (member) => admits(member) && member.device !== identity().device && known.get(member.device) !== member.certificate,
    );
    if (fresh.length === 0) return;
    ports.withTurn(() => {
      for (const { device, certificate } of fresh) neighbours.keepCertificate(device, certificate);
    });
    held.forget();
  }

  const admits = (member: CertifiedMember): boolean => isSibling(identity(), member, neighbours.revocations());

  function takeRevocations(list: RevocationList): boolean {
    const { hubPublicKey, tenant } = identity();
    const known = neighbours.revocations();
    const next = withRevocations(known, list);
    if (next === known || !verifyRevocations(ports.verifier, hubPublicKey, tenant, list)) return false;
    ports.withTurn(() => neighbours.setRevocations(next));
    ports.onRevocations(list);
    return true;
  }

  /** Of one number each may hold what the hub has lost and the other lacks. Whether an answer arrives is not known: it is told again, ever and again, though not each time. */
  function listFor({ device }: CertifiedMember, told: Hello): RevocationList | undefined {
    const [newest, ...lost] = neighbours.revocations();
    if (newest === undefined || told.revocations > newest.number) return undefined;
    if (told.revocations < newest.number) return newest;
    const nowMs = clock.monotonicMs();
    const nameOf = ({ signature }: RevocationList): string => `${device} ${signature}`;
    const untold = lost.find((list) => nowMs - (lostTold.get(nameOf(list)) ?? -Infinity) >= LOST_AGAIN_MS);
    if (untold !== undefined) lostTold.set(nameOf(untold), nowMs);
    return untold;
  }

  // ---- entries ----

  async function pull(address: string, head: SignedHead): Promise<void> {
    const asked = state.siblings.find((sibling) => sibling.address === address);
    const askedOf = asked !== undefined && asked.copy !== null ? identity().device : (asked?.device ?? null);
    let progressed = false;
    for (const from of held.startsFor(head)) {
      const { device, epoch, seq: tipSeq } = head;
      const answered = await transport.entries(address, { device, epoch, tipSeq, tip: bytesToHex(head.hash), ...from });
      if (stopped) return;
      if (!answered.ok && answered.error.type !== 'refused') return dispatch({ type: 'failed', address, failure: answered.error });
      // Another history than the one it was asked to continue: the next beginning is tried.
      if (!answered.ok) continue;
      progressed = takeFrame(answered.value, head);
      break;
    }
    if (progressed && head.device === identity().device) noteForks();
    if (progressed) ports.onTaken();
    dispatch({ type: 'pulled', address, missing: held.unheldOf(asked?.missing ?? [], askedOf), progressed });
  }

  /** True where something of it was new. Nothing of a frame that is not wholly right is taken. */
  function takeFrame(frame: Uint8Array, { device, epoch }: SignedHead): boolean {
    const decoded = decodeBatch(frame, ports);
    if (!decoded.ok || decoded.value.device !== device || decoded.value.epoch !== epoch || decoded.value.entries.length === 0) return false;
    if (!held.isSigned(decoded.value.head)) return false;
    // Nobody is a witness to a ledger of its own.
    const isWitness = device !== identity().device && goneOf(neighbours.revocations(), device)?.reason !== 'stolen';
    const countersignature = !isWitness ? null : ports.signer.sign(countersignatureMessage(decoded.value.head));
    const begin = held.placesToBegin(decoded.value).find(({ seq }) => seq === decoded.value.firstSeq - 1);
    const taken = ports.withTurn(() => neighbours.take(decoded.value, countersignature, begin));
    return taken.type === 'taken' && taken.entries.length > 0;
  }

  function answerEntries({ device, epoch, tipSeq, tip, afterSeq, afterHash }: EntriesRequest): Uint8Array | null {
    const matches = (hashAt: (seq: number) => Uint8Array | null): boolean => {
      const [at, after] = [hashAt(tipSeq), afterSeq === 0 ? null : hashAt(afterSeq)];
      return at !== null && bytesToHex(at) === tip && (afterSeq === 0 || (after !== null && bytesToHex(after) === afterHash));
    };
    const own = store.epochs().find((candidate) => candidate.device === device && candidate.epoch === epoch);
    if (own !== undefined && matches((seq) => store.hashAt(epoch, seq))) {
      const batch = ownBatch(own, afterSeq);
      return batch === null ? null : encodeBatch(batch, ports.compression, LAN_CODEC);
    }
    const line = neighbours
      .lines()
      .find(({ line: number, head }) => head.device === device && head.epoch === epoch && matches((seq) => neighbours.hashAt(number, seq)));
    const batch = line === undefined ? null : neighbours.run(line.line, afterSeq, RUN_ENTRIES, RUN_BYTES);
    return batch === null ? null : encodeBatch(batch, ports.compression, LAN_CODEC);
  }

  function ownBatch(epoch: EpochState, afterSeq: number): Batch | null {
    const entries = store.entriesAfter(epoch.epoch, afterSeq, RUN_ENTRIES, RUN_BYTES);
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined || first.id.seq !== afterSeq + 1) return null;
    const { device, epoch: name, parent } = epoch;
    const head = signHead(ports.signer, headOf(last));
    return {
      device,
      epoch: name,
      parent: afterSeq === 0 ? parent : null,
      firstSeq: afterSeq + 1,
      previousHash: first.previousHash,
      entries,
      head,
    };
  }

  // ---- carrying to the hub ----

  /** Of a line that ended before its device's begin the hub has all, as a rule, which its last entry shows: it holds that, or what comes before it. */
  async function carry(line: number, afterSeq: number): Promise<void> {
    const carried = neighbours.lines().find((known) => known.line === line);
    if (carried === undefined) return dispatch({ type: 'carried', line, failure: null });
    const lastSeq = isCutOff(carried.head, neighbours.begins()) ? carried.head.seq - 1 : 0;
    if (lastSeq > afterSeq && !(await carryRun(carried, lastSeq, true))) return;
    await carryRun(carried, afterSeq, false);
  }

  /** `isTrial`: where the hub lacks what comes before, nothing is said of that, and the answer is true. */
  async function carryRun({ line, head, forgottenSeq }: Line, afterSeq: number, isTrial: boolean): Promise<boolean> {
    const done = (failure: Failure | null): false => {
      dispatch({ type: 'carried', line, failure });
      return false;
    };
    const batch = neighbours.run(line, afterSeq, CARRY_ENTRIES, CARRY_BYTES);
    if (batch === null) return done(null);
    const doubtsBefore = doubts;
    const answered = await ports.hub.sendLedger(identity().token, encodeBatch(batch, ports.compression, 1));
    if (stopped) return false;
    if (!answered.ok) {
      done(answered.error);
      if (answered.error.type === 'refused') tickSoon();
      return false;
    }
    if (doubts !== doubtsBefore) return done(null);
    const { received, heads, safe, gap, branch } = answered.value.value;
    if (isTrial && gap === true) return true;
    const at = received[batch.epoch] ?? 0;
    const here = neighbours.hashAt(line, at);
    const isSameLine = here !== null && heads[batch.epoch] === bytesToHex(here);
    const isLast = gap !== true && batch.head.seq === head.seq && isToLetGo({ head, forgottenSeq }, neighbours.begins());
    const isSafe = branch !== true && (safe[batch.epoch] ?? 0) >= head.seq;
    ports.withTurn(() => {
      // Who lacks what comes before has lost what it had, or was never given it.
      if (gap === true && afterSeq > 0) neighbours.doubt();
      if (isSameLine) neighbours.confirm(line, at);
      if (gap !== true) neighbours.confirm(line, batch.head.seq);
      if (isLast && isSafe) neighbours.letGo(line, head.seq);
    });
    if (isLast && branch === true) branches.add(line);
    // What was forgotten nobody can bring any more.
    const isStuck = gap === true && (afterSeq <= forgottenSeq || at >= afterSeq) && !isSameLine;
    // It is asked again, ever more seldom.
    const isUnsafe = isLast && branch !== true && !isSafe;
    if (isStuck) done({ type: 'refused', reason: 'the hub lacks what a ledger continues' });
    else done(isUnsafe ? { type: 'refused', reason: 'the hub may still lose what a sibling would let go of' } : null);
    tickSoon();
    return false;
  }

  /** The next run goes at once, where there is one. */
  function tickSoon(): void {
    cancelTimer();
    cancelTimer = timers.after(0, tick);
  }

  return {
    start: () => {
      stopped = false;
      tick();
    },
    found: (addresses) => dispatch({ type: 'found', addresses }),
    appended: () => dispatch({ type: 'appended' }),
    takeRevocations,
    doubtHub: () => {
      doubts += 1;
      branches.clear();
      ports.withTurn(() => neighbours.doubt());
    },
    siblings: () => {
      const byDevice = new Map<string, SiblingStatus>();
      // One that is found at several addresses is one sibling, where it was heard of last.
      for (const { device, address, heardMs, failures, facts } of state.siblings.toSorted((left, right) => left.heardMs - right.heardMs)) {
        if (device === null || failures > 0 || clock.monotonicMs() - heardMs > options.silentMs) continue;
        byDevice.set(device, { device, address, isConnected: facts.isConnected, clockAheadMs: clocksAhead.get(device) ?? null });
      }
      return [...byDevice.values()];
    },
    hasGreetedAll: () => !state.siblings.some(isUngreeted),
    copies: () => {
      const byCopy = new Map<string, string>();
      for (const { copy, address, heardMs, failures } of state.siblings.toSorted((left, right) => left.heardMs - right.heardMs))
        if (copy !== null && failures === 0 && clock.monotonicMs() - heardMs <= options.silentMs) byCopy.set(copy, address);
      return [...byCopy.values()].sort();
    },
    keyOf: (device) => (goneOf(neighbours.revocations(), device)?.reason === 'stolen' ? undefined : held.keyOf(device)),
    admits,
    answerHello: (from, host, told) => {
      keepCertificates([from]);
      const answer = ownHello();
      const revocationList = listFor(from, told);
      const certificates = missingCertificates(told, answer, neighbours.certificates());
      const address = host === null || told.port === null ? null : joinAddress(host, told.port);
      if (!isSelf(from, told)) hear(from, told, { address, answers: false, roundTripMs: 0 });
      return { ...answer, certificates, ...(revocationList !== undefined && { revocationList }) };
    },
    answerEntries,
    stop: () => {
      stopped = true;
      cancelTimer();
    },
  };
}

/** On a LAN bytes cost nothing, and a scan may be waiting for the processor: the first codec takes less of it. */
const LAN_CODEC = 1;
const CARRY_ENTRIES = 250;
const CARRY_BYTES = 256 * 1024;

export const joinAddress = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** Of its own epochs, which `confirmed` names; behind their heads stand those of copies that it holds of itself, too, and sends to nobody. */
function ownOf({ heads, confirmed }: Hello, from: string): Vector {
  const own: Record<string, number> = {};
  for (const { device, epoch, seq } of heads) if (device === from && confirmed[epoch] !== undefined) own[epoch] ??= seq;
  return own;
}

const copyName = ({ process: copy }: Hello): string => copy?.id ?? 'of an earlier build';

/** Certificates of devices among the heads, for whoever lacks them. */
function missingCertificates(told: Hello, answer: Hello, known: ReadonlyMap<string, string>): readonly string[] {
  const has = new Set(told.devices);
  const devices = new Set(answer.heads.map(({ device }) => device));
  return [...known]
    .filter(([device]) => devices.has(device) && !has.has(device))
    .map(([, certificate]) => certificate)
    .slice(0, NEIGHBOUR_LIMITS.devices);
}

/** It goes, but for its last entry, once the hub calls that safe on its main line (SPEC: N-17). */
const isToLetGo = ({ head, forgottenSeq }: Pick<Line, 'head' | 'forgottenSeq'>, begins: readonly SignedHead[]): boolean =>
  forgottenSeq < head.seq - 1 && isCutOff(head, begins);

/** `branches`: those that the hub is known to hold as second histories. */
function carriedLines(lines: readonly Line[], begins: readonly SignedHead[], branches: ReadonlySet<number>): readonly CarriedLine[] {
  return lines.map((held) => {
    const { line, head, confirmedSeq } = held;
    return {
      line,
      device: head.device,
      epoch: head.epoch,
      headSeq: head.seq,
      // The last entry is asked about again until it is known whether the line may go.
      confirmedSeq: isToLetGo(held, begins) && !branches.has(line) ? Math.min(confirmedSeq, head.seq - 1) : confirmedSeq,
      // One that ended before its device's begin may be of another history: nobody can tell any more but the hub.
      isFork:
        isCutOff(head, begins) ||
        lines.some(
          (other) =>
            other.line !== line && other.head.device === head.device && other.head.epoch === head.epoch && !isCutOff(other.head, begins),
        ),
    };
  });
}

/** Heads of this device's own epochs, signed when they have moved. */
function createSignedHeads({ signer }: NeighbourPorts): { own(epochs: readonly EpochState[]): readonly SignedHead[] } {
  const byEpoch = new Map<string, SignedHead>();
  return {
    own: (epochs) =>
      epochs.flatMap(({ device, epoch, headSeq, headHash }) => {
        if (headSeq === 0) return [];
        const known = byEpoch.get(epoch);
        if (known?.seq === headSeq && sameBytes(known.hash, headHash)) return [known];
        const signed = signHead(signer, { device, epoch, seq: headSeq, hash: headHash });
        byEpoch.set(epoch, signed);
        return [signed];
      }),
  };
}

const isForgotten = (head: SignedHead, begins: readonly SignedHead[], lines: readonly Line[]): boolean =>
  isCutOff(head, begins) ||
  lines.some(({ head: { device, epoch }, beginSeq }) => device === head.device && epoch === head.epoch && head.seq < beginSeq);

/** What is held of heads that are told, and whether they are what they say. */
function createHeld({ store, neighbours, reader, verifier, signer }: NeighbourPorts) {
  /** Device → the key that its heads are signed with. */
  let keys: Map<string, Uint8Array> | null = null;
  const keyOf = (device: string): Uint8Array | undefined => {
    keys ??= new Map(
      [...neighbours.certificates()].flatMap(([of, certificate]) => {
        const member = reader.read(certificate);
        return member === null ? [] : [[of, hexToBytes(member.publicKey)] as const];
      }),
    );
    return device === store.identity()?.device ? signer.publicKey : keys.get(device);
  };
  const isAt = (head: SignedHead, hash: Uint8Array | null): boolean => hash !== null && sameBytes(hash, head.hash);
  const isEpochOf = ({ device, epoch }: SignedHead, of: Pick<EpochState, 'device' | 'epoch'>): boolean =>
    of.device === device && of.epoch === epoch;
  const isOwn = (head: SignedHead, own: EpochState): boolean => {
    // What was forgotten was this device's as well.
    if (head.seq < (own.begin?.seq ?? 0)) return true;
    return isAt(head, head.seq === own.headSeq ? own.headHash : store.hashAt(own.epoch, head.seq));
  };
  /** As each device said last of its own epochs: of an older disk it is not the furthest that it ever signed. */
  const said = new Map<string, SignedHead>();
  const epochName = ({ device, epoch }: Pick<SignedHead, 'device' | 'epoch'>): string => `${device} ${epoch}`;
  const furthest = ({ device, epoch }: Pick<SignedHead, 'device' | 'epoch'>): SignedHead | undefined =>
    neighbours.begins().find((begin) => begin.device === device && begin.epoch === epoch);
  const beginsOf = (of: Pick<SignedHead, 'device' | 'epoch'>): readonly SignedHead[] =>
    [furthest(of), said.get(epochName(of))].flatMap((begin) => begin ?? []);
  const checkpointOf = ({ device, epoch }: Pick<SignedHead, 'device' | 'epoch'>): readonly SignedHead[] =>
    store.foldCheckpoints().filter((checkpoint) => checkpoint.device === device && checkpoint.epoch === epoch);
  const isHeldBy = ({ line, head: last }: Line, head: SignedHead): boolean =>
    isAt(head, head.seq === last.seq ? last.hash : neighbours.hashAt(line, head.seq));
  /** `from`: who told it. What its device has forgotten is asked of nobody else; where that device itself ends there, its disk is an older one, and may hold another history. */
  const unheldOf = (heads: readonly SignedHead[], from: string | null): readonly SignedHead[] => {
    const [epochs, lines, begins, checkpoints] = [store.epochs(), neighbours.lines(), neighbours.begins(), store.foldCheckpoints()];
    /** Whoever has nothing of an epoch yet needs nothing of it up to its checkpoint. */
    const isUnneeded = (head: SignedHead): boolean =>
      checkpoints.some(
        (checkpoint) =>
          isEpochOf(head, checkpoint) &&
          (isAt(head, checkpoint.seq === head.seq ? checkpoint.hash : null) || (head.seq < checkpoint.seq && head.device !== from)),
      ) && !lines.some((line) => isEpochOf(head, line.head));
    return heads.filter(
      (head) =>
        (head.device === from || !isForgotten(head, begins, lines)) &&
        !isUnneeded(head) &&
        !epochs.some((own) => isEpochOf(head, own) && isOwn(head, own)) &&
        !lines.some((line) => isEpochOf(head, line.head) && isHeldBy(line, head)),
    );
  };
  const isSigned = (head: SignedHead): boolean => {
    const key = keyOf(head.device);
    return key !== undefined && verifyHead(verifier, key, head);
  };
  return {
    unheldOf,
    isSigned,
    keyOf,
    /** What was read of certificates may have changed. */
    forget: () => void (keys = null),
    missingOf: (heads: readonly SignedHead[], from: string): readonly SignedHead[] =>
      unheldOf(
        heads.filter(({ seq }) => seq > 0),
        from,
      ).filter(isSigned),
    /** Of this device's growing epoch: something that it does not hold, and has signed all the same. */
    isProvenBeyond: (heads: readonly SignedHead[]): boolean => {
      const epochs = store.epochs().slice(-1);
      return heads.some(
        (head) => head.seq > 0 && epochs.some((growing) => isEpochOf(head, growing) && !isOwn(head, growing)) && isSigned(head),
      );
    },
    /** Behind which a line may be taken. */
    placesToBegin: (of: Pick<SignedHead, 'device' | 'epoch'>): readonly SignedHead[] => [...beginsOf(of), ...checkpointOf(of)],
    /** Of siblings' epochs, by their own signature, and further than what is known. */
    newCheckpointsOf: (checkpoints: readonly SignedHead[]): readonly SignedHead[] => {
      const kept = new Map(
        (checkpoints.length === 0 ? [] : store.foldCheckpoints()).map((checkpoint) => [epochName(checkpoint), checkpoint.seq]),
      );
      return checkpoints.filter((checkpoint) => {
        if (checkpoint.seq <= (kept.get(epochName(checkpoint)) ?? 0) || checkpoint.device === store.identity()?.device) return false;
        const key = keyOf(checkpoint.device);
        return key !== undefined && verifyFoldCheckpoint(verifier, key, checkpoint);
      });
    },
    /** Of siblings' epochs, by their own signature, and further than what is known. `from`: who told them. */
    newBeginsOf: (begins: readonly SignedHead[], from: string): readonly SignedHead[] => {
      const kept = new Map((begins.length === 0 ? [] : neighbours.begins()).map((begin) => [epochName(begin), begin]));
      return begins.filter((begin) => {
        const of = epochName(begin);
        const isProven = [kept.get(of), said.get(of)].some((known) => known?.seq === begin.seq && sameBytes(known.hash, begin.hash));
        const key = begin.device === store.identity()?.device ? undefined : keyOf(begin.device);
        if (key === undefined || !(isProven || verifyBegin(verifier, key, begin))) return false;
        if (begin.device === from) said.set(of, begin);
        return begin.seq > (kept.get(of)?.seq ?? 0);
      });
    },
    /** Where a line may be continued from, the longest first; where none is held, from its checkpoint; then from its beginning, and where its device has forgotten that, from behind it. */
    startsFor: (head: SignedHead): readonly Pick<EntriesRequest, 'afterSeq' | 'afterHash'>[] => {
      const starts = neighbours
        .lines()
        .filter((line) => isEpochOf(head, line.head) && line.head.seq < head.seq)
        .map((line) => ({ afterSeq: line.head.seq, afterHash: bytesToHex(line.head.hash) }))
        .sort((left, right) => right.afterSeq - left.afterSeq);
      const isNew = !neighbours.lines().some((line) => isEpochOf(head, line.head));
      const behind = (places: readonly SignedHead[]) =>
        places.filter(({ seq }) => seq < head.seq).map(({ seq, hash }) => ({ afterSeq: seq, afterHash: bytesToHex(hash) }));
      return [...starts, ...(isNew ? behind(checkpointOf(head)) : []), { afterSeq: 0, afterHash: '' }, ...behind(beginsOf(head))];
    },
  };
}
