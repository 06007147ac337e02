/**
 * Urgent publications (SPEC: D-13): what must not wait for a catalogue that is on its way, a recall say. In the transaction that publishes it, each entity that it
 * changed is sealed whole, so that a lane can show it over whatever it holds. The LSN after it is empty: no segment but its own is ever stamped with the urgent one.
 */
import type { Compression } from '@holdfast/base';
import {
  encodeSegments,
  SEGMENT_CODEC_VERSION,
  type EncodedSegment,
  type Position,
  type SegmentRef,
  type UrgentRefs,
} from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { readCells } from './cells.ts';
import { RUN_LIFE_MS } from './runs.ts';
import { createSegmentSealer, type SegmentKeyPorts } from './segment-keys.ts';

export interface UrgentPorts extends SegmentKeyPorts {
  readonly compression: Compression;
}

export interface Urgent {
  /** In the transaction that published `at.lsn`, whose entities are put. */
  seal(tx: Queries, from: Position, at: Position): Promise<void>;
  /** Those in (afterLsn, toLsn] that these scopes read; undefined where there are none. */
  find(tx: Queries, scopes: readonly string[], afterLsn: number, toLsn: number, sealed: boolean): Promise<UrgentRefs | undefined>;
  /** The last one that these scopes read; undefined where none is new enough to matter. */
  last(tx: Queries, scopes: readonly string[]): Promise<number | undefined>;
}

export function createUrgent(ports: UrgentPorts): Urgent {
  const { tenant, tenantNo } = ports.identity;
  /** Whoever was away for longer gets it with the rest. */
  const oldestMs = (): number => ports.clock.nowMs() - RUN_LIFE_MS;
  return {
    seal: async (tx, from, at) => {
      const nowMs = ports.clock.nowMs();
      await tx.execute('DELETE FROM urgent_publication WHERE tenant_no = $1 AND published_at_ms <= $2', [tenantNo, oldestMs()]);
      const scopes = await tx.rows<{ scope: string }>(
        'SELECT DISTINCT scope FROM entity WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3 ORDER BY scope',
        [tenantNo, from.lsn, at.lsn],
      );
      for (const { scope } of scopes) {
        const cells = await readCells(tx, { tenantNo, scope, fromLsn: from.lsn, toLsn: at.lsn, whole: true });
        const header = { tenant, scopes: [scope], from, to: at };
        const [refs, sealedRefs]: [SegmentRef[], SegmentRef[]] = [[], []];
        const sealed = await createSegmentSealer(tx, ports, scope);
        const store = async ({ ref, frame }: EncodedSegment): Promise<SegmentRef> => {
          await tx.execute(
            `INSERT INTO segment (tenant_no, hash, scope, frame, built_at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_no, hash) DO NOTHING`,
            [tenantNo, ref.hash, scope, frame, nowMs],
          );
          return ref;
        };
        for (const segment of encodeSegments(header, cells, ports, { codec: SEGMENT_CODEC_VERSION })) {
          refs.push(await store(segment));
          sealedRefs.push(await store(sealed(segment)));
        }
        await tx.execute(
          'INSERT INTO urgent_publication (tenant_no, lsn, scope, refs, sealed_refs, published_at_ms) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)',
          [tenantNo, at.lsn, scope, JSON.stringify(refs), JSON.stringify(sealedRefs), nowMs],
        );
      }
    },
    find: async (tx, scopes, afterLsn, toLsn, sealed) => {
      const rows = await tx.rows<{ lsn: number; refs: readonly SegmentRef[] }>(
        `SELECT lsn, ${sealed ? 'coalesce(sealed_refs, refs) AS refs' : 'refs'} FROM urgent_publication WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3 AND scope = ANY($4) AND published_at_ms > $5
         ORDER BY lsn, scope`,
        [tenantNo, afterLsn, toLsn, scopes, oldestMs()],
      );
      const last = rows.at(-1);
      return last && { lsn: last.lsn, segments: rows.flatMap(({ refs }) => refs) };
    },
    last: async (tx, scopes) => {
      const [row] = await tx.rows<{ lsn: number | null }>(
        'SELECT max(lsn) AS lsn FROM urgent_publication WHERE tenant_no = $1 AND scope = ANY($2) AND published_at_ms > $3',
        [tenantNo, scopes, oldestMs()],
      );
      return row?.lsn ?? undefined;
    },
  };
}
