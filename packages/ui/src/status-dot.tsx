import type { ReactElement, ReactNode } from 'react';

import classes from './ui.module.css';

/** `ok` full, `off` an open ring (a state, not an error), `warn` half, `bad` a square: told apart without colour too. */
export type StatusDotState = 'ok' | 'off' | 'warn' | 'bad' | 'busy';

export const StatusDot = ({ state, children }: { readonly state: StatusDotState; readonly children?: ReactNode }): ReactElement => (
  <span className={classes['status']} data-state={state}>
    <i className={classes['dot']} data-state={state} aria-hidden="true" />
    {children}
  </span>
);
