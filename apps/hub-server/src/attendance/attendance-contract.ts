/** Who was at work, out of what lanes tell: each engine's test file runs this suite over a real hub. */
import { attendanceEntry, type AttendanceEntry, type LedgerHeader } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { AttendanceView } from './attendance.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const HOUR_MS = 3_600_000;
const NINE_MS = Date.UTC(2026, 10, 20, 9);
const HEADER: LedgerHeader = { businessDate: '2026-11-20', shift: 1, drawer: '1', operator: 'kim', training: false };

export function attendanceContract(engine: string, open: () => Promise<Database>): void {
  describe(`attendance contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const tell = (device: TestDevice, hours: number, mark: Pick<AttendanceEntry, 'person' | 'act' | 'reason'>, header = HEADER): void => {
      const { kind, fields } = attendanceEntry(header, { ...mark, atMs: NINE_MS + hours * HOUR_MS });
      device.append(kind, fields);
    };
    const list = async (fromHours: number, toHours: number): Promise<readonly string[]> => {
      const range = `fromMs=${NINE_MS + fromHours * HOUR_MS}&toMs=${NINE_MS + toHours * HOUR_MS}`;
      const { attendance } = await hub.json<{ attendance: readonly AttendanceView[] }>(`/api/v1/attendance?store=1&${range}`);
      return attendance.map(({ person, fromMs, toMs, isForgotten, isStated }) => {
        const hour = (atMs: number | undefined): string => (atMs === undefined ? '?' : String((atMs - NINE_MS) / HOUR_MS));
        return [person, hour(fromMs), hour(toMs), ...(isForgotten ? ['forgotten'] : []), ...(isStated ? ['stated'] : [])].join(' ');
      });
    };

    test('two lanes of a store are one book, in whatever order they come; training and other stores are not in it', async () => {
      const [one, two] = [await enrolNextDevice(hub, '1'), await enrolNextDevice(hub, '1')];
      tell(two, 8, { person: 'kim', act: 'clockOut' });
      tell(two, 9, { person: 'sam', act: 'clockIn' });
      tell(two, 1, { person: 'kim', act: 'clockIn' }, { ...HEADER, training: true });
      await two.send();
      expect(await list(0, 24)).toEqual(['sam 9 ? forgotten', 'kim ? 8 forgotten']);
      tell(one, 0, { person: 'kim', act: 'clockIn' });
      tell(one, 17, { person: 'sam', act: 'clockOut', reason: 'forgot' }, { ...HEADER, operator: 'mia' });
      await one.send();
      expect(await list(0, 24)).toEqual(['sam 9 17 stated', 'kim 0 8']);
      // What begins within is told whole.
      expect(await list(9, 10)).toEqual(['sam 9 17 stated']);
      expect(await list(1, 9)).toEqual([]);
    });

    test('a going that is days after the last coming ends nothing, and both are told in every span alike', async () => {
      const device = await enrolNextDevice(hub, '1');
      // Friday at nine to Monday at five: of two days, the end of one and the beginning of the other.
      tell(device, 100, { person: 'ann', act: 'clockIn' });
      tell(device, 180, { person: 'ann', act: 'clockOut' });
      await device.send();
      expect(await list(90, 200)).toEqual(['ann ? 180 forgotten', 'ann 100 ? forgotten']);
      expect(await list(90, 120)).toEqual(['ann 100 ? forgotten']);
      expect(await list(170, 200)).toEqual(['ann ? 180 forgotten']);
      tell(device, 108, { person: 'ann', act: 'clockOut', reason: 'forgot' }, { ...HEADER, operator: 'mia' });
      tell(device, 172, { person: 'ann', act: 'clockIn', reason: 'forgot' }, { ...HEADER, operator: 'mia' });
      await device.send();
      expect(await list(90, 200)).toEqual(['ann 172 180 stated', 'ann 100 108 stated']);
    });

    test('what is none is set aside by itself, and what is kept wrongly is named by verification', async () => {
      const device = await enrolNextDevice(hub, '1');
      const { kind, fields } = attendanceEntry(HEADER, { person: 'kim', act: 'clockIn', atMs: NINE_MS + 30 * HOUR_MS });
      device.append(kind, { ...fields, act: 'left' });
      device.append(kind, fields);
      await device.send();
      expect(await list(30, 31)).toEqual(['kim 30 ? forgotten']);
      const problems = async (): Promise<readonly string[]> => (await hub.json<{ problems: readonly string[] }>('/api/v1/verify')).problems;
      expect((await problems()).filter((problem) => problem.includes('attendance'))).toEqual([]);
      await hub.database.execute(`UPDATE attendance_mark SET at_ms = at_ms + 1 WHERE person = 'sam' AND act = 'clockIn'`, []);
      expect(await problems()).toContainEqual(expect.stringContaining('attendance of entry'));
      await hub.database.execute(`DELETE FROM attendance_mark WHERE person = 'sam'`, []);
      expect(await problems()).toContainEqual(expect.stringContaining('kept as nothing'));
    });

    test('a span that is none is refused', async () => {
      expect((await hub.api(`/api/v1/attendance?fromMs=0&toMs=${500 * 86_400_000}`)).status).toBe(400);
      expect((await hub.api('/api/v1/attendance')).status).toBe(400);
    });
  });
}
