/** The sale: its lines (or, when it is paid, the change and the receipt), and its total, which never moves. */
import { EmptyState, useFormat } from '@holdfast/ui';
import { type ReactElement, useEffect, useState } from 'react';

import type { BasketHead, CompletedSale as Completed, Totals } from '../../shared/till-contract.ts';
import type { Strings } from '../strings.ts';
import { CompletedSale } from './completed-sale.tsx';
import { LineList } from './line-list.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './basket.module.css';

const MINUTE_MS = 60_000;

const Clock = ({ timeZone }: { readonly timeZone: string | undefined }): ReactElement => {
  const format = useFormat();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setTimeout(() => setNowMs(Date.now()), MINUTE_MS - (nowMs % MINUTE_MS) + 20);
    return () => window.clearTimeout(timer);
  }, [nowMs]);
  return <time>{format.time(nowMs, timeZone)}</time>;
};

/** The sale that was completed last, until the next one has a row. */
const useCompleted = (): Completed | undefined => useTill((view) => (view.lines.length === 0 ? view.head?.completed : undefined));

/** Who buys, the coupons that were handed over, and gifts to ask for: beside the sale's number, where nothing moves for them. */
const Chips = (): ReactElement | null => {
  const strings = useStrings();
  const format = useFormat();
  const sell = useSell();
  const head = useTill((view) => view.head);
  const points = useSellState((state) => state.customerPoints);
  const { customer, exemption, service, coupons = [], gifts = [] } = head ?? {};
  if (customer === undefined && exemption === undefined && service === undefined && coupons.length === 0 && gifts.length === 0) return null;
  return (
    <span className={classes['chips']}>
      {gifts.map(({ sku, name, pieces }) => (
        <span key={sku} className={classes['chip']} data-asks data-testid="gift" dir="auto">
          {strings.gift(pieces, name, format)}
        </span>
      ))}
      {coupons.map(({ code, name, isUsed }) => (
        <button
          key={code}
          type="button"
          className={classes['chip']}
          data-testid="coupon"
          data-used={isUsed}
          aria-label={`${name}${isUsed ? '' : ` ${strings.couponUnused}`}: ${strings.keys.takeBack}`}
          onClick={() => sell.removeCoupon(code)}
        >
          <bdi>{name}</bdi>
          {isUsed ? null : <span> {strings.couponUnused}</span>}
          <span aria-hidden="true">×</span>
        </button>
      ))}
      {service === undefined ? null : (
        <button type="button" className={classes['chip']} data-testid="service" data-used="true" onClick={() => sell.press('service')}>
          <span>{strings[service]}</span>
        </button>
      )}
      {exemption === undefined ? null : (
        <button
          type="button"
          className={classes['chip']}
          data-testid="exemption"
          data-used="true"
          aria-label={strings.tasks.exemption.attached(exemption)}
          onClick={() => sell.press('exemption')}
        >
          <span>{strings.keys.exemption}</span>
        </button>
      )}
      {customer === undefined ? null : (
        <button
          type="button"
          className={classes['chip']}
          data-testid="customer"
          aria-label={strings.tasks.customer.attached(strings.customer(customer.initials ?? customer.customerId, customer.groups))}
          onClick={() => sell.press('customer')}
        >
          <bdi>{strings.customer(customer.initials ?? customer.customerId, customer.groups)}</bdi>
          {points === undefined || points === 0 ? null : <span>{strings.points(points, format)}</span>}
        </button>
      )}
    </span>
  );
};

const Header = (): ReactElement => {
  const strings = useStrings();
  const status = useTill((view) => view.status);
  const completed = useCompleted();
  return (
    <header className={classes['head']}>
      <h1>
        {strings.sale} {completed === undefined ? null : <bdi data-testid="receipt-number">{completed.receiptNumber}</bdi>}
      </h1>
      <span>
        {status === undefined ? null : `${strings.lane(status.lane)} · `}
        <Clock timeZone={status?.timeZone} />
      </span>
      <Chips />
      <span className={classes['store']} dir="auto">
        {status === undefined ? null : status.storeName || strings.store(status.store)}
      </span>
    </header>
  );
};

/** Beside the total is room for so many; the receipt has them all. */
const MAX_TAX_ROWS = 3;

/** What all lines cost before anything was taken off, and what was: the total is the difference. */
const SumRows = ({ totals, minorDigits }: { readonly totals: Totals; readonly minorDigits: number }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const { itemCount, subtotalMinor, savedMinor = 0, claimedMinor = 0 } = totals;
  return (
    <>
      <div data-testid="subtotal">
        <dt data-testid="item-count">{strings.items(itemCount, format)}</dt>
        <dd>
          <bdi>{format.money(subtotalMinor + savedMinor - claimedMinor, minorDigits)}</bdi>
        </dd>
      </div>
      {savedMinor === 0 ? null : (
        <div className={classes['saving']} data-testid="saved">
          <dt>{strings.save}</dt>
          <dd>
            <bdi>{format.money(0 - savedMinor, minorDigits)}</bdi>
          </dd>
        </div>
      )}
    </>
  );
};

const TaxRows = ({ totals, minorDigits }: { readonly totals: Totals; readonly minorDigits: number }): ReactElement[] => {
  const strings = useStrings();
  const format = useFormat();
  // What stands outside every tax is said by the receipt.
  const taxed = totals.taxes.filter(({ rateBps, taxMinor }) => rateBps !== 0 || taxMinor !== 0);
  const names = [...new Set(taxed.map((tax) => tax.name))];
  if (names.length > MAX_TAX_ROWS - (totals.savedMinor === undefined ? 0 : 1)) {
    const taxMinor = totals.taxes.reduce((sum, tax) => sum + tax.taxMinor, 0);
    return [
      <div key="all">
        <dt dir="auto">{strings.taxOf(strings.taxes, totals.taxInclusive)}</dt>
        <dd>
          <bdi>{format.money(taxMinor, minorDigits)}</bdi>
        </dd>
      </div>,
    ];
  }
  return names.map((name) => {
    const taxes = taxed.filter((tax) => tax.name === name);
    const rates = taxes.map((tax) => format.rate(tax.rateBps));
    // Some places put the rate into the name; say it once.
    const label = rates.length === 1 && /\d/u.test(name) ? name : `${name} ${rates.join(' / ')}`;
    return (
      <div key={name}>
        <dt dir="auto">{strings.taxOf(label, totals.taxInclusive)}</dt>
        <dd>
          <bdi>{taxes.map((tax) => format.money(tax.taxMinor, minorDigits)).join(' / ')}</bdi>
        </dd>
      </div>
    );
  });
};

/** In place of the taxes, which the receipt has: where what is owed goes, tender by tender. */
const RefundRows = ({
  refund,
  minorDigits,
}: {
  readonly refund: NonNullable<BasketHead['refund']>;
  readonly minorDigits: number;
}): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const sumMinor = refund.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const rows = refund.length > MAX_TAX_ROWS ? [{ name: strings.payments(refund.length, format), amountMinor: sumMinor }] : refund;
  return (
    <>
      {rows.map(({ name, amountMinor }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two tenders may have one name, and never change places
        <div key={index} data-testid="refund-row">
          <dt dir="auto">{name}</dt>
          <dd>
            <bdi>{format.money(amountMinor, minorDigits)}</bdi>
          </dd>
        </div>
      ))}
    </>
  );
};

/** In place of the taxes, which the receipt has: what the sale comes to, and what was taken of it. */
const TenderRows = ({ head }: { readonly head: BasketHead }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const { totals, minorDigits, tenders = [] } = head;
  const takenMinor = tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const rows =
    tenders.length > MAX_TAX_ROWS
      ? [{ tenderId: 'all', name: strings.payments(tenders.length, format), amountMinor: takenMinor }]
      : tenders.map(({ tenderId, name, amountMinor }) => ({ tenderId, name, amountMinor }));
  return (
    <>
      <div data-testid="total-row">
        <dt>{strings.total}</dt>
        <dd>
          <bdi>{format.money(totals.totalMinor, minorDigits)}</bdi>
        </dd>
      </div>
      {rows.map(({ tenderId, name, amountMinor }) => (
        <div key={tenderId} data-testid="tender-row">
          <dt dir="auto">{name}</dt>
          <dd>
            <bdi>{format.money(0 - amountMinor, minorDigits)}</bdi>
          </dd>
        </div>
      ))}
    </>
  );
};

/** `--chars` lets a long figure shrink to its place instead of leaving it. */
const figureStyle = (text: string): Record<string, string> => ({ '--chars': String(Math.max(text.length, 5)) });

const labelOf = (
  strings: Strings,
  { isPaid, isPartPaid, isOut }: { readonly isPaid: boolean; readonly isPartPaid: boolean; readonly isOut: boolean },
): string => {
  if (isPaid) return isOut ? strings.paidOut : strings.paid;
  if (isPartPaid) return isOut ? strings.leftToPayOut : strings.leftToPay;
  return isOut ? strings.toPayOut : strings.total;
};

const TotalsPane = (): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const head = useTill((view) => view.head);
  const minorDigits = head?.minorDigits ?? 2;
  const completed = useCompleted();
  const totals = head?.totals;
  const isPartPaid = completed === undefined && head?.tenders !== undefined;
  // What third parties pay for coupons is part of the total, and not the shopper's to pay.
  const { totalMinor: wholeMinor = 0, claimedMinor = 0 } = completed ?? totals ?? {};
  const totalMinor = isPartPaid ? (totals?.dueMinor ?? 0) : wholeMinor - claimedMinor;
  const text = format.money(totalMinor, minorDigits);
  const label = labelOf(strings, { isPaid: completed !== undefined, isPartPaid, isOut: totalMinor < 0 });
  return (
    <section className={classes['totals']} aria-label={strings.total}>
      <dl>
        {totals === undefined || completed !== undefined ? null : isPartPaid && head !== undefined ? (
          <TenderRows head={head} />
        ) : (
          <>
            <SumRows totals={totals} minorDigits={minorDigits} />
            {head?.refund === undefined ? (
              <TaxRows totals={totals} minorDigits={minorDigits} />
            ) : (
              <RefundRows refund={head.refund} minorDigits={minorDigits} />
            )}
          </>
        )}
      </dl>
      <div className={classes['due']} data-paid={completed !== undefined || undefined}>
        <small>
          {label} {head?.currency}
        </small>
        <b data-testid="total" style={figureStyle(text)}>
          <bdi>{text}</bdi>
        </b>
      </div>
    </section>
  );
};

export const BasketPane = (): ReactElement => {
  const strings = useStrings();
  const isOpen = useTill((view) => view.head !== undefined);
  const hasLines = useTill((view) => view.lines.length > 0);
  const completed = useCompleted();
  const hasNotices = useSellState((state) => state.notices.length > 0);
  return (
    <main className={classes['basket']}>
      <Header />
      <div className={classes['area']}>
        {completed !== undefined ? (
          <CompletedSale completed={completed} />
        ) : hasLines ? null : (
          <div className={classes['idle']}>
            <EmptyState title={isOpen ? strings.emptyTitle : strings.tillConnecting}>
              {isOpen ? strings.emptyText : strings.tillConnectingText}
            </EmptyState>
          </div>
        )}
        {hasLines || hasNotices ? <LineList /> : null}
      </div>
      <TotalsPane />
    </main>
  );
};
