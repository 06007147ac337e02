/** Everything that the screen stands in: words, palette, till and controller. */
import { HoldfastProvider } from '@holdfast/ui';
import { type ReactElement, useMemo, useSyncExternalStore } from 'react';

import { CashProvider } from './cash/cash-context.tsx';
import type { CashController } from './cash/cash-controller.ts';
import { CashSheet } from './cash/cash-sheet.tsx';
import { createKeyMap } from './key-map.ts';
import { PeopleProvider } from './people/people-context.tsx';
import type { PeopleController } from './people/people-controller.ts';
import { PeopleSheet } from './people/people-sheet.tsx';
import type { Pictures } from './pictures.ts';
import { localeOf, type PreferenceStore } from './preferences.ts';
import { KeyPagesScreen } from './sell/key-pages-screen.tsx';
import { SellProvider } from './sell/sell-context.tsx';
import type { SellController } from './sell/sell-controller.ts';
import { SellScreen } from './sell/sell-screen.tsx';
import { SetupProvider } from './setup/setup-context.tsx';
import type { SetupController } from './setup/setup-controller.ts';
import { SetupScreen } from './setup/setup-screen.tsx';
import { stringsOf } from './strings.ts';
import type { TillClient } from './till-client.ts';

export interface AppProps {
  readonly client: TillClient;
  readonly sell: SellController;
  readonly people: PeopleController;
  readonly cash: CashController;
  readonly setup: SetupController;
  readonly preferences: PreferenceStore;
  readonly pictures: Pictures;
}

export const App = ({ client, sell, people, cash, setup, preferences, pictures }: AppProps): ReactElement => {
  const { appearance, language, keys } = useSyncExternalStore(preferences.subscribe, preferences.preferences);
  const keyMap = useMemo(() => createKeyMap(keys), [keys]);
  return (
    <HoldfastProvider appearance={appearance} language={language} locale={localeOf(language, navigator.languages)}>
      <SellProvider client={client} sell={sell} strings={stringsOf(language)} keys={keyMap} pictures={pictures}>
        <PeopleProvider people={people}>
          <CashProvider cash={cash}>
            <SetupProvider setup={setup}>
              <SellScreen client={client} preferences={preferences} />
              <CashSheet />
              <KeyPagesScreen client={client} />
              <SetupScreen />
              <PeopleSheet />
            </SetupProvider>
          </CashProvider>
        </PeopleProvider>
      </SellProvider>
    </HoldfastProvider>
  );
};
