/** Letters and figures to touch, for what is searched or asked for in words. */
import type { LetterKeys } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { useSell, useStrings } from './sell-context.tsx';

import keyClasses from './keys.module.css';
import classes from './panels.module.css';

export interface LettersProps {
  /** Numbers of cards and certificates have both. */
  readonly hasFigures?: boolean;
  /** Codes, and addresses of mail with the signs between their parts, have Latin letters in every language. */
  readonly writes?: 'words' | 'codes' | 'mail';
  /** Where they type into something else than the entry. */
  readonly into?: LetterKeys;
}

const FIGURES = '1234567890-';
const MAIL_SIGNS = '@._+';
const LATIN_ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

export const Letters = ({ hasFigures = false, writes = 'words', into }: LettersProps): ReactElement => {
  const sell = useSell();
  const { press, erase, clear } = into ?? { press: sell.typed, erase: () => sell.press('erase'), clear: () => sell.press('clear') };
  const strings = useStrings();
  const own = strings.letterRows.every((row) => /^[a-zà-ÿ]+$/u.test(row)) ? strings.letterRows : LATIN_ROWS;
  const rows = { words: strings.letterRows, codes: own, mail: [...own, MAIL_SIGNS] }[writes];
  return (
    <div className={classes['letters']} role="group" aria-label={strings.keys.letters}>
      {[...(hasFigures ? [FIGURES] : []), ...rows].map((row) => (
        <div key={row}>
          {[...row].map((letter) => (
            <button key={letter} type="button" className={keyClasses['letter']} data-key={letter} onClick={() => press(letter)}>
              {letter}
            </button>
          ))}
        </div>
      ))}
      <div>
        <button type="button" className={keyClasses['letter']} data-key="Esc" aria-label={strings.keys.clearLabel} onClick={clear}>
          {strings.keys.clear}
        </button>
        <button
          type="button"
          className={keyClasses['letter']}
          data-wide="true"
          aria-label={strings.keys.space}
          data-key="space"
          onClick={() => press(' ')}
        >
          {strings.keys.space}
        </button>
        <button type="button" className={keyClasses['letter']} data-key="erase" aria-label={strings.keys.eraseLabel} onClick={erase}>
          {strings.keys.erase}
        </button>
      </div>
    </div>
  );
};
