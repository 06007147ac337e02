/** Who is on the staff of which place, for people at headquarters: as it is published now, and never what somebody proves themselves by. */
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Database } from '../db/database.ts';

export interface StaffView {
  readonly user: string;
  /** `global`, `zone:Z` or `store:S`. */
  readonly scope: string;
  readonly name?: string;
  readonly roles: readonly string[];
  readonly hasPin: boolean;
  readonly hasBadge: boolean;
  /** The code in the envelope. */
  readonly isBreakGlass: boolean;
}

/** By name, then key and place. */
export async function listStaff(database: Database, tenantNo: number): Promise<readonly StaffView[]> {
  const { type, columns } = ENTITY_TYPES.staff;
  const rows = await database.rows<{ key: string; scope: string; fields: Readonly<Record<string, boolean | number | string>> }>(
    'SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND alive',
    [tenantNo, type],
  );
  const people = rows.map(({ key, scope, fields }): StaffView => {
    const named = Object.fromEntries(columns.map(({ name, number }) => [name, fields[String(number)]]));
    const { roles, displayName } = named;
    return {
      user: key,
      scope,
      ...(typeof displayName === 'string' && displayName !== '' && { name: displayName }),
      roles: typeof roles === 'string' ? roles.split('\n').filter((role) => role !== '') : [],
      hasPin: typeof named['pin'] === 'string',
      hasBadge: typeof named['badge'] === 'string',
      isBreakGlass: named['isBreakGlass'] === true,
    };
  });
  const orderOf = ({ name, user, scope }: StaffView): string => `${(name ?? user).toLowerCase()}\u0000${user}\u0000${scope}`;
  return people.toSorted((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1));
}
