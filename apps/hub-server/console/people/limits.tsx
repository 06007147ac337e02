/** Limits that lanes keep by what they know: how much of each is gone, and what lanes that are cut off may give beyond it at worst. Nothing stands here while there are none. */
import type { ReactElement } from 'react';

import type { Exposure, Places } from '../api.ts';
import { format, plural } from '../format.ts';
import { placeName } from '../places.ts';
import { useExposure } from '../queries.ts';
import { Tag } from '../table-parts.tsx';

interface LimitRow {
  readonly key: string;
  readonly name: string;
  readonly gone: string;
  /** Empty: nothing, while every lane is in contact. */
  readonly worst: string;
}

/** One row for each limit; exported for its test. */
export function limitRows({ promotions, balances, cutOffDevices }: Exposure, places: Pick<Places, 'stores'>): readonly LimitRow[] {
  const money = (minor: number, { currency, minorDigits }: { readonly currency: string | null; readonly minorDigits: number }): string =>
    currency === null ? format.money(minor, minorDigits) : format.currency(minor, minorDigits, currency);
  const budgets = promotions.flatMap(({ budget, ...promotion }) =>
    budget === null
      ? []
      : [
          {
            key: `${promotion.promotionId} budget`,
            name: promotion.name,
            gone: `${money(budget.usedMinor, promotion)} of ${money(budget.limitMinor, promotion)}`,
            worst: budget.worstOverspendMinor === 0 ? '' : `${money(budget.worstOverspendMinor, promotion)} beyond the budget`,
          },
        ],
  );
  const customers = promotions.flatMap(({ perCustomer, ...promotion }) =>
    perCustomer === null
      ? []
      : [
          {
            key: `${promotion.promotionId} customers`,
            name: promotion.name,
            gone: `${plural(perCustomer.customersAtLimit, 'customer')} at ${plural(perCustomer.limit, 'use')}`,
            worst: perCustomer.worstOverspend === 0 ? '' : `${plural(perCustomer.worstOverspend, 'use')} more for each customer`,
          },
        ],
  );
  const cards = balances.map((balance) => ({
    key: `balance ${balance.scope}`,
    name:
      balance.scope === 'global' ? 'Gift cards and other balances' : `Gift cards and other balances, ${placeName(places, balance.scope)}`,
    gone: `${money(balance.limitMinor, balance)} by each lane without the hub`,
    worst:
      cutOffDevices === 0 || balance.worstOverspendMinor === 0 ? '' : `${money(balance.worstOverspendMinor, balance)} beyond each balance`,
  }));
  return [...budgets, ...customers, ...cards];
}

export const Limits = ({ places }: { readonly places: Places }): ReactElement | null => {
  const { data } = useExposure();
  if (data === undefined) return null;
  const rows = limitRows(data, places);
  if (rows.length === 0) return null;
  return (
    <section className="card" aria-labelledby="limits" data-testid="limits">
      <div className="card-head">
        <h2 id="limits">Limits</h2>
        <span className="mut" data-testid="limits-cut-off">
          {data.cutOffDevices === 0 ? 'every lane is in contact' : `${plural(data.cutOffDevices, 'lane')} cut off`}
        </span>
      </div>
      <table className="plain">
        <thead className="for-readers">
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Gone</th>
            <th scope="col">At worst</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, gone, worst }) => (
            <tr key={key} data-testid="limit">
              <td>{name}</td>
              <td className="mut">{gone}</td>
              <td>{worst === '' ? null : <Tag tone="warn">{`at worst ${worst}`}</Tag>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
