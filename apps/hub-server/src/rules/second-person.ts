/**
 * What is law, or money of everybody, takes two people: whoever writes it, and another one who may publish there and proves it by their PIN. Where there is no other one it is not asked for: a shop of
 * one person can change its rates.
 */
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import { createPermissions, scopesAt } from '../permissions/permissions.ts';

export interface Approver {
  readonly user: string;
  readonly name: string;
}

const { staff } = ENTITY_TYPES;
const columnOf = (name: string): string => String(staff.columns.find((column) => column.name === name)?.number ?? '');

/** Who may say yes at that place, beside the one who wrote it. */
export async function approversAt(database: Database, tenantNo: number, scope: string, by: string): Promise<readonly Approver[]> {
  const permissions = createPermissions(database, tenantNo);
  const rows = await database.rows<{ user: string; roles: string | null; name: string | null }>(
    `SELECT key AS user, string_agg(fields ->> $3, E'\\n') AS roles, min(fields ->> $4) AS name FROM entity
     WHERE tenant_no = $1 AND type = ${staff.type} AND alive AND scope = ANY($2) AND fields ->> $5 IS NOT NULL AND key <> $6 GROUP BY key ORDER BY key`,
    [tenantNo, await scopesAt(database, tenantNo, scope), columnOf('roles'), columnOf('displayName'), columnOf('pin'), by],
  );
  const approvers: Approver[] = [];
  // Most of a large staff share a role: each is asked about once.
  const known = new Map<string, boolean>();
  for (const { user, roles, name } of rows) {
    const held = [...new Set((roles ?? '').split('\n').filter((role) => role !== ''))].toSorted();
    const text = held.join('\n');
    const may = known.get(text) ?? (await permissions.ask({ user, roles: held }, 'publish', scope)).ok;
    known.set(text, may);
    if (may) approvers.push({ user, name: name ?? user });
  }
  return approvers;
}
