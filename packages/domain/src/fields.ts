/**
 * Reading opaque `Fields` into typed values. A reader goes on after a fault with a harmless stand-in, so that the caller
 * builds its value in one expression and then asks once whether to keep it: the first fault decides.
 */
import type { Fields } from './ledger/ledger.ts';

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
export const readFields = (fields: Fields, path = ''): FieldReader => new Reader(fields, path);

/** A class, for there is one for each line of each sale that a hub reads: methods are made once, closures would be each time. */
class Reader implements FieldReader {
  readonly #fields: Fields;
  readonly #path: string;
  #first: FieldFault | undefined;

  constructor(fields: Fields, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  /** Own keys only: a column named `constructor` must not find Object's. */
  #valueOf(name: string): Fields[string] {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #textOf(name: string, value: Fields[string]): string {
    return typeof value === 'string' ? value : this.fail(name, 'text', '');
  }

  #intOf(name: string, value: Fields[string], min: number, max: number): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return this.fail(name, 'a whole number', 0);
    return value < min || value > max ? this.fail(name, `a whole number from ${min} to ${max}`, 0) : value;
  }

  #boolOf(name: string, value: Fields[string]): boolean {
    return typeof value === 'boolean' ? value : this.fail(name, 'true or false', false);
  }

  #listOf<T>(name: string, rows: Fields[string], readRow: (row: FieldReader) => T): readonly T[] {
    if (!Array.isArray(rows)) return this.fail(name, 'a list', []);
    return rows.map((row: unknown, index) => {
      const path = `${this.#path}${name}[${index}]`;
      if (!isFields(row)) this.#first ??= { field: path, expected: 'a row' };
      const reader = new Reader(isFields(row) ? row : {}, `${path}.`);
      const value = readRow(reader);
      this.#first ??= reader.#first;
      return value;
    });
  }

  text(name: string): string {
    return this.#textOf(name, this.#valueOf(name));
  }

  optionalText(name: string): string | undefined {
    const value = this.#valueOf(name) ?? null;
    return value === null ? undefined : this.#textOf(name, value);
  }

  int(name: string, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): number {
    return this.#intOf(name, this.#valueOf(name), min, max);
  }

  optionalInt(name: string, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#valueOf(name) ?? null;
    return value === null ? undefined : this.#intOf(name, value, min, max);
  }

  bool(name: string): boolean {
    return this.#boolOf(name, this.#valueOf(name));
  }

  optionalBool(name: string): boolean | undefined {
    const value = this.#valueOf(name) ?? null;
    return value === null ? undefined : this.#boolOf(name, value);
  }

  list<T>(name: string, readRow: (row: FieldReader) => T): readonly T[] {
    return this.#listOf(name, this.#valueOf(name), readRow);
  }

  optionalList<T>(name: string, readRow: (row: FieldReader) => T): readonly T[] | undefined {
    const value = this.#valueOf(name) ?? null;
    return value === null ? undefined : this.#listOf(name, value, readRow);
  }

  fail<T>(field: string, expected: string, standIn: T): T {
    this.#first ??= { field: `${this.#path}${field}`, expected };
    return standIn;
  }

  fault(): FieldFault | undefined {
    return this.#first;
  }
}

const isFields = (row: unknown): row is Fields =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && !(row instanceof Uint8Array);
