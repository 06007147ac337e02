/** One sale, line by line: what the shopper's receipt says, what left the stock, and the facts that prove it. */
import { unreachable } from '@holdfast/base';
import { Drawer } from '@mantine/core';
import { Fragment, type ReactElement, type ReactNode } from 'react';

import type { Address, SaleId } from '../address.ts';
import type { LinkedSale, Sale, SaleLine } from '../api.ts';
import { failureOf, failureText } from '../ask.ts';
import { durationText } from '../duration.ts';
import { dateTimeText, format, plural } from '../format.ts';
import { AddressLink, closeSale } from '../navigation.tsx';
import { useSale } from '../queries.ts';
import { SaleMarks, Tag } from '../table-parts.tsx';

const PRICE_WORDS: Readonly<Record<string, string>> = {
  promotional: 'promotion',
  clearance: 'clearance',
  member: 'member’s price',
  quantityBreak: 'quantity price',
  pack: 'price of the pack',
  label: 'price of its label',
  override: 'price overridden',
};

const NATURE_WORDS: Readonly<Record<string, string>> = {
  giftCard: 'Gift card',
  singlePurposeVoucher: 'Single-purpose voucher',
  multiPurposeVoucher: 'Multi-purpose voucher',
  layawayDeposit: 'Layaway deposit',
  orderDeposit: 'Order deposit',
  donation: 'Donation',
  tip: 'Tip',
  accountPayment: 'Payment on account',
};

/** Those that need no entry in the catalogue. */
const TENDER_WORDS: Readonly<Record<string, string>> = { cash: 'Cash' };

type SaleTender = Sale['tenders'][number];

const foreignText = ({ currency, minorDigits, amountMinor, rate }: NonNullable<SaleTender['foreign']>): string =>
  `${format.currency(amountMinor, minorDigits, currency)} at ${format.unitPrice(rate, minorDigits, 'piece')}`;

/** `Card · tip 2.00 · 20.00 back in cash`. */
const tenderText = (tender: SaleTender, money: (minor: number) => string): string => {
  const { tenderType, name = tenderType, reference, points, foreign, tipMinor, cashBackMinor, forfeitedMinor, inPlaceOf } = tender;
  return [
    name === tenderType ? (TENDER_WORDS[tenderType] ?? name) : name,
    reference ?? '',
    points === undefined ? '' : plural(points, 'point'),
    foreign === undefined ? '' : foreignText(foreign),
    tipMinor === undefined ? '' : `tip ${money(tipMinor)}`,
    cashBackMinor === undefined ? '' : `${money(cashBackMinor)} back in cash`,
    forfeitedMinor === undefined ? '' : `${money(forfeitedMinor)} forfeited`,
    inPlaceOf === undefined ? '' : `in place of ${inPlaceOf}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

/** A to Z, in the order of the receipt's tax lines. */
const taxMark = (sale: Sale, line: SaleLine): string => {
  const index = sale.taxes.findIndex((tax) => tax.taxClass === line.taxClass && tax.rateBps === line.taxRateBps);
  return index < 0 ? '' : String.fromCodePoint(65 + (index % 26));
};

type LineDiscount = NonNullable<SaleLine['discounts']>[number];

/** A promotion's reference is its id and the hash of what it said. */
const discountText = (discount: LineDiscount): string => {
  const { kind, reference, name, coupon, funding, reason, approvedBy } = discount;
  const what = kind === 'manual' ? `Discount: ${reason ?? reference}` : (name ?? reference.replace(/@[^@]*$/u, ''));
  return [
    what,
    isAbsent(coupon) ? '' : `coupon ${coupon}`,
    funding === 'thirdParty' ? 'paid by its issuer' : '',
    isAbsent(approvedBy) ? '' : `approved by ${approvedBy}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/** What else is to be said of a line, a row each. */
const lineDetails = (sale: Sale, line: SaleLine): readonly string[] => {
  const { returnOf, tare, depositOf, nature, natureReference, cataloguePrice, unit, reason, approvedBy, untaxedMinor } = line;
  const goods = isAbsent(depositOf) ? undefined : sale.lines[depositOf];
  const returned = isAbsent(returnOf)
    ? []
    : [
        `Back from receipt ${returnOf.receiptNumber}`,
        isAbsent(returnOf.line) ? '' : `line ${returnOf.line}`,
        isAbsent(returnOf.store) ? '' : `store ${returnOf.store}`,
      ];
  return [
    returned.filter((part) => part !== '').join(', '),
    line.isUnverified === true ? 'Nobody could look the receipt up' : '',
    line.isDefective === true ? 'Defective' : '',
    isAbsent(line.returnApprovedBy) ? '' : `Return approved by ${line.returnApprovedBy}`,
    goods === undefined ? '' : `Deposit of ${goods.name === '' ? goods.sku : goods.name}`,
    isAbsent(nature) ? '' : [NATURE_WORDS[nature] ?? nature, natureReference ?? ''].filter((part) => part !== '').join(' '),
    isAbsent(tare) ? '' : `Tare ${format.quantity({ value: tare, unit })}, taken off already`,
    isAbsent(cataloguePrice) ? '' : `The catalogue asked ${format.unitPrice(cataloguePrice, sale.minorDigits, unit)}`,
    isAbsent(reason) ? '' : `Reason: ${reason}`,
    isAbsent(approvedBy) ? '' : `Approved by ${approvedBy}`,
    isAbsent(untaxedMinor) || untaxedMinor === 0 ? '' : `Untaxed, because of who paid: ${format.money(untaxedMinor, sale.minorDigits)}`,
    isAbsent(line.costMinor) ? '' : `Cost ${format.money(line.costMinor, sale.minorDigits)}`,
    isAbsent(line.serial) ? '' : `Serial number ${line.serial}`,
    isAbsent(line.batch) ? '' : `Batch ${line.batch}`,
  ].filter((text) => text !== '');
};

const AGE_WORDS: Readonly<Record<string, string>> = { document: 'by document', appearance: 'by appearance' };

const Line = ({ sale, line }: { readonly sale: Sale; readonly line: SaleLine }): ReactElement => {
  const priceWord = PRICE_WORDS[line.priceType];
  return (
    <tr data-testid="sale-line">
      <td>
        <span className="line-name">{line.name === '' ? line.sku : line.name}</span>
        <span className="line-detail">
          {format.quantity({ value: line.quantity, unit: line.unit })} ×{' '}
          {isAbsent(line.pack)
            ? format.unitPrice(line.unitPrice, sale.minorDigits, line.unit)
            : `${format.money(line.pack.priceMinor, sale.minorDigits)}/${line.pack.units}`}
          {priceWord === undefined ? null : <Tag tone={line.priceType === 'override' ? 'warn' : 'good'}>{priceWord}</Tag>}
          {line.ageCheckedYears === undefined || line.ageCheckedYears === null ? null : (
            <Tag tone="quiet">{`${line.ageCheckedYears}+ ${AGE_WORDS[line.ageMethod ?? ''] ?? 'checked'}`}</Tag>
          )}
        </span>
        {lineDetails(sale, line).map((text) => (
          <span className="line-detail" key={text}>
            {text}
          </span>
        ))}
        <span className="line-detail mono">
          {line.sku}
          {line.code === undefined || line.code === null || line.code === line.sku ? '' : ` · ${line.code}`}
        </span>
      </td>
      <td className="n">
        {format.money(line.amountMinor, sale.minorDigits)} <span className="tax-mark">{taxMark(sale, line)}</span>
      </td>
    </tr>
  );
};

/** Below its line, with its amount in the column of amounts: so lines and what was taken off them add up to the total. */
const DiscountRow = ({ sale, discount }: { readonly sale: Sale; readonly discount: LineDiscount }): ReactElement => (
  <tr className="line-discount" data-testid="sale-discount">
    <td>{discountText(discount)}</td>
    <td className="n">
      {format.money(discount.amountMinor, sale.minorDigits)} <span className="tax-mark" />
    </td>
  </tr>
);

const Amount = ({
  label,
  amount,
  strong,
  testId,
}: {
  readonly label: string;
  readonly amount: string;
  readonly strong?: boolean;
  readonly testId?: string;
}): ReactElement => (
  <div className={strong ? 'amount strong' : 'amount'} data-testid={testId}>
    <dt>{label}</dt>
    <dd>{amount}</dd>
  </div>
);

const Receipt = ({ sale }: { readonly sale: Sale }): ReactElement => {
  const money = (minor: number): string => format.currency(minor, sale.minorDigits, sale.currency);
  return (
    <div className="receipt">
      <table>
        <thead className="for-readers">
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Amount, tax</th>
          </tr>
        </thead>
        <tbody>
          {sale.lines.map((line, index) => (
            // Lines of a completed sale never move: their place is their identity.
            // oxlint-disable-next-line react/no-array-index-key
            <Fragment key={index}>
              <Line sale={sale} line={line} />
              {(line.discounts ?? []).map((discount, place) => (
                // oxlint-disable-next-line react/no-array-index-key
                <DiscountRow key={place} sale={sale} discount={discount} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
      <dl>
        <Amount label="Total" amount={money(sale.totalMinor)} strong testId="sale-total" />
        {(sale.roundingMinor ?? 0) === 0 ? null : <Amount label="Rounding" amount={money(sale.roundingMinor ?? 0)} />}
        {sale.tenders.map((tender, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <Amount key={index} label={tenderText(tender, money)} amount={money(tender.amountMinor)} />
        ))}
        {(sale.claims ?? []).map((claim) => (
          <Amount key={claim.code} label={`Coupon ${claim.code}`} amount={money(claim.amountMinor)} />
        ))}
        {sale.changeMinor === 0 ? null : <Amount label="Change" amount={money(sale.changeMinor)} />}
      </dl>
      <table className="taxes" data-testid="sale-taxes">
        <thead>
          <tr>
            <th scope="col">Tax</th>
            <th scope="col" className="n">
              Net
            </th>
            <th scope="col" className="n">
              Tax
            </th>
            <th scope="col" className="n">
              Gross
            </th>
          </tr>
        </thead>
        <tbody>
          {sale.taxes.map((tax, index) => (
            // A class may have several taxes, each with its row.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              <td>
                {String.fromCodePoint(65 + (index % 26))} {tax.component?.component ?? format.rate(tax.rateBps)} {tax.taxClass}
              </td>
              <td className="n">{format.money(tax.netMinor, sale.minorDigits)}</td>
              <td className="n">{format.money(tax.taxMinor, sale.minorDigits)}</td>
              <td className="n">{format.money(tax.netMinor + tax.taxMinor, sale.minorDigits)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const StockMovement = ({ sale }: { readonly sale: Sale }): ReactElement | null => {
  const moved = sale.lines.filter((line) => line.stockQuantity !== undefined && line.stockQuantity !== null && line.stockQuantity !== 0);
  if (moved.length === 0) return null;
  return (
    <section aria-labelledby="stock">
      <h3 id="stock">Stock movement in store {sale.store}</h3>
      <table className="plain stock" data-testid="sale-stock">
        <tbody>
          {moved.map((line, index) => (
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              <td className="mono">{line.sku}</td>
              <td>{line.name}</td>
              <td className="n">
                {(line.stockQuantity ?? 0) < 0 ? '+' : ''}
                {format.quantity({ value: -(line.stockQuantity ?? 0), unit: line.unit })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

const Fact = ({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement => (
  <>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </>
);

/** Under its name; how often, where that is more than once. */
const usedText = ({ promotionId, name, uses }: NonNullable<Sale['promotions']>[number]): string =>
  `${name ?? promotionId}${uses === 1 ? '' : ` × ${format.count(uses)}`}`;

/** `20 points for Stamps`, `2 × Mug for Free mug`. */
const rewardText = (given: NonNullable<Sale['rewards']>[number], money: (minor: number) => string): string => {
  const { reward, times, promotionId, name, item } = given;
  const why = `for ${name ?? promotionId}`;
  switch (reward.type) {
    case 'points':
      return `${plural(reward.points * times, 'point')} ${why}`;
    case 'gift':
      return `${format.count(reward.pieces * times)} × ${item ?? reward.sku} ${why}`;
    case 'nextCoupon':
      return `${plural(times, 'coupon')} ${reward.code} ${why}`;
    case 'rebate':
      return `Mail-in rebate of ${money(reward.amountMinor * times)} ${why}`;
    default:
      return unreachable(reward, 'rewardText');
  }
};

/** Of the lines whose cost is known; undefined where none is. */
const costOf = ({ lines }: Sale): number | undefined => {
  const costs = lines.flatMap(({ costMinor }) => costMinor ?? []);
  return costs.length === 0 ? undefined : costs.reduce((sum, minor) => sum + minor, 0);
};

/** `overridePrice` → `override price`. */
const actionText = (action: string): string => action.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);

/** Other sales that it has to do with: each opens in its place. */
const Linked = ({
  label,
  sales,
  timeZone,
}: {
  readonly label: string;
  readonly sales: readonly LinkedSale[];
  readonly timeZone: string | undefined;
}): ReactElement | null =>
  sales.length === 0 ? null : (
    <Fact label={label}>
      {sales.map((sale) => (
        <div key={`${sale.device} ${sale.epoch} ${sale.seq}`} data-testid="linked-sale">
          <AddressLink to={{ page: 'sales', filters: {}, sale }}>{sale.receiptNumber}</AddressLink>{' '}
          <span className="mut">
            store {sale.store}, {dateTimeText(sale.atMs, timeZone)}
          </span>
        </div>
      ))}
    </Fact>
  );

const Facts = ({ sale, timeZone }: { readonly sale: Sale; readonly timeZone: string | undefined }): ReactElement => {
  const delayMs = sale.receivedAtMs - sale.atMs;
  return (
    <section aria-labelledby="facts">
      <h3 id="facts">How the hub knows</h3>
      <dl className="facts" data-testid="sale-facts">
        <Fact label="Completed at the lane">{dateTimeText(sale.atMs, timeZone)}</Fact>
        <Fact label="Received by the hub">
          {dateTimeText(sale.receivedAtMs, timeZone)}
          {delayMs > 60_000 ? <span className="mut"> · {durationText(delayMs)} later</span> : null}
        </Fact>
        <Fact label="Business date">
          <AddressLink to={{ page: 'sales', filters: { date: sale.businessDate }, sale: null }}>{sale.businessDate}</AddressLink>
        </Fact>
        <Fact label="Shift, drawer">
          {sale.shift}, {sale.drawer}
        </Fact>
        <Fact label="Operator">{sale.operator}</Fact>
        {isAbsent(sale.customer) ? null : <Fact label="Customer">{sale.customer}</Fact>}
        {isAbsent(sale.points) ? null : <Fact label="Points earned">{format.count(sale.points)}</Fact>}
        {(sale.pointsTaken ?? []).map(({ customer, points }) => (
          <Fact key={customer} label="Points taken back">
            {format.count(points)} from {customer}
          </Fact>
        ))}
        {(sale.promotions ?? []).length === 0 ? null : <Fact label="Promotions">{(sale.promotions ?? []).map(usedText).join(', ')}</Fact>}
        {(sale.rewards ?? []).map((reward) => (
          <Fact key={reward.promotionId} label="Given">
            {rewardText(reward, (minor) => format.currency(minor, sale.minorDigits, sale.currency))}
          </Fact>
        ))}
        {costOf(sale) === undefined ? null : (
          <Fact label="Cost of the goods">{format.currency(costOf(sale) ?? 0, sale.minorDigits, sale.currency)}</Fact>
        )}
        {isAbsent(sale.exemption) ? null : <Fact label="Exempt by certificate">{sale.exemption}</Fact>}
        {isAbsent(sale.postVoidOf) ? null : <Fact label="Undoes receipt">{sale.postVoidOf}</Fact>}
        <Linked label="Goods came back of" sales={sale.origins} timeZone={timeZone} />
        <Linked label="Came back in" sales={sale.returns} timeZone={timeZone} />
        {(sale.approvals ?? []).map(({ action, approver, line }, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <Fact key={index} label="Approved">
            {actionText(action)} by {approver}
            {isAbsent(line) ? '' : `, line ${line}`}
          </Fact>
        ))}
        <Fact label="Priced by">publication {format.count(sale.cut.lsn)}</Fact>
        {sale.externalReference === undefined || sale.externalReference === null ? null : (
          <Fact label="Other system’s number">{sale.externalReference}</Fact>
        )}
        <Fact label="Device">
          <span className="mono">{sale.device}</span>
        </Fact>
        <Fact label="Place in its ledger">
          <span className="mono">
            {sale.epoch} / {format.count(sale.seq)}
          </span>
        </Fact>
        <Fact label="Hash">
          <span className="mono" data-testid="sale-hash">
            {sale.hash}
          </span>
        </Fact>
      </dl>
      <p className="mut">
        The hash covers the lane’s own bytes and the entry before it: a sale changed afterwards, or one taken out, would break the chain.
      </p>
    </section>
  );
};

const Head = ({ sale }: { readonly sale: Sale }): ReactElement => (
  <div className="sale-head">
    <span className="mut">
      Store {sale.store}, lane {sale.lane} · {plural(sale.lineCount, 'line')}
    </span>
    {sale.kind === 'sale' ? null : <Tag tone="warn">{sale.kind}</Tag>}
    <SaleMarks sale={sale} />
  </div>
);

const Body = ({ id, timeZones }: { readonly id: SaleId; readonly timeZones: ReadonlyMap<string, string> }): ReactElement => {
  const { data, error } = useSale(id);
  if (data !== undefined) {
    return (
      <>
        <Head sale={data} />
        <Receipt sale={data} />
        <StockMovement sale={data} />
        <Facts sale={data} timeZone={timeZones.get(data.store)} />
      </>
    );
  }
  if (error === null) return <p className="mut">Fetching the sale…</p>;
  const failure = failureOf(error);
  return (
    <p role="alert" data-testid="sale-error">
      {failure?.type === 'notFound'
        ? 'The hub holds no sale under this address. A lane that sells cut off may not have sent it yet.'
        : failure === null
          ? error.message
          : failureText(failure)}
    </p>
  );
};

const Title = ({ id }: { readonly id: SaleId }): ReactElement => {
  const { data } = useSale(id);
  return <>{data === undefined ? 'Sale' : data.receiptNumber}</>;
};

/** Stands over the page, at `?sale=DEVICE/EPOCH/SEQ`. */
export const SaleDrawer = ({
  address,
  timeZones,
}: {
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}): ReactElement => (
  // Locking the page's scroll would write a style tag that the page's policy refuses.
  <Drawer
    opened={address.sale !== null}
    onClose={() => closeSale(address)}
    position="right"
    size={560}
    lockScroll={false}
    classNames={{ title: 'dialog-title' }}
    title={address.sale === null ? '' : <Title id={address.sale} />}
    transitionProps={{ duration: 0 }}
  >
    {address.sale === null ? null : (
      <div data-testid="sale-drawer">
        <Body id={address.sale} timeZones={timeZones} />
      </div>
    )}
  </Drawer>
);
