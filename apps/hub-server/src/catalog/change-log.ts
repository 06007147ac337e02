/**
 * Who changed what of the catalogue, when, from what and to what: a row for each entity that a publication changed, written in its transaction.
 *
 * Not told: what the hub itself folds out of ledgers, and customers, of whom nothing may be left once they are forgotten. Of staff it is told that a name, an age, a PIN or a badge
 * changed, and never what it was. What a large file makes is counted on its publication, not told one by one: what an entity has is what it began with.
 */
import { ENTITY_TYPES } from '@holdfast/domain';

/** More rows than this at once are a file's: their beginnings are counted. */
export const MOST_TOLD = 500;

const { customer, customerCode, promotionUse, usesCounted, requestAnswer, staff } = ENTITY_TYPES;
const UNTOLD = [customer, customerCode, promotionUse, usesCounted, requestAnswer].map(({ type }) => type);

/** Stands in the place of what is not kept: that it was there. */
const WITHHELD = true;
const PUBLIC_STAFF_FIELDS: ReadonlySet<string> = new Set(['roles', 'isBreakGlass']);
const WITHHELD_COLUMNS = staff.columns.filter(({ name }) => !PUBLIC_STAFF_FIELDS.has(name)).map(({ number }) => `'${number}'`);

/** Whether what is kept of a column says that it was there, and no more. */
export const isWithheld = (type: number, name: string): boolean => type === staff.type && !PUBLIC_STAFF_FIELDS.has(name);

/** SQL: whether changes of that type are told. */
export const isToldSql = (type: string): string => `${type} NOT IN (${UNTOLD.join(', ')})`;

/** SQL: fields, by column number, as they are kept. */
export const keptSql = (type: string, fields: string): string => `CASE WHEN ${type} <> ${staff.type} THEN ${fields} ELSE (
  SELECT jsonb_object_agg(kept.key, CASE WHEN kept.key IN (${WITHHELD_COLUMNS.join(', ')}) AND kept.value <> 'null' THEN '${WITHHELD}' ELSE kept.value END)
  FROM jsonb_each(${fields}) AS kept) END`;
