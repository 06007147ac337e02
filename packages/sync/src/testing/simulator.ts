/**
 * Devices with real replicas and stores, a model hub, and a network that drops, doubles, delays and reorders, all under one seed and one virtual
 * clock. After each cut, and at the end, what devices and hub hold is compared with what was done to them.
 */
import { assert, type Logger } from '@holdfast/base';
import Database from 'better-sqlite3';

import { createSqliteStore, SYNC_MIGRATIONS } from '../adapters/sqlite.ts';
import { bytesToHex } from '../bytes.ts';
import type { Cut } from '../cells.ts';
import { genesisHead, verifyChain, type ChainedEntry } from '../ledger.ts';
import { createMemoryStore } from '../memory-store.ts';
import {
  createReplica,
  type Answered,
  type Replica,
  type ReplicaStatus,
  type SegmentPart,
  type Transport,
  type TransportError,
} from '../replica.ts';
import type { ReplicaStore } from '../store.ts';
import { OTHER_SIGNER, PORTS, saleDraft, SCHEMAS, seeded, seededRandom, voidDraft } from './fixtures.ts';
import { createModelHub, type Change, type ModelHub } from './model-hub.ts';

export interface Scenario {
  readonly seed: number;
  readonly devices: number;
  readonly steps: number;
  readonly storage: 'memory' | 'sqlite';
  /** Chance that a call, or its answer, is lost. */
  readonly loss: number;
  /** A disk comes back as it was some time ago (sqlite only). */
  readonly restoredDisks: boolean;
  /** The hub comes back as it was some time ago. */
  readonly hubRollbacks: boolean;
}

export interface Outcome {
  /** Of everything that devices and hub hold at the end: two runs of a scenario give the same. */
  readonly digest: string;
  readonly entries: number;
  readonly branches: number;
  readonly cuts: number;
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
  readonly call: <T>(act: () => T) => Promise<T | null>;
  /** An answer that ends at any of its bytes. */
  readonly tear: (bytes: Uint8Array) => SegmentPart;
}

/** A call is lost on its way, done and its answer lost, done twice, or done after a while. */
function createNetwork(clock: WorldClock, chance: () => number, loss: number): Network {
  let rate = loss;
  const network: Network = {
    online: true,
    calm: () => {
      rate = 0;
    },
    tear: (bytes) =>
      chance() < rate ? { bytes: bytes.subarray(0, Math.floor(chance() * (bytes.length + 1))), torn: LOST.error } : { bytes, torn: null },
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

const LOST: { readonly ok: false; readonly error: TransportError } = { ok: false, error: { type: 'unreachable', reason: 'lost' } };

function createTransport(hub: ModelHub, network: Network, clock: WorldClock, device: string): Transport {
  const timed = <T>(value: T): Answered<T> => ({ value, hubTimeMs: 1_800_000_000_000 + clock.nowMs() });
  return {
    enrol: async () => (await network.call(() => ({ ok: true as const, value: timed(hub.enrol(device, OTHER_SIGNER.publicKey)) }))) ?? LOST,
    sendLedger: async (token, frame) => {
      const result = await network.call(() => hub.postLedger(token, frame));
      if (result === null) return LOST;
      return result.ok ? { ok: true, value: timed(result.value) } : result;
    },
    fetchManifest: async (token, request) => {
      const result = await network.call(() => hub.postManifest(token, request));
      if (result === null) return LOST;
      return result.ok ? { ok: true, value: timed(result.value) } : result;
    },
    fetchSegment: async (_token, hash, from) => {
      const result = await network.call(() => hub.getSegment(hash));
      if (result === null) return LOST;
      return result.ok ? { ok: true, value: network.tear(result.value.subarray(from)) } : result;
    },
  };
}

interface Disk {
  readonly store: () => ReplicaStore;
  readonly transact: <T>(work: () => T) => T;
  /** How it comes back later, as it is now; null where this storage cannot. */
  readonly copy: () => (() => void) | null;
}

function createDisk(storage: Scenario['storage']): Disk {
  const options = { schemas: SCHEMAS, hash: PORTS.hash };
  if (storage === 'memory') {
    const store = createMemoryStore(options);
    return { store: () => store, transact: (work) => work(), copy: () => null };
  }
  let database = new Database(':memory:');
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  let store = createSqliteStore(database, options);
  return {
    store: () => store,
    transact: (work) => database.transaction(work).immediate(),
    copy: () => {
      const image = database.serialize();
      return () => {
        database.close();
        database = new Database(image);
        store = createSqliteStore(database, options);
      };
    },
  };
}

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

class Device {
  readonly name: string;
  readonly disk: Disk;
  readonly network: Network;
  readonly #hub: ModelHub;
  readonly #clock: WorldClock;
  readonly #chance: () => number;
  #replica: Replica | null = null;
  #status: ReplicaStatus | null = null;
  #pinned: Cut | null = null;
  #pinnedItems: ReadonlyMap<string, string> = new Map();
  #serial = 0;
  cuts = 0;

  constructor(name: string, hub: ModelHub, clock: WorldClock, chance: () => number, scenario: Scenario) {
    this.name = name;
    this.#hub = hub;
    this.#clock = clock;
    this.#chance = chance;
    this.disk = createDisk(scenario.storage);
    this.network = createNetwork(clock, chance, scenario.loss);
  }

  start(): void {
    this.#replica = createReplica(
      {
        store: this.disk.store(),
        transport: createTransport(this.#hub, this.network, this.#clock, this.name),
        signer: OTHER_SIGNER,
        verifier: PORTS.verifier,
        hash: PORTS.hash,
        compression: PORTS.compression,
        clock: { nowMs: () => 1_700_000_000_000 + this.#clock.nowMs(), monotonicMs: this.#clock.nowMs },
        random: seededRandom(this.#chance),
        timers: { after: this.#clock.after },
        logger: silent,
        withTurn: (write) => write(),
        oldestPinnedAt: () => this.#pinned?.at ?? null,
        onStatus: (status) => {
          this.#status = status;
        },
        onCut: (cut) => this.checkCut(cut),
      },
      { enrol: { code: 'code', publicKey: bytesToHex(OTHER_SIGNER.publicKey) }, engine: { maxEntries: 4, pollMs: 2_000 } },
    );
    this.#replica.start();
  }

  async crash(): Promise<void> {
    await this.#replica?.stop();
    this.#replica = null;
  }

  poke(): void {
    this.#replica?.poked();
  }

  sell(): void {
    const store = this.disk.store();
    if (store.identity() === null) return;
    this.#serial += 1;
    const draft = this.#serial % 4 === 0 ? voidDraft(this.#serial) : saleDraft(this.#serial + Math.floor(this.#chance() * 1e6));
    this.disk.transact(() => store.append(draft));
    this.#replica?.appended();
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
    const entities = this.disk.store().readPrefix(1, '', cut.at, 10_000);
    return new Map(entities.map(({ key, fields }) => [key, String(fields.get(1))]));
  }

  /** No cut shows half a publication, or anything but what the hub stood at. */
  checkCut(cut: Cut): void {
    this.cuts += 1;
    const expected = this.#hub.stateAt(cut.position);
    assert(expected !== undefined, `${this.name}: a cut at a position that never was: ${JSON.stringify(cut.position)}`);
    expectSame(this.itemsAt(cut), expected, `${this.name}: the cut at ${cut.position.lsn}`);
    if (this.#pinned !== null) expectSame(this.itemsAt(this.#pinned), this.#pinnedItems, `${this.name}: a pinned cut changed`);
  }

  status(): ReplicaStatus {
    const status = this.#replica?.status() ?? this.#status;
    assert(status !== null, 'a device that runs');
    return status;
  }

  entries(): readonly ChainedEntry[] {
    const store = this.disk.store();
    return store.epochs().flatMap(({ epoch }) => store.entriesAfter(epoch, 0, 1e6, 1e9));
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

/** Everything that a device holds stands at the hub, once, on its main line or on a branch; main lines are whole. */
function checkLedger(hub: ModelHub, device: Device): void {
  const main = hub.mainEntries(device.name);
  const names = [...main, ...hub.branchEntries(device.name)].map((entry) => bytesToHex(entry.hash));
  const held = new Set(names);
  assert(held.size === names.length, `${device.name}: an entry stands twice`);
  for (const entry of device.entries()) {
    assert(held.has(bytesToHex(entry.hash)), `${device.name}: entry ${entry.id.epoch} ${entry.id.seq} is not at the hub`);
  }
  for (const epoch of new Set(main.map((entry) => entry.id.epoch))) {
    const line = main.filter((entry) => entry.id.epoch === epoch);
    const start = genesisHead(device.name, epoch, line[0]?.previousHash ?? null);
    const verified = verifyChain(PORTS.hash, line, start);
    assert(verified.ok, `${device.name}: the main line of ${epoch} is broken: ${JSON.stringify(verified)}`);
  }
}

export async function simulate(scenario: Scenario): Promise<Outcome> {
  const chance = seeded(scenario.seed);
  const clock = createWorldClock();
  const hub = createModelHub(6);
  const devices = Array.from({ length: scenario.devices }, (_, index) => new Device(`device-${index + 1}`, hub, clock, chance, scenario));
  for (const device of devices) device.start();
  let restoreHub: (() => void) | null = null;
  const restoreDisk = new Map<Device, () => void>();
  const change = (): Change => ({
    key: `K${Math.floor(chance() * 12)}`,
    name: chance() < 0.25 ? null : `name ${Math.floor(chance() * 1e6)}`,
  });
  for (let round = 0; round < scenario.steps; round += 1) {
    await clock.advance(clock.nowMs() + Math.floor(chance() ** 2 * 900));
    const device = devices[Math.floor(chance() * devices.length)];
    assert(device !== undefined, 'a device');
    const dice = chance();
    if (dice < 0.55) device.sell();
    else if (dice < 0.72) {
      hub.publish(Array.from({ length: 1 + Math.floor(chance() * 8) }, change));
      if (chance() < 0.7) for (const each of devices) each.poke();
    } else if (dice < 0.78) device.network.online = !device.network.online;
    else if (dice < 0.84) {
      await device.crash();
      device.start();
    } else if (dice < 0.88) device.pin();
    else if (dice < 0.92) device.unpin();
    else if (dice < 0.94 && scenario.hubRollbacks) restoreHub ??= hub.snapshot();
    else if (dice < 0.95 && restoreHub !== null) {
      restoreHub();
      restoreHub = null;
    } else if (dice < 0.98 && scenario.restoredDisks) {
      const copy = device.disk.copy();
      if (copy !== null && !restoreDisk.has(device) && device.disk.store().identity() !== null) restoreDisk.set(device, copy);
    } else if (restoreDisk.has(device)) {
      await device.crash();
      device.unpin();
      restoreDisk.get(device)?.();
      restoreDisk.delete(device);
      device.start();
    }
  }
  return settle(scenario, hub, clock, devices);
}

/** The network heals; everybody has to come to rest within a few minutes of virtual time. */
async function settle(scenario: Scenario, hub: ModelHub, clock: WorldClock, devices: readonly Device[]): Promise<Outcome> {
  for (const device of devices) {
    device.unpin();
    device.network.online = true;
    device.network.calm();
  }
  await clock.advance(clock.nowMs() + 180_000);
  for (const device of devices) {
    const status = device.status();
    const where = `seed ${scenario.seed}, ${device.name}: ${JSON.stringify(status)}`;
    assert(status.connected && status.waiting.entries === 0 && status.problem === null, `not at rest: ${where}`);
    assert(JSON.stringify(status.cut.position) === JSON.stringify(hub.position()) || hub.position().lsn === 0, `behind the hub: ${where}`);
    checkLedger(hub, device);
    if (hub.position().lsn > 0) device.checkCut(status.cut);
    await device.crash();
  }
  const entries = devices.flatMap((device) => hub.mainEntries(device.name));
  const branches = devices.flatMap((device) => hub.branchEntries(device.name));
  const told =
    [...entries, ...branches]
      .map((entry) => bytesToHex(entry.hash))
      .sort()
      .join('\n') + hub.position().historyHash;
  return {
    digest: bytesToHex(PORTS.hash.sha256(new TextEncoder().encode(told))),
    entries: entries.length,
    branches: branches.length,
    cuts: devices.reduce((sum, device) => sum + device.cuts, 0),
  };
}
