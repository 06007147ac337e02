/** One row of the line area: of fixed height, drawn anew only when its own line changes. */
import { useFormat } from '@holdfast/ui';
import { memo, type ReactElement } from 'react';

import type { LineView } from '../../shared/till-contract.ts';
import { isAsking } from './asking.ts';
import { priceText } from './price-text.ts';
import { useSell, useSellState, useStrings } from './sell-context.tsx';

import classes from './basket.module.css';

/** A name longer than this takes both text rows, in smaller letters, rather than lose its end. */
const LONG_NAME_CHARS = 34;

/** A longer amount is written smaller. */
const LONG_AMOUNT_CHARS = 8;

export interface LineRowProps {
  readonly line: LineView;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly minorDigits: number;
}

const RefusedCells = ({ line, minorDigits }: Pick<LineRowProps, 'line' | 'minorDigits'>): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const sell = useSell();
  const hasDepartments = useSellState((state) => state.unlistedDepartments.length > 0);
  const refusal = line.refusal ?? { type: 'internal', detail: {} };
  const subject = line.name === '' ? (line.code ?? '') : line.name;
  const message = strings.refusal(refusal, { format, minorDigits, subject });
  return (
    <>
      <span role="gridcell" className={classes['quantity']} />
      <span role="gridcell" className={classes['wide']}>
        <b>{message.title}</b>
        <small>{message.detail}</small>
      </span>
      <span role="gridcell" className={classes['answers']}>
        {isAsking(refusal) ? (
          <button type="button" className={classes['answer']} data-key="Y" onClick={() => sell.answerYes(line.lineId)}>
            {strings.keys.yes}
          </button>
        ) : null}
        {refusal.type === 'unknownCode' && hasDepartments ? (
          <button type="button" className={classes['answer']} data-key="unlisted" onClick={() => sell.sellUnlisted(line.lineId)}>
            {strings.keys.unlisted}
          </button>
        ) : null}
      </span>
    </>
  );
};

const ItemCells = ({ line, minorDigits, note }: Pick<LineRowProps, 'line' | 'minorDigits'> & { readonly note: string }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const sell = useSell();
  const { quantity, unitPrice } = line;
  const needsAge = line.minimumAgeYears !== undefined && line.ageChecked !== true;
  const showsUnitPrice = quantity !== undefined && unitPrice !== undefined && (quantity.unit !== 'piece' || Math.abs(quantity.value) !== 1);
  const quantityText = quantity === undefined ? '' : format.quantity(quantity);
  const amountText = line.amountMinor === undefined ? '' : format.money(line.amountMinor, minorDigits);
  const discounts = line.discounts ?? [];
  const offMinor = discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const isLongAmount = amountText.length > LONG_AMOUNT_CHARS;
  return (
    <>
      <span
        role="gridcell"
        className={classes['quantity']}
        data-long={quantityText.length > 5 || undefined}
        data-wide={quantityText.length > 9 || undefined}
      >
        <bdi>{quantityText}</bdi>
      </span>
      <span role="gridcell" className={classes['name']}>
        <b dir="auto">{line.name}</b>
        {note === '' && discounts.length === 0 ? null : (
          <small data-warns={needsAge}>
            {discounts.length === 0 ? null : (
              <span className={classes['saving']} dir="auto">
                {discounts.map(({ name }) => name).join(' · ')}
              </span>
            )}
            {note === '' || discounts.length === 0 ? note : ` · ${note}`}
          </small>
        )}
      </span>
      <span role="gridcell" className={classes['unit']} data-asks={needsAge || undefined}>
        {needsAge ? (
          <button type="button" className={classes['answer']} data-key="F10" onClick={sell.checkAge}>
            {strings.keys.ageChecked}
          </button>
        ) : showsUnitPrice ? (
          <bdi>{priceText({ ...line, quantity, unitPrice }, format, minorDigits)}</bdi>
        ) : null}
      </span>
      <span
        role="gridcell"
        className={classes['amount']}
        data-long={isLongAmount || undefined}
        style={isLongAmount ? ({ '--chars': String(amountText.length) } as Record<string, string>) : undefined}
      >
        <bdi>{amountText}</bdi>
        {discounts.length === 0 ? null : (
          <small className={classes['saving']}>
            <bdi>{format.money(offMinor, minorDigits)}</bdi>
          </small>
        )}
      </span>
    </>
  );
};

export const LineRow = memo(({ line, isCurrent, isSelected, minorDigits }: LineRowProps): ReactElement => {
  const strings = useStrings();
  const note = line.kind === 'refused' ? undefined : strings.lineNote(line);
  return (
    <div
      role="row"
      className={classes['row']}
      data-line-id={line.lineId}
      data-kind={line.kind}
      data-current={isCurrent || undefined}
      data-long={line.name.length > LONG_NAME_CHARS || undefined}
      data-noted={note === undefined ? undefined : note !== '' || line.discounts !== undefined}
      aria-selected={isSelected}
    >
      {note === undefined ? (
        <RefusedCells line={line} minorDigits={minorDigits} />
      ) : (
        <ItemCells line={line} minorDigits={minorDigits} note={note} />
      )}
    </div>
  );
});
LineRow.displayName = 'LineRow';
