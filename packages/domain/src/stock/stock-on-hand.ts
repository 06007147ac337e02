/**
 * Goods on hand: what the last count stated, and what moved since. A count is a statement at a place in each ledger that its lane had seen, and at a moment that clocks know more or less well; whether a movement was made before
 * it or after it is decided for each of the two by themselves, so that no order of arrival changes the sum. What cannot be told is told to be so, and a person decides.
 */
import { addMinor } from '../money/money.ts';
import type { CountedLine, LedgerPlace } from './stock-count.ts';

/** From this uncertainty on a clock says nothing: its device had heard no hub. */
export const NO_CLOCK_MS = 86_400_000;

/** Between which moments, by the hub's clock, something happened; null: nothing says so. Both ends belong to it. */
export interface Span {
  readonly fromMs: number | null;
  readonly toMs: number;
}

/** Of one entry that moved goods. */
export interface MovedAt extends LedgerPlace {
  /** Of a second history (SPEC: U-8), whose places no count names. */
  readonly isBranch: boolean;
  readonly span: Span;
}

/** What one count stated of some goods. */
export interface CountStatement extends Pick<CountedLine, 'quantity' | 'counted'> {
  /** That of the count; never later than the hub had it. */
  readonly atMs: number;
  readonly span: Span;
  /** Up to where the sheet's lane had a ledger when the sheet was begun; 0: it had nothing of it. */
  readonly seenSeq: (device: string, epoch: string) => number;
}

export type SideOfCount = 'before' | 'after' | 'unclear';

/** Nothing that the hub has can have happened later; a clock that says so is wrong, and says nothing. */
export function spanOf(
  { fromMs, atMs, uncertaintyMs }: { readonly fromMs?: number; readonly atMs: number; readonly uncertaintyMs: number },
  receivedAtMs: number,
): Span {
  const isKnown = uncertaintyMs < NO_CLOCK_MS && atMs - uncertaintyMs <= receivedAtMs;
  return isKnown
    ? { fromMs: (fromMs ?? atMs) - uncertaintyMs, toMs: Math.min(atMs + uncertaintyMs, receivedAtMs) }
    : { fromMs: null, toMs: receivedAtMs };
}

/** Places in ledgers decide before clocks do: what a lane had was there before it counted, whatever anybody's clock says. */
export function sideOfCount(
  { device, epoch, seq, isBranch, span }: MovedAt,
  count: Omit<CountStatement, 'atMs' | 'quantity'>,
): SideOfCount {
  const { counted } = count;
  if (!isBranch) {
    if (counted?.device === device && counted.epoch === epoch) return seq <= counted.seq ? 'before' : 'after';
    if (seq <= count.seenSeq(device, epoch)) return 'before';
  }
  if (count.span.fromMs !== null && span.toMs < count.span.fromMs) return 'before';
  return span.fromMs !== null && span.fromMs > count.span.toMs ? 'after' : 'unclear';
}

/** Which of two counts of the same goods holds: the later one, and of one moment the one whose entry's hash (hex) is the higher. */
export const isLaterCount = (
  left: { readonly atMs: number; readonly hash: string },
  right: { readonly atMs: number; readonly hash: string },
): boolean => (left.atMs === right.atMs ? left.hash > right.hash : left.atMs > right.atMs);

/** `moved`: the sum of all movements, what leaves being negative; `movedBefore`: of those that the count had in it already. */
export const onHandOf = (moved: number, count: { readonly quantity: number; readonly movedBefore: number } | undefined): number =>
  count === undefined ? moved : addMinor(count.quantity, addMinor(moved, -count.movedBefore));
