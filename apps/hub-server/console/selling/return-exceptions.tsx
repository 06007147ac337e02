/** Returns that somebody should look at: how many, and each with the sale that it is about. Nothing stands here while there are none. */
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { ReturnException } from '../api.ts';
import { plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { useReturnExceptions } from '../queries.ts';
import { Tag } from '../table-parts.tsx';

/** More than one looks through on a page; the hub's own list has all. */
const MOST = 50;

const WORDS: Readonly<Record<ReturnException['type'], string>> = {
  returnedTwice: 'came back more often than sold',
  unverified: 'nobody could verify it',
  unknownReceipt: 'receipt is not known',
};

export interface ReturnExceptionsProps {
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const ReturnExceptions = ({ address, timeZones }: ReturnExceptionsProps): ReactElement | null => {
  const { data = [] } = useReturnExceptions(MOST);
  const quantity = useFormat().quantity;
  if (data.length === 0) return null;
  return (
    <section className="card" aria-labelledby="return-exceptions" data-testid="return-exceptions">
      <div className="card-head">
        <h2 id="return-exceptions">Returns to look at</h2>
        <span className="mut" data-testid="return-exceptions-count">
          {data.length === MOST ? `the newest ${MOST}` : plural(data.length, 'line')}
        </span>
      </div>
      <table className="plain">
        <thead className="for-readers">
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Receipt</th>
            <th scope="col">Why</th>
            <th scope="col">Goods</th>
            <th scope="col">Returned</th>
          </tr>
        </thead>
        <tbody>
          {data.map(({ type, store, receiptNumber, sku, unit, sold, returned, lastAtMs, sale, lastReturn }) => (
            <tr key={[store, receiptNumber, sku, unit].join('\u001f')} data-testid={`return-exception-${type}`}>
              <td className="mut">{timeText(lastAtMs, timeZones.get(store))}</td>
              <td>{sale === null ? <bdi>{receiptNumber}</bdi> : <AddressLink to={{ ...address, sale }}>{receiptNumber}</AddressLink>}</td>
              <td>
                <Tag tone={type === 'unverified' ? 'warn' : 'bad'}>{WORDS[type]}</Tag>
              </td>
              <td>
                <bdi>{sku}</bdi>
              </td>
              <td className="n">
                <AddressLink to={{ ...address, sale: lastReturn }}>
                  {quantity({ value: returned, unit })} of {quantity({ value: sold, unit })}
                </AddressLink>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
