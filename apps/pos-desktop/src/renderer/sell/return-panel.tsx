/** What of a receipt comes back: its lines, each with what is left of it. A touch, or the line's number, brings one more back. */
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { Panel } from './panel.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import keyClasses from './keys.module.css';
import classes from './panels.module.css';

export const ReturnPanel = (): ReactElement | null => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const returnable = useSellState((state) => state.returnable);
  const timeZone = useTill((view) => view.status?.timeZone);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  if (returnable === undefined) return null;
  const { receiptNumber, atMs, lines, unverified = false } = returnable;
  const isLeft = lines.some(({ left, returning }) => left.value > returning);
  return (
    <Panel title={strings.returnTitle(receiptNumber, format.time(atMs, timeZone))} testId="returns">
      {unverified ? <p className={classes['prompt']}>{strings.returnUnverified}</p> : null}
      <div className={classes['choices']}>
        {lines.map(({ line, name, left, leftMinor, returning }, index) => (
          <button
            key={line}
            type="button"
            className={keyClasses['key']}
            data-look="paper"
            data-line={line}
            disabled={left.value <= returning}
            onClick={() => sell.returnLine(line)}
          >
            <span>
              <b dir="auto">{name}</b>{' '}
              <small>
                {left.value === 0
                  ? strings.returnNothingLeft
                  : strings.returnLeft(format.quantity(left), format.money(leftMinor, minorDigits))}
                {returning > 0 ? ` · ${strings.returnComing(format.quantity({ ...left, value: returning }))}` : ''}
              </small>
            </span>
            {index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null}
          </button>
        ))}
        <button
          type="button"
          className={keyClasses['key']}
          data-look="plain"
          data-key="return-all"
          disabled={!isLeft}
          onClick={() => sell.returnAll()}
        >
          <span>{isLeft ? strings.returnAll : strings.returnAllDone}</span>
          <kbd aria-hidden="true">0</kbd>
        </button>
      </div>
    </Panel>
  );
};
