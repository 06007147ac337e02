/**
 * Whether somebody may do something at this hub: the domain's table, asked of the grants as they are published now. Whoever holds the
 * console's token is headquarters; people of their own come with their own roles.
 */
import { assert, err, type Result } from '@holdfast/base';
import {
  ACTION_NAMES,
  DEFAULT_GRANTS,
  ENTITY_TYPES,
  isAllowed,
  readGrant,
  withAddedActions,
  type Action,
  type Grant,
  type Permission,
  type PermissionRefusal,
  type Principal,
} from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import { findStore, listStores, placesOf } from '../enrolment/stores.ts';
import { principalAt, type Post } from '../sign-in/posts.ts';
import { createTurns, type Turns } from '../turns.ts';

export const CONSOLE: Principal = { user: 'console', roles: ['hq'] };

export interface Permissions {
  /** Where it happens: `global`, `zone:Z` or `store:S`. */
  ask(principal: Principal, action: Action, scope: string): Promise<Result<Permission, PermissionRefusal>>;
  /** Of somebody with the roles of their posts that reach it. */
  askOf(person: Posted, action: Action, scope: string): Promise<Result<Permission, PermissionRefusal>>;
  /** The stores at which they may. */
  storesFor(person: Posted, action: Action): Promise<ReadonlySet<string>>;
  /** All that they may at each of these places. */
  actionsAt(person: Posted, scopes: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<Action>>>;
  /** At each place of theirs, and within it at each that a grant is of: what holds at any other is what holds at the narrowest of these around it. */
  actionsOf(person: Posted): Promise<ReadonlyMap<string, ReadonlySet<Action>>>;
}

export interface Posted {
  readonly user: string;
  readonly posts: readonly Post[];
  /** What a token was made for: beside it nothing may be done, and everything be read. Absent: whatever the posts may. */
  readonly only?: ReadonlySet<Action>;
}

export const isBeyond = ({ only }: Pick<Posted, 'only'>, action: Action): boolean =>
  only !== undefined && action !== 'useConsole' && !only.has(action);

export function createPermissions(database: Database, tenantNo: number): Permissions {
  return {
    ask: async (principal, action, scope) => {
      const scopes = await scopesAt(database, tenantNo, scope);
      return isAllowed(await grantsNow(database, tenantNo), principal, { action, scopes });
    },
    askOf: async (person, action, scope) => {
      if (isBeyond(person, action)) return err({ type: 'notAllowed', detail: { action } });
      const scopes = await scopesAt(database, tenantNo, scope);
      return isAllowed(await grantsNow(database, tenantNo), principalAt(person, scopes), { action, scopes });
    },
    storesFor: async (person, action) => {
      if (isBeyond(person, action)) return new Set();
      const grants = await grantsNow(database, tenantNo);
      const stores = await listStores(database, tenantNo);
      const may = stores.filter((store) => {
        const scopes = placesOf(store);
        return isAllowed(grants, principalAt(person, scopes), { action, scopes }).ok;
      });
      return new Set(may.map(({ store }) => store));
    },
    actionsAt: async (person, asked) => {
      const grants = await grantsNow(database, tenantNo);
      const at = new Map<string, ReadonlySet<Action>>();
      for (const scope of asked) at.set(scope, actionsBy(grants, person, await scopesAt(database, tenantNo, scope)));
      return at;
    },
    actionsOf: async (person) => {
      const grants = await grantsNow(database, tenantNo);
      const at = new Map<string, ReadonlySet<Action>>();
      for (const scope of new Set([...person.posts, ...grants].map((each) => each.scope))) {
        const scopes = await scopesAt(database, tenantNo, scope);
        if (person.posts.some((post) => scopes.includes(post.scope))) at.set(scope, actionsBy(grants, person, scopes));
      }
      return at;
    },
  };
}

function actionsBy(grants: readonly Grant[], person: Posted, scopes: readonly string[]): ReadonlySet<Action> {
  const principal = principalAt(person, scopes);
  return new Set(ACTION_NAMES.filter((action) => !isBeyond(person, action) && isAllowed(grants, principal, { action, scopes }).ok));
}

/** Of each database: those who ask at once share one look, which began after each of them had asked. */
const looks = new WeakMap<Database, Turns<number, readonly Grant[]>>();
const MOST_AT_ONCE = 1_000;

async function grantsNow(database: Database, tenantNo: number): Promise<readonly Grant[]> {
  const held = looks.get(database);
  if (held !== undefined) return held.ask(tenantNo);
  const turns = createTurns<number, readonly Grant[]>({
    most: MOST_AT_ONCE,
    turnsAtOnce: 1,
    isOfOne: () => false,
    take: async (tenants) => {
      const grants = new Map<number, readonly Grant[]>();
      for (const tenant of new Set(tenants)) grants.set(tenant, await grantsOf(database, tenant));
      return tenants.map((tenant) => grants.get(tenant) ?? []);
    },
  });
  looks.set(database, turns);
  return turns.ask(tenantNo);
}

/** A grant that this build cannot read grants nothing. Where a company has none at all, the program's own hold. */
async function grantsOf(database: Database, tenantNo: number): Promise<readonly Grant[]> {
  const { type, columns } = ENTITY_TYPES.roleGrant;
  const rows = await database.rows<{ key: string; scope: string; fields: Readonly<Record<string, boolean | number>> }>(
    'SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND alive',
    [tenantNo, type],
  );
  if (rows.length === 0) return DEFAULT_GRANTS;
  const published = rows.flatMap(({ key, scope, fields }) => {
    const named = Object.fromEntries(columns.map(({ name, number }) => [name, fields[String(number)]]));
    const grant = readGrant(key, scope, named);
    return grant.ok ? [grant.value] : [];
  });
  return withAddedActions(published);
}

/** A store stands in its zone; one that is not there yet stands for itself. */
export async function scopesAt(database: Database, tenantNo: number, scope: string): Promise<readonly string[]> {
  if (scope === 'global') return ['global'];
  const [kind, name] = [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)];
  assert(name !== '', 'a scope names its place');
  const store = kind === 'store' ? await findStore(database, tenantNo, name) : undefined;
  return store === undefined ? ['global', scope] : ['global', `zone:${store.zone}`, scope];
}
