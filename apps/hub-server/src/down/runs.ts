/**
 * Runs: the segments for (from, to] of one scope, encoded once, kept with their references, and shared by every lane whose cursor is rounded
 * down to their start (SPEC: D-10). A run can only be built at the head, for an entity has one row, which moves on with each change; so it is sealed
 * when it is first asked for, and a later head makes a new one where too much has changed behind it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { assert, type Compression } from '@holdfast/base';
import {
  encodeSegmentsInSteps,
  originPosition,
  SEGMENT_CODEC_VERSION,
  type EncodedSegment,
  type Position,
  type SegmentCodec,
  type SegmentRef,
} from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import { readCells } from './cells.ts';
import { createSegmentSealer, type SegmentKeyPorts } from './segment-keys.ts';

export interface RunPorts extends SegmentKeyPorts {
  readonly database: Database;
  readonly compression: Compression;
}

/** Segments of the newest codec, each sealed for its scope (SPEC: S-1). */
export const SEALED = 4;
export type RunCodec = SegmentCodec | typeof SEALED;
export const codecOf = (codec: RunCodec): SegmentCodec => (codec === SEALED ? SEGMENT_CODEC_VERSION : codec);

export interface Span {
  readonly scope: string;
  readonly fromLsn: number;
  readonly to: Position;
  /** What its readers read. */
  readonly codec: RunCodec;
}

export interface Run {
  readonly fromLsn: number;
  readonly toLsn: number;
  readonly entities: number;
  readonly refs: readonly SegmentRef[];
}

/** A run on its way into the database. */
export interface Build {
  readonly run: Promise<Run>;
  /** To be called outside of any transaction; resolves when devices can fetch what the run names. */
  store(): Promise<void>;
}

export interface Runs {
  /** Those that bring a cursor at `span.fromLsn` forward, the farthest first. `maxEntities`: heavier ones are left out. */
  find(tx: Queries, span: Span, maxEntities: number): Promise<readonly Run[]>;
  /** The last one that starts at nothing. */
  findBase(tx: Queries, span: Span): Promise<Run | undefined>;
  /** Lanes that ask at the same moment share one build. `tx` stands at `span.to`. */
  build(tx: Queries, span: Span): Build;
}

/** Older runs go, with their segments; who still needs one gets it built again. */
const DAY_MS = 24 * 60 * 60 * 1000;
export const RUN_LIFE_MS = 7 * DAY_MS;

const COLUMNS = 'from_lsn AS "fromLsn", to_lsn AS "toLsn", entities, refs';

export function createRuns(ports: RunPorts): Runs {
  const { tenantNo } = ports.identity;
  const building = new Map<string, Build>();
  const oldestMs = (): number => ports.clock.nowMs() - RUN_LIFE_MS;
  return {
    find: (tx, { scope, fromLsn, to, codec }, maxEntities) =>
      tx.rows<Run>(
        `SELECT ${COLUMNS} FROM segment_run WHERE tenant_no = $1 AND scope = $2 AND codec = $7 AND from_lsn <= $3 AND to_lsn > $3
           AND to_lsn <= $4 AND entities <= $5 AND built_at_ms > $6 ORDER BY to_lsn DESC, entities LIMIT 4`,
        [tenantNo, scope, fromLsn, to.lsn, maxEntities, oldestMs(), codec],
      ),
    findBase: async (tx, { scope, to, codec }) => {
      const [run] = await tx.rows<Run>(
        `SELECT ${COLUMNS} FROM segment_run WHERE tenant_no = $1 AND scope = $2 AND codec = $5 AND from_lsn = 0 AND to_lsn <= $3
           AND built_at_ms > $4 ORDER BY to_lsn DESC LIMIT 1`,
        [tenantNo, scope, to.lsn, oldestMs(), codec],
      );
      return run;
    },
    build: (tx, span) => {
      const key = JSON.stringify([span.scope, span.codec, span.fromLsn, span.to.lsn]);
      const started = building.get(key) ?? startBuild(ports, tx, span, () => building.delete(key));
      building.set(key, started);
      return started;
    },
  };
}

/** The position of a publication that is held. */
async function positionAt(ports: Pick<RunPorts, 'identity'>, tx: Queries, lsn: number): Promise<Position> {
  const [row] = await tx.rows<{ history_hash: string }>('SELECT history_hash FROM publication WHERE tenant_no = $1 AND lsn = $2', [
    ports.identity.tenantNo,
    lsn,
  ]);
  assert(row !== undefined, `publication ${lsn} is held`);
  return { hubEpoch: ports.identity.hubEpoch, lsn, historyHash: row.history_hash };
}

function startBuild(ports: RunPorts, tx: Queries, span: Span, onEnd: () => void): Build {
  const { identity } = ports;
  const encode = async (): Promise<{ readonly run: Run; readonly segments: readonly EncodedSegment[] }> => {
    const cells = await readCells(tx, { tenantNo: identity.tenantNo, scope: span.scope, fromLsn: span.fromLsn, toLsn: span.to.lsn });
    const from = span.fromLsn === 0 ? originOf(span.to) : await positionAt(ports, tx, span.fromLsn);
    const segments: EncodedSegment[] = [];
    const header = { tenant: identity.tenant, scopes: [span.scope], from, to: span.to };
    const seal = span.codec === SEALED ? await createSegmentSealer(tx, ports, span.scope) : undefined;
    for (const step of encodeSegmentsInSteps(header, cells, ports, { codec: codecOf(span.codec) })) {
      if (step !== null) segments.push(seal?.(step) ?? step);
      // A frame takes half a second: whoever sells meanwhile is answered between its steps.
      await nextTurn();
    }
    const refs = segments.map((segment) => segment.ref);
    const entities = refs.reduce((sum, ref) => sum + ref.entities, 0);
    return { run: { fromLsn: span.fromLsn, toLsn: span.to.lsn, entities, refs }, segments };
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
        .then(async ({ run, segments }) => ports.database.transaction(async (write) => storeRun(ports, write, span, run, segments)))
        .finally(onEnd);
      await stored;
    },
  };
}

async function storeRun(
  ports: RunPorts,
  tx: Queries,
  { scope, codec }: Span,
  run: Run,
  segments: readonly EncodedSegment[],
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
      [tenantNo, ref.hash, scope, frame, nowMs],
    );
  }
  await tx.execute(
    `INSERT INTO segment_run (tenant_no, scope, codec, from_lsn, to_lsn, entities, refs, built_at_ms)
     VALUES ($1, $2, $8, $3, $4, $5, $6::jsonb, $7)
     ON CONFLICT (tenant_no, scope, codec, from_lsn, to_lsn)
     DO UPDATE SET entities = excluded.entities, refs = excluded.refs, built_at_ms = excluded.built_at_ms`,
    [tenantNo, scope, run.fromLsn, run.toLsn, run.entities, JSON.stringify(run.refs), nowMs, codec],
  );
}

/** Where everybody begins who follows the history of `position`. */
export const originOf = (position: Position): Position => originPosition(position.hubEpoch);
