/**
 * Where the hub holds entries that somebody names by place and hash: what a lane still holds of an epoch is proven by the last entry of each run of it, for an entry's hash covers all that its chain leads from.
 */
import { assert } from '@holdfast/base';
import { bytesToHex, readEntry, type CheckpointHead } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';

export interface HeldEntry {
  /** `branch`: in another history of its epoch (SPEC: U-8), each entry of which is here, from where it leaves the main line on. */
  readonly on: 'mainLine' | 'branch' | 'none';
  /** On a branch: its first entry; null otherwise. */
  readonly from: number | null;
  /** On a branch: nothing is held that goes on from it there. */
  readonly isLast: boolean;
}

const NONE: HeldEntry = { on: 'none', from: null, isLast: false };

/** In the order asked. */
export async function findHeld(
  queries: Pick<Queries, 'rows'>,
  tenantNo: number,
  entries: readonly CheckpointHead[],
): Promise<readonly HeldEntry[]> {
  const rows = await queries.rows<{ i: number }>(
    `SELECT x.i FROM jsonb_to_recordset($2::jsonb) AS x (i integer, device text, epoch text, seq bigint, hash text)
     WHERE EXISTS (SELECT 1 FROM ledger_held e WHERE e.tenant_no = $1 AND e.device = x.device COLLATE "C" AND e.epoch = x.epoch COLLATE "C" AND e.seq = x.seq
       AND e.from_seq <= x.seq AND e.to_seq >= x.seq AND e.branch = '' AND sha256(e.canonical) = decode(x.hash, 'hex') OFFSET 0)`,
    [tenantNo, JSON.stringify(entries.map((entry, i) => ({ i, ...entry })))],
  );
  const onMainLine = new Set(rows.map(({ i }) => i));
  const found: HeldEntry[] = [];
  for (const [i, entry] of entries.entries())
    found.push(onMainLine.has(i) ? { ...NONE, on: 'mainLine' } : await findOnBranch(queries, tenantNo, entry));
  return found;
}

/** Back from the entry, hash by hash, to where the main line has what came before. */
async function findOnBranch(
  queries: Pick<Queries, 'rows'>,
  tenantNo: number,
  { device, epoch, seq, hash }: CheckpointHead,
): Promise<HeldEntry> {
  const rows = await queries.rows<{ seq: number; hash: string; canonical: Uint8Array }>(
    `SELECT seq, encode(sha256(canonical), 'hex') AS hash, canonical FROM ledger_entry
     WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND branch <> '' AND seq <= $4`,
    [tenantNo, device, epoch, seq + 1],
  );
  const byHash = new Map(rows.map((row) => [row.hash, row]));
  const previousOf = (canonical: Uint8Array): string => {
    const read = readEntry(canonical);
    assert(read.ok, 'what is held on a branch is an entry');
    return bytesToHex(read.value.previousHash);
  };
  let at = byHash.get(hash);
  if (at === undefined || at.seq !== seq) return NONE;
  const isLast = !rows.some((row) => row.seq === seq + 1 && previousOf(row.canonical) === hash);
  for (;;) {
    const previous = previousOf(at.canonical);
    const before = byHash.get(previous);
    if (before === undefined || before.seq !== at.seq - 1) {
      const isJoined = at.seq > 1 && (await isOnMainLine(queries, tenantNo, { device, epoch, seq: at.seq - 1, hash: previous }));
      return isJoined ? { on: 'branch', from: at.seq, isLast } : NONE;
    }
    at = before;
  }
}

async function isOnMainLine(queries: Pick<Queries, 'rows'>, tenantNo: number, entry: CheckpointHead): Promise<boolean> {
  const { device, epoch, seq, hash } = entry;
  const rows = await queries.rows(
    `SELECT 1 FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq = $4 AND from_seq <= $4 AND to_seq >= $4 AND branch = ''
       AND sha256(canonical) = decode($5, 'hex')`,
    [tenantNo, device, epoch, seq, hash],
  );
  return rows.length > 0;
}
