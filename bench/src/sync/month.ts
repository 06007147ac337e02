/** W3: what a store sold in a month away goes up over a thin line, while a tenth of the prices comes down and, published last, one that is urgent. */
import { ENTITY_TYPES, priceKey } from '@holdfast/domain';
import { generatedSales } from '@holdfast/sync/generated-sales';

import { countsOf } from '../plan.ts';
import { atMost, figure, type BenchOptions, type Figure } from '../report.ts';
import { repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { drawCents, otherCents, sample, skuOf } from './goods.ts';
import { laneAway, rowsOf, type Away, type Hardships, type Measured } from './hardships.ts';
import { metered, type Metered } from './usage.ts';
import { workloadFigures, wrongRows } from './workload.ts';

const ROUND_TRIP_MS = 600;
const LOOK_MS = 5;
const MS_PER_S = 1_000;

export async function monthOfAStore(shop: Hardships, { quick, say }: BenchOptions): Promise<Measured> {
  const { awaySales, monthSales } = countsOf('sync-bytes', quick);
  say(`W3: lanes are away, one of them sells ${monthSales.toLocaleString('en')} times`);
  const others = Math.max(1_000, Math.round(monthSales / 5));
  const sales = generatedSales(monthSales + others, 13);
  const [month, learntFrom] = [sales.slice(0, monthSales), sales.slice(monthSales)];
  const short = month.slice(0, awaySales);
  const wide = await createCountingProxy(shop.port);
  const away: { readonly kilobitsPerS: number; readonly lane: Away }[] = [];
  for (const { kilobitsPerS, sold } of [
    { kilobitsPerS: 64, sold: short },
    { kilobitsPerS: 128, sold: short },
    { kilobitsPerS: 256, sold: month },
  ])
    away.push({ kilobitsPerS, lane: await laneAway(shop, wide, {}, sold) });
  await wide.close();

  const which = sample(shop.items, Math.round(shop.items / 10), shop.next);
  for (const n of which) shop.cents[n] = otherCents(shop.cents[n] ?? 0, shop.next);
  await shop.publish(which);
  const urgent = Math.floor(shop.next() * shop.items);
  shop.cents[urgent] = otherCents(shop.cents[urgent] ?? 0, shop.next);
  const fields = { amount: shop.cents[urgent] ?? 0, decimals: 2, currency: 'EUR' };
  const lsn = await shop.api.publish([{ type: 'price', key: priceKey(skuOf(urgent), 'regular'), scope: 'global', fields }], {
    urgent: true,
  });
  const repriced = repricedBytes(
    shop.items,
    [...new Set([...which, urgent])].map((n) => shop.cents[n] ?? 0),
    Array.from({ length: 20_000 }, () => drawCents(shop.next)),
  );

  const figures: Figure[] = [];
  let wrong = 0;
  for (const { kilobitsPerS, lane: each } of away) {
    const name = `W3 ${each.sold.length.toLocaleString('en')} sales over ${kilobitsPerS} kbit/s`;
    say(name);
    const line = await createCountingProxy(shop.port, { kilobitsPerS, roundTripMs: ROUND_TRIP_MS });
    try {
      const cost = await comeBackTo(shop, each, { hubUrl: line.url, lsn: lsn ?? 0, urgent });
      const { up, down } = line.take();
      const rows = await rowsOf(shop, each);
      wrong += wrongRows(rows);
      const boundBytes = repriced + salesBytes(each.sold, learntFrom);
      figures.push(...workloadFigures(name, { sentBytes: up + down, boundBytes, cost, rows }));
      figures.push(figure(`${name}: urgent price there`, cost.value, 's'));
    } finally {
      await each.lane.close();
      await line.close();
    }
  }
  return { figures, targets: [atMost('W3: lost, doubled or different', wrong, 0, 'rows')] };
}

interface Back {
  readonly hubUrl: string;
  readonly lsn: number;
  readonly urgent: number;
}

/** Answers after how many seconds the lane showed the urgent price. */
async function comeBackTo(shop: Hardships, { lane, moveTo }: Away, { hubUrl, lsn, urgent }: Back): Promise<Metered<number>> {
  moveTo(hubUrl);
  const isThere = (): boolean => {
    const [price] = lane.store.readEntity(ENTITY_TYPES.price.type, priceKey(skuOf(urgent), 'regular'), lane.store.cut().at);
    return price?.fields.get(1) === shop.cents[urgent];
  };
  const startMs = performance.now();
  const run = { isOver: false };
  const secondsToUrgent = async (): Promise<number> => {
    while (!run.isOver && !isThere()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return (performance.now() - startMs) / MS_PER_S;
  };
  const cost = await metered([shop.hubPid, process.pid], async () => {
    const coming = lane.start(lsn).finally(() => (run.isOver = true));
    const [tookS] = await Promise.all([secondsToUrgent(), coming]);
    return tookS;
  });
  await lane.stop();
  return cost;
}
