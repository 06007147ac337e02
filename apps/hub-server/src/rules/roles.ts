/** What each role may do at a place: the table of permissions as it holds there, and who says so. */
import {
  ACTION_NAMES,
  ACTIONS,
  type Action,
  DEFAULT_GRANTS,
  DEFAULT_ROLES,
  ENTITY_TYPES,
  grantKey,
  type LimitKind,
  readGrant,
  withAddedActions,
} from '@holdfast/domain';

import type { ReadPlace } from '../goods/merged-entities.ts';
import { type RuleChange, type RuleKind, rulesOfPlace } from './rule-changes.ts';

export const ROLE_RULES: RuleKind = { entity: ENTITY_TYPES.roleGrant, read: readGrant, isNarrowest: true };

export interface GrantView {
  readonly role: string;
  readonly action: Action;
  readonly isAllowed: boolean;
  /** In the unit of the action's limit; null: as much as there is. */
  readonly limit: number | null;
  /** The scope that says it there; `program`: nobody does, and it holds as it came. */
  readonly from: string;
  readonly elsewhere: readonly string[];
}

export interface RolesOfPlace {
  readonly scope: string;
  readonly lsn: number;
  /** Those that somebody on the staff has, or that something is said of. */
  readonly roles: readonly { readonly role: string; readonly people: number }[];
  readonly actions: readonly { readonly action: Action; readonly limit: LimitKind }[];
  /** What is not listed is not allowed. */
  readonly grants: readonly GrantView[];
}

export async function rolesOfPlace(place: ReadPlace): Promise<RolesOfPlace> {
  const { scope, lsn, rules } = await rulesOfPlace(place, ROLE_RULES);
  const published = rules.flatMap((rule): readonly GrantView[] => {
    const grant = readGrant(rule.key, rule.from, rule.fields);
    if (!grant.ok) return [];
    const { role, action, isAllowed, limit } = grant.value;
    return [{ role, action, isAllowed: rule.from !== '' && isAllowed, limit: limit ?? null, from: rule.from, elsewhere: rule.elsewhere }];
  });
  const grants = [...published, ...ofProgram(published)];
  const people = await staffByRole(place);
  const roles = [...new Set([...grants.map(({ role }) => role), ...people.keys()])];
  return {
    scope,
    lsn,
    roles: roles.toSorted(byRank).map((role) => ({ role, people: people.get(role) ?? 0 })),
    actions: ACTION_NAMES.map((action) => ({ action, limit: ACTIONS[action] })),
    grants,
  };
}

/** Where nobody says anything of an action it holds as the program has it. */
function ofProgram(published: readonly GrantView[]): readonly GrantView[] {
  const held = published.map(({ role, action, isAllowed, limit, from }) => ({
    role,
    action,
    scope: from,
    isAllowed,
    ...(limit !== null && { limit }),
  }));
  const all = held.length === 0 ? DEFAULT_GRANTS : withAddedActions(held).slice(held.length);
  return all.map(({ role, action, isAllowed, limit }) => ({
    role,
    action,
    isAllowed,
    limit: limit ?? null,
    from: 'program',
    elsewhere: [],
  }));
}

const rankOf = (role: string): number => {
  const rank = DEFAULT_ROLES.findIndex((known) => known === role);
  return rank < 0 ? DEFAULT_ROLES.length : rank;
};
const byRank = (one: string, other: string): number => rankOf(one) - rankOf(other) || (one < other ? -1 : 1);

async function staffByRole({ database, tenantNo }: ReadPlace): Promise<ReadonlyMap<string, number>> {
  const column = String(ENTITY_TYPES.staff.columns.find(({ name }) => name === 'roles')?.number ?? '');
  const rows = await database.rows<{ role: string; people: number }>(
    `SELECT role, count(DISTINCT key)::integer AS people FROM (
       SELECT key, regexp_split_to_table(fields ->> $2, E'\\n') AS role FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.staff.type} AND alive) AS each
     WHERE role <> '' GROUP BY role`,
    [tenantNo, column],
  );
  return new Map(rows.map(({ role, people }) => [role, people]));
}

export interface WrittenGrant {
  readonly role: string;
  readonly action: Action;
  /** Null: the scope says nothing of it any more. */
  readonly isAllowed: boolean | null;
  readonly limit: number | null;
}

export const changeOfGrant = ({ role, action, isAllowed, limit }: WrittenGrant): RuleChange => ({
  key: grantKey(role, action),
  fields: isAllowed === null ? null : { isAllowed, limit: isAllowed ? limit : null },
});
