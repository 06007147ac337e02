/** How much of the API one hub answers, with the goods of a large chain: articles read whole, articles changed (each a publication, flushed before it is answered). */
import { Pool } from 'pg';

import { countsOf } from '../plan.ts';
import { atLeast, atMost, figure, percentile, type Bench } from '../report.ts';
import { load, seedGoods, serverSetting, skuAt, withHub } from './hub-world.ts';

export const hubApi: Bench = async ({ quick, say }) =>
  withHub(say, async (world) => {
    const { goods, seconds } = countsOf('hub-api', quick);
    await seedGoods(world, goods);
    const pool = new Pool({ connectionString: world.databaseUrl, max: 10 });
    /** Far apart from each other, and each in its turn. */
    const at = (index: number): string => skuAt((index * 7_919) % goods);
    try {
      say('floors');
      const bareRead = await load(seconds, async (index) =>
        pool.query('SELECT fields FROM entity WHERE tenant_no = 1 AND type = 1 AND key = $1', [at(index)]),
      );
      await pool.query('CREATE TABLE floor_change (key text PRIMARY KEY, name text)');
      const bareWrite = await load(seconds, async (index) =>
        pool.query('INSERT INTO floor_change VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET name = excluded.name', [
          at(index),
          String(index),
        ]),
      );
      say('reads');
      const read = await load(seconds, async (index) => world.ask(`/api/v1/product/${at(index)}`));
      say('writes');
      const write = await load(seconds, async (index) =>
        world.ask(`/api/v1/product/${at(index)}`, { method: 'PATCH', json: { fields: { name: `Renamed ${index}` } } }),
      );
      const [p99Read, p99Write] = [percentile(read.latenciesMs, 0.99), percentile(write.latenciesMs, 0.99)];
      return {
        name: 'hub-api',
        against: 'one bare SELECT by key, and one bare upsert, by the same Postgres over a pool of ten',
        setting: `${goods} goods, ${await serverSetting(world.database)}; 16 connections that ask again at once; hub, Postgres and load on one machine`,
        figures: [
          figure('floor: a bare SELECT', bareRead.perSecond, 'requests/s'),
          figure('floor: a bare upsert', bareWrite.perSecond, 'requests/s'),
          figure('articles changed, p99', p99Write, 'ms'),
        ],
        targets: [
          atLeast('articles read whole', read.perSecond, 1_500, 'requests/s'),
          atMost('articles read whole, p99', p99Read, 100, 'ms'),
          atLeast('articles changed', write.perSecond, 300, 'requests/s'),
        ],
      };
    } finally {
      await pool.end();
    }
  });
