/** Letters and figures to touch, for what is searched or asked for in words. */
import type { ReactElement } from 'react';

import { useSell, useStrings } from './sell-context.tsx';

import keyClasses from './keys.module.css';
import classes from './panels.module.css';

export interface LettersProps {
  /** Numbers of cards and certificates have both. */
  readonly hasFigures?: boolean;
}

const FIGURES = '1234567890-';

export const Letters = ({ hasFigures = false }: LettersProps): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  return (
    <div className={classes['letters']} role="group" aria-label={strings.keys.letters}>
      {[...(hasFigures ? [FIGURES] : []), ...strings.letterRows].map((row) => (
        <div key={row}>
          {[...row].map((letter) => (
            <button key={letter} type="button" className={keyClasses['letter']} data-key={letter} onClick={() => sell.typed(letter)}>
              {letter}
            </button>
          ))}
        </div>
      ))}
      <div>
        <button
          type="button"
          className={keyClasses['letter']}
          data-key="Esc"
          aria-label={strings.keys.clearLabel}
          onClick={() => sell.press('clear')}
        >
          {strings.keys.clear}
        </button>
        <button
          type="button"
          className={keyClasses['letter']}
          data-wide="true"
          aria-label={strings.keys.space}
          data-key="space"
          onClick={() => sell.typed(' ')}
        >
          {strings.keys.space}
        </button>
        <button
          type="button"
          className={keyClasses['letter']}
          data-key="erase"
          aria-label={strings.keys.eraseLabel}
          onClick={() => sell.press('erase')}
        >
          {strings.keys.erase}
        </button>
      </div>
    </div>
  );
};
