/** What is done to a line that stands: its quantity, its void, and which one is meant. */
import { type Entry, scaleTypedNumber } from '../../entry.ts';
import type { SellCore } from '../sell-core.ts';
import type { GoodsActs } from './goods-acts.ts';

export interface LineActs {
  /** `lineId` absent: the current line. */
  readonly changeQuantity: (typed: Entry, lineId?: string) => void;
  readonly stepQuantity: (by: 1 | -1) => void;
  readonly voidLine: (lineId: string) => void;
  /** By the arrow keys. */
  readonly selectNext: (by: 1 | -1) => void;
  /** By a touch; where a quantity was typed, that becomes the line's. */
  readonly touch: (lineId: string) => void;
}

export const createLineActs = (core: SellCore, { sell }: Pick<GoodsActs, 'sell'>): LineActs => {
  const { client, state, set, entry, currentLine, refuse, command } = core;

  const changeQuantity = (typed: Entry, lineId?: string): void => {
    const line = lineId === undefined ? currentLine() : client.view().lines.find((other) => other.lineId === lineId);
    if (line?.quantity === undefined || typed.quantity === undefined) {
      refuse({ type: 'noLine' });
      return;
    }
    const steps = scaleTypedNumber(typed.quantity, line.quantity.unit === 'piece' ? 0 : 3);
    if (steps === undefined) {
      refuse({ type: 'refusal', refusal: { type: 'unitMismatch', detail: {} }, subject: line.name });
      return;
    }
    set({ entry: '' });
    sell({ type: 'setQuantity', lineId: line.lineId, quantity: typed.returning ? -steps : steps }, line.name);
  };

  return {
    changeQuantity,
    stepQuantity: (by) => {
      const line = currentLine();
      if (line?.quantity === undefined) refuse({ type: 'noLine' });
      else if (line.quantity.unit !== 'piece') refuse({ type: 'notByPiece' });
      else sell({ type: 'setQuantity', lineId: line.lineId, quantity: line.quantity.value + by }, line.name);
    },
    voidLine: (lineId) => {
      const line = client.view().lines.find((other) => other.lineId === lineId);
      if (line === undefined) return;
      set({ selectedLineId: undefined });
      command(line.kind === 'refused' ? { type: 'clearRefused', lineId } : { type: 'voidLine', lineId });
    },
    selectNext: (by) => {
      const { lines } = client.view();
      const current = currentLine();
      const at = current === undefined ? -1 : lines.indexOf(current);
      const next = lines[Math.min(Math.max(at + by, 0), lines.length - 1)];
      if (next !== undefined) set({ selectedLineId: next.lineId });
    },
    touch: (lineId) => {
      const typed = entry();
      if (typed.quantity !== undefined && typed.kind === 'empty') changeQuantity(typed, lineId);
      else set({ selectedLineId: state().selectedLineId === lineId ? undefined : lineId });
    },
  };
};
