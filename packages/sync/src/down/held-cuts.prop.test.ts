import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nextEra, type HeldCut } from '../store.ts';
import type { Manifest } from '../wire/protocol.ts';
import { EXISTENCE, joinCell, pruneCells, toAt, viewAt, viewCells, type Cut, type EntityCells, type Era } from './cells.ts';
import { HELD_ENTITIES, heldAfter, isHeld, pruneBounds } from './held-cuts.ts';

const HUB = 'aa'.repeat(8);
const ERAS = [{ era: 1, hubEpoch: HUB, forkLsn: 0 }];
const cutAt = (lsn: number): Cut => ({ position: { hubEpoch: HUB, lsn, historyHash: 'cd'.repeat(32) }, at: toAt(1, lsn) });
const step = fc.record({ lsns: fc.integer({ min: 1, max: 500 }), entities: fc.integer({ min: 0, max: 20_000 }) });

/** After each of the steps: what is held, and where the device stands. */
function* walk(
  steps: readonly { readonly lsns: number; readonly entities: number }[],
): Generator<{ held: readonly HeldCut[]; stood: readonly number[] }> {
  let held: readonly HeldCut[] = [];
  const stood = [1];
  for (const { lsns, entities } of steps) {
    const left = cutAt(stood.at(-1) ?? 1);
    const to = cutAt(left.position.lsn + lsns).position;
    const segments = [{ hash: 'ee'.repeat(32), bytes: 1, cells: entities, entities }];
    held = heldAfter(held, left, ERAS, { from: left.position, to, rebase: false, segments, signature: '' });
    stood.push(to.lsn);
    yield { held, stood };
  }
}

test('D-19: wherever a fork lies, the newest held cut before it is at most twice as old as the newest that ever was; few are held', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      for (const { held, stood } of walk(steps.map(({ lsns }) => ({ lsns, entities: 0 })))) {
        const head = stood.at(-1) ?? 0;
        for (const lsn of stood.slice(0, -1)) {
          const newest = held.findLast((cut) => cut.lsn <= lsn);
          expect(newest === undefined ? Infinity : head - newest.lsn).toBeLessThanOrEqual(2 * (head - lsn));
        }
        expect(held.length).toBeLessThanOrEqual(2 * Math.log2(head) + 2);
      }
    }),
  );
});

test('D-19: a cut is held where its LSN and its history are both those from which the manifest goes on: of a fork’s other side none is', () => {
  const { position } = cutAt(5);
  const held = [3, 5, 8].map((lsn) => ({ at: toAt(1, lsn), lsn, historyHash: position.historyHash, entities: 0 }));
  const isHeldAt = (lsn: number, historyHash: string): boolean =>
    isHeld(held, { from: { ...position, lsn, historyHash }, to: cutAt(9).position, rebase: true, segments: [], signature: '' });
  const other = 'ab'.repeat(32);
  expect([3, 4, 5, 8, 9].map((lsn) => [isHeldAt(lsn, position.historyHash), isHeldAt(lsn, other)])).toEqual([
    [true, false],
    [false, false],
    [true, false],
    [true, false],
    [false, false],
  ]);
});

test('D-19: once a device has gone back none of what was lost is held, and none of anything once it has begun anew', () => {
  const heldAt = (lsn: number): HeldCut => ({ at: toAt(1, lsn), lsn, historyHash: 'cd'.repeat(32), entities: 0 });
  const held = [3, 5, 8].map(heldAt);
  const after = (left: number, from: number, to: number, rebase: boolean): readonly number[] =>
    heldAfter(held, cutAt(left), ERAS, { from: cutAt(from).position, to: cutAt(to).position, rebase, segments: [], signature: '' }).map(
      ({ lsn }) => lsn,
    );
  expect(after(9, 9, 12, false)).toEqual([3, 5, 8, 9]);
  expect(after(9, 5, 12, true)).toEqual([3, 5]);
  expect(after(9, 0, 12, true)).toEqual([]);
});

test('D-19: what is held costs no more than it may, and is given up from the oldest on', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      for (const { held, stood } of walk(steps)) {
        const since = (from: number): number =>
          steps.slice(0, stood.length - 1).reduce((sum, { entities }, index) => sum + ((stood[index] ?? 0) >= from ? entities : 0), 0);
        const oldest = held[0];
        expect(held.reduce((sum, { entities }) => sum + entities, 0)).toBe(oldest === undefined ? 0 : since(oldest.lsn));
        expect(oldest === undefined ? 0 : since(oldest.lsn)).toBeLessThanOrEqual(HELD_ENTITIES);
        expect(held.map(({ lsn }) => lsn)).toEqual(held.map(({ lsn }) => lsn).toSorted((left, right) => left - right));
      }
    }),
  );
});

test('D-19: a hub may lose its last publications again and again, also what a fork before it went on from: no cut that is held or pinned changes by what is dropped (found by seed 700029 of everything)', () => {
  const move = fc.oneof(
    fc.record({ type: fc.constant('on' as const), isChanged: fc.boolean() }),
    fc.record({ type: fc.constant('back' as const), to: fc.nat(20), isChanged: fc.boolean(), lsns: fc.nat(1) }),
    fc.record({ type: fc.constant('pin' as const) }),
    fc.record({ type: fc.constant('prune' as const) }),
  );
  fc.assert(
    fc.property(fc.array(move, { minLength: 15, maxLength: 40 }), (moves) => {
      const eras: Era[] = [];
      let held: readonly HeldCut[] = [];
      let cells: EntityCells = new Map();
      let cut: Cut = { position: { hubEpoch: HUB, lsn: 0, historyHash: '0'.repeat(64) }, at: 0 };
      let pinned = Infinity;
      let hubs = 0;
      const shown = new Map<number, unknown>();
      const read = (at: number): unknown => viewCells(cells, viewAt(at, eras))?.get(1);
      /** To a cut so many publications later, which says of the one field what no other said. */
      const follow = (
        from: { readonly lsn: number; readonly historyHash: string },
        lsns: number,
        isChanged: boolean,
        isBack = false,
      ): void => {
        if (isBack) hubs += 1;
        const hubEpoch = String(hubs).padStart(16, '0');
        const { lsn, historyHash } = from;
        const to = { hubEpoch, lsn: lsn + lsns, historyHash: lsns === 0 ? historyHash : String(shown.size).padStart(64, '0') };
        const manifest: Manifest = { from: { hubEpoch, lsn, historyHash }, to, rebase: isBack, segments: [], signature: '' };
        const era = nextEra(eras, cut, manifest);
        if (era.era > eras.length) eras.push(era);
        const at = toAt(era.era, to.lsn);
        if (isChanged && lsns > 0) {
          joinCell(cells, 1, { at, generation: 1, value: at });
          joinCell(cells, EXISTENCE, { at, generation: 1, value: true });
        }
        held = heldAfter(held, cut, eras, manifest);
        cut = { position: to, at };
        shown.set(at, read(at));
      };
      for (const one of moves) {
        if (one.type === 'on') follow(cut.position, 1, one.isChanged);
        else if (one.type === 'pin') pinned = pinned === Infinity ? cut.at : Infinity;
        else if (one.type === 'back') {
          const back = held[one.to % Math.max(1, held.length)];
          if (back !== undefined && back.lsn > 0) follow(back, one.lsns, one.isChanged, true);
        } else {
          const { floor, views } = pruneBounds(held, eras, Math.min(pinned, cut.at)).all;
          cells = pruneCells(cells, floor, views);
        }
        const readable = [...shown].filter(([at]) => at >= pinned || at === cut.at || held.some((kept) => kept.at === at));
        expect(readable.map(([at]) => [at, read(at)])).toEqual(readable);
      }
    }),
    { numRuns: 2_000 },
  );
});
