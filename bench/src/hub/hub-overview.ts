/** The console's first page over the sales of a chain: what was sold today, by store and hour, and how all its lanes are. */
import { countsOf } from '../plan.ts';
import { atMost, figure, percentile, type Bench } from '../report.ts';
import { seedSales, withHub } from './hub-world.ts';

export const hubOverview: Bench = async ({ quick, say }) =>
  withHub(say, async (world) => {
    const { sales, times } = countsOf('hub-overview', quick);
    await seedSales(world, sales);
    const overviewMs: number[] = [];
    const bareMs: number[] = [];
    let bytes = 0;
    for (let time = 0; time < times; time += 1) {
      const startMs = performance.now();
      bytes = (await world.ask('/api/v1/overview')).length;
      overviewMs.push(performance.now() - startMs);
      const bareStartMs = performance.now();
      await world.database.query(
        `SELECT store, at_ms / 3600000 AS hour, count(*), sum(total_minor) FROM sale WHERE tenant_no = 1 AND business_date = to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') GROUP BY 1, 2`,
      );
      bareMs.push(performance.now() - bareStartMs);
    }
    return {
      name: 'hub-overview',
      against: 'today’s sales summed by store and hour by one bare statement',
      setting: `${sales} sales in 20 days, 500 stores, 2,000 lanes, Postgres; asked over HTTP, one after the other`,
      figures: [
        figure('floor: a bare statement, median', percentile(bareMs, 0.5), 'ms'),
        figure('overview, median', percentile(overviewMs, 0.5), 'ms'),
        figure('its answer', bytes, 'bytes'),
      ],
      targets: [atMost('overview, p99', percentile(overviewMs, 0.99), 500, 'ms')],
    };
  });
