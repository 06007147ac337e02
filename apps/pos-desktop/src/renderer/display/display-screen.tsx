/** The shopper's screen: the newest line largest but for the total, which is largest of all. It is looked at, and touched only where it asks. */
import { unreachable } from '@holdfast/base';
import { HoldfastProvider, useFormat } from '@holdfast/ui';
import { type ReactElement, useSyncExternalStore } from 'react';

import type { CompletedSale, LineView } from '../../shared/till-contract.ts';
import type { Pictures } from '../pictures.ts';
import { localeOf, type PreferenceStore } from '../preferences.ts';
import type { ShopperScreen } from '../shopper-desk.ts';
import { stringsOf, type Strings } from '../strings.ts';
import type { TillClient } from '../till-client.ts';
import { type DisplayView, displayOf } from './display-view.ts';
import { IdleGoods } from './idle-goods.tsx';
import { Question } from './question.tsx';

import classes from './display.module.css';

/** Long figures are written smaller, never cut. */
const figureStyle = (text: string): Record<string, string> => ({ '--chars': String(Math.max(text.length, 5)) });

interface LineProps {
  readonly line: LineView;
  readonly minorDigits: number;
  readonly isNewest: boolean;
}

const Line = ({ line, minorDigits, isNewest }: LineProps): ReactElement => {
  const format = useFormat();
  const { name, quantity, amountMinor = 0, discounts = [] } = line;
  const offMinor = discounts.reduce((sum, discount) => sum + discount.amountMinor, 0);
  const isPlain = quantity === undefined || (quantity.unit === 'piece' && quantity.value === 1);
  return (
    <li className={classes['line']} data-newest={isNewest || undefined} data-testid="display-line">
      <span className={classes['quantity']}>
        <bdi>{isPlain ? '' : format.quantity(quantity)}</bdi>
      </span>
      <span>
        <b dir="auto">{name}</b>
        {discounts.length === 0 ? null : <small dir="auto">{discounts.map((discount) => discount.name).join(' · ')}</small>}
      </span>
      <span className={classes['amount']}>
        <bdi>{format.money(amountMinor, minorDigits)}</bdi>
        {offMinor === 0 ? null : (
          <small>
            <bdi>{format.money(offMinor, minorDigits)}</bdi>
          </small>
        )}
      </span>
    </li>
  );
};

const Sale = ({ view, strings }: { readonly view: Extract<DisplayView, { type: 'sale' }>; readonly strings: Strings }): ReactElement => {
  const format = useFormat();
  const { lines, totals, minorDigits, paidMinor } = view;
  const newest = lines.at(-1)?.lineId;
  const due = format.money(totals.dueMinor, minorDigits);
  return (
    <div className={classes['sale']}>
      <div className={classes['lines']}>
        <ol tabIndex={0} aria-label={strings.lines}>
          {lines.map((line) => (
            <Line key={line.lineId} line={line} minorDigits={minorDigits} isNewest={line.lineId === newest} />
          ))}
        </ol>
      </div>
      <section className={classes['sums']} aria-live="polite">
        <span>
          {strings.items(totals.itemCount, format)}
          {totals.savedMinor === undefined ? null : (
            <em data-testid="display-saved">
              {strings.display.save} <bdi>{format.money(totals.savedMinor, minorDigits)}</bdi>
            </em>
          )}
        </span>
        <span className={classes['due']}>
          <small>{paidMinor === 0 ? strings.display.total : strings.display.toPay}</small>
          <b data-testid="display-due" style={figureStyle(due)}>
            <bdi>{due}</bdi>
          </b>
        </span>
      </section>
    </div>
  );
};

const Completed = ({
  completed,
  minorDigits,
  strings,
}: {
  readonly completed: CompletedSale;
  readonly minorDigits: number;
  readonly strings: Strings;
}): ReactElement => {
  const format = useFormat();
  const { totalMinor, changeMinor, savedMinor } = completed;
  const isRefund = totalMinor < 0;
  const givenMinor = isRefund ? -totalMinor : changeMinor;
  const change = format.money(givenMinor, minorDigits);
  return (
    <div className={classes['word']} data-testid="display-completed">
      {givenMinor === 0 ? null : (
        <p className={classes['change']}>
          {isRefund ? strings.paidOut : strings.display.change}
          <b style={figureStyle(change)}>
            <bdi>{change}</bdi>
          </b>
        </p>
      )}
      <h1>{strings.display.thanks}</h1>
      {savedMinor === undefined ? null : (
        <p className={classes['saved']}>
          {strings.display.save} <bdi>{format.money(savedMinor, minorDigits)}</bdi>
        </p>
      )}
    </div>
  );
};

interface BodyProps {
  readonly view: DisplayView;
  readonly strings: Strings;
  /** What stands below the welcome. */
  readonly idle: ReactElement;
}

const Body = ({ view, strings, idle }: BodyProps): ReactElement => {
  switch (view.type) {
    case 'connecting':
      return (
        <div className={classes['word']}>
          <h1>{strings.display.connecting}</h1>
        </div>
      );
    case 'idle':
      return (
        <div className={classes['word']} data-testid="display-idle">
          <h1>{strings.display.welcome}</h1>
          <p dir="auto">{view.storeName}</p>
          {idle}
        </div>
      );
    case 'sale':
      return <Sale view={view} strings={strings} />;
    case 'completed':
      return <Completed completed={view.completed} minorDigits={view.minorDigits} strings={strings} />;
    default:
      return unreachable(view, 'Body');
  }
};

export interface DisplayProps {
  readonly client: Pick<TillClient, 'view' | 'subscribe' | 'request'>;
  readonly shopper: ShopperScreen;
  readonly preferences: PreferenceStore;
  readonly pictures: Pictures;
}

export const DisplayScreen = ({ client, shopper, preferences, pictures }: DisplayProps): ReactElement => {
  const { appearance, language } = useSyncExternalStore(preferences.subscribe, preferences.preferences);
  const view = useSyncExternalStore(client.subscribe, client.view);
  const question = useSyncExternalStore(shopper.subscribe, shopper.question);
  const strings = stringsOf(language);
  return (
    <HoldfastProvider appearance={appearance} language={language} locale={localeOf(language, navigator.languages)}>
      <main className={classes['screen']} data-testid="display" data-training={view.status?.training === true || undefined}>
        {view.status?.training === true ? (
          <p className={classes['training']} role="status" data-testid="display-training">
            <b>{strings.cashAndShift.trainingTitle}</b> <span>{strings.cashAndShift.trainingText}</span>
          </p>
        ) : null}
        {question === undefined ? (
          <Body
            view={displayOf(view)}
            strings={strings}
            idle={<IdleGoods client={client} pictures={pictures} minorDigits={view.head?.minorDigits ?? 2} />}
          />
        ) : (
          <Question question={question} words={strings.display} minorDigits={view.head?.minorDigits ?? 2} onAnswer={shopper.answer} />
        )}
      </main>
    </HoldfastProvider>
  );
};
