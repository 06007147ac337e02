/**
 * Cells as tables: one for each type, one row per entity and generation, columns key, scope, generation, existence, and 8 + field number for each field. And the body of a segment of
 * codec 3: all of its tables one after the other, where each may say its texts by those of the tables before it.
 *
 *   count of types · per type: type, rows, table
 *
 * A chunk of such a body is a run of rows, in the order of types; no entity lies in two.
 */
import { assert, type Result } from '@holdfast/base';

import type { Scalar } from '../schema.ts';
import { ByteWriter, reading, type ByteReader, type ReadingError } from '../wire/bytes.ts';
import type { CborValue } from '../wire/cbor.ts';
import { Budget, readTableColumns, writeTable, type TextColumns, type TextStyle } from '../wire/columnar.ts';
import { EXISTENCE, type Cell, type EachEntity } from './cells.ts';

export const COLUMN = { key: 1, scope: 2, generation: 3, exists: 4, firstField: 8 } as const;

type UnstampedCell = Omit<Cell, 'stamp'>;
type TableRow = Map<number, CborValue>;
type Tables = ReadonlyMap<number, readonly TableRow[]>;

const THIRD_FORM = 3;
/** Columns of a row beside its fields. */
const NAME_COLUMNS = 3;

/** By type, ascending; rows in the order of their first cells. Asserts one value for each field. */
export function cellsToTables(cells: readonly UnstampedCell[]): Tables {
  const rowsByType = new Map<number, Map<string, TableRow>>();
  const rowOf = ({ type, generation, scope, key }: UnstampedCell): TableRow => {
    const rows = rowsByType.get(type) ?? new Map<string, TableRow>();
    rowsByType.set(type, rows);
    const name = `${generation}\n${scope}\n${key}`;
    const row = rows.get(name) ?? new Map<number, CborValue>();
    rows.set(name, row);
    return row;
  };
  let row: TableRow | undefined;
  let last: UnstampedCell | undefined;
  for (const cell of cells) {
    // Those of one row mostly stand together.
    const isNext = last?.key === cell.key && last.type === cell.type && last.generation === cell.generation && last.scope === cell.scope;
    if (row === undefined || !isNext) row = rowOf(cell);
    last = cell;
    if (row.size === 0) row.set(COLUMN.key, cell.key).set(COLUMN.scope, cell.scope).set(COLUMN.generation, cell.generation);
    const column = cell.field === EXISTENCE ? COLUMN.exists : COLUMN.firstField + cell.field;
    assert(!row.has(column), `two values for field ${cell.field} of ${cell.key}`);
    assert(cell.field !== EXISTENCE || typeof cell.value === 'boolean', 'existence is a boolean');
    row.set(column, cell.value);
  }
  const types = [...rowsByType.keys()].sort((left, right) => left - right);
  return new Map(types.map((type) => [type, [...(rowsByType.get(type)?.values() ?? [])]]));
}

/** Rows × columns, whether there is a value or not: what a reader makes room for. */
export function placesOf(tables: Tables): number {
  let places = 0;
  for (const rows of tables.values()) {
    const columns = new Set<number>();
    for (const row of rows) for (const column of row.keys()) columns.add(column);
    places += rows.length * columns.size;
  }
  return places;
}

export interface EncodedBody {
  readonly bytes: Uint8Array;
  readonly entities: number;
  /** Cells of each chunk. */
  readonly chunks: readonly number[];
}

/** Null behind each table. */
export function* encodeBody(tables: Tables, chunkCells: number, style: TextStyle): Generator<null, EncodedBody> {
  const writer = new ByteWriter(65_536);
  const texts: TextColumns = [];
  const chunks: number[] = [];
  let entities = 0;
  let pending = 0;
  writer.varint(tables.size);
  for (const [type, rows] of tables) {
    writer.varint(type);
    writer.varint(rows.length);
    writeTable(writer, rows, THIRD_FORM, texts, style);
    yield null;
    let last: TableRow | undefined;
    for (const row of rows) {
      if (!isSameEntity(last, row)) {
        entities += 1;
        if (pending >= chunkCells) {
          chunks.push(pending);
          pending = 0;
        }
      }
      pending += row.size - NAME_COLUMNS;
      last = row;
    }
  }
  if (pending > 0) chunks.push(pending);
  return { bytes: writer.done(), entities, chunks };
}

const isSameEntity = (left: TableRow | undefined, right: TableRow): boolean =>
  left !== undefined && left.get(COLUMN.key) === right.get(COLUMN.key) && left.get(COLUMN.scope) === right.get(COLUMN.scope);

interface Table {
  readonly type: number;
  readonly rows: number;
  readonly keys: readonly CborValue[];
  readonly scopes: readonly CborValue[];
  readonly generations: readonly CborValue[];
  readonly fields: readonly (readonly [field: number, values: readonly (CborValue | undefined)[]])[];
}

interface RowPlace {
  readonly table: number;
  readonly row: number;
}

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly frameCells: number;
}

export interface BodyReader {
  /** Of a chunk, with their stamp. */
  cells(chunk: number, stamp: number): readonly Cell[];
  /** The same, entity by entity. */
  entities(chunk: number, stamp: number): EachEntity;
}

export function decodeBody(bytes: Uint8Array, chunks: readonly number[], limits: BodyLimits): Result<BodyReader, ReadingError> {
  const budget = new Budget({ cells: limits.frameCells * 16, textBytes: limits.bodyBytes * 2 });
  const read = (reader: ByteReader): BodyReader => {
    const texts: TextColumns = [];
    const tables: Table[] = [];
    for (let left = reader.varint(limits.frameCells); left > 0; left -= 1) {
      const type = reader.varint();
      const rows = reader.varint(limits.frameCells);
      tables.push(readBodyTable(reader, type, rows, budget, texts));
    }
    const starts = chunkStarts(reader, tables, chunks);
    const startOf = (chunk: number): RowPlace => starts[chunk] ?? { table: tables.length, row: 0 };
    return {
      cells: (chunk, stamp) => readChunkCells(tables, startOf(chunk), chunks[chunk] ?? 0, stamp),
      entities: (chunk, stamp) => (visit) => visitEntities(tables, startOf(chunk), chunks[chunk] ?? 0, stamp, visit),
    };
  };
  return reading(bytes, read, limits.frameCells * 2);
}

function readBodyTable(reader: ByteReader, type: number, rows: number, budget: Budget, texts: TextColumns): Table {
  const columns = readTableColumns(reader, rows, budget, THIRD_FORM, texts);
  const named = (number: number, isOne: (value: CborValue | undefined) => boolean): readonly CborValue[] => {
    const values = columns.get(number);
    if (values === undefined || !values.every(isOne)) return reader.fail('row without a key');
    return values as readonly CborValue[];
  };
  const isText = (value: CborValue | undefined): boolean => typeof value === 'string';
  const fields = [...columns].filter(([number]) => number >= COLUMN.exists);
  for (const [number, values] of fields) {
    reader.need(number === COLUMN.exists || number > COLUMN.firstField, 'field');
    for (const value of values) {
      reader.need(!Array.isArray(value) && !(value instanceof Map), 'cell is no scalar');
      reader.need(number !== COLUMN.exists || value === undefined || typeof value === 'boolean', 'field');
    }
  }
  return {
    type,
    rows,
    keys: named(COLUMN.key, isText),
    scopes: named(COLUMN.scope, isText),
    generations: named(COLUMN.generation, (value) => typeof value === 'number' && value >= 0),
    fields: fields.map(([number, values]) => [number === COLUMN.exists ? EXISTENCE : number - COLUMN.firstField, values]),
  };
}

const cellsOfRow = (table: Table, row: number): number =>
  table.fields.reduce((count, [, values]) => (values[row] === undefined ? count : count + 1), 0);

/** Where each chunk begins; they end between two rows, and hold all of them. */
function chunkStarts(reader: ByteReader, tables: readonly Table[], chunks: readonly number[]): readonly RowPlace[] {
  const starts: RowPlace[] = [];
  let left = 0;
  for (const [index, table] of tables.entries()) {
    for (let row = 0; row < table.rows; row += 1) {
      if (left === 0) {
        left = chunks[starts.length] ?? reader.fail('count of cells');
        starts.push({ table: index, row });
      }
      left -= cellsOfRow(table, row);
      reader.need(left >= 0, 'count of cells');
    }
  }
  reader.need(left === 0 && starts.length === chunks.length, 'count of cells');
  return starts;
}

function readChunkCells(tables: readonly Table[], start: RowPlace, count: number, stamp: number): readonly Cell[] {
  const cells: Cell[] = [];
  for (let { table: index, row } = start; cells.length < count;) {
    const table = tables[index];
    assert(table !== undefined, 'a chunk within its body');
    if (row === table.rows) {
      index += 1;
      row = 0;
      continue;
    }
    const name = {
      type: table.type,
      key: table.keys[row] as string,
      scope: table.scopes[row] as string,
      generation: table.generations[row] as number,
      stamp,
    };
    for (const [field, values] of table.fields) {
      const value = values[row];
      if (value !== undefined) cells.push({ ...name, field, value: value as Scalar });
    }
    row += 1;
  }
  return cells;
}

type CellInPlace = { -readonly [Name in keyof Cell]: Cell[Name] };

/** In the same few objects for all of them: a first catalogue has ten cells for each of the goods, and nobody looks at one twice. */
function visitEntities(
  tables: readonly Table[],
  start: RowPlace,
  count: number,
  stamp: number,
  visit: (cells: readonly Cell[]) => void,
): void {
  const made: CellInPlace[] = [];
  const entity: CellInPlace[] = [];
  let told = 0;
  for (let { table: index, row } = start; told < count;) {
    const table = tables[index];
    assert(table !== undefined, 'a chunk within its body');
    if (row === table.rows) {
      index += 1;
      row = 0;
      continue;
    }
    const { type, keys, scopes } = table;
    const [key, scope] = [keys[row] as string, scopes[row] as string];
    entity.length = 0;
    do {
      const generation = table.generations[row] as number;
      for (const [field, values] of table.fields) {
        const value = values[row];
        if (value === undefined) continue;
        const cell = (made[entity.length] ??= { type, key, scope, field, generation, stamp, value: null });
        cell.type = type;
        cell.key = key;
        cell.scope = scope;
        cell.field = field;
        cell.generation = generation;
        cell.stamp = stamp;
        cell.value = value as Scalar;
        entity.push(cell);
      }
      row += 1;
    } while (row < table.rows && keys[row] === key && scopes[row] === scope && told + entity.length < count);
    told += entity.length;
    if (entity.length > 0) visit(entity);
  }
}
