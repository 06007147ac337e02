/** Which column of a file is which field: by the header's words, or as the person who imports says. */
import { csvText, err, ok, type Result } from '@holdfast/base';

/** What one kind of file may say: field → words of a header that mean it, without case, spaces and punctuation. */
export type FieldWords<Field extends string> = Readonly<Record<Field, readonly string[]>>;

/** Field → index of its column. */
export type ColumnIndex<Field extends string> = ReadonlyMap<Field, number>;

export type ColumnsError = { readonly type: 'badColumns'; readonly reason: string };

const wordOf = (header: string): string => header.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** The fields in their own order. */
const fieldsOf = <Field extends string>(words: FieldWords<Field>): readonly Field[] => Object.keys(words) as Field[];

/** `sku=StockCode,name=Description`: field → header, as the request says it. */
export function parseColumnMapping<Field extends string>(
  text: string,
  words: FieldWords<Field>,
): Result<ReadonlyMap<Field, string>, ColumnsError> {
  const fields = fieldsOf(words);
  const mapping = new Map<Field, string>();
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim().toLowerCase();
    const field = fields.find((candidate) => candidate === name);
    const header = part.slice(at + 1).trim();
    if (field === undefined || header === '') {
      return err({ type: 'badColumns', reason: `"${part}" is not FIELD=HEADER with a FIELD out of ${fields.join(', ')}` });
    }
    mapping.set(field, header);
  }
  return ok(mapping);
}

/** One column is one field. Headers that mean nothing here are left alone; of each set in `needed`, one must be there. */
export function findColumns<Field extends string>(
  header: readonly string[],
  words: FieldWords<Field>,
  mapping: ReadonlyMap<Field, string>,
  needed: readonly (readonly Field[])[],
): Result<ColumnIndex<Field>, ColumnsError> {
  const columns = new Map<Field, number>();
  for (const [field, wanted] of mapping) {
    const index = header.findIndex((name) => name.trim() === wanted);
    const loose = index >= 0 ? index : header.findIndex((name) => wordOf(name) === wordOf(wanted));
    if (loose < 0) return err({ type: 'badColumns', reason: `the file has no column "${wanted}"; it has ${header.join(', ')}` });
    columns.set(field, loose);
  }
  const taken = new Set(columns.values());
  for (const field of fieldsOf(words)) {
    if (columns.has(field)) continue;
    const index = words[field].map((word) => header.findIndex((name, at) => !taken.has(at) && wordOf(name) === word)).find((at) => at >= 0);
    if (index === undefined) continue;
    columns.set(field, index);
    taken.add(index);
  }
  const missing = needed.find((fields) => !fields.some((field) => columns.has(field)));
  if (missing === undefined) return ok(columns);
  const names = missing.length === 1 ? missing[0] : `${missing.slice(0, -1).join(', ')} or ${missing.at(-1)}`;
  return err({ type: 'badColumns', reason: `no column is a ${names}; the file has ${header.join(', ').slice(0, 400)}` });
}

/** A cell by its field, trimmed, without the apostrophe that kept a spreadsheet from running it; empty where the row or the file has none. */
export type Cells<Field extends string> = (field: Field) => string;

export const cellsOf =
  <Field extends string>(columns: ColumnIndex<Field>, row: readonly string[]): Cells<Field> =>
  (field) => {
    const index = columns.get(field);
    return index === undefined ? '' : csvText((row[index] ?? '').trim());
  };
