/** Tenders as headquarters write them: what a store takes in payment. */
import { ENTITY_TYPES, readTenderType } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import type { JudgedRule, RuleKind } from './rule-changes.ts';

export const TENDER_RULES: RuleKind = { entity: ENTITY_TYPES.tenderType, read: (key, _scope, fields) => readTenderType(key, fields) };

/** Goods that a benefit pays for are named by their tax class: one that is not there pays for nothing, and nobody would see why. */
export const createTenderJudge =
  (tenantNo: number) =>
  async ({ key, before, after }: JudgedRule, queries: Queries): Promise<string | undefined> => {
    const [was, is] = [before && readTenderType(key, before), after && readTenderType(key, after)];
    if (is?.ok !== true) return undefined;
    if (was?.ok === true && was.value.kind !== is.value.kind)
      return `a ${was.value.kind} does not become a ${is.value.kind}: sales name it as what it was. Make another one`;
    const named = [...(is.value.eligible?.taxClasses ?? [])];
    if (named.length === 0) return undefined;
    const held = await queries.rows<{ key: string }>(
      `SELECT DISTINCT key FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.tax.type} AND alive AND key = ANY($2)`,
      [tenantNo, named],
    );
    const missing = named.find((taxClass) => !held.some((each) => each.key === taxClass));
    return missing === undefined ? undefined : `there is no tax class ${missing}`;
  };
