/** D-20: what days came to is told ahead of their sales, and taken back as they come: over HTTP, the same on both databases. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, reportToText, type ReportedDay } from '@holdfast/domain';
import { createSchemas, readEntry } from '@holdfast/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Overview } from '../console-api/overview.ts';
import type { Database } from '../db/database.ts';
import { NO_HISTORY } from '../identity.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { DevicePage } from './device-page.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const TODAY = '2026-11-21';
const YESTERDAY = '2026-11-20';
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

/**
 * One act of the lane in a row, and what headquarters then sees of today: sales that are here and those that are told of, as `count total`, in minor units; `and` what it sees of the day before on the device's page.
 * `sell` rings up so much each (below zero: it gave back, or undid one); `report` tells what the lane's table says of all it sold, `repeat` tells the report before that once more, as one that was late.
 */
const CASES: readonly (readonly [name: string, rows: string])[] = [
  [
    'a lane that was cut off tells its day at once, and the sales come batch by batch',
    `
    sell 100 200 300 -50 | 0 0     | 0 0
    report               | 0 0     | 4 550
    send 1..1            | 1 100   | 3 450
    send 2..3            | 3 600   | 1 -50
    send 4..4            | 4 550   | 0 0`,
  ],
  [
    'what was told of before it was all sold: what is newer is told of with the next report, and comes meanwhile',
    `
    sell 100 200         | 0 0     | 0 0
    report               | 0 0     | 2 300
    sell 400             | 0 0     | 2 300
    send 1..1            | 1 100   | 1 200
    report               | 1 100   | 2 600
    send 2..3            | 3 700   | 0 0
    sell 5               | 3 700   | 0 0`,
  ],
  [
    'a report that comes late, after all that it tells of, and one that comes twice',
    `
    sell 100 200         | 0 0     | 0 0
    send 1..2            | 2 300   | 0 0
    report               | 2 300   | 0 0
    sell 400             | 2 300   | 0 0
    report               | 2 300   | 1 400
    repeat               | 2 300   | 0 0
    report               | 2 300   | 1 400
    report               | 2 300   | 1 400
    send 3..3            | 3 700   | 0 0`,
  ],
  [
    'each day is told by itself, and nothing of training',
    `
    sell yesterday 70 30 | 0 0     | 0 0   and 0 0
    train 900            | 0 0     | 0 0   and 0 0
    sell 100             | 0 0     | 0 0   and 0 0
    report               | 0 0     | 1 100 and 2 100
    send 1..2            | 0 0     | 1 100 and 0 0
    send 3..4            | 1 100   | 0 0   and 0 0`,
  ],
  [
    'nothing waits any more: it is told no more, whatever is here',
    `
    sell 100 200         | 0 0     | 0 0
    report               | 0 0     | 2 300
    report nothing       | 0 0     | 0 0
    send 1..2            | 2 300   | 0 0`,
  ],
  [
    'a disk that is put back as it was an hour ago knows less than is here, and goes on in a new epoch',
    `
    sell 100 200 300     | 0 0     | 0 0
    send 1..3            | 3 600   | 0 0
    roll back to 2       | 3 600   | 0 0
    report               | 3 600   | 0 0
    new epoch            | 3 600   | 0 0
    sell 40 50           | 3 600   | 0 0
    report               | 3 600   | 2 90
    send 1..1            | 4 640   | 1 50
    send 2..2            | 5 690   | 0 0`,
  ],
  [
    'of two copies of a disk nobody can say which of them tells: nothing is shown once a second history is known',
    `
    sell 100             | 0 0     | 0 0
    send 1..1            | 1 100   | 0 0
    sell 200             | 1 100   | 0 0
    send 2..2            | 2 300   | 0 0
    roll back to 1       | 2 300   | 0 0
    sell 70 80           | 2 300   | 0 0
    send 2..2            | 3 370   | 0 0
    report               | 3 370   | 0 0
    send 2..3            | 4 450   | 0 0`,
  ],
  [
    'a lane that was replaced before it sent: its own page alone says what is missing',
    `
    sell yesterday 70    | 0 0     | 0 0   and 0 0
    sell 100             | 0 0     | 0 0   and 0 0
    report               | 0 0     | 1 100 and 1 70
    replaced             | 0 0     | 0 0   and 1 70
    send 1..2            | 1 100   | 0 0   and 0 0`,
  ],
];

export function toldSalesContract(engine: string, open: () => Promise<Database>): void {
  describe(`what days came to, ahead of their sales: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { clock: { nowMs: () => NOW_MS, monotonicMs: () => performance.now() } });
    });
    afterAll(async () => hub.close());

    const contact = async (device: TestDevice, more: object): Promise<number> => {
      const position = { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY };
      const answer = await device.request('/sync/v1/manifest', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ position, waitingEntries: 1, waitingSales: 1, wallMs: NOW_MS, ...more }),
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    const take = async (device: TestDevice, said: string): Promise<void> =>
      assert((await contact(device, { report: said })) === 200, 'no report is refused');
    const report = (waitingDays: readonly ReportedDay[]): string =>
      reportToText({ version: '0.1.0', freeMegabytes: null, devices: [], waitingDays });
    const page = async (device: TestDevice): Promise<DevicePage> => hub.json<DevicePage>(`/api/v1/devices/${device.enrolled.device}`);
    /** A store of its own, so that nothing else is on its line. */
    const openLane = async (store: string): Promise<TestDevice> => {
      const answer = await hub.post('/api/v1/stores', {
        store,
        name: store,
        zone: 'east',
        currency: 'EUR',
        timeZone: 'Europe/Berlin',
        taxInclusive: true,
      });
      expect(answer.status, await answer.text()).toBe(201);
      return enrolNextDevice(hub, store);
    };
    const sell = (device: TestDevice, amountMinor: number, more: object): void => {
      const lines = [{ sku: 'A', quantity: Math.sign(amountMinor), amountMinor }];
      device.append(LEDGER_KINDS.sale.kind, saleFields(device.entries.length + 1, lines, { businessDate: TODAY, ...more }));
    };
    const pair = (sales = 0, totalMinor = 0): string => `${sales} ${totalMinor}`;
    const todayOf = async (store: string): Promise<readonly [here: string, told: string]> => {
      const view = (await hub.json<Overview>('/api/v1/overview')).stores.find((each) => each.store === store);
      return [pair(view?.salesToday, view?.totalTodayMinor), pair(view?.awaitedToday.sales, view?.awaitedToday.totalMinor)];
    };

    test.each(CASES.map(([name, rows], index) => [name, rows, `s${index}`] as const))('D-20: %s', async (_name, rows, store) => {
      let device = await openLane(store);
      const lane = device;
      const left: TestDevice[] = [];
      const told = [report([])];
      for (const row of rows.trim().split('\n')) {
        const [act = '', here, expected = ''] = row.split('|').map((cell) => cell.trim());
        const [verb, ...words] = act.split(/[ .]+/u);
        const numbers = words.map(Number).filter((number) => !Number.isNaN(number));
        if (verb === 'sell') {
          const businessDate = words[0] === 'yesterday' ? YESTERDAY : TODAY;
          for (const amountMinor of numbers) sell(device, amountMinor, { businessDate });
        } else if (verb === 'train') for (const amountMinor of numbers) sell(device, amountMinor, { training: true });
        else if (verb === 'report' || verb === 'repeat') {
          if (verb === 'report') told.push(report(words[0] === 'nothing' ? [] : [...left, device].flatMap(daysOf)));
          await take(lane, told.at(verb === 'report' ? -1 : -2) ?? '');
        } else if (verb === 'send') await device.send(...numbers);
        else if (verb === 'roll') device = device.clone(numbers[0] ?? 0);
        else if (verb === 'replaced') await hub.post(`/api/v1/devices/${lane.enrolled.device}/revoke`, { reason: 'replaced' });
        else {
          assert(act === 'new epoch', act);
          left.push(device);
          device = device.nextEpoch();
        }
        const [today, before] = expected.split(' and ').map((text) => text.trim());
        expect([row, ...(await todayOf(store))]).toEqual([row, here, today]);
        const day = before === undefined ? undefined : (await page(lane)).awaited.find(({ businessDate }) => businessDate === YESTERDAY);
        expect([row, pair(day?.sales, day?.totalMinor)]).toEqual([row, before ?? '0 0']);
      }
    });

    test('D-20: whatever is sold, told and sent in whatever order: what is told of is what was told and is not here', async () => {
      const act = fc.oneof(
        fc.record({
          type: fc.constant('sell' as const),
          amountMinor: fc.integer({ min: -500, max: 5_000 }).filter((amount) => amount !== 0),
        }),
        fc.record({ type: fc.constant('report' as const), late: fc.nat({ max: 2 }) }),
        fc.record({ type: fc.constant('send' as const), most: fc.integer({ min: 1, max: 4 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), async (acts) => {
          const device = await enrolNextDevice(hub);
          const reports: (readonly ReportedDay[])[] = [[]];
          let toldUpTo = 0;
          let sent = 0;
          const amounts: number[] = [];
          for (const each of acts) {
            if (each.type === 'sell') {
              amounts.push(each.amountMinor);
              sell(device, each.amountMinor, {});
            } else if (each.type === 'report') {
              reports.push(daysOf(device));
              const said = reports.at(-1 - each.late) ?? [];
              toldUpTo = said[0]?.toSeq ?? 0;
              await take(device, report(said));
            } else if (sent < amounts.length) {
              const upTo = Math.min(amounts.length, sent + each.most);
              await device.send(sent + 1, upTo);
              sent = upTo;
            }
          }
          const sum = (rows: readonly number[]): string =>
            pair(
              rows.length,
              rows.reduce((total, amount) => total + amount, 0),
            );
          const [told] = (await page(device)).awaited;
          expect(pair(told?.sales, told?.totalMinor)).toBe(sum(amounts.slice(sent, toldUpTo)));
        }),
        { numRuns: 10 },
      );
    });

    test('D-20: what is no such report is refused nothing, and tells of nothing; a figure that no till has is none', async () => {
      const device = await openLane('hostile');
      sell(device, 100, {});
      const good = report(daysOf(device));
      expect(await contact(device, { report: good })).toBe(200);
      expect(await todayOf('hostile')).toEqual(['0 0', '1 100']);
      for (const naughty of [
        good.replace('1,100]', '1,1e300]'),
        good.replace('0,1,1,', '0,1,2,'),
        good.replace(TODAY, '0000'),
        `${good}]`,
        'x'.repeat(2_048),
      ]) {
        expect(naughty).not.toBe(good);
        expect(await contact(device, { report: good })).toBe(200);
        expect(await contact(device, { report: naughty })).toBe(200);
        expect(await todayOf('hostile')).toEqual(['0 0', '0 0']);
      }
    });
  });
}

const SCHEMAS = createSchemas(Object.values(LEDGER_KINDS));

/** As a lane's table says it (`day-sales.ts` there). */
function daysOf({ entries }: TestDevice): readonly ReportedDay[] {
  const days = new Map<string, ReportedDay>();
  for (const { id, canonical } of entries) {
    const read = readEntry(canonical, SCHEMAS);
    assert(read.ok && read.value.fields !== null, 'it was just written');
    const { businessDate, currency, totalMinor, training } = read.value.fields;
    assert(typeof businessDate === 'string' && typeof currency === 'string' && typeof totalMinor === 'number', 'it is a sale');
    if (training === true) continue;
    const known = days.get(businessDate) ?? {
      epoch: id.epoch,
      businessDate,
      currency,
      fromSeq: id.seq - 1,
      toSeq: 0,
      sales: 0,
      totalMinor: 0,
    };
    days.set(businessDate, { ...known, toSeq: id.seq, sales: known.sales + 1, totalMinor: known.totalMinor + totalMinor });
  }
  return [...days.values()];
}
