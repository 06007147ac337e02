/**
 * Facts that went beyond an authority (SPEC: O-1, O-2). Each counts as it came; what exceeded stands here until a person has looked. An entry is
 * judged by the policy at the cut that it names; one that names none, by that of the last entry before it that did. Where today's policy says
 * otherwise, that is shown too.
 */
import { assert } from '@holdfast/base';
import {
  excessesOf,
  LEDGER_KINDS,
  type Act,
  type Cut,
  type EntryActs,
  type Excess,
  type ExcessReason,
  type Policy,
} from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import { knownEpochs, lsnOfCut, type KnownEpochs } from '../down/hub-epoch.ts';
import type { JsonFold } from '../ledger/folds.ts';
import { policyAt, scopesOfStore, zoneAt } from './policy.ts';

/** An entry that asks for leave, as it is handed from the fold's rows to its store. */
interface JudgedEntry {
  readonly n: number;
  readonly device: ExceptionPlace;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: number;
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly did: EntryActs;
}

interface ExceptionPlace {
  readonly tenantNo: number;
  readonly device: string;
  readonly store: string;
}

/** Without measure: no number that a person reads. */
const amountOf = ({ amount }: Act): number | null => (amount === Number.MAX_SAFE_INTEGER ? null : amount);

/** What asks nobody's leave costs nothing here. */
export const excessFold: JsonFold = {
  name: 'excesses',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, kind, atMs, did }): readonly JudgedEntry[] =>
      did.acts.length === 0
        ? []
        : [
            {
              n: index,
              device: { tenantNo: run.tenantNo, device: run.device, store: run.store },
              epoch: entry.id.epoch,
              seq: entry.id.seq,
              kind,
              atMs,
              receivedAtMs: run.receivedAtMs,
              did,
            },
          ],
    ),
  store: async (tx, json, base) => {
    const judged = JSON.parse(json) as readonly JudgedEntry[];
    const byDevice = Map.groupBy(judged, ({ device }) => device.device);
    for (const entries of byDevice.values()) await noteExcesses(tx, entries, base);
  },
};

/** Of one device. */
async function noteExcesses(tx: Queries, judged: readonly JudgedEntry[], base: number): Promise<void> {
  const device = judged[0]?.device;
  assert(device !== undefined, 'who did something');
  const users = [...new Set(judged.flatMap(({ did }) => [did.operator, ...did.acts.flatMap(({ approver }) => approver ?? [])]))];
  const policies = createPolicies(tx, device, users);
  const rows: unknown[] = [];
  for (const { n, epoch, seq, kind, atMs, receivedAtMs, did } of judged) {
    const then = await policies.excesses(did, did.cut ?? (await cutBefore(tx, device, { epoch, seq })));
    const today = await policies.excesses(did, undefined);
    const isAmong = (excesses: readonly Excess[], act: Act): boolean => excesses.some((excess) => excess.act === act);
    const shown = [...then, ...today.filter(({ act }) => !isAmong(then, act))];
    rows.push(
      ...shown.map(({ act, because }, index) => ({
        entryNo: base + n,
        number: index + 1,
        epoch,
        seq,
        kind,
        atMs,
        receivedAtMs,
        action: act.action,
        because,
        operator: did.operator,
        approver: act.approver ?? null,
        amount: amountOf(act),
        line: act.line ?? null,
        wasAllowed: !isAmong(then, act),
        isAllowedToday: !isAmong(today, act),
      })),
    );
  }
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO ledger_exception (entry_no, number, tenant_no, device, epoch, seq, store, kind, action, because, operator, approver, amount, line,
       was_allowed, is_allowed_today, at_ms, received_at_ms)
     SELECT x."entryNo", x.number, $1, $2, x.epoch, x.seq, $3, x.kind, x.action, x.because, x.operator, x.approver, x.amount, x.line, x."wasAllowed",
       x."isAllowedToday", x."atMs", x."receivedAtMs"
     FROM jsonb_to_recordset($4::jsonb) AS x ("entryNo" bigint, number integer, epoch text, seq bigint, kind bigint, action text, because text,
       operator text, approver text, amount bigint, line integer, "wasAllowed" boolean, "isAllowedToday" boolean, "atMs" bigint, "receivedAtMs" bigint)`,
    [device.tenantNo, device.device, device.store, JSON.stringify(rows)],
  );
}

interface Policies {
  /** By the policy, and in the zone, of that cut. Undefined, or of a history that this hub does not know: today's. */
  excesses(did: EntryActs, cut: Cut | undefined): Promise<readonly Excess[]>;
}

function createPolicies(tx: Queries, place: ExceptionPlace, users: readonly string[]): Policies {
  const byLsn = new Map<number | null, { readonly policy: Policy; readonly scopes: readonly string[] }>();
  let known: KnownEpochs | undefined;
  return {
    excesses: async (did, cut) => {
      known ??= await knownEpochs(tx, place.tenantNo);
      const lsn = cut === undefined ? null : lsnOfCut(known, cut);
      let judged = byLsn.get(lsn);
      if (judged === undefined) {
        const scopes = scopesOfStore({ store: place.store, zone: await zoneAt(tx, place.tenantNo, place.store, lsn) });
        judged = { scopes, policy: await policyAt(tx, { tenantNo: place.tenantNo, scopes, users, lsn }) };
        byLsn.set(lsn, judged);
      }
      return excessesOf(did, judged.policy, judged.scopes);
    },
  };
}

/** The cut of the last sale or void before it in its epoch; undefined where there is none. */
async function cutBefore(
  tx: Queries,
  device: ExceptionPlace,
  { epoch, seq }: { readonly epoch: string; readonly seq: number },
): Promise<Cut | undefined> {
  const { sale, lineVoid, saleVoid } = LEDGER_KINDS;
  const asked = async (table: 'ledger_entry' | 'ledger_held'): Promise<readonly { readonly canonical: Uint8Array }[]> =>
    tx.rows<{ canonical: Uint8Array }>(
      `SELECT canonical FROM ${table} WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq < $4 AND branch = ''
       AND kind IN (${sale.kind}, ${lineVoid.kind}, ${saleVoid.kind}) ORDER BY seq DESC LIMIT 1`,
      [device.tenantNo, device.device, epoch, seq],
    );
  // Nearly always it is near: what was put away is opened for nothing else.
  const row = (await asked('ledger_entry'))[0] ?? (await asked('ledger_held'))[0];
  const columns = row === undefined ? undefined : readEntry(row.canonical);
  if (columns?.ok !== true) return undefined;
  const [hubEpoch, lsn] = [columns.value.columns.get(CUT_HUB_EPOCH), columns.value.columns.get(CUT_LSN)];
  return typeof hubEpoch === 'string' && typeof lsn === 'number' ? { hubEpoch, lsn } : undefined;
}

const columnOf = (name: string): number => LEDGER_KINDS.sale.columns.find((column) => column.name === name)?.number ?? 0;
const [CUT_HUB_EPOCH, CUT_LSN] = [columnOf('cutHubEpoch'), columnOf('cutLsn')];

export interface ExceptionView {
  readonly entryNo: number;
  readonly number: number;
  /** The entry that it stands in. */
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly store: string;
  readonly lane: number;
  readonly kind: number;
  readonly action: string;
  readonly because: ExcessReason;
  readonly operator: string;
  readonly approver: string | null;
  readonly amount: number | null;
  readonly line: number | null;
  readonly wasAllowed: boolean;
  readonly isAllowedToday: boolean;
  readonly atMs: number;
  readonly clearedBy: string | null;
  readonly clearedAtMs: number | null;
  readonly note: string | null;
}

/** Newest first. */
export async function listExceptions(
  database: Database,
  { tenantNo, open, limit }: { readonly tenantNo: number; readonly open: boolean; readonly limit: number },
): Promise<readonly ExceptionView[]> {
  return database.rows<ExceptionView>(
    `SELECT x.entry_no AS "entryNo", x.number, x.device, x.epoch, x.seq, x.store, d.lane, x.kind, x.action, x.because, x.operator, x.approver, x.amount, x.line,
       x.was_allowed AS "wasAllowed", x.is_allowed_today AS "isAllowedToday", x.at_ms AS "atMs", x.cleared_by AS "clearedBy", x.cleared_at_ms AS "clearedAtMs", x.note
     FROM ledger_exception x JOIN device d ON d.device = x.device
     WHERE x.tenant_no = $1 AND (NOT $2::boolean OR x.cleared_at_ms IS NULL) ORDER BY x.entry_no DESC, x.number LIMIT $3`,
    [tenantNo, open, limit],
  );
}

/** False where there is no such open exception. */
export async function clearException(
  database: Database,
  tenantNo: number,
  place: { readonly entryNo: number; readonly number: number },
  by: { readonly user: string; readonly note: string; readonly nowMs: number },
): Promise<boolean> {
  const cleared = await database.execute(
    `UPDATE ledger_exception SET cleared_by = $4, cleared_at_ms = $5, note = $6
     WHERE tenant_no = $1 AND entry_no = $2 AND number = $3 AND cleared_at_ms IS NULL`,
    [tenantNo, place.entryNo, place.number, by.user, by.nowMs, by.note],
  );
  return cleared > 0;
}
