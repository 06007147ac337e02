/**
 * The cuts behind the exposed one that a device still holds whole, at growing ages (SPEC: D-19). To one of them it goes back where its hub has lost what came after it, and fetches only what changed
 * since. What each cut sees is kept until it is dropped here, so this list says what may be pruned.
 */
import { assert } from '@holdfast/base';

import { goesBack, pruneFloor, startsAnew, type HeldCut } from '../store.ts';
import type { Manifest } from '../wire/protocol.ts';
import { eraOf, forkedOff, toAt, viewAt, type Cut, type Era, type View } from './cells.ts';

/** Where an older cut has to lie, to be held as well: no nearer than twice as old as the next. */
const AGE_RATIO = 2;
/** In all of them: then the oldest goes. About 10 MB of a lane's disk. */
export const HELD_ENTITIES = 262_144;
const MAX_HELD = 40;
/** More versions of one field are thinned to what the held cuts see, however often it changes. */
export const HOT_VERSIONS = 16;

export const isHeld = (held: readonly HeldCut[], { from }: Manifest): boolean =>
  held.some(({ lsn, historyHash }) => lsn === from.lsn && historyHash === from.historyHash);

/** Oldest first, as `held`. `left`: the cut that was exposed until now. */
export function heldAfter(held: readonly HeldCut[], left: Cut, eras: readonly Era[], manifest: Manifest): readonly HeldCut[] {
  if (left.at === 0 || startsAnew(left, manifest)) return [];
  const { from, to } = manifest;
  const { lsn, historyHash } = left.position;
  const before = goesBack(manifest)
    ? held.filter((cut) => cut.lsn <= from.lsn)
    : [...held, { at: pruneFloor(eras, left.at), lsn, historyHash, entities: 0 }];
  const brought = manifest.segments.reduce((sum, { entities }) => sum + entities, 0);
  const last = before.at(-1);
  const counted = last === undefined ? [] : [...before.slice(0, -1), { ...last, entities: last.entities + brought }];
  return affordable(
    thinned(
      counted.filter((cut) => cut.lsn < to.lsn),
      to.lsn,
    ),
  );
}

/** Of two that are about as old the newer stays, and the oldest of all. */
function thinned(held: readonly HeldCut[], headLsn: number): readonly HeldCut[] {
  const kept: HeldCut[] = [];
  let carried = 0;
  for (let index = held.length - 1; index >= 0; index -= 1) {
    const cut = held[index];
    assert(cut !== undefined, 'a cut at its index');
    const [newer, older] = [kept.at(-1), held[index - 1]];
    const isBetween = newer !== undefined && older !== undefined && headLsn - older.lsn <= AGE_RATIO * (headLsn - newer.lsn);
    if (isBetween) carried += cut.entities;
    else {
      kept.push({ ...cut, entities: cut.entities + carried });
      carried = 0;
    }
  }
  return kept.toReversed();
}

function affordable(held: readonly HeldCut[]): readonly HeldCut[] {
  let entities = 0;
  const newest = held.toReversed();
  const end = newest.findIndex((cut, index) => (entities += cut.entities) > HELD_ENTITIES || index >= MAX_HELD);
  return end === -1 ? held : newest.slice(0, end).toReversed();
}

export interface PruneBounds {
  /** Versions above it stay; below, what a reader at it sees. */
  readonly floor: number;
  readonly views: readonly View[];
}

/** What may go of everything (`all`), and of rows that have many versions (`hot`): of those the cuts that lie between two that are held see nothing any more. `at`: the lowest cut that is read. */
export function pruneBounds(
  held: readonly HeldCut[],
  eras: readonly Era[],
  at: number,
): { readonly all: PruneBounds; readonly hot: PruneBounds } {
  const pinned = pruneFloor(eras, at);
  const floor = Math.min(pinned, held[0]?.at ?? pinned);
  const bounds = (lowest: number, others: readonly number[]): PruneBounds => ({
    floor: lowest,
    views: [lowest, ...forksBelow(eras, lowest), ...others].map((cut) => viewAt(cut, eras)),
  });
  return {
    all: bounds(floor, []),
    hot: bounds(
      pinned,
      held.map((cut) => cut.at),
    ),
  };
}

/** Where eras above a cut went back beneath it: what stood there is theirs as well. */
const forksBelow = (eras: readonly Era[], at: number): readonly number[] =>
  eras
    .filter((era) => era.era > eraOf(at) && era.forkLsn > 0 && branchedAt(eras, era) < at)
    .map((era) => toAt(forkedOff(eras, era)?.era ?? 0, era.forkLsn));

/** Where an era's history left the others': beneath its parent's own fork that is in an era before. */
function branchedAt(eras: readonly Era[], era: Era): number {
  let from = forkedOff(eras, era);
  while (from !== null && from.forkLsn > era.forkLsn) from = forkedOff(eras, from);
  return toAt(from?.era ?? 0, era.forkLsn);
}
