/** Everything that the screen stands in: words, palette, till and controller. */
import { type Appearance, HoldfastProvider, isAppearance } from '@holdfast/ui';
import { type ReactElement, useState } from 'react';

import { PeopleProvider } from './people/people-context.tsx';
import type { PeopleController } from './people/people-controller.ts';
import { PeopleSheet } from './people/people-sheet.tsx';
import { SellProvider } from './sell/sell-context.tsx';
import type { SellController } from './sell/sell-controller.ts';
import { SellScreen } from './sell/sell-screen.tsx';
import { english } from './strings.ts';
import type { TillClient } from './till-client.ts';

const APPEARANCE_KEY = 'holdfast.appearance';

/** A preference of this machine, and the only thing that the window itself keeps. */
const readAppearance = (): Appearance => {
  const stored = window.localStorage.getItem(APPEARANCE_KEY);
  return isAppearance(stored) ? stored : 'system';
};

export interface AppProps {
  readonly client: TillClient;
  readonly sell: SellController;
  readonly people: PeopleController;
}

export const App = ({ client, sell, people }: AppProps): ReactElement => {
  const [appearance, setAppearance] = useState(readAppearance);
  const keepAppearance = (next: Appearance): void => {
    window.localStorage.setItem(APPEARANCE_KEY, next);
    setAppearance(next);
  };
  return (
    <HoldfastProvider appearance={appearance} language="en">
      <SellProvider client={client} sell={sell} strings={english}>
        <PeopleProvider people={people}>
          <SellScreen appearance={appearance} onAppearance={keepAppearance} />
          <PeopleSheet />
        </PeopleProvider>
      </SellProvider>
    </HoldfastProvider>
  );
};
