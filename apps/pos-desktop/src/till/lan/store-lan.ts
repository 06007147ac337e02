/**
 * This lane among the others of its store, put together: its certificate, the port on which siblings ask, whom it asks, and what it shares with them of the
 * line to the hub. It runs in the sync worker: no scan waits for a handshake. Without a port it is not there, and everything goes to the hub as ever.
 */
import { join } from 'node:path';

import {
  InvariantError,
  type Clock,
  type Compression,
  type Hash,
  type Logger,
  type Random,
  type Signer,
  type Timers,
  type Verifier,
} from '@holdfast/base';
import {
  bytesToHex,
  carrierOf,
  certificateMessage,
  createNeighbours,
  createSharing,
  enrolLanKeyMessage,
  hexToBytes,
  lanKeyMessage,
  MAX_PICTURE_BYTES,
  revocationNumberOf,
  revocationsOf,
  unnamedOf,
  verifyRevocations,
  withRevocations,
  type CertificateAnswer,
  type CertificateReader,
  type CertificateRequest,
  type AskDocuments,
  type CertifiedMember,
  type DocumentsAnswer,
  type DocumentsRequest,
  type EntriesRequest,
  type Hello,
  type Identity,
  type Membership,
  type Neighbours,
  type Line,
  type NeighbourStore,
  type OwnWaiting,
  type ReplicaStore,
  type RevocationList,
  type SegmentParts,
  type SharedManifestRequest,
  type SiblingStatus,
  type Transport,
} from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';
import {
  createCertificateReader,
  createDownCache,
  createLanClient,
  lanKeyOf,
  startDiscovery,
  startLanServer,
  type LanClient,
  type LanServer,
} from '@holdfast/sync/lan';

import { loadLanKey } from './lan-key.ts';

export interface StoreLanPorts {
  readonly folder: string;
  /** Where siblings ask; 0: any free port. */
  readonly port: number;
  /** `HOST:PORT` of siblings, as configured. */
  readonly addresses: readonly string[];
  readonly store: ReplicaStore;
  readonly neighbours: NeighbourStore;
  readonly hub: HttpTransport;
  /** What has come of segments from the hub. */
  readonly parts: SegmentParts;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly hash: Hash;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly withTurn: <T>(write: () => T) => T;
  readonly isConnected: () => boolean;
  /** What this lane has to tell of itself where it asks the hub for a sibling in that epoch of the hub. */
  readonly waiting: (hubEpoch: string) => OwnWaiting;
  readonly onBeyond: () => void;
  readonly onTaken: () => void;
  /** Of this lane's own; undefined: it is not here. */
  readonly picture: (name: string) => Uint8Array | undefined;
  /** `copies`: where other tills are that run as this very lane. */
  readonly onSiblings: (siblings: readonly SiblingStatus[], copies: readonly string[]) => void;
  /** The digest of the working documents that this lane holds. */
  readonly documents: () => string;
  readonly answerDocuments: (request: DocumentsRequest) => Promise<DocumentsAnswer | null>;
  /** A sibling holds working documents, by this digest. */
  readonly onDocuments: (address: string, digest: string, ask: AskDocuments) => void;
  /** Answers a sibling's question; undefined: there is no such one. */
  readonly answer: (from: CertifiedMember, question: string, value: unknown) => Promise<unknown>;
}

export interface SiblingAnswer {
  readonly device: string;
  readonly value: unknown;
}

export interface StoreLan {
  /** To the hub, with siblings before it. */
  readonly transport: Transport;
  /** This lane's TLS key, to be certified with its enrolment by `code`; undefined where there is none by now: it is asked for once it is enrolled. */
  keyToCertify(code: string): CertificateRequest | undefined;
  /** What came of it. */
  certified(answer: CertificateAnswer): void;
  /** The hub was heard of: what is still to be asked of it is asked. `revocations`: the number of its list, where it said so. */
  contact(revocations?: number): void;
  poked(): void;
  /** From a sibling that has it; `later`: one is asking the hub for all; undefined: this lane is to ask the hub. */
  picture(name: string): Promise<Uint8Array | 'later' | undefined>;
  appended(): void;
  /** The hub may hold less than it did of what was carried up to it. */
  doubtHub(): void;
  /** That a lane of this store signs with; undefined where it is not known here. */
  keyOf(device: string): Uint8Array | undefined;
  /** Lines of siblings' ledgers that are held here. */
  lines(): readonly Line[];
  /** Of one sibling, or of all that are there; those that answer. */
  ask(question: string, value: unknown, device?: string): Promise<readonly SiblingAnswer[]>;
  stop(): Promise<void>;
}

interface Running {
  readonly neighbours: Neighbours;
  readonly client: LanClient;
  readonly server: LanServer;
  readonly stop: () => Promise<void>;
}

/** How long a lane without a catalogue looks for siblings that have it, once it can be met. */
const MEETING_MS = 5_000;
/** After a hub that does not certify: it may be an older one. */
const JOIN_AGAIN_MS = 60_000;
/** What a hub has not taken: it may be an older one. */
const SHOW_AGAIN_MS = 900_000;
/** Otherwise: until it has heard, it serves whoever is on it. */
const SHOW_SOON_MS = 15_000;
/** A clock that moved less is the same clock. */
const CLOCK_STEP_MS = 1_000;
const LOOK_MS = 1_000;
/** While somebody waits for siblings: one answers within a few ms, or within a few seconds. */
const MEETING_LOOK_MS = 50;

export function createStoreLan(ports: StoreLanPorts): StoreLan {
  const { store, logger, clock, hub } = ports;
  let running: Running | null = null;
  let isJoining = false;
  let isStopped = false;
  let joinDueMs = -Infinity;
  let isAligning = false;
  /** Whose lists are held: none of another hub's, or tenant's. */
  let listsOf = '';
  /** Of the hub's list, as it said last. */
  let heardNumber: number | undefined;
  let showDueMs = -Infinity;
  let cancelLook = (): void => {};
  let siblingsSaid = '';
  const meeting = createMeeting();
  const fullMeeting = createMeeting();
  const endMeetings = (): void => {
    meeting.end();
    fullMeeting.end();
  };
  const gone = { ok: false, error: { type: 'unreachable', reason: 'no network of the store' } } as const;
  const sharing = createSharing({
    hub,
    lan: {
      manifest: async (address, request) => running?.client.manifest(address, request) ?? gone,
      segment: async (address, hash, how) => running?.client.segment(address, hash, how) ?? gone,
    },
    siblings: () => running?.neighbours.siblings() ?? [],
    // What is still under way when the lane stops finds nobody there.
    identity: () => (isStopped ? null : store.identity()),
    cache: createDownCache({ folder: join(ports.folder, 'down'), hash: ports.hash }),
    parts: ports.parts,
    hash: ports.hash,
    verifier: ports.verifier,
    timers: ports.timers,
    nowMs: () => clock.nowMs(),
    firstMeeting: () => meeting.over,
    fullMeeting: () => fullMeeting.over,
    holdsNothing: () => !isStopped && store.cut().at === 0,
    waiting: ports.waiting,
  });

  async function begin(): Promise<void> {
    const identity = store.identity();
    if (identity === null || running !== null || isJoining || isStopped || clock.monotonicMs() < joinDueMs) return;
    isJoining = true;
    try {
      const key = loadLanKey(ports.folder);
      const membership = heldMembership(ports) ?? (await certified(ports, key, () => isStopped));
      if (isStopped) return;
      if (membership === null) joinDueMs = clock.monotonicMs() + JOIN_AGAIN_MS;
      else running = await open(ports, { key, membership, sharing, readerOf: createCertificateReader });
      if (isStopped) return await leave();
      if (running === null) return endMeetings();
      ports.timers.after(MEETING_MS, endMeetings);
      look();
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      joinDueMs = clock.monotonicMs() + JOIN_AGAIN_MS;
      endMeetings();
      logger.warn('this lane is not on the network of its store', { error });
    } finally {
      isJoining = false;
    }
  }

  async function leave(): Promise<void> {
    const left = running;
    running = null;
    await left?.stop();
  }

  /** Who is there is said when it changes, and how far their clocks are off. */
  function look(): void {
    if (running === null) return;
    const siblings = running.neighbours.siblings();
    const copies = running.neighbours.copies();
    const said = JSON.stringify([
      copies,
      ...siblings.map(({ device, isConnected, clockAheadMs }) => [device, isConnected, Math.round((clockAheadMs ?? 0) / CLOCK_STEP_MS)]),
    ]);
    if (siblings.length > 0) {
      meeting.end();
      if (running.neighbours.hasGreetedAll()) fullMeeting.end();
    }
    if (said !== siblingsSaid) ports.onSiblings(siblings, copies);
    siblingsSaid = said;
    cancelLook = ports.timers.after(fullMeeting.isOver() ? LOOK_MS : MEETING_LOOK_MS, look);
  }

  /** What another hub said of revocations, at which this lane was enrolled before, would be shown to this one for ever, and its numbers be taken for this one's. */
  function dropForeignLists({ hubPublicKey, tenant }: Identity): void {
    const hubName = `${hubPublicKey} ${tenant}`;
    if (listsOf === hubName) return;
    const known = ports.neighbours.revocations();
    const own = revocationsOf(ports.verifier, { hubPublicKey, tenant }, known);
    if (own !== known) ports.withTurn(() => ports.neighbours.setRevocations(own));
    listsOf = hubName;
  }

  function takeList(list: RevocationList): void {
    if (running !== null) {
      running.neighbours.takeRevocations(list);
      return;
    }
    const identity = store.identity();
    const known = ports.neighbours.revocations();
    const next = withRevocations(known, list);
    if (identity === null || next === known || !verifyRevocations(ports.verifier, identity.hubPublicKey, identity.tenant, list)) return;
    ports.withTurn(() => ports.neighbours.setRevocations(next));
  }

  /** The hub's list as it is, taken once what this lane can say of those on it that were stolen was told: while the hub is busy or away it is asked for again, and all of it is done once more. */
  async function fetchRevocations(token: string): Promise<RevocationList | undefined> {
    const answered = await hub.fetchRevocations(token);
    if (!answered.ok || isStopped) return undefined;
    const list = answered.value.value;
    const isTold = await tellCountersignatures(token, list);
    if (isStopped) return undefined;
    if (isTold) takeList(list);
    return list;
  }

  /** False where it is to be tried again. */
  async function tellCountersignatures(token: string, { revocations }: RevocationList): Promise<boolean> {
    const { device: own } = store.identity() ?? { device: '' };
    const signed = revocations.flatMap(({ device, reason, heads }) =>
      reason !== 'stolen'
        ? []
        : ports.neighbours
            .countersignatures(device, own)
            .filter(({ epoch, seq }) => seq > (heads.find((head) => head.epoch === epoch)?.seq ?? 0)),
    );
    if (signed.length === 0) return true;
    const told = await hub.sendCountersignatures(token, signed.slice(-MOST_COUNTERSIGNATURES));
    if (told.ok) return true;
    const { type, reason } = told.error;
    if (type === 'busy' || type === 'failed' || type === 'unreachable') return false;
    // It would refuse them again; whom it revoked is not served on for that.
    logger.warn('the hub has refused the countersignatures of a stolen device', { reason });
    return true;
  }

  async function alignWhileHeard(token: string): Promise<void> {
    for (let number = heardNumber; number !== undefined; number = heardNumber) {
      heardNumber = undefined;
      await alignRevocations(token, number);
    }
  }

  /** Of which the hub says less than this lane knows. */
  const lostBy = (list: RevocationList): readonly RevocationList[] =>
    isStopped ? [] : ports.neighbours.revocations().filter((known) => known.number > list.number || unnamedOf(known, [list]).length > 0);

  const mayBeLost = (hubNumber: number): boolean =>
    ports.neighbours.revocations().some(({ number }, index) => index > 0 || number > hubNumber);

  /** The hub's list is taken where it is newer. What it does not name any more the hub has lost, and is shown. */
  async function alignRevocations(token: string, hubNumber: number): Promise<void> {
    if (isStopped) return;
    const isNewer = hubNumber > revocationNumberOf(ports.neighbours.revocations());
    const newer = isNewer ? await fetchRevocations(token) : undefined;
    if (isStopped || clock.monotonicMs() < showDueMs) return;
    if (newer === undefined ? !mayBeLost(hubNumber) : lostBy(newer).length === 0) return;
    showDueMs = clock.monotonicMs() + SHOW_SOON_MS;
    // What it said may have been on its way for longer than what it has by now.
    const present = newer ?? (await fetchRevocations(token));
    const lost = present === undefined ? [] : lostBy(present);
    if (present !== undefined && lost.length === 0) showDueMs = -Infinity;
    for (const list of lost) {
      const shown = await hub.showRevocations(token, list);
      if (!shown.ok && shown.error.type === 'refused') showDueMs = clock.monotonicMs() + SHOW_AGAIN_MS;
      if (!shown.ok) logger.warn('the hub has not taken revocations that it lost', { number: list.number, reason: shown.error.reason });
      if (!shown.ok || isStopped) return;
    }
    if (lost.length > 0) await fetchRevocations(token);
  }

  return {
    transport: sharing.transport,
    keyToCertify: (code) => {
      try {
        const lanKey = lanKeyOf(loadLanKey(ports.folder));
        return { lanKey, signature: bytesToHex(ports.signer.sign(enrolLanKeyMessage(code, lanKey))) };
      } catch (error) {
        logger.warn('this lane has no key for the network of its store yet', { error });
        return undefined;
      }
    },
    certified: (answer) => {
      const identity = store.identity();
      if (identity !== null) keepCertified(ports, identity, answer);
    },
    contact: (revocations) => {
      const identity = store.identity();
      if (identity === null) return;
      const { token } = identity;
      try {
        dropForeignLists(identity);
      } catch (error) {
        if (error instanceof InvariantError) throw error;
        logger.error('revocations of another hub could not be dropped', { error });
      }
      begin().catch((error: unknown) => logger.error('joining the network of the store failed', { error }));
      if (revocations === undefined) return;
      heardNumber = revocations;
      if (isAligning || isStopped) return;
      isAligning = true;
      alignWhileHeard(token)
        .catch((error: unknown) => logger.error('the list of revocations could not be kept', { error }))
        .finally(() => (isAligning = false));
    },
    poked: () => sharing.poked(),
    picture: async (name) => {
      const own = ports.isConnected() ? [store.identity()?.device ?? ''] : [];
      return running === null ? undefined : pictureOfSiblings(running, own, name);
    },
    appended: () => running?.neighbours.appended(),
    doubtHub: () => (running === null ? ports.withTurn(() => ports.neighbours.doubt()) : running.neighbours.doubtHub()),
    lines: () => ports.neighbours.lines(),
    keyOf: (device) => running?.neighbours.keyOf(device),
    ask: async (question, value, device) => {
      if (running === null) return [];
      const { client, neighbours } = running;
      const asked = neighbours.siblings().filter((sibling) => device === undefined || sibling.device === device);
      const answers = await Promise.all(
        asked.map(async (sibling): Promise<readonly SiblingAnswer[]> => {
          const answered = await client.ask(sibling.address, question, value);
          return answered.ok ? [{ device: sibling.device, value: answered.value }] : [];
        }),
      );
      return answers.flat();
    },
    stop: async () => {
      isStopped = true;
      endMeetings();
      cancelLook();
      await leave();
    },
  };
}

/** `own`: this lane, where it reaches the hub itself. Without the hub whoever has it gives it. */
async function pictureOfSiblings(
  { client, neighbours }: Running,
  own: readonly string[],
  name: string,
): Promise<Uint8Array | 'later' | undefined> {
  const siblings = neighbours.siblings();
  const able = siblings.filter(({ isConnected }) => isConnected).map(({ device }) => device);
  const chosen = able.length === 0 ? undefined : carrierOf(name, [...own, ...able]);
  const asked = chosen === undefined ? siblings : siblings.filter(({ device }) => device === chosen);
  for (const { address } of asked) {
    const answered = await client.segment(address, name, { from: 0, maxBytes: MAX_PICTURE_BYTES, waitMs: 0 });
    if (answered.ok && answered.value.torn === null) return answered.value.bytes;
  }
  return chosen !== undefined && asked.length > 0 ? 'later' : undefined;
}

/** Over once: when those were met who are waited for, or nobody is any more. */
function createMeeting(): { readonly over: Promise<void>; readonly isOver: () => boolean; readonly end: () => void } {
  let isOver = false;
  let resolved = (): void => {};
  const over = new Promise<void>((resolve) => (resolved = resolve));
  const end = (): void => {
    isOver = true;
    resolved();
  };
  return { over, isOver: () => isOver, end };
}

/** Heads that one message carries; each covers all before it. */
const MOST_COUNTERSIGNATURES = 500;

/** What was certified before, where it still says who this lane is. */
function heldMembership({ neighbours, store, signer }: StoreLanPorts): Membership | null {
  const held = neighbours.membership();
  return held !== null && isOwn(createCertificateReader(held.authority).read(held.certificate), store, signer) ? held : null;
}

function isOwn(member: CertifiedMember | null, store: ReplicaStore, signer: Signer): boolean {
  const identity = store.identity();
  if (member === null || identity === null) return false;
  const { tenant, store: at, device } = identity;
  return member.tenant === tenant && member.store === at && member.device === device && member.publicKey === bytesToHex(signer.publicKey);
}

/** Null where the hub does not certify, or what it answered is not wholly right. */
async function certified(ports: StoreLanPorts, key: string, isStopped: () => boolean): Promise<Membership | null> {
  const { store, signer, logger } = ports;
  const identity = store.identity();
  if (identity === null) return null;
  const { tenant, device, token } = identity;
  const lanKey = lanKeyOf(key);
  const answered = await ports.hub.certify(token, { lanKey, signature: bytesToHex(signer.sign(lanKeyMessage(tenant, device, lanKey))) });
  if (isStopped()) return null;
  if (!answered.ok) {
    logger.warn('the hub has not certified this lane for the network of its store', { reason: answered.error.reason });
    return null;
  }
  return keepCertified(ports, identity, answered.value.value);
}

/** Null where it is not wholly right. */
function keepCertified(
  ports: StoreLanPorts,
  { tenant, device, hubPublicKey }: Identity,
  { certificate, authority, signature }: CertificateAnswer,
): Membership | null {
  const { store, signer, verifier, logger } = ports;
  const isSigned = verifier.verify(
    hexToBytes(hubPublicKey),
    certificateMessage(tenant, device, { certificate, authority }),
    hexToBytes(signature),
  );
  if (!isSigned || !isOwn(createCertificateReader(authority).read(certificate), store, signer)) {
    logger.error('what the hub certified is not this lane');
    return null;
  }
  ports.withTurn(() => ports.neighbours.setMembership({ certificate, authority }));
  return { certificate, authority };
}

interface Opening {
  readonly key: string;
  readonly membership: Membership;
  readonly sharing: ReturnType<typeof createSharing>;
  readonly readerOf: (authority: string) => CertificateReader;
}

async function open(ports: StoreLanPorts, { key, membership, sharing, readerOf }: Opening): Promise<Running> {
  const { store, timers, logger } = ports;
  const identity = store.identity();
  if (identity === null) throw new InvariantError('who has a certificate is enrolled');
  const parts: { server?: LanServer; neighbours?: Neighbours } = {};
  const admits = (member: CertifiedMember): boolean => parts.neighbours?.admits(member) ?? false;
  const client = createLanClient({ key, ...membership, admits });
  const neighbours = createNeighbours({
    ...ports,
    reader: readerOf(membership.authority),
    transport: client,
    port: () => parts.server?.port ?? null,
    onRevocations: () => parts.server?.recheck(),
    onDocuments: (address, digest) => ports.onDocuments(address, digest, (request) => client.documents(address, request)),
  });
  parts.neighbours = neighbours;
  const listening = {
    key,
    ...membership,
    logger,
    service: {
      admits,
      hello: (from: CertifiedMember, host: string | null, hello: Hello) => neighbours.answerHello(from, host, hello),
      entries: (request: EntriesRequest) => neighbours.answerEntries(request),
      manifest: async (request: SharedManifestRequest) => sharing.answerManifest(request),
      segment: async (hash: string, waitMs: number) => ports.picture(hash) ?? sharing.answerSegment(hash, waitMs),
      documents: async (_from: CertifiedMember, request: DocumentsRequest) => ports.answerDocuments(request),
      ask: (from: CertifiedMember, question: string, value: unknown) => ports.answer(from, question, value),
    },
  };
  const server = await startLanServer({ ...listening, port: ports.port }).catch((error: unknown) => {
    logger.warn('the port for siblings is taken: another one is used', { port: ports.port, error });
    return startLanServer({ ...listening, port: 0 });
  });
  parts.server = server;
  neighbours.start();
  const found = (addresses: readonly string[]): void => neighbours.found([...new Set([...ports.addresses, ...addresses])]);
  found([]);
  // Copies of one disk have to find each other, too.
  const name = `${bytesToHex(ports.random.bytes(4))}-${identity.device}`;
  const closeDiscovery = startDiscovery({ name, port: server.port, timers, logger, onFound: found });
  logger.info('this lane is on the network of its store', { port: server.port });
  return {
    neighbours,
    client,
    server,
    stop: async () => {
      closeDiscovery();
      neighbours.stop();
      client.close();
      await server.close();
    },
  };
}
