/**
 * What stores ask for (SPEC: O rules): folded out of the ledger, decided behind it, one after the other in the order in which they came. Deciding
 * publishes, so it takes the sequencer's lock first and is no part of taking a batch in. The answer and what it makes of the request are one
 * publication: a lane sees both at once, or neither.
 */
import { assert, type Clock } from '@holdfast/base';
import {
  answerKey,
  decideOverride,
  ENTITY_TYPES,
  isAllowed,
  overrideQuestion,
  type OverrideDecision,
  type UnitPrice,
} from '@holdfast/domain';
import { scopesOfPlace } from '@holdfast/sync';

import type { EntityRow, FieldValue } from '../catalog/changes.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { knownEpochs, lsnOfCut } from '../down/hub-epoch.ts';
import type { HubIdentity } from '../identity.ts';
import type { JsonFold } from '../ledger/folds.ts';
import { raiseConflict, type Standing } from './conflicts.ts';
import { movedAt, policyAt, scopesOfStore, zoneAt } from './policy.ts';

export interface RequestPorts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly identity: HubIdentity;
  readonly clock: Clock;
}

/** Of one publication. */
const MOST_AT_ONCE = 200;

/** Practice asks for nothing. */
export const requestFold: JsonFold = {
  name: 'requests of stores',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, atMs, request }) =>
      request === null || request.training
        ? []
        : [
            {
              n: index,
              t: run.tenantNo,
              d: run.device,
              e: entry.id.epoch,
              q: entry.id.seq,
              s: run.store,
              o: request.operator,
              y: request.entityType,
              k: request.key,
              f: Object.fromEntries(request.values),
              r: request.reason,
              be: request.basedOn.hubEpoch,
              bl: request.basedOn.lsn,
              at: atMs,
              ra: run.receivedAtMs,
            },
          ],
    ),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO store_request (entry_no, tenant_no, device, epoch, seq, store, operator, type, key, fields, reason, based_on_epoch, based_on_lsn, at_ms,
         received_at_ms, state)
       SELECT $1 + x.n, x.t, x.d, x.e, x.q, x.s, x.o, x.y, x.k, x.f, x.r, x.be, x.bl, x.at, x.ra, 'waiting'
       FROM jsonb_to_recordset($2::jsonb) AS x (n integer, t integer, d text, e text, q bigint, s text, o text, y integer, k text, f jsonb, r text, be text,
         bl bigint, at bigint, ra bigint)`,
      [base, json],
    );
  },
};

export interface RequestRow {
  readonly entryNo: number;
  readonly device: string;
  readonly role: string;
  readonly epoch: string;
  readonly seq: number;
  readonly store: string;
  /** Where the store stands now. */
  readonly zone: string;
  readonly operator: string;
  readonly type: number;
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly reason: string;
  readonly basedOnEpoch: string;
  readonly basedOnLsn: number;
  readonly atMs: number;
}

export const REQUEST_COLUMNS = `r.entry_no AS "entryNo", r.device, (SELECT d.role FROM device d WHERE d.device = r.device) AS role, r.epoch, r.seq, r.store, s.zone, r.operator, r.type, r.key, r.fields, r.reason,
  r.based_on_epoch AS "basedOnEpoch", r.based_on_lsn AS "basedOnLsn", r.at_ms AS "atMs"`;

export interface RequestDesk {
  /** Decides what waits, behind whoever calls. What could not be decided is tried again with the next call. */
  call(): void;
  /** Once nothing is under way. */
  settled(): Promise<void>;
}

export function createRequestDesk(ports: RequestPorts, onFailure: (error: unknown) => void): RequestDesk {
  let isDue = false;
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      try {
        await settleRequests(ports);
      } catch (error) {
        isDue = true;
        return onFailure(error);
      }
    }
    return undefined;
  };
  return {
    call: () => {
      isDue = true;
      if (working !== undefined) return;
      working = work().finally(() => {
        working = undefined;
      });
    },
    settled: async () => working,
  };
}

/** Until none waits. Safe to be called by several replicas at once, and after a crash: what is not answered is answered. */
async function settleRequests(ports: RequestPorts): Promise<void> {
  for (;;) {
    const waiting = await ports.database.rows(`SELECT 1 FROM store_request WHERE tenant_no = $1 AND state = 'waiting' LIMIT 1`, [
      ports.identity.tenantNo,
    ]);
    if (waiting.length === 0) return;
    ports.catalog.announce(await ports.database.transaction(async (tx) => settleNext(ports, tx)));
  }
}

async function settleNext(ports: RequestPorts, tx: Queries): Promise<Published> {
  const { tenantNo } = ports.identity;
  const publication = await ports.catalog.open(tx, 'answers to stores');
  // Of one thing only the oldest: what follows is judged by what that one made of it.
  const requests = await tx.rows<RequestRow>(
    `SELECT ${REQUEST_COLUMNS} FROM (
       SELECT DISTINCT ON (store, type, key) * FROM store_request WHERE tenant_no = $1 AND state = 'waiting' ORDER BY store, type, key, entry_no) AS r
     JOIN store s ON s.tenant_no = $1 AND s.store = r.store ORDER BY r.entry_no LIMIT ${MOST_AT_ONCE}`,
    [tenantNo],
  );
  const settled: (readonly [RequestRow, Judgement])[] = [];
  for (const request of requests) settled.push([request, await judgeRequest(ports, tx, request)]);
  await publication.put(settled.flatMap(([request, judgement]) => rowsOf(request, judgement)));
  const published = await publication.finish();
  for (const [request, judgement] of settled) {
    await noteAnswer(tx, request, judgement, published.lsn);
    if (judgement.decision.status === 'accepted') continue;
    await raiseConflict(tx, {
      tenantNo,
      entryNo: request.entryNo,
      store: request.store,
      type: request.type,
      key: request.key,
      rule: judgement.decision.rule,
      ours: { values: request.fields, by: request.operator, device: request.device, atMs: request.atMs, reason: request.reason },
      theirs: judgement.theirs,
      raisedAtMs: ports.clock.nowMs(),
    });
  }
  return published;
}

export async function noteAnswer(
  tx: Queries,
  { entryNo }: RequestRow,
  { decision, differsToday }: Judgement,
  lsn: number | null,
): Promise<void> {
  await tx.execute('UPDATE store_request SET state = $2, rule = $3, differs_today = $4, lsn = $5 WHERE entry_no = $1', [
    entryNo,
    decision.status,
    decision.rule,
    differsToday,
    lsn,
  ]);
}

/** The answer, and what was granted. */
export function rowsOf(
  { device, epoch, seq, store, type, key, fields }: RequestRow,
  { decision, grantedAt }: Pick<Judgement, 'decision' | 'grantedAt'>,
): readonly EntityRow[] {
  const scope = `store:${store}`;
  const answer = { t: ENTITY_TYPES.requestAnswer.type, k: answerKey(device, epoch, seq), s: scope };
  const granted: readonly EntityRow[] = decision.status === 'accepted' ? [{ t: type, k: key, s: grantedAt, f: fields }] : [];
  return [{ ...answer, f: { '1': decision.status, '2': decision.rule } }, ...granted];
}

export interface Judgement {
  readonly decision: OverrideDecision;
  /** By today's policy the answer would have been another one. */
  readonly differsToday: boolean;
  readonly theirs: Standing | null;
  /** Where what is granted is published. */
  readonly grantedAt: string;
}

/** `asOfNow`: as if it were asked now, by whoever sees what stands now. */
export async function judgeRequest(ports: RequestPorts, tx: Queries, request: RequestRow, asOfNow = false): Promise<Judgement> {
  const { tenantNo } = ports.identity;
  const { store, zone, role } = request;
  const basedOn = { hubEpoch: request.basedOnEpoch, lsn: request.basedOnLsn };
  const basedOnLsn = asOfNow ? null : lsnOfCut(await knownEpochs(tx, tenantNo), basedOn);
  const zoneThen = basedOnLsn === null ? zone : await zoneAt(tx, tenantNo, store, basedOnLsn);
  const held = await heldOf(tx, tenantNo, request, [...new Set([zone, zoneThen].flatMap((each) => scopesOfStore({ zone: each, store })))]);
  const feeding = inOrder(held, scopesOfStore({ zone, store }));
  const standing = inOrder(held, scopesOfPlace({ zone, store, role }));
  const values = new Map(Object.entries(request.fields).map(([column, value]) => [Number(column), value ?? '']));
  const question = overrideQuestion({ entityType: request.type, key: request.key, values }, priceOf(standing));
  const may = async (lsn: number | null): Promise<boolean> => {
    if (!question.ok) return false;
    const scopes = scopesOfStore({ store, zone: lsn === null ? zone : zoneThen });
    const policy = await policyAt(tx, { tenantNo, lsn, scopes, users: [request.operator] });
    if ('ownOf' in question.value) return question.value.ownOf === request.operator && policy.rolesOf(request.operator) !== undefined;
    const principal = { user: request.operator, roles: policy.rolesOf(request.operator) ?? [] };
    return isAllowed(policy.grants, principal, { ...question.value, scopes }).ok;
  };
  const today = await may(null);
  const then = basedOnLsn === null ? today : await may(basedOnLsn);
  const columns = Object.keys(request.fields);
  const [saw, stands] = [inOrder(held, scopesOfPlace({ zone: zoneThen, store, role })), standing].map((rows) =>
    rows.findLast(({ alive, fields }) => alive && columns.some((column) => (fields[column] ?? null) !== null)),
  );
  // Where the store moved to or from a zone that has its own word on it, that is a change, too.
  const moved = saw?.scope === stands?.scope ? [] : [{ ...(stands ?? saw)!, changedAt: await movedAt(tx, tenantNo, store) }];
  const newest = [...feeding, ...moved].reduce<Feeding | undefined>(
    (most, row) => (row.changedAt > (most?.changedAt ?? 0) ? row : most),
    undefined,
  );
  const decision = decideOverride({
    isOverridable: question.ok,
    isAllowed: then,
    changedAtLsn: asOfNow ? 0 : (newest?.changedAt ?? 0),
    // Of a history that is not this hub's nothing is known: whatever stands, its author has not seen it.
    basedOnLsn: basedOnLsn ?? 0,
  });
  const shown = newest ?? standing.at(-1);
  // What is a person's own is theirs wherever they work: it stays where headquarters keeps it.
  const home = feeding.findLast(({ alive, fields }) => alive && columns.every((column) => column in fields));
  const isOwn = question.ok && 'ownOf' in question.value;
  const grantedAt = isOwn && home !== undefined ? home.scope : `store:${store}`;
  return { decision, grantedAt, differsToday: then !== today, theirs: shown === undefined ? null : await standingOf(tx, tenantNo, shown) };
}

interface Feeding {
  readonly scope: string;
  readonly alive: boolean;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The last change of what the request is about, by anybody but this store's own answered requests; 0: none. */
  readonly changedAt: number;
  readonly lsn: number;
}

const inOrder = (held: readonly Feeding[], scopes: readonly string[]): readonly Feeding[] =>
  scopes.flatMap((scope) => held.find((row) => row.scope === scope) ?? []);

/** What the scopes hold of it. */
async function heldOf(tx: Queries, tenantNo: number, request: RequestRow, scopes: readonly string[]): Promise<readonly Feeding[]> {
  const rows = await tx.rows<{
    readonly scope: string;
    readonly alive: boolean;
    readonly fields: Readonly<Record<string, FieldValue>>;
    readonly stamps: Readonly<Record<string, number>>;
    readonly base_lsn: number;
    readonly existence_lsn: number;
    readonly lsn: number;
  }>(
    `SELECT scope, alive, fields, stamps, base_lsn, existence_lsn, lsn FROM entity
     WHERE tenant_no = $1 AND key = $2 AND type = $3 AND scope IN (SELECT jsonb_array_elements_text($4::jsonb))`,
    [tenantNo, request.key, request.type, JSON.stringify(scopes)],
  );
  const answered = await tx.rows<{ lsn: number }>(
    // What came behind it was answered before only where this one was set aside meanwhile: the newer word stands.
    `SELECT lsn FROM store_request WHERE tenant_no = $1 AND store = $2 AND type = $3 AND key = $4 AND state = 'accepted' AND lsn IS NOT NULL AND entry_no < $5`,
    [tenantNo, request.store, request.type, request.key, request.entryNo],
  );
  const own = new Set(answered.map(({ lsn }) => lsn));
  const columns = Object.keys(request.fields);
  return rows.map((row) => {
    const stamps = [row.existence_lsn, ...(row.alive ? columns.map((column) => row.stamps[column] ?? row.base_lsn) : [])];
    const byOthers = stamps.filter((stamp) => !own.has(stamp));
    return { scope: row.scope, alive: row.alive, fields: row.fields, changedAt: Math.max(0, ...byOthers), lsn: row.lsn };
  });
}

/** The price that holds at the store now; of goods without one, none. */
function priceOf(feeding: readonly Feeding[]): UnitPrice | undefined {
  const narrowest = feeding.findLast(({ alive }) => alive);
  const column = (name: string): FieldValue | undefined => {
    const number = ENTITY_TYPES.price.columns.find((candidate) => candidate.name === name)?.number;
    return narrowest?.fields[String(number)];
  };
  const [amount, decimals] = [column('amount'), column('decimals')];
  return typeof amount === 'number' && typeof decimals === 'number' ? { amount, decimals } : undefined;
}

async function standingOf(tx: Queries, tenantNo: number, { scope, fields, changedAt, lsn }: Feeding): Promise<Standing> {
  const at = changedAt === 0 ? lsn : changedAt;
  const [publication] = await tx.rows<{ source: string; atMs: number }>(
    'SELECT source, published_at_ms AS "atMs" FROM publication WHERE tenant_no = $1 AND lsn = $2',
    [tenantNo, at],
  );
  assert(publication !== undefined, 'what stands was published');
  return { values: fields, scope, lsn: at, ...publication };
}
