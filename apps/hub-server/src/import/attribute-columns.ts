/** Columns of a goods list that are attributes: `attr:` and the code of one. */
import { err, ok, type Result } from '@holdfast/base';
import { admitsCategory, type Attribute, attributeValueOf } from '@holdfast/domain';

import { cellsOf, type ColumnsError } from './columns.ts';
import { refuse, type Refusal } from './refusal.ts';

export interface AttributeColumn {
  readonly attribute: Attribute;
  readonly index: number;
}

export const ATTRIBUTE_COLUMN = 'attr:';

/** Who names an attribute means one: a column of none is not left alone, as others are. */
export function findAttributeColumns(
  header: readonly string[],
  attributes: ReadonlyMap<string, Attribute>,
): Result<readonly AttributeColumn[], ColumnsError> {
  const columns: AttributeColumn[] = [];
  for (const [index, text] of header.entries()) {
    const name = text.trim().toLowerCase();
    if (!name.startsWith(ATTRIBUTE_COLUMN)) continue;
    const attribute = attributes.get(name.slice(ATTRIBUTE_COLUMN.length).trim());
    if (attribute === undefined) return err({ type: 'badColumns', reason: `there is no attribute for the column ${text.slice(0, 80)}` });
    if (columns.some((column) => column.attribute === attribute))
      return err({ type: 'badColumns', reason: `two columns are ${ATTRIBUTE_COLUMN}${attribute.code}` });
    columns.push({ attribute, index });
  }
  return ok(columns);
}

/** By code; null where the cell is empty. `path` is that of the row's category, where the file says it. */
export function readAttributeCells(
  columns: readonly AttributeColumn[],
  row: readonly string[],
  path: readonly string[] | undefined,
): Result<Readonly<Record<string, string | null>>, Refusal> {
  const values: Record<string, string | null> = {};
  for (const { attribute, index } of columns) {
    const written = cellsOf(new Map([['value', index]]), row)('value');
    const value = written === '' ? ok(null) : attributeValueOf(attribute, written);
    if (!value.ok) return refuse('badAttribute', `${attribute.code}: ${written}`);
    if (value.value !== null && path !== undefined && !admitsCategory(attribute, path))
      return refuse('attributeOfOtherCategory', `${attribute.code}: ${written}`);
    values[attribute.code] = value.value;
  }
  return ok(values);
}
