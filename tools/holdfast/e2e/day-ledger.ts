/** What a day of a store must come to, by nothing but what people did there: sums of what was rung up, written without a line of the product's own arithmetic. */
import type { Goods } from './goods.ts';

/** As the demo's shop has them; its prices include them. */
const RATES_BPS: Readonly<Record<string, number>> = { reduced: 700, standard: 1_900 };

export interface Bought {
  readonly goods: Goods;
  readonly pieces: number;
}

/** One receipt: `cashMinor` is what was handed over, before change; below 0 it was paid out. */
export interface Receipt {
  readonly receiptNumber: string;
  readonly bought: readonly Bought[];
  readonly by: 'cash' | 'card';
  readonly cashMinor?: number;
  /** All of an earlier receipt of these goods came back. */
  readonly isReturn?: true;
}

export interface Moved {
  readonly act: 'float' | 'paidOut' | 'drop';
  readonly amountMinor: number;
}

export interface DayFigures {
  readonly sales: number;
  readonly refunds: number;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly changeMinor: number;
  readonly drawerMinor: number;
  readonly taxes: readonly { readonly taxClass: string; readonly ratePpm: number; readonly netMinor: number; readonly taxMinor: number }[];
  readonly tenders: readonly { readonly tenderType: string; readonly amountMinor: number; readonly count: number }[];
  readonly cash: Readonly<Record<'float' | 'paidOut' | 'drop', number>>;
}

export const dueOf = (bought: readonly Bought[]): number => bought.reduce((sum, { goods, pieces }) => sum + goods.priceMinor * pieces, 0);

/** Of one receipt and one rate, rounded half up: what is in the price. */
const taxIn = (grossMinor: number, rateBps: number): number =>
  Math.floor((2 * grossMinor * rateBps + 10_000 + rateBps) / (2 * (10_000 + rateBps)));

export function figuresOf(receipts: readonly Receipt[], moved: readonly Moved[]): DayFigures {
  const signed = receipts.map((receipt) => ({ ...receipt, sign: receipt.isReturn === true ? -1 : 1, dueMinor: dueOf(receipt.bought) }));
  const sum = (amounts: readonly number[]): number => amounts.reduce((left, right) => left + right, 0);
  const changeOf = ({ sign, cashMinor, dueMinor, by }: (typeof signed)[number]): number =>
    by === 'cash' && sign > 0 ? (cashMinor ?? dueMinor) - dueMinor : 0;
  const takenOf = (receipt: (typeof signed)[number]): number => receipt.sign * receipt.dueMinor + changeOf(receipt);
  const cashOf = (act: Moved['act']): number =>
    sum(moved.filter((move) => move.act === act).map(({ amountMinor }) => (act === 'float' ? amountMinor : -amountMinor)));
  const cash = { float: cashOf('float'), paidOut: cashOf('paidOut'), drop: cashOf('drop') };
  const taxes = Object.entries(RATES_BPS).flatMap(([taxClass, rateBps]) => {
    const parts = signed.flatMap(({ bought, sign }) => {
      const grossMinor = dueOf(bought.filter(({ goods }) => goods.taxClass === taxClass));
      return grossMinor === 0 ? [] : [{ grossMinor: sign * grossMinor, taxMinor: sign * taxIn(grossMinor, rateBps) }];
    });
    const taxMinor = sum(parts.map((part) => part.taxMinor));
    const netMinor = sum(parts.map((part) => part.grossMinor)) - taxMinor;
    return parts.length === 0 ? [] : [{ taxClass, ratePpm: rateBps * 100, netMinor, taxMinor }];
  });
  const tenders = (['card', 'cash'] as const).flatMap((tenderType) => {
    const paid = signed.filter(({ by }) => by === tenderType);
    return paid.length === 0 ? [] : [{ tenderType, amountMinor: sum(paid.map(takenOf)), count: paid.length }];
  });
  const inCash = signed.filter(({ by }) => by === 'cash');
  return {
    sales: receipts.length,
    refunds: signed.filter(({ sign }) => sign < 0).length,
    totalMinor: sum(signed.map(({ sign, dueMinor }) => sign * dueMinor)),
    refundedMinor: sum(signed.filter(({ sign }) => sign < 0).map(({ dueMinor }) => dueMinor)),
    changeMinor: sum(signed.map(changeOf)),
    drawerMinor: cash.float + cash.paidOut + cash.drop + sum(inCash.map(({ sign, dueMinor }) => sign * dueMinor)),
    taxes,
    tenders,
    cash,
  };
}
