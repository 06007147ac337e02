/**
 * What the shopper sees of the sale: a pure choice out of what the till says. Nothing of the cashier's: no refused scan, no name, no limit, no
 * state of the lane. While the till is away, the last of it stands.
 */
import type { CompletedSale, LineView, Totals } from '../../shared/till-contract.ts';
import type { TillView } from '../till-view.ts';

export type DisplayView =
  | { readonly type: 'connecting' }
  | { readonly type: 'idle'; readonly storeName: string }
  | {
      readonly type: 'sale';
      readonly lines: readonly LineView[];
      readonly totals: Totals;
      readonly minorDigits: number;
      readonly paidMinor: number;
    }
  | { readonly type: 'completed'; readonly completed: CompletedSale; readonly minorDigits: number };

export const displayOf = ({ head, lines, status }: Pick<TillView, 'head' | 'lines' | 'status'>): DisplayView => {
  if (head === undefined) return { type: 'connecting' };
  const { totals, minorDigits, completed, tenders = [] } = head;
  const sold = lines.filter(({ kind }) => kind === 'item');
  if (sold.length > 0) {
    const paidMinor = tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    return { type: 'sale', lines: sold, totals, minorDigits, paidMinor };
  }
  if (completed !== undefined) return { type: 'completed', completed, minorDigits };
  return { type: 'idle', storeName: status?.storeName ?? '' };
};
