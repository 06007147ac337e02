/** Prices: what goods cost where, now and next; what begins and ends when; how far each change has come. Which of these, and where, stands in the address. */
import { Tabs, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { minuteText, plural } from '../format.ts';
import { placeText } from '../inquiry/changes.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { useRights } from '../rights.tsx';
import { HeadCells, MoreRows, NoRows, PlaceFilter, setFilter, Tag } from '../table-parts.tsx';
import { CampaignsPanel } from './campaigns-panel.tsx';
import { PriceCalendar } from './price-calendar.tsx';
import { PriceDrawer } from './price-drawer.tsx';
import { PriceReach } from './price-reach.tsx';
import { type PriceRow, shownText, usePrices } from './prices.ts';

/** As long as somebody types. */
const TYPED_MS = 200;

const Next = ({ of: { next, unit }, timeZone }: { readonly of: PriceRow; readonly timeZone: string | undefined }): ReactElement => (
  <>
    {next.slice(0, 1).map(({ atMs, price }) => (
      <span key={atMs}>
        <b>{shownText(price, unit)}</b> <span className="mut">from {minuteText(atMs, timeZone)}</span>
      </span>
    ))}
    {next.length > 1 ? <span className="mut"> and {next.length - 1} more</span> : null}
  </>
);

const Row = ({
  of,
  address,
  timeZone,
}: {
  readonly of: PriceRow;
  readonly address: Address;
  readonly timeZone: string | undefined;
}): ReactElement => (
  <tr className="openable" data-testid="prices-row" onClick={() => moveTo(withFilters(address, { item: of.sku }))}>
    <th scope="row">
      <AddressLink className="clip-wide" to={withFilters(address, { item: of.sku })}>
        <bdi>{of.name}</bdi>
      </AddressLink>
      <div className="mut">
        <bdi>{of.sku}</bdi>
      </div>
    </th>
    <td className="n">
      {of.now === null ? <Tag tone="warn">no price</Tag> : shownText(of.now, of.unit)}
      {of.now === null || of.now.type === 'regular' ? null : <Tag tone="good">{of.now.type}</Tag>}
    </td>
    <td>
      <Next of={of} timeZone={timeZone} />
    </td>
    <td className="mut">{of.elsewhere.length === 0 ? '' : ownText(of.elsewhere)}</td>
  </tr>
);

/** Two are named. */
const ownText = (scopes: readonly string[]): string =>
  scopes.length <= 2
    ? scopes.map(placeText).join(', ')
    : `${scopes.slice(0, 1).map(placeText).join(', ')} and ${plural(scopes.length - 1, 'more place')}`;

interface PartProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

const PriceList = ({ address, timeZone }: PartProps): ReactElement => {
  const { q = '', place = 'global' } = address.filters;
  const [text] = useDebouncedValue(q.trim(), TYPED_MS);
  const asked = usePrices(text, place);
  const rows = asked.data?.pages.flatMap(({ prices }) => prices) ?? [];
  if (rows.length === 0)
    return (
      <div className="card" data-testid="no-prices">
        <NoRows asked={asked} none={text === '' ? 'There are no articles yet' : 'Nothing is called that'}>
          {text === ''
            ? 'Articles come with the catalogue; prices may come by file, too.'
            : 'Words begin words of names and brands; a code or an SKU is found by its beginning.'}
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame" data-testid="prices-list">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['Article']} />
            <HeadCells labels={['Price now']} numeric />
            <HeadCells labels={['Next', 'Of their own']} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.sku} of={row} address={address} timeZone={timeZone} />
          ))}
        </tbody>
      </table>
      <MoreRows of={asked} label="More articles" />
    </div>
  );
};

const TABS = [
  { value: 'now', label: 'Now and next' },
  { value: 'calendar', label: 'Calendar' },
  { value: 'campaigns', label: 'Campaigns' },
  { value: 'reach', label: 'Roll-out' },
];

export const PricesPage = ({ places, address, timeZone, hubNowMs }: PartProps & { readonly hubNowMs: number }): ReactElement => {
  const { tab = 'now', place = '', item = '', q = '' } = address.filters;
  const { seesCompany } = useRights();
  // All but the first tell of the whole company.
  const tabs = seesCompany ? TABS : TABS.slice(0, 1);
  const shown = tabs.some(({ value }) => value === tab) ? tab : 'now';
  const [typed] = useDebouncedValue(q.trim(), TYPED_MS);
  const rows = usePrices(shown === 'now' ? typed : '', place === '' ? 'global' : place);
  const opened = rows.data?.pages.flatMap(({ prices }) => prices).find(({ sku }) => sku === item);
  const part = { places, address, timeZone };
  const isOfPlace = shown === 'now' || shown === 'calendar';
  return (
    <div className="page" data-testid="prices">
      <header className="page-head">
        <h1>Prices</h1>
        {!isOfPlace ? null : <span className="mut">{placeName(places, place === '' ? 'global' : place)}</span>}
        <div className="tools">
          {shown === 'now' ? (
            <TextInput
              aria-label="Find articles"
              placeholder="Name, brand, code or SKU"
              w={230}
              value={q}
              onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
            />
          ) : null}
          {!isOfPlace ? null : <PlaceFilter address={address} />}
        </div>
      </header>
      <Tabs
        value={shown}
        keepMounted={false}
        onChange={(next) =>
          moveTo(withFilters(address, { tab: next === 'now' || next === null ? '' : next, lsn: '', day: '', state: '', campaign: '' }))
        }
      >
        <Tabs.List>
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value} data-testid={`prices-${value}`}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="now" pt="md">
          <PriceList {...part} />
        </Tabs.Panel>
        <Tabs.Panel value="calendar" pt="md">
          <PriceCalendar {...part} />
        </Tabs.Panel>
        <Tabs.Panel value="campaigns" pt="md">
          <CampaignsPanel {...part} />
        </Tabs.Panel>
        <Tabs.Panel value="reach" pt="md">
          <PriceReach address={address} timeZone={timeZone} nowMs={hubNowMs} />
        </Tabs.Panel>
      </Tabs>
      <PriceDrawer
        sku={item}
        name={opened?.name ?? item}
        unit={opened?.unit ?? 'piece'}
        scope={place === '' ? 'global' : place}
        places={places}
        timeZone={timeZone}
        onClose={() => moveTo(withFilters(address, { item: '' }), 'replace')}
      />
    </div>
  );
};
