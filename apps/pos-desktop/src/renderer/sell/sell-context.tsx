/** Hands the screen's parts what they draw. Each part names the piece that it needs, and is drawn anew only when that piece changes. */
import { createContext, type ReactElement, type ReactNode, use, useMemo, useSyncExternalStore } from 'react';

import type { KeyMap } from '../key-map.ts';
import type { Pictures } from '../pictures.ts';
import type { Strings } from '../strings.ts';
import type { TillClient } from '../till-client.ts';
import type { TillView } from '../till-view.ts';
import type { SellController } from './sell-controller.ts';
import type { SellState } from './sell-state.ts';

interface Sell {
  readonly client: TillClient;
  readonly sell: SellController;
  readonly strings: Strings;
  readonly keys: KeyMap;
  readonly pictures: Pictures;
}

const SellContext = createContext<Sell | undefined>(undefined);

export const SellProvider = ({
  client,
  sell,
  strings,
  keys,
  pictures,
  children,
}: Sell & { readonly children: ReactNode }): ReactElement => {
  const value = useMemo(() => ({ client, sell, strings, keys, pictures }), [client, sell, strings, keys, pictures]);
  return <SellContext value={value}>{children}</SellContext>;
};

const useParts = (): Sell => {
  const value = use(SellContext);
  if (value === undefined) throw new Error('outside of SellProvider');
  return value;
};

export const useSell = (): SellController => useParts().sell;
export const useStrings = (): Strings => useParts().strings;
export const usePictures = (): Pictures => useParts().pictures;
/** The keys as this machine has them. */
export const useKeys = (): KeyMap => useParts().keys;

/** `pick` must give the same object while nothing that it picks has changed. */
export const useTill = <T,>(pick: (view: TillView) => T): T => {
  const { client } = useParts();
  return useSyncExternalStore(client.subscribe, () => pick(client.view()));
};

export const useSellState = <T,>(pick: (state: SellState) => T): T => {
  const { sell } = useParts();
  return useSyncExternalStore(sell.subscribe, () => pick(sell.state()));
};
