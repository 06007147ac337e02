/** What headquarters type into the search, one at a time, over all goods of a chain: beginnings that most goods have, words that few have, codes, SKUs, nothing; and the first to search behind many changes, and behind a start. */
import { countsOf } from '../plan.ts';
import { atMost, figure, percentile, type Bench } from '../report.ts';
import { CONNECTIONS, seedGoods, skuAt, withHub, type HubWorld } from './hub-world.ts';

/** Whatever a search waits for the first time, one of these meets it. */
const FIRST = ['q=organic', 'q=milk', 'q=coffee%20plain', 'q=xylitol', 'q=brand%2017'] as const;

interface Changes {
  readonly goods: number;
  readonly changes: number;
  readonly round: number;
}

/** Each a publication of its own, of goods far apart from each other; `CONNECTIONS` at a time. */
async function changeGoods({ ask }: HubWorld, { goods, changes, round }: Changes): Promise<void> {
  let index = round * changes;
  const end = index + changes;
  const connection = async (): Promise<void> => {
    while (index < end) {
      const sku = skuAt((index++ * 7_919) % goods);
      await ask(`/api/v1/product/${sku}`, { method: 'PATCH', json: { fields: { brand: `Brand ${round} ${index}` } } });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

export const hubSearch: Bench = async ({ quick, say }) =>
  withHub(say, async (world) => {
    const { goods, times, changes, rounds, starts } = countsOf('hub-search', quick);
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
    const took = async (question: string): Promise<number> => {
      const startMs = performance.now();
      await world.ask(`/api/v1/product?${question}`);
      return performance.now() - startMs;
    };
    const latencies = new Map<string, number[]>(Object.keys(questions).map((name) => [name, []]));
    for (let time = 0; time < times; time += 1)
      for (const [name, question] of Object.entries(questions)) latencies.get(name)?.push(await took(question));
    const bareMs: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const startMs = performance.now();
      await world.database.query(
        "SELECT key FROM entity WHERE type = 1 AND alive AND goods_words(fields) @@ '''xylitol'':*'::tsquery AND get_byte(decode(md5(key), 'hex'), 0) >= 64 LIMIT 24",
      );
      bareMs.push(performance.now() - startMs);
    }
    const behindChanges: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      say(`${changes} changes`);
      await changeGoods(world, { goods, changes, round });
      behindChanges.push(await took(FIRST[round % FIRST.length]!));
    }
    const behindStart: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      say('a start of Postgres and hub');
      await world.restart();
      for (const question of FIRST) behindStart.push(await took(question));
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
      targets: [
        ...worst.map(({ name, p99 }) => atMost(`${name}, p99`, p99, 200, 'ms')),
        atMost(`the first behind ${changes} changed articles, the worst of ${rounds}`, Math.max(...behindChanges), 200, 'ms'),
        atMost(
          `each word for the first time behind a start of Postgres and hub, the worst of ${starts}`,
          Math.max(...behindStart),
          200,
          'ms',
        ),
      ],
    };
  });
