/**
 * What went over each payment terminal in a shift, by its sales, beside what the terminal counted itself when it was settled: part of the shift's one fold (`shift.ts`).
 *
 * A settlement counts since the one before it, whichever shift that was in: what it is held against is what its lane had since then (`settled`), not what the shift took.
 */
import type { FieldReader } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { addMinor } from '../money/money.ts';
import type { TerminalSettlement } from '../tender/card-payment.ts';
import type { Tender } from '../tender/tender.ts';

export interface TerminalSum {
  /** Empty where the terminal did not say its name. */
  readonly terminalId: string;
  /** By the sales of the shift, tips with them, refunds less. */
  readonly takenMinor: number;
  readonly takenCount: number;
  readonly settlements: number;
  /** By the terminal's own count. */
  readonly countedMinor: number;
  readonly countedCount: number;
  /** By the lane's, over the same time. */
  readonly settledMinor: number;
  readonly settledCount: number;
}

export const TERMINAL_FIGURES = [
  'takenMinor',
  'takenCount',
  'settlements',
  'countedMinor',
  'countedCount',
  'settledMinor',
  'settledCount',
] as const satisfies readonly (keyof TerminalSum)[];
type Figure = (typeof TERMINAL_FIGURES)[number];

/** Undefined where it was never settled: there is nothing to compare. */
export const terminalDifferenceMinor = ({ settlements, countedMinor, settledMinor }: TerminalSum): number | undefined =>
  settlements === 0 ? undefined : countedMinor - settledMinor;

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function addFigures(sums: readonly TerminalSum[], terminalId: string, more: Partial<Record<Figure, number>>): readonly TerminalSum[] {
  const held = sums.find((sum) => sum.terminalId === terminalId);
  const figures = TERMINAL_FIGURES.map((name) => [name, addMinor(held?.[name] ?? 0, more[name] ?? 0)] as const);
  const sum = { terminalId, ...(Object.fromEntries(figures) as Record<Figure, number>) };
  return [...sums.filter((other) => other !== held), sum].toSorted((left, right) => byText(left.terminalId, right.terminalId));
}

/** A tender that went over no terminal leaves them as they are. */
export const addTenderToTerminals = (
  sums: readonly TerminalSum[],
  { card, amountMinor, tipMinor = 0 }: Pick<Tender, 'card' | 'amountMinor' | 'tipMinor'>,
): readonly TerminalSum[] =>
  card === undefined ? sums : addFigures(sums, card.terminalId ?? '', { takenMinor: addMinor(amountMinor, tipMinor), takenCount: 1 });

export const addSettlementToTerminals = (
  sums: readonly TerminalSum[],
  { terminalId = '', brands, countedMinor, ownMinor, ownCount }: TerminalSettlement,
): readonly TerminalSum[] =>
  addFigures(sums, terminalId, {
    settlements: 1,
    countedMinor,
    countedCount: brands.reduce((sum, { count }) => sum + count, 0),
    settledMinor: ownMinor,
    settledCount: ownCount,
  });

export const terminalSumFields = (sums: readonly TerminalSum[]): readonly Fields[] => sums.map((sum) => ({ ...sum }));

export const readTerminalSum = (row: FieldReader): TerminalSum => ({
  terminalId: row.text('terminalId'),
  takenMinor: row.int('takenMinor'),
  takenCount: row.int('takenCount', 0),
  settlements: row.int('settlements', 0),
  countedMinor: row.int('countedMinor'),
  countedCount: row.int('countedCount', 0),
  settledMinor: row.int('settledMinor'),
  settledCount: row.int('settledCount', 0),
});
