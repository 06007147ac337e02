/**
 * Devices with real replicas and stores, a model hub, and a network that drops, doubles, delays, reorders and tears, all under one seed and one virtual
 * clock. Power fails at any write, disks are full for a while or come back as they were, clocks are off by a year and jump, and some talk as the first release did. After each cut, and at the end, what devices and hub hold is compared with what was done to them.
 */
import { assert, InvariantError, type Logger } from '@holdfast/base';
import Database from 'better-sqlite3';

import { createSqliteNeighbourStore } from '../adapters/sqlite-neighbours.ts';
import { inTransaction } from '../adapters/sqlite-rows.ts';
import { createSqliteStore, SYNC_MIGRATIONS } from '../adapters/sqlite.ts';
import { scopesOfPlace } from '../down/audience.ts';
import { lsnOf, type Cut } from '../down/cells.ts';
import { createMemoryParts, type SegmentParts } from '../down/segment-parts.ts';
import { createMemoryNeighbourStore } from '../lan/memory-neighbour-store.ts';
import type { LineFolds, NeighbourStore } from '../lan/neighbour-store.ts';
import { createMemoryStore } from '../memory-store.ts';
import {
  genesisHead,
  readEntry,
  signBegin,
  signFoldCheckpoint,
  verifyChain,
  type ChainedEntry,
  type EntryDraft,
  type SignedHead,
} from '../replica/ledger.ts';
import {
  createReplica,
  type Answered,
  type Replica,
  type ReplicaStatus,
  type SegmentPart,
  type Transport,
  type TransportError,
} from '../replica/replica.ts';
import type { Schemas } from '../schema.ts';
import { mostCheckpointSeq, type ReplicaStore } from '../store.ts';
import { entriesOfBatch } from '../wire/batch.ts';
import { bytesToHex, joinBytes } from '../wire/bytes.ts';
import type { LedgerAnswer } from '../wire/protocol.ts';
import {
  addBusiness,
  businessOfEntry,
  createBusinessModel,
  hashesOf,
  textOf,
  type Business,
  type BusinessModel,
} from './business-model.ts';
import { countDraft, CUT_KIND, cutDraft, NEXT_SCHEMAS, saleDraft, SCHEMAS, seeded, seededRandom, voidDraft } from './fixtures.ts';
import { createModelHub, isOfZone, roleOfItem, ZONE_CELL, ZONES, type Change, type ModelHub } from './model-hub.ts';
import { createSimulatedLan, missingOf, type LaneOnLan, type SimulatedLan, type Wire } from './simulated-lan.ts';
import { portsOf, type WorldPorts } from './simulated-ports.ts';

export interface Scenario {
  readonly seed: number;
  readonly devices: number;
  readonly steps: number;
  readonly storage: 'memory' | 'sqlite';
  /** Chance that a call, or its answer, is lost. */
  readonly loss: number;
  /** A disk comes back as it was some time ago (sqlite only). */
  readonly restoredDisks: boolean;
  /** A disk is copied, and the copy runs beside it, as the same device, to the end (sqlite only). */
  readonly clonedDisks: boolean;
  /** A disk is lost, with all that nobody else has of it; another device takes its place. */
  readonly lostDisks: boolean;
  /** The hub comes back as it was some time ago. */
  readonly hubRollbacks: boolean;
  /** Chance that the power fails at a write: before it, or right after its commit. */
  readonly powerCuts: number;
  /** Disks are full for a while. */
  readonly fullDisks: boolean;
  /** Clocks are off by up to 400 days, and jump. */
  readonly wrongClocks: boolean;
  /** Devices and hub talk as the first release did, some of the time. */
  readonly mixedVersions: boolean;
  /** Half-way devices are upgraded, one after the other, to a release whose ledgers have more columns and another kind (sqlite only). */
  readonly schemaChange: boolean;
  /** At times nobody reaches the hub. */
  readonly outages: boolean;
  /** Devices have each other, over a network that is cut between two of them at times. */
  readonly lan: boolean;
  /** Each third device is a kiosk, the others are lanes; some items are of one role alone. */
  readonly roles: boolean;
  /** The store moves from zone to zone; some items are each zone's own. */
  readonly zoneMoves: boolean;
  /** What the hub's standby has is safe, and devices forget of it; the last one comes when half of it is gone. A hub that is set back fails over to the standby. */
  readonly forgets: boolean;
  /** Devices sign from where on whoever is new needs their ledgers. */
  readonly checkpoints: boolean;
  /** Devices stop selling, one after the other, and stay on the network: what was the matter with one then nothing that it sells mends. */
  readonly closes: boolean;
  /** Once it is enrolled nobody reaches the hub for most of the time, and a disk that was set back is likely to be lost as well: the hub gets all at once what is left. */
  readonly isolated: boolean;
  /** What is published is of three items alone: of each a device holds many versions. */
  readonly fewItems: boolean;
}

/** What is done to the world, step by step, for a person who looks for the reason. */
export type Trace = (atMs: number, what: string) => void;

export interface Outcome {
  /** Of everything that devices and hub hold at the end: two runs of a scenario give the same. */
  readonly digest: string;
  readonly entries: number;
  readonly branches: number;
  readonly cuts: number;
  readonly powerFailures: number;
}

type Scheduled = { readonly atMs: number; readonly order: number; readonly run: () => void; cancelled: boolean };

/** Virtual time: nothing happens but by the next scheduled event. */
function createWorldClock() {
  const queue: Scheduled[] = [];
  let nowMs = 0;
  let order = 0;
  return {
    nowMs: () => nowMs,
    after: (delayMs: number, run: () => void) => {
      const scheduled: Scheduled = { atMs: nowMs + Math.max(0, delayMs), order: (order += 1), run, cancelled: false };
      queue.push(scheduled);
      return () => void (scheduled.cancelled = true);
    },
    /** Runs everything due until `untilMs`. */
    advance: async (untilMs: number): Promise<void> => {
      for (;;) {
        queue.sort((left, right) => left.atMs - right.atMs || left.order - right.order);
        const next = queue[0];
        if (next === undefined || next.atMs > untilMs) break;
        queue.shift();
        ({ atMs: nowMs } = next);
        if (next.cancelled) continue;
        next.run();
        // Promises that this settled run before the next event.
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = untilMs;
    },
  };
}

type WorldClock = ReturnType<typeof createWorldClock>;

interface Network {
  online: boolean;
  readonly calm: () => void;
  readonly chance: () => number;
  readonly call: <T>(act: () => T) => Promise<T | null>;
  /** An answer that comes bit by bit, and may end at any of its bytes. */
  readonly stream: (bytes: Uint8Array, came: (bytes: Uint8Array) => void) => Promise<SegmentPart>;
}

/** A call is lost on its way, done and its answer lost, done twice, or done after a while. */
function createNetwork(clock: WorldClock, chance: () => number, loss: number): Network {
  let rate = loss;
  const network: Network = {
    online: true,
    chance,
    calm: () => {
      rate = 0;
    },
    stream: async (whole, came) => {
      const isTorn = chance() < rate;
      const bytes = isTorn ? whole.subarray(0, Math.floor(chance() * (whole.length + 1))) : whole;
      const middle = Math.floor(chance() * bytes.length);
      for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
        await new Promise<void>((resolve) => void clock.after(chance() * 400, resolve));
        came(piece);
      }
      return { bytes, torn: isTorn ? LOST.error : null };
    },
    call: (act) =>
      new Promise((resolve) => {
        const delayMs = 1 + chance() ** 4 * 3_000;
        const [lostThere, lostBack, twice] = [chance() < rate, chance() < rate, chance() < rate / 2];
        if (!network.online || lostThere) {
          clock.after(delayMs, () => resolve(null));
          return;
        }
        clock.after(delayMs, () => {
          const answer = act();
          // A doubled request arrives again, later, perhaps after others.
          if (twice) clock.after(chance() * 4_000, () => void act());
          clock.after(1 + chance() * 50, () => resolve(lostBack || !network.online ? null : answer));
        });
      }),
  };
  return network;
}

/** Of a few cells: what brings more is fetched by its address. */
const TAIL_BYTES = 120;
const DAY_MS = 86_400_000;
const HUB_START_MS = 1_800_000_000_000;
const DEVICE_START_MS = 1_700_000_000_000;

const LOST: { readonly ok: false; readonly error: TransportError } = {
  ok: false,
  error: { type: 'unreachable', reason: 'lost', isTorn: true },
};

const NOT_HELD: { readonly ok: false; readonly error: TransportError } = { ok: false, error: { type: 'refused', reason: '416' } };

/** What the hub has of a device's batch that was torn on its way. */
interface TornUpload {
  held: Uint8Array;
}

interface Ends {
  readonly torn: TornUpload;
  readonly hub: ModelHub;
  readonly network: Network;
  readonly clock: WorldClock;
  readonly ports: WorldPorts;
}

/** `isOld`: this device, or the hub that it reaches, is of the first release. `isAlive`: the process that asked is still there. */
function createTransport(
  { torn, hub, network, clock, ports }: Ends,
  device: string,
  isOld: () => boolean,
  isAlive: () => boolean,
): Transport {
  const timed = <T>(value: T): Answered<T> => ({ value, hubTimeMs: HUB_START_MS + clock.nowMs() });
  return {
    enrol: async () =>
      (await network.call(() => ({ ok: true as const, value: timed(hub.enrol(device, ports.deviceSigner.publicKey)) }))) ?? LOST,
    sendLedger: async (token, frame, from = 0) => {
      const isHeld = from <= torn.held.length && !(isOld() && from > 0);
      const whole = joinBytes(torn.held.subarray(0, from), frame.subarray(from));
      const result = await network.call(() => (isHeld ? hub.postLedger(token, whole) : NOT_HELD));
      // Some of it came, or all, and the hub does not know that.
      if (result === null && network.online) torn.held = whole.slice(0, Math.floor(network.chance() * (whole.length + 1)));
      if (result === null) return LOST;
      torn.held = new Uint8Array();
      if (!result.ok) return result;
      const { reads, ...first } = result.value;
      return { ok: true, value: timed(isOld() || reads === undefined ? first : { ...first, reads }) };
    },
    askTorn: async (token) => {
      const told = await network.call(() => ({ held: torn.held, ledger: hub.holds(token) }));
      if (told === null) return LOST;
      const { held, ledger } = told;
      if (isOld() || !ledger.ok) return NOT_HELD;
      const entries = entriesOfBatch(held);
      const more = held.length === 0 ? { ledger: ledger.value } : entries !== null && { entries };
      return { ok: true, value: { bytes: held.length, hash: bytesToHex(ports.hash.sha256(held)), ...more } };
    },
    fetchManifest: async (token, request) => {
      const { reads, canProve: _canProve, proof: _proof, held: _held, ...first } = request;
      const asked = isOld() || reads === undefined ? first : request;
      const result = await network.call(() => hub.postManifest(token, asked));
      if (result === null) return LOST;
      return result.ok ? { ok: true, value: timed(result.value) } : result;
    },
    fetchSegment: async (_token, hash, from, _maxBytes, _signal, came) => {
      const result = await network.call(() => hub.getSegment(hash));
      if (result === null) return LOST;
      if (!result.ok) return result;
      const told = (bytes: Uint8Array): void => {
        if (isAlive()) came?.(bytes);
      };
      const part = await network.stream(result.value.subarray(from), told);
      // Of a process that is gone nothing goes on.
      return isAlive() ? { ok: true, value: part } : new Promise<never>(() => {});
    },
  };
}

interface Disk {
  readonly store: () => ReplicaStore;
  readonly neighbours: () => NeighbourStore;
  /** What its copies of a device's ledger come to, added up as they came. */
  readonly copied: (device: string) => Business;
  /** Entries, by hash, that went from those copies again and stay added up. */
  readonly dropped: (device: string) => readonly string[];
  readonly transact: <T>(work: () => T) => T;
  /** How it comes back later, as it is now; null where this storage cannot. */
  readonly copy: () => (() => void) | null;
  /** Another one, as this one is now. */
  readonly clone: () => Disk;
  /** Opened by a build that knows more. */
  readonly upgrade: () => void;
}

/** Siblings keep what its device keeps. `adds`: what its copies come to, in the transaction that takes them. */
const foldsOf = (adds: (device: string, business: Business) => void, drops: (device: string, hash: string) => void): LineFolds => ({
  onEntry: ({ id, canonical }) => {
    adds(id.device, businessOfEntry({ canonical }, SCHEMAS));
    const read = readEntry(canonical, SCHEMAS);
    const { epoch, seq, hash } = read.ok && read.value.kind === CUT_KIND.kind ? (read.value.fields ?? {}) : {};
    return typeof epoch === 'string' && typeof seq === 'number' && hash instanceof Uint8Array ? { epoch, seq, hash } : undefined;
  },
  onForgotten: ({ id, hash }) => drops(id.device, bytesToHex(hash)),
});

let emptyDisk: Buffer | null = null;

/** Migrated once in a process. */
function newDisk(): Buffer {
  if (emptyDisk !== null) return emptyDisk;
  const database = new Database(':memory:');
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  database.exec('CREATE TABLE copied_business (device TEXT, name TEXT, value INTEGER NOT NULL, PRIMARY KEY (device, name))');
  database.exec('CREATE TABLE dropped_copies (device TEXT, hash TEXT, PRIMARY KEY (device, hash))');
  emptyDisk = database.serialize();
  database.close();
  return emptyDisk;
}

interface DiskOptions {
  readonly schemas: Schemas;
  readonly hash: WorldPorts['hash'];
}

function createDisk(storage: Scenario['storage'], { hash }: WorldPorts): Disk {
  const options: DiskOptions = { schemas: SCHEMAS, hash };
  if (storage === 'sqlite') return openDisk(newDisk(), options);
  const store = createMemoryStore(options);
  const copied = new Map<string, Map<string, number>>();
  const dropped = new Map<string, readonly string[]>();
  const neighbours = createMemoryNeighbourStore(
    foldsOf(
      (device, business) => {
        const sum = copied.get(device) ?? new Map<string, number>();
        copied.set(device, sum);
        addBusiness(sum, business);
      },
      (device, entry) => void dropped.set(device, [...(dropped.get(device) ?? []), entry]),
    ),
  );
  return {
    copied: (device) => copied.get(device) ?? new Map(),
    dropped: (device) => dropped.get(device) ?? [],
    store: () => store,
    neighbours: () => neighbours,
    transact: (work) => work(),
    copy: () => null,
    clone: () => {
      throw new InvariantError('memory is not copied');
    },
    upgrade: () => {},
  };
}

function openDisk(image: Buffer, before: DiskOptions): Disk {
  let options = before;
  let database = new Database(image);
  let store = createSqliteStore(database, options);
  const folds = foldsOf(
    (device, business) => {
      const add = database.prepare('INSERT INTO copied_business VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value');
      for (const [name, value] of business) add.run(device, name, value);
    },
    (device, entry) => void database.prepare('INSERT OR IGNORE INTO dropped_copies VALUES (?, ?)').run(device, entry),
  );
  let neighbours = createSqliteNeighbourStore(database, folds);
  const open = (): void => {
    store = createSqliteStore(database, options);
    neighbours = createSqliteNeighbourStore(database, folds);
  };
  const readCopied = 'SELECT name, value FROM copied_business WHERE device = ?';
  return {
    copied: (device) => new Map(database.prepare<[string], [string, number]>(readCopied).raw().all(device)),
    dropped: (device) => database.prepare<[string], string>('SELECT hash FROM dropped_copies WHERE device = ?').pluck().all(device),
    store: () => store,
    neighbours: () => neighbours,
    transact: (work) => inTransaction(database, work),
    copy: () => {
      const copied = database.serialize();
      return () => {
        database.close();
        database = new Database(copied);
        open();
      };
    },
    clone: () => openDisk(database.serialize(), options),
    upgrade: () => {
      options = { ...options, schemas: NEXT_SCHEMAS };
      open();
    },
  };
}

const roleOfDevice = (name: string): string => (Number(name.slice('device-'.length)) % 3 === 0 ? 'kiosk' : 'lane');

interface World {
  readonly hub: ModelHub;
  readonly clock: WorldClock;
  readonly chance: () => number;
  readonly scenario: Scenario;
  readonly lan: SimulatedLan | null;
  readonly model: BusinessModel;
}

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** Two that run as one device are found at two addresses. */
const TWIN = "'";
/** Of whoever takes the place of one whose disk was lost: of the same role. */
const successorOf = (name: string): string => `device-${Number(name.slice('device-'.length)) + 30}`;

class Device {
  readonly name: string;
  /** On its siblings' network, and for whoever reads a trace: of a copy another one. */
  readonly address: string;
  readonly disk: Disk;
  /** Beside its database; a power cut may damage what was not synced. */
  readonly parts: SegmentParts = createMemoryParts();
  readonly network: Network;
  readonly #ports: WorldPorts;
  readonly #hub: ModelHub;
  readonly #clock: WorldClock;
  readonly #world: World;
  readonly #chance: () => number;
  #replica: Replica | null = null;
  #status: ReplicaStatus | null = null;
  #pinned: Cut | null = null;
  #pinnedItems: ReadonlyMap<string, string> = new Map();
  #serial = 0;
  /** Grows with each start: whatever belongs to an earlier life of the process is over. */
  #life = 0;
  readonly #powerCuts: number;
  readonly #lan: SimulatedLan | null;
  /** What it may hold; null: everything. */
  readonly #role: string | null;
  #onLan: LaneOnLan | null = null;
  #failure: unknown = null;
  /** What siblings told this life of its own ledger. */
  #toldOfItself: readonly SignedHead[] = [];
  /** What the hub said to this life last of what it holds of this device's ledger. */
  #toldByHub: LedgerAnswer | null = null;
  readonly #torn: TornUpload = { held: new Uint8Array() };
  calm = false;
  isDiskFull = false;
  isClosed = false;
  wasSetBack = false;
  isOld = false;
  isUpgraded = false;
  /** Of its wall clock, from where it should stand. */
  clockErrorMs = 0;
  powerFailed = 0;
  cuts = 0;

  /** `original`: whose disk it is a copy of, and whose device it is. */
  constructor(address: string, world: World, original?: Device) {
    const { hub, clock, chance, scenario, lan } = world;
    this.address = address;
    this.name = original?.name ?? address;
    this.#world = world;
    this.#hub = hub;
    this.#clock = clock;
    this.#chance = chance;
    this.#ports = portsOf(scenario.seed);
    this.disk = original?.disk.clone() ?? createDisk(scenario.storage, this.#ports);
    this.isUpgraded = original?.isUpgraded ?? false;
    this.network = createNetwork(clock, chance, scenario.loss);
    this.#powerCuts = scenario.powerCuts;
    this.#lan = lan;
    this.#role = scenario.roles ? roleOfDevice(this.name) : null;
    if (scenario.wrongClocks) this.clockErrorMs = Math.round((chance() * 2 - 1) * 400 * DAY_MS);
    if (scenario.mixedVersions) this.isOld = chance() < 0.5;
  }

  /** Its disk is copied, and runs in another box. */
  clone(): Device {
    return new Device(`${this.address}${TWIN}`, this.#world, this);
  }

  nowMs(): number {
    return DEVICE_START_MS + this.#clock.nowMs() + this.clockErrorMs;
  }

  /** One write as a disk sees it: done, refused, or the last thing before the lights went out. */
  #write<T>(write: () => T): T {
    if (this.isDiskFull) throw new Error('database or disk is full');
    const [before, behind] =
      this.#powerCuts === 0 || this.calm ? [false, false] : [this.#chance() < this.#powerCuts, this.#chance() < this.#powerCuts];
    if (before) this.#loseHere();
    const value = write();
    if (behind) this.#loseHere();
    return value;
  }

  #loseHere(): never {
    this.powerFailed += 1;
    const life = this.#life;
    void this.crash();
    this.#damageParts();
    this.#clock.after(1 + this.#chance() * 800, () => {
      if (this.#life === life && this.#replica === null) this.start();
    });
    throw new Error('the power failed');
  }

  /** Each is as it was, shorter, or of the right length with something else in it. */
  #damageParts(): void {
    for (const segment of this.parts.segments()) {
      const held = this.parts.held(segment);
      const dice = this.#chance();
      if (dice < 0.5) continue;
      this.parts.drop(segment);
      this.parts.keep(segment, 0, dice < 0.75 ? held.subarray(0, Math.floor(this.#chance() * held.length)) : held.map((byte) => byte ^ 1));
    }
  }

  start(): void {
    this.#life += 1;
    const ports = this.#ports;
    const life = this.#life;
    const hub = createTransport(
      { torn: this.#torn, hub: this.#hub, network: this.network, clock: this.#clock, ports },
      this.name,
      () => this.isOld,
      () => this.#life === life && this.#replica !== null,
    );
    this.#onLan =
      this.#lan?.join({
        device: this.name,
        address: this.address,
        store: this.disk.store(),
        neighbours: this.disk.neighbours(),
        hub,
        parts: this.parts,
        isConnected: () => this.#status?.connected === true,
        waiting: (hubEpoch) => this.#replica?.waiting(hubEpoch) ?? { waitingEntries: 1, waitingSales: 0 },
        nowMs: () => this.nowMs(),
        withTurn: (write) => this.#write(write),
        onBeyond: () => this.#replica?.leaveEpoch(),
        onTold: (heads) => {
          // With a full disk it goes on in the old epoch, until it is told again (SPEC: N-10).
          if (!this.isDiskFull) this.#toldOfItself = heads.filter(({ device }) => device === this.name);
        },
      }) ?? null;
    const transport = this.#onLan?.transport ?? hub;
    this.#replica = createReplica(
      {
        store: this.disk.store(),
        transport: {
          ...transport,
          sendLedger: async (...batch) => {
            const answered = await transport.sendLedger(...batch);
            if (answered.ok && this.#life === life) this.#toldByHub = answered.value.value;
            return answered;
          },
        },
        signer: ports.deviceSigner,
        verifier: ports.verifier,
        hash: ports.hash,
        compression: ports.compression,
        clock: { nowMs: () => this.nowMs(), monotonicMs: this.#clock.nowMs },
        random: seededRandom(this.#chance),
        timers: { after: this.#clock.after },
        logger: silent,
        withTurn: (write) => this.#write(write),
        oldestPinnedAt: () => this.#pinned?.at ?? null,
        report: () => JSON.stringify(this.#waitingSums()),
        onStatus: (status) => {
          this.#status = status;
          if (status.enrolled) this.#onLan?.start();
        },
        // Thrown here, it would end the process, and no seed would be told.
        onCut: (cut) => {
          try {
            this.checkCut(cut);
          } catch (error) {
            this.#failure ??= error;
          }
        },
        onOtherHub: () => this.#onLan?.doubtHub(),
        parts: this.parts,
      },
      {
        enrol: { code: 'code', publicKey: bytesToHex(ports.deviceSigner.publicKey) },
        engine: { maxEntries: 4, pollMs: 2_000 },
        leastTornBytes: 300,
      },
    );
    this.#replica.start();
  }

  /** Where each epoch ends at the hub, as it said it last to this life. */
  toldByHub(): readonly LedgerEnd[] {
    if (this.#toldByHub === null) return [];
    const { received, heads } = this.#toldByHub;
    return Object.entries(heads).map(([epoch, hash]) => ({ epoch, seq: received[epoch] ?? 0, hash }));
  }

  async crash(): Promise<void> {
    this.#lan?.leave(this.address);
    this.#toldOfItself = [];
    this.#toldByHub = null;
    const replica = this.#replica;
    // At once: what starts it again may be due before anything that was awaited goes on.
    this.#replica = null;
    await replica?.stop();
  }

  poke(isUrgent: boolean): void {
    this.#onLan?.poked();
    this.#replica?.poked(isUrgent);
  }

  sell(): void {
    const store = this.disk.store();
    if (store.identity() === null || this.isDiskFull || this.isClosed) return;
    const beyond = this.#toldOfItself.find((head) => isUnheld(store, { ...head, hash: bytesToHex(head.hash) }));
    assert(beyond === undefined, `${this.address}: sells in ${beyond?.epoch}, of which a sibling told it ${beyond?.seq}`);
    this.#serial += 1;
    const draft = this.#draft();
    this.#world.model.wrote(
      this.disk.transact(() => store.append(draft)),
      draft,
    );
    this.#replica?.appended();
    this.#onLan?.appended();
  }

  /** Some of what the hub has safely, and says so in its ledger, where it is all of that epoch for today. */
  forget(): void {
    const store = this.disk.store();
    if (store.identity() === null || this.isDiskFull) return;
    const epochs = store
      .epochs()
      .filter(({ safeSeq, headSeq, begin, diverged }) => !diverged && Math.min(safeSeq, headSeq - 1) > (begin?.seq ?? 0));
    const epoch = epochs[Math.floor(this.#chance() * epochs.length)];
    if (epoch === undefined) return;
    const [from, to] = [epoch.begin?.seq ?? 0, Math.min(epoch.safeSeq, epoch.headSeq - 1)];
    const seq = from + 1 + Math.floor(this.#chance() * (to - from));
    const hash = store.hashAt(epoch.epoch, seq);
    assert(hash !== null, 'what is not forgotten is held');
    const draft = this.#chance() < 0.7 ? cutDraft({ epoch: epoch.epoch, seq, hash }) : null;
    this.#world.model.forgot(hashesOf(store.entriesAfter(epoch.epoch, from, seq - from, Infinity)));
    const said = this.disk.transact(() => {
      store.forget(signBegin(this.#ports.deviceSigner, { device: epoch.device, epoch: epoch.epoch, seq, hash }));
      return draft === null ? null : store.append(draft);
    });
    if (draft === null || said === null) return;
    this.#world.model.wrote(said, draft);
    this.#replica?.appended();
    this.#onLan?.appended();
  }

  /** From where on whoever is new needs an epoch: anywhere that it may be. */
  checkpoint(): void {
    const store = this.disk.store();
    if (store.identity() === null || this.isDiskFull) return;
    const epochs = store.epochs().filter((candidate) => mostCheckpointSeq(candidate) > (candidate.begin?.seq ?? 0));
    const epoch = epochs[Math.floor(this.#chance() * epochs.length)];
    if (epoch === undefined) return;
    const from = epoch.begin?.seq ?? 0;
    const seq = from + 1 + Math.floor(this.#chance() * (mostCheckpointSeq(epoch) - from));
    const hash = store.hashAt(epoch.epoch, seq);
    assert(hash !== null, 'what is not forgotten is held');
    store.keepFoldCheckpoint(signFoldCheckpoint(this.#ports.deviceSigner, { device: epoch.device, epoch: epoch.epoch, seq, hash }));
  }

  #draft(): EntryDraft {
    if (this.isUpgraded && this.#serial % 3 === 0) return countDraft(this.#serial);
    return this.#serial % 4 === 0 ? voidDraft(this.#serial) : saleDraft(this.#serial + Math.floor(this.#chance() * 1e6));
  }

  /** Between two lives of its process. */
  upgrade(): void {
    this.isUpgraded = true;
    this.disk.upgrade();
  }

  pin(): void {
    const cut = this.disk.store().cut();
    this.#pinned = cut;
    this.#pinnedItems = this.itemsAt(cut);
  }

  unpin(): void {
    if (this.#pinned !== null) expectSame(this.itemsAt(this.#pinned), this.#pinnedItems, `${this.name}: a pinned cut changed`);
    this.#pinned = null;
  }

  itemsAt(cut: Cut): ReadonlyMap<string, string> {
    const store = this.disk.store();
    const zone = store.readEntity(ZONE_CELL.type, ZONE_CELL.key, cut.at)[0]?.fields.get(ZONE_CELL.field) ?? ZONES[0];
    const entities = store
      .readPrefix(1, '', cut.at, 10_000)
      .filter(({ scope }) => !scope.startsWith('zone:') || scope === `zone:${String(zone)}`);
    return new Map(entities.map(({ key, fields }) => [key, String(fields.get(1))]));
  }

  /** No cut shows half a publication, or anything but what the hub stood at. */
  checkCut(cut: Cut): void {
    this.cuts += 1;
    const expected = this.#hub.urgentStateAt(cut.position, lsnOf(cut.at));
    assert(expected !== undefined, `${this.name}: a cut at a position that never was: ${JSON.stringify(cut.position)}`);
    expectSame(
      this.itemsAt(cut),
      new Map([...expected].filter(([key]) => this.#mayHold(key))),
      `${this.name}: the cut at ${cut.position.lsn}`,
    );
    if (this.#pinned !== null) expectSame(this.itemsAt(this.#pinned), this.#pinnedItems, `${this.name}: a pinned cut changed`);
  }

  readonly #mayHold = (key: string): boolean => this.#role === null || [null, this.#role].includes(roleOfItem(key));

  /** Throws what a cut failed by. */
  checkCuts(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Nothing that its role may not see lies on its disk, whatever it exposes. */
  checkSecrecy(): void {
    if (this.#role === null) return;
    const may = this.#hub.zones().flatMap((zone) => scopesOfPlace({ zone, store: '1', role: this.#role ?? '' }));
    const store = this.disk.store();
    const held = store.readPrefix(1, '', store.newestAt(), 10_000);
    assert(
      held.every(({ key, scope }) => this.#mayHold(key) && may.includes(scope)),
      `${this.name}: holds what no ${this.#role} may see: ${JSON.stringify(held.map(({ key, scope }) => [key, scope]))}`,
    );
  }

  status(): ReplicaStatus {
    const status = this.#replica?.status() ?? this.#status;
    assert(status !== null, 'a device that runs');
    return status;
  }

  /** As a till's table says it: of each epoch that has something which is not confirmed, all that is held of it. */
  #waitingSums(): readonly ToldSum[] {
    const store = this.disk.store();
    const waiting = store.epochs().filter(({ confirmedSeq, headSeq, diverged }) => headSeq > confirmedSeq && !diverged);
    return waiting.map(({ epoch, begin, headSeq }): ToldSum => [
      epoch,
      begin?.seq ?? 0,
      headSeq,
      ...sumOf(store.entriesAfter(epoch, 0, 1e6, 1e9)),
    ]);
  }

  entries(): readonly ChainedEntry[] {
    const store = this.disk.store();
    return store.epochs().flatMap(({ epoch }) => store.entriesAfter(epoch, 0, 1e6, 1e9));
  }

  /** Of siblings, and of what it lost itself. */
  copies(): readonly ChainedEntry[] {
    const neighbours = this.disk.neighbours();
    return neighbours.lines().flatMap(({ line, beginSeq }) => neighbours.run(line, beginSeq, Infinity, Infinity)?.entries ?? []);
  }

  /** By hash. */
  holds(): readonly string[] {
    return hashesOf([...this.entries(), ...this.copies()]);
  }
}

/** An entry by its name; `hash` in hex. */
interface LedgerEnd {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
}

/** Of the epoch that a device grows: something that it does not hold. */
function isUnheld(store: ReplicaStore, { epoch, seq, hash }: LedgerEnd): boolean {
  const growing = store.epochs().at(-1);
  if (growing?.epoch !== epoch || seq <= (growing.begin?.seq ?? 0)) return false;
  const held = store.hashAt(epoch, seq);
  return held === null || bytesToHex(held) !== hash;
}

/** Looked at in one round of so many, and at the end. */
const TOLD_EVERY = 8;
type Sum = readonly [entries: number, worth: number];
/** Behind the first seq, up to the second. */
type ToldSum = readonly [epoch: string, from: number, to: number, ...Sum];

/** Each entry is worth something of its own, as a sale is: by its hash. */
const worthOf = ({ hash }: ChainedEntry): number => (hash[0] ?? 0) * 65_536 + (hash[1] ?? 0) * 256 + (hash[2] ?? 0);
const sumOf = (entries: readonly ChainedEntry[]): Sum => [entries.length, entries.reduce((sum, entry) => sum + worthOf(entry), 0)];

/** D-20: what was told, less what the hub has of that stretch, is what the device holds of it and the hub does not: nothing is counted twice, and nothing left out. Of a second history nothing is told. */
function checkTold(hub: ModelHub, device: Device): void {
  const told = JSON.parse(hub.reportOf(device.name) ?? '[]') as readonly ToldSum[];
  if (told.length === 0 || hub.branchEntries(device.name).length > 0) return;
  const [main, own] = [hub.mainEntries(device.name), device.entries()];
  const held = new Set(main.map(({ hash }) => bytesToHex(hash)));
  for (const [epoch, from, to, ...sum] of told) {
    const isIn = ({ id }: ChainedEntry): boolean => id.epoch === epoch && id.seq > from && id.seq <= to;
    const here = sumOf(main.filter(isIn));
    const left = sumOf(own.filter((entry) => isIn(entry) && !held.has(bytesToHex(entry.hash))));
    assert(
      sum[0] - here[0] === left[0] && sum[1] - here[1] === left[1],
      `${device.name}: of ${epoch} ${from} to ${to} ${String(sum)} was told, ${String(here)} is here, and ${String(left)} is not`,
    );
  }
}

function expectSame(actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>, what: string): void {
  const text = (map: ReadonlyMap<string, string>): string =>
    [...map]
      .map(([key, name]) => `${key}=${name}`)
      .sort()
      .join(' ');
  assert(text(actual) === text(expected), `${what}: ${text(actual)} instead of ${text(expected)}`);
}

/** Of what a device holds, what stands at the hub neither on its main line nor on a branch. */
function missingAtHub(hub: ModelHub, device: Device): readonly string[] {
  const held = new Set([...hub.mainEntries(device.name), ...hub.branchEntries(device.name)].map((entry) => bytesToHex(entry.hash)));
  return device
    .entries()
    .filter((entry) => !held.has(bytesToHex(entry.hash)))
    .map(({ id }) => `entry ${id.epoch} ${id.seq}`);
}

/** What stands at the hub stands there once; main lines are whole. */
function checkLedger(hub: ModelHub, device: Device, { hash }: WorldPorts): void {
  const main = hub.mainEntries(device.name);
  const names = [...main, ...hub.branchEntries(device.name)].map((entry) => bytesToHex(entry.hash));
  assert(new Set(names).size === names.length, `${device.name}: an entry stands twice`);
  for (const epoch of new Set(main.map((entry) => entry.id.epoch))) {
    const line = main.filter((entry) => entry.id.epoch === epoch);
    const start = genesisHead(device.name, epoch, line[0]?.previousHash ?? null);
    const verified = verifyChain(hash, line, start);
    assert(verified.ok, `${device.name}: the main line of ${epoch} is broken: ${JSON.stringify(verified)}`);
  }
}

const entriesAt = (hub: ModelHub): readonly ChainedEntry[] =>
  hub.devices().flatMap((device) => [...hub.mainEntries(device), ...hub.branchEntries(device)]);

/** By hash, wherever it lies. */
const heldAnywhere = (hub: ModelHub, devices: readonly Device[]): ReadonlySet<string> =>
  new Set([...hashesOf(entriesAt(hub)), ...devices.flatMap((device) => device.holds())]);

/** What the hub holds, and what that comes to there and at each sibling, is what the model says: each entry once, whichever history it is of. */
function checkBusiness(scenario: Scenario, { hub, model }: World, devices: readonly Device[]): void {
  const entries = entriesAt(hub);
  model.checkHeld(entries);
  const [told, expected] = [textOf(hub.business()), textOf(model.sumOf(hashesOf(entries)))];
  assert(told === expected, `the hub's business is ${told} instead of ${expected}`);
  if (!hasTwoHistories(scenario))
    for (const name of hub.devices()) assert(hub.branchEntries(name).length === 0, `${name}: a second history of a device that has one`);
  const here = new Set(hashesOf(entries));
  for (const device of devices)
    for (const of of hub.devices())
      for (const hash of device.disk.dropped(of))
        assert(here.has(hash), `${device.address}: forgot ${hash} of ${of}, and the hub lacks it`);
  // Who has forgotten what two histories share takes it again with the second of them.
  if (!scenario.lan || (scenario.forgets && hasTwoHistories(scenario))) return;
  const isOfThisRelease = (draft: EntryDraft): boolean => SCHEMAS.has(draft.kind);
  for (const device of devices) {
    const copies = device.copies();
    for (const of of new Set(copies.map(({ id }) => id.device))) {
      const copied = textOf(device.disk.copied(of));
      const taken = [...hashesOf(copies.filter(({ id }) => id.device === of)), ...device.disk.dropped(of)];
      const sum = textOf(model.sumOf(taken, isOfThisRelease));
      assert(copied === sum, `${device.address}: the business of ${of} is ${copied} instead of ${sum}`);
    }
  }
}

/** Between any two devices; cut ones carry nothing. */
class Cables {
  readonly #cut = new Set<string>();
  isCalm = false;
  readonly #name = (left: string, right: string): string => [left, right].sort().join(' ');
  isCut(left: string, right: string): boolean {
    return this.#cut.has(this.#name(left, right));
  }
  cut(left: string, right: string): void {
    this.#cut.add(this.#name(left, right));
  }
  mend(left: string, right: string): void {
    this.#cut.delete(this.#name(left, right));
  }
  heal(): void {
    this.#cut.clear();
    this.isCalm = true;
  }
}

interface LanWorld {
  readonly clock: WorldClock;
  readonly chance: () => number;
  readonly loss: number;
  readonly ports: WorldPorts;
  readonly tellsPorts: boolean;
}

function layLan(addresses: readonly string[], cables: Cables, { clock, chance, loss, ports, tellsPorts }: LanWorld): SimulatedLan {
  const wire: Wire = (from, to, act) =>
    new Promise((resolve) => {
      const isLost = (): boolean => cables.isCut(from, to) || (!cables.isCalm && chance() < loss / 2);
      clock.after(1 + chance() * 20, () => {
        const answer = isLost() ? null : act();
        clock.after(1 + chance() * 20, () => resolve(isLost() ? null : answer));
      });
    });
  const tears = (): boolean => !cables.isCalm && chance() < loss;
  return createSimulatedLan({ wire, monotonicMs: clock.nowMs, after: clock.after, chance, tears, addresses, tellsPorts, ports });
}

/** A cable is pulled, or put back. */
function disturbLan(
  cables: Cables,
  names: readonly string[],
  { chance, clock, trace }: { readonly chance: () => number; readonly clock: WorldClock; readonly trace: Trace },
): void {
  const [left, right] = [names[Math.floor(chance() * names.length)], names[Math.floor(chance() * names.length)]];
  if (left === undefined || right === undefined || left === right) return;
  const isPulled = chance() < 0.6;
  if (isPulled) cables.cut(left, right);
  else cables.mend(left, right);
  trace(clock.nowMs(), `${left}: ${isPulled ? 'hears no more of' : 'hears again of'} ${right}`);
}

/** By its own word, or behind the hub. */
function isBusy(device: Device, hub: ModelHub): boolean {
  const { connected, waiting, problem, cut } = device.status();
  const isBehind = hub.position().lsn > 0 && JSON.stringify(cut.position) !== JSON.stringify(hub.position());
  return !connected || waiting.entries > 0 || problem !== null || isBehind;
}

/** A device may have another history than the one that the hub, or a sibling, has of it. */
const hasTwoHistories = ({ restoredDisks, clonedDisks }: Scenario): boolean => restoredDisks || clonedDisks;

/** What is not as it will stay, of whom; null where all is. */
function unrest(scenario: Scenario, hub: ModelHub, devices: readonly Device[]): string | null {
  for (const device of devices) {
    const where = (): string => `seed ${scenario.seed}, ${device.address}: ${JSON.stringify(device.status())}`;
    if (isBusy(device, hub)) return `not at rest, or behind the hub: ${where()}`;
    const missing = missingAtHub(hub, device);
    if (missing.length > 0) return `${missing.join(', ')} not at the hub: ${where()}`;
    const shared = heldElsewhere(device, scenario.lan ? devices : []).find((end) => isUnheld(device.disk.store(), end));
    if (shared !== undefined) return `${shared.epoch} ${shared.seq} is held elsewhere, and that epoch still grows: ${where()}`;
    const unbrought = scenario.lan ? missingOfCopies(hub, device) : [];
    if (unbrought.length > 0) return `${unbrought.join(', ')} not at the hub, but held: ${where()}`;
    const uncopied = scenario.lan ? missingCopies(device, devices) : [];
    if (uncopied.length > 0) return `${uncopied.join(', ')} not held: ${where()}`;
  }
  return null;
}

/**
 * What the hub said that it holds of a device's ledger, and what copies of its disk hold that it can meet: where it is more than the device's own, or something else, it goes on in another epoch (SPEC: I-3).
 * What an earlier life sent may reach the hub after this one asked: of that it hears with what it sells next.
 */
const heldElsewhere = (device: Device, devices: readonly Device[]): readonly LedgerEnd[] => [
  ...device.toldByHub(),
  ...devices
    .filter((other) => other !== device && other.name === device.name)
    .flatMap((twin) => twin.entries().map(({ id, hash }) => ({ ...id, hash: bytesToHex(hash) }))),
];

/** Of what a device holds of its siblings, also of one that is gone, what the hub does not (SPEC: N-12). */
function missingOfCopies(hub: ModelHub, device: Device): readonly string[] {
  const neighbours = device.disk.neighbours();
  return neighbours.lines().flatMap(({ line, head, beginSeq }) => {
    const entries = neighbours.run(line, beginSeq, Infinity, Infinity)?.entries ?? [];
    const held = new Set([...hub.mainEntries(head.device), ...hub.branchEntries(head.device)].map(({ hash }) => bytesToHex(hash)));
    const missing = entries.filter(({ hash }) => !held.has(bytesToHex(hash)));
    return missing.length === 0 ? [] : [`${missing.length} entries of ${head.device}`];
  });
}

/** Whatever a device signed, each of its siblings holds, whole and in whichever history it stands. */
const missingCopies = (device: Device, devices: readonly Device[]): readonly string[] =>
  devices.flatMap((other) => {
    // Two of one name tell each other nothing.
    if (other.name === device.name) return [];
    const neighbours = device.disk.neighbours();
    const begins = new Map(neighbours.begins().map(({ device: of, epoch, seq }) => [`${of} ${epoch}`, seq]));
    // Whoever had nothing of an epoch has it from its checkpoint on.
    for (const { device: of, epoch, seq } of device.disk.store().foldCheckpoints()) {
      const lines = neighbours.lines().filter(({ head }) => head.device === of && head.epoch === epoch);
      const name = `${of} ${epoch}`;
      if (lines.length === 0) begins.set(name, Math.max(begins.get(name) ?? 0, seq));
    }
    // Of a history that is held from a place on nothing before that is asked for.
    const own = new Set(hashesOf(other.entries()));
    for (const { line, head, beginSeq } of neighbours.lines()) {
      const first = beginSeq === 0 ? undefined : neighbours.run(line, beginSeq, 1, Infinity)?.entries[0];
      const name = `${head.device} ${head.epoch}`;
      if (first !== undefined && own.has(bytesToHex(first.previousHash))) begins.set(name, Math.max(begins.get(name) ?? 0, beginSeq));
    }
    // What a device has forgotten once nobody keeps for it, where its disk comes back with it; also where its ledger alone said so.
    const kept = other.entries().filter(({ id }) => id.seq > (begins.get(`${id.device} ${id.epoch}`) ?? 0));
    const dropped = new Set(device.disk.dropped(other.name));
    const hashes = hashesOf(kept).filter((hash) => !dropped.has(hash));
    const missing = missingOf(neighbours, other.name, hashes);
    return missing.length === 0 ? [] : [`${missing.length} of ${hashes.length} entries of ${other.name}`];
  });

/** However wrong a clock is, the device knows by how much, to within a round trip. */
function checkClock(device: Device, clock: WorldClock, where: string): void {
  const { hubOffsetMs } = device.status();
  assert(hubOffsetMs !== null, `never learnt the hub's clock: ${where}`);
  const errorMs = Math.abs(device.nowMs() + hubOffsetMs - (HUB_START_MS + clock.nowMs()));
  assert(errorMs < 5_000, `${errorMs} ms from the hub's clock: ${where}`);
}

export async function simulate(scenario: Scenario, trace: Trace = () => {}): Promise<Outcome> {
  const chance = seeded(scenario.seed);
  const clock = createWorldClock();
  const ports = portsOf(scenario.seed);
  const hub = createModelHub(6, {
    ports,
    tailBytes: TAIL_BYTES,
    hasStandby: scenario.forgets,
    ...(scenario.roles && { roleOf: roleOfDevice }),
  });
  const names = Array.from({ length: scenario.devices }, (_, index) => `device-${index + 1}`);
  const addresses = names.flatMap((name) => [
    name,
    ...(scenario.clonedDisks ? [`${name}${TWIN}`] : []),
    ...(scenario.lostDisks ? [successorOf(name)] : []),
  ]);
  const cables = new Cables();
  const lan = scenario.lan
    ? layLan(addresses, cables, { clock, chance, loss: scenario.loss, ports, tellsPorts: scenario.clonedDisks || scenario.lostDisks })
    : null;
  const model = createBusinessModel();
  const world: World = { hub, clock, chance, scenario, lan, model };
  const devices = names.map((name) => new Device(name, world));
  const latecomer = scenario.forgets && devices.length > 1 ? devices.at(-1) : undefined;
  for (const device of devices) if (device !== latecomer) device.start();
  let restoreHub: (() => void) | null = null;
  const restoreDisk = new Map<Device, () => void>();
  const isDisturbed = scenario.fullDisks || scenario.wrongClocks || scenario.mixedVersions || scenario.outages;
  const change = (): Change => {
    const key = `K${Math.floor(chance() * (scenario.fewItems ? 3 : 12))}`;
    const name = chance() < 0.25 ? null : `name ${Math.floor(chance() * 1e6)}`;
    const zone = scenario.zoneMoves && isOfZone(key) ? ZONES[Math.floor(chance() * ZONES.length)] : undefined;
    return { key, name, ...(zone !== undefined && { zone }) };
  };
  const backAt = scenario.isolated ? Math.floor(scenario.steps * 0.7) : 0;
  for (let round = 0; round < scenario.steps; round += 1) {
    if (scenario.isolated && round === backAt) {
      trace(clock.nowMs(), 'hub: is in reach');
      for (const each of devices) each.network.online = true;
    }
    for (const each of devices) if (round < backAt && each.disk.store().identity() !== null) each.network.online = false;
    await clock.advance(clock.nowMs() + Math.floor(chance() ** 2 * 900));
    const device = devices[Math.floor(chance() * devices.length)];
    assert(device !== undefined, 'a device');
    const say = (what: string): void => trace(clock.nowMs(), `${device.address}: ${what}`);
    if (latecomer !== undefined && round === Math.floor(scenario.steps / 2)) latecomer.start();
    if (device === latecomer && round < scenario.steps / 2) continue;
    if (scenario.forgets && chance() < 0.1) {
      trace(clock.nowMs(), 'hub: its standby has all of it');
      restoreHub = hub.snapshot();
    }
    if (scenario.forgets && chance() < 0.15) {
      say('forgets');
      device.forget();
    }
    if (scenario.checkpoints && chance() < 0.15) {
      say('signs a checkpoint');
      device.checkpoint();
    }
    if (scenario.closes && !device.isClosed && chance() < 0.05) {
      say('sells nothing any more');
      device.isClosed = true;
    }
    if (isDisturbed && chance() < 0.12) disturb({ scenario, chance, device, devices, clock, say });
    if (scenario.lan && chance() < 0.15) disturbLan(cables, addresses, { chance, clock, trace });
    if (scenario.schemaChange && round > scenario.steps / 2 && !device.isUpgraded && chance() < 0.2) {
      say('is upgraded');
      await device.crash();
      device.upgrade();
      device.start();
    }
    if (scenario.clonedDisks && chance() < 0.04) {
      const isCopied = device.disk.store().identity() === null || devices.some(({ address }) => address === `${device.name}${TWIN}`);
      if (!isCopied) {
        say('has its disk cloned');
        const twin = device.clone();
        devices.push(twin);
        twin.start();
      }
    }
    if (
      scenario.lostDisks &&
      chance() < (device.wasSetBack && scenario.isolated ? 0.1 : 0.01) &&
      device.address === device.name &&
      names.includes(device.name)
    ) {
      say('loses its disk, and another one takes its place');
      await device.crash();
      const successor = new Device(successorOf(device.name), world);
      devices.splice(devices.indexOf(device), 1, successor);
      model.lost(device.holds(), heldAnywhere(hub, devices));
      successor.start();
      continue;
    }
    for (const each of devices) each.checkCuts();
    device.checkSecrecy();
    if (!hasTwoHistories(scenario) && round % TOLD_EVERY === 0) checkTold(hub, device);
    if (scenario.zoneMoves && chance() < 0.06) {
      const zone = ZONES[Math.floor(chance() * ZONES.length)] ?? '';
      trace(clock.nowMs(), `hub: the store stands in zone ${zone}`);
      hub.moveTo(zone);
    }
    const dice = chance();
    if (dice < 0.55) {
      say('sells');
      device.sell();
    } else if (dice < 0.72) {
      trace(clock.nowMs(), 'hub: publishes');
      const changes = Array.from({ length: 1 + Math.floor(chance() * 8) }, change);
      const isUrgent = dice < 0.6;
      if (isUrgent) hub.publishUrgent(changes);
      else hub.publish(changes);
      if (chance() < 0.7) for (const each of devices) each.poke(isUrgent);
    } else if (dice < 0.78) {
      device.network.online = !device.network.online;
      say(device.network.online ? 'is back on the network' : 'is cut off');
    } else if (dice < 0.84) {
      say('crashes and starts');
      await device.crash();
      device.start();
    } else if (dice < 0.88) device.pin();
    else if (dice < 0.92) device.unpin();
    else if (dice < 0.94 && scenario.hubRollbacks && !scenario.forgets) {
      trace(clock.nowMs(), 'hub: is backed up');
      restoreHub ??= hub.snapshot();
    } else if (dice < 0.95 && restoreHub !== null && scenario.hubRollbacks) {
      trace(clock.nowMs(), `hub: ${scenario.forgets ? 'fails over to its standby' : 'comes back from its backup'}`);
      const before = hashesOf(entriesAt(hub));
      restoreHub();
      if (!scenario.forgets) restoreHub = null;
      model.lost(before, heldAnywhere(hub, devices));
    } else if (dice < (scenario.isolated ? 0.95 : 0.98) && scenario.restoredDisks) {
      say('has its disk copied');
      const copy = device.disk.copy();
      if (copy !== null && !restoreDisk.has(device) && device.disk.store().identity() !== null) restoreDisk.set(device, copy);
    } else if (restoreDisk.has(device)) {
      say('gets its old disk back');
      await device.crash();
      device.unpin();
      const before = device.holds();
      restoreDisk.get(device)?.();
      device.wasSetBack = true;
      restoreDisk.delete(device);
      model.lost(before, heldAnywhere(hub, devices));
      device.start();
    }
  }
  cables.heal();
  return settle(world, devices);
}

interface Disturbance {
  readonly scenario: Scenario;
  readonly chance: () => number;
  readonly device: Device;
  readonly devices: readonly Device[];
  readonly clock: WorldClock;
  readonly say: (what: string) => void;
}

/** One of the faults that the scenario has, if any. */
function disturb({ scenario, chance, device, devices, clock, say }: Disturbance): void {
  const dice = chance();
  if (dice < 0.25 && scenario.fullDisks) {
    device.isDiskFull = true;
    say('has a full disk');
    clock.after(500 + chance() * 8_000, () => (device.isDiskFull = false));
  } else if (dice < 0.5 && scenario.wrongClocks) {
    device.clockErrorMs = Math.round((chance() * 2 - 1) * 400 * DAY_MS);
    say(`has its clock set ${Math.round(device.clockErrorMs / DAY_MS)} days off`);
  } else if (dice < 0.75 && scenario.mixedVersions) {
    device.isOld = !device.isOld;
    say(device.isOld ? 'talks as the first release' : 'talks as this release');
  } else if (scenario.outages) {
    say('and everybody else is cut off');
    for (const each of devices) each.network.online = false;
    clock.after(2_000 + chance() * 20_000, () => {
      for (const each of devices) each.network.online = true;
    });
  }
}

/** Long enough for each to have asked the hub and each sibling several times. */
const REST_MS = { within: 180_000, looksEvery: 2_000, lasts: 10_000 };
/** One seed in so many is looked at to the end of that time: whoever is at rest stays so. */
const WATCHED_EVERY = 32;

/** The network heals; everybody has to come to rest within a few minutes of virtual time, and stay at rest. */
async function settle(world: World, devices: readonly Device[]): Promise<Outcome> {
  const { scenario, hub, clock } = world;
  for (const device of devices) {
    device.unpin();
    device.network.online = true;
    device.network.calm();
    device.isDiskFull = false;
    device.calm = true;
  }
  const endMs = clock.nowMs() + REST_MS.within;
  const isWatched = scenario.seed % WATCHED_EVERY === 0;
  for (let restedMs = 0; clock.nowMs() < endMs;) {
    await clock.advance(clock.nowMs() + REST_MS.looksEvery);
    restedMs = devices.some((device) => isBusy(device, hub)) ? 0 : restedMs + REST_MS.looksEvery;
    if (!isWatched && restedMs >= REST_MS.lasts && unrest(scenario, hub, devices) === null) break;
  }
  const unresting = unrest(scenario, hub, devices);
  assert(unresting === null, unresting ?? '');
  checkBusiness(scenario, world, devices);
  for (const device of devices) {
    device.checkCuts();
    const where = `seed ${scenario.seed}, ${device.address}: ${JSON.stringify(device.status())}`;
    checkLedger(hub, device, portsOf(scenario.seed));
    if (!hasTwoHistories(scenario)) checkTold(hub, device);
    checkClock(device, clock, where);
    if (hub.position().lsn > 0) device.checkCut(device.status().cut);
    device.checkSecrecy();
    await device.crash();
  }
  const named = [...new Set(devices.map(({ name }) => name))];
  const entries = named.flatMap((name) => hub.mainEntries(name));
  const branches = named.flatMap((name) => hub.branchEntries(name));
  const told =
    [...entries, ...branches]
      .map((entry) => bytesToHex(entry.hash))
      .sort()
      .join('\n') + hub.position().historyHash;
  return {
    digest: bytesToHex(portsOf(scenario.seed).hash.sha256(new TextEncoder().encode(told))),
    entries: entries.length,
    branches: branches.length,
    cuts: devices.reduce((sum, device) => sum + device.cuts, 0),
    powerFailures: devices.reduce((sum, device) => sum + device.powerFailed, 0),
  };
}
