/** All sales of a business day: filtered, sorted and exported as shown; the address says which. */
import { EmptyState, toDecimalString } from '@holdfast/ui';
import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactElement, useEffect } from 'react';

import { type Address, parseSort, saleIdToText, type Sort, withFilters } from '../address.ts';
import type { Places, SaleRow } from '../api.ts';
import { failureOf } from '../ask.ts';
import { addDays, businessDateText, dateTimeText, format, hourOf, plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { useFoundSales, useLanes, useSales } from '../queries.ts';
import { useRights } from '../rights.tsx';
import {
  type Column,
  compareValues,
  ExportButton,
  Failure,
  HeadCells,
  LongSelect,
  NoRows,
  SaleMarks,
  setFilter,
  SortableHead,
  Tag,
} from '../table-parts.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'at', label: 'Time', descendingFirst: true },
  { key: 'receipt', label: 'Receipt' },
  { key: 'store', label: 'Store' },
  { key: 'lane', label: 'Lane' },
  { key: 'kind', label: 'Kind' },
  { key: 'lines', label: 'Lines', numeric: true, descendingFirst: true },
  { key: 'total', label: 'Total', numeric: true, descendingFirst: true },
];

const DEFAULT_SORT: Sort = { key: 'at', descending: true };

/** What the hub cannot filter by is filtered here: then more pages are fetched by themselves, up to this many rows. */
const FETCH_AT_MOST_ROWS = 5_000;

/** Shown at once; the rest of a long day is a click, or a filter, away. */
const SHOW_AT_MOST_ROWS = 1_000;

export function filterSales(sales: readonly SaleRow[], address: Address, timeZones: ReadonlyMap<string, string>): readonly SaleRow[] {
  const { hour, kind } = address.filters;
  const text = (address.filters.q ?? '').trim().toLowerCase();
  return sales
    .filter((sale) => kind === undefined || sale.kind === kind)
    .filter((sale) => hour === undefined || hourOf(sale.atMs, timeZones.get(sale.store)) === Number(hour))
    .filter((sale) => sale.receiptNumber.toLowerCase().includes(text));
}

export function sortSales(sales: readonly SaleRow[], sort: Sort): readonly SaleRow[] {
  const valueOf = (sale: SaleRow): string | number => {
    switch (sort.key) {
      case 'receipt':
        return sale.receiptNumber;
      case 'store':
        return sale.store;
      case 'lane':
        return sale.lane;
      case 'kind':
        return sale.kind;
      case 'lines':
        return sale.lineCount;
      case 'total':
        return sale.totalMinor;
      default:
        return sale.atMs;
    }
  };
  const direction = sort.descending ? -1 : 1;
  return sales.toSorted((left, right) => direction * compareValues(valueOf(left), valueOf(right)) || right.atMs - left.atMs);
}

const EXPORT_HEADER = [
  'time',
  'business_date',
  'receipt',
  'store',
  'lane',
  'kind',
  'lines',
  'total',
  'currency',
  'training',
  'device',
  'epoch',
  'seq',
];

const exportRows = (sales: readonly SaleRow[]): readonly (readonly string[])[] =>
  sales.map((sale) => [
    new Date(sale.atMs).toISOString(),
    sale.businessDate,
    sale.receiptNumber,
    sale.store,
    String(sale.lane),
    sale.kind,
    String(sale.lineCount),
    toDecimalString(sale.totalMinor, sale.minorDigits),
    sale.currency,
    String(sale.training),
    sale.device,
    sale.epoch,
    String(sale.seq),
  ]);

const Filters = ({
  places,
  address,
  date,
}: {
  readonly places: Places;
  readonly address: Address;
  readonly date: string;
}): ReactElement => {
  const { filters } = address;
  const { seesCompany } = useRights();
  const { data: lanesByStore } = useLanes();
  const store = places.stores.find((candidate) => candidate.store === filters.store);
  const lanes = (store === undefined ? places.stores : [store]).flatMap((candidate) =>
    (lanesByStore?.get(candidate.store) ?? []).map((device) => ({
      value: device.device,
      label: `${places.stores.length > 1 && store === undefined ? `Store ${candidate.store}, lane` : 'Lane'} ${device.lane}`,
    })),
  );
  return (
    <div className="filter-row">
      <div className="day">
        <AddressLink to={withFilters(address, { date: addDays(date, -1) })} aria-label="The day before" className="step">
          ‹
        </AddressLink>
        <TextInput
          type="date"
          aria-label="Business date"
          value={date}
          onChange={(event) => setFilter(address, 'date', event.currentTarget.value)}
        />
        <AddressLink to={withFilters(address, { date: addDays(date, 1) })} aria-label="The day after" className="step">
          ›
        </AddressLink>
      </div>
      <TextInput
        aria-label="Search sales"
        placeholder="Receipt, amount or goods…"
        w={220}
        value={filters.q ?? ''}
        onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
      />
      {places.stores.length > 1 ? (
        <LongSelect
          aria-label="Store"
          placeholder="All stores"
          w={180}
          clearable={seesCompany}
          searchable
          data={places.stores.map((candidate) => ({ value: candidate.store, label: `${candidate.store} · ${candidate.name}` }))}
          value={filters.store ?? null}
          onChange={(value) => setFilter(withFilters(address, { device: '' }), 'store', value ?? '')}
        />
      ) : null}
      <LongSelect
        aria-label="Lane"
        placeholder="All lanes"
        w={160}
        clearable
        data={lanes}
        value={filters.device ?? null}
        onChange={(value) => setFilter(address, 'device', value ?? '')}
      />
      <Select
        aria-label="Kind"
        placeholder="Sales and returns"
        w={170}
        clearable
        data={[
          { value: 'sale', label: 'Sales' },
          { value: 'return', label: 'Returns' },
        ]}
        value={filters.kind ?? null}
        onChange={(value) => setFilter(address, 'kind', value ?? '')}
      />
      {filters.hour === undefined ? null : (
        <AddressLink to={withFilters(address, { hour: '' })} className="chip" data-testid="hour-chip">
          {filters.hour.padStart(2, '0')}:00 to {String(Number(filters.hour) + 1).padStart(2, '0')}:00 <span aria-hidden="true">×</span>
          <span className="for-readers">, take this filter away</span>
        </AddressLink>
      )}
    </div>
  );
};

/** Which sale, where, and what it is: the same in every list of sales. */
const SaleCells = ({ sale, address }: { readonly sale: SaleRow; readonly address: Address }): ReactElement => (
  <>
    <th scope="row">
      <AddressLink to={{ ...address, sale }}>{sale.receiptNumber}</AddressLink>
    </th>
    <td>{sale.store}</td>
    <td>{sale.lane}</td>
    <td>
      {sale.kind === 'sale' ? <span className="mut">sale</span> : <Tag tone="warn">{sale.kind}</Tag>} <SaleMarks sale={sale} />
    </td>
  </>
);

const SalesRows = ({
  sales,
  address,
  timeZones,
}: {
  readonly sales: readonly SaleRow[];
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}): ReactElement => (
  <tbody>
    {sales.map((sale) => (
      <tr key={saleIdToText(sale)} data-testid={`sale-row-${saleIdToText(sale)}`}>
        <td className="mut">{timeText(sale.atMs, timeZones.get(sale.store))}</td>
        <SaleCells sale={sale} address={address} />
        <td className="n">{format.count(sale.lineCount)}</td>
        <td className="n">
          <AddressLink to={{ ...address, sale }}>{format.currency(sale.totalMinor, sale.minorDigits, sale.currency)}</AddressLink>
        </td>
      </tr>
    ))}
  </tbody>
);

const TYPED_MS = 250;
/** As many as the hub tells. */
const SEARCHED_ROWS = 50;

/** What was searched for, beside what the day itself has. */
const Found = ({
  q,
  date,
  address,
  timeZones,
}: {
  readonly q: string;
  readonly date: string;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}): ReactElement | null => {
  const [typed] = useDebouncedValue(q.trim(), TYPED_MS);
  const { data, error } = useFoundSales(typed, date, address.filters.store ?? '');
  if (typed === '') return null;
  return (
    <section className="card" aria-labelledby="found" data-testid="found-sales">
      <div className="card-head">
        <h2 id="found">{data?.by === 'receipt' ? 'On any day' : `In the month up to ${businessDateText(date)}`}</h2>
        <span className="mut">
          {data === undefined
            ? ''
            : data.sales.length === SEARCHED_ROWS
              ? `the newest ${SEARCHED_ROWS}`
              : plural(data.sales.length, 'sale')}
        </span>
      </div>
      <Failure error={error} />
      {data === undefined && error !== null ? null : data === undefined || data.sales.length === 0 ? (
        <p className="mut" role="status">
          {data === undefined
            ? 'Asking the hub…'
            : 'No receipt has this number; nothing came to this amount, is known to another system by this number, or holds such goods.'}
        </p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <HeadCells labels={['When', 'Receipt', 'Store', 'Lane', 'Kind']} />
              <HeadCells labels={['Total']} numeric />
            </tr>
          </thead>
          <tbody>
            {data.sales.map((sale) => (
              <tr key={saleIdToText(sale)} data-testid="found-sale">
                <td className="mut">{dateTimeText(sale.atMs, timeZones.get(sale.store))}</td>
                <SaleCells sale={sale} address={address} />
                <td className="n">{format.currency(sale.totalMinor, sale.minorDigits, sale.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
};

/** What the shown rows add up to, per currency; practice counts nowhere. */
const sumText = (sales: readonly SaleRow[]): string => {
  const sums = new Map<string, { minor: number; digits: number }>();
  for (const sale of sales) {
    if (sale.training) continue;
    const sum = sums.get(sale.currency);
    sums.set(sale.currency, { minor: (sum?.minor ?? 0) + sale.totalMinor, digits: sale.minorDigits });
  }
  return [...sums].map(([currency, sum]) => format.currency(sum.minor, sum.digits, currency)).join(' + ');
};

export interface SalesPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const SalesPage = ({ places, address, timeZones }: SalesPageProps): ReactElement => {
  const { filters } = address;
  const date = filters.date ?? places.businessDate;
  const needsAll = filters.q !== undefined || filters.hour !== undefined || filters.kind !== undefined || filters.sort !== undefined;
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useSales({
    date,
    store: filters.store ?? '',
    device: filters.device ?? '',
    all: needsAll,
  });
  const loaded = data?.pages.flatMap((page) => page.sales) ?? [];
  const sort = parseSort(
    filters.sort,
    COLUMNS.map((column) => column.key),
    DEFAULT_SORT,
  );
  const found = sortSales(filterSales(loaded, address, timeZones), sort);
  const shown = found.slice(0, SHOW_AT_MOST_ROWS);
  const fetchMore = needsAll && hasNextPage && !isFetchingNextPage && loaded.length < FETCH_AT_MOST_ROWS && error === null;
  useEffect(() => {
    if (fetchMore) void fetchNextPage();
  }, [fetchMore, fetchNextPage]);
  return (
    <div className="page" data-testid="sales">
      <header className="page-head">
        <h1>Sales</h1>
        <span className="mut" data-testid="sales-sum">
          {businessDateText(date)}
          {data === undefined ? '' : ` · ${plural(found.filter((sale) => !sale.training).length, 'sale')}`}
          {hasNextPage ? ' of the newest' : ''}
          {found.length === 0 ? '' : ` · ${sumText(found)}`}
        </span>
        <div className="tools">
          <ExportButton name={`holdfast-sales-${date}`} header={EXPORT_HEADER} rows={() => exportRows(found)} />
        </div>
      </header>
      <Filters places={places} address={address} date={date} />
      {filters.q === undefined ? null : <Found q={filters.q} date={date} address={address} timeZones={timeZones} />}
      {data === undefined || error === null || failureOf(error)?.type === 'unreachable' ? null : (
        <p role="alert" className="bad" data-testid="sales-error">
          {error.message}
        </p>
      )}
      {data === undefined ? (
        <div className="card" data-testid="no-sales-told">
          <NoRows asked={{ data, error }} none="" />
        </div>
      ) : found.length === 0 && !hasNextPage ? (
        <div className="card" data-testid="empty-sales">
          <EmptyState title={loaded.length === 0 ? 'No sales on this day' : 'Nothing matches'}>
            {loaded.length === 0 ? (
              'Sales appear here the moment a lane has sent them; a lane that sells cut off sends them later, into their own day.'
            ) : (
              <AddressLink to={withFilters(address, { q: '', hour: '', kind: '', device: '', store: '' })}>
                Take the filters away
              </AddressLink>
            )}
          </EmptyState>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data" data-testid="sales-table">
            <SortableHead columns={COLUMNS} sort={sort} address={address} />
            <SalesRows sales={shown} address={address} timeZones={timeZones} />
          </table>
        </div>
      )}
      <div className="more">
        {found.length > shown.length ? (
          <span className="mut">
            The first {format.count(shown.length)} of {format.count(found.length)} are shown; the export holds all of them.
          </span>
        ) : null}
        {hasNextPage ? (
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()} data-testid="load-more">
            Load more
          </Button>
        ) : null}
      </div>
    </div>
  );
};
