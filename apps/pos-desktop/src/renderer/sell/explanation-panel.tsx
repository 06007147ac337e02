/** Why a line costs what it costs: the price that held, what was taken off and by whom, what was not and why, its tax, and the prices that did not hold. */
import { type Format, useFormat } from '@holdfast/ui';
import type { ReactElement, ReactNode } from 'react';

import type { ExplanationView } from '../../shared/till-contract.ts';
import type { Strings } from '../strings.ts';
import { Panel } from './panel.tsx';
import { priceText } from './price-text.ts';
import { useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './panels.module.css';

interface Words {
  readonly strings: Strings;
  readonly format: Format;
  readonly minorDigits: number;
  readonly timeZone: string | undefined;
}

interface RowProps {
  readonly text: ReactNode;
  readonly note?: ReactNode;
  readonly figure?: string;
  readonly kind?: 'total' | 'off' | 'quiet';
}

const Row = ({ text, note, figure, kind }: RowProps): ReactElement => (
  <div className={classes['why']} data-kind={kind}>
    <span dir="auto">
      {text}
      {note === undefined || note === '' ? null : <small>{note}</small>}
    </span>
    {figure === undefined ? null : <bdi>{figure}</bdi>}
  </div>
);

type Price = ExplanationView['prices'][number];

/** When and for whom a price of the catalogue holds. */
const conditionsOf = (
  { type, fromMs, toMs, fromQuantity, customerGroup, scope }: Price,
  unit: ExplanationView['quantity']['unit'],
  words: Words,
): string => {
  const { strings, format, timeZone } = words;
  return strings.joined(
    fromQuantity === undefined || fromQuantity <= 1 || type === 'pack'
      ? ''
      : strings.why.fromQuantity(format.quantity({ value: fromQuantity, unit })),
    customerGroup === undefined ? '' : strings.why.forGroup(customerGroup),
    fromMs === undefined && toMs === undefined
      ? ''
      : strings.why.between(
          fromMs === undefined ? '' : format.dateTime(fromMs, timeZone),
          toMs === undefined ? '' : format.dateTime(toMs, timeZone),
        ),
    scope === 'global' ? '' : scope,
  );
};

const LinePrice = ({ why, words }: { readonly why: ExplanationView; readonly words: Words }): ReactElement => {
  const { strings, format, minorDigits } = words;
  const { quantity, priceType, setBecause, approvedBy, changedSince, amountMinor } = why;
  const note = strings.joined(
    strings.priceTypes[priceType] ?? priceType,
    setBecause ?? '',
    approvedBy === undefined ? '' : strings.why.approvedBy(approvedBy),
    changedSince === true ? strings.why.changedSince : '',
  );
  return (
    <Row
      text={`${format.quantity(quantity)} × ${priceText(why, format, minorDigits)}`}
      note={note}
      figure={format.money(amountMinor, minorDigits)}
    />
  );
};

/** What is gone of an offer's limits, and what lanes that do not hear of each other may spend beyond its budget. */
const limitNote = (
  { perCustomer, budget, otherLanes, worstOverspendMinor }: NonNullable<ExplanationView['limits']>[number],
  { strings, format, minorDigits }: Words,
): string =>
  strings.joined(
    perCustomer === undefined ? '' : strings.why.usedByCustomer(format.count(perCustomer.used), format.count(perCustomer.limit)),
    budget === undefined
      ? ''
      : strings.why.ofBudget(format.money(budget.usedMinor, minorDigits), format.money(budget.limitMinor, minorDigits)),
    otherLanes === undefined || worstOverspendMinor === undefined || worstOverspendMinor === 0
      ? ''
      : strings.why.atWorst(format.money(worstOverspendMinor, minorDigits), format.count(otherLanes)),
  );

export const ExplanationPanel = (): ReactElement | null => {
  const strings = useStrings();
  const format = useFormat();
  const why = useSellState((state) => state.explanation);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const timeZone = useTill((view) => view.status?.timeZone);
  const isInclusive = useTill((view) => view.head?.totals.taxInclusive ?? true);
  if (why === undefined) return null;
  const words: Words = { strings, format, minorDigits, timeZone };
  const { name, quantity, prices, taken, helped = [], notTaken, limits = [], netMinor, taxes } = why;
  const others = prices.filter(({ reason }) => reason !== undefined);
  return (
    <Panel title={strings.why.title(name)} testId="explanation">
      <div className={classes['reasons']}>
        <LinePrice why={why} words={words} />
        {taken.map(({ name: by, amountMinor, because, coupon, approvedBy, thirdParty }, index) => (
          <Row
            // oxlint-disable-next-line react/no-array-index-key -- what was taken never changes places here
            key={index}
            kind="off"
            text={by}
            note={strings.joined(
              because === undefined || because === by ? '' : because,
              coupon === undefined ? '' : strings.why.coupon(coupon),
              approvedBy === undefined ? '' : strings.why.approvedBy(approvedBy),
              thirdParty === true ? strings.why.thirdParty : '',
            )}
            figure={format.money(amountMinor, minorDigits)}
          />
        ))}
        <Row kind="total" text={strings.total} figure={format.money(netMinor, minorDigits)} />
        {taxes.map((tax) => (
          <Row
            key={`${tax.name}${tax.rateBps}`}
            kind="quiet"
            text={strings.taxOf(format.tax(tax.name, tax.rateBps), isInclusive)}
            figure={format.money(tax.taxMinor, minorDigits)}
          />
        ))}
        {helped.length === 0 ? null : <h3>{strings.why.helped}</h3>}
        {helped.map(({ name: promotion }) => (
          <Row key={promotion} kind="quiet" text={promotion} />
        ))}
        {notTaken.length === 0 ? null : <h3>{strings.why.notTaken}</h3>}
        {notTaken.map(({ name: promotion, reason, by }) => (
          <Row key={promotion} kind="quiet" text={promotion} note={strings.why.notTakenBecause(reason, by ?? '')} />
        ))}
        {limits.length === 0 ? null : <h3>{strings.why.limits}</h3>}
        {limits.map((limit) => (
          <Row key={limit.name} kind="quiet" text={limit.name} note={limitNote(limit, words)} />
        ))}
        {others.length === 0 ? null : <h3>{strings.why.otherPrices}</h3>}
        {others.map((price, index) => (
          <Row
            // oxlint-disable-next-line react/no-array-index-key -- the catalogue's prices have no name, and never change places here
            key={index}
            kind="quiet"
            text={strings.priceTypes[price.type] ?? price.type}
            note={strings.joined(
              price.reason === undefined ? '' : strings.why.priceBecause[price.reason],
              conditionsOf(price, quantity.unit, words),
            )}
            figure={`${format.unitPrice(price.unitPrice, minorDigits, quantity.unit)}${price.type === 'pack' ? `/${price.fromQuantity}` : ''}`}
          />
        ))}
      </div>
    </Panel>
  );
};
