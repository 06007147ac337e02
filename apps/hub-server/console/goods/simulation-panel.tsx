/** What last week's baskets would have paid at the prices of a campaign: by store and by article, with what it does not know. */
import { Button, Progress, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { addDays, format, plural } from '../format.ts';
import { placeName } from '../places.ts';
import { Failure, HeadCells } from '../table-parts.tsx';
import { changeText, scopeText, type SimulationResult, totalsOf, useSimulation } from './simulation.ts';

const digitsOf = ({ stores }: Places, currency: string): number => stores.find((store) => store.currency === currency)?.minorDigits ?? 2;

interface SidesProps {
  readonly places: Places;
  readonly of: { readonly currency: string; readonly beforeMinor: number; readonly afterMinor: number };
}

const Sides = ({ places, of: { currency, beforeMinor, afterMinor } }: SidesProps): ReactElement => {
  const money = (minor: number): string => format.currency(minor, digitsOf(places, currency), currency);
  return (
    <>
      <td className="n">{money(beforeMinor)}</td>
      <td className="n">{money(afterMinor)}</td>
      <td className="n">
        {money(afterMinor - beforeMinor)} <span className="mut">{changeText(beforeMinor, afterMinor)}</span>
      </td>
    </>
  );
};

const SIDES = ['At today’s rules', 'With the campaign', 'Difference'];

const Result = ({ of, places }: { readonly of: SimulationResult; readonly places: Places }): ReactElement => (
  <div className="block" data-testid="simulation-result">
    <p>{scopeText(of)}</p>
    {of.stores.length === 0 ? (
      <p className="mut">None of them would have paid otherwise.</p>
    ) : (
      <>
        <div className="table-frame">
          <table className="data tight">
            <thead>
              <tr>
                <HeadCells labels={['Store', 'Baskets']} />
                <HeadCells labels={['Was paid', ...SIDES]} numeric />
              </tr>
            </thead>
            <tbody>
              {of.stores.map((row) => (
                <tr key={`${row.store} ${row.currency}`} data-testid="simulated-store">
                  <th scope="row">{placeName(places, `store:${row.store}`)}</th>
                  <td>{plural(row.baskets, 'basket')}</td>
                  <td className="n">{format.currency(row.soldMinor, digitsOf(places, row.currency), row.currency)}</td>
                  <Sides places={places} of={row} />
                </tr>
              ))}
              {totalsOf(of).map((row) => (
                <tr key={row.currency} className="sum">
                  <th scope="row">All together</th>
                  <td>{plural(row.baskets, 'basket')}</td>
                  <td className="n">{format.currency(row.soldMinor, digitsOf(places, row.currency), row.currency)}</td>
                  <Sides places={places} of={row} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="table-frame">
          <table className="data tight">
            <thead>
              <tr>
                <HeadCells labels={['Article', 'At another price']} />
                <HeadCells labels={SIDES} numeric />
              </tr>
            </thead>
            <tbody>
              {of.articles.map((row) => (
                <tr key={`${row.sku} ${row.currency} ${row.unit}`} data-testid="simulated-article">
                  <th scope="row">
                    <bdi>{row.name}</bdi> <span className="mut">{row.sku}</span>
                  </th>
                  <td>
                    {row.quantity === 0 ? (
                      <span className="mut">by promotions alone</span>
                    ) : (
                      format.quantity({ value: row.quantity, unit: row.unit })
                    )}
                  </td>
                  <Sides places={places} of={row} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </>
    )}
    <p className="mut">
      It is taken that everybody buys what they bought: nobody takes more because it is cheaper. Today’s promotions, members and articles
      count, on both sides; limits of promotions are taken as untouched. Prices that a cashier or a label set, returns and deposits stay as
      they were.
    </p>
  </div>
);

export interface SimulationPanelProps {
  readonly campaign: number;
  readonly places: Places;
}

export const SimulationPanel = ({ campaign, places }: SimulationPanelProps): ReactElement => {
  const [to, setTo] = useState(addDays(places.businessDate, -1));
  const [from, setFrom] = useState(addDays(places.businessDate, -7));
  const { progress, result, error, isRunning, start, cancel } = useSimulation(campaign);
  const isReady = from !== '' && to !== '' && from <= to && to <= addDays(from, 30);
  return (
    <section className="card" aria-labelledby="simulation" data-testid="simulation">
      <div className="card-head">
        <h2 id="simulation">What would these days’ baskets have paid?</h2>
      </div>
      <form
        className="filter-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) start({ from, to });
        }}
      >
        <TextInput aria-label="First day" type="date" value={from} max={to} onChange={(event) => setFrom(event.currentTarget.value)} />
        <TextInput aria-label="Last day" type="date" value={to} min={from} onChange={(event) => setTo(event.currentTarget.value)} />
        {isRunning ? (
          <Button variant="default" onClick={cancel} data-testid="cancel-simulation">
            Stop
          </Button>
        ) : (
          <Button type="submit" variant="default" disabled={!isReady} data-testid="start-simulation">
            Work it out
          </Button>
        )}
      </form>
      {isReady ? null : <p className="mut">At most 31 days, the first not after the last.</p>}
      {isRunning ? (
        <div role="status">
          <Progress
            value={progress === null || progress.of === 0 ? 0 : (100 * progress.done) / progress.of}
            aria-label="Baskets of the day"
          />
          <p className="mut">
            {progress === null
              ? 'Looking for baskets…'
              : `${progress.day}: ${format.count(progress.done)} of ${plural(progress.of, 'basket')}`}
          </p>
        </div>
      ) : null}
      <Failure error={error} />
      {result === null ? null : <Result of={result} places={places} />}
    </section>
  );
};
