/** How far changes of prices have come: which stores have each, which not yet, and why. */
import { Button, Checkbox } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { durationText } from '../duration.ts';
import { dateTimeText, plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { Failure, HeadCells, MoreRows, NoRows, setFilter, Tag } from '../table-parts.tsx';
import { isFollowed, type PricePublication, type Reach, REACHES, useReach, usePricePublications } from './prices.ts';

/** Looked at rather than read; the figures stand beside it. */
const Bar = ({ of: { stores, reached } }: { readonly of: PricePublication['reach'] }): ReactElement => (
  <span className="reach-bar" aria-hidden="true">
    <span style={{ inlineSize: `${stores === 0 ? 0 : Math.floor((reached * 100) / stores)}%` }} />
  </span>
);

const reachText = ({ stores, reached }: PricePublication['reach']): string => {
  if (stores === 0) return 'no store with lanes reads it';
  return reached === stores
    ? stores === 1
      ? 'the one store'
      : `all ${plural(stores, 'store')}`
    : `${reached} of ${plural(stores, 'store')}`;
};

interface ReachProps {
  readonly address: Address;
  readonly timeZone: string | undefined;
  readonly nowMs: number;
}

export const PriceReach = ({ address, timeZone, nowMs }: ReachProps): ReactElement => {
  const asked = usePricePublications();
  const { lsn = '' } = address.filters;
  const publications = asked.data?.pages.flatMap((page) => page.publications).filter(isFollowed) ?? [];
  if (lsn !== '') return <OneReach lsn={lsn} address={address} timeZone={timeZone} nowMs={nowMs} />;
  if (publications.length === 0)
    return (
      <div className="card" data-testid="no-reach">
        <NoRows asked={asked} none="No price was changed">
          A change of prices stands here with the stores that have it. What a large file made is told in the audit.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['When', 'What for', 'Who', 'Stores that have it']} />
          </tr>
        </thead>
        <tbody>
          {publications.map((each) => (
            <tr key={each.lsn} data-testid="price-publication">
              <td className="mut">{dateTimeText(each.atMs, timeZone)}</td>
              <th scope="row">
                <AddressLink to={withFilters(address, { lsn: String(each.lsn) })}>{each.source}</AddressLink>
                <span className="mut"> · {plural(each.changes, 'change')}</span>
              </th>
              <td>{each.by ?? <span className="mut">not kept</span>}</td>
              <td>
                <Bar of={each.reach} /> {reachText(each.reach)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreRows of={asked} label="Older ones" />
    </div>
  );
};

const Lanes = ({ of: { devices }, nowMs }: { readonly of: Reach['stores'][number]; readonly nowMs: number }): ReactElement => {
  if (devices.length === 0) return <span className="mut">has no lanes</span>;
  return (
    <ul className="lane-reaches">
      {devices.map(({ device, name, reach, lastSeenMs }) => (
        <li key={device}>
          <bdi>{name}</bdi> <Tag tone={REACHES[reach].tone}>{REACHES[reach].text}</Tag>
          {reach === 'cutOff' && lastSeenMs !== null ? <span className="mut"> for {durationText(nowMs - lastSeenMs)}</span> : null}
        </li>
      ))}
    </ul>
  );
};

const OneReach = ({ lsn, address, timeZone, nowMs }: ReachProps & { readonly lsn: string }): ReactElement => {
  const { data, error } = useReach(lsn);
  const isOpenOnly = address.filters.state === 'open';
  const stores = (data?.stores ?? []).filter(({ isReached }) => !isOpenOnly || !isReached);
  const reached = data?.stores.filter(({ isReached }) => isReached).length ?? 0;
  return (
    <div className="block" data-testid="reach">
      <div className="block-head">
        <AddressLink to={withFilters(address, { lsn: '', state: '' })}>‹ All changes</AddressLink>
        <h2>{data?.source ?? `Publication ${lsn}`}</h2>
        {data === undefined ? null : (
          <span className="mut" role="status">
            {dateTimeText(data.atMs, timeZone)} · {reached} of {plural(data.stores.length, 'store')} have it
          </span>
        )}
        <div className="tools">
          <Checkbox
            label="Only those that do not have it"
            checked={isOpenOnly}
            onChange={(event) => setFilter(address, 'state', event.currentTarget.checked ? 'open' : '')}
          />
          <Button component="a" variant="default" href={`./?page=audit&lsn=${encodeURIComponent(lsn)}`}>
            What it changed
          </Button>
        </div>
      </div>
      <Failure error={error} />
      {stores.length === 0 ? (
        <div className="card">
          <NoRows asked={{ data, error }} none={isOpenOnly ? 'Every store has it' : 'No store reads it'}>
            A lane has it when it says so itself, each time that it asks for news.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Store', 'Zone', 'Has it', 'Lanes']} />
              </tr>
            </thead>
            <tbody>
              {stores.map((store) => (
                <tr key={store.store} data-testid="reach-store">
                  <th scope="row">{store.name}</th>
                  <td className="mut">{store.zone}</td>
                  <td>{store.isReached ? <Tag tone="good">yes</Tag> : <Tag tone="warn">not yet</Tag>}</td>
                  <td className="said">
                    <Lanes of={store} nowMs={nowMs} />
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
