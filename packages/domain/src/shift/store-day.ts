/**
 * The store's day: the roll-up of its lanes' shifts. A lane's Z is final; only this takes what comes later, as a supplement, and it says lane by lane what
 * it still waits for. Sums are added and compared as they are; nothing is priced, taxed or rounded again.
 */
import { assert } from '@holdfast/base';

import { addMinor } from '../money/money.ts';
import { TERMINAL_FIGURES, type TerminalSum } from './shift-terminals.ts';
import { CASH_ACT_NAMES, nameOfTax, noShift, type CashAct, type ShiftSums, type TaxSum, type TenderSum } from './shift.ts';

type NumberKey = { [Key in keyof ShiftSums]-?: ShiftSums[Key] extends number ? Key : never }[keyof ShiftSums];

/** Every figure of a shift that is one number. */
const FIGURES = {
  sales: true,
  refunds: true,
  totalMinor: true,
  refundedMinor: true,
  discountMinor: true,
  roundingMinor: true,
  changeMinor: true,
  payoutMinor: true,
  drawerMinor: true,
  voidedLines: true,
  voidedSales: true,
  reprints: true,
  approvals: true,
} as const satisfies Record<NumberKey, true>;
const FIGURE_NAMES = Object.keys(FIGURES) as readonly NumberKey[];

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Rows of both, those of one name together, in the order of their names; what comes to nothing at all is left out. */
function addRows<Row extends object>(
  [left, right]: readonly [readonly Row[], readonly Row[]],
  sign: 1 | -1,
  { nameOf, counted }: { readonly nameOf: (row: Row) => string; readonly counted: readonly (keyof Row)[] },
): readonly Row[] {
  const held = new Map<string, Row>();
  const add = (row: Row, by: 1 | -1): void => {
    const name = nameOf(row);
    const before = held.get(name);
    const sums = counted.map((key) => {
      const amount = Number(row[key]);
      return [key, addMinor(before === undefined ? 0 : Number(before[key]), by === 1 ? amount : 0 - amount)] as const;
    });
    held.set(name, { ...row, ...Object.fromEntries(sums) });
  };
  for (const row of left) add(row, 1);
  for (const row of right) add(row, sign);
  return [...held]
    .filter(([, row]) => counted.some((key) => Number(row[key]) !== 0))
    .toSorted(([one], [other]) => byText(one, other))
    .map(([, row]) => row);
}

const TAX_ROWS = { nameOf: (tax: TaxSum) => nameOfTax(tax), counted: ['netMinor', 'taxMinor'] } as const;
const TENDER_ROWS = { nameOf: ({ tenderType }: TenderSum) => tenderType, counted: ['amountMinor', 'tipMinor', 'count'] } as const;
const TERMINAL_ROWS = { nameOf: ({ terminalId }: TerminalSum) => terminalId, counted: TERMINAL_FIGURES } as const;

function combine(left: ShiftSums, right: ShiftSums, sign: 1 | -1): ShiftSums {
  assert(left.currency === right.currency, 'a store has one currency');
  const figure = (name: NumberKey): number => addMinor(left[name], sign === 1 ? right[name] : 0 - right[name]);
  const numbers = Object.fromEntries(FIGURE_NAMES.map((name) => [name, figure(name)])) as Record<NumberKey, number>;
  const cashOf = (act: CashAct): number => addMinor(left.cash[act], sign === 1 ? right.cash[act] : 0 - right.cash[act]);
  return {
    currency: left.currency,
    ...numbers,
    taxes: addRows([left.taxes, right.taxes], sign, TAX_ROWS),
    tenders: addRows([left.tenders, right.tenders], sign, TENDER_ROWS),
    terminals: addRows([left.terminals ?? [], right.terminals ?? []], sign, TERMINAL_ROWS),
    cash: Object.fromEntries(CASH_ACT_NAMES.map((act) => [act, cashOf(act)])) as Record<CashAct, number>,
  };
}

/** Of several shifts together. */
export const addSums = (currency: string, shifts: Iterable<ShiftSums>): ShiftSums => {
  let sum = noShift(currency);
  for (const shift of shifts) sum = combine(sum, shift, 1);
  return sum;
};

/** What came since; figures below 0 say that something is gone. */
export const sumsSince = (before: ShiftSums, now: ShiftSums): ShiftSums => combine(now, before, -1);

export interface SumDifference {
  /** As `ShiftSums` names it; `tax`, `tender`, `terminal` and `cash` with what they are of behind a blank. */
  readonly figure: string;
  readonly toldMinor: number;
  readonly foundMinor: number;
}

/** Every figure by its name; a figure of a list that is not there is 0. */
function figuresOf(sums: ShiftSums): ReadonlyMap<string, number> {
  return new Map<string, number>([
    ...FIGURE_NAMES.map((name) => [name, sums[name]] as const),
    ...CASH_ACT_NAMES.map((act) => [`cash ${act}`, sums.cash[act]] as const),
    ...sums.taxes.flatMap((tax) => {
      const name = [tax.taxClass, tax.component, tax.ratePpm].filter((part) => part !== undefined).join(' ');
      return [[`tax ${name}`, tax.taxMinor] as const, [`net ${name}`, tax.netMinor] as const];
    }),
    ...sums.tenders.flatMap(({ tenderType, amountMinor, tipMinor, count }) => [
      [`tender ${tenderType}`, amountMinor] as const,
      [`tip ${tenderType}`, tipMinor] as const,
      [`count ${tenderType}`, count] as const,
    ]),
    ...(sums.terminals ?? []).flatMap((sum) => TERMINAL_FIGURES.map((name) => [`terminal ${sum.terminalId} ${name}`, sum[name]] as const)),
  ]);
}

const withoutTerminals = ({ terminals: _terminals, ...sums }: ShiftSums): ShiftSums => sums;

/** Where a Z says something else than the entries of its shift come to. Of figures that there were not when it was written it says nothing. */
export function differencesOf(told: ShiftSums, found: ShiftSums): readonly SumDifference[] {
  const [left, right] = [figuresOf(told), figuresOf(told.terminals === undefined ? withoutTerminals(found) : found)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((figure) => {
    const [toldMinor, foundMinor] = [left.get(figure) ?? 0, right.get(figure) ?? 0];
    return toldMinor === foundMinor ? [] : [{ figure, toldMinor, foundMinor }];
  });
}

/** What a roll-up knows of one lane and one date. */
export interface LaneDay {
  readonly businessDate: string;
  /** Of that date, no Z of theirs held yet. */
  readonly openShifts: readonly number[];
  readonly hasShifts: boolean;
  /** The latest date that any entry of this lane carries; undefined: it has sent none. */
  readonly lastBusinessDate: string | undefined;
  /** The business date of the moment at which it was last heard; undefined: never. */
  readonly heardOn: string | undefined;
  /** What it said then that it had not sent yet. */
  readonly waitingEntries: number;
  /** Entries of it that are held and could not be applied. */
  readonly setAside: number;
}

export type LaneWait =
  /** A shift of the date is open, or its Z is still at the lane. */
  | { readonly type: 'close'; readonly shift: number }
  /** It said that it had so many to send. */
  | { readonly type: 'entries'; readonly count: number }
  /** It was not heard since that day: it may have sold. */
  | { readonly type: 'contact' }
  /** So many of its entries could not be read. */
  | { readonly type: 'setAside'; readonly count: number };

/** Nothing: all of the lane's day is here. A lane's dates never go back, so one entry of a later date says that none of this one comes any more. */
export function waitsFor(lane: LaneDay): readonly LaneWait[] {
  const { businessDate, openShifts, lastBusinessDate, heardOn, waitingEntries, setAside } = lane;
  const waits: LaneWait[] = openShifts.map((shift) => ({ type: 'close', shift }));
  const isPast = lastBusinessDate !== undefined && lastBusinessDate > businessDate;
  if (!isPast && waitingEntries > 0) waits.push({ type: 'entries', count: waitingEntries });
  const isHeardAfter = heardOn !== undefined && heardOn > businessDate;
  const isClosedToday = lane.hasShifts && openShifts.length === 0;
  const isHeardToday = heardOn === businessDate && (!lane.hasShifts || isClosedToday);
  if (!isPast && !isHeardAfter && !isHeardToday && openShifts.length === 0) waits.push({ type: 'contact' });
  if (setAside > 0) waits.push({ type: 'setAside', count: setAside });
  return waits;
}
