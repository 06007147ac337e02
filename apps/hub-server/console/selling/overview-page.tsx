/** The first page: today in four figures, by the hour, the newest sales, and every store with its lanes. */
import { Button } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';

import { type Address, saleIdToText, withFilters } from '../address.ts';
import type { Overview, Places } from '../api.ts';
import { EnrolDialog } from '../company/enrol-dialog.tsx';
import { summarise } from '../company/lane-state.ts';
import { StoresTable } from '../company/stores-table.tsx';
import { durationText } from '../duration.ts';
import { businessDateText, format, plural, roundMoneyText, timeText } from '../format.ts';
import { UnlistedCodes } from '../goods/unlisted-codes.tsx';
import { AddressLink } from '../navigation.tsx';
import { Limits } from '../people/limits.tsx';
import { commonZone, useLatestSales, useOverview } from '../queries.ts';
import { useRights } from '../rights.tsx';
import { Awaiting, NoRows, Tag } from '../table-parts.tsx';
import { HourChart } from './hour-chart.tsx';
import { ReturnExceptions } from './return-exceptions.tsx';
import { WeekCard } from './week-card.tsx';
import { hoursOf, moneyText, shareText, useWeek } from './week.ts';

const LATEST = 6;
const NO_HOURS: ReadonlyMap<number, number> = new Map();

const Figure = ({
  id,
  label,
  to,
  value,
  children,
}: {
  readonly id: string;
  readonly label: string;
  readonly to: Address;
  readonly value: string;
  readonly children: ReactNode;
}): ReactElement => (
  <AddressLink to={to} className="card figure" data-testid={`kpi-${id}`}>
    <small>{label}</small>
    <b>{value}</b>
    <span>{children}</span>
  </AddressLink>
);

const moneysText = (sums: Overview['totals']['byCurrency']): string =>
  sums.map((sum) => format.currency(sum.totalMinor, sum.minorDigits, sum.currency)).join(' + ');

const Figures = ({
  overview,
  hubNowMs,
  address,
}: {
  readonly overview: Overview;
  readonly hubNowMs: number;
  readonly address: Address;
}): ReactElement => {
  const summary = summarise(overview.stores, hubNowMs);
  const { totals, awaited } = overview;
  const [first, ...others] = totals.byCurrency;
  const money = first ?? overview.stores[0];
  const total = money === undefined ? '–' : roundMoneyText(first?.totalMinor ?? 0, money.minorDigits, money.currency);
  const restTexts = others.map((sum) => roundMoneyText(sum.totalMinor, sum.minorDigits, sum.currency));
  const filtered = (state: string): Address => withFilters({ ...address, filters: {} }, { state });
  const unproven = summary.lanes - summary.complete;
  const { data: week } = useWeek();
  // Of several currencies no one stands for all.
  const lastWeek = week?.totals.length === 1 ? week.totals[0] : undefined;
  return (
    <div className="figures">
      <Figure
        id="sales-today"
        label="Sales today"
        to={{ page: 'sales', filters: { date: overview.businessDate }, sale: null }}
        value={[total, ...restTexts].join(' + ')}
      >
        <bdi data-testid="kpi-sales-exact">{moneysText(totals.byCurrency)}</bdi>
        {totals.byCurrency.length > 0 ? ' · ' : ''}
        {plural(totals.sales, 'sale')}
        {totals.returns > 0 ? ` · ${plural(totals.returns, 'return')}` : ''}
        {lastWeek === undefined || lastWeek.lastWeekMinor === 0 ? null : (
          <bdi data-testid="kpi-sales-week">
            {' '}
            · a week ago {moneyText(lastWeek.lastWeekMinor, lastWeek)} {shareText(lastWeek)}
          </bdi>
        )}
        {awaited.sales === 0 ? null : (
          <bdi data-testid="kpi-sales-awaited">
            {' '}
            · {moneysText(awaited.byCurrency)} of {plural(awaited.sales, 'sale')} reported, not yet here
          </bdi>
        )}
      </Figure>
      <Figure
        id="in-step"
        label="In step with the hub"
        to={filtered('in-step')}
        value={`${format.count(summary.inStep)} of ${format.count(summary.lanes)}`}
      >
        {summary.lanes === 0
          ? 'no lane enrolled yet'
          : summary.sendingEntries === 0
            ? 'nothing on the way'
            : `${plural(summary.sendingEntries, 'entry', 'entries')} on the way`}
      </Figure>
      <Figure id="cut-off" label="Selling cut off" to={filtered('cut-off')} value={plural(summary.cutOff, 'lane')}>
        {summary.cutOff === 0
          ? summary.inStep === 0
            ? 'no lane has been in contact yet'
            : 'every lane that was seen is in contact'
          : `longest ${durationText(summary.longestAgeMs ?? 0)} · ${plural(summary.waitingSales, 'sale')} waiting`}
      </Figure>
      <Figure
        id="complete"
        label="Proven complete"
        to={filtered('explain')}
        value={`${format.count(summary.complete)} of ${format.count(summary.lanes)}`}
      >
        {summary.lanes === 0
          ? 'no lane enrolled yet'
          : unproven === 0
            ? 'every chain whole, nothing set aside'
            : `${plural(unproven, 'lane')} to explain`}
      </Figure>
    </div>
  );
};

/** Exported for its test. */
export const LatestSales = ({
  overview,
  address,
  timeZones,
}: {
  readonly overview: Overview;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}): ReactElement => {
  const { seesCompany } = useRights();
  const asked = useLatestSales(overview.businessDate, LATEST, seesCompany ? undefined : overview.stores[0]?.store);
  return (
    <section className="card latest" aria-labelledby="latest">
      <div className="card-head">
        <h2 id="latest">Latest sales</h2>
        <AddressLink to={{ page: 'sales', filters: { date: overview.businessDate }, sale: null }}>All of today</AddressLink>
      </div>
      {asked.data === undefined || asked.data.sales.length === 0 ? (
        <div data-testid="empty-sales">
          <NoRows asked={asked} none="No sales today yet">
            They appear here the moment a lane has sent them.
          </NoRows>
        </div>
      ) : (
        <table className="plain" data-testid="latest-sales">
          <thead className="for-readers">
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Receipt</th>
              <th scope="col">Lane</th>
              <th scope="col">Total</th>
            </tr>
          </thead>
          <tbody>
            {asked.data.sales.map((sale) => (
              <tr key={saleIdToText(sale)} data-testid={`sale-row-${saleIdToText(sale)}`}>
                <td className="mut">{timeText(sale.atMs, timeZones.get(sale.store))}</td>
                <td>
                  <AddressLink to={{ ...address, sale }}>{sale.receiptNumber}</AddressLink>
                </td>
                <td className="mut">
                  <span className="clip">{overview.stores.length > 1 ? `${sale.store}, lane ${sale.lane}` : `Lane ${sale.lane}`}</span>
                </td>
                <td className="n">
                  {sale.kind === 'sale' ? null : <Tag tone="warn">{sale.kind}</Tag>}{' '}
                  {format.currency(sale.totalMinor, sale.minorDigits, sale.currency)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
};

export interface OverviewPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly hubNowMs: number;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const OverviewPage = (props: OverviewPageProps): ReactElement => {
  const asked = useOverview();
  return asked.data === undefined ? (
    <div className="page">
      <h1>Overview</h1>
      <Awaiting asked={asked} />
    </div>
  ) : (
    <Today {...props} overview={asked.data} />
  );
};

const Today = ({ overview, places, address, hubNowMs, timeZones }: OverviewPageProps & { readonly overview: Overview }): ReactElement => {
  const [isEnrolling, setEnrolling] = useState(false);
  const lanes = overview.stores.reduce((sum, store) => sum + store.devices.length, 0);
  const [money] = overview.totals.byCurrency;
  const { data: week } = useWeek();
  const { seesCompany, may } = useRights();
  const enrolling = overview.stores.filter(({ store }) => may('enrolDevice', `store:${store}`));
  const shownMoney = overview.totals.byCurrency.length > 1 ? null : (money ?? overview.stores[0] ?? null);
  return (
    <div className="page" data-testid="overview">
      <header className="page-head">
        <h1>Overview</h1>
        <span className="mut">
          {businessDateText(overview.businessDate)} · {plural(overview.stores.length, 'store')} · {plural(lanes, 'lane')} · as of{' '}
          <span data-testid="as-of">{timeText(overview.asOfMs, commonZone(timeZones))}</span>
        </span>
        <div className="tools">
          {enrolling.length === 0 ? null : (
            <Button className="strong-button" data-testid="enrol-button" onClick={() => setEnrolling(true)}>
              Enrol a device
            </Button>
          )}
        </div>
      </header>
      <Figures overview={overview} hubNowMs={hubNowMs} address={address} />
      <div className="charts">
        <HourChart
          values={overview.salesByHour.map(({ hour, count, byCurrency }) => ({
            hour,
            count,
            totalMinor: byCurrency.find(({ currency }) => currency === shownMoney?.currency)?.totalMinor ?? 0,
          }))}
          money={shownMoney}
          before={week === undefined || shownMoney === null ? NO_HOURS : hoursOf(week, shownMoney.currency)}
          businessDate={overview.businessDate}
          address={address}
        />
        <LatestSales overview={overview} address={address} timeZones={timeZones} />
      </div>
      {seesCompany ? (
        <>
          <WeekCard places={places} />
          <ReturnExceptions address={address} timeZones={timeZones} />
          <UnlistedCodes address={address} timeZones={timeZones} />
          <Limits places={places} />
        </>
      ) : null}
      <StoresTable stores={overview.stores} address={address} hubNowMs={hubNowMs} />
      <EnrolDialog opened={isEnrolling} stores={enrolling} onClose={() => setEnrolling(false)} />
    </div>
  );
};
