/** A lane on the network of its store: how it gets there, what it asks of whom, and what a list of revocations does to it. Real certificates and TLS on the loopback; the hub is a few answers. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert, type Logger, type Signer, type Timers } from '@holdfast/base';
import {
  createSigner,
  generateSigningKey,
  nodeCompression,
  nodeHash,
  nodeVerifier,
  systemClock,
  systemRandom,
  systemTimers,
} from '@holdfast/base/node';
import { LEDGER_KINDS } from '@holdfast/domain';
import {
  bytesToHex,
  countersign,
  type Countersignature,
  createMemoryNeighbourStore,
  createMemoryParts,
  createMemoryStore,
  createSchemas,
  enrolLanKeyMessage,
  hexToBytes,
  type Identity,
  type NeighbourStore,
  NO_DOCUMENTS,
  originPosition,
  type ReplicaStore,
  type Revocation,
  type RevocationList,
  signCertificate,
  signHead,
  signManifest,
  signRevocations,
  type TransportError,
} from '@holdfast/sync';
import { createAuthority, issueCertificate, serialOf } from '@holdfast/sync/certificates';
import type { HttpTransport } from '@holdfast/sync/http';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from '../schemas.ts';
import { HUB_EPOCH, HUB_SIGNER, IDENTITY } from '../testing/test-lane.ts';
import { createStoreLan, type StoreLan } from './store-lan.ts';

const authority = createAuthority(IDENTITY.tenant);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const SILENT: TransportError = { type: 'unreachable', reason: 'silence' };
const answered = <T>(value: T) => ({ ok: true, value: { value, hubTimeMs: null } }) as const;
const silence = async () => ({ ok: false, error: SILENT }) as const;

/** `away`: nobody answers. */
type Taking = 'taken' | keyof typeof REFUSALS;
const REFUSALS = {
  refused: { type: 'refused', reason: '404' },
  away: SILENT,
  busy: { type: 'busy', reason: '503' },
  failed: { type: 'failed', reason: '500' },
} as const satisfies Record<string, TransportError>;

interface Hub {
  /** Of whom it says what it certifies; undefined: it does not certify. */
  certifies: ((identity: Identity, publicKey: Uint8Array) => Identity & { readonly signer?: Signer }) | undefined;
  asked: number;
  list: RevocationList;
  listsAsked: number;
  /** Lists that it was shown, by their numbers. */
  readonly shown: number[];
  /** What it makes of lists that it is shown. */
  shows: Taking;
  readonly signed: Countersignature[];
  /** How often it was sent countersignatures. */
  signedAsked: number;
  countersigned: Taking;
  readonly serials: Map<string, string>;
  manifests: string[];
}

interface TestStoreLan {
  readonly lan: StoreLan;
  readonly store: ReplicaStore;
  readonly neighbours: NeighbourStore;
  readonly port: () => Promise<number>;
  readonly warnings: string[];
  readonly seen: () => number;
  /** Where it says that copies of it are. */
  readonly copies: () => readonly string[];
  readonly data: string;
  readonly left: () => number;
  readonly clock: { laterMs: number };
  readonly signer: Signer;
}

let hub: Hub;
let folder: string;
let open: StoreLan[];
/** Of every lane; by their names. */
let pictures: Map<string, Uint8Array>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-store-lan-'));
  open = [];
  pictures = new Map();
  hub = {
    certifies: (identity) => identity,
    asked: 0,
    list: signRevocations(HUB_SIGNER, IDENTITY.tenant, { number: 0, revocations: [] }),
    listsAsked: 0,
    shown: [],
    shows: 'taken',
    signed: [],
    signedAsked: 0,
    countersigned: 'taken',
    serials: new Map(),
    manifests: [],
  };
});
afterEach(async () => {
  for (const lan of open) await lan.stop();
  rmSync(folder, { recursive: true });
});

/** As this identity reaches it. */
function hubOf(identity: Identity, publicKey: Uint8Array): HttpTransport {
  return {
    enrol: silence,
    sendLedger: silence,
    askBalance: silence,
    fetchPicture: silence,
    findCustomers: silence,
    sendCustomer: silence,
    askReturn: silence,
    fetchSegmentKeys: silence,
    fetchPasscodeSecrets: silence,
    fetchWipeOrder: silence,
    reportWipe: silence,
    exchangeDocuments: silence,
    askAudit: silence,
    reportAudit: silence,
    fetchSegment: silence,
    fetchManifest: async (_token, { position }) => {
      hub.manifests.push(identity.device);
      const to = { hubEpoch: HUB_EPOCH, lsn: 3, historyHash: '33'.repeat(32) };
      return answered(signManifest(HUB_SIGNER, IDENTITY.tenant, { from: position, to, rebase: false, segments: [] }));
    },
    certify: async (_token, { lanKey }) => {
      hub.asked += 1;
      const named = hub.certifies?.(identity, publicKey);
      if (named === undefined) return { ok: false, error: { type: 'refused', reason: '404' } };
      const { tenant, store, device } = named;
      const issued = issueCertificate(authority, Buffer.from(lanKey, 'base64'), {
        tenant,
        store,
        device,
        publicKey: bytesToHex(publicKey),
      });
      assert(issued.ok, 'a certificate');
      hub.serials.set(device, serialOf(issued.value));
      const answer = { certificate: base64(issued.value), authority: base64(authority.certificate) };
      return answered(signCertificate(named.signer ?? HUB_SIGNER, tenant, identity.device, answer));
    },
    fetchRevocations: async () => {
      hub.listsAsked += 1;
      return answered(hub.list);
    },
    showRevocations: async (_token, list) => {
      hub.shown.push(list.number);
      if (hub.shows !== 'taken') return { ok: false, error: REFUSALS[hub.shows] };
      const { number } = hub.list;
      hub.list = signRevocations(HUB_SIGNER, IDENTITY.tenant, {
        number: Math.max(number, list.number) + 1,
        revocations: [...hub.list.revocations, ...list.revocations],
      });
      return answered(null);
    },
    sendCountersignatures: async (_token, countersignatures) => {
      hub.signedAsked += 1;
      if (hub.countersigned !== 'taken') return { ok: false, error: REFUSALS[hub.countersigned] };
      hub.signed.push(...countersignatures);
      return answered(null);
    },
  };
}

async function until(what: string, isThere: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 30_000; !(await isThere());) {
    assert(performance.now() < endMs, `${what}: not there`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** `original`: it runs on a copy of that one's disk. */
function openLane(number: number, addresses: readonly string[] = [], original?: TestStoreLan, timers: Timers = systemTimers): TestStoreLan {
  const device = `lane-${number}`;
  const identity: Identity = { ...IDENTITY, lane: number, device };
  const signer = original?.signer ?? createSigner(generateSigningKey());
  const store = createMemoryStore({ schemas: LEDGER_SCHEMAS, hash: nodeHash });
  store.enrol(identity, number.toString(16).padStart(16, '0'));
  const neighbours = createMemoryNeighbourStore();
  const membership = original?.neighbours.membership() ?? null;
  if (membership !== null) neighbours.setMembership(membership);
  const warnings: string[] = [];
  const clock = { laterMs: 0 };
  let port: number | undefined;
  let seen = 0;
  let copies: readonly string[] = [];
  let left = 0;
  const logger: Logger = {
    info: (_message, fields) => {
      if (typeof fields?.['port'] === 'number') port = fields['port'];
    },
    warn: (message) => void warnings.push(message),
    error: (message) => void warnings.push(message),
  };
  const data = mkdtempSync(join(folder, `${device}-`));
  if (original !== undefined) cpSync(original.data, data, { recursive: true });
  const lan = createStoreLan({
    folder: data,
    port: 0,
    addresses,
    store,
    neighbours,
    hub: hubOf(identity, signer.publicKey),
    parts: createMemoryParts(),
    signer,
    verifier: nodeVerifier,
    hash: nodeHash,
    compression: nodeCompression,
    clock: { nowMs: () => systemClock.nowMs(), monotonicMs: () => systemClock.monotonicMs() + clock.laterMs },
    random: systemRandom,
    timers,
    logger,
    withTurn: (write) => write(),
    isConnected: () => true,
    waiting: () => ({ waitingEntries: 0, waitingSales: 0 }),
    onBeyond: () => {
      left += 1;
      store.mintEpoch(bytesToHex(systemRandom.bytes(8)));
    },
    onTaken: () => {},
    picture: (name) => pictures.get(name),
    onSiblings: (siblings, copiesAt) => {
      seen = siblings.length;
      copies = copiesAt;
    },
    documents: () => NO_DOCUMENTS,
    answerDocuments: async () => null,
    onDocuments: () => {},
    answer: async (from, question, value) => ({ from: from.device, question, value, by: device }),
  });
  open.push(lan);
  const listening = async (): Promise<number> => {
    await until('a port', () => port !== undefined);
    return port ?? 0;
  };
  return {
    lan,
    store,
    neighbours,
    port: listening,
    warnings,
    seen: () => seen,
    copies: () => copies,
    data,
    left: () => left,
    clock,
    signer,
  };
}

/** Nothing that a lane sells: any entry of its ledger. */
const append = ({ store, lan }: TestStoreLan): void => {
  store.append({
    kind: LEDGER_KINDS.noSale.kind,
    wallMs: 1,
    clockUncertaintyMs: 1,
    hubOffsetMs: null,
    fields: { businessDate: '2026-03-14', shift: 1, drawer: '1', operator: '7', training: false, reason: 'change' },
  });
  lan.appended();
};

async function twoLanes(): Promise<readonly [TestStoreLan, TestStoreLan]> {
  const first = openLane(1);
  first.lan.contact();
  const second = openLane(2, [`127.0.0.1:${await first.port()}`]);
  second.lan.contact();
  await until('each other', async () => (await first.lan.ask('who', 1)).length === 1 && (await second.lan.ask('who', 1)).length === 1);
  return [first, second];
}

test('N-2, N-4, N-14: two lanes are certified, meet by an address that one of them knows, and answer each other’s questions', async () => {
  const [first, second] = await twoLanes();
  expect(await first.lan.ask('who', { piece: 1 })).toEqual([
    { device: 'lane-2', value: { from: 'lane-1', question: 'who', value: { piece: 1 }, by: 'lane-2' } },
  ]);
  expect(await second.lan.ask('who', 0, 'lane-1')).toMatchObject([{ device: 'lane-1' }]);
  expect(await second.lan.ask('who', 0, 'lane-3')).toEqual([]);
  // What it signs with is known from its certificate, and nobody else's is.
  expect(first.lan.keyOf('lane-2')).toEqual(second.signer.publicKey);
  expect(first.lan.keyOf('lane-3')).toBeUndefined();
  await until('both see one sibling', () => first.seen() === 1 && second.seen() === 1);
});

test('N-12: a hub that was set back is known to hold nothing of siblings’ ledgers, also by a lane that is not on the network yet', async () => {
  const store = createMemoryStore({ schemas: createSchemas([{ kind: 1, name: 'note', columns: [] }]), hash: nodeHash });
  store.enrol({ ...IDENTITY, lane: 3, device: 'lane-3' }, '3'.repeat(16));
  const entry = store.append({ kind: 1, wallMs: 1, clockUncertaintyMs: 0, hubOffsetMs: null, fields: {} });
  const { id, previousHash, hash } = entry;
  const head = signHead(createSigner(generateSigningKey()), { ...id, hash });
  const batch = { device: id.device, epoch: id.epoch, parent: null, firstSeq: 1, previousHash, entries: [entry], head };
  const alone = openLane(1);
  const [onNetwork] = await twoLanes();
  for (const { lan, neighbours } of [alone, onNetwork]) {
    neighbours.take(batch, null);
    neighbours.confirm(1, 1);
    lan.doubtHub();
    expect(lan.lines()).toMatchObject([{ head: { seq: 1 }, confirmedSeq: 0 }]);
  }
});

test('N-2: what a hub certified before is not asked for again', async () => {
  const lane = openLane(1);
  lane.lan.contact();
  await lane.port();
  for (let times = 0; times < 3; times += 1) lane.lan.contact();
  expect(hub.asked).toBe(1);
  expect(lane.neighbours.membership()).not.toBeNull();
});

test('N-2: what comes with the enrolment is as good as what is asked for, where the pinned hub signed it for this lane’s key', async () => {
  const [lane, other] = [openLane(1), openLane(2)];
  const wanted = lane.lan.keyToCertify('CODE');
  assert(wanted !== undefined, 'a key');
  expect(nodeVerifier.verify(lane.signer.publicKey, enrolLanKeyMessage('CODE', wanted.lanKey), hexToBytes(wanted.signature))).toBe(true);
  expect(lane.lan.keyToCertify('CODE')).toEqual(wanted);
  const identity = lane.store.identity();
  assert(identity !== null, 'an identity');
  const answer = await hubOf(identity, lane.signer.publicKey).certify('t', wanted);
  assert(answer.ok, 'a certificate');
  hub.asked = 0;
  lane.lan.certified(answer.value.value);
  lane.lan.contact();
  await lane.port();
  // Somebody else's, and one that another hub signed, is none: it is asked for.
  other.lan.certified(answer.value.value);
  other.lan.certified(signCertificate(createSigner(generateSigningKey()), IDENTITY.tenant, 'lane-2', answer.value.value));
  expect([hub.asked, other.neighbours.membership(), other.warnings.length]).toEqual([0, null, 2]);
  other.lan.contact();
  await other.port();
  expect(hub.asked).toBe(1);
});

test.each([
  ['does not certify', undefined],
  ['certifies another device', (identity: Identity) => ({ ...identity, device: 'lane-9' })],
  ['certifies for another store', (identity: Identity) => ({ ...identity, store: '9' })],
  ['is not the hub that was pinned', (identity: Identity) => ({ ...identity, signer: createSigner(generateSigningKey()) })],
] as const)('N-1, N-2: where the hub %s, the lane is by itself, keeps nothing, and asks again after a minute', async (_what, certifies) => {
  hub.certifies = certifies;
  const lane = openLane(1);
  lane.lan.contact();
  await until('a question', () => hub.asked === 1 && lane.warnings.length > 0);
  expect(lane.neighbours.membership()).toBeNull();
  expect(await lane.lan.ask('who', 1)).toEqual([]);
  // Whoever has no network asks the hub, and waits for nobody.
  await expect(lane.lan.transport.fetchManifest('t', question())).resolves.toMatchObject({ ok: true });
  lane.lan.contact();
  expect(hub.asked).toBe(1);
  lane.clock.laterMs = 60_001;
  hub.certifies = (identity) => identity;
  lane.lan.contact();
  await lane.port();
  expect(hub.asked).toBe(2);
});

const question = () => ({ position: originPosition(HUB_EPOCH), waitingEntries: 0, waitingSales: 0, wallMs: 0 });

test('N-19: a till that starts on a copy of a lane’s disk, with no hub there, is known for one by both: one goes on in a new epoch, and what either sells the other holds', async () => {
  const lane = openLane(1);
  lane.lan.contact();
  const address = `127.0.0.1:${await lane.port()}`;
  hub.certifies = undefined;
  const copy = openLane(1, [address], lane);
  copy.lan.contact();
  await until('both say so', () => lane.copies().length === 1 && copy.copies().length === 1);
  // By whichever address was heard last.
  const endsWith = async (one: TestStoreLan): Promise<unknown> => expect.stringMatching(new RegExp(`:${await one.port()}$`));
  expect([lane.copies(), copy.copies()]).toEqual([[await endsWith(copy)], [await endsWith(lane)]]);
  expect([lane.left() + copy.left(), hub.asked, lane.seen(), copy.seen()]).toEqual([1, 1, 0, 0]);
  for (const each of [lane, copy])
    expect(each.warnings.filter((message) => /another till runs as this lane/.test(message))).toHaveLength(1);
  const epochOf = ({ store }: TestStoreLan): string | undefined => store.epochs().at(-1)?.epoch;
  expect(epochOf(lane)).not.toBe(epochOf(copy));
  append(lane);
  append(copy);
  const holds = (one: TestStoreLan, other: TestStoreLan): boolean =>
    one.neighbours.lines().some(({ head }) => head.device === 'lane-1' && head.epoch === epochOf(other) && head.seq === 1);
  await until('what the other sold', () => holds(lane, copy) && holds(copy, lane));
  expect(lane.left() + copy.left()).toBe(1);
});

test('N-11: a lane without a catalogue asks nobody before it has met its sibling, which then has it', async () => {
  const first = openLane(1);
  first.lan.contact();
  const port = await first.port();
  // Nobody is there for the first lane: after a while it asks the hub.
  expect(await first.lan.transport.fetchManifest('t', question())).toMatchObject({ ok: true });
  // Which of the two asks for both follows from names alone: of these two it is the first.
  const second = openLane(3, [`127.0.0.1:${port}`]);
  const asked = second.lan.transport.fetchManifest('t', question());
  second.lan.contact();
  expect(await asked).toMatchObject({ ok: true, value: { isFromSibling: true, value: { to: { lsn: 3 } } } });
  expect(hub.manifests).toEqual(['lane-1']);
});

test('N-11: a lane without a catalogue that has met all whom it knows, of whom none has one, or is gone, waits for nobody else', async () => {
  // No wait ends by itself.
  const patient: Timers = { after: (ms, run) => (ms === 5_000 ? () => {} : systemTimers.after(ms, run)) };
  const second = openLane(2, [], undefined, patient);
  second.lan.contact();
  const third = openLane(3, [`127.0.0.1:${await second.port()}`, '127.0.0.1:1'], undefined, patient);
  const asked = third.lan.transport.fetchManifest('t', question());
  third.lan.contact();
  expect(await asked).toMatchObject({ ok: true, value: { value: { to: { lsn: 3 } } } });
});

test('D-18, N-11: a picture is asked of the sibling that brings it for all, which may not have it yet, and of the hub by that one alone', async () => {
  const [first, second] = await twoLanes();
  const asks = async (name: string): Promise<unknown> => [await first.lan.picture(name), await second.lan.picture(name)];
  const names = Array.from({ length: 16 }, (_, index) => index.toString(16).repeat(64));
  await until('both know that the other reaches the hub', async () => {
    const answers = await asks(names[0] ?? '');
    return JSON.stringify(answers).includes('later');
  });
  for (const name of names) expect(['["later",null]', '[null,"later"]']).toContain(JSON.stringify(await asks(name)));
  const held = new Uint8Array([1, 2, 3]);
  for (const name of names) pictures.set(name, held);
  for (const name of names) expect(await asks(name)).toContainEqual(held);
});

test('N-3, N-5: a revoked lane is served nothing any more; a list of the hub’s is taken by its number and signature only', async () => {
  const [first, second] = await twoLanes();
  const serial = hub.serials.get('lane-2') ?? '';
  const revocation: Revocation = { device: 'lane-2', serial, heads: [], reason: 'replaced' };
  hub.list = signRevocations(createSigner(generateSigningKey()), IDENTITY.tenant, { number: 4, revocations: [revocation] });
  first.lan.contact(4);
  await until('the list was asked for', () => hub.listsAsked === 1);
  expect(first.neighbours.revocations()).toEqual([]);
  hub.list = signRevocations(HUB_SIGNER, IDENTITY.tenant, { number: 5, revocations: [revocation] });
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  expect(await first.lan.ask('who', 1)).toEqual([]);
  await until('nothing for the revoked', async () => (await second.lan.ask('who', 1)).length === 0);
});

const revokedAs = (number: number, ...devices: readonly string[]): RevocationList =>
  signRevocations(HUB_SIGNER, IDENTITY.tenant, {
    number,
    revocations: devices.map((device) => ({ device, serial: `0${device.at(-1)}`, heads: [], reason: 'stolen' })),
  });

test('N-3: a lane that is not on the network of its store believes no list but the hub’s either', async () => {
  hub.certifies = undefined;
  const first = openLane(1);
  hub.list = { ...revokedAs(4, 'lane-3'), signature: revokedAs(4, 'lane-2').signature };
  first.lan.contact(4);
  await until('the list was asked for', () => hub.listsAsked === 1);
  hub.list = revokedAs(5, 'lane-2');
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  expect(first.neighbours.revocations()).toEqual([hub.list]);
});

test('N-20: a hub that was set back is shown what it lost, whether its list counts less or more, and names it again', async () => {
  const first = openLane(1);
  hub.list = revokedAs(5, 'lane-2');
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  hub.list = revokedAs(0);
  first.lan.contact(0);
  await until('what it lost is named again', () => first.neighbours.revocations()[0]?.number === 6);
  expect(hub.shown).toEqual([5]);
  // Set back once more, it has revoked another one since: that list counts more, and names less.
  hub.list = revokedAs(9, 'lane-3');
  first.clock.laterMs += 900_000;
  await until('both', () => {
    first.lan.contact(9);
    return first.neighbours.revocations()[0]?.number === 10;
  });
  expect([hub.shown, first.neighbours.revocations()]).toEqual([[5, 6], [hub.list]]);
  expect(hub.list.revocations.map(({ device }) => device)).toEqual(['lane-3', 'lane-2']);
});

test('N-20: a hub that does not take it is asked again after a while only, and the lane refuses what it ever heard of', async () => {
  const [first, second] = await twoLanes();
  const serial = hub.serials.get('lane-2') ?? '';
  const revocation: Revocation = { device: 'lane-2', serial, heads: [], reason: 'stolen' };
  hub.list = signRevocations(HUB_SIGNER, IDENTITY.tenant, { number: 5, revocations: [revocation] });
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  hub.shows = 'refused';
  hub.list = revokedAs(9, 'lane-3');
  first.lan.contact(9);
  await until('the newer list', () => first.neighbours.revocations()[0]?.number === 9);
  await until('it was shown', () => hub.shown.length === 1);
  expect(first.neighbours.revocations().map(({ number }) => number)).toEqual([9, 5]);
  expect([await first.lan.ask('who', 1), await second.lan.ask('who', 1)]).toEqual([[], []]);
  await until('that is said', () => first.warnings.some((warning) => warning.includes('revocations')));
  first.clock.laterMs += 30_000;
  const asked = hub.listsAsked;
  first.lan.contact(9);
  expect(hub.listsAsked).toBe(asked);
  first.clock.laterMs += 870_000;
  await until('it was shown again', () => {
    first.lan.contact(9);
    return hub.shown.length === 2;
  });
  expect(hub.shown).toEqual([5, 5]);
});

test.each(['away', 'busy'] as const)('N-20: a hub that is %s while it is shown what it lost is shown it again soon', async (shows) => {
  const first = openLane(1);
  hub.list = revokedAs(5, 'lane-2');
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  hub.shows = shows;
  hub.list = revokedAs(0);
  first.lan.contact(0);
  await until('it was shown', () => hub.shown.length === 1);
  await until('that is said', () => first.warnings.some((warning) => warning.includes('revocations')));
  hub.shows = 'taken';
  first.clock.laterMs += 30_000;
  await until('what it lost is named again', () => {
    first.lan.contact(0);
    return first.neighbours.revocations()[0]?.number === 6;
  });
  expect(hub.shown).toEqual([5, 5]);
});

test('N-20: a hub whose list has grown since it said its number has lost nothing', async () => {
  const first = openLane(1);
  hub.list = revokedAs(5, 'lane-2');
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  // An answer that was on its way longer.
  const asked = hub.listsAsked;
  first.lan.contact(4);
  await until('it was asked', () => hub.listsAsked === asked + 1);
  expect(hub.shown).toEqual([]);
  // It is asked of the hub at once where it has lost something, and not only after a while.
  hub.list = revokedAs(0);
  first.lan.contact(0);
  await until('what it lost is named again', () => first.neighbours.revocations()[0]?.number === 6);
  expect(hub.shown).toEqual([5]);
});

test('N-20: a hub that takes no countersignatures is shown what it lost all the same, and the lane asks for its list again', async () => {
  const first = openLane(1);
  hub.list = revokedAs(5, 'lane-2');
  first.lan.contact(5);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 5);
  const head = { device: 'lane-3', epoch: 'cd'.repeat(8), seq: 9, hash: new Uint8Array(32).fill(7), signature: new Uint8Array(64) };
  const signed = countersign(first.signer, 'lane-1', head);
  Object.assign(first.neighbours, { countersignatures: (device: string) => (device === 'lane-3' ? [signed] : []) });
  hub.countersigned = 'away';
  hub.list = revokedAs(9, 'lane-3');
  first.lan.contact(9);
  await until('what it lost is named again', () => hub.list.number === 10);
  expect([hub.shown, hub.list.revocations.map(({ device }) => device)]).toEqual([[5], ['lane-3', 'lane-2']]);
  expect(first.neighbours.revocations().map(({ number }) => number)).toEqual([5]);
  hub.countersigned = 'taken';
  await until('its list', () => {
    first.lan.contact(10);
    return first.neighbours.revocations()[0]?.number === 10;
  });
  expect([hub.signed, first.neighbours.revocations()]).toEqual([[signed], [hub.list]]);
});

test('N-20: enrolled at another hub a lane drops what the one before said of revocations, and keeps what its own said', async () => {
  const revocations = [{ device: 'lane-2', serial: '02', heads: [], reason: 'stolen' as const }];
  const before = signRevocations(createSigner(generateSigningKey()), IDENTITY.tenant, { number: 30, revocations });
  const ofOther = signRevocations(HUB_SIGNER, 'another-tenant', { number: 20, revocations });
  const first = openLane(1);
  first.neighbours.setRevocations([before, ofOther]);
  hub.list = revokedAs(2, 'lane-3');
  first.lan.contact(2);
  await until('its list', () => first.neighbours.revocations()[0]?.number === 2);
  expect([hub.shown, first.neighbours.revocations()]).toEqual([[], [hub.list]]);
  const again = openLane(4);
  again.neighbours.setRevocations([before, hub.list]);
  again.lan.contact();
  expect(again.neighbours.revocations()).toEqual([hub.list]);
});

/** Holds what it has countersigned of a third lane, of which the hub, that revoked it as stolen, had less. */
function witness(): readonly [TestStoreLan, Countersignature] {
  const first = openLane(1);
  const thief = createSigner(generateSigningKey());
  const head = {
    device: 'lane-3',
    epoch: 'cd'.repeat(8),
    seq: 9,
    hash: new Uint8Array(32).fill(7),
    signature: thief.sign(new Uint8Array(1)),
  };
  const signed = countersign(first.signer, 'lane-1', head);
  const neighbours: NeighbourStore = { ...first.neighbours, countersignatures: (device) => (device === 'lane-3' ? [signed] : []) };
  Object.assign(first.neighbours, neighbours);
  const revocation: Revocation = {
    device: 'lane-3',
    serial: 'ab',
    heads: [{ epoch: head.epoch, seq: 8, hash: '07'.repeat(32) }],
    reason: 'stolen',
  };
  hub.list = signRevocations(HUB_SIGNER, IDENTITY.tenant, { number: 2, revocations: [revocation] });
  return [first, signed];
}

test.each(['away', 'busy', 'failed'] as const)(
  'N-6: of a stolen lane what was countersigned is told first; where the hub is %s then, the list is asked for again',
  async (countersigned) => {
    const [first, signed] = witness();
    hub.countersigned = countersigned;
    first.lan.contact(2);
    await until('it was sent', () => hub.signedAsked === 1);
    await first.port();
    expect([hub.listsAsked, first.neighbours.revocations()]).toEqual([1, []]);
    hub.countersigned = 'taken';
    await until('the list', () => {
      first.lan.contact(2);
      return first.neighbours.revocations()[0]?.number === 2;
    });
    expect(hub.signed).toEqual([signed]);
  },
);

test('N-6: a hub that refuses what was countersigned of a stolen lane keeps its list from nobody', async () => {
  const [first] = witness();
  hub.countersigned = 'refused';
  first.lan.contact(2);
  await until('the list', () => first.neighbours.revocations()[0]?.number === 2);
  expect([hub.signedAsked, hub.listsAsked, hub.signed]).toEqual([1, 1, []]);
  expect(first.warnings).toContain('the hub has refused the countersignatures of a stolen device');
});

test('a lane that is stopped says nothing, and what waits for a sibling ends', async () => {
  const first = openLane(1);
  const waiting = first.lan.transport.fetchManifest('t', question());
  await first.lan.stop();
  expect(await waiting).toMatchObject({ ok: true });
  first.lan.contact();
  first.lan.appended();
  expect(hub.asked).toBe(0);
  expect(await first.lan.ask('who', 1)).toEqual([]);
});
