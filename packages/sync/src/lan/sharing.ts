/**
 * One line to the hub for a whole store (SPEC: N-11): what comes down is asked of siblings before it is asked of the hub, and one of them, whom all agree on by names alone, asks the hub for all. A segment's address is
 * its content and a manifest is signed by the hub, so it does not matter who hands them over. Without siblings, or where they have nothing, everything goes to the hub as ever.
 */
import { err, InvariantError, ok, type Hash, type Result, type Timers, type Verifier } from '@holdfast/base';

import { FIRST_ROLE } from '../down/audience.ts';
import type { Position } from '../down/cells.ts';
import { createMemoryParts, type SegmentParts } from '../down/segment-parts.ts';
import { SEGMENT_LIMITS } from '../down/segment.ts';
import type { Answered, OwnWaiting, SegmentPart, Transport, TransportError } from '../replica/replica.ts';
import type { Identity } from '../store.ts';
import { bytesToHex, joinBytes } from '../wire/bytes.ts';
import { DOWN_FORM, verifyManifest, type Manifest, type ManifestRequest } from '../wire/protocol.ts';
import { carrierOf } from './neighbour-engine.ts';
import type { SharedManifestRequest } from './neighbour-protocol.ts';

/** What came down, kept for siblings: bounded by whoever keeps it. Throws what a disk throws. */
export interface DownCache {
  frame(hash: string): Uint8Array | null;
  keepFrame(hash: string, frame: Uint8Array): void;
  /** From this very position, the newest. */
  manifestFrom(position: Position): Manifest | null;
  keepManifest(manifest: Manifest): void;
}

export interface SegmentQuestion {
  readonly from: number;
  readonly maxBytes: number;
  readonly waitMs: number;
  /** Of each piece, as it comes. */
  readonly came?: (bytes: Uint8Array) => void;
}

/** Asks siblings; answers are parsed, and not believed. */
export interface SharingTransport {
  manifest(address: string, request: SharedManifestRequest): Promise<Result<Manifest, TransportError>>;
  segment(address: string, hash: string, how: SegmentQuestion): Promise<Result<SegmentPart, TransportError>>;
}

export interface SharingPorts {
  readonly hub: Transport;
  readonly lan: SharingTransport;
  /** Those that answered of late; `isConnected`: they reach the hub. */
  readonly siblings: () => readonly { readonly device: string; readonly address: string; readonly isConnected: boolean }[];
  readonly identity: () => Identity | null;
  /** What this device has to tell of itself where the hub is asked for a sibling that stands in `hubEpoch`: the hub takes it for this device's own word. Absent: it asks for nobody. */
  readonly waiting?: (hubEpoch: string) => OwnWaiting;
  readonly cache: DownCache;
  /** What has come of segments, from the hub or a sibling; absent: in memory. */
  readonly parts?: SegmentParts;
  readonly hash: Hash;
  readonly verifier: Verifier;
  readonly timers: Timers;
  /** The form of what comes down that this device reads; absent: the newest. */
  readonly reads?: number;
  /** This device's wall clock, of which the hub is told with each question. */
  readonly nowMs: () => number;
  /** Resolves once this device has met a sibling, or there seems to be none: a device that holds nothing yet asks nobody before. Absent: it has met whom it will meet. */
  readonly firstMeeting?: () => Promise<void>;
  /** Resolves once each address that is known has answered or failed, or that takes too long: where nobody whom a device met first has what it lacks, those whom it meets next may. Absent: it has met whom it will meet. */
  readonly fullMeeting?: () => Promise<void>;
  /** No cut is exposed here. Absent: wherever LSN 0 is shown. */
  readonly holdsNothing?: () => boolean;
}

export interface Sharing {
  /** In place of the hub's own. */
  readonly transport: Transport;
  /** The hub says that everybody can move: the next manifest is asked for by one for all. */
  poked(): void;
  answerManifest(request: SharedManifestRequest): Promise<Manifest | null>;
  /** `later`: it is on its way. */
  answerSegment(hash: string, waitMs: number): Promise<Uint8Array | 'later' | null>;
}

/** How long one waits for another's answer before it asks the hub itself, for a manifest; for a segment, before it asks that sibling again. */
const MANIFEST_WAIT_MS = 4_000;
const SEGMENT_WAIT_MS = 10_000;
/** A lane that gives many their catalogue at once may be silent for a moment: the hub's line would carry all that is left for each of them. */
const SOURCE_TRIES = 2;
/** How long the hub is believed to have nothing new, where it does not say otherwise: lanes that are switched on together are called within seconds. */
const HEAD_MS = 5_000;

/** The store's network was cut: it is asked again, from there, before the line to the hub is used for what a sibling has. */
const TORN = err<TransportError>({ type: 'busy', reason: 'the line to a sibling was cut' });

/** Of siblings of before, which say nothing of it. */
const UNSEALED_FORM = 3;

const positionName = ({ hubEpoch, lsn, historyHash }: Position): string => `${hubEpoch} ${lsn} ${historyHash}`;
const isSamePosition = (left: Position, right: Position): boolean => positionName(left) === positionName(right);

export function createSharing(ports: SharingPorts): Sharing {
  const { hub, lan, cache, timers } = ports;
  const form = ports.reads ?? DOWN_FORM;
  const flights = createFlights();
  /** Of those, questions to the hub that a sibling asked for. */
  const forSiblings = new Set<string>();
  const parts = ports.parts ?? createMemoryParts();
  const transfers = createTransfers();
  let isPoked = false;
  let pokes = 0;
  /** Where the hub has just had nothing new: who is called asks for siblings only once. */
  let head: { readonly name: string; readonly atMs: number } | null = null;
  /** By what a sibling has: once. Where that led nowhere, its segments are gone everywhere, and the hub knows better. */
  let hasBegun = false;
  /** Where a sibling's manifest led to from where this device stood. Who asks from there once more has not come through, or was called meanwhile: of that manifest it needs no more. */
  let led: { readonly from: string; readonly lsn: number } | null = null;
  /** Whoever handed over what this device began by has all that it names. */
  let source: { readonly address: string; readonly names: ReadonlySet<string> } | null = null;

  /** Whoever asks the hub for it; null: this device does. */
  function carrier(what: string): string | null {
    const identity = ports.identity();
    const able = ports.siblings().filter(({ isConnected }) => isConnected);
    if (identity === null || able.length === 0) return null;
    const chosen = carrierOf(what, [identity.device, ...able.map(({ device }) => device)]);
    return able.find(({ device }) => device === chosen)?.address ?? null;
  }

  const isGood = (manifest: Manifest, position: Position): boolean => {
    const identity = ports.identity();
    const moves = !manifest.rebase && isSamePosition(manifest.from, position) && manifest.to.lsn > position.lsn;
    return identity !== null && moves && verifyManifest(ports.verifier, identity.hubPublicKey, identity.tenant, manifest);
  };

  // ---- manifests ----

  async function siblingManifest(address: string, position: Position, waitMs: number, beyond = 0): Promise<Manifest | null> {
    const role = ports.identity()?.role;
    const asked = { position, waitMs, reads: form, ...(role !== undefined && { role }), ...(beyond > 0 && { beyond }) };
    const answered = await lan.manifest(address, asked);
    if (!answered.ok || !isGood(answered.value, position) || answered.value.to.lsn <= beyond) return null;
    keepManifest(answered.value);
    return answered.value;
  }

  async function heldBySiblings(position: Position, asked = new Set<string>()): Promise<{ address: string; manifest: Manifest } | null> {
    for (const { address } of ports.siblings()) {
      if (asked.has(address)) continue;
      asked.add(address);
      const manifest = await siblingManifest(address, position, 0);
      if (manifest !== null) return { address, manifest };
    }
    return null;
  }

  const holdsNothing = (): boolean => ports.holdsNothing?.() ?? true;

  /** By what a sibling has that is there, once for all who ask for it. */
  const beginning = (position: Position) =>
    flights.join(`beginning ${positionName(position)}`, async () => {
      const asked = new Set<string>();
      const held = await heldBySiblings(position, asked);
      if (held !== null) return held;
      await ports.fullMeeting?.();
      return heldBySiblings(position, asked);
    });

  async function hubManifest(token: string, request: ManifestRequest): Promise<Result<Answered<Manifest>, TransportError>> {
    const before = pokes;
    const answered = await hub.fetchManifest(token, request);
    if (answered.ok && before === pokes) {
      const { to, rebase } = answered.value.value;
      head = !rebase && isSamePosition(to, request.position) ? { name: positionName(to), atMs: ports.nowMs() } : null;
    }
    // What was shown to this device ahead of its position is left out in it: to siblings it would be missing (SPEC: D-13).
    if (answered.ok && request.urgentLsn === undefined && isGood(answered.value.value, request.position))
      keepManifest(answered.value.value);
    return answered;
  }

  const fromSibling = (manifest: Manifest): Result<Answered<Manifest>, TransportError> => {
    led = { from: positionName(manifest.from), lsn: manifest.to.lsn };
    return ok({ value: manifest, hubTimeMs: null, isFromSibling: true });
  };

  async function fetchManifest(token: string, request: ManifestRequest): Promise<Result<Answered<Manifest>, TransportError>> {
    const { position } = request;
    const isNew = position.lsn === 0 && holdsNothing();
    // Of this device alone: what it holds, and what proves it. Who is to begin anew would be led by siblings to what the hub has lost.
    if (request.proof !== undefined || (position.lsn === 0 && !isNew)) return hubManifest(token, request);
    if (isNew) await ports.firstMeeting?.();
    const beyond = led?.from === positionName(position) ? led.lsn : 0;
    // By what led nowhere, with nobody called since, siblings would lead there again: the hub knows better.
    const isLost = (isNew && hasBegun) || (beyond > 0 && !isPoked);
    const waitMs = isPoked || isNew ? MANIFEST_WAIT_MS : 0;
    isPoked = false;
    // A sibling that began where this device begins has all that its manifest names.
    const begun = isNew && !hasBegun ? await beginning(position) : null;
    if (begun !== null) {
      hasBegun = true;
      source = { address: begun.address, names: new Set(begun.manifest.segments.map(({ hash }) => hash)) };
      return fromSibling(begun.manifest);
    }
    const address = isLost ? null : carrier(positionName(position));
    const shared = address === null ? null : await siblingManifest(address, position, waitMs, beyond);
    if (shared !== null) return fromSibling(shared);
    // Siblings may be asking the same of this device just now.
    const name = `manifest ${positionName(position)} ${request.urgentLsn ?? ''}`;
    const isForSibling = forSiblings.has(name);
    const answered = await flights.join(name, () => hubManifest(token, request));
    // What this device would have told of itself the hub was not told there.
    if (answered.ok && isForSibling) return ok({ value: answered.value.value, hubTimeMs: null, isFromSibling: true });
    if (answered.ok || answered.error.type !== 'unreachable') return answered;
    const held = await heldBySiblings(position);
    if (held !== null) return fromSibling(held.manifest);
    // With nobody there, by what was carried here.
    const carried = cache.manifestFrom(position);
    return carried !== null && isGood(carried, position) ? fromSibling(carried) : answered;
  }

  /** A sibling that is there asks the hub itself, so that the hub sees it. */
  function isAtHead(position: Position): boolean {
    const ageMs = head?.name === positionName(position) ? ports.nowMs() - head.atMs : -1;
    return ageMs >= 0 && ageMs < HEAD_MS;
  }

  /** A sibling is answered from what is here; where it waits, the hub is asked for both. */
  async function answerManifest({
    position,
    waitMs,
    reads = UNSEALED_FORM,
    role = FIRST_ROLE,
    beyond = 0,
  }: SharedManifestRequest): Promise<Manifest | null> {
    const identity = ports.identity();
    // What was told to a reader of another form, or of another role, it may not be able to open: it asks the hub.
    if (reads !== form || role !== (identity?.role ?? FIRST_ROLE)) return null;
    const newest = cache.manifestFrom(position);
    const held = newest !== null && newest.to.lsn > beyond ? newest : null;
    if (held !== null || waitMs === 0 || identity === null || ports.waiting === undefined || isAtHead(position)) return held;
    return (await within(manifestForAll(identity.token, position, ports.waiting), waitMs, timers)) ?? null;
  }

  /** Whoever asks may not have met who has it. */
  async function manifestForAll(
    token: string,
    position: Position,
    waiting: NonNullable<SharingPorts['waiting']>,
  ): Promise<Manifest | null> {
    if (position.lsn === 0 && !hasBegun && holdsNothing()) {
      const begun = await beginning(position);
      if (begun !== null) return begun.manifest;
      // Meanwhile this device may have asked for itself.
      const held = cache.manifestFrom(position);
      // Or have stopped.
      if (held !== null || isAtHead(position) || ports.identity() === null) return held;
    }
    // Where the hub asks for proof, nobody is told for another to begin anew.
    const request = { position, ...waiting(position.hubEpoch), wallMs: ports.nowMs(), reads: form, canProve: true as const };
    const name = `manifest ${positionName(position)} `;
    const answered = await flights.join(name, async () => {
      forSiblings.add(name);
      return hubManifest(token, request).finally(() => forSiblings.delete(name));
    });
    return answered.ok && isGood(answered.value.value, position) ? answered.value.value : null;
  }

  // ---- segments ----

  const isWhole = (hash: string, bytes: Uint8Array): boolean => bytesToHex(ports.hash.sha256(bytes)) === hash;

  /** What is held of a segment, and keeps what comes behind it. */
  function partOf(hash: string): { readonly held: Uint8Array; readonly came: (bytes: Uint8Array) => void } {
    const held = parts.held(hash);
    let at = held.length;
    return {
      held,
      came: (bytes) => {
        parts.keep(hash, at, bytes);
        at += bytes.length;
      },
    };
  }

  /** What came of it when the line is cut is kept. */
  async function hubSegment(
    token: string,
    hash: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Result<SegmentPart, TransportError>> {
    const { held, came } = partOf(hash);
    const answered = await hub.fetchSegment(token, hash, held.length, maxBytes, signal, came);
    if (!answered.ok) return held.length === 0 ? answered : ok({ bytes: held, torn: answered.error });
    const { bytes: more, torn } = answered.value;
    const bytes = joinBytes(held, more);
    if (isWhole(hash, bytes)) keepFrame(hash, bytes);
    else if (torn === null) parts.drop(hash);
    else parts.keep(hash, held.length, more);
    return ok({ ...answered.value, bytes });
  }

  /** Once for all who want it, also where this device was chosen to ask for siblings: of whoever has it already, and only then of the hub. `asked`: who has just said that it has not. */
  function bring(token: string, hash: string, maxBytes: number, asked: string | null): Promise<Result<SegmentPart, TransportError>> {
    return flights.join(`segment ${hash}`, async () => {
      // What ends transfers while siblings are asked ends this one, too (SPEC: D-14).
      const signal = transfers.signal();
      // Another flight may have ended while this device asked a sibling.
      const held = cache.frame(hash);
      if (held !== null) return ok({ bytes: held, torn: null });
      const refused = new Set(asked === null ? [] : [asked]);
      let frame = await segmentOfSiblings(hash, maxBytes, refused);
      if (frame === null && holdsNothing()) {
        await ports.fullMeeting?.();
        frame = await segmentOfSiblings(hash, maxBytes, refused);
      }
      if (frame === 'torn') return TORN;
      return frame === null ? hubSegment(token, hash, maxBytes, signal) : ok({ bytes: frame, torn: null });
    });
  }

  /** `refused`: who is not asked again, to whom it adds. */
  async function segmentOfSiblings(hash: string, maxBytes: number, refused: Set<string>): Promise<Uint8Array | 'torn' | null> {
    for (const { address } of ports.siblings()) {
      if (refused.has(address)) continue;
      refused.add(address);
      const frame = await siblingSegment(address, hash, maxBytes, 0);
      if (frame !== null && frame !== 'later') return frame;
    }
    return null;
  }

  /** For others: what a full disk does not keep they ask of somebody else. */
  function keepFrame(hash: string, frame: Uint8Array): void {
    try {
      cache.keepFrame(hash, frame);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
    }
  }

  function keepManifest(manifest: Manifest): void {
    try {
      cache.keepManifest(manifest);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
    }
  }

  /** From where this device holds it. Null where the sibling has none, gave something else, or answered none of `tries`; `torn`: some of it came, and is kept. */
  async function siblingSegment(
    address: string,
    hash: string,
    maxBytes: number,
    waitMs: number,
    tries = 1,
  ): Promise<Uint8Array | 'later' | 'torn' | null> {
    const { held, came } = partOf(hash);
    const answered = await lan.segment(address, hash, { from: held.length, maxBytes, waitMs, came });
    if (!answered.ok && answered.error.type === 'unreachable' && tries > 1)
      return siblingSegment(address, hash, maxBytes, waitMs, tries - 1);
    if (!answered.ok) return answered.error.type === 'busy' ? 'later' : null;
    const { bytes: more, torn } = answered.value;
    if (torn !== null) {
      parts.keep(hash, held.length, more);
      return more.length > 0 ? 'torn' : null;
    }
    const bytes = joinBytes(held, more);
    if (isWhole(hash, bytes)) {
      keepFrame(hash, bytes);
      return bytes;
    }
    // Of what it said nothing stays: the next one goes on behind what was there before.
    parts.drop(hash);
    parts.keep(hash, 0, held);
    return null;
  }

  async function fetchSegment(
    token: string,
    hash: string,
    from: number,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<Result<SegmentPart, TransportError>> {
    const whole = (frame: Uint8Array): Result<SegmentPart, TransportError> => ok({ bytes: frame.subarray(from), torn: null });
    const held = cache.frame(hash);
    if (held !== null) return whole(held);
    const begun = source?.names.has(hash) === true ? await siblingSegment(source.address, hash, maxBytes, 0, SOURCE_TRIES) : null;
    if (begun === 'torn') return TORN;
    if (begun !== null && begun !== 'later') return whole(begun);
    // It is gone, or was not done itself: it holds up no more of them.
    if (source?.names.has(hash) === true) source = null;
    const address = carrier(hash);
    const shared = address === null ? null : await siblingSegment(address, hash, maxBytes, SEGMENT_WAIT_MS);
    if (shared === 'later') return err({ type: 'busy', reason: 'a sibling is getting it' });
    if (shared === 'torn') return TORN;
    if (shared !== null) return whole(shared);
    const answered = await transfers.endWith(signal, () => bring(token, hash, maxBytes, address));
    return answered.ok ? ok({ ...answered.value, bytes: answered.value.bytes.subarray(from) }) : answered;
  }

  async function answerSegment(hash: string, waitMs: number): Promise<Uint8Array | 'later' | null> {
    const held = cache.frame(hash);
    const identity = ports.identity();
    if (held !== null || waitMs === 0 || identity === null) return held;
    const answered = await within(bring(identity.token, hash, SEGMENT_LIMITS.frameBytes, null), waitMs, timers);
    if (answered === undefined || answered === TORN) return 'later';
    if (!answered.ok) return null;
    return answered.value.torn === null ? cache.frame(hash) : 'later';
  }

  return {
    transport: { ...hub, fetchManifest, fetchSegment },
    poked: () => {
      isPoked = true;
      pokes += 1;
      head = null;
    },
    answerManifest,
    answerSegment,
  };
}

/** What is under way from the hub ends at once for all who wait for it where this device wants the line for something else (SPEC: D-14). */
function createTransfers(): {
  signal(): AbortSignal;
  endWith<T>(signal: AbortSignal | undefined, transfer: () => Promise<T>): Promise<T>;
} {
  let controller = new AbortController();
  const end = (): void => {
    controller.abort();
    controller = new AbortController();
  };
  return {
    signal: () => controller.signal,
    endWith: async (signal, transfer) => {
      signal?.addEventListener('abort', end);
      try {
        return await transfer();
      } finally {
        signal?.removeEventListener('abort', end);
      }
    },
  };
}

/** Several who want the same at once get one answer. */
function createFlights(): { join<T>(name: string, ask: () => Promise<T>): Promise<T> } {
  const flying = new Map<string, Promise<unknown>>();
  return {
    join: <T>(name: string, ask: () => Promise<T>): Promise<T> => {
      const under = flying.get(name) as Promise<T> | undefined;
      if (under !== undefined) return under;
      const asked = ask().finally(() => flying.delete(name));
      flying.set(name, asked);
      return asked;
    },
  };
}

/** Undefined where it takes longer. */
async function within<T>(asked: Promise<T>, waitMs: number, timers: Timers): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => (cancel = timers.after(waitMs, () => resolve(undefined))));
  try {
    return await Promise.race([asked, late]);
  } finally {
    cancel();
  }
}

/** Manifests that one device keeps for others. */
export const MAX_MANIFESTS = 64;

/** In memory: for tests and the simulator, and for a lane whose disk is too small. */
export function createMemoryDownCache(): DownCache {
  const frames = new Map<string, Uint8Array>();
  const manifests: Manifest[] = [];
  return {
    frame: (hash) => frames.get(hash) ?? null,
    keepFrame: (hash, frame) => void frames.set(hash, frame),
    manifestFrom: (position) => newestFrom(manifests, position),
    keepManifest: (manifest) => {
      manifests.push(manifest);
      if (manifests.length > MAX_MANIFESTS) manifests.shift();
    },
  };
}

export function newestFrom(manifests: readonly Manifest[], position: Position): Manifest | null {
  let newest: Manifest | null = null;
  for (const manifest of manifests) {
    if (isSamePosition(manifest.from, position) && (newest === null || manifest.to.lsn > newest.to.lsn)) newest = manifest;
  }
  return newest;
}
