/** Entries that a hub holds and could not apply, each by itself and in nobody's way; tried again when somebody asks, as a later build reads more. */
import { Button } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { again } from '../ask.ts';
import { dateTimeText, plural } from '../format.ts';
import { type Answer, askHub } from '../hub-client.ts';
import { useLanes } from '../queries.ts';
import { Failure, HeadCells, NoRows, StoreFilter } from '../table-parts.tsx';
import { MissingReferences } from './missing-references.tsx';

type SetAside = Answer<'getSetAside'>;

interface Row {
  readonly name: string;
  readonly store: string;
  readonly device: string;
  readonly what: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Runs first: more stands behind one. */
const rowsOf = ({ entries, runs }: SetAside): readonly Row[] => [
  ...runs.map(({ device, epoch, firstSeq, entries: count, store, reason, receivedAtMs }) => ({
    name: `${device} ${epoch} ${firstSeq} run`,
    store,
    device,
    what: `${plural(count, 'entry', 'entries')} from ${epoch.slice(0, 4)}-${firstSeq} on, as they came`,
    reason,
    sinceMs: receivedAtMs,
  })),
  ...entries.map(({ device, epoch, seq, kind, store, reason, sinceMs }) => ({
    name: `${device} ${epoch} ${seq}`,
    store,
    device,
    what: `Entry ${epoch.slice(0, 4)}-${seq}, kind ${kind}`,
    reason,
    sinceMs,
  })),
];

const REFRESH_MS = 5_000;
const MOST = 200;

const useSetAside = () =>
  useQuery({
    queryKey: ['setAside'],
    queryFn: ({ signal }) => askHub('getSetAside', { question: { limit: MOST } }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

function useRetry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => askHub('postSetAsideRetry', {}),
    onSettled: () => void client.invalidateQueries({ queryKey: ['setAside'] }),
  });
}

export interface SetAsidePageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const SetAsidePage = ({ places, address, timeZones }: SetAsidePageProps): ReactElement => {
  const { store = '' } = address.filters;
  const { data, error } = useSetAside();
  const retry = useRetry();
  const { data: lanesByStore } = useLanes();
  const failed = error ?? retry.error;
  const rows = (data === undefined ? [] : rowsOf(data)).filter((row) => store === '' || row.store === store);
  const placeOf = ({ store: name, device }: Row): string => {
    const held = places.stores.find((each) => each.store === name);
    const lane = lanesByStore?.get(name)?.find((each) => each.device === device);
    return `${held?.name ?? name}, ${lane === undefined ? device : `lane ${lane.lane}`}`;
  };
  return (
    <div className="page" data-testid="set-aside">
      <header className="page-head">
        <h1>Set aside</h1>
        <span className="mut">held, not lost, and in nobody’s way: what stands behind them was applied</span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <Button
            className="strong-button"
            loading={retry.isPending}
            disabled={rows.length === 0}
            data-testid="retry-set-aside"
            onClick={() => retry.mutate()}
          >
            Try all again
          </Button>
        </div>
      </header>
      {retry.data === undefined ? null : (
        <p role="status" data-testid="retried">
          {retry.data.applied === 0 ? 'None of them can be applied yet.' : `${plural(retry.data.applied, 'entry', 'entries')} applied.`}
        </p>
      )}
      {rows.length === 0 ? null : <Failure error={failed} />}
      {rows.length === 0 ? (
        <div className="card" data-testid="nothing-set-aside">
          <NoRows asked={{ data, error: failed }} none="Every entry that came was applied">
            An entry stands here when this hub cannot apply it: of a kind that it does not know yet, with sums that disagree, or of a device
            that was stolen.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Since', 'Where', 'What', 'Why']} />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name} data-testid="set-aside-row">
                  <td className="mut">{dateTimeText(row.sinceMs, timeZones.get(row.store))}</td>
                  <td>{placeOf(row)}</td>
                  <td>{row.what}</td>
                  <td className="wraps">{row.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <MissingReferences places={places} address={address} timeZones={timeZones} />
    </div>
  );
};
