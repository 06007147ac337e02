/** One of the things that a panel offers: chosen by touch, or by the figure or key that stands on it. */
import type { ReactElement, ReactNode } from 'react';

import { MARKS } from './marks.ts';

import classes from './keys.module.css';

export interface ChoiceProps {
  readonly name: string;
  readonly look?: 'paper' | 'danger' | 'plain' | 'go';
  readonly children: ReactNode;
  readonly cap?: string | undefined;
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean;
  readonly onChoose: () => void;
}

export const Choice = ({ name, look = 'paper', children, cap, isDisabled = false, isPressed, onChoose }: ChoiceProps): ReactElement => (
  <button
    type="button"
    className={classes['key']}
    data-look={look}
    data-key={name}
    disabled={isDisabled}
    aria-pressed={isPressed}
    onClick={onChoose}
  >
    <span dir="auto">{children}</span>
    {cap === undefined ? null : <kbd aria-hidden="true">{cap}</kbd>}
  </button>
);

/** The figure that chooses what stands at this place; undefined behind the ninth. */
export const figureAt = (index: number): string | undefined => (index < 9 ? String(index + 1) : undefined);

/** Where there may be more than nine: figures, then letters. */
export const markAt = (index: number): string | undefined => MARKS[index];
