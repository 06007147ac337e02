import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { scalar, text } from '../testing/arbitraries.ts';
import { ByteWriter, compareBytewise } from '../wire/bytes.ts';
import {
  decodeCells,
  encodeCells,
  encodeNewCells,
  EXISTENCE,
  joinCell,
  joinVersion,
  mergeScopes,
  pruneCells,
  toAt,
  viewAt,
  viewCells,
  type Cell,
  type EntityCells,
  type Era,
  type Version,
} from './cells.ts';

const numRuns = process.env['HOLDFAST_SOAK'] === '1' ? 10_000 : 300;

const version: fc.Arbitrary<Version> = fc.record({
  at: fc.integer({ min: 1, max: 6 }),
  generation: fc.integer({ min: 1, max: 2 }),
  value: scalar,
});
const joinAll = (versions: readonly Version[]): readonly Version[] => versions.reduce<readonly Version[]>(joinVersion, []);
const joinTwo = (left: readonly Version[], right: readonly Version[]): readonly Version[] => right.reduce(joinVersion, left);

test('C-1: the join is idempotent, commutative and associative, whatever a hub sends', () => {
  const some = fc.array(version, { maxLength: 8 });
  fc.assert(
    fc.property(some, some, some, (a, b, c) => {
      const [x, y, z] = [joinAll(a), joinAll(b), joinAll(c)];
      expect(joinTwo(x, x)).toEqual(x);
      expect(joinTwo(x, y)).toEqual(joinTwo(y, x));
      expect(joinTwo(joinTwo(x, y), z)).toEqual(joinTwo(x, joinTwo(y, z)));
    }),
    { numRuns },
  );
});

/** Cells as one hub would stamp them: per field, one value per LSN; existence alternates with its generations. */
const history: fc.Arbitrary<readonly { readonly field: number; readonly version: Version }[]> = fc
  .array(fc.record({ field: fc.integer({ min: 0, max: 3 }), value: scalar, remove: fc.boolean() }), { minLength: 1, maxLength: 20 })
  .map((changes) => {
    let generation = 1;
    let exists = false;
    return changes.map(({ field, value, remove }, index) => {
      const at = toAt(1, index + 1);
      if (field !== EXISTENCE) return { field, version: { at, generation, value } };
      if (exists && remove) {
        exists = false;
        return { field, version: { at, generation, value: false } };
      }
      if (!exists && index > 0) generation += 1;
      exists = true;
      return { field, version: { at, generation, value: true } };
    });
  });

const ERAS: readonly Era[] = [{ era: 1, hubEpoch: '00112233445566aa', forkLsn: 0 }];

/** What a cut at `lsn` shows, from the plain list of changes. */
function modelView(
  changes: readonly { readonly field: number; readonly version: Version }[],
  lsn: number,
): ReadonlyMap<number, unknown> | null {
  const last = (field: number): Version | undefined =>
    changes.findLast((change) => change.field === field && change.version.at <= toAt(1, lsn))?.version;
  const existence = last(EXISTENCE);
  if (existence?.value !== true) return null;
  const fields = [1, 2, 3].map((field) => [field, last(field)] as const).filter(([, held]) => held?.generation === existence.generation);
  return new Map(fields.map(([field, held]) => [field, held?.value]));
}

test('C-1, C-2, C-3: in whatever order cells arrive, every cut shows what stood there', () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat()), (changes, order) => {
      const shuffled = changes.map((change) => ({ change, key: order.next().value ?? 0 })).sort((left, right) => left.key - right.key);
      const cells: EntityCells = new Map();
      for (const { change } of [...shuffled, ...shuffled.slice(0, 3)]) joinCell(cells, change.field, change.version);
      for (let lsn = 0; lsn <= changes.length; lsn += 1)
        expect(viewCells(cells, viewAt(toAt(1, lsn), ERAS))).toEqual(modelView(changes, lsn));
    }),
    { numRuns },
  );
});

test('C-4: pruning changes nothing for cuts that may still be pinned, and leaves one version in the end', () => {
  fc.assert(
    fc.property(history, fc.nat(), (changes, pick) => {
      const cells: EntityCells = new Map();
      for (const change of changes) joinCell(cells, change.field, change.version);
      const floor = pick % (changes.length + 1);
      const pruned = pruneCells(cells, toAt(1, floor), [viewAt(toAt(1, floor), ERAS)]);
      for (let lsn = floor; lsn <= changes.length; lsn += 1) {
        expect(viewCells(pruned, viewAt(toAt(1, lsn), ERAS))).toEqual(modelView(changes, lsn));
      }
      const newest = toAt(1, changes.length);
      for (const versions of pruneCells(cells, newest, [viewAt(newest, ERAS)]).values()) expect(versions).toHaveLength(1);
    }),
    { numRuns },
  );
});

test('C-5: a removed entity keeps its existence cell, so that an older segment does not bring it back', () => {
  const cells: EntityCells = new Map();
  joinCell(cells, EXISTENCE, { at: toAt(1, 1), generation: 1, value: true });
  joinCell(cells, 1, { at: toAt(1, 1), generation: 1, value: 'Milk' });
  joinCell(cells, EXISTENCE, { at: toAt(1, 5), generation: 1, value: false });
  const now = viewAt(toAt(1, 5), ERAS);
  const pruned = pruneCells(cells, toAt(1, 5), [now]);
  expect([...pruned.keys()]).toEqual([EXISTENCE]);
  joinCell(pruned, EXISTENCE, { at: toAt(1, 3), generation: 1, value: true });
  joinCell(pruned, 1, { at: toAt(1, 3), generation: 1, value: 'Milk' });
  expect(viewCells(pruned, now)).toBeNull();
});

test('C-2: added again, an entity shows none of its older fields', () => {
  const cells: EntityCells = new Map();
  joinCell(cells, EXISTENCE, { at: toAt(1, 1), generation: 1, value: true });
  joinCell(cells, 1, { at: toAt(1, 1), generation: 1, value: 'Milk' });
  joinCell(cells, 2, { at: toAt(1, 1), generation: 1, value: 'Brand' });
  joinCell(cells, EXISTENCE, { at: toAt(1, 7), generation: 2, value: true });
  joinCell(cells, 1, { at: toAt(1, 7), generation: 2, value: 'Oat milk' });
  expect(viewCells(cells, viewAt(toAt(1, 7), ERAS))).toEqual(new Map([[1, 'Oat milk']]));
  expect(viewCells(cells, viewAt(toAt(1, 6), ERAS))).toEqual(
    new Map([
      [1, 'Milk'],
      [2, 'Brand'],
    ]),
  );
});

test('C-6: a later era sees the one before up to where it forked off, and nothing of what was lost', () => {
  const eras: readonly Era[] = [
    { era: 1, hubEpoch: 'a'.repeat(16), forkLsn: 0 },
    { era: 2, hubEpoch: 'b'.repeat(16), forkLsn: 5 },
    { era: 3, hubEpoch: 'c'.repeat(16), forkLsn: 0 },
  ];
  const cells: EntityCells = new Map();
  joinCell(cells, EXISTENCE, { at: toAt(1, 1), generation: 1, value: true });
  joinCell(cells, 1, { at: toAt(1, 5), generation: 1, value: 'kept' });
  joinCell(cells, 1, { at: toAt(1, 8), generation: 1, value: 'lost' });
  const see = (era: number, lsn: number) => viewCells(cells, viewAt(toAt(era, lsn), eras))?.get(1);
  expect(see(1, 9)).toBe('lost');
  expect(see(2, 9)).toBe('kept');
  expect(see(3, 9)).toBeUndefined();
  joinCell(cells, 1, { at: toAt(2, 6), generation: 1, value: 'new' });
  expect([see(2, 5), see(2, 6), see(1, 9)]).toEqual(['kept', 'new', 'lost']);
});

test('C-3: cells come back from their bytes', () => {
  const entity = fc
    .uniqueArray(fc.tuple(fc.nat(20), fc.uniqueArray(version, { selector: ({ at }) => at, minLength: 1, maxLength: 4 })), {
      selector: ([field]) => field,
      maxLength: 6,
    })
    .map(
      (fields) => new Map(fields.sort(([left], [right]) => left - right).map(([field, versions]) => [field, joinAll(versions)] as const)),
    );
  fc.assert(
    fc.property(entity, (cells) => {
      expect(decodeCells(encodeCells(cells))).toEqual(cells);
    }),
    { numRuns },
  );
});

test('C-7: keys compare as their bytes do', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      const byBytes = texts.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(texts.toSorted(compareBytewise)).toEqual(byBytes);
    }),
    { numRuns },
  );
});

test('C-8: the narrowest scope that holds a field gives its value', () => {
  const entity = (scope: string, fields: readonly (readonly [number, string])[]) => ({ type: 1, key: 'K', scope, fields: new Map(fields) });
  const held = [
    entity('store:1', [[2, 'S']]),
    entity('global', [
      [1, 'G'],
      [2, 'G'],
    ]),
    entity('zone:9', [[1, 'other zone']]),
  ];
  expect(mergeScopes(held, ['global', 'zone:1', 'store:1'])).toEqual(
    new Map([
      [1, 'G'],
      [2, 'S'],
    ]),
  );
  expect(mergeScopes(held, ['zone:1'])).toBeNull();
});

test('C-8: what was cleared in a narrower scope is what the broader one says', () => {
  const held = [
    {
      type: 1,
      key: 'K',
      scope: 'store:1',
      fields: new Map([
        [1, null],
        [2, 'S'],
      ] as const),
    },
    { type: 1, key: 'K', scope: 'global', fields: new Map([[1, 'G']] as const) },
  ];
  expect(mergeScopes(held, ['global', 'store:1'])).toEqual(
    new Map([
      [1, 'G'],
      [2, 'S'],
    ]),
  );
});

test('D-6, C-1: an entity of which nothing is held is written as the join of its cells would be, or not at all', () => {
  const cell = fc.record({
    field: fc.integer({ min: 0, max: 12 }),
    generation: fc.integer({ min: 1, max: 3 }),
    stamp: fc.constantFrom(7, 7, 7, 7, 8),
    value: scalar,
  });
  const writer = new ByteWriter(16);
  let written = 0;
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), fc.boolean(), (some, isSorted) => {
      const cells: readonly Cell[] = (isSorted ? some.toSorted((left, right) => left.field - right.field) : some).map((one) => ({
        type: 1,
        key: 'A',
        scope: 'global',
        ...one,
      }));
      const joined: EntityCells = new Map();
      for (const { field, stamp, generation, value } of cells) joinCell(joined, field, { at: toAt(2, stamp), generation, value });
      const bytes = encodeNewCells(writer, cells, toAt(2, cells[0]!.stamp));
      const isOrdered = cells.every(({ field, stamp }, index) => stamp === cells[0]!.stamp && field > (cells[index - 1]?.field ?? -1));
      expect(bytes).toEqual(isOrdered ? encodeCells(joined) : null);
      if (isOrdered) written += 1;
    }),
    { numRuns },
  );
  expect(written).toBeGreaterThan(numRuns / 20);
});
