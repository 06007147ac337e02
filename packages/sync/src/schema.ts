/**
 * Records as sync sees them: opaque, described by numbered columns that an app hands over as data. Integers only: no
 * floats exist in canonical bytes.
 *
 * Names are for programs, numbers are what is stored and sent. A column that this build does not know is kept under
 * `UNKNOWN`, by number, as the very value that came, and goes out again unchanged (SPEC: L-8).
 */
import { assert, err, InvariantError, ok, type Result } from '@holdfast/base';

import type { CborValue } from './wire/cbor.ts';

export type Scalar = null | boolean | number | string | Uint8Array;

export interface Column {
  /** ≥ 1, for ever; a new column takes a new number and is optional. */
  readonly number: number;
  readonly name: string;
  readonly type: 'int' | 'text' | 'bool' | 'bytes' | { readonly list: readonly Column[] };
  readonly optional?: true;
}

export interface EntrySchema {
  readonly kind: number;
  readonly name: string;
  readonly columns: readonly Column[];
}

export interface EntitySchema {
  readonly type: number;
  readonly name: string;
  /** Scalars only. */
  readonly columns: readonly Column[];
}

/** The key of `Fields` under which columns stand that this build has no name for: number → value. */
export const UNKNOWN: unique symbol = Symbol.for('holdfast.unknown-columns');

export type Columns = ReadonlyMap<number, CborValue>;

/** Column name → value. An absent optional column is an absent key. Columns that this build does not know stand under `UNKNOWN`. */
export interface Fields {
  readonly [column: string]: Scalar | readonly Fields[] | undefined;
  readonly [UNKNOWN]?: Columns;
}

export type SchemaError =
  | { readonly type: 'missing-column'; readonly column: string }
  | { readonly type: 'wrong-type'; readonly column: string };

/** The entry kinds of one app, by number. */
export type Schemas = ReadonlyMap<number, EntrySchema>;

/** Asserts that kinds, column numbers and names are unique and positive. */
export function createSchemas(schemas: readonly EntrySchema[]): Schemas {
  const byKind = new Map<number, EntrySchema>();
  for (const schema of schemas) {
    assert(
      Number.isSafeInteger(schema.kind) && schema.kind > 0 && !byKind.has(schema.kind),
      `schema ${schema.name}: kind taken or not positive`,
    );
    assertColumns(schema.columns, schema.name);
    byKind.set(schema.kind, schema);
  }
  return byKind;
}

function assertColumns(columns: readonly Column[], where: string): void {
  const numbers = new Set<number>();
  const names = new Set<string>();
  for (const column of columns) {
    assert(Number.isSafeInteger(column.number) && column.number > 0, `schema ${where}.${column.name}: number not positive`);
    assert(!numbers.has(column.number) && !names.has(column.name), `schema ${where}.${column.name}: number or name taken`);
    numbers.add(column.number);
    names.add(column.name);
    if (typeof column.type === 'object') assertColumns(column.type.list, `${where}.${column.name}`);
  }
}

/**
 * Asserts that `fields` has the shape of `columns`: what an app appends is its own code, not input. Each line of each sale comes through here: what a
 * broken one is told is put into words only then.
 */
export function encodeFields(columns: readonly Column[], fields: Fields): Columns {
  const encoded = new Map<number, CborValue>();
  for (const column of columns) {
    const value = fields[column.name];
    if (value !== undefined) encoded.set(column.number, encodeValue(column, value));
    else if (column.optional !== true) throw new InvariantError(`column ${column.name} is required`);
  }
  const names = Object.keys(fields);
  let given = 0;
  for (const name of names) if (fields[name] !== undefined) given += 1;
  if (given !== encoded.size) throw new InvariantError(`fields ${names.join(', ')}: a column has no number`);
  for (const [number, value] of fields[UNKNOWN] ?? []) {
    assert(!encoded.has(number), `unknown column ${number} is known by now`);
    encoded.set(number, value);
  }
  return encoded;
}

function encodeValue({ name, type }: Column, value: Scalar | readonly Fields[]): CborValue {
  if (typeof type === 'object') {
    if (!isFieldsList(value)) throw new InvariantError(`column ${name} is a list`);
    return value.map((row) => encodeFields(type.list, row));
  }
  if (isFieldsList(value) || !isOfType(type, value)) throw new InvariantError(`column ${name} is no ${type}`);
  return value;
}

const isFieldsList = (value: Scalar | readonly Fields[]): value is readonly Fields[] => Array.isArray(value);

function isOfType(type: 'int' | 'text' | 'bool' | 'bytes', value: CborValue): value is Scalar {
  if (type === 'int') return typeof value === 'number' && Number.isSafeInteger(value);
  if (type === 'text') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean';
  return value instanceof Uint8Array;
}

/** Of a schema's columns: most are optional and absent, so a record is read by what it has. */
interface ColumnIndex {
  readonly byNumber: ReadonlyMap<number, Column>;
  readonly required: number;
}

const indexes = new WeakMap<readonly Column[], ColumnIndex>();

function indexOf(columns: readonly Column[]): ColumnIndex {
  const held = indexes.get(columns);
  if (held !== undefined) return held;
  const byNumber = new Map(columns.map((column) => [column.number, column]));
  const made = { byNumber, required: columns.filter(({ optional }) => optional !== true).length };
  indexes.set(columns, made);
  return made;
}

/** The fields of a record that may come from an older or a newer build. */
export function decodeFields(columns: readonly Column[], encoded: Columns): Result<Fields, SchemaError> {
  const fields: { [column: string]: Scalar | readonly Fields[] } = {};
  const { byNumber, required } = indexOf(columns);
  let missing = required;
  let unknown: Map<number, CborValue> | undefined;
  for (const [number, value] of encoded) {
    const column = byNumber.get(number);
    if (column === undefined) {
      unknown ??= new Map();
      unknown.set(number, value);
      continue;
    }
    const decoded = decodeValue(column, value);
    if (!decoded.ok) return decoded;
    fields[column.name] = decoded.value;
    if (column.optional !== true) missing -= 1;
  }
  if (missing > 0) {
    const column = columns.find(({ number, optional }) => optional !== true && !encoded.has(number));
    return err({ type: 'missing-column', column: column?.name ?? '' });
  }
  return ok(unknown === undefined ? fields : { ...fields, [UNKNOWN]: unknown });
}

function decodeValue(column: Column, value: CborValue): Result<Scalar | readonly Fields[], SchemaError> {
  if (typeof column.type === 'string') {
    return isOfType(column.type, value) ? ok(value) : err({ type: 'wrong-type', column: column.name });
  }
  if (!Array.isArray(value)) return err({ type: 'wrong-type', column: column.name });
  const rows: Fields[] = [];
  for (const row of value as readonly CborValue[]) {
    if (!(row instanceof Map)) return err({ type: 'wrong-type', column: column.name });
    const decoded = decodeFields(column.type.list, row);
    if (!decoded.ok) return decoded;
    rows.push(decoded.value);
  }
  return ok(rows);
}
