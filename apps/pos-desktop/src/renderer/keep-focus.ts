/** A touch presses a key and leaves the focus where it is: what is typed next, Enter among it, goes where typing goes, and presses no button a second time. */
import type { MouseEvent } from 'react';

export const keepFocus = (event: Pick<MouseEvent, 'target' | 'preventDefault'>): void => {
  if (event.target instanceof Element && event.target.closest('input, textarea') === null) event.preventDefault();
};
