/** Today beside the same weekday of last week, as far as that had come: by department, and by store where there are several. */
import type { ReactElement } from 'react';

import type { Places } from '../api.ts';
import { addDays, businessDateText } from '../format.ts';
import { placeName } from '../places.ts';
import { HeadCells, NoRows, useBeginning } from '../table-parts.tsx';
import { moneyText, type Pair, shareText, useWeek } from './week.ts';

const Row = ({ name, of }: { readonly name: string; readonly of: Pair }): ReactElement => (
  <tr data-testid="week-row">
    <th scope="row">
      <span className="clip">{name}</span>
    </th>
    <td className="n">{moneyText(of.todayMinor, of)}</td>
    <td className="n mut">{moneyText(of.lastWeekMinor, of)}</td>
    <td className="n">{shareText(of)}</td>
  </tr>
);

export const WeekCard = ({ places }: { readonly places: Places }): ReactElement => {
  const asked = useWeek();
  const { stores = [], departments } = asked.data ?? { departments: [] };
  const [shown, more] = useBeginning(places.stores.length > 1 ? stores : [], 'stores');
  return (
    <section className="card" aria-labelledby="week" data-testid="week">
      <div className="card-head">
        <h2 id="week">Beside a week ago</h2>
        <span className="mut">{businessDateText(addDays(places.businessDate, -7))}, up to this time of day</span>
      </div>
      {departments?.length === 0 && shown.length === 0 ? (
        <NoRows asked={asked} none="Nothing was sold on either day yet">
          It appears the moment a lane has sent it.
        </NoRows>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <HeadCells labels={['Department']} />
              <HeadCells labels={['Today', 'A week ago', 'Change']} numeric />
            </tr>
          </thead>
          <tbody>
            {departments === null ? (
              <tr>
                <td colSpan={4} className="mut" role="status">
                  The hub has just started: departments are being summed.
                </td>
              </tr>
            ) : null}
            {departments?.map((row) => (
              <Row key={`${row.department ?? ''} ${row.currency}`} name={row.department ?? 'No department'} of={row} />
            ))}
          </tbody>
          {shown.length === 0 ? null : (
            <tbody>
              <tr className="setting-group">
                <th scope="rowgroup" colSpan={4}>
                  By store
                </th>
              </tr>
              {shown.map((row) => (
                <Row key={`${row.store} ${row.currency}`} name={placeName(places, `store:${row.store}`)} of={row} />
              ))}
            </tbody>
          )}
        </table>
      )}
      {more}
    </section>
  );
};
