/**
 * The conflict queue (SPEC: O-6): two values for one thing, with who and when and the rule that decided between them. Nothing waits for it: what the rule
 * decided holds. A person accepts that, corrects it, or has the store's wish judged again by what is so today.
 */
import { ENTITY_TYPES, type EntityType } from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import type { Database, Queries } from '../db/database.ts';

/** What stands against it, and who put it there. */
export interface Standing {
  /** Column number → value. */
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly scope: string;
  readonly lsn: number;
  readonly source: string;
  readonly atMs: number;
}

export interface OurValue {
  /** Column number → value. */
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly by: string;
  /** Empty where no device asked. */
  readonly device: string;
  readonly atMs: number;
  readonly reason: string;
}

export interface RaisedConflict {
  readonly tenantNo: number;
  readonly entryNo: number | null;
  readonly store: string;
  readonly type: number;
  readonly key: string;
  readonly rule: string;
  readonly ours: OurValue;
  readonly theirs: Standing | null;
  readonly raisedAtMs: number;
}

export async function raiseConflict(tx: Queries, conflict: RaisedConflict): Promise<void> {
  const { tenantNo, entryNo, store, type, key, rule, ours, theirs, raisedAtMs } = conflict;
  await tx.execute(
    `INSERT INTO conflict (tenant_no, entry_no, store, type, key, rule, ours, theirs, raised_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)`,
    [tenantNo, entryNo, store, type, key, rule, JSON.stringify(ours), theirs === null ? null : JSON.stringify(theirs), raisedAtMs],
  );
}

export const CONFLICT_ANSWERS = ['accept', 'correct', 'retry'] as const;
export type ConflictAnswer = (typeof CONFLICT_ANSWERS)[number];

interface NamedValues {
  readonly values: Readonly<Record<string, FieldValue>>;
}

export interface ConflictView {
  readonly conflictNo: number;
  readonly store: string;
  /** By its name. */
  readonly entity: string;
  readonly key: string;
  readonly rule: string;
  readonly ours: Omit<OurValue, 'values'> & NamedValues;
  readonly theirs: (Omit<Standing, 'values'> & NamedValues) | null;
  readonly raisedAtMs: number;
  readonly answer: ConflictAnswer | null;
  readonly answeredBy: string | null;
  readonly answeredAtMs: number | null;
}

export interface ConflictRow extends Omit<ConflictView, 'entity' | 'ours' | 'theirs'> {
  readonly type: number;
  readonly entryNo: number | null;
  readonly ours: OurValue;
  readonly theirs: Standing | null;
}

export const CONFLICT_COLUMNS = `conflict_no AS "conflictNo", entry_no AS "entryNo", store, type, key, rule, ours, theirs, raised_at_ms AS "raisedAtMs", answer,
  answered_by AS "answeredBy", answered_at_ms AS "answeredAtMs"`;

const TYPES: readonly EntityType[] = Object.values(ENTITY_TYPES);

function toView({ type, entryNo: _entryNo, ours, theirs, ...rest }: ConflictRow): ConflictView {
  const known = TYPES.find((candidate) => candidate.type === type);
  const named = <T extends NamedValues>(side: T): T => ({
    ...side,
    values: Object.fromEntries(
      Object.entries(side.values).map(([column, value]) => [
        known?.columns.find(({ number }) => String(number) === column)?.name ?? column,
        value,
      ]),
    ),
  });
  return { ...rest, entity: known?.name ?? String(type), ours: named(ours), theirs: theirs === null ? null : named(theirs) };
}

/** Newest first. */
export async function listConflicts(
  database: Database,
  { tenantNo, open, limit }: { readonly tenantNo: number; readonly open: boolean; readonly limit: number },
): Promise<readonly ConflictView[]> {
  const rows = await database.rows<ConflictRow>(
    `SELECT ${CONFLICT_COLUMNS} FROM conflict WHERE tenant_no = $1 AND (NOT $2::boolean OR answer IS NULL) ORDER BY conflict_no DESC LIMIT $3`,
    [tenantNo, open, limit],
  );
  return rows.map(toView);
}
