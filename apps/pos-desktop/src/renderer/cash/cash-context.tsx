/** Hands the screens about the drawer what they draw. */
import { createContext, type ReactElement, type ReactNode, use, useSyncExternalStore } from 'react';

import type { CashController, CashState } from './cash-controller.ts';

const CashContext = createContext<CashController | undefined>(undefined);

export const CashProvider = ({ cash, children }: { readonly cash: CashController; readonly children: ReactNode }): ReactElement => (
  <CashContext value={cash}>{children}</CashContext>
);

export const useCash = (): CashController => {
  const cash = use(CashContext);
  if (cash === undefined) throw new Error('outside of CashProvider');
  return cash;
};

/** `pick` must give the same object while nothing that it picks has changed. */
export const useCashState = <T,>(pick: (state: CashState) => T): T => {
  const cash = useCash();
  return useSyncExternalStore(cash.subscribe, () => pick(cash.state()));
};
