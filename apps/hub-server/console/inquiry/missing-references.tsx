/** What entries and the catalogue name and this hub does not hold. It holds up nothing, and goes by itself when it comes. Nothing stands here while there is none. */
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { HeadCells } from '../table-parts.tsx';
import { MISSING_WORDS, MOST_MISSING, useMissingReferences, type MissingReference } from './missing-list.ts';

export interface MissingReferencesProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

interface RowProps {
  readonly one: MissingReference;
  readonly address: Address;
  readonly storeName: string;
  readonly timeZone: string | undefined;
}

/** Sales can be opened; counts and batches cannot. */
const isSale = ({ kind, entry }: MissingReference): boolean => entry !== null && kind !== 'entryOfCount';

const MissingRow = ({ one, address, storeName, timeZone }: RowProps): ReactElement => {
  const { what, namedBy, until } = MISSING_WORDS[one.kind];
  const named = namedBy(one.names, one.cell ?? '');
  return (
    <tr data-testid={`missing-${one.kind}`}>
      <td className="wraps">
        {what}{' '}
        <b>
          <bdi>{one.name}</bdi>
        </b>
      </td>
      <td className="wraps">{isSale(one) ? <AddressLink to={{ ...address, sale: one.entry }}>{named}</AddressLink> : named}</td>
      <td>
        {storeName}
        {one.sinceMs === null ? null : <div className="mut">since {dateTimeText(one.sinceMs, timeZone)}</div>}
      </td>
      <td className="wraps mut">{until}</td>
    </tr>
  );
};

export const MissingReferences = ({ places, address, timeZones }: MissingReferencesProps): ReactElement | null => {
  const { data = [] } = useMissingReferences();
  const { store = '' } = address.filters;
  const missing = data.filter((one) => store === '' || one.store === store);
  if (missing.length === 0) return null;
  const nameOf = (name: string | null): string =>
    name === null ? 'Headquarters' : (places.stores.find((each) => each.store === name)?.name ?? name);
  return (
    <section aria-labelledby="missing-references" data-testid="missing-references">
      <div className="card-head">
        <h2 id="missing-references">Named, and not here</h2>
        <span className="mut">
          {data.length >= MOST_MISSING ? `of each kind the first ${MOST_MISSING}` : plural(missing.length, 'thing')}; goes by itself when it
          comes, and holds up nothing
        </span>
      </div>
      <div className="table-frame">
        <table className="data">
          <thead>
            <tr>
              <HeadCells labels={['Missing', 'Named by', 'Where', 'Until']} />
            </tr>
          </thead>
          <tbody>
            {missing.map((one) => (
              <MissingRow
                key={[one.kind, one.store, one.name].join('\u001F')}
                one={one}
                address={address}
                storeName={nameOf(one.store)}
                timeZone={one.store === null ? undefined : timeZones.get(one.store)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};
