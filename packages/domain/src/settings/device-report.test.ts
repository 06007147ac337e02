import { expect, test } from 'vitest';

import { MAX_REPORTED_DEVICES, readReport, reportToText, type DeviceReport } from './device-report.ts';

const REPORT: DeviceReport = {
  version: '0.1.0',
  freeMegabytes: 51_000,
  devices: [
    { device: 'printer', state: 'warning', reason: 'paperLow' },
    { device: 'drawer', state: 'ready' },
  ],
};

test('what a device says of itself is short, and is read as it was said', () => {
  expect(reportToText(REPORT)).toBe('["0.1.0",51000,[["printer","warning","paperLow"],["drawer","ready"]]]');
  expect(readReport(reportToText(REPORT))).toEqual(REPORT);
  const silent = { ...REPORT, freeMegabytes: null, devices: [] };
  expect(readReport(reportToText(silent))).toEqual(silent);
});

test('whatever a till has to say, it says it in words that are read', () => {
  const devices = Array.from({ length: 40 }, (_, index) => ({
    device: `${index} <b>\n"${'x'.repeat(99)}`,
    state: 'down' as const,
    reason: '',
  }));
  const text = reportToText({ version: '', freeMegabytes: 0, devices });
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
  `["0.1.0",1,[${Array.from({ length: 25 }, () => '["a","ready"]').join(',')}]]`,
])('%s is no report', (text) => {
  expect(readReport(text)).toBeUndefined();
});
