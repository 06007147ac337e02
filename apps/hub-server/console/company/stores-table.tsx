/** Stores and their lanes: who is in step, who sells cut off and since when, and whose ledger is proven complete. */
import { EmptyState } from '@holdfast/ui';
import { Select, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Address, parseSort, type Sort, withFilters } from '../address.ts';
import type { Device, Store } from '../api.ts';
import { agoText, clockText } from '../duration.ts';
import { format } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import {
  type Column,
  compareValues,
  ExportButton,
  setFilter,
  SortableHead,
  Tag,
  useBeginning,
  useToggled,
  ZoneFilter,
} from '../table-parts.tsx';
import { LaneProofButton } from './lane-proof.tsx';
import { laneDoubts, laneState, matchesState, summarise } from './lane-state.ts';

const COLUMNS: readonly Column[] = [
  { key: 'store', label: 'Store, lane' },
  { key: 'state', label: 'State', descendingFirst: true },
  { key: 'seen', label: 'Last seen', descendingFirst: true },
  { key: 'waiting', label: 'Waiting', numeric: true, descendingFirst: true },
  { key: 'clock', label: 'Clock', sortable: false },
  { key: 'sales', label: 'Sales today', numeric: true, descendingFirst: true },
  { key: 'complete', label: 'Complete' },
];

const DEFAULT_SORT: Sort = { key: 'store', descending: false };

/** Few lanes are shown outright; many stores stay folded until someone opens one. */
const UNFOLDED_LANES = 24;

const matchesText = (store: Store, device: Device | null, text: string): boolean =>
  [store.store, store.name, store.zone, ...(device === null ? [] : [`lane ${device.lane}`, device.name, device.device])].some((value) =>
    value.toLowerCase().includes(text),
  );

/** Stores with the lanes that the filters leave; a store whose own name matches keeps all its lanes. */
export function filterStores(stores: readonly Store[], address: Address, hubNowMs: number): readonly Store[] {
  const text = (address.filters.q ?? '').trim().toLowerCase();
  const { state, zone } = address.filters;
  return stores
    .filter((store) => zone === undefined || store.zone === zone)
    .map((store) => ({
      ...store,
      devices: store.devices
        .filter((device) => matchesState(device, state, hubNowMs))
        .filter((device) => matchesText(store, null, text) || matchesText(store, device, text)),
    }))
    .filter((store) => store.devices.length > 0 || (state === undefined && matchesText(store, null, text)));
}

export function sortStores(stores: readonly Store[], sort: Sort, hubNowMs: number): readonly Store[] {
  const valueOf = (store: Store): string | number | null => {
    const summary = summarise([store], hubNowMs);
    switch (sort.key) {
      case 'state':
        return summary.cutOff;
      case 'seen':
        return summary.longestAgeMs;
      case 'waiting':
        return summary.waitingSales;
      case 'sales':
        return store.totalTodayMinor;
      case 'complete':
        return summary.complete - summary.lanes;
      default:
        return store.store;
    }
  };
  const direction = sort.descending ? -1 : 1;
  return stores.toSorted(
    (left, right) => direction * compareValues(valueOf(left), valueOf(right)) || compareValues(left.store, right.store),
  );
}

const LaneRow = ({
  store,
  device,
  hubNowMs,
}: {
  readonly store: Store;
  readonly device: Device;
  readonly hubNowMs: number;
}): ReactElement => {
  const state = laneState(device, hubNowMs);
  const doubts = laneDoubts(device);
  const clockOff = device.clockOffsetMs !== null && Math.abs(device.clockOffsetMs) > 60_000;
  return (
    <tr className="lane" data-testid={`lane-row-${device.device}`}>
      <th scope="row">
        <span className="named">
          <AddressLink to={{ page: 'sales', filters: { store: store.store, device: device.device }, sale: null }}>
            Lane {device.lane}
          </AddressLink>
          <span className="mut clip" title={device.name}>
            {device.name === `Lane ${device.lane}` ? '' : device.name}
          </span>
        </span>
      </th>
      <td data-testid={`lane-state-${device.device}`}>
        <Tag tone={state.tone}>{state.text}</Tag>
      </td>
      <td>{state.ageMs === null ? <span className="mut">–</span> : agoText(state.ageMs)}</td>
      <td className="n" data-testid={`lane-waiting-${device.device}`}>
        {format.count(device.waitingSales)}
        {device.waitingEntries > device.waitingSales ? (
          <span className="mut"> of {format.count(device.waitingEntries)} entries</span>
        ) : null}
      </td>
      <td className={clockOff ? 'warn' : undefined}>
        {device.clockOffsetMs === null ? <span className="mut">–</span> : clockText(device.clockOffsetMs)}
      </td>
      <td />
      <td data-testid={`lane-complete-${device.device}`}>
        {doubts.map((doubt) => (
          <Tag key={doubt} tone="warn">
            {doubt}
          </Tag>
        ))}
        <LaneProofButton device={device} store={store} isWhole={doubts.length === 0} />
      </td>
    </tr>
  );
};

const StoreState = ({ store, hubNowMs }: { readonly store: Store; readonly hubNowMs: number }): ReactElement => {
  const summary = summarise([store], hubNowMs);
  if (summary.lanes === 0) return <span className="mut">no lanes yet</span>;
  if (summary.cutOff > 0) return <Tag tone="warn">{`${summary.cutOff} of ${summary.lanes} cut off`}</Tag>;
  if (summary.inStep === summary.lanes) return <Tag tone="good">in step</Tag>;
  return <Tag tone="quiet">{`${summary.inStep} of ${summary.lanes} in step`}</Tag>;
};

const StoreRows = ({
  store,
  hubNowMs,
  open,
  onToggle,
}: {
  readonly store: Store;
  readonly hubNowMs: number;
  readonly open: boolean;
  readonly onToggle: () => void;
}): ReactElement => {
  const summary = summarise([store], hubNowMs);
  return (
    <tbody data-testid={`store-row-${store.store}`}>
      <tr className="store">
        <th scope="row">
          <button
            type="button"
            className="fold"
            aria-expanded={open}
            aria-label={`Lanes of store ${store.store}`}
            disabled={store.devices.length === 0}
            onClick={onToggle}
          >
            {open ? '▾' : '▸'}
          </button>
          <AddressLink className="named" to={{ page: 'sales', filters: { store: store.store }, sale: null }}>
            <b>{store.store}</b>
            <span className="clip" title={store.name}>
              {store.name}
            </span>
          </AddressLink>
        </th>
        <td>
          <StoreState store={store} hubNowMs={hubNowMs} />
        </td>
        <td>{summary.longestAgeMs === null ? <span className="mut">–</span> : agoText(summary.longestAgeMs)}</td>
        <td className="n">{format.count(summary.waitingSales)}</td>
        <td />
        <td className="n" data-testid={`store-sales-${store.store}`}>
          {store.salesToday === 0 && store.totalTodayMinor === 0 ? (
            <span className="mut">–</span>
          ) : (
            <AddressLink to={{ page: 'sales', filters: { store: store.store }, sale: null }}>
              {format.currency(store.totalTodayMinor, store.minorDigits, store.currency)}
            </AddressLink>
          )}
          {store.awaitedToday.sales === 0 ? null : (
            <div className="mut" data-testid={`store-awaited-${store.store}`}>
              + {format.currency(store.awaitedToday.totalMinor, store.minorDigits, store.currency)} not yet here
            </div>
          )}
        </td>
        <td className="mut">{summary.lanes === 0 ? '–' : `${summary.complete} of ${summary.lanes}`}</td>
      </tr>
      {open ? store.devices.map((device) => <LaneRow key={device.device} store={store} device={device} hubNowMs={hubNowMs} />) : null}
    </tbody>
  );
};

const EXPORT_HEADER = [
  'store',
  'store_name',
  'zone',
  'lane',
  'lane_name',
  'device',
  'state',
  'last_seen',
  'waiting_sales',
  'waiting_entries',
  'clock_offset_ms',
  'received_entries',
  'set_aside',
  'branches',
  'chain_whole',
];

const exportRows = (stores: readonly Store[], hubNowMs: number): readonly (readonly string[])[] =>
  stores.flatMap((store) =>
    store.devices.map((device) => [
      store.store,
      store.name,
      store.zone,
      String(device.lane),
      device.name,
      device.device,
      laneState(device, hubNowMs).text,
      device.lastSeenMs === null ? '' : new Date(device.lastSeenMs).toISOString(),
      String(device.waitingSales),
      String(device.waitingEntries),
      device.clockOffsetMs === null ? '' : String(device.clockOffsetMs),
      String(device.receivedEntries),
      String(device.setAside),
      String(device.branches),
      String(device.chainWhole),
    ]),
  );

const STATE_CHOICES = [
  { value: 'in-step', label: 'In step' },
  { value: 'cut-off', label: 'Cut off' },
  { value: 'never', label: 'Never seen' },
  { value: 'explain', label: 'Not proven complete' },
];

export const StoresTable = ({
  stores,
  address,
  hubNowMs,
}: {
  readonly stores: readonly Store[];
  readonly address: Address;
  readonly hubNowMs: number;
}): ReactElement => {
  const [toggled, toggle] = useToggled();
  const sort = parseSort(
    address.filters.sort,
    COLUMNS.filter((column) => column.sortable !== false).map((column) => column.key),
    DEFAULT_SORT,
  );
  const shown = sortStores(filterStores(stores, address, hubNowMs), sort, hubNowMs);
  const [drawn, more] = useBeginning(shown, 'stores');
  const isFiltered = address.filters.q !== undefined || address.filters.state !== undefined || address.filters.zone !== undefined;
  const unfolded = shown.reduce((sum, store) => sum + store.devices.length, 0) <= UNFOLDED_LANES;
  return (
    <section aria-labelledby="stores-head" className="block">
      <div className="block-head">
        <h2 id="stores-head">Stores and lanes</h2>
        <div className="tools">
          <TextInput
            aria-label="Search store, lane, device"
            placeholder="Search store, lane, device…"
            w={240}
            value={address.filters.q ?? ''}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          <ZoneFilter stores={stores} address={address} />
          <Select
            aria-label="State"
            placeholder="All states"
            w={190}
            clearable
            data={STATE_CHOICES}
            value={address.filters.state ?? null}
            onChange={(value) => setFilter(address, 'state', value ?? '')}
          />
          <ExportButton name="holdfast-lanes" header={EXPORT_HEADER} rows={() => exportRows(shown, hubNowMs)} />
        </div>
      </div>
      {stores.length === 0 ? (
        <div className="card" data-testid="empty-stores">
          <EmptyState title="No stores yet">A store appears here as soon as the hub has one. Then enrol its first device.</EmptyState>
        </div>
      ) : shown.length === 0 ? (
        <div className="card">
          <EmptyState title="Nothing matches">
            {isFiltered ? <AddressLink to={withFilters(address, { q: '', state: '', zone: '' })}>Take the filters away</AddressLink> : null}
          </EmptyState>
        </div>
      ) : (
        <>
          <div className="table-frame">
            <table className="data" data-testid="stores-table">
              <SortableHead columns={COLUMNS} sort={sort} address={address} />
              {drawn.map((store) => (
                <StoreRows
                  key={store.store}
                  store={store}
                  hubNowMs={hubNowMs}
                  open={unfolded !== toggled.has(store.store)}
                  onToggle={() => toggle(store.store)}
                />
              ))}
            </table>
          </div>
          {more}
        </>
      )}
    </section>
  );
};
