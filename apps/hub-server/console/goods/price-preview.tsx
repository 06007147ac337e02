/** What stores would get of a change of prices, those that get the same together; and why one would not hold there. */
import type { ReactElement } from 'react';

import type { Places } from '../api.ts';
import { minuteText, plural } from '../format.ts';
import { HeadCells, Tag } from '../table-parts.tsx';
import { kindText, packText, type PreviewedPrice, type PricePreview, reasonText, shownText } from './prices.ts';

const nameIn = ({ stores }: Places, store: string): string => stores.find((each) => each.store === store)?.name ?? `Store ${store}`;

/** Long lists of stores are told by how many they are; who they are stands behind it. */
const MOST_NAMED = 6;

export const StoreNames = ({ stores, places }: { readonly stores: readonly string[]; readonly places: Places }): ReactElement => {
  const names = stores.map((store) => nameIn(places, store)).join(', ');
  if (stores.length <= MOST_NAMED) return <bdi>{names}</bdi>;
  return (
    <details className="many">
      <summary>{plural(stores.length, 'store')}</summary>
      <bdi>{names}</bdi>
    </details>
  );
};

const shownOf = ({ type, unit, fromQuantity = 1 }: PreviewedPrice, shown: PreviewedPrice['after']): string =>
  type === 'pack' ? packText(shown, fromQuantity) : shownText(shown, unit);

const What = ({ of, timeZone }: { readonly of: PreviewedPrice; readonly timeZone: string | undefined }): ReactElement => (
  <>
    {of.reason === null ? (
      <>
        <del>{shownOf(of, of.before)}</del>
        <span aria-hidden="true"> → </span>
        <ins>{shownOf(of, of.after)}</ins>
      </>
    ) : (
      <>
        stays <b>{shownOf(of, of.after)}</b> <Tag tone="warn">{reasonText(of.reason)}</Tag>
      </>
    )}
    {of.end === null ? null : (
      <div className="mut">
        until {minuteText(of.end.atMs, timeZone)}, then {shownOf(of, of.end.price)}
      </div>
    )}
  </>
);

export interface PricePreviewProps {
  readonly of: PricePreview;
  readonly places: Places;
  readonly timeZone: string | undefined;
}

export const PricePreviewList = ({ of: { groups, differing }, places, timeZone }: PricePreviewProps): ReactElement => (
  <section className="preview" data-testid="price-preview" aria-label="What each store gets">
    {differing === 0 ? <p className="mut">All of this stands already: publishing it changes nothing.</p> : null}
    {groups.map(({ stores, prices }) => (
      <div key={stores.join(' ')} data-testid="price-group">
        <b>
          <StoreNames stores={stores} places={places} />
        </b>
        <table className="plain aligned">
          <thead className="for-readers">
            <tr>
              <HeadCells labels={['Article', 'From', 'Price']} />
            </tr>
          </thead>
          <tbody>
            {prices.map((price, index) => (
              // Of one article there may be several.
              // oxlint-disable-next-line react/no-array-index-key -- they stand in the order of the lines, and never move
              <tr key={`${price.sku} ${index}`}>
                <th scope="row">
                  <bdi className="clip">{price.name}</bdi> <span className="mut">{kindText(price.type).toLowerCase()}</span>
                </th>
                <td className="mut">{price.fromMs === null ? 'at once' : minuteText(price.fromMs, timeZone)}</td>
                <td>
                  <What of={price} timeZone={timeZone} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    ))}
  </section>
);
