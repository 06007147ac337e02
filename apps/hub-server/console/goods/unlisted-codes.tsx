/** Codes that lanes sold without the catalogue knowing them: each stands here until it is listed. Nothing stands here while there are none. */
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import { plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { useUnlistedCodes } from '../queries.ts';
import { ExportButton } from '../table-parts.tsx';

/** More than one lists in an afternoon; the hub's own list has all. */
const MOST = 50;

export interface UnlistedCodesProps {
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const UnlistedCodes = ({ address, timeZones }: UnlistedCodesProps): ReactElement | null => {
  const { data = [] } = useUnlistedCodes(MOST);
  const { money, count } = useFormat();
  if (data.length === 0) return null;
  const soldAs = ({ name, sku }: (typeof data)[number]['last']): string => name ?? sku;
  return (
    <section className="card" aria-labelledby="unlisted-codes" data-testid="unlisted-codes">
      <div className="card-head">
        <h2 id="unlisted-codes">Sold without being listed</h2>
        <span className="mut" data-testid="unlisted-codes-count">
          {data.length === MOST ? `the ${MOST} sold most often` : plural(data.length, 'code')}
        </span>
        <ExportButton
          name="unlisted-codes"
          header={['code', 'sales', 'pieces', 'stores', 'sold as', 'last amount', 'currency']}
          rows={() =>
            data.map(({ code, sales, pieces, stores, last }) => [
              code,
              String(sales),
              String(pieces),
              stores.join(' '),
              soldAs(last),
              money(last.amountMinor, last.minorDigits),
              last.currency,
            ])
          }
        />
      </div>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Sold as</th>
            <th scope="col">Stores</th>
            <th scope="col" className="n">
              Sales
            </th>
            <th scope="col" className="n">
              Pieces
            </th>
            <th scope="col">Last time</th>
            <th scope="col" className="n">
              For
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map(({ code, sales, pieces, stores, lastAtMs, last }) => (
            <tr key={code} data-testid="unlisted-code">
              <td>
                <bdi>{code}</bdi> <AddressLink to={{ page: 'catalogue', filters: { code }, sale: null }}>List it</AddressLink>{' '}
                <AddressLink to={{ page: 'catalogue', filters: { code, tab: 'join' }, sale: null }}>Join it</AddressLink>
              </td>
              <td>
                <bdi>{soldAs(last)}</bdi>
              </td>
              <td className="mut">
                <bdi>{stores.join(', ')}</bdi>
              </td>
              <td className="n">{count(sales)}</td>
              <td className="n">{count(pieces)}</td>
              <td className="mut">{timeText(lastAtMs, timeZones.get(stores[0] ?? ''))}</td>
              <td className="n">
                <AddressLink to={{ ...address, sale: last }}>
                  {money(last.amountMinor, last.minorDigits)} {last.currency}
                </AddressLink>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
