/** Where somebody is on the staff, and in which roles: as it is published now. A post that is told to some devices alone counts for its person all the same. */
import { ENTITY_TYPES, type Principal } from '@holdfast/domain';
import { splitScope } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';

/** On the staff of one place. */
export interface Post {
  /** `global`, `zone:Z` or `store:S`. */
  readonly scope: string;
  readonly roles: readonly string[];
}

const ROLES_COLUMN = String(ENTITY_TYPES.staff.columns.find(({ name }) => name === 'roles')?.number ?? '');

export const rolesOf = (text: string | null): readonly string[] => (text ?? '').split('\n').filter((role) => role !== '');

export async function postsOf(database: Queries, tenantNo: number, person: string): Promise<readonly Post[]> {
  const rows = await database.rows<{ scope: string; roles: string | null }>(
    `SELECT scope, fields ->> $3 AS roles FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.staff.type} AND key = $2 AND alive ORDER BY scope`,
    [tenantNo, person, ROLES_COLUMN],
  );
  return rows.map(({ scope, roles }) => ({ scope: splitScope(scope).scope, roles: rolesOf(roles) }));
}

/** As permissions are asked at a place: with the roles of posts that reach it. */
export const principalAt = (
  { user, posts }: { readonly user: string; readonly posts: readonly Post[] },
  scopes: readonly string[],
): Principal => ({
  user,
  roles: [...new Set(posts.filter(({ scope }) => scopes.includes(scope)).flatMap(({ roles }) => roles))],
});
