/** Every store as it is set up, and its devices as they say they are. */
import { Button, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { StoreInfo } from '../api.ts';
import { agoText } from '../duration.ts';
import { plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import type { PageProps } from '../pages.tsx';
import { useStores } from '../queries.ts';
import { useRights } from '../rights.tsx';
import { ExportButton, HeadCells, NoRows, setFilter, Tag, useBeginning, useToggled, ZoneFilter } from '../table-parts.tsx';
import { DevicePage } from './device-page.tsx';
import { type DeviceRow, GONE_NAMES, healthOf, isDiskLow, ROLE_NAMES, roomText, useDeviceRows } from './devices.ts';
import { EnrolDialog } from './enrol-dialog.tsx';
import { MergeDialog } from './merge-dialog.tsx';

/** So many devices are shown outright; of more, a store shows its own when it is opened. */
const UNFOLDED_DEVICES = 24;

const holds = (values: readonly string[], text: string): boolean => values.some((value) => value.toLowerCase().includes(text));

export interface StoreWithDevices {
  readonly store: StoreInfo;
  readonly devices: readonly DeviceRow[];
}

/** A store whose own name matches keeps all its devices; `look`: only devices that somebody should look after. */
export function storesShown(
  stores: readonly StoreInfo[],
  devices: readonly DeviceRow[],
  { q = '', zone, state }: { readonly q?: string; readonly zone?: string; readonly state?: string },
): readonly StoreWithDevices[] {
  const text = q.trim().toLowerCase();
  const byStore = Map.groupBy(devices, ({ store }) => store);
  return stores
    .filter((store) => zone === undefined || store.zone === zone)
    .map((store) => {
      const isNamed = holds([store.store, store.name, store.zone, store.address], text);
      const own = (byStore.get(store.store) ?? [])
        .filter((device) => isNamed || holds([`lane ${device.lane}`, device.name, device.device, device.says?.version ?? ''], text))
        .filter((device) => state !== 'look' || needsLook(device));
      return { store, devices: own, isNamed };
    })
    .filter(({ devices: own, isNamed }) => own.length > 0 || (isNamed && state !== 'look'));
}

/** Something of it is not ready, or its disk is nearly full. */
export const needsLook = ({ says, gone }: DeviceRow): boolean =>
  gone === null && says !== null && (healthOf(says)?.tone !== 'good' || isDiskLow(says));

const DeviceLine = ({ device, hubNowMs }: { readonly device: DeviceRow; readonly hubNowMs: number }): ReactElement => {
  const health = healthOf(device.says);
  return (
    <tr className="lane" data-testid="device-row">
      <th scope="row">
        <AddressLink className="named" to={{ page: 'stores', filters: { device: device.device }, sale: null }}>
          Lane {device.lane}
          <span className="mut clip">{device.name === `Lane ${device.lane}` ? '' : device.name}</span>
        </AddressLink>
      </th>
      <td>{ROLE_NAMES[device.role]}</td>
      <td>
        {device.gone === null
          ? device.lastSeenMs === null
            ? 'never seen'
            : agoText(Math.max(0, hubNowMs - device.lastSeenMs))
          : GONE_NAMES[device.gone]}
      </td>
      <td>{device.says?.version ?? <span className="mut">–</span>}</td>
      <td className={device.says !== null && isDiskLow(device.says) ? 'n bad' : 'n'}>{roomText(device.says?.freeMegabytes ?? null)}</td>
      <td>{health === null ? <span className="mut">not told</span> : <Tag tone={health.tone}>{health.text}</Tag>}</td>
    </tr>
  );
};

const StoreLines = ({
  of: { store, devices },
  isTold,
  hubNowMs,
  open,
  onToggle,
}: {
  readonly of: StoreWithDevices;
  /** The hub has said which devices there are. */
  readonly isTold: boolean;
  readonly hubNowMs: number;
  readonly open: boolean;
  readonly onToggle: () => void;
}): ReactElement => (
  <tbody data-testid={`store-profile-${store.store}`}>
    <tr className="store">
      <th scope="row">
        <button
          type="button"
          className="fold"
          aria-expanded={open}
          aria-label={`Devices of store ${store.store}`}
          disabled={devices.length === 0}
          onClick={onToggle}
        >
          {open ? '▾' : '▸'}
        </button>
        <AddressLink className="named" to={{ page: 'settings', filters: { place: `store:${store.store}` }, sale: null }}>
          <b>{store.store}</b>
          <span className="clip" title={store.name}>
            {store.name}
          </span>
        </AddressLink>
      </th>
      <td>
        Zone {store.zone}
        {store.successor === undefined ? null : (
          <div data-testid="successor">
            <Tag tone="quiet">merged into {store.successor}</Tag>
          </div>
        )}
      </td>
      <td colSpan={2} className="mut">
        {store.currency} · {store.timeZone} · prices {store.taxInclusive ? 'with' : 'without'} tax
      </td>
      <td className="n">{isTold ? plural(devices.length, 'device') : null}</td>
      <td className="mut">
        <span className="clip" title={store.address}>
          {store.address.replaceAll('\n', ', ')}
        </span>
      </td>
    </tr>
    {open ? devices.map((device) => <DeviceLine key={device.device} device={device} hubNowMs={hubNowMs} />) : null}
  </tbody>
);

const EXPORT_HEADER = [
  'store',
  'store_name',
  'zone',
  'lane',
  'name',
  'device',
  'role',
  'gone',
  'last_seen',
  'version',
  'free_mb',
  'devices',
];

const exportRows = (shown: readonly StoreWithDevices[]): readonly (readonly string[])[] =>
  shown.flatMap(({ store, devices }) =>
    devices.map((device) => [
      store.store,
      store.name,
      store.zone,
      String(device.lane),
      device.name,
      device.device,
      device.role,
      device.gone ?? '',
      device.lastSeenMs === null ? '' : new Date(device.lastSeenMs).toISOString(),
      device.says?.version ?? '',
      String(device.says?.freeMegabytes ?? ''),
      (device.says?.devices ?? []).map(({ device: name, state, reason }) => `${name} ${reason ?? state}`).join('; '),
    ]),
  );

export const StoresPage = (props: PageProps): ReactElement => {
  const { device } = props.address.filters;
  return device === undefined ? <StoresList {...props} /> : <DevicePage {...props} device={device} />;
};

const StoresList = ({ places, address, hubNowMs }: PageProps): ReactElement => {
  const { q, zone, state } = address.filters;
  const { data: stores, error } = useStores();
  const { data: known } = useDeviceRows();
  const devices = known ?? [];
  const [toggled, toggle] = useToggled();
  const [enrolling, setEnrolling] = useState(false);
  const [merging, setMerging] = useState(false);
  const { may } = useRights();
  const merged = new Set((stores ?? []).flatMap(({ store, successor }) => (successor === undefined ? [] : [store])));
  const enrolled = places.stores.filter(({ store }) => may('enrolDevice', `store:${store}`) && !merged.has(store));
  const shown = storesShown(stores ?? [], devices, {
    ...(q !== undefined && { q }),
    ...(zone !== undefined && { zone }),
    ...(state !== undefined && { state }),
  });
  const [drawn, more] = useBeginning(shown, 'stores');
  const unfolded = state === 'look' || shown.reduce((sum, each) => sum + each.devices.length, 0) <= UNFOLDED_DEVICES;
  return (
    <div className="page" data-testid="stores">
      <header className="page-head">
        <h1>Stores</h1>
        <span className="mut">
          {[
            ...(stores === undefined ? [] : [plural(stores.length, 'store')]),
            ...(known === undefined
              ? []
              : [plural(known.length, 'device'), `${plural(known.filter(needsLook).length, 'device')} to look after`]),
          ].join(' · ')}
        </span>
        <div className="tools">
          <TextInput
            aria-label="Search"
            placeholder="Store, lane, build…"
            w={200}
            value={q ?? ''}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          <ZoneFilter stores={stores ?? []} address={address} />
          <Select
            aria-label="Which devices"
            w={170}
            allowDeselect={false}
            data={[
              { value: 'all', label: 'All devices' },
              { value: 'look', label: 'To look after' },
            ]}
            value={state === 'look' ? 'look' : 'all'}
            onChange={(value) => setFilter(address, 'state', value === 'look' ? 'look' : '')}
          />
          <ExportButton name="devices" header={EXPORT_HEADER} rows={() => exportRows(shown)} />
          {stores === undefined || stores.length < 2 || !may('openStore', 'global') ? null : (
            <Button variant="default" data-testid="merge-store" onClick={() => setMerging(true)}>
              Merge a store
            </Button>
          )}
          {enrolled.length === 0 ? null : (
            <Button className="strong-button" onClick={() => setEnrolling(true)}>
              Enrol a device
            </Button>
          )}
        </div>
      </header>
      {shown.length === 0 ? (
        <div className="card">
          <NoRows asked={{ data: stores, error }} none={(stores ?? []).length === 0 ? 'No stores yet' : 'Nothing matches'}>
            {state === 'look' ? 'No device says that something of it is not ready.' : null}
          </NoRows>
        </div>
      ) : (
        <>
          <div className="table-frame">
            <table className="data" data-testid="store-profiles">
              <thead>
                <tr>
                  <HeadCells labels={['Store, device', 'Zone, kind', 'Last seen', 'Build']} />
                  <HeadCells labels={['Room on disk']} numeric />
                  <HeadCells labels={['Its devices']} />
                </tr>
              </thead>
              {drawn.map((each) => (
                <StoreLines
                  key={each.store.store}
                  of={each}
                  isTold={known !== undefined}
                  hubNowMs={hubNowMs}
                  open={unfolded !== toggled.has(each.store.store)}
                  onToggle={() => toggle(each.store.store)}
                />
              ))}
            </table>
          </div>
          {more}
        </>
      )}
      {merging ? <MergeDialog stores={stores ?? []} onClose={() => setMerging(false)} /> : null}
      <EnrolDialog opened={enrolling} stores={enrolled} onClose={() => setEnrolling(false)} />
    </div>
  );
};
