/** Random values for property tests: CBOR values, schemas with fields that fit them. */
import * as fc from 'fast-check';

import type { Column, Columns, EntrySchema, Fields, Scalar } from '../schema.ts';
import type { CborValue } from '../wire/cbor.ts';

export const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', 'S1', 'S2', 'S10', '1-0011-000001', '1-0011-000002', '\ufeff', '\u{10ffff}'),
);

const int = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }), fc.constantFrom(0, 2 ** 32, -(2 ** 52), 2 ** 52));

export const scalar: fc.Arbitrary<Scalar> = fc.oneof(fc.constant(null), fc.boolean(), int, text, fc.uint8Array({ maxLength: 10 }));

const mapOf = (value: fc.Arbitrary<CborValue>): fc.Arbitrary<ReadonlyMap<number, CborValue>> =>
  fc
    .uniqueArray(fc.tuple(fc.nat(40), value), { selector: ([key]) => key, maxLength: 5 })
    .map((pairs) => new Map(pairs.sort(([left], [right]) => left - right)));

export const cborValue: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 4 }), mapOf(tie('value'))),
})).value;

/** What an entry of a kind that nobody knows may say. */
export const columns: fc.Arbitrary<Columns> = mapOf(
  fc.oneof(
    { arbitrary: scalar, weight: 3 },
    { arbitrary: fc.array(mapOf(scalar), { maxLength: 4 }), weight: 2 },
    { arbitrary: fc.array(mapOf(fc.oneof(scalar, fc.array(mapOf(scalar), { maxLength: 2 }))), { maxLength: 3 }), weight: 1 },
    { arbitrary: cborValue, weight: 1 },
  ),
);

const scalarOf: Record<'int' | 'text' | 'bool' | 'bytes', fc.Arbitrary<Scalar>> = {
  int,
  text,
  bool: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 8 }),
};

const columnList = (depth: number): fc.Arbitrary<readonly Column[]> =>
  fc
    .uniqueArray(
      fc.record({
        number: fc.integer({ min: 1, max: 60 }),
        type:
          depth === 0
            ? fc.constantFrom('int', 'text', 'bool', 'bytes')
            : fc.oneof(fc.constantFrom('int', 'text', 'bool', 'bytes'), columnList(depth - 1)),
        optional: fc.boolean(),
      }),
      { selector: ({ number }) => number, minLength: 1, maxLength: 6 },
    )
    .map((list) =>
      list.map(({ number, type, optional }) => ({
        number,
        name: `column${number}`,
        type: typeof type === 'string' ? (type as 'int') : { list: type },
        ...(optional ? { optional: true as const } : {}),
      })),
    );

const fieldsOf = (list: readonly Column[]): fc.Arbitrary<Fields> =>
  fc.record(
    Object.fromEntries(
      list.map((column) => [
        column.name,
        typeof column.type === 'string' ? scalarOf[column.type] : fc.array(fieldsOf(column.type.list), { maxLength: 3 }),
      ]),
    ),
    { requiredKeys: list.filter((column) => column.optional !== true).map((column) => column.name) },
  );

/** Some kinds with random columns, and drafts of them in any order. */
export const schemasAndFields: fc.Arbitrary<{
  readonly schemas: readonly EntrySchema[];
  readonly drafts: readonly (readonly [number, Fields])[];
}> = fc.array(columnList(2), { minLength: 1, maxLength: 3 }).chain((kinds) => {
  const schemas = kinds.map((list, index) => ({ kind: index + 1, name: `kind${index + 1}`, columns: list }));
  const draft = fc.oneof(...schemas.map((schema) => fieldsOf(schema.columns).map((fields) => [schema.kind, fields] as const)));
  return fc.record({ schemas: fc.constant(schemas), drafts: fc.array(draft, { minLength: 1, maxLength: 12 }) });
});
