/** What stands open may be asked on the shopper's screen, where one is there. Nothing waits for the answer: the cashier goes on as without it. */
import { type ReactElement, useSyncExternalStore } from 'react';

import { Choice } from './choice.tsx';
import { useSell, useStrings } from './sell-context.tsx';

import classes from './panels.module.css';

export const AskShopper = (): ReactElement | null => {
  const { shopper, askShopper } = useSell();
  const words = useStrings().display.shopper;
  const isThere = useSyncExternalStore(shopper.subscribe, shopper.isThere);
  const isAsked = useSyncExternalStore(shopper.subscribe, () => shopper.asking() !== undefined);
  if (!isThere) return null;
  return (
    <div className={classes['choices']} role="status">
      <Choice name="ask-shopper" look="plain" isPressed={isAsked} onChoose={askShopper}>
        {isAsked ? words.asked : words.ask}
      </Choice>
    </div>
  );
};
