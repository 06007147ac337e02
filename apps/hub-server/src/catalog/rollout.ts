/**
 * Roll-outs: one change to the catalogue reaches more and more stores, wave by wave; each wave is a publication of its own. In a store that is reached it stands under the store's own scope, over what
 * holds everywhere. It may be paused and gone on with; completed, it holds everywhere and no store's own copy is left; rolled back, each store has again what it had, by one more publication.
 */
import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import type { EntityType } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { entityTypeOf, changesToRows, type EntityChange, type FieldValue } from './changes.ts';
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
  const everywhere = step === 'complete' ? row.changes.map((change): EntityChange => ({ ...change, scope: 'global' })) : [];
  const changes = step === 'complete' || step === 'rollBack' ? [...everywhere, ...restored(row)] : [];
  const published = await ports.catalog.publishIn(tx, `roll-out ${row.rollout}: ${step}`, changes, { by });
  return { row: await save(ports, tx, { ...row, state: STEPS[step].to, reason: step === 'resume' ? null : (reason ?? null) }), published };
}

async function reachNext(ports: RolloutPorts, tx: Queries, row: Row, by: string): Promise<Stepped> {
  const stores = row.waves[row.reached];
  assert(stores !== undefined, `wave ${row.reached} of ${row.waves.length}`);
  const before = [...row.before];
  for (const store of stores) for (const change of row.changes) before.push(await heldAt(ports, tx, store, change));
  const changes = stores.flatMap((store) => row.changes.map((change): EntityChange => ({ ...change, scope: `store:${store}` })));
  const published = await ports.catalog.publishIn(tx, `roll-out ${row.rollout}: wave ${row.reached + 1}`, changes, { by });
  return { row: await save(ports, tx, { ...row, before, reached: row.reached + 1 }), published };
}

/** What each store that was reached had before. */
const restored = (row: Row): readonly EntityChange[] =>
  row.before.map(({ store, type, key, fields }) => ({
    type,
    key,
    scope: `store:${store}`,
    ...(fields === null ? { removed: true as const } : { fields }),
  }));

async function heldAt({ tenantNo }: RolloutPorts, tx: Queries, store: string, change: RolloutChange): Promise<Held> {
  const type = entityTypeOf(change.type);
  assert(type !== undefined, 'a change was judged when its roll-out began');
  const [row] = await tx.rows<{ fields: Readonly<Record<string, FieldValue>> }>(
    'SELECT fields FROM entity WHERE tenant_no = $1 AND type = $2 AND key = $3 AND scope = $4 AND alive',
    [tenantNo, type.type, change.key, `store:${store}`],
  );
  return { store, type: type.name, key: change.key, fields: row === undefined ? null : namedAs(type, change, row.fields) };
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
