/**
 * Reading opaque `Fields` into typed values. A reader goes on after a fault with a harmless stand-in, so that the caller
 * builds its value in one expression and then asks once whether to keep it: the first fault decides.
 */
import type { Fields } from './ledger.ts';

export interface FieldFault {
  readonly field: string;
  readonly expected: string;
}

export interface FieldReader {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** A safe integer within [min, max]. */
  int(name: string, min?: number, max?: number): number;
  optionalInt(name: string, min?: number, max?: number): number | undefined;
  bool(name: string): boolean;
  /** Undefined where the column is absent. */
  optionalBool(name: string): boolean | undefined;
  /** Each row is read by `readRow`; a fault in one is named `list[index].field`. */
  list<T>(name: string, readRow: (row: FieldReader) => T): readonly T[];
  /** Undefined where the column is absent. */
  optionalList<T>(name: string, readRow: (row: FieldReader) => T): readonly T[] | undefined;
  /** Notes a fault that the caller found, and gives its stand-in back. */
  fail<T>(field: string, expected: string, standIn: T): T;
  /** The first fault, or undefined where everything read was as expected. */
  fault(): FieldFault | undefined;
}

const CALENDAR_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** `YYYY-MM-DD`, whether or not that month has that day: dates are compared, never counted. */
export const isCalendarDate = (text: string): boolean => CALENDAR_DATE.test(text);

/** `path` stands before the name of each field in a fault. */
export function readFields(fields: Fields, path = ''): FieldReader {
  let first: FieldFault | undefined;
  const fail = <T>(field: string, expected: string, standIn: T): T => {
    first ??= { field: `${path}${field}`, expected };
    return standIn;
  };
  // Own keys only: a column named `constructor` must not find Object's.
  const valueOf = (name: string): Fields[string] => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const isAbsent = (name: string): boolean => (valueOf(name) ?? null) === null;
  const text = (name: string): string => {
    const value = valueOf(name);
    return typeof value === 'string' ? value : fail(name, 'text', '');
  };
  const int = (name: string, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): number => {
    const value = valueOf(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return fail(name, 'a whole number', 0);
    return value < min || value > max ? fail(name, `a whole number from ${min} to ${max}`, 0) : value;
  };
  const bool = (name: string): boolean => {
    const value = valueOf(name);
    return typeof value === 'boolean' ? value : fail(name, 'true or false', false);
  };
  const list = <T>(name: string, readRow: (row: FieldReader) => T): readonly T[] => {
    const rows = valueOf(name);
    if (!Array.isArray(rows)) return fail(name, 'a list', []);
    return rows.map((row: unknown, index) => {
      if (!isFields(row)) fail(`${name}[${index}]`, 'a row', undefined);
      const reader = readFields(isFields(row) ? row : {}, `${path}${name}[${index}].`);
      const value = readRow(reader);
      first ??= reader.fault();
      return value;
    });
  };
  return {
    text,
    optionalText: (name) => (isAbsent(name) ? undefined : text(name)),
    int,
    optionalInt: (name, min, max) => (isAbsent(name) ? undefined : int(name, min, max)),
    bool,
    optionalBool: (name) => (isAbsent(name) ? undefined : bool(name)),
    list,
    optionalList: (name, readRow) => (isAbsent(name) ? undefined : list(name, readRow)),
    fail,
    fault: () => first,
  };
}

const isFields = (row: unknown): row is Fields =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && !(row instanceof Uint8Array);
