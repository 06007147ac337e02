/** Card payments that somebody has to look at: what is so, what is safe, what became of it; and the terminal's count beside the lane's. */
import type { CardClearing } from '@holdfast/domain';
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { CardCase } from '../../shared/till-contract.ts';
import { useStrings, useTill } from '../sell/sell-context.tsx';
import { SETTLE_FIGURE, type CardSettlement } from './card-desk.ts';
import { useCardWords } from './card-words.ts';
import { useCash, useCashState } from './cash-context.tsx';

import classes from './cash.module.css';

const hasTerminal = (devices: readonly { readonly device: string }[] | undefined): boolean =>
  devices?.some(({ device }) => device === 'terminal') === true;

const SettleWay = ({ isGo = false }: { readonly isGo?: boolean }): ReactElement => {
  const cash = useCash();
  const words = useStrings().cards;
  const isBusy = useCashState((state) => state.isBusy);
  const isThere = useTill((view) => hasTerminal(view.status?.devices));
  return (
    <button
      type="button"
      className={classes['way']}
      data-way="settle"
      data-go={isGo || undefined}
      disabled={isBusy || !isThere}
      onClick={() => (isGo ? cash.submit() : cash.start({ type: 'settle' }))}
    >
      {isGo ? words.settleNow : words.settle} <kbd aria-hidden="true">{isGo ? '↵' : SETTLE_FIGURE}</kbd>
    </button>
  );
};

export const Cards = (): ReactElement => {
  const cash = useCash();
  const words = useStrings().cards;
  const say = useCardWords();
  const cases = useCashState((state) => state.cases);
  const chosen = useCashState((state) => state.chosen);
  return (
    <>
      <ol className={classes['found']} data-testid="card-cases" aria-busy={cases === undefined}>
        {(cases ?? []).map((card, index) => (
          <li key={card.paymentId}>
            <button
              type="button"
              className={classes['found-entry']}
              aria-current={index === chosen || undefined}
              data-case={card.state}
              onClick={() => cash.showCase(index)}
            >
              <b>{say.state(card).title}</b>
              <span className={classes['found-amount']}>
                <bdi>{say.amount(card)}</bdi>
              </span>
              <span>
                {index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null} {say.facts(card)}
              </span>
            </button>
          </li>
        ))}
        {cases?.length === 0 ? <li className={classes['hint']}>{words.none}</li> : null}
      </ol>
      <div className={classes['ways']}>
        <SettleWay />
      </div>
    </>
  );
};

export const CardDetail = ({ card, how }: { readonly card: CardCase; readonly how: CardClearing | undefined }): ReactElement => {
  const cash = useCash();
  const words = useStrings().cards;
  const say = useCardWords();
  const isBusy = useCashState((state) => state.isBusy);
  const { detail, todo } = say.state(card);
  const ways =
    how === undefined ? card.clearings.map((one) => [one, words.clearings[one]] as const) : words.reasons.map((one) => [one, one] as const);
  return (
    <>
      <div className={classes['case']} data-testid="card-case" data-case={card.state}>
        <p className={classes['case-amount']}>
          <b>
            <bdi>{say.amount(card)}</bdi>
          </b>
          <span>{say.facts(card)}</span>
          {card.transactionId === undefined ? null : (
            <span>
              <bdi>{card.transactionId}</bdi>
            </span>
          )}
        </p>
        <p>{detail}</p>
        <p data-todo>{todo}</p>
      </div>
      <div className={classes['ways']} role="group" aria-label={how === undefined ? words.whatBecame : words.howKnown}>
        <p className={classes['ways-title']}>{how === undefined ? words.whatBecame : words.howKnown}</p>
        {ways.map(([id, text], index) => (
          <button
            key={id}
            type="button"
            className={classes['way']}
            data-choice={index + 1}
            disabled={isBusy}
            onClick={() => cash.chooseClearing(index)}
          >
            {text} <kbd aria-hidden="true">{index + 1}</kbd>
          </button>
        ))}
      </div>
    </>
  );
};

export const Settle = (): ReactElement => {
  const words = useStrings().cards;
  const isBusy = useCashState((state) => state.isBusy);
  return (
    <>
      <p className={classes['hint']} role="status">
        {isBusy ? words.settling : words.settleText}
      </p>
      <div className={classes['ways']}>
        <SettleWay isGo />
      </div>
    </>
  );
};

export const Settled = ({ settlement }: { readonly settlement: CardSettlement }): ReactElement => {
  const words = useStrings().cards;
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const money = (minor: number): string => format.money(minor, minorDigits);
  const { brands, countedMinor, ownMinor, ownCount } = settlement;
  const differenceMinor = countedMinor - ownMinor;
  const counted = brands.reduce((sum, { count }) => sum + count, 0);
  const rows = [
    ...brands.map(({ brand, count, amountMinor }) => ({ id: `brand ${brand}`, name: brand, count, amountMinor, isStrong: false })),
    { id: 'counted', name: words.counted, count: counted, amountMinor: countedMinor, isStrong: true },
    { id: 'own', name: words.own, count: ownCount, amountMinor: ownMinor, isStrong: true },
  ];
  return (
    <>
      <p className={classes['case']} role="status">
        {differenceMinor === 0 ? words.agrees : words.differs}
      </p>
      <dl className={classes['report']} data-testid="settlement" data-difference={differenceMinor}>
        {rows.map(({ id, name, count, amountMinor, isStrong }) => (
          <div key={id} data-row={id} data-strong={isStrong || undefined}>
            <dt dir="auto">
              {name} ({format.count(count)})
            </dt>
            <dd>{money(amountMinor)}</dd>
          </div>
        ))}
        <div data-row="difference" data-strong data-bad={differenceMinor !== 0 || undefined}>
          <dt>{words.difference}</dt>
          <dd>{money(differenceMinor)}</dd>
        </div>
      </dl>
    </>
  );
};
