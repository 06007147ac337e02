import type { ReactElement } from 'react';

import { useFormat } from './provider.tsx';

export interface MoneyTextProps {
  readonly minor: number;
  /** The currency's decimals: 0, 2 or 3. */
  readonly minorDigits: number;
  /** Shown with its sign; without it, the bare figure. */
  readonly currency?: string;
}

/** An amount of money. It keeps its own direction: figures run from left to right in every script. */
export const MoneyText = ({ minor, minorDigits, currency }: MoneyTextProps): ReactElement => {
  const format = useFormat();
  return <bdi>{currency === undefined ? format.money(minor, minorDigits) : format.currency(minor, minorDigits, currency)}</bdi>;
};
