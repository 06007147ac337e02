/**
 * What a device is told when it shows its position: the segments that carry it from there to the head, each scope of its
 * store by itself, so that all lanes of a chain share the segments of `global`.
 *
 * A run is the segments for (from, to] of one scope, sealed when built at the then head and kept with them. A device is given a
 * chain of runs; where the last ones are no larger than what is new, they are built anew as one, so that a chain's sizes fall
 * geometrically and its length stays logarithmic. The highest stamp wins, so that any such chain joins rightly.
 */
import { assert, type Clock, type Compression, type Hash } from '@holdfast/base';
import {
  encodeSegments,
  signManifest,
  type EncodedSegment,
  type Manifest,
  type ManifestRequest,
  type Position,
  type SegmentRef,
} from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { NO_HISTORY, type HubIdentity } from '../identity.ts';
import { readCells } from './cells.ts';

export interface DownPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly compression: Compression;
  readonly hash: Hash;
}

export interface Down {
  manifest(device: EnrolledDevice, request: ManifestRequest): Promise<Manifest>;
  /** Undefined where no such segment is held, or not for this device's scopes. */
  segment(device: EnrolledDevice, hash: string): Promise<Uint8Array | undefined>;
}

/** What a store's lanes read, from the widest to the narrowest. */
export const scopesOf = (device: EnrolledDevice): readonly string[] => ['global', `zone:${device.zone}`, `store:${device.store}`];

interface Run {
  readonly from_lsn: number;
  readonly to_lsn: number;
  readonly refs: readonly SegmentRef[];
}

interface Span {
  readonly scope: string;
  readonly from: Position;
  readonly to: Position;
}

/** Runs older than this go, with their segments; who still needs one gets it built again. */
const DAY_MS = 24 * 60 * 60 * 1000;
const RUN_LIFE_MS = 7 * DAY_MS;
const FRAME_CACHE_BYTES = 64 * 1024 * 1024;

/** A run on its way into the database. */
interface Build {
  readonly run: Promise<Run>;
  /** To be called outside of any transaction; resolves when devices can fetch what the run names. */
  store(): Promise<void>;
}

export function createDown(ports: DownPorts): Down {
  const building = new Map<string, Build>();
  const frames = createFrameCache();

  /** Lanes that ask at the same moment share one build. */
  const build = (tx: Queries, span: Span): Build => {
    const key = JSON.stringify([span.scope, span.from.lsn, span.to.lsn]);
    const started = building.get(key) ?? startBuild(ports, tx, span, () => building.delete(key));
    building.set(key, started);
    return started;
  };

  return {
    manifest: async (device, request) => {
      const builds: Build[] = [];
      // One snapshot for head and cells: a segment never misses what a publication behind the head has just moved away.
      const manifest = await ports.database.transaction(
        async (tx) => {
          const { from, to, rebase } = await judgePosition(ports, tx, request.position);
          const segments: SegmentRef[] = [];
          for (const scope of from.lsn < to.lsn ? scopesOf(device) : []) {
            const found = await segmentsOf(ports, tx, { scope, from, to }, build);
            segments.push(...found.refs);
            if (found.build !== null) builds.push(found.build);
          }
          return { from, to, rebase, segments };
        },
        { readSnapshot: true },
      );
      for (const started of builds) await started.store();
      return signManifest(ports.identity.signer, ports.identity.tenant, manifest);
    },
    segment: async (device, hash) => {
      const cached = frames.get(hash);
      const found = cached ?? (await findFrame(ports, hash));
      if (found === undefined) return undefined;
      if (cached === undefined) frames.set(hash, found);
      return scopesOf(device).includes(found.scope) ? found.frame : undefined;
    },
  };
}

/** A position that this hub's history does not hold is answered from the beginning. */
async function judgePosition(
  ports: DownPorts,
  tx: Queries,
  shown: Position,
): Promise<{ readonly from: Position; readonly to: Position; readonly rebase: boolean }> {
  const { hubEpoch, tenantNo } = ports.identity;
  const [row] = await tx.rows<{ lsn: number; history_hash: string; shown_hash: string | null }>(
    `SELECT t.lsn, t.history_hash, p.history_hash AS shown_hash FROM tenant t
     LEFT JOIN publication p ON p.tenant_no = t.tenant_no AND p.lsn = $2 WHERE t.tenant_no = $1`,
    [tenantNo, shown.lsn],
  );
  assert(row !== undefined, 'the tenant has its row');
  const to = { hubEpoch, lsn: row.lsn, historyHash: row.history_hash };
  const shownHash = shown.lsn === 0 ? NO_HISTORY : row.shown_hash;
  const isHeld = shown.hubEpoch === hubEpoch && shown.historyHash === shownHash && shown.lsn <= row.lsn;
  return isHeld ? { from: shown, to, rebase: false } : { from: { hubEpoch, lsn: 0, historyHash: NO_HISTORY }, to, rebase: true };
}

async function segmentsOf(
  ports: DownPorts,
  tx: Queries,
  span: Span,
  build: (tx: Queries, span: Span) => Build,
): Promise<{ readonly refs: readonly SegmentRef[]; readonly build: Build | null }> {
  const { chain, newEntities } = await findChain(ports, tx, span);
  if (newEntities === 0) return { refs: chain.flatMap((run) => run.refs), build: null };
  let entities = newEntities;
  for (let last = chain.at(-1); last !== undefined && entitiesOf(last) <= 2 * entities; last = chain.at(-1)) {
    entities += entitiesOf(last);
    chain.pop();
  }
  const fromLsn = chain.at(-1)?.to_lsn ?? span.from.lsn;
  const from = fromLsn === span.from.lsn ? span.from : await positionAt(ports, tx, fromLsn);
  const started = build(tx, { ...span, from });
  return { refs: [...chain, await started.run].flatMap((run) => run.refs), build: started };
}

const entitiesOf = (run: Run): number => run.refs.reduce((sum, ref) => sum + ref.entities, 0);

/** The longest steps over what is built already, and how many entities changed behind their end. */
async function findChain(
  ports: DownPorts,
  tx: Queries,
  { scope, from, to }: Span,
): Promise<{ readonly chain: Run[]; readonly newEntities: number }> {
  const { tenantNo } = ports.identity;
  const runs = await tx.rows<Run>(
    `SELECT from_lsn, to_lsn, refs FROM segment_run
     WHERE tenant_no = $1 AND scope = $2 AND from_lsn >= $3 AND to_lsn <= $4 AND built_at_ms > $5 ORDER BY from_lsn, to_lsn`,
    [tenantNo, scope, from.lsn, to.lsn, ports.clock.nowMs() - RUN_LIFE_MS],
  );
  const chain: Run[] = [];
  let reachedLsn = from.lsn;
  for (;;) {
    const next = runs.findLast((run) => run.from_lsn === reachedLsn);
    if (next === undefined) break;
    chain.push(next);
    reachedLsn = next.to_lsn;
  }
  const [count] = await tx.rows<{ entities: number }>(
    'SELECT count(*) AS entities FROM entity WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3 AND scope = $4',
    [tenantNo, reachedLsn, to.lsn, scope],
  );
  return { chain, newEntities: count?.entities ?? 0 };
}

async function positionAt(ports: DownPorts, tx: Queries, lsn: number): Promise<Position> {
  const [row] = await tx.rows<{ history_hash: string }>('SELECT history_hash FROM publication WHERE tenant_no = $1 AND lsn = $2', [
    ports.identity.tenantNo,
    lsn,
  ]);
  assert(row !== undefined, `publication ${lsn} is held`);
  return { hubEpoch: ports.identity.hubEpoch, lsn, historyHash: row.history_hash };
}

function startBuild(ports: DownPorts, tx: Queries, span: Span, onEnd: () => void): Build {
  const { tenantNo, tenant } = ports.identity;
  const encode = async (): Promise<{ readonly run: Run; readonly segments: readonly EncodedSegment[] }> => {
    const cells = await readCells(tx, { tenantNo, scope: span.scope, fromLsn: span.from.lsn, toLsn: span.to.lsn });
    const segments = [...encodeSegments({ tenant, scopes: [span.scope], from: span.from, to: span.to }, cells, ports)];
    return { run: { from_lsn: span.from.lsn, to_lsn: span.to.lsn, refs: segments.map((segment) => segment.ref) }, segments };
  };
  const encoded = encode().catch((error: unknown) => {
    onEnd();
    throw error;
  });
  let stored: Promise<void> | undefined;
  return {
    run: encoded.then(({ run }) => run),
    store: async () => {
      stored ??= encoded
        .then(async ({ run, segments }) => ports.database.transaction(async (write) => storeRun(ports, write, { span, run, segments })))
        .finally(onEnd);
      await stored;
    },
  };
}

async function storeRun(
  ports: DownPorts,
  tx: Queries,
  { span, run, segments }: { readonly span: Span; readonly run: Run; readonly segments: readonly EncodedSegment[] },
): Promise<void> {
  const { tenantNo } = ports.identity;
  const nowMs = ports.clock.nowMs();
  await tx.execute('DELETE FROM segment_run WHERE tenant_no = $1 AND built_at_ms <= $2', [tenantNo, nowMs - RUN_LIFE_MS]);
  // A day longer than the runs that name them: who was just given a manifest can still fetch it.
  await tx.execute('DELETE FROM segment WHERE tenant_no = $1 AND built_at_ms <= $2', [tenantNo, nowMs - RUN_LIFE_MS - DAY_MS]);
  for (const { ref, frame } of segments) {
    await tx.execute(
      `INSERT INTO segment AS held (tenant_no, hash, scope, frame, built_at_ms) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_no, hash) DO UPDATE SET built_at_ms = greatest(held.built_at_ms, excluded.built_at_ms)`,
      [tenantNo, ref.hash, span.scope, frame, nowMs],
    );
  }
  await tx.execute(
    `INSERT INTO segment_run (tenant_no, scope, from_lsn, to_lsn, refs, built_at_ms) VALUES ($1, $2, $3, $4, $5::jsonb, $6)
     ON CONFLICT (tenant_no, scope, from_lsn, to_lsn) DO UPDATE SET refs = excluded.refs, built_at_ms = excluded.built_at_ms`,
    [tenantNo, span.scope, run.from_lsn, run.to_lsn, JSON.stringify(run.refs), nowMs],
  );
}

interface Frame {
  readonly scope: string;
  readonly frame: Uint8Array;
}

async function findFrame(ports: DownPorts, hash: string): Promise<Frame | undefined> {
  const rows = await ports.database.rows<Frame>('SELECT scope, frame FROM segment WHERE tenant_no = $1 AND hash = $2', [
    ports.identity.tenantNo,
    hash,
  ]);
  return rows[0];
}

/** The frames last asked for: a chain's lanes ask for the same ones at the same time. */
function createFrameCache(): { get(hash: string): Frame | undefined; set(hash: string, frame: Frame): void } {
  const byHash = new Map<string, Frame>();
  let bytes = 0;
  return {
    get: (hash) => {
      const found = byHash.get(hash);
      if (found !== undefined) {
        byHash.delete(hash);
        byHash.set(hash, found);
      }
      return found;
    },
    set: (hash, frame) => {
      if (byHash.has(hash)) return;
      byHash.set(hash, frame);
      bytes += frame.frame.length;
      for (const [oldest, { frame: old }] of byHash) {
        if (bytes <= FRAME_CACHE_BYTES) break;
        byHash.delete(oldest);
        bytes -= old.length;
      }
    },
  };
}
