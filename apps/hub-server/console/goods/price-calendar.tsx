/** Prices that begin and end, on the days of a month, and those of one day by their moments. */
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { addDays, businessDateText, minuteText, plural, readerZone } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { ExportButton, HeadCells, MoreRows, NoRows, Tag } from '../table-parts.tsx';
import { addMonths, kindText, type PriceDay, type PriceMoment, shownText, usePriceDays, usePriceMoments, weeksOf } from './prices.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTH_NAME = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

const Day = ({
  date,
  of,
  address,
  month,
  isToday,
}: {
  readonly date: string;
  readonly of: PriceDay | undefined;
  readonly address: Address;
  readonly month: string;
  readonly isToday: boolean;
}): ReactElement => {
  const { day = '' } = address.filters;
  return (
    <td className={date.startsWith(month) ? 'calendar-day' : 'calendar-day beside'} aria-current={isToday ? 'date' : undefined}>
      <AddressLink to={withFilters(address, { day: day === date ? '' : date })} aria-current={day === date ? 'true' : undefined}>
        <span className="for-readers">{businessDateText(date)}:</span>
        <span className="calendar-number">{Number(date.slice(8))}</span>
        {of === undefined || of.begins === 0 ? null : <Tag tone="good">{plural(of.begins, 'begins', 'begin')}</Tag>}
        {of === undefined || of.ends === 0 ? null : <Tag tone="quiet">{plural(of.ends, 'ends', 'end')}</Tag>}
      </AddressLink>
    </td>
  );
};

interface CalendarProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

export const PriceCalendar = ({ places, address, timeZone }: CalendarProps): ReactElement => {
  const zone = timeZone ?? readerZone();
  const month = /^\d{4}-\d{2}$/.test(address.filters.month ?? '') ? (address.filters.month ?? '') : places.businessDate.slice(0, 7);
  const { day = '' } = address.filters;
  const weeks = weeksOf(month);
  const [first = '', last = ''] = [weeks[0]?.[0], weeks.at(-1)?.[6]];
  const scope = address.filters.place ?? '';
  const days = usePriceDays({ from: first, to: addDays(last, 1), timeZone: zone, scope });
  const byDate = new Map(days.data?.map((each) => [each.date, each]));
  const to = (months: number): Address => withFilters(address, { month: addMonths(month, months), day: '' });
  return (
    <div className="block">
      <div className="block-head">
        <div className="day">
          <AddressLink className="step" to={to(-1)} aria-label="The month before">
            ‹
          </AddressLink>
          <AddressLink className="step" to={to(1)} aria-label="The next month">
            ›
          </AddressLink>
        </div>
        <h2 aria-live="polite">{MONTH_NAME.format(Date.parse(`${month}-01T00:00:00Z`))}</h2>
        {timeZone === undefined ? <span className="mut">days as they are in {zone}: stores lie in several time zones</span> : null}
      </div>
      <div className="table-frame">
        <table className="calendar" data-testid="price-calendar">
          <thead>
            <tr>
              <HeadCells labels={WEEKDAYS} />
            </tr>
          </thead>
          <tbody>
            {weeks.map((week) => (
              <tr key={week[0]}>
                {week.map((date) => (
                  <Day
                    key={date}
                    date={date}
                    of={byDate.get(date)}
                    address={address}
                    month={month}
                    isToday={date === places.businessDate}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Moments
        places={places}
        address={address}
        timeZone={timeZone}
        span={{
          from: day === '' ? `${month}-01` : day,
          to: day === '' ? `${addMonths(month, 1)}-01` : addDays(day, 1),
          timeZone: zone,
          scope,
        }}
      />
    </div>
  );
};

const HEADER = ['when', 'what', 'sku', 'name', 'where', 'kind', 'amount', 'decimals', 'currency'];
const csvRow = ({ atMs, what, sku, name, scope, price }: PriceMoment): readonly string[] => [
  new Date(atMs).toISOString(),
  what,
  sku,
  name,
  scope,
  price.type,
  String(price.amount),
  String(price.decimals),
  price.currency,
];

const Moments = ({
  places,
  address,
  timeZone,
  span,
}: CalendarProps & { readonly span: Parameters<typeof usePriceMoments>[0] }): ReactElement => {
  const asked = usePriceMoments(span);
  const moments = asked.data?.pages.flatMap((page) => page.moments) ?? [];
  const { day = '' } = address.filters;
  return (
    <section className="block" aria-label="What begins and ends">
      <div className="block-head">
        <h2>{day === '' ? 'In this month' : businessDateText(day)}</h2>
        {day === '' ? null : <AddressLink to={withFilters(address, { day: '' })}>the whole month</AddressLink>}
        {moments.length === 0 ? null : (
          <div className="tools">
            <ExportButton name={`prices-${span.from}`} header={HEADER} rows={() => moments.map(csvRow)} />
          </div>
        )}
      </div>
      {moments.length === 0 ? (
        <div className="card" data-testid="no-moments">
          <NoRows asked={asked} none="No price begins or ends">
            A price with a beginning or an end stands here on its day.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['When', 'What', 'Article', 'Where', 'Kind']} />
                <HeadCells labels={['Price']} numeric />
              </tr>
            </thead>
            <tbody>
              {moments.map((each) => (
                <tr key={`${each.atMs} ${each.what} ${each.sku} ${each.scope} ${each.price.type}`} data-testid="price-moment">
                  <td className="mut">{minuteText(each.atMs, timeZone)}</td>
                  <td>{each.what === 'begins' ? <Tag tone="good">begins</Tag> : <Tag tone="quiet">ends</Tag>}</td>
                  <th scope="row">
                    <AddressLink className="clip" to={withFilters(address, { item: each.sku })}>
                      <bdi>{each.name}</bdi>
                    </AddressLink>
                  </th>
                  <td>{placeName(places, each.scope)}</td>
                  <td>{kindText(each.price.type)}</td>
                  <td className="n">{shownText(each.price, each.unit)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <MoreRows of={asked} label="Later ones" />
        </div>
      )}
    </section>
  );
};
