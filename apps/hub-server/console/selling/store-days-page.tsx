/** The days of all stores: what was sold, what is still open, and where a lane's Z and its entries disagree. */
import { toDecimalString } from '@holdfast/ui';
import { useMemo, type ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { businessDateText, format, plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { compareValues, ExportButton, NoRows, StoreFilter, Tag } from '../table-parts.tsx';
import { StoreDayPage } from './store-day-page.tsx';
import { useStoreDays, type StoreDayRow } from './store-days.ts';

const StateTags = ({ day }: { readonly day: StoreDayRow }): ReactElement => (
  <>
    {day.differing > 0 ? <Tag tone="bad">{plural(day.differing, 'Z')} to explain</Tag> : null}{' '}
    {day.openShifts > 0 ? <Tag tone="warn">{plural(day.openShifts, 'open shift')}</Tag> : null}{' '}
    {day.closedAtMs === null ? null : <Tag tone="good">closed</Tag>}
  </>
);

/** The newest day first, and its stores in the order of their numbers. */
export const sortDays = (days: readonly StoreDayRow[]): readonly StoreDayRow[] =>
  days.toSorted((left, right) => compareValues(right.businessDate, left.businessDate) || compareValues(left.store, right.store));

const EXPORT_HEADER = ['business_date', 'store', 'lanes', 'shifts', 'open_shifts', 'differing_zs', 'sales', 'total', 'currency', 'closed'];
const exportRows = (days: readonly StoreDayRow[]): readonly (readonly string[])[] =>
  days.map((day) => [
    day.businessDate,
    day.store,
    String(day.lanes),
    String(day.shifts),
    String(day.openShifts),
    String(day.differing),
    String(day.sales),
    toDecimalString(day.totalMinor, day.minorDigits),
    day.currency,
    day.closedAtMs === null ? '' : new Date(day.closedAtMs).toISOString(),
  ]);

interface PageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

const DayList = ({ places, address, timeZones }: PageProps): ReactElement => {
  const store = address.filters.store ?? '';
  const asked = useStoreDays(store);
  const data = useMemo(() => sortDays(asked.data ?? []), [asked.data]);
  return (
    <div className="page" data-testid="store-days">
      <header className="page-head">
        <h1>Store days</h1>
        <span className="mut">{asked.data === undefined ? '' : plural(data.length, 'day')}</span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <ExportButton name="store-days" header={EXPORT_HEADER} rows={() => exportRows(data)} />
        </div>
      </header>
      {data.length === 0 ? (
        <div className="card" data-testid="no-days">
          <NoRows asked={asked} none="No day yet">
            A store’s day begins with the first entry that one of its lanes sends.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Store</th>
                <th scope="col" className="n">
                  Lanes
                </th>
                <th scope="col" className="n">
                  Shifts
                </th>
                <th scope="col" className="n">
                  Sales
                </th>
                <th scope="col" className="n">
                  Total
                </th>
                <th scope="col">State</th>
                <th scope="col">Closed at</th>
              </tr>
            </thead>
            <tbody>
              {data.map((day) => (
                <tr key={`${day.store} ${day.businessDate}`} data-testid={`day-${day.store}-${day.businessDate}`}>
                  <th scope="row">
                    <AddressLink to={withFilters(address, { store: day.store, date: day.businessDate })}>
                      {businessDateText(day.businessDate)}
                    </AddressLink>
                  </th>
                  <td>{places.stores.find(({ store: each }) => each === day.store)?.name ?? day.store}</td>
                  <td className="n">{format.count(day.lanes)}</td>
                  <td className="n">{format.count(day.shifts)}</td>
                  <td className="n">{format.count(day.sales)}</td>
                  <td className="n">{format.currency(day.totalMinor, day.minorDigits, day.currency)}</td>
                  <td>
                    <StateTags day={day} />
                  </td>
                  <td className="mut">{day.closedAtMs === null ? '' : timeText(day.closedAtMs, timeZones.get(day.store))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
};

export const StoreDaysPage = (props: PageProps): ReactElement => {
  const { store = '', date = '' } = props.address.filters;
  return store !== '' && date !== '' ? <StoreDayPage address={props.address} store={store} date={date} /> : <DayList {...props} />;
};
