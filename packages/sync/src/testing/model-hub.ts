/**
 * A hub in a few maps: `judgeBatch` over what it holds, publications with a history hash, one conflated segment per answer. It can be snapshotted and set back,
 * as from an old backup. What the simulator compares against is kept apart from it, in plain form (`stateAt`).
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { narrowScope } from '../audience.ts';
import { BATCH_CODEC_VERSION, decodeBatch } from '../batch.ts';
import { bytesToBase64, bytesToHex, hexToBytes } from '../bytes.ts';
import { encodeCbor } from '../cbor.ts';
import type { Position } from '../cells.ts';
import { judgeBatch, previousOf } from '../judge.ts';
import { genesisHead, headOf, type ChainedEntry } from '../ledger.ts';
import {
  signManifest,
  type EnrolAnswer,
  type LedgerAnswer,
  type Manifest,
  type ManifestRequest,
  type SegmentRef,
  type UrgentRefs,
} from '../protocol.ts';
import type { TransportError } from '../replica.ts';
import type { Scalar } from '../schema.ts';
import { encodeSegments, type SegmentCell } from '../segment.ts';
import { originPosition } from '../store.ts';
import { suffixStarts } from '../suffix.ts';
import { REAL_PORTS, type WorldPorts } from './simulated-ports.ts';

/** A change of one item: its new name, or null where it is removed. */
export interface Change {
  readonly key: string;
  readonly name: string | null;
}

/** Of whom an item is, where the world has roles: the last four are narrowed (SPEC: S-4). Null: everybody's. */
export const roleOfItem = (key: string): string | null => (/^K(?:8|9)$/.test(key) ? 'lane' : /^K1[01]$/.test(key) ? 'kiosk' : null);

interface HeldCell {
  readonly lsn: number;
  readonly generation: number;
  readonly value: Scalar;
}

interface Ledger {
  readonly publicKey: Uint8Array;
  /** Epoch → entries in order. */
  readonly main: Map<string, ChainedEntry[]>;
  /** Hash (hex) → entry. */
  readonly branches: Map<string, ChainedEntry>;
}

interface HubState {
  hubEpoch: string;
  readonly history: { readonly position: Position; readonly items: ReadonlyMap<string, string> }[];
  /** Key → field → cell. */
  readonly cells: Map<string, Map<number, HeldCell>>;
  readonly ledgers: Map<string, Ledger>;
  readonly urgent: { readonly lsn: number; readonly refs: ReadonlyMap<string | null, readonly SegmentRef[]> }[];
}

export interface ModelHub {
  readonly enrol: (device: string, publicKey: Uint8Array) => EnrolAnswer;
  readonly publish: (changes: readonly Change[]) => void;
  /** Sealed whole, with an empty publication behind it (SPEC: D-13). */
  readonly publishUrgent: (changes: readonly Change[]) => void;
  readonly postLedger: (token: string, frame: Uint8Array) => Result<LedgerAnswer, TransportError>;
  readonly postManifest: (token: string, request: ManifestRequest) => Result<Manifest, TransportError>;
  readonly getSegment: (hash: string) => Result<Uint8Array, TransportError>;
  /** Comes back as it was when `snapshot` was taken, under a new epoch. */
  readonly snapshot: () => () => void;
  readonly position: () => Position;
  /** What a cut at `position` has to show: key → name. */
  readonly stateAt: (position: Position) => ReadonlyMap<string, string> | undefined;
  /** The same with the urgent publications beyond it, up to `urgentLsn`, over it. */
  readonly urgentStateAt: (position: Position, urgentLsn: number) => ReadonlyMap<string, string> | undefined;
  readonly mainEntries: (device: string) => readonly ChainedEntry[];
  readonly branchEntries: (device: string) => readonly ChainedEntry[];
}

const TENANT = 'default';
/** What rides in a manifest behind segments that were sealed before. */
const TAIL_CELLS = 6;
const refused = (reason: string): Result<never, TransportError> => err({ type: 'refused', reason });
const positionName = (position: Position): string => `${position.hubEpoch} ${position.lsn} ${position.historyHash}`;

interface ModelOptions {
  readonly frameBytes?: number;
  readonly ports?: WorldPorts;
  /** Of the devices, where they differ in what they may hold. Absent: all hold everything. */
  readonly roleOf?: (device: string) => string;
}

export function createModelHub(chunkCells: number, { frameBytes = 400, ports = REAL_PORTS, roleOf }: ModelOptions = {}): ModelHub {
  const scopeOf = (key: string): string => {
    const role = roleOf === undefined ? null : roleOfItem(key);
    return role === null ? 'global' : narrowScope(role, 'global');
  };
  const scopesFor = (role: string | null): readonly string[] => (role === null ? ['global'] : ['global', narrowScope(role, 'global')]);
  const ROLES = roleOf === undefined ? [null] : ['lane', 'kiosk'];
  let epochs = 1;
  const epochName = (): string => String(epochs).padStart(16, '0');
  let state: HubState = { hubEpoch: epochName(), history: [], cells: new Map(), ledgers: new Map(), urgent: [] };
  const segments = new Map<string, Uint8Array>();
  const everUrgent: { readonly hubEpoch: string; readonly lsn: number; readonly changes: readonly Change[] }[] = [];
  const runs = new Map<string, { readonly lsn: number; readonly refs: readonly SegmentRef[] }>();
  const everShown = new Map<string, ReadonlyMap<string, string>>();

  const here = (): Position => {
    const last = state.history.at(-1)?.position ?? originPosition(state.hubEpoch);
    return { ...last, hubEpoch: state.hubEpoch };
  };
  const items = (): ReadonlyMap<string, string> => state.history.at(-1)?.items ?? new Map();

  function publish(changes: readonly Change[]): void {
    const before = here();
    const lsn = before.lsn + 1;
    const next = new Map(items());
    for (const { key, name } of changes) {
      const fields = state.cells.get(key) ?? new Map<number, HeldCell>();
      state.cells.set(key, fields);
      const existence = fields.get(0);
      const generation = existence === undefined ? 1 : existence.generation + (existence.value === false && name !== null ? 1 : 0);
      if (existence?.value !== (name !== null)) fields.set(0, { lsn, generation, value: name !== null });
      if (name === null) next.delete(key);
      else {
        next.set(key, name);
        fields.set(1, { lsn, generation, value: name });
      }
    }
    const historyHash = bytesToHex(ports.hash.sha256(encodeCbor([hexToBytes(before.historyHash), lsn, JSON.stringify(changes)])));
    const position = { hubEpoch: state.hubEpoch, lsn, historyHash };
    state.history.push({ position, items: next });
    everShown.set(positionName(position), next);
  }

  function publishUrgent(changes: readonly Change[]): void {
    const from = here();
    publish(changes);
    const to = here();
    const changed = new Set(cellsAfter(from.lsn).map(({ key }) => key));
    const cells = cellsAfter(0).filter(({ key }) => changed.has(key));
    everUrgent.push({ hubEpoch: to.hubEpoch, lsn: to.lsn, changes });
    const refs = new Map<string | null, readonly SegmentRef[]>();
    for (const role of ROLES) {
      const scopes = scopesFor(role);
      const own = cells.filter(({ scope }) => scopes.includes(scope));
      const sealed = [...encodeSegments({ tenant: TENANT, scopes, from, to }, own, ports, { chunkCells })];
      for (const { ref, frame } of sealed) segments.set(ref.hash, frame);
      refs.set(
        role,
        sealed.map(({ ref, frame }) => ({ ...ref, frame: bytesToBase64(frame) })),
      );
    }
    state.urgent.push({ lsn: to.lsn, refs });
    publish([]);
  }

  function urgentAfter(lsn: number, role: string | null): UrgentRefs | undefined {
    const found = state.urgent.filter((urgent) => urgent.lsn > lsn);
    const last = found.at(-1);
    return last && { lsn: last.lsn, segments: found.flatMap(({ refs }) => refs.get(role) ?? []) };
  }

  function cellsAfter(lsn: number): readonly SegmentCell[] {
    const cells: SegmentCell[] = [];
    for (const [key, fields] of state.cells) {
      for (const [field, cell] of fields) {
        if (cell.lsn > lsn) cells.push({ type: 1, key, scope: scopeOf(key), field, generation: cell.generation, value: cell.value });
      }
    }
    return cells;
  }

  /** What was sealed for this cursor before, with a tail, where little came after it; else what is sealed now. */
  function path(from: Position, to: Position, reads: number, role: string | null): readonly SegmentRef[] {
    const scopes = scopesFor(role);
    const ownAfter = (lsn: number): readonly SegmentCell[] => cellsAfter(lsn).filter(({ scope }) => scopes.includes(scope));
    const start = suffixStarts(from.lsn, to.lsn)[0] ?? from.lsn;
    const seal = (fromLsn: number, cells: readonly SegmentCell[]): readonly SegmentRef[] => {
      const header = { tenant: TENANT, scopes, from: fromLsn === start ? from : to, to };
      const sealed = [...encodeSegments(header, cells, ports, { chunkCells, frameBytes, codec: reads >= 3 ? 3 : reads >= 2 ? 2 : 1 })];
      for (const { ref, frame } of sealed) segments.set(ref.hash, frame);
      const isTail = reads >= 2 && sealed.length === 1;
      return sealed.map(({ ref, frame }) => (isTail ? { ...ref, frame: bytesToBase64(frame) } : ref));
    };
    const name = `${to.hubEpoch} ${from.lsn} ${from.historyHash} ${reads} ${role}`;
    const before = runs.get(name);
    const rest = before === undefined ? [] : ownAfter(before.lsn);
    if (before !== undefined && rest.length <= TAIL_CELLS) return [...before.refs, ...seal(before.lsn, rest)];
    const refs = seal(start, ownAfter(start));
    runs.set(name, { lsn: to.lsn, refs });
    return refs;
  }

  const isOurs = (position: Position): boolean =>
    position.lsn === 0 ||
    state.history.some((published) => published.position.lsn === position.lsn && published.position.historyHash === position.historyHash);

  const ledgerOf = (token: string): readonly [string, Ledger] | undefined => {
    const device = token.replace('token of ', '');
    const ledger = state.ledgers.get(device);
    return ledger === undefined ? undefined : [device, ledger];
  };

  const holds = (ledger: Ledger, hash: Uint8Array): boolean => {
    const name = bytesToHex(hash);
    if (ledger.branches.has(name)) return true;
    return [...ledger.main.values()].some((entries) => entries.some((entry) => bytesToHex(entry.hash) === name));
  };

  const stateAt = (position: Position): ReadonlyMap<string, string> | undefined =>
    position.lsn === 0 ? new Map() : everShown.get(positionName(position));

  return {
    enrol: (device, publicKey) => {
      if (!state.ledgers.has(device)) state.ledgers.set(device, { publicKey, main: new Map(), branches: new Map() });
      return {
        tenant: TENANT,
        device,
        token: `token of ${device}`,
        store: '1',
        zone: '1',
        lane: 1,
        ...(roleOf !== undefined && { role: roleOf(device) }),
        hubEpoch: state.hubEpoch,
        hubPublicKey: bytesToHex(ports.hubSigner.publicKey),
      };
    },
    publish,
    publishUrgent,
    postLedger: (token, frame) => {
      const found = ledgerOf(token);
      if (found === undefined) return err({ type: 'unauthorised', reason: 'no such device' });
      const decoded = decodeBatch(frame, ports);
      if (!decoded.ok) return refused(decoded.error.reason);
      const batch = decoded.value;
      // Whose it is says the batch: any device of the store may carry it.
      const ledger = state.ledgers.get(batch.device);
      if (ledger === undefined) return refused('wrong-device');
      const { device } = batch;
      const main = ledger.main.get(batch.epoch) ?? [];
      const last = main.at(-1);
      const previous = previousOf(batch);
      const verdict = judgeBatch(
        {
          device,
          publicKey: ledger.publicKey,
          head: last === undefined ? null : headOf(last),
          hashBySeq: new Map(main.map((entry) => [entry.id.seq, entry.hash])),
          previousHeld: previous === null || holds(ledger, previous.hash),
          otherEpochs: [...ledger.main.keys()].some((epoch) => epoch !== batch.epoch),
        },
        batch,
        ports.verifier,
      );
      if (verdict.type === 'refused') return refused(verdict.reason);
      if (verdict.type === 'append' && verdict.entries.length > 0) ledger.main.set(batch.epoch, [...main, ...verdict.entries]);
      if (verdict.type === 'branch') for (const entry of verdict.entries) ledger.branches.set(bytesToHex(entry.hash), entry);
      const received = Object.fromEntries([...ledger.main].map(([epoch, entries]) => [epoch, entries.length]));
      const heads = Object.fromEntries(
        [...ledger.main].map(([epoch, entries]) => [epoch, bytesToHex((entries.at(-1) ?? genesisHead(device, epoch, null)).hash)]),
      );
      const flag = verdict.type === 'gap' ? { gap: true as const } : verdict.type === 'branch' ? { branch: true as const } : {};
      return ok({ received, heads, safe: {}, setAside: 0, reads: BATCH_CODEC_VERSION, ...flag });
    },
    postManifest: (token, { position, reads = 1, urgentLsn = 0 }) => {
      const [device] = ledgerOf(token) ?? [];
      if (device === undefined) return err({ type: 'unauthorised', reason: 'no such device' });
      const role = roleOf?.(device) ?? null;
      const rebase = !isOurs(position);
      const from = rebase ? originPosition(state.hubEpoch) : position;
      const to = here();
      everShown.set(positionName(to), items());
      const refs = path(from, to, reads, role);
      const isWaiting = reads >= 3 && !rebase && from.lsn > 0 && refs.some(({ frame }) => frame === undefined);
      const urgent = isWaiting ? urgentAfter(Math.max(from.lsn, urgentLsn), role) : undefined;
      return ok(signManifest(ports.hubSigner, TENANT, { from, to, rebase, segments: refs, ...(urgent && { urgent }) }));
    },
    getSegment: (hash) => {
      const frame = segments.get(hash);
      return frame === undefined ? refused('no such segment') : ok(frame);
    },
    snapshot: () => {
      const copy: HubState = structuredClone(state);
      return () => {
        epochs += 1;
        // Devices that enrolled after the backup are enrolled all the same: the simulator is about ledgers and cells.
        const enrolled = new Map(
          [...state.ledgers].map(([device, { publicKey }]) => [device, { publicKey, main: new Map(), branches: new Map() }]),
        );
        state = structuredClone({ ...copy, hubEpoch: epochName(), ledgers: new Map([...enrolled, ...copy.ledgers]) });
      };
    },
    position: here,
    stateAt,
    urgentStateAt: (position, urgentLsn) => {
      const held = stateAt(position);
      if (held === undefined) return undefined;
      const shown = new Map(held);
      const isOver = (urgent: { readonly hubEpoch: string; readonly lsn: number }): boolean =>
        urgent.hubEpoch === position.hubEpoch && urgent.lsn > position.lsn && urgent.lsn <= urgentLsn;
      for (const { changes } of everUrgent.filter(isOver)) {
        for (const { key, name } of changes) {
          if (name === null) shown.delete(key);
          else shown.set(key, name);
        }
      }
      return shown;
    },
    mainEntries: (device) => {
      const ledger = state.ledgers.get(device);
      assert(ledger !== undefined, 'an enrolled device');
      return [...ledger.main.values()].flat();
    },
    branchEntries: (device) => [...(state.ledgers.get(device)?.branches.values() ?? [])],
  };
}
