/**
 * Who might do what at a cut: grants and people as a publication left them. Cells are conflated, so what they were is kept beside them: one row for each
 * change of either, for ever. They are few, and an entry may come years after the policy that it was made under. Of people only their roles are kept.
 */
import { assert } from '@holdfast/base';
import { DEFAULT_GRANTS, ENTITY_TYPES, readGrant, readStaff, ZONE_SETTING, type EntityType, type Policy } from '@holdfast/domain';
import { scopesOfPlace } from '@holdfast/sync';

import type { EntityRow } from '../catalog/changes.ts';
import type { Queries } from '../db/database.ts';
import { DEVICE_ROLES } from '../enrolment/enrol.ts';

const ROLES = String(ENTITY_TYPES.staff.columns.find(({ name }) => name === 'roles')?.number);
const ZONE_TYPE = ENTITY_TYPES.setting.type;
const POLICY_TYPES: readonly number[] = [ENTITY_TYPES.roleGrant.type, ENTITY_TYPES.staff.type];
/** The roles of whoever works at a lane of a company that has told of no people. */
const ONLY_OPERATOR_ROLES = ['manager'];

/** In the transaction that published `rows` under `lsn`. */
export async function recordPolicy(
  tx: Queries,
  { tenantNo, lsn }: { readonly tenantNo: number; readonly lsn: number },
  rows: readonly EntityRow[],
): Promise<void> {
  const keys = rows.filter(({ t }) => POLICY_TYPES.includes(t)).map(({ k }) => k);
  if (keys.length === 0) return;
  await tx.execute(
    `INSERT INTO policy_version (tenant_no, type, key, scope, lsn, fields)
     SELECT tenant_no, type, key, scope, lsn, CASE WHEN NOT alive THEN NULL
       WHEN type = ${ENTITY_TYPES.staff.type} THEN jsonb_build_object('${ROLES}', fields -> '${ROLES}') ELSE fields END
     FROM entity
     WHERE tenant_no = $1 AND lsn = $2 AND type IN (${POLICY_TYPES.join(', ')}) AND key IN (SELECT jsonb_array_elements_text($3::jsonb))
     ON CONFLICT DO NOTHING`,
    [tenantNo, lsn, JSON.stringify(keys)],
  );
}

/** Before a store moves: where it stood until then, if nobody has noted that yet, and where it stands from `lsn` on. Whose people count follows from it. */
export async function recordZone(
  tx: Queries,
  { tenantNo, lsn, scope, zone }: { readonly tenantNo: number; readonly lsn: number; readonly scope: string; readonly zone: unknown },
): Promise<void> {
  await tx.execute(
    `INSERT INTO policy_version (tenant_no, type, key, scope, lsn, fields)
     SELECT $1, ${ZONE_TYPE}, '${ZONE_SETTING}', $2, 0, jsonb_build_object('1', zone) FROM store WHERE tenant_no = $1 AND 'store:' || store = $2
     UNION ALL SELECT $1, ${ZONE_TYPE}, '${ZONE_SETTING}', $2, $3::bigint, jsonb_build_object('1', $4::text) ON CONFLICT DO NOTHING`,
    [tenantNo, scope, lsn, zone],
  );
}

/** Where a store stood at a cut; null: where it stands now. */
export async function zoneAt(queries: Queries, tenantNo: number, store: string, lsn: number | null): Promise<string> {
  const [row] = await queries.rows<{ zone: string }>(
    `SELECT coalesce((SELECT v.fields ->> '1' FROM policy_version v WHERE v.tenant_no = $1 AND v.type = ${ZONE_TYPE} AND v.key = '${ZONE_SETTING}'
       AND v.scope = 'store:' || s.store AND v.lsn <= $3 ORDER BY v.lsn DESC LIMIT 1), s.zone) AS zone FROM store s WHERE s.tenant_no = $1 AND s.store = $2`,
    [tenantNo, store, lsn],
  );
  assert(row !== undefined, 'a device’s store is there');
  return row.zone;
}

/** The publication that brought a store to where it stands now; 0: it never moved. */
export async function movedAt(queries: Queries, tenantNo: number, store: string): Promise<number> {
  const [row] = await queries.rows<{ lsn: number | null }>(
    `SELECT max(lsn) AS lsn FROM policy_version WHERE tenant_no = $1 AND type = ${ZONE_TYPE} AND key = '${ZONE_SETTING}' AND scope = 'store:' || $2`,
    [tenantNo, store],
  );
  return row?.lsn ?? 0;
}

/** What any of a store's devices reads, broadest first: whoever may work at one of them works there. */
export function scopesOfStore(place: { readonly zone: string; readonly store: string }): readonly string[] {
  const byRole = DEVICE_ROLES.map((role) => scopesOfPlace({ ...place, role }));
  return (byRole[0] ?? []).flatMap((_, index) => [...new Set(byRole.flatMap((scopes) => scopes[index] ?? []))]);
}

export interface PolicyQuestion {
  readonly tenantNo: number;
  /** Null: as it is now. */
  readonly lsn: number | null;
  /** Of the place, broadest first: whose people count. */
  readonly scopes: readonly string[];
  /** Whom it may be asked for. */
  readonly users: readonly string[];
}

interface VersionRow {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export async function policyAt(queries: Queries, { tenantNo, lsn, scopes, users }: PolicyQuestion): Promise<Policy> {
  const rows = await queries.rows<VersionRow>(
    `SELECT type, key, scope, fields FROM (
       SELECT DISTINCT ON (type, key, scope) type, key, scope, fields FROM policy_version
       WHERE tenant_no = $1 AND ($2::bigint IS NULL OR lsn <= $2)
         AND (type = ${ENTITY_TYPES.roleGrant.type} OR key IN (SELECT jsonb_array_elements_text($3::jsonb)))
       ORDER BY type, key, scope, lsn DESC) AS held WHERE fields IS NOT NULL`,
    [tenantNo, lsn, JSON.stringify(users)],
  );
  const grants = rows.flatMap(({ type, key, scope, fields }) => {
    const grant = type === ENTITY_TYPES.roleGrant.type ? readGrant(key, scope, named(ENTITY_TYPES.roleGrant, fields)) : undefined;
    return grant?.ok === true ? [grant.value] : [];
  });
  const hasGrants = rows.some(({ type }) => type === ENTITY_TYPES.roleGrant.type);
  const isPeopled = await hasPeople(queries, tenantNo, lsn);
  return {
    grants: hasGrants ? grants : DEFAULT_GRANTS,
    rolesOf: (user) => rolesOf(rows, user, scopes) ?? (isPeopled ? undefined : ONLY_OPERATOR_ROLES),
  };
}

/** A person's narrowest fields at the place. */
function rolesOf(rows: readonly VersionRow[], user: string, scopes: readonly string[]): readonly string[] | undefined {
  const layers = scopes.flatMap(
    (scope) => rows.find((row) => row.type === ENTITY_TYPES.staff.type && row.key === user && row.scope === scope) ?? [],
  );
  if (layers.length === 0) return undefined;
  // What is cleared in a scope is what the broader one says (SPEC: C-8).
  const held = layers.flatMap(({ fields }) => Object.entries(fields).filter(([, value]) => value !== null));
  const staff = readStaff(user, named(ENTITY_TYPES.staff, Object.fromEntries(held)));
  return staff.ok ? staff.value.roles : [];
}

const named = ({ columns }: EntityType, fields: VersionRow['fields']): VersionRow['fields'] =>
  Object.fromEntries(
    columns.flatMap(({ name, number }) => {
      const value = fields[String(number)];
      return value === undefined ? [] : [[name, value]];
    }),
  );

async function hasPeople(queries: Queries, tenantNo: number, lsn: number | null): Promise<boolean> {
  const rows = await queries.rows(
    `SELECT 1 FROM policy_version WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.staff.type} AND ($2::bigint IS NULL OR lsn <= $2) LIMIT 1`,
    [tenantNo, lsn],
  );
  return rows.length > 0;
}
