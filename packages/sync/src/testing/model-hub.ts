/**
 * A hub in a few maps: `judgeBatch` over what it holds, publications with a history hash, one conflated segment per answer. It can be snapshotted and set back,
 * as from an old backup. What the simulator compares against is kept apart from it, in plain form (`stateAt`).
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { narrowScope } from '../down/audience.ts';
import type { Position } from '../down/cells.ts';
import { encodeSegments, type SegmentCell } from '../down/segment.ts';
import { suffixStarts } from '../down/suffix.ts';
import { judgeBatch, previousOf } from '../replica/judge.ts';
import { genesisHead, headOf, type ChainedEntry, type Vector } from '../replica/ledger.ts';
import type { TransportError } from '../replica/replica.ts';
import type { Scalar } from '../schema.ts';
import { originPosition } from '../store.ts';
import { BATCH_CODEC_VERSION, decodeBatch } from '../wire/batch.ts';
import { bytesToBase64, bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';
import {
  signManifest,
  type EnrolAnswer,
  type LedgerAnswer,
  type Manifest,
  type ManifestRequest,
  type SegmentRef,
  type UrgentRefs,
} from '../wire/protocol.ts';
import { addBusiness, businessOfEntry, type Business } from './business-model.ts';
import { NEXT_SCHEMAS } from './fixtures.ts';
import { REAL_PORTS, type WorldPorts } from './simulated-ports.ts';

/** A change of one item: its new name, or null where it is removed. */
export interface Change {
  readonly key: string;
  readonly name: string | null;
  /** Of an item that each zone has for itself. */
  readonly zone?: string;
}

export const ZONES: readonly string[] = ['1', '2'];

/** Where the world has zones. */
export const isOfZone = (key: string): boolean => /^K[67]$/.test(key);

/** The one cell that is no item: where the store stands (SPEC: C-11). */
export const ZONE_CELL = { type: 2, key: 'zone', field: 1 } as const;

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
  zone: string;
  /** Since when the store stands there. */
  movedLsn: number;
  readonly history: { readonly position: Position; readonly items: ReadonlyMap<string, string> }[];
  /** Name (the key, and of which zone) → field → cell. */
  readonly cells: Map<string, Map<number, HeldCell>>;
  readonly ledgers: Map<string, Ledger>;
  /** As each device said last. */
  readonly reports: Map<string, string>;
  readonly urgent: { readonly lsn: number; readonly refs: ReadonlyMap<string | null, readonly SegmentRef[]> }[];
  /** What its entries come to, added up as they came: of main lines and of second histories, for both were sold. */
  readonly business: Map<string, number>;
}

export interface ModelHub {
  readonly enrol: (device: string, publicKey: Uint8Array) => EnrolAnswer;
  readonly publish: (changes: readonly Change[]) => void;
  /** Sealed whole, with an empty publication behind it (SPEC: D-13). */
  readonly publishUrgent: (changes: readonly Change[]) => void;
  /** The store stands in another zone from then on. */
  readonly moveTo: (zone: string) => void;
  /** Where it ever stood. */
  readonly zones: () => readonly string[];
  readonly postLedger: (token: string, frame: Uint8Array) => Result<LedgerAnswer, TransportError>;
  /** As to a probe. */
  readonly holds: (token: string) => Result<LedgerAnswer, TransportError>;
  readonly postManifest: (token: string, request: ManifestRequest) => Result<Manifest, TransportError>;
  readonly getSegment: (hash: string) => Result<Uint8Array, TransportError>;
  /** Comes back as it was when `snapshot` was taken, under a new epoch. */
  readonly snapshot: () => () => void;
  readonly position: () => Position;
  /** What a cut at `position` has to show: key → name. */
  readonly stateAt: (position: Position) => ReadonlyMap<string, string> | undefined;
  /** The same with the urgent publications beyond it, up to `urgentLsn`, over it. */
  readonly urgentStateAt: (position: Position, urgentLsn: number) => ReadonlyMap<string, string> | undefined;
  /** Whoever ever enrolled. */
  readonly devices: () => readonly string[];
  readonly business: () => Business;
  readonly mainEntries: (device: string) => readonly ChainedEntry[];
  readonly branchEntries: (device: string) => readonly ChainedEntry[];
  /** What it said of itself last (SPEC: D-20). */
  readonly reportOf: (device: string) => string | undefined;
}

const TENANT = 'default';
/** What rides in a manifest behind segments that were sealed before. */
const TAIL_CELLS = 6;
const refused = (reason: string): Result<never, TransportError> => err({ type: 'refused', reason });
const positionName = (position: Position): string => `${position.hubEpoch} ${position.lsn} ${position.historyHash}`;

interface ModelOptions {
  readonly frameBytes?: number;
  /** A longer one does not ride in a manifest. */
  readonly tailBytes?: number;
  readonly ports?: WorldPorts;
  /** Of the devices, where they differ in what they may hold. Absent: all hold everything. */
  readonly roleOf?: (device: string) => string;
  /** It has a standby, which holds what was last snapshotted: that is safe, and all else only received (SPEC: U-22). */
  readonly hasStandby?: boolean;
}

const lengthsOf = ({ main }: Ledger): Vector => Object.fromEntries([...main].map(([epoch, entries]) => [epoch, entries.length]));

/** What names a cell in here: items of zones apart, and the store's zone. */
const ZONE_NAME = '@';
const nameOf = ({ key, zone }: Change): string => (zone === undefined ? key : `${key}@${zone}`);

/** What is read in a zone. */
const readIn = (zone: string, items: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...items].flatMap(([name, value]) => {
      const [key = '', of = zone] = name.split('@');
      return of === zone ? [[key, value] as const] : [];
    }),
  );

export function createModelHub(
  chunkCells: number,
  { frameBytes = 1_200, tailBytes = Infinity, ports = REAL_PORTS, roleOf, hasStandby = false }: ModelOptions = {},
): ModelHub {
  const scopeOf = (key: string): string => {
    const role = roleOf === undefined ? null : roleOfItem(key);
    return role === null ? 'global' : narrowScope(role, 'global');
  };
  const scopesFor = (role: string | null): readonly string[] => [
    'global',
    ...(role === null ? [] : [narrowScope(role, 'global')]),
    `zone:${state.zone}`,
    'store:1',
  ];
  const placeOf = (name: string): Pick<SegmentCell, 'type' | 'key' | 'scope'> => {
    const [key = '', zone] = name.split('@');
    if (name === ZONE_NAME) return { type: ZONE_CELL.type, key: ZONE_CELL.key, scope: 'store:1' };
    return { type: 1, key, scope: zone === undefined ? scopeOf(key) : `zone:${zone}` };
  };
  const ROLES = roleOf === undefined ? [null] : ['lane', 'kiosk'];
  let epochs = 1;
  const epochName = (): string => String(epochs).padStart(16, '0');
  let state: HubState = {
    hubEpoch: epochName(),
    zone: ZONES[0] ?? '',
    movedLsn: 0,
    history: [],
    cells: new Map(),
    ledgers: new Map(),
    reports: new Map(),
    urgent: [],
    business: new Map(),
  };
  /** Device → epoch → how many entries of its main line the last snapshot has. What is set back goes back to nothing less. */
  let standby: ReadonlyMap<string, Vector> = new Map();
  const zonesSoFar = new Set([state.zone]);
  const segments = new Map<string, Uint8Array>();
  const everUrgent: { readonly hubEpoch: string; readonly lsn: number; readonly zone: string; readonly changes: readonly Change[] }[] = [];
  const runs = new Map<string, { readonly lsn: number; readonly refs: readonly SegmentRef[] }>();
  const everShown = new Map<string, { readonly zone: string; readonly items: ReadonlyMap<string, string> }>();
  const show = (position: Position): void => {
    everShown.set(positionName(position), { zone: state.zone, items: readIn(state.zone, items()) });
  };

  const here = (): Position => {
    const last = state.history.at(-1)?.position ?? originPosition(state.hubEpoch);
    return { ...last, hubEpoch: state.hubEpoch };
  };
  const items = (): ReadonlyMap<string, string> => state.history.at(-1)?.items ?? new Map();

  function publish(changes: readonly Change[]): void {
    const before = here();
    const lsn = before.lsn + 1;
    const next = new Map(items());
    for (const change of changes) {
      const { name } = change;
      const key = nameOf(change);
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
    const historyHash = bytesToHex(
      ports.hash.sha256(encodeCbor([hexToBytes(before.historyHash), lsn, state.zone, JSON.stringify(changes)])),
    );
    const position = { hubEpoch: state.hubEpoch, lsn, historyHash };
    state.history.push({ position, items: next });
    show(position);
  }

  function moveTo(zone: string): void {
    const lsn = here().lsn + 1;
    zonesSoFar.add(zone);
    state.zone = zone;
    state.movedLsn = lsn;
    state.cells.set(
      ZONE_NAME,
      new Map([
        [0, { lsn: state.cells.get(ZONE_NAME)?.get(0)?.lsn ?? lsn, generation: 1, value: true }],
        [ZONE_CELL.field, { lsn, generation: 1, value: zone }],
      ]),
    );
    publish([]);
  }

  function publishUrgent(changes: readonly Change[]): void {
    const from = here();
    publish(changes);
    const to = here();
    const placed = ({ key, scope }: Pick<SegmentCell, 'key' | 'scope'>): string => `${scope} ${key}`;
    const changed = new Set(cellsAfter(from.lsn).map(placed));
    const cells = cellsAfter(0).filter((cell) => changed.has(placed(cell)));
    // To remove what is removed changes nothing, and is told to nobody before its time.
    const told = changes.filter((change) => changed.has(placed(placeOf(nameOf(change)))));
    everUrgent.push({ hubEpoch: to.hubEpoch, lsn: to.lsn, zone: state.zone, changes: told });
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
    for (const [name, fields] of state.cells) {
      const place = placeOf(name);
      for (const [field, cell] of fields) {
        if (cell.lsn > lsn) cells.push({ ...place, field, generation: cell.generation, value: cell.value });
      }
    }
    return cells;
  }

  /** What was sealed for this cursor before, with a tail, where little came after it; else what is sealed now. */
  function path(from: Position, to: Position, reads: number, role: string | null): readonly SegmentRef[] {
    const scopes = scopesFor(role);
    const ofZone = ({ scope }: SegmentCell): boolean => scope === `zone:${state.zone}`;
    /** Of a zone that the store came to since: all. */
    const ownAfter = (lsn: number): readonly SegmentCell[] => {
      const own = cellsAfter(lsn).filter(({ scope }) => scopes.includes(scope));
      return lsn < state.movedLsn ? [...own.filter((cell) => !ofZone(cell)), ...cellsAfter(0).filter(ofZone)] : own;
    };
    const start = suffixStarts(from.lsn, to.lsn)[0] ?? from.lsn;
    const seal = (fromLsn: number, cells: readonly SegmentCell[]): readonly SegmentRef[] => {
      const header = { tenant: TENANT, scopes, from: fromLsn === start ? from : to, to };
      const sealed = [...encodeSegments(header, cells, ports, { chunkCells, frameBytes, codec: reads >= 3 ? 3 : reads >= 2 ? 2 : 1 })];
      for (const { ref, frame } of sealed) segments.set(ref.hash, frame);
      const isTail = reads >= 2 && sealed.length === 1 && sealed.every(({ frame }) => frame.length <= tailBytes);
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

  const heldOf = (device: string, ledger: Ledger): LedgerAnswer => ({
    received: lengthsOf(ledger),
    heads: Object.fromEntries(
      [...ledger.main].map(([epoch, entries]) => [epoch, bytesToHex((entries.at(-1) ?? genesisHead(device, epoch, null)).hash)]),
    ),
    safe: hasStandby ? (standby.get(device) ?? {}) : {},
    setAside: 0,
    reads: BATCH_CODEC_VERSION,
  });

  const holds = (ledger: Ledger, hash: Uint8Array): boolean => {
    const name = bytesToHex(hash);
    if (ledger.branches.has(name)) return true;
    return [...ledger.main.values()].some((entries) => entries.some((entry) => bytesToHex(entry.hash) === name));
  };

  const stateAt = (position: Position): ReadonlyMap<string, string> | undefined =>
    position.lsn === 0 ? new Map() : everShown.get(positionName(position))?.items;

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
    moveTo,
    zones: () => [...zonesSoFar],
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
        },
        batch,
        ports.verifier,
      );
      if (verdict.type === 'refused') return refused(verdict.reason);
      if (verdict.type === 'append' || verdict.type === 'branch') {
        // A second history may come again as a whole.
        const fresh = verdict.entries.filter(({ hash }) => !ledger.branches.has(bytesToHex(hash)));
        for (const entry of fresh) addBusiness(state.business, businessOfEntry(entry, NEXT_SCHEMAS));
        if (verdict.type === 'append' && verdict.entries.length > 0) ledger.main.set(batch.epoch, [...main, ...verdict.entries]);
        if (verdict.type === 'branch') for (const entry of fresh) ledger.branches.set(bytesToHex(entry.hash), entry);
      }
      const flag = verdict.type === 'gap' ? { gap: true as const } : verdict.type === 'branch' ? { branch: true as const } : {};
      return ok({ ...heldOf(device, ledger), ...flag });
    },
    holds: (token) => {
      const [device, ledger] = ledgerOf(token) ?? [];
      return device === undefined || ledger === undefined
        ? err({ type: 'unauthorised', reason: 'no such device' })
        : ok(heldOf(device, ledger));
    },
    postManifest: (token, { position, reads = 1, urgentLsn = 0, canProve, proof, held = [], report }) => {
      const [device] = ledgerOf(token) ?? [];
      if (device === undefined) return err({ type: 'unauthorised', reason: 'no such device' });
      if (report !== undefined) state.reports.set(device, report);
      const role = roleOf?.(device) ?? null;
      const rebase = !isOurs(position);
      if (rebase && canProve === true && proof === undefined) return err({ type: 'refused', reason: 'who told this?', wantsProof: true });
      const common = held.map((shown) => ({ hubEpoch: state.hubEpoch, ...shown })).findLast(isOurs);
      const from = rebase ? (common ?? originPosition(state.hubEpoch)) : position;
      const to = here();
      show(to);
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
      standby = new Map([...state.ledgers].map(([device, ledger]) => [device, lengthsOf(ledger)]));
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
      const zone = everShown.get(positionName(position))?.zone;
      const isOver = (urgent: { readonly hubEpoch: string; readonly lsn: number }): boolean =>
        urgent.hubEpoch === position.hubEpoch && urgent.lsn > position.lsn && urgent.lsn <= urgentLsn;
      for (const { changes, zone: told } of everUrgent.filter(isOver)) {
        for (const { key, name, zone: of } of changes) {
          // What was told was of the zone that the store stood in then.
          if (of !== undefined && (of !== zone || of !== told)) continue;
          if (name === null) shown.delete(key);
          else shown.set(key, name);
        }
      }
      return shown;
    },
    devices: () => [...state.ledgers.keys()],
    business: () => state.business,
    mainEntries: (device) => {
      const ledger = state.ledgers.get(device);
      assert(ledger !== undefined, 'an enrolled device');
      return [...ledger.main.values()].flat();
    },
    branchEntries: (device) => [...(state.ledgers.get(device)?.branches.values() ?? [])],
    reportOf: (device) => state.reports.get(device),
  };
}
