/** What nothing has a place for cannot be kept: columns of ledgers and of cells, by enumeration. */
import { expect, test } from 'vitest';

import { ENTITY_TYPES } from '../catalog/catalog.ts';
import { LEDGER_KINDS } from '../ledger/ledger.ts';

interface AnyColumn {
  readonly name: string;
  readonly type: string | { readonly list: readonly AnyColumn[] } | object;
}

/** With those of rows inside of rows. */
const namesOf = (columns: readonly AnyColumn[]): readonly string[] =>
  columns.flatMap(({ name, type }) => {
    const inner = typeof type === 'object' ? Object.values(type).find((value) => Array.isArray(value)) : undefined;
    return [name, ...(inner === undefined ? [] : namesOf(inner as readonly AnyColumn[]))];
  });

const columnsOf = (types: object): readonly string[] =>
  Object.values(types as Readonly<Record<string, { readonly name: string; readonly columns: readonly AnyColumn[] }>>).flatMap(
    ({ name, columns }) => namesOf(columns).map((column) => `${name}.${column}`),
  );

const BIRTH = /birth|born|\bdob\b|ageOf/i;
const PERSONAL = /\.(?:first|last|full|given|family|buyer|person|customer)?name$|email|e_mail|phone|address|initials/i;

test('no entry of a ledger has a place for a date of birth, a name, a phone or an address', () => {
  const columns = columnsOf(LEDGER_KINDS);
  expect(columns.length).toBeGreaterThan(200);
  expect(columns.filter((column) => BIRTH.test(column))).toEqual([]);
  expect(columns.filter((column) => PERSONAL.test(column))).toEqual(NAMED_THINGS);
});

test('no cell of a customer has a place for more than initials, and none for a date of birth', () => {
  const columns = columnsOf(ENTITY_TYPES);
  // Of people who work here a year at most, by which they may sell what is restricted.
  expect(columns.filter((column) => BIRTH.test(column))).toEqual(['staff.birthYear']);
  expect(columns.filter((column) => column.startsWith('customer.') && PERSONAL.test(column))).toEqual(['customer.initials']);
  expect(columns.filter((column) => column.startsWith('customerCode.'))).toEqual(['customerCode.customer']);
});

/** What a sheet of counting is called. */
const NAMED_THINGS: readonly string[] = ['stockCount.name'];
