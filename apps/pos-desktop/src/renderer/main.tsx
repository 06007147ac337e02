/** The window's composition root: transport, client, controller, screen. */
import './validation.ts';
import '@holdfast/ui/styles.css';
import type { ReactElement } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import { DISPLAY_HASH } from '../shared/display-hash.ts';
import { App } from './app.tsx';
import { createCashController } from './cash/cash-controller.ts';
import { DisplayScreen } from './display/display-screen.tsx';
import { createPeopleController } from './people/people-controller.ts';
import { createPictures } from './pictures.ts';
import { createPreferenceStore } from './preferences.ts';
import { createSellController } from './sell/sell-controller.ts';
import { createSetupController } from './setup/setup-controller.ts';
import { createShopperDesk, createShopperScreen } from './shopper-desk.ts';
import { openSound } from './sound-device.ts';
import { stringsOf } from './strings.ts';
import { createTillClient, messagePortTransport, webSocketTransport } from './till-client.ts';
import { createTones } from './tone.ts';

const transport = window.location.protocol.startsWith('http')
  ? webSocketTransport(`${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/till`)
  : messagePortTransport(window);

const delay = (task: () => void, delayMs: number): (() => void) => {
  const timer = window.setTimeout(task, delayMs);
  return () => window.clearTimeout(timer);
};

const client = createTillClient({
  transport,
  nowMs: () => Date.now(),
  newId: () => crypto.randomUUID(),
  delay,
  // A scanned line stands in the page before anything else is done: no scheduler in between.
  notify: (runListeners) => flushSync(runListeners),
  onInvalid: (problem) => console.error('The till sent what this window does not understand.', problem),
});

const preferences = createPreferenceStore(window.localStorage, navigator.languages);
// The lane's windows look alike: the shopper's follows what is chosen in the cashier's.
window.addEventListener('storage', preferences.readAgain);

const pictures = createPictures({ client, delay });

/** The cashier's screen, with all that it does; the shopper's (`#display`) only looks, and answers what it is asked. */
const cashierScreen = (): ReactElement => {
  const tone = createTones({
    sounds: () => preferences.preferences().sounds,
    open: openSound,
    nowMs: () => performance.now(),
    delay,
  });
  const people = createPeopleController(client, tone);
  const words = () => stringsOf(preferences.preferences().language);
  const setup = createSetupController(people.client, tone);
  const sell = createSellController({
    client: people.client,
    tone,
    reasons: () => words().reasons,
    shopper: createShopperDesk({ line: client, newId: () => crypto.randomUUID(), delay }),
    openDevices: setup.toggle,
    delay,
  });
  const cash = createCashController({
    client: people.client,
    tone,
    reasons: () => words().cashAndShift.reasons,
    cardReasons: () => words().cards.reasons,
    openKeyPages: () => sell.showPanel('keyPages'),
  });
  return <App client={client} sell={sell} people={people} cash={cash} setup={setup} preferences={preferences} pictures={pictures} />;
};

const displayScreen = (): ReactElement => (
  <DisplayScreen client={client} shopper={createShopperScreen({ line: client, delay })} preferences={preferences} pictures={pictures} />
);

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');
/** Long enough that a screen which always fails does not spin, short enough that a shopper does not notice. */
const COME_BACK_AFTER_MS = 1_000;

createRoot(root, {
  // React has taken the screen down. The till holds everything that was on it: come back and ask.
  onUncaughtError: (error) => {
    console.error(error);
    window.setTimeout(() => window.location.reload(), COME_BACK_AFTER_MS);
  },
}).render(window.location.hash === DISPLAY_HASH ? displayScreen() : cashierScreen());
