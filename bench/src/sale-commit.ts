/** Paying a sale of twelve lines: one fsynced transaction at the till; beside a bare fsynced insert of the same bytes. */
import { startBareLane, timed } from './floors/bare.ts';
import { gtinOf, laneWith } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const LINES = 12;
/** Until the code that every payment runs is compiled; a till runs all day. */
const WARM_UP = 300;
/** The canonical bytes of such a sale, about; the floor writes as many. */
const SALE_BYTES = 1_200;

export const saleCommit: Bench = async ({ quick, say }) => {
  const { items, sales } = countsOf('sale-commit', quick);
  const lane = await laneWith(items, say);
  const till = await lane.access.connect();
  const bare = await startBareLane(1_000);
  say(`${sales} sales of ${LINES} lines`);
  const times: number[] = [];
  const bareTimes: number[] = [];
  for (let sale = 0; sale < WARM_UP + sales; sale++) {
    for (let line = 0; line < LINES; line++) await till.request({ type: 'scan', code: gtinOf((sale * LINES + line) % items) });
    const [took] = await timed(1, async () => {
      const reply = await till.request({ type: 'payCash', amountMinor: 100_000_00 });
      if (reply.type !== 'reply' || reply.value.completed === undefined) throw new Error(`a sale was refused: ${JSON.stringify(reply)}`);
    });
    // Turn by turn, so that a disk that slows down slows both.
    const [bareTook] = await timed(1, () => bare.request({ put: SALE_BYTES }));
    if (sale < WARM_UP) continue;
    times.push(took!);
    bareTimes.push(bareTook!);
  }
  till.close();
  bare.close();
  return {
    name: 'sale-commit',
    against: `a bare WebSocket server that inserts ${SALE_BYTES} bytes into SQLite, fsynced, turn by turn with the till`,
    setting: `${items.toLocaleString('en')} items, ${sales} sales of ${LINES} lines after ${WARM_UP} to warm up, request to reply over a WebSocket, while the lane syncs them to its hub`,
    figures: [
      figure('sale, median', median(times), 'ms'),
      figure('sale, p99', percentile(times, 0.99), 'ms'),
      figure('bare insert, median', median(bareTimes), 'ms'),
      figure('bare insert, p99', percentile(bareTimes, 0.99), 'ms'),
    ],
    targets: [
      atMost('sale p99', percentile(times, 0.99), 5, 'ms'),
      atMost('sale ÷ bare insert, median', median(times) / median(bareTimes), 2, '×'),
      atMost('sale ÷ bare insert, p99', percentile(times, 0.99) / percentile(bareTimes, 0.99), 2, '×'),
    ],
  };
};
