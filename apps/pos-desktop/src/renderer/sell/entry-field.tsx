/** Shows what is typed, and what it would do. Its text is the controller's; a paste or an input method may still change it. */
import { pricingSymbol, useFormat } from '@holdfast/ui';
import { type ReactElement, useEffect, useRef } from 'react';

import { useCash, useCashState } from '../cash/cash-context.tsx';
import { parseEntry, parseTypedNumber, scaleTypedNumber } from '../entry.ts';
import { usePeople, usePeopleState } from '../people/people-context.tsx';
import { hasScale } from './acts/goods-acts.ts';
import { useKeys, useSell, useSellState, useStrings, useTill } from './sell-context.tsx';
import { useQuestion } from './task-panel.tsx';

import classes from './entry.module.css';

const useHint = (text: string): string => {
  const strings = useStrings();
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const hasLines = useTill((view) => view.lines.length > 0);
  const weighing = useSellState((state) => state.weighing);
  const hasOwnScale = useTill((view) => hasScale(view.status));
  const isSearching = useSellState((state) => state.panel === 'search');
  const isInquiring = useSellState((state) => state.panel === 'inquiry');
  const isAskingReference = useSellState((state) => state.tendering?.step === 'reference');
  const isAskingWords = useSellState(
    (state) =>
      state.task?.name === 'invoice' ||
      state.task?.name === 'customer' ||
      (state.task?.name === 'newCustomer' && state.task.who === undefined),
  );
  const question = useQuestion();
  // Beside the keys of the scale the name is enough.
  if (weighing !== undefined && hasOwnScale) return weighing.name;
  if (weighing !== undefined) return strings.entryHintWeighing(weighing.name, pricingSymbol(weighing.unit) ?? '');
  if (isSearching) return '';
  if (question?.type === 'text' && isAskingWords) return strings.hints.words;
  if (isAskingReference || question?.type === 'text') return strings.hints.reference;
  if (question?.type === 'number') return strings.hints.amount;
  if (question !== undefined) return '';
  if (isInquiring) return strings.hints.inquiry;
  const entry = parseEntry(text);
  if (entry.kind === 'number' && entry.quantity === undefined) {
    const number = parseTypedNumber(entry.body);
    const minor = number === undefined ? undefined : scaleTypedNumber(number, minorDigits);
    return strings.entryHintNumber(minor === undefined || !hasLines ? '' : format.money(minor, minorDigits));
  }
  if (entry.kind === 'empty' && entry.quantity !== undefined) return strings.hints.quantity;
  if (entry.kind === 'empty' && entry.returning) return strings.hints.returning;
  return strings.hints.scan;
};

export const EntryField = (): ReactElement => {
  const { capOf } = useKeys();
  const sell = useSell();
  const strings = useStrings();
  const text = useSellState((state) => state.entry);
  const hint = useHint(text);
  const isOnScale = useSellState((state) => state.isOnScale);
  const isWeighing = useSellState((state) => state.weighing !== undefined);
  const isToWeigh = useTill((view) => hasScale(view.status)) && isWeighing;
  const people = usePeople();
  const cash = useCash();
  const isAsked = usePeopleState((state) => state.asking !== undefined);
  const isAtDrawer = useCashState((state) => state.task !== undefined);
  /** Behind a sheet it keeps the focus, and an input method writes into it: that is for the sheet, once it is whole. */
  const isBehind = isAsked || isAtDrawer;
  const take = (written: string | null): void => {
    if (isBehind && written !== null && !people.pasted(written)) cash.pasted(written);
  };
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (): void => field.current?.focus({ preventScroll: true });
    focus();
    window.addEventListener('focus', focus);
    return () => window.removeEventListener('focus', focus);
  }, []);
  return (
    <div className={classes['entry']}>
      <input
        ref={field}
        data-testid="entry"
        // The wedge fills it: see wedge-listener.ts.
        data-wedge=""
        aria-label={strings.entry}
        aria-describedby="entry-hint"
        inputMode="none"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="done"
        dir="auto"
        value={text}
        onCompositionEnd={(event) => take(event.data)}
        onChange={({ target, nativeEvent }) => {
          const { isComposing = false, data = null } = nativeEvent as Partial<InputEvent>;
          if (!isBehind) sell.setEntry(target.value);
          else if (!isComposing) take(data);
        }}
      />
      <span id="entry-hint">{hint}</span>
      {isToWeigh ? (
        <>
          <button
            type="button"
            data-key="zeroScale"
            data-quiet
            title={capOf('zeroScale')}
            disabled={isOnScale}
            aria-label={strings.keyNames.zeroScale}
            onClick={sell.zeroScale}
          >
            {strings.zeroScale}
          </button>
          <button type="button" data-key="weigh" disabled={isOnScale} onClick={sell.weigh}>
            {strings.weigh} <kbd aria-hidden="true">{capOf('enter')}</kbd>
          </button>
        </>
      ) : null}
    </div>
  );
};
