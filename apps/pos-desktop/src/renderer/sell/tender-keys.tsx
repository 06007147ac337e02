/** The keys below: what is done to the sale, and how it is paid. Each has its place for good; none ever takes another's. */
import { type Format, toDecimalString, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { cashDueOf } from '../till-view.ts';
import { Key, widthOf } from './key.tsx';
import { useKeys, useSell, useSellState, useStrings, useTill } from './sell-context.tsx';
import { isAtWork } from './terminal.ts';

import classes from './keys.module.css';

export const ActionKeys = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const hasLines = useTill((view) => view.lines.length > 0);
  const panel = useSellState((state) => state.panel);
  const returning = useSellState((state) => state.entry.startsWith('\u2212'));
  return (
    <div className={classes['actions']} role="group">
      <Key action="voidLine" isDisabled={!hasLines}>
        {strings.keys.voidLine}
      </Key>
      <Key action="suspend" isPressed={panel === 'suspended'}>
        {hasLines ? strings.keys.suspend : strings.keys.recall}
      </Key>
      <Key action="return" isPressed={returning}>
        {strings.keys.return}
      </Key>
      <Key action="search" isPressed={panel === 'search'} onTouch={sell.touchSearch}>
        {strings.keys.search}
      </Key>
      <Key action="more" isPressed={panel === 'more'}>
        {strings.keys.more}
      </Key>
    </div>
  );
};

/** What stands beside each other on the exact key; a longer figure stands below its word, in its full size. */
const ON_ONE_ROW = 13;

/** Notes are whole: 25, not 25.00. */
const noteText = (minor: number, minorDigits: number, format: Format): string => {
  const [whole = '0', fraction = ''] = toDecimalString(minor, minorDigits).split('.');
  return /^0*$/u.test(fraction) ? format.count(Number(whole)) : format.money(minor, minorDigits);
};

export const TenderKeys = (): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const head = useTill((view) => view.head);
  const hasLines = useTill((view) => view.lines.some((line) => line.kind === 'item'));
  const isSending = useSellState((state) => state.isPaying);
  const isPaying = isSending || isAtWork(head?.terminal);
  const isChoosing = useSellState((state) => state.panel === 'tenders');
  const isDisabled = !hasLines || isPaying || head === undefined;
  const minorDigits = head?.minorDigits ?? 2;
  const dueMinor = cashDueOf(head);
  const { capOf } = useKeys();
  const [first, second] = head?.totals.suggestedCashMinor ?? [];
  const exactText = dueMinor < 0 ? strings.keys.payOut : strings.keys.exact;
  const dueText = hasLines ? format.money(dueMinor < 0 ? -dueMinor : dueMinor, minorDigits) : '';
  const exactRow = `${exactText} ${dueText}`;
  const isStacked = widthOf(exactRow) > ON_ONE_ROW;
  const longer = widthOf(exactText) > widthOf(dueText) ? exactText : dueText;
  const textOf = (minor: number | undefined): string => (minor === undefined || !hasLines ? '' : noteText(minor, minorDigits, format));
  return (
    <div className={classes['tender']} role="group" aria-busy={isPaying}>
      <Key action="exact" look="paper" isDisabled={isDisabled} figure={isStacked ? longer : exactRow} isStacked={isStacked}>
        {exactText} <bdi data-testid="due">{dueText}</bdi>
      </Key>
      <Key
        action="suggested1"
        look="paper"
        label={first === undefined ? `${strings.keyNames.suggested1} ${capOf('suggested1')}` : undefined}
        isDisabled={isDisabled || first === undefined}
        figure={textOf(first)}
      >
        <bdi>{textOf(first)}</bdi>
      </Key>
      <Key
        action="suggested2"
        look="paper"
        label={second === undefined ? `${strings.keyNames.suggested2} ${capOf('suggested2')}` : undefined}
        isDisabled={isDisabled || second === undefined}
        figure={textOf(second)}
      >
        <bdi>{textOf(second)}</bdi>
      </Key>
      <Key action="tenders" look="paper" isDisabled={isDisabled} isPressed={isChoosing} label={strings.keyNames.tenders}>
        {strings.keys.tenders}
      </Key>
      <Key action="pay" look="go" isDisabled={isDisabled}>
        {strings.keys.pay}
      </Key>
    </div>
  );
};
