/** Over everything, for as long as the lane is in training: nobody takes what is done here for a sale. */
import type { ReactElement } from 'react';

import { useCash } from '../cash/cash-context.tsx';
import { useStrings, useTill } from './sell-context.tsx';

import classes from './training-banner.module.css';

export const TrainingBanner = (): ReactElement | null => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const isTraining = useTill((view) => view.status?.training === true);
  if (!isTraining) return null;
  return (
    <div className={classes['banner']} role="status" data-testid="training">
      <b>{words.trainingTitle}</b>
      <span>{words.trainingText}</span>
      <button type="button" className={classes['end']} onClick={() => cash.choose('training')}>
        {words.endTraining}
      </button>
    </div>
  );
};
