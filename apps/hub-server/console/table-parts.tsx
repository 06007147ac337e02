/** What the console's pages share: headers, tags, why something failed, what an empty list says, the choices above a list, and the button that exports it. */
import { toCsv } from '@holdfast/base';
import { EmptyState } from '@holdfast/ui';
import { Button, Select, type SelectProps, TextInput } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';

import { type Address, type Filter, type Sort, sortToText, withFilters } from './address.ts';
import type { Places, SaleRow } from './api.ts';
import { failureOf, failureText } from './ask.ts';
import { downloadCsv } from './csv.ts';
import { format } from './format.ts';
import { moveTo } from './navigation.tsx';
import { useRights } from './rights.tsx';

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly numeric?: boolean;
  /** Which way the first click sorts. */
  readonly descendingFirst?: boolean;
  readonly sortable?: boolean;
}

/** The header row; a click sorts by the column, a second one turns the order around. */
export const SortableHead = ({
  columns,
  sort,
  address,
}: {
  readonly columns: readonly Column[];
  readonly sort: Sort;
  readonly address: Address;
}): ReactElement => (
  <thead>
    <tr>
      {columns.map((column) => {
        const active = sort.key === column.key;
        const descending = active ? !sort.descending : (column.descendingFirst ?? false);
        const shown = sort.descending ? 'descending' : 'ascending';
        return (
          <th key={column.key} scope="col" className={column.numeric ? 'n' : undefined} aria-sort={active ? shown : undefined}>
            {column.sortable === false ? (
              column.label
            ) : (
              <button
                type="button"
                className="sort"
                onClick={() => moveTo(withFilters(address, { sort: sortToText({ key: column.key, descending }) }), 'replace')}
              >
                {column.label}
                <span aria-hidden="true">{active ? (sort.descending ? '↓' : '↑') : ''}</span>
              </button>
            )}
          </th>
        );
      })}
    </tr>
  </thead>
);

/** Header cells of columns that do not sort. */
export const HeadCells = ({ labels, numeric }: { readonly labels: readonly string[]; readonly numeric?: boolean }): ReactElement => (
  <>
    {labels.map((label) => (
      <th key={label} scope="col" className={numeric ? 'n' : undefined}>
        {label}
      </th>
    ))}
  </>
);

/** Why something was not done, beside the button that asked for it. */
export const Failure = ({ error }: { readonly error: unknown }): ReactElement | null => {
  const failure = failureOf(error);
  return failure === null ? null : (
    <p className="bad" role="alert">
      {failureText(failure)}
    </p>
  );
};

/** What stands where a list has no rows: why the hub told none, that it is still asked, or `none`. */
export function emptyTitle({ data, error }: { readonly data: unknown; readonly error: unknown }, none: string): string {
  const failure = failureOf(error);
  if (failure !== null) return failureText(failure);
  return data === undefined ? 'Asking the hub…' : none;
}

/** In place of a list without rows. `none`: what is so when the hub told none; the children say what would stand here, and are true of an answer alone. */
export const NoRows = ({
  asked,
  none,
  children,
}: {
  readonly asked: { readonly data: unknown; readonly error: unknown };
  readonly none: string;
  readonly children?: ReactNode;
}): ReactElement => (
  <EmptyState title={emptyTitle(asked, none)}>{asked.data === undefined || failureOf(asked.error) !== null ? null : children}</EmptyState>
);

/** In place of what is asked for, until it is there: that it is awaited, or why it does not come. */
export const Awaiting = ({ asked }: { readonly asked: { readonly data: unknown; readonly error: unknown } }): ReactElement => (
  <p className="mut" role="status">
    {emptyTitle(asked, '')}
  </p>
);

/** Compares what a column shows: numbers as numbers, `2` before `10` in texts; what is absent comes first. */
export function compareValues(left: string | number | null, right: string | number | null): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left).localeCompare(String(right), 'en', { numeric: true });
}

export const Tag = ({
  tone,
  children,
  ...rest
}: {
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  readonly children: ReactNode;
}): ReactElement => (
  <span {...rest} className="tag" data-tone={tone}>
    {children}
  </span>
);

/** What is unusual about a sale, apart from its kind. */
export const SaleMarks = ({ sale }: { readonly sale: SaleRow }): ReactElement => (
  <>
    {sale.training ? <Tag tone="warn">training, does not count</Tag> : null}
    {sale.branch ? <Tag tone="warn">from a second history</Tag> : null}
  </>
);

export const ExportButton = ({
  name,
  header,
  rows,
}: {
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
}): ReactElement => (
  <Button variant="default" data-testid="export-csv" onClick={() => downloadCsv(`${name}.csv`, toCsv(header, rows()))}>
    Export CSV
  </Button>
);

/** A field of the page's address, as a text field or a choice writes it. */
export const setFilter = (address: Address, filter: Filter, value: string): void =>
  moveTo(withFilters(address, { [filter]: value }), 'replace');

/** What is typed is looked for with Enter. */
export const TypedFilter = ({
  label,
  value,
  onEnter,
}: {
  readonly label: string;
  /** As the address has it. */
  readonly value: string;
  readonly onEnter: (typed: string) => void;
}): ReactElement => {
  const [typed, setTyped] = useState(value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onEnter(typed.trim());
      }}
    >
      <TextInput
        aria-label={label}
        placeholder={`${label}…`}
        w={170}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  );
};

/** Which store's rows a page shows; a company of one store is not asked. */
export const StoreFilter = ({ places, address }: { readonly places: Places; readonly address: Address }): ReactElement | null => {
  const { seesCompany } = useRights();
  return places.stores.length > 1 ? (
    <LongSelect
      aria-label="Store"
      placeholder="All stores"
      w={180}
      clearable={seesCompany}
      data={places.stores.map(({ store, name }) => ({ value: store, label: name }))}
      value={address.filters.store === undefined || address.filters.store === '' ? null : address.filters.store}
      onChange={(value) => setFilter(address, 'store', value ?? '')}
    />
  ) : null;
};

/** Of which zone's stores a page tells; a company of one zone is not asked. */
export const ZoneFilter = ({
  stores,
  address,
}: {
  readonly stores: readonly { readonly zone: string }[];
  readonly address: Address;
}): ReactElement | null => {
  const zones = [...new Set(stores.map(({ zone }) => zone))].toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return zones.length > 1 ? (
    <Select
      aria-label="Zone"
      placeholder="All zones"
      w={140}
      clearable
      data={zones.map((zone) => ({ value: zone, label: `Zone ${zone}` }))}
      value={address.filters.zone ?? null}
      onChange={(value) => setFilter(address, 'zone', value ?? '')}
    />
  ) : null;
};

/** Those of a list that somebody opened, or closed where they begin open. */
export function useToggled(): readonly [toggled: ReadonlySet<string>, toggle: (key: string) => void] {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string): void =>
    setToggled((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  return [toggled, toggle];
}

/** Rows of a long list that are drawn at first, and with each turn more: hundreds of stores would be drawn anew with every sale of any. */
const DRAWN_AT_ONCE = 50;

/** The beginning of a list that is at hand whole, and the button that brings more of it. `label` names them in the plural. */
export function useBeginning<T>(rows: readonly T[], label: string): readonly [drawn: readonly T[], more: ReactElement | null] {
  const [most, setMost] = useState(DRAWN_AT_ONCE);
  const left = rows.length - most;
  const more =
    left <= 0 ? null : (
      <div className="more">
        <Button variant="default" onClick={() => setMost(most + DRAWN_AT_ONCE)}>
          Show more {label} ({format.count(left)} left)
        </Button>
      </div>
    );
  return [rows.slice(0, most), more];
}

/** As many as somebody looks through; more are found by typing. */
export const CHOICES_DRAWN = 100;
const FEW_CHOICES = 8;

/** A choice of however many places or lanes. All that a choice has stands in the page while it is closed, too: of thousands that takes longer than all else of it. */
export const LongSelect = ({ data = [], ...rest }: SelectProps): ReactElement => {
  const choices = data.flatMap((each) => (typeof each === 'object' && 'items' in each ? [...each.items] : [each]));
  return (
    <Select data={data} limit={CHOICES_DRAWN} searchable={choices.length > FEW_CHOICES} nothingFoundMessage="Nothing matches" {...rest} />
  );
};

/** For which place a list is; absent from the address: everywhere. */
export const PlaceFilter = ({ address }: { readonly address: Address }): ReactElement => {
  const { place = '' } = address.filters;
  const { seesCompany, placesFor } = useRights();
  return (
    <LongSelect
      aria-label="Where"
      placeholder="Everywhere"
      w={200}
      clearable={seesCompany}
      searchable
      data={placesFor('useConsole')}
      value={place === '' ? null : place}
      onChange={(next) => setFilter(address, 'place', next === 'global' ? '' : (next ?? ''))}
    />
  );
};

/** Below a list that is told in pages. */
export const MoreRows = ({ of, label }: { readonly of: PagedQuery; readonly label: string }): ReactElement | null =>
  of.hasNextPage ? (
    <div className="more">
      <Button variant="default" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        {label}
      </Button>
    </div>
  ) : null;

type PagedQuery = Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;

/** Whether a list shows what is open, or what was dealt with as well; `done` names that. In the address as `q`. */
export const OpenOrAll = ({ address, done }: { readonly address: Address; readonly done: string }): ReactElement => (
  <Select
    aria-label="Open or all"
    w={170}
    allowDeselect={false}
    data={[
      { value: 'open', label: 'Open' },
      { value: 'all', label: `Open and ${done}` },
    ]}
    value={address.filters.q === 'all' ? 'all' : 'open'}
    onChange={(value) => setFilter(address, 'q', value === 'all' ? 'all' : '')}
  />
);

/** How many of each: what a change or an import comes to. */
export const Counts = ({ of }: { readonly of: readonly (readonly [label: string, count: number])[] }): ReactElement => (
  <dl className="counts">
    {of.map(([label, count]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{format.count(count)}</dd>
      </div>
    ))}
  </dl>
);
