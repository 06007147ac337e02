/**
 * What a lane asks when it compares what it holds with the hub (SPEC: ): the fingerprints of its ranges against those of the same ranges here, each question out of one
 * snapshot. Ledgers are hashed anew by the database, from the bytes that it keeps.
 */
import type { Hash } from '@holdfast/base';
import {
  fingerprintOf,
  scopesOfPlace,
  type AuditAnswer,
  type AuditQuestion,
  type CellRange,
  type LedgerRange,
  type Position,
  type Scalar,
} from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { placePosition } from '../down/hub-epoch.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { currentCheckpoint, lostHeads, type CheckpointPorts } from './checkpoints.ts';

export interface ComparePorts extends CheckpointPorts {
  readonly hash: Hash;
}

/** More rows than an honest range has: it differs, whatever else is in it. */
const RANGE_ROWS = 2_048;

/** To be asked once everything received is folded. */
export async function answerAudit(ports: ComparePorts, device: EnrolledDevice, question: AuditQuestion): Promise<AuditAnswer> {
  const isOpening = question.ledger.length === 0 && question.cells.length === 0;
  const checkpoint = isOpening ? await currentCheckpoint(ports, device.store) : null;
  return ports.database.transaction(
    async (tx) => {
      const { head } = await placePosition(tx, ports.identity, question.position);
      const isAtHead = isSame(head, question.position);
      return {
        isAtHead,
        ledger: await differingLedger(tx, device, question.ledger),
        cells: isAtHead ? await differingCells(ports, tx, device, question.cells) : [],
        lost: question.checkpoint === undefined ? [] : await lostHeads(ports, tx, question.checkpoint),
        checkpoint,
      };
    },
    { readSnapshot: true },
  );
}

const isSame = (left: Position, right: Position): boolean =>
  left.hubEpoch === right.hubEpoch && left.lsn === right.lsn && left.historyHash === right.historyHash;

async function differingLedger(tx: Queries, device: EnrolledDevice, ranges: readonly LedgerRange[]): Promise<readonly number[]> {
  if (ranges.length === 0) return [];
  const rows = await tx.rows<{ i: number }>(
    `SELECT x.i FROM jsonb_to_recordset($3::jsonb) AS x (i integer, epoch text, "from" bigint, "to" bigint, fingerprint text)
     LEFT JOIN LATERAL (
       SELECT h.seq, h.canonical FROM ledger_held h WHERE h.tenant_no = $1 AND h.device = $2 AND h.epoch = x.epoch COLLATE "C" AND h.branch = '' AND h.seq BETWEEN x."from" AND x."to"
         AND h.to_seq >= x."from" AND h.from_seq <= x."to" OFFSET 0) AS e ON true
     GROUP BY x.i, x.fingerprint
     HAVING encode(sha256(coalesce(string_agg(sha256(e.canonical), ''::bytea ORDER BY e.seq), ''::bytea)), 'hex') <> x.fingerprint ORDER BY x.i`,
    [device.tenantNo, device.device, JSON.stringify(ranges.map((range, i) => ({ i, ...range })))],
  );
  return rows.map(({ i }) => i);
}

async function differingCells(
  ports: ComparePorts,
  tx: Queries,
  device: EnrolledDevice,
  ranges: readonly CellRange[],
): Promise<readonly number[]> {
  const differing: number[] = [];
  for (const [index, { type, after, upTo, fingerprint }] of ranges.entries()) {
    const rows = await tx.rows<{ key: string; scope: string; fields: Readonly<Record<string, Scalar>> }>(
      `SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND scope = ANY ($3::text[]) AND alive
       AND ($4::text IS NULL OR key > $4 COLLATE "C") AND ($5::text IS NULL OR key <= $5 COLLATE "C") ORDER BY key, scope LIMIT ${RANGE_ROWS + 1}`,
      [device.tenantNo, type, scopesOfPlace(device), after, upTo],
    );
    const entities = rows.map(({ key, scope, fields }) => ({
      type,
      key,
      scope,
      fields: new Map(Object.entries(fields).map(([field, value]) => [Number(field), value])),
    }));
    if (rows.length > RANGE_ROWS || fingerprintOf(ports.hash, entities) !== fingerprint) differing.push(index);
  }
  return differing;
}
