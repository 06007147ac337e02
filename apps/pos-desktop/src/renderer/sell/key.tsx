import type { ReactElement, ReactNode } from 'react';

import type { KeyAction } from '../keys.ts';
import { useKeys, useSell } from './sell-context.tsx';

import classes from './keys.module.css';

export interface KeyProps {
  readonly action: KeyAction;
  readonly children: ReactNode;
  /** The key cap that is shown and named in `data-key`; the key map's own by default. */
  readonly cap?: string;
  readonly look?: 'plain' | 'paper' | 'go' | 'danger';
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean | undefined;
  readonly label?: string | undefined;
  /** What stands on it, where it holds a figure: a long one is written smaller, never cut. */
  readonly figure?: string;
  /** Its figure stands below its word. */
  readonly isStacked?: boolean;
  /** What a touch does, where a hand needs more than the keyboard's key. */
  readonly onTouch?: () => void;
}

/** Letters of East Asia are as wide as two figures. */
export const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + (letter >= '\u2e80' ? 2 : 1), 0);

/** A key of the screen that does what its key on the keyboard does. */
export const Key = ({
  action,
  children,
  cap,
  look = 'plain',
  isDisabled = false,
  isPressed,
  label,
  figure,
  isStacked = false,
  onTouch,
}: KeyProps): ReactElement => {
  const sell = useSell();
  const { capOf } = useKeys();
  const shown = cap ?? capOf(action);
  return (
    <button
      type="button"
      className={classes['key']}
      data-look={look}
      data-key={shown}
      data-stacked={isStacked || undefined}
      disabled={isDisabled}
      aria-label={label}
      aria-pressed={isPressed}
      style={figure === undefined ? undefined : ({ '--chars': String(widthOf(figure)) } as Record<string, string>)}
      onClick={onTouch ?? (() => sell.press(action))}
    >
      <span>{children}</span>
      <kbd aria-hidden="true">{shown}</kbd>
    </button>
  );
};
