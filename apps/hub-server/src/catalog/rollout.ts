/**
 * Roll-outs: one change to the catalogue reaches more and more stores, wave by wave; each wave is a publication of its own. In a store that is reached it stands under the store's own scope, over what
 * holds everywhere. It may be paused and gone on with; completed, it holds everywhere and no store's own copy is left; rolled back, each store has again what it had, by one more publication.
 * What somebody wrote in a store since it was reached stands. Two that are under way never write one entity in one store: neither would know what the store had.
 */
import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import { ENTITY_TYPES, type EntityType } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { entityTypeOf, changesToRows, type EntityChange, type EntityRow, type FieldValue } from './changes.ts';
import { LoopFault } from './loops.ts';
import type { Catalog, Published } from './publish.ts';

type RolloutState = 'running' | 'paused' | 'completed' | 'rolledBack';

/** As `EntityChange`, under no scope. */
export interface RolloutChange {
  readonly type: string | number;
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

export interface Rollout {
  readonly rollout: number;
  readonly name: string;
  readonly waves: readonly (readonly string[])[];
  /** Waves that were published. */
  readonly reached: number;
  readonly state: RolloutState;
  readonly reason: string | null;
  readonly changedAtMs: number;
}

export type RolloutStep = 'advance' | 'pause' | 'resume' | 'complete' | 'rollBack';

export type RolloutError =
  | { readonly type: 'badChange'; readonly reason: string }
  | { readonly type: 'noSuchStore'; readonly store: string }
  | { readonly type: 'noSuchRollout' }
  | { readonly type: 'notNow'; readonly state: RolloutState };

export interface RolloutPorts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly tenantNo: number;
  readonly clock: Clock;
}

export interface Rollouts {
  list(): Promise<readonly Rollout[]>;
  /** Reaches its first wave at once. */
  start(
    wanted: Pick<Rollout, 'name' | 'waves'> & { readonly changes: readonly RolloutChange[]; readonly by: string },
  ): Promise<Result<Rollout, RolloutError>>;
  take(rollout: number, taken: Taken): Promise<Result<Rollout, RolloutError>>;
  /** Stores that a roll-out reaches: whose permission it takes. */
  scopesOf(rollout: number): Promise<readonly string[]>;
}

export interface Taken {
  readonly step: RolloutStep;
  readonly by: string;
  readonly reason?: string | undefined;
}

interface Row extends Rollout {
  readonly changes: readonly RolloutChange[];
  readonly before: readonly Held[];
}

/** What a store had of its own of one entity: fields by name, those that the roll-out writes; null where it had none. */
interface Held {
  readonly store: string;
  readonly type: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldValue>> | null;
}

const COLUMNS = 'rollout_no AS rollout, name, changes, waves, reached, state, reason, before, changed_at_ms AS "changedAtMs"';

/** Which states a step is taken from, and where it leads. */
const STEPS: Readonly<Record<RolloutStep, { readonly from: readonly RolloutState[]; readonly to: RolloutState }>> = {
  advance: { from: ['running'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  complete: { from: ['running'], to: 'completed' },
  rollBack: { from: ['running', 'paused'], to: 'rolledBack' },
};

const shown = ({ changes: _changes, before: _before, ...rollout }: Row): Rollout => rollout;

export function createRollouts(ports: RolloutPorts): Rollouts {
  const { database, catalog, tenantNo } = ports;
  const find = async (tx: Queries, rollout: number): Promise<Row | undefined> => {
    const [row] = await tx.rows<Row>(`SELECT ${COLUMNS} FROM rollout WHERE tenant_no = $1 AND rollout_no = $2`, [tenantNo, rollout]);
    return row;
  };
  /** The tenant's row is the sequencer of publications: who holds its lock takes the next step alone. */
  const lock = async (tx: Queries): Promise<unknown> => tx.rows('SELECT lsn FROM tenant WHERE tenant_no = $1 FOR UPDATE', [tenantNo]);
  return {
    list: async () => {
      const rows = await database.rows<Row>(`SELECT ${COLUMNS} FROM rollout WHERE tenant_no = $1 ORDER BY rollout_no DESC LIMIT 200`, [
        tenantNo,
      ]);
      return rows.map(shown);
    },
    scopesOf: async (rollout) => {
      const row = await find(database, rollout);
      return row === undefined ? [] : ['global', ...row.waves.flat().map((store) => `store:${store}`)];
    },
    start: async ({ name, waves, changes, by }) => {
      const judged = changesToRows(changes.map((change) => ({ ...change, scope: 'global' })));
      if (!judged.ok) return err({ type: 'badChange', reason: judged.error.reason });
      if (judged.value.length < changes.length) return err({ type: 'badChange', reason: 'one entity is changed twice' });
      if (new Set(waves.flat()).size < waves.flat().length) return err({ type: 'badChange', reason: 'one store is reached twice' });
      const stranger = await findStranger(database, tenantNo, waves.flat());
      if (stranger !== undefined) return err({ type: 'noSuchStore', store: stranger });
      const stepped = await inTransaction(database, async (tx) => {
        await lock(tx);
        const other = await findOther(tx, tenantNo, waves.flat(), judged.value);
        if (other !== undefined) return err({ type: 'badChange', reason: other });
        const [{ next } = { next: 1 }] = await tx.rows<{ next: number }>(
          'SELECT coalesce(max(rollout_no), 0) + 1 AS next FROM rollout WHERE tenant_no = $1',
          [tenantNo],
        );
        const fresh: Row = { rollout: next, name, waves, changes, reached: 0, state: 'running', reason: null, before: [], changedAtMs: 0 };
        await tx.execute(
          `INSERT INTO rollout (tenant_no, rollout_no, name, changes, waves, reached, state, before, changed_at_ms)
           VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, 0, 'running', '[]', $6)`,
          [tenantNo, next, name, JSON.stringify(changes), JSON.stringify(waves), ports.clock.nowMs()],
        );
        return ok(await reachNext(ports, tx, fresh, by));
      });
      if (!stepped.ok) return stepped;
      catalog.announce(stepped.value.published);
      return ok(shown(stepped.value.row));
    },
    take: async (rollout, taking) => {
      const { step } = taking;
      const taken = await inTransaction(database, async (tx) => {
        await lock(tx);
        const row = await find(tx, rollout);
        if (row === undefined) return err({ type: 'noSuchRollout' });
        const isPast = step === 'advance' && row.reached === row.waves.length;
        if (isPast || !STEPS[step].from.includes(row.state)) return err({ type: 'notNow', state: row.state });
        return ok(await takeStep(ports, tx, row, taking));
      });
      if (!taken.ok) return taken;
      catalog.announce(taken.value.published);
      return ok(shown(taken.value.row));
    },
  };
}

async function findStranger(database: Database, tenantNo: number, stores: readonly string[]): Promise<string | undefined> {
  const held = await database.rows<{ store: string }>('SELECT store FROM store WHERE tenant_no = $1 AND store = ANY($2)', [
    tenantNo,
    stores,
  ]);
  return stores.find((store) => !held.some((known) => known.store === store));
}

/** Why it cannot begin beside another one that is under way. */
async function findOther(
  tx: Queries,
  tenantNo: number,
  stores: readonly string[],
  rows: readonly EntityRow[],
): Promise<string | undefined> {
  const others = await tx.rows<Row>(
    `SELECT ${COLUMNS} FROM rollout WHERE tenant_no = $1 AND state IN ('running', 'paused') ORDER BY rollout_no`,
    [tenantNo],
  );
  const written = new Set(rows.map(({ t, k }) => JSON.stringify([t, k])));
  for (const { rollout, waves, changes } of others) {
    const store = waves.flat().find((reached) => stores.includes(reached));
    const change = changes.find(({ type, key }) => written.has(JSON.stringify([entityTypeOf(type)?.type, key])));
    if (store !== undefined && change !== undefined) return `roll-out ${rollout} is under way with ${change.key} in store ${store}`;
  }
  return undefined;
}

interface Stepped {
  readonly row: Row;
  readonly published: Published;
}

type SteppedOrNot = Result<Stepped, RolloutError>;

/** What leads back to itself is only seen once it would hold: the transaction is rolled back, and the refusal is that of any publication. */
async function inTransaction(database: Database, work: (tx: Queries) => Promise<SteppedOrNot>): Promise<SteppedOrNot> {
  try {
    return await database.transaction(work);
  } catch (error) {
    if (error instanceof LoopFault) return err({ type: 'badChange', reason: error.message });
    throw error;
  }
}

async function takeStep(ports: RolloutPorts, tx: Queries, row: Row, { step, by, reason }: Taken): Promise<Stepped> {
  if (step === 'advance') return reachNext(ports, tx, row, by);
  const publication = await ports.catalog.open(tx, `roll-out ${row.rollout}: ${step}`);
  if (step === 'complete') await publication.put(rowsOf(row.changes.map((change) => ({ ...change, scope: 'global' }))));
  if (step === 'complete' || step === 'rollBack') await publication.put(await restored(ports, tx, row));
  const published = await publication.finish({ by });
  return { row: await save(ports, tx, { ...row, state: STEPS[step].to, reason: step === 'resume' ? null : (reason ?? null) }), published };
}

/** Of what was judged when the roll-out began. */
function rowsOf(changes: readonly EntityChange[]): readonly EntityRow[] {
  const rows = changesToRows(changes);
  assert(rows.ok, rows.ok ? '' : rows.error.reason);
  return rows.value;
}

async function reachNext(ports: RolloutPorts, tx: Queries, row: Row, by: string): Promise<Stepped> {
  const stores = row.waves[row.reached];
  assert(stores !== undefined, `wave ${row.reached} of ${row.waves.length}`);
  const places = stores.flatMap((store) => row.changes.map((change): Place => ({ store, change })));
  const held = await fieldsHeld(tx, ports.tenantNo, places);
  const before = [...row.before, ...places.map((place, index) => heldAt(place, held.get(index)))];
  const changes = stores.flatMap((store) => row.changes.map((change): EntityChange => ({ ...change, scope: `store:${store}` })));
  const published = await ports.catalog.publishIn(tx, `roll-out ${row.rollout}: wave ${row.reached + 1}`, changes, { by });
  return { row: await save(ports, tx, { ...row, before, reached: row.reached + 1 }), published };
}

/** A store, and what is written there. */
interface Place {
  readonly store: string;
  readonly change: RolloutChange;
}

/** What each store that was reached had before, but where somebody wrote something else since. */
async function restored({ tenantNo }: RolloutPorts, tx: Queries, { before, changes }: Row): Promise<readonly EntityRow[]> {
  const nameOf = (type: string | number, key: string): string => JSON.stringify([entityTypeOf(type)?.type, key]);
  const byName = new Map(changes.map((change) => [nameOf(change.type, change.key), change]));
  const places = before.map(({ store, type, key }): Place => {
    const change = byName.get(nameOf(type, key));
    assert(change !== undefined, 'what a store had is of what its roll-out writes');
    return { store, change };
  });
  const now = await fieldsHeld(tx, tenantNo, places);
  return places.flatMap((place, index) => {
    const [had, held] = [before[index]?.fields ?? null, now.get(index)];
    return held === undefined ? [] : restoredRows(place, had, held);
  });
}

/** Whoever writes some of one means all of it. */
const ONE_WORD: readonly number[] = [ENTITY_TYPES.price.type, ENTITY_TYPES.roleGrant.type];

/**
 * None: it is somebody else's word by now; of a price or a grant, whoever wrote some of it means all of it. Fields that the store never had are cleared again, also those without which nothing could stand alone.
 */
function restoredRows({ store, change }: Place, had: Held['fields'], now: Numbered): readonly EntityRow[] {
  const [written] = rowsOf([{ ...change, scope: `store:${store}` }]);
  assert(written !== undefined, 'a change has its row');
  const asWritten = Object.keys(written.f).filter((column) => (now[column] ?? null) === written.f[column]);
  const isAsLeft =
    asWritten.length === Object.keys(written.f).length &&
    (had !== null || Object.entries(now).every(([column, value]) => value === null || Object.hasOwn(written.f, column)));
  if (asWritten.length === 0 || (ONE_WORD.includes(written.t) && !isAsLeft)) return [];
  const place = { t: written.t, k: written.k, s: written.s };
  if (had === null && isAsLeft) return [{ ...place, f: {}, r: true }];
  const before = numbered(change, had ?? {});
  return [{ ...place, f: Object.fromEntries(asWritten.map((column) => [column, before[column] ?? null])) }];
}

type Numbered = Readonly<Record<string, FieldValue>>;

function numbered({ type: of }: RolloutChange, fields: Readonly<Record<string, FieldValue>>): Numbered {
  const columns = entityTypeOf(of)?.columns ?? [];
  return Object.fromEntries(columns.flatMap(({ name, number }) => (fields[name] === undefined ? [] : [[String(number), fields[name]]])));
}

function heldAt({ store, change }: Place, fields: Numbered | undefined): Held {
  const type = entityTypeOf(change.type);
  assert(type !== undefined, 'a change was judged when its roll-out began');
  return { store, type: type.name, key: change.key, fields: fields === undefined ? null : namedAs(type, change, fields) };
}

/** What stores have of their own, by the index of the place. */
async function fieldsHeld(tx: Queries, tenantNo: number, places: readonly Place[]): Promise<ReadonlyMap<number, Numbered>> {
  const asked = places.map(({ store, change }, n) => ({ n, t: entityTypeOf(change.type)?.type, k: change.key, s: `store:${store}` }));
  const rows = await tx.rows<{ n: number; fields: Numbered }>(
    `SELECT x.n, held.fields FROM jsonb_to_recordset($2::jsonb) AS x (n integer, t integer, k text COLLATE "C", s text COLLATE "C")
     CROSS JOIN LATERAL (SELECT fields FROM entity WHERE tenant_no = $1 AND key = x.k AND type = x.t AND scope = x.s AND alive LIMIT 1) AS held`,
    [tenantNo, JSON.stringify(asked)],
  );
  return new Map(rows.map(({ n, fields }) => [n, fields]));
}

/** Those fields that the change writes, by name; null where the store had none. */
function namedAs(
  type: EntityType,
  change: RolloutChange,
  held: Readonly<Record<string, FieldValue>>,
): Readonly<Record<string, FieldValue>> {
  const named: Record<string, FieldValue> = {};
  for (const { name, number } of type.columns) if (change.fields[name] !== undefined) named[name] = held[String(number)] ?? null;
  return named;
}

async function save({ tenantNo, clock }: RolloutPorts, tx: Queries, row: Row): Promise<Row> {
  const changedAtMs = clock.nowMs();
  await tx.execute(
    'UPDATE rollout SET reached = $3, state = $4, reason = $5, before = $6::jsonb, changed_at_ms = $7 WHERE tenant_no = $1 AND rollout_no = $2',
    [tenantNo, row.rollout, row.reached, row.state, row.reason, JSON.stringify(row.before), changedAtMs],
  );
  return { ...row, changedAtMs };
}
