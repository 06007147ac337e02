import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toAt, type Cut } from './cells.ts';
import { HELD_ENTITIES, heldAfter } from './held-cuts.ts';
import type { HeldCut } from './store.ts';

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
