import { reportToText, readReport } from '@holdfast/domain';
import { expect, test } from 'vitest';

import { copiesStatus } from './surroundings.ts';

test('N-19: a lane that runs twice says so beside its devices, in words, and to headquarters', () => {
  expect(copiesStatus([])).toEqual([]);
  const [said] = copiesStatus(['192.0.2.7:7500', '192.0.2.8:7500']);
  expect(said).toEqual({
    device: 'lane',
    state: 'down',
    detail: 'another till runs as this lane at 192.0.2.7:7500 and 192.0.2.8:7500',
    reason: 'runsTwice',
  });
  const report = {
    version: '1',
    freeMegabytes: null,
    devices: [{ device: 'lane', state: 'down', reason: 'runsTwice' } as const],
    waitingDays: [],
  };
  expect(readReport(reportToText(report))?.devices).toEqual(report.devices);
});
