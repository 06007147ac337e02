/**
 * What may be done with a drawer and its shift: counted in, moved, counted out blind, closed for good, rolled over by the day. Decisions only: who keeps the
 * drawer hands over how it stands, writes what comes out, and goes on with the next shift.
 *
 * A shift begins with a float that somebody counted. What was sold before is a shift of its own, which nobody counted.
 */
import { err, ok, type Result } from '@holdfast/base';

import { addMinor } from '../money/money.ts';
import {
  countedMinor,
  overShortMinor,
  type CashAct,
  type CashMovement,
  type Denomination,
  type ShiftClose,
  type ShiftSums,
} from './shift.ts';

/** A drawer as its lane keeps it. */
export interface DrawerStand {
  readonly shift: number;
  /** Somebody counted a float into it. */
  readonly isOpened: boolean;
  /** Of this shift so far. */
  readonly sums: ShiftSums;
  /** Of all shifts before it. */
  readonly perpetualMinor: number;
}

export type DrawerRefusal =
  | { readonly type: 'shiftOpen' | 'shiftNotOpen'; readonly detail: { readonly shift: number } }
  /** A face or a count that makes no sense. */
  | { readonly type: 'countUnusable'; readonly detail: Readonly<Record<string, never>> }
  /** Another amount than must lie there, and nobody said why. It is told now, not before it was counted. */
  | { readonly type: 'overShort'; readonly detail: { readonly overShortMinor: number } }
  | { readonly type: 'reasonNeeded'; readonly detail: { readonly act: CashAct } };

const countUnusable = { type: 'countUnusable', detail: {} } as const;

export interface ShiftOpening {
  readonly floatMinor: number;
  /** What happened before anybody counted is closed first. */
  readonly before?: ShiftClose;
}

/** Something was sold out of it, or lies in it. */
const isInUse = ({ sales, drawerMinor }: ShiftSums): boolean => sales > 0 || drawerMinor !== 0;

/** Whether there is something to count: also for somebody else, where its owner is away. */
export const isToCount = ({ isOpened, sums }: Pick<DrawerStand, 'isOpened' | 'sums'>): boolean => isOpened || isInUse(sums);

/** A float is counted in. */
export function decideOpening(drawer: DrawerStand, denominations: readonly Denomination[]): Result<ShiftOpening, DrawerRefusal> {
  if (drawer.isOpened) return err({ type: 'shiftOpen', detail: { shift: drawer.shift } });
  const floatMinor = countedMinor(denominations);
  if (floatMinor === undefined) return err(countUnusable);
  return ok({ floatMinor, ...(isInUse(drawer.sums) && { before: uncountedClose(drawer) }) });
}

/** Cash that comes or goes without a sale says why; what goes to the safe or comes from there does not have to. */
export function decideCashMovement(
  act: Exclude<CashAct, 'float'>,
  movement: Pick<CashMovement, 'currency' | 'amountMinor' | 'reason'>,
): Result<CashMovement, DrawerRefusal> {
  const isForNoSale = act === 'paidIn' || act === 'paidOut';
  return isForNoSale && movement.reason === undefined ? err({ type: 'reasonNeeded', detail: { act } }) : ok({ act, ...movement });
}

export interface DrawerCount {
  readonly denominations: readonly Denomination[];
  readonly reason?: string | undefined;
  /** It is somebody else's drawer: who counts it may, or who allowed it. */
  readonly leave?: { readonly approvedBy?: string };
}

/** Counted first, told afterwards. */
export function decideClosing(drawer: DrawerStand, { denominations, reason, leave }: DrawerCount): Result<ShiftClose, DrawerRefusal> {
  const { shift, isOpened, sums } = drawer;
  // Who is away does not count their float in any more: what they sold without one lies there all the same.
  if (leave === undefined ? !isOpened : !isToCount(drawer)) return err({ type: 'shiftNotOpen', detail: { shift } });
  const counted = countedMinor(denominations);
  if (counted === undefined) return err(countUnusable);
  const offMinor = overShortMinor({ sums, countedMinor: counted });
  if (offMinor !== 0 && reason === undefined) return err({ type: 'overShort', detail: { overShortMinor: offMinor } });
  return ok({
    sums,
    countedMinor: counted,
    denominations,
    perpetualMinor: perpetualOf(drawer),
    ...(reason !== undefined && { reason }),
    ...(leave !== undefined && ({ isAnothers: true, ...leave } as const)),
  });
}

/** Of a shift that nobody counted: what must lie there counts as counted; a drawer cannot hold less than nothing. */
export const uncountedClose = (drawer: DrawerStand): ShiftClose => ({
  sums: drawer.sums,
  countedMinor: Math.max(drawer.sums.drawerMinor, 0),
  perpetualMinor: perpetualOf(drawer),
  reason: 'rolled',
  isRolled: true,
});

/** What a roll leaves in the drawer is the next shift's float; undefined where neither money nor an opened shift goes over. */
export const rolledFloat = ({ isOpened }: DrawerStand, { countedMinor: leftMinor, sums }: ShiftClose): CashMovement | undefined =>
  isOpened || leftMinor > 0 ? { act: 'float', currency: sums.currency, amountMinor: leftMinor, reason: 'rolled' } : undefined;

/** Of all shifts, this one included. */
export const perpetualOf = ({ perpetualMinor, sums }: DrawerStand): number => addMinor(perpetualMinor, sums.totalMinor);

/** Whether there is more in it than the store wants. */
export const isDropDue = (drawerMinor: number, limitMinor: number | undefined): boolean =>
  limitMinor !== undefined && drawerMinor > limitMinor;
