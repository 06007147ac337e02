/** The frame of what takes the place of the item keys for a while: its title, and the way back. */
import type { ReactElement, ReactNode } from 'react';

import { useSell, useStrings } from './sell-context.tsx';

import classes from './panels.module.css';

export const Panel = ({
  title,
  children,
  testId,
  onBack,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly testId: string;
  /** Absent: back to the item keys. */
  readonly onBack?: (() => void) | undefined;
}): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  return (
    <section className={classes['panel']} aria-label={title} data-testid={testId}>
      <header>
        <h2>{title}</h2>
        <button type="button" className={classes['back']} onClick={onBack ?? (() => sell.showPanel('items'))}>
          {strings.keys.back}
        </button>
      </header>
      <div className={classes['body']} tabIndex={0} role="group" aria-label={title}>
        {children}
      </div>
    </section>
  );
};
