/** Who was at work, when, and what is missing: to be read, filtered, and handed to whoever pays. */
import { Select, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, format, plural } from '../format.ts';
import { ExportButton, NoRows, setFilter, StoreFilter, Tag } from '../table-parts.tsx';
import { attendanceState, isShown, useAttendance, workedMs, type AttendanceRow } from './attendance.ts';
import { namesOf, useStaff } from './people.ts';

const DAY_MS = 86_400_000;
const LISTED_DAYS = 35;

const STATES = [
  { value: 'missing', label: 'An end is missing' },
  { value: 'here', label: 'Here now' },
  { value: 'stated', label: 'Stated afterwards' },
] as const;

const EXPORT_HEADER = ['store', 'person', 'name', 'from', 'to', 'hours', 'state'];
const iso = (atMs: number | undefined): string => (atMs === undefined ? '' : new Date(atMs).toISOString());
const hours = (row: AttendanceRow): string => {
  const ms = workedMs(row);
  return ms === undefined ? '' : format.hours(ms);
};
const exportRows = (rows: readonly AttendanceRow[], nameOf: (person: string) => string): readonly (readonly string[])[] =>
  rows.map((row) => [row.store, row.person, nameOf(row.person), iso(row.fromMs), iso(row.toMs), hours(row), attendanceState(row)]);

const StateTag = ({ row }: { readonly row: AttendanceRow }): ReactElement | null => {
  const state = attendanceState(row);
  if (state === 'missing') return <Tag tone="bad">{row.fromMs === undefined ? 'came unsaid' : 'left unsaid'}</Tag>;
  if (state === 'here') return <Tag tone="good">here</Tag>;
  return state === 'stated' ? <Tag tone="warn">stated afterwards</Tag> : null;
};

interface PageProps {
  readonly places: Places;
  readonly address: Address;
  readonly hubNowMs: number;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const AttendancePage = ({ places, address, hubNowMs, timeZones }: PageProps): ReactElement => {
  const { store = '', q = '', state = '' } = address.filters;
  // To the whole day, so that the question stays the same while time passes.
  const toMs = Math.ceil(hubNowMs / DAY_MS) * DAY_MS + DAY_MS;
  const asked = useAttendance(store, toMs - LISTED_DAYS * DAY_MS, toMs);
  const data = asked.data ?? [];
  const { data: staff = [] } = useStaff();
  const nameOf = namesOf(staff);
  const shown = data.filter((row) => isShown(row, { q, state }, nameOf));
  const total = shown.reduce((sum, row) => sum + (workedMs(row) ?? 0), 0);
  const when = (row: AttendanceRow, atMs: number | undefined): string =>
    atMs === undefined ? '' : dateTimeText(atMs, timeZones.get(row.store));
  return (
    <div className="page" data-testid="attendance">
      <header className="page-head">
        <h1>Attendance</h1>
        <span className="mut">{asked.data === undefined ? '' : `${plural(shown.length, 'attendance')}, ${format.hours(total)} h`}</span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <Select
            aria-label="State"
            placeholder="All"
            w={180}
            clearable
            data={[...STATES]}
            value={state === '' ? null : state}
            onChange={(value) => setFilter(address, 'state', value ?? '')}
          />
          <TextInput
            aria-label="Person"
            placeholder="Person"
            w={140}
            value={q}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          <ExportButton name="attendance" header={EXPORT_HEADER} rows={() => exportRows(shown, nameOf)} />
        </div>
      </header>
      {shown.length === 0 ? (
        <div className="card" data-testid="no-attendance">
          <NoRows asked={asked} none={data.length === 0 ? 'Nobody has clocked in yet' : 'Nothing of that kind'}>
            People clock in and out at any lane of their store: their own name, Clock in, and their PIN or badge.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">Store</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col" className="n">
                  Hours
                </th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={`${row.store} ${row.person} ${row.fromMs ?? ''} ${row.toMs ?? ''}`}>
                  <th scope="row" title={row.person}>
                    {nameOf(row.person)}
                  </th>
                  <td>{places.stores.find((each) => each.store === row.store)?.name ?? row.store}</td>
                  <td>{when(row, row.fromMs)}</td>
                  <td>{when(row, row.toMs)}</td>
                  <td className="n">{hours(row)}</td>
                  <td>
                    <StateTag row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
};
