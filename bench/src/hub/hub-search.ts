/** What headquarters type into the search, one at a time, over all goods of a chain: beginnings that most goods have, words that few have, codes, SKUs, nothing. */
import { countsOf } from '../plan.ts';
import { atMost, figure, percentile, type Bench } from '../report.ts';
import { seedGoods, skuAt, withHub } from './hub-world.ts';

export const hubSearch: Bench = async ({ quick, say }) =>
  withHub(say, async (world) => {
    const { goods, times } = countsOf('hub-search', quick);
    await seedGoods(world, goods);
    const questions: Readonly<Record<string, string>> = {
      'a beginning that six of ten have': 'q=or',
      'a word that six of ten have': 'q=organic',
      'two words that many have': 'q=organic%20milk',
      'a word that one of ten thousand has': 'q=xylitol',
      'a word that none has': 'q=zzyzx',
      'a code': `q=K-${skuAt(goods - 3)}`,
      'an SKU': `q=${skuAt(goods - 5)}`,
      'a page in the middle of all': `cursor=${skuAt(goods >> 1)}&limit=200`,
    };
    const latencies = new Map<string, number[]>(Object.keys(questions).map((name) => [name, []]));
    for (let time = 0; time < times; time += 1)
      for (const [name, question] of Object.entries(questions)) {
        const startMs = performance.now();
        await world.ask(`/api/v1/product?${question}`);
        latencies.get(name)?.push(performance.now() - startMs);
      }
    const bareMs: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const startMs = performance.now();
      await world.database.query(
        "SELECT key FROM entity WHERE type = 1 AND alive AND goods_words(fields) @@ '''xylitol'':*'::tsquery AND get_byte(decode(md5(key), 'hex'), 0) >= 64 LIMIT 24",
      );
      bareMs.push(performance.now() - startMs);
    }
    const worst = [...latencies].map(([name, ms]) => ({ name, p99: percentile(ms, 0.99), p50: percentile(ms, 0.5) }));
    return {
      name: 'hub-search',
      against: 'the rare word asked of the largest of the same indexes by a bare statement',
      setting: `${goods} goods, Postgres; one question at a time, over HTTP, 24 goods an answer`,
      figures: [
        figure('floor: a bare statement, median', percentile(bareMs, 0.5), 'ms'),
        ...worst.map(({ name, p50 }) => figure(`${name}, median`, p50, 'ms')),
      ],
      targets: worst.map(({ name, p99 }) => atMost(`${name}, p99`, p99, 200, 'ms')),
    };
  });
