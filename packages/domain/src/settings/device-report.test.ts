import { expect, test } from 'vitest';

import { MAX_REPORT_CHARS, MAX_REPORTED_DEVICES, readReport, reportToText, type DeviceReport, type ReportedDay } from './device-report.ts';

const REPORT: DeviceReport = {
  version: '0.1.0',
  freeMegabytes: 51_000,
  devices: [
    { device: 'printer', state: 'warning', reason: 'paperLow' },
    { device: 'drawer', state: 'ready' },
  ],
  waitingDays: [],
};
const [OLDER, EPOCH] = ['00c0ffee00c0ffee', 'abcd000000000001'];
const day = (epoch: string, businessDate: string, more: Partial<ReportedDay> = {}): ReportedDay => ({
  epoch,
  businessDate,
  currency: 'EUR',
  fromSeq: 7,
  toSeq: 912,
  sales: 310,
  totalMinor: 482_050,
  ...more,
});

test('what a device says of itself is short, and is read as it was said', () => {
  expect(reportToText(REPORT)).toBe('["0.1.0",51000,[["printer","warning","paperLow"],["drawer","ready"]]]');
  expect(readReport(reportToText(REPORT))).toEqual(REPORT);
  const silent = { ...REPORT, freeMegabytes: null, devices: [] };
  expect(readReport(reportToText(silent))).toEqual(silent);
});

test('D-20: what the sales of days come to that wait is told with the epoch and the stretch that they stand in, behind all that older hubs read', () => {
  const told = {
    ...REPORT,
    devices: [],
    waitingDays: [day(OLDER, '2026-11-20'), day(OLDER, '2026-11-21', { currency: 'CHF', totalMinor: -5 }), day(EPOCH, '2026-11-21')],
  };
  const text = reportToText(told);
  expect(text).toBe(
    '["0.1.0",51000,[],[["00c0ffee00c0ffee",["2026-11-20","EUR",7,912,310,482050],["2026-11-21","CHF",7,912,310,-5]],["abcd000000000001",["2026-11-21","EUR",7,912,310,482050]]]]',
  );
  expect(readReport(text)).toEqual(told);
});

test('D-20: a month and more of days has room; of more the oldest are left out', () => {
  const days = Array.from({ length: 70 }, (_, index) => new Date(Date.UTC(2026, 8, 1 + index)).toISOString().slice(0, 10));
  const text = reportToText({
    ...REPORT,
    waitingDays: days.map((date, index) => day(EPOCH, date, { fromSeq: 5_000 * index, toSeq: 5_000 * (index + 1) })),
  });
  expect(text.length).toBeLessThanOrEqual(MAX_REPORT_CHARS);
  const told = readReport(text)?.waitingDays.map(({ businessDate }) => businessDate) ?? [];
  expect(told.length).toBeGreaterThan(35);
  expect(told).toEqual(days.slice(-told.length));
});

test('whatever a till has to say, it says it in words that are read', () => {
  const devices = Array.from({ length: 40 }, (_, index) => ({
    device: `${index} <b>\n"${'x'.repeat(99)}`,
    state: 'down' as const,
    reason: '',
  }));
  const text = reportToText({ version: '', freeMegabytes: 0, devices, waitingDays: [] });
  expect(text.length).toBeLessThan(2_000);
  const read = readReport(text);
  expect(read?.devices.length).toBe(MAX_REPORTED_DEVICES);
  expect(read?.version).toBe('-');
  expect(read?.devices[0]).toMatchObject({ device: expect.stringMatching(/^0bx+$/u), reason: '-' });
});

test.each([
  '',
  '{',
  '{}',
  'null',
  '[]',
  '["0.1.0"]',
  '["0.1.0",1,{}]',
  '["0.1.0",-1,[]]',
  '["0.1.0",1.5,[]]',
  '["0.1.0","1",[]]',
  '["0 1",1,[]]',
  '["0.1.0",1,[["printer"]]]',
  '["0.1.0",1,[["printer","broken"]]]',
  '["0.1.0",1,[["printer","down",{}]]]',
  '["0.1.0",1,["printer"]]',
  '["0.1.0",1,[],{}]',
  '["0.1.0",1,[],[1]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffe",["2026-11-21","EUR",7,912,310,482050]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",[]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","<b>",7,912,310,482050]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["today","EUR",7,912,310,482050]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,9,3,482050]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,9,0,0]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",-1,9,1,5]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,9,1,1e14]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,9,1,1.5]]]]',
  '["0.1.0",1,[],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,9,1,5],["2026-11-21","EUR",9,11,1,5]]]]',
  `["0.1.0",1,[${Array.from({ length: 25 }, () => '["a","ready"]').join(',')}]]`,
])('%s is no report', (text) => {
  expect(readReport(text)).toBeUndefined();
});
