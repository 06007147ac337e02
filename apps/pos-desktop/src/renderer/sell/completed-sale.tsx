/** What stands after a sale is paid, until the next scan: the change, in the largest type on the screen, beside the receipt. */
import { useFormat } from '@holdfast/ui';
import { type ReactElement, useEffect, useState } from 'react';

import type { CompletedSale as Completed } from '../../shared/till-contract.ts';
import { Receipt } from './receipt.tsx';
import { useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './completed.module.css';

/** The receipt is there in a moment: only where it is not is anything said. */
const LATE_MS = 600;

/** Not by an animation, whose end has a frame drawn also when it is gone, and the next sale's line may wait for that. */
const ReceiptOnItsWay = (): ReactElement | null => {
  const strings = useStrings();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), LATE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return isLate ? <p>{strings.receiptLoading}</p> : null;
};

export const CompletedSale = ({ completed }: { readonly completed: Completed }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const receipt = useSellState((state) => state.receipt);
  const isRefund = completed.totalMinor < 0;
  const paid = completed.tenders ?? [{ name: strings.cash, amountMinor: completed.cashMinor, tipMinor: undefined }];
  // Subtracted, not negated: a cent or two may be paid out as nothing, and there is no minus nothing.
  const change = format.money(
    isRefund ? 0 - paid.reduce((sum, { amountMinor }) => sum + amountMinor, 0) : completed.changeMinor,
    minorDigits,
  );
  return (
    <section className={classes['completed']} data-testid="completed">
      <div className={classes['change']}>
        <h2>{isRefund ? strings.paidOut : completed.changeMinor === 0 ? strings.noChange : strings.change}</h2>
        <b data-testid="change" style={{ '--chars': String(Math.max(change.length, 4)) } as Record<string, string>}>
          <bdi>{change}</bdi>
        </b>
        <dl>
          <div>
            <dt>{strings.total}</dt>
            <dd>
              <bdi>{format.money(completed.totalMinor, minorDigits)}</bdi>
            </dd>
          </div>
          {completed.claimedMinor === undefined ? null : (
            <div>
              <dt>{strings.coupons}</dt>
              <dd>
                <bdi>{format.money(0 - completed.claimedMinor, minorDigits)}</bdi>
              </dd>
            </div>
          )}
          {completed.roundingMinor === undefined ? null : (
            <div data-testid="rounding">
              <dt>{strings.rounding}</dt>
              <dd>
                <bdi>{format.money(completed.roundingMinor, minorDigits)}</bdi>
              </dd>
            </div>
          )}
          {paid.map(({ name, amountMinor, tipMinor }, index) => (
            // What a sale was paid with never changes: its place is its identity.
            <div key={`${index}`} data-testid="paid-by">
              <dt dir="auto">{tipMinor === undefined ? name : `${name}, ${strings.tipOf(format.money(tipMinor, minorDigits))}`}</dt>
              <dd>
                <bdi>{format.money(amountMinor, minorDigits)}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <div className={classes['paper']} role="region" tabIndex={0} aria-label={strings.receipt} data-testid="receipt">
        {receipt === undefined ? <ReceiptOnItsWay /> : <Receipt receipt={receipt} />}
      </div>
    </section>
  );
};
