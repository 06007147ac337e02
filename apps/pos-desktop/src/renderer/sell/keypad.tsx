/** The number pad, for hands without a keyboard. Its keys do what the keyboard's do. */
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { useSell, useSellState, useStrings } from './sell-context.tsx';
import { useQuestion } from './task-panel.tsx';

import classes from './keys.module.css';

const DIGITS = ['7', '8', '9', '4', '5', '6', '1', '2', '3', '0'] as const;

export const Keypad = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const question = useQuestion();
  const isAsking =
    useSellState((state) => state.tendering?.step === 'reference') || question?.type === 'text' || question?.type === 'number';
  const key = (cap: string, text: string, label: string, press: () => void): ReactElement => (
    <button
      key={cap}
      type="button"
      className={classes['pad']}
      data-key={cap}
      data-word={text.length > 2 || undefined}
      aria-label={label}
      onClick={press}
    >
      {text}
    </button>
  );
  return (
    <div className={classes['keypad']} role="group" aria-label={strings.keypad}>
      {key('C', strings.keys.clear, strings.keys.clearLabel, () => sell.press('clear'))}
      {key('⌫', strings.keys.erase, strings.keys.eraseLabel, () => sell.press('erase'))}
      {key('×', strings.keys.multiply, strings.keys.multiplyLabel, () => sell.press('multiply'))}
      {DIGITS.map((digit) => key(digit, digit, digit, () => sell.typed(digit)))}
      {key('.', format.decimalSign, format.decimalSign, () => sell.typed(format.decimalSign))}
      {key('PLU', isAsking ? strings.keys.ok : strings.keys.plu, isAsking ? strings.keys.ok : strings.keys.plu, sell.pressPlu)}
    </div>
  );
};
