/** Sales by hour of the store's day: bars to look at, each a link to its sales, and the same as a table to read. */
import { useElementSize } from '@mantine/hooks';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { format, plural, roundMoneyText } from '../format.ts';
import { AddressLink, SvgAddressLink } from '../navigation.tsx';
import { axisWidth, type HourValue, hoursToShow, roundTicks } from './chart-scale.ts';

const HEIGHT = 196;
const MARGIN = { top: 10, right: 4, bottom: 22 } as const;

export interface HourChartProps {
  readonly values: readonly HourValue[];
  /** Null where stores of several currencies are added up: then the bars count sales. */
  readonly money: { readonly currency: string; readonly minorDigits: number } | null;
  /** What each hour of the same weekday took a week ago; none where it is not known, or would be of another kind. */
  readonly before: ReadonlyMap<number, number>;
  readonly businessDate: string;
  readonly address: Address;
}

const hourText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

const hourAddress = (businessDate: string, hour: number): Address => ({
  page: 'sales',
  filters: { date: businessDate, hour: String(hour) },
  sale: null,
});

/** Hours in which only the other day took something are seen as well. */
const withHours = (values: readonly HourValue[], before: ReadonlyMap<number, number>): readonly HourValue[] => {
  const missing = [...before.keys()].filter((hour) => values.every((value) => value.hour !== hour));
  const hours = [...values, ...missing.map((hour) => ({ hour, count: 0, totalMinor: 0 }))];
  return hours.toSorted((one, other) => one.hour - other.hour);
};

const HourTable = ({ values, money, businessDate, before }: Omit<HourChartProps, 'address'>): ReactElement => (
  <div className="hour-table" tabIndex={0} role="group" aria-label="Sales by hour, table">
    <table className="plain" data-testid="hour-table">
      <thead>
        <tr>
          <th scope="col">Hour</th>
          <th scope="col" className="n">
            Sales
          </th>
          {money === null ? null : (
            <th scope="col" className="n">
              Total
            </th>
          )}
          {money === null || before.size === 0 ? null : (
            <th scope="col" className="n">
              A week ago
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {values.map((value) => (
          <tr key={value.hour}>
            <td>
              {value.count === 0 ? (
                hourText(value.hour)
              ) : (
                <AddressLink to={hourAddress(businessDate, value.hour)}>{hourText(value.hour)}</AddressLink>
              )}
            </td>
            <td className="n">{format.count(value.count)}</td>
            {money === null ? null : <td className="n">{format.currency(value.totalMinor, money.minorDigits, money.currency)}</td>}
            {money === null || before.size === 0 ? null : (
              <td className="n mut">{format.currency(before.get(value.hour) ?? 0, money.minorDigits, money.currency)}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const HourBars = ({ values, money, businessDate, before }: Omit<HourChartProps, 'address'>): ReactElement => {
  const { ref, width: measured } = useElementSize();
  const width = Math.max(280, measured || 700);
  const amountOf = (value: HourValue): number => Math.max(0, money === null ? value.count : value.totalMinor);
  // Ticks in whole major units: an axis of 12.50 steps helps nobody.
  const unit = money === null ? 1 : 10 ** money.minorDigits;
  const ticks = roundTicks(Math.max(0, ...values.map(amountOf), ...before.values()) / unit, 3).map((tick) => tick * unit);
  const top = ticks.at(-1) ?? 1;
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const tickText = (tick: number): string =>
    money === null ? format.count(tick) : roundMoneyText(tick, money.minorDigits, money.currency);
  const left = axisWidth(ticks.map(tickText));
  const slot = (width - left - MARGIN.right) / values.length;
  const bar = Math.min(40, slot * 0.68);
  const yOf = (amount: number): number => MARGIN.top + innerHeight * (1 - amount / top);
  const labelEvery = slot < 34 ? 2 : 1;
  return (
    <div ref={ref} className="hour-bars">
      <svg width={width} height={HEIGHT} role="group" aria-label="Sales by hour" data-testid="hour-chart">
        {ticks.map((tick) => (
          <g key={tick} aria-hidden="true">
            <line x1={left} x2={width - MARGIN.right} y1={yOf(tick)} y2={yOf(tick)} className={tick === 0 ? 'axis' : 'grid'} />
            <text x={left - 10} y={yOf(tick) + 4} textAnchor="end">
              {tickText(tick)}
            </text>
          </g>
        ))}
        {values.map((value, index) => {
          const x = left + slot * index + (slot - bar) / 2;
          const y = yOf(amountOf(value));
          const words = `${hourText(value.hour)} to ${hourText(value.hour + 1)}: ${plural(value.count, 'sale')}${
            money === null ? '' : `, ${format.currency(value.totalMinor, money.minorDigits, money.currency)}`
          }`;
          const beforeMinor = Math.max(0, before.get(value.hour) ?? 0);
          return (
            <g key={value.hour}>
              {beforeMinor === 0 ? null : (
                <rect
                  aria-hidden="true"
                  className="bar-before"
                  x={x - 3}
                  y={yOf(beforeMinor)}
                  width={bar + 6}
                  height={MARGIN.top + innerHeight - yOf(beforeMinor)}
                  rx={3}
                />
              )}
              {value.count === 0 ? null : (
                <SvgAddressLink to={hourAddress(businessDate, value.hour)} label={words}>
                  <title>{words}</title>
                  <rect className="reach" x={x - (slot - bar) / 2} y={MARGIN.top} width={slot} height={innerHeight} />
                  <rect
                    className="bar"
                    x={x}
                    y={Math.min(y, MARGIN.top + innerHeight - 2)}
                    width={bar}
                    height={Math.max(2, MARGIN.top + innerHeight - y)}
                    rx={3}
                  />
                </SvgAddressLink>
              )}
              {index % labelEvery === 0 ? (
                <text aria-hidden="true" x={x + bar / 2} y={HEIGHT - 5} textAnchor="middle">
                  {String(value.hour).padStart(2, '0')}
                </text>
              ) : null}
            </g>
          );
        })}
      </svg>
    </div>
  );
};

export const HourChart = ({ values, money, before, businessDate, address }: HourChartProps): ReactElement => {
  const shown = hoursToShow(withHours(values, before));
  const asTable = address.filters.hours === 'table';
  return (
    <section className="card chart" aria-labelledby="by-hour">
      <div className="card-head">
        <h2 id="by-hour">Sales by hour</h2>
        {before.size === 0 ? null : <span className="mut">pale: a week ago</span>}
        <AddressLink to={withFilters(address, { hours: asTable ? '' : 'table' })} data-testid="hours-toggle">
          {asTable ? 'Show as chart' : 'Show as table'}
        </AddressLink>
      </div>
      {asTable ? (
        <HourTable values={shown} money={money} before={before} businessDate={businessDate} />
      ) : (
        <HourBars values={shown} money={money} before={before} businessDate={businessDate} />
      )}
    </section>
  );
};
