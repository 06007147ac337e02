/** Of the goods that a display may show, those that it shows now: the ones whose pictures are here, a few at a time, one after the other. */
import type { Tile } from '../../shared/till-contract.ts';

/** Side by side, so that each is seen from where a shopper stands. */
export const SHOWN_AT_ONCE = 4;

/** `turn` counts from 0. All of them where there are no more than stand side by side; else the last ones make room for the first again. */
export function shownGoods(goods: readonly Tile[], turn: number): readonly Tile[] {
  if (goods.length <= SHOWN_AT_ONCE) return goods;
  const first = (turn * SHOWN_AT_ONCE) % goods.length;
  return [...goods, ...goods].slice(first, first + SHOWN_AT_ONCE);
}
