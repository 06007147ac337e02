/**
 * The network of a simulated store: lanes with real certificates, their real exchange, and a wire that loses, delays and is cut between any two of them.
 */
import { assert, InvariantError, type Logger, type Signer } from '@holdfast/base';

import { createAuthority } from '../adapters/issue-certificates.ts';
import type { SegmentParts } from '../down/segment-parts.ts';
import { helloToJson, parseHello, parseHelloAnswer } from '../lan/neighbour-protocol.ts';
import type { NeighbourStore } from '../lan/neighbour-store.ts';
import { createNeighbours, joinAddress, type Neighbours, type NeighbourTransport } from '../lan/neighbours.ts';
import { createMemoryDownCache, createSharing, type DownCache } from '../lan/sharing.ts';
import type { SignedHead } from '../replica/ledger.ts';
import type { OwnWaiting, Transport } from '../replica/replica.ts';
import type { ReplicaStore } from '../store.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { seededRandom } from './fixtures.ts';
import { createLaneIdentity, type LaneIdentity } from './siblings.ts';
import type { WorldPorts } from './simulated-ports.ts';

const identities = new Map<string, LaneIdentity>();
const authority = createAuthority('default');

/** Made once in a process: what they say follows from the name, their keys from nothing that a world depends on. */
function identityOf(device: string, signer: Signer): LaneIdentity {
  const name = `${device} ${bytesToHex(signer.publicKey)}`;
  const known = identities.get(name) ?? createLaneIdentity(authority, device, { signer });
  identities.set(name, known);
  return known;
}

/** Takes `act` there and its answer back, or null where either is lost. */
export type Wire = <T>(from: string, to: string, act: () => T) => Promise<T | null>;

export interface SimulatedLan {
  readonly join: (lane: SimulatedLane) => LaneOnLan;
  /** The process at an address is gone. */
  readonly leave: (address: string) => void;
}

export interface SimulatedLane {
  readonly device: string;
  /** Where the others find it. */
  readonly address: string;
  readonly store: ReplicaStore;
  readonly neighbours: NeighbourStore;
  readonly hub: Transport;
  readonly waiting: (hubEpoch: string) => OwnWaiting;
  readonly parts: SegmentParts;
  readonly isConnected: () => boolean;
  readonly nowMs: () => number;
  readonly withTurn: <T>(write: () => T) => T;
  readonly onBeyond: () => void;
  /** The heads of a greeting that it heard, or of the answer to one. */
  readonly onTold: (heads: readonly SignedHead[]) => void;
}

export interface LaneOnLan {
  /** To the hub, with siblings before it. */
  readonly transport: Transport;
  /** Once it is enrolled. */
  start(): void;
  appended(): void;
  poked(): void;
  /** The hub may have lost something: also before it is on the network. */
  doubtHub(): void;
}

export interface LanPorts {
  readonly wire: Wire;
  readonly monotonicMs: () => number;
  readonly after: (delayMs: number, run: () => void) => () => void;
  readonly chance: () => number;
  /** Whether the segment that is on its way now is torn. */
  readonly tears: () => boolean;
  readonly addresses: readonly string[];
  /** A greeting says where its sender listens, as a real one does: whoever is greeted asks for what it lacks, too. */
  readonly tellsPorts: boolean;
  readonly ports: WorldPorts;
}

interface Present {
  readonly device: string;
  readonly neighbours: Neighbours;
  readonly sharing: ReturnType<typeof createSharing>;
  readonly onTold: SimulatedLane['onTold'];
}

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };
const LOST = { ok: false, error: { type: 'unreachable', reason: 'lost' } } as const;
const NOT_HELD = { ok: false, error: { type: 'refused', reason: '404' } } as const;

/** Of each lane, where any is told. */
const PORT = 1;
const hostOf = (address: string): string => address.replace(`:${PORT}`, '');

export function createSimulatedLan({ wire, monotonicMs, after, chance, tears, addresses, tellsPorts, ports }: LanPorts): SimulatedLan {
  const { compression, verifier, deviceSigner } = ports;
  const present = new Map<string, Present>();
  /** Grows with each start and end of a device's process. */
  const lives = new Map<string, number>();
  /** Of each disk; a lane that starts again has what it had. */
  const caches = new Map<string, DownCache>();

  function join(lane: SimulatedLane): LaneOnLan {
    const { device, address, store } = lane;
    const id = identityOf(device, deviceSigner);
    const life = (lives.get(address) ?? 0) + 1;
    lives.set(address, life);
    const isAlive = (): boolean => lives.get(address) === life;
    const call = async <T>(to: string, act: (there: Present) => T): Promise<T | null> => {
      const host = hostOf(to);
      const answered = await wire(address, host, () => {
        const there = present.get(host);
        if (there?.neighbours.admits(id.member) !== true) return null;
        try {
          return { value: act(there) };
        } catch (error) {
          // As a server answers whose disk is full, or whose power fails: not at all.
          if (error instanceof InvariantError) throw error;
          return null;
        }
      });
      // Of a process that is gone nothing goes on.
      return isAlive() ? (answered?.value ?? null) : new Promise<never>(() => {});
    };
    const transport: NeighbourTransport = {
      hello: async (to, told) => {
        const parsed = parseHello(JSON.parse(JSON.stringify(helloToJson(told))));
        assert(parsed.ok, 'a hello reads back');
        const met = await call(to, (there) => {
          there.onTold(parsed.value.heads);
          return { device: there.device, answer: there.neighbours.answerHello(id.member, address, parsed.value) };
        });
        if (met === null) return LOST;
        const read = parseHelloAnswer(JSON.parse(JSON.stringify(helloToJson(met.answer))));
        assert(read.ok, 'an answer reads back');
        lane.onTold(read.value.heads);
        return { ok: true, value: { from: identityOf(met.device, deviceSigner).member, answer: read.value } };
      },
      entries: async (to, request) => {
        const answer = await call(to, (there) => ({ frame: there.neighbours.answerEntries(request) }));
        if (answer === null) return LOST;
        return answer.frame === null ? NOT_HELD : { ok: true, value: answer.frame };
      },
    };
    const cache = caches.get(address) ?? createMemoryDownCache();
    caches.set(address, cache);
    const timers = { after };
    let started: Present | null = null;
    const sharing = createSharing({
      hub: lane.hub,
      lan: {
        manifest: async (to, request) => {
          const manifest = await call(to, async (there) => there.sharing.answerManifest(request));
          return manifest === null ? NOT_HELD : { ok: true, value: manifest };
        },
        segment: async (to, hash, { from, waitMs, came }) => {
          const frame = await call(to, async (there) => there.sharing.answerSegment(hash, waitMs));
          if (frame === 'later') return { ok: false, error: { type: 'busy', reason: '503' } };
          if (frame === null) return NOT_HELD;
          const rest = frame.subarray(from);
          const torn = tears() ? LOST.error : null;
          const bytes = torn === null ? rest : rest.subarray(0, Math.floor(chance() * rest.length));
          came?.(bytes);
          return { ok: true, value: { bytes, torn } };
        },
      },
      siblings: () => started?.neighbours.siblings() ?? [],
      identity: () => (isAlive() ? store.identity() : null),
      cache,
      parts: lane.parts,
      hash: ports.hash,
      verifier,
      timers,
      nowMs: lane.nowMs,
      holdsNothing: () => isAlive() && store.cut().at === 0,
      waiting: lane.waiting,
    });
    return {
      transport: sharing.transport,
      start: () => {
        if (started !== null || store.identity() === null) return;
        const neighbours = createNeighbours(
          {
            store,
            neighbours: lane.neighbours,
            reader: id.reader,
            transport,
            hub: lane.hub,
            signer: deviceSigner,
            hash: ports.hash,
            compression,
            verifier,
            clock: { nowMs: lane.nowMs, monotonicMs },
            random: seededRandom(chance),
            timers,
            logger: silent,
            withTurn: lane.withTurn,
            isConnected: lane.isConnected,
            port: () => (tellsPorts ? PORT : null),
            onBeyond: lane.onBeyond,
            onTaken: () => {},
            onRevocations: () => {},
          },
          { helloMs: 1_500, carryAfterMs: 4_000, silentMs: 6_000, backoffMostMs: 4_000 },
        );
        started = { device, neighbours, sharing, onTold: lane.onTold };
        present.set(address, started);
        neighbours.start();
        neighbours.found(addresses.filter((other) => other !== address).map((other) => (tellsPorts ? joinAddress(other, PORT) : other)));
      },
      appended: () => started?.neighbours.appended(),
      poked: () => sharing.poked(),
      doubtHub: () => (started === null ? lane.withTurn(() => lane.neighbours.doubt()) : started.neighbours.doubtHub()),
    };
  }

  return {
    join,
    leave: (address) => {
      present.get(address)?.neighbours.stop();
      present.delete(address);
      lives.set(address, (lives.get(address) ?? 0) + 1);
    },
  };
}

/** Whether `store` holds, of another device, every one of `hashes`. */
export function missingOf(store: NeighbourStore, device: string, hashes: readonly string[]): readonly string[] {
  const held = new Set(
    store.lines().flatMap(({ line, head, beginSeq }) => {
      const run = head.device === device ? store.run(line, beginSeq, Infinity, Infinity) : null;
      return run === null ? [] : run.entries.map(({ hash }) => bytesToHex(hash));
    }),
  );
  return hashes.filter((hash) => !held.has(hash));
}
