import type { ReactElement, ReactNode } from 'react';

import classes from './ui.module.css';

/** What stands where there is nothing yet: what this place is for, and what to do next. */
export const EmptyState = ({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement => (
  <div className={classes['empty']}>
    <b>{title}</b>
    {children === undefined || children === null ? null : <p>{children}</p>}
  </div>
);
