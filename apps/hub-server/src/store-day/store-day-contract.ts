/** A store's day out of its lanes' ledgers: each engine's test file runs this suite over a real hub. */
import { assert } from '@holdfast/base';
import {
  addEntry,
  addSums,
  cashMovementEntry,
  fiscalGapEntry,
  LEDGER_KINDS,
  noShift,
  safeMovementEntry,
  shiftCloseEntry,
  terminalSettlementEntry,
  type CashAct,
  type LedgerEntry,
  type LedgerHeader,
  type ShiftSums,
} from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { StoreDayRow, StoreDayView } from './store-day.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

interface Lane {
  readonly device: TestDevice;
  /** `cardTerminal`: by card, over that one. */
  sell(amountMinor: number, more?: Partial<LedgerHeader>, cardTerminal?: string): void;
  move(act: CashAct, amountMinor: number): void;
  /** Its terminal is settled: what it counted, and what this lane had. */
  settle(countedMinor: number, ownMinor: number): void;
  /** The Z of what this lane wrote, made worse by `off`. */
  close(countedMinor: number, off?: Partial<ShiftSums>): ShiftSums;
}

/** A lane of one drawer that keeps its own sums, as a till does. */
function laneOf(device: TestDevice, businessDate: string, shift = 1): Lane {
  const header: LedgerHeader = { businessDate, shift, drawer: '1', operator: 'op-1', training: false };
  let sums = noShift('EUR');
  const write = ({ kind, fields }: LedgerEntry): void => {
    device.append(kind, fields);
    const added = addEntry(sums, { kind, fields });
    assert(added.ok, 'a lane can read what it writes');
    sums = added.value;
  };
  return {
    device,
    sell: (amountMinor, more = {}, cardTerminal) =>
      write({
        kind: LEDGER_KINDS.sale.kind,
        fields: {
          ...saleFields(device.entries.length + 1, [{ sku: 'MUG', quantity: 1, amountMinor }]),
          ...header,
          ...more,
          ...(cardTerminal !== undefined && {
            tenders: [{ tenderType: 'card', amountMinor, cardPayment: 'ABCDEFGHJK', cardAtMs: 1, cardTerminal }],
          }),
        },
      }),
    move: (act, amountMinor) => write(cashMovementEntry(header, { act, currency: 'EUR', amountMinor })),
    settle: (countedMinor, ownMinor) =>
      write(
        terminalSettlementEntry(header, {
          terminalId: 'T1',
          currency: 'EUR',
          brands: [{ brand: 'Visa', count: 1, amountMinor: countedMinor }],
          countedMinor,
          ownMinor,
          ownCount: 1,
        }),
      ),
    close: (countedMinor, off = {}) => {
      const told = { ...sums, ...off };
      const { kind, fields } = shiftCloseEntry(header, { sums: told, countedMinor, perpetualMinor: sums.totalMinor, reason: 'counted' });
      device.append(kind, fields);
      return sums;
    },
  };
}

export function storeDayContract(engine: string, open: () => Promise<Database>): void {
  describe(`store day contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    let stores = 1;
    const newStore = async (): Promise<string> => {
      stores += 1;
      const store = `S${stores}`;
      const made = { store, name: `Store ${stores}`, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      expect((await hub.post('/api/v1/stores', made)).status).toBe(201);
      return store;
    };
    const read = async (store: string, date: string): Promise<StoreDayView> =>
      hub.json<StoreDayView>(`/api/v1/store-days/${store}/${date}`);
    const list = async (store: string): Promise<readonly StoreDayRow[]> =>
      (await hub.json<{ days: readonly StoreDayRow[] }>(`/api/v1/store-days?store=${store}`)).days;

    test('every figure is what the entries come to, lane by lane, and a Z that says the same is not flagged', async () => {
      const store = await newStore();
      const [one, two] = [laneOf(await enrolNextDevice(hub, store), '2026-11-21'), laneOf(await enrolNextDevice(hub, store), '2026-11-21')];
      one.move('float', 10_000);
      one.sell(1_190);
      one.sell(-119);
      one.sell(5_000, { training: true });
      one.move('drop', 1_000);
      await one.device.send();
      const z = one.close(10_061);
      two.sell(238);
      await one.device.send(6);
      await two.device.send();

      const day = await read(store, '2026-11-21');
      expect(day.shifts.map(({ sums }) => sums.totalMinor)).toEqual([1_071, 238]);
      expect(day.shifts[0]).toMatchObject({ sums: z, unreadable: 0, isSecondHistory: false });
      expect(day.shifts[0]?.z).toMatchObject({ overShortMinor: -10, countedMinor: 10_061, differences: [], isRolled: false });
      expect(day.shifts[1]?.z).toBeNull();
      expect(day.sums).toMatchObject({ sales: 3, refunds: 1, totalMinor: 1_309, drawerMinor: 10_071 + 238 });
      expect(day.overShortMinor).toBe(-10);
      expect(day.sums.taxes).toMatchObject([{ taxClass: 'standard', ratePpm: 190_000, taxMinor: 190 - 19 + 38 }]);
      expect(day.safe).toMatchObject({ balanceMinor: -10_000 + 1_000 + 10_061 });
      expect(day.lanes.find(({ device }) => device === two.device.enrolled.device)?.waits).toContainEqual({ type: 'close', shift: 1 });
      expect(await list(store)).toMatchObject([
        { businessDate: '2026-11-21', shifts: 2, openShifts: 1, differing: 0, sales: 3, totalMinor: 1_309 },
      ]);
    });

    test('a list that ends is continued where it ended: of its last date it has every store', async () => {
      const three = [await newStore(), await newStore(), await newStore()];
      for (const store of three) {
        const device = await enrolNextDevice(hub, store);
        for (const date of ['2031-01-01', '2031-01-02']) laneOf(device, date).sell(1_190);
        await device.send();
      }
      const page = async (question: string): Promise<readonly string[]> =>
        (await hub.json<{ days: readonly StoreDayRow[] }>(`/api/v1/store-days?${question}`)).days.map(
          ({ store, businessDate }) => `${businessDate} ${store}`,
        );
      expect(await page('limit=2')).toEqual(three.map((store) => `2031-01-02 ${store}`));
      expect(await page('limit=1&before=2031-01-02')).toEqual(three.map((store) => `2031-01-01 ${store}`));
      expect(await page('limit=4')).toHaveLength(6);
    });

    test('what a lane writes by itself after its Z is no shift, and is not waited for', async () => {
      const store = await newStore();
      const lane = laneOf(await enrolNextDevice(hub, store), '2026-11-21');
      lane.sell(1_190);
      lane.close(1_190);
      const after: LedgerHeader = { businessDate: '2026-11-21', shift: 2, drawer: '1', operator: '', training: false };
      const late = fiscalGapEntry(after, { act: 'end', receiptNumber: '1-000001' });
      lane.device.append(late.kind, late.fields);
      lane.device.append(LEDGER_KINDS.session.kind, { ...after, act: 'signOff' });
      await lane.device.send();
      const day = await read(store, '2026-11-21');
      expect(day.shifts.map(({ shift, z }) => [shift, z?.differences])).toEqual([[1, []]]);
      expect(day.lanes.map(({ waits }) => waits)).toEqual([[]]);
      expect(await list(store)).toMatchObject([{ businessDate: '2026-11-21', shifts: 1, openShifts: 0 }]);
    });

    test('an insert that somebody else counted is its owner’s shift, and says who counted it', async () => {
      const store = await newStore();
      const { device } = laneOf(await enrolNextDevice(hub, store), '2026-11-21');
      const header: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: 'kim', operator: 'kim', training: false };
      const float = cashMovementEntry(header, { act: 'float', currency: 'EUR', amountMinor: 5_000 });
      const held = addEntry(noShift('EUR'), float);
      assert(held.ok, 'a float can be read');
      const close = { sums: held.value, countedMinor: 4_990, perpetualMinor: 0, reason: 'a coin', isAnothers: true } as const;
      for (const { kind, fields } of [float, shiftCloseEntry({ ...header, operator: 'sam' }, close)]) device.append(kind, fields);
      await device.send();
      const [shift] = (await read(store, '2026-11-21')).shifts;
      expect(shift).toMatchObject({ drawer: 'kim', z: { operator: 'sam', overShortMinor: -10, isRolled: false, differences: [] } });
    });

    test('what each terminal took stands beside what it counted, and a Z that says another count is named', async () => {
      const store = await newStore();
      const [one, two] = [laneOf(await enrolNextDevice(hub, store), '2026-11-21'), laneOf(await enrolNextDevice(hub, store), '2026-11-21')];
      one.sell(1_190, {}, 'T1');
      one.settle(1_090, 1_190);
      const told = one.close(0);
      await one.device.send();
      two.sell(238, {}, 'T1');
      two.close(0, { terminals: [] });
      await two.device.send();

      const day = await read(store, '2026-11-21');
      const [first] = told.terminals ?? [];
      expect(first).toMatchObject({ terminalId: 'T1', takenMinor: 1_190, countedMinor: 1_090, settledMinor: 1_190, settlements: 1 });
      expect(day.shifts[0]).toMatchObject({ sums: { terminals: [first] }, z: { differences: [] } });
      expect(day.sums.terminals).toMatchObject([{ terminalId: 'T1', takenMinor: 1_428, takenCount: 2, countedMinor: 1_090 }]);
      expect(day.shifts[1]?.z?.differences).toEqual([
        { figure: 'terminal T1 takenMinor', toldMinor: 0, foundMinor: 238 },
        { figure: 'terminal T1 takenCount', toldMinor: 0, foundMinor: 1 },
      ]);
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('a Z that says something else than its entries is named, figure by figure', async () => {
      const store = await newStore();
      const lane = laneOf(await enrolNextDevice(hub, store), '2026-11-21');
      lane.sell(1_190);
      lane.close(1_190, { totalMinor: 1_000, sales: 2 });
      await lane.device.send();
      const [shift] = (await read(store, '2026-11-21')).shifts;
      expect(shift?.z?.differences).toEqual([
        { figure: 'sales', toldMinor: 2, foundMinor: 1 },
        { figure: 'totalMinor', toldMinor: 1_000, foundMinor: 1_190 },
      ]);
      expect(await list(store)).toMatchObject([{ differing: 1 }]);
      // Asked again, what is kept beside the entries says the same.
      expect((await read(store, '2026-11-21')).shifts).toEqual([shift]);
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('a day that is closed with a lane away stands as it is, and what that lane brings is its supplement', async () => {
      const store = await newStore();
      const [here, away] = [
        laneOf(await enrolNextDevice(hub, store), '2026-11-21'),
        laneOf(await enrolNextDevice(hub, store), '2026-11-21'),
      ];
      here.sell(1_000);
      here.close(1_000);
      away.sell(200);
      await here.device.send();
      await away.device.send();
      away.sell(300);
      const z = away.close(500);

      const closed = await hub.post(`/api/v1/store-days/${store}/2026-11-21/close`, {});
      expect(closed.status).toBe(201);
      const atClose = (await closed.json()) as StoreDayView;
      expect(atClose.closed).toMatchObject({ by: 'console', sums: { totalMinor: 1_200 } });
      expect(atClose.supplements).toEqual([]);
      expect(atClose.closed?.lanes.flatMap(({ waits }) => waits)).toContainEqual({ type: 'close', shift: 1 });
      const again = await hub.post(`/api/v1/store-days/${store}/2026-11-21/close`, {});
      expect([again.status, ((await again.json()) as { type: string }).type]).toEqual([409, expect.stringContaining('dayClosed')]);

      await away.device.send(2);
      const day = await read(store, '2026-11-21');
      expect(day.closed).toEqual(atClose.closed);
      expect(day.sums.totalMinor).toBe(1_500);
      expect(day.supplements).toMatchObject([
        { device: away.device.enrolled.device, isZ: true, sums: { sales: 1, totalMinor: 300, drawerMinor: 300 } },
      ]);
      expect(day.shifts.find(({ device }) => device === away.device.enrolled.device)).toMatchObject({ sums: z, z: { differences: [] } });
    });

    test('a shift that goes on in another epoch is one shift; a second history stands beside it', async () => {
      const store = await newStore();
      const device = await enrolNextDevice(hub, store);
      const header = { businessDate: '2026-11-21', shift: 4, drawer: '1', operator: 'op-1' };
      const first = laneOf(device, '2026-11-21', 4);
      first.sell(100);
      first.sell(200);
      await device.send();
      const copy = device.clone(1);
      copy.sell([{ sku: 'MUG', quantity: 1, amountMinor: 7 }], header);
      await copy.send();
      const second = laneOf(device.nextEpoch(), '2026-11-21', 4);
      second.sell(400);
      await second.device.send();
      const { shifts } = await read(store, '2026-11-21');
      expect(shifts.map(({ isSecondHistory, sums }) => [isSecondHistory, sums.totalMinor])).toEqual([
        [false, 700],
        [true, 7],
      ]);
    });

    test('a shift that went on over a day’s end is open on neither day once it was closed, and its Z stands on the second', async () => {
      const store = await newStore();
      const device = await enrolNextDevice(hub, store);
      const [first, second] = [laneOf(device, '2026-11-21'), laneOf(device, '2026-11-22')];
      first.sell(1_000);
      second.sell(500);
      await device.send();
      const openShifts = async (): Promise<readonly unknown[]> => (await list(store)).map((day) => [day.businessDate, day.openShifts]);
      expect(await openShifts()).toEqual([
        ['2026-11-22', 1],
        ['2026-11-21', 1],
      ]);
      const [one, other] = [await read(store, '2026-11-21'), await read(store, '2026-11-22')];
      expect(one.lanes.map(({ waits }) => waits)).toEqual([[{ type: 'close', shift: 1 }]]);
      second.close(1_500, addSums('EUR', [one.sums, other.sums]));
      await device.send(3);
      expect(await openShifts()).toEqual([
        ['2026-11-22', 0],
        ['2026-11-21', 0],
      ]);
      const [before, after] = [await read(store, '2026-11-21'), await read(store, '2026-11-22')];
      expect(before.shifts).toMatchObject([{ z: null, isClosedLater: true, sums: { totalMinor: 1_000 } }]);
      expect(after.shifts).toMatchObject([
        { z: { countedMinor: 1_500, differences: [] }, isClosedLater: false, sums: { totalMinor: 500 } },
      ]);
      expect([before, after].flatMap(({ lanes }) => lanes.map(({ waits }) => waits))).toEqual([[], []]);
      expect([before.countedMinor, after.countedMinor]).toEqual([0, 1_500]);
      // What was closed before says nothing of a shift of the same number.
      const anew = laneOf(device.nextEpoch(), '2026-11-24');
      anew.sell(200);
      await anew.device.send();
      expect((await openShifts())[0]).toEqual(['2026-11-24', 1]);
    });

    test('the safe: what drawers gave and took, what went to the bank, and what a count found', async () => {
      const store = await newStore();
      const device = await enrolNextDevice(hub, store);
      const header: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'op-1', training: false };
      const write = ({ kind, fields }: LedgerEntry): unknown => device.append(kind, fields);
      const cash = { currency: 'EUR', amountMinor: 50_000 };
      write(safeMovementEntry(header, { ...cash, act: 'bankChange' }));
      write(cashMovementEntry(header, { ...cash, act: 'float', amountMinor: 10_000 }));
      write(cashMovementEntry(header, { ...cash, act: 'drop', amountMinor: 4_000 }));
      write(cashMovementEntry(header, { ...cash, act: 'paidIn', amountMinor: 999, reason: 'found' }));
      write(safeMovementEntry(header, { ...cash, act: 'bankDeposit', amountMinor: 30_000, reference: 'BAG-7' }));
      write(safeMovementEntry(header, { ...cash, act: 'count', amountMinor: 13_990 }));
      write(safeMovementEntry({ ...header, training: true }, { ...cash, act: 'bankDeposit' }));
      await device.send();
      const { safe } = await read(store, '2026-11-21');
      expect(safe.balanceMinor).toBe(50_000 - 10_000 + 4_000 - 30_000);
      expect(
        safe.movements.map(({ act, amountMinor, balanceMinor, countedMinor, reference }) => [
          act,
          amountMinor,
          balanceMinor,
          countedMinor,
          reference,
        ]),
      ).toEqual([
        ['bankChange', 50_000, 50_000, null, null],
        ['float', -10_000, 40_000, null, null],
        ['drop', 4_000, 44_000, null, null],
        ['bankDeposit', -30_000, 14_000, null, 'BAG-7'],
        ['count', 0, 14_000, 13_990, null],
      ]);
    });

    test('what is kept wrongly beside the entries is named by verification', async () => {
      const store = await newStore();
      const lane = laneOf(await enrolNextDevice(hub, store), '2026-11-21');
      lane.move('drop', 100);
      lane.sell(100);
      await lane.device.send();
      await read(store, '2026-11-21');
      const { device } = lane.device.enrolled;
      const problemsAfter = async (sql: string): Promise<readonly string[]> => {
        await hub.database.execute(sql, [device]);
        return (await hub.json<{ problems: readonly string[] }>('/api/v1/verify')).problems;
      };
      expect(await problemsAfter(`UPDATE shift_span SET sums = jsonb_set(sums, '{sums,sales}', '9') WHERE device = $1`)).toEqual([
        expect.stringContaining('the sums that are kept differ'),
      ]);
      expect(await problemsAfter('UPDATE safe_movement SET amount_minor = 101 WHERE device = $1')).toContainEqual(
        expect.stringContaining(`kept as 101, the ledger says 100`),
      );
      expect(await problemsAfter('DELETE FROM shift_span WHERE device = $1')).toContainEqual(expect.stringContaining('kept as null'));
    });

    test('what no such day is, is said', async () => {
      expect((await hub.api('/api/v1/store-days/1/2031-01-01')).status).toBe(404);
      expect((await hub.api('/api/v1/store-days/nowhere/2026-11-21')).status).toBe(404);
      expect((await hub.api('/api/v1/store-days/1/yesterday')).status).toBe(400);
      expect((await hub.post('/api/v1/store-days/1/2031-01-01/close', {})).status).toBe(404);
    });

    test('who may not close a day does not', async () => {
      const store = await newStore();
      const lane = laneOf(await enrolNextDevice(hub, store), '2026-11-21');
      lane.sell(100);
      await lane.device.send();
      const grant = (isAllowed: boolean): object => ({
        cells: [{ type: 'roleGrant', key: 'hq\u001FcloseStoreDay', scope: `store:${store}`, fields: { isAllowed } }],
      });
      expect((await hub.post('/api/v1/publications', grant(false))).status).toBe(200);
      expect((await hub.post(`/api/v1/store-days/${store}/2026-11-21/close`, {})).status).toBe(403);
      expect((await hub.post('/api/v1/publications', grant(true))).status).toBe(200);
      expect((await hub.post(`/api/v1/store-days/${store}/2026-11-21/close`, {})).status).toBe(201);
    });
  });
}
